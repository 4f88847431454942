//! `home-manager edit`

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use clap::Args;

use super::Context;
use crate::report::Failure;
use crate::settings::Settings;

/// Editors that are tried where the environment names none.
const EDITORS: &[&str] = &["sensible-editor", "vi", "vim", "nano", "emacs"];

/// Open the configuration in an editor
///
/// Opens home.nix of the configuration in $VISUAL or $EDITOR, or in an editor of this machine;
/// flake.nix with --flake-file.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// Open flake.nix instead of home.nix
    #[arg(long)]
    flake_file: bool,
}

/// Becomes the editor.
pub fn run(context: &Context, arguments: &EditArguments) -> Result<(), Failure> {
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
    let editor = editor(&context.settings)?;
    // The variable may carry options for the editor.
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let error = Command::new(program).args(words).arg(&file).exec();
    Err(Failure::new(format!(
        "cannot start the editor {program}: {error}"
    )))
}

fn editor(settings: &Settings) -> Result<String, Failure> {
    let environment = &settings.environment;
    if let Some(named) = environment
        .text("VISUAL")
        .or_else(|| environment.text("EDITOR"))
    {
        return Ok(named);
    }
    let path = environment.variable("PATH").unwrap_or_default();
    let is_installed =
        |name: &&&str| std::env::split_paths(path).any(|place| place.join(name).is_file());
    EDITORS
        .iter()
        .find(is_installed)
        .map(|name| (*name).to_owned())
        .ok_or_else(|| {
            Failure::new("no editor is set, and this machine has none that is known")
                .hint("name one with the variable EDITOR")
        })
}
