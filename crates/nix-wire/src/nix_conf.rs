//! The lines of `nix.conf`: `NAME = VALUE`, `include FILE`, `!include FILE`. A `#` begins a comment
//! wherever it stands; words are separated by blanks, of which a value keeps one between two.

use std::fmt;

/// A line that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Sets a setting.
    Setting {
        /// Its name, which may begin with `extra-`.
        name: String,
        /// Its value: words with one blank between two.
        value: String,
    },
    /// Has another file read here.
    Include {
        /// The file, relative to the one that the line is in.
        file: String,
        /// Whether it has to be there.
        required: bool,
    },
}

impl fmt::Display for Line {
    /// As it is read, without the end of the line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Line::Setting { name, value } if value.is_empty() => write!(formatter, "{name} ="),
            Line::Setting { name, value } => write!(formatter, "{name} = {value}"),
            Line::Include {
                file,
                required: true,
            } => write!(formatter, "include {file}"),
            Line::Include { file, .. } => write!(formatter, "!include {file}"),
        }
    }
}

/// A line that says nothing that can be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in configuration line '{0}'")]
pub struct Malformed(
    /// The line, without its comment.
    pub String,
);

/// The lines of a text, one after the other.
pub fn lines(text: &str) -> impl Iterator<Item = Result<Line, Malformed>> {
    text.split('\n')
        .filter_map(|line| line_of(line).transpose())
}

fn line_of(line: &str) -> Result<Option<Line>, Malformed> {
    let line = line.split('#').next().unwrap_or_default();
    // No other blanks separate words for Nix, such as those of other scripts.
    let words: Vec<&str> = line
        .split([' ', '\t', '\r'])
        .filter(|word| !word.is_empty())
        .collect();
    match words.as_slice() {
        [] => Ok(None),
        [word @ ("include" | "!include"), file] => Ok(Some(Line::Include {
            file: (*file).to_owned(),
            required: *word == "include",
        })),
        [name, "=", value @ ..] if !matches!(*name, "include" | "!include") => {
            Ok(Some(Line::Setting {
                name: (*name).to_owned(),
                value: value.join(" "),
            }))
        }
        _ => Err(Malformed(line.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Line, Malformed>> {
        lines(text).collect()
    }

    fn setting(name: &str, value: &str) -> Result<Line, Malformed> {
        Ok(Line::Setting {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }

    #[test]
    fn words_are_read_and_comments_are_not() {
        assert_eq!(
            read("# all\n\n cores =\t4 \r\nallowed-uris = a  b # = c\nstore =\n"),
            [
                setting("cores", "4"),
                setting("allowed-uris", "a b"),
                setting("store", "")
            ]
        );
        // This blank is a part of the word.
        assert_eq!(
            read("a = b\u{a0}\u{b}c  d"),
            [setting("a", "b\u{a0}\u{b}c d")]
        );
    }

    #[test]
    fn files_are_included() {
        let include = |file: &str, required| {
            Ok(Line::Include {
                file: file.to_owned(),
                required,
            })
        };
        assert_eq!(
            read("include a.conf\n!include b.conf"),
            [include("a.conf", true), include("b.conf", false)]
        );
    }

    #[test]
    fn other_lines_are_errors() {
        for line in [
            "cores",
            "cores 4",
            "cores=4",
            "include",
            "include a b",
            "!include = a",
        ] {
            assert_eq!(
                read(&format!("a = b\n{line} # c")),
                [setting("a", "b"), Err(Malformed(format!("{line} ")))],
                "{line}"
            );
        }
    }
}
