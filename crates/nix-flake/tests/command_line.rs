//! What users type: where the flake is found.

mod support;

use std::path::Path;

use nix_flake::reference::CommandLineReference;
use support::World;

/// The reference, fragment and notices, with `ROOT` for the directory of the world.
fn find(world: &World, base: &str, text: &str) -> Result<(String, String, usize), String> {
    let root = world.path("").display().to_string();
    let root = root.trim_end_matches('/');
    let base = world.path(base);
    let typed = CommandLineReference {
        text: &text.replace("ROOT", root),
        base: &base,
        allow_missing: false,
        flake: true,
    };
    let found = typed
        .find()
        .map_err(|error| error.to_string().replace(root, "ROOT"))?;
    let reference = found.reference.to_string().replace(root, "ROOT");
    Ok((reference, found.fragment, found.notices.len()))
}

fn found(
    reference: &str,
    fragment: &str,
    notices: usize,
) -> Result<(String, String, usize), String> {
    Ok((reference.to_owned(), fragment.to_owned(), notices))
}

#[test]
fn paths_are_searched_upwards() {
    let world = World::new();
    world.write("plain/flake.nix", "{ }");
    world.write("plain/a/b/file", "");
    world.write("repo/flake.nix", "{ }");
    world.write("repo/sub/flake.nix", "{ }");
    world.write("repo/sub/below/file", "");
    world.write("bare/file", "");
    world.git("repo", &["init", "-q"]);
    world.git("bare", &["init", "-q"]);

    assert_eq!(find(&world, "plain", "."), found("path:ROOT/plain", "", 0));
    assert_eq!(find(&world, "plain", ""), found("path:ROOT/plain", "", 0));
    assert_eq!(
        find(&world, "plain", "#x"),
        found("path:ROOT/plain", "x", 0)
    );
    assert_eq!(
        find(&world, "plain/a/b", ".#x.\"y.z\""),
        found("path:ROOT/plain", "x.\"y.z\"", 1)
    );
    assert_eq!(
        find(&world, "", "./plain#a%20b"),
        found("path:ROOT/plain", "a b", 0)
    );
    assert_eq!(
        find(&world, "", "ROOT/plain/../plain"),
        found("path:ROOT/plain", "", 0)
    );
    assert_eq!(
        find(&world, "", "path:./plain"),
        found("path:ROOT/plain", "", 0)
    );
    assert_eq!(
        find(&world, "", "path:plain?dir=x"),
        found("path:ROOT/plain?dir=x", "", 0)
    );
    assert_eq!(
        find(&world, "", "./plain/flake.nix"),
        found("path:ROOT/plain", "", 1)
    );
    assert_eq!(
        find(&world, "repo", "."),
        found("git+file://ROOT/repo", "", 0)
    );
    assert_eq!(
        find(&world, "repo/sub", "."),
        found("git+file://ROOT/repo?dir=sub", "", 0)
    );
    assert_eq!(
        find(&world, "repo/sub/below", "."),
        found("git+file://ROOT/repo?dir=sub", "", 1)
    );
    assert_eq!(
        find(&world, "", "git+file:repo"),
        found("git+file:ROOT/repo", "", 0)
    );
    assert_eq!(
        find(&world, "", "./repo?ref=main"),
        found("git+file://ROOT/repo?ref=main", "", 0)
    );
    assert_eq!(
        find(&world, "", "nixpkgs#x"),
        found("flake:nixpkgs", "x", 0)
    );
}

#[test]
fn what_is_no_flake() {
    let world = World::new();
    world.write("bare/sub/file", "");
    world.write("repo/sub/flake.nix", "{ }");
    world.git("bare", &["init", "-q"]);
    world.git("repo", &["init", "-q"]);
    let error = |base: &str, text: &str| find(&world, base, text).expect_err("it is no flake");
    assert_eq!(
        error("bare/sub", "."),
        "path \"ROOT/bare\" is not part of a flake (neither it nor its parent directories contain \
         a 'flake.nix' file)"
    );
    assert_eq!(
        error("", "./bare/sub/file"),
        "path \"ROOT/bare/sub/file\" is not a flake (because it's not a directory)"
    );
    assert_eq!(
        error("", "./missing"),
        "getting status of \"ROOT/missing\": No such file or directory"
    );
    assert_eq!(
        error("", "./repo/sub?dir=x"),
        "flake URL './repo/sub?dir=x' has an inconsistent 'dir' parameter"
    );
}

#[test]
fn a_new_flake_needs_no_file_yet() {
    let world = World::new();
    world.write("new/other", "");
    let base = world.path("new");
    let typed = CommandLineReference {
        text: ".",
        base: &base,
        allow_missing: true,
        flake: true,
    };
    let found = typed.find().expect("it is a reference");
    assert_eq!(
        found.reference.to_string(),
        format!("path:{}", base.display())
    );
    let typed = CommandLineReference {
        flake: false,
        ..typed
    };
    let found = typed.find().expect("it is a reference");
    assert_eq!(
        found.reference.input.string("path").map(Path::new),
        Some(base.as_path())
    );
}
