//! How builders are started: by a fresh process of this program, which becomes the builder. Starting
//! them from the evaluating process would copy its page tables each time.

use std::ffi::OsString;
use std::path::PathBuf;

use nix_store::build::{BuildOptions, Launcher};

/// The hidden first argument that makes this program become a builder.
pub const LAUNCH: &str = "--launch-builder";

/// Options for builds on this machine, with this program as their launcher.
pub fn options() -> BuildOptions {
    let mut options = BuildOptions::new(nix_engine::current_system());
    options.launcher = std::env::current_exe()
        .ok()
        .map(|program: PathBuf| Launcher {
            program,
            arguments: vec![OsString::from(LAUNCH)],
        });
    options
}
