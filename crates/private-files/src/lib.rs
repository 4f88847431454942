//! Files that only the user who runs the program can have written: caches, journals, locks.
//!
//! What a program remembers for itself decides what it does later. Root must not believe what
//! another user has put into a directory, nor write where a link of that user leads. So links are
//! not followed, owners and modes are checked on what was opened, and files are made with modes
//! that let nobody else write, whatever the umask.

use std::ffi::{CString, OsStr};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawMode, Stat};

/// The mode bits by which others than the owner may write.
const WRITABLE_BY_OTHERS: RawMode = 0o022;
const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::RDONLY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Opening must not wait for the other end of a pipe.
const FILE: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// A directory of the user's that nobody else can write to.
#[derive(Debug)]
pub struct PrivateDirectory {
    descriptor: OwnedFd,
    path: PathBuf,
}

impl PrivateDirectory {
    /// Opens a directory, also through a link of the user's own. If others could write to one of the
    /// user's, from now on they cannot.
    ///
    /// # Errors
    /// If it does not exist, or it or a link there belongs to another user.
    pub fn open(path: &Path) -> io::Result<PrivateDirectory> {
        let descriptor = match rustix::fs::open(path, DIRECTORY, Mode::empty()) {
            Err(error) if is_link(path) => {
                check_owner(&rustix::fs::lstat(path)?)?;
                let leads_to = path.canonicalize().map_err(|_| error)?;
                rustix::fs::open(&leads_to, DIRECTORY, Mode::empty())?
            }
            opened => opened?,
        };
        let status = rustix::fs::fstat(&descriptor)?;
        check_owner(&status)?;
        withdraw(&descriptor, &status)?;
        Ok(PrivateDirectory {
            descriptor,
            path: path.to_owned(),
        })
    }

    /// Opens a directory, which is made if it is missing, with those above it.
    ///
    /// # Errors
    /// As [`PrivateDirectory::open`], and if it cannot be made.
    pub fn make(path: &Path) -> io::Result<PrivateDirectory> {
        match PrivateDirectory::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                DirBuilder::new().recursive(true).mode(0o755).create(path)?;
                PrivateDirectory::open(path)
            }
            opened => opened,
        }
    }

    /// Opens a file to read it.
    ///
    /// # Errors
    /// If it does not exist, is not a regular file, belongs to another user, or others can write it.
    pub fn open_file(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let file = self.open_at(name.as_ref(), OFlags::RDONLY, 0)?;
        let status = rustix::fs::fstat(&file)?;
        if status.st_mode & WRITABLE_BY_OTHERS != 0 {
            return Err(refused("others can write it"));
        }
        Ok(file)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// As [`PrivateDirectory::open_file`].
    pub fn read(&self, name: impl AsRef<OsStr>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open_file(name)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Opens a file to read and write it: makes it if it is missing, keeps what it has. If others
    /// could write one of the user's, from now on they cannot.
    ///
    /// # Errors
    /// If it is not a regular file, or belongs to another user.
    pub fn open_or_create(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let file = self.open_at(name.as_ref(), OFlags::RDWR | OFlags::CREATE, 0o644)?;
        withdraw(&file, &rustix::fs::fstat(&file)?)?;
        Ok(file)
    }

    /// Opens a file to add to its end and to read it, as [`PrivateDirectory::open_or_create`].
    ///
    /// # Errors
    /// As [`PrivateDirectory::open_file`].
    pub fn open_to_append(&self, name: impl AsRef<OsStr>) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::APPEND;
        let file = self.open_at(name.as_ref(), flags, 0o644)?;
        if rustix::fs::fstat(&file)?.st_mode & WRITABLE_BY_OTHERS != 0 {
            return Err(refused("others can write it"));
        }
        Ok(file)
    }

    /// Makes a file that must not exist.
    ///
    /// # Errors
    /// If there is anything of that name.
    pub fn create_new(&self, name: impl AsRef<OsStr>, mode: RawMode) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
        self.open_at(name.as_ref(), flags, mode)
    }

    /// Writes a file in one step: others see it as it was or as it is. Whatever had the name is
    /// replaced; a link is not followed.
    ///
    /// # Errors
    /// If it cannot be written; then it is as it was.
    pub fn replace(
        &self,
        name: impl AsRef<OsStr>,
        mode: RawMode,
        write: impl FnOnce(&mut File) -> io::Result<()>,
    ) -> io::Result<()> {
        let name = self.name(name.as_ref())?;
        let fresh = [name.as_bytes(), b".new-"].concat();
        let mut fresh = OsStr::from_bytes(&fresh).to_owned();
        fresh.push(std::process::id().to_string());
        // Of a process of this number that was killed, or put there by somebody else.
        self.remove(&fresh)?;
        let mut file = self.create_new(&fresh, mode)?;
        let written = write(&mut file).and_then(|()| {
            let fresh = CString::new(fresh.as_bytes())?;
            Ok(rustix::fs::renameat(
                &self.descriptor,
                &fresh,
                &self.descriptor,
                &name,
            )?)
        });
        if written.is_err() {
            // The first error says what is wrong.
            let _ = self.remove(&fresh);
        }
        written
    }

    /// Writes bytes to a file in one step, as [`PrivateDirectory::replace`].
    ///
    /// # Errors
    /// As [`PrivateDirectory::replace`].
    pub fn write(&self, name: impl AsRef<OsStr>, bytes: &[u8]) -> io::Result<()> {
        self.replace(name, 0o644, |file| file.write_all(bytes))
    }

    /// Removes a file, or a link, if there is one.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, name: impl AsRef<OsStr>) -> io::Result<()> {
        let name = self.name(name.as_ref())?;
        match rustix::fs::unlinkat(&self.descriptor, &name, AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn name(&self, name: &OsStr) -> io::Result<CString> {
        if name.as_bytes().contains(&b'/') || name == ".." {
            let path = self.path.join(name);
            return Err(refused(&format!("{} is not a file in it", path.display())));
        }
        Ok(CString::new(name.as_bytes())?)
    }

    /// Opens a regular file of the user's.
    fn open_at(&self, name: &OsStr, flags: OFlags, mode: RawMode) -> io::Result<File> {
        let name = self.name(name)?;
        let mode = Mode::from_raw_mode(mode);
        let file = rustix::fs::openat(&self.descriptor, &name, FILE | flags, mode)?;
        let status = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(refused("it is not a regular file"));
        }
        check_owner(&status)?;
        Ok(File::from(file))
    }
}

