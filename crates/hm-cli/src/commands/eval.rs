//! `home-manager eval`

use clap::Args;

use super::Context;
use crate::report::Failure;

/// Evaluate an expression in the configuration
///
/// The argument is an expression with config, options, pkgs, lib and flake in scope; a plain name
/// like home.username stands for config.home.username.
#[derive(Debug, Args)]
pub struct EvalArguments {
    /// Print JSON
    #[arg(long, conflicts_with = "raw")]
    json: bool,

    /// Print a string without quotes
    #[arg(long)]
    raw: bool,

    /// The expression to evaluate
    #[arg(value_name = "EXPRESSION")]
    expression: String,
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As Nix code.
    Nix,
    /// As JSON.
    Json,
    /// A string without quotes.
    Raw,
}

/// Evaluates and prints.
pub fn run(context: &Context, arguments: &EvalArguments) -> Result<(), Failure> {
    let choice = context.settings.flake()?;
    let form = match (arguments.json, arguments.raw) {
        (true, _) => Form::Json,
        (_, true) => Form::Raw,
        _ => Form::Nix,
    };
    let text = context
        .session_of(&choice)?
        .evaluate(&choice, &arguments.expression, form)?;
    Ok(context.printer.data(text)?)
}
