//! Plans made for real directories and carried out there: what a home looks like afterwards, and
//! that a crash at any point can be undone.

mod support;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use hm_activate::actions::Performer;
use hm_activate::effects::{Effects, FileSystem};
use hm_activate::files::RealFiles;
use hm_activate::journal::{Journal, Recovery, recover};
use hm_plan::{Action, Backup, ManagedTree, Note, Obstacle, Plan, Request, manifest, plan};
use proptest::prelude::*;

use support::{snapshot, write};

/// A home and a store in a directory of their own.
struct World {
    directory: tempfile::TempDir,
    generations: Cell<u32>,
}

impl World {
    fn new() -> World {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["home", "store", "state"] {
            fs::create_dir(directory.path().join(name)).expect("a fresh directory");
        }
        World {
            directory,
            generations: Cell::new(0),
        }
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    fn journal(&self) -> PathBuf {
        self.directory.path().join("state/journal")
    }

    /// A generation's managed files.
    fn generation(&self, files: &[(&str, &str)]) -> ManagedTree {
        let number = self.generations.get() + 1;
        self.generations.set(number);
        let root = self.store().join(format!("{number}-home-manager-files"));
        fs::create_dir_all(&root).expect("a fresh generation");
        for (path, text) in files {
            write(&root.join(path), text);
        }
        ManagedTree::read(&RealFiles, &root).expect("a readable generation")
    }

    fn plan(&self, old: Option<&ManagedTree>, new: &ManagedTree, backup: &Backup) -> Plan {
        let request = Request {
            home: &self.home(),
            store_dir: &self.store(),
            old,
            new,
            manifest: None,
            backup,
        };
        plan(request, &RealFiles).expect("a readable home")
    }

    fn apply(&self, plan: &Plan) {
        assert_eq!(
            plan.collisions,
            [],
            "a plan with collisions is not carried out"
        );
        let mut journal = Journal::new(self.journal(), "g".to_owned());
        journal
            .run(&plan.actions, &FileSystem, &|| false)
            .expect("the plan can be carried out");
        journal
            .commit(&FileSystem)
            .expect("the plan can be committed");
    }

    fn switch(&self, old: Option<&ManagedTree>, new: &ManagedTree) {
        self.apply(&self.plan(old, new, &Backup::Refuse));
    }

    /// Everything in the home: directories, texts of links, contents of files.
    fn snapshot(&self) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        snapshot(&self.home(), &self.home(), &mut found);
        found
    }
}

#[test]
fn links_are_made_changed_and_removed_with_their_empty_directories() {
    let world = World::new();
    write(&world.home().join(".config/mine"), "mine");
    let one = world.generation(&[(".bashrc", "1"), (".config/a/b/c", "1"), (".config/d", "1")]);
    world.switch(None, &one);
    let two = world.generation(&[(".bashrc", "2"), (".config/d", "1")]);
    world.switch(Some(&one), &two);
    let root = two.root.display();
    assert_eq!(
        world.snapshot(),
        BTreeMap::from([
            (".bashrc".to_owned(), format!("-> {root}/.bashrc")),
            (".config/".to_owned(), String::new()),
            (".config/d".to_owned(), format!("-> {root}/.config/d")),
            (".config/mine".to_owned(), "mine".to_owned()),
        ])
    );
    let nothing = world.generation(&[]);
    world.switch(Some(&two), &nothing);
    assert_eq!(
        world.snapshot(),
        BTreeMap::from([
            (".config/".to_owned(), String::new()),
            (".config/mine".to_owned(), "mine".to_owned()),
        ])
    );
}

#[test]
fn an_unchanged_generation_plans_nothing() {
    let world = World::new();
    let one = world.generation(&[(".bashrc", "1"), (".config/a", "1")]);
    world.switch(None, &one);
    let again = world.plan(Some(&one), &one, &Backup::Refuse);
    assert!(again.is_empty());
    assert_eq!(again.unchanged, 2);
}

