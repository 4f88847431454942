//! Trees from archives in places that are no store.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};

use super::filesystem::os_str;
use super::{CASE_HACK, Contents, NarError, Visitor};

const BUFFER: usize = 64 * 1024;

/// Makes the tree of an archive at a path where nothing is yet, with the permissions that new files
/// have otherwise.
#[derive(Debug)]
pub struct Restore {
    root: PathBuf,
    case_hack: bool,
    /// The directories that are open.
    directories: Vec<Directory>,
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Directory {
    path: PathBuf,
    /// The names in it, in lower case, with the name as it is and how often it came again.
    names: HashMap<Vec<u8>, (Vec<u8>, u32)>,
}

impl Restore {
    /// A tree at this path.
    #[must_use]
    pub fn at(root: impl Into<PathBuf>) -> Restore {
        Restore {
            root: root.into(),
            case_hack: false,
            directories: Vec::new(),
            buffer: vec![0; BUFFER],
        }
    }

    /// One for file systems that do not tell upper from lower case: names that differ only so get
    /// an ending.
    #[must_use]
    pub fn with_case_hack(mut self, case_hack: bool) -> Restore {
        self.case_hack = case_hack;
        self
    }

    fn path(&mut self, path: &Path) -> Result<PathBuf, NarError> {
        let Some(directory) = self.directories.last_mut() else {
            return Ok(self.root.clone());
        };
        let name = path.file_name().unwrap_or_default().to_owned();
        if !self.case_hack {
            return Ok(directory.path.join(name));
        }
        let mut name = name.into_vec();
        if let Some((_, count)) = directory.names.get_mut(&name.to_ascii_lowercase()) {
            *count += 1;
            let plain = name.clone();
            name.extend_from_slice(format!("{CASE_HACK}{count}").as_bytes());
            if let Some((other, _)) = directory.names.get(&name.to_ascii_lowercase()) {
                return Err(NarError::CaseCollision {
                    name: String::from_utf8_lossy(&plain).into_owned(),
                    other: String::from_utf8_lossy(other).into_owned(),
                });
            }
        } else {
            directory
                .names
                .insert(name.to_ascii_lowercase(), (name.clone(), 0));
        }
        Ok(directory.path.join(os_str(&name)))
    }
}

impl Visitor for Restore {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        let path = self.path(path)?;
        if let Err(error) = fs::create_dir(&path) {
            if path.is_dir() {
                return Err(NarError::Exists(path));
            }
            return Err(NarError::File { path, error });
        }
        self.directories.push(Directory {
            path,
            names: HashMap::new(),
        });
        Ok(())
    }

    fn end_directory(&mut self, _: &Path) -> Result<(), NarError> {
        self.directories.pop();
        Ok(())
    }

    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        let path = self.path(path)?;
        let at = |error| NarError::File {
            path: path.clone(),
            error,
        };
        let mode = if executable { 0o777 } else { 0o666 };
        let mut file: File = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .map_err(at)?;
        loop {
            // What is wrong with the archive is not a failure of this file.
            let read = contents.read(&mut self.buffer)?;
            if read == 0 {
                return Ok(());
            }
            file.write_all(&self.buffer[..read]).map_err(at)?;
        }
    }

    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError> {
        let path = self.path(path)?;
        symlink(std::ffi::OsStr::from_bytes(target), &path)
            .map_err(|error| NarError::File { path, error })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Filesystem, read, write};
    use super::*;

    fn archive(tree: &mut Filesystem<'_>) -> Result<Vec<u8>, NarError> {
        let mut archive = Vec::new();
        write(tree, &mut archive)?;
        Ok(archive)
    }

    #[test]
    fn names_that_differ_in_case_come_back_as_they_were() {
        let directory = tempfile::tempdir().expect("a directory");
        let tree = directory.path().join("tree");
        for path in ["a/Foo", "a/FOO", "b/x", "B/x", "plain"] {
            let path = tree.join(path);
            fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            fs::write(&path, path.as_os_str().as_bytes()).expect("a file");
        }
        symlink("plain", tree.join("Plain")).expect("a link");
        let packed = archive(&mut Filesystem::new(&tree)).expect("an archive");
        let copy = directory.path().join("copy");
        let mut restore = Restore::at(&copy).with_case_hack(true);
        read(&mut packed.as_slice(), &mut restore).expect("a tree");
        for path in ["a/FOO", "a/Foo~nix~case~hack~1", "b~nix~case~hack~1/x"] {
            assert!(copy.join(path).is_file(), "{path}");
        }
        let mut again = Filesystem::new(&copy).with_case_hack();
        assert_eq!(archive(&mut again).expect("an archive"), packed);
        fs::write(copy.join("b~nix~case~hack~2"), "").expect("a file");
        let collides = archive(&mut Filesystem::new(&copy).with_case_hack());
        assert!(matches!(collides, Err(NarError::CaseCollision { .. })));
    }

    #[test]
    fn nothing_is_written_over() {
        let directory = tempfile::tempdir().expect("a directory");
        let tree = directory.path().join("tree");
        fs::create_dir(&tree).expect("a directory");
        let packed = archive(&mut Filesystem::new(&tree)).expect("an archive");
        let again = read(&mut packed.as_slice(), &mut Restore::at(&tree));
        assert!(matches!(again, Err(NarError::Exists(_))));
        let file = directory.path().join("file");
        fs::write(&file, "x").expect("a file");
        let packed = archive(&mut Filesystem::new(&file)).expect("an archive");
        assert!(read(&mut packed.as_slice(), &mut Restore::at(&file)).is_err());
        assert!(read(&mut packed.as_slice(), &mut Restore::at(&tree)).is_err());
        assert_eq!(fs::read(&file).expect("a file"), b"x");
    }
}
