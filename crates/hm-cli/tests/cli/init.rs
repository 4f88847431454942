//! A first configuration.

use crate::support::{managed, sandbox};

#[test]
fn a_home_from_nothing() {
    let sandbox = sandbox();
    let ran = sandbox.succeed(["init", "--switch"]);
    insta::assert_snapshot!("init_switch", ran.stderr);
    let names: Vec<String> = std::fs::read_dir(sandbox.home().join(".config/home-manager"))
        .expect("the configuration")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    for name in ["flake.nix", "flake.lock", "home.nix"] {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    let files = managed(&sandbox);
    assert!(files[".cache/.keep"].starts_with("-> "), "{files:?}");
    let generations = sandbox.succeed(["generations"]).stdout;
    assert_eq!(generations.lines().count(), 1);
    assert!(generations.contains(" : id 1 -> ") && generations.contains("(current)"));
    sandbox.succeed(["status"]);
}

#[test]
fn what_is_there_is_left_unchanged() {
    let sandbox = sandbox();
    sandbox.write("dots/home.nix", "mine");
    let ran = sandbox.succeed(["init", "dots"]);
    assert!(ran.stderr.contains("left unchanged"), "{}", ran.stderr);
    assert_eq!(sandbox.read("dots/home.nix"), "mine");
    assert!(
        sandbox
            .read("dots/flake.nix")
            .contains("homeConfigurations.\"alice\"")
    );
}

#[test]
fn no_flake_is_refused_with_the_reason() {
    let ran = sandbox().run(["init", "--no-flake"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("init_no_flake", ran.stderr);
}

#[test]
fn nixpkgs_is_used_when_asked_for() {
    let sandbox = sandbox();
    sandbox.succeed([
        "init",
        "--nixpkgs-url",
        "github:nixos/nixpkgs/nixos-unstable",
        "dots",
    ]);
    let flake = sandbox.read("dots/flake.nix");
    assert!(
        flake.contains("github:nixos/nixpkgs/nixos-unstable"),
        "{flake}"
    );
    assert!(
        flake.contains("inputs.nixpkgs.follows = \"nixpkgs\""),
        "{flake}"
    );
}

#[test]
fn the_templates_are_snapshots() {
    let sandbox = sandbox();
    sandbox.succeed(["init", "dots"]);
    let flake = sandbox.read("dots/flake.nix");
    let home = sandbox.read("dots/home.nix");
    insta::assert_snapshot!("init_flake", sandbox.normalise(flake.as_bytes()));
    insta::assert_snapshot!("init_home", sandbox.normalise(home.as_bytes()));
}

#[test]
fn the_files_are_tracked_in_a_git_repository() {
    let sandbox = sandbox();
    let git = |words: &[&str]| {
        let mut command = sandbox.command("git");
        command.args(words);
        sandbox.finish(command)
    };
    assert_eq!(git(&["init", "-q", "dots"]).code, 0);
    let ran = sandbox.succeed(["init", "--switch", "dots/./hm"]);
    let last = ran.stderr.lines().last().expect("a line").trim();
    let (_, arguments) = last.split_once("home-manager ").expect("a command");
    assert_eq!(arguments, "switch --flake /ROOT/home/dots/hm");
    assert!(!ran.stderr.contains("/./"), "{}", ran.stderr);
    sandbox.succeed(["switch", "--flake", "./dots/hm"]);
    let tracked = git(&["-C", "dots", "ls-files"]).stdout;
    assert_eq!(tracked, "hm/flake.lock\nhm/flake.nix\nhm/home.nix\n");
}

#[test]
fn directories_that_differ_are_written_down() {
    let sandbox = sandbox();
    let mut command = sandbox.program(["init", "--switch"]);
    command.env("XDG_CONFIG_HOME", sandbox.home().join("settings"));
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let home = sandbox.read("settings/home-manager/home.nix");
    assert!(
        home.contains(&format!(
            "\n  xdg.configHome = \"{}\";\n",
            sandbox.home().join("settings").display()
        )),
        "{home}"
    );
    assert!(!sandbox.home().join(".config").exists());
}