#[test]
fn every_collision_is_told_at_once() {
    let world = World::new();
    let home = world.home();
    write(&home.join("file"), "mine");
    write(&home.join("directory/x"), "mine");
    write(&home.join("parent"), "mine");
    write(&home.join("elsewhere"), "mine");
    symlink(home.join("elsewhere"), home.join("link")).expect("a link");
    let new = world.generation(&[
        ("file", "1"),
        ("directory", "1"),
        ("parent/a", "1"),
        ("parent/b", "1"),
        ("link", "1"),
    ]);
    let before = world.snapshot();
    let plan = world.plan(None, &new, &Backup::Refuse);
    let told: Vec<_> = plan
        .collisions
        .iter()
        .map(|collision| {
            let path = collision.path.strip_prefix(&home).expect("in the home");
            (path.display().to_string(), collision.obstacle.clone())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("directory".to_owned(), Obstacle::Directory),
            ("file".to_owned(), Obstacle::File),
            ("link".to_owned(), Obstacle::Link),
            ("parent".to_owned(), Obstacle::ParentNotDirectory),
        ]
    );
    assert_eq!(world.snapshot(), before);
}

#[test]
fn files_in_the_way_are_moved_to_backups() {
    let world = World::new();
    let home = world.home();
    write(&home.join("file"), "mine");
    write(&home.join("directory/x"), "mine too");
    let backup = Backup::Extension {
        extension: "old".to_owned(),
        overwrite: false,
    };
    let new = world.generation(&[("file", "1"), ("directory", "1")]);
    world.apply(&world.plan(None, &new, &backup));
    assert_eq!(
        fs::read_to_string(home.join("file.old")).expect("the backup"),
        "mine"
    );
    assert_eq!(
        fs::read_to_string(home.join("directory.old/x")).expect("the backup"),
        "mine too"
    );
    assert_eq!(
        fs::read_to_string(home.join("file")).expect("the link"),
        "1"
    );
}

#[test]
fn a_backup_is_never_overwritten_unless_asked() {
    let world = World::new();
    let home = world.home();
    write(&home.join("file"), "mine");
    write(&home.join("file.old"), "older");
    let new = world.generation(&[("file", "1")]);
    let keep = Backup::Extension {
        extension: "old".to_owned(),
        overwrite: false,
    };
    let plan = world.plan(None, &new, &keep);
    assert_eq!(
        plan.collisions[0].obstacle,
        Obstacle::BackupExists(home.join("file.old"))
    );
    let overwrite = Backup::Extension {
        extension: "old".to_owned(),
        overwrite: true,
    };
    world.apply(&world.plan(None, &new, &overwrite));
    assert_eq!(
        fs::read_to_string(home.join("file.old")).expect("the backup"),
        "mine"
    );
    assert_eq!(world.snapshot().len(), 2);
}

#[test]
fn a_forced_file_replaces_and_leaves_nothing_behind() {
    let world = World::new();
    let home = world.home();
    write(&home.join("a/x"), "mine");
    write(&home.join("ab"), "mine");
    let new = world.generation(&[("a", "1"), ("ab", "1")]);
    let forced = manifest::Manifest {
        files: vec![manifest::ManifestFile {
            target: "a".to_owned(),
            force: true,
            recursive: false,
            on_change: false,
        }],
        ..manifest::Manifest::default()
    };
    let request = Request {
        home: &home,
        store_dir: &world.store(),
        old: None,
        new: &new,
        manifest: Some(&forced),
        backup: &Backup::Refuse,
    };
    let mut plan = plan(request, &RealFiles).expect("a readable home");
    // Unlike a prefix match would have it, forcing `a` does not force `ab`.
    assert_eq!(plan.collisions.len(), 1);
    assert_eq!(plan.collisions[0].path, home.join("ab"));
    plan.collisions.clear();
    world.apply(&plan);
    assert_eq!(world.snapshot().keys().collect::<Vec<_>>(), ["a", "ab"]);
}

#[test]
fn an_identical_file_is_left_alone_and_noted() {
    let world = World::new();
    write(&world.home().join("file"), "same");
    let new = world.generation(&[("file", "same")]);
    let plan = world.plan(None, &new, &Backup::Refuse);
    assert!(plan.is_empty());
    assert_eq!(
        plan.notes,
        [Note::IdenticalFile {
            path: world.home().join("file")
        }]
    );
}

