//! A mounted tree has what a copy of it in the store has.

mod support;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use nix_flake::fetch::{MountedKind, MountedTree};
use support::World;

/// Everything at and below a path, with what it is.
fn all(tree: &MountedTree, path: &Path, found: &mut BTreeMap<PathBuf, MountedKind>) {
    for (name, kind) in tree.entries(path).expect("a directory") {
        let below = path.join(OsStr::from_bytes(&name));
        assert_eq!(tree.kind(&below).expect("a kind"), Some(kind), "{below:?}");
        if kind == MountedKind::Directory {
            all(tree, &below, found);
        }
        found.insert(below, kind);
    }
}

fn everything(tree: &MountedTree) -> BTreeMap<PathBuf, MountedKind> {
    let mut found = BTreeMap::new();
    all(tree, Path::new(""), &mut found);
    found
}

/// Compares a mounted tree with the copy that fetching makes.
fn compare(world: &World, reference: &str, mounted: &MountedTree) {
    let session = world.session();
    let reference = world.reference(reference);
    let fetched = session.flakes.fetcher.fetch(&reference.input, false);
    let copy = MountedTree::directory(fetched.expect("a tree").path.clone());
    assert_eq!(everything(mounted), everything(&copy));
}

#[test]
fn a_working_tree_has_the_tracked_files_that_are_there() {
    let world = World::new();
    // Names around the slash in the order of bytes.
    for name in [
        "a/b",
        "a-b",
        "a0",
        "a.c",
        "deep/er/file",
        "gone/only",
        "kept/x",
        "kept/y",
        "replaced/x",
    ] {
        world.write(&format!("r/{name}"), name);
    }
    symlink("a", world.path("r/link")).expect("a link");
    world.git("r", &["init", "-q"]);
    world.commit("r");
    for name in ["gone/only", "kept/x"] {
        std::fs::remove_file(world.path(&format!("r/{name}"))).expect("it was there");
    }
    world.write("r/untracked/file", "");
    world.write("r/kept/untracked", "");
    std::fs::remove_file(world.path("r/a0")).expect("it was there");
    world.write("r/a0/inside", "a directory in the place of a file");
    // A file behind a link is not the tracked one.
    std::fs::remove_dir_all(world.path("r/replaced")).expect("it was there");
    world.write("outside/x", "elsewhere");
    symlink(world.path("outside"), world.path("r/replaced")).expect("a link");
    let root = world.path("r");
    let mounted = MountedTree::working_tree(&root).expect("a repository");
    for absent in [
        "replaced",
        "replaced/x",
        "gone",
        "gone/only",
        "untracked",
        "kept/untracked",
        "a0",
        "link/b",
        "none",
    ] {
        assert_eq!(
            mounted.kind(Path::new(absent)).expect("a kind"),
            None,
            "{absent}"
        );
    }
    compare(&world, &format!("git+file://{}", root.display()), &mounted);
}

#[test]
fn a_directory_has_all_of_its_files() {
    let world = World::new();
    world.write("d/a/b", "");
    world.write("d/.hidden", "");
    symlink("a", world.path("d/link")).expect("a link");
    let root = world.path("d");
    let mounted = MountedTree::directory(&root);
    assert_eq!(mounted.kind(Path::new("link/b")).expect("a kind"), None);
    compare(&world, &format!("path:{}", root.display()), &mounted);
}
