//! `home-manager switch`

use std::path::PathBuf;

use clap::Args;

use super::Context;
use crate::activation::{self, HomeLock};
use crate::generations;
use crate::report::Failure;
use crate::settings::FlakeChoice;

/// Build the configuration and switch the home to it
///
/// Everything is evaluated, built and checked before anything in the home changes. When a step
/// fails or is interrupted, what was done is undone.
#[derive(Debug, Args)]
pub struct SwitchArguments {
    /// Switch to the generation before the current one, without building
    #[arg(long, conflicts_with = "generation")]
    rollback: bool,

    /// Switch to this generation, without building
    #[arg(long, value_name = "ID")]
    generation: Option<u64>,

    /// Switch to this specialisation of the configuration
    #[arg(short = 'c', long, value_name = "NAME")]
    specialisation: Option<String>,
}

/// Switches.
pub fn run(context: &Context, arguments: &SwitchArguments) -> Result<(), Failure> {
    if arguments.rollback || arguments.generation.is_some() {
        let specialisation = arguments.specialisation.as_deref();
        return to_existing(context, arguments.generation, specialisation);
    }
    let choice = context.settings.flake()?;
    let generation = context.session_of(&choice)?.build_generation(&choice)?;
    switch_to(
        context,
        generation,
        arguments.specialisation.as_deref(),
        None,
    )
}

/// Builds the configuration of a flake and switches to it.
pub fn build_and_switch(
    context: &Context,
    reference: &str,
    name: Option<String>,
) -> Result<(), Failure> {
    let choice = FlakeChoice {
        reference: reference.to_owned(),
        name,
    };
    let generation = context.session_of(&choice)?.build_generation(&choice)?;
    switch_to(context, generation, None, None)
}

/// Switches to a generation that exists: the one of this number, or the one before the current one.
///
/// # Errors
/// If there is no such generation, or the switch fails.
pub fn to_existing(
    context: &Context,
    number: Option<u64>,
    specialisation: Option<&str>,
) -> Result<(), Failure> {
    // The list must not change until the switch has begun.
    let lock = activation::lock_home(context)?;
    let generations = generations::list(&context.settings.profile())?;
    let target = match number {
        Some(id) => generations
            .iter()
            .find(|generation| generation.number == id)
            .ok_or_else(|| {
                Failure::new(format!("there is no generation with id {id}"))
                    .hint("see which there are with: home-manager generations")
            })?,
        None => generations::before_current(&generations)
            .ok_or_else(|| Failure::new("there is no generation before the current one"))?,
    };
    context
        .printer
        .status(format_args!("Switching to generation {}", target.number));
    switch_to(
        context,
        target.path.clone(),
        specialisation,
        Some((target.number, lock)),
    )
}

fn switch_to(
    context: &Context,
    generation: PathBuf,
    specialisation: Option<&str>,
    existing: Option<(u64, HomeLock)>,
) -> Result<(), Failure> {
    let (number, lock) = existing.unzip();
    let generation = match specialisation {
        None => generation,
        Some(name) => {
            let path = generation.join("specialisation").join(name);
            if !path.is_dir() {
                return Err(Failure::new(format!(
                    "The configuration does not contain the specialisation \"{name}\""
                )));
            }
            path
        }
    };
    if context.settings.dry_run {
        let prepared = activation::prepare(context, &generation, number)?;
        return activation::show_plan(context, &prepared);
    }
    let _lock = match lock {
        Some(lock) => lock,
        None => activation::lock_home(context)?,
    };
    let prepared = activation::prepare(context, &generation, number)?;
    activation::carry_out(context, prepared)
}
