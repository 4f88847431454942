//! The copy of this program that outlives the file that was run.

use std::fs::File;
use std::path::Path;

use crate::commands::Context;
use crate::own_program;
use crate::report::Failure;

/// How much room has to be left on the disk for everything else.
const ROOM_LEFT: u64 = 32 << 20;

/// What a user does who wants to go on without the copy.
const NEEDED: &str = "the command home-manager of the profile needs HOME_MANAGER_PROGRAM then, the \
                      path of the program";

/// Keeps a copy of this program where the package `home-manager` of the embedded set starts it, so
/// that it is there whatever becomes of the file that was run now.
pub fn keep(context: &Context) -> Result<(), Failure> {
    let kept = context.settings.state_directory().join("program");
    let Some(running) = own_program::path(&context.settings.environment) else {
        return Ok(());
    };
    let version = |path: &Path| {
        let metadata = path.metadata().ok()?;
        Some((metadata.len(), metadata.modified().ok()?))
    };
    let (Some((size, time)), before) = (version(&running), version(&kept)) else {
        return Ok(());
    };
    if running == kept
        || before.is_some_and(|(kept_size, kept_time)| kept_size == size && kept_time >= time)
    {
        return Ok(());
    }
    let room = crate::disk::free_space(&context.settings.state_directory()).unwrap_or(u64::MAX);
    if room < size + ROOM_LEFT {
        return Err(Failure::new(format!(
            "the disk is nearly full: the program was not copied to {}; {NEEDED}",
            kept.display()
        )));
    }
    // The contents are on the disk before the name is.
    let copy = |to: &mut File| {
        std::io::copy(&mut File::open(&running)?, to)?;
        to.sync_all()
    };
    private_files::of_new_file(&kept)
        .and_then(|(directory, name)| directory.replace(name, 0o755, copy))
        .map_err(|error| {
            Failure::new(format!(
                "the program was not copied to {}: {error}; {NEEDED}",
                kept.display()
            ))
        })
}
