//! The code map of tradestat.
//!
//! | room | what it is |
//! |---|---|
//! | [`cli`], [`command`] | what can be asked, and who answers |
//! | [`config`], [`run`] | a working folder and its profile; one run, its months, its manifest |
//! | [`engine`] | opens a session of the query engine; the only constructor |
//! | [`store`] | relations, batches, runs, releases; the only room that builds a path |
//! | [`method`] | `sql/` and `reference/`: read, ordered, checked, planned |
//! | [`grain`], [`column`], [`lines`] | checks on every run that a step's grain is a key; columns by name; lines of a CSV |
//! | [`partner`] | other countries' statistics as SQL sees them, and the order they came in |
//! | [`stage`] | [`STAGES`], one file each; none calls another |
//! | [`describe`] | what stored columns say of themselves |
//! | [`labels`] | words of the lists in the languages of print |
//! | [`print`] | rows as tables, charts and pages, for whoever releases or reports |
//! | [`progress`], [`error`] | what happens, and why a run stops |
//!
//! Beside this crate: `pipeline/core` (true without a disk or an engine: records, forms,
//! decoders, codes), `output` (batches in, bytes out), `sql` and `reference` (the method),
//! `tests` (one program; each case file is a named test), `scripts`.
//!
//! Details that differ from the first plan of the house, and why:
//!
//! * `header` knows the key `view: yes`: a relation that only repeats another is planned into
//!   its readers and not stored. `list: name` in a rule names the code list without which it
//!   cannot judge, so that an empty list is reported and never passes silently.
//! * Vintages, corrections and the scan of the rules are folders below their stage, because
//!   a stage is one public function and more than one file's worth of reasons.
//! * A run computes every month that has data and no run, in one pass over neighbouring
//!   months, cut where a code list changes; later runs compute only the months asked for.
//! * The comparison with partner countries (`stage::mirror`) is a run of its own, over a
//!   period and not month by month, because a year is compared as one. It reads the newest
//!   compiled months and starts nothing; the same inputs are not computed a second time.

pub mod cli;
pub mod column;
pub mod command;
pub mod config;
pub mod describe;
pub mod engine;
pub mod error;
pub mod grain;
pub mod labels;
pub mod lines;
pub mod method;
pub mod partner;
pub mod print;
pub mod progress;
pub mod run;
pub mod stage;
pub mod store;

/// The stages of a run, in order.
pub const STAGES: &[&str] = &["ingest", "validate", "compile", "protect", "publish"];
