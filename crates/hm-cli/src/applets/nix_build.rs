//! `nix-build`

use std::collections::BTreeMap;
use std::ffi::OsString;

use nix_store::StoreError;
use nix_store::build::Wanted;
use nix_wire::StorePath;

use super::arguments::Arguments;
use super::evaluate::{Failed, Session, finish};
use super::options::Argument;
use super::tool::{Tool, print_lines};
use crate::environment::Environment;
use crate::report::Failure;

/// Builds the derivations of expressions, prints their outputs and links to them.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish("nix-build", words, environment, attempt)
}

fn attempt(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    let mut arguments = arguments.clone();
    // Expressions can ask whether they are evaluated for a shell.
    arguments
        .options
        .arguments
        .entry("inNixShell".to_owned())
        .or_insert_with(|| Argument::Expression("false".to_owned()));
    let tool = Tool::open(arguments.options.clone(), environment)?;
    let session = Session::open(&arguments.options, environment, true)?;
    let mut wanted = Vec::new();
    let mut expressions = Vec::new();
    for text in &arguments.rest {
        match stored(&tool, &arguments, text)? {
            Some(found) => wanted.extend(found),
            None => expressions.push(text.clone()),
        }
    }
    if wanted.is_empty() || !expressions.is_empty() {
        let arguments = Arguments {
            rest: expressions,
            ..arguments.clone()
        };
        let failed = |error: Box<nix_eval::EvalError>| session.failed(&error);
        for value in session.values(&arguments).map_err(failed)? {
            for derivation in session.derivations(value).map_err(failed)? {
                wanted.push(session.derivation(derivation)?);
            }
        }
    }
    let engine = &session.engine;
    engine.flush()?;
    let outputs: Vec<Wanted> = wanted
        .iter()
        .map(|(derivation, output)| Wanted::output_of(derivation.clone(), output))
        .collect();
    tool.say_missing(&outputs)?;
    if arguments.dry_run {
        return Ok(());
    }
    let built = engine.build_wanted_as(&outputs, tool.mode(arguments.check))?;
    let link = arguments.out_link.as_deref().unwrap_or("result");
    // Links to outputs of one derivation have one number.
    let mut numbers: BTreeMap<&StorePath, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for (built, (derivation, output)) in built.iter().zip(&wanted) {
        let path = built.get(output).ok_or_else(|| {
            Failure::new(format!(
                "derivation '{}' has no output '{output}'",
                tool.print(derivation)
            ))
        })?;
        if !arguments.no_out_link {
            let next = numbers.len() + 1;
            let mut name = link.to_owned();
            match *numbers.entry(derivation).or_insert(next) {
                1 => {}
                number => name.push_str(&format!("-{number}")),
            }
            if output != "out" {
                name.push_str(&format!("-{output}"));
            }
            let link = environment.directory.join(name);
            match engine.store().add_permanent_root(path, &link) {
                // Where objects are not in the file system, there is nothing to link to.
                Ok(_) | Err(StoreError::Unsupported { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        lines.push(tool.print(path));
    }
    print_lines(lines)
}

/// The outputs of a store derivation that an argument names, if it names one.
fn stored(
    tool: &Tool<'_>,
    arguments: &Arguments,
    text: &str,
) -> Result<Option<Vec<(StorePath, String)>>, Failed> {
    let path = text.split_once('!').map_or(text, |(path, _)| path);
    if arguments.expressions || !path.contains('/') || !path.ends_with(".drv") {
        return Ok(None);
    }
    let Ok(Wanted::Outputs {
        derivation,
        outputs,
    }) = tool.wanted(text)
    else {
        return Ok(None);
    };
    let names = match outputs {
        Some(names) => names.into_iter().collect(),
        // As the value of a derivation, which stands for its first output.
        None => {
            let stored = tool.store().read_derivation(&derivation)?;
            vec![first_output(&stored)]
        }
    };
    Ok(Some(
        names
            .into_iter()
            .map(|name| (derivation.clone(), name))
            .collect(),
    ))
}

/// The output that a derivation stands for: the first that its variable `outputs` names.
fn first_output(derivation: &nix_wire::Derivation) -> String {
    let outputs = derivation.variable("outputs").unwrap_or_default();
    let names = String::from_utf8_lossy(outputs);
    names
        .split_whitespace()
        .next()
        .filter(|name| derivation.outputs.contains_key(*name))
        .or_else(|| derivation.outputs.keys().next().map(String::as_str))
        .unwrap_or("out")
        .to_owned()
}
