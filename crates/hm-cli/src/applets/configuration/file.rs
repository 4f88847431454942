//! Files of `nix.conf`, and those that they include.

use std::io::ErrorKind;
use std::path::Path;

use nix_wire::nix_conf::{self, Line};

use super::Assignment;
use crate::report::Failure;

/// So many files include one another.
const MAX_DEPTH: usize = 32;

/// Reads a file; one that is not there is empty.
pub fn read(path: &Path) -> Result<Vec<Assignment>, Failure> {
    let mut lines = Vec::new();
    read_into(path, 0, &mut lines)?;
    Ok(lines)
}

fn read_into(path: &Path, depth: usize, lines: &mut Vec<Assignment>) -> Result<bool, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(false);
        }
        Err(error) => return Err(Failure::io("read", path, &error)),
    };
    parse_into(
        &text,
        &path.display().to_string(),
        path.parent(),
        depth,
        lines,
    )?;
    Ok(true)
}

/// Reads a text. `name` says in messages where it is from; files that it includes lie in
/// `directory`.
pub fn parse(text: &str, name: &str, directory: Option<&Path>) -> Result<Vec<Assignment>, Failure> {
    let mut lines = Vec::new();
    parse_into(text, name, directory, 0, &mut lines)?;
    Ok(lines)
}

fn parse_into(
    text: &str,
    name: &str,
    directory: Option<&Path>,
    depth: usize,
    lines: &mut Vec<Assignment>,
) -> Result<(), Failure> {
    for line in nix_conf::lines(text) {
        match line {
            Ok(Line::Setting { name, value }) => lines.push((name, value)),
            Ok(Line::Include { file, required }) => {
                if depth >= MAX_DEPTH {
                    return Err(Failure::new(format!(
                        "configuration files include one another too deeply at '{name}'"
                    )));
                }
                let path = directory.unwrap_or(Path::new("/")).join(file);
                if !read_into(&path, depth + 1, lines)? && required {
                    return Err(Failure::new(format!(
                        "file '{}' included from '{name}' not found",
                        path.display()
                    )));
                }
            }
            Err(malformed) => return Err(Failure::new(format!("{malformed} in '{name}'"))),
        }
    }
    Ok(())
}
