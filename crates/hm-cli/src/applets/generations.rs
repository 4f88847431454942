//! Generations of profiles, for the commands that list, switch and delete them.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix_engine::Engine;
use nix_store::locks::PathLocks;
use nix_store::profile::Profile;
use nix_wire::StorePath;

use super::configuration::Configuration;
use super::engine::plain;
use super::evaluate::Failed;
use super::options::usage;
use super::tool::Tool;
use crate::environment::Environment;
use crate::report::Failure;
use crate::user_profile;

/// Which generations are old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Old {
    /// All but the current one.
    AllButCurrent,
    /// Those that were no longer current at this time.
    Before(SystemTime),
}

/// The time that lies so many days in the past: `14d`.
pub fn parse_age(text: &str) -> Result<SystemTime, Failure> {
    let days: Option<u64> = text
        .strip_suffix('d')
        .and_then(|days| days.parse().ok())
        .filter(|days| *days > 0);
    let Some(days) = days else {
        return Err(usage(format!(
            "invalid number of days specifier '{text}', expected something like '14d'"
        )));
    };
    Ok(SystemTime::now()
        .checked_sub(Duration::from_secs(days.saturating_mul(24 * 60 * 60)))
        .unwrap_or(SystemTime::UNIX_EPOCH))
}

/// Where the user's profiles are.
pub fn profiles_directory(tool: &Tool<'_>) -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return root_profiles_directory(tool);
    }
    state_directory(tool.environment).join("profiles")
}

/// Where the state of Nix's own commands is for the user.
pub fn state_directory(environment: &Environment) -> PathBuf {
    state_home(environment).join("nix")
}

fn state_home(environment: &Environment) -> PathBuf {
    environment
        .path("XDG_STATE_HOME")
        .unwrap_or_else(|| environment.home().unwrap_or_default().join(".local/state"))
}

/// Where the profiles of root are, on a machine of many users too.
pub fn root_profiles_directory(tool: &Tool<'_>) -> PathBuf {
    let profiles = tool.engine.settings().layout.profiles_dir();
    profiles.join("per-user").join("root")
}

/// Where the user's default expression is: what packages are looked for in.
pub fn default_expression(configuration: &Configuration, environment: &Environment) -> PathBuf {
    if configuration.is("use-xdg-base-directories", false) {
        return state_directory(environment).join("defexpr");
    }
    environment.home().unwrap_or_default().join(".nix-defexpr")
}

/// Makes a link to something, in place of the one that is there, with the directory it is in.
pub fn replace_link(target: &Path, link: &Path) -> Result<(), Failed> {
    if let Some(parent) = link.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Failure::io("create directory", parent, &error))?;
    }
    Ok(nix_store::replace_link(target, link)?)
}

/// The link by which the user's own profile is known.
pub fn profile_link(tool: &Tool<'_>) -> PathBuf {
    let home = tool.environment.home().unwrap_or_default();
    let state = state_home(tool.environment);
    let uses_xdg = tool.configuration.is("use-xdg-base-directories", false);
    user_profile::link_of(&home, &state, uses_xdg)
}

/// The user's own profile; its link and its directory are made when they are not there.
pub fn default_profile(tool: &Tool<'_>) -> PathBuf {
    let link = profile_link(tool);
    let directory = profiles_directory(tool);
    // Scripts ask about the profile in order that this directory be there. Who cannot have it will
    // be told by what writes to it.
    let _ = std::fs::create_dir_all(&directory);
    let profile = directory.join("profile");
    if std::fs::symlink_metadata(&link).is_err() {
        // Without a home to write to there is only the profile.
        let made = link
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::os::unix::fs::symlink(&profile, &link));
        if made.is_err() {
            return profile;
        }
    }
    match std::fs::read_link(&link) {
        Ok(target) => link.parent().unwrap_or(Path::new("/")).join(target),
        // It is a profile itself.
        Err(_) => link,
    }
}

