//! What is true without a disk or an engine: records, forms, decoders, codes.
//!
//! Bytes come in from the caller and typed batches go out. Invariant: nothing here
//! opens a file, looks at a clock, starts a thread or knows the query engine, so
//! that every layout can be tested from a string (see `clippy.toml`).

pub mod algorithm;
pub mod amended;
pub mod code;
pub mod convert;
pub mod decode;
pub mod fault;
pub mod form;
pub mod pseudonym;
pub mod schema;
pub mod sniff;
pub mod synthetic;