#[test]
fn a_link_to_a_directory_becomes_files_and_back() {
    let world = World::new();
    let source = world.store().join("tree");
    write(&source.join("x"), "1");
    let linked = world.generation(&[]);
    symlink(&source, linked.root.join("d")).expect("a link");
    let linked = ManagedTree::read(&RealFiles, &linked.root).expect("a tree");
    let spread = world.generation(&[("d/x", "1"), ("d/y", "2")]);
    world.switch(None, &linked);
    world.switch(Some(&linked), &spread);
    let root = spread.root.display();
    assert_eq!(
        world.snapshot(),
        BTreeMap::from([
            ("d/".to_owned(), String::new()),
            ("d/x".to_owned(), format!("-> {root}/d/x")),
            ("d/y".to_owned(), format!("-> {root}/d/y")),
        ])
    );
    world.switch(Some(&spread), &linked);
    assert_eq!(
        world.snapshot(),
        BTreeMap::from([("d".to_owned(), format!("-> {}/d", linked.root.display()))])
    );
    assert_eq!(
        fs::read_to_string(source.join("x")).expect("the source"),
        "1"
    );
}

#[test]
fn a_file_that_the_user_put_in_place_of_a_link_is_not_removed() {
    let world = World::new();
    let one = world.generation(&[("file", "1")]);
    world.switch(None, &one);
    fs::remove_file(world.home().join("file")).expect("a link");
    write(&world.home().join("file"), "mine");
    let nothing = world.generation(&[]);
    let plan = world.plan(Some(&one), &nothing, &Backup::Refuse);
    assert_eq!(
        plan.notes,
        [Note::NotOurs {
            path: world.home().join("file")
        }]
    );
    assert_eq!(plan.actions, []);
}

#[test]
fn a_file_that_appears_between_plan_and_switch_is_not_overwritten() {
    let world = World::new();
    let new = world.generation(&[("a", "1"), ("b", "1")]);
    let plan = world.plan(None, &new, &Backup::Refuse);
    write(&world.home().join("b"), "mine");
    let before = world.snapshot();
    let mut journal = Journal::new(world.journal(), "g".to_owned());
    journal
        .run(&plan.actions, &FileSystem, &|| false)
        .expect_err("the file is in the way");
    journal.roll_back(&FileSystem).expect("it can be undone");
    assert_eq!(world.snapshot(), before);
}

/// Does a number of steps, then fails as if the machine had been switched off.
struct DiesAfter {
    steps: Cell<u32>,
    /// Whether the file system lets two paths change places.
    exchanges: bool,
}

impl DiesAfter {
    fn step(&self) -> io::Result<()> {
        let left = self.steps.get().checked_sub(1);
        self.steps.set(left.unwrap_or(0));
        left.map(|_| ())
            .ok_or_else(|| io::Error::other("the power is gone"))
    }
}

impl Effects for DiesAfter {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.create_directory(path)
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.remove_directory(path)
    }
    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.create_link(target, path)
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.unlink(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.rename(from, to)
    }
    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.rename_to_free(from, to)
    }
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        self.step()?;
        if self.exchanges {
            return FileSystem.exchange(one, other);
        }
        Err(io::ErrorKind::Unsupported.into())
    }
    fn remove_all(&self, path: &Path) -> io::Result<()> {
        self.step()?;
        FileSystem.remove_all(path)
    }
    fn sync(&self, _: &[&Path]) -> io::Result<()> {
        Ok(())
    }
}

/// A made-up set of managed files: few names, so that files and directories change places.
fn tree() -> impl Strategy<Value = BTreeMap<String, String>> {
    let path = prop_oneof!["[ab]", "[ab]/[ab]", "[ab]/[ab]/[ab]"];
    prop::collection::btree_map(path, "[12]", 0..6).prop_map(|files: BTreeMap<String, String>| {
        let prefixes: Vec<String> = files.keys().map(|path| format!("{path}/")).collect();
        files
            .into_iter()
            .filter(|(path, _)| {
                !prefixes
                    .iter()
                    .any(|prefix| path.starts_with(prefix.as_str()))
            })
            .collect()
    })
}

