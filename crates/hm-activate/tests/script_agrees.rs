//! The script `activate`, run by itself, does to the files of a home what the engine does: both are
//! given the same homes and generations, and the results are compared.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use hm_activate::effects::FileSystem;
use hm_activate::files::RealFiles;
use hm_activate::journal::Journal;
use hm_plan::{Backup, ManagedTree, Plan, Request, plan};
use proptest::prelude::*;

use support::{snapshot, write};

const MODULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../modules");

/// A store and two homes that are to stay the same.
struct World {
    directory: tempfile::TempDir,
}

/// Something of the user's.
#[derive(Clone, Copy, Debug)]
enum Own {
    File(&'static str),
    EmptyDirectory,
    Link(&'static str),
}

type Files = BTreeMap<String, &'static str>;

impl World {
    fn new() -> World {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for name in ["engine/real", "script/real", "store"] {
            fs::create_dir_all(directory.path().join(name)).expect("a fresh directory");
        }
        World { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A generation with these files, and nothing else.
    fn generation(&self, name: &str, files: &Files) -> ManagedTree {
        let root = self
            .path("store")
            .join(format!("{name}-home-manager-files"));
        fs::create_dir(&root).expect("a fresh generation");
        for (path, text) in files {
            write(&root.join(path), text);
        }
        let generation = self.path(name);
        fs::create_dir(&generation).expect("a fresh generation");
        symlink(&root, generation.join("home-files")).expect("a link");
        ManagedTree::read(&RealFiles, &root).expect("a readable generation")
    }

    fn plan(&self, old: Option<&ManagedTree>, new: &ManagedTree, backup: &Backup) -> Plan {
        let request = Request {
            home: &self.path("engine"),
            store_dir: &self.path("store"),
            old,
            new,
            manifest: None,
            backup,
        };
        plan(request, &RealFiles).expect("a readable home")
    }

    fn apply(&self, plan: &Plan) {
        let mut journal = Journal::new(self.path("journal"), "g".to_owned());
        journal
            .run(&plan.actions, &FileSystem, &|| false)
            .expect("the plan can be carried out");
        journal
            .commit(&FileSystem)
            .expect("the plan can be committed");
    }

    /// Runs the script's part about files. Whether it succeeds, and what it prints.
    fn run_script(&self, old: Option<&str>, new: &str, backup: &Backup) -> (bool, String) {
        let mut command = Command::new("bash");
        command
            .args([
                "-euc",
                "source \"$1/activation/library.bash\"; VERBOSE_ARG=''; hmForced=(); \
                    hmForcedTrees=(); set -o pipefail; cd \"$HOME\"; source \
                    \"$1/files/placement.bash\"; hmCheckLinks || exit 3; hmPlaceLinks || exit 4",
            ])
            .args(["bash", MODULES])
            .env("HOME", self.path("script"))
            .env("newGenPath", self.path(new));
        if let Some(old) = old {
            command.env("oldGenPath", self.path(old));
        }
        if let Backup::Extension {
            extension,
            overwrite,
        } = backup
        {
            command.env("HOME_MANAGER_BACKUP_EXT", extension);
            if *overwrite {
                command.env("HOME_MANAGER_BACKUP_OVERWRITE", "1");
            }
        }
        let ran = command.output().expect("bash");
        let text = [ran.stdout, ran.stderr].concat();
        (
            ran.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }

    /// Everything in a home: directories, texts of links, contents of files.
    fn snapshot(&self, home: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let root = self.path(home);
        snapshot(&root, &root, &mut found);
        found
    }

    /// Puts something of the user's into both homes, unless there is no place for it.
    fn place(&self, path: &str, own: Own) {
        for home in ["engine", "script"] {
            let path = self.path(home).join(path);
            let parent = path.parent().expect("a parent");
            if fs::create_dir_all(parent).is_err() || path.is_dir() {
                continue;
            }
            // A parent that is a link leads into the store or nowhere.
            if parent
                .canonicalize()
                .is_ok_and(|parent| parent.starts_with(self.path("store")))
            {
                continue;
            }
            let _ = fs::remove_file(&path);
            match own {
                Own::File(text) => fs::write(&path, text).expect("a file"),
                Own::EmptyDirectory => fs::create_dir(&path).expect("a directory"),
                Own::Link(target) => symlink(target, &path).expect("a link"),
            }
        }
    }
}

/// Paths of few components out of few, so that they often meet.
fn any_path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", ".c"]), 1..4)
        .prop_map(|components| components.join("/"))
}

fn any_text() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["1", "2"])
}

/// Files none of which is a directory of another.
fn any_files() -> impl Strategy<Value = Files> {
    prop::collection::btree_map(any_path(), any_text(), 0..6).prop_map(|files| {
        let names: BTreeSet<String> = files.keys().cloned().collect();
        let is_directory = |name: &str| {
            names
                .iter()
                .any(|other| other.starts_with(&format!("{name}/")))
        };
        files
            .into_iter()
            .filter(|(name, _)| !is_directory(name))
            .collect()
    })
}

fn any_own() -> impl Strategy<Value = Own> {
    prop_oneof![
        any_text().prop_map(Own::File),
        Just(Own::EmptyDirectory),
        prop::sample::select(vec!["nowhere", "real", "/etc/passwd"]).prop_map(Own::Link),
    ]
}

fn any_backup() -> impl Strategy<Value = Backup> {
    prop_oneof![
        Just(Backup::Refuse),
        any::<bool>().prop_map(|overwrite| Backup::Extension {
            extension: "bak".to_owned(),
            overwrite
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn script_and_engine_do_the_same(
        old in any_files(),
        new in any_files(),
        own in prop::collection::vec((any_path(), any_own()), 0..4),
        backups in prop::collection::vec(any_path(), 0..2),
        backup in any_backup(),
    ) {
        let world = World::new();
        let old = world.generation("old", &old);
        let new = world.generation("new", &new);
        world.apply(&world.plan(None, &old, &Backup::Refuse));
        let (ran, text) = world.run_script(None, "old", &Backup::Refuse);
        prop_assert!(ran, "{text}");
        prop_assert_eq!(world.snapshot("script"), world.snapshot("engine"));

        for (path, own) in own {
            world.place(&path, own);
        }
        for path in backups {
            world.place(&format!("{path}.bak"), Own::File("older"));
        }
        let before = world.snapshot("script");
        prop_assert_eq!(&before, &world.snapshot("engine"));

        let plan = world.plan(Some(&old), &new, &backup);
        let (ran, text) = world.run_script(Some("old"), "new", &backup);
        prop_assert_eq!(ran, plan.collisions.is_empty(), "{:?}\n{}", plan.collisions, text);
        if ran {
            world.apply(&plan);
            prop_assert_eq!(world.snapshot("script"), world.snapshot("engine"), "{}", text);
        } else {
            prop_assert_eq!(world.snapshot("script"), before);
            for collision in &plan.collisions {
                let name = collision.path.strip_prefix(world.path("engine")).expect("in the home");
                let place = world.path("script").join(name).display().to_string();
                prop_assert!(text.contains(&place), "{} is not told of:\n{}", place, text);
            }
        }
    }
}
