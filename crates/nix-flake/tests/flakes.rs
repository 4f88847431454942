//! Flakes of this machine: fetched, locked, evaluated.

mod support;

use nix_flake::{FlakeError, LockFlags};
use serde_json::json;
use support::World;

#[test]
fn a_directory_is_a_flake() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        "{ outputs = { self }: { x = 1; y = self.x + 1; p = \"${self}\"; }; }",
    );
    let session = world.session();
    let reference = world.reference("path:./a");
    assert_eq!(session.eval(&reference, "flake.y"), json!(2));
    let path = session.eval(&reference, "flake.p");
    let path = path.as_str().expect("a string");
    assert!(
        path.starts_with(&world.path("nix/store").display().to_string()),
        "{path}"
    );
    assert!(path.ends_with("-source"), "{path}");
    assert_eq!(session.eval(&reference, "flake.outPath"), json!(path));
    assert_eq!(session.eval(&reference, "flake._type"), json!("flake"));
    assert_eq!(
        session.eval(&reference, "builtins.attrNames flake"),
        json!([
            "_type",
            "inputs",
            "lastModified",
            "lastModifiedDate",
            "narHash",
            "outPath",
            "outputs",
            "p",
            "sourceInfo",
            "x",
            "y"
        ])
    );
    assert!(
        !world.path("a/flake.lock").exists(),
        "no inputs, no lock file"
    );
}

#[test]
fn inputs_are_locked_and_lazy() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{
        inputs.b.url = "path:ROOT/b";
        inputs.c.url = "path:ROOT/c";
        inputs.c.flake = false;
        inputs.broken.url = "path:ROOT/broken";
        outputs = { self, b, c, broken }: { x = b.x; text = builtins.readFile (c + "/text"); };
    }"#,
    );
    world.write("b/flake.nix", "{ outputs = _: { x = \"b\"; }; }");
    world.write("broken/flake.nix", "{ outputs = _: throw \"broken\"; }");
    world.write("c/text", "hello");
    let session = world.session();
    let reference = world.reference("path:./a");
    assert_eq!(
        session.eval(&reference, "[ flake.x flake.text ]"),
        json!(["b", "hello"])
    );
    let lock = world.read("a/flake.lock");
    let again = world.session();
    assert_eq!(
        again.eval(&reference, "[ flake.x flake.text ]"),
        json!(["b", "hello"])
    );
    assert_eq!(world.read("a/flake.lock"), lock);
    let warnings = world.take_warnings();
    assert!(
        warnings[0].starts_with("creating lock file"),
        "{warnings:?}"
    );
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    // What is locked is taken from the store, although the directories are gone.
    for input in ["b", "c", "broken"] {
        std::fs::remove_dir_all(world.path(input)).expect("it can be removed");
    }
    assert_eq!(
        world.session().eval(&reference, "flake.text"),
        json!("hello")
    );
}

#[test]
fn a_lock_file_that_must_not_change() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{ inputs.b.url = "path:ROOT/b"; outputs = { self, b }: b; }"#,
    );
    world.write("b/flake.nix", "{ outputs = _: { x = 1; }; }");
    let reference = world.reference("path:./a");
    let flags = LockFlags {
        update: false,
        ..LockFlags::default()
    };
    let error = world
        .session()
        .lock(&reference, &flags)
        .expect_err("it would change");
    assert!(
        matches!(error.cause(), FlakeError::UpdateNotAllowed(_)),
        "{error}"
    );
    let flags = LockFlags {
        write: false,
        ..LockFlags::default()
    };
    let locked = world
        .session()
        .lock(&reference, &flags)
        .expect("it is locked");
    assert!(locked.force_dirty);
    assert!(!world.path("a/flake.lock").exists());
    assert!(world.take_warnings()[0].starts_with("not writing modified lock file of flake"));
}

#[test]
fn a_git_working_tree() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        "{ outputs = { self }: { x = builtins.readFile ./x; y = builtins.pathExists ./y; }; }",
    );
    world.write("a/x", "1");
    world.git("a", &["init", "-q"]);
    world.commit("a");
    world.write("a/y", "untracked");
    let reference = world.reference("./a");
    assert_eq!(
        reference.to_string(),
        format!("git+file://{}", world.path("a").display())
    );
    let head = world.git("a", &["rev-parse", "HEAD"]);

    let clean = world.session();
    assert_eq!(
        clean.eval(&reference, "{ inherit (flake) x y rev shortRev revCount lastModified lastModifiedDate submodules; }"),
        json!({
            "x": "1", "y": false, "rev": head, "shortRev": head[..7], "revCount": 1,
            "lastModified": 1_704_164_645, "lastModifiedDate": "20240102030405",
            "submodules": false
        })
    );
    assert_eq!(world.take_warnings(), Vec::<String>::new());

    world.write("a/x", "2");
    let dirty = world.session();
    assert_eq!(
        dirty.eval(
            &reference,
            "{ inherit (flake) x dirtyRev dirtyShortRev; r = flake ? rev; }"
        ),
        json!({
            "x": "2", "r": false, "dirtyRev": format!("{head}-dirty"),
            "dirtyShortRev": format!("{}-dirty", &head[..7])
        })
    );
    assert_eq!(
        world.take_warnings(),
        [format!("Git tree '{}' is dirty", world.path("a").display())]
    );

    // A commit is read from the objects of the repository.
    let committed = world.reference(
        &format!("git+file:ROOT/a?rev={head}")
            .replace("ROOT", &world.path("").display().to_string()),
    );
    assert_eq!(world.session().eval(&committed, "flake.x"), json!("1"));
}

