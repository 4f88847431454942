//! The command line of Nix's older tools, as far as evaluation and building need it.
//!
//! Their options stand anywhere, some take two values, and clap knows no such shape together with
//! `-`, so it is read by hand.

use std::collections::BTreeMap;
use std::ffi::OsString;

use crate::report::Failure;

/// What a `nix-instantiate` or `nix-build` was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
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
    /// `--arg` (expressions) and `--argstr` (strings).
    pub arguments: BTreeMap<String, Argument>,
    /// `-I`
    pub search_path: Vec<String>,
    /// `--show-trace`
    pub show_trace: Option<bool>,
    /// `--trace-verbose`
    pub trace_verbose: bool,
    /// `--max-call-depth`
    pub max_call_depth: Option<usize>,
    /// `--experimental-features` and its `--extra-` form.
    pub features: Vec<String>,
    /// Settings by name: `--option NAME VALUE`, `--lint-… VALUE`, `--impure`, `--pure-eval`.
    pub settings: BTreeMap<String, String>,
    /// `--find-file`
    pub find_file: bool,
    /// `--read-write-mode`
    pub read_write_mode: bool,
    /// `--no-out-link`
    pub no_out_link: bool,
    /// `--out-link`
    pub out_link: Option<String>,
    /// `--dry-run`
    pub dry_run: bool,
    /// Files, expressions, `-`.
    pub rest: Vec<String>,
}

/// A value of `--arg` or `--argstr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// An expression.
    Expression(String),
    /// A string as it is.
    Text(String),
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

/// Options of builds and stores that mean nothing here, with how many values they take.
const IGNORED: &[(&str, usize)] = &[
    ("--add-root", 1),
    ("--indirect", 0),
    ("--quiet", 0),
    ("--verbose", 0),
    ("-v", 0),
    ("-vv", 0),
    ("-vvv", 0),
    ("--debug", 0),
    ("--no-build-output", 0),
    ("-Q", 0),
    ("--log-format", 1),
    ("--builders", 1),
    ("--max-jobs", 1),
    ("-j", 1),
    ("--cores", 1),
    ("--keep-going", 0),
    ("-k", 0),
    ("--keep-failed", 0),
    ("-K", 0),
    ("--timeout", 1),
    ("--max-silent-time", 1),
    ("--fallback", 0),
    ("--readonly-mode", 0),
    ("--timeout", 1),
];

impl Arguments {
    /// Reads a command line, without the name of the program.
    ///
    /// # Errors
    /// When an option is not known or lacks its value.
    pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, Failure> {
        let mut parsed = Arguments::default();
        let mut words = words
            .into_iter()
            .map(|word| word.to_string_lossy().into_owned());
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| Failure::new(format!("flag '{word}' requires an argument")))
            };
            match word.as_str() {
                "--parse" => parsed.parse = true,
                "--eval" | "--eval-only" => parsed.eval = true,
                "--strict" => parsed.strict = true,
                "--xml" => parsed.form = Form::Xml,
                "--json" => parsed.form = Form::Json,
                "--raw" => parsed.form = Form::Raw,
                "--no-location" => parsed.no_location = true,
                "-E" | "--expr" => parsed.expressions = true,
                "-A" | "--attr" => {
                    let attribute = value()?;
                    parsed.attributes.push(attribute);
                }
                "--arg" => {
                    let (name, text) = (value()?, value()?);
                    parsed.arguments.insert(name, Argument::Expression(text));
                }
                "--argstr" => {
                    let (name, text) = (value()?, value()?);
                    parsed.arguments.insert(name, Argument::Text(text));
                }
                "-I" | "--include" => {
                    let entry = value()?;
                    parsed.search_path.push(entry);
                }
                "--show-trace" => parsed.show_trace = Some(true),
                "--no-show-trace" => parsed.show_trace = Some(false),
                "--trace-verbose" => parsed.trace_verbose = true,
                "--max-call-depth" => {
                    let text = value()?;
                    let depth = text.parse().map_err(|_| {
                        Failure::new(format!("'{text}' is not a number for --max-call-depth"))
                    })?;
                    parsed.max_call_depth = Some(depth);
                }
                "--extra-experimental-features" | "--experimental-features" => {
                    let text = value()?;
                    parsed
                        .features
                        .extend(text.split_whitespace().map(str::to_owned));
                }
                "--option" => {
                    let (name, text) = (value()?, value()?);
                    parsed.settings.insert(name, text);
                }
                "--impure" => {
                    parsed
                        .settings
                        .insert("pure-eval".to_owned(), "false".to_owned());
                }
                "--pure-eval" | "--restrict-eval" | "--abort-on-warn" => {
                    let name = word.trim_start_matches("--").to_owned();
                    parsed.settings.insert(name, "true".to_owned());
                }
                _ if word.starts_with("--lint-") => {
                    let text = value()?;
                    parsed
                        .settings
                        .insert(word.trim_start_matches("--").to_owned(), text);
                }
                "--find-file" => parsed.find_file = true,
                "--read-write-mode" => parsed.read_write_mode = true,
                "--no-out-link" | "--no-link" => parsed.no_out_link = true,
                "-o" | "--out-link" => {
                    let link = value()?;
                    parsed.out_link = Some(link);
                }
                "--dry-run" => parsed.dry_run = true,
                "-" => parsed.rest.push(word),
                _ if word.starts_with('-') => {
                    let Some((_, count)) = IGNORED.iter().find(|(name, _)| *name == word) else {
                        return Err(Failure::new(format!("unrecognised flag '{word}'")));
                    };
                    for _ in 0..*count {
                        value()?;
                    }
                }
                _ => parsed.rest.push(word),
            }
        }
        Ok(parsed)
    }
}
