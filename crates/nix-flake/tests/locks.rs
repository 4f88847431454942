//! Lock files of graphs that Nix 2.34.8 has locked, made again from what was recorded of the flakes
//! (see `peer_locks.rs`).

#[path = "support/record.rs"]
mod record;

use nix_flake::lock::LockFile;
use record::replay;
use serde_json::Value;

fn cases() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/locks.jsonl");
    let text = std::fs::read_to_string(path).expect("the fixture is there");
    text.lines()
        .map(|line| serde_json::from_str(line).expect("the fixture is JSON"))
        .collect()
}

#[test]
fn recorded_graphs_are_locked_as_nix_did() {
    let cases = cases();
    assert!(cases.len() >= 30, "only {} cases", cases.len());
    for case in cases {
        let ours = replay(&case["case"]).map_err(|error| error.cause().to_string());
        let theirs = match case["expected"]["error"].as_str() {
            Some(error) => Err(error.to_owned()),
            None => Ok(case["expected"]["lock"]
                .as_str()
                .expect("a lock file")
                .to_owned()),
        };
        // One that says nothing new is not written.
        let ours = match (&ours, case["case"]["old"].as_str()) {
            (Ok(new), Some(old)) if parsed(new) == parsed(old) => Ok(old.to_owned()),
            (Ok(new), None) if parsed(new) == LockFile::default() => Ok(String::new()),
            _ => ours,
        };
        assert_eq!(
            ours, theirs,
            "seed {} round {}",
            case["seed"], case["round"]
        );
    }
}

fn parsed(text: &str) -> LockFile {
    LockFile::parse(text, "flake.lock")
        .expect("it is a lock file")
        .0
}

#[test]
fn what_was_read_is_written_again() {
    for case in cases() {
        if let Some(text) = case["expected"]["lock"]
            .as_str()
            .filter(|text| !text.is_empty())
        {
            assert_eq!(format!("{}\n", parsed(text)), text);
        }
    }
}
