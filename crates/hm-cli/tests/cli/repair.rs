//! Objects that were changed, and a binary cache that has good copies of them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use testutils::{Ran, Sandbox};

use crate::support::sandbox;

fn run(sandbox: &Sandbox, words: &[&str], settings: &str) -> Ran {
    let mut command = sandbox.program(words);
    let cache = sandbox.home().join("cache");
    command.env(
        "NIX_CONFIG",
        format!(
            "substituters = file://{}\nrequire-sigs = false\n{settings}",
            cache.display()
        ),
    );
    sandbox.finish(command)
}

fn succeed(sandbox: &Sandbox, words: &[&str]) -> Ran {
    let ran = run(sandbox, words, "");
    assert_eq!(ran.code, 0, "{words:?}: {}{}", ran.stdout, ran.stderr);
    ran
}

/// A store with an object that was built elsewhere, so that nobody here knows how.
fn with_object() -> (Sandbox, PathBuf) {
    let sandbox = sandbox();
    sandbox.write("object/file", "good");
    succeed(&sandbox, &["nix-store", "--add", "./object"]);
    let store = sandbox.root().join("store");
    let names = fs::read_dir(&store).expect("a store");
    let object = names
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.to_string_lossy().ends_with("-object"))
        .expect("an object");
    let cache = format!("file://{}/cache", sandbox.home().display());
    succeed(&sandbox, &["nix", "copy", "--to", &cache, &text(&object)]);
    (sandbox, object)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn spoil(object: &Path) {
    for path in [object.to_owned(), object.join("file")] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("changed");
    }
    fs::write(object.join("file"), "evil").expect("written");
}

fn is_good(sandbox: &Sandbox, object: &Path) {
    let file = fs::read_to_string(object.join("file")).expect("a file");
    assert_eq!(file, "good");
    let mode = object.join("file").metadata().expect("there").permissions();
    assert_eq!(mode.mode() & 0o777, 0o444);
    succeed(sandbox, &["nix-store", "--verify", "--check-contents"]);
    let names = fs::read_dir(object.parent().expect("the store")).expect("readable");
    let left: Vec<_> = names
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".links" && !name.ends_with("-object"))
        .collect();
    assert!(left.is_empty(), "{left:?} is left");
}

#[test]
fn a_cache_has_a_good_copy() {
    let (sandbox, object) = with_object();
    let path = text(&object);
    let ways: [&[&str]; 3] = [
        &["nix-store", "--repair-path", &path],
        &["nix", "store", "repair", &path],
        &["nix-store", "--verify", "--check-contents", "--repair"],
    ];
    for words in ways {
        spoil(&object);
        let spoiled = run(&sandbox, &["nix-store", "--verify-path", &path], "");
        assert_eq!(spoiled.code, 1);
        succeed(&sandbox, words);
        is_good(&sandbox, &object);

        fs::remove_dir_all(&object).expect("deleted");
        succeed(&sandbox, &["nix-store", "--repair-path", &path]);
        is_good(&sandbox, &object);
    }
}

/// What is known by the bytes of its file alone: these say nothing of the archive.
#[test]
fn files_that_are_known_by_their_bytes_are_repaired_with_these_bytes() {
    let sandbox = sandbox();
    let cache = format!("file://{}/cache", sandbox.home().display());
    let added = |name: &str| {
        sandbox.write(name, name);
        let words = ["nix-store", "--add-fixed", "sha256", name];
        let output = sandbox.program(words).output().expect("a program").stdout;
        let path = String::from_utf8(output)
            .expect("a path")
            .trim_end()
            .to_owned();
        succeed(&sandbox, &["nix", "copy", "--to", &cache, &path]);
        path
    };
    let (good, evil) = (added("good"), added("evil"));
    let read = || fs::read_to_string(&good).expect("a file");
    let repair = ["nix-store", "--repair-path", good.as_str()];
    fs::set_permissions(&good, fs::Permissions::from_mode(0o644)).expect("changed");
    fs::write(&good, "spoiled").expect("written");
    succeed(&sandbox, &repair);
    assert_eq!(read(), "good");
    fs::remove_file(&good).expect("deleted");
    succeed(&sandbox, &repair);
    assert_eq!(read(), "good");

    // A cache that says of another file that it is this one; nobody vouches for it.
    let information = |path: &str| {
        let name = path.rsplit('/').next().expect("a name");
        let hash = name.split('-').next().expect("a hash");
        sandbox.home().join(format!("cache/{hash}.narinfo"))
    };
    let text = |path: &str| fs::read_to_string(information(path)).expect("information");
    let about_good = text(&good);
    let lie: String = text(&evil)
        .lines()
        .map(|line| {
            let (name, _) = line.split_once(':').expect("a field");
            let own = about_good
                .lines()
                .find(|own| own.starts_with(&format!("{name}:")));
            match (name, own) {
                ("StorePath" | "CA", Some(own)) => format!("{own}\n"),
                _ => format!("{line}\n"),
            }
        })
        .collect();
    fs::write(information(&good), lie).expect("written");
    let ran = run(&sandbox, &repair, "require-sigs = true");
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(read(), "good");
    succeed(&sandbox, &["nix-store", "--verify-path", &good]);
}

#[test]
fn without_a_good_copy_all_stays_as_it_is() {
    let (sandbox, object) = with_object();
    let path = text(&object);
    spoil(&object);
    let refused = |settings: &str| {
        let ran = run(&sandbox, &["nix-store", "--repair-path", &path], settings);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("cannot repair path"), "{}", ran.stderr);
        let file = fs::read_to_string(object.join("file")).expect("a file");
        assert_eq!(file, "evil");
    };
    refused("substitute = false");
    // The cache is spoiled, too.
    let archives = fs::read_dir(sandbox.home().join("cache/nar")).expect("archives");
    for archive in archives.flatten() {
        let length = archive.metadata().expect("there").len();
        let file = fs::File::options().write(true).open(archive.path());
        file.and_then(|file| file.set_len(length / 2)).expect("cut");
    }
    refused("");
}
