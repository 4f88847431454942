//! Names: what registries make of them, and what the program carries with itself.

mod support;

use std::cell::Cell;
use std::path::PathBuf;
use std::rc::Rc;

use nix_flake::FlakeReference;
use nix_flake::fetch::{EmbeddedSources, TreeStore};
use nix_flake::lock::LockFile;
use nix_flake::reference::{ParseOptions, parse};
use nix_flake::registry::{Registries, Registry, RegistryKind, RegistryPlaces, RegistryScope};
use nix_wire::nar::{self, Filesystem};
use nix_wire::{Hash, StorePath};
use serde_json::{Value, json};
use support::World;

fn reference(text: &str) -> FlakeReference {
    parse(text, ParseOptions::default()).expect("it is a reference")
}

fn registry(entries: &[(&str, &str)]) -> Registry {
    let mut registry = Registry::new(RegistryKind::Flag);
    for (from, to) in entries {
        registry.add(&reference(from), &reference(to), false);
    }
    registry
}

fn resolve(entries: &[(&str, &str)], text: &str) -> Result<String, String> {
    let places = RegistryPlaces {
        flag: registry(entries).entries,
        ..RegistryPlaces::default()
    };
    let (registries, warnings) = Registries::read(places);
    assert!(warnings.is_empty());
    let resolved = registries.resolve(&reference(text), RegistryScope::All);
    resolved
        .map(|reference| reference.to_string())
        .map_err(|error| error.to_string())
}

#[test]
fn branch_and_revision_are_passed_on() {
    const REVISION: &str = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";
    let entries = [
        ("nixpkgs", "github:NixOS/nixpkgs/unstable"),
        ("tool", "nixpkgs"),
        ("local", "git+file:///x"),
        ("pinned/v1", "path:/pinned"),
        ("sub", "path:/x?dir=y"),
        ("github:a/b", "path:/elsewhere"),
    ];
    let ours = |text: &str| resolve(&entries, text);
    let ok = |text: &str| Ok(text.to_owned());
    assert_eq!(ours("nixpkgs"), ok("github:NixOS/nixpkgs/unstable"));
    assert_eq!(ours("nixpkgs/24.05"), ok("github:NixOS/nixpkgs/24.05"));
    assert_eq!(
        ours(&format!("nixpkgs/{REVISION}")),
        Ok(format!("github:NixOS/nixpkgs/{REVISION}"))
    );
    assert_eq!(ours("tool/24.05"), ok("github:NixOS/nixpkgs/24.05"));
    assert_eq!(ours("local/main"), ok("git+file:///x?ref=main"));
    assert_eq!(
        ours(&format!("local/{REVISION}")),
        Err(format!(
            "Git input 'git+file:///x?rev={REVISION}' has a commit hash but no branch/tag name"
        ))
    );
    assert_eq!(ours("pinned/v1"), ok("path:/pinned"));
    assert_eq!(
        ours("pinned"),
        Err("cannot find flake 'flake:pinned' in the flake registries".to_owned())
    );
    assert_eq!(ours("sub"), ok("path:/x?dir=y"));
    // Only names are looked up.
    assert_eq!(ours("github:a/b"), ok("github:a/b"));
    assert_eq!(ours("path:/direct?dir=z"), ok("path:/direct?dir=z"));
}

#[test]
fn circles_end() {
    let entries = [("a", "b"), ("b", "a")];
    let error = resolve(&entries, "a").expect_err("it is a circle");
    assert!(
        error.starts_with("cycle detected in flake registry for"),
        "{error}"
    );
}

#[test]
fn what_a_flake_says_is_the_same_for_everybody() {
    let world = World::new();
    let file = |name: &str, to: &str| -> PathBuf {
        world.write(name, &registry(&[("x", to)]).to_text());
        world.path(name)
    };
    let places = RegistryPlaces {
        user: Some(file("user.json", "path:/user")),
        system: Some(file("system.json", "path:/system")),
        built_in: registry(&[("y", "path:/built-in")]).entries,
        global: file("global.json", "path:/global").display().to_string(),
        ..RegistryPlaces::default()
    };
    let (registries, warnings) = Registries::read(places);
    assert!(warnings.is_empty());
    let resolve = |text: &str, scope| {
        registries
            .resolve(&reference(text), scope)
            .map(|found| found.to_string())
    };
    assert_eq!(
        resolve("x", RegistryScope::All).expect("it is there"),
        "path:/user"
    );
    assert_eq!(
        resolve("x", RegistryScope::Limited).expect("it is there"),
        "path:/global"
    );
    assert_eq!(
        resolve("y", RegistryScope::Limited).expect("it is there"),
        "path:/built-in"
    );
    assert_eq!(
        resolve("x", RegistryScope::None).expect("it stays"),
        "flake:x"
    );
}

