//! What the applets have in common: an evaluator from options, and the values that are asked for.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix_engine::Engine;
use nix_eval::{EvalError, Evaluator, Origin, Symbol, Value};
use nix_store::build::BuildErrors;
use nix_wire::StorePath;

use super::arguments::Arguments;
use super::configuration::Configuration;
use super::engine::{self, plain};
use super::options::{Argument, Options};
use super::{evaluation, help, selection, tool};
use crate::environment::Environment;
use crate::interrupt;
use crate::report::{Failure, remedy};

/// Why an applet failed, in the words of Nix.
pub struct Failed {
    /// The text, which begins with `error:`.
    pub text: String,
    /// The exit status.
    pub status: u8,
}

/// The text of an error, with what to do if the machine refuses something.
fn told(message: &str) -> String {
    let text = format!("error: {}", indent(message));
    match remedy::of(message) {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        Failed {
            text: told(&failure.message),
            status: failure.code,
        }
    }
}

impl From<nix_engine::EngineError> for Failed {
    fn from(error: nix_engine::EngineError) -> Failed {
        match error {
            nix_engine::EngineError::Build(errors) => errors.into(),
            error => Failed {
                text: told(&error.to_string()),
                status: error.status(),
            },
        }
    }
}

impl From<nix_store::StoreError> for Failed {
    fn from(error: nix_store::StoreError) -> Failed {
        nix_engine::EngineError::from(error).into()
    }
}

impl From<nix_wire::store_path::StorePathError> for Failed {
    fn from(error: nix_wire::store_path::StorePathError) -> Failed {
        Failure::new(error.to_string()).into()
    }
}

impl From<std::io::Error> for Failed {
    /// Only for the streams of the process.
    fn from(error: std::io::Error) -> Failed {
        Failure::from(error).into()
    }
}

impl From<BuildErrors> for Failed {
    /// Each error stands for itself; the status says what kinds there were.
    fn from(errors: BuildErrors) -> Failed {
        let texts: Vec<String> = errors
            .0
            .iter()
            .map(|error| format!("error: {}", indent(&error.to_string())))
            .collect();
        Failed {
            status: if errors.is_interrupted() {
                130
            } else {
                errors.exit_code()
            },
            text: texts.join("\n"),
        }
    }
}

/// Runs an applet on a command line like that of `nix-build`.
pub fn finish(
    program: &str,
    words: Vec<OsString>,
    environment: &Environment,
    work: impl FnOnce(&Arguments, &Environment) -> Result<(), Failed>,
) -> u8 {
    conclude(|| {
        if words.iter().any(|word| word == "--help") {
            return Err(help::manual(program));
        }
        let arguments = Arguments::parse(words)?;
        if arguments.version {
            return print_version(program, &arguments.options, environment);
        }
        work(&arguments, environment)
    })
}

/// `--version`, with where things are if more is to be told.
pub fn print_version(
    program: &str,
    options: &Options,
    environment: &Environment,
) -> Result<(), Failed> {
    tool::print_version(program)?;
    if options.verbosity <= 0 {
        return Ok(());
    }
    let configuration = Configuration::read(options, environment)?;
    let layout = engine::layout(environment)?;
    let files: Vec<String> = configuration
        .user_files()
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    tool::print_lines([
        format!("System type: {}", configuration.value("system")),
        format!(
            "Additional system types: {}",
            configuration.value("extra-platforms").replace(' ', ", ")
        ),
        "Features: gc, signed-caches".to_owned(),
        format!(
            "System configuration file: {}",
            configuration.system_file().display()
        ),
        format!("User configuration files: {}", files.join(":")),
        format!("Store directory: {}", layout.store_dir.as_str()),
        format!("State directory: {}", layout.state_dir.display()),
    ])
}

/// Runs an applet to its end: does its work, tells why it failed.
pub fn conclude(work: impl FnOnce() -> Result<(), Failed>) -> u8 {
    match work() {
        Ok(()) => 0,
        Err(Failed { status, .. }) if interrupt::requested() => {
            if interrupt::claim_report() {
                plain("error: interrupted by the user");
            }
            status
        }
        Err(Failed { text, status }) => {
            // Nothing is left to say when the reader of the output is gone, or it was said.
            if !text.trim_end().is_empty() && text != "error: " {
                plain(&text);
            }
            status
        }
    }
}

