//! What a switch would change in a home directory, as plain values.
//!
//! The crate reads a home through [`HomeView`], compares it with what the old and the new
//! generation want, and answers with a [`Plan`]: the [`Action`]s that lead from one to the other
//! and every [`Collision`] that stands in the way. Nothing here changes anything; `hm-activate`
//! carries a plan out.

mod action;
mod collision;
mod planner;
pub mod serde_path;
mod tree;
mod view;

pub mod diff;
pub mod manifest;

pub use action::Action;
pub use collision::{Collision, Obstacle};
pub use planner::{Backup, Note, Plan, Request, SwitchPlan, plan};
pub use tree::ManagedTree;
pub use view::{HomeView, Kind, ViewError};
