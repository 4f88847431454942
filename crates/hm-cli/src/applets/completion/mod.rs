//! What a shell asks for when a word of a command line of `nix` is to be completed.
//!
//! A shell sets `NIX_GET_COMPLETIONS` to the number of the word, counted from the name of the
//! program, which is word 0. The answer is a line with the kind of the completions and one line for
//! each of them: the completion, a tab, a description.

mod candidates;
mod table;

use std::collections::BTreeSet;
use std::ffi::OsString;

use self::candidates::Context;
use self::table::{Arguments, find_flag, find_setting_values};
use super::configuration::SETTINGS;
use super::evaluate::Failed;
use super::flakes::Flag;
use super::nix::COMMANDS;
use super::options::{Options, Words};
use super::tool::print_lines;
use crate::environment::Environment;

/// What completions are, which tells a shell how to go on after one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Words.
    #[default]
    Normal,
    /// Files: a directory can be gone into.
    Filenames,
    /// Attribute paths: more may follow without a blank.
    Attributes,
}

/// Completions of one word.
#[derive(Debug, Default)]
struct Completions {
    kind: Kind,
    words: BTreeSet<String>,
}

/// What the word to be completed is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// A word of the name of a command, after these.
    Command(Vec<String>),
    /// An option.
    Flag,
    /// A value of an option: its name, and which of its values.
    Value(&'static str, usize),
    /// A value of a setting that is given as an option.
    SettingValue,
    /// What the command works on, and how many such words are before it.
    Argument(usize),
}

/// A command line as far as it can be understood while it is typed.
#[derive(Debug, Default)]
struct Line {
    /// The words that name the command.
    names: Vec<String>,
    /// What is no option, without the word that is completed.
    arguments: Vec<String>,
    /// `--file`
    file: Option<String>,
    /// `--expr`
    has_expression: bool,
    /// `--flake`
    flake: Option<String>,
    /// Options that change settings.
    options: Options,
    /// What is completed.
    place: Option<Place>,
}

/// The word that the shell asks for, counted from 0 after the name of the program.
pub fn position(environment: &Environment) -> Option<usize> {
    let number: usize = environment.text("NIX_GET_COMPLETIONS")?.parse().ok()?;
    number.checked_sub(1)
}

/// Prints completions of the word at `position`.
pub fn run(words: Vec<OsString>, position: usize, environment: &Environment) -> Result<(), Failed> {
    let words: Vec<String> = words
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let line = Line::read(&words, position);
    let prefix = words.get(position).map_or("", String::as_str);
    let mut completions = Completions::default();
    match &line.place {
        Some(Place::Command(names)) => completions.add_commands(names, prefix),
        Some(Place::Flag) => completions.add_flags(&line.names, prefix),
        Some(Place::Value("option", 0)) => {
            let names = SETTINGS.iter().map(|setting| setting.name);
            completions.add_starting(names, prefix);
        }
        Some(Place::Value(name, index)) => {
            Context::new(&line, environment).add_value(&mut completions, name, *index, prefix);
        }
        Some(Place::Argument(index)) => {
            Context::new(&line, environment).add_argument(&mut completions, *index, prefix);
        }
        Some(Place::SettingValue) | None => {}
    }
    completions.print()
}

impl Completions {
    fn add(&mut self, word: impl Into<String>) {
        self.words.insert(word.into());
    }

    fn add_starting<'a>(&mut self, words: impl IntoIterator<Item = &'a str>, prefix: &str) {
        for word in words {
            if word.starts_with(prefix) {
                self.add(word);
            }
        }
    }

    /// The next words of the commands whose names begin with `names`.
    fn add_commands(&mut self, names: &[String], prefix: &str) {
        let next = COMMANDS.iter().copied().flatten().filter_map(|(words, _)| {
            let (before, rest) = words.split_at_checked(names.len())?;
            (before == names).then(|| rest.first().copied()).flatten()
        });
        self.add_starting(next.filter(|word| !word.starts_with("__")), prefix);
    }

    fn add_flags(&mut self, names: &[String], prefix: &str) {
        for flag in table::flags(names) {
            let long = format!("--{}", flag.name);
            if long.starts_with(prefix) {
                self.add(long);
            }
            if let Some(letter) = flag.letter.filter(|_| prefix == "-") {
                self.add(format!("-{letter}"));
            }
        }
    }

    fn print(&self) -> Result<(), Failed> {
        let kind = match self.kind {
            Kind::Normal => "normal",
            Kind::Filenames => "filenames",
            Kind::Attributes => "attrs",
        };
        let words = self.words.iter().map(|word| format!("{word}\t"));
        let lines = std::iter::once(kind.to_owned()).chain(words);
        print_lines(lines)
    }
}