fn as_pairs(files: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever two generations are, a switch between them ends with just the links of the new
    /// one, and a crash after any step is undone to just what was there before.
    #[test]
    fn a_crash_is_undone(
        old in tree(),
        new in tree(),
        users in tree(),
        steps in 0u32..20,
        dies_again in 0u32..20,
        exchanges in any::<bool>(),
    ) {
        let world = World::new();
        let old = world.generation(&as_pairs(&old));
        let new = world.generation(&as_pairs(&new));
        world.switch(None, &old);
        for (path, text) in &users {
            let path = world.home().join(path);
            let blocked = path.ancestors().skip(1).any(|parent| {
                parent.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir())
            });
            if !blocked && path.symlink_metadata().is_err() {
                write(&path, text);
            }
        }
        let before = world.snapshot();
        let backup = Backup::Extension { extension: "backup".to_owned(), overwrite: true };
        let plan = world.plan(Some(&old), &new, &backup);
        prop_assert_eq!(&plan.collisions, &[]);

        let mut journal = Journal::new(world.journal(), "new".to_owned());
        let dying = DiesAfter { steps: Cell::new(steps), exchanges };
        let died = journal.run(&plan.actions, &dying, &|| false).is_err();
        drop(journal);
        if died {
            // The first attempt to recover dies as well.
            let _ = recover(&world.journal(), &DiesAfter { steps: Cell::new(dies_again), exchanges });
        }
        let recovery = recover(&world.journal(), &FileSystem).expect("recovery");
        let undone = !matches!(recovery, Some(Recovery::Completed { .. }));
        prop_assert!(undone, "nothing was committed");
        prop_assert_eq!(world.snapshot(), before);
        prop_assert_eq!(recover(&world.journal(), &FileSystem).expect("nothing to do"), None);

        world.apply(&plan);
        let mut links = BTreeMap::new();
        for (path, text) in world.snapshot() {
            if let Some(target) = text.strip_prefix("-> ") {
                links.insert(path, target.to_owned());
            }
        }
        let wanted: BTreeMap<String, String> = new
            .leaves
            .iter()
            .map(|leaf| (leaf.display().to_string(), new.link_target(leaf).display().to_string()))
            .collect();
        prop_assert_eq!(links, wanted);
        prop_assert!(world.plan(Some(&new), &new, &Backup::Refuse).is_empty());
    }

    /// Undoing an action that was never done changes nothing.
    #[test]
    fn undoing_what_was_not_done_changes_nothing(old in tree(), new in tree()) {
        let world = World::new();
        let old = world.generation(&as_pairs(&old));
        let new = world.generation(&as_pairs(&new));
        world.switch(None, &old);
        let plan = world.plan(Some(&old), &new, &Backup::Refuse);
        let before = world.snapshot();
        for action in plan.actions.iter().rev() {
            Performer {
                effects: &FileSystem,
                token: "t",
            }
            .undo(action)
            .expect("nothing to undo");
        }
        prop_assert_eq!(world.snapshot(), before);
    }
}

#[test]
fn a_torn_line_at_the_end_of_the_journal_was_not_begun() {
    let world = World::new();
    let path = world.home().join("file");
    let action = Action::Link {
        path,
        target: PathBuf::from("/x"),
        previous: None,
    };
    let mut journal = Journal::new(world.journal(), "g".to_owned());
    journal
        .run(&[action], &FileSystem, &|| false)
        .expect("a link");
    drop(journal);
    let mut text = fs::read(world.journal()).expect("the journal");
    text.extend_from_slice(b"{\"batch\":[{\"do\":\"remove-li");
    fs::write(world.journal(), text).expect("the journal");
    let recovery = recover(&world.journal(), &FileSystem).expect("recovery");
    assert_eq!(
        recovery,
        Some(Recovery::Undone {
            generation: "g".to_owned(),
            actions: 1
        })
    );
    assert_eq!(world.snapshot(), BTreeMap::new());
}

/// Mode, owner and modification time of a directory.
fn metadata(path: &Path) -> (u32, u32, u32, i64, i64) {
    let metadata = path.symlink_metadata().expect("a directory");
    (
        metadata.mode(),
        metadata.uid(),
        metadata.gid(),
        metadata.mtime(),
        metadata.mtime_nsec(),
    )
}

