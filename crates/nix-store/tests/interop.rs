//! The same store used by Nix and by this crate, when `NIX_TEST_COMMAND` is a command before which
//! Nix's own can be put (`env`, where Nix is installed), and which sees the temporary directory.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use nix_store::build::{BuildOptions, Cancellation, Unobserved, Wanted};
use nix_store::profile::Profile;
use nix_store::{Layout, LocalStore, PathInfo};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo};
use nix_wire::{ContentAddressMethod, Derivation, HashAlgorithm, StorePath};

struct Nix {
    prefix: String,
    layout: Layout,
}

impl Nix {
    fn new(layout: &Layout) -> Option<Nix> {
        let Ok(prefix) = std::env::var("NIX_TEST_COMMAND") else {
            let mut stderr = std::io::stderr();
            let message = b"skipped: NIX_TEST_COMMAND is not set\n";
            let _ = std::io::Write::write_all(&mut stderr, message);
            return None;
        };
        Some(Nix {
            prefix,
            layout: layout.clone(),
        })
    }

    /// What the command wrote, which must not fail.
    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {error}");
        String::from_utf8(output.stdout).expect("text")
    }

    fn output(&self, arguments: &[&str]) -> Output {
        Command::new(&self.prefix)
            .arg("env")
            .arg(format!("NIX_STORE_DIR={}", self.layout.store_dir))
            .arg(format!("NIX_STATE_DIR={}", self.layout.state_dir.display()))
            .arg(format!("NIX_LOG_DIR={}", self.layout.log_dir.display()))
            .arg("NIX_REMOTE=local")
            .arg("NIX_CONFIG=sandbox = false\nsubstituters =\nbuild-users-group =")
            .args(arguments)
            .output()
            .expect("the command")
    }
}

fn temporary_layout() -> (tempfile::TempDir, Layout) {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().canonicalize().expect("a path");
    let layout = Layout::below(&root).expect("a layout");
    (directory, layout)
}

fn lines(text: &str) -> BTreeSet<&str> {
    text.lines().collect()
}

fn sample_derivation(store: &LocalStore, source: &PathInfo) -> Derivation {
    let mut derivation = Derivation::new("sample");
    derivation.system = b"x86_64-linux".to_vec();
    derivation.builder = b"/bin/sh".to_vec();
    derivation.arguments = vec![
        b"-c".to_vec(),
        b"echo $source $dev > $out; echo $name > $dev".to_vec(),
    ];
    for output in ["out", "dev"] {
        derivation
            .outputs
            .insert(output.to_owned(), DerivationOutput::Deferred);
    }
    derivation.input_sources.insert(source.path.clone());
    for (name, value) in [
        ("name", "sample".to_owned()),
        ("builder", "/bin/sh".to_owned()),
        ("system", "x86_64-linux".to_owned()),
        ("outputs", "out dev".to_owned()),
        ("source", store.layout().print(&source.path)),
    ] {
        derivation.environment.insert(name.into(), value.into());
    }
    let no_inputs = |_: &StorePath| Ok::<_, DerivationError>(HashModulo::Deferred);
    derivation
        .fill_in_output_paths(store.store_dir(), no_inputs)
        .expect("output paths");
    derivation
}

fn add_source(store: &LocalStore, directory: &Path) -> PathInfo {
    let source = directory.join("source");
    fs::create_dir_all(source.join("sub")).expect("directories");
    fs::write(source.join("sub/file"), "contents\n").expect("a file");
    store
        .add_path(
            "source",
            &source,
            ContentAddressMethod::NixArchive,
            HashAlgorithm::Sha256,
        )
        .expect("added")
}

fn build(store: &LocalStore, derivation: &StorePath) {
    store
        .build(
            &[Wanted::all_of(derivation.clone())],
            &BuildOptions::new("x86_64-linux"),
            &Cancellation::new(),
            &Unobserved,
        )
        .expect("built");
}

