//! `nix build`

use std::collections::BTreeMap;
use std::ffi::OsString;

use nix_engine::EngineError;
use nix_store::build::{BuildMode, Wanted};
use nix_store::profile::Profile;
use nix_wire::StorePath;
use serde_json::{Value, json};

use crate::applets::evaluate::{Failed, conclude};
use crate::applets::generations::make_current;
use crate::applets::installable::{Found, Request};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::{print_lines, say_missing};
use crate::environment::Environment;

/// What was asked for.
#[derive(Default)]
struct Asked {
    options: Options,
    request: Request,
    out_link: Option<String>,
    no_link: bool,
    print_paths: bool,
    json: bool,
    dry_run: bool,
    rebuild: bool,
    profile: Option<String>,
}

/// Builds, and links to what was built.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(&parse(words)?, environment))
}

fn parse(words: Vec<OsString>) -> Result<Asked, Failed> {
    let mut words = Words::new(words);
    let mut asked = Asked::default();
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Argument(argument) => {
                asked.request.rest.push(argument);
                continue;
            }
            Word::Flag(flag) => flag,
        };
        match flag.as_str() {
            "-o" | "--out-link" => asked.out_link = Some(words.value(&flag)?),
            "--no-link" => asked.no_link = true,
            "--print-out-paths" => asked.print_paths = true,
            "--json" => asked.json = true,
            "--dry-run" => asked.dry_run = true,
            "--rebuild" => asked.rebuild = true,
            "--profile" => asked.profile = Some(words.value(&flag)?),
            _ if asked.request.take(&flag, &mut words)? => {}
            _ if asked.options.take(&flag, &mut words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
    }
    Ok(asked)
}

fn attempt(asked: &Asked, environment: &Environment) -> Result<(), Failed> {
    let session = asked.request.session(asked.options.clone(), environment)?;
    let engine = &session.engine;
    let found = asked.request.find(&session, ".")?;
    let wanted: Vec<Wanted> = found.iter().map(Found::wanted).collect();
    let print = |path: &StorePath| engine.store().store_dir().print(path);
    let quiet = asked.options.verbosity < 0;
    if asked.dry_run {
        say_missing(engine, &wanted, quiet)?;
        if asked.json {
            let mut values = Vec::new();
            for one in &found {
                values.push(planned(engine.store(), one)?);
            }
            print_lines([Value::from(values).to_string()])?;
        }
        return Ok(());
    }
    let mode = match (asked.rebuild, asked.options.repair) {
        (true, _) => BuildMode::Check,
        (false, true) => BuildMode::Repair,
        (false, false) => BuildMode::Normal,
    };
    if asked.options.verbosity > 0 {
        say_missing(engine, &wanted, quiet)?;
    }
    let built = engine
        .build_wanted_as(&wanted, mode)
        .map_err(|error| with_summary(error, &found, &print))?;
    if asked.json {
        let values: Vec<Value> = found
            .iter()
            .zip(&built)
            .map(|(one, outputs)| match one {
                Found::Object(path) => Value::from(print(path)),
                Found::Outputs { derivation, .. } => json!({
                    "drvPath": print(derivation),
                    "outputs": printed(outputs, &print),
                }),
            })
            .collect();
        print_lines([Value::from(values).to_string()])?;
    }
    if !asked.no_link {
        let link = asked.out_link.as_deref().unwrap_or("result");
        for (index, (one, outputs)) in found.iter().zip(&built).enumerate() {
            let number = match index {
                0 => String::new(),
                _ => format!("-{index}"),
            };
            for (name, path) in outputs {
                let ending = match one {
                    Found::Outputs { .. } if name != "out" => format!("-{name}"),
                    _ => String::new(),
                };
                let link = session.directory().join(format!("{link}{number}{ending}"));
                engine.store().add_permanent_root(path, &link)?;
            }
        }
    }
    if asked.print_paths {
        print_lines(
            built
                .iter()
                .flat_map(|outputs| outputs.values())
                .map(&print),
        )?;
    }
    if let Some(profile) = &asked.profile {
        let mut paths = built.iter().flat_map(|outputs| outputs.values());
        let (Some(path), None) = (paths.next(), paths.next()) else {
            return Err(usage(
                "'--profile' requires that the arguments produce a single store path",
            )
            .into());
        };
        let profile = Profile::new(session.directory().join(profile));
        make_current(engine, &profile, path)?;
    }
    Ok(())
}

/// An error of builds, with a last line that names what was asked for, if that is more than one.
fn with_summary(
    error: EngineError,
    found: &[Found],
    print: &impl Fn(&StorePath) -> String,
) -> Failed {
    let EngineError::Build(errors) = &error else {
        return error.into();
    };
    let failed = errors.derivations();
    let names: Vec<String> = found
        .iter()
        .filter_map(|one| match one {
            Found::Outputs {
                derivation,
                outputs,
            } => {
                let derivation = print(derivation);
                let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
                failed
                    .contains(&derivation.as_str())
                    .then(|| format!("'{derivation}^{}'", outputs.join(",")))
            }
            Found::Object(_) => None,
        })
        .collect();
    let mut failed = Failed::from(error);
    // Only the older commands tell kinds of failures by their status.
    if (100..128).contains(&failed.status) {
        failed.status = 1;
    }
    if names.len() > 1 {
        let summary = format!("\nerror: build of {} failed", names.join(", "));
        failed.text.push_str(&summary);
    }
    failed
}

fn printed(
    outputs: &BTreeMap<String, StorePath>,
    print: &impl Fn(&StorePath) -> String,
) -> BTreeMap<String, String> {
    outputs
        .iter()
        .map(|(name, path)| (name.clone(), print(path)))
        .collect()
}

/// What would be built, as JSON.
fn planned(store: &dyn nix_store::Store, one: &Found) -> Result<Value, Failed> {
    let print = |path: &StorePath| store.store_dir().print(path);
    Ok(match one {
        Found::Object(path) => Value::from(print(path)),
        Found::Outputs {
            derivation,
            outputs,
        } => {
            let mut paths = store.derivation_outputs(derivation)?;
            paths.retain(|name, _| outputs.contains(name));
            let paths: BTreeMap<String, Option<String>> = paths
                .into_iter()
                .map(|(name, path)| (name, path.as_ref().map(print)))
                .collect();
            json!({ "drvPath": print(derivation), "outputs": paths })
        }
    })
}
