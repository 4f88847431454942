//! A process that finds the store where its paths say, although its files lie elsewhere.
//!
//! Who may not make `/nix` can have a store with these paths all the same: in namespaces of its own
//! a process gets a root that has all that is in the machine's root, and the store in its place.

use std::io;
use std::path::Path;

use nix_wire::StoreDir;

use crate::layout::Layout;

/// Whether processes find the objects of a store only after [`enter`].
#[must_use]
pub fn is_elsewhere(layout: &Layout) -> bool {
    layout.real_store_dir != Path::new(layout.store_dir.as_str())
}

/// Puts this process, which must have one thread only, into namespaces in which the directory
/// `real` is the store. The new root is put together at `mount_point`, a directory that is made if
/// it is not there; outside of the namespaces it stays empty.
///
/// # Errors
/// When the kernel does not allow namespaces or mounts, or is not Linux.
#[cfg(target_os = "linux")]
pub fn enter(store_dir: &StoreDir, real: &Path, mount_point: &Path) -> io::Result<()> {
    linux::enter(Path::new(store_dir.as_str()), real, mount_point)
}

/// There are no such namespaces.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn enter(_: &StoreDir, _: &Path, _: &Path) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;
    use std::io;
    use std::os::unix::fs::symlink;
    use std::path::{Component, Path};

    use rustix::mount::{
        MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
        unmount,
    };
    use rustix::process::{chdir, getegid, geteuid, pivot_root};
    use rustix::thread::UnshareFlags;

    use crate::build::leave_for;

    pub(super) fn enter(store_dir: &Path, real: &Path, mount_point: &Path) -> io::Result<()> {
        let directory = std::env::current_dir();
        fs::create_dir_all(mount_point)?;
        own_namespaces()?;
        mount_change(
            "/",
            MountPropagationFlags::PRIVATE | MountPropagationFlags::REC,
        )?;
        mount(
            "none",
            mount_point,
            "tmpfs",
            MountFlags::empty(),
            c"mode=0755",
        )?;
        let names: Vec<&Path> = store_dir
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .map(|part| Path::new(part.as_os_str()))
            .collect();
        mirror(Path::new("/"), mount_point, &names, real)?;
        chdir(mount_point)?;
        // The old root lies on the new one for a moment.
        pivot_root(".", ".")?;
        unmount(".", UnmountFlags::DETACH)?;
        chdir(directory.as_deref().unwrap_or(Path::new("/")))?;
        Ok(())
    }

    /// Who has the right needs no namespace of users, in which others would be nobody.
    fn own_namespaces() -> io::Result<()> {
        if geteuid().is_root() && leave_for(UnshareFlags::NEWNS).is_ok() {
            return Ok(());
        }
        let (user, group) = (geteuid().as_raw(), getegid().as_raw());
        leave_for(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("{group} {group} 1"))
    }

    /// Gives `new` all that `old` has, and `real` at the place that the names lead to.
    fn mirror(old: &Path, new: &Path, names: &[&Path], real: &Path) -> io::Result<()> {
        let Some((next, rest)) = names.split_first() else {
            return Ok(mount_bind_recursive(real, new)?);
        };
        let entries = match fs::read_dir(old) {
            Ok(entries) => entries.collect::<io::Result<Vec<_>>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let name = entry.file_name();
            if Path::new(&name) == *next {
                continue;
            }
            let (from, to) = (entry.path(), new.join(&name));
            let kind = entry.file_type()?;
            if kind.is_symlink() {
                symlink(fs::read_link(&from)?, &to)?;
                continue;
            }
            if kind.is_dir() {
                fs::create_dir(&to)?;
            } else {
                fs::write(&to, "")?;
            }
            // What one may not even look at is not missed.
            if let Err(error) = mount_bind_recursive(&from, &to)
                && error != rustix::io::Errno::ACCESS
            {
                return Err(error.into());
            }
        }
        let place = new.join(next);
        fs::create_dir(&place)?;
        mirror(&old.join(next), &place, rest, real)
    }
}
