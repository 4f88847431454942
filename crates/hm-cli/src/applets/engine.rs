//! The engine that a command works with, and how it tells of what happens.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::rc::Rc;

use nix_engine::{Engine, Event, Reporter};
use nix_store::Layout;
use nix_store::build::Cancellation;

use super::configuration::Configuration;
use super::evaluate::Failed;
use super::options::Options;
use crate::builder;
use crate::environment::Environment;
use crate::interrupt;
use crate::report::Failure;

/// Tells of what happens as Nix does: a line each, on the standard error.
struct PlainReporter {
    store_dir: nix_wire::StoreDir,
    verbosity: i32,
    build_output: bool,
}

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
            Event::BuildStarted(derivation) if self.verbosity >= 0 => {
                plain(&format!(
                    "building '{}'...",
                    self.store_dir.print(derivation)
                ));
            }
            Event::BuildLine(_, line) if self.build_output => {
                plain(&String::from_utf8_lossy(line));
            }
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

/// The engine on the store that environment and settings name.
pub fn open(
    options: &Options,
    environment: &Environment,
    configuration: &Configuration,
) -> Result<Engine, Failed> {
    if options.verbosity >= 0 {
        for warning in &configuration.warnings {
            plain(&format!("warning: {warning}"));
        }
    }
    let mut build = builder::options();
    configuration.apply_to_builds(&mut build);
    let home = environment.home();
    let cache = environment
        .path("XDG_CACHE_HOME")
        .or_else(|| home.as_ref().map(|home| home.join(".cache")))
        .unwrap_or_else(|| environment.directory.clone());
    let system = build.systems.first().cloned();
    let settings = nix_engine::Settings {
        layout: layout(environment)?,
        system: system.unwrap_or_else(|| nix_engine::current_system().to_owned()),
        features: Default::default(),
        pure: false,
        environment: environment
            .variables()
            .map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec()))
            .collect(),
        home,
        cache: cache.join("home-manager"),
        keep_compiled: environment.keeps_compiled(),
        flakes: configuration.flake_settings(environment),
        build,
    };
    let cancellation = Cancellation::new();
    interrupt::cancel_too(&cancellation).map_err(|error| Failure::new(error.to_string()))?;
    let reporter = PlainReporter {
        store_dir: settings.layout.store_dir.clone(),
        verbosity: options.verbosity,
        build_output: !options.no_build_output && options.verbosity >= 0,
    };
    let engine = Engine::new(settings, Rc::new(reporter), cancellation);
    if let Some(store) = engine.store().as_local() {
        store.set_optimise_new(configuration.is("auto-optimise-store", false));
    }
    Ok(engine)
}

/// Where the store is.
pub fn layout(environment: &Environment) -> Result<Layout, Failure> {
    let data = environment
        .path("XDG_DATA_HOME")
        .or_else(|| environment.home().map(|home| home.join(".local/share")))
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
    Ok(layout)
}
