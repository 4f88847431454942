//! `home-manager edit`

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use super::Context;
use crate::report::Failure;

/// Open the configuration in an editor
///
/// Opens home.nix of the configuration in $VISUAL or $EDITOR; flake.nix with --flake-file.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// Open flake.nix instead of home.nix
    #[arg(long)]
    flake_file: bool,
}

/// Becomes the editor.
pub fn run(context: &Context, arguments: &EditArguments) -> Result<(), Failure> {
    let environment = &context.settings.environment;
    let editor = environment
        .text("VISUAL")
        .or_else(|| environment.text("EDITOR"))
        .ok_or_else(|| Failure::new("no editor is set").hint("set the variable EDITOR"))?;
    let choice = context.settings.flake()?;
    let directory = PathBuf::from(choice.reference.trim_start_matches("path:"));
    let directory = context.settings.directory.join(directory);
    if !directory.is_dir() {
        return Err(
            Failure::new(format!("{} is not a directory here", choice.reference))
                .hint("only a flake in a local directory can be edited"),
        );
    }
    let home = directory.join("home.nix");
    let file = if arguments.flake_file || !home.exists() {
        directory.join("flake.nix")
    } else {
        home
    };
    // The variable may carry options for the editor.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let error = Command::new(program).args(words).arg(&file).exec();
    Err(Failure::new(format!(
        "cannot start the editor {program}: {error}"
    )))
}
