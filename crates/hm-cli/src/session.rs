//! The engine of a command: opened from the settings, asked for configurations, with its errors
//! turned into what a user wants to know.

mod packages;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use hm_plan::diff::InstalledPackage;
use nix_engine::{Engine, EngineError, Flake, FlakeOptions, FlakeSettings};
use nix_eval::{Attrs, EvalError, Evaluator, Feature, Report, Value};
use nix_flake::fetch::FetchError;
use nix_flake::lock::LockError;
use nix_flake::registry::RegistryError;
use nix_flake::{FlakeError, FlakeReference};
use nix_store::Layout;
use nix_wire::StorePath;

use crate::applets::configuration::Configuration as NixConfiguration;
use crate::applets::evaluation;
use crate::applets::flakes::allowed_settings;
use crate::applets::options::Options;
use crate::builder;
use crate::commands::eval::Form;
use crate::diagnosis::{SourceMap, explain, explain_failed};
use crate::interrupt;
use crate::network;
use crate::printer::{Printer, Verbosity};
use crate::progress::{LockFileReporter, TerminalReporter, TerminalSubstitution};
use crate::report::Failure;
use crate::settings::{FlakeChoice, Settings};
use crate::shell_words::word;
use crate::store_access::StoreAccess;
use crate::values;

/// What an expression of `home-manager option` asks.
const OPTION: &[u8] = include_bytes!("nix/option.nix");

/// An engine with the settings of a command.
pub struct Session {
    engine: Engine,
    settings: Settings,
    /// Nix's settings, those of the flake among them that are made.
    configuration: NixConfiguration,
    printer: Rc<Printer>,
    /// The sources of the configuration that was looked at last, for errors of its builders.
    sources: RefCell<SourceMap>,
}

/// A configuration of a flake, evaluated as far as it was asked for.
struct Configuration {
    evaluator: Evaluator,
    sources: SourceMap,
    flake: Flake,
    value: Value,
}

impl Session {
    /// Opens the engine; the store itself is opened when it is needed.
    ///
    /// # Errors
    /// When the place of the store is not one.
    pub fn open(settings: &Settings, printer: &Rc<Printer>) -> Result<Session, Failure> {
        let environment = &settings.environment;
        let configuration = nix_configuration(settings)?;
        configuration.say_warnings();
        let access = StoreAccess::new(&configuration, environment, &layout(settings)?);
        let (store, layout) = match &settings.arguments.nix.store {
            // A directory that is named is the store itself.
            Some(name) if !is_store_name(name) => access.local(layout(settings)?)?,
            Some(name) => access.named(&name.to_string_lossy())?,
            None => access.usual()?,
        };
        refuse_blanks(&layout)?;
        let mut build = builder::options(environment);
        builder::show_environment(&mut build, environment);
        configuration.apply_to_builds(&mut build)?;
        let substitution = TerminalSubstitution::new(printer);
        access.equip(&mut build, Box::new(substitution))?;
        build.keep_going |= settings.arguments.nix.keep_going;
        build.keep_failed |= settings.arguments.nix.keep_failed;
        if let Some(jobs) = settings.arguments.nix.max_jobs.as_deref()
            && jobs != "auto"
        {
            build.jobs = jobs.parse().map_err(|_| {
                Failure::new(format!("'{jobs}' is not a number of jobs"))
                    .hint("--max-jobs takes a number or auto")
            })?;
        }
        if let Some(cores) = settings.arguments.nix.cores {
            build.cores = cores as usize;
        }
        if settings.arguments.print_build_logs {
            // Errors do not repeat what was printed.
            build.log_lines = 0;
        }
        let open_store = StoreAccess::new(&configuration, environment, &layout).into_opener();
        let engine_settings = nix_engine::Settings {
            open_store: Some(open_store),
            layout,
            system: nix_engine::current_system().to_owned(),
            features: features(settings),
            pure: !settings.arguments.impure,
            environment: environment
                .variables()
                .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
                .collect(),
            home: Some(settings.home.clone()),
            cache: settings.directories.cache.join("home-manager"),
            keep_compiled: environment.keeps_compiled(),
            trace_imports: configuration.is("trace-import-from-derivation", false),
            keep_evaluations: configuration.is("eval-cache", true),
            flakes: flake_settings(settings, &configuration),
            build,
        };
        let cancellation = interrupt::cancellation();
        let reporter = TerminalReporter::new(printer, settings.arguments.print_build_logs);
        let reporter = LockFileReporter::new(printer, &settings.home, reporter);
        Ok(Session {
            engine: Engine::with_store(engine_settings, store, Rc::new(reporter), cancellation),
            settings: settings.clone(),
            configuration,
            printer: Rc::clone(printer),
            sources: RefCell::default(),
        })
    }