#[test]
fn nix_finds_nothing_wrong_with_a_store_of_ours() {
    let (directory, layout) = temporary_layout();
    let Some(nix) = Nix::new(&layout) else { return };
    let store = LocalStore::new(layout.clone());
    let source = add_source(&store, directory.path());
    let leaf = store
        .add_text("leaf", "leaf", BTreeSet::new())
        .expect("added");
    let text = store
        .add_text("text", "text", BTreeSet::from([leaf]))
        .expect("added");
    let derivation = store
        .add_derivation(&sample_derivation(&store, &source))
        .expect("added");
    build(&store, &derivation);
    let outputs = store.derivation_outputs(&derivation).expect("readable");
    let profile = Profile::new(directory.path().join("profile"));
    for object in [&text, &outputs["out"]] {
        let number = profile
            .create_generation(&store, object)
            .expect("a generation");
        profile.switch_to(number).expect("switched");
    }

    nix.run(&["nix-store", "--verify", "--check-contents"]);
    for path in store.all_valid_paths().expect("readable") {
        let info = store.require(&path).expect("valid");
        let print = layout.print(&path);
        let references: BTreeSet<String> = info
            .references
            .iter()
            .map(|path| layout.print(path))
            .collect();
        let query = |what: &str| nix.run(&["nix-store", "--query", what, &print]);
        let found = query("--references");
        assert_eq!(
            lines(&found),
            references.iter().map(String::as_str).collect()
        );
        assert_eq!(
            query("--hash").trim(),
            format!("sha256:{}", info.nar_hash.nix32())
        );
        assert_eq!(query("--size").trim(), info.nar_size.to_string());
    }
    let out = layout.print(&outputs["out"]);
    let query = |what: &str| nix.run(&["nix-store", "--query", what, &out]);
    assert_eq!(query("--deriver").trim(), layout.print(&derivation));
    // Nix reads the log of a build of ours, and builds nothing again.
    nix.run(&["nix-store", "--read-log", &layout.print(&derivation)]);
    nix.run(&[
        "nix-store",
        "--realise",
        &layout.print(&derivation),
        "--max-jobs",
        "0",
    ]);

    let profile_path = profile.path().display().to_string();
    let generations = nix.run(&["nix-env", "-p", &profile_path, "--list-generations"]);
    assert_eq!(generations.lines().count(), 2);
    assert!(
        generations
            .lines()
            .last()
            .is_some_and(|line| line.contains("(current)"))
    );
    let roots = nix.run(&["nix-store", "--gc", "--print-roots"]);
    assert!(roots.contains(&out), "{roots}");
    drop(store);
    let dead = nix.run(&["nix-store", "--gc", "--print-dead"]);
    assert_eq!(
        lines(&dead),
        BTreeSet::new(),
        "everything is in use, derivers included"
    );
    profile.delete_generations(&[1]).expect("deleted");
    nix.run(&["nix-store", "--gc"]);
    let store = LocalStore::new(layout);
    assert!(!store.is_valid(&text).expect("readable"));
    assert!(store.is_valid(&outputs["out"]).expect("readable"));
    assert!(store.verify(true).expect("readable").is_empty());
}

const EXPRESSION: &str = r#"
derivation {
  name = "sample";
  system = "x86_64-linux";
  builder = "/bin/sh";
  args = [ "-c" "echo $source $dev > $out; echo $name > $dev" ];
  outputs = [ "out" "dev" ];
  source = ./source;
}
"#;

