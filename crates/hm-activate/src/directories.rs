//! Records directories as they were before a switch, so that undoing it restores them exactly: mode,
//! owner, extended attributes (access control lists among them) and times.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use hm_plan::{Action, serde_path};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, XattrFlags};
use serde::{Deserialize, Serialize};

/// The largest extended attribute that Linux allows.
const LARGEST_ATTRIBUTE: usize = 64 << 10;

/// A directory as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DirectoryState {
    #[serde(with = "serde_path")]
    path: PathBuf,
    /// Seconds and nanoseconds.
    accessed: (i64, i64),
    modified: (i64, i64),
    /// Set if the switch removes the directory, so that undoing makes it again.
    removed: Option<Ownership>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Ownership {
    mode: u32,
    user: u32,
    group: u32,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Returns the states of all directories that these actions change or remove, but for those that
/// are missing.
pub(crate) fn states(actions: &[Action]) -> Vec<DirectoryState> {
    let mut paths: BTreeSet<&Path> = BTreeSet::new();
    let mut removed: BTreeSet<&Path> = BTreeSet::new();
    for action in actions {
        paths.extend(action.path().parent());
        if let Action::RemoveDirectory { path } = action {
            paths.insert(path);
            removed.insert(path);
        }
    }
    let state = |path: &Path| {
        let metadata = path.symlink_metadata().ok()?;
        metadata.is_dir().then(|| DirectoryState {
            path: path.to_owned(),
            accessed: (metadata.atime(), metadata.atime_nsec()),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            removed: removed.contains(path).then(|| Ownership {
                mode: metadata.mode() & 0o7777,
                user: metadata.uid(),
                group: metadata.gid(),
                attributes: attributes(path),
            }),
        })
    };
    paths.into_iter().filter_map(state).collect()
}

/// Makes directories be as they were, after all actions were undone. What this user may not set, or
/// the file system does not keep, stays as it is.
pub(crate) fn restore(states: &[DirectoryState]) {
    let there = || states.iter().filter(|state| is_directory(&state.path));
    for state in there() {
        if let Some(ownership) = &state.removed {
            restore_ownership(&state.path, ownership);
        }
    }
    let mut seen = BTreeSet::new();
    for state in there() {
        // A later batch knows the directory as an earlier one left it.
        if !seen.insert(&state.path) {
            continue;
        }
        let times = Timestamps {
            last_access: timespec(state.accessed),
            last_modification: timespec(state.modified),
        };
        let _ = rustix::fs::utimensat(CWD, &state.path, &times, AtFlags::SYMLINK_NOFOLLOW);
    }
}

fn is_directory(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir())
}

fn timespec((seconds, nanoseconds): (i64, i64)) -> Timespec {
    Timespec {
        tv_sec: seconds,
        tv_nsec: nanoseconds,
    }
}

fn restore_ownership(path: &Path, ownership: &Ownership) {
    // Changing the owner takes bits off the mode, so the mode comes after it.
    let _ = std::os::unix::fs::lchown(path, Some(ownership.user), Some(ownership.group));
    let _ = std::fs::set_permissions(path, Permissions::from_mode(ownership.mode));
    for (name, value) in &ownership.attributes {
        let _ = rustix::fs::lsetxattr(path, name.as_slice(), value, XattrFlags::empty());
    }
}

/// Returns the extended attributes of a directory, as far as they can be read.
fn attributes(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let read = || -> io::Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut names = vec![0; LARGEST_ATTRIBUTE];
        let length = rustix::fs::llistxattr(path, names.as_mut_slice())?;
        names.truncate(length);
        let names = names.split(|byte| *byte == 0);
        Ok(names
            .filter(|name| !name.is_empty())
            .filter_map(|name| {
                let mut value = vec![0; LARGEST_ATTRIBUTE];
                let length = rustix::fs::lgetxattr(path, name, value.as_mut_slice()).ok()?;
                value.truncate(length);
                Some((name.to_owned(), value))
            })
            .collect())
    };
    read().unwrap_or_default()
}
