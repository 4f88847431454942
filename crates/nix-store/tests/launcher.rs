//! Builders that are started by a launcher: this program, which therefore has its own `main`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;

use nix_store::build::{
    BuildError, BuildOptions, Cancellation, Launcher, Unobserved, Wanted, launch,
};
use nix_store::{Layout, LocalStore};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo};
use nix_wire::{Derivation, StorePath};

const LAUNCH: &str = "--launch-builder";
const SYSTEM: &str = "x86_64-linux";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == LAUNCH) {
        // Returns only when it failed.
        let error = launch(arguments);
        let mut stderr = std::io::stderr();
        let _ = std::io::Write::write_all(&mut stderr, format!("{error}\n").as_bytes());
        return ExitCode::from(127);
    }
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path().canonicalize().expect("a path");
    let store = LocalStore::new(Layout::below(&root).expect("a layout"));
    what_is_launched_is_the_builder(&store);
    what_cannot_be_launched_says_why(&store);
    ExitCode::SUCCESS
}

fn options() -> BuildOptions {
    let mut options = BuildOptions::new(SYSTEM);
    options.launcher = Some(Launcher {
        program: std::env::current_exe().expect("a path"),
        arguments: vec![OsString::from(LAUNCH)],
    });
    options
}

fn derive(store: &LocalStore, builder: &str, script: &str) -> StorePath {
    let mut derivation = Derivation::new("x");
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    derivation.system = SYSTEM.into();
    derivation.builder = builder.into();
    derivation.arguments = vec![b"-euc".to_vec(), script.into()];
    derivation
        .environment
        .insert(b"PATH".to_vec(), b"/usr/bin:/bin".to_vec());
    derivation
        .fill_in_output_paths(store.store_dir(), |_| {
            Ok::<_, DerivationError>(HashModulo::Deferred)
        })
        .expect("output paths");
    store.add_derivation(&derivation).expect("added")
}

fn build(store: &LocalStore, derivation: &StorePath) -> Result<StorePath, BuildError> {
    let wanted = [Wanted::all_of(derivation.clone())];
    match store.build(&wanted, &options(), &Cancellation::new(), &Unobserved) {
        Ok(mut built) => Ok(built.remove(0).remove("out").expect("an output")),
        Err(mut errors) => Err(errors.0.remove(0)),
    }
}

fn what_is_launched_is_the_builder(store: &LocalStore) {
    let script = "
        exec > $out
        echo name $0
        echo mask $(umask)
        test $PWD = $NIX_BUILD_TOP && test $(pwd -P) = $(cd $NIX_BUILD_TOP; pwd -P) && echo there
        read -r _ _ _ _ group session _ < /proc/$$/stat
        test $group = $$ && test $session = $$ && echo leader
        if (: < /dev/tty) 2> /dev/null; then echo terminal; fi
        exit 0
    ";
    let out = build(store, &derive(store, "/bin/sh", script)).expect("built");
    let text = std::fs::read_to_string(store.layout().real_path(&out)).expect("a file");
    let lines: BTreeSet<&str> = text.lines().collect();
    assert_eq!(
        lines,
        BTreeSet::from(["name sh", "mask 0022", "there", "leader"])
    );
}

fn what_cannot_be_launched_says_why(store: &LocalStore) {
    let error = build(store, &derive(store, "/no/such/builder", "")).expect_err("no builder");
    assert!(
        error.to_string().contains("executing '/no/such/builder': "),
        "{error}"
    );
    let error =
        build(store, &derive(store, "/bin/sh", "echo said; exit 7")).expect_err("a failure");
    let text = error.to_string();
    assert!(
        text.contains("builder failed with exit code 7") && text.contains("> said"),
        "{text}"
    );
}