    /// Where the store lies.
    pub fn layout(&self) -> &Layout {
        &self.engine.settings().layout
    }

    /// Builds the generation of a configuration.
    ///
    /// # Errors
    /// When the configuration is wrong or does not build.
    pub fn build_generation(&self, choice: &FlakeChoice) -> Result<PathBuf, Failure> {
        let (derivation, output) = self.generation_derivation(choice)?;
        let built = self
            .engine
            .build(&[derivation])
            .map_err(|error| self.fail(&error, None))?;
        self.printer.clear_progress();
        let path = built.first().and_then(|built| built.outputs.get(&output));
        let path = path.ok_or_else(|| Failure::new("the generation has no output"))?;
        Ok(self.engine.real_path(path))
    }

    /// The derivations that building the generation would build.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub fn missing_derivations(&self, choice: &FlakeChoice) -> Result<Vec<String>, Failure> {
        let (derivation, _) = self.generation_derivation(choice)?;
        let missing = self
            .engine
            .missing(&[derivation])
            .map_err(|error| self.fail(&error, None))?;
        let store_dir = self.engine.store().store_dir();
        Ok(missing.iter().map(|path| store_dir.print(path)).collect())
    }

    fn generation_derivation(&self, choice: &FlakeChoice) -> Result<(StorePath, String), Failure> {
        let reference = self.reference(choice)?;
        let names = self.wanted_names(choice).join(" or ");
        let attribute = format!("homeConfigurations.({names}).activationPackage");
        if let Some(derivation) = self.derivation_in_place(choice, &reference, &attribute) {
            return Ok(derivation);
        }
        let locked = self.locked(&reference)?;
        let place = self.engine.remembered(&locked.flake, &attribute);
        if let Some(derivation) = place.as_ref().and_then(|place| self.engine.recall(place)) {
            return Ok(derivation);
        }
        let derivation = self.evaluate_generation(choice, locked)?;
        if let Some(place) = &place {
            self.engine.remember(place, &derivation);
        }
        Ok(derivation)
    }

    /// The derivation of a generation as far as it can be had without copying the flake's source
    /// to the store. Where that fails, evaluating a copy will say why.
    fn derivation_in_place(
        &self,
        choice: &FlakeChoice,
        reference: &FlakeReference,
        attribute: &str,
    ) -> Option<(StorePath, String)> {
        let engine = &self.engine;
        let options = self.flake_options();
        let mut attempts = engine.attempts(reference, &options, Some(attribute))?;
        let file = attempts.file().map(|file| file.display().to_string());
        let file = file.unwrap_or_else(|| "nothing: eval-cache is off".to_owned());
        if let Some(derivation) = attempts.recall(engine) {
            self.tell(|| format!("not evaluated: nothing that was read has changed; see {file}"));
            return Some(derivation);
        }
        loop {
            self.printer.progress("evaluating…");
            let (evaluator, flake) = attempts.next(engine, |adjusted| self.adjust(adjusted))?;
            let locked = self.with_sources(evaluator, flake);
            let derivation = self.evaluate_generation(choice, locked).ok();
            let count = attempts.read_count();
            if let Some(derivation) = attempts.finish(engine, derivation) {
                self.tell(|| format!("evaluated, with {count} reads remembered in {file}"));
                return Some(derivation);
            }
        }
    }

    /// Tells of a step, if all are to be told.
    fn tell(&self, text: impl FnOnce() -> String) {
        if self.printer.verbosity() == Verbosity::Verbose {
            self.printer.clear_progress();
            self.printer.line(text());
        }
    }

    fn evaluate_generation(
        &self,
        choice: &FlakeChoice,
        locked: Configuration,
    ) -> Result<(StorePath, String), Failure> {
        let configuration = self.selected(choice, locked)?;
        let Configuration {
            evaluator, value, ..
        } = &configuration;
        let package = evaluator
            .force_attrs(*value, "while evaluating the configuration")
            .map(|attrs| evaluator.attr_named(attrs, b"activationPackage"))
            .map_err(|error| self.explain_evaluation(&configuration, &error))?
            .ok_or_else(|| {
                Failure::new("the configuration has no activationPackage")
                    .hint("make it with home-manager.lib.homeManagerConfiguration")
            })?;
        self.engine
            .derivation_of(evaluator, package)
            .map_err(|error| self.fail(&error, Some(&configuration)))
    }

    /// What is known of an option, as `option.nix` tells it.
    ///
    /// # Errors
    /// When the configuration is wrong.
    pub fn describe_option(
        &self,
        choice: &FlakeChoice,
        path: &[String],
    ) -> Result<serde_json::Value, Failure> {
        let configuration = self.configuration(choice)?;
        let Configuration {
            evaluator,
            sources,
            value,
            ..
        } = &configuration;
        let describe = || {
            let function = evaluator.eval_string(OPTION, Path::new("/"))?;
            let parts: Vec<Value> = path
                .iter()
                .map(|part| evaluator.string(part.as_bytes()))
                .collect();
            let described = evaluator.call(function, &[*value, evaluator.list(&parts)])?;
            values::to_json(evaluator, described)
        };
        let json = describe().map_err(|error| self.explain_evaluation(&configuration, &error))?;
        let json = sources.translate(&String::from_utf8_lossy(&json));
        serde_json::from_str(&json)
            .map_err(|error| Failure::new(format!("the option cannot be shown: {error}")))
    }

    /// Evaluates an expression with a configuration in scope.
    ///
    /// # Errors
    /// When the configuration or the expression is wrong.
    pub fn evaluate(
        &self,
        choice: &FlakeChoice,
        expression: &str,
        form: Form,
    ) -> Result<String, Failure> {
        let configuration = self.configuration(choice)?;
        let Configuration {
            evaluator,
            value,
            flake,
            ..
        } = &configuration;
        let is_name = expression.split('.').all(|part| {
            !part.is_empty()
                && part
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '\''))
        });
        let first = expression.split('.').next().unwrap_or_default();
        let in_scope = ["config", "options", "pkgs", "lib", "flake"].contains(&first);
        let body = if is_name && !in_scope {
            format!("config.{expression}")
        } else {
            expression.to_owned()
        };
        let evaluate = || {
            let scope = "configuration: flake: let inherit (configuration) config options pkgs; \
                         inherit (configuration.pkgs) lib; in ";
            let source = format!("{scope}{body}");
            let function = evaluator.eval_string(source.as_bytes(), &self.settings.directory)?;
            let outputs = flake.outputs();
            let result = evaluator.call(function, &[*value, outputs])?;
            match form {
                Form::Nix => {
                    evaluator.force_deep(result)?;
                    evaluator.print(result)
                }
                Form::Json => {
                    Ok(String::from_utf8_lossy(&values::to_json(evaluator, result)?).into_owned())
                }
                Form::Raw => {
                    let text = evaluator.force_string(result, "while printing a string")?;
                    Ok(text.to_string_lossy().into_owned())
                }
            }
        };
        evaluate().map_err(|error| self.explain_evaluation(&configuration, &error))
    }

    /// Locks a flake, evaluates its outputs and finds the configuration.
    fn configuration(&self, choice: &FlakeChoice) -> Result<Configuration, Failure> {
        let locked = self.locked(&self.reference(choice)?)?;
        self.selected(choice, locked)
    }

    /// What is meant by the reference that was chosen.
    fn reference(&self, choice: &FlakeChoice) -> Result<FlakeReference, Failure> {
        let directory = Path::new(&choice.reference);
        if directory.is_dir() {
            let directory = directory.to_owned();
            self.sources.borrow_mut().own = vec![(directory.clone(), directory)];
        }
        let found = self
            .engine
            .find_reference(&choice.reference, &self.settings.directory)
            .map_err(|error| self.fail(&error, None))?;
        Ok(found.reference)
    }

    /// The settings that a flake asks for and that may be made.
    ///
    /// # Errors
    /// When the flake cannot be read.
    pub fn settings_of(&self, choice: &FlakeChoice) -> Result<Vec<(String, String)>, Failure> {
        let reference = self.reference(choice)?;
        if !self.engine.may_ask_for_settings(&reference) {
            return Ok(Vec::new());
        }
        let locked = self.locked(&reference)?;
        let config = &locked.flake.locked().flake.file.config;
        if config.is_empty() {
            return Ok(Vec::new());
        }
        self.printer.clear_progress();
        let environment = &self.settings.environment;
        Ok(allowed_settings(config, &self.configuration, environment))
    }

    fn adjust(&self, settings: &mut nix_eval::Settings) {
        let (features, system) = (settings.features.clone(), settings.system.clone());
        evaluation::apply(
            settings,
            &self.configuration,
            &[],
            &self.settings.environment,
        );
        settings.features.extend(features);
        settings.system = system;
        let megabytes = self.settings.arguments.nix.max_memory;
        settings.max_heap_size = crate::memory::evaluation_limit(megabytes);
    }

    /// Locks a flake; its value is all of it.
    fn locked(&self, reference: &FlakeReference) -> Result<Configuration, Failure> {
        let evaluator = self.engine.evaluator(|settings| self.adjust(settings));
        self.printer.progress("evaluating…");
        let flake = self
            .engine
            .lock_flake(&evaluator, reference, &self.flake_options())
            .map_err(|error| self.fail(&error, None))?;
        Ok(self.with_sources(evaluator, flake))
    }

    fn with_sources(&self, evaluator: Evaluator, flake: Flake) -> Configuration {
        let sources = SourceMap {
            own: flake.own_trees(),
        };
        self.sources.borrow_mut().clone_from(&sources);
        Configuration {
            value: flake.outputs(),
            evaluator,
            sources,
            flake,
        }
    }

    fn selected(
        &self,
        choice: &FlakeChoice,
        locked: Configuration,
    ) -> Result<Configuration, Failure> {
        let value = self.select(choice, &locked)?;
        Ok(Configuration { value, ..locked })
    }

    /// The names that the configuration may have, the first that exists first.
    fn wanted_names(&self, choice: &FlakeChoice) -> Vec<String> {
        match &choice.name {
            Some(name) => vec![name.clone()],
            None => self.settings.configuration_names(),
        }
    }

    fn select(
        &self,
        choice: &FlakeChoice,
        configuration: &Configuration,
    ) -> Result<Value, Failure> {
        let Configuration {
            evaluator, value, ..
        } = configuration;
        let wanted = self.wanted_names(choice);
        let mut sets = Vec::new();
        for place in ["", "packages", "legacyPackages"] {
            let found = self.configurations_in(place, evaluator, *value);
            let found = found.map_err(|error| self.explain_evaluation(configuration, &error))?;
            for name in &wanted {
                let value = found.and_then(|set| evaluator.attr_named(set, name.as_bytes()));
                if let Some(value) = value {
                    return Ok(value);
                }
            }
            sets.extend(found);
        }
        if sets.is_empty() {
            let reference = &choice.reference;
            return Err(
                Failure::new(format!("the flake {reference} has no homeConfigurations"))
                    .hint("write one with: home-manager init"),
            );
        }
        let there: Vec<String> = sets
            .iter()
            .flat_map(|set| evaluator.attrs_by_name(*set))
            .map(|attr| String::from_utf8_lossy(evaluator.symbol_text(attr.name)).into_owned())
            .collect();
        let failure = Failure::new(format!(
            "the flake {} has no configuration named {}",
            choice.reference,
            wanted
                .iter()
                .map(|name| format!("'{name}'"))
                .collect::<Vec<_>>()
                .join(" or ")
        ));
        Err(if there.is_empty() {
            failure.hint("its homeConfigurations are empty")
        } else {
            failure
                .note(format!("it has: {}", there.join(", ")))
                .hint(format!(
                    "choose one with: --flake {}",
                    word(&format!("{}#{}", choice.reference, there[0]))
                ))
        })
    }

    /// Returns the configurations among the outputs of a flake: its own, or those that are with the
    /// packages of this system, where `nix build` finds them too.
    fn configurations_in(
        &self,
        output: &str,
        evaluator: &Evaluator,
        outputs: Value,
    ) -> Result<Option<Attrs>, Box<EvalError>> {
        let system = self.engine.settings().system.as_str();
        let place = match output {
            "" => vec!["homeConfigurations"],
            output => vec![output, system, "homeConfigurations"],
        };
        let what = "while evaluating the outputs of the flake";
        let mut set = evaluator.force_attrs(outputs, what)?;
        for name in place {
            let Some(value) = evaluator.attr_named(set, name.as_bytes()) else {
                return Ok(None);
            };
            set = evaluator.force_attrs(value, what)?;
        }
        Ok(Some(set))
    }

    fn flake_options(&self) -> FlakeOptions {
        let lock = &self.settings.arguments.lock;
        FlakeOptions {
            directory: self.settings.directory.clone(),
            recreate: lock.recreate_lock_file,
            no_update: lock.no_update_lock_file,
            no_write: lock.no_write_lock_file || !lock.override_input.is_empty(),
            commit: lock.commit_lock_file,
            updates: lock.update_input.clone(),
            overrides: lock
                .override_input
                .chunks(2)
                .filter_map(|pair| match pair {
                    [name, reference] => Some((name.clone(), reference.clone())),
                    _ => None,
                })
                .collect(),
            inputs_from: lock.inputs_from.clone(),
            reference_lock_file: lock.reference_lock_file.clone(),
            output_lock_file: lock.output_lock_file.clone(),
            ..FlakeOptions::default()
        }
    }

    /// Keeps an object from being collected as garbage for as long as this process uses the store.
    ///
    /// # Errors
    /// When the store cannot be written, or the object has been collected.
    pub fn keep_meanwhile(&self, object: &Path) -> Result<(), Failure> {
        let store = self.engine.store();
        let keep = || -> Result<bool, EngineError> {
            let Ok(path) = self.engine.parse_store_path(object) else {
                // It is not in this store, so nobody deletes it from there.
                return Ok(true);
            };
            store.add_temporary_root(&path)?;
            Ok(store.is_valid(&path)?)
        };
        if keep().map_err(|error| self.fail(&error, None))? {
            return Ok(());
        }
        Err(Failure::new(format!(
            "{} was collected as garbage meanwhile",
            object.display()
        ))
        .hint("make it again with: home-manager switch"))
    }

    /// Returns the packages that an environment refers to.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub fn packages_of(&self, environment: &Path) -> Result<Vec<InstalledPackage>, Failure> {
        let find = || -> Result<Vec<InstalledPackage>, EngineError> {
            let path = self.engine.parse_store_path(environment)?;
            let store = self.engine.store();
            let info = store.require(&path)?;
            let others = info
                .references
                .iter()
                .filter(|reference| **reference != path);
            Ok(others
                .map(|reference| InstalledPackage {
                    full_name: reference.name().to_owned(),
                    path: store.store_dir().print(reference),
                })
                .collect())
        };
        find().map_err(|error| self.fail(&error, None))
    }

    /// Makes a link to a store path that keeps it alive.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_out_link(&self, link: &Path, target: &Path) -> Result<(), Failure> {
        let make = || -> Result<(), EngineError> {
            let path = self.engine.parse_store_path(target)?;
            self.engine.store().add_permanent_root(&path, link)?;
            Ok(())
        };
        make().map_err(|error| self.fail(&error, None))
    }

    /// Keeps what a link points to from being collected as garbage.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn keep_alive(&self, link: &Path) -> Result<(), Failure> {
        self.engine
            .store()
            .add_indirect_root(link)
            .map_err(|error| self.fail(&EngineError::from(error), None))
    }

    fn explain_evaluation(
        &self,
        configuration: &Configuration,
        error: &nix_eval::EvalError,
    ) -> Failure {
        self.explain_report(&configuration.evaluator.report(error), Some(configuration))
    }

    fn explain_report(&self, report: &Report, configuration: Option<&Configuration>) -> Failure {
        self.printer.clear_progress();
        let sources = match configuration {
            Some(configuration) => configuration.sources.clone(),
            None => self.sources_of(&report.message),
        };
        let failure = explain(report, &sources, self.settings.arguments.show_trace);
        let untracked = configuration
            .and_then(|configuration| configuration.flake.untracked_file_in(&report.message));
        match untracked {
            None => failure,
            Some(file) => failure
                .note(format!(
                    "{} is there, but Git does not track it, and a flake in a Git repository has \
                     only the tracked files",
                    file.path.display()
                ))
                .hint(format!("have Git track it with: {}", file.command())),
        }
    }

    /// The user's own trees, for an error of which only the message is known.
    fn sources_of(&self, message: &str) -> SourceMap {
        let known = self.sources.borrow();
        match known.own.as_slice() {
            // The flake itself was not read yet, and the message may name its copy.
            [(stored, directory)] if stored == directory => {
                SourceMap::of_message(directory, message)
            }
            _ => known.clone(),
        }
    }

    fn has_command_nix(&self) -> bool {
        let path = self.settings.environment.variable("PATH");
        std::env::split_paths(path.unwrap_or_default()).any(|place| place.join("nix").is_file())
    }

    fn fail(&self, error: &EngineError, configuration: Option<&Configuration>) -> Failure {
        self.printer.clear_progress();
        let mut failure = match error {
            EngineError::Evaluation(report) => self.explain_report(report, configuration),
            _ => {
                let mut message = error.to_string();
                if !self.has_command_nix() {
                    message = message.replace("\n  nix log ", "\n  home-manager nix log ");
                }
                let sources = self.sources_of(&message);
                explain_failed(Failure::new(message).code(error.status()), &sources)
            }
        };
        if let EngineError::Flake(error) = error {
            // That a flake is being locked is known; which input it is about may not be.
            let notes = error.notes().into_iter();
            for note in notes.filter(|note| !note.contains("the lock file of flake")) {
                failure = failure.note(note);
            }
        }
        // Advice about the user's own file is better than that about errors of its kind.
        if failure.hints.is_empty() {
            for hint in error_hints(error) {
                failure = failure.hint(hint);
            }
        }
        failure
    }
}

