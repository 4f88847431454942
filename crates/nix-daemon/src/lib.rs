//! Stores that are reached by Nix's own protocols, from both sides.
//!
//! A [`DaemonStore`] is a store behind a daemon: at a socket, or started by `ssh` on another machine.
//! A [`ServeStore`] is one behind `nix-store --serve`. [`server`] is the other side of both, on any
//! store. Nothing here reads the environment: where daemons are is told by the caller.

mod beside;
pub mod builders;
mod client;
mod connection;
mod error;
mod observe;
mod serve_store;
pub mod server;
mod ssh;
mod transport;

pub use beside::LineListener;
pub use client::{DaemonOptions, DaemonStore};
pub use error::DaemonError;
pub use serve_store::ServeStore;
pub use ssh::{SshOptions, SshTransport};
pub use transport::{Abort, Link, SocketTransport, Transport};
