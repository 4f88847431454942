//! `builtin:unpack-channel`: the one thing at the top of an archive, by the name of a channel.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use nix_wire::nar::{NarError, Node, Tree};

use super::BuiltinJob;

/// Opens the tree in an archive, with everything that is at its top.
pub type OpenArchive = fn(&Path) -> Result<Box<dyn Tree>, String>;

/// Unpacks the archive `src` into the output, under the name `channelName`.
///
/// # Errors
/// If the archive is malformed or has several files at its top.
pub fn unpack_channel(job: &BuiltinJob, open: OpenArchive) -> Result<(), String> {
    let channel = job.required("channelName")?;
    let archive = PathBuf::from(OsString::from_vec(job.required("src")?.to_vec()));
    let out = job.out()?;
    let is_name = !channel.is_empty() && !channel.contains(&b'/') && !is_dots(channel);
    if !is_name {
        return Err(format!(
            "channelName is not allowed to contain filesystem separators, got {}",
            String::from_utf8_lossy(channel)
        ));
    }
    let mut tree = open(&archive)?;
    let top = only_entry(&mut *tree, &archive)?;
    fs::create_dir(out).map_err(|error| format!("'{}': {error}", out.display()))?;
    let target = out.join(OsStr::from_bytes(channel));
    unpack(&mut *tree, &top, &target)
        .map_err(|error| format!("failed to extract archive '{}': {error}", archive.display()))
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
}

/// What is at the top of the archive, if that is one thing.
fn only_entry(tree: &mut dyn Tree, archive: &Path) -> Result<PathBuf, String> {
    let shown = archive.display();
    let node = tree.node(Path::new(""));
    match node.map_err(|error| format!("'{shown}': {error}"))? {
        Node::Directory { entries } => match entries.as_slice() {
            [only] => Ok(PathBuf::from(OsString::from_vec(only.clone()))),
            [] => Err(format!("channel tarball '{shown}' is empty")),
            _ => Err(format!(
                "channel tarball '{shown}' contains more than one file"
            )),
        },
        _ => Err(format!("channel tarball '{shown}' has no directory")),
    }
}

/// Makes what is at a path of the tree at `target`.
fn unpack(tree: &mut dyn Tree, path: &Path, target: &Path) -> Result<(), NarError> {
    let at = |error: io::Error| NarError::File {
        path: target.to_owned(),
        error,
    };
    match tree.node(path)? {
        Node::Directory { entries } => {
            fs::create_dir(target).map_err(at)?;
            for name in entries {
                let name = OsString::from_vec(name);
                unpack(tree, &path.join(&name), &target.join(&name))?;
            }
        }
        Node::Regular { executable, .. } => {
            let mut file = File::create_new(target).map_err(at)?;
            tree.copy_contents(path, &mut file)?;
            if executable {
                let permissions = fs::Permissions::from_mode(0o755);
                file.set_permissions(permissions).map_err(at)?;
            }
        }
        Node::Symlink { target: to } => {
            symlink(OsStr::from_bytes(&to), target).map_err(at)?;
        }
    }
    Ok(())
}
