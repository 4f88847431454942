//! Profiles: a link to the current one of a number of generations, each a link to a store object.
//!
//! `P` points to `P-N-link` in the same directory, and that to the object. Moving `P` changes the
//! whole profile in one step.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use nix_wire::StorePath;

use crate::error::{During, StoreError};
use crate::local::replace_link;
use crate::locks::PathLocks;
use crate::store::Store;

type Result<T> = std::result::Result<T, StoreError>;

/// A profile by the path of its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    path: PathBuf,
}

/// A generation of a profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    /// Its number.
    pub number: u64,
    /// Its link.
    pub link: PathBuf,
    /// Where the link points.
    pub target: PathBuf,
    /// When it was made.
    pub created: SystemTime,
}

impl Profile {
    /// The profile whose link is, or will be, at this path.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Profile {
        Profile { path: path.into() }
    }

    /// The path of its link.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Locks the profile against others that change it, until the value is dropped.
    ///
    /// # Errors
    /// When the lock file cannot be made; [`StoreError::Interrupted`] when `wait`, which is asked
    /// again and again while another has it, said no.
    pub fn lock(&self, wait: &mut dyn FnMut(&Path) -> bool) -> Result<PathLocks> {
        self.create_directory()?;
        PathLocks::acquire([self.path.clone()], wait)
    }

    /// Its generations in the order of their numbers.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub fn generations(&self) -> Result<Vec<Generation>> {
        let directory = self.directory();
        let entries = match fs::read_dir(directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).during("read directory", directory),
        };
        let mut generations = Vec::new();
        for entry in entries {
            let entry = entry.during("read directory", directory)?;
            let Some(number) = self.number_of(&entry.file_name()) else {
                continue;
            };
            let link = entry.path();
            // Another process may have deleted it since.
            let (Ok(metadata), Ok(target)) = (fs::symlink_metadata(&link), fs::read_link(&link))
            else {
                continue;
            };
            let created = metadata.modified().during("examine", &link)?;
            generations.push(Generation {
                number,
                link,
                target,
                created,
            });
        }
        generations.sort_by_key(|generation| generation.number);
        Ok(generations)
    }

    /// The number of the generation that its link points to.
    ///
    /// # Errors
    /// When the link cannot be read.
    pub fn current(&self) -> Result<Option<u64>> {
        match fs::read_link(&self.path) {
            Ok(target) => Ok(target.file_name().and_then(|name| self.number_of(name))),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::InvalidInput
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error).during("read link", &self.path),
        }
    }

    /// The link of a generation, which need not be there.
    #[must_use]
    pub fn link_of(&self, number: u64) -> PathBuf {
        let mut name = self.file_name();
        name.push(format!("-{number}-link"));
        self.directory().join(name)
    }

    /// Makes a generation of the object, kept from garbage collection, and gives its number: that
    /// of the newest generation when it is of the same object, else one more. The profile's own
    /// link is not moved.
    ///
    /// # Errors
    /// When the link cannot be made.
    pub fn create_generation(&self, store: &dyn Store, object: &StorePath) -> Result<u64> {
        self.create_directory()?;
        let target = PathBuf::from(store.store_dir().print(object));
        let newest = self.generations()?.pop();
        let number = match newest {
            Some(newest) if newest.target == target => {
                // It may have been made by something that did not make it a root.
                store.add_indirect_root(&newest.link)?;
                return Ok(newest.number);
            }
            Some(newest) => newest.number + 1,
            None => 1,
        };
        store.add_permanent_root(object, &self.link_of(number))?;
        Ok(number)
    }

    /// Makes the generation the current one.
    ///
    /// # Errors
    /// When it does not exist, or the link cannot be changed.
    pub fn switch_to(&self, number: u64) -> Result<()> {
        let link = self.link_of(number);
        if fs::symlink_metadata(&link).is_err() {
            return Err(StoreError::NoGeneration {
                profile: self.path.clone(),
                number,
            });
        }
        let name = link.file_name().map(PathBuf::from).unwrap_or(link);
        if fs::read_link(&self.path).is_ok_and(|current| current == name) {
            return Ok(());
        }
        replace_link(&name, &self.path)
    }

    /// Makes the generation before the current one the current one, and gives its number.
    ///
    /// # Errors
    /// When there is none.
    pub fn roll_back(&self) -> Result<u64> {
        let current = self.current()?.unwrap_or(0);
        let earlier = self
            .generations()?
            .into_iter()
            .rfind(|generation| generation.number < current)
            .ok_or_else(|| StoreError::NoEarlierGeneration(self.path.clone()))?;
        self.switch_to(earlier.number)?;
        Ok(earlier.number)
    }

    /// Deletes generations that are not the current one. Their objects stay until they are
    /// collected.
    ///
    /// # Errors
    /// When one is the current one, and then none is deleted; when one does not exist.
    pub fn delete_generations(&self, numbers: &[u64]) -> Result<()> {
        let current = self.current()?;
        if numbers.iter().any(|number| Some(*number) == current) {
            return Err(StoreError::DeletesCurrentGeneration(self.path.clone()));
        }
        for number in numbers {
            let link = self.link_of(*number);
            fs::remove_file(&link).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound => StoreError::NoGeneration {
                    profile: self.path.clone(),
                    number: *number,
                },
                _ => StoreError::Io {
                    action: "delete",
                    path: link.clone(),
                    error,
                },
            })?;
        }
        Ok(())
    }

    fn create_directory(&self) -> Result<()> {
        let directory = self.directory();
        fs::create_dir_all(directory).during("create directory", directory)
    }

    fn directory(&self) -> &Path {
        match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        }
    }

    fn file_name(&self) -> OsString {
        self.path.file_name().unwrap_or_default().to_owned()
    }

    fn number_of(&self, link_name: &std::ffi::OsStr) -> Option<u64> {
        let name = self.file_name();
        let rest = link_name.to_str()?.strip_prefix(name.to_str()?)?;
        let digits = rest.strip_prefix('-')?.strip_suffix("-link")?;
        digits
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| digits.parse().ok())?
    }
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
