//! The command line of the `nix` commands: options that all of them take, and those of one command.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::applets::configuration::{Kind, Setting};
use crate::report::Failure;

/// An option of one command.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Its name, without the dashes.
    pub name: &'static str,
    /// Its letter.
    pub letter: Option<char>,
    /// How many values it takes.
    pub values: usize,
}

impl Flag {
    /// An option without a letter.
    pub const fn new(name: &'static str, values: usize) -> Flag {
        Flag {
            name,
            letter: None,
            values,
        }
    }

    /// An option with a letter.
    pub const fn short(name: &'static str, letter: char, values: usize) -> Flag {
        Flag {
            name,
            letter: Some(letter),
            values,
        }
    }
}

/// Takes all that follows it as a command to run.
const COMMAND: Flag = Flag::short("command", 'c', 0);

/// What all commands take that works with flakes or evaluates.
pub const COMMON: &[Flag] = &[
    Flag::new("recreate-lock-file", 0),
    Flag::new("no-update-lock-file", 0),
    Flag::new("no-write-lock-file", 0),
    Flag::new("commit-lock-file", 0),
    Flag::new("update-input", 1),
    Flag::new("override-input", 2),
    Flag::new("reference-lock-file", 1),
    Flag::new("output-lock-file", 1),
    Flag::new("inputs-from", 1),
    Flag::new("no-registries", 0),
    Flag::new("override-flake", 2),
    Flag::new("refresh", 0),
    Flag::new("offline", 0),
    Flag::new("impure", 0),
    Flag::new("arg", 2),
    Flag::new("argstr", 2),
    Flag::short("include", 'I', 1),
    Flag::short("file", 'f', 1),
    Flag::new("expr", 1),
    Flag::new("eval-store", 1),
    Flag::new("store", 1),
    Flag::new("json", 0),
    Flag::new("pretty", 0),
    Flag::new("no-pretty", 0),
    Flag::new("option", 2),
    Flag::short("verbose", 'v', 0),
    Flag::new("quiet", 0),
    Flag::new("debug", 0),
    Flag::new("log-format", 1),
    Flag::short("print-build-logs", 'L', 0),
    Flag::new("repair", 0),
    Flag::new("debugger", 0),
];

/// A command line of `nix`, without the words that name the command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NixArguments {
    /// What is no option.
    pub rest: Vec<String>,
    /// What follows `--command`.
    pub command: Vec<String>,
    /// Settings by name, in the order in which they were given.
    pub settings: Vec<(String, String)>,
    /// How often more was asked to be said than less.
    pub verbosity: i32,
    flags: BTreeMap<&'static str, Vec<Vec<String>>>,
    /// The options in the order in which each was first given.
    order: Vec<&'static str>,
}

impl NixArguments {
    /// Reads a command line, for a command with these options of its own.
    ///
    /// # Errors
    /// When an option is not known, or lacks a value.
    pub fn parse(
        words: impl IntoIterator<Item = OsString>,
        own: &[Flag],
    ) -> Result<NixArguments, Failure> {
        let mut parsed = NixArguments::default();
        let mut words = words
            .into_iter()
            .map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            if word == "--" {
                parsed.rest.extend(words);
                break;
            }
            if let Some(name) = word.strip_prefix("--") {
                parsed.long(name, &word, own, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                for (index, letter) in word.char_indices().skip(1) {
                    let flag = by_letter(letter, own)
                        .ok_or_else(|| unrecognised(&format!("-{letter}")))?;
                    let value = &word[index + letter.len_utf8()..];
                    // What is no letter begins a value.
                    let has_value = value.starts_with(|next: char| !next.is_ascii_alphabetic());
                    if flag.values == 1 && has_value {
                        let mut words = std::iter::once(value.to_owned());
                        parsed.apply(flag, &word, &mut words)?;
                        break;
                    }
                    parsed.apply(flag, &word, &mut words)?;
                }
            } else {
                parsed.rest.push(word);
            }
        }
        Ok(parsed)
    }

    fn long(
        &mut self,
        name: &str,
        word: &str,
        own: &[Flag],
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), Failure> {
        let found = own.iter().chain(COMMON).find(|flag| flag.name == name);
        if let Some(flag) = found {
            return self.apply(*flag, word, words);
        }
        let mut set = |name: &str, value: String| self.settings.push((name.to_owned(), value));
        if let Some((setting, _)) = Setting::find(name) {
            let value = match setting.kind {
                Kind::Switch | Kind::Mode => "true".to_owned(),
                _ => value_of(word, words)?,
            };
            set(name, value);
            return Ok(());
        }
        match name.strip_prefix("no-").and_then(Setting::find) {
            Some((setting, false)) if matches!(setting.kind, Kind::Switch | Kind::Mode) => {
                set(setting.name, "false".to_owned());
                Ok(())
            }
            _ => Err(unrecognised(word)),
        }
    }