impl Failed {
    /// One of which all has been said.
    pub fn silent(status: u8) -> Failed {
        Failed {
            text: String::new(),
            status,
        }
    }
}

/// Lines after the first stand below the message; where help is stands by itself.
fn indent(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut indented = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        indented.push('\n');
        if !line.is_empty() && !line.starts_with("Try 'nix") {
            indented.push_str("       ");
        }
        indented.push_str(line);
    }
    indented
}

/// An evaluator with what it was made from.
pub struct Session {
    /// The store that is worked on.
    pub engine: Engine,
    /// The evaluator.
    pub evaluator: Evaluator,
    /// Whether errors are shown with the whole trace.
    pub show_trace: bool,
    /// Whether environments keep the derivations of their packages from being collected.
    pub keeps_derivations: bool,
    auto: Vec<(Symbol, Value)>,
    directory: PathBuf,
}

impl Session {
    /// Makes an evaluator. Without a store nothing is written, and derivations have their paths
    /// only.
    pub fn open(
        options: &Options,
        environment: &Environment,
        with_store: bool,
    ) -> Result<Session, Failed> {
        let configuration = Configuration::read(options, environment)?;
        let show_trace = configuration.is("show-trace", false);
        let adjust = |settings: &mut nix_eval::Settings| {
            settings.pure_eval = configuration.is("pure-eval", false);
            evaluation::apply(settings, &configuration, &options.search_path, environment);
        };
        let engine = engine::open(options, environment, &configuration)?;
        let named = [configuration.get("store"), options.eval_store.as_deref()];
        let keeps_nothing = named
            .into_iter()
            .flatten()
            .any(|store| store.starts_with("dummy:"));
        let evaluator = if with_store && !options.read_only && !keeps_nothing {
            engine.evaluator(adjust)
        } else {
            engine.read_only_evaluator(adjust)?
        };
        evaluation::allow_search_path(&evaluator, environment);
        let mut session = Session {
            engine,
            evaluator,
            show_trace,
            keeps_derivations: configuration.is("keep-env-derivations", false),
            auto: Vec::new(),
            directory: environment.directory.clone(),
        };
        session.auto = session.auto_arguments(options);
        Ok(session)
    }

    /// Returns an evaluator on a store that is open already.
    pub fn on(engine: Engine) -> Session {
        Session {
            evaluator: engine.evaluator(|settings| settings.pure_eval = false),
            engine,
            show_trace: false,
            keeps_derivations: false,
            auto: Vec::new(),
            directory: PathBuf::from("/"),
        }
    }

    /// `--arg` and `--argstr`: expressions are evaluated when they are used.
    fn auto_arguments(&self, options: &Options) -> Vec<(Symbol, Value)> {
        let evaluator = &self.evaluator;
        options
            .arguments
            .iter()
            .map(|(name, argument)| {
                let value = match argument {
                    Argument::Text(text) => evaluator.string(text.as_bytes()),
                    Argument::TextFile(file) => {
                        let file = self.directory.join(file);
                        evaluator.lazy(move |evaluator| {
                            let text = evaluator.host().read_file(&file)?;
                            Ok(evaluator.string(&text))
                        })
                    }
                    Argument::Stdin => evaluator
                        .lazy(|evaluator| standard_input().map(|text| evaluator.string(&text))),
                    Argument::Expression(text) => {
                        let (text, base) = (text.clone(), self.directory.clone());
                        evaluator
                            .lazy(move |evaluator| evaluator.eval_string(text.as_bytes(), &base))
                    }
                };
                (evaluator.symbol(name.as_bytes()), value)
            })
            .collect()
    }

    /// `--arg` and `--argstr`.
    pub fn arguments(&self) -> &[(Symbol, Value)] {
        &self.auto
    }

    /// The working directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The values that the arguments name: of each file or expression, each attribute.
    pub fn values(&self, arguments: &Arguments) -> Result<Vec<Value>, Box<EvalError>> {
        let default = ["./default.nix".to_owned()];
        let inputs = if arguments.rest.is_empty() && !arguments.expressions {
            &default[..]
        } else {
            &arguments.rest[..]
        };
        let whole = [String::new()];
        let paths = if arguments.attributes.is_empty() {
            &whole[..]
        } else {
            &arguments.attributes[..]
        };
        let mut values = Vec::new();
        for input in inputs {
            let value = self.input(arguments, input)?;
            for path in paths {
                values.push(self.select(value, path)?);
            }
        }
        Ok(values)
    }

