//! `home-manager build`

use clap::Args;

use super::Context;
use crate::report::Failure;

/// Build the generation without activating it
///
/// Leaves a link `result` in the working directory.
#[derive(Debug, Args)]
pub struct BuildArguments {
    /// Do not make the link `result`
    #[arg(long)]
    no_out_link: bool,
}

/// Builds, links and prints the generation.
pub fn run(context: &Context, arguments: &BuildArguments) -> Result<(), Failure> {
    let choice = context.settings.flake()?;
    let session = context.session_of(&choice)?;
    if context.settings.dry_run {
        for derivation in session.missing_derivations(&choice)? {
            context
                .printer
                .data(format_args!("would build {derivation}"))?;
        }
        return Ok(());
    }
    let generation = session.build_generation(&choice)?;
    if !arguments.no_out_link {
        session.make_out_link(&context.settings.directory.join("result"), &generation)?;
    }
    Ok(context.printer.data(generation.display())?)
}
