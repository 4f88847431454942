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
    assert!(ran.stdout.contains("link ~/a ->"), "{}", ran.stdout);
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
    assert!(ran.stdout.contains("- ~/a is missing"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("~ ~/b was edited (it no longer links to generation 1)\n"),
        "{}",
        ran.stdout
    );
    // The hint works when it is followed.
    sandbox.write("b.backup", "an earlier one");
    let ran = sandbox.run(["status"]);
    let hint = ran.stderr.lines().last().expect("a hint");
    let (_, command) = hint.split_once(": home-manager ").expect("a command");
    assert_eq!(command, "switch --generation 1 -b backup2");
    sandbox.succeed(command.split(' '));
    sandbox.succeed(["status"]);
    assert_eq!(sandbox.read("b.backup2"), "other");
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

#[test]
fn a_switch_names_what_it_changed() {
    let sandbox = configured(
        r#"home.packages = [ (pkgs.writeShellScriptBin "greet" "echo 1") ];
        home.file."a".text = "1"; home.file."b".text = "2";"#,
    );
    sandbox.succeed(["switch"]);
    configure(
        &sandbox,
        r#"home.file."a".text = "changed"; home.file."b".text = "2";"#,
    );
    let ran = sandbox.succeed(["switch"]);
    assert_eq!(ran.stdout, "");
    assert!(
        ran.stderr.starts_with(
            "Switched to generation 2: 1 file changed, 1 package removed.\n  ~ ~/a  - greet\n"
        ),
        "{}",
        ran.stderr
    );
    let ran = sandbox.succeed(["switch", "--generation", "1"]);
    assert!(
        ran.stderr
            .starts_with("Switching to generation 1\nSwitched to generation 1: "),
        "{}",
        ran.stderr
    );
    let ran = sandbox.succeed(["generations", "--table"]);
    assert!(
        ran.stdout.contains("1 file changed, 1 package removed"),
        "{}",
        ran.stdout
    );
}

#[test]
fn diff_sees_packages_variables_blocks_and_files_of_the_user() {
    let script = |text: &str, editor: &str, block: &str| {
        format!(
            "home.packages = [ (pkgs.writeShellScriptBin \"tool\" \"echo {text}\") ];\n\
             home.sessionVariables.EDITOR = \"{editor}\";\n\
             home.activation.mine = lib.hm.dag.entryAfter [ \"writeBoundary\" ] \"echo {block}\";\n\
             home.file.\"d\".source = ./d;"
        )
    };
    let sandbox = configured(&script("1", "vi", "one"));
    sandbox.write(".config/home-manager/d/x", "1\n");
    sandbox.write(".config/home-manager/d/y", "1\n");
    sandbox.succeed(["switch"]);
    configure(
        &sandbox,
        &format!(
            "{}\nhome.file.\".bashrc\".text = \"managed\";",
            script("2", "emacs", "two")
        ),
    );
    sandbox.write(".config/home-manager/d/x", "2\n");
    sandbox.write(".bashrc", "mine\n");
    insta::assert_snapshot!("diff_of_everything", sandbox.succeed(["diff"]).stdout);
    let json = sandbox.succeed(["diff", "--json"]).stdout;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["packages"][0]["change"], "changed", "{json}");
    assert_eq!(json["collisions"][0]["obstacle"], "file", "{json}");
}

#[test]
fn old_generations_expire() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    configure(&sandbox, r#"home.file."a".text = "2";"#);
    sandbox.succeed(["switch"]);
    let ran = sandbox.succeed(["expire-generations", "-1 days"]);
    assert_eq!(ran.stderr, "No generation is that old.\n");
    sandbox.succeed(["expire-generations", "now"]);
    assert_eq!(sandbox.succeed(["generations"]).stdout.lines().count(), 1);
    assert_eq!(sandbox.read("a"), "2");
}

#[test]
fn status_sees_links_that_lead_nowhere() {
    let sandbox = configured(
        r#"home.file."out".source =
          config.lib.file.mkOutOfStoreSymlink "${config.home.homeDirectory}/own";"#,
    );
    sandbox.write("own", "mine");
    sandbox.succeed(["switch"]);
    sandbox.succeed(["status"]);
    std::fs::remove_file(sandbox.home().join("own")).expect("a file");
    let ran = sandbox.run(["status"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .contains("! ~/out links to ~/own, which does not exist"),
        "{}",
        ran.stdout
    );
}
