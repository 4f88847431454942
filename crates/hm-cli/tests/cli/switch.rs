//! Switching, changing, going back.

use crate::support::{configure, configured, managed};

#[test]
fn change_and_roll_back() {
    let sandbox = configured(r#"home.file."a/one".text = "1"; home.file."both".text = "x";"#);
    sandbox.succeed(["switch"]);
    let first = managed(&sandbox);
    configure(
        &sandbox,
        r#"home.file."b/two".text = "2"; home.file."both".text = "y";"#,
    );
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("b/two"), "2");
    assert_eq!(sandbox.read("both"), "y");
    assert!(
        !sandbox.home().join("a").exists(),
        "an empty directory goes with its last file"
    );
    sandbox.succeed(["switch", "--rollback"]);
    assert_eq!(managed(&sandbox), first);
    let generations = sandbox.succeed(["generations"]).stdout;
    let current: Vec<&str> = generations
        .lines()
        .filter(|line| line.ends_with("(current)"))
        .collect();
    assert_eq!(generations.lines().count(), 2);
    assert!(current[0].contains("id 1"), "{generations}");
    sandbox.succeed(["switch", "--generation", "2"]);
    assert_eq!(sandbox.read("b/two"), "2");
}

#[test]
fn the_same_again_makes_no_generation() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr.contains("Nothing has changed."),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.succeed(["generations"]).stdout.lines().count(), 1);
}

#[test]
fn a_dry_run_changes_nothing() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    let before = managed(&sandbox);
    let ran = sandbox.succeed(["switch", "-n"]);
    assert!(
        ran.stdout.contains("link /ROOT/home/a ->"),
        "{}",
        ran.stdout
    );
    assert_eq!(managed(&sandbox), before);
    assert_eq!(sandbox.run(["generations"]).code, 1);
}

#[test]
fn diff_shows_lines() {
    let sandbox = configured(r#"home.file."a".text = "one\ntwo\n"; home.file."gone".text = "x";"#);
    sandbox.succeed(["switch"]);
    configure(
        &sandbox,
        r#"home.file."a".text = "one\nthree\n"; home.file."come".text = "y";"#,
    );
    insta::assert_snapshot!("diff", sandbox.succeed(["diff"]).stdout);
    let ran = sandbox.succeed(["diff", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(json["files"].as_array().expect("files").len(), 3, "{json}");
}

#[test]
fn status_tells_of_drift() {
    let sandbox = configured(r#"home.file."a".text = "1"; home.file."b".text = "2";"#);
    sandbox.succeed(["switch"]);
    std::fs::remove_file(sandbox.home().join("a")).expect("the link");
    std::fs::remove_file(sandbox.home().join("b")).expect("the link");
    sandbox.write("b", "other");
    let ran = sandbox.run(["status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.contains("- /ROOT/home/a is gone"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("~ /ROOT/home/b was replaced"),
        "{}",
        ran.stdout
    );
}

#[test]
fn generations_are_removed_but_not_the_current_one() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    configure(&sandbox, r#"home.file."a".text = "2";"#);
    sandbox.succeed(["switch"]);
    sandbox.succeed(["remove-generations", "1"]);
    let ran = sandbox.run(["remove-generations", "2"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("is the current one"), "{}", ran.stderr);
    assert_eq!(sandbox.succeed(["generations"]).stdout.lines().count(), 1);
}

#[test]
fn options_are_explained() {
    let sandbox =
        configured(r#"programs.git.enable = true; programs.git.settings.user.name = "A";"#);
    let ran = sandbox.succeed(["option", "home.username"]);
    assert!(ran.stdout.contains("value: \"alice\""), "{}", ran.stdout);
    assert!(ran.stdout.contains("home.nix"), "{}", ran.stdout);
    let ran = sandbox.run(["option", "programs.gti"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("did you mean programs.git?"),
        "{}",
        ran.stderr
    );
    let listed = sandbox.succeed(["option", "programs.git"]).stdout;
    assert!(
        listed.lines().any(|line| line == "programs.git.enable"),
        "{listed}"
    );
}

#[test]
fn expressions_are_evaluated_with_the_configuration_in_scope() {
    let sandbox = configured(r#"home.sessionVariables.X = "1";"#);
    assert_eq!(
        sandbox.succeed(["eval", "--raw", "home.username"]).stdout,
        "alice\n"
    );
    let ran = sandbox.succeed(["eval", "--json", "config.home.sessionVariables.X + \"2\""]);
    assert_eq!(ran.stdout, "\"12\"\n");
}
