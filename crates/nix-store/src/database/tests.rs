use std::collections::{BTreeMap, BTreeSet};

use nix_wire::Hash;

use super::*;
use crate::layout::Layout;
use crate::testing::TestStore;
use nix_wire::PathInfo;

fn info(name: &str, references: &[&PathInfo]) -> PathInfo {
    let digest = Hash::sha256(name);
    let mut hash = [0; 20];
    hash.copy_from_slice(&digest.digest()[..20]);
    let path = nix_wire::StorePath::new(&hash, name).expect("a name");
    let mut info = PathInfo::new(path, digest, 123);
    info.references = references.iter().map(|info| info.path.clone()).collect();
    info.registration_time = 1_000_000_000;
    info
}

fn register(store: &TestStore, infos: &[&PathInfo]) -> Result<()> {
    let registrations: Vec<Registration> = infos
        .iter()
        .map(|info| Registration::new((*info).clone(), BTreeMap::new()))
        .collect();
    store.with_database(|database| database.register(&registrations))
}

#[test]
fn what_is_registered_is_found_again() {
    let store = TestStore::new();
    let one = info("one", &[]);
    let mut two = info("two", &[&one]);
    two.references.insert(two.path.clone());
    two.deriver = Some(info("two.drv", &[]).path);
    two.ultimate = true;
    two.signatures = vec!["a:AAAA".to_owned(), "b:BBBB".to_owned()];
    two.content_address = Some(
        "fixed:r:sha256:094qif9n4cq4fdg459qzbhg1c6wywawwaaivx0k0x8xhbyx4vwic"
            .parse()
            .expect(""),
    );
    // In any order: what is referred to may come later.
    register(&store, &[&two, &one]).expect("registered");

    let reopened = store.reopened();
    assert_eq!(
        reopened.path_info(&one.path).expect("readable"),
        Some(one.clone())
    );
    assert_eq!(
        reopened.path_info(&two.path).expect("readable"),
        Some(two.clone())
    );
    let referrers = BTreeSet::from([two.path.clone()]);
    assert_eq!(store.referrers(&one.path).expect("readable"), referrers);
    assert_eq!(store.referrers(&two.path).expect("readable"), referrers);
    let all = BTreeSet::from([one.path.clone(), two.path.clone()]);
    assert_eq!(store.all_valid_paths().expect("readable"), all);
    assert_eq!(store.closure([&two.path]).expect("readable"), all);
    assert_eq!(
        store.path_from_hash_part(one.path.hash_part()).expect(""),
        Some(one.path.clone())
    );
    assert_eq!(store.path_from_hash_part(&"z".repeat(32)).expect(""), None);
    assert_eq!(store.path_from_hash_part("short").expect(""), None);
}

#[test]
fn registering_again_updates() {
    let store = TestStore::new();
    let mut one = info("one", &[]);
    register(&store, &[&one]).expect("registered");
    one.signatures = vec!["a:AAAA".to_owned()];
    one.ultimate = true;
    register(&store, &[&one]).expect("registered");
    assert_eq!(store.path_info(&one.path).expect("readable"), Some(one));
}

#[test]
fn all_or_nothing_is_registered() {
    let store = TestStore::new();
    let (one, missing) = (info("one", &[]), info("missing", &[]));
    let two = info("two", &[&missing]);
    let error = register(&store, &[&one, &two]).expect_err("a reference is not valid");
    assert!(matches!(error, StoreError::InvalidPath(_)), "{error}");
    assert!(!store.is_valid(&one.path).expect("readable"));
}

#[test]
fn a_circle_is_refused() {
    let store = TestStore::new();
    let mut one = info("one", &[]);
    let two = info("two", &[&one]);
    one.references.insert(two.path.clone());
    let error = register(&store, &[&one, &two]).expect_err("a circle");
    assert!(matches!(error, StoreError::Cycle { .. }), "{error}");
}

#[test]
fn what_is_in_use_stays() {
    let store = TestStore::new();
    let one = info("one", &[]);
    let mut two = info("two", &[&one]);
    two.references.insert(two.path.clone());
    register(&store, &[&one, &two]).expect("registered");
    let invalidate =
        |info: &PathInfo| store.with_database(|database| database.invalidate(&info.path));
    assert!(matches!(invalidate(&one), Err(StoreError::InUse { .. })));
    invalidate(&two).expect("nothing but itself refers to it");
    invalidate(&one).expect("nothing refers to it any more");
    assert!(store.all_valid_paths().expect("readable").is_empty());
}

#[test]
fn the_schema_of_a_newer_nix_is_not_touched() {
    let store = TestStore::new();
    store.create().expect("a store");
    let schema = store.layout().database_dir().join("schema");
    assert_eq!(fs::read_to_string(&schema).expect("a file"), "10");
    fs::write(&schema, "11").expect("a file");
    let error = store.reopened().create().expect_err("a newer schema");
    assert!(matches!(error, StoreError::Schema { .. }), "{error}");
}

#[test]
fn a_store_behind_a_link_is_refused() {
    let store = TestStore::new();
    store.create().expect("a store");
    let link = store.directory().join("link");
    std::os::unix::fs::symlink(store.directory(), &link).expect("a link");
    let layout = Layout::below(&link).expect("a layout");
    let error = crate::LocalStore::new(layout).create().expect_err("a link");
    assert!(matches!(error, StoreError::SymlinkedStore(_)), "{error}");
}

#[test]
fn several_may_write_at_the_same_time() {
    let store = TestStore::new();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let layout = store.layout().clone();
            scope.spawn(move || {
                let store = crate::LocalStore::new(layout);
                for number in 0..25 {
                    let info = info(&format!("{thread}-{number}"), &[]);
                    let registration = Registration::new(info, BTreeMap::new());
                    store
                        .with_database(|database| database.register(&[registration]))
                        .expect("registered");
                }
            });
        }
    });
    assert_eq!(store.all_valid_paths().expect("readable").len(), 100);
}

#[test]
fn many_may_make_the_database_at_the_same_time() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().canonicalize().expect("a path");
    let layout = Layout::below(&root).expect("a layout");
    // All are open until the last is.
    let opened: Vec<Database> = std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Database::open(&layout).expect("a database")))
            .collect();
        let opened = opening.into_iter();
        opened
            .map(|thread| thread.join().expect("it does not panic"))
            .collect()
    });
    assert_eq!(opened.len(), 8);
}