/// Locks a profile against other commands.
pub fn lock(engine: &Engine, profile: &Profile) -> Result<PathLocks, Failed> {
    let cancellation = engine.cancellation();
    let mut told = false;
    Ok(profile.lock(&mut |path| {
        if !std::mem::replace(&mut told, true) {
            plain(&format!("waiting for lock on '{}'...", path.display()));
        }
        std::thread::sleep(Duration::from_millis(20));
        !cancellation.is_cancelled()
    })?)
}

/// Makes a generation the current one: that of the number, or the one before the current one.
pub fn switch(
    tool: &Tool<'_>,
    profile: &Profile,
    number: Option<u64>,
    dry_run: bool,
) -> Result<(), Failed> {
    let _lock = lock(&tool.engine, profile)?;
    let current = profile.current()?;
    let mut generations = profile.generations()?.into_iter();
    let target = match number {
        Some(number) => generations
            .find(|generation| generation.number == number)
            .ok_or_else(|| Failure::new(format!("profile version {number} does not exist"))),
        None => generations
            .rfind(|generation| Some(generation.number) < current)
            .ok_or_else(|| Failure::new("no profile version older than the current exists")),
    }?;
    tool.say(&match current {
        Some(current) => format!(
            "switching profile from version {current} to {}",
            target.number
        ),
        None => format!("switching profile to version {}", target.number),
    });
    if dry_run {
        return Ok(());
    }
    Ok(profile.switch_to(target.number)?)
}

/// Makes an object the current generation of a profile.
pub fn make_current(engine: &Engine, profile: &Profile, object: &StorePath) -> Result<(), Failed> {
    let _lock = lock(engine, profile)?;
    let number = profile.create_generation(engine.store(), object)?;
    Ok(profile.switch_to(number)?)
}

/// The same, unless the current generation is no longer the one that the object was `made_from`:
/// then another command was faster. Whether it was done.
pub fn replace_current(
    engine: &Engine,
    profile: &Profile,
    made_from: Option<u64>,
    object: &StorePath,
) -> Result<bool, Failed> {
    let _lock = lock(engine, profile)?;
    if profile.current()? != made_from {
        return Ok(false);
    }
    let number = profile.create_generation(engine.store(), object)?;
    profile.switch_to(number)?;
    Ok(true)
}

/// Deletes the old generations of a profile.
pub fn delete_old(tool: &Tool<'_>, path: &Path, old: Old, dry_run: bool) -> Result<(), Failed> {
    let profile = Profile::new(path);
    let _lock = lock(&tool.engine, &profile)?;
    let current = profile.current()?;
    let generations = profile.generations()?;
    let numbers: Vec<u64> = match old {
        Old::AllButCurrent => generations
            .iter()
            .map(|generation| generation.number)
            .collect(),
        // The newest of those that were made before was the current one then.
        Old::Before(time) => generations
            .iter()
            .rev()
            .skip_while(|generation| generation.created >= time)
            .skip(1)
            .map(|generation| generation.number)
            .collect(),
    };
    let numbers: Vec<u64> = numbers
        .into_iter()
        .filter(|number| Some(*number) != current)
        .collect();
    delete(tool, &profile, &numbers, dry_run)
}

/// Deletes generations of a profile that is locked.
pub fn delete(
    tool: &Tool<'_>,
    profile: &Profile,
    numbers: &[u64],
    dry_run: bool,
) -> Result<(), Failed> {
    for number in numbers {
        if dry_run {
            tool.say(&format!("would remove profile version {number}"));
        } else {
            tool.say(&format!("removing profile version {number}"));
            profile.delete_generations(&[*number])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_days() {
        let day = Duration::from_secs(24 * 60 * 60);
        let time = parse_age("2d").expect("an age");
        let age = SystemTime::now().duration_since(time).expect("the past");
        assert!(age >= 2 * day && age < 3 * day);
        for text in ["", "d", "2", "2h", "-1d", "0d"] {
            assert!(parse_age(text).is_err(), "{text}");
        }
    }
}
