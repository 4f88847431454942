//! Git's hashes of files and trees: what `git hash-object` and `git write-tree` say of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::hash::HashingWriter;
use crate::{Hash, HashAlgorithm};

use super::{NarError, Node, Tree};

/// Trees nested deeper than this are refused.
const MAX_DEPTH: usize = 1024;

/// The hash that Git gives a file or tree. A single file counts by its contents only.
///
/// # Errors
/// When the tree cannot be read, or is nested too deeply.
pub fn git_hash(tree: &mut dyn Tree, algorithm: HashAlgorithm) -> Result<Hash, NarError> {
    Ok(object(tree, &mut PathBuf::new(), algorithm, 0)?.1)
}

/// The mode and the hash of an object.
fn object(
    tree: &mut dyn Tree,
    path: &mut PathBuf,
    algorithm: HashAlgorithm,
    depth: usize,
) -> Result<(&'static str, Hash), NarError> {
    match tree.node(path)? {
        Node::Regular { executable, size } => {
            let mut sink = HashingWriter::sink(algorithm);
            write!(sink, "blob {size}\0")?;
            tree.copy_contents(path, &mut sink)?;
            let mode = if executable { "100755" } else { "100644" };
            Ok((mode, sink.finish().0))
        }
        Node::Symlink { target } => {
            let mut text = format!("blob {}\0", target.len()).into_bytes();
            text.extend(target);
            Ok(("120000", Hash::of(algorithm, text)))
        }
        Node::Directory { entries } => {
            if depth >= MAX_DEPTH {
                return Err(NarError::Io(std::io::Error::other("the tree is too deep")));
            }
            let hash = directory(tree, path, entries, algorithm, depth)?;
            Ok(("40000", hash))
        }
    }
}

fn directory(
    tree: &mut dyn Tree,
    path: &mut PathBuf,
    mut names: Vec<Vec<u8>>,
    algorithm: HashAlgorithm,
    depth: usize,
) -> Result<Hash, NarError> {
    use std::os::unix::ffi::OsStrExt;
    names.sort();
    let mut entries = Vec::new();
    for name in names {
        path.push(Path::new(std::ffi::OsStr::from_bytes(&name)));
        if tree.includes(path)? {
            let (mode, hash) = object(tree, path, algorithm, depth + 1)?;
            // Git sorts directories as if their names ended with a slash.
            let mut key = name.clone();
            if mode == "40000" {
                key.push(b'/');
            }
            entries.push((key, mode, name, hash));
        }
        path.pop();
    }
    entries.sort_by(|(one, ..), (other, ..)| one.cmp(other));
    let mut listing = Vec::new();
    for (_, mode, name, hash) in entries {
        listing.extend(mode.as_bytes());
        listing.push(b' ');
        listing.extend(name);
        listing.push(0);
        listing.extend(hash.digest());
    }
    let mut text = format!("tree {}\0", listing.len()).into_bytes();
    text.extend(listing);
    Ok(Hash::of(algorithm, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nar::Filesystem;

    #[test]
    fn hashes_are_those_of_git() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("hello");
        std::fs::write(&file, "Hello World\n").expect("written");
        let hash = |path: &Path| {
            git_hash(&mut Filesystem::new(path), HashAlgorithm::Sha1)
                .expect("a hash")
                .base16()
        };
        // As `git hash-object` and `git write-tree` say.
        assert_eq!(hash(&file), "557db03de997c86a4a028e1ebd3a1ceb225be238");
        std::fs::create_dir(directory.path().join("hello-x")).expect("made");
        std::fs::create_dir(directory.path().join("hello.d")).expect("made");
        std::fs::write(directory.path().join("hello.d/a"), "").expect("written");
        std::fs::remove_dir(directory.path().join("hello-x")).expect("removed");
        assert_eq!(hash(directory.path()), GIT_TREE);
    }

    const GIT_TREE: &str = "65165e96579bb5c9a70cffeed499bc80f97e6324";
}
