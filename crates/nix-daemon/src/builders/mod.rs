//! Other machines as builders: which there are, and how they build for this one.

mod machines;
mod pool;

pub use machines::{Machine, MachineError, parse_machines};
pub use pool::{BuilderPool, OpenStore};