    fn input(&self, arguments: &Arguments, input: &str) -> Result<Value, Box<EvalError>> {
        if arguments.expressions && input != "-" {
            return self.expression(input);
        }
        self.file(input)
    }

    /// The value of an expression.
    pub fn expression(&self, text: &str) -> Result<Value, Box<EvalError>> {
        self.evaluator.eval_string(text.as_bytes(), &self.directory)
    }

    /// The value of a file, of the standard input (`-`), or of an entry of the search path
    /// (`<NAME>`).
    pub fn file(&self, input: &str) -> Result<Value, Box<EvalError>> {
        let evaluator = &self.evaluator;
        if input == "-" {
            return evaluator.eval_source(&standard_input()?, Origin::Stdin, &self.directory);
        }
        if input.starts_with('<') && input.ends_with('>') {
            let value = self.expression(&format!("import {input}"))?;
            return evaluator.force(value).map(|_| value);
        }
        let is_fetched =
            input.contains("://") || input.starts_with("channel:") || input.starts_with("flake:");
        let place = if is_fetched {
            let found = evaluator.host().search_path_entry(input)?;
            let found = found.ok_or_else(|| EvalError::eval(format!("'{input}' is not there")))?;
            PathBuf::from(found)
        } else {
            self.directory.join(input)
        };
        let path = evaluator.resolve_expression(&place)?;
        let text = evaluator.read_file(&path)?;
        let origin = Origin::File(path.as_os_str().as_bytes().into());
        evaluator.eval_source(&text, origin, path.parent().unwrap_or(&self.directory))
    }

    /// Follows an attribute path, calling functions with the given arguments on the way.
    pub fn select(&self, value: Value, path: &str) -> Result<Value, Box<EvalError>> {
        selection::select(&self.evaluator, value, path, &self.auto)
    }

    /// The derivations that a value is or holds.
    pub fn derivations(&self, value: Value) -> Result<Vec<Value>, Box<EvalError>> {
        selection::derivations(&self.evaluator, value, &self.auto)
    }

    /// A value, called with the given arguments when it is a function.
    pub fn called(&self, value: Value) -> Result<Value, Box<EvalError>> {
        self.evaluator.auto_call(value, &self.auto)
    }

    /// An error of the engine as Nix prints it.
    pub fn engine_failed(&self, error: nix_engine::EngineError) -> Failed {
        match error {
            nix_engine::EngineError::Evaluation(report) => Failed {
                text: nix_eval::render(&report, self.show_trace),
                status: report.status,
            },
            nix_engine::EngineError::Flake(error) => self.flake_failed(error),
            error => Failed::from(error),
        }
    }

    /// An error about a flake as Nix prints it.
    pub fn flake_failed(&self, error: nix_flake::FlakeError) -> Failed {
        let suggestions = match error.cause() {
            nix_flake::FlakeError::MissingOutput { suggestions, .. } => suggestions.clone(),
            _ => Vec::new(),
        };
        let mut error = nix_flake::outputs::evaluation_error(error);
        error.suggestions.extend(suggestions);
        self.failed(&error)
    }

    /// An evaluation error as Nix prints it.
    pub fn failed(&self, error: &EvalError) -> Failed {
        let mut text = nix_eval::render(&self.evaluator.report(error), self.show_trace);
        if error.kind == nix_eval::ErrorKind::Usage {
            text.push_str("\nTry 'nix-instantiate --help' for more information.");
        }
        Failed {
            text,
            status: error.status,
        }
    }

    /// The path of a derivation and the name of its output.
    pub fn derivation(&self, value: Value) -> Result<(StorePath, String), Failed> {
        self.engine
            .derivation_of(&self.evaluator, value)
            .map_err(|error| self.engine_failed(error))
    }
}

/// All of the standard input.
pub fn standard_input() -> Result<Vec<u8>, Box<EvalError>> {
    let mut text = Vec::new();
    std::io::stdin()
        .read_to_end(&mut text)
        .map_err(|error| EvalError::eval(format!("reading the standard input: {error}")))?;
    Ok(text)
}

/// What an evaluation is told of the settings.
/// Where an expression that was given as text believes to be.
pub fn base(environment: &Environment) -> &Path {
    &environment.directory
}
