//! `home-manager remove-generations`

use clap::Args;

use super::Context;
use crate::activation;
use crate::generations::{self, Generation};
use crate::report::Failure;

/// Remove generations of the home
///
/// Their files stay in the store until the next `home-manager nix store gc`.
#[derive(Debug, Args)]
pub struct RemoveGenerationsArguments {
    /// The numbers that `home-manager generations` shows
    #[arg(required = true, value_name = "ID")]
    ids: Vec<u64>,
}

/// Removes generations, but never the current one.
pub fn run(context: &Context, arguments: &RemoveGenerationsArguments) -> Result<(), Failure> {
    // A switch to one of them may be under way.
    let _lock = activation::lock_home(context)?;
    let generations = generations::list(&context.settings.profile())?;
    let mut failed = false;
    for id in &arguments.ids {
        let Some(generation) = generations
            .iter()
            .find(|generation| generation.number == *id)
        else {
            context
                .printer
                .error(None, format_args!("there is no generation with id {id}"));
            failed = true;
            continue;
        };
        if generation.current {
            context.printer.error(
                None,
                format_args!("generation {id} is the current one and stays"),
            );
            failed = true;
            continue;
        }
        remove(context, generation)?;
    }
    if failed {
        return Err(Failure::new("not every generation could be removed")
            .hint("see what there is with: home-manager generations"));
    }
    Ok(())
}

/// Removes a generation, or says so in a dry run.
///
/// # Errors
/// If its link cannot be removed.
pub fn remove(context: &Context, generation: &Generation) -> Result<(), Failure> {
    let number = generation.number;
    if context.settings.dry_run {
        context
            .printer
            .status(format_args!("Would remove generation {number}"));
        return Ok(());
    }
    context
        .printer
        .status(format_args!("Removing generation {number}"));
    std::fs::remove_file(&generation.link)
        .map_err(|error| Failure::io("remove", &generation.link, &error))
}
