//! One build from lock to registration.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use nix_wire::derivation::DerivationKind;
use nix_wire::store_path::{output_path_name, placeholder};
use nix_wire::{Hash, HashAlgorithm, StorePath};

use super::attributes::Attributes;
use super::child::{self, Ended};
use super::environment::{Environment, Rewrites, Sources};
use super::graph::Node;
use super::log::Log;
use super::outputs::{self, Target};
use super::{BuildError, BuildOptions, FailureReason, Observer, buildenv, fetchurl};
use crate::canonical;
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::locks::PathLocks;

/// Where builders are told that their home is: nowhere.
pub(super) const HOMELESS: &str = "/homeless-shelter";
const BUILTIN: &[u8] = b"builtin:";

/// Builds the missing outputs of a derivation whose inputs are valid.
pub(super) fn build(
    store: &LocalStore,
    node: &Node,
    options: &BuildOptions,
    observer: &dyn Observer,
    stopped: &dyn Fn() -> bool,
) -> Result<(), BuildError> {
    let paths = node
        .outputs
        .values()
        .map(|path| store.layout().real_path(path));
    let mut told = false;
    let _locks = PathLocks::acquire(paths, &mut |path| {
        if !std::mem::replace(&mut told, true) {
            observer.waiting(path);
        }
        !stopped()
    })?;
    // Another process may have built them until the locks were had.
    let valid = store.valid_among(node.outputs.values())?;
    if node
        .missing
        .iter()
        .all(|name| valid.contains(&node.outputs[name]))
    {
        return Ok(());
    }
    observer.started(&node.path);
    let result = Build {
        store,
        node,
        options,
        observer,
        stopped,
    }
    .run(&valid);
    observer.finished(&node.path, result.as_ref().copied());
    result
}

struct Build<'a> {
    store: &'a LocalStore,
    node: &'a Node,
    options: &'a BuildOptions,
    observer: &'a dyn Observer,
    stopped: &'a dyn Fn() -> bool,
}

