//! What the `nix` commands have in common: an engine with the settings of `nix.conf` and of the
//! command line, its flakes, and errors in the words of Nix.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use nix_engine::{Engine, EngineError, Flake, FlakeOptions, FlakeSettings, Reporter};
use nix_eval::{EvalError, Evaluator, Feature, Value};
use nix_flake::flake::ConfigValue;
use nix_flake::installable::{FoundOutput, candidate_paths, find_output};
use nix_flake::lock::InputPath;
use nix_flake::reference::FoundReference;
use nix_flake::{FlakeError, LockedFlake};
use nix_store::Layout;
use nix_wire::StorePath;

use super::arguments::{Flag, NixArguments, usage};
use super::config::{self, TrustedSettings};
use crate::applets::configuration::Configuration;
use crate::applets::engine::{self, plain};
use crate::applets::evaluate::{Failed, conclude};
use crate::applets::evaluation;
use crate::applets::options::Options;
use crate::environment::Environment;
use crate::interrupt;
use crate::network;
use crate::printer::{Printer, Verbosity};
use crate::progress::{self, LogFormat};
use crate::report::Failure;
use crate::terminal;

/// Runs a command of `nix` to its end: reads its command line, does its work, tells why it failed.
pub fn finish(
    words: Vec<OsString>,
    environment: &Environment,
    flags: &[Flag],
    work: impl Fn(&FlakeSession) -> Result<(), Failed>,
) -> u8 {
    conclude(|| {
        let arguments = NixArguments::parse(words, flags)?;
        check_input_paths(&arguments)?;
        work_with_flake_settings(&arguments, environment, work)
    })
}

/// Works in a session. When a flake that is locked asks for settings that may be made, the work begins
/// again in a session that has them.
fn work_with_flake_settings(
    arguments: &NixArguments,
    environment: &Environment,
    work: impl Fn(&FlakeSession) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let mut asked = AskedSettings::default();
    loop {
        let mut arguments = arguments.clone();
        // What was typed goes before what a flake says.
        arguments.settings.splice(0..0, asked.made.iter().cloned());
        let session = FlakeSession::open(arguments, environment)?;
        session.asked.replace(asked);
        let result = work(&session);
        asked = session.asked.take();
        if !std::mem::take(&mut asked.is_changed) {
            return result;
        }
    }
}

/// The settings that flakes asked for (`nixConfig`).
#[derive(Debug, Default)]
struct AskedSettings {
    /// What flakes asked for about which it is decided.
    decided: Vec<BTreeMap<String, ConfigValue>>,
    /// The settings that are made.
    made: Vec<(String, String)>,
    /// Whether the session does not have them yet.
    is_changed: bool,
}

/// Fails if an option about an input names none.
fn check_input_paths(arguments: &NixArguments) -> Result<(), Failure> {
    let overrides = arguments.pairs("override-input");
    let updates = arguments.values("update-input");
    let named = overrides
        .iter()
        .map(|(path, _)| ("--override-input", path))
        .chain(updates.iter().map(|path| ("--update-input", path)));
    for (option, path) in named {
        if path.split('/').all(str::is_empty) {
            return Err(usage(format!(
                "{option} was passed a zero-length input path, which would refer to the flake \
                 itself, not an input"
            )));
        }
        InputPath::parse(path).map_err(usage)?;
    }
    Ok(())
}

/// Evaluates a value to what is said of it.
type Say<'a> = dyn Fn(&Evaluator, nix_eval::Value) -> Result<Vec<u8>, Box<EvalError>> + 'a;

/// Adjusts the settings of an evaluation to `nix.conf` and the command line.
fn adjust(
    settings: &mut nix_eval::Settings,
    arguments: &NixArguments,
    configuration: &Configuration,
    environment: &Environment,
) {
    // Files of the machine are read where one is named.
    settings.pure_eval &= !arguments.has("file");
    let features = std::mem::take(&mut settings.features);
    let search_path = arguments.values("include");
    evaluation::apply(settings, configuration, &search_path, environment);
    settings.features.extend(features);
}

/// An engine with what a command of `nix` was asked for.
pub struct FlakeSession {
    /// The engine.
    pub engine: Engine,
    /// Evaluates purely, unless asked otherwise.
    pub evaluator: Evaluator,
    /// The command line.
    pub arguments: NixArguments,
    /// `nix.conf` and the options that override it.
    pub configuration: Configuration,
    /// The surroundings.
    pub environment: Environment,
    asked: RefCell<AskedSettings>,
}

