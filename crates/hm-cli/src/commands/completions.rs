//! `home-manager completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Context;
use crate::arguments::Arguments;
use crate::report::Failure;

/// Print a completion script for a shell
///
/// For bash: home-manager completions bash > ~/.local/share/bash-completion/completions/home-manager
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub fn run(context: &Context, arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "home-manager", &mut script);
    let script = String::from_utf8_lossy(&script);
    Ok(context.printer.data(script.trim_end())?)
}
