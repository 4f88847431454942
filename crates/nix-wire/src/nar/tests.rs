use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    File(bool, Vec<u8>),
    Link(Vec<u8>),
    Directory(BTreeMap<Vec<u8>, Shape>),
}

impl Shape {
    fn at(&self, path: &Path) -> &Shape {
        path.components().fold(self, |tree, component| match tree {
            Shape::Directory(entries) => &entries[component.as_os_str().as_bytes()],
            other => other,
        })
    }
}

impl Tree for Shape {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        Ok(match self.at(path) {
            Shape::File(executable, contents) => Node::Regular {
                executable: *executable,
                size: contents.len() as u64,
            },
            Shape::Link(target) => Node::Symlink {
                target: target.clone(),
            },
            Shape::Directory(entries) => Node::Directory {
                entries: entries.keys().rev().cloned().collect(),
            },
        })
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        match self.at(path) {
            Shape::File(_, contents) => Ok(sink.write_all(contents)?),
            other => panic!("{other:?} is no file"),
        }
    }
}

/// Rebuilds a tree from its archive.
#[derive(Default)]
struct Builder {
    nodes: Vec<(PathBuf, Shape)>,
}

impl Visitor for Builder {
    fn directory(&mut self, path: &Path) -> Result<(), NarError> {
        self.nodes
            .push((path.to_owned(), Shape::Directory(BTreeMap::new())));
        Ok(())
    }

    fn end_directory(&mut self, path: &Path) -> Result<(), NarError> {
        let position = self.nodes.iter().rposition(|(other, _)| other == path);
        let children = self
            .nodes
            .split_off(position.expect("an open directory") + 1);
        if let Some((_, Shape::Directory(entries))) = self.nodes.last_mut() {
            for (path, tree) in children {
                let name = path.file_name().expect("a name").as_bytes().to_vec();
                entries.insert(name, tree);
            }
        }
        Ok(())
    }

    fn regular(
        &mut self,
        path: &Path,
        executable: bool,
        contents: &mut Contents<'_>,
    ) -> Result<(), NarError> {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        assert_eq!(bytes.len() as u64, contents.size());
        self.nodes
            .push((path.to_owned(), Shape::File(executable, bytes)));
        Ok(())
    }

    fn symlink(&mut self, path: &Path, target: &[u8]) -> Result<(), NarError> {
        self.nodes
            .push((path.to_owned(), Shape::Link(target.to_vec())));
        Ok(())
    }
}

fn rebuild(mut archive: &[u8]) -> Result<Shape, NarError> {
    let mut builder = Builder::default();
    read(&mut archive, &mut builder)?;
    assert!(archive.is_empty(), "nothing may be left");
    assert_eq!(builder.nodes.len(), 1);
    Ok(builder.nodes.remove(0).1)
}

fn archive(tree: &mut dyn Tree) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(tree, &mut bytes).expect("an archive");
    bytes
}

fn trees() -> impl Strategy<Value = Shape> {
    let name = prop::collection::vec(
        any::<u8>().prop_filter("no name", |byte| !matches!(byte, 0 | b'/' | b'.')),
        1..6,
    );
    let leaf = prop_oneof![
        (any::<bool>(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(executable, contents)| Shape::File(executable, contents)),
        prop::collection::vec(1_u8.., 1..9).prop_map(Shape::Link),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop::collection::btree_map(name.clone(), inner, 0..5).prop_map(Shape::Directory)
    })
}

