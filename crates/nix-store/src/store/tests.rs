use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};

use nix_wire::nar::Filesystem;
use nix_wire::{ContentAddressMethod, HashAlgorithm, StoreDir, StorePath};

use super::*;
use crate::testing::{TestStore, With, script};

/// A store that can do only what every store has to.
#[derive(Debug)]
struct Least<'a>(&'a LocalStore);

impl Store for Least<'_> {
    fn uri(&self) -> String {
        "least://".to_owned()
    }

    fn store_dir(&self) -> &StoreDir {
        self.0.store_dir()
    }

    fn connect(&self) -> Result<()> {
        self.0.create()
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        self.0.path_info(path)
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        self.0.export_archive(path, sink)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()> {
        Store::import(self.0, info, source, how)
    }
}

fn all(store: &LocalStore) -> BTreeSet<StorePath> {
    store.all_valid_paths().expect("readable")
}

#[test]
fn what_every_store_can_do_gives_the_same_as_the_local_one() {
    let store = TestStore::new();
    let source = store.text("source", "contents");
    let derivation = script("x", "echo > $out; echo > $dev")
        .with_output("dev")
        .with_source(&source);
    let derivation = store.derive(derivation);
    let least = Least(&store);

    let roots = BTreeSet::from([derivation.clone()]);
    assert_eq!(
        least.closure(&roots).expect("a closure"),
        store.closure(&roots).expect("a closure")
    );
    let absent = StorePath::new(&[7; 20], "absent").expect("a name");
    let asked = BTreeSet::from([derivation.clone(), absent.clone()]);
    assert_eq!(least.valid_among(&asked, false).expect("readable"), roots);
    assert!(matches!(
        least.closure(&BTreeSet::from([absent])),
        Err(StoreError::InvalidPath(_))
    ));
    assert_eq!(
        least.read_derivation(&derivation).expect("a derivation"),
        store.read_derivation(&derivation).expect("a derivation")
    );
    assert!(least.read_derivation(&source).is_err());
    let outputs = Store::derivation_outputs(&*store, &derivation).expect("outputs");
    assert_eq!(outputs.len(), 2);
    assert_eq!(
        least.derivation_outputs(&derivation).expect("outputs"),
        outputs
    );
}

#[test]
fn what_is_added_by_archive_is_what_the_local_store_makes() {
    let (store, other) = (TestStore::new(), TestStore::new());
    let tree = other.directory().join("tree");
    fs::create_dir(&tree).expect("a directory");
    fs::write(tree.join("file"), "x".repeat(1000)).expect("a file");
    let least = Least(&other);
    for (path, method, algorithm) in [
        (
            &tree,
            ContentAddressMethod::NixArchive,
            HashAlgorithm::Sha256,
        ),
        (&tree, ContentAddressMethod::NixArchive, HashAlgorithm::Sha1),
        (
            &tree.join("file"),
            ContentAddressMethod::Flat,
            HashAlgorithm::Sha512,
        ),
    ] {
        let theirs = least
            .add_tree("tree", &mut Filesystem::new(path), method, algorithm)
            .expect("added");
        let ours = store
            .add_path("tree", path, method, algorithm)
            .expect("added");
        // The stores have other names, and with them the paths other hashes.
        assert_eq!(
            (theirs.nar_hash, theirs.nar_size, theirs.content_address),
            (ours.nar_hash, ours.nar_size, ours.content_address)
        );
    }

    let first = Text::new(other.store_dir(), "first", "1", BTreeSet::new()).expect("a text");
    let references = BTreeSet::from([first.path().clone()]);
    let second = Text::new(other.store_dir(), "second", "12345678", references).expect("a text");
    least
        .add_texts(&[second.clone(), first.clone()])
        .expect("added");
    for text in [&first, &second] {
        let added = other.require(text.path()).expect("valid");
        let mut expected = text.path_info();
        expected.registration_time = added.registration_time;
        assert_eq!(added, expected);
    }
    assert_eq!(other.verify(true).expect("readable"), []);
}

#[test]
fn a_lie_about_contents_is_found_out() {
    let store = TestStore::new();
    let least = Least(&store);
    let mut archive = Vec::new();
    nar::write_regular(false, b"contents", &mut archive).expect("an archive");
    let hash = nix_wire::Hash::sha256(&archive);
    for method in [ContentAddressMethod::Flat, ContentAddressMethod::NixArchive] {
        let stated = nix_wire::Hash::sha256("other");
        let path = store
            .store_dir()
            .content_path("x", method, &stated, Default::default())
            .expect("a path");
        let mut info = PathInfo::new(path, hash, archive.len() as u64);
        info.content_address = Some(nix_wire::ContentAddress {
            method,
            hash: stated,
        });
        let imported = least.import(&info, &mut archive.as_slice(), Import::CHECKED);
        assert!(matches!(imported, Err(StoreError::Mismatch { .. })));
    }
    let path = StorePath::new(&[1; 20], "x").expect("a name");
    let info = PathInfo::new(path, hash, archive.len() as u64);
    assert!(matches!(
        least.import(&info, &mut archive.as_slice(), Import::CHECKED),
        Err(StoreError::NotVouchedFor(_))
    ));
    assert_eq!(all(&store), BTreeSet::new());
    least
        .import(&info, &mut archive.as_slice(), Import::TRUSTED)
        .expect("trusted");
}

#[test]
fn a_closure_is_copied_once() {
    let from = TestStore::new();
    let leaf = from.text("leaf", "leaf");
    let inner = from
        .add_text("inner", "x", BTreeSet::from([leaf.clone()]))
        .expect("added");
    let outer = from
        .add_text("outer", "x", BTreeSet::from([inner.clone()]))
        .expect("added");
    // The same paths need the same name of the store, so the other lies elsewhere.
    let directory = tempfile::tempdir().expect("a directory");
    let mut layout = from.layout().clone();
    layout.real_store_dir = directory.path().join("store");
    layout.state_dir = directory.path().join("var");
    let to = LocalStore::new(layout);
    let options = CopyOptions {
        import: Import::CHECKED,
        substitute: false,
    };
    let wanted = BTreeSet::from([outer.clone()]);
    let copied = copy_closure(&*from, &to, &wanted, options).expect("copied");
    assert_eq!(copied.paths, [leaf, inner, outer]);
    assert_eq!(all(&from), all(&to));
    assert_eq!(to.verify(true).expect("readable"), []);
    let again = copy_closure(&*from, &to, &wanted, options).expect("copied");
    assert_eq!(again, Copied::default());
    crate::canonical::delete(&to.layout().real_store_dir).expect("deleted");
}