impl Line {
    /// Reads a line whose word at `position` is not finished. What is not understood is passed over.
    fn read(words: &[String], position: usize) -> Line {
        let mut line = Line::default();
        let mut index = 0;
        let mut only_arguments = false;
        while let Some(word) = words.get(index) {
            let is_completed = index == position;
            index += 1;
            if only_arguments || word == "-" && !is_completed || !word.starts_with('-') {
                line.take_argument(word, is_completed);
                continue;
            }
            if is_completed {
                line.place = Some(Place::Flag);
                continue;
            }
            if word == "--" {
                only_arguments = true;
                continue;
            }
            let flag = find_flag(word, &line.names);
            if flag.is_some_and(|flag| flag.name == "command") {
                // What follows is no command line of this program.
                break;
            }
            let count = flag.map_or_else(|| find_setting_values(word), |flag| flag.values);
            let end = words.len().min(index + count);
            let values = index..end;
            if values.contains(&position) {
                line.place = Some(match flag {
                    Some(flag) => Place::Value(flag.name, position - index),
                    None => Place::SettingValue,
                });
            } else {
                line.take_flag(word, flag, &words[values]);
            }
            index = end;
        }
        line
    }

    fn take_argument(&mut self, word: &str, is_completed: bool) {
        let is_named = COMMANDS
            .iter()
            .copied()
            .flatten()
            .any(|(words, _)| *words == self.names);
        if is_completed {
            self.place = Some(if is_named {
                Place::Argument(self.arguments.len())
            } else {
                Place::Command(self.names.clone())
            });
        } else if is_named {
            self.arguments.push(word.to_owned());
        } else {
            self.names.push(word.to_owned());
        }
    }

    fn take_flag(&mut self, word: &str, flag: Option<&Flag>, values: &[String]) {
        match (flag.map(|flag| flag.name), values) {
            (Some("file"), [file]) => self.file = Some(file.clone()),
            (Some("expr"), [_]) => self.has_expression = true,
            (Some("flake"), [flake]) => self.flake = Some(flake.clone()),
            _ => {
                let mut values = Words::new(values.iter().map(OsString::from));
                // Options that no setting depends on are of no use here, and those that lack a value
                // are not finished.
                let _is_known = self.options.take(word, &mut values).unwrap_or(false);
            }
        }
    }

    /// What the command works on.
    fn takes(&self) -> Arguments {
        table::arguments(&self.names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, position: usize) -> Option<Place> {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        Line::read(&words, position).place
    }

    #[test]
    fn the_place_of_a_word_is_found() {
        assert_eq!(place("bui", 0), Some(Place::Command(Vec::new())));
        assert_eq!(
            place("flake metad", 1),
            Some(Place::Command(vec!["flake".to_owned()]))
        );
        assert_eq!(place("build --log-form", 1), Some(Place::Flag));
        assert_eq!(
            place("build --override-input a . x", 3),
            Some(Place::Value("override-input", 1))
        );
        assert_eq!(
            place("build x --override-input a . y", 5),
            Some(Place::Argument(1))
        );
        assert_eq!(place("build --max-jobs 4", 2), Some(Place::SettingValue));
        assert_eq!(place("build --max-jobs 4 x", 3), Some(Place::Argument(0)));
        assert_eq!(place("develop -c ls x", 3), None);
    }

    #[test]
    fn commands_are_completed_word_by_word() {
        let complete = |names: &[&str], prefix: &str| -> Vec<String> {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let mut completions = Completions::default();
            completions.add_commands(&names, prefix);
            completions.words.into_iter().collect()
        };
        assert_eq!(complete(&[], "buil"), ["build"]);
        assert_eq!(complete(&[], "fl"), ["flake"]);
        assert_eq!(complete(&["flake"], "metad"), ["metadata"]);
        assert_eq!(complete(&["flake", "metadata"], ""), [""; 0]);
    }
}
