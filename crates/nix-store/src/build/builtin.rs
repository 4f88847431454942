//! Builders that are part of this program.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::environment::Environment;
use super::{BuildOptions, buildenv, channel, fetchurl};

const PREFIX: &[u8] = b"builtin:";

/// Whether a builder's name is that of one that is built in.
pub(super) fn is_builtin(builder: &[u8]) -> bool {
    builder.starts_with(PREFIX)
}

/// The value of an attribute without which a builder cannot work.
pub(super) fn required<'a>(
    variables: &'a BTreeMap<Vec<u8>, Vec<u8>>,
    name: &str,
) -> Result<&'a Vec<u8>, String> {
    let value = variables.get(name.as_bytes());
    value.ok_or_else(|| format!("attribute '{name}' missing"))
}

/// Runs one.
///
/// # Errors
/// Says what went wrong.
pub(super) fn run(
    builder: &[u8],
    environment: &Environment,
    outputs: &BTreeMap<&str, PathBuf>,
    options: &BuildOptions,
    warn: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let name = String::from_utf8_lossy(builder.get(PREFIX.len()..).unwrap_or_default());
    let Some(out) = outputs.get("out") else {
        return Err("it has no output 'out'".to_owned());
    };
    match name.as_ref() {
        "buildenv" => buildenv::build(&environment.variables, out, warn),
        "fetchurl" => fetchurl::build(&environment.variables, out, options),
        "unpack-channel" => channel::build(&environment.variables, out, options),
        _ => Err(format!("unsupported builtin builder '{name}'")),
    }
}
