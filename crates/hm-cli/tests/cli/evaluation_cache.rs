//! A remembered evaluation is never another one.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{configure, configured};
use testutils::{Random, Sandbox};

/// What building says, and where the link to the result points to.
fn build(sandbox: &Sandbox, options: &[&str]) -> (i32, Option<PathBuf>, String) {
    let link = sandbox.home().join("result");
    let _ = std::fs::remove_file(&link);
    let mut arguments = vec!["build"];
    arguments.extend(options);
    let ran = sandbox.run(arguments);
    (ran.code, std::fs::read_link(link).ok(), ran.stderr)
}

fn remembered(sandbox: &Sandbox) -> usize {
    let directory = sandbox.home().join(".cache/home-manager/evaluations");
    std::fs::read_dir(directory).map_or(0, Iterator::count)
}

fn edit(sandbox: &Sandbox, random: &mut Random) {
    let value = random.below(3);
    match random.below(6) {
        0 => configure(sandbox, &format!("  home.file.\"a\".text = \"{value}\";")),
        1 => configure(
            sandbox,
            &format!("  warnings = [ \"number {value}\" ]; home.file.\"b\".source = ./data.txt;"),
        ),
        2 => configure(
            sandbox,
            "  home.file.\"c\".text = toString (builtins.attrNames (builtins.readDir ./.));",
        ),
        3 => configure(
            sandbox,
            &format!("  home.file.\"d\".text = undefined{value};"),
        ),
        4 => sandbox.write(".config/home-manager/data.txt", format!("data {value}")),
        _ => sandbox.write(
            ".config/home-manager/unrelated.txt",
            format!("unrelated {value}"),
        ),
    }
}

fn follow(sandbox: &Sandbox, rounds: u64, mut after_edit: impl FnMut(&mut Random)) {
    let mut random = Random(5);
    build(sandbox, &[]);
    let mut links = BTreeSet::new();
    for round in 0..rounds {
        edit(sandbox, &mut random);
        after_edit(&mut random);
        let fresh = build(sandbox, &["--option", "eval-cache", "false"]);
        links.extend(fresh.1.clone());
        // The first may be remembered from a round before, the second always is unless it failed.
        for _ in 0..2 {
            assert_eq!(build(sandbox, &[]), fresh, "round {round}");
        }
    }
    assert!(remembered(sandbox) > 1 && links.len() > 3, "{links:?}");
}

#[test]
fn it_is_what_a_fresh_one_would_be() {
    let sandbox = configured("");
    sandbox.write(".config/home-manager/data.txt", "data");
    follow(&sandbox, 12, |_| ());
}

fn git(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command: Command = sandbox.command("git");
    let directory = sandbox.home().join(".config/home-manager");
    command.arg("-C").arg(directory);
    command
        .args(["-c", "user.name=a", "-c", "user.email=a@example.org"])
        .args(arguments);
    let ran = sandbox.finish(command);
    assert_eq!(ran.code, 0, "git {arguments:?}: {}", ran.stderr);
}

#[test]
fn so_it_is_in_a_git_tree_that_is_committed_now_and_then() {
    let sandbox = configured("");
    sandbox.write(".config/home-manager/data.txt", "data");
    sandbox.write(".config/home-manager/unrelated.txt", "unrelated");
    let git = |arguments: &[&str]| git(&sandbox, arguments);
    git(&["init", "-q"]);
    git(&["add", "."]);
    follow(&sandbox, 10, |random| {
        if random.below(2) == 0 {
            git(&["add", "."]);
            git(&["commit", "-q", "--allow-empty", "-m", "edited"]);
        }
    });
}

/// The text of a path names the whole source, so this is known by a fingerprint.
#[test]
fn a_file_that_git_is_told_to_forget_is_missed() {
    let sandbox = configured("  home.file.\"source\".text = toString ./.;");
    sandbox.write(".config/home-manager/data.txt", "data");
    build(&sandbox, &[]);
    git(&sandbox, &["init", "-q"]);
    git(&sandbox, &["add", "."]);
    git(&sandbox, &["commit", "-q", "-m", "first"]);
    sandbox.write(".config/home-manager/data.txt", "changed");
    let before = build(&sandbox, &[]);
    assert_eq!(before, build(&sandbox, &[]));
    git(&sandbox, &["rm", "-q", "--cached", "data.txt"]);
    let fresh = build(&sandbox, &["--option", "eval-cache", "false"]);
    assert_ne!(fresh.1, before.1);
    assert_eq!(build(&sandbox, &[]), fresh);
}

/// An evaluation in place finds that the source as a whole is needed, and what that came to is
/// remembered: what both say is said once.
#[test]
fn nothing_is_said_twice() {
    let sandbox =
        configured("  home.file.\"source\".text = builtins.trace \"said\" (toString ./.);");
    build(&sandbox, &[]);
    let first = build(&sandbox, &["--option", "eval-cache", "false"]);
    assert_eq!(first.2.matches("said").count(), 1);
    build(&sandbox, &[]);
    let place = sandbox.home().join(".cache/home-manager/evaluations");
    let mut forgotten = 0;
    for file in std::fs::read_dir(place).expect("a directory").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a result");
        // What is known by what was read, rather than by the source as a whole.
        if !text.starts_with("{\"derivation\"") {
            std::fs::remove_file(file.path()).expect("removed");
            forgotten += 1;
        }
    }
    assert!(forgotten > 0);
    assert_eq!(build(&sandbox, &[]), first);
}

#[test]
fn an_edit_of_what_is_not_read_needs_no_evaluation() {
    let sandbox = configured("");
    build(&sandbox, &[]);
    build(&sandbox, &[]);
    let known = remembered(&sandbox);
    let texts = || {
        let place = sandbox.home().join(".cache/home-manager/evaluations");
        let files = std::fs::read_dir(place).expect("a directory").flatten();
        let mut texts: Vec<_> = files
            .map(|file| std::fs::read_to_string(file.path()).expect("a result"))
            .collect();
        texts.sort();
        texts
    };
    let before = texts();
    sandbox.write(".config/home-manager/notes.txt", "for later");
    build(&sandbox, &[]);
    assert_eq!((remembered(&sandbox), texts()), (known, before));
}

#[test]
fn what_was_collected_is_evaluated_again() {
    let sandbox = configured("");
    build(&sandbox, &[]);
    let first = build(&sandbox, &[]);
    // The first was with a lock file that was still to be written.
    assert!(first.1.is_some() && remembered(&sandbox) == 2, "{first:?}");
    let place = sandbox.home().join(".cache/home-manager/evaluations");
    for entry in std::fs::read_dir(place).expect("a directory").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("a result");
        let start = text.find("/store/").expect("a path") + "/store/".len();
        let zeros = "0".repeat(32);
        let changed = format!("{}{zeros}{}", &text[..start], &text[start + 32..]);
        std::fs::write(entry.path(), changed).expect("a result");
    }
    assert_eq!(build(&sandbox, &[]), first);
}
