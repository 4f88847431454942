//! Steps as text: commands of a shell whose words are written out, with nothing to expand.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::Result;

/// A command: its name and its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Step(Vec<Vec<u8>>);

impl Step {
    pub(super) fn words(&self) -> Words<'_> {
        Words { words: &self.0 }
    }
}

/// The words of a step that have not been read yet.
pub(super) struct Words<'a> {
    words: &'a [Vec<u8>],
}

impl<'a> Words<'a> {
    pub(super) fn next(&mut self) -> Result<&'a [u8]> {
        let (first, rest) = self.words.split_first().ok_or("a step lacks a word")?;
        self.words = rest;
        Ok(first)
    }

    pub(super) fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.next()?).map_err(|_| "a step is not UTF-8".to_owned())
    }

    pub(super) fn path(&mut self) -> Result<&'a Path> {
        Ok(Path::new(OsStr::from_bytes(self.next()?)))
    }

    /// Takes all the words that are left.
    pub(super) fn rest(&mut self) -> &'a [Vec<u8>] {
        std::mem::take(&mut self.words)
    }

    /// Returns how many words are left.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn end(&self) -> Result<()> {
        match self.words {
            [] => Ok(()),
            [word, ..] => Err(format!(
                "a step has the word '{}' too many",
                String::from_utf8_lossy(word)
            )),
        }
    }
}

/// Reads steps. Lines end them; words may be quoted by apostrophes, single characters by
/// backslashes.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut step = Step::default();
    let mut word: Option<Vec<u8>> = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b' ' | b'\t' => step.0.extend(word.take()),
            b'\n' => {
                step.0.extend(word.take());
                if !step.0.is_empty() {
                    steps.push(std::mem::take(&mut step));
                }
            }
            b'\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match bytes.next() {
                        Some(b'\'') => break,
                        Some(byte) => word.push(byte),
                        None => return Err("a step has an apostrophe without another".to_owned()),
                    }
                }
            }
            b'\\' => match bytes.next() {
                Some(byte) => word.get_or_insert_default().push(byte),
                None => return Err("a step ends with a backslash".to_owned()),
            },
            // What a shell would expand or obey.
            b'"' | b'$' | b'`' | b';' | b'&' | b'|' | b'<' | b'>' | b'(' | b')' | b'*' | b'?'
            | b'#' => {
                return Err(format!(
                    "a step has the character '{}' without quotes",
                    char::from(byte)
                ));
            }
            byte => word.get_or_insert_default().push(byte),
        }
    }
    step.0.extend(word);
    if !step.0.is_empty() {
        steps.push(step);
    }
    Ok(steps)
}
