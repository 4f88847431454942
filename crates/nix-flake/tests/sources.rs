//! Directories and Git repositories in many states: what is known about them, hashes included, must
//! be what Nix 2.34.8 says.
//!
//! That has been recorded. `NIX_PEER` says how Nix is run, as for `peer_locks.rs`; then it is asked
//! again, and with `NIX_PEER_RECORD` recorded in that file.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod support;

use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use nix_flake::lock::{FlakeRequest, InputPath};
use nix_flake::registry::RegistryScope;
use serde_json::{Value, json};
use support::World;

/// Something that is done to the repository `r`, and the reference to it afterwards.
type State = (&'static str, fn(&World), &'static str);

const FLAKE: &str = "{ outputs = _: { }; }\n";

fn repository(world: &World) {
    world.write("r/flake.nix", FLAKE);
    world.write("r/a/b/c", "content");
    world.write("r/program", "#!/bin/sh\n");
    set_mode(world, "r/program", 0o755);
    world.write("r/.gitignore", "ignored\n");
    world.write("r/ignored", "x");
    symlink("a/b", world.path("r/link")).expect("it can be made");
    world.git("r", &["init", "-q"]);
    world.commit("r");
    world.write("r/second", "2");
    world.commit("r");
}

fn set_mode(world: &World, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(world.path(name), permissions).expect("they can be set");
}

fn remove(world: &World, name: &str) {
    std::fs::remove_file(world.path(name)).expect("it can be removed");
}

/// What Git keeps about a repository is another each time.
fn forget_git(world: &World) {
    std::fs::rename(world.path("r/.git"), world.path("git")).expect("it can be moved");
}

fn add_submodule(world: &World) {
    world.write("m/x", "x");
    world.git("m", &["init", "-q"]);
    world.commit("m");
    let allow = "protocol.file.allow=always";
    world.git(
        "r",
        &["-c", allow, "submodule", "--quiet", "add", "../m", "sub"],
    );
    world.commit("r");
}

