//! The stages, one file and one public function each; none calls another.

pub mod compile;
pub mod ingest;
pub mod mirror;
pub mod protect;
pub mod publish;
pub mod validate;
pub mod worklist;
