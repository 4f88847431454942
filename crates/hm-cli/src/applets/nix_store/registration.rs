//! What is registered: `--dump-db`, `--load-db`, `--register-validity`, `--check-validity`.

use std::io::Write;

use nix_store::{RegistrationSource, registration_text};

use super::{Request, unknown_flag};
use crate::applets::evaluate::Failed;
use crate::applets::tool::{Tool, print_lines};
use crate::report::Failure;
use crate::terminal;

/// Prints what is registered of the given objects, or of all.
pub fn dump(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    let store = tool.store();
    let paths = if request.arguments.is_empty() {
        store.all_valid_paths()?.into_iter().collect()
    } else {
        request
            .arguments
            .iter()
            .map(|argument| tool.object(argument))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut output = std::io::BufWriter::new(terminal::stdout().lock());
    for path in paths {
        let text = registration_text(store.store_dir(), &store.require(&path)?);
        output.write_all(text.as_bytes())?;
    }
    Ok(output.flush()?)
}

/// Registers what the standard input says.
pub fn load(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    request.no_flags()?;
    request.no_arguments()?;
    take(
        tool,
        RegistrationSource {
            hash_given: true,
            again: true,
            canonicalise: false,
        },
    )
}

/// Registers objects that are in place.
pub fn register(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let mut source = RegistrationSource {
        canonicalise: true,
        ..RegistrationSource::default()
    };
    for flag in &request.flags {
        match flag.as_str() {
            "--reregister" => source.again = true,
            "--hash-given" => source.hash_given = true,
            _ => return Err(unknown_flag(flag)),
        }
    }
    request.no_arguments()?;
    take(tool, source)
}

fn take(tool: &Tool<'_>, source: RegistrationSource) -> Result<(), Failed> {
    Ok(tool
        .local()?
        .register_from(&mut std::io::stdin().lock(), source)?)
}

/// Fails unless all objects are valid, or prints those that are not.
pub fn check(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let mut print = false;
    for flag in &request.flags {
        match flag.as_str() {
            "--print-invalid" => print = true,
            _ => return Err(unknown_flag(flag)),
        }
    }
    let mut invalid = Vec::new();
    for argument in &request.arguments {
        let path = tool.object(argument)?;
        if !tool.store().is_valid(&path)? {
            let path = tool.print(&path);
            if !print {
                return Err(Failure::new(format!("path '{path}' is not valid")).into());
            }
            invalid.push(path);
        }
    }
    print_lines(invalid)
}