    fn apply(
        &mut self,
        flag: Flag,
        word: &str,
        words: &mut impl Iterator<Item = String>,
    ) -> Result<(), Failure> {
        if is_command(&flag) {
            self.command.extend(words);
            return Ok(());
        }
        let values = (0..flag.values)
            .map(|_| value_of(word, words))
            .collect::<Result<Vec<_>, _>>()?;
        match (flag.name, values.as_slice()) {
            ("option", [name, value]) => self.settings.push((name.clone(), value.clone())),
            ("keep-going" | "keep-failed" | "fallback", _) => {
                self.settings
                    .push((flag.name.to_owned(), "true".to_owned()));
            }
            ("max-jobs" | "cores", [value]) => {
                self.settings.push((flag.name.to_owned(), value.clone()));
            }
            ("store", [value]) => self.settings.push(("store".to_owned(), value.clone())),
            ("verbose", _) => self.verbosity += 1,
            ("quiet", _) => self.verbosity -= 1,
            _ => {}
        }
        if !self.flags.contains_key(flag.name) {
            self.order.push(flag.name);
        }
        self.flags.entry(flag.name).or_default().push(values);
        Ok(())
    }

    /// Whether an option was given.
    pub fn has(&self, name: &str) -> bool {
        self.flags.contains_key(name)
    }

    /// Whether one option was given before another.
    pub fn comes_first(&self, one: &str, other: &str) -> bool {
        let place = |wanted: &str| self.order.iter().position(|name| *name == wanted);
        place(one) < place(other)
    }

    /// The value of an option; that which was given last.
    pub fn value(&self, name: &str) -> Option<&str> {
        let given = self.flags.get(name)?;
        given.last()?.first().map(String::as_str)
    }

    /// The values of an option that may be given more than once.
    pub fn values(&self, name: &str) -> Vec<String> {
        let given = self.flags.get(name).into_iter().flatten();
        given.filter_map(|values| values.first().cloned()).collect()
    }

    /// The values of an option that takes two.
    pub fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let given = self.flags.get(name).into_iter().flatten();
        given
            .filter_map(|values| match values.as_slice() {
                [first, second] => Some((first.clone(), second.clone())),
                _ => None,
            })
            .collect()
    }

    /// The one argument that may be given.
    ///
    /// # Errors
    /// When there are more.
    pub fn one(&self) -> Result<Option<&str>, Failure> {
        match self.rest.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            [_, second, ..] => Err(usage(format!("unexpected argument '{second}'"))),
        }
    }
}

/// The option that commands have which run another.
pub const RUNS_COMMAND: Flag = COMMAND;

fn is_command(flag: &Flag) -> bool {
    flag.name == COMMAND.name
}

fn by_letter(letter: char, own: &[Flag]) -> Option<Flag> {
    const SHORT: &[Flag] = &[
        Flag::short("keep-going", 'k', 0),
        Flag::short("keep-failed", 'K', 0),
        Flag::short("max-jobs", 'j', 1),
    ];
    own.iter()
        .chain(COMMON)
        .chain(SHORT)
        .find(|flag| flag.letter == Some(letter))
        .copied()
}

fn value_of(word: &str, words: &mut impl Iterator<Item = String>) -> Result<String, Failure> {
    words.next().ok_or_else(|| {
        usage(format!(
            "flag '{word}' requires 1 argument(s), but only 0 were given"
        ))
    })
}

fn unrecognised(word: &str) -> Failure {
    usage(format!("unrecognised flag '{word}'"))
}

/// Something that was typed wrong.
pub fn usage(message: impl std::fmt::Display) -> Failure {
    Failure::new(format!("{message}\nTry 'nix --help' for more information."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &[&str]) -> Result<NixArguments, Failure> {
        let own = [Flag::short("out-link", 'o', 1), RUNS_COMMAND];
        NixArguments::parse(words.iter().map(OsString::from), &own)
    }

    #[test]
    fn options_stand_anywhere_and_settings_are_options() {
        let parsed = parse(&[
            "--override-input",
            "a/b",
            "./x",
            "flake#y",
            "--no-warn-dirty",
            "-Lvo",
            "link",
            "--extra-experimental-features",
            "nix-command flakes",
            "--option",
            "cores",
            "2",
        ]);
        let parsed = parsed.expect("it is right");
        assert_eq!(parsed.rest, ["flake#y"]);
        let pair = ("a/b".to_owned(), "./x".to_owned());
        assert_eq!(parsed.pairs("override-input"), [pair]);
        assert_eq!(parsed.value("out-link"), Some("link"));
        assert_eq!(parsed.verbosity, 1);
        let settings: Vec<(&str, &str)> = parsed
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            settings,
            [
                ("warn-dirty", "false"),
                ("extra-experimental-features", "nix-command flakes"),
                ("cores", "2")
            ]
        );
    }

    #[test]
    fn what_follows_a_command_is_its_own() {
        let parsed = parse(&["a", "-c", "tool", "--json", "-x"]).expect("it is right");
        assert_eq!(parsed.command, ["tool", "--json", "-x"]);
        assert!(!parsed.has("json"));
        let parsed = parse(&["a", "--", "--json"]).expect("it is right");
        assert_eq!(parsed.rest, ["a", "--json"]);
    }

    #[test]
    fn what_is_unknown_or_lacks_a_value_is_refused() {
        assert!(parse(&["--foo"]).is_err());
        assert!(parse(&["-Z"]).is_err());
        assert!(parse(&["--override-input", "a"]).is_err());
    }
}
