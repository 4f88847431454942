//! New shells find the programs of the home: shells that Home Manager configures, and others once
//! the line that a switch prints is in their files.

use std::path::{Path, PathBuf};
use std::process::Command;

use testutils::{Ran, Sandbox};

use crate::support::{configure, configured, sandbox};

const GREET: &str = r#"home.packages = [ (pkgs.writeShellScriptBin "greet" "echo hi-greet") ];
  programs.home-manager.enable = true;"#;

/// The shells of this machine that are tried.
fn shells() -> Vec<(&'static str, PathBuf)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["bash", "zsh", "fish"]
        .into_iter()
        .filter_map(|name| {
            let mut places = std::env::split_paths(&path).map(|place| place.join(name));
            Some((name, places.find(|program| program.is_file())?))
        })
        .collect()
}

/// A shell as a terminal starts it, with nothing of the session before.
fn fresh(sandbox: &Sandbox, shell: &Path, options: &str, script: &str) -> Ran {
    let mut command: Command = sandbox.command(shell);
    command
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("TERM", "dumb")
        .args([options, script]);
    sandbox.finish(command)
}

/// Prints `PATH` and `XDG_DATA_DIRS` in every shell.
const SHOW: &str = "env | grep '^PATH=\\|^XDG_DATA_DIRS='";

#[test]
fn managed_shells_have_the_profile() {
    let all =
        "programs.bash.enable = true; programs.zsh.enable = true; programs.fish.enable = true;";
    let sandbox = configured(&format!("{GREET}\n{all}"));
    let ran = sandbox.succeed(["switch"]);
    assert!(!ran.stderr.contains("add this line"), "{}", ran.stderr);
    for (name, shell) in shells() {
        for options in ["-lc", "-lic", "-ic"] {
            let ran = fresh(&sandbox, &shell, options, "greet; home-manager --version");
            assert!(
                ran.stdout.contains("hi-greet\nhome-manager "),
                "{name} {options}: {}{}",
                ran.stdout,
                ran.stderr
            );
            let nested = format!("{} {options} \"{SHOW}\"", shell.display());
            let shown = fresh(&sandbox, &shell, options, &nested).stdout;
            let count = |text: &str| shown.matches(text).count();
            assert_eq!(
                count("/home/.nix-profile/bin"),
                1,
                "{name} {options}: {shown}"
            );
            assert_eq!(
                count("/home/.nix-profile/share:"),
                1,
                "{name} {options}: {shown}"
            );
        }
    }
}

#[test]
fn directories_of_zsh_and_of_the_state_may_be_elsewhere() {
    let sandbox = configured(&format!(
        "{GREET}\nxdg.enable = true; xdg.stateHome = \"${{config.home.homeDirectory}}/my state\";\n\
         programs.zsh = {{ enable = true; dotDir = \"${{config.xdg.configHome}}/z\"; }};"
    ));
    let mut switch = sandbox.program(["switch"]);
    switch.env("XDG_STATE_HOME", sandbox.home().join("my state"));
    let ran = sandbox.finish(switch);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for (name, shell) in shells() {
        if name == "zsh" {
            for options in ["-lc", "-ic"] {
                let ran = fresh(&sandbox, &shell, options, "greet");
                assert_eq!(ran.stdout, "hi-greet\n", "{options}: {}", ran.stderr);
            }
        }
    }
}

/// Does what a switch advises: adds the line to the files.
fn follow_advice(sandbox: &Sandbox, stderr: &str) {
    let mut lines = stderr.lines();
    let places = lines
        .find_map(|line| line.strip_prefix("to "))
        .unwrap_or_else(|| panic!("no advice: {stderr}"));
    let line = lines.next().expect("the line").trim();
    for place in places.trim_end_matches(':').split(" and ") {
        let file = place.strip_prefix("~/").expect("a file of the home");
        let path = sandbox.home().join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        sandbox.write(file, format!("{before}{line}\n"));
    }
}

fn switch_with(sandbox: &Sandbox, shell: &Path, words: &[&str]) -> Ran {
    let mut command = sandbox.program(words);
    command.env("SHELL", shell);
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran
}

