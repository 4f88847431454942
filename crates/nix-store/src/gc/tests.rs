use std::os::unix::fs::symlink;

use super::*;
use crate::testing::{TestStore, With, script};

fn collect(store: &LocalStore, options: &GcOptions) -> Collected {
    store
        .collect_garbage(options, &Cancellation::new(), &mut |_: &str| ())
        .expect("collected")
}

fn names(paths: &[&StorePath]) -> BTreeSet<String> {
    paths.iter().map(|path| path.to_string()).collect()
}

#[test]
fn what_no_root_needs_goes_and_all_else_stays() {
    let store = TestStore::new();
    let leaf = store.text("leaf", "1");
    let kept = store
        .add_text("kept", "2", BTreeSet::from([leaf.clone()]))
        .expect("added");
    let dead_leaf = store.text("dead-leaf", "3");
    let dead = store
        .add_text("dead", "4", BTreeSet::from([dead_leaf.clone()]))
        .expect("added");
    let link = store.directory().join("result");
    store.add_permanent_root(&kept, &link).expect("a root");
    let collector = store.reopened();
    // As long as this process uses them nothing happens.
    assert_eq!(
        collect(&collector, &GcOptions::default()),
        Collected::default()
    );
    store.forget_temporary_roots();

    let looking = GcOptions {
        delete: false,
        ..GcOptions::default()
    };
    assert_eq!(
        collect(&collector, &looking).names,
        names(&[&dead, &dead_leaf])
    );
    assert!(collector.is_valid(&dead).expect("readable"));

    let mut told = Vec::new();
    let collected = collector
        .collect_garbage(
            &GcOptions::default(),
            &Cancellation::new(),
            &mut |name: &str| {
                told.push(name.to_owned());
            },
        )
        .expect("collected");
    assert_eq!(collected.names, names(&[&dead, &dead_leaf]));
    assert_eq!(
        told,
        [dead.to_string(), dead_leaf.to_string()],
        "referrers go first"
    );
    assert!(collected.bytes > 0);
    assert!(!store.layout().real_path(&dead).exists());
    let valid = collector.all_valid_paths().expect("readable");
    assert_eq!(valid, BTreeSet::from([kept.clone(), leaf]));
    assert!(collector.verify(true).expect("readable").is_empty());

    let roots = collector.find_roots().expect("readable");
    assert_eq!(roots[&kept], BTreeSet::from([Root::File(link.clone())]));
    fs::remove_file(link).expect("deleted");
    assert_eq!(collect(&collector, &GcOptions::default()).names.len(), 2);
    let auto = store.layout().gc_roots_dir().join("auto");
    assert_eq!(
        fs::read_dir(auto).expect("a directory").count(),
        0,
        "stale links go"
    );
}

#[test]
fn derivations_and_outputs_are_kept_as_told() {
    for (keep_derivations, keep_outputs) in [(true, false), (false, false), (false, true)] {
        let store = TestStore::new();
        let derivation = store.derive(script("x", "echo > $out"));
        let out = store.realise(&derivation).expect("built");
        let root = if keep_outputs { &derivation } else { &out };
        store
            .add_permanent_root(root, &store.directory().join("result"))
            .expect("a root");
        store.forget_temporary_roots();
        let options = GcOptions {
            keep_derivations,
            keep_outputs,
            ..GcOptions::default()
        };
        collect(&store, &options);
        let valid = |path: &StorePath| store.is_valid(path).expect("readable");
        assert!(valid(&out));
        assert_eq!(valid(&derivation), keep_derivations || keep_outputs);
    }
}

#[test]
fn what_killed_processes_left_goes() {
    let store = TestStore::new();
    let kept = store.text("kept", "1");
    let store_dir = store.layout().real_store_dir.clone();
    let half = "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-half-built";
    fs::create_dir_all(store_dir.join(half).join("sub")).expect("directories");
    fs::write(store_dir.join(format!("{half}.lock")), "").expect("a file");
    fs::write(store_dir.join("stray"), "").expect("a file");
    fs::write(store_dir.join(".links/unused"), "").expect("a file");
    let lock = format!("{kept}.lock");
    fs::write(store_dir.join(&lock), "").expect("a file");
    fs::create_dir(store_dir.join("tmp-1-1")).expect("a directory");
    let in_use = fs::File::open(store_dir.join("tmp-1-1")).expect("a directory");
    rustix::fs::flock(&in_use, FlockOperation::LockExclusive).expect("a lock");
    let temporary = store.layout().state_dir.join("temproots/1");
    fs::write(&temporary, format!("{}/{half}\0", store.store_dir())).expect("a file");

    let collected = collect(&store, &GcOptions::default());
    let expected = [half.to_owned(), format!("{half}.lock"), "stray".to_owned()];
    assert_eq!(collected.names, BTreeSet::from(expected));
    assert!(!temporary.exists(), "its process is dead");
    assert!(!store_dir.join(".links/unused").exists());
    assert!(
        store_dir.join(lock).exists(),
        "what it is named after is in use"
    );
    assert!(store_dir.join("tmp-1-1").exists());
    assert!(store.is_valid(&kept).expect("readable"));
}

