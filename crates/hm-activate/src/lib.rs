//! Carries a plan out: links, journal and undo, and the conversation with the activation script.
//!
//! A switch is one list of [`hm_plan::Action`]s, carried out in batches. Each batch is in the
//! [`journal`] before its first action is done, and the journal is committed when all is done; so
//! whenever the process dies, [`journal::recover`] finds out what was begun and undoes it.

pub mod actions;
mod directories;
pub mod driver;
mod durable;
pub mod effects;
pub mod files;
pub mod generation;
pub mod interpreter;
pub mod journal;
mod links;
mod processes;
pub mod profile;
mod switch;

pub use links::LinkState;
pub use switch::{Core, Outcome, Planner, SwitchError, SwitchFailure, SwitchRequest, switch};
