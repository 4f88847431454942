//! Configurations as flakes.

use std::process::Command;

use crate::support::{configure, configured, sandbox};
use testutils::Sandbox;

fn git(sandbox: &Sandbox, directory: &str, arguments: &[&str]) {
    let mut command: Command = sandbox.command("git");
    command.arg("-C").arg(sandbox.home().join(directory));
    command
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments);
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "git {arguments:?}: {}", ran.stderr);
}

#[test]
fn the_lock_file_is_written_once_and_honoured() {
    let sandbox = configured("");
    sandbox.succeed(["build", "--no-out-link"]);
    let lock = sandbox.read(".config/home-manager/flake.lock");
    let parsed: serde_json::Value = serde_json::from_str(&lock).expect("JSON");
    assert_eq!(parsed["version"], 7);
    assert_eq!(
        parsed["nodes"]["home-manager"]["original"]["type"],
        "indirect"
    );
    sandbox.succeed(["build", "--no-out-link"]);
    assert_eq!(sandbox.read(".config/home-manager/flake.lock"), lock);
}

#[test]
fn an_untracked_file_of_a_git_flake_is_named() {
    let sandbox = configured("imports = [ ./extra.nix ];");
    let directory = ".config/home-manager";
    git(&sandbox, directory, &["init", "-q"]);
    git(&sandbox, directory, &["add", "."]);
    sandbox.write(".config/home-manager/extra.nix", "{ }");
    let ran = sandbox.run(["build", "--no-out-link"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("add -N \"extra.nix\""),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("extra.nix"), "{}", ran.stderr);
    git(&sandbox, directory, &["add", "-N", "extra.nix"]);
    sandbox.succeed(["build", "--no-out-link"]);
}

#[test]
fn inputs_of_other_directories_and_follows() {
    let sandbox = configured("");
    sandbox.write("other/data.txt", "from elsewhere");
    let home = sandbox.home().display().to_string();
    sandbox.write(
        ".config/home-manager/flake.nix",
        format!(
            r#"{{
              inputs.home-manager.url = "home-manager";
              inputs.data = {{ url = "path:{home}/other"; flake = false; }};
              outputs = {{ home-manager, data, ... }}: {{
                homeConfigurations.alice = home-manager.lib.homeManagerConfiguration {{
                  pkgs = home-manager.legacyPackages.x86_64-linux;
                  modules = [ ./home.nix {{ home.file."data".source = data + "/data.txt"; }} ];
                }};
              }};
            }}"#
        ),
    );
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("data"), "from elsewhere");
    sandbox.write("other/data.txt", "changed");
    let ran = sandbox.run(["switch", "--update-input", "data"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(sandbox.read("data"), "changed");
}

#[test]
fn the_configuration_of_user_and_host_is_preferred() {
    let sandbox = sandbox();
    sandbox.succeed(["init"]);
    configure(&sandbox, "");
    let flake = sandbox.read(".config/home-manager/flake.nix");
    let host = String::from_utf8(
        sandbox
            .command("uname")
            .arg("-n")
            .output()
            .expect("uname")
            .stdout,
    )
    .expect("text");
    let host = host.trim();
    let flake = flake.replace(
        "homeConfigurations.\"alice\"",
        &format!("homeConfigurations.\"alice@{host}\""),
    );
    sandbox.write(".config/home-manager/flake.nix", flake);
    sandbox.succeed(["build", "--no-out-link"]);
    let ran = sandbox.run([
        "build",
        "--no-out-link",
        "--flake",
        ".config/home-manager#bob",
    ]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("bob"), "{}", ran.stderr);
}
