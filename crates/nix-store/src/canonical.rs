//! The one form in which trees lie in a store: files 0444 or 0555, directories 0555, everything
//! last changed one second after 1970, no extended attributes.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use nix_wire::nar::{Contents, NarError, Visitor};
use rustix::fs::{AtFlags, CWD, OFlags, Timespec, Timestamps, UTIME_OMIT};
use rustix::io::Errno;

use crate::error::{During, StoreError};

/// When everything in a store was last changed.
const MODIFIED: i64 = 1;
const BUFFER: usize = 64 * 1024;

const TIMES: Timestamps = Timestamps {
    last_access: Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_OMIT,
    },
    last_modification: Timespec {
        tv_sec: MODIFIED,
        tv_nsec: 0,
    },
};

fn mode(executable: bool) -> u32 {
    if executable { 0o555 } else { 0o444 }
}

/// Makes the tree of an archive at a path where nothing is yet, in canonical form.
#[derive(Debug)]
pub(crate) struct Unpack {
    root: PathBuf,
    buffer: Vec<u8>,
}

impl Unpack {
    pub(crate) fn at(root: impl Into<PathBuf>) -> Unpack {
        Unpack {
            root: root.into(),
            buffer: Vec::new(),
        }
    }

    /// A file must not get a slash at the end of its path.
    fn path(&self, path: &Path) -> PathBuf {
        if path.as_os_str().is_empty() {
            self.root.clone()
        } else {
            self.root.join(path)
        }
    }
}

impl Visitor for Unpack {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        let path = self.path(path);
        fs::create_dir(&path).map_err(|error| NarError::File { path, error })
    }

    fn end_directory(&mut self, path: &Path) -> Result<(), NarError> {
        let path = self.path(path);
        fs::set_permissions(&path, Permissions::from_mode(0o555))
            .and_then(|()| Ok(rustix::fs::utimensat(CWD, &path, &TIMES, AtFlags::empty())?))
            .map_err(|error| NarError::File { path, error })
    }

    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        let path = self.path(path);
        let at = |error| NarError::File {
            path: path.clone(),
            error,
        };
        let mut file = create_file(&path).map_err(at)?;
        let wanted = contents.size().min(BUFFER as u64) as usize;
        if self.buffer.len() < wanted {
            self.buffer.resize(wanted, 0);
        }
        loop {
            // What is wrong with the archive is not a failure of this file.
            let read = contents.read(&mut self.buffer)?;
            if read == 0 {
                break;
            }
            file.write_all(&self.buffer[..read]).map_err(at)?;
        }
        finish_file(&file, executable).map_err(at)
    }

    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError> {
        let path = self.path(path);
        symlink(std::ffi::OsStr::from_bytes(target), &path)
            .and_then(|()| {
                Ok(rustix::fs::utimensat(
                    CWD,
                    &path,
                    &TIMES,
                    AtFlags::SYMLINK_NOFOLLOW,
                )?)
            })
            .map_err(|error| NarError::File { path, error })
    }
}

/// Makes a file of a store in canonical form.
pub(crate) fn write_file(path: &Path, contents: &[u8], executable: bool) -> Result<(), StoreError> {
    create_file(path)
        .and_then(|mut file| {
            file.write_all(contents)?;
            finish_file(&file, executable)
        })
        .during("write", path)
}

fn create_file(path: &Path) -> io::Result<File> {
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// After writing, as that changes the time.
fn finish_file(file: &File, executable: bool) -> io::Result<()> {
    rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(mode(executable)))?;
    Ok(rustix::fs::futimens(file, &TIMES)?)
}

/// Brings a tree of the caller's into canonical form.
///
/// # Errors
/// When something in it is neither file, link nor directory, or belongs to another user: it might
/// then be a hard link to a file elsewhere.
pub(crate) fn canonicalise(path: &Path) -> Result<(), StoreError> {
    Canonicaliser {
        owner: rustix::process::geteuid().as_raw(),
        own: rustix::process::geteuid().as_raw(),
        seen: HashSet::new(),
        copies: None,
    }
    .visit(path)
}

/// Brings a tree that a builder made, who was this user, into canonical form; it becomes the
/// caller's.
///
/// Files are replaced by copies. The builder, or a process that it gave an open file to, could else
/// go on writing to an object of the store after its hash was taken.
///
/// # Errors
/// As [`canonicalise`].
pub(crate) fn take_over(path: &Path, owner: u32) -> Result<(), StoreError> {
    Canonicaliser {
        owner,
        own: rustix::process::geteuid().as_raw(),
        seen: HashSet::new(),
        copies: Some(HashMap::new()),
    }
    .visit(path)
}

struct Canonicaliser {
    owner: u32,
    own: u32,
    /// Device and inode of files that were taken over and have other names.
    seen: HashSet<(u64, u64)>,
    /// The copies of files that have several names, by device and inode of the original. `None`
    /// where nothing is copied.
    copies: Option<HashMap<(u64, u64), PathBuf>>,
}

