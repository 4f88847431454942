//! Whether this machine allows sandboxes.
//!
//! A whole sandbox is made once, before the first build of this process, by a process of its own
//! that runs no builder: so no build has a say in it. Only where that is refused may builds go on
//! without one (`sandbox-fallback`). A sandbox that cannot be made later is an error of its build.

use std::sync::{Mutex, PoisonError};

use super::super::child::{self, Ended};
use super::super::directory::BuildDirectory;
use super::super::orders::{Instead, Orders};
use super::super::users::BuildUser;
use super::super::{BuildError, BuildOptions, FailureReason};
use super::{Chroot, SandboxOptions};
use crate::local::LocalStore;

/// What was found out: nothing if they are allowed, else the reason.
static FOUND: Mutex<Option<Result<(), String>>> = Mutex::new(None);

/// Returns whether sandboxes are allowed, else why they are not.
///
/// # Errors
/// If that cannot be found out, because of something that may pass.
pub(in super::super) fn allowed(
    store: &LocalStore,
    options: &BuildOptions,
    user: Option<&BuildUser>,
) -> Result<Result<(), String>, BuildError> {
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = &*found {
        return Ok(found.clone());
    }
    let outcome = attempt(store, options, user)?;
    *found = Some(outcome.clone());
    Ok(outcome)
}

fn attempt(
    store: &LocalStore,
    options: &BuildOptions,
    user: Option<&BuildUser>,
) -> Result<Result<(), String>, BuildError> {
    let directory = BuildDirectory::create(store, options, user, true)?;
    // Settings of the user could be what is refused.
    let usual = SandboxOptions::default();
    let chroot = Chroot::for_trial(
        store,
        &usual,
        directory.beside("trial"),
        &directory.inner,
        user,
    )?;
    let orders = Orders {
        parent: std::process::id(),
        directory: usual.build_dir.clone(),
        user: user.map(BuildUser::orders),
        sandbox: Some(chroot.orders(
            user,
            &BuildOptions {
                sandbox: usual,
                ..options.clone()
            },
        )),
        instead: Instead::Trial,
        ..Orders::default()
    };
    match child::run(&orders, user, options, &|| false, &|_| {}, &mut |_| None)? {
        Ended::Well => Ok(Ok(())),
        Ended::Refused(reason) | Ended::Unlaunchable(reason) => Ok(Err(reason)),
        Ended::Badly(FailureReason::Error(reason)) => Err(BuildError::Other(format!(
            "cannot find out whether this machine allows a sandbox: {reason}"
        ))),
        Ended::Badly(reason) => Err(BuildError::Other(format!(
            "cannot find out whether this machine allows a sandbox: the trial ended: {reason}"
        ))),
    }
}
