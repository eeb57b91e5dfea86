//! How well estimates do where the truth is known: on data that the program makes itself.

pub mod ground;
pub mod mirror;
pub mod quantity;
pub mod reconcile;
pub mod score;
pub mod surroundings;