#[test]
fn a_file_that_git_does_not_track() {
    let world = World::new();
    world.write("a/flake.nix", "{ outputs = _: import ./sub/x.nix; }");
    world.git("a", &["init", "-q"]);
    world.git("a", &["add", "flake.nix"]);
    world.write("a/sub/x.nix", "{ }");
    let session = world.session();
    let reference = world.reference("./a");
    let flake = session.flake(&reference).expect("it is locked");
    let error = session
        .evaluator
        .force(flake)
        .expect_err("the file is not there");
    let path = error
        .message
        .split('\'')
        .nth(1)
        .expect("the message names a path");
    let hint = session
        .flakes
        .fetcher
        .untracked_file(path.as_ref())
        .expect("it is known");
    let root = world.path("a");
    assert_eq!(
        hint.to_string(),
        format!(
            "Path 'sub/x.nix' in the repository \"{0}\" is not tracked by Git.\n\nTo make it \
             visible to Nix, run:\n\ngit -C \"{0}\" add -N \"sub/x.nix\"",
            root.display()
        )
    );
    world.git("a", &["rm", "-q", "--cached", "flake.nix"]);
    let error = world.session().flake(&reference).expect_err("nor is this");
    assert!(matches!(error.cause(), FlakeError::Untracked(_)), "{error}");
}

#[test]
fn a_new_lock_file_is_tracked_by_git() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{ inputs.b.url = "path:ROOT/b"; outputs = { self, b }: b; }"#,
    );
    world.write("b/flake.nix", "{ outputs = _: { x = 1; }; }");
    world.git("a", &["init", "-q"]);
    world.commit("a");
    assert_eq!(
        world.session().eval(&world.reference("./a"), "flake.x"),
        json!(1)
    );
    assert_eq!(world.git("a", &["status", "--porcelain"]), "A flake.lock");
    assert_eq!(world.git("a", &["diff", "--name-only"]), "flake.lock");
    world.git("a", &["fsck", "--strict"]);
    world.commit("a");
    assert_eq!(world.git("a", &["status", "--porcelain"]), "");
}

#[test]
fn an_input_with_changes_is_not_locked() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{ inputs.b.url = "git+file://ROOT/b"; outputs = { self, b }: b; }"#,
    );
    world.write("b/flake.nix", "{ outputs = _: { x = 1; }; }");
    world.git("b", &["init", "-q"]);
    world.git("b", &["add", "-A"]);
    let reference = world.reference("path:./a");
    assert_eq!(world.session().eval(&reference, "flake.x"), json!(1));
    assert!(!world.path("a/flake.lock").exists());
    let warnings = world.take_warnings();
    assert!(
        warnings[1].starts_with("not writing lock file of flake"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].contains("because it has an unlocked input"),
        "{warnings:?}"
    );
    let flags = LockFlags {
        fail_on_unlocked: true,
        ..LockFlags::default()
    };
    let error = world
        .session()
        .lock(&reference, &flags)
        .expect_err("it is not locked");
    assert!(
        matches!(error.cause(), FlakeError::UnlockedInput { .. }),
        "{error}"
    );
}

#[test]
fn a_tree_that_is_not_the_locked_one() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{ inputs.b.url = "path:ROOT/b"; outputs = { self, b }: b; }"#,
    );
    world.write("b/flake.nix", "{ outputs = _: { x = 1; }; }");
    let reference = world.reference("path:./a");
    world
        .session()
        .lock(&reference, &LockFlags::default())
        .expect("it is locked");
    world.write("b/flake.nix", "{ outputs = _: { x = 2; }; }");
    // What was locked is in the store.
    assert_eq!(world.session().eval(&reference, "flake.x"), json!(1));
    std::fs::rename(world.path("nix"), world.path("other")).expect("it can be moved");
    let session = world.session();
    let flake = session.flake(&reference).expect("it is still locked");
    let error = session.evaluator.force(flake).expect_err("it is gone");
    assert!(
        error
            .message
            .starts_with("NAR hash mismatch in input 'path:"),
        "{}",
        error.message
    );
    assert_eq!(error.status, 102);
}

