//! A home that upstream with Nix built once, built again by this program: the trees after a switch,
//! the same switch, a change and a rollback are those that upstream left.
//!
//! `cargo xtask real-input` records them (`--input` and `--dotfiles` name the fixture, `--record`
//! the file), and compares a real home where upstream and Nix are at hand.

use std::path::Path;
use std::process::Command;

use testutils::{HomeSnapshot, Sandbox, snapshot_home};

use crate::support::sandbox;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/upstream-home");
const RECORDED: &str = include_str!("../fixtures/upstream-home.json");

/// Where the two differ, and why.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        ".nix-profile",
        "a profile of `nix profile`, where upstream's activation makes one of nix-env",
    ),
    (".nix-defexpr", "made by nix-env"),
    (".local/state/nix", "the profiles themselves"),
    (".local/state/home-manager", "each program's own state"),
    (".local/share/nix", "each program's own state"),
    (".cache/nix", "each program's caches"),
    (".cache/home-manager", "each program's caches"),
    (
        ".config/environment.d",
        "upstream sets LOCALE_ARCHIVE for programs of nixpkgs; here programs are the distribution's",
    ),
];

fn write_flake(sandbox: &Sandbox, modules: &str) {
    let flake = sandbox.root().join("flake");
    let text = format!(
        "{{ inputs.home-manager.url = \"home-manager\"; outputs = {{ home-manager, ... }}: {{ \
         homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {{ pkgs = \
         home-manager.legacyPackages.{}; modules = [ {modules} ]; }}; }}; }}\n",
        system()
    );
    std::fs::write(flake.join("flake.nix"), text).expect("a flake");
}

fn system() -> String {
    let os = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    format!("{}-{os}", std::env::consts::ARCH)
}

fn prepare(sandbox: &Sandbox) {
    let flake = sandbox.root().join("flake");
    let copied = Command::new("cp")
        .arg("-r")
        .arg(FIXTURE)
        .arg(&flake)
        .status()
        .expect("cp");
    assert!(copied.success());
    for name in ["home.nix", "change.nix"] {
        let text = std::fs::read_to_string(Path::new(FIXTURE).join(name)).expect("a module");
        let text = text.replace("@homeDirectory@", &sandbox.home().display().to_string());
        std::fs::write(flake.join(name), text).expect("a module");
    }
    sandbox.write("own/mine", "mine\n");
    std::fs::remove_file(sandbox.home().join("own/mine")).expect("a file");
    sandbox.write(".unmanaged", "mine\n");
}

#[test]
fn the_same_home_as_upstream() {
    let recorded: Vec<HomeSnapshot> = serde_json::from_str(RECORDED).expect("JSON");
    let sandbox = sandbox();
    prepare(&sandbox);
    let flake = format!("path:{}#alice", sandbox.root().join("flake").display());
    let ignored: Vec<&str> = DIFFERENCES.iter().map(|(path, _)| *path).collect();
    for (step, wanted) in recorded.iter().enumerate() {
        match step {
            0 | 1 => write_flake(&sandbox, "./home.nix"),
            2 => write_flake(&sandbox, "./home.nix ./change.nix"),
            _ => {}
        }
        if step == 3 {
            sandbox.succeed(["switch", "--rollback"]);
        } else {
            sandbox.succeed(["switch", "--flake", &flake]);
        }
        let found = snapshot_home(&sandbox.home(), &ignored);
        let is_compared = |path: &String| {
            !ignored
                .iter()
                .any(|ignored| Path::new(path.trim_end_matches('/')).starts_with(ignored))
        };
        let wanted: HomeSnapshot = wanted
            .clone()
            .into_iter()
            .filter(|(path, _)| is_compared(path))
            .collect();
        for path in wanted.keys().chain(found.keys()) {
            assert_eq!(found.get(path), wanted.get(path), "step {step}: {path}");
        }
    }
}
