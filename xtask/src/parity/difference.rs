//! Where two derivations begin to differ.
//!
//! A wrong path has one cause, often deep among its inputs: the search goes down as long as an input
//! of the same name differs, and the derivations where it ends are shown side by side.

use std::collections::BTreeSet;
use std::process::Command;

use nix_eval::host::ReadOnlyHost;
use nix_eval::{Evaluator as Interpreter, Settings};
use nix_wire::{Derivation, StoreDir};

use super::Evaluator;
use crate::process::{Result, output};

/// Prints how the derivation of an expression for a path differs from Nix's.
pub fn explain(nix: &Evaluator, expression: &str, wanted: &str) -> Result<()> {
    // Nix writes the derivation and all that it needs to its store.
    let instantiated = output(
        Command::new(&nix.command[0])
            .args(&nix.command[1..])
            .args([
                "--eval",
                "--strict",
                "--read-write-mode",
                "--expr",
                expression,
            ])
            .current_dir(&nix.directory),
    )?;
    if !instantiated.status.success() {
        return Err(String::from_utf8_lossy(&instantiated.stderr).into_owned());
    }
    let expression = expression.to_owned();
    let directory = nix.directory.clone();
    let prefix = nix.command[..nix.command.len() - 1].to_vec();
    let wanted = wanted.to_owned();
    let text = nix_eval::with_large_stack(move || -> Result<String> {
        let store = StoreDir::default();
        let host = ReadOnlyHost::new(store.as_str())
            .map_err(|error| error.to_string())?
            .with_environment(std::env::vars_os());
        let interpreter = Interpreter::new(Box::new(host), Settings::default());
        let failed = |error: Box<nix_eval::EvalError>| error.message.clone();
        let value = interpreter
            .eval_string(expression.as_bytes(), &directory)
            .map_err(failed)?;
        let path = interpreter
            .force_string(value, "while comparing derivations")
            .map_err(failed)?
            .to_string_lossy()
            .into_owned();
        let there = |path: &str| -> Result<Derivation> {
            let mut words = prefix.iter().map(String::as_str).chain(["cat", path]);
            let program = words.next().unwrap_or_default();
            let ran = output(Command::new(program).args(words))?;
            parse(&store, path, &ran.stdout)
        };
        let here = |path: &str| {
            interpreter
                .host()
                .read_derivation(path)
                .map_err(|error| error.to_string())
        };
        descend(&store, &there, &here, &wanted, &path)
    })?;
    print!("{text}");
    Ok(())
}

fn parse(store: &StoreDir, path: &str, text: &[u8]) -> Result<Derivation> {
    let parsed = store.parse(path).map_err(|error| error.to_string())?;
    let name = parsed.name().trim_end_matches(".drv");
    Derivation::parse(store, name, text).map_err(|error| format!("{path}: {error}"))
}

type Read<'a> = dyn Fn(&str) -> Result<Derivation> + 'a;

fn descend(
    store: &StoreDir,
    there: &Read<'_>,
    here: &Read<'_>,
    wanted: &str,
    found: &str,
) -> Result<String> {
    let (mut wanted, mut found) = (wanted.to_owned(), found.to_owned());
    let mut seen = BTreeSet::new();
    loop {
        let (nix, own) = (there(&wanted)?, here(&found)?);
        let next = first_different_input(store, &nix, &own);
        match next {
            Some((one, other)) if seen.insert(one.clone()) => (wanted, found) = (one, other),
            _ => {
                let (nix, own) = (pretty(store, &nix), pretty(store, &own));
                let difference = similar::TextDiff::from_lines(&nix, &own);
                return Ok(difference
                    .unified_diff()
                    .header(&format!("Nix  {wanted}"), &format!("here {found}"))
                    .to_string());
            }
        }
    }
}

/// The first input that both have by name but not by path.
fn first_different_input(
    store: &StoreDir,
    nix: &Derivation,
    own: &Derivation,
) -> Option<(String, String)> {
    nix.input_derivations
        .keys()
        .filter(|path| !own.input_derivations.contains_key(*path))
        .find_map(|path| {
            let other = own.input_derivations.keys().find(|other| {
                other.name() == path.name() && !nix.input_derivations.contains_key(*other)
            })?;
            Some((store.print(path), store.print(other)))
        })
}

/// A derivation with one thing in each line. Paths of its outputs follow from the rest.
fn pretty(store: &StoreDir, derivation: &Derivation) -> String {
    let text = String::from_utf8_lossy(&derivation.unparse(store).unwrap_or_default()).into_owned();
    let mut lines = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for character in text.chars() {
        lines.push(character);
        if quoted {
            quoted = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else {
            quoted = character == '"';
            if matches!(character, '[' | ']' | ')' | ',') {
                lines.push('\n');
            }
        }
    }
    lines.replace("\\n", "\\n\n").replace("\n,\n", ",\n")
}
