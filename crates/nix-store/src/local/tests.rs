use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use nix_wire::nar::Filesystem;
use nix_wire::{ContentAddressMethod, HashAlgorithm};

use super::*;
use crate::testing::{TestStore, script};
use crate::verify::Fault;

const ARCHIVE: ContentAddressMethod = ContentAddressMethod::NixArchive;

fn sample(store: &TestStore) -> PathBuf {
    let root = store.directory().join("tree");
    fs::create_dir_all(root.join("sub")).expect("directories");
    fs::write(root.join("sub/file"), "contents").expect("a file");
    symlink("sub/file", root.join("link")).expect("a link");
    root
}

#[test]
fn a_text_is_a_read_only_file_that_was_changed_in_1970() {
    let store = TestStore::new();
    let path = store.text("greeting", "hello\n");
    assert_eq!(store.read(&path, ""), "hello\n");
    let metadata = fs::metadata(store.layout().real_path(&path)).expect("a file");
    assert_eq!((metadata.mode() & 0o7777, metadata.mtime()), (0o444, 1));
    let info = store.require(&path).expect("valid");
    assert_eq!(info.nar_size, 120);
    assert!(!info.ultimate);
    let address = info.content_address.expect("an address");
    assert_eq!(address.method, ContentAddressMethod::Text);
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn texts_may_refer_to_each_other_in_any_order() {
    let store = TestStore::new();
    let first = Text::new(store.store_dir(), "first", "1", BTreeSet::new()).expect("a text");
    let second = Text::new(
        store.store_dir(),
        "second",
        "2",
        BTreeSet::from([first.path().clone()]),
    );
    let second = second.expect("a text");
    store.add_texts(&[second.clone(), first]).expect("added");
    assert_eq!(store.closure([second.path()]).expect("valid").len(), 2);
    let missing = Text::new(store.store_dir(), "missing", "", BTreeSet::new()).expect("a text");
    let third = Text::new(
        store.store_dir(),
        "third",
        "3",
        BTreeSet::from([missing.path().clone()]),
    );
    assert!(store.add_texts(&[third.expect("a text")]).is_err());
}

#[test]
fn very_many_texts_are_added_at_once() {
    let store = TestStore::new();
    let texts: Vec<Text> = (0..1500)
        .map(|number| {
            Text::new(
                store.store_dir(),
                "many",
                number.to_string(),
                BTreeSet::new(),
            )
            .expect("a text")
        })
        .collect();
    store.add_texts(&texts).expect("added");
    assert_eq!(
        store.all_valid_paths().expect("readable").len(),
        texts.len()
    );
    assert!(store.verify(true).expect("readable").is_empty());
    let strays = fs::read_dir(&store.layout().real_store_dir)
        .expect("a directory")
        .flatten();
    let strays: Vec<_> = strays
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".tmp") || name.ends_with(".lock"))
        .collect();
    assert!(strays.is_empty(), "{strays:?}");
}