#[test]
fn roots_are_links_files_and_links_to_links() {
    let store = TestStore::new();
    let objects: Vec<StorePath> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| store.text(name, name))
        .collect();
    let gc_roots = store.layout().gc_roots_dir();
    let real = |index: usize| store.layout().real_path(&objects[index]);
    fs::create_dir(gc_roots.join("sub")).expect("a directory");
    symlink(real(0), gc_roots.join("sub/direct")).expect("a link");
    symlink(real(1), store.directory().join("indirect")).expect("a link");
    symlink(store.directory().join("indirect"), gc_roots.join("one")).expect("a link");
    fs::write(gc_roots.join(objects[2].base_name()), "").expect("a file");
    symlink(
        real(3).join("below"),
        store.layout().profiles_dir().join("p-1-link"),
    )
    .expect("a link");
    store.forget_temporary_roots();
    assert_eq!(collect(&store, &GcOptions::default()), Collected::default());
    let roots = store.find_roots().expect("readable");
    assert_eq!(
        roots.keys().cloned().collect::<BTreeSet<_>>(),
        objects.into_iter().collect()
    );
}

#[test]
fn a_running_program_is_kept() {
    let store = TestStore::new();
    let directory = store.derive(script("x", "mkdir $out").with_variable("PATH", "/usr/bin:/bin"));
    let out = store.realise(&directory).expect("built");
    store.forget_temporary_roots();
    let mut child = std::process::Command::new("/bin/sleep")
        .arg("60")
        .current_dir(store.layout().real_path(&out))
        .spawn()
        .expect("a process");
    let collected = collect(&store, &GcOptions::default());
    let valid = store.is_valid(&out).expect("readable");
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(valid, "{collected:?}");
    assert!(
        collect(&store, &GcOptions::default())
            .names
            .contains(out.base_name())
    );
}

#[test]
fn it_ends_when_enough_is_freed_or_it_is_stopped() {
    let store = TestStore::new();
    for number in 0..10 {
        store.text("x", &number.to_string());
    }
    store.forget_temporary_roots();
    let options = GcOptions {
        max_freed: Some(1),
        ..GcOptions::default()
    };
    assert_eq!(collect(&store, &options).names.len(), 1);
    let cancellation = Cancellation::new();
    cancellation.cancel();
    let result = store.collect_garbage(&GcOptions::default(), &cancellation, &mut |_: &str| ());
    assert!(matches!(result, Err(StoreError::Interrupted)));
    assert_eq!(store.all_valid_paths().expect("readable").len(), 9);
}

/// Processes add what others would delete, again and again: what they were told is theirs stays.
#[test]
fn a_collection_and_processes_that_add_do_not_disturb_each_other() {
    let store = TestStore::new();
    store.create().expect("a store");
    let ended = Cancellation::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let collector = store.reopened();
            for _ in 0..30 {
                collect(&collector, &GcOptions::default());
            }
            ended.cancel();
        });
        for thread in 0..2 {
            let layout = store.layout().clone();
            let ended = ended.clone();
            scope.spawn(move || {
                let mut round = 0;
                while !ended.is_cancelled() {
                    let adder = LocalStore::new(layout.clone());
                    let text = adder
                        .add_text("x", format!("{thread} {}", round % 3), BTreeSet::new())
                        .expect("added");
                    let other = adder
                        .add_text("y", format!("{thread}"), BTreeSet::from([text.clone()]))
                        .expect("added");
                    for path in [&text, &other] {
                        assert!(adder.is_valid(path).expect("readable"));
                        assert!(adder.layout().real_path(path).exists());
                    }
                    round += 1;
                }
            });
        }
    });
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn there_is_space_for_collecting_garbage_on_a_full_disk() {
    let store = TestStore::new();
    let text = store.text("text", "1");
    let reserved = store.layout().database_dir().join("reserved");
    let size = || reserved.metadata().map(|found| found.len()).ok();
    assert_eq!(size(), Some(8 << 20));
    store.forget_temporary_roots();

    let collector = store.reopened();
    let looking = GcOptions {
        delete: false,
        ..GcOptions::default()
    };
    collect(&collector, &looking);
    assert_eq!(size(), Some(8 << 20));
    // It is given back even before anything is written, and had again when there is room.
    let collector = store.reopened();
    collect(&collector, &GcOptions::default());
    assert_eq!(size(), None);
    assert!(!store.reopened().is_valid(&text).expect("readable"));
    assert_eq!(size(), Some(8 << 20));
}
