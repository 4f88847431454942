//! The options that all of Nix's commands understand, and how command lines are taken apart.
//!
//! Options stand anywhere, some take two values, letters can be bundled, and every setting is an
//! option too. clap knows no such shape, so it is read by hand.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;

use super::configuration::{Kind, Setting};
use crate::network;
use crate::report::Failure;

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// `--name` or `-n`.
    Flag(String),
    /// Anything else.
    Argument(String),
}

/// The words of a command line that are left.
#[derive(Clone, Debug, Default)]
pub struct Words {
    rest: VecDeque<String>,
    only_arguments: bool,
}

impl Words {
    /// All of them, without the name of the program.
    pub fn new(words: impl IntoIterator<Item = OsString>) -> Words {
        Words {
            rest: words
                .into_iter()
                .map(|word| word.to_string_lossy().into_owned())
                .collect(),
            only_arguments: false,
        }
    }

    /// The next one. `-abc` is `-a`, `-b` and `-c`, and `-j4` is `-j` with the value 4.
    pub fn next_word(&mut self) -> Option<Word> {
        let word = self.rest.pop_front()?;
        if self.only_arguments || word == "-" || !word.starts_with('-') {
            return Some(Word::Argument(word));
        }
        if word == "--" {
            self.only_arguments = true;
            return self.next_word();
        }
        if word.starts_with("--") || word.chars().count() == 2 {
            return Some(Word::Flag(word));
        }
        let letters: Vec<char> = word.chars().skip(1).collect();
        for (index, letter) in letters.iter().enumerate().skip(1).rev() {
            if letters[1..=index].iter().all(char::is_ascii_alphabetic) {
                self.rest.push_front(format!("-{letter}"));
            }
        }
        // What is no letter begins a value.
        if let Some(start) = letters
            .iter()
            .skip(1)
            .position(|letter| !letter.is_ascii_alphabetic())
        {
            let value = letters[start + 1..].iter().collect();
            self.rest.insert(start, value);
        }
        Some(Word::Flag(format!("-{}", letters[0])))
    }

    /// The value of a flag.
    ///
    /// # Errors
    /// When there is none.
    pub fn value(&mut self, flag: &str) -> Result<String, Failure> {
        self.rest
            .pop_front()
            .ok_or_else(|| usage(format!("flag '{flag}' requires an argument")))
    }

    /// A number as the value of a flag, maybe with a unit.
    ///
    /// # Errors
    /// When there is none.
    pub fn number(&mut self, flag: &str) -> Result<u64, Failure> {
        let text = self.value(flag)?;
        super::configuration::parse_number(&text)
            .ok_or_else(|| usage(format!("'{text}' is not an integer")))
    }
}

/// A failure to understand the command line.
pub fn usage(message: impl Into<String>) -> Failure {
    Failure::new(message)
}

/// A value of `--arg` or `--argstr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An expression.
    Expression(String),
    /// A string as it is.
    Text(String),
    /// The contents of a file, as a string.
    TextFile(String),
    /// What the standard input holds, as a string.
    Stdin,
}

/// What the commands of `nix` that take installables are told of flakes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FlakeFlags {
    /// `--recreate-lock-file`
    pub recreate: bool,
    /// `--no-update-lock-file`
    pub no_update: bool,
    /// `--no-write-lock-file`
    pub no_write: bool,
    /// `--commit-lock-file`
    pub commit: bool,
    /// `--no-registries`
    pub no_registries: bool,
    /// `--update-input`
    pub updates: Vec<String>,
    /// `--override-input`
    pub overrides: Vec<(String, String)>,
    /// `--inputs-from`
    pub inputs_from: Vec<String>,
    /// `--reference-lock-file`
    pub reference_lock_file: Option<String>,
    /// `--output-lock-file`
    pub output_lock_file: Option<String>,
    /// `--override-flake`
    pub replacements: Vec<(String, String)>,
}

