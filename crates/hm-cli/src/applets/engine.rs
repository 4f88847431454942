//! The engine that a command works with, and how it tells of what happens.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use nix_engine::{Engine, FlakeSettings, Reporter};
use nix_store::build::{BuildOptions, Cancellation};
use nix_store::store::StoreReference;
use nix_store::substitute::SubstitutionObserver;
use nix_store::{Layout, Store};
use nix_wire::StorePath;

use super::configuration::Configuration;
use super::evaluate::Failed;
use super::options::Options;
use crate::builder;
use crate::environment::Environment;
use crate::interrupt;
use crate::printer::{Printer, Verbosity};
use crate::progress::{self, JsonReporter, LogFormat, Several};
use crate::report::Failure;
use crate::store_access::StoreAccess;
use crate::terminal;

/// Tells what is fetched, as Nix does.
pub struct PlainSubstitution {
    store_dir: nix_wire::StoreDir,
    is_quiet: bool,
}

impl PlainSubstitution {
    /// For a store whose paths begin so.
    pub fn new(store_dir: &nix_wire::StoreDir, is_quiet: bool) -> PlainSubstitution {
        PlainSubstitution {
            store_dir: store_dir.clone(),
            is_quiet,
        }
    }
}

impl SubstitutionObserver for PlainSubstitution {
    fn warning(&self, text: &str) {
        plain(&format!("warning: {text}"));
    }

    fn copying(&self, path: &StorePath, from: &str, _nar_size: u64) {
        if !self.is_quiet {
            let path = self.store_dir.print(path);
            plain(&format!("copying path '{path}' from '{from}'..."));
        }
    }
}

/// Writes a line to the standard error; colours that are in the text only where a terminal shows
/// them.
pub fn plain(text: &str) {
    terminal::say(text);
}

/// The engine on the store that environment and settings name.
pub fn open(
    options: &Options,
    environment: &Environment,
    configuration: &Configuration,
) -> Result<Engine, Failed> {
    if options.verbosity >= 0 {
        configuration.say_warnings();
    }
    let (store, layout) = access(environment, configuration)?.usual()?;
    let mut build = build_options(configuration, environment, &layout, options.verbosity < 0)?;
    if log_format(options)?.prints_logs() && options.verbosity >= 0 {
        // Errors do not repeat what was printed.
        build.log_lines = 0;
    }
    let home = environment.home();
    let system = build.systems.first().cloned();
    let open_store = access(environment, configuration)?.into_opener();
    let settings = nix_engine::Settings {
        open_store: Some(open_store),
        layout,
        system: system.unwrap_or_else(|| nix_engine::current_system().to_owned()),
        features: Default::default(),
        pure: false,
        environment: environment
            .variables()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect(),
        home,
        cache: environment.cache_directory().join("home-manager"),
        keep_compiled: environment.keeps_compiled(),
        keep_evaluations: false,
        trace_imports: configuration.is("trace-import-from-derivation", false),
        flakes: {
            let flakes = configuration.flake_settings(environment);
            FlakeSettings {
                replacements: options.flakes.replacements.clone(),
                use_registries: flakes.use_registries && !options.flakes.no_registries,
                ..flakes
            }
        },
        build,
    };
    let cancellation = interrupt::cancellation();
    let reporter = reporter(options, &settings.layout.store_dir)?;
    let reporter = logged(
        reporter,
        configuration,
        &settings.layout.store_dir,
        options.verbosity,
    )?;
    if let Some(store) = store.as_local() {
        store.set_optimise_new(configuration.is("auto-optimise-store", false));
    }
    let evaluation = evaluation_store(options.eval_store.as_deref(), configuration, environment)?;
    Ok(engine_on(
        store,
        evaluation,
        settings,
        reporter,
        cancellation,
    ))
}

/// What opens stores.
pub fn access(
    environment: &Environment,
    configuration: &Configuration,
) -> Result<StoreAccess, Failed> {
    let layout = layout(environment)?;
    Ok(StoreAccess::new(configuration, environment, &layout))
}

/// An engine on a store that evaluates in another one, when that is given.
pub fn engine_on(
    store: Arc<dyn Store>,
    evaluation: Option<Arc<dyn Store>>,
    settings: nix_engine::Settings,
    reporter: Rc<dyn Reporter>,
    cancellation: Cancellation,
) -> Engine {
    let (store, building) = match evaluation {
        None => (store, None),
        Some(evaluation) => (evaluation, Some(store)),
    };
    Engine::with_stores(settings, store, building, reporter, cancellation)
}