#[test]
fn directories_come_back_as_they_were() {
    let world = World::new();
    let one = world.generation(&[(".ssh/config", "1"), (".ssh/keys/a", "1"), ("d/x", "1")]);
    world.switch(None, &one);
    let home = world.home();
    for (directory, mode) in [(".ssh", 0o700), (".ssh/keys", 0o2750), ("d", 0o755)] {
        fs::set_permissions(home.join(directory), fs::Permissions::from_mode(mode))
            .expect("a mode");
    }
    let places = [
        home.clone(),
        home.join(".ssh"),
        home.join(".ssh/keys"),
        home.join("d"),
    ];
    let past = std::time::SystemTime::now() - std::time::Duration::from_secs(86_400);
    for place in places.iter().rev() {
        let directory = fs::File::open(place).expect("a directory");
        directory.set_modified(past).expect("a time");
    }
    let before: Vec<_> = places.iter().map(|place| metadata(place)).collect();
    let two = world.generation(&[("d/y", "1")]);
    let plan = world.plan(Some(&one), &two, &Backup::Refuse);
    let run = || {
        let mut journal = Journal::new(world.journal(), "g".to_owned());
        journal
            .run(&plan.actions, &FileSystem, &|| false)
            .expect("the plan can be carried out");
        assert!(!home.join(".ssh").exists());
        journal
    };
    run().roll_back(&FileSystem).expect("it can be undone");
    let after: Vec<_> = places.iter().map(|place| metadata(place)).collect();
    assert_eq!(after, before, "undone at once");
    drop(run());
    recover(&world.journal(), &FileSystem).expect("it can be undone");
    let after: Vec<_> = places.iter().map(|place| metadata(place)).collect();
    assert_eq!(after, before, "undone by the next switch");
}

#[test]
fn what_is_there_already_is_done_and_stays_when_undone() {
    let world = World::new();
    let one = world.generation(&[("gone", "1"), ("same", "1"), ("old/x", "1")]);
    world.switch(None, &one);
    let two = world.generation(&[("same", "2"), ("made/x", "1"), ("made/y", "1")]);
    let plan = world.plan(Some(&one), &two, &Backup::Refuse);
    let home = world.home();
    fs::create_dir(home.join("made")).expect("a block's directory");
    symlink(two.root.join("made/x"), home.join("made/x")).expect("a block's link");
    fs::remove_file(home.join("gone")).expect("removed by a block");
    fs::remove_file(home.join("same")).expect("removed by a block");
    fs::remove_dir_all(home.join("old")).expect("removed by a block");
    for (round, ends) in [("by itself", false), ("by the next switch", true)] {
        let mut journal = Journal::new(world.journal(), "g".to_owned());
        journal
            .run(&plan.actions, &FileSystem, &|| false)
            .expect("the plan can be carried out");
        assert!(home.join("made/y").exists(), "{round}");
        if ends {
            drop(journal);
            recover(&world.journal(), &FileSystem).expect("it can be undone");
        } else {
            journal.roll_back(&FileSystem).expect("it can be undone");
        }
        assert!(
            home.join("made/x").exists(),
            "{round}: the block's link stays"
        );
        assert!(!home.join("made/y").exists(), "{round}");
        assert!(!home.join("gone").exists(), "{round}");
        fs::remove_file(home.join("same")).expect("the former link");
    }
}

#[test]
fn names_of_every_length_are_linked_changed_and_replaced() {
    let world = World::new();
    let long = "n".repeat(255);
    let one = world.generation(&[(&long, "1")]);
    world.switch(None, &one);
    let two = world.generation(&[(&long, "2")]);
    world.switch(Some(&one), &two);
    assert_eq!(
        fs::read_to_string(world.home().join(&long)).expect("the link"),
        "2"
    );
    let nothing = world.generation(&[]);
    world.switch(Some(&two), &nothing);
    assert_eq!(world.snapshot(), BTreeMap::new());
}

fn forced(target: &str) -> manifest::Manifest {
    manifest::Manifest {
        files: vec![manifest::ManifestFile {
            target: target.to_owned(),
            force: true,
            recursive: false,
            on_change: false,
        }],
        ..manifest::Manifest::default()
    }
}

