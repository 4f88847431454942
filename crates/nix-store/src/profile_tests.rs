use super::*;
use crate::testing::TestStore;

fn numbers(profile: &Profile) -> Vec<u64> {
    let generations = profile.generations().expect("readable");
    generations
        .iter()
        .map(|generation| generation.number)
        .collect()
}

#[test]
fn generations_are_counted_and_switched() {
    let store = TestStore::new();
    let profile = Profile::new(store.directory().join("profiles/home"));
    assert_eq!(profile.current().expect("readable"), None);
    assert!(numbers(&profile).is_empty());

    let (one, two) = (store.text("one", "1"), store.text("two", "2"));
    let first = profile
        .create_generation(&*store, &one)
        .expect("a generation");
    assert_eq!(first, 1);
    assert_eq!(
        profile.current().expect("readable"),
        None,
        "only switching switches"
    );
    profile.switch_to(first).expect("switched");
    assert_eq!(
        profile
            .create_generation(&*store, &one)
            .expect("a generation"),
        1
    );
    let second = profile
        .create_generation(&*store, &two)
        .expect("a generation");
    profile.switch_to(second).expect("switched");
    assert_eq!(profile.current().expect("readable"), Some(2));
    assert_eq!(
        fs::read_link(profile.path()).expect("a link"),
        Path::new("home-2-link")
    );
    assert_eq!(
        profile.path().canonicalize().expect("a path"),
        store.layout().real_path(&two)
    );
    // The newest decides, not any.
    assert_eq!(
        profile
            .create_generation(&*store, &one)
            .expect("a generation"),
        3
    );
    assert_eq!(numbers(&profile), [1, 2, 3]);

    assert_eq!(profile.roll_back().expect("rolled back"), 1);
    assert!(matches!(
        profile.roll_back(),
        Err(StoreError::NoEarlierGeneration(_))
    ));
    assert!(matches!(
        profile.switch_to(7),
        Err(StoreError::NoGeneration { number: 7, .. })
    ));
    assert!(matches!(
        profile.delete_generations(&[2, 1]),
        Err(StoreError::DeletesCurrentGeneration(_))
    ));
    assert_eq!(numbers(&profile), [1, 2, 3]);
    profile.delete_generations(&[2, 3]).expect("deleted");
    assert_eq!(numbers(&profile), [1]);
    assert!(profile.delete_generations(&[2]).is_err());
}

#[test]
fn what_only_looks_like_a_generation_is_none() {
    let store = TestStore::new();
    let profile = Profile::new(store.directory().join("p"));
    let one = store.text("one", "1");
    let _lock = profile.lock(&mut |_| false).expect("a lock");
    profile
        .create_generation(&*store, &one)
        .expect("a generation");
    for name in [
        "p-x-link",
        "p--1-link",
        "p-2",
        "pp-3-link",
        "p-+4-link",
        "p-5-link.tmp",
    ] {
        std::os::unix::fs::symlink("x", store.directory().join(name)).expect("a link");
    }
    fs::write(store.directory().join("p-6-link"), "no link").expect("a file");
    assert_eq!(numbers(&profile), [1]);
    assert!(matches!(
        profile.lock(&mut |_| false),
        Err(StoreError::Interrupted)
    ));
}
