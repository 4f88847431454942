//! The chapter on flakes: what it shows works as it stands, but for inputs that are elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use testutils::Sandbox;
use testutils::chapter::{Block, blocks};

use crate::support::sandbox;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn chapter(language: &str) -> Vec<Block> {
    let mut blocks = blocks(&project().join("docs/flakes.md")).expect("the chapter");
    blocks.retain(|block| block.language == language);
    blocks
}

fn block(language: &str, name: &str) -> String {
    chapter(language)
        .into_iter()
        .find(|block| block.name == name)
        .unwrap_or_else(|| panic!("the chapter has no {language} {name}"))
        .text
}

/// A flake of the chapter in the home, with the stand-in for what is elsewhere.
fn write_flake(sandbox: &Sandbox, directory: &str, name: &str) {
    let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/three-ways");
    for file in ["flake.nix", "system.nix"] {
        let text = fs::read(stand_in.join(file)).expect("the stand-in");
        sandbox.write(format!("stand-in/{file}"), text);
    }
    let reference = format!("\"path:{}/stand-in\"", sandbox.home().display());
    let flake = block("nix", &format!("{name}/flake.nix"))
        .replace("\"github:NixOS/nixpkgs/nixpkgs-unstable\"", &reference)
        .replace("\"github:NixOS/nixpkgs/nixos-unstable\"", &reference)
        .replace("\"github:nix-darwin/nix-darwin\"", &reference);
    // The stand-in asks for no nixpkgs.
    let flake = if name == "nix-darwin" {
        flake.replacen("inputs.nixpkgs.follows = \"nixpkgs\";", "", 1)
    } else {
        flake
    };
    sandbox.write(format!("{directory}/flake.nix"), flake);
}

fn evaluate(sandbox: &Sandbox, directory: &str, attribute: &str) -> String {
    let flake = sandbox.home().join(directory);
    let expression = format!(
        "(builtins.getFlake \"path:{}\").{attribute}",
        flake.display()
    );
    let ran = sandbox.succeed([
        "nix-instantiate",
        "--eval",
        "--extra-experimental-features",
        "flakes",
        "--read-write-mode",
        "--strict",
        "--json",
        "--expr",
        &expression,
    ]);
    testutils::mask_store_hashes(&ran.stdout)
}

#[test]
fn templates_are_what_the_chapter_shows() {
    for template in ["standalone", "nixos", "nix-darwin"] {
        for file in ["flake.nix", "home.nix"] {
            let path = project().join("templates").join(template).join(file);
            let text = fs::read_to_string(&path).expect("a template");
            // The home is the same on both systems, and shown once.
            let shown = match (template, file) {
                ("nix-darwin", "home.nix") => block("nix", "nixos/home.nix"),
                _ => block("nix", &format!("{template}/{file}")),
            };
            assert_eq!(text, shown, "{}", path.display());
        }
    }
}

#[test]
fn fragments_are_modules() {
    let sandbox = sandbox();
    for block in chapter("nix") {
        sandbox.write("fragment.nix", &block.text);
        let ran = sandbox.run(["nix-instantiate", "--parse", "fragment.nix"]);
        assert_eq!(ran.code, 0, "{}: {}", block.name, ran.stderr);
    }
}

#[test]
fn a_home_by_itself() {
    let sandbox = sandbox();
    write_flake(&sandbox, "dotfiles", "standalone");
    let home = sandbox.home().display().to_string();
    let module = block("nix", "standalone/home.nix")
        .replace("/home/jdoe", &home)
        .replace("\"jdoe\"", "\"alice\"");
    sandbox.write("dotfiles/home.nix", module);
    sandbox.succeed(["switch", "--flake", "./dotfiles#jdoe"]);
    assert_eq!(sandbox.read(".config/greeting"), "Hello!");
}

#[test]
fn homes_in_a_nixos_system() {
    let sandbox = sandbox();
    write_flake(&sandbox, "nixos", "nixos");
    sandbox.write("nixos/home.nix", block("nix", "nixos/home.nix"));
    sandbox.write(
        "nixos/configuration.nix",
        "{ users.users.jdoe = { home = \"/home/jdoe\"; uid = 1000; }; \
           home-manager.backupFileExtension = \"backup\"; }",
    );
    let system = "nixosConfigurations.hostname.config";
    insta::assert_snapshot!(
        "chapter_nixos_unit",
        evaluate(&sandbox, "nixos", &format!("{system}.systemd.services"))
    );
    let of_home = |attribute: &str| {
        evaluate(
            &sandbox,
            "nixos",
            &format!("{system}.home-manager.users.jdoe.home.{attribute}"),
        )
    };
    assert_eq!(of_home("homeDirectory").trim(), "\"/home/jdoe\"");
    assert_eq!(of_home("uid").trim(), "1000");
    assert_eq!(
        of_home("profileDirectory").trim(),
        "\"/etc/profiles/per-user/jdoe\""
    );
    let packages = evaluate(
        &sandbox,
        "nixos",
        &format!("{system}.users.users.jdoe.packages"),
    );
    assert!(packages.contains("home-manager-path"), "{packages}");
}

#[test]
fn homes_in_a_nix_darwin_system() {
    let sandbox = sandbox();
    write_flake(&sandbox, "darwin", "nix-darwin");
    sandbox.write("darwin/home.nix", block("nix", "nixos/home.nix"));
    sandbox.write(
        "darwin/configuration.nix",
        block("nix", "nix-darwin/configuration.nix"),
    );
    insta::assert_snapshot!(
        "chapter_nix_darwin_activation",
        evaluate(
            &sandbox,
            "darwin",
            "darwinConfigurations.hostname.config.system.activationScripts.postActivation.text"
        )
    );
}

/// Blocks of commands that are not for this machine: they need the system that they switch, or Nix
/// and a network.
const ELSEWHERE: &[&str] = &["system nixos", "system nix-darwin", "nix-only"];

/// The order in which a person would come to the blocks, starting from an empty home.
const COMMANDS: &[&str] = &[
    "install",
    "init",
    "init-then-switch",
    "init-release",
    "features",
    "switch",
    "elsewhere",
    "new-standalone",
    "look",
    "update",
    "new-nixos",
    "new-nix-darwin",
];

#[test]
fn every_command_has_its_place() {
    for block in chapter("sh") {
        let name = block.name.as_str();
        assert!(
            COMMANDS.contains(&name) != ELSEWHERE.contains(&name),
            "the block `sh {name}` is in none of the lists, or in both"
        );
    }
}

#[test]
fn commands_work_as_typed() {
    let sandbox = sandbox();
    let programs = sandbox.root().join("programs");
    fs::create_dir(&programs).expect("a directory for the program");
    for name in ["home-manager", "nix"] {
        symlink(env!("CARGO_BIN_EXE_home-manager"), programs.join(name)).expect("a link");
    }
    for name in COMMANDS {
        if *name == "look" {
            // What the template was written for is not at hand.
            write_flake(&sandbox, "dotfiles", "standalone");
        }
        let system = sandbox.home().join("etc-nixos").display().to_string();
        let text = block("sh", name).replace("/etc/nixos", &system);
        let mut command = sandbox.command("sh");
        command
            .args(["-euc", &text])
            .env("PATH", format!("{}:/usr/bin:/bin", programs.display()));
        let ran = sandbox.finish(command);
        assert_eq!(ran.code, 0, "{name}:\n{text}\n{}{}", ran.stdout, ran.stderr);
    }
}
