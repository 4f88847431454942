//! What the applets have in common: an evaluator from options, and the values that are asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix_engine::{Engine, Event, RegistryFiles, Reporter};
use nix_eval::{EvalError, Evaluator, Feature, LintLevel, Origin, Symbol, Value, View};
use nix_store::Layout;
use nix_store::build::Cancellation;
use nix_wire::StorePath;

use super::arguments::{Argument, Arguments};
use crate::builder;
use crate::environment::Environment;
use crate::interrupt;
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
            text: format!("error: {}", failure.message),
            status: failure.code,
        }
    }
}

impl From<nix_engine::EngineError> for Failed {
    fn from(error: nix_engine::EngineError) -> Failed {
        Failed {
            text: format!("error: {}", indent(&error.to_string())),
            status: error.status(),
        }
    }
}

/// Runs an applet to its end: reads its command line, does its work, tells why it failed.
pub fn finish(
    words: Vec<OsString>,
    environment: &Environment,
    work: impl FnOnce(&Arguments, &Environment) -> Result<(), Failed>,
) -> u8 {
    let outcome = Arguments::parse(words)
        .map_err(Failed::from)
        .and_then(|arguments| work(&arguments, environment));
    match outcome {
        Ok(()) => 0,
        Err(Failed { text, status }) => {
            plain(&text);
            status
        }
    }
}

/// Lines after the first stand below the message.
fn indent(text: &str) -> String {
    text.replace('\n', "\n       ")
}

/// Tells of warnings and traces as Nix does.
struct PlainReporter;

impl Reporter for PlainReporter {
    fn report(&self, event: Event<'_>) {
        match event {
            Event::Trace(text) => plain(&format!("trace: {text}")),
            Event::EvaluationWarning(text) if text.starts_with('\n') => {
                plain(&format!("evaluation warning:{text}"));
            }
            Event::EvaluationWarning(text) => plain(&format!(
                "evaluation warning: {}",
                text.replace('\n', "\n                    ")
            )),
            Event::Warning(text) if text.starts_with('\n') => plain(&format!("warning:{text}")),
            Event::Warning(text) => plain(&format!("warning: {text}")),
            Event::BuildStarted(derivation) => {
                plain(&format!("building '{}'...", derivation.base_name()));
            }
            Event::BuildLine(_, line) => plain(&String::from_utf8_lossy(line)),
            _ => {}
        }
    }
}