#[test]
fn we_find_nothing_wrong_with_a_store_of_nix() {
    let (directory, layout) = temporary_layout();
    let Some(nix) = Nix::new(&layout) else { return };
    fs::create_dir_all(directory.path().join("source/sub")).expect("directories");
    fs::write(directory.path().join("source/sub/file"), "contents\n").expect("a file");
    let expression = directory.path().join("sample.nix");
    fs::write(&expression, EXPRESSION).expect("a file");
    let expression = expression.display().to_string();
    let printed = nix.run(&["nix-instantiate", &expression]);
    let derivation = layout.store_dir.parse(printed.trim()).expect("a path");
    nix.run(&["nix-store", "--realise", printed.trim()]);

    let store = LocalStore::new(layout.clone());
    assert!(store.verify(true).expect("readable").is_empty());
    build(&store, &derivation);

    // What we make of the same in the same place is the same.
    let source = add_source(&store, directory.path());
    let sample = sample_derivation(&store, &source);
    assert_eq!(
        sample,
        store.read_derivation(&derivation).expect("a derivation")
    );
    assert_eq!(store.add_derivation(&sample).expect("added"), derivation);
    let outputs = store.derivation_outputs(&derivation).expect("readable");
    let theirs = store.require(&outputs["out"]).expect("valid");
    store.forget_temporary_roots();
    nix.run(&["nix-store", "--delete", &layout.print(&outputs["out"])]);
    let store = LocalStore::new(layout);
    assert!(!store.is_valid(&outputs["out"]).expect("readable"));
    build(&store, &derivation);
    let mut again = store.require(&outputs["out"]).expect("valid");
    again.registration_time = theirs.registration_time;
    assert_eq!(again, theirs);
    nix.run(&["nix-store", "--verify", "--check-contents"]);
}

#[test]
fn an_archive_that_nix_exported_is_imported() {
    let (directory, layout) = temporary_layout();
    let Some(nix) = Nix::new(&layout) else { return };
    let store = LocalStore::new(layout.clone());
    let source = add_source(&store, directory.path());
    let archive = nix
        .output(&["nix-store", "--dump", &layout.print(&source.path)])
        .stdout;
    let mut exported = Vec::new();
    store
        .export_archive(&source.path, &mut exported)
        .expect("exported");
    assert!(archive == exported, "the archives differ");
    let (_other_directory, other_layout) = temporary_layout();
    let other = LocalStore::new(other_layout);
    let info = PathInfo {
        content_address: None,
        ..source
    };
    other
        .import_archive(&info, &mut archive.as_slice())
        .expect("imported");
    assert!(other.verify(true).expect("readable").is_empty());
}

#[test]
fn builders_are_given_what_nix_gives_them() {
    let (directory, layout) = temporary_layout();
    let Some(nix) = Nix::new(&layout) else { return };
    let expression = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/builders.nix");
    let instantiate = || -> Vec<String> {
        let printed = nix.run(&["nix-instantiate", expression]);
        printed.lines().map(str::to_owned).collect()
    };
    let derivations = instantiate();
    assert!(derivations.len() >= 9);
    let outputs = |store: &LocalStore| -> Vec<PathInfo> {
        let mut infos = Vec::new();
        for path in store.all_valid_paths().expect("readable") {
            let mut info = store.require(&path).expect("valid");
            info.registration_time = 0;
            infos.push(info);
        }
        infos
    };
    let store = LocalStore::new(layout.clone());
    for derivation in &derivations {
        build(&store, &layout.store_dir.parse(derivation).expect("a path"));
    }
    let ours = outputs(&store);
    assert!(store.verify(true).expect("readable").is_empty());
    drop(store);

    let removed = Command::new("chmod")
        .args(["-R", "u+w"])
        .arg(directory.path())
        .status();
    assert!(removed.expect("chmod").success());
    fs::remove_dir_all(&layout.real_store_dir).expect("removed");
    fs::remove_dir_all(&layout.state_dir).expect("removed");
    assert_eq!(instantiate(), derivations);
    let mut arguments = vec!["nix-store", "--realise"];
    arguments.extend(derivations.iter().map(String::as_str));
    nix.run(&arguments);
    let theirs = outputs(&LocalStore::new(layout));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(ours.len(), theirs.len());
}
