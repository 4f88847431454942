//! The `home-manager` program.
//!
//! Arguments are parsed in [`arguments`], resolved together with the environment in [`settings`],
//! and carried out by one file per command in [`commands`]. All output goes through [`printer`],
//! all failures through [`report`].

mod account;
mod activation;
mod activation_script;
mod applets;
mod arguments;
mod builder;
mod builtins;
mod commands;
mod commands_of_nix;
mod diagnosis;
mod environment;
mod generations;
mod in_store;
mod interrupt;
mod memory;
mod own_program;
mod printer;
mod progress;
mod report;
mod session;
mod settings;
mod store_access;
mod values;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use crate::arguments::Arguments;
use crate::commands::Context;
use crate::environment::Environment;
use crate::printer::{Printer, Verbosity};
use crate::report::Failure;
use crate::settings::Settings;

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if words.get(1).is_some_and(|word| word == builder::LAUNCH) {
        return ExitCode::from(nix_store::build::launch(&builtins::builtins()));
    }
    if words.get(1).is_some_and(|word| word == in_store::ENTER) {
        return ExitCode::from(in_store::enter(&words[2..]));
    }
    if let Some((applet, words)) = applets::find(&words) {
        return nix_eval::with_large_stack(move || match surroundings() {
            Ok(environment) => ExitCode::from(applet(words, &environment)),
            Err(failure) => {
                failure.print(&Printer::new(Verbosity::Normal));
                ExitCode::from(failure.code)
            }
        });
    }
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Whoever closed the stream does not want to read it.
            let _ = error.print();
            let asked = matches!(
                error.kind(),
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
            );
            // As upstream: a wrong command line exits with 1.
            return ExitCode::from(u8::from(!asked));
        }
    };
    // Nix code recurses deeply; the evaluator counts its depth and wants room for it.
    nix_eval::with_large_stack(move || run(&arguments))
}

fn run(arguments: &Arguments) -> ExitCode {
    match attempt(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}

fn attempt(arguments: &Arguments) -> Result<(), u8> {
    let format = arguments.global.error_format;
    let early = Printer::new(Verbosity::Normal).with_error_format(format);
    let tell = |failure: Failure| {
        if failure.code != 0 {
            failure.print(&early);
        }
        failure.code
    };
    let environment = surroundings().map_err(tell)?;
    let settings = Settings::resolve(arguments.global.clone(), environment).map_err(tell)?;
    let printer = Printer::new(settings.verbosity).with_error_format(format);
    let context = Context::new(settings, printer);
    commands::run(&context, &arguments.command).map_err(|failure| {
        if failure.code != 0 {
            failure.print(&context.printer);
        }
        failure.code
    })
}

fn surroundings() -> Result<Environment, Failure> {
    interrupt::listen()
        .map_err(|error| Failure::new(format!("cannot listen to signals: {error}")))?;
    Environment::read()
        .map_err(|error| Failure::new(format!("there is no working directory: {error}")))
}
