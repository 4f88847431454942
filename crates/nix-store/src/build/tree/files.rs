//! The files of a home, each at its place, where others may be already.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::steps::Words;
use super::{Result, at, entries, is_link, is_there};

/// The answer to a file whose place is taken by one of a recursive directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Overlap {
    #[default]
    Ignore,
    Error,
    Override,
}

impl FromStr for Overlap {
    type Err = String;

    fn from_str(word: &str) -> Result<Overlap> {
        match word {
            "ignore" => Ok(Overlap::Ignore),
            "error" => Ok(Overlap::Error),
            "override" => Ok(Overlap::Override),
            other => Err(format!("'{other}' is no way to resolve an overlap")),
        }
    }
}

/// Returns the message about a file that would not be in the home.
pub(super) fn outside(target: &Path) -> String {
    format!("Error installing file '{}' outside $HOME", target.display())
}

/// Puts a file or directory at its place: `SOURCE TARGET MODE RECURSIVE IGNORELINKS`.
pub(super) fn place(
    out: &Path,
    words: &mut Words<'_>,
    overlap: Overlap,
    warn: &mut dyn FnMut(&str),
) -> Result<()> {
    let source = words.path()?;
    let target = words.path()?;
    let executable = match words.text()? {
        "inherit" => None,
        word => Some(word == "1"),
    };
    let is_recursive = words.text()? == "true";
    let ignore_links = words.text()? == "true";

    // Within a link, it would land in its source.
    let mut parents = target.ancestors().skip(1);
    if parents.any(|parent| !parent.as_os_str().is_empty() && is_link(&out.join(parent))) {
        return Err(outside(target));
    }
    let path = out.join(target);
    if is_link(&path) || (path.exists() && !path.is_dir()) {
        let message = format!(
            "{} conflicts with recursively symlinked file",
            target.display()
        );
        match overlap {
            Overlap::Error => return Err(message),
            Overlap::Ignore => {
                warn(&message);
                return Ok(());
            }
            Overlap::Override => {
                warn(&message);
                fs::remove_file(&path).map_err(at(&path))?;
            }
        }
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(at(parent))?;
    }
    if is_recursive && source.is_dir() {
        let mut relative = Vec::new();
        link_directory(source, &path, ignore_links, &mut relative)?;
        relative.iter().try_for_each(RelativeLink::make)?;
        return executable.map_or(Ok(()), |wanted| set_modes(&path, wanted));
    }
    // Where a directory has been made, a link goes into it, as `ln` has it.
    let link = match source.file_name() {
        Some(name) if path.is_dir() => path.join(name),
        _ => path,
    };
    symlink(source, &link).map_err(at(&link))?;
    match executable {
        Some(wanted) if !source.is_dir() => set_mode(&link, source, wanted),
        _ => Ok(()),
    }
}

/// A relative link of a tree, which is made again last, when all that it may lead to exists.
struct RelativeLink {
    original: PathBuf,
    path: PathBuf,
    text: PathBuf,
}

impl RelativeLink {
    /// Makes the link; one that would lead nowhere from its new place leads to the original.
    fn make(&self) -> Result<()> {
        let path = &self.path;
        symlink(&self.text, path).map_err(at(path))?;
        if !path.exists() && self.original.exists() {
            fs::remove_file(path).map_err(at(path))?;
            symlink(&self.original, path).map_err(at(path))?;
        }
        Ok(())
    }
}

/// Links every file of the directory `source` at its place in the directory `target`. What exists
/// there stays.
fn link_directory(
    source: &Path,
    target: &Path,
    ignore_links: bool,
    relative: &mut Vec<RelativeLink>,
) -> Result<()> {
    fs::create_dir_all(target).map_err(at(target))?;
    for entry in entries(source)? {
        let Some(name) = entry.file_name() else {
            continue;
        };
        let path = target.join(name);
        let is_link_entry = is_link(&entry);
        if entry.is_dir() && !(is_link_entry && ignore_links) {
            if !is_there(&path) || (path.is_dir() && !is_link(&path)) {
                link_directory(&entry, &path, ignore_links, relative)?;
            }
        } else if is_there(&path) {
            // What came first stays.
        } else if is_link_entry && !ignore_links {
            let text = fs::read_link(&entry).map_err(at(&entry))?;
            if text.is_absolute() {
                symlink(&text, &path).map_err(at(&path))?;
            } else {
                relative.push(RelativeLink {
                    original: entry,
                    path,
                    text,
                });
            }
        } else {
            symlink(&entry, &path).map_err(at(&path))?;
        }
    }
    Ok(())
}

/// Makes all files below a directory executable, or not.
fn set_modes(directory: &Path, wanted: bool) -> Result<()> {
    for entry in entries(directory)? {
        if entry.is_dir() && !is_link(&entry) {
            set_modes(&entry, wanted)?;
        } else if entry.is_file() {
            set_mode(&entry, &entry, wanted)?;
        }
    }
    Ok(())
}

/// Makes what is at `path`, a link to `source`, executable or not. If the source is otherwise, the
/// link is replaced by a copy.
fn set_mode(path: &Path, source: &Path, wanted: bool) -> Result<()> {
    let Ok(metadata) = source.metadata() else {
        return if wanted {
            Err(format!("'{}' does not exist", source.display()))
        } else {
            Ok(())
        };
    };
    let mode = metadata.permissions().mode();
    if (mode & 0o111 != 0) == wanted {
        return Ok(());
    }
    let contents = fs::read(source).map_err(at(source))?;
    let mode = if wanted { mode | 0o111 } else { mode & !0o111 };
    fs::remove_file(path).map_err(at(path))?;
    fs::write(path, contents)
        .and_then(|()| fs::set_permissions(path, Permissions::from_mode(mode & 0o777)))
        .map_err(at(path))
}
