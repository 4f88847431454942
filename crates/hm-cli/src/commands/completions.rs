//! `home-manager completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// The part of the names in bash's script that stands for this program, and what it should be.
const BASH_NAME: [&str; 2] = ["home__subcmd__manager", "home__manager"];

use super::Context;
use crate::arguments::Arguments;
use crate::report::Failure;

/// Print a completion script for a shell
///
/// For bash: home-manager completions bash > ~/.local/share/bash-completion/completions/home-manager
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell to complete for
    shell: Shell,
}

/// Prints the script.
pub fn run(context: &Context, arguments: &CompletionsArguments) -> Result<(), Failure> {
    let mut script = Vec::new();
    let mut command = Arguments::command();
    clap_complete::generate(arguments.shell, &mut command, "home-manager", &mut script);
    let mut script = String::from_utf8_lossy(&script).into_owned();
    if arguments.shell == Shell::Bash {
        // The generator takes the dash in the name for a space in one of two places: commands are
        // looked for under a name that none has, and no option is ever found.
        let [wrong, right] = BASH_NAME;
        script = script.replace(wrong, right);
    }
    Ok(context.printer.data(script.trim_end())?)
}