impl Canonicaliser {
    fn visit(&mut self, path: &Path) -> Result<(), StoreError> {
        let metadata = fs::symlink_metadata(path).during("examine", path)?;
        let inode = (metadata.dev(), metadata.ino());
        if metadata.uid() != self.owner && !self.seen.contains(&inode) {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, "invalid ownership");
            return Err(StoreError::Io {
                action: "take over",
                path: path.to_owned(),
                error,
            });
        }
        if !(metadata.is_file() || metadata.is_dir() || metadata.is_symlink()) {
            return Err(NarError::UnsupportedType(path.to_owned()).into());
        }
        if metadata.is_file() && self.copies.is_some() {
            return self.replace_by_copy(path, &metadata);
        }
        if self.owner != self.own {
            let group = rustix::process::getegid().as_raw();
            lchown(path, Some(self.own), Some(group)).during("take over", path)?;
            if metadata.nlink() > 1 && !metadata.is_dir() {
                self.seen.insert(inode);
            }
        }
        remove_attributes(path)?;
        if metadata.is_dir() {
            // A directory that its owner cannot read can still be put right.
            fs::set_permissions(path, Permissions::from_mode(0o755)).during("change", path)?;
            // All of them before the first, as copies are new entries.
            let entries: Result<Vec<_>, _> =
                fs::read_dir(path).during("read directory", path)?.collect();
            for entry in entries.during("read directory", path)? {
                self.visit(&entry.path())?;
            }
        }
        finish(path, &metadata)
    }
}

impl Canonicaliser {
    fn replace_by_copy(&mut self, path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
        let inode = (metadata.dev(), metadata.ino());
        let copies = self.copies.get_or_insert_default();
        if let Some(copy) = copies.get(&inode) {
            fs::remove_file(path).during("delete", path)?;
            return fs::hard_link(copy, path).during("link", path);
        }
        if metadata.mode() & 0o400 == 0 {
            // One that its owner cannot read can still be put right.
            fs::set_permissions(path, Permissions::from_mode(0o600)).during("change", path)?;
        }
        let mut original = fs::OpenOptions::new()
            .read(true)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .during("open", path)?;
        let opened = original.metadata().during("examine", path)?;
        if (opened.dev(), opened.ino()) != inode {
            let error = io::Error::other("it was replaced meanwhile");
            return Err(error).during("take over", path);
        }
        fs::remove_file(path).during("delete", path)?;
        create_file(path)
            .and_then(|mut copy| {
                io::copy(&mut original, &mut copy)?;
                finish_file(&copy, metadata.mode() & 0o100 != 0)
            })
            .during("copy", path)?;
        if metadata.nlink() > 1 {
            copies.insert(inode, path.to_owned());
        }
        Ok(())
    }
}

/// Gives a directory that was made writable for a while its canonical form again.
pub(crate) fn restore_directory(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).during("examine", path)?;
    finish(path, &metadata)
}

/// Renames a file or tree in canonical form, which stays in it. There must be nothing at its new
/// path.
pub(crate) fn move_to(from: &Path, to: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(from).during("examine", from)?;
    // The entry for its parent is changed, too.
    let is_locked = metadata.is_dir() && metadata.mode() & 0o200 == 0;
    if is_locked {
        let mode = Permissions::from_mode(metadata.mode() & 0o7777 | 0o200);
        fs::set_permissions(from, mode).during("change", from)?;
    }
    fs::rename(from, to).during("rename", from)?;
    if is_locked {
        let mode = Permissions::from_mode(metadata.mode() & 0o7777);
        fs::set_permissions(to, mode).during("change", to)?;
    }
    Ok(())
}

/// Puts a tree in the place of another, which is only deleted once that is done.
pub(crate) fn replace(from: &Path, to: &Path) -> Result<(), StoreError> {
    let mut aside = to.to_owned().into_os_string();
    aside.push(format!(".old-{}", std::process::id()));
    let aside = PathBuf::from(aside);
    delete(&aside)?;
    let had_one = fs::symlink_metadata(to).is_ok();
    if had_one {
        move_to(to, &aside)?;
    }
    if let Err(error) = move_to(from, to) {
        if had_one {
            move_to(&aside, to)?;
        }
        return Err(error);
    }
    delete(&aside)
}

fn finish(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    if !metadata.is_symlink() {
        let wanted = mode(metadata.is_dir() || metadata.mode() & 0o100 != 0);
        if metadata.is_dir() || metadata.mode() & 0o7777 != wanted {
            fs::set_permissions(path, Permissions::from_mode(wanted)).during("change", path)?;
        }
    }
    set_times(path)
}

/// The time at which everything in a store was last changed.
pub(crate) fn set_times(path: &Path) -> Result<(), StoreError> {
    rustix::fs::utimensat(CWD, path, &TIMES, AtFlags::SYMLINK_NOFOLLOW).during("change", path)
}

