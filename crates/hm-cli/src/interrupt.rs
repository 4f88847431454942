//! Whether the user has asked the program to stop.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use nix_store::build::Cancellation;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

static REQUESTED: OnceLock<Arc<AtomicBool>> = OnceLock::new();

/// From now on the signals that ask a program to stop are remembered and no longer kill it.
///
/// # Errors
/// When the system refuses.
pub fn listen() -> std::io::Result<()> {
    register(REQUESTED.get_or_init(Arc::default))
}

/// Such a signal also stops what has this flag.
///
/// # Errors
/// When the system refuses.
pub fn cancel_too(cancellation: &Cancellation) -> std::io::Result<()> {
    register(&cancellation.flag())
}

fn register(flag: &Arc<AtomicBool>) -> std::io::Result<()> {
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(flag))?;
    }
    Ok(())
}

/// The flag that such a signal sets.
pub fn flag() -> Arc<AtomicBool> {
    Arc::clone(REQUESTED.get_or_init(Arc::default))
}

/// Whether such a signal came.
pub fn requested() -> bool {
    REQUESTED
        .get()
        .is_some_and(|flag| flag.load(Ordering::Relaxed))
}
