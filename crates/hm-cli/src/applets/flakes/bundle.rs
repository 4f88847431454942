//! `nix bundle`

use std::ffi::OsString;

use nix_eval::EvalError;

use super::app::app_places;
use super::arguments::Flag;
use super::session::{FlakeSession, finish};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;

/// The flake whose bundler is used when none is named.
const USUAL_BUNDLER: &str = "github:NixOS/bundlers";

/// Makes something of an app or package that runs without the store.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = [Flag::new("bundler", 1), Flag::short("out-link", 'o', 1)];
    finish(words, environment, &flags, attempt)
}

fn attempt(session: &FlakeSession) -> Result<(), Failed> {
    let evaluator = &session.evaluator;
    let failed = |error: Box<EvalError>| session.evaluation_failed(&error);
    let system = session.system();
    let (prefixes, defaults) = app_places(session);
    let text = session.arguments.one()?.unwrap_or(".");
    let found = session.installable(text, &prefixes, &defaults)?;

    let name = session.arguments.value("bundler").unwrap_or(USUAL_BUNDLER);
    let prefixes = [format!("bundlers.{system}.")];
    let defaults = [
        format!("bundlers.{system}.default"),
        format!("defaultBundler.{system}"),
    ];
    let (_, bundler) = session.output(name, &prefixes, &defaults)?;
    let bundle = evaluator
        .call(bundler.value, &[found.value])
        .map_err(failed)?;
    let attrs = evaluator
        .force_attrs(bundle, "while evaluating what a bundler made")
        .map_err(failed)?;
    if !evaluator.is_derivation(attrs).map_err(failed)? {
        return Err(Failure::new(format!(
            "the bundler '{name}' does not produce a derivation"
        ))
        .into());
    }
    let path = session
        .build_value(bundle)?
        .ok_or_else(|| Failure::new(format!("the bundle of '{text}' has no output")))?;
    let link = match session.arguments.value("out-link") {
        Some(link) => link.to_owned(),
        None => {
            let what = "while evaluating the name of a bundle";
            let name = evaluator
                .attr_named(attrs, b"name")
                .ok_or_else(|| Failure::new("attribute 'name' missing"))?;
            let name = evaluator.force_string(name, what).map_err(failed)?;
            name.to_string_lossy().into_owned()
        }
    };
    let link = session.environment.directory.join(link);
    session
        .engine
        .store()
        .add_permanent_root(&path, &link)
        .map_err(|error| session.failed(error.into()))?;
    Ok(())
}
