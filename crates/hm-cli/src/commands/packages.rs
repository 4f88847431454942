//! `home-manager packages`

use clap::Args;

use super::Context;
use crate::activation;
use crate::report::Failure;

/// List the packages that the home installs
#[derive(Debug, Args)]
pub struct PackagesArguments {}

/// Prints the name of each package, sorted.
pub fn run(context: &Context, _: &PackagesArguments) -> Result<(), Failure> {
    let Some(current) = activation::current(context)? else {
        return Err(
            Failure::new("no generation is active").hint("make one with: home-manager switch")
        );
    };
    let mut names = match current.home_path() {
        Some(home_path) => context.session()?.package_names(&home_path)?,
        None => Vec::new(),
    };
    names.sort_by_key(|name| name.to_lowercase());
    for name in names {
        context.printer.data(name)?;
    }
    Ok(())
}
