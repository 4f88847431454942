//! A process that finds the store where its paths say, although its files lie elsewhere.
//!
//! Who may not make `/nix` can have a store with these paths all the same: in namespaces of its own
//! a process gets a root that has all that is in the machine's root, and the store in its place.

use std::path::Path;

use nix_wire::StoreDir;

#[cfg(not(target_os = "linux"))]
use crate::error::During;
use crate::error::StoreError;
use crate::layout::Layout;

/// Whether processes find the objects of a store only after [`enter`].
#[must_use]
pub fn is_elsewhere(layout: &Layout) -> bool {
    layout.real_store_dir != Path::new(layout.store_dir.as_str())
}

/// Puts this process, which must have one thread only, into namespaces in which the directory
/// `real` is the store, and there into `directory`. The new root is put together at `mount_point`,
/// a directory that is made if it is not there; outside of the namespaces it stays empty.
///
/// # Errors
/// When the kernel does not allow namespaces or mounts, or is not Linux.
#[cfg(target_os = "linux")]
pub fn enter(
    store_dir: &StoreDir,
    real: &Path,
    mount_point: &Path,
    directory: &Path,
) -> Result<(), StoreError> {
    linux::enter(Path::new(store_dir.as_str()), real, mount_point, directory)
}

/// There are no such namespaces.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn enter(_: &StoreDir, real: &Path, _: &Path, _: &Path) -> Result<(), StoreError> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported)).during("mount", real)
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
    use crate::error::{During, StoreError};

    type Result<T, E = StoreError> = std::result::Result<T, E>;

    pub(super) fn enter(
        store_dir: &Path,
        real: &Path,
        mount_point: &Path,
        directory: &Path,
    ) -> Result<()> {
        let slash = Path::new("/");
        fs::create_dir_all(mount_point).during("create directory", mount_point)?;
        own_namespaces().during("leave", slash)?;
        // What is mounted and unmounted outside from now on is so here too.
        let flags = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
        mount_change(slash, flags)
            .map_err(io::Error::from)
            .during("take over", slash)?;
        let options = c"mode=0755";
        mount("none", mount_point, "tmpfs", MountFlags::empty(), options)
            .map_err(io::Error::from)
            .during("mount", mount_point)?;
        let names: Vec<&Path> = store_dir
            .components()
            .filter(|part| matches!(part, Component::Normal(_)))
            .map(|part| Path::new(part.as_os_str()))
            .collect();
        mirror(slash, mount_point, &names, real)?;
        become_root(mount_point).during("become", mount_point)?;
        chdir(directory)
            .map_err(io::Error::from)
            .during("go to", directory)
    }

    /// The old root lies on the new one for a moment.
    fn become_root(mount_point: &Path) -> io::Result<()> {
        chdir(mount_point)?;
        pivot_root(".", ".")?;
        Ok(unmount(".", UnmountFlags::DETACH)?)
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
    fn mirror(old: &Path, new: &Path, names: &[&Path], real: &Path) -> Result<()> {
        let Some((next, rest)) = names.split_first() else {
            return mount_bind_recursive(real, new)
                .map_err(io::Error::from)
                .during("mount", real);
        };
        let entries = match fs::read_dir(old) {
            Ok(entries) => entries
                .collect::<io::Result<Vec<_>>>()
                .during("read directory", old)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error).during("read directory", old),
        };
        for entry in entries {
            if Path::new(&entry.file_name()) != *next {
                let (from, to) = (entry.path(), new.join(entry.file_name()));
                show(&from, &to).during("show", &from)?;
            }
        }
        let place = new.join(next);
        fs::create_dir(&place).during("create directory", &place)?;
        mirror(&old.join(next), &place, rest, real)
    }

    fn show(from: &Path, to: &Path) -> io::Result<()> {
        let kind = fs::symlink_metadata(from)?.file_type();
        if kind.is_symlink() {
            return symlink(fs::read_link(from)?, to);
        }
        if kind.is_dir() {
            fs::create_dir(to)?;
        } else {
            fs::write(to, "")?;
        }
        match mount_bind_recursive(from, to) {
            // What one may not even look at is not missed.
            Err(rustix::io::Errno::ACCESS) => Ok(()),
            result => Ok(result?),
        }
    }
}
