//! `public-flakes`: flakes of strangers, seen by this program and by Nix.
//!
//! Inputs that cannot be had are replaced: those that are given, the others by a flake that has
//! nothing in it. So most of the configurations cannot be evaluated; then both have to say the same
//! about why.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::process::{Result, output, program};

/// Compare what this program and Nix say about the flakes in the directories of a directory
#[derive(clap::Args)]
pub struct Arguments {
    /// The directory; each directory in it is a flake
    directory: PathBuf,
    /// How Nix is run: what stands before the word `nix`
    #[arg(long, default_value = "env")]
    nix: String,
    /// The program (default: the released one)
    #[arg(long)]
    program: Option<PathBuf>,
    /// Use a directory in place of the inputs of this name: NAME=DIR
    #[arg(long = "input", value_name = "NAME=DIR")]
    inputs: Vec<String>,
    /// Say what differs
    #[arg(long)]
    verbose: bool,
}

const EMPTY: &str = "{ outputs = _: { }; }\n";

/// What a program said.
struct Said {
    out: String,
    error: String,
    succeeded: bool,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let program = program(arguments.program.as_deref())?;
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let stub = scratch.path().join("empty");
    write(&stub.join("flake.nix"), EMPTY)?;
    let given: BTreeMap<&str, &str> = arguments
        .inputs
        .iter()
        .filter_map(|input| input.split_once('='))
        .collect();
    let entries = std::fs::read_dir(&arguments.directory)
        .map_err(|error| format!("{}: {error}", arguments.directory.display()))?;
    let mut flakes: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("flake.nix").exists())
        .collect();
    flakes.sort();
    let mut differing = 0;
    let (mut shown, mut failed) = (0, 0);
    for flake in &flakes {
        let flake = flake
            .canonicalize()
            .map_err(|error| format!("{}: {error}", flake.display()))?;
        let overrides = overrides(&flake, &given, &stub)?;
        let mut differences = Vec::new();
        for (what, words) in [
            ("metadata", &["flake", "metadata", "--json"][..]),
            ("inputs", &["flake", "metadata"]),
            ("show", &["flake", "show", "--json", "--all-systems"]),
            ("outputs", &["flake", "show"]),
        ] {
            let ask = |command: Command| ask(command, words, &flake, &overrides, scratch.path());
            let mut ours = Command::new(&program);
            ours.arg("nix");
            let mut words_of_nix = arguments.nix.split_whitespace();
            let mut theirs = Command::new(words_of_nix.next().unwrap_or("env"));
            theirs.args(words_of_nix).arg("nix");
            let (ours, theirs) = (ask(ours)?, ask(theirs)?);
            if what == "show" {
                shown += usize::from(theirs.succeeded);
                failed += usize::from(!theirs.succeeded);
            }
            let is_same = match (ours.succeeded, theirs.succeeded) {
                // What both said before they failed is no result.
                (false, false) => ours.error == theirs.error,
                _ => ours.out == theirs.out && ours.succeeded == theirs.succeeded,
            };
            if !is_same {
                differences.push(what);
                if arguments.verbose {
                    println!(
                        "--- {what} ours\n{}{}\n--- theirs\n{}{}",
                        ours.out, ours.error, theirs.out, theirs.error
                    );
                }
            }
        }
        differing += usize::from(!differences.is_empty());
        let name = flake.file_name().unwrap_or_default().to_string_lossy();
        match differences.as_slice() {
            [] => println!("same    {name}"),
            _ => println!("DIFFERS {name}: {}", differences.join(", ")),
        }
    }
    println!(
        "{} flakes, {differing} differ; {shown} can be shown without their inputs, of {failed} both \
         say why not",
        flakes.len()
    );
    match differing {
        0 => Ok(()),
        _ => Err(format!("{differing} flakes differ")),
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(parent)
        .and_then(|()| std::fs::write(path, text))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// The options that replace the inputs of a flake.
fn overrides(flake: &Path, given: &BTreeMap<&str, &str>, stub: &Path) -> Result<Vec<String>> {
    let lock_path = flake.join("flake.lock");
    let mut options = Vec::new();
    let Ok(text) = std::fs::read_to_string(&lock_path) else {
        return Ok(options);
    };
    let lock: Value =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", lock_path.display()))?;
    let root = lock["root"].as_str().unwrap_or("root");
    for (name, node) in lock["nodes"][root]["inputs"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let Some(key) = node.as_str() else { continue };
        let is_relative = lock["nodes"][key]["locked"]["path"]
            .as_str()
            .is_some_and(|path| !path.starts_with('/'));
        if is_relative {
            continue;
        }
        let known = given
            .iter()
            .find(|(wanted, _)| name == **wanted || name.starts_with(&format!("{wanted}-")));
        let directory =
            known.map_or_else(|| stub.display().to_string(), |(_, to)| (*to).to_owned());
        options.extend([
            "--override-input".to_owned(),
            name.clone(),
            format!("path:{directory}"),
        ]);
    }
    Ok(options)
}

fn ask(
    mut command: Command,
    words: &[&str],
    flake: &Path,
    overrides: &[String],
    scratch: &Path,
) -> Result<Said> {
    command
        .args(words)
        .arg(format!("path:{}", flake.display()))
        .args(overrides)
        .args(["--no-write-lock-file", "--extra-experimental-features"])
        .args(["nix-command flakes", "--option", "flake-registry", ""])
        .env("HOME", scratch)
        .env("NIX_STORE_DIR", scratch.join("store"))
        .env("NIX_STATE_DIR", scratch.join("state"))
        .env_remove("XDG_CACHE_HOME");
    let ran = output(&mut command)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let error = text(&ran.stderr);
    let error = match error.rfind("error: ") {
        Some(start) => first_lines(&error[start..]),
        None => String::new(),
    };
    Ok(Said {
        out: text(&ran.stdout),
        error,
        succeeded: ran.status.success(),
    })
}

/// The message of an error, without where it is.
fn first_lines(error: &str) -> String {
    let lines = error.lines().take_while(|line| {
        let line = line.trim_start();
        !line.starts_with("at ") && !line.is_empty()
    });
    lines.collect::<Vec<_>>().join("\n")
}
