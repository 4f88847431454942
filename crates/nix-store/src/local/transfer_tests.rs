use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use std::fs;

use super::*;
use crate::build::Cancellation;
use crate::gc::GcOptions;
use crate::testing::TestStore;

/// `b` refers to `a`, `c` to both.
fn chain(store: &TestStore) -> [StorePath; 3] {
    let a = store.text("a", "first");
    let b = store
        .add_text("b", "second", BTreeSet::from([a.clone()]))
        .expect("added");
    let c = store
        .add_text("c", "third", BTreeSet::from([a.clone(), b.clone()]))
        .expect("added");
    [a, b, c]
}

/// A store with the same path, so that its objects can be imported.
fn emptied(store: &TestStore) -> LocalStore {
    let paths = store.all_valid_paths().expect("readable");
    let options = GcOptions {
        only: Some(paths),
        ignore_liveness: true,
        ..GcOptions::default()
    };
    let emptied = store.reopened();
    emptied
        .collect_garbage(&options, &Cancellation::new(), &mut |_: &str| ())
        .expect("collected");
    emptied
}

#[test]
fn what_is_exported_is_imported_as_it_was() {
    let store = TestStore::new();
    let paths = chain(&store);
    let infos: Vec<_> = paths.iter().map(|path| store.require(path)).collect();
    let mut stream = Vec::new();
    store
        .export_paths(&paths.iter().cloned().collect(), &mut stream)
        .expect("exported");
    let other = emptied(&store);
    assert!(other.all_valid_paths().expect("readable").is_empty());
    let imported = other
        .import_paths(&mut stream.as_slice())
        .expect("imported");
    assert_eq!(imported, paths, "what is referred to comes first");
    for (path, info) in paths.iter().zip(infos) {
        let (found, info) = (other.require(path).expect("valid"), info.expect("valid"));
        assert_eq!(found.nar_hash, info.nar_hash);
        assert_eq!(found.references, info.references);
    }
    assert!(other.verify(true).expect("readable").is_empty());
    assert_eq!(
        other
            .import_paths(&mut stream.as_slice())
            .expect("imported again")
            .len(),
        3
    );
}

#[test]
fn a_part_of_a_closure_is_not_imported_and_leaves_nothing() {
    let store = TestStore::new();
    let [a, b, _] = chain(&store);
    let mut stream = Vec::new();
    store
        .export_paths(&BTreeSet::from([b]), &mut stream)
        .expect("exported");
    let other = emptied(&store);
    let error = other
        .import_paths(&mut stream.as_slice())
        .expect_err("a reference is missing");
    assert!(matches!(error, StoreError::InvalidPath(path) if path == other.layout().print(&a)));
    for length in [0, 1, 8, 40, stream.len() - 1] {
        assert!(
            other.import_paths(&mut &stream[..length]).is_err(),
            "cut off after {length} bytes"
        );
    }
    let mut wrong = stream.clone();
    wrong[0] = 2;
    assert!(matches!(
        other.import_paths(&mut wrong.as_slice()),
        Err(StoreError::NoExport)
    ));
    let left: Vec<_> = fs::read_dir(&other.layout().real_store_dir)
        .expect("readable")
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| name != ".links")
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_changed_object_is_not_exported() {
    let store = TestStore::new();
    let [a, ..] = chain(&store);
    let real_path = store.layout().real_path(&a);
    fs::remove_file(&real_path).expect("removed");
    fs::write(&real_path, "other").expect("written");
    assert!(matches!(
        store.export_paths(&BTreeSet::from([a]), &mut Vec::new()),
        Err(StoreError::Changed { .. })
    ));
}

#[test]
fn what_is_registered_is_read_as_it_was_written() {
    let store = TestStore::new();
    let paths = chain(&store);
    let text: String = paths
        .iter()
        .map(|path| {
            crate::registration_text(store.store_dir(), &store.require(path).expect("valid"))
        })
        .collect();
    let read = |hash_given, text: &str| {
        // The files stay; what is known of them goes.
        for path in paths.iter().rev() {
            if store.is_valid(path).expect("readable") {
                store
                    .with_database(|database| database.invalidate(path))
                    .expect("forgotten");
            }
        }
        let source = RegistrationSource {
            hash_given,
            again: true,
            canonicalise: !hash_given,
        };
        store.register_from(&mut text.as_bytes(), source)
    };
    read(true, &text).expect("registered");
    let again: String = paths
        .iter()
        .map(|path| {
            crate::registration_text(store.store_dir(), &store.require(path).expect("valid"))
        })
        .collect();
    assert_eq!(again, text);
    // Without hashes they are found out.
    let print = |path: &StorePath| store.layout().print(path);
    let short = format!(
        "{}\n\n0\n{}\n\n1\n{}\n",
        print(&paths[0]),
        print(&paths[1]),
        print(&paths[0])
    );
    read(false, &short).expect("registered");
    assert!(store.verify(true).expect("readable").is_empty());
    assert!(read(true, "not a path\n").is_err());
    assert!(read(true, &format!("{}\nxyz\n", print(&paths[0]))).is_err());
    assert!(read(false, &format!("{}\n\n7\n", print(&paths[0]))).is_err());
}