#[test]
fn bad_files_are_only_warned_about() {
    let world = World::new();
    world.write("broken", "{");
    world.write("old", r#"{ "version": 1, "flakes": {} }"#);
    let places = RegistryPlaces {
        user: Some(world.path("broken")),
        system: Some(world.path("old")),
        global: "https://example.org/flake-registry.json".to_owned(),
        ..RegistryPlaces::default()
    };
    let (registries, warnings) = Registries::read(places);
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert!(
        warnings[0].starts_with("cannot parse flake registry"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].ends_with("has unsupported version 1"),
        "{warnings:?}"
    );
    let error = registries
        .resolve(&reference("x"), RegistryScope::All)
        .expect_err("not there");
    assert!(
        error
            .to_string()
            .contains("https://example.org/flake-registry.json"),
        "{error}"
    );
}

/// One source, added to the store when somebody wants it.
struct Embedded {
    world: Rc<World>,
    nar_hash: Hash,
    wanted: Rc<Cell<usize>>,
}

impl EmbeddedSources for Embedded {
    fn store_path_of(
        &self,
        nar_hash: &Hash,
    ) -> Result<Option<StorePath>, Box<dyn std::error::Error + Send + Sync>> {
        if *nar_hash != self.nar_hash {
            return Ok(None);
        }
        self.wanted.set(self.wanted.get() + 1);
        let store = self.world.store();
        let mut tree = Filesystem::new(self.world.path("embedded"));
        Ok(Some(TreeStore::add(&*store, "source", &mut tree)?.path))
    }
}

#[test]
fn a_source_that_the_program_carries() {
    let world = Rc::new(World::new());
    world.write(
        "embedded/flake.nix",
        "{ outputs = _: { who = \"embedded\"; }; }",
    );
    world.write(
        "a/flake.nix",
        "{ outputs = { self, home-manager }: { x = home-manager.who; }; }",
    );
    let (nar_hash, _) = nar::hash_path(&world.path("embedded")).expect("it can be read");
    let store_dir = world.path("nix/store").display().to_string();
    // Where it will be in the store. Nobody has put it there.
    let mut to = nix_flake::reference::path_input("/");
    to.set("narHash", nar_hash.sri());
    let store = world.store();
    let path = to
        .store_path(store.store_dir())
        .expect("a hash")
        .expect("a path");
    to.set("path", format!("{store_dir}/{path}"));
    to.set("lastModified", 1_700_000_000);
    let mut built_in = Registry::new(RegistryKind::BuiltIn);
    built_in.add(
        &reference("home-manager"),
        &FlakeReference::at_root(to),
        false,
    );

    let wanted = Rc::new(Cell::new(0));
    let session = || {
        let places = RegistryPlaces {
            built_in: built_in.entries.clone(),
            ..RegistryPlaces::default()
        };
        world.session_with(places, |fetcher| {
            fetcher.with_embedded(Rc::new(Embedded {
                world: Rc::clone(&world),
                nar_hash,
                wanted: Rc::clone(&wanted),
            }))
        })
    };
    let flake = world.reference("path:./a");
    assert_eq!(session().eval(&flake, "flake.x"), json!("embedded"));
    let lock: Value = serde_json::from_str(&world.read("a/flake.lock")).expect("it is JSON");
    assert_eq!(
        lock["nodes"]["home-manager"],
        json!({
            "locked": {
                "lastModified": 1_700_000_000,
                "narHash": nar_hash.sri(),
                "path": format!("{store_dir}/{path}"),
                "type": "path"
            },
            "original": { "id": "home-manager", "type": "indirect" }
        })
    );
    let (read, warnings) = LockFile::parse(&world.read("a/flake.lock"), "").expect("it is one");
    assert!(warnings.is_empty());
    assert_eq!(format!("{read}\n"), world.read("a/flake.lock"));

    // It is in the store now, and taken from there.
    let before = wanted.get();
    assert_eq!(session().eval(&flake, "flake.x"), json!("embedded"));
    assert_eq!(wanted.get(), before);

    // The lock file of another store: the path is not there, but the hash is known.
    let elsewhere = world
        .read("a/flake.lock")
        .replace(&store_dir, "/elsewhere/store");
    world.write("a/flake.lock", &elsewhere);
    assert_eq!(session().eval(&flake, "flake.x"), json!("embedded"));
    assert_eq!(world.read("a/flake.lock"), elsewhere);
}
