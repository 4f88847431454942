//! `builtin:buildenv`: a [user environment](crate::user_environment) with a manifest.
//!
//! The variable `derivations` is a list of words: `false` or another word for "active", priority,
//! number of outputs, and as many paths; and so on.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::BuiltinJob;
use crate::user_environment::{Package, link_packages};

type Result<T> = std::result::Result<T, String>;

pub(super) fn build(job: &BuiltinJob) -> Result<()> {
    link(job, &mut |warning| job.log(warning))
}

fn link(job: &BuiltinJob, warn: &mut dyn FnMut(&str)) -> Result<()> {
    let packages = active_packages(job.required("derivations")?)?;
    let manifest = job.required("manifest")?;
    let out = job.out()?;
    let failed = |path: &Path, error: std::io::Error| format!("'{}': {error}", path.display());
    fs::create_dir(out).map_err(|error| failed(out, error))?;
    link_packages(packages, out, warn).map_err(|error| error.to_string())?;
    let link = out.join("manifest.nix");
    symlink(OsStr::from_bytes(manifest), &link).map_err(|error| failed(&link, error))
}

/// The packages that are to be linked.
fn active_packages(derivations: &[u8]) -> Result<Vec<Package>> {
    let text = std::str::from_utf8(derivations)
        .map_err(|_| "attribute 'derivations' is not UTF-8".to_owned())?;
    let mut words = text.split_ascii_whitespace();
    let mut packages = Vec::new();
    while let Some(active) = words.next() {
        let mut number = |what: &str| -> Result<i64> {
            words
                .next()
                .and_then(|word| word.parse().ok())
                .ok_or_else(|| format!("attribute 'derivations' lacks a {what}"))
        };
        let priority = number("priority")?;
        let outputs = number("number of outputs")?;
        for _ in 0..outputs {
            let path = words
                .next()
                .ok_or_else(|| "attribute 'derivations' lacks a path".to_owned())?;
            if active != "false" {
                packages.push(Package {
                    path: path.into(),
                    priority,
                });
            }
        }
    }
    Ok(packages)
}

#[cfg(test)]
#[path = "buildenv_tests.rs"]
mod tests;