impl Build<'_> {
    fn run(&self, valid: &BTreeSet<StorePath>) -> Result<(), BuildError> {
        let store = self.store;
        let kind = self
            .node
            .derivation
            .kind()
            .map_err(|error| self.bad(error.to_string()))?;
        let attributes = Attributes::of(store.store_dir(), &self.node.derivation)
            .map_err(|reason| self.bad(reason))?;
        self.check_here(kind, &attributes)?;

        let inputs = self.input_closure()?;
        let targets = self.targets(valid)?;
        for target in &targets {
            canonical::delete(&store.layout().real_path(&target.scratch))?;
        }

        let directory = BuildDirectory::create(store, self.options)?;
        let sources = Sources {
            store,
            path: &self.node.path,
            derivation: &self.node.derivation,
            kind,
            attributes: &attributes,
            inputs: &inputs,
            options: self.options,
            directory: &directory.inner,
        };
        let result = self.attempt(&sources, &targets, &directory);
        if result.is_err() {
            // What is half built must not be taken for anything.
            for target in &targets {
                canonical::delete(&store.layout().real_path(&target.scratch))?;
            }
            if self.options.keep_failed && !self.is_builtin() {
                self.observer.kept(&self.node.path, &directory.keep()?);
            }
        }
        result
    }

    fn attempt(
        &self,
        sources: &Sources<'_>,
        targets: &[Target],
        directory: &BuildDirectory,
    ) -> Result<(), BuildError> {
        let store = self.store;
        let mut rewrites = Rewrites::default();
        for target in targets {
            rewrites.add(
                placeholder(&target.name),
                store.layout().print(&target.scratch),
            );
            if target.scratch != target.path {
                rewrites.add(target.path.hash_part(), target.scratch.hash_part());
            }
        }
        let mut environment = sources.environment()?;
        environment.rewrite(&rewrites);
        for (name, contents) in &environment.files {
            write_file(&directory.inner.join(name), contents)?;
        }
        let arguments: Vec<Vec<u8>> = self
            .node
            .derivation
            .arguments
            .iter()
            .map(|argument| rewrites.apply(argument.clone()))
            .collect();

        let mut log = Log::create(
            &self.node.path,
            store.layout().build_log(&self.node.path),
            self.options.log_lines,
            self.observer,
        )?;
        let ended = if self.is_builtin() {
            self.run_builtin(&environment, targets, &mut log)
        } else {
            child::run(
                &self.node.derivation.builder,
                &arguments,
                &environment,
                &directory.inner,
                self.options,
                self.stopped,
                &mut |data| log.write(data),
            )?
        };
        let log_lines = log.finish()?;
        if let Ended::Badly(reason) = ended {
            return Err(BuildError::Failed {
                derivation: store.layout().print(&self.node.path),
                reason,
                output_paths: targets
                    .iter()
                    .map(|target| store.layout().print(&target.path))
                    .collect(),
                log_lines,
                log: log.path().to_owned(),
            });
        }
        outputs::register(sources, targets)
    }

    /// Whether this machine and this store can build it at all.
    fn check_here(&self, kind: DerivationKind, attributes: &Attributes) -> Result<(), BuildError> {
        let not_here = |reason: String| BuildError::NotHere {
            derivation: self.store.layout().print(&self.node.path),
            reason,
        };
        if !matches!(kind, DerivationKind::InputAddressed | DerivationKind::Fixed) {
            return Err(not_here(
                "this store does not support its kind of outputs".to_owned(),
            ));
        }
        let layout = self.store.layout();
        if layout.real_store_dir != Path::new(layout.store_dir.as_str()) {
            return Err(not_here(format!(
                "builders would not find the store: its files are in '{}', not in '{}'",
                layout.real_store_dir.display(),
                layout.store_dir
            )));
        }
        let system = String::from_utf8_lossy(&self.node.derivation.system);
        if system != "builtin" && !self.options.systems.iter().any(|own| *own == system) {
            let own = self.options.systems.join(", ");
            return Err(not_here(format!(
                "required system is '{system}', this one is '{own}'"
            )));
        }
        let missing: Vec<&str> = attributes
            .required_features
            .difference(&self.options.system_features)
            .map(String::as_str)
            .collect();
        if !missing.is_empty() {
            return Err(not_here(format!(
                "missing system features: {}",
                missing.join(", ")
            )));
        }
        if !self.is_builtin() && fs::symlink_metadata(HOMELESS).is_ok() {
            return Err(not_here(format!(
                "home directory '{HOMELESS}' exists; please remove it to assure purity of builds \
                 without sandboxing"
            )));
        }
        Ok(())
    }

    /// Everything that the builder may read, and so its outputs may refer to.
    fn input_closure(&self) -> Result<BTreeSet<StorePath>, BuildError> {
        let derivation = &self.node.derivation;
        let mut inputs = derivation.input_sources.clone();
        for (input, wanted) in &derivation.input_derivations {
            let outputs = self.store.derivation_outputs(input)?;
            inputs.extend(
                outputs
                    .into_iter()
                    .filter(|(name, _)| wanted.outputs.contains(name))
                    .map(|(_, path)| path),
            );
        }
        Ok(self.store.closure(&inputs)?)
    }

    /// Where the outputs go. One that is valid, as only another is missing, must not be written
    /// again: it goes to a path of its own and is thrown away.
    fn targets(&self, valid: &BTreeSet<StorePath>) -> Result<Vec<Target>, BuildError> {
        let mut targets = Vec::new();
        for (name, path) in &self.node.outputs {
            let scratch = if valid.contains(path) {
                let kind = format!("rewrite:{}:name:{name}", self.node.path);
                let full_name = output_path_name(&self.node.derivation.name, name);
                self.store
                    .store_dir()
                    .make_path(&kind, &Hash::zero(HashAlgorithm::Sha256), &full_name)
                    .map_err(StoreError::from)?
            } else {
                path.clone()
            };
            targets.push(Target {
                name: name.clone(),
                path: path.clone(),
                scratch,
            });
        }
        Ok(targets)
    }

    fn is_builtin(&self) -> bool {
        self.node.derivation.builder.starts_with(BUILTIN)
    }

    fn run_builtin(
        &self,
        environment: &Environment,
        targets: &[Target],
        log: &mut Log<'_>,
    ) -> Ended {
        let name = String::from_utf8_lossy(&self.node.derivation.builder[BUILTIN.len()..]);
        let outputs: BTreeMap<&str, PathBuf> = targets
            .iter()
            .map(|target| {
                (
                    target.name.as_str(),
                    self.store.layout().real_path(&target.scratch),
                )
            })
            .collect();
        let mut warn = |message: &str| {
            log.write(message.as_bytes());
            log.write(b"\n");
        };
        let result = match (name.as_ref(), outputs.get("out")) {
            (_, None) => Err("it has no output 'out'".to_owned()),
            ("buildenv", Some(out)) => buildenv::build(&environment.variables, out, &mut warn),
            ("fetchurl", Some(out)) => fetchurl::build(&environment.variables, out),
            _ => Err(format!("unsupported builtin builder '{name}'")),
        };
        match result {
            Ok(()) => Ended::Well,
            Err(message) => {
                warn(&format!("error: {message}"));
                Ended::Badly(FailureReason::Error(message))
            }
        }
    }

    fn bad(&self, reason: String) -> BuildError {
        BuildError::BadDerivation {
            derivation: self.store.layout().print(&self.node.path),
            reason,
        }
    }
}

fn write_file(path: &Path, contents: &[u8]) -> Result<(), StoreError> {
    use io::Write;
    fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o644)
        .open(path)
        .and_then(|mut file| file.write_all(contents))
        .during("write", path)
}

/// The directory of a builder, within one that only its owner can enter; gone when this is dropped.
struct BuildDirectory {
    outer: PathBuf,
    inner: PathBuf,
}

impl BuildDirectory {
    fn create(store: &LocalStore, options: &BuildOptions) -> Result<BuildDirectory, StoreError> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let parent = match &options.build_dir {
            Some(directory) => directory.clone(),
            None => store.layout().state_dir.join("builds"),
        };
        fs::create_dir_all(&parent).during("create directory", &parent)?;
        let outer = loop {
            let number = COUNTER.fetch_add(1, Ordering::Relaxed);
            let outer = parent.join(format!("nix-{}-{number}", std::process::id()));
            match fs::DirBuilder::new().mode(0o700).create(&outer) {
                Ok(()) => break outer,
                // Of a process with this number that was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).during("create directory", &outer),
            }
        };
        let inner = outer.join("build");
        fs::create_dir(&inner).during("create directory", &inner)?;
        Ok(BuildDirectory { outer, inner })
    }

    fn keep(self) -> Result<PathBuf, StoreError> {
        fs::set_permissions(&self.outer, fs::Permissions::from_mode(0o755))
            .during("change", &self.outer)?;
        let inner = self.inner.clone();
        std::mem::forget(self);
        Ok(inner)
    }
}

impl Drop for BuildDirectory {
    fn drop(&mut self) {
        // A directory that stays is only untidy.
        let _ = canonical::delete(&self.outer);
    }
}
