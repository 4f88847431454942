//! `nix-instantiate`

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use nix_eval::{Coercion, EvalError, Feature, Origin, Value};

use super::arguments::{Arguments, Form};
use super::evaluate::{Failed, Session, base, finish, standard_input};
use crate::environment::Environment;
use crate::report::Failure;
use crate::values;

/// Evaluates expressions, or instantiates their derivations.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(words, environment, attempt)
}

fn attempt(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    if arguments.parse {
        return parse(arguments, environment);
    }
    let with_store = !arguments.eval || arguments.read_write_mode;
    let session = Session::open(&arguments.options, environment, with_store)?;
    let failed = |error: Box<EvalError>| session.failed(&error);
    for value in session.values(arguments).map_err(failed)? {
        if arguments.eval {
            let text = print(&session, arguments, value).map_err(failed)?;
            write(&text)?;
        } else {
            instantiate(&session, value)?;
        }
    }
    Ok(())
}

fn print(
    session: &Session,
    arguments: &Arguments,
    value: Value,
) -> Result<Vec<u8>, Box<EvalError>> {
    let evaluator = &session.evaluator;
    let value = if arguments.strict && arguments.form == Form::Nix {
        evaluator.force_deep(value)?
    } else {
        evaluator.force(value)?
    };
    Ok(match arguments.form {
        Form::Nix => {
            let mut text = evaluator.print(value)?.into_bytes();
            text.push(b'\n');
            text
        }
        Form::Json => {
            let mut text = values::to_json(evaluator, value)?;
            text.push(b'\n');
            text
        }
        Form::Xml => values::to_xml(evaluator, value)?,
        Form::Raw => {
            let (text, _) = evaluator.coerce_to_string(
                value,
                Coercion::PLAIN,
                "while generating the eval command output",
            )?;
            text.into_owned()
        }
    })
}

fn instantiate(session: &Session, value: Value) -> Result<(), Failed> {
    let engine = &session.engine;
    let derivations = session
        .derivations(value)
        .map_err(|error| session.failed(&error))?;
    for derivation in derivations {
        let (path, output) = session.derivation(derivation)?;
        let suffix = if output == "out" {
            String::new()
        } else {
            format!("!{output}")
        };
        write(format!("{}{suffix}\n", engine.store().store_dir().print(&path)).as_bytes())?;
    }
    engine.flush()?;
    Ok(())
}

fn write(text: &[u8]) -> Result<(), Failed> {
    std::io::stdout()
        .write_all(text)
        .map_err(|error| Failure::from(error).into())
}

/// `--parse`: prints the tree of a file, after its variables have been checked.
fn parse(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    let session = Session::open(&arguments.options, environment, false)?;
    let failed = |error: Box<EvalError>| session.failed(&error);
    for input in &arguments.rest {
        let (text, origin, directory) = if input == "-" {
            let text = standard_input().map_err(failed)?;
            (text, Origin::Stdin, base(environment).to_owned())
        } else if arguments.expressions {
            (
                input.clone().into_bytes(),
                Origin::String,
                base(environment).to_owned(),
            )
        } else {
            let path = base(environment).join(input);
            let text = std::fs::read(&path)
                .map_err(|error| Failed::from(Failure::io("open", &path, &error)))?;
            let directory = path.parent().unwrap_or(base(environment)).to_owned();
            (
                text,
                Origin::File(path.as_os_str().as_bytes().into()),
                directory,
            )
        };
        session
            .evaluator
            .check_source(&text, origin, &directory)
            .map_err(failed)?;
        let settings = session.evaluator.settings();
        let options = nix_syntax::ParseOptions {
            pipe_operators: settings.has(Feature::PipeOperators),
            ..nix_syntax::ParseOptions::default()
        };
        if let Ok(parsed) = nix_syntax::parse(&text, &options) {
            let home = environment.home().unwrap_or_default();
            let options = nix_syntax::print::PrintOptions {
                base_directory: directory.as_os_str().as_bytes(),
                home_directory: home.as_os_str().as_bytes(),
            };
            let mut text = nix_syntax::print::print(&parsed.ast, &options);
            text.push(b'\n');
            write(&text)?;
        }
    }
    Ok(())
}
