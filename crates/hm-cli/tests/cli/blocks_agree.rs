//! Activation blocks that make, move and remove files and directories: a switch by the engine and
//! `activate` by itself leave the same home.
//!
//! `HM_BLOCK_ROUNDS` sets the number of rounds; the default is what continuous integration runs.

use std::path::Path;
use std::process::Command;

use testutils::{Random, Sandbox};

use crate::support::{configure, configured, managed};

/// Few names, so that files, directories and links often meet.
const PATHS: &[&str] = &["a", "b", "a/x", "a/y", "b/x", "a/x/deep", "c", "c/x"];

fn rounds() -> usize {
    let given = std::env::var("HM_BLOCK_ROUNDS").ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// A configuration with some files and some blocks.
fn module(random: &mut Random) -> String {
    let mut text = String::new();
    let mut files: Vec<&str> = Vec::new();
    for path in PATHS {
        let is_nested = |other: &&str| {
            path.starts_with(&format!("{other}/")) || other.starts_with(&format!("{path}/"))
        };
        if random.chance(35) && !files.iter().any(is_nested) {
            files.push(path);
            let content = random.below(2);
            let force = random.chance(25);
            text.push_str(&format!(
                "home.file.\"{path}\" = {{ text = \"{content}\"; force = {force}; }};\n"
            ));
        }
    }
    for number in 0..random.below(4) {
        let place = random.pick(&[
            "lib.hm.dag.entryBefore [ \"checkLinkTargets\" ]",
            "lib.hm.dag.entryBetween [ \"writeBoundary\" ] [ \"checkLinkTargets\" ]",
            "lib.hm.dag.entryBetween [ \"linkGeneration\" ] [ \"writeBoundary\" ]",
            "lib.hm.dag.entryAfter [ \"linkGeneration\" ]",
        ]);
        let steps: String = (0..1 + random.below(3)).map(|_| step(random)).collect();
        text.push_str(&format!(
            "home.activation.block{number} = {place} ''\n{steps}'';\n"
        ));
    }
    text
}

/// A step of a block. What cannot be done is not done.
fn step(random: &mut Random) -> String {
    let (one, other) = (random.pick(PATHS), random.pick(PATHS));
    let command = match random.below(7) {
        0 => format!("mkdir -p \"$HOME/{one}\""),
        1 => format!("rm -rf \"$HOME/{one}\""),
        2 => format!("rm -f \"$HOME/{one}\""),
        3 => format!("mv -T \"$HOME/{one}\" \"$HOME/{other}\""),
        4 => format!("ln -s nowhere \"$HOME/{one}\""),
        // Not through a link: that would lead into the store.
        5 => format!("[[ -L \"$HOME/{one}\" ]] || echo mine > \"$HOME/{one}\""),
        _ => format!("rmdir \"$HOME/{one}\""),
    };
    format!("  {command} 2> /dev/null || true\n")
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.expect("cp").success());
}

fn by_itself(sandbox: &Sandbox, generation: &str) -> bool {
    let ran = sandbox
        .command(Path::new(generation).join("activate"))
        .output()
        .expect("the script starts");
    ran.status.success()
}

#[test]
fn engine_and_script_leave_the_same_home() {
    let sandbox = configured("");
    let mut random = Random(
        std::env::var("HM_SEED")
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(15),
    );
    let saved = sandbox.root().join("saved");
    let (mut switched, mut refused) = (0, 0);
    for round in 0..rounds() {
        let module = module(&mut random);
        configure(&sandbox, &module);
        let built = sandbox
            .program(["build", "--no-out-link"])
            .output()
            .expect("it runs");
        let said = String::from_utf8_lossy(&built.stderr).into_owned();
        assert!(built.status.success(), "round {round}: {module}\n{said}");
        let generation = String::from_utf8_lossy(&built.stdout).trim().to_owned();

        copy(&sandbox.home(), &saved);
        let script = by_itself(&sandbox, &generation);
        let wanted = managed(&sandbox);
        copy(&saved, &sandbox.home());
        let ran = sandbox.run(["switch"]);
        let told = format!("round {round}: {module}\n{}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.code == 0, script, "{told}");
        if script {
            switched += 1;
            assert_eq!(managed(&sandbox), wanted, "{told}");
            sandbox.run(["status"]);
        } else {
            refused += 1;
            assert!(ran.stderr.contains("in the way"), "{told}");
        }
    }
    assert_eq!(switched + refused, rounds());
}