impl FlakeFlags {
    /// Takes a flag with its values, if it is one of these.
    ///
    /// # Errors
    /// When it lacks a value.
    pub fn take(&mut self, flag: &str, words: &mut Words) -> Result<bool, Failure> {
        match flag {
            "--recreate-lock-file" => self.recreate = true,
            "--no-update-lock-file" => self.no_update = true,
            "--no-write-lock-file" => self.no_write = true,
            "--commit-lock-file" => self.commit = true,
            "--no-registries" => self.no_registries = true,
            "--update-input" => self.updates.push(words.value(flag)?),
            "--override-input" => {
                let pair = (words.value(flag)?, words.value(flag)?);
                self.overrides.push(pair);
            }
            "--inputs-from" => self.inputs_from.push(words.value(flag)?),
            "--reference-lock-file" => self.reference_lock_file = Some(words.value(flag)?),
            "--output-lock-file" => self.output_lock_file = Some(words.value(flag)?),
            "--override-flake" => {
                let pair = (words.value(flag)?, words.value(flag)?);
                self.replacements.push(pair);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What all commands have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--arg` (expressions) and `--argstr` (strings).
    pub arguments: BTreeMap<String, Argument>,
    /// `-I`
    pub search_path: Vec<String>,
    /// Settings in the order in which they were given; names may begin with `extra-`.
    pub settings: Vec<(String, String)>,
    /// How many `-v` there were, less the number of `--quiet`.
    pub verbosity: i32,
    /// `-L`: whether the logs of builds are shown.
    pub print_build_logs: bool,
    /// `-Q`: whether they are not.
    pub no_build_output: bool,
    /// `--log-format`
    pub log_format: Option<String>,
    /// Whether the command is one of `nix`, which show progress, and not one of the older ones,
    /// which print what builders write.
    pub is_of_nix: bool,
    /// `--repair`
    pub repair: bool,
    /// `--readonly-mode`: whether nothing may be written to the store.
    pub read_only: bool,
    /// `--eval-store`: where what is instantiated goes, when not to the store that builds.
    pub eval_store: Option<String>,
    /// What is said of flakes.
    pub flakes: FlakeFlags,
}

impl Options {
    /// Takes a flag with its values, if it is one of these.
    ///
    /// # Errors
    /// When it lacks a value.
    pub fn take(&mut self, flag: &str, words: &mut Words) -> Result<bool, Failure> {
        let mut set = |name: &str, value: &str| {
            self.settings.push((name.to_owned(), value.to_owned()));
        };
        match flag {
            "--option" => {
                let (name, value) = (words.value(flag)?, words.value(flag)?);
                set(&name, &value);
            }
            "--impure" => set("pure-eval", "false"),
            "-j" => {
                let value = words.value(flag)?;
                set("max-jobs", &value);
            }
            "-k" => set("keep-going", "true"),
            "-K" => set("keep-failed", "true"),
            "--readonly-mode" => self.read_only = true,
            "--offline" => self.settings.extend(network::settings(true, false)),
            "--refresh" => self.settings.extend(network::settings(false, true)),
            "--sandbox" => set("sandbox", "true"),
            "--relaxed-sandbox" => set("sandbox", "relaxed"),
            "--store" => {
                let value = words.value(flag)?;
                set("store", &value);
            }
            "--eval-store" => {
                let store = words.value(flag)?;
                self.eval_store = Some(store);
            }
            "--arg-from-stdin" => {
                let name = words.value(flag)?;
                self.arguments.insert(name, Argument::Stdin);
            }
            "--arg" | "--argstr" | "--arg-from-file" => {
                let (name, text) = (words.value(flag)?, words.value(flag)?);
                let argument = match flag {
                    "--arg" => Argument::Expression(text),
                    "--argstr" => Argument::Text(text),
                    _ => Argument::TextFile(text),
                };
                self.arguments.insert(name, argument);
            }
            "-I" | "--include" => {
                let entry = words.value(flag)?;
                self.search_path.push(entry);
            }
            "-v" | "--verbose" => self.verbosity += 1,
            "--quiet" => self.verbosity -= 1,
            "--debug" => self.verbosity = 5,
            "-L" | "--print-build-logs" => self.print_build_logs = true,
            "-Q" | "--no-build-output" => self.no_build_output = true,
            "--log-format" => {
                let format = words.value(flag)?;
                self.log_format = Some(format);
            }
            "--repair" => self.repair = true,
            _ => return self.take_setting(flag, words),
        }
        Ok(true)
    }

    fn take_setting(&mut self, flag: &str, words: &mut Words) -> Result<bool, Failure> {
        let Some(written) = flag.strip_prefix("--") else {
            return Ok(false);
        };
        if let Some((setting, extra)) = Setting::find(written) {
            let value = match setting.kind {
                Kind::Switch | Kind::Mode => "true".to_owned(),
                _ => words.value(flag)?,
            };
            let prefix = if extra { "extra-" } else { "" };
            self.settings
                .push((format!("{prefix}{}", setting.name), value));
            return Ok(true);
        }
        let negated = written.strip_prefix("no-").and_then(Setting::find);
        match negated {
            Some((setting, false)) if matches!(setting.kind, Kind::Switch | Kind::Mode) => {
                self.settings
                    .push((setting.name.to_owned(), "false".to_owned()));
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Word> {
        let mut words = Words::new(line.split(' ').map(OsString::from));
        std::iter::from_fn(|| words.next_word()).collect()
    }

    #[test]
    fn letters_are_taken_apart() {
        let flag = |name: &str| Word::Flag(name.to_owned());
        let argument = |text: &str| Word::Argument(text.to_owned());
        assert_eq!(
            words("-quR x"),
            [flag("-q"), flag("-u"), flag("-R"), argument("x")]
        );
        assert_eq!(words("-j10"), [flag("-j"), argument("10")]);
        assert_eq!(words("-vj4"), [flag("-v"), flag("-j"), argument("4")]);
        assert_eq!(
            words("--long - -- --x"),
            [flag("--long"), argument("-"), argument("--x")]
        );
    }

    #[test]
    fn settings_are_flags() {
        let mut options = Options::default();
        let mut words = Words::new(
            "--build-max-jobs 3 --no-sandbox --extra-experimental-features flakes --gc-keep-outputs"
                .split(' ')
                .map(OsString::from),
        );
        while let Some(Word::Flag(flag)) = words.next_word() {
            assert!(options.take(&flag, &mut words).expect("a value"), "{flag}");
        }
        let expected = [
            ("max-jobs", "3"),
            ("sandbox", "false"),
            ("extra-experimental-features", "flakes"),
            ("keep-outputs", "true"),
        ];
        let found: Vec<(&str, &str)> = options
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(found, expected);
        assert!(!options.take("--nonsense", &mut words).expect("no value"));
    }
}
