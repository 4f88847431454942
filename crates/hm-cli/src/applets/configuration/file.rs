//! The format of `nix.conf`: lines `NAME = VALUE`, comments, `include FILE`, `!include FILE`.

use std::io::ErrorKind;
use std::path::Path;

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
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            ["include" | "!include", file] => {
                if depth >= MAX_DEPTH {
                    return Err(Failure::new(format!(
                        "configuration files include one another too deeply at '{name}'"
                    )));
                }
                let path = directory.unwrap_or(Path::new("/")).join(file);
                if !read_into(&path, depth + 1, lines)? && words[0] == "include" {
                    return Err(Failure::new(format!(
                        "file '{}' included from '{name}' not found",
                        path.display()
                    )));
                }
            }
            ["include" | "!include", ..] | [_] => return Err(malformed(line, name)),
            [setting, "=", rest @ ..] => lines.push(((*setting).to_owned(), rest.join(" "))),
            _ => return Err(malformed(line, name)),
        }
    }
    Ok(())
}

fn malformed(line: &str, name: &str) -> Failure {
    Failure::new(format!(
        "syntax error in configuration line '{line}' in '{name}'"
    ))
}
