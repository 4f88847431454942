//! What the applets have in common: an evaluator from options, and the values that are asked for.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix_engine::Engine;
use nix_eval::{EvalError, Evaluator, Feature, LintLevel, Origin, Symbol, Value, View};
use nix_store::build::BuildErrors;
use nix_wire::StorePath;

use super::arguments::Arguments;
use super::configuration::Configuration;
use super::engine::{self, plain};
use super::options::{Argument, Options};
use crate::environment::Environment;
use crate::report::Failure;

/// Why an applet failed, in the words of Nix.
pub struct Failed {
    /// The text, which begins with `error:`.
    pub text: String,
    /// The exit status.
    pub status: u8,
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Failed {
        Failed {
            text: format!("error: {}", indent(&failure.message)),
            status: failure.code,
        }
    }
}

impl From<nix_engine::EngineError> for Failed {
    fn from(error: nix_engine::EngineError) -> Failed {
        match error {
            nix_engine::EngineError::Build(errors) => errors.into(),
            error => Failed {
                text: format!("error: {}", indent(&error.to_string())),
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
    words: Vec<OsString>,
    environment: &Environment,
    work: impl FnOnce(&Arguments, &Environment) -> Result<(), Failed>,
) -> u8 {
    conclude(|| {
        let arguments = Arguments::parse(words)?;
        work(&arguments, environment)
    })
}

/// Runs an applet to its end: does its work, tells why it failed.
pub fn conclude(work: impl FnOnce() -> Result<(), Failed>) -> u8 {
    match work() {
        Ok(()) => 0,
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

/// Lines after the first stand below the message.
fn indent(text: &str) -> String {
    text.replace('\n', "\n       ")
}

/// An evaluator with what it was made from.
pub struct Session {
    /// The store that is worked on.
    pub engine: Engine,
    /// The evaluator.
    pub evaluator: Evaluator,
    /// Whether errors are shown with the whole trace.
    pub show_trace: bool,
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
            apply(settings, options, environment, &configuration);
        };
        let engine = engine::open(options, environment, &configuration)?;
        let evaluator = if with_store {
            engine.evaluator(adjust)
        } else {
            engine.read_only_evaluator(adjust)?
        };
        let mut session = Session {
            engine,
            evaluator,
            show_trace,
            auto: Vec::new(),
            directory: environment.directory.clone(),
        };
        session.auto = session.auto_arguments(options);
        Ok(session)
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

    /// Where relative paths start from.
    pub fn directory(&self) -> &Path {
        &self.directory
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
        let path = evaluator.resolve_expression(&self.directory.join(input))?;
        let text = evaluator.host().read_file(&path)?;
        let origin = Origin::File(path.as_os_str().as_bytes().into());
        evaluator.eval_source(&text, origin, path.parent().unwrap_or(&self.directory))
    }

    /// Follows an attribute path, calling functions with the given arguments on the way.
    pub fn select(&self, value: Value, path: &str) -> Result<Value, Box<EvalError>> {
        let evaluator = &self.evaluator;
        let mut value = evaluator.auto_call(value, &self.auto)?;
        for name in path.split('.').filter(|name| !name.is_empty()) {
            value = match evaluator.force_view(value)? {
                View::Attrs(attrs) => {
                    evaluator
                        .attr_named(attrs, name.as_bytes())
                        .ok_or_else(|| {
                            EvalError::eval(format!(
                                "attribute '{name}' in selection path '{path}' not found"
                            ))
                        })?
                }
                View::List(list) => {
                    let index = name.parse().ok().filter(|index| *index < list.len());
                    let index = index.ok_or_else(|| {
                        EvalError::eval(format!(
                            "list index {name} in selection path '{path}' is out of range"
                        ))
                    })?;
                    evaluator.element(list, index)
                }
                _ => {
                    return Err(EvalError::type_error(format!(
                        "the expression selected by the selection path '{path}' should be a set \
                         but is {}",
                        evaluator.describe(value)
                    )));
                }
            };
            value = evaluator.auto_call(value, &self.auto)?;
        }
        Ok(value)
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
            error => Failed::from(error),
        }
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

    /// The derivations that a value is or holds: itself, or the attributes and elements of a set
    /// or list, as far as `recurseForDerivations` leads.
    pub fn derivations(&self, value: Value) -> Result<Vec<Value>, Box<EvalError>> {
        let mut found = Vec::new();
        self.collect(value, true, &mut found)?;
        Ok(found)
    }

    fn collect(
        &self,
        value: Value,
        top: bool,
        found: &mut Vec<Value>,
    ) -> Result<(), Box<EvalError>> {
        let evaluator = &self.evaluator;
        let value = evaluator.auto_call(value, &self.auto)?;
        match evaluator.force_view(value)? {
            View::Attrs(attrs) if evaluator.is_derivation(attrs)? => found.push(value),
            View::Attrs(attrs) => {
                let recurse = top
                    || match evaluator.attr_named(attrs, b"recurseForDerivations") {
                        Some(value) => evaluator.force_bool(
                            value,
                            "while evaluating the attribute `recurseForDerivations`",
                        )?,
                        None => false,
                    };
                if recurse {
                    for attr in evaluator.attrs_by_name(attrs) {
                        self.collect(attr.value, false, found)?;
                    }
                }
            }
            View::List(list) if top => {
                for element in evaluator.elements(list) {
                    self.collect(element, false, found)?;
                }
            }
            _ if top => {
                return Err(EvalError::type_error(
                    "expression does not evaluate to a derivation (or a set or list of those)",
                ));
            }
            _ => {}
        }
        Ok(())
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
fn apply(
    settings: &mut nix_eval::Settings,
    options: &Options,
    environment: &Environment,
    configuration: &Configuration,
) {
    let is = |name: &str| configuration.is(name, false);
    let lint = |name: &str| match configuration.get(name) {
        Some("warn") => LintLevel::Warn,
        Some("fatal") => LintLevel::Fatal,
        _ => LintLevel::Ignore,
    };
    settings.features.extend(
        configuration
            .words("experimental-features")
            .filter_map(Feature::from_name),
    );
    if let Some(system) = configuration
        .get("eval-system")
        .or_else(|| configuration.get("system"))
        .filter(|system| !system.is_empty())
    {
        settings.system = system.to_owned();
    }
    settings.max_heap_size = crate::memory::evaluation_limit(None);
    settings.pure_eval = is("pure-eval");
    settings.restrict_eval = is("restrict-eval");
    settings.abort_on_warn =
        is("abort-on-warn") || environment.variable("NIX_ABORT_ON_WARN").is_some();
    settings.trace_verbose = is("trace-verbose");
    settings.trace_calls = is("show-trace");
    settings.lint_url_literals = lint("lint-url-literals");
    settings.lint_short_path_literals = lint("lint-short-path-literals");
    settings.lint_absolute_path_literals = lint("lint-absolute-path-literals");
    if let Some(depth) = configuration
        .number("max-call-depth")
        .and_then(|depth| usize::try_from(depth).ok())
    {
        settings.max_call_depth = depth;
    }
    let variable = environment.text("NIX_PATH").unwrap_or_default();
    let entries = options
        .search_path
        .iter()
        .map(String::as_str)
        .chain(variable.split(':'));
    settings.nix_path = entries
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (prefix, path) = entry.split_once('=').unwrap_or(("", entry));
            (prefix.to_owned(), path.to_owned())
        })
        .collect();
}

/// Where an expression that was given as text believes to be.
pub fn base(environment: &Environment) -> &Path {
    &environment.directory
}