proptest! {
    #[test]
    fn a_tree_is_rebuilt_from_its_archive(tree in trees()) {
        prop_assert_eq!(rebuild(&archive(&mut tree.clone())).expect("an archive"), tree);
    }

    #[test]
    fn a_damaged_archive_is_no_panic_and_never_the_same_tree(
        tree in trees(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let mut bytes = archive(&mut tree.clone());
        let at = at.index(bytes.len());
        prop_assert!(rebuild(&bytes[..at]).is_err());
        bytes[at] ^= flip;
        if let Ok(other) = rebuild_prefix(&bytes) {
            prop_assert_ne!(other, tree);
        }
    }
}

/// As [`rebuild`] for an archive that may end before the bytes do.
fn rebuild_prefix(mut archive: &[u8]) -> Result<Shape, NarError> {
    let mut builder = Builder::default();
    read(&mut archive, &mut builder)?;
    Ok(builder.nodes.remove(0).1)
}

fn sample(directory: &Path) {
    fs::create_dir_all(directory.join("sub/empty")).expect("directories");
    fs::write(directory.join("sub/plain"), "contents\n").expect("a file");
    fs::write(directory.join("run"), "#!/bin/sh\n").expect("a file");
    fs::write(directory.join("nothing"), "").expect("a file");
    fs::set_permissions(directory.join("run"), fs::Permissions::from_mode(0o700)).expect("a mode");
    symlink("sub/plain", directory.join("link")).expect("a link");
}

#[test]
fn a_directory_has_the_hash_that_nix_gives_it() {
    let temporary = tempfile::tempdir().expect("a directory");
    let root = temporary.path().join("tree");
    sample(&root);
    let (hash, size) = hash_path(&root).expect("a hash");
    assert_eq!(
        hash.sri(),
        "sha256-watl8wxD79kcshD683ChKpL0kSBF0ZkDxMDXAOkIZXU="
    );
    assert_eq!(size, 1248);
}

#[test]
fn the_filter_sees_each_entry_and_leaves_out_what_it_refuses() {
    let temporary = tempfile::tempdir().expect("a directory");
    let root = temporary.path().join("tree");
    sample(&root);
    let mut seen = Vec::new();
    let mut filtered = Filesystem::filtered(&root, |path, file_type| {
        seen.push(path.strip_prefix(&root).expect("below").to_owned());
        Ok(!file_type.is_symlink() && !path.ends_with("sub/empty"))
    });
    let bytes = archive(&mut filtered);
    drop(filtered);
    // The whole of a directory before what comes after it.
    let paths = ["link", "nothing", "run", "sub", "sub/empty", "sub/plain"];
    assert_eq!(seen, paths.map(PathBuf::from));
    fs::remove_file(root.join("link")).expect("a link");
    fs::remove_dir(root.join("sub/empty")).expect("a directory");
    assert_eq!(bytes, archive(&mut Filesystem::new(&root)));
}

#[test]
fn a_root_may_be_a_link_or_file() {
    let temporary = tempfile::tempdir().expect("a directory");
    let link = temporary.path().join("link");
    symlink("nowhere", &link).expect("a link");
    assert_eq!(
        rebuild(&archive(&mut Filesystem::new(&link))).expect("an archive"),
        Shape::Link(b"nowhere".to_vec())
    );
    let file = temporary.path().join("file");
    fs::write(&file, "x").expect("a file");
    let mut expected = Vec::new();
    write_regular(false, b"x", &mut expected).expect("an archive");
    assert_eq!(archive(&mut Filesystem::new(&file)), expected);
}

#[test]
fn what_is_neither_file_link_nor_directory_is_refused() {
    let temporary = tempfile::tempdir().expect("a directory");
    let socket = temporary.path().join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
    let error = hash_path(temporary.path()).expect_err("a socket is no file");
    assert_eq!(
        error.to_string(),
        format!("file '{}' has an unsupported type", socket.display())
    );
}

fn strings(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes
}

#[test]
fn hostile_archives_are_refused() {
    let entry = |name: &'static str| -> Vec<&[u8]> {
        let parts: [&[u8]; 10] = [
            b"entry",
            b"(",
            b"name",
            name.as_bytes(),
            b"node",
            b"(",
            b"type",
            b"symlink",
            b"target",
            b"x",
        ];
        [&parts[..], &[b")", b")"]].concat()
    };
    let directory = |names: &[&'static str]| {
        let mut parts: Vec<&[u8]> = vec![b"nix-archive-1", b"(", b"type", b"directory"];
        for name in names {
            parts.extend(entry(name));
        }
        parts.push(b")");
        strings(&parts)
    };
    assert!(rebuild(&directory(&["a", "b"])).is_ok());
    for names in [
        &["."][..],
        &[".."],
        &[""],
        &["a/b"],
        &["/"],
        &["a\0"],
        &["b", "a"],
        &["a", "a"],
    ] {
        assert!(rebuild(&directory(names)).is_err(), "{names:?}");
    }
    // A length that would not fit in memory is not believed.
    let mut huge = strings(&[b"nix-archive-1", b"(", b"type", b"regular", b"contents"]);
    huge.extend_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(
        rebuild(&huge),
        Err(NarError::Io(_) | NarError::Truncated)
    ));
    let mut huge = strings(&[b"nix-archive-1"]);
    huge.extend_from_slice(&u64::MAX.to_le_bytes());
    assert!(matches!(rebuild(&huge), Err(NarError::TooLong(u64::MAX))));
    // Nesting does not use up the stack.
    let mut deep = strings(&[b"nix-archive-1"]);
    for _ in 0..100_000 {
        deep.extend(strings(&[
            b"(",
            b"type",
            b"directory",
            b"entry",
            b"(",
            b"name",
            b"a",
            b"node",
        ]));
    }
    assert!(matches!(rebuild(&deep), Err(NarError::TooDeep)));
}
