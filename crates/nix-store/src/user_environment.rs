//! User environments: a tree of links to what is in several packages, as a profile has it.
//!
//! A lower number is a higher priority. What is not in the way of anything becomes one link;
//! directories that several packages have are made and merged. The meaning is that of Nix's
//! `builtin:buildenv`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// What packages ask for beside themselves comes after all that was asked for.
const PROPAGATED_PRIORITY: i64 = 1000;
/// Endings of paths that say something of one package and nothing of all together.
const LEFT_OUT: [&str; 7] = [
    "/propagated-build-inputs",
    "/nix-support",
    "/perllocal.pod",
    "/info/dir",
    "/log",
    "/manifest.nix",
    "/manifest.json",
];

type Result<T> = std::result::Result<T, EnvironmentError>;

/// Why packages do not make an environment.
#[derive(Debug, thiserror::Error)]
pub enum EnvironmentError {
    /// Two packages of the same priority have the same file.
    #[error(
        "Unable to build profile. There is a conflict for the following files:\n\n  {}\n  {}\n\n\
         Both have priority {priority}; a lower number for one of them would decide it.",
        earlier.display(),
        later.display()
    )]
    Conflict {
        /// The file of the package that came first.
        earlier: PathBuf,
        /// The file of the other one.
        later: PathBuf,
        /// The priority of both.
        priority: i64,
    },
    /// A directory where another package has something else.
    #[error("collision between '{}' and non-directory '{}'", directory.display(), other.display())]
    DirectoryOverFile {
        /// The directory.
        directory: PathBuf,
        /// What is there already.
        other: PathBuf,
    },
    /// Something else where other packages have a directory.
    #[error("collision between non-directory '{}' and directory '{}'", file.display(), directory.display())]
    FileOverDirectory {
        /// What is no directory.
        file: PathBuf,
        /// The directory in the environment.
        directory: PathBuf,
    },
    /// A file that could not be read or a link that could not be made.
    #[error("'{}': {error}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

/// A package, or one output of it, in an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Where it is.
    pub path: PathBuf,
    /// The package with the lower number wins where two have the same file.
    pub priority: i64,
}

/// Fills the directory `out`, which must be there, with links to what the packages have, and to
/// what they say should be installed with them. `warn` is told what is left out.
///
/// # Errors
/// When packages are in each other's way, or files cannot be read or made.
pub fn link_packages(
    mut packages: Vec<Package>,
    out: &Path,
    warn: &mut dyn FnMut(&str),
) -> Result<()> {
    packages.sort_by(|one, other| (one.priority, &one.path).cmp(&(other.priority, &other.path)));
    let mut merge = Merge {
        priorities: BTreeMap::new(),
        warn,
    };
    let (mut done, mut postponed) = (BTreeSet::new(), BTreeSet::new());
    for package in packages {
        merge.add_package(
            &package.path,
            out,
            package.priority,
            &mut done,
            &mut postponed,
        )?;
    }
    let mut priority = PROPAGATED_PRIORITY;
    while !postponed.is_empty() {
        for path in std::mem::take(&mut postponed) {
            merge.add_package(&path, out, priority, &mut done, &mut postponed)?;
            priority += 1;
        }
    }
    Ok(())
}

struct Merge<'a> {
    /// By link that was made.
    priorities: BTreeMap<PathBuf, i64>,
    warn: &'a mut dyn FnMut(&str),
}

