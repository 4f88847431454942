//! `cargo xtask parity DIR`: the derivation paths that this program computes, against what Nix said.
//!
//! The golden files (`DIR/golden/*.tsv`: a name, a tab, the derivation path) hold for the checkouts
//! at the commits that `xtask/README.md` names. With `--nix`, Nix is asked instead: about all
//! attributes of the sets, or about those of an expression.

mod difference;
mod suites;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args as ClapArgs;

use crate::process::{Result, output, program};
use suites::{SUITES, Suite};

/// Compare derivation paths with those that Nix computed
#[derive(ClapArgs)]
pub struct Arguments {
    /// Where the checkouts are
    directory: PathBuf,

    /// Where the golden files are
    #[arg(long, value_name = "DIR")]
    golden: Option<PathBuf>,

    /// Check only this golden file
    #[arg(long, value_name = "NAME")]
    only: Option<String>,

    /// Check at most this many lines of each file
    #[arg(long)]
    limit: Option<usize>,

    /// Run this program instead of building one
    #[arg(long, value_name = "PROGRAM")]
    program: Option<PathBuf>,

    /// What goes before a command of Nix; differences are then shown as a diff of the derivations
    #[arg(long, value_name = "PREFIX", num_args = 0..=1, default_missing_value = "")]
    nix: Option<String>,

    /// Ask Nix about every attribute of the golden files' sets, in place of the golden lines
    #[arg(long, requires = "nix")]
    all: bool,

    /// Ask Nix about every attribute of this expression, in place of the golden files
    #[arg(long, value_name = "EXPRESSION", requires = "nix")]
    expression: Option<String>,
}

/// How many names one process evaluates.
const BATCH: usize = 100;
/// What stands for a value without a derivation in it, and for one that cannot be evaluated.
const NOTHING: [&str; 2] = ["(none)", "(fails)"];

/// A way to evaluate: a command line that `nix-instantiate`'s options are added to.
struct Evaluator {
    command: Vec<String>,
    directory: PathBuf,
}

/// Evaluates every name and compares.
pub fn run(arguments: &Arguments) -> Result<()> {
    let directory = arguments
        .directory
        .canonicalize()
        .map_err(|error| format!("DIR: {error}"))?;
    let program = program(arguments.program.as_deref())?;
    let own = Evaluator {
        command: vec![program.display().to_string(), "nix-instantiate".to_owned()],
        directory: directory.clone(),
    };
    let nix = arguments.nix.as_ref().map(|prefix| Evaluator {
        command: prefix
            .split_whitespace()
            .chain(["nix-instantiate"])
            .map(str::to_owned)
            .collect(),
        directory: directory.clone(),
    });
    let limit = arguments.limit.unwrap_or(usize::MAX);
    let mut wrong = 0;
    if let (Some(expression), Some(nix)) = (&arguments.expression, &nix) {
        let function = suites::attributes_of(expression);
        let names = own.names(&format!("({expression})"), limit)?;
        let lines = nix.answers(&function, &names)?;
        return verdict(check(&own, Some(nix), "expression", &function, &lines)?);
    }
    for suite in SUITES {
        let chosen = arguments.only.as_deref();
        if chosen.is_some_and(|only| !suite.file.starts_with(only)) {
            continue;
        }
        let function = suite.function(&directory);
        let lines = match &nix {
            Some(nix) if arguments.all => {
                let names = own.names(&suite.set(&directory), limit)?;
                nix.answers(&function, &names)?
            }
            _ => {
                let Some(lines) = golden_lines(arguments, &directory, suite) else {
                    continue;
                };
                lines
            }
        };
        wrong += check(&own, nix.as_ref(), suite.file, &function, &lines)?;
    }
    verdict(wrong)
}

fn verdict(wrong: usize) -> Result<()> {
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} derivation paths differ"))
    }
}

/// Names with what Nix says of them.
type Lines = Vec<(String, String)>;

fn golden_lines(arguments: &Arguments, directory: &Path, suite: &Suite) -> Option<Lines> {
    let golden = arguments
        .golden
        .clone()
        .unwrap_or_else(|| directory.join("golden"));
    let path = golden.join(suite.file);
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {} is not there", path.display());
        return None;
    };
    Some(
        text.lines()
            .filter_map(|line| line.split_once('\t'))
            .map(|(name, path)| (name.to_owned(), path.to_owned()))
            .take(arguments.limit.unwrap_or(usize::MAX))
            .collect(),
    )
}

