//! `kill -9` at a random point of a switch.
//!
//! `HM_KILL_ROUNDS` sets the number of rounds; the default is what continuous integration runs.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::{Duration, Instant};

use testutils::{Random, Sandbox};

use crate::support::{configure, configured, managed};

const ONE: &str = r#"
  home.file."a/b/one".text = "one";
  home.file."a/shared".text = "1";
  home.file."becomes-directory".text = "file";
  home.file.".hidden/x".text = "1";
  home.activation.slow = lib.hm.dag.entryAfter [ "linkGeneration" ] "read -rt 0.01 < /dev/zero || true";
"#;

const OTHER: &str = r#"
  home.file."a/b/other".text = "other";
  home.file."a/shared".text = "2";
  home.file."becomes-directory/inner".text = "directory";
  home.file."users".text = "managed";
  home.sessionVariables.X = "1";
"#;

fn rounds() -> u32 {
    std::env::var("HM_KILL_ROUNDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(25)
}

struct State {
    files: BTreeMap<String, String>,
    current: String,
}

fn state(sandbox: &Sandbox) -> State {
    let profile = sandbox
        .home()
        .join(".local/state/nix/profiles/home-manager");
    let path = profile.canonicalize().expect("a current generation");
    let root = sandbox
        .home()
        .join(".local/state/home-manager/gcroots/current-home");
    assert_eq!(
        root.canonicalize().expect("a root"),
        path,
        "profile and home have come apart"
    );
    State {
        files: managed(sandbox),
        current: path.display().to_string(),
    }
}

#[test]
fn a_killed_switch_leaves_the_old_home_or_the_new_one() {
    let sandbox = configured(ONE);
    sandbox.write("users", "mine");
    sandbox.succeed(["switch", "-b", "backup"]);
    let one = state(&sandbox);
    configure(&sandbox, OTHER);
    let start = Instant::now();
    sandbox.succeed(["switch", "-b", "backup"]);
    let duration = start.elapsed();
    let other = state(&sandbox);
    assert_ne!(one.files, other.files);

    let mut random = Random(20_261_124);
    let (mut stayed, mut went) = (0, 0);
    let mut at_other = true;
    for round in 0..rounds() {
        configure(&sandbox, if at_other { ONE } else { OTHER });
        let micros = duration.as_micros() as u64 * 5 / 4;
        let mut child = sandbox
            .program(["switch", "-b", "backup"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts");
        std::thread::sleep(Duration::from_micros(random.next() % micros.max(1)));
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("the program ends");

        let ran = sandbox.run(["status"]);
        assert_eq!(ran.code, 0, "round {round}: {}{}", ran.stdout, ran.stderr);
        let now = state(&sandbox);
        let (wanted, expected_other) = if now.current == one.current {
            (&one, false)
        } else {
            (&other, true)
        };
        assert_eq!(now.current, wanted.current, "round {round}");
        let mut files = now.files.clone();
        let mut wanted_files = wanted.files.clone();
        // The user's file is in its place in one home and in its backup in the other.
        for tree in [&mut files, &mut wanted_files] {
            tree.retain(|path, _| !path.starts_with("users"));
        }
        assert_eq!(files, wanted_files, "round {round}");
        let users: Vec<&String> = now
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("users"))
            .map(|(_, text)| text)
            .collect();
        assert!(
            users.iter().any(|text| text.ends_with(" mine")),
            "round {round}: {users:?}"
        );
        if expected_other == at_other {
            stayed += 1;
        } else {
            went += 1;
        }
        at_other = expected_other;
    }
    assert_eq!(stayed + went, rounds());
}