impl Merge<'_> {
    fn add_package(
        &mut self,
        package: &Path,
        out: &Path,
        priority: i64,
        done: &mut BTreeSet<PathBuf>,
        postponed: &mut BTreeSet<PathBuf>,
    ) -> Result<()> {
        if !done.insert(package.to_owned()) {
            return Ok(());
        }
        self.add_links(package, out, priority)?;
        let propagated = package.join("nix-support/propagated-user-env-packages");
        match fs::read_to_string(&propagated) {
            Ok(text) => {
                let paths = text.split([' ', '\n']).filter(|path| !path.is_empty());
                postponed.extend(paths.map(PathBuf::from).filter(|path| !done.contains(path)));
                Ok(())
            }
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                Ok(())
            }
            Err(error) => Err(at(&propagated)(error)),
        }
    }

    /// Links in `target` to all that is in `source`.
    fn add_links(&mut self, source: &Path, target: &Path, priority: i64) -> Result<()> {
        let entries = match fs::read_dir(source) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                let source = source.display();
                (self.warn)(&format!(
                    "warning: not including '{source}' in the user environment because it's not a \
                     directory"
                ));
                return Ok(());
            }
            Err(error) => return Err(at(source)(error)),
        };
        let mut names = entries
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<Vec<_>>>()
            .map_err(at(source))?;
        names.sort();
        for name in names {
            if !name.as_bytes().starts_with(b".") {
                self.add_entry(&source.join(&name), &target.join(&name), priority)?;
            }
        }
        Ok(())
    }

    fn add_entry(&mut self, source: &Path, target: &Path, priority: i64) -> Result<()> {
        let metadata = match fs::metadata(source) {
            Ok(metadata) => metadata,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                let target = target.display();
                (self.warn)(&format!("warning: skipping dangling symlink '{target}'"));
                return Ok(());
            }
            Err(error) => return Err(at(source)(error)),
        };
        let text = source.as_os_str().as_bytes();
        if LEFT_OUT
            .iter()
            .any(|ending| text.ends_with(ending.as_bytes()))
        {
            return Ok(());
        }
        if let Some(present) = there(target)? {
            let in_place = if metadata.is_dir() {
                self.merge_directory(source, target, &present, priority)?
            } else {
                self.replace_file(source, target, &present, priority)?
            };
            if in_place {
                return Ok(());
            }
        }
        symlink(source, target).map_err(at(target))?;
        self.priorities.insert(target.to_owned(), priority);
        Ok(())
    }

    /// Puts what is in a directory into what is there. Nothing else is left to do then.
    fn merge_directory(
        &mut self,
        source: &Path,
        target: &Path,
        present: &fs::Metadata,
        priority: i64,
    ) -> Result<bool> {
        if present.is_dir() {
            self.add_links(source, target, priority)?;
            return Ok(true);
        }
        if !present.is_symlink() {
            return Ok(false);
        }
        // The link to the directory of one package gives way to a directory for both.
        let earlier = target.canonicalize().map_err(at(target))?;
        if !earlier.is_dir() {
            return Err(EnvironmentError::DirectoryOverFile {
                directory: source.to_owned(),
                other: earlier,
            });
        }
        fs::remove_file(target).map_err(at(target))?;
        fs::create_dir(target).map_err(at(target))?;
        let earlier_priority = self.priorities.get(target).copied().unwrap_or(0);
        self.add_links(&earlier, target, earlier_priority)?;
        self.add_links(source, target, priority)?;
        Ok(true)
    }

    /// Whether what is there stays. If not it has been removed.
    fn replace_file(
        &mut self,
        source: &Path,
        target: &Path,
        present: &fs::Metadata,
        priority: i64,
    ) -> Result<bool> {
        if present.is_dir() {
            return Err(EnvironmentError::FileOverDirectory {
                file: source.to_owned(),
                directory: target.to_owned(),
            });
        }
        if !present.is_symlink() {
            return Ok(false);
        }
        let earlier_priority = self.priorities.get(target).copied().unwrap_or(0);
        if earlier_priority == priority {
            let earlier = fs::read_link(target).map_err(at(target))?;
            return Err(EnvironmentError::Conflict {
                earlier,
                later: source.to_owned(),
                priority,
            });
        }
        if earlier_priority < priority {
            return Ok(true);
        }
        fs::remove_file(target).map_err(at(target))?;
        Ok(false)
    }
}

fn there(path: &Path) -> Result<Option<fs::Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> EnvironmentError {
    let path = path.to_owned();
    move |error| EnvironmentError::Io { path, error }
}
