//! Random graphs of flakes, locked by Nix and by this crate: the lock files must be the same.
//!
//! `NIX_PEER` says how Nix is run (for example `chroot /some/dir`, before the word `nix`; `env` for
//! none); without it the test says that it was skipped. `NIX_PEER_GRAPHS` is the number of graphs,
//! `NIX_PEER_SEED` the first. With `NIX_PEER_RECORD`, what happened is written to the fixtures of
//! `locks.rs`.
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

#[path = "support/graph.rs"]
mod graph;
#[path = "support/record.rs"]
mod record;
mod support;

use std::collections::BTreeMap;
use std::process::Command;

use graph::Graph;
use nix_flake::EvaluatedFlakes;
use nix_flake::lock::{FlakeRequest, InputPath, LockFile, LockOptions, compute_locks, difference};
use nix_flake::registry::RegistryScope;
use record::{Recorder, inputs_to_json, options_to_json};
use serde_json::{Value, json};
use support::World;
use testutils::Random;

struct Peer {
    command: Vec<String>,
}

impl Peer {
    /// Runs Nix on the flake `f0`. Gives the lock file and what was said, or what was wrong.
    fn lock(&self, world: &World, arguments: &[String]) -> Result<(String, String), String> {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        command
            .arg("nix")
            .args(arguments)
            .current_dir(world.path("f0"));
        command.args(["--extra-experimental-features", "nix-command flakes"]);
        command.args(["--allow-dirty-locks", "--option", "warn-dirty", "false"]);
        let output = command.output().expect("the peer can be run");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            return Err(said);
        }
        let text = std::fs::read_to_string(world.path("f0/flake.lock")).unwrap_or_default();
        Ok((text, said))
    }
}

impl Peer {
    /// What the root tells about itself and its inputs.
    fn describe(&self, world: &World) -> Option<Value> {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        let reference = format!("path:{}#describe", world.path("f0").display());
        command.args([
            "nix",
            "eval",
            "--json",
            &reference,
            "--apply",
            "describe: describe 4",
        ]);
        command.args(["--extra-experimental-features", "nix-command flakes"]);
        command.args(["--no-write-lock-file", "--no-eval-cache"]);
        let output = command.output().expect("the peer can be run");
        let json = || serde_json::from_slice(&output.stdout).expect("it is JSON");
        output.status.success().then(json)
    }
}

/// One time that the root was locked.
struct Step {
    options: LockOptions,
    arguments: Vec<String>,
}

fn steps(world: &World, graph: &Graph, random: &mut Random) -> Step {
    let root = format!("path:{}", world.path("f0").display());
    let mut options = LockOptions::default();
    let mut arguments = vec!["flake".to_owned()];
    match random.below(4) {
        0 => {
            arguments.push("update".to_owned());
            for _ in 0..=random.below(2) {
                let input = graph.some_input(random);
                options
                    .updates
                    .insert(InputPath::parse(&input).expect("a path"));
            }
            arguments.extend(options.updates.iter().map(ToString::to_string));
            arguments.extend(["--flake".to_owned(), root]);
        }
        1 => {
            arguments.push("update".to_owned());
            options.recreate = true;
            arguments.extend(["--flake".to_owned(), root]);
        }
        2 => {
            arguments.extend(["lock".to_owned(), root]);
            for _ in 0..=random.below(2) {
                let input = graph.some_input(random);
                let path = InputPath::parse(&input).expect("a path");
                if options.overrides.contains_key(&path) {
                    continue;
                }
                let reference = graph.some_reference(world, random);
                options.overrides.insert(path, world.reference(&reference));
                arguments.extend(["--override-input".to_owned(), input, reference]);
            }
            if random.chance(40) {
                let input = graph.some_input(random);
                arguments.extend(["--update-input".to_owned(), input.clone()]);
                options
                    .updates
                    .insert(InputPath::parse(&input).expect("a path"));
            }
        }
        _ => arguments.extend(["lock".to_owned(), root]),
    }
    Step { options, arguments }
}