#[test]
fn relative_paths_and_directories() {
    let world = World::new();
    world.write(
        "r/flake.nix",
        r#"{ inputs.sub.url = ./sub; outputs = { self, sub }: { x = 2; y = self.x * sub.x; }; }"#,
    );
    world.write(
        "r/sub/flake.nix",
        r#"{ inputs.up.url = "../"; outputs = { self, up }: { x = 3; y = self.x * up.x; }; }"#,
    );
    world.git("r", &["init", "-q"]);
    world.git("r", &["add", "-A"]);
    // A flake below asks for the one above, which asks for it again.
    let error = world
        .session()
        .flake(&world.reference("./r"))
        .expect_err("it is a circle");
    assert!(
        matches!(error.cause(), FlakeError::CircularImport(_)),
        "{error}"
    );
    world.write("r/sub/flake.nix", "{ outputs = { self }: { x = 7; }; }");
    assert_eq!(
        world.session().eval(&world.reference("./r"), "flake.y"),
        json!(14)
    );
    let sub = world.reference("./r/sub");
    assert_eq!(sub.directory, "sub");
    let session = world.session();
    assert_eq!(
        session.eval(&sub, "flake.outPath == flake.sourceInfo.outPath + \"/sub\""),
        json!(true)
    );
    world.write(
        "r/flake.nix",
        r#"{ inputs.x = { url = "path:../../x"; flake = false; }; outputs = _: { }; }"#,
    );
    let error = world
        .session()
        .flake(&world.reference("./r"))
        .expect_err("it leads out");
    assert!(
        matches!(error.cause(), FlakeError::OutsideOfTree(_)),
        "{error}"
    );
}

#[test]
fn a_tree_that_looks_as_before_is_not_read_again() {
    let world = World::new();
    world.write(
        "a/flake.nix",
        "{ outputs = _: { text = builtins.readFile ./text; }; }",
    );
    world.write("a/text", "one");
    let reference = world.reference("path:./a");
    let age = |seconds: u64| {
        // Changes of the last seconds are never relied on.
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        for name in ["a/text", "a/flake.nix", "a"] {
            let file = std::fs::File::open(world.path(name)).expect("it can be opened");
            file.set_modified(then).expect("its time can be set");
        }
    };
    age(100);
    assert_eq!(world.session().eval(&reference, "flake.text"), json!("one"));
    // Setting times is a change, too.
    let remembered = || {
        let cache = std::fs::read(world.path("cache/fetched.sqlite")).unwrap_or_default();
        String::from_utf8_lossy(&cache).contains(&world.path("a").display().to_string())
    };
    assert!(!remembered());
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(world.session().eval(&reference, "flake.text"), json!("one"));
    assert!(remembered());
    assert_eq!(world.session().eval(&reference, "flake.text"), json!("one"));
    // The same size and the same time: only the time of the last change of anything tells.
    world.write("a/text", "two");
    age(100);
    assert_eq!(world.session().eval(&reference, "flake.text"), json!("two"));
    world.write("cache/fetched.sqlite", "not a database");
    assert_eq!(world.session().eval(&reference, "flake.text"), json!("two"));
}

#[test]
fn outputs_are_found_by_what_a_user_calls_them() {
    use nix_flake::installable::{candidate_paths, find_output};

    let world = World::new();
    world.write(
        "a/flake.nix",
        r#"{
        outputs = _: {
            packages.x.hello = "package";
            homeConfigurations."me@host.org" = "home";
            other.x = throw "never";
        };
    }"#,
    );
    let session = world.session();
    let flake = session
        .flake(&world.reference("path:./a"))
        .expect("it is a flake");
    let find = |fragment: &str| {
        let prefixes = ["packages.x.".to_owned(), "homeConfigurations.".to_owned()];
        let paths = candidate_paths(fragment, &prefixes, &["packages.x.default".to_owned()]);
        find_output(&session.evaluator, flake, "path:a", &paths)
    };
    assert_eq!(
        find("hello").expect("it is there").path,
        ["packages", "x", "hello"]
    );
    let found = find("\"me@host.org\"").expect("it is there");
    assert_eq!(found.path, ["homeConfigurations", "me@host.org"]);
    assert_eq!(find("other.x").expect("it is there").path, ["other", "x"]);
    assert_eq!(
        find("").expect_err("it is not there").to_string(),
        "flake 'path:a' does not provide attribute 'packages.x.default'"
    );
    let error = find("helo").expect_err("it is not there");
    assert_eq!(
        error.to_string(),
        "flake 'path:a' does not provide attribute 'packages.x.helo', \
         'homeConfigurations.helo' or 'helo'"
    );
    let FlakeError::MissingOutput { suggestions, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(suggestions, ["hello"]);
}
