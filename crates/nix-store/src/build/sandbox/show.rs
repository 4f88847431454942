//! In a launcher: having an object appear in a sandbox in which a builder is running already.
//!
//! The builder can write to the directory in which it appears, and whoever does this sees what is
//! outside of the sandbox: no link that the builder has made may be followed.

use std::fs;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, mkdirat, openat, openat2, symlinkat};
use rustix::mount::mount_bind_recursive;

use super::super::kernel;
use super::super::launch::NotStarted;
use super::super::orders::Mount;
use super::enter::during;

/// Shows an object below `root`, where nothing may be yet.
pub(super) fn show(root: &Path, mount: &Mount) -> Result<(), NotStarted> {
    let (source, target) = (&mount.source, &mount.target);
    let metadata = during("examine", source, fs::symlink_metadata(source))?;
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(NotStarted::Failed(format!(
            "nothing can appear at '{}'",
            target.display()
        )));
    };
    let name = Path::new(name);
    let directory = during("open", parent, open_directory(root, parent))?;
    if metadata.is_symlink() {
        // A link cannot be mounted, but it can be made again.
        let link = during("read", source, fs::read_link(source))?;
        return during("create", target, symlinkat(link, &directory, name));
    }
    if metadata.is_dir() {
        let mode = Mode::from_raw_mode(0o755);
        during("create", target, mkdirat(&directory, name, mode))?;
    } else {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Mode::from_raw_mode(0o644);
        during("create", target, openat(&directory, name, flags, mode))?;
    }
    let place = during("open", target, open_place(&directory, name))?;
    let made = path_of(&place);
    during("mount", source, mount_bind_recursive(source, &made))?;
    if !mount.writable {
        // What is mounted there now.
        let place = during("open", target, open_place(&directory, name))?;
        let made = path_of(&place);
        during("protect", source, kernel::make_read_only(&made))?;
    }
    Ok(())
}

/// Opens a directory of a sandbox by its path there, in which no link may be.
fn open_directory(root: &Path, path: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = openat(CWD, root, flags, Mode::empty())?;
    let below = path.strip_prefix("/").unwrap_or(path);
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(root, below, flags, Mode::empty(), resolve)
}

fn open_place(directory: &OwnedFd, name: &Path) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty())
}

/// A path by which the kernel finds what is open.
fn path_of(open: &OwnedFd) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", open.as_raw_fd()))
}
