//! Every way by which a derivation comes into a store.

use std::io::BufReader;

use nix_wire::derivation::{DerivationOutput, HashModulo};
use nix_wire::nar::{self, Filesystem};
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, HashAlgorithm};

use super::*;
use crate::build::{BuildOptions, Cancellation, Unobserved, Wanted};
use crate::local::{Dump, ReadTree, RegistrationSource, Text, registration_text};
use crate::store::{CopyOptions, Import, Store, copy_closure};
use crate::testing::{SYSTEM, TestStore, With as _, script};

/// What makes things, and what says that it makes the same without doing so.
struct Thief {
    store: TestStore,
    bad: Derivation,
    path: StorePath,
    text: Vec<u8>,
}

impl Thief {
    fn new() -> Thief {
        let store = TestStore::new();
        let good = store.derive(script("good", "echo good > $out"));
        let stolen = store.derivation_outputs(&good).expect("readable")["out"].clone();
        let mut bad = script("good", "echo bad > $out")
            .with_variable("out", store.layout().print(&stolen).into_bytes());
        bad.outputs
            .insert("out".to_owned(), DerivationOutput::InputAddressed(stolen));
        let (path, text) = bad.path_and_text(store.store_dir()).expect("a text");
        Thief {
            store,
            bad,
            path,
            text,
        }
    }

    /// The derivation as it is registered where nobody looks.
    fn info(&self) -> PathInfo {
        self.unchecked().path_info()
    }

    fn unchecked(&self) -> Text {
        let store_dir = self.store.store_dir();
        Text::written_derivation(store_dir, &self.bad, self.path.clone(), self.text.clone())
            .expect("names")
    }

    fn archive(&self) -> Vec<u8> {
        let mut archive = Vec::new();
        nar::write_regular(false, &self.text, &mut archive).expect("written");
        archive
    }

    /// A store that never looks, with the derivation.
    fn careless(&self) -> LocalStore {
        let careless = twin(&self.store, self.store.directory());
        careless.add_texts(&[self.unchecked()]).expect("added");
        careless
    }

    #[track_caller]
    fn is_refused<T>(&self, result: Result<T>) {
        let error = result.err().expect("refused").to_string();
        assert!(error.contains("derivation has incorrect output"), "{error}");
        for path in self.store.all_valid_paths().expect("readable") {
            let file = self.store.layout().real_path(&path);
            assert_ne!(fs::read(file).expect("readable"), self.text);
        }
        let left = self.store.layout().real_path(&self.path);
        assert!(!left.exists(), "{}", left.display());
    }
}

#[test]
fn a_wrong_derivation_is_not_added_as_a_text() {
    let thief = Thief::new();
    let name = thief.path.name();
    thief.is_refused(
        thief
            .store
            .add_text(name, thief.text.clone(), BTreeSet::new()),
    );
    thief.is_refused(thief.store.add_derivation(&thief.bad));
}

#[test]
fn a_wrong_derivation_is_not_added_as_a_tree() {
    let thief = Thief::new();
    let file = thief.store.directory().join("bad.drv");
    fs::write(&file, &thief.text).expect("written");
    let (name, algorithm) = (thief.path.name(), HashAlgorithm::Sha256);
    for method in [ContentAddressMethod::NixArchive, ContentAddressMethod::Flat] {
        thief.is_refused(thief.store.add_path(name, &file, method, algorithm));
        let mut tree = Filesystem::new(&file);
        let dump = Dump::of(&mut tree, method, algorithm, 100_000).expect("read");
        let tree = ReadTree::of(thief.store.store_dir(), name, dump).expect("a name");
        thief.is_refused(thief.store.add_trees(&[tree.expect("a small one")]));
    }
    for method in [ContentAddressMethod::Text, ContentAddressMethod::Flat] {
        let nothing = BTreeSet::new();
        let mut source = thief.text.as_slice();
        thief.is_refused(thief.store.add_dump(
            name,
            &mut source,
            method,
            algorithm,
            &nothing,
            false,
        ));
    }
}

#[test]
fn a_wrong_derivation_is_not_imported() {
    let thief = Thief::new();
    let mut info = thief.info();
    let archive = thief.archive();
    thief.is_refused(thief.store.import_archive(&info, &mut archive.as_slice()));
    // Nor when somebody vouches for it.
    info.content_address = None;
    thief.is_refused(thief.store.import_archive(&info, &mut archive.as_slice()));
}

#[test]
fn a_wrong_derivation_is_not_copied() {
    let thief = Thief::new();
    let careless = thief.careless();
    let wanted = BTreeSet::from([thief.path.clone()]);
    let options = CopyOptions {
        import: Import::TRUSTED,
        substitute: false,
    };
    thief.is_refused(copy_closure(&careless, &*thief.store, &wanted, options));
    let mut export = Vec::new();
    careless
        .export_paths(&wanted, &mut export)
        .expect("written");
    thief.is_refused(thief.store.import_paths(&mut export.as_slice()));
}

#[test]
fn a_wrong_derivation_is_not_registered_where_it_lies() {
    let thief = Thief::new();
    let text = registration_text(thief.store.store_dir(), &thief.info());
    let options = RegistrationSource {
        hash_given: true,
        ..RegistrationSource::default()
    };
    let file = thief.store.layout().real_path(&thief.path);
    fs::write(&file, &thief.text).expect("written");
    let error = thief
        .store
        .register_from(&mut BufReader::new(text.as_bytes()), options)
        .expect_err("refused");
    assert!(matches!(error, StoreError::IncorrectDerivation { .. }));
    assert!(!thief.store.is_valid(&thief.path).expect("readable"));
}

