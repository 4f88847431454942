//! `nix derivation show` and `nix derivation add`

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::Read;

use nix_store::Text;
use nix_wire::Derivation;
use serde_json::{Map, Value, json};

use crate::applets::configuration::feature_disabled;
use crate::applets::evaluate::{Failed, conclude};
use crate::applets::installable::{Found, Request};
use crate::applets::modulo::hash_modulo;
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::{Tool, print_lines};
use crate::environment::Environment;
use crate::report::Failure;

/// Prints derivations as JSON.
pub fn show(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut request = Request::default();
        let mut recursive = false;
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => request.rest.push(argument),
                Word::Flag(flag) => match flag.as_str() {
                    "-r" | "--recursive" => recursive = true,
                    _ if request.take(&flag, &mut words)? => {}
                    _ if options.take(&flag, &mut words)? => {}
                    _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
                },
            }
        }
        request.derivations = true;
        let session = request.session(options, environment)?;
        let store = session.engine.store();
        let mut paths = BTreeSet::new();
        for found in request.find(&session, ".")? {
            match found {
                Found::Object(path) => paths.insert(path),
                Found::Outputs { derivation, .. } => paths.insert(derivation),
            };
        }
        if recursive {
            paths = store.closure(&paths)?;
        }
        let mut derivations = Map::new();
        for path in paths {
            if path.is_derivation() {
                let derivation = store.read_derivation(&path)?;
                derivations.insert(path.base_name().to_owned(), derivation.to_json());
            }
        }
        print_lines([json!({ "derivations": derivations, "version": 4 }).to_string()])
    })
}

/// Adds a derivation that the standard input has as JSON, and prints its path.
pub fn add(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let mut words = Words::new(words);
        let mut options = Options::default();
        let mut dry_run = false;
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => {
                    return Err(usage(format!("unexpected argument '{argument}'")).into());
                }
                Word::Flag(flag) => match flag.as_str() {
                    "--dry-run" => dry_run = true,
                    _ if options.take(&flag, &mut words)? => {}
                    _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
                },
            }
        }
        let tool = Tool::open(options, environment)?;
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text)?;
        let value: Value = serde_json::from_slice(&text)
            .map_err(|error| Failure::new(format!("the derivation is no JSON: {error}")))?;
        let mut derivation =
            Derivation::from_json(&value).map_err(|error| Failure::new(error.to_string()))?;
        check_features(&tool, &derivation)?;
        complete(&tool, &mut derivation)?;
        let store = tool.store();
        let text = Text::derivation(store.store_dir(), &derivation)?;
        let path = text.path().clone();
        if !dry_run {
            store.add_texts(&[text])?;
        }
        print_lines([tool.print(&path)])
    })
}

/// Fails if the derivation is of a kind that is not for everybody yet.
fn check_features(tool: &Tool<'_>, derivation: &Derivation) -> Result<(), Failed> {
    use nix_wire::derivation::DerivationOutput;
    for output in derivation.outputs.values() {
        let feature = match output {
            DerivationOutput::Floating { .. } => "ca-derivations",
            DerivationOutput::Impure { .. } => "impure-derivations",
            _ => continue,
        };
        if !tool.configuration.has_feature(feature) {
            return Err(feature_disabled(feature).into());
        }
    }
    Ok(())
}

/// Gives outputs whose paths follow from the derivation those paths, and looks whether they had
/// them already.
fn complete(tool: &Tool<'_>, derivation: &mut Derivation) -> Result<(), Failed> {
    use nix_wire::derivation::DerivationOutput;
    let stated = derivation.outputs.clone();
    let is_known = |output: &DerivationOutput| {
        matches!(
            output,
            DerivationOutput::InputAddressed(_) | DerivationOutput::Deferred
        )
    };
    if !stated.values().any(is_known) {
        return Ok(());
    }
    for (name, output) in &mut derivation.outputs {
        if is_known(output) {
            *output = DerivationOutput::Deferred;
            derivation
                .environment
                .insert(name.clone().into_bytes(), Vec::new());
        }
    }
    let store = tool.store();
    derivation
        .fill_in_output_paths(store.store_dir(), |path| hash_modulo(store, path))
        .map_err(|error| Failure::new(error.0))?;
    for (name, output) in &stated {
        let DerivationOutput::InputAddressed(path) = output else {
            continue;
        };
        let found = derivation.outputs.get(name);
        if found != Some(output) {
            let expected = match found {
                Some(DerivationOutput::InputAddressed(path)) => tool.print(path),
                _ => "none".to_owned(),
            };
            return Err(Failure::new(format!(
                "derivation '{}' has incorrect output '{}', should be '{expected}'",
                derivation.name,
                tool.print(path)
            ))
            .into());
        }
    }
    Ok(())
}
