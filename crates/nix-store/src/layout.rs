//! Where a store lies.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use nix_wire::store_path::StorePathError;
use nix_wire::{StoreDir, StorePath};

use crate::error::{During, StoreError};

/// The directories of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What store paths begin with. It is part of their hashes.
    pub store_dir: StoreDir,
    /// Where the store objects lie in the file system: [`Layout::store_dir`] but for a store whose
    /// root is elsewhere.
    pub real_store_dir: PathBuf,
    /// The database, profiles, roots and locks (`/nix/var/nix`).
    pub state_dir: PathBuf,
    /// The logs of builds are in `drvs` below it (`/nix/var/log/nix`).
    pub log_dir: PathBuf,
}

impl Layout {
    /// `/nix/store` and `/nix/var`.
    #[must_use]
    pub fn system() -> Layout {
        Layout {
            store_dir: StoreDir::default(),
            real_store_dir: PathBuf::from("/nix/store"),
            state_dir: PathBuf::from("/nix/var/nix"),
            log_dir: PathBuf::from("/nix/var/log/nix"),
        }
    }

    /// `store` and `var` below a directory.
    ///
    /// # Errors
    /// When the directory is not absolute in its shortest form, or is not UTF-8.
    pub fn below(directory: &Path) -> Result<Layout, StorePathError> {
        let store = directory.join("store");
        Ok(Layout {
            store_dir: StoreDir::new(&store.to_string_lossy())?,
            real_store_dir: store,
            state_dir: directory.join("var/nix"),
            log_dir: directory.join("var/log/nix"),
        })
    }

    /// A store with the system's paths whose files, and all else, are below a directory:
    /// `nix/store` and `nix/var` in it.
    #[must_use]
    pub fn with_root(root: &Path) -> Layout {
        Layout {
            store_dir: StoreDir::default(),
            real_store_dir: root.join("nix/store"),
            state_dir: root.join("nix/var/nix"),
            log_dir: root.join("nix/var/log/nix"),
        }
    }

    /// The store of a user who was not told which: that of the system where the user may write it,
    /// one in `nix` below the user's directory for data where that is there already, that of the
    /// system where it can be made, else the user's.
    ///
    /// # Errors
    /// When that directory is not an absolute path, or not UTF-8.
    pub fn choose(data_home: &Path) -> Result<Layout, StorePathError> {
        let system = Layout::system();
        if system.is_writable() {
            return Ok(system);
        }
        // The store refuses to lie behind a symbolic link, as `/home` is one on some systems.
        let data_home = without_links(data_home);
        let own = Layout::below(&data_home.join("nix"))?;
        if !own.database_dir().exists() && system.can_be_made() {
            return Ok(system);
        }
        Ok(own)
    }

