//! The first day of a user in a container without /nix, as the README has it: the first command,
//! then a new login shell.

use testutils::{Ran, Sandbox};

use crate::support::{has_namespaces, sandbox};

const CONTAINER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/container.sh");

/// Runs a script in a container, as `root` or as the user `ada`.
fn run(sandbox: &Sandbox, who: &str, script: &str) -> Ran {
    let mut command = sandbox.command("bash");
    command.args([CONTAINER, who, env!("CARGO_BIN_EXE_home-manager"), script]);
    sandbox.finish(command)
}

/// The line that the screen below names, in the files that it names; then a package.
const FOLLOW: &str = r#"
line=$(grep -A1 '^to ' screen | tail -n 1)
for place in $(grep '^to ' screen | grep -o '~/[^ :]*'); do
  mkdir -p "$(dirname "$HOME/${place#\~/}")"
  mkdir -p "$(dirname "$HOME/${place#\~/}")"
  printf '%s\n' "$line" >> "$HOME/${place#\~/}"
done
sed -i 's|^  home.packages = \[|&\n    (pkgs.writeShellScriptBin "greet" "echo hi-greet")|' .config/home-manager/home.nix
"#;

fn story(who: &str) {
    if !has_namespaces(&format!("the first day of {who}")) {
        return;
    }
    let sandbox = sandbox();
    let screen = run(&sandbox, who, "ls -d /nix; home-manager init --switch");
    assert_eq!(screen.code, 0, "{}", screen.stderr);
    assert_eq!(screen.stdout, "");
    let screen = screen
        .stderr
        .replace("ls: cannot access '/nix': No such file or directory\n", "");
    for line in screen.lines() {
        assert!(
            line.chars().count() <= 80,
            "too wide for a terminal: {line}"
        );
    }
    insta::assert_snapshot!(format!("first_screen_of_{who}"), screen);
}

fn new_shells(who: &str, shell: &str) {
    if !has_namespaces(&format!("new shells of {who}"))
        || std::process::Command::new(shell)
            .arg("-c")
            .arg(":")
            .status()
            .is_err()
    {
        return;
    }
    let sandbox = sandbox();
    let script = format!(
        "export SHELL=/bin/{shell}\nhome-manager init --switch 2> screen || cat screen\n{FOLLOW}\
         home-manager switch\n\
         env -i HOME=\"$HOME\" USER=\"$USER\" TERM=dumb PATH=/usr/bin:/bin {shell} -lic \
         'greet; home-manager generations; home-manager status'\n"
    );
    let ran = run(&sandbox, who, &script);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(lines[0], "hi-greet");
    assert!(lines[1].contains(" : id 2 -> ") && lines[1].ends_with("(current)"));
    assert_eq!(lines[4], "Everything is in place.");
    assert!(!ran.stderr.contains("add this line"), "{}", ran.stderr);
}

#[test]
fn the_first_screen_as_a_user() {
    story("user");
}

#[test]
fn the_first_screen_as_root() {
    story("root");
}

#[test]
fn a_new_bash_as_a_user() {
    new_shells("user", "bash");
}

#[test]
fn a_new_bash_as_root() {
    new_shells("root", "bash");
}

#[test]
fn a_new_zsh() {
    new_shells("user", "zsh");
    new_shells("root", "zsh");
}

#[test]
fn a_new_fish() {
    new_shells("user", "fish");
    new_shells("root", "fish");
}