/// Locks the root as Nix would, and gives the lock file and a record of what was asked.
///
/// Also gives what must be said about it.
fn ours(
    world: &World,
    old: Option<&str>,
    options: &LockOptions,
) -> (Result<(String, Vec<String>), String>, Value) {
    let session = world.session();
    let reference = world.reference(&format!("path:{}", world.path("f0").display()));
    let root = InputPath::default();
    let request = FlakeRequest {
        reference: &reference,
        registries: RegistryScope::All,
        root: &root,
        is_final: false,
    };
    let flake = match session.flakes.flake(&session.evaluator, &request) {
        Ok(flake) => flake,
        Err(error) => return (Err(error.to_string()), Value::Null),
    };
    let old_locks = match old
        .map(|text| LockFile::parse(text, "flake.lock"))
        .transpose()
    {
        Ok(parsed) => parsed.map(|(lock_file, _)| lock_file).unwrap_or_default(),
        Err(error) => return (Err(error.to_string()), Value::Null),
    };
    let source = EvaluatedFlakes {
        flakes: &session.flakes,
        evaluator: &session.evaluator,
    };
    let mut recorder = Recorder::new(source, flake.location);
    let inputs = &flake.file.inputs;
    let computed = compute_locks(&mut recorder, inputs, &0, &old_locks, options);
    let record = json!({
        "old": old,
        "inputs": inputs_to_json(inputs),
        "options": options_to_json(options),
        "answers": recorder.answers,
    });
    let result = match computed {
        // A lock file that says nothing new is not written.
        Ok(computed) => {
            let mut said = computed.warnings;
            if computed.lock_file == old_locks {
                Ok((old.unwrap_or_default().to_owned(), said))
            } else {
                said.push(
                    difference(&old_locks, &computed.lock_file)
                        .trim_end()
                        .to_owned(),
                );
                Ok((format!("{}\n", computed.lock_file), said))
            }
        }
        Err(error) => Err(error.cause().to_string()),
    };
    (result, record)
}

