//! The home as a whole: its lock, and the order that a switch that died has left it without.

use std::path::Path;
use std::time::{Duration, Instant};

use hm_activate::effects::FileSystem;
use hm_activate::generation::{Generation, Linked};
use hm_activate::journal::{self, Recovery};
use hm_activate::profile;
use nix_store::locks::{self, Lock};
use private_files::PrivateDirectory;

use super::words;
use crate::commands::Context;
use crate::interrupt;
use crate::report::Failure;
use crate::user_profile::UserProfile;

/// Keeps two switches of one home apart, for as long as it lives.
pub struct HomeLock {
    _lock: Lock,
}

/// Takes the lock of the home, and brings order into what a switch that died has left.
///
/// # Errors
/// When another switch is under way, or when the order cannot be restored.
pub fn lock_home(context: &Context) -> Result<HomeLock, Failure> {
    let directory = context.settings.state_directory();
    let private = PrivateDirectory::make(&directory)
        .map_err(|error| Failure::io("use", &directory, &error))?;
    let path = directory.join("lock");
    // Refuses a link, or a file of another user.
    private
        .open_or_create("lock")
        .map_err(|error| Failure::io("open", &path, &error))?;
    let lock = wait_for_lock(&path)?;
    if locks::are_missing() {
        context.printer.note(format_args!(
            "there are no locks on the file system of {}: run one command at a time",
            path.display()
        ));
    }
    let _hold = interrupt::hold();
    let journal = context.settings.journal();
    if let Some(recovery) = journal::recover(&journal, &FileSystem).map_err(words::journal)? {
        tell_recovery(context, &recovery);
    }
    Ok(HomeLock { _lock: lock })
}

fn tell_recovery(context: &Context, recovery: &Recovery) {
    match recovery {
        Recovery::Undone {
            generation,
            actions: 0,
        } => context.printer.note(format_args!(
            "an earlier switch to {generation} was cut off before it had changed any file"
        )),
        Recovery::Undone {
            generation,
            actions,
        } => context.printer.note(format_args!(
            "an earlier switch to {generation} was cut off; what it had begun ({actions} steps) \
             was undone"
        )),
        Recovery::Completed {
            generation,
            leftovers,
        } => {
            context.printer.note(format_args!(
                "an earlier switch to {generation} was cut off after it was complete; it was \
                 tidied up"
            ));
            for leftover in leftovers {
                context.printer.note(leftover);
            }
        }
    }
}

/// Waits a moment for the lock: a switch that was killed may have left a process that is only about
/// to become another program, and holds it until then.
fn wait_for_lock(path: &Path) -> Result<Lock, Failure> {
    const PATIENCE: Duration = Duration::from_secs(2);
    const PAUSE: Duration = Duration::from_millis(20);
    let start = Instant::now();
    loop {
        match Lock::try_take(path) {
            Ok(Some(lock)) => return Ok(lock),
            Err(error) => return Err(Failure::new(error.to_string())),
            Ok(None) if start.elapsed() < PATIENCE => {
                std::thread::sleep(PAUSE);
            }
            Ok(None) => {
                return Err(Failure::new("another switch of this home is under way")
                    .hint("wait for it to end, then try again"));
            }
        }
    }
}

/// Returns what is linked in the home.
pub fn linked(context: &Context) -> Linked {
    Linked::read(&context.settings.current_home())
}

/// Returns the generation that is linked in the home, if any.
///
/// # Errors
/// When its objects are lost.
pub fn current(context: &Context) -> Result<Option<Generation>, Failure> {
    match linked(context) {
        Linked::Nothing => Ok(None),
        Linked::Generation(generation) => Ok(Some(generation)),
        Linked::Lost { path, reason } => Err(Failure::new(format!(
            "the active generation {} is lost: {reason}",
            path.display()
        ))
        .hint("make it again with: home-manager switch")),
    }
}

/// Returns the generation that is linked in the home, to compare with. Warns if it is lost.
pub fn known(context: &Context) -> Option<Generation> {
    current(context).unwrap_or_else(|failure| {
        context.printer.warning(format_args!(
            "{}; everything counts as added",
            failure.message
        ));
        None
    })
}

/// Makes sure that everything that the home needs is kept from being collected as garbage: its
/// generations, what is linked, and the packages. A collection that ran beside an earlier switch
/// may have taken links for stale that were about to be made.
///
/// # Errors
/// When the store cannot be written.
pub fn ensure_roots(context: &Context) -> Result<(), Failure> {
    let settings = &context.settings;
    let session = context.session()?;
    let mut links = vec![settings.current_home()];
    let packages = UserProfile::of_generation(settings, None).map(|found| found.profile);
    for profile in [Some(settings.profile()), packages].into_iter().flatten() {
        let numbers = profile::numbers(&profile)
            .map_err(|error| Failure::io("read the generations of", &profile, &error))?;
        let numbers = numbers.into_iter();
        links.extend(numbers.map(|number| profile::generation_link(&profile, number)));
    }
    let there = links.iter().filter(|link| link.symlink_metadata().is_ok());
    for link in there {
        session.keep_alive(link)?;
    }
    Ok(())
}
