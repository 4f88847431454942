//! `nix key` and `nix-store --generate-binary-cache-key`

use std::ffi::OsString;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use nix_store::signature::{KeyError, SecretKey};

use super::command::{Flag, run as run_command};
use crate::applets::evaluate::Failed;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

#[expect(
    clippy::needless_pass_by_value,
    reason = "so it can be given to map_err"
)]
fn failed(error: KeyError) -> Failed {
    Failure::new(error.to_string()).into()
}

/// Writes a new secret key.
pub fn generate_secret(words: Vec<OsString>, environment: &Environment) -> u8 {
    let flags = &[Flag::value(&["--key-name"])];
    run_command(words, environment, &[flags], |command| {
        let key = SecretKey::generate(command.required("--key-name")?).map_err(failed)?;
        write(&key.to_string())
    })
}

/// Reads a secret key and writes the public one that belongs to it.
pub fn convert(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[], |_| {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        let key: SecretKey = text.parse().map_err(failed)?;
        write(&key.to_public().to_string())
    })
}

fn write(text: &str) -> Result<(), Failed> {
    let mut output = terminal::stdout().lock();
    output.write_all(text.as_bytes())?;
    Ok(output.flush()?)
}

/// Makes a pair of keys and writes each to its file; only the caller may read the secret one.
pub fn generate(name: &str, secret_file: &Path, public_file: &Path) -> Result<(), Failed> {
    let key = SecretKey::generate(name).map_err(failed)?;
    write_file(public_file, &key.to_public().to_string(), 0o666)?;
    write_file(secret_file, &key.to_string(), 0o600)
}

fn write_file(path: &Path, text: &str, mode: u32) -> Result<(), Failed> {
    fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::io("write", path, &error).into())
}
