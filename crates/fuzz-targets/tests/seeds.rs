//! All targets over their seeds and mutated copies of them, the same in each run.
#![expect(
    clippy::print_stderr,
    reason = "the input of a failure is for developers"
)]

use std::path::{Path, PathBuf};

use fuzz_targets::mutate::{Random, dictionary, mutate};
use fuzz_targets::{TARGETS, Target};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = fuzz().join("seeds").join(target.name);
    let mut files: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let text = std::fs::read(&file).expect("a seed");
            (file, text)
        })
        .collect()
}

/// Says what was tried when the target panics.
struct Trying<'a>(&'a Target, &'a [u8]);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "the target {} with the input b\"{}\"",
                self.0.name,
                self.1.escape_ascii()
            );
        }
    }
}

fn try_input(target: &Target, input: &[u8]) {
    let trying = Trying(target, input);
    (target.run)(input);
    drop(trying);
}

fn test(name: &str) {
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("a target");
    nix_eval::with_large_stack(|| {
        let seeds: Vec<Vec<u8>> = seeds(target).into_iter().map(|(_, text)| text).collect();
        assert!(!seeds.is_empty(), "{name} has no seeds");
        for seed in &seeds {
            try_input(target, seed);
        }
        let words = if target.is_language {
            let file = fuzz().join("nix.dict");
            dictionary(&std::fs::read_to_string(file).expect("the dictionary"))
        } else {
            Vec::new()
        };
        let mut random = Random::new(0x006e_6978);
        for _ in 0..target.mutations {
            try_input(target, &mutate(&mut random, &seeds, &words));
        }
    });
}

macro_rules! tests {
    ($($name:ident),*) => {
        $(#[test]
        fn $name() {
            test(stringify!($name));
        })*

        #[test]
        fn every_target_is_tested() {
            let tested = [$(stringify!($name)),*];
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            assert_eq!(names, tested);
        }
    };
}

tests!(
    parse,
    evaluate,
    nar,
    narinfo,
    aterm,
    nix_conf,
    worker_protocol,
    flake_reference,
    lock_file,
    json,
    toml,
    regex
);
