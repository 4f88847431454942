//! Roots of garbage collection.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix_wire::{Hash, HashAlgorithm, StoreDir, StorePath};

use super::{LocalStore, Result};
use crate::error::{During, StoreError};
use crate::modes;

impl LocalStore {
    /// Keeps these objects and all that they refer to until this store is dropped.
    ///
    /// # Errors
    /// When the file that says so cannot be written.
    pub fn add_temporary_roots<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<()> {
        // The directories are made with the database.
        self.create()?;
        if self.is_read_only() {
            return Ok(());
        }
        super::lock(&self.temporary_roots).add(paths)
    }

    /// Lets go of all that [`LocalStore::add_temporary_roots`] and adding keep.
    pub fn forget_temporary_roots(&self) {
        super::lock(&self.temporary_roots).forget();
    }

    /// Makes `link` a symbolic link to the object, or changes one to a store object into it, and
    /// keeps the object as long as the link is there. Gives the full path of the link.
    ///
    /// # Errors
    /// When something else is there, or the link would be in the store.
    pub fn add_permanent_root(&self, object: &StorePath, link: &Path) -> Result<PathBuf> {
        self.add_temporary_roots([object])?;
        let link = make_root_link(&self.layout.store_dir, object, link)?;
        self.add_indirect_root(&link)?;
        Ok(link)
    }

    /// Keeps whatever store object the symbolic link `link` points to, as long as it is there.
    ///
    /// # Errors
    /// When the entry in `gcroots/auto` cannot be made.
    pub fn add_indirect_root(&self, link: &Path) -> Result<()> {
        let link = absolute(link)?;
        let name = Hash::of(HashAlgorithm::Sha1, link.as_os_str().as_bytes()).nix32();
        let directory = self.layout.gc_roots_dir().join("auto");
        let root = directory.join(name);
        if fs::read_link(&root).is_ok_and(|target| target == link) {
            return Ok(());
        }
        modes::create_dir_all(&directory).during("create directory", &directory)?;
        replace_link(&link, &root)
    }
}

/// Makes `link` a link to a store object, unless something else is there or it would be in the
/// store. Gives its full path.
pub(crate) fn make_root_link(
    store_dir: &StoreDir,
    object: &StorePath,
    link: &Path,
) -> Result<PathBuf> {
    let link = absolute(link)?;
    if link.starts_with(store_dir.as_str()) {
        return Err(StoreError::RootInStore(link));
    }
    match fs::symlink_metadata(&link) {
        Ok(metadata) => {
            let target = fs::read_link(&link).unwrap_or_default();
            if !metadata.is_symlink() || !target.starts_with(store_dir.as_str()) {
                return Err(StoreError::RootExists(link));
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = link.parent() {
                fs::create_dir_all(parent).during("create directory", parent)?;
            }
        }
        Err(error) => return Err(error).during("examine", &link),
    }
    replace_link(Path::new(&store_dir.print(object)), &link)?;
    Ok(link)
}

/// As Nix, which makes the path of a root absolute but does not follow links in it.
pub(super) fn absolute(path: &Path) -> Result<PathBuf> {
    let path = std::path::absolute(path).during("find", path)?;
    let mut shortest = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => {
                shortest.pop();
            }
            other => shortest.push(other),
        }
    }
    Ok(shortest)
}

/// Makes a symbolic link, or changes what is one into it, at once.
///
/// # Errors
/// When it cannot be made.
pub fn replace_link(target: &Path, link: &Path) -> Result<()> {
    let mut number = 0_u32;
    let temporary = loop {
        let mut name = link.as_os_str().to_owned();
        name.push(format!(".tmp-{}-{number}", std::process::id()));
        let temporary = PathBuf::from(name);
        match symlink(target, &temporary) {
            Ok(()) => break temporary,
            // Of a process with this number that was killed, or of another thread.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {
                number += 1;
            }
            Err(error) => return Err(error).during("create link", &temporary),
        }
    };
    fs::rename(&temporary, link)
        .during("create link", link)
        .inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
}