#[test]
fn a_forced_file_takes_a_free_name_and_deletes_read_only_directories() {
    let world = World::new();
    let home = world.home();
    let long = "n".repeat(250);
    for name in ["a", long.as_str()] {
        write(&home.join(name).join("lua/x"), "mine");
        fs::set_permissions(
            home.join(name).join("lua"),
            fs::Permissions::from_mode(0o555),
        )
        .expect("a mode");
        let replaced = "a.home-manager-replaced";
        write(&home.join(replaced), "of an earlier switch");
        let new = world.generation(&[(name, "1")]);
        let forced = forced(name);
        let request = Request {
            home: &home,
            store_dir: &world.store(),
            old: None,
            new: &new,
            manifest: Some(&forced),
            backup: &Backup::Refuse,
        };
        world.apply(&plan(request, &RealFiles).expect("a readable home"));
        assert_eq!(fs::read_to_string(home.join(name)).expect("the link"), "1");
        assert_eq!(world.snapshot()[replaced], "of an earlier switch");
        fs::remove_file(home.join(name)).expect("the link");
        assert_eq!(world.snapshot().len(), 1);
    }
}

#[test]
fn a_dangling_link_of_the_users_is_in_the_way() {
    let world = World::new();
    let home = world.home();
    symlink("nowhere", home.join("a")).expect("a link");
    let new = world.generation(&[("a", "1")]);
    let refused = world.plan(None, &new, &Backup::Refuse);
    assert_eq!(refused.collisions[0].obstacle, Obstacle::Link);
    let backup = Backup::Extension {
        extension: "old".to_owned(),
        overwrite: false,
    };
    world.apply(&world.plan(None, &new, &backup));
    assert_eq!(world.snapshot()["a.old"], "-> nowhere");
}

#[test]
fn links_of_a_lost_generation_are_found() {
    let world = World::new();
    let one = world.generation(&[("a", "1"), ("d/e/b", "1"), ("kept", "1")]);
    world.switch(None, &one);
    symlink("elsewhere", world.home().join("mine")).expect("a link");
    fs::remove_dir_all(&one.root).expect("collected as garbage");
    let lost = ManagedTree::find_links(
        &RealFiles,
        &world.home(),
        &world.store(),
        Path::new("/lost"),
    )
    .expect("a readable home");
    let two = world.generation(&[("kept", "2")]);
    world.switch(Some(&lost), &two);
    assert_eq!(
        world.snapshot().keys().collect::<Vec<_>>(),
        ["kept", "mine"]
    );
}

/// Saves a file at a path as soon as the path is about to be replaced or removed.
struct SavesBetween {
    path: PathBuf,
}

impl SavesBetween {
    fn save(&self, touched: &[&Path]) {
        if touched.contains(&self.path.as_path()) {
            fs::remove_file(&self.path).expect("a link");
            fs::write(&self.path, "saved").expect("a file");
        }
    }
}

impl Effects for SavesBetween {
    fn create_directory(&self, path: &Path) -> io::Result<()> {
        FileSystem.create_directory(path)
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        FileSystem.remove_directory(path)
    }
    fn create_link(&self, target: &Path, path: &Path) -> io::Result<()> {
        FileSystem.create_link(target, path)
    }
    fn unlink(&self, path: &Path) -> io::Result<()> {
        FileSystem.unlink(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        FileSystem.rename(from, to)
    }
    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()> {
        if !fs::exists(to).expect("a readable home") {
            self.save(&[from]);
        }
        FileSystem.rename_to_free(from, to)
    }
    fn exchange(&self, one: &Path, other: &Path) -> io::Result<()> {
        if fs::read_to_string(one).is_ok_and(|text| text != "saved") {
            self.save(&[other]);
        }
        FileSystem.exchange(one, other)
    }
    fn remove_all(&self, path: &Path) -> io::Result<()> {
        FileSystem.remove_all(path)
    }
    fn sync(&self, paths: &[&Path]) -> io::Result<()> {
        FileSystem.sync(paths)
    }
}

#[test]
fn a_file_saved_at_the_last_moment_is_not_lost() {
    for files in [vec![("a", "2")], vec![]] {
        let world = World::new();
        let one = world.generation(&[("a", "1")]);
        world.switch(None, &one);
        let two = world.generation(&files);
        let plan = world.plan(Some(&one), &two, &Backup::Refuse);
        let saves = SavesBetween {
            path: world.home().join("a"),
        };
        let mut journal = Journal::new(world.journal(), "g".to_owned());
        journal
            .run(&plan.actions, &saves, &|| false)
            .expect_err("the file is the user's now");
        journal.roll_back(&FileSystem).expect("it can be undone");
        assert_eq!(
            world.snapshot(),
            BTreeMap::from([("a".to_owned(), "saved".to_owned())])
        );
    }
}