/// What Nix says was wrong, without where.
fn message(error: &str) -> String {
    error
        .rsplit("error: ")
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

/// What Nix says, without the updates of relative paths to what they were: it takes an input that
/// was read from a lock file for another than one that was not.
fn without_empty_updates(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    let mut kept = String::new();
    let mut index = 0;
    while index < lines.len() {
        if let [update, before, after, ..] = lines[index..]
            && update.starts_with("• Updated input")
            && after.strip_prefix("  → ") == Some(before.trim_start())
        {
            index += 3;
            continue;
        }
        kept.push_str(lines[index]);
        kept.push('\n');
        index += 1;
    }
    kept
}

/// Whether both say the same. That there is no `flake.nix` has words of our own.
fn is_same(ours: &Result<String, String>, theirs: &Result<String, String>) -> bool {
    match (ours, theirs) {
        (Err(ours), Err(theirs)) if ours.starts_with("source tree referenced by") => {
            theirs.contains("/flake.nix' does not exist")
        }
        _ => ours == theirs,
    }
}

#[test]
fn lock_files_are_those_of_nix() {
    let Ok(command) = std::env::var("NIX_PEER") else {
        testutils::skip(
            "lock_files_are_those_of_nix",
            "NIX_PEER does not say how to run Nix",
        );
        return;
    };
    let number = |name: &str, default| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
            .unwrap_or(default)
    };
    let peer = Peer {
        command: command.split_whitespace().map(str::to_owned).collect(),
    };
    let (first, graphs) = (number("NIX_PEER_SEED", 1), number("NIX_PEER_GRAPHS", 25));
    let mut differences = Vec::new();
    let mut recorded = Vec::new();
    let (mut locked, mut described) = (0, 0);
    let mut errors: BTreeMap<String, usize> = BTreeMap::new();
    for seed in first..first + graphs {
        let world = World::new();
        let mut random = Random(seed);
        let graph = Graph::write(&world, &mut random);
        // Some of the inputs have lock files of their own.
        for flake in (1..graph.flakes).rev() {
            if random.chance(50) {
                let reference = format!("path:{}", world.path(&format!("f{flake}")).display());
                let arguments = ["flake", "lock", &reference].map(str::to_owned);
                let _ = peer.lock(&world, &arguments);
                graph.commit(&world, flake);
            }
        }
        for round in 0..4 {
            let lock_path = world.path("f0/flake.lock");
            let old = std::fs::read_to_string(&lock_path).ok();
            let step = match round {
                0 => Step {
                    options: LockOptions::default(),
                    arguments: ["flake", "lock", "path:."].map(str::to_owned).to_vec(),
                },
                _ => steps(&world, &graph, &mut random),
            };
            let (ours, record) = ours(&world, old.as_deref(), &step.options);
            let theirs = peer
                .lock(&world, &step.arguments)
                .map_err(|error| message(&error));
            if let (Ok((_, ours)), Ok((_, theirs))) = (&ours, &theirs) {
                let theirs = without_empty_updates(theirs);
                for text in ours {
                    if !theirs.contains(text.as_str()) {
                        differences.push(format!("seed {seed} round {round}: {text}\n{theirs}"));
                    }
                }
                let ours = ours.join("\n");
                if ours.matches("input '").count() != theirs.matches("input '").count() {
                    differences.push(format!("seed {seed} round {round}: {ours}\n{theirs}"));
                }
            }
            let ours = ours.map(|(text, _)| text);
            let theirs = theirs.map(|(text, _)| text);
            locked += usize::from(theirs.is_ok());
            if let Err(error) = &theirs {
                *errors
                    .entry(error.split('\'').step_by(2).collect::<String>())
                    .or_insert(0) += 1;
            }
            if !is_same(&ours, &theirs) {
                differences.push(format!(
                    "seed {seed} round {round}: {:?}\n{}\n--- ours\n{}\n--- theirs\n{}",
                    step.arguments,
                    world.read("f0/flake.nix"),
                    ours.clone().unwrap_or_else(|error| error),
                    theirs.clone().unwrap_or_else(|error| error),
                ));
            } else if record != Value::Null {
                let expected = match &ours {
                    Ok(text) => json!({ "lock": text }),
                    Err(error) => json!({ "error": error }),
                };
                let case =
                    json!({ "seed": seed, "round": round, "case": record, "expected": expected });
                let root = world.path("").display().to_string();
                recorded.push(
                    case.to_string()
                        .replace(root.trim_end_matches('/'), "/graph"),
                );
            }
            if theirs.is_ok() {
                // Neither writes the lock file, so that both fetch the same: what Nix has just
                // fetched, it describes a little differently.
                let reference = world.reference(&format!("path:{}", world.path("f0").display()));
                let ours = world.session().describe(&reference);
                let theirs = peer.describe(&world);
                // A directory that has changed since is in the store of Nix only.
                let is_gone = matches!(&ours, Err(error) if error.exit_status() == 102);
                let ours = ours.ok();
                described += usize::from(theirs.is_some());
                if ours != theirs && !is_gone {
                    differences.push(format!(
                        "seed {seed} round {round}: {:?}\n{}\n{}\n--- ours\n{ours:?}\n--- theirs\n{theirs:?}",
                        step.arguments,
                        world.read("f0/flake.nix"),
                        world.read("f0/flake.lock")
                    ));
                }
            }
            // Something changes before the next round.
            let changed = random.below(graph.flakes);
            graph.write_flake(&world, &mut random, changed);
        }
    }
    eprintln!(
        "{locked} locked, {described} evaluated, {} differences, errors: {errors:#?}",
        differences.len()
    );
    if let Ok(path) = std::env::var("NIX_PEER_RECORD") {
        std::fs::write(&path, recorded.join("\n") + "\n").expect("the record can be written");
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