/// The store of `--eval-store`; `None` without one, and when it is one that keeps nothing.
pub fn evaluation_store(
    name: Option<&str>,
    configuration: &Configuration,
    environment: &Environment,
) -> Result<Option<Arc<dyn Store>>, Failed> {
    let Some(name) = name.filter(|name| !name.starts_with("dummy:")) else {
        return Ok(None);
    };
    Ok(Some(access(environment, configuration)?.open(name)?))
}

/// How the settings want things to be built in the store of this layout.
pub fn build_options(
    configuration: &Configuration,
    environment: &Environment,
    layout: &Layout,
    is_quiet: bool,
) -> Result<BuildOptions, Failed> {
    let mut build = builder::options(environment);
    builder::show_environment(&mut build, environment);
    // As Nix's commands have it when nobody says otherwise.
    build.jobs = 1;
    configuration.apply_to_builds(&mut build)?;
    // What a machine can do may be said with the name of its store, too.
    let store = configuration.get("store").unwrap_or_default();
    if let Ok(reference) = store.parse::<StoreReference>()
        && let Some(features) = reference.parameter("system-features")
    {
        build.system_features = features.split_whitespace().map(str::to_owned).collect();
    }
    let substitution = PlainSubstitution::new(&layout.store_dir, is_quiet);
    // What `local` means for a substituter is what it means for everybody: not the store that is
    // built in, should that be another one.
    let usual = self::layout(environment)?;
    let usual = if usual.store_dir == layout.store_dir {
        &usual
    } else {
        layout
    };
    let access = StoreAccess::new(configuration, environment, usual);
    access.equip(&mut build, Box::new(substitution))?;
    Ok(build)
}

/// The verbosity at which nothing is said but errors: that of three `--quiet`.
pub const ONLY_ERRORS: i32 = -3;

/// Returns how events are shown: as the option says, or as the command does it in Nix.
fn log_format(options: &Options) -> Result<LogFormat, Failure> {
    Ok(match options.log_format.as_deref() {
        Some(word) => LogFormat::from_word(word).ok_or_else(|| {
            Failure::new(format!("option 'log-format' has an invalid value '{word}'"))
        })?,
        None if options.print_build_logs => LogFormat::BarWithLogs,
        None if options.is_of_nix => LogFormat::Bar,
        None if options.no_build_output => LogFormat::Raw,
        None => LogFormat::RawWithLogs,
    })
}

/// What tells of what happens, as the options say.
pub fn reporter(
    options: &Options,
    store_dir: &nix_wire::StoreDir,
) -> Result<Box<dyn Reporter>, Failure> {
    let format = log_format(options)?;
    if options.verbosity <= ONLY_ERRORS && options.log_format.is_none() {
        return Ok(Box::new(nix_engine::Silent));
    }
    let verbosity = if options.verbosity >= 0 {
        Verbosity::Normal
    } else {
        Verbosity::Quiet
    };
    let printer = Printer::new(verbosity);
    let reporter = progress::reporter(format, store_dir.clone(), &printer);
    Ok(progress::with_details(reporter, format, options.verbosity))
}

/// A reporter with, besides, the log that the setting `json-log-path` asks for.
pub fn logged(
    reporter: Box<dyn Reporter>,
    configuration: &Configuration,
    store_dir: &nix_wire::StoreDir,
    verbosity: i32,
) -> Result<Rc<dyn Reporter>, Failure> {
    let Some(path) = configuration
        .get("json-log-path")
        .filter(|path| !path.is_empty())
    else {
        return Ok(Rc::from(reporter));
    };
    let path = PathBuf::from(path);
    let log = JsonReporter::to_file(store_dir.clone(), &path, verbosity)
        .map_err(|error| Failure::io("open", &path, &error))?;
    Ok(Rc::new(Several(vec![reporter, Box::new(log)])))
}

/// Where the store is, as the environment says.
pub fn layout(environment: &Environment) -> Result<Layout, Failure> {
    let data = environment
        .data_home()
        .unwrap_or_else(|| environment.directory.clone());
    let bad = |error: nix_wire::store_path::StorePathError| Failure::new(error.to_string());
    let mut layout = Layout::choose(&data).map_err(bad)?;
    // Builders that use the store are told so where it is; shells made for development have the
    // variable too, but it says nothing of the store that is to be used there.
    let of_builder = || match environment.variable("NIX_REMOTE") {
        Some(remote) if !remote.is_empty() => environment.text("NIX_STORE"),
        _ => None,
    };
    if let Some(store) = environment.text("NIX_STORE_DIR").or_else(of_builder) {
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
    Ok(layout)
}