impl FlakeSession {
    /// Opens the engine; the store itself is opened when it is needed.
    pub fn open(
        arguments: NixArguments,
        environment: &Environment,
    ) -> Result<FlakeSession, Failed> {
        let mut options = Options {
            settings: arguments.settings.clone(),
            ..Options::default()
        };
        let (offline, refresh) = (arguments.has("offline"), arguments.has("refresh"));
        options.settings.extend(network::settings(offline, refresh));
        let configuration = Configuration::read(&options, environment)?;
        configuration.say_warnings();
        let (store, layout) = engine::access(environment, &configuration)?.usual()?;
        let settings = engine_settings(&arguments, &configuration, environment, layout)?;
        let cancellation = interrupt::cancellation();
        let reporter = reporter(&arguments, &settings.layout.store_dir)?;
        let reporter = engine::logged(
            reporter,
            &configuration,
            &settings.layout.store_dir,
            arguments.verbosity,
        )?;
        let evaluation = arguments.value("eval-store");
        let evaluation = engine::evaluation_store(evaluation, &configuration, environment)?;
        let engine = engine::engine_on(store, evaluation, settings, reporter, cancellation);
        let adjust = |settings: &mut nix_eval::Settings| {
            adjust(settings, &arguments, &configuration, environment);
        };
        let read_only = arguments.has("read-only")
            || ["store", "eval-store"]
                .iter()
                .filter_map(|name| arguments.value(name))
                .any(|store| store.starts_with("dummy:"));
        let evaluator = if read_only {
            engine.read_only_evaluator(adjust)?
        } else {
            engine.evaluator(adjust)
        };
        evaluation::allow_search_path(&evaluator, environment);
        Ok(FlakeSession {
            engine,
            evaluator,
            arguments,
            configuration,
            environment: environment.clone(),
            asked: RefCell::default(),
        })
    }

    /// Evaluates something of a flake's output without copying the flake's source to the store, if
    /// what is said of it does not depend on where the source is. `evaluate` may fail, and be called
    /// again.
    pub fn evaluate_in_place(
        &self,
        text: &str,
        candidates: &dyn Fn(&str) -> Vec<String>,
        evaluate: &Say<'_>,
    ) -> Option<Vec<u8>> {
        let other = ["read-only", "store", "eval-store"];
        if other.iter().any(|name| self.arguments.has(name)) {
            return None;
        }
        let found = self
            .engine
            .find_reference(text, &self.environment.directory)
            .ok()?;
        let options = self.flake_options();
        let mut attempts = self.engine.attempts(&found.reference, &options, None)?;
        loop {
            let (evaluator, flake) = attempts.next(&self.engine, |settings| {
                adjust(
                    settings,
                    &self.arguments,
                    &self.configuration,
                    &self.environment,
                );
            })?;
            if !flake.locked().flake.file.config.is_empty() {
                return None;
            }
            let paths = candidates(&found.fragment);
            let output = find_output(&evaluator, flake.outputs(), "", &paths).ok();
            let said = output.and_then(|output| evaluate(&evaluator, output.value).ok());
            let is_free = said
                .as_ref()
                .is_none_or(|said| attempts.is_free_of_path(said));
            if attempts.counts(&self.engine) {
                return said.filter(|_| is_free);
            }
        }
    }

    /// Evaluates a file, or the `default.nix` of a directory.
    pub fn evaluate_file(&self, path: &Path) -> Result<nix_eval::Value, Box<EvalError>> {
        self.evaluator.eval_file(path)
    }

    /// Builds a derivation that is a value; gives the output that the value stands for, if it has
    /// that.
    pub fn build_value(&self, value: Value) -> Result<Option<StorePath>, Failed> {
        let failed = |error| self.failed(error);
        let (derivation, output) = self
            .engine
            .derivation_of(&self.evaluator, value)
            .map_err(failed)?;
        let built = self
            .engine
            .build(std::slice::from_ref(&derivation))
            .map_err(failed)?;
        let built = built.into_iter().next();
        Ok(built.and_then(|mut built| built.outputs.remove(&output)))
    }

    /// The platform that outputs are looked for.
    pub fn system(&self) -> &str {
        &self.engine.settings().system
    }

    /// How flakes are locked, as the options say.
    pub fn flake_options(&self) -> FlakeOptions {
        let arguments = &self.arguments;
        let overrides = arguments.pairs("override-input");
        let path = |name: &str| {
            let value = arguments.value(name)?;
            Some(self.environment.directory.join(value))
        };
        FlakeOptions {
            directory: self.environment.directory.clone(),
            recreate: arguments.has("recreate-lock-file"),
            no_update: arguments.has("no-update-lock-file"),
            no_write: arguments.has("no-write-lock-file") || !overrides.is_empty(),
            fail_on_unlocked: false,
            commit: arguments.has("commit-lock-file"),
            updates: arguments.values("update-input"),
            overrides,
            inputs_from: arguments.values("inputs-from"),
            reference_lock_file: path("reference-lock-file"),
            output_lock_file: path("output-lock-file"),
            ..FlakeOptions::default()
        }
    }

