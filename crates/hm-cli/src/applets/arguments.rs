//! The command line of `nix-instantiate` and `nix-build`.

use std::ffi::OsString;

use super::options::{Options, Word, Words};
use crate::report::Failure;

/// What a `nix-instantiate` or `nix-build` was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// What all commands understand.
    pub options: Options,
    /// `--parse`
    pub parse: bool,
    /// `--eval`
    pub eval: bool,
    /// `--strict`
    pub strict: bool,
    /// How a value is printed.
    pub form: Form,
    /// `--no-location`
    pub no_location: bool,
    /// `-E`: the positional arguments are expressions.
    pub expressions: bool,
    /// `-A`
    pub attributes: Vec<String>,
    /// `--find-file`
    pub find_file: bool,
    /// `--read-write-mode`
    pub read_write_mode: bool,
    /// `--no-out-link`
    pub no_out_link: bool,
    /// `--out-link`
    pub out_link: Option<String>,
    /// `--add-root`
    pub add_root: Option<String>,
    /// `--version`
    pub version: bool,
    /// `--dry-run`
    pub dry_run: bool,
    /// `--check`
    pub check: bool,
    /// Files, expressions, `-`.
    pub rest: Vec<String>,
}

/// How a value is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As Nix code.
    #[default]
    Nix,
    /// As JSON.
    Json,
    /// As XML.
    Xml,
    /// A string as it is.
    Raw,
}

impl Arguments {
    /// Reads a command line, without the name of the program.
    ///
    /// # Errors
    /// When an option is not known or lacks its value.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, Failure> {
        let mut parsed = Arguments::default();
        let mut words = Words::new(words);
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) => parsed.rest.push(argument),
                Word::Flag(flag) => parsed.take(&flag, &mut words)?,
            }
        }
        Ok(parsed)
    }

    fn take(&mut self, flag: &str, words: &mut Words) -> Result<(), Failure> {
        match flag {
            "--parse" => self.parse = true,
            "--eval" | "--eval-only" => self.eval = true,
            "--strict" => self.strict = true,
            "--xml" => self.form = Form::Xml,
            "--json" => self.form = Form::Json,
            "--raw" => self.form = Form::Raw,
            "--no-location" => self.no_location = true,
            "-E" | "--expr" => self.expressions = true,
            "-A" | "--attr" => {
                let attribute = words.value(flag)?;
                self.attributes.push(attribute);
            }
            "--find-file" => self.find_file = true,
            "--read-write-mode" => self.read_write_mode = true,
            "--no-out-link" | "--no-link" => self.no_out_link = true,
            "-o" | "--out-link" => {
                let link = words.value(flag)?;
                self.out_link = Some(link);
            }
            "--add-root" => {
                let link = words.value(flag)?;
                self.add_root = Some(link);
            }
            // Every root is one.
            "--indirect" => {}
            "--version" => self.version = true,
            "--dry-run" => self.dry_run = true,
            "--check" => self.check = true,
            _ if self.options.take(flag, words)? => {}
            _ => return Err(Failure::new(format!("unrecognised flag '{flag}'"))),
        }
        Ok(())
    }
}
