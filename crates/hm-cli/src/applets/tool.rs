//! What commands on the store have in common.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::Path;

use nix_engine::Engine;
use nix_store::build::{BuildMode, Cancellation, Wanted};
use nix_store::substitute::Substituters;
use nix_store::{LocalStore, Store};
use nix_wire::StorePath;

use super::configuration::Configuration;
use super::engine::{self, PlainSubstitution, plain};
use super::evaluate::Failed;
use super::options::Options;
use crate::environment::Environment;
use crate::report::Failure;
use crate::store_access::StoreAccess;
use crate::terminal;

/// A store and how to work on it.
pub struct Tool<'a> {
    /// The engine on the store.
    pub engine: Engine,
    /// What was asked for.
    pub options: Options,
    /// The settings.
    pub configuration: Configuration,
    /// The surroundings.
    pub environment: &'a Environment,
}

impl<'a> Tool<'a> {
    /// Opens the store that environment and options name.
    pub fn open(options: Options, environment: &'a Environment) -> Result<Tool<'a>, Failed> {
        let configuration = Configuration::read(&options, environment)?;
        let engine = engine::open(&options, environment, &configuration)?;
        Ok(Tool {
            engine,
            options,
            configuration,
            environment,
        })
    }

    /// The store.
    pub fn store(&self) -> &dyn Store {
        self.engine.store()
    }

    /// The store as one whose files are the caller's.
    pub fn local(&self) -> Result<&LocalStore, Failed> {
        self.engine.store().as_local().ok_or_else(|| {
            Failure::new("you don't have sufficient rights to use this command").into()
        })
    }

    /// The whole path of an object.
    pub fn print(&self, path: &StorePath) -> String {
        self.store().store_dir().print(path)
    }

    /// The object that a path names, symbolic links followed.
    pub fn object(&self, path: &str) -> Result<StorePath, Failed> {
        let path = self.environment.directory.join(path);
        Ok(nix_store::object_at(self.store().store_dir(), &path)?)
    }

    /// What `PATH`, or `PATH!OUTPUT,OUTPUT` of a derivation, means.
    pub fn wanted(&self, text: &str) -> Result<Wanted, Failed> {
        let (path, outputs) = match text.split_once('!') {
            Some((path, outputs)) => (path, Some(outputs)),
            None => (text, None),
        };
        let object = self.object(path)?;
        Ok(if object.is_derivation() {
            Wanted::Outputs {
                derivation: object,
                outputs: outputs.map(|names| names.split(',').map(str::to_owned).collect()),
            }
        } else {
            Wanted::Object(object)
        })
    }

    /// Tells something that is no result, unless it is to be quiet.
    pub fn say(&self, text: &str) {
        if self.options.verbosity >= 0 {
            plain(text);
        }
    }

    /// Says what would be built, as Nix does.
    pub fn say_missing(&self, wanted: &[Wanted]) -> Result<(), Failed> {
        if !self.configuration.is("print-missing", true) {
            return Ok(());
        }
        say_missing(&self.engine, wanted, self.options.verbosity < 0)
    }

    /// Makes what is wanted valid, and gives the paths by output.
    pub fn build(&self, wanted: &[Wanted]) -> Result<Vec<BTreeMap<String, StorePath>>, Failed> {
        Ok(self.engine.build_wanted(wanted)?)
    }

    /// What a build is for, as the options say.
    pub fn mode(&self, check: bool) -> BuildMode {
        match (check, self.options.repair) {
            (true, _) => BuildMode::Check,
            (false, true) => BuildMode::Repair,
            (false, false) => BuildMode::Normal,
        }
    }

    /// The derivation that made an object, or the object itself when it is one.
    pub fn deriver_of(&self, object: &StorePath) -> Result<StorePath, Failed> {
        if object.is_derivation() {
            return Ok(object.clone());
        }
        let info = self.store().require(object)?;
        info.deriver.ok_or_else(|| {
            let path = self.print(object);
            Failure::new(format!("deriver of path '{path}' is not known")).into()
        })
    }

    /// The log of the build that made an object.
    pub fn build_log(&self, object: &StorePath) -> Result<Option<Vec<u8>>, Failed> {
        let derivation = if object.is_derivation() {
            Some(object.clone())
        } else {
            let info = self.store().path_info(object)?;
            info.and_then(|info| info.deriver)
        };
        let Some(derivation) = derivation else {
            return Ok(None);
        };
        Ok(self.store().build_log(&derivation)?)
    }

    /// Runs `work` with what opens other stores.
    pub fn with_access<T>(
        &self,
        work: impl FnOnce(&StoreAccess) -> Result<T, Failed>,
    ) -> Result<T, Failed> {
        work(&engine::access(self.environment, &self.configuration)?)
    }

    /// Where missing objects are fetched from.
    pub fn substituters(&self) -> Result<Substituters, Failed> {
        let observer = PlainSubstitution::new(self.store().store_dir(), self.options.verbosity < 0);
        self.with_access(|access| Ok(access.substituters(Box::new(observer))))
    }

    /// What stops the work when the user wants to.
    pub fn cancellation(&self) -> Cancellation {
        self.engine.cancellation().clone()
    }

    /// Where a root is, from what the user called it.
    pub fn link(&self, name: &str) -> std::path::PathBuf {
        self.environment.directory.join(Path::new(name))
    }
}

/// Says what would be built and fetched, as Nix does.
pub fn say_missing(engine: &Engine, wanted: &[Wanted], quiet: bool) -> Result<(), Failed> {
    if quiet {
        return Ok(());
    }
    let missing = engine.missing_of(wanted)?;
    let store_dir = engine.store().store_dir();
    let say_all = |paths: &mut dyn Iterator<Item = &StorePath>| {
        for path in paths {
            plain(&format!("  {}", store_dir.print(path)));
        }
    };
    match missing.build.len() {
        0 => {}
        1 => plain("this derivation will be built:"),
        count => plain(&format!("these {count} derivations will be built:")),
    }
    say_all(&mut missing.build.iter());
    let sizes = format!(
        "({} download, {} unpacked):",
        size(i64::try_from(missing.download_size).unwrap_or(i64::MAX)),
        size(i64::try_from(missing.nar_size).unwrap_or(i64::MAX))
    );
    match missing.substitute.len() {
        0 => {}
        1 => plain(&format!("this path will be fetched {sizes}")),
        count => plain(&format!("these {count} paths will be fetched {sizes}")),
    }
    say_all(&mut missing.substitute.iter());
    if !missing.unknown.is_empty() {
        plain("don't know how to build these paths:");
    }
    say_all(&mut missing.unknown.iter());
    Ok(())
}

/// Prints the version line as `COMMAND --version` does in Nix.
pub fn print_version(command: &str) -> Result<(), Failed> {
    print_lines([format!("{command} (Nix) {}", nix_eval::NIX_VERSION)])
}

/// Writes lines to the standard output: as they are, but on a terminal without what controls it.
pub fn print_lines(lines: impl IntoIterator<Item = String>) -> Result<(), Failed> {
    let is_terminal = std::io::stdout().is_terminal();
    let mut output = std::io::BufWriter::new(terminal::stdout().lock());
    for line in lines {
        let line = match is_terminal {
            true => terminal::filtered(&line, true),
            false => line.as_str().into(),
        };
        writeln!(output, "{line}")?;
    }
    Ok(output.flush()?)
}

/// A number of bytes in the largest unit that leaves a number to be read: `1.5 MiB`.
pub fn size(bytes: i64) -> String {
    const UNITS: &[&str] = &["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut number = bytes as f64 / 1024.0;
    let mut unit = 0;
    while number.abs() >= 1024.0 && unit + 1 < UNITS.len() {
        number /= 1024.0;
        unit += 1;
    }
    format!("{number:.1} {}", UNITS[unit])
}