const STATES: &[State] = &[
    ("clean", |_| {}, "git+file://ROOT/r"),
    ("as a path", forget_git, "path:ROOT/r"),
    (
        "empty directory",
        |w| {
            forget_git(w);
            std::fs::create_dir(w.path("r/empty")).expect("it can be made");
        },
        "path:ROOT/r",
    ),
    ("typed", |_| {}, "./r"),
    (
        "untracked",
        |w| w.write("r/untracked", "x"),
        "git+file://ROOT/r",
    ),
    (
        "modified",
        |w| w.write("r/a/b/c", "other"),
        "git+file://ROOT/r",
    ),
    (
        "touched",
        |w| w.write("r/a/b/c", "content"),
        "git+file://ROOT/r",
    ),
    (
        "staged",
        |w| {
            w.write("r/new", "x");
            w.git("r", &["add", "new"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "intent to add",
        |w| {
            w.write("r/new", "x");
            w.git("r", &["add", "-N", "new"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "staged, then changed",
        |w| {
            w.write("r/new", "x");
            w.git("r", &["add", "new"]);
            w.write("r/new", "y");
        },
        "git+file://ROOT/r",
    ),
    ("deleted", |w| remove(w, "r/second"), "git+file://ROOT/r"),
    (
        "deleted in the index",
        |w| {
            w.git("r", &["rm", "-q", "second"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "no longer tracked",
        |w| {
            w.git("r", &["rm", "-q", "--cached", "second"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "executable",
        |w| set_mode(w, "r/second", 0o755),
        "git+file://ROOT/r",
    ),
    (
        "other permissions",
        |w| set_mode(w, "r/second", 0o600),
        "git+file://ROOT/r",
    ),
    (
        "link to file",
        |w| {
            remove(w, "r/link");
            w.write("r/link", "x");
        },
        "git+file://ROOT/r",
    ),
    (
        "file to directory",
        |w| {
            remove(w, "r/second");
            w.write("r/second/x", "x");
        },
        "git+file://ROOT/r",
    ),
    (
        "renamed",
        |w| {
            w.git("r", &["mv", "second", "third"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "branch",
        |w| {
            w.git("r", &["branch", "other", "HEAD~1"]);
        },
        "git+file://ROOT/r?ref=other",
    ),
    (
        "tag",
        |w| {
            w.git("r", &["tag", "-a", "-m", "x", "v1", "HEAD~1"]);
        },
        "git+file://ROOT/r?ref=v1",
    ),
    ("full name", |_| {}, "git+file://ROOT/r?ref=refs/heads/main"),
    ("head", |_| {}, "git+file://ROOT/r?ref=HEAD"),
    ("no such branch", |_| {}, "git+file://ROOT/r?ref=nope"),
    ("revision", |_| {}, "git+file://ROOT/r?rev=HEAD"),
    (
        "revision, dirty",
        |w| w.write("r/a/b/c", "other"),
        "git+file://ROOT/r?rev=HEAD",
    ),
    (
        "revision of branch",
        |_| {},
        "git+file://ROOT/r?ref=main&rev=HEAD",
    ),
    (
        "unknown revision",
        |_| {},
        "git+file://ROOT/r?rev=0123456789012345678901234567890123456789",
    ),
    (
        "detached",
        |w| {
            w.git("r", &["checkout", "-q", "HEAD~1"]);
        },
        "git+file://ROOT/r",
    ),
    (
        "detached and dirty",
        |w| {
            w.git("r", &["checkout", "-q", "HEAD~1"]);
            w.write("r/a/b/c", "x");
        },
        "git+file://ROOT/r",
    ),
    (
        "without commits",
        |w| {
            w.write("n/flake.nix", FLAKE);
            w.git("n", &["init", "-q"]);
            w.git("n", &["add", "-A"]);
        },
        "git+file://ROOT/n",
    ),
    (
        "with a directory",
        |w| {
            w.write("r/a/flake.nix", FLAKE);
            w.git("r", &["add", "-A"]);
        },
        "git+file://ROOT/r?dir=a",
    ),
    (
        "linked working tree",
        |w| {
            w.git("r", &["worktree", "add", "-q", "../w"]);
        },
        "git+file://ROOT/w",
    ),
    (
        "line ends",
        |w| {
            w.write("r/.gitattributes", "*.txt text eol=crlf\n");
            w.write("r/x.txt", "a\r\nb\r\n");
            w.commit("r");
        },
        "git+file://ROOT/r",
    ),
    (
        "line ends, touched",
        |w| {
            w.write("r/.gitattributes", "*.txt text eol=crlf\n");
            w.write("r/x.txt", "a\r\nb\r\n");
            w.commit("r");
            remove(w, "r/x.txt");
            w.write("r/x.txt", "a\r\nb\r\n");
        },
        "git+file://ROOT/r",
    ),
    (
        "shallow",
        |w| {
            let url = format!("file://{}", w.path("r").display());
            w.git("", &["clone", "-q", "--depth=1", &url, "s"]);
        },
        "git+file://ROOT/s?shallow=1",
    ),
    (
        "shallow, typed",
        |w| {
            let url = format!("file://{}", w.path("r").display());
            w.git("", &["clone", "-q", "--depth=1", &url, "s"]);
        },
        "./s",
    ),
    ("submodule", add_submodule, "git+file://ROOT/r"),
    (
        "submodule, dirty",
        |w| {
            add_submodule(w);
            w.write("r/sub/x", "y");
        },
        "git+file://ROOT/r",
    ),
    (
        "submodule of a commit",
        |w| {
            // Another commit than above, since Nix remembers the hash of a commit, and takes a
            // clean working tree for its commit although only that has the empty directory.
            w.write("r/third", "3");
            add_submodule(w);
        },
        "git+file://ROOT/r?ref=main",
    ),
    (
        "bare",
        |w| {
            w.git("", &["clone", "-q", "--bare", "r", "b.git"]);
        },
        "git+file://ROOT/b.git",
    ),
    (
        "bare, branch",
        |w| {
            w.git("", &["clone", "-q", "--bare", "r", "b.git"]);
        },
        "git+file://ROOT/b.git?ref=main",
    ),
    (
        "unusual names",
        |w| {
            w.write("r/with space", "x");
            w.write("r/ümlaut", "x");
            w.write("r/a-b", "x");
            w.write("r/a.b", "x");
            w.commit("r");
        },
        "git+file://ROOT/r",
    ),
    ("a directory below", |w| w.write("r/a/b/d", "x"), "./r/a/b"),
    (
        "ignored but tracked",
        |w| {
            w.git("r", &["add", "-f", "ignored"]);
            w.commit("r");
        },
        "git+file://ROOT/r",
    ),
    ("missing", |_| {}, "path:ROOT/missing"),
    ("missing repository", |_| {}, "git+file://ROOT/missing"),
];

/// Makes a repository in this state.
fn prepare(state: &State) -> (World, String) {
    let (_, change, reference) = state;
    let world = World::new();
    repository(&world);
    change(&world);
    let reference = match reference.contains("rev=HEAD") {
        true => {
            let head = world.git("r", &["rev-parse", "HEAD"]);
            reference.replace("rev=HEAD", &format!("rev={head}"))
        }
        false => (*reference).to_owned(),
    };
    let reference = reference.replace("ROOT", &root_of(&world));
    (world, reference)
}

fn root_of(world: &World) -> String {
    world
        .path("")
        .display()
        .to_string()
        .trim_end_matches('/')
        .to_owned()
}

/// Without what is another each time.
fn recordable(state: &State, world: &World, found: &Result<Value, String>) -> Value {
    let Ok(found) = found else {
        return json!({ "state": state.0, "found": null });
    };
    let mut found = found.clone();
    if found["locked"]["type"] == "path" {
        found["locked"]["lastModified"] = Value::Null;
    }
    let text = found.to_string().replace(&root_of(world), "ROOT");
    let found: Value = serde_json::from_str(&text).expect("it is still JSON");
    json!({ "state": state.0, "found": found })
}

#[test]
fn sources_are_those_that_were_recorded() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/sources.json");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    let recorded: Vec<Value> = serde_json::from_str(&text).expect("the fixture is JSON");
    assert_eq!(recorded.len(), STATES.len());
    let mut differences = Vec::new();
    for (state, recorded) in STATES.iter().zip(&recorded) {
        let (world, reference) = prepare(state);
        let found = recordable(state, &world, &ours(&world, &reference));
        if found != *recorded {
            differences.push(format!("ours:     {found}\nrecorded: {recorded}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn sources_are_those_of_nix() {
    let Ok(peer) = std::env::var("NIX_PEER") else {
        testutils::skip(
            "sources_are_those_of_nix",
            "NIX_PEER does not say how to run Nix",
        );
        return;
    };
    let mut differences = Vec::new();
    let mut recorded = Vec::new();
    for state in STATES {
        let name = state.0;
        let (world, reference) = prepare(state);
        let theirs = theirs(&peer, &world, &reference);
        let ours = ours(&world, &reference);
        recorded.push(recordable(state, &world, &theirs));
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => {}
            (Err(ours), Err(theirs)) => eprintln!("{name}:\n  ours:   {ours}\n  theirs: {theirs}"),
            _ => differences.push(format!("{name}\n  ours:   {ours:?}\n  theirs: {theirs:?}")),
        }
    }
    if let Ok(path) = std::env::var("NIX_PEER_RECORD") {
        let text = format!("{:#}\n", Value::Array(recorded));
        std::fs::write(path, text).expect("the record can be written");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn theirs(peer: &str, world: &World, reference: &str) -> Result<Value, String> {
    let mut words = peer.split_whitespace();
    let output = Command::new(words.next().expect("a command"))
        .args(words)
        .args([
            "nix",
            "flake",
            "metadata",
            "--json",
            reference,
            "--no-write-lock-file",
        ])
        .args(["--extra-experimental-features", "nix-command flakes"])
        .current_dir(world.path(""))
        .output()
        .expect("the peer can be run");
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(text
            .rsplit("error: ")
            .next()
            .unwrap_or_default()
            .trim()
            .to_owned());
    }
    let json: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let mut locked = json["locked"].clone();
    locked.as_object_mut().expect("a set").remove("__final");
    let warned = String::from_utf8_lossy(&output.stderr).contains("is dirty");
    Ok(json!({ "locked": locked, "original": json["original"], "warned": warned }))
}

fn ours(world: &World, reference: &str) -> Result<Value, String> {
    let session = world.session();
    let reference = world
        .try_reference(reference)
        .map_err(|error| error.to_string())?;
    let root = InputPath::default();
    let request = FlakeRequest {
        reference: &reference,
        registries: RegistryScope::All,
        root: &root,
        is_final: false,
    };
    let flake = session.flakes.flake(&session.evaluator, &request);
    let flake = flake.map_err(|error| error.to_string())?;
    let warned = world
        .take_warnings()
        .iter()
        .any(|warning| warning.ends_with("is dirty"));
    // A second time, what was remembered about the tree must not change anything.
    let again = world.session();
    let again = again.flakes.flake(&again.evaluator, &request);
    let again = again.map_err(|error| error.to_string())?;
    assert_eq!(again.locked, flake.locked);
    Ok(json!({
        "locked": flake.locked.to_attributes().to_json(),
        "original": flake.original.to_attributes().to_json(),
        "warned": warned,
    }))
}
