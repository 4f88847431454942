//! Packages that are installed one by one with `nix profile`.

use std::process::Command;

use testutils::{Ran, Sandbox};

use crate::support::sandbox;

fn command(sandbox: &Sandbox, words: &[&str]) -> Command {
    let features = ["--extra-experimental-features", "nix-command flakes"];
    sandbox.program(["nix"].iter().chain(&features).chain(words))
}

fn nix(sandbox: &Sandbox, words: &[&str]) -> Ran {
    sandbox.finish(command(sandbox, words))
}

fn succeed(sandbox: &Sandbox, words: &[&str]) -> String {
    let ran = nix(sandbox, words);
    assert_eq!(ran.code, 0, "nix {words:?}: {}{}", ran.stdout, ran.stderr);
    ran.stdout
}

/// What a command prints, paths as they are.
fn output(sandbox: &Sandbox, words: &[&str]) -> String {
    let output = command(sandbox, words).output().expect("a program");
    assert!(output.status.success(), "nix {words:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A package that has this program, in the store.
fn package(sandbox: &Sandbox, name: &str, program: &str) -> String {
    sandbox.write(format!("{name}/bin/{program}"), name);
    let directory = sandbox.home().join(name).display().to_string();
    let path = output(sandbox, &["store", "add", "--name", name, &directory]);
    path.trim_end().to_owned()
}

#[test]
fn packages_come_and_go_in_versions() {
    let sandbox = sandbox();
    let one = package(&sandbox, "one-1.0", "tool");
    let other = package(&sandbox, "other-2.1", "helper");
    succeed(&sandbox, &["profile", "add", &one]);
    succeed(&sandbox, &["profile", "add", &other]);
    assert_eq!(sandbox.read(".nix-profile/bin/tool"), "one-1.0");
    assert_eq!(sandbox.read(".nix-profile/bin/helper"), "other-2.1");
    assert_eq!(
        output(&sandbox, &["profile", "list"]),
        format!(
            "Name:               one\nStore paths:        {one}\n\n\
             Name:               other\nStore paths:        {other}\n"
        )
    );
    let removed = nix(&sandbox, &["profile", "remove", "one", "nothing"]);
    assert_eq!(removed.code, 0);
    assert_eq!(
        removed.stderr,
        "warning: Package name 'nothing' does not match any packages in the profile.\n\
         removing 'one'\nremoved 1 packages, kept 1 packages\n"
    );
    assert!(!sandbox.home().join(".nix-profile/bin/tool").exists());
    let history = succeed(&sandbox, &["profile", "history"]);
    let changes: Vec<&str> = history
        .lines()
        .filter(|line| line.starts_with(' '))
        .collect();
    assert_eq!(
        changes,
        ["  one: ∅ -> 1.0", "  other: ∅ -> 2.1", "  one: 1.0 -> ∅"]
    );
    succeed(&sandbox, &["profile", "rollback"]);
    assert_eq!(sandbox.read(".nix-profile/bin/tool"), "one-1.0");
    succeed(&sandbox, &["profile", "wipe-history"]);
    let history = succeed(&sandbox, &["profile", "history"]);
    assert!(history.starts_with("Version 2 ("), "{history}");
    assert_eq!(history.matches("Version").count(), 1, "{history}");
}

#[test]
fn commands_at_the_same_time_lose_nothing() {
    let sandbox = sandbox();
    let names: Vec<String> = (1..=6).map(|number| format!("tool{number}")).collect();
    let packages: Vec<String> = names
        .iter()
        .map(|name| package(&sandbox, name, name))
        .collect();
    let running: Vec<_> = packages
        .iter()
        .map(|path| {
            let mut command = command(&sandbox, &["profile", "add", path]);
            command.spawn().expect("a program")
        })
        .collect();
    for mut child in running {
        assert!(child.wait().expect("an end").success());
    }
    for name in &names {
        assert_eq!(sandbox.read(format!(".nix-profile/bin/{name}")), *name);
    }
}

#[test]
fn a_file_of_two_packages_is_decided_by_priorities() {
    let sandbox = sandbox();
    let one = package(&sandbox, "one-1.0", "tool");
    let other = package(&sandbox, "other-2.1", "tool");
    succeed(&sandbox, &["profile", "add", &one]);
    let ran = nix(&sandbox, &["profile", "add", &other]);
    assert_eq!(ran.code, 1);
    for part in [
        "HASH-one-1.0/bin/tool\"",
        "HASH-other-2.1/bin/tool\"",
        "nix profile remove one",
        "HASH-other-2.1 --priority 4",
        "HASH-other-2.1 --priority 6",
    ] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    assert_eq!(sandbox.read(".nix-profile/bin/tool"), "one-1.0");
    succeed(&sandbox, &["profile", "add", &other, "--priority", "4"]);
    assert_eq!(sandbox.read(".nix-profile/bin/tool"), "other-2.1");
}

#[test]
fn priorities_may_be_as_large_as_numbers_are() {
    let sandbox = sandbox();
    let one = package(&sandbox, "one-1.0", "tool");
    let other = package(&sandbox, "other-2.1", "tool");
    let largest = i64::MAX.to_string();
    succeed(&sandbox, &["profile", "add", &one, "--priority", &largest]);
    let ran = nix(
        &sandbox,
        &["profile", "add", &other, "--priority", &largest],
    );
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert!(ran.stderr.contains("already provides"), "{}", ran.stderr);
}

#[test]
fn packages_of_a_flake_are_upgraded_when_it_changes() {
    let sandbox = sandbox();
    let write = |text: &str| {
        let flake = "{ outputs = { self }: { packages.x86_64-linux.tool = \
                     builtins.toFile \"tool\" (builtins.readFile ./text); }; }";
        sandbox.write("flake/flake.nix", flake);
        sandbox.write("flake/text", text);
    };
    let installed = || {
        let json = output(&sandbox, &["profile", "list", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let element = &json["elements"]["tool"];
        assert_eq!(element["attrPath"], "packages.x86_64-linux.tool");
        let path = element["storePaths"][0]
            .as_str()
            .expect("a path")
            .to_owned();
        succeed(&sandbox, &["store", "cat", &path])
    };
    let flake = format!("path:{}", sandbox.home().join("flake").display());
    write("old");
    succeed(&sandbox, &["profile", "add", &format!("{flake}#tool")]);
    assert_eq!(installed(), "old");
    write("new");
    let again = nix(
        &sandbox,
        &["profile", "upgrade", "--regex", ".*#PACKAGES.*"],
    );
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(
        again
            .stderr
            .contains("upgrading 'packages.x86_64-linux.tool'"),
        "{}",
        again.stderr
    );
    assert_eq!(installed(), "new");
}

#[test]
fn a_profile_of_nix_env_keeps_the_users_packages() {
    let sandbox = crate::support::configured(
        r#"home.packages = [ (pkgs.writeShellScriptBin "greet" "echo one") ];"#,
    );
    let own = package(&sandbox, "own-1.0", "tool");
    // Root's usual profile is another one.
    const PROFILE: &str = ".local/state/nix/profiles/profile";
    let in_profile = |words: &[&str]| {
        let profile = sandbox.home().join(PROFILE).display().to_string();
        let all = ["nix-env", "-p", profile.as_str()];
        sandbox.succeed(all.iter().chain(words))
    };
    in_profile(&["-i", own.as_str()]);
    let installed = || in_profile(&["-q"]).stdout;
    let read = |program: &str| sandbox.read(format!("{PROFILE}/bin/{program}"));
    assert_eq!(installed(), "own-1.0\n");
    sandbox.succeed(["switch"]);
    assert_eq!(installed(), "home-manager-path\nown-1.0\n");
    assert_eq!(read("tool"), "own-1.0");
    assert!(read("greet").contains("one"));
    let again = sandbox.succeed(["switch"]);
    assert!(
        again.stderr.contains("Nothing has changed"),
        "{}",
        again.stderr
    );

    crate::support::configure(
        &sandbox,
        r#"home.packages = [ (pkgs.writeShellScriptBin "greet" "echo two") ];"#,
    );
    sandbox.succeed(["switch"]);
    assert!(read("greet").contains("two"));
    assert_eq!(installed(), "home-manager-path\nown-1.0\n");
    sandbox.succeed(["switch", "--rollback"]);
    assert!(read("greet").contains("one"));

    // A switch that fails leaves it as it was.
    crate::support::configure(
        &sandbox,
        r#"
        home.packages = [ (pkgs.writeShellScriptBin "greet" "echo three") ];
        home.activation.breaks = lib.hm.dag.entryAfter [ "installPackages" ] "false";
        "#,
    );
    assert_eq!(sandbox.run(["switch"]).code, 1);
    assert!(read("greet").contains("one"));
    crate::support::configure(&sandbox, "uninstall = true;");
    sandbox.succeed(["switch"]);
    assert_eq!(installed(), "own-1.0\n");
}
