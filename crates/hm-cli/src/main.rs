//! The `home-manager` program.
//!
//! Arguments are parsed in [`arguments`], resolved together with the environment in [`settings`],
//! and carried out by one file per command in [`commands`]. All output goes through [`terminal`],
//! all failures through [`report`].

mod account;
mod activation;
mod activation_script;
mod applets;
mod arguments;
mod builder;
mod builtins;
mod changes;
mod commands;
mod commands_of_nix;
mod diagnosis;
mod disk;
mod environment;
mod generations;
mod in_store;
mod interrupt;
mod memory;
mod network;
mod own_program;
mod printer;
mod progress;
mod report;
mod session;
mod settings;
mod shell_session;
mod shell_words;
mod store_access;
mod terminal;
mod user_profile;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::commands::Context;
use crate::environment::Environment;
use crate::printer::{Printer, Verbosity, WARNING};
use crate::report::{ErrorFormat, Failure};
use crate::settings::Settings;

fn main() -> ExitCode {
    keep_others_out();
    let words: Vec<OsString> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == builder::LAUNCH) {
        return ExitCode::from(nix_store::build::launch(&builtins::builtins()));
    }
    if words.get(1).is_some_and(|word| word == in_store::ENTER) {
        return ExitCode::from(in_store::enter(&words[2..]));
    }
    if let Some((applet, words)) = applets::find(&words) {
        return finish(|| match surroundings() {
            Ok(environment) => applet(words, &environment),
            Err(failure) => {
                failure.print(&Printer::new(Verbosity::Normal));
                failure.code
            }
        });
    }
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing can be told to a reader who is gone.
            let _ = error.print();
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // As upstream: a wrong command line exits with 1.
            return ExitCode::from(u8::from(!asked));
        }
    };
    finish(|| attempt(&arguments).err().unwrap_or(0))
}

/// Has nothing that this program makes be writable by everybody, as with a file mode mask of 0.
fn keep_others_out() {
    use rustix::fs::Mode;
    let safe = Mode::from_raw_mode(0o022);
    let given = rustix::process::umask(safe);
    if given.contains(Mode::WOTH) {
        rustix::process::umask(given);
    }
}

/// Runs a command to its end: where Nix code has room, and with the last word on memory and signals.
fn finish(command: impl FnOnce() -> u8 + Send) -> ExitCode {
    // Nix code recurses deeply; the evaluator counts its depth and wants room for it.
    let code = nix_eval::with_large_stack(|| {
        nix_eval::within_memory(command).unwrap_or_else(|_| {
            let failure = memory::failure();
            failure.print(&Printer::new(Verbosity::Normal));
            failure.code
        })
    });
    terminal::clear_progress();
    ExitCode::from(interrupt::exit_code(code))
}

fn attempt(arguments: &Arguments) -> Result<(), u8> {
    let format = arguments.global.error_format;
    if format == ErrorFormat::Json {
        interrupt::report_as_json();
    }
    let early = Printer::new(Verbosity::Normal).with_error_format(format);
    let environment = surroundings().map_err(|failure| tell(failure, &early))?;
    let settings = Settings::resolve(arguments.global.clone(), environment)
        .map_err(|failure| tell(failure, &early))?;
    let printer = Printer::new(settings.verbosity).with_error_format(format);
    let context = Context::new(settings, printer);
    commands::run(&context, &arguments.command).map_err(|failure| tell(failure, &context.printer))
}

/// Prints a failure and returns its exit code. After an interrupt that was the reason, whatever else
/// the failure says; only a switch has more to say then.
fn tell(failure: Failure, printer: &Printer) -> u8 {
    if failure.code == 0 {
        return 0;
    }
    let failure = match interrupt::requested() && failure.message != INTERRUPTED {
        true => Failure::new(INTERRUPTED).code(interrupt::exit_code(1)),
        false => failure,
    };
    if !interrupt::requested() || interrupt::claim_report() {
        failure.print(printer);
    }
    failure.code
}

/// The message of a command that was interrupted.
pub(crate) const INTERRUPTED: &str = "interrupted";

fn surroundings() -> Result<Environment, Failure> {
    interrupt::listen()
        .map_err(|error| Failure::new(format!("cannot listen to signals: {error}")))?;
    let environment = Environment::read()
        .map_err(|error| Failure::new(format!("there is no working directory: {error}")))?;
    for warning in &environment.warnings {
        terminal::say(&format!("{WARNING}warning:{WARNING:#} {warning}"));
    }
    Ok(environment)
}