#[test]
fn a_wrong_derivation_is_not_built() {
    let thief = Thief::new();
    let source = thief
        .store
        .text("text", &String::from_utf8_lossy(&thief.text));
    let read = format!("read -r line < {} || :; printf '%s' \"$line\" > $out", {
        thief.store.layout().print(&source)
    });
    let mut maker = script("good.drv", &read).with_source(&source);
    maker.outputs.insert(
        "out".to_owned(),
        DerivationOutput::Fixed(ContentAddress {
            method: ContentAddressMethod::Flat,
            hash: Hash::sha256(&thief.text),
        }),
    );
    let maker = thief.store.derive(maker);
    let error = thief
        .store
        .realise(&maker)
        .expect_err("refused")
        .to_string();
    assert!(error.contains("derivation has incorrect output"), "{error}");
}

#[test]
fn what_is_sent_without_its_inputs_derivations_is_built_and_not_registered() {
    let thief = Thief::new();
    let built = thief
        .store
        .build_given(
            &thief.path,
            &thief.bad,
            &BuildOptions::new(SYSTEM),
            &Cancellation::new(),
            &Unobserved,
        )
        .expect("built");
    let info = thief.store.require(&built["out"]).expect("valid");
    assert_eq!(info.deriver.as_ref(), Some(&thief.path));
    assert!(!thief.store.is_valid(&thief.path).expect("readable"));
    let log = thief.store.layout().read_build_log(&thief.path);
    assert!(log.is_ok());
}

/// A store of the same name, below another directory.
fn twin(store: &LocalStore, directory: &Path) -> LocalStore {
    let mut layout = store.layout().clone();
    layout.real_store_dir = directory.join("twin/store");
    layout.state_dir = directory.join("twin/var");
    LocalStore::new(layout)
}

/// A derivation whose outputs are what follows from it.
fn right(store: &TestStore, name: &str, input: Option<&StorePath>) -> StorePath {
    let derivation = script(name, "echo > $out");
    store.derive(match input {
        Some(input) => derivation.with_input(input, &["out"]),
        None => derivation,
    })
}

#[test]
fn inputs_count_and_come_with_it_or_are_valid() {
    let store = TestStore::new();
    let mut last = right(&store, "first", None);
    for number in 0..20 {
        last = right(&store, &format!("then-{number}"), Some(&last));
    }
    // A whole closure at once, in a store that has computed nothing yet.
    let other = TestStore::new();
    let copied = twin(&store, other.directory());
    let options = CopyOptions {
        import: Import::TRUSTED,
        substitute: false,
    };
    let wanted = BTreeSet::from([last.clone()]);
    copy_closure(&*store, &copied, &wanted, options).expect("copied");
    assert_eq!(
        copied.derivation_outputs(&last).expect("readable"),
        store.derivation_outputs(&last).expect("readable")
    );

    // What lies there and is not valid counts for nothing: it may be anything yet.
    let mut user = script("user", "echo > $out").with_input(&last, &["out"]);
    user.fill_in_output_paths(store.store_dir(), |_| {
        Ok::<_, DerivationError>(HashModulo::Derivation(Hash::sha256("any")))
    })
    .expect("paths");
    let (path, text) = user.path_and_text(store.store_dir()).expect("a text");
    let lonely = TestStore::new();
    let alone = twin(&store, lonely.directory());
    alone.create().expect("made");
    for path in store.closure([&last]).expect("valid") {
        let from = store.layout().real_path(&path);
        fs::copy(from, alone.layout().real_path(&path)).expect("copied");
    }
    let error = alone
        .add_text(path.name(), text, BTreeSet::new())
        .expect_err("nothing is valid");
    assert!(matches!(error, StoreError::InvalidPath(_)), "{error}");
}

#[test]
fn the_builder_is_told_the_paths_that_follow() {
    let store = TestStore::new();
    let right = right(&store, "right", None);
    let right = store.read_derivation(&right).expect("readable");
    let mut wrong = right.clone();
    wrong.environment.insert(b"out".to_vec(), b"/else".to_vec());
    let error = store.add_derivation(&wrong).expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("incorrect environment variable 'out'"),
        "{error}"
    );
    wrong.environment.remove(b"out".as_slice());
    assert!(store.add_derivation(&wrong).is_err());

    let mut fixed = right;
    fixed.outputs.insert(
        "out".to_owned(),
        DerivationOutput::Fixed(ContentAddress {
            method: ContentAddressMethod::Flat,
            hash: Hash::sha256("x"),
        }),
    );
    let error = store.add_derivation(&fixed).expect_err("refused");
    assert!(
        matches!(error, StoreError::IncorrectDerivation { .. }),
        "{error}"
    );
}

#[test]
fn what_is_named_as_a_derivation_is_one() {
    let store = TestStore::new();
    assert!(
        store
            .add_text("x.drv", "some text", BTreeSet::new())
            .is_err()
    );
    let wanted = [Wanted::Object(store.text("x", "some text"))];
    store
        .build(
            &wanted,
            &BuildOptions::new(SYSTEM),
            &Cancellation::new(),
            &Unobserved,
        )
        .expect("valid");
}

/// Its path need not follow from its text: it may be known by an archive that names its own path.
#[test]
fn a_derivation_that_uses_itself_is_refused() {
    let store = TestStore::new();
    store.create().expect("a store");
    let path = StorePath::from_base_name("00000000000000000000000000000000-self.drv").expect("one");
    let text = script("self", "true").with_input(&path, &["out"]);
    let (_, text) = text.path_and_text(store.store_dir()).expect("a text");
    std::fs::write(store.layout().real_path(&path), text).expect("written");
    let info = PathInfo::new(path, Hash::sha256("archive"), 7);
    let error = store.registrations(&[info]).expect_err("refused");
    assert!(error.to_string().contains("uses itself"), "{error}");
}