#[test]
fn what_a_killed_process_left_is_replaced() {
    let store = TestStore::new();
    store.create().expect("a store");
    let text = Text::new(store.store_dir(), "text", "right", BTreeSet::new()).expect("a text");
    let real_path = store.layout().real_path(text.path());
    fs::write(&real_path, "wr").expect("a file");
    store.add_texts(std::slice::from_ref(&text)).expect("added");
    assert_eq!(store.read(text.path(), ""), "right");

    let root = sample(&store);
    let (path, ..) = store
        .path_of_tree(
            "tree",
            &mut Filesystem::new(&root),
            ARCHIVE,
            HashAlgorithm::Sha256,
        )
        .expect("a path");
    let real_path = store.layout().real_path(&path);
    fs::create_dir_all(real_path.join("half")).expect("directories");
    let info = store
        .add_path("tree", &root, ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    assert_eq!(info.path, path);
    assert!(!real_path.join("half").exists());
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn a_derivation_is_registered_with_its_outputs() {
    let store = TestStore::new();
    let path = store.derive(script("x", "echo > $out"));
    let outputs = store.derivation_outputs(&path).expect("readable");
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["out"]);
    let derivers = store.valid_derivers(&outputs["out"]).expect("readable");
    assert_eq!(derivers, BTreeSet::from([path.clone()]));
    // The same when its text is added as such.
    let text = store.read(&path, "");
    let mut layout = store.layout().clone();
    layout.real_store_dir = store.directory().join("other/store");
    layout.state_dir = store.directory().join("other/var");
    let other = LocalStore::new(layout);
    let same = other.add_text("x.drv", text, BTreeSet::new());
    assert_eq!(same.expect("added"), path);
    assert_eq!(other.derivation_outputs(&path).expect("readable"), outputs);
}

#[test]
fn trees_are_added_by_archive_and_files_also_by_contents() {
    let store = TestStore::new();
    let root = sample(&store);
    let tree = store
        .add_path("tree", &root, ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    assert_eq!(store.read(&tree.path, "sub/file"), "contents");
    assert_eq!(store.read(&tree.path, "link"), "contents");
    let again = store
        .add_path("tree", &root, ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    assert_eq!(again, tree);

    let file = root.join("sub/file");
    let flat = ContentAddressMethod::Flat;
    let by_contents = store
        .add_path("f", &file, flat, HashAlgorithm::Sha256)
        .expect("added");
    let by_archive = store
        .add_path("f", &file, ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    let by_sha1 = store
        .add_path("f", &file, ARCHIVE, HashAlgorithm::Sha1)
        .expect("added");
    assert_eq!(by_contents.nar_hash, by_archive.nar_hash);
    assert_eq!(by_contents.nar_hash, by_sha1.nar_hash);
    assert_eq!(
        BTreeSet::from([&by_contents.path, &by_archive.path, &by_sha1.path]).len(),
        3
    );
    let error = store
        .add_path("t", &root, flat, HashAlgorithm::Sha256)
        .expect_err("a directory");
    assert!(matches!(error, StoreError::NotAFile(_)), "{error}");
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn a_large_tree_is_copied_without_being_held_in_memory() {
    let store = TestStore::new();
    let root = sample(&store);
    fs::write(root.join("large"), vec![b'x'; 65 << 20]).expect("a file");
    let info = store
        .add_path("large", &root, ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    assert!(info.nar_size > 65 << 20);
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn archives_go_out_and_in() {
    let (store, other) = (TestStore::new(), TestStore::new());
    let info = store
        .add_path("tree", &sample(&store), ARCHIVE, HashAlgorithm::Sha256)
        .expect("added");
    let mut archive = Vec::new();
    store
        .export_archive(&info.path, &mut archive)
        .expect("exported");

    let mut imported = info.clone();
    // The stores have different directories, so what has an address has another path.
    assert!(
        other
            .import_archive(&imported, &mut archive.as_slice())
            .is_err()
    );
    imported.content_address = None;
    other
        .import_archive(&imported, &mut archive.as_slice())
        .expect("imported");
    assert_eq!(other.read(&imported.path, "sub/file"), "contents");
    assert!(other.verify(true).expect("readable").is_empty());

    let third = TestStore::new();
    imported.nar_size += 1;
    assert!(
        third
            .import_archive(&imported, &mut archive.as_slice())
            .is_err()
    );
    imported.nar_size -= 1;
    let last = archive.len() - 200;
    archive[last] ^= 1;
    assert!(
        third
            .import_archive(&imported, &mut archive.as_slice())
            .is_err()
    );
    assert!(!third.is_valid(&imported.path).expect("readable"));
    assert!(!third.layout().real_path(&imported.path).exists());
}

#[test]
fn damage_is_found() {
    let store = TestStore::new();
    let (gone, changed) = (store.text("gone", "1"), store.text("changed", "2"));
    fs::remove_file(store.layout().real_path(&gone)).expect("deleted");
    let real_path = store.layout().real_path(&changed);
    fs::remove_file(&real_path).expect("deleted");
    fs::write(&real_path, "3").expect("a file");
    assert_eq!(
        store.verify(false).expect("readable"),
        [Fault::Missing(gone.clone())]
    );
    let faults = store.verify(true).expect("readable");
    assert!(faults.contains(&Fault::Missing(gone)));
    assert!(
        faults
            .iter()
            .any(|fault| matches!(fault, Fault::Changed { path, .. } if *path == changed))
    );
}

#[test]
fn a_root_is_a_link_that_the_collector_knows() {
    let store = TestStore::new();
    let object = store.text("kept", "x");
    let link = store.directory().join("results/result");
    store.add_permanent_root(&object, &link).expect("a root");
    assert_eq!(
        fs::read_link(&link).expect("a link"),
        store.layout().real_path(&object)
    );
    let auto = store.layout().gc_roots_dir().join("auto");
    let indirect: Vec<PathBuf> = fs::read_dir(auto)
        .expect("a directory")
        .map(|entry| fs::read_link(entry.expect("an entry").path()).expect("a link"))
        .collect();
    assert_eq!(indirect, std::slice::from_ref(&link));

    let other = store.text("other", "y");
    store
        .add_permanent_root(&other, &link)
        .expect("the link is changed");
    let file = store.directory().join("file");
    fs::write(&file, "mine").expect("a file");
    assert!(matches!(
        store.add_permanent_root(&object, &file),
        Err(StoreError::RootExists(_))
    ));
    let foreign = store.directory().join("foreign");
    symlink("/somewhere", &foreign).expect("a link");
    assert!(store.add_permanent_root(&object, &foreign).is_err());
    let within = store.layout().real_store_dir.join("x");
    assert!(matches!(
        store.add_permanent_root(&object, &within),
        Err(StoreError::RootInStore(_))
    ));
}

#[test]
fn temporary_roots_are_in_a_file_that_is_locked() {
    let store = TestStore::new();
    let object = store.text("kept", "x");
    let directory = store.layout().state_dir.join("temproots");
    let roots = |directory: &Path| -> Vec<String> {
        fs::read_dir(directory)
            .expect("a directory")
            .map(|entry| fs::read_to_string(entry.expect("an entry").path()).expect("a file"))
            .collect()
    };
    let expected = format!("{}\0", store.layout().print(&object));
    assert_eq!(roots(&directory), std::slice::from_ref(&expected));
    let second = store.reopened();
    second.add_temporary_roots([&object]).expect("added");
    assert_eq!(roots(&directory), [expected.clone(), expected.clone()]);
    drop(second);
    assert_eq!(roots(&directory), [expected]);
}

#[test]
fn a_read_only_store_is_read_and_nothing_is_added() {
    let store = TestStore::new();
    let text = Text::new(store.store_dir(), "text", "here", BTreeSet::new()).expect("a text");
    store
        .add_texts(std::slice::from_ref(&text))
        .expect("an object");
    let layout = store.layout().clone();
    let read_only = LocalStore::new(layout.clone());
    read_only.set_read_only();
    assert!(read_only.is_valid(text.path()).expect("readable"));
    // What is there already is not written.
    read_only.add_texts(&[text]).expect("nothing to do");
    let other = Text::new(store.store_dir(), "other", "new", BTreeSet::new()).expect("a text");
    let place = layout.real_path(other.path());
    let error = read_only.add_texts(&[other]).expect_err("read-only");
    assert!(matches!(error, StoreError::ReadOnly(_)), "{error}");
    assert!(!place.exists());

    let directory = tempfile::tempdir().expect("a directory");
    let nothing = LocalStore::new(Layout::below(directory.path()).expect("a layout"));
    nothing.set_read_only();
    let error = nothing.create().expect_err("no database");
    assert!(matches!(error, StoreError::NoDatabase(_)), "{error}");
    assert_eq!(fs::read_dir(directory.path()).expect("readable").count(), 0);
}
