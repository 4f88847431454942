//! The generations of the user's home, newest first.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hm_activate::profile;

use crate::report::Failure;

/// One generation.
#[derive(Clone, Debug)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Its link in the profile directory.
    pub link: PathBuf,
    /// What it is: a store path.
    pub path: PathBuf,
    /// When it was made.
    pub time: SystemTime,
    /// Whether the profile points at it.
    pub current: bool,
}

/// Lists the generations of a profile, newest first.
///
/// # Errors
/// When the profile's directory cannot be read.
pub fn list(profile: &Path) -> Result<Vec<Generation>, Failure> {
    let mut numbers = profile::numbers(profile)
        .map_err(|error| Failure::io("read the generations of", profile, &error))?;
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    let current = profile::current(profile);
    Ok(numbers
        .into_iter()
        .filter_map(|number| {
            let link = profile::generation_link(profile, number);
            let path = std::fs::read_link(&link).ok()?;
            let time = link
                .symlink_metadata()
                .and_then(|metadata| metadata.modified())
                .ok()?;
            Some(Generation {
                number,
                link,
                path,
                time,
                current: current == Some(number),
            })
        })
        .collect())
}

/// The generation that a rollback goes to: the one before the current one.
#[must_use]
pub fn before_current(generations: &[Generation]) -> Option<&Generation> {
    let current = generations
        .iter()
        .find(|generation| generation.current)?
        .number;
    generations
        .iter()
        .find(|generation| generation.number < current)
}