/// Compares and tells of what differs; the first of them in full.
fn check(
    own: &Evaluator,
    nix: Option<&Evaluator>,
    title: &str,
    function: &str,
    lines: &Lines,
) -> Result<usize> {
    let names: Vec<String> = lines.iter().map(|(name, _)| name.clone()).collect();
    let found: BTreeMap<String, String> = own.answers(function, &names)?.into_iter().collect();
    let paths = lines.iter().filter(|(_, path)| path.ends_with(".drv"));
    let wrong: Vec<(&String, &String, &str)> = lines
        .iter()
        .filter_map(|(name, wanted)| {
            let found = found.get(name).map_or("(no answer)", String::as_str);
            (found != wanted).then_some((name, wanted, found))
        })
        .collect();
    println!(
        "{title}: {} of {} equal ({} derivations)",
        lines.len() - wrong.len(),
        lines.len(),
        paths.count()
    );
    for (name, wanted, found) in wrong.iter().take(20) {
        println!("  {name}\n    Nix:  {wanted}\n    here: {found}");
    }
    let first = wrong
        .iter()
        .find(|(_, wanted, found)| wanted.ends_with(".drv") && found.ends_with(".drv"));
    if let Some((name, wanted, _)) = first {
        match nix {
            Some(nix) => difference::explain(nix, &format!("({function}) {name:?}"), wanted)?,
            None => println!("with --nix PREFIX, the derivations of {name} are shown as a diff"),
        }
    }
    Ok(wrong.len())
}

impl Evaluator {
    fn json(&self, expression: &str) -> Result<std::result::Result<serde_json::Value, String>> {
        let ran = output(
            Command::new(&self.command[0])
                .args(&self.command[1..])
                .args(["--eval", "--strict", "--json", "--expr", expression])
                .current_dir(&self.directory),
        )?;
        if !ran.status.success() {
            return Ok(Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()));
        }
        serde_json::from_slice(&ran.stdout)
            .map(Ok)
            .map_err(|error| format!("no JSON: {error}"))
    }

    /// The names of a set.
    fn names(&self, set: &str, limit: usize) -> Result<Vec<String>> {
        let names = self.json(&format!("builtins.attrNames {set}"))??;
        let names = names.as_array().into_iter().flatten();
        Ok(names
            .filter_map(|name| name.as_str().map(str::to_owned))
            .take(limit)
            .collect())
    }

    /// What a function says of each name.
    fn answers(&self, function: &str, names: &[String]) -> Result<Lines> {
        let mut lines = Vec::new();
        for batch in names.chunks(BATCH) {
            self.batch(function, batch, &mut lines)?;
        }
        Ok(lines)
    }

    fn batch(&self, function: &str, names: &[String], lines: &mut Lines) -> Result<()> {
        let quoted: Vec<String> = names.iter().map(|name| suites::quote(name)).collect();
        let expression = format!(
            "let path = {function}; in builtins.listToAttrs (map (name: {{ inherit name; value = \
             let tried = builtins.tryEval (path name); in if tried.success then tried.value else \
             \"{}\"; }}) [ {} ])",
            NOTHING[1],
            quoted.join(" ")
        );
        match self.json(&expression)? {
            Ok(found) => lines.extend(names.iter().map(|name| {
                let path = found[name.as_str()].as_str().unwrap_or(NOTHING[0]);
                (name.clone(), path.to_owned())
            })),
            // One that cannot be caught spoils its batch: find it.
            Err(_) if names.len() > 1 => {
                let (one, other) = names.split_at(names.len() / 2);
                self.batch(function, one, lines)?;
                self.batch(function, other, lines)?;
            }
            Err(message) => {
                let message = message
                    .lines()
                    .rfind(|line| line.trim_start().starts_with("error:"))
                    .map_or(message.as_str(), str::trim);
                lines.push((names[0].clone(), message.to_owned()));
            }
        }
        Ok(())
    }
}
