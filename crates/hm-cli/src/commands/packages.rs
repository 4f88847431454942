//! `home-manager packages`

use clap::Args;
use hm_plan::diff::{InstalledPackage, split_name};
use serde_json::json;

use super::Context;
use crate::activation;
use crate::report::Failure;

/// List the packages that the home installs
#[derive(Debug, Args)]
pub struct PackagesArguments {
    /// Print JSON: name, version and store path
    #[arg(long)]
    json: bool,
}

/// Prints each package with its version, sorted.
pub fn run(context: &Context, arguments: &PackagesArguments) -> Result<(), Failure> {
    let Some(current) = activation::current(context)? else {
        return Err(
            Failure::new("no generation is active").hint("make one with: home-manager switch")
        );
    };
    let mut packages = match current.home_path() {
        Some(home_path) => context.session()?.packages_of(&home_path)?,
        None => Vec::new(),
    };
    packages.sort_by_key(|package| package.full_name.to_lowercase());
    if arguments.json {
        let rows: Vec<_> = packages.iter().map(row).collect();
        return Ok(context.printer.data(json!(rows))?);
    }
    for package in packages {
        context.printer.data(package.full_name)?;
    }
    Ok(())
}

fn row(package: &InstalledPackage) -> serde_json::Value {
    let (name, version) = split_name(&package.full_name);
    let version = (!version.is_empty()).then_some(version);
    json!({ "name": name, "version": version, "path": package.path })
}
