//! `nix-build`

use std::ffi::OsString;
use std::io::Write;

use super::arguments::Arguments;
use super::engine::plain;
use super::evaluate::{Failed, Session, finish};
use crate::environment::Environment;
use crate::report::Failure;

/// Builds the derivations of expressions, prints their outputs and links to them.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, attempt)
}

fn attempt(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    let session = Session::open(&arguments.options, environment, true)?;
    let engine = &session.engine;
    let failed = |error: Box<nix_eval::EvalError>| session.failed(&error);
    let mut wanted = Vec::new();
    for value in session.values(arguments).map_err(failed)? {
        for derivation in session.derivations(value).map_err(failed)? {
            let found = session.derivation(derivation)?;
            wanted.push(found);
        }
    }
    let derivations: Vec<_> = wanted
        .iter()
        .map(|(derivation, _)| derivation.clone())
        .collect();
    if arguments.dry_run {
        for missing in engine.missing(&derivations)? {
            plain(&format!(
                "would build {}",
                engine.store().store_dir().print(&missing)
            ));
        }
        return Ok(());
    }
    let built = engine.build(&derivations)?;
    let link = arguments
        .out_link
        .clone()
        .unwrap_or_else(|| "result".to_owned());
    for (index, (built, (_, output))) in built.iter().zip(&wanted).enumerate() {
        let Some(path) = built.outputs.get(output) else {
            continue;
        };
        let printed = engine.store().store_dir().print(path);
        if !arguments.no_out_link {
            let mut name = link.clone();
            if index > 0 {
                name.push_str(&format!("-{}", index + 1));
            }
            if output != "out" {
                name.push_str(&format!("-{output}"));
            }
            engine
                .store()
                .add_permanent_root(path, &environment.directory.join(name))
                .map_err(|error| Failed::from(nix_engine::EngineError::from(error)))?;
        }
        writeln!(std::io::stdout(), "{printed}")
            .map_err(|error| Failed::from(Failure::from(error)))?;
    }
    Ok(())
}