/// Writes a line to the standard error, uncoloured.
pub fn plain(text: &str) {
    use std::io::Write;
    // Nothing can be told to somebody who does not listen.
    let _ = writeln!(std::io::stderr(), "{text}");
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
        arguments: &Arguments,
        environment: &Environment,
        with_store: bool,
    ) -> Result<Session, Failed> {
        let configuration = configuration(arguments, environment);
        let setting = |name: &str| configuration.get(name).map(String::as_str);
        let show_trace = arguments
            .show_trace
            .unwrap_or(setting("show-trace") == Some("true"));
        let adjust = |settings: &mut nix_eval::Settings| {
            apply(settings, arguments, environment, &configuration, show_trace);
        };
        let engine = open_engine(environment)?;
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
        session.auto = session.auto_arguments(arguments);
        Ok(session)
    }

    /// `--arg` and `--argstr`: expressions are evaluated when they are used.
    fn auto_arguments(&self, arguments: &Arguments) -> Vec<(Symbol, Value)> {
        let evaluator = &self.evaluator;
        arguments
            .arguments
            .iter()
            .map(|(name, argument)| {
                let value = match argument {
                    Argument::Text(text) => evaluator.string(text.as_bytes()),
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
        let evaluator = &self.evaluator;
        if input == "-" {
            return evaluator.eval_source(&standard_input()?, Origin::Stdin, &self.directory);
        }
        if arguments.expressions {
            return evaluator.eval_string(input.as_bytes(), &self.directory);
        }
        let path = evaluator.resolve_expression(&self.directory.join(input))?;
        let text = evaluator.host().read_file(&path)?;
        let origin = Origin::File(path.as_os_str().as_bytes().into());
        evaluator.eval_source(&text, origin, path.parent().unwrap_or(&self.directory))
    }

    /// Follows an attribute path, calling functions with the given arguments on the way.
    fn select(&self, value: Value, path: &str) -> Result<Value, Box<EvalError>> {
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
            .map_err(|error| match error {
                nix_engine::EngineError::Evaluation(report) => Failed {
                    text: nix_eval::render(&report, self.show_trace),
                    status: report.status,
                },
                error => Failed::from(error),
            })
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

fn open_engine(environment: &Environment) -> Result<Engine, Failed> {
    let home = environment.home();
    let data = environment
        .path("XDG_DATA_HOME")
        .or_else(|| home.as_ref().map(|home| home.join(".local/share")))
        .unwrap_or_else(|| environment.directory.clone());
    let bad = |error: nix_wire::store_path::StorePathError| Failure::new(error.to_string());
    let mut layout = Layout::choose(&data).map_err(bad)?;
    if let Some(store) = environment.text("NIX_STORE_DIR") {
        layout.store_dir = nix_wire::StoreDir::new(&store).map_err(bad)?;
        layout.real_store_dir = PathBuf::from(store);
    }
    if let Some(state) = environment.path("NIX_STATE_DIR") {
        layout.log_dir = state.join("log");
        layout.state_dir = state;
    }
    if let Some(log) = environment.path("NIX_LOG_DIR") {
        layout.log_dir = log;
    }
    let cache = environment
        .path("XDG_CACHE_HOME")
        .or_else(|| home.as_ref().map(|home| home.join(".cache")))
        .unwrap_or_else(|| environment.directory.clone());
    let settings = nix_engine::Settings {
        layout,
        system: nix_engine::current_system().to_owned(),
        features: Default::default(),
        pure: false,
        environment: environment
            .variables()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect(),
        home,
        cache: cache.join("home-manager"),
        registries: RegistryFiles::default(),
        build: builder::options(),
    };
    let cancellation = Cancellation::new();
    interrupt::cancel_too(&cancellation).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Engine::new(
        settings,
        std::rc::Rc::new(PlainReporter),
        cancellation,
    ))
}

/// Settings by name: those of the `nix.conf` of the system, of the environment, of the options.
fn configuration(arguments: &Arguments, environment: &Environment) -> BTreeMap<String, String> {
    let directory = environment
        .path("NIX_CONF_DIR")
        .unwrap_or_else(|| PathBuf::from("/etc/nix"));
    let file = std::fs::read_to_string(directory.join("nix.conf")).unwrap_or_default();
    let variable = environment.text("NIX_CONFIG").unwrap_or_default();
    let settings = RefCell::new(BTreeMap::new());
    for line in file.lines().chain(variable.lines()) {
        let line = line.split('#').next().unwrap_or_default();
        if let Some((name, value)) = line.split_once('=') {
            let (name, value) = (name.trim(), value.trim().to_owned());
            match name.strip_prefix("extra-") {
                Some(name) => {
                    let mut settings = settings.borrow_mut();
                    let before: &mut String = settings.entry(name.to_owned()).or_default();
                    before.push(' ');
                    before.push_str(&value);
                }
                None => {
                    settings.borrow_mut().insert(name.to_owned(), value);
                }
            }
        }
    }
    let mut settings = settings.into_inner();
    settings.extend(arguments.settings.clone());
    settings
}

fn apply(
    settings: &mut nix_eval::Settings,
    arguments: &Arguments,
    environment: &Environment,
    configuration: &BTreeMap<String, String>,
    show_trace: bool,
) {
    let is = |name: &str| configuration.get(name).map(String::as_str) == Some("true");
    let lint = |name: &str| match configuration.get(name).map(String::as_str) {
        Some("warn") => LintLevel::Warn,
        Some("fatal") => LintLevel::Fatal,
        _ => LintLevel::Ignore,
    };
    let features = configuration
        .get("experimental-features")
        .into_iter()
        .chain(&arguments.features);
    settings.features.extend(
        features
            .flat_map(|names| names.split_whitespace())
            .filter_map(Feature::from_name),
    );
    settings.pure_eval = is("pure-eval");
    settings.restrict_eval = is("restrict-eval");
    settings.abort_on_warn =
        is("abort-on-warn") || environment.variable("NIX_ABORT_ON_WARN").is_some();
    settings.trace_verbose = arguments.trace_verbose;
    settings.trace_calls = show_trace;
    settings.lint_url_literals = lint("lint-url-literals");
    settings.lint_short_path_literals = lint("lint-short-path-literals");
    settings.lint_absolute_path_literals = lint("lint-absolute-path-literals");
    let depth = configuration
        .get("max-call-depth")
        .and_then(|text| text.parse().ok());
    if let Some(depth) = arguments.max_call_depth.or(depth) {
        settings.max_call_depth = depth;
    }
    let variable = environment.text("NIX_PATH").unwrap_or_default();
    let entries = arguments
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