    /// Whether the caller may add to the store: writable are the store and, as far as they are
    /// there already, the state directory and its database.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        use rustix::fs::{Access, access};
        let writable = |path: &Path| access(path, Access::WRITE_OK).is_ok();
        let absent_or_writable = |path: &Path| writable(path) || !path.exists();
        let database = self.database_dir();
        writable(&self.real_store_dir)
            && writable(
                self.state_dir
                    .ancestors()
                    .find(|path| path.exists())
                    .unwrap_or(&database),
            )
            && absent_or_writable(&database)
            && absent_or_writable(&database.join("db.sqlite"))
    }

    /// Whether nothing of the store is there yet, and the caller may make it.
    #[must_use]
    pub fn can_be_made(&self) -> bool {
        use rustix::fs::{Access, access};
        let may_be_made = |path: &Path| {
            !path.exists()
                && path
                    .ancestors()
                    .find(|path| path.exists())
                    .is_some_and(|path| access(path, Access::WRITE_OK).is_ok())
        };
        may_be_made(&self.real_store_dir) && may_be_made(&self.state_dir)
    }

    /// Where the store object lies.
    #[must_use]
    pub fn real_path(&self, path: &StorePath) -> PathBuf {
        self.real_store_dir.join(path.base_name())
    }

    /// The path of the store object as others refer to it.
    #[must_use]
    pub fn print(&self, path: &StorePath) -> String {
        self.store_dir.print(path)
    }

    /// Where the database lies.
    #[must_use]
    pub fn database_dir(&self) -> PathBuf {
        self.state_dir.join("db")
    }

    /// Where roots of garbage collection lie.
    #[must_use]
    pub fn gc_roots_dir(&self) -> PathBuf {
        self.state_dir.join("gcroots")
    }

    /// Where the profiles of the system lie.
    #[must_use]
    pub fn profiles_dir(&self) -> PathBuf {
        self.state_dir.join("profiles")
    }

    /// Where the log of a derivation's build is kept, uncompressed.
    #[must_use]
    pub fn build_log(&self, derivation: &StorePath) -> PathBuf {
        let (directory, name) = derivation.base_name().split_at(2);
        self.log_dir.join("drvs").join(directory).join(name)
    }

    /// Where it is kept when it is compressed, by bzip2.
    #[must_use]
    pub fn compressed_build_log(&self, derivation: &StorePath) -> PathBuf {
        let mut name = self.build_log(derivation).into_os_string();
        name.push(".bz2");
        PathBuf::from(name)
    }

    /// The log of a derivation's build, when one is kept, compressed or not.
    ///
    /// # Errors
    /// When a file is there that cannot be read or decompressed.
    pub fn read_build_log(&self, derivation: &StorePath) -> Result<Option<Vec<u8>>, StoreError> {
        let read = |file: &Path| match fs::read(file) {
            Ok(log) => Ok(Some(log)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).during("read", file),
        };
        if let Some(log) = read(&self.build_log(derivation))? {
            return Ok(Some(log));
        }
        let compressed = self.compressed_build_log(derivation);
        let Some(log) = read(&compressed)? else {
            return Ok(None);
        };
        let mut text = Vec::new();
        bzip2::read::MultiBzDecoder::new(log.as_slice())
            .read_to_end(&mut text)
            .during("decompress", &compressed)?;
        Ok(Some(text))
    }
}

/// The path of a directory, which need not exist yet, without links above it.
fn without_links(path: &Path) -> PathBuf {
    let real = path.ancestors().find_map(|above| {
        let real = above.canonicalize().ok()?;
        let below = path.strip_prefix(above).ok()?;
        Some(if below.as_os_str().is_empty() {
            real
        } else {
            real.join(below)
        })
    });
    real.unwrap_or_else(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_lies_behind_no_link() {
        let directory = tempfile::tempdir().expect("a directory");
        let real = directory.path().canonicalize().expect("a path");
        fs::create_dir_all(real.join("var/home/al")).expect("a directory");
        std::os::unix::fs::symlink("var/home", real.join("home")).expect("a link");
        let data_home = real.join("home/al/.local/share");
        assert_eq!(
            without_links(&data_home),
            real.join("var/home/al/.local/share")
        );
        fs::create_dir_all(&data_home).expect("a directory");
        assert_eq!(
            without_links(&data_home),
            real.join("var/home/al/.local/share")
        );
    }

    #[test]
    fn a_user_without_the_systems_store_gets_one_of_their_own() {
        let home = tempfile::tempdir().expect("a directory");
        let below = Layout::below(&home.path().join("nix")).expect("a layout");
        assert_eq!(below.real_store_dir, home.path().join("nix/store"));
        assert_eq!(below.state_dir, home.path().join("nix/var/nix"));
        if !Layout::system().is_writable() {
            let home_path = home.path().canonicalize().expect("a path");
            let chosen = Layout::choose(home.path()).expect("a layout");
            assert_eq!(
                chosen,
                Layout::below(&home_path.join("nix")).expect("a layout")
            );
        }
        assert!(!below.is_writable(), "there is no store yet");
        assert!(Layout::below(Path::new("relative")).is_err());
    }
}
