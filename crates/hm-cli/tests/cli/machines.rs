//! Machines that lack what others have.

use std::os::unix::fs::symlink;

use testutils::Sandbox;

use crate::support::{configure, configured, managed, sandbox};

#[test]
fn packages_made_by_steps_are_what_a_shell_makes() {
    let project = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let tests = format!("{project}/pkgs/tests/builders.nix");
    sandbox().succeed(["nix-build", "--no-out-link", &tests]);
}

/// Runs the program with a search path in which there is nothing.
fn without_programs(sandbox: &Sandbox, arguments: &[&str]) -> testutils::Ran {
    let nothing = sandbox.root().join("tmp");
    let mut command = sandbox.program(arguments);
    command
        .env("PATH", nothing)
        .env("XDG_RUNTIME_DIR", sandbox.root());
    sandbox.finish(command)
}

#[test]
fn a_home_without_blocks_needs_no_shell() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    let ran = without_programs(&sandbox, &["switch"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("a"), "1");
    configure(&sandbox, r#"home.file."b".text = "2";"#);
    let ran = without_programs(&sandbox, &["switch"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!sandbox.home().join("a").exists());
    let ran = without_programs(&sandbox, &["switch", "--rollback"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("a"), "1");
}

#[test]
fn a_block_without_its_shell_is_refused_before_anything_is_changed() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    let before = managed(&sandbox);
    configure(
        &sandbox,
        r#"
        home.file."b".text = "2";
        home.activation.mine = lib.hm.dag.entryAfter [ "writeBoundary" ] "echo mine";
        "#,
    );
    let ran = without_programs(&sandbox, &["switch"]);
    assert_eq!(ran.code, 1);
    let message = "error: the activation block mine is run by bash, which this machine does not \
                   have; nothing was changed\n";
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: install it"), "{}", ran.stderr);
    assert_eq!(managed(&sandbox), before);
}

#[test]
fn a_home_may_be_below_a_link() {
    let sandbox = sandbox();
    let linked = sandbox.root().join("linked");
    symlink("home", &linked).expect("a link");
    let run = |arguments: &[&str]| {
        let mut command = sandbox.program(arguments);
        command.env("HOME", &linked);
        sandbox.finish(command)
    };
    let ran = run(&["init", "--switch"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let written = sandbox.read(".config/home-manager/home.nix");
    let directory = format!("home.homeDirectory = \"{}\";", linked.display());
    assert!(written.contains(&directory), "{written}");
    let ran = run(&["status"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn a_home_that_is_a_mistake_is_refused() {
    let sandbox = sandbox();
    let absent = sandbox.root().join("absent");
    for (home, text) in [
        (
            "home".to_owned(),
            "error: HOME is 'home', which is not an absolute path",
        ),
        (absent.display().to_string(), "does not exist"),
    ] {
        let mut command = sandbox.program(["init", "--switch"]);
        command.env("HOME", home);
        let ran = sandbox.finish(command);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.contains(text), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
    }
    assert!(!absent.exists() && !sandbox.root().join("tmp/home").exists());
    assert!(sandbox.tree("").is_empty());
}
