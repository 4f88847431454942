//! Profiles as actions of a switch: links are set like any other, and undone like any other.

use std::io;
use std::path::{Path, PathBuf};

use hm_plan::Action;

/// The actions that make `generation` the current one of the profile at `profile`, and the number
/// it gets. As Nix does, the newest generation is taken again when it is the same.
///
/// # Errors
/// When the directory of the profile cannot be read.
pub fn set(profile: &Path, generation: &Path) -> io::Result<(Vec<Action>, u64)> {
    let newest = numbers(profile)?.into_iter().max();
    let mut actions = Vec::new();
    let same_as_newest = newest.filter(|number| {
        std::fs::read_link(generation_link(profile, *number)).is_ok_and(|link| link == generation)
    });
    let number = match same_as_newest {
        Some(number) => number,
        None => {
            let number = newest.unwrap_or(0) + 1;
            actions.push(Action::Link {
                path: generation_link(profile, number),
                target: generation.to_owned(),
                previous: None,
            });
            number
        }
    };
    actions.extend(select(profile, number));
    Ok((actions, number))
}

/// The actions that make an existing generation the current one.
#[must_use]
pub fn select(profile: &Path, number: u64) -> Vec<Action> {
    let link = generation_link(profile, number);
    let Some(name) = link.file_name() else {
        return Vec::new();
    };
    set_link(profile, Path::new(name)).into_iter().collect()
}

/// The action that makes a link say `target`, if it does not yet. What is not a link is not
/// replaced: the action then fails.
#[must_use]
pub fn set_link(path: &Path, target: &Path) -> Option<Action> {
    let previous = std::fs::read_link(path).ok();
    (previous.as_deref() != Some(target)).then(|| Action::Link {
        path: path.to_owned(),
        target: target.to_owned(),
        previous,
    })
}

/// The link of one generation: `PROFILE-N-link`.
#[must_use]
pub fn generation_link(profile: &Path, number: u64) -> PathBuf {
    let mut name = profile.as_os_str().to_owned();
    name.push(format!("-{number}-link"));
    PathBuf::from(name)
}

/// The numbers of all generations, in no order. A profile that is not there has none.
///
/// # Errors
/// When its directory cannot be read.
pub fn numbers(profile: &Path) -> io::Result<Vec<u64>> {
    let (Some(directory), Some(name)) = (profile.parent(), profile.file_name()) else {
        return Ok(Vec::new());
    };
    let entries = match std::fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let prefix = format!("{}-", name.to_string_lossy());
    let mut numbers = Vec::new();
    for entry in entries {
        let file_name = entry?.file_name();
        let number = file_name
            .to_str()
            .and_then(|text| text.strip_prefix(&prefix))
            .and_then(|text| text.strip_suffix("-link"))
            .and_then(|text| text.parse::<u64>().ok());
        numbers.extend(number);
    }
    Ok(numbers)
}

/// The number of the current generation.
#[must_use]
pub fn current(profile: &Path) -> Option<u64> {
    let link = std::fs::read_link(profile).ok()?;
    let name = link.file_name()?.to_str()?;
    let prefix = format!("{}-", profile.file_name()?.to_str()?);
    name.strip_prefix(&prefix)?
        .strip_suffix("-link")?
        .parse()
        .ok()
}
