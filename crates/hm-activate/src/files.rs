//! The real file system as a plan sees it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use hm_plan::{HomeView, Kind, ViewError};

/// Reads the real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealFiles;

fn failed(path: &Path) -> impl FnOnce(io::Error) -> ViewError {
    let path = path.to_owned();
    move |source| ViewError { path, source }
}

/// Returns whether an error says that nothing is at a path.
pub(crate) fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

impl HomeView for RealFiles {
    fn kind(&self, path: &Path) -> Result<Kind, ViewError> {
        match fs::symlink_metadata(path) {
            Err(error) if is_absence(&error) => Ok(Kind::Absent),
            Err(error) => Err(failed(path)(error)),
            Ok(metadata) if metadata.is_dir() => Ok(Kind::Directory),
            Ok(metadata) if metadata.is_symlink() => {
                fs::read_link(path).map(Kind::Link).map_err(failed(path))
            }
            Ok(_) => Ok(Kind::File),
        }
    }

    fn resolved_kind(&self, path: &Path) -> Result<Option<Kind>, ViewError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => Ok(Some(Kind::Directory)),
            Ok(_) => Ok(Some(Kind::File)),
            // A loop of links leads nowhere, just as a dangling one.
            Err(error) if is_absence(&error) || is_loop(&error) => Ok(None),
            Err(error) => Err(failed(path)(error)),
        }
    }

    fn entries(&self, path: &Path) -> Result<Vec<OsString>, ViewError> {
        let mut names = fs::read_dir(path)
            .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
            .map_err(failed(path))?;
        let names: &mut Vec<OsString> = &mut names;
        names.sort_unstable();
        Ok(std::mem::take(names))
    }

    fn same_content(&self, one: &Path, other: &Path) -> Result<bool, ViewError> {
        match (self.resolved_kind(one)?, self.resolved_kind(other)?) {
            (Some(Kind::Directory), Some(Kind::Directory)) => {
                let names = self.entries(one)?;
                if names != self.entries(other)? {
                    return Ok(false);
                }
                for name in names {
                    if !self.same_content(&one.join(&name), &other.join(&name))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Some(Kind::File), Some(Kind::File)) => same_bytes(one, other),
            _ => Ok(false),
        }
    }

    fn undeletable(&self, path: &Path) -> Result<Option<PathBuf>, ViewError> {
        let metadata = match fs::symlink_metadata(path) {
            Err(error) if is_absence(&error) => return Ok(None),
            metadata => metadata.map_err(failed(path))?,
        };
        if is_fixed(path) {
            return Ok(Some(path.to_owned()));
        }
        if !metadata.is_dir() {
            return Ok(None);
        }
        let names = match self.entries(path) {
            Ok(names) => names,
            // Its owner can make it readable; nobody else can empty it.
            Err(_) if is_own(&metadata) => return Ok(None),
            Err(_) => return Ok(Some(path.to_owned())),
        };
        for name in &names {
            if let Some(part) = self.undeletable(&path.join(name))? {
                return Ok(Some(part));
            }
        }
        let can_empty = names.is_empty() || is_own(&metadata) || is_writable(path);
        Ok((!can_empty).then(|| path.to_owned()))
    }
}

/// Returns whether this user may change the mode of a file.
fn is_own(metadata: &fs::Metadata) -> bool {
    let user = rustix::process::geteuid();
    user.is_root() || user.as_raw() == metadata.uid()
}

fn is_writable(directory: &Path) -> bool {
    let access = rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK;
    rustix::fs::accessat(
        rustix::fs::CWD,
        directory,
        access,
        rustix::fs::AtFlags::EACCESS,
    )
    .is_ok()
}

/// Returns whether the file system keeps a file from being deleted, even by root.
#[cfg(target_os = "linux")]
fn is_fixed(path: &Path) -> bool {
    use rustix::fs::{AtFlags, CWD, StatxAttributes, StatxFlags, statx};

    let fixed = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND | StatxAttributes::MOUNT_ROOT;
    statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE)
        .is_ok_and(|status| status.stx_attributes.intersects(fixed))
}

#[cfg(not(target_os = "linux"))]
fn is_fixed(_: &Path) -> bool {
    false
}

fn same_bytes(one: &Path, other: &Path) -> Result<bool, ViewError> {
    let metadata = fs::metadata(one).map_err(failed(one))?;
    let other_metadata = fs::metadata(other).map_err(failed(other))?;
    if !metadata.is_file() || !other_metadata.is_file() || metadata.len() != other_metadata.len() {
        return Ok(false);
    }
    let mut left = File::open(one).map_err(failed(one))?;
    let mut right = File::open(other).map_err(failed(other))?;
    let mut left_buffer = vec![0; 64 * 1024];
    let mut right_buffer = vec![0; 64 * 1024];
    loop {
        let count = read_full(&mut left, &mut left_buffer).map_err(failed(one))?;
        let other_count = read_full(&mut right, &mut right_buffer).map_err(failed(other))?;
        if left_buffer[..count] != right_buffer[..other_count] {
            return Ok(false);
        }
        if count == 0 {
            return Ok(true);
        }
    }
}

/// Reads until the buffer is full or the file ends.
fn read_full(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
