//! The command line of `nix-shell`, which can be in the head of a script.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::applets::evaluate::Failed;
use crate::applets::help;
use crate::applets::options::{Options, Word, Words, usage};
use crate::environment::Environment;
use crate::shell_words::quoted;

/// What was asked for.
#[derive(Debug, Default)]
pub struct Arguments {
    /// What all commands understand.
    pub options: Options,
    /// `--pure`: whether the shell sees only little of the caller's environment.
    pub pure: bool,
    /// `-p`: the positional arguments are packages.
    pub packages: bool,
    /// `-E`: the positional arguments are expressions.
    pub expressions: bool,
    /// `-A`
    pub attributes: Vec<String>,
    /// `--keep`: variables that a pure shell sees too.
    pub kept: Vec<String>,
    /// `--exclude`: regular expressions of derivations that are not built.
    pub excluded: Vec<String>,
    /// `--run` or `--command`, in the shell's language.
    pub command: Option<String>,
    /// Whether the shell stays for the user to type into.
    pub interactive: bool,
    /// Whether the standard input is the expression.
    pub from_input: bool,
    /// `--version`
    pub version: bool,
    /// Files, expressions, packages.
    pub rest: Vec<String>,
    /// The script whose head has the command line.
    pub script: Option<PathBuf>,
}

impl Arguments {
    /// Reads a command line; when it begins with a script, the one in the script's head.
    pub fn parse(words: Vec<OsString>, environment: &Environment) -> Result<Arguments, Failed> {
        use std::io::IsTerminal;
        let mut parsed = Arguments {
            interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            ..Arguments::default()
        };
        let mut words = words;
        let mut script_arguments = Vec::new();
        if let Some(first) = words.first() {
            let path = environment.directory.join(first);
            if let Some(lines) = head(&path) {
                script_arguments = words.split_off(1);
                words = lines
                    .iter()
                    .flat_map(|line| split(line))
                    .map(OsString::from)
                    .collect();
                parsed.script = Some(path);
            }
        }
        let script_arguments: Vec<String> = script_arguments
            .iter()
            .map(|word| word.to_string_lossy().into_owned())
            .collect();
        let mut words = Words::new(words);
        while let Some(word) = words.next_word() {
            match word {
                Word::Argument(argument) if argument == "-" => parsed.from_input = true,
                Word::Argument(argument) => parsed.rest.push(argument),
                Word::Flag(flag) => parsed.take(&flag, &mut words, &script_arguments)?,
            }
        }
        if parsed.packages && parsed.expressions {
            return Err(usage("'-p' and '-E' are mutually exclusive").into());
        }
        Ok(parsed)
    }

    fn take(
        &mut self,
        flag: &str,
        words: &mut Words,
        script_arguments: &[String],
    ) -> Result<(), Failed> {
        match flag {
            "--help" => return Err(help::manual("nix-shell")),
            "--version" => self.version = true,
            "--pure" => self.pure = true,
            "--impure" => self.pure = false,
            "--packages" | "-p" => self.packages = true,
            "--expr" | "-E" => self.expressions = true,
            "--attr" | "-A" => self.attributes.push(words.value(flag)?),
            "--keep" => self.kept.push(words.value(flag)?),
            "--exclude" => self.excluded.push(words.value(flag)?),
            "--run" => {
                self.interactive = false;
                self.command = Some(format!("{}\nexit", words.value(flag)?));
            }
            "--command" => self.command = Some(format!("{}\nexit", words.value(flag)?)),
            "-i" if self.script.is_some() => {
                let interpreter = words.value(flag)?;
                self.interactive = false;
                self.command = Some(self.started_by(&interpreter, script_arguments));
            }
            _ if self.options.take(flag, words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
        Ok(())
    }

    /// What runs the script.
    fn started_by(&self, interpreter: &str, arguments: &[String]) -> String {
        let script = self.script.as_deref().unwrap_or(Path::new(""));
        let script = quoted(&script.to_string_lossy());
        let arguments: Vec<String> = arguments.iter().map(|word| quoted(word)).collect();
        let arguments = arguments.join(" ");
        // Ruby would take the lines for its own, as they name another program.
        if interpreter.rsplit('/').next() == Some("ruby") {
            format!("exec {interpreter} -e 'load(ARGV.shift)' -- {script} {arguments}")
        } else {
            format!("exec {interpreter} {script} {arguments}")
        }
    }
}

/// The lines `#! nix-shell …` of a file that begins with `#!`.
fn head(path: &Path) -> Option<Vec<String>> {
    let mut lines = BufReader::new(std::fs::File::open(path).ok()?)
        .split(b'\n')
        .map_while(Result::ok);
    if !lines.next()?.starts_with(b"#!") {
        return None;
    }
    let words = lines.filter_map(|line| {
        let line = String::from_utf8_lossy(&line).into_owned();
        let rest = line.strip_prefix("#!")?.trim_start();
        let rest = rest.strip_prefix("nix-shell")?;
        rest.starts_with(char::is_whitespace)
            .then(|| rest.trim().to_owned())
    });
    Some(words.collect())
}

/// Takes a line apart as a shell does: words between spaces, quotes, backslashes.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => {
                if let Some(next) = characters.next() {
                    word.get_or_insert_default().push(next);
                }
            }
            (None, space) if space.is_whitespace() => words.extend(word.take()),
            (_, character) => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart_as_by_a_shell() {
        let line = r#"--argstr s 'a "b" \c'"'"'d'  "e 'f' \"\g" \h\ i\'j ''"#;
        assert_eq!(
            split(line),
            ["--argstr", "s", r#"a "b" \c'd"#, "e 'f' \"g", "h i'j", ""]
        );
        assert_eq!(split("  "), Vec::<String>::new());
    }
}
