//! Generations that were not made by this project's modules: their `activate` does everything
//! itself.

use testutils::Sandbox;

use crate::support::sandbox;

/// A home whose generation has one file and this script.
fn with_script(script: &str) -> Sandbox {
    let sandbox = sandbox();
    let system = format!("{}-linux", std::env::consts::ARCH);
    sandbox.write(
        ".config/home-manager/flake.nix",
        format!(
            r#"{{
              inputs.home-manager.url = "home-manager";
              outputs = {{ home-manager, ... }}: let pkgs = home-manager.legacyPackages.{system}; in {{
                homeConfigurations.alice.activationPackage = pkgs.runCommand "home-manager-generation" {{ }} ''
                  mkdir -p $out/home-files/d
                  echo hello > $out/home-files/d/hello
                  echo 1 > $out/gen-version
                  cat > $out/activate <<'EOF'
                  #!/bin/bash
                  set -eu
                  files=$(dirname "$(readlink -f "$0")")/home-files
                  {script}
                  EOF
                  chmod +x $out/activate
                '';
              }};
            }}"#
        ),
    );
    sandbox
}

const LINKS: &str = r#"
                  mkdir -p "$HOME/d" "$HOME/.local/state/nix/profiles"
                  ln -sfn "$files/d/hello" "$HOME/d/hello"
                  ln -sfn "$files" "$HOME/.local/state/nix/profiles/profile-1-link"
                  ln -sfn profile-1-link "$HOME/.local/state/nix/profiles/profile"
                  ln -sfn "$HOME/.local/state/nix/profiles/profile" "$HOME/.nix-profile"
"#;

#[test]
fn the_first_one_may_make_the_directories_of_profiles() {
    let sandbox = with_script(LINKS);
    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr.contains("Switched to generation 1"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.read("d/hello"), "hello\n");
    let listed = sandbox.succeed(["generations"]).stdout;
    assert_eq!(listed.lines().count(), 1, "{listed}");
}

#[test]
fn one_that_fails_is_undone_as_far_as_is_known() {
    let sandbox = with_script(&format!(
        "{LINKS}\n                  touch \"$HOME/own\"; exit 3"
    ));
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains(
            "note: its files, packages and generations are as they were before; what else the \
             script of this generation did was not undone"
        ),
        "{}",
        ran.stderr
    );
    let home = sandbox.home();
    for gone in [
        "d",
        ".nix-profile",
        ".local/state/nix/profiles/profile",
        ".local/state/nix/profiles/profile-1-link",
    ] {
        assert!(home.join(gone).symlink_metadata().is_err(), "{gone}");
    }
    assert!(home.join("own").exists());
    assert_eq!(sandbox.run(["generations"]).code, 1);
}

#[test]
fn one_that_removes_everything_is_not_put_back() {
    let sandbox = with_script(
        r#"rm -rf "$HOME/.local/state/home-manager" "$HOME"/.local/state/nix/profiles/home-manager*"#,
    );
    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr.contains("Home Manager was removed"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.run(["generations"]).code, 1);
}