    /// Finds out what a user means by a reference to a flake.
    pub fn find(&self, reference: &str) -> Result<FoundReference, Failed> {
        self.engine
            .find_reference(reference, &self.environment.directory)
            .map_err(|error| self.failed(error))
    }

    /// The flake that the command works on, locked.
    pub fn flake(&self, reference: &str) -> Result<Flake, Failed> {
        self.flake_with(reference, &self.flake_options())
    }

    /// A flake, locked in a certain way.
    pub fn flake_with(&self, reference: &str, options: &FlakeOptions) -> Result<Flake, Failed> {
        let found = self.find(reference)?;
        if !found.fragment.is_empty() {
            let fragment = &found.fragment;
            return Err(Failure::new(format!(
                "unexpected fragment '{fragment}' in flake reference '{reference}'"
            ))
            .into());
        }
        self.lock(&found, options)
    }

    /// Locks a flake that was found.
    pub fn lock(&self, found: &FoundReference, options: &FlakeOptions) -> Result<Flake, Failed> {
        let locked = self
            .engine
            .lock_flake(&self.evaluator, &found.reference, options);
        let flake = locked.map_err(|error| self.failed(error))?;
        self.take_settings(&flake)?;
        Ok(flake)
    }

    /// Decides about the settings that a flake asks for. If some of them are made, the work has to begin
    /// again, so this fails.
    pub fn take_settings(&self, flake: &Flake) -> Result<(), Failed> {
        let config = &flake.locked().flake.file.config;
        let mut asked = self.asked.borrow_mut();
        if config.is_empty() || asked.decided.contains(config) {
            return Ok(());
        }
        asked.decided.push(config.clone());
        let settings = allowed_settings(config, &self.configuration, &self.environment);
        if settings.is_empty() {
            return Ok(());
        }
        asked.made.extend(settings);
        asked.is_changed = true;
        Err(Failure::new("the settings of the flake are not in force yet").into())
    }

    /// What a user means by an installable `FLAKE#ATTRIBUTE`: the first of the paths that is there.
    pub fn output(
        &self,
        text: &str,
        prefixes: &[String],
        defaults: &[String],
    ) -> Result<(Flake, FoundOutput), Failed> {
        let found = self.find(text)?;
        let flake = self.lock(&found, &self.flake_options())?;
        let paths = candidate_paths(&found.fragment, prefixes, defaults);
        let shown = flake.locked().flake.resolved.to_string();
        let evaluator = &self.evaluator;
        let outputs = self.outputs(&flake)?;
        let output = find_output(evaluator, outputs, &shown, &paths)
            .map_err(|error| self.flake_failed(error))?;
        Ok((flake, output))
    }

    /// The outputs of a flake, without what is known of its source.
    pub fn outputs(&self, flake: &Flake) -> Result<nix_eval::Value, Failed> {
        let evaluator = &self.evaluator;
        let find = || {
            let what = "while evaluating a flake to get its outputs";
            let attrs = evaluator.force_attrs(flake.outputs(), what)?;
            let outputs = evaluator
                .attr_named(attrs, b"outputs")
                .ok_or_else(|| EvalError::eval("the flake has no outputs"))?;
            evaluator.force_attrs(outputs, "while evaluating the outputs of a flake")?;
            Ok(outputs)
        };
        find().map_err(|error: Box<EvalError>| self.evaluation_failed(&error))
    }

    /// Where a locked flake is in the store.
    pub fn store_path(&self, flake: &LockedFlake) -> String {
        let store_dir = self.engine.store().store_dir();
        store_dir.print(&flake.flake.location.tree.store_path)
    }

    /// An error of the engine in the words of Nix.
    pub fn failed(&self, error: EngineError) -> Failed {
        match error {
            EngineError::Evaluation(report) => Failed {
                text: nix_eval::render(&report, self.show_trace()),
                status: report.status,
            },
            EngineError::Flake(error) => self.flake_failed(error),
            EngineError::Build(errors) => {
                let mut failed = Failed::from(errors);
                // Only the older commands tell kinds of failures by their status.
                if (100..128).contains(&failed.status) {
                    failed.status = 1;
                }
                failed
            }
            error => Failed::from(error),
        }
    }

    /// An error about a flake in the words of Nix.
    pub fn flake_failed(&self, error: FlakeError) -> Failed {
        let suggestions = match error.cause() {
            FlakeError::MissingOutput { suggestions, .. } => suggestions.clone(),
            _ => Vec::new(),
        };
        let mut error = nix_flake::outputs::evaluation_error(error);
        error.suggestions.extend(suggestions);
        self.evaluation_failed(&error)
    }

