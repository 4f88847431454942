//! Scripts that begin with `#! /usr/bin/env nix`: their further lines `#! nix …` are the command
//! line, before the script itself and the arguments that it was started with.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::environment::Environment;
use crate::report::Failure;

/// What the lines of a script's head may begin with: the comments of many languages.
const COMMENTS: &[u8] = b"#/\\%@*-(";
/// What has no meaning outside of quotes, so that it can be given one.
const RESERVED: &str = "$*~<>|;()[]{}'\"\\";

/// A command line from a script.
#[derive(Debug)]
pub struct Script {
    /// The words.
    pub words: Vec<OsString>,
    /// Where relative paths in them start from.
    pub directory: PathBuf,
}

/// Reads the script that the first word names; `None` if it is none.
///
/// # Errors
/// When a line of the script means nothing.
pub fn read(words: &[OsString], environment: &Environment) -> Result<Option<Script>, Failure> {
    let Some((name, rest)) = words.split_first() else {
        return Ok(None);
    };
    let path = environment.directory.join(name);
    let Some(content) = command_lines(&path) else {
        return Ok(None);
    };
    let mut words: Vec<OsString> = split(&content)?.into_iter().map(OsString::from).collect();
    words.push(name.clone());
    words.extend_from_slice(rest);
    Ok(Some(Script {
        words,
        directory: path.parent().unwrap_or(Path::new("/")).to_owned(),
    }))
}

/// What follows `#! nix` in the head of a file that begins with `#!`.
fn command_lines(path: &Path) -> Option<String> {
    let mut reader = BufReader::new(std::fs::File::open(path).ok()?);
    let mut start = [0; 2];
    reader.read_exact(&mut start).ok()?;
    if start != *b"#!" {
        return None;
    }
    let mut content = String::new();
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok()?;
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line).ok()?;
        if !line.first().is_some_and(|byte| COMMENTS.contains(byte)) {
            return Some(content);
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end();
        let words = text
            .strip_prefix("#!")
            .and_then(|text| text.trim_start().strip_prefix("nix"));
        // One space is taken away, so that what is quoted keeps its indentation.
        let words = match words {
            Some("") => Some(""),
            Some(words) => words.strip_prefix(": ").or_else(|| words.strip_prefix(' ')),
            None => None,
        };
        if let Some(words) = words {
            content.push_str(words);
            content.push('\n');
        }
    }
}

/// Takes words apart. Between double backticks all is as it is; three of them stand for two.
fn split(text: &str) -> Result<Vec<String>, Failure> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(quoted) = rest.strip_prefix("``") {
            let (inner, after) = quoted_word(quoted)?;
            words.push(inner);
            word.clear();
            rest = after;
            continue;
        }
        rest = &rest[character.len_utf8()..];
        match character {
            ' ' | '\t' | '\n' | '\r' => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            '`' => {
                return Err(Failure::new(
                    "single backtick is not a supported syntax in the nix shebang.",
                ));
            }
            '#' if word.is_empty() => {
                return Err(Failure::new(
                    "unquoted nix shebang argument cannot start with #. Use double backticks to \
                     escape?",
                ));
            }
            reserved if RESERVED.contains(reserved) => {
                return Err(Failure::new(format!(
                    "unsupported unquoted character in nix shebang: {reserved}. Use double \
                     backticks to escape?"
                )));
            }
            character => word.push(character),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    Ok(words)
}

/// A word up to its closing backticks, and what follows them.
fn quoted_word(text: &str) -> Result<(String, &str), Failure> {
    let mut word = String::new();
    let mut rest = text;
    loop {
        let ticks = rest.len() - rest.trim_start_matches('`').len();
        if ticks == 2 {
            return Ok((word, &rest[2..]));
        }
        if ticks > 2 {
            // The first one says that the others are meant.
            word.push_str(&rest[1..ticks]);
            rest = &rest[ticks..];
            continue;
        }
        let spaced = rest.strip_prefix(' ');
        if let Some(closing) = spaced.and_then(|rest| rest.strip_prefix("``"))
            && !closing.starts_with('`')
        {
            return Ok((word, closing));
        }
        let Some(character) = rest.chars().next() else {
            return Err(Failure::new("unterminated quoted string in nix shebang"));
        };
        word.push(character);
        rest = &rest[character.len_utf8()..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_by_backticks() {
        let words = |text: &str| split(text).map_err(|failure| failure.message);
        assert_eq!(words("a  b\nc#d").unwrap(), ["a", "b", "c#d"]);
        assert_eq!(
            words("--expr `` x: `y` $z\n ``").unwrap(),
            ["--expr", " x: `y` $z\n"]
        );
        assert_eq!(words("``a```b``").unwrap(), ["a``b"]);
        for wrong in ["*", "`a`", "#a", "``a"] {
            assert!(words(wrong).is_err(), "{wrong}");
        }
    }
}