/// Opens the directory of a file and returns its name there.
///
/// # Errors
/// As [`PrivateDirectory::open`], and if the path has no name.
pub fn of_file(path: &Path) -> io::Result<(PrivateDirectory, &OsStr)> {
    parts(path).and_then(|(directory, name)| Ok((PrivateDirectory::open(directory)?, name)))
}

/// As [`of_file`], with a directory that is made if it is missing.
///
/// # Errors
/// As [`PrivateDirectory::make`], and if the path has no name.
pub fn of_new_file(path: &Path) -> io::Result<(PrivateDirectory, &OsStr)> {
    parts(path).and_then(|(directory, name)| Ok((PrivateDirectory::make(directory)?, name)))
}

fn parts(path: &Path) -> io::Result<(&Path, &OsStr)> {
    path.parent()
        .zip(path.file_name())
        .ok_or_else(|| refused("it has no name"))
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_symlink())
}

fn check_owner(status: &Stat) -> io::Result<()> {
    match status.st_uid == rustix::process::geteuid().as_raw() {
        true => Ok(()),
        false => Err(refused("it belongs to another user")),
    }
}

/// Takes from others the right to write to something of the user's.
fn withdraw(descriptor: impl AsFd, status: &Stat) -> io::Result<()> {
    let mode = status.st_mode & 0o7777;
    if mode & WRITABLE_BY_OTHERS != 0 {
        rustix::fs::fchmod(descriptor, Mode::from_raw_mode(mode & !WRITABLE_BY_OTHERS))?;
    }
    Ok(())
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::PermissionDenied, why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn directory() -> (tempfile::TempDir, PrivateDirectory) {
        let place = tempfile::tempdir().expect("a directory");
        let directory = PrivateDirectory::make(&place.path().join("a/b")).expect("it is made");
        (place, directory)
    }

    #[test]
    fn what_was_written_is_read() {
        let (_place, directory) = directory();
        directory.write("x", b"one").expect("written");
        directory.write("x", b"two").expect("replaced");
        assert_eq!(directory.read("x").expect("readable"), b"two");
        let entries = std::fs::read_dir(&directory.path).expect("a directory");
        assert_eq!(entries.count(), 1);
    }

    #[test]
    fn links_are_not_followed() {
        let (place, directory) = directory();
        let target = place.path().join("target");
        std::fs::write(&target, "of somebody else").expect("written");
        for name in ["read", "write", "lock", "append"] {
            symlink(&target, directory.path.join(name)).expect("a link");
        }
        assert!(directory.read("read").is_err());
        assert!(directory.open_or_create("lock").is_err());
        assert!(directory.open_to_append("append").is_err());
        directory
            .write("write", b"mine")
            .expect("replaces the link");
        let there = std::fs::read_to_string(&target).expect("readable");
        assert_eq!(there, "of somebody else");
        // But one of the user's own to the directory is.
        symlink(&directory.path, place.path().join("link")).expect("a link");
        PrivateDirectory::open(&place.path().join("link")).expect("the user's own");
    }

    #[test]
    fn what_others_can_write_is_not_read() {
        let (_place, directory) = directory();
        directory.write("x", b"text").expect("written");
        let mode = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(directory.path.join("x"), mode).expect("a mode");
        assert!(directory.read("x").is_err());
        directory.open_or_create("x").expect("one of the user's");
        assert_eq!(directory.read("x").expect("readable"), b"text");
    }

    #[test]
    fn a_directory_is_closed_to_others() {
        let (_place, directory) = directory();
        let mode = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(&directory.path, mode).expect("a mode");
        PrivateDirectory::open(&directory.path).expect("one of the user's");
        let mode = std::fs::metadata(&directory.path)
            .expect("there")
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o755);
    }

    #[test]
    fn pipes_are_refused_at_once() {
        let (_place, directory) = directory();
        let path = directory.path.join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("mkfifo").success());
        assert!(directory.read("pipe").is_err());
        assert!(directory.open_or_create("pipe").is_err());
    }

    #[test]
    fn names_do_not_lead_out() {
        let (_place, directory) = directory();
        assert!(directory.read("../b").is_err());
        assert!(directory.write("..", b"").is_err());
    }
}
