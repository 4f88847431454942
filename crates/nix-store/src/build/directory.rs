//! The directory of a builder.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::BuildOptions;
use super::users::BuildUser;
use crate::canonical;
use crate::error::{During, StoreError};
use crate::local::LocalStore;

/// The directory of a builder; gone when this is dropped.
pub(super) struct BuildDirectory {
    outer: PathBuf,
    /// Where the builder begins.
    pub(super) inner: PathBuf,
}

impl BuildDirectory {
    /// Makes one. For a sandbox it is within another that only its owner can enter.
    pub(super) fn create(
        store: &LocalStore,
        options: &BuildOptions,
        user: Option<&BuildUser>,
        in_sandbox: bool,
    ) -> Result<BuildDirectory, StoreError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let parent = match &options.build_dir {
            Some(directory) => directory.clone(),
            None => store.layout().state_dir.join("builds"),
        };
        fs::create_dir_all(&parent).during("create directory", &parent)?;
        let outer = loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let outer = parent.join(format!("nix-{}-{number}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&outer) {
                Ok(()) => break outer,
                // Of a process with this number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).during("create directory", &outer),
            }
        };
        let mut directory = BuildDirectory {
            inner: outer.clone(),
            outer,
        };
        if in_sandbox {
            directory.inner = directory.outer.join("build");
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&directory.inner)
                .during("create directory", &directory.inner)?;
        }
        if let Some(user) = user {
            user.give(&directory.inner)?;
            if in_sandbox {
                user.give_group(&directory.outer)?;
                fs::set_permissions(&directory.outer, Permissions::from_mode(0o710))
                    .during("change", &directory.outer)?;
            }
        }
        Ok(directory)
    }

    /// Writes a file that the builder may change.
    pub(super) fn write(
        &self,
        name: &str,
        contents: &[u8],
        user: Option<&BuildUser>,
    ) -> Result<(), StoreError> {
        use std::io::Write;
        let path = self.inner.join(name);
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o644)
            .open(&path)
            .and_then(|mut file| file.write_all(contents))
            .during("write", &path)?;
        user.map_or(Ok(()), |user| user.give(&path))
    }

    /// Leaves it for the user to look at.
    pub(super) fn keep(self) -> Result<PathBuf, StoreError> {
        for path in [&self.outer, &self.inner] {
            fs::set_permissions(path, Permissions::from_mode(0o755)).during("change", path)?;
        }
        let inner = self.inner.clone();
        std::mem::forget(self);
        Ok(inner)
    }
}

impl Drop for BuildDirectory {
    fn drop(&mut self) {
        // A directory that stays is only untidy.
        let _ = canonical::delete(&self.outer);
    }
}
