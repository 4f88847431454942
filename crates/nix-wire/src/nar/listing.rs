//! What is in an archive, without its contents: `HASH.ls` of binary caches, `nix nar ls`.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path};

use serde_json::{Map, Value, json};

use super::{Contents, NarError, Node, Tree, Visitor, read};

/// A node of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    Regular {
        /// In bytes.
        size: u64,
        /// Whether it is executable.
        executable: bool,
        /// Where its contents begin in the archive, if there is one.
        offset: Option<u64>,
    },
    /// A symbolic link.
    Symlink {
        /// To where.
        target: Vec<u8>,
    },
    /// A directory, by name.
    Directory(BTreeMap<Vec<u8>, Entry>),
}

/// What is in an archive or tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The root.
    pub root: Entry,
}

impl Listing {
    /// Reads one archive.
    ///
    /// # Errors
    /// When it is none.
    pub fn read(source: &mut dyn Read) -> Result<Listing, NarError> {
        let position = Cell::new(0);
        let mut lister = Lister {
            position: &position,
            root: None,
        };
        let mut counted = Counted {
            source,
            position: &position,
        };
        read(&mut counted, &mut lister)?;
        let root = lister.root.ok_or(NarError::Truncated)?;
        Ok(Listing { root })
    }

    /// What is in a tree; without `recursive` no more than the names in its root.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_tree(tree: &mut dyn Tree, at: &Path, recursive: bool) -> Result<Listing, NarError> {
        Ok(Listing {
            root: entry_of(tree, at, recursive, 0)?,
        })
    }

    /// The node at a path below the root; slashes at its ends mean nothing.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&Entry> {
        let mut entry = &self.root;
        for name in Path::new(path.trim_matches('/')).components() {
            let Component::Normal(name) = name else {
                continue;
            };
            let Entry::Directory(entries) = entry else {
                return None;
            };
            entry = entries.get(name.as_encoded_bytes())?;
        }
        Some(entry)
    }

    /// The names in a directory; none when it is not there.
    #[must_use]
    pub fn entries_at(&self, path: &str) -> Vec<String> {
        match self.find(path) {
            Some(Entry::Directory(entries)) => entries.keys().map(|name| lossy(name)).collect(),
            _ => Vec::new(),
        }
    }

    /// The file `HASH.ls`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({ "root": self.root.to_json(true), "version": 1 })
    }
}

impl Entry {
    /// As Nix writes it: names become text as well as they can; without `recursive` a directory has
    /// only the names of what is in it.
    #[must_use]
    pub fn to_json(&self, recursive: bool) -> Value {
        match self {
            Entry::Regular {
                size,
                executable,
                offset,
            } => {
                let mut fields = Map::new();
                if *executable {
                    fields.insert("executable".to_owned(), json!(true));
                }
                if let Some(offset) = offset {
                    fields.insert("narOffset".to_owned(), json!(offset));
                }
                fields.insert("size".to_owned(), json!(size));
                fields.insert("type".to_owned(), json!("regular"));
                Value::Object(fields)
            }
            Entry::Symlink { target } => json!({ "target": lossy(target), "type": "symlink" }),
            Entry::Directory(entries) => {
                let entries: Map<String, Value> = entries
                    .iter()
                    .map(|(name, entry)| {
                        let value = if recursive {
                            entry.to_json(true)
                        } else {
                            json!({})
                        };
                        (lossy(name), value)
                    })
                    .collect();
                json!({ "entries": entries, "type": "directory" })
            }
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn entry_of(
    tree: &mut dyn Tree,
    path: &Path,
    recursive: bool,
    depth: usize,
) -> Result<Entry, NarError> {
    if depth >= super::DEEPEST {
        return Err(NarError::TooDeep);
    }
    Ok(match tree.node(path)? {
        Node::Regular { executable, size } => Entry::Regular {
            size,
            executable,
            offset: None,
        },
        Node::Symlink { target } => Entry::Symlink { target },
        Node::Directory { entries } => {
            let mut listed = BTreeMap::new();
            for name in entries {
                let child = path.join(super::filesystem::os_str(&name));
                if !tree.includes(&child)? {
                    continue;
                }
                let entry = if recursive || depth == 0 {
                    entry_of(tree, &child, recursive, depth + 1)?
                } else {
                    return Ok(Entry::Directory(BTreeMap::new()));
                };
                listed.insert(name, entry);
            }
            Entry::Directory(listed)
        }
    })
}

struct Counted<'a> {
    source: &'a mut dyn Read,
    position: &'a Cell<u64>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.position.set(self.position.get() + read as u64);
        Ok(read)
    }
}

struct Lister<'a> {
    position: &'a Cell<u64>,
    root: Option<Entry>,
}

impl Lister<'_> {
    fn insert(&mut self, path: &Path, entry: Entry) {
        let Some(root) = &mut self.root else {
            self.root = Some(entry);
            return;
        };
        let mut place = root;
        let mut names = path.iter().map(|name| name.as_encoded_bytes().to_vec());
        let Some(last) = names.next_back() else {
            return;
        };
        for name in names {
            // A directory comes before what is in it.
            let Entry::Directory(entries) = place else {
                return;
            };
            let Some(next) = entries.get_mut(&name) else {
                return;
            };
            place = next;
        }
        if let Entry::Directory(entries) = place {
            entries.insert(last, entry);
        }
    }
}

impl Visitor for Lister<'_> {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        self.insert(path, Entry::Directory(BTreeMap::new()));
        Ok(())
    }

    fn end_directory(&mut self, _path: &Path) -> Result<(), NarError> {
        Ok(())
    }

    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        let entry = Entry::Regular {
            size: contents.size(),
            executable,
            offset: Some(self.position.get()),
        };
        self.insert(path, entry);
        Ok(())
    }

    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError> {
        let target = target.to_vec();
        self.insert(path, Entry::Symlink { target });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nar::{Filesystem, write};

    #[test]
    fn offsets_are_where_contents_are() {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().join("tree");
        std::fs::create_dir_all(root.join("sub/empty")).expect("directories");
        std::fs::write(root.join("sub/file"), "contents").expect("a file");
        std::os::unix::fs::symlink("sub", root.join("link")).expect("a link");
        let mut archive = Vec::new();
        write(&mut Filesystem::new(&root), &mut archive).expect("an archive");

        let listing = Listing::read(&mut archive.as_slice()).expect("a listing");
        let Some(Entry::Regular {
            size,
            executable: false,
            offset: Some(offset),
        }) = listing.find("/sub/file/")
        else {
            panic!("{listing:?}");
        };
        let start = usize::try_from(*offset).expect("an offset");
        assert_eq!(&archive[start..start + *size as usize], b"contents");
        assert_eq!(listing.entries_at("sub"), ["empty", "file"]);
        assert_eq!(listing.find("sub/nothing"), None);
        assert_eq!(listing.find("link/file"), None);
        assert_eq!(
            listing.to_json()["root"]["entries"]["link"]["target"],
            "sub"
        );

        let of_tree =
            Listing::of_tree(&mut Filesystem::new(&root), Path::new(""), true).expect("a listing");
        assert_eq!(of_tree.entries_at("sub"), ["empty", "file"]);
        let shallow =
            Listing::of_tree(&mut Filesystem::new(&root), Path::new(""), false).expect("a listing");
        assert_eq!(shallow.root.to_json(false), listing.root.to_json(false));
        assert!(Listing::read(&mut &archive[..archive.len() / 2]).is_err());
    }
}
