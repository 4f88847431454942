use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use nix_store::Layout;
use nix_store::build::{BuildOptions, Cancellation};

use nix_eval::unit::CompiledFiles;

use super::Compiled;
use super::pack::{Addition, Pack};
use crate::{Engine, FlakeSettings, Settings, Silent};

fn engine(directory: &Path, keep_compiled: bool) -> Engine {
    let settings = Settings {
        layout: Layout::below(directory).expect("a layout"),
        system: "x86_64-linux".to_owned(),
        features: Default::default(),
        pure: false,
        environment: Default::default(),
        home: None,
        cache: directory.join("cache"),
        keep_compiled,
        trace_imports: false,
        keep_evaluations: false,
        open_store: None,
        flakes: FlakeSettings::default(),
        build: BuildOptions::new("x86_64-linux"),
    };
    Engine::new(settings, Rc::new(Silent), Cancellation::new())
}

/// What a file evaluates to, with the position of its attribute `here`.
fn evaluate(directory: &Path, file: &Path, keep_compiled: bool) -> String {
    nix_eval::with_large_stack(|| {
        let evaluator = engine(directory, keep_compiled).evaluator(|_| ());
        let value = evaluator
            .eval_file(file)
            .and_then(|value| evaluator.force_deep(value));
        match value {
            Ok(value) => evaluator.print(value).expect("a text"),
            Err(error) => format!("{:?}", evaluator.report(&error)),
        }
    })
}

/// Lets a file seem to have been as it is for a while.
fn age(file: &Path) {
    let handle = fs::File::options().write(true).open(file).expect("a file");
    let before = SystemTime::now() - Duration::from_secs(60);
    handle.set_modified(before).expect("a time");
}

const PROGRAMS: [&str; 8] = [
    "let b = 1; a = b + 1; in { inherit a; c = rec { z = y; y = ./x; }; }",
    "{ here = __curPos; text = \"a${toString [ 1 2 ]}\"; }",
    "{\n\n  here = __curPos; }",
    "(x: { z, a ? z, ... }@all: [ x a all.b ]) 1 { z = 2; b = 3; }",
    "with builtins; with { q = 1; }; [ (head [ q ]) (length []) (sub 3 1) (3 - 1) (1 < 2) ]",
    "let s = { a.b.c = 1; a.b.${\"d\"} = 2; }; in [ (s.a.b.c or 0) (s ? a.x) s.a.b.d (s.x or 7) ]",
    "undefined",
    "{ a = 1; ",
];

#[test]
fn kept_files_mean_what_fresh_ones_do() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file.nix");
    // Each program twice in a row, and again after the others.
    let mut kept = 0;
    for round in 0..3 {
        for program in PROGRAMS {
            fs::write(&file, program).expect("a file");
            let fresh = evaluate(directory.path(), &file, false);
            for _ in 0..2 {
                assert_eq!(evaluate(directory.path(), &file, true), fresh, "{program}");
            }
            kept += usize::from(round > 0);
        }
    }
    assert!(kept > 0 && directory.path().join("cache/compiled").exists());
}

#[test]
fn an_edit_is_seen_although_times_and_size_are_the_same() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file.nix");
    for number in 0..20 {
        fs::write(&file, format!("{}", 100 + number)).expect("a file");
        age(&file);
        let found = evaluate(directory.path(), &file, true);
        assert_eq!(found, format!("{}", 100 + number));
    }
}

#[test]
fn a_file_is_known_by_its_identity_until_it_changes() {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("file.nix");
    let cache = directory.path().join("cache");
    let text = b"{ a = 1; }";
    fs::write(&file, text).expect("a file");
    evaluate(directory.path(), &file, true);
    let open = |too_recent| {
        let mut compiled = Compiled::open(&cache, 0);
        compiled.too_recent = too_recent;
        compiled
    };
    let careful = open(Duration::from_secs(2));
    assert!(careful.find_text(&file, text).is_some());
    drop(careful);
    assert!(
        open(Duration::ZERO).find(&file).is_none(),
        "too recent to be noted"
    );

    let careless = open(Duration::ZERO);
    assert!(careless.find_text(&file, text).is_some());
    drop(careless);
    assert!(open(Duration::ZERO).find(&file).is_some());
    fs::write(&file, b"{ a = 12; }").expect("a file");
    assert!(open(Duration::ZERO).find(&file).is_none(), "changed");
}

/// A pack with units of these words, each under a key that repeats its first word.
fn pack_with(path: &Path, units: &[&[u32]]) {
    let additions: Vec<Addition> = units
        .iter()
        .map(|words| Addition {
            key: [words[0]; 4],
            file: Some([words[0] + 1000; 4]),
            words: Some((*words).into()),
        })
        .collect();
    Pack::open(path).add(&additions).expect("a pack");
}

/// A file compiled, as words.
fn unit_words(directory: &Path) -> Vec<u32> {
    let file = directory.join("unit.nix");
    fs::write(&file, "{ a = 1; }").expect("a file");
    evaluate(directory, &file, true);
    let bytes = fs::read(directory.join("cache/compiled")).expect("a pack");
    let words: Vec<u32> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| u32::from_le_bytes(*bytes))
        .collect();
    // The first unit follows the two words of the header; its place is in the index.
    let index = words[words.len() - 7] as usize;
    let (start, len) = (words[index + 6] as usize, words[index + 7] as usize);
    words[start..start + len].to_vec()
}

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("pack");
    (directory, path)
}

#[test]
fn packs_are_added_to() {
    let (directory, path) = place();
    let unit = unit_words(directory.path());
    let key = [unit[0]; 4];
    pack_with(&path, &[&unit]);
    let first = fs::read(&path).expect("a pack");
    pack_with(&path, &[&unit, &[7, 8, 9]]);
    let second = fs::read(&path).expect("a pack");
    assert!(second.starts_with(&first), "only ever appended to");
    let pack = Pack::open(&path);
    assert_eq!(pack.by_key(&key).expect("the unit").words(), unit);
    assert!(pack.by_file(&[unit[0] + 1000; 4]).is_some());
    assert!(pack.by_key(&[7; 4]).is_none(), "not a unit");
}

#[test]
fn damage_is_noticed() {
    let (directory, path) = place();
    let unit = unit_words(directory.path());
    let key = [unit[0]; 4];
    pack_with(&path, &[&unit]);
    let whole = fs::read(&path).expect("a pack");
    for cut in [0, 3, 8, whole.len() / 2, whole.len() - 1, whole.len() - 4] {
        fs::write(&path, &whole[..cut]).expect("a pack");
        assert!(Pack::open(&path).by_key(&key).is_none(), "cut at {cut}");
        // What is added to a damaged pack replaces it.
        pack_with(&path, &[&unit]);
        assert!(Pack::open(&path).by_key(&key).is_some(), "cut at {cut}");
    }
    for place in (8..8 + unit.len() * 4).step_by(13) {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        fs::write(&path, changed).expect("a pack");
        assert!(
            Pack::open(&path).by_key(&key).is_none(),
            "changed at {place}"
        );
    }
}
