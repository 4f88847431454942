//! `home-manager status`

use clap::Args;
use hm_plan::{Action, Note};

use super::Context;
use crate::activation;
use crate::generations;
use crate::printer::{GONE, GOOD, WARNING};
use crate::report::Failure;

/// Check the home against its generation
///
/// Exits with 1 if a managed file is missing or was replaced.
#[derive(Debug, Args)]
pub struct StatusArguments {}

/// Compares the home with the generation that is linked.
pub fn run(context: &Context, _: &StatusArguments) -> Result<(), Failure> {
    let _lock = activation::lock_home(context)?;
    let printer = &context.printer;
    let Some(linked) = activation::current(context)? else {
        printer.data("No generation is active.")?;
        return Ok(());
    };
    let generations = generations::list(&context.settings.profile())?;
    let selected = generations.iter().find(|generation| generation.current);
    let number = generations
        .iter()
        .find(|generation| generation.path == linked.path)
        .map_or_else(
            || "?".to_owned(),
            |generation| generation.number.to_string(),
        );
    printer.data(format_args!(
        "Generation {number}: {} ({} files)",
        linked.path.display(),
        linked.files.leaves.len()
    ))?;
    let mut drift = 0;
    if let Some(selected) = selected
        && selected.path != linked.path
    {
        drift += 1;
        printer.data(format_args!(
            "{WARNING}!{WARNING:#} the profile has generation {} selected, which is not active",
            selected.number
        ))?;
    }
    let plan = activation::plan_files(context, Some(&linked), &linked)?;
    for action in &plan.actions {
        match action {
            Action::Link {
                path,
                previous: None,
                ..
            } => {
                drift += 1;
                printer.data(format_args!("{GONE}-{GONE:#} {} is gone", path.display()))?;
            }
            Action::Link {
                path,
                previous: Some(_),
                ..
            } => {
                drift += 1;
                printer.data(format_args!("~ {} links elsewhere", path.display()))?;
            }
            _ => {}
        }
    }
    for collision in &plan.collisions {
        drift += 1;
        printer.data(format_args!("~ {} was replaced", collision.path.display()))?;
    }
    for note in &plan.notes {
        if let Note::IdenticalFile { path } = note {
            drift += 1;
            printer.data(format_args!("~ {} is a file of its own", path.display()))?;
        }
    }
    if drift == 0 {
        printer.data(format_args!("{GOOD}Everything is in place.{GOOD:#}"))?;
        return Ok(());
    }
    Err(Failure::new(format!(
        "{drift} {} not as wanted",
        if drift == 1 { "thing is" } else { "things are" }
    ))
    .hint("bring the home in order with: home-manager switch"))
}