#[test]
fn other_shells_have_it_once_a_line_is_added() {
    for (name, shell) in shells() {
        let sandbox = sandbox();
        let ran = switch_with(&sandbox, &shell, &["init", "--switch"]);
        follow_advice(&sandbox, &ran.stderr);
        configure(
            &sandbox,
            &format!("{GREET}\nhome.sessionVariables.MINE = \"a b\";"),
        );
        let ran = switch_with(&sandbox, &shell, &["switch"]);
        assert!(!ran.stderr.contains("note:"), "{name}: {}", ran.stderr);
        for options in ["-lc", "-lic", "-ic"] {
            let script = "greet; home-manager generations; echo $MINE";
            let ran = fresh(&sandbox, &shell, options, script);
            let lines: Vec<&str> = ran.stdout.lines().collect();
            assert_eq!(
                lines.len(),
                4,
                "{name} {options}: {}{}",
                ran.stdout,
                ran.stderr
            );
            assert_eq!((lines[0], lines[3]), ("hi-greet", "a b"));
            assert!(lines[1].ends_with("(current)"), "{lines:?}");
        }
    }
}

#[test]
fn advice_is_given_until_it_is_followed() {
    let sandbox = configured(GREET);
    let shell = PathBuf::from("/bin/bash");
    for _ in 0..2 {
        let ran = switch_with(&sandbox, &shell, &["switch"]);
        assert!(
            ran.stderr
                .contains("add this line\nto ~/.profile and ~/.bashrc:\n"),
            "{}",
            ran.stderr
        );
    }
    sandbox.write(".bash_profile", "PATH=$HOME/.nix-profile/bin:$PATH\n");
    let ran = switch_with(&sandbox, &shell, &["switch"]);
    assert!(ran.stderr.contains("\nto ~/.bashrc:\n"), "{}", ran.stderr);
    sandbox.write(".bashrc", ". ~/.bash_profile\n");
    let ran = switch_with(&sandbox, &shell, &["switch"]);
    assert!(!ran.stderr.contains("note:"), "{}", ran.stderr);
    let ran = switch_with(&sandbox, Path::new("/opt/odd-shell"), &["switch"]);
    assert!(!ran.stderr.contains("note:"), "{}", ran.stderr);
}

#[test]
fn graphical_sessions_have_it() {
    let generator =
        "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator";
    let sandbox = configured(GREET);
    sandbox.succeed(["switch"]);
    let written = sandbox.read(".config/environment.d/05-home-manager-profile.conf");
    assert!(written.contains("$HOME/.nix-profile/bin:"), "{written}");
    if PathBuf::from(generator).is_file() {
        let mut command = sandbox.command(generator);
        command.env("PATH", "/usr/bin:/bin");
        let shown = sandbox.finish(command).stdout;
        assert!(
            shown.contains("PATH=/ROOT/home/.nix-profile/bin:/usr/bin:/bin\n"),
            "{shown}"
        );
        assert!(
            shown.contains(
                "XDG_DATA_DIRS=/ROOT/home/.nix-profile/share:/usr/local/share:/usr/share\n"
            ),
            "{shown}"
        );
    }
}

#[test]
fn completions_of_packages_are_found() {
    let package = r##"home.packages = [
      (pkgs.writeShellScriptBin "greet" "")
      (pkgs.writeTextFile { name = "z"; destination = "/share/zsh/site-functions/_greet"; text = "#compdef greet"; })
      (pkgs.writeTextFile { name = "f"; destination = "/share/fish/vendor_completions.d/greet.fish"; text = "complete -c greet -l loudly\n"; })
      (pkgs.writeTextFile { name = "c"; destination = "/share/fish/vendor_conf.d/greet.fish"; text = "set -g conf_was_read yes\n"; })
    ];"##;
    for managed in [
        "",
        "programs.zsh.enable = true; programs.fish.enable = true;",
    ] {
        let sandbox = configured(&format!("{package}\n{managed}"));
        for (name, shell) in shells() {
            let ran = switch_with(&sandbox, &shell, &["switch"]);
            if ran.stderr.contains("add this line") {
                follow_advice(&sandbox, &ran.stderr);
            }
            let (script, wanted) = match name {
                "zsh" => (
                    "print -l $fpath | grep -c nix-profile/share/zsh/site-functions",
                    "1\n",
                ),
                "fish" => (
                    "complete -C 'greet --'; echo $conf_was_read",
                    "--loudly\nyes\n",
                ),
                _ => continue,
            };
            for options in ["-lic", "-ic"] {
                let ran = fresh(&sandbox, &shell, options, script);
                assert_eq!(
                    ran.stdout, wanted,
                    "{name} {options} [{managed}]: {}",
                    ran.stderr
                );
            }
        }
    }
}
