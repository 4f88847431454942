//! `nix-instantiate`

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use nix_eval::{Coercion, EvalError, Feature, Origin, Value, View, XmlOptions};

use super::arguments::{Arguments, Form};
use super::evaluate::{Failed, Session, base, finish, standard_input};
use super::statistics;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;
use crate::values;

/// Evaluates expressions, or instantiates their derivations.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish("nix-instantiate", words, environment, attempt)
}

fn attempt(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    if arguments.parse {
        return parse(arguments, environment);
    }
    if arguments.find_file {
        return find_files(arguments, environment);
    }
    let with_store = !arguments.eval || arguments.read_write_mode;
    if let Some(store) = arguments.options.eval_store.as_deref()
        && !arguments.eval
        && store.starts_with("dummy:")
        && !store.contains("read-only=false")
    {
        return Err(Failure::new(format!(
            "derivations cannot be written to the store '{store}'"
        ))
        .into());
    }
    let session = Session::open(&arguments.options, environment, with_store)?;
    let failed = |error: Box<EvalError>| session.failed(&error);
    let mut roots = 0;
    for value in session.values(arguments).map_err(failed)? {
        if arguments.eval {
            let text = print(&session, arguments, value).map_err(failed)?;
            write(&text)?;
        } else {
            instantiate(&session, arguments, value, &mut roots)?;
        }
    }
    statistics::show(&session.evaluator, environment)?;
    Ok(())
}

/// `--find-file`: where the search path leads.
fn find_files(arguments: &Arguments, environment: &Environment) -> Result<(), Failed> {
    let session = Session::open(&arguments.options, environment, false)?;
    let evaluator = &session.evaluator;
    let find = evaluator
        .eval_string(b"builtins.findFile builtins.nixPath", base(environment))
        .map_err(|error| session.failed(&error))?;
    for name in &arguments.rest {
        // What was not found is told of without how it was looked for.
        let failed = |mut error: Box<EvalError>| {
            error.traces.clear();
            session.failed(&error)
        };
        let found = evaluator
            .call(find, &[evaluator.string(name.as_bytes())])
            .map_err(failed)?;
        if let View::Path(path) = evaluator.force_view(found).map_err(failed)? {
            write(&[path, b"\n"].concat())?;
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
        Form::Xml => {
            let options = XmlOptions {
                evaluate: arguments.strict,
                locations: !arguments.no_location,
            };
            evaluator.to_xml(value, options)?.0
        }
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

fn instantiate(
    session: &Session,
    arguments: &Arguments,
    value: Value,
    roots: &mut usize,
) -> Result<(), Failed> {
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
        let printed = match &arguments.add_root {
            None => engine.store().store_dir().print(&path),
            Some(name) => {
                engine.flush()?;
                *roots += 1;
                let number = if *roots > 1 {
                    format!("-{roots}")
                } else {
                    String::new()
                };
                let link = session.directory().join(format!("{name}{number}"));
                engine
                    .store()
                    .add_permanent_root(&path, &link)
                    .map_err(|error| Failed::from(nix_engine::EngineError::from(error)))?;
                link.display().to_string()
            }
        };
        write(format!("{printed}{suffix}\n").as_bytes())?;
    }
    engine.flush()?;
    Ok(())
}

fn write(text: &[u8]) -> Result<(), Failed> {
    terminal::print_value(text).map_err(|error| Failure::from(error).into())
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