#[test]
fn equal_files_become_one_and_collections_clean_up_after_it() {
    let store = TestStore::new();
    let tree = store.directory().join("tree");
    fs::create_dir(&tree).expect("a directory");
    fs::write(tree.join("file"), "the same").expect("a file");
    let add = |name: &str| {
        let method = nix_wire::ContentAddressMethod::NixArchive;
        store
            .add_path(name, &tree, method, nix_wire::HashAlgorithm::Sha256)
            .expect("added")
            .path
    };
    let (one, other) = (add("one"), add("other"));
    let inode = |path: &StorePath| {
        let file = store.layout().real_path(path).join("file");
        let metadata = fs::metadata(file).expect("a file");
        (metadata.ino(), metadata.nlink(), metadata.mtime())
    };
    assert_ne!(inode(&one).0, inode(&other).0);
    let done = store.optimise(&Cancellation::new()).expect("optimised");
    assert_eq!((done.files, done.bytes), (1, 8));
    assert_eq!(inode(&one), inode(&other));
    assert_eq!((inode(&one).1, inode(&one).2), (3, 1));
    assert!(store.verify(true).expect("readable").is_empty());
    let again = store.optimise(&Cancellation::new()).expect("optimised");
    assert_eq!(again.files, 0);
    store.set_optimise_new(true);
    let third = add("third");
    assert_eq!(inode(&third), inode(&one));
    store.forget_temporary_roots();
    store
        .collect_garbage(
            &GcOptions::default(),
            &Cancellation::new(),
            &mut |_: &str| (),
        )
        .expect("collected");
    let links = store.layout().real_store_dir.join(".links");
    assert_eq!(fs::read_dir(links).expect("readable").count(), 0);
}

#[test]
fn links_are_followed_into_the_store() {
    let store = TestStore::new();
    let [a, ..] = chain(&store);
    let printed = store.layout().print(&a);
    let directory = store.directory().join("somewhere");
    fs::create_dir(&directory).expect("a directory");
    symlink(&printed, directory.join("link")).expect("a link");
    symlink("somewhere", store.directory().join("around")).expect("a link");
    for path in [
        PathBuf::from(&printed),
        Path::new(&printed).join("below/it"),
        directory.join("link"),
        store.directory().join("around/link"),
        store.directory().join("around/../around/link/below"),
    ] {
        assert_eq!(
            object_at(store.store_dir(), &path).expect("an object"),
            a,
            "{path:?}"
        );
    }
    symlink("loop", directory.join("loop")).expect("a link");
    for path in [directory.clone(), directory.join("loop"), "/".into()] {
        assert!(
            matches!(
                object_at(store.store_dir(), &path),
                Err(StoreError::NotInStore(_))
            ),
            "{path:?}"
        );
    }
}

#[test]
fn only_what_nothing_needs_is_deleted_on_request() {
    let store = TestStore::new();
    let [a, b, c] = chain(&store);
    store.forget_temporary_roots();
    let delete = |paths: &[&StorePath], ignore_liveness| {
        let options = GcOptions {
            only: Some(paths.iter().map(|path| (*path).clone()).collect()),
            ignore_liveness,
            ..GcOptions::default()
        };
        store.collect_garbage(&options, &Cancellation::new(), &mut |_: &str| ())
    };
    for paths in [&[&a][..], &[&a, &b]] {
        assert!(matches!(
            delete(paths, false),
            Err(StoreError::StillAlive(_))
        ));
    }
    let root = store.directory().join("root");
    store.add_permanent_root(&c, &root).expect("a root");
    store.forget_temporary_roots();
    assert!(matches!(
        delete(&[&c], false),
        Err(StoreError::StillAlive(_))
    ));
    assert_eq!(delete(&[&c], true).expect("deleted").names.len(), 1);
    assert_eq!(delete(&[&b, &a], false).expect("deleted").names.len(), 2);
    assert!(store.all_valid_paths().expect("readable").is_empty());
}