fn remove_attributes(path: &Path) -> Result<(), StoreError> {
    let mut names = [0_u8; 4096];
    let names = match rustix::fs::llistxattr(path, &mut names) {
        Ok(size) => names[..size].to_vec(),
        // Where they cannot even be listed, none was set.
        Err(Errno::NOTSUP | Errno::NODATA | Errno::NOSYS | Errno::PERM) => return Ok(()),
        Err(error) => return Err(error).during("list the attributes of", path),
    };
    for name in names
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
    {
        // SELinux gives every file one that cannot be removed and says nothing about contents.
        if name == b"security.selinux" || name == b"system.nfs4_acl" {
            continue;
        }
        rustix::fs::lremovexattr(path, name).during("remove attributes of", path)?;
    }
    Ok(())
}

/// Deletes a file or tree, also one of a store, which is read-only; nothing need be there.
pub(crate) fn delete(path: &Path) -> Result<(), StoreError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).during("examine", path),
    };
    if !metadata.is_dir() {
        return fs::remove_file(path).during("delete", path);
    }
    if metadata.mode() & 0o700 != 0o700 {
        fs::set_permissions(path, Permissions::from_mode(0o700)).during("change", path)?;
    }
    for entry in fs::read_dir(path).during("read directory", path)? {
        delete(&entry.during("read directory", path)?.path())?;
    }
    fs::remove_dir(path).during("delete", path)
}

/// The number of bytes that deleting a file or tree would free.
pub(crate) fn disk_usage(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return 0;
    };
    // A file with other names goes on to take its room.
    let own = if metadata.is_dir() || metadata.nlink() <= 2 {
        metadata.blocks() * 512
    } else {
        0
    };
    if !metadata.is_dir() {
        return own;
    }
    let Ok(entries) = fs::read_dir(path) else {
        return own;
    };
    entries
        .flatten()
        .map(|entry| disk_usage(&entry.path()))
        .sum::<u64>()
        + own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(path: &Path) -> (u32, i64) {
        let metadata = fs::symlink_metadata(path).expect("metadata");
        (metadata.mode() & 0o7777, metadata.mtime())
    }

    fn sample(root: &Path) {
        fs::create_dir_all(root.join("locked")).expect("directories");
        fs::write(root.join("locked/file"), "x").expect("a file");
        fs::write(root.join("run"), "x").expect("a file");
        symlink("nowhere", root.join("link")).expect("a link");
        let set = |name: &str, mode| {
            fs::set_permissions(root.join(name), Permissions::from_mode(mode)).expect("a mode");
        };
        set("run", 0o4711);
        set("locked/file", 0o620);
        set("locked", 0o111);
    }

    #[test]
    fn a_tree_gets_the_one_form_and_can_be_deleted() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("tree");
        sample(&root);
        canonicalise(&root).expect("canonical");
        assert_eq!(state(&root), (0o555, 1));
        assert_eq!(state(&root.join("run")), (0o555, 1));
        assert_eq!(state(&root.join("locked")), (0o555, 1));
        assert_eq!(state(&root.join("locked/file")), (0o444, 1));
        assert_eq!(state(&root.join("link")).1, 1);
        delete(&root).expect("deleted");
        assert!(!root.exists());
        delete(&root).expect("nothing to delete");
    }

    #[test]
    fn what_a_builder_still_has_open_is_not_what_is_taken_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("tree");
        sample(&root);
        fs::hard_link(root.join("run"), root.join("again")).expect("a link");
        let mut open = fs::OpenOptions::new()
            .write(true)
            .open(root.join("run"))
            .expect("a file");
        take_over(&root, rustix::process::geteuid().as_raw()).expect("taken over");
        open.write_all(b"changed").expect("written");
        for name in ["run", "again"] {
            assert_eq!(fs::read(root.join(name)).expect("a file"), b"x", "{name}");
            assert_eq!(state(&root.join(name)), (0o555, 1), "{name}");
        }
        let inode = |name: &str| fs::metadata(root.join(name)).expect("metadata").ino();
        assert_eq!(inode("run"), inode("again"));
        assert_eq!(state(&root.join("locked/file")), (0o444, 1));
    }

    #[test]
    fn unpacking_makes_what_canonicalising_makes() {
        let directory = tempfile::tempdir().expect("a directory");
        let (one, other) = (directory.path().join("one"), directory.path().join("other"));
        sample(&one);
        canonicalise(&one).expect("canonical");
        let mut archive = Vec::new();
        nix_wire::nar::write(&mut nix_wire::nar::Filesystem::new(&one), &mut archive)
            .expect("an archive");
        nix_wire::nar::read(&mut archive.as_slice(), &mut Unpack::at(&other)).expect("a tree");
        for name in ["", "run", "locked", "locked/file", "link"] {
            assert_eq!(state(&one.join(name)), state(&other.join(name)), "{name}");
        }
        delete(&one).expect("deleted");
        delete(&other).expect("deleted");
    }

    #[test]
    fn what_is_there_is_not_written_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("file");
        fs::write(&path, "mine").expect("a file");
        assert!(write_file(&path, b"other", false).is_err());
        assert_eq!(fs::read(&path).expect("a file"), b"mine");
    }

    #[test]
    fn a_socket_is_refused() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("tree");
        fs::create_dir(&root).expect("a directory");
        let _listener =
            std::os::unix::net::UnixListener::bind(root.join("socket")).expect("a socket");
        assert!(canonicalise(&root).is_err());
    }
}