    /// An error of an evaluation in the words of Nix.
    pub fn evaluation_failed(&self, error: &EvalError) -> Failed {
        let mut text = nix_eval::render(&self.evaluator.report(error), self.show_trace());
        // Places are shown in the files that the user can edit.
        for (stored, directory) in self.engine.flakes().fetcher.own_trees() {
            let place = format!("at {}/", directory.display());
            text = text.replace(&format!("at {stored}/"), &place);
        }
        Failed {
            text,
            status: error.status,
        }
    }

    fn show_trace(&self) -> bool {
        self.configuration.is("show-trace", false)
    }

    /// Writes a line to the standard output.
    pub fn print(&self, line: &str) -> Result<(), Failed> {
        let colours = self.environment.variable("NO_COLOR").is_none();
        let written = terminal::print_as(line, colours);
        written.map_err(|error| Failed::from(Failure::from(error)))
    }

    /// Writes a JSON value to the standard output: in one line, unless a person reads it.
    pub fn print_json(&self, value: &serde_json::Value) -> Result<(), Failed> {
        use std::io::IsTerminal;

        let pretty = match (
            self.arguments.has("pretty"),
            self.arguments.has("no-pretty"),
        ) {
            (true, _) => true,
            (_, true) => false,
            _ => std::io::stdout().is_terminal(),
        };
        let text = if pretty {
            format!("{value:#}\n")
        } else {
            format!("{value}\n")
        };
        terminal::stdout()
            .write_all(text.as_bytes())
            .map_err(|error| Failed::from(Failure::from(error)))
    }
}

/// The settings that a flake asks for and that may be made; of the others the user is warned.
pub fn allowed_settings(
    config: &BTreeMap<String, ConfigValue>,
    configuration: &Configuration,
    environment: &Environment,
) -> Vec<(String, String)> {
    let mut trusted = TrustedSettings::read(environment);
    let decided = config::decide(config, configuration, &mut trusted);
    for warning in &decided.warnings {
        plain(&format!("warning: {warning}"));
    }
    decided.settings
}

/// Returns how events are shown, as the options say.
fn log_format(arguments: &NixArguments) -> Result<LogFormat, Failed> {
    match arguments.value("log-format") {
        Some(word) => LogFormat::from_word(word).ok_or_else(|| {
            Failure::new(format!("option 'log-format' has an invalid value '{word}'")).into()
        }),
        None if arguments.has("print-build-logs") => Ok(LogFormat::BarWithLogs),
        None => Ok(LogFormat::Bar),
    }
}

/// What tells of what happens, as the options say.
fn reporter(
    arguments: &NixArguments,
    store_dir: &nix_wire::StoreDir,
) -> Result<Box<dyn Reporter>, Failed> {
    let format = log_format(arguments)?;
    let printer = Printer::new(Verbosity::Normal);
    let reporter = progress::reporter(format, store_dir.clone(), &printer);
    Ok(progress::with_details(
        reporter,
        format,
        arguments.verbosity,
    ))
}

/// The engine that the settings ask for.
fn engine_settings(
    arguments: &NixArguments,
    configuration: &Configuration,
    environment: &Environment,
    layout: Layout,
) -> Result<nix_engine::Settings, Failed> {
    let home = environment.home();
    let system = configuration
        .get("system")
        .unwrap_or(nix_engine::current_system());
    let mut build = engine::build_options(configuration, environment, &layout, false)?;
    if log_format(arguments)?.prints_logs() {
        // Errors do not repeat what was printed.
        build.log_lines = 0;
    }
    let features: BTreeSet<Feature> = configuration
        .words("experimental-features")
        .filter_map(|name| Feature::from_name(&name))
        // Who asks for a flake wants flakes.
        .chain([Feature::Flakes])
        .collect();
    let flakes = configuration.flake_settings(environment);
    let open_store = engine::access(environment, configuration)?.into_opener();
    Ok(nix_engine::Settings {
        open_store: Some(open_store),
        layout,
        system: system.to_owned(),
        features,
        pure: !arguments.has("impure") && configuration.is("pure-eval", true),
        environment: environment
            .variables()
            .map(|(name, value)| {
                let bytes = |text: &std::ffi::OsStr| text.as_encoded_bytes().to_vec();
                (bytes(name), bytes(value))
            })
            .collect(),
        cache: environment.cache_directory().join("home-manager"),
        keep_compiled: environment.keeps_compiled(),
        keep_evaluations: false,
        trace_imports: configuration.is("trace-import-from-derivation", false),
        home,
        flakes: FlakeSettings {
            replacements: arguments.pairs("override-flake"),
            use_registries: !arguments.has("no-registries") && flakes.use_registries,
            ..flakes
        },
        build,
    })
}