/// What to do about errors that are not the evaluation's.
fn error_hints(error: &EngineError) -> Vec<String> {
    match error {
        EngineError::Store(nix_store::StoreError::SymlinkedStore(_)) => {
            vec!["keep the store elsewhere with: --store DIR --state-dir DIR".to_owned()]
        }
        EngineError::Flake(error) => flake_hint(error).map(str::to_owned).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// What to do about errors of flakes.
fn flake_hint(error: &FlakeError) -> Option<&'static str> {
    Some(match error.cause() {
        FlakeError::Lock(LockError::FollowsMissing { .. }) => {
            "let it follow an input that the flake has, or add that input to flake.nix"
        }
        FlakeError::Lock(LockError::FollowsCycle(_)) => "give one of these inputs a url of its own",
        FlakeError::Registry(RegistryError::NotFound { .. }) => {
            "say where it is in flake.nix with: inputs.NAME.url = \"…\";"
        }
        FlakeError::UpdateNotAllowed(_) => {
            "let the lock file be written: leave out --no-update-lock-file"
        }
        FlakeError::Fetch(FetchError::HashMismatch { .. }) => {
            "if you know why it has changed, lock it anew with: --update-input NAME"
        }
        FlakeError::Fetch(FetchError::MissingBranch { .. } | FetchError::NoSuchBranch { .. }) => {
            "the branch may have another name now: change the url of the input in flake.nix"
        }
        FlakeError::Fetch(error) if error.is_unreachable() => {
            "check the network, or use a copy on this machine with: --override-input NAME DIR"
        }
        _ => return None,
    })
}

/// Whether this is the name of a store (`daemon`, `unix:///run/nix.sock`) rather than a directory.
fn is_store_name(name: &Path) -> bool {
    let name = name.to_string_lossy();
    let base = name.split('?').next().unwrap_or_default();
    matches!(base, "auto" | "daemon" | "local") || base.contains("://")
}

/// Where the local store is: where the options say, else where Nix has it, else with the user's data.
fn layout(settings: &Settings) -> Result<Layout, Failure> {
    let nix = &settings.arguments.nix;
    let bad = |error| Failure::new(format!("the store cannot be there: {error}"));
    let mut layout = match nix.store.as_ref().filter(|name| !is_store_name(name)) {
        None => Layout::choose(&settings.directories.data).map_err(bad)?,
        Some(store) => {
            let mut layout = Layout::below(store).map_err(bad)?;
            layout.store_dir = nix_wire::StoreDir::new(&store.to_string_lossy()).map_err(bad)?;
            layout.real_store_dir.clone_from(store);
            if let Some(parent) = store.parent() {
                layout.state_dir = parent.join("var/nix");
                layout.log_dir = parent.join("var/log/nix");
            }
            layout
        }
    };
    if let Some(state) = &nix.state_dir {
        layout.state_dir.clone_from(state);
        if nix.store.is_some() {
            layout.log_dir = state.join("log");
        }
    }
    if let Some(log) = settings.environment.path("NIX_LOG_DIR") {
        layout.log_dir = log;
    }
    Ok(layout)
}

/// Refuses a store whose path has a blank: builders, nixpkgs' too, take paths apart at blanks.
fn refuse_blanks(layout: &Layout) -> Result<(), Failure> {
    let directory = layout.store_dir.as_str();
    if !directory.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(Failure::new(format!(
        "the store cannot be in '{directory}': builders take a path apart where it has a blank"
    ))
    .note("nothing was changed")
    .hint(
        "keep the store in another directory of yours, in the profile of your login shell too: \
         export XDG_DATA_HOME=\"/var/tmp/$(id -un)\"",
    ))
}

/// How flakes are found and fetched, as `nix.conf` and the options say.
fn flake_settings(settings: &Settings, configuration: &NixConfiguration) -> FlakeSettings {
    let lock = &settings.arguments.lock;
    let flakes = configuration.flake_settings(&settings.environment);
    FlakeSettings {
        use_registries: flakes.use_registries && !lock.no_registries,
        ..flakes
    }
}

/// Nix's settings, with those of the options.
fn nix_configuration(settings: &Settings) -> Result<NixConfiguration, Failure> {
    let given = settings.arguments.nix.option.chunks(2);
    let lock = &settings.arguments.lock;
    let accepted = ("accept-flake-config".to_owned(), "true".to_owned());
    let accepted = settings
        .arguments
        .nix
        .accept_flake_config
        .then_some(accepted);
    let options = Options {
        settings: given
            .filter_map(|pair| match pair {
                [name, value] => Some((name.clone(), value.clone())),
                _ => None,
            })
            .chain(accepted)
            .chain(network::settings(lock.offline, lock.refresh))
            .collect(),
        ..Options::default()
    };
    NixConfiguration::read(&options, &settings.environment)
}

/// The experimental features: flakes always, and those that the options name.
fn features(settings: &Settings) -> BTreeSet<Feature> {
    let nix = &settings.arguments.nix;
    let named = nix
        .experimental_features
        .iter()
        .chain(&nix.extra_experimental_features);
    let mut features: BTreeSet<Feature> = named
        .flat_map(|names| names.split_whitespace())
        .filter_map(Feature::from_name)
        .collect();
    features.insert(Feature::Flakes);
    features
}
