//! The places of all machines, shared by the processes of this one.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use nix_store::build::{
    BuildError, BuildErrors, BuildOptions, Cancellation, Observer, Offer, RemoteBuilder,
    RemoteBuilders, RemoteJob, Requirements, Wanted,
};
use nix_store::store::{CopyOptions, Import, StoreReference, copy_closure, copy_paths};
use nix_store::{Store, StoreError, locks};
use nix_wire::StorePath;
use nix_wire::derivation::DerivationKind;

use super::Machine;

/// Opens the store of a machine, or says why not.
pub type OpenStore = dyn Fn(&StoreReference) -> Result<Arc<dyn Store>, String> + Send + Sync;

/// Machines that build for this one. A machine that cannot be reached is not asked again.
pub struct BuilderPool {
    machines: Vec<Machine>,
    /// Where files are locked that stand for the places of machines.
    directory: PathBuf,
    /// By machine: its store once it is open, or that it cannot be.
    stores: Vec<Mutex<Reached>>,
    open: Box<OpenStore>,
    /// Whether they may fetch what builders use from their own caches.
    substitute: bool,
}

#[derive(Clone)]
enum Reached {
    NotYet,
    Yes(Arc<dyn Store>),
    No,
}

impl fmt::Debug for BuilderPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BuilderPool")
            .field("machines", &self.machines)
            .finish_non_exhaustive()
    }
}

impl BuilderPool {
    /// These machines, whose stores are opened by `open` when they are first needed. All processes
    /// with the same `directory` share their places.
    #[must_use]
    pub fn new(
        machines: Vec<Machine>,
        directory: PathBuf,
        substitute: bool,
        open: Box<OpenStore>,
    ) -> BuilderPool {
        BuilderPool {
            stores: machines
                .iter()
                .map(|_| Mutex::new(Reached::NotYet))
                .collect(),
            machines,
            directory,
            open,
            substitute,
        }
    }

    /// The store of a machine, connected; nothing when it cannot be.
    fn store(&self, index: usize, observer: &dyn Observer) -> Option<Arc<dyn Store>> {
        let mut reached = self.stores[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match &*reached {
            Reached::Yes(store) => return Some(Arc::clone(store)),
            Reached::No => return None,
            Reached::NotYet => {}
        }
        let reference = &self.machines[index].store;
        let opened = (self.open)(reference).and_then(|store| {
            store.connect().map_err(|error| error.to_string())?;
            Ok(store)
        });
        match opened {
            Ok(store) => {
                *reached = Reached::Yes(Arc::clone(&store));
                Some(store)
            }
            Err(reason) => {
                observer.notice(&format!("cannot build on '{reference}': {reason}"));
                *reached = Reached::No;
                None
            }
        }
    }

    fn is_out_of_reach(&self, index: usize) -> bool {
        let reached = self.stores[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        matches!(*reached, Reached::No)
    }

    /// Takes a place on the least busy machine that can build it: the one that a further build
    /// would load least for its speed, or that is faster, or that was used longer ago.
    fn take_place(
        &self,
        directory: &Path,
        requirements: &Requirements,
    ) -> Result<Taken, StoreError> {
        // Others count and take places too.
        let _one_at_a_time = locks::Lock::wait(&directory.join("main-lock"))?;
        let mut taken = Taken::Nobody;
        let mut best_load = f32::INFINITY;
        let mut best_speed = 0.0;
        for (index, machine) in self.machines.iter().enumerate() {
            let suits = machine.can_build(&requirements.system, &requirements.features);
            if !suits || self.is_out_of_reach(index) {
                continue;
            }
            if matches!(taken, Taken::Nobody) {
                taken = Taken::Busy;
            }
            let mut busy = 0_u16;
            let mut free = None;
            for number in 0..machine.max_jobs {
                let file = slot_file(directory, &machine.store, number);
                match locks::Lock::try_take(&file)? {
                    Some(lock) => {
                        free.get_or_insert(lock);
                    }
                    None => busy = busy.saturating_add(1),
                }
            }
            let Some(lock) = free else { continue };
            let speed = machine.speed_factor;
            let load = f32::from(busy) / speed;
            if load < best_load || (load <= best_load && speed > best_speed) {
                best_load = load;
                best_speed = speed;
                taken = Taken::Place { index, lock };
            }
        }
        if let Taken::Place { lock, .. } = &taken {
            // For people who look at the directory: when it was last used.
            let _ = lock.file().set_modified(SystemTime::now());
        }
        Ok(taken)
    }

    fn describe(&self, requirements: &Requirements) -> String {
        let list = |words: &BTreeSet<String>| -> String {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.join(", ")
        };
        let mut text = format!(
            "Failed to find a machine for remote build!\nderivation: {}\nrequired (system, \
             features): ({}, [{}])\n{} available machines:\n(systems, maxjobs, supportedFeatures, \
             mandatoryFeatures)",
            requirements.derivation,
            requirements.system,
            list(&requirements.features),
            self.machines.len()
        );
        for machine in &self.machines {
            text.push_str(&format!(
                "\n([{}], {}, [{}], [{}])",
                list(&machine.systems),
                machine.max_jobs,
                list(&machine.supported_features),
                list(&machine.mandatory_features)
            ));
        }
        text
    }
}

enum Taken {
    Place { index: usize, lock: locks::Lock },
    Busy,
    Nobody,
}

/// The file that is locked while a place is taken, as Nix names it.
fn slot_file(directory: &Path, store: &StoreReference, number: usize) -> PathBuf {
    directory.join(format!("{}-{number}", file_name(store)))
}

/// The name of a store as one of a file.
fn file_name(store: &StoreReference) -> String {
    store.to_string().replace('/', "-")
}

impl RemoteBuilders for BuilderPool {
    fn places(&self) -> usize {
        self.machines.iter().map(|machine| machine.max_jobs).sum()
    }

    fn reserve(
        &self,
        requirements: &Requirements,
        observer: &dyn Observer,
    ) -> Result<Offer, BuildError> {
        let directory = &self.directory;
        fs::create_dir_all(directory).map_err(|error| {
            BuildError::Store(StoreError::Io {
                action: "create directory",
                path: directory.clone(),
                error,
            })
        })?;
        loop {
            let (index, lock) = match self.take_place(directory, requirements)? {
                Taken::Place { index, lock } => (index, lock),
                Taken::Busy => return Ok(Offer::Busy),
                Taken::Nobody => return Ok(Offer::Nobody(self.describe(requirements))),
            };
            if let Some(remote) = self.store(index, observer) {
                let reference = &self.machines[index].store;
                let upload_lock = format!("{}.upload-lock", file_name(reference));
                return Ok(Offer::Accepted(Box::new(Place {
                    uri: reference.to_string(),
                    remote,
                    upload_lock: directory.join(upload_lock),
                    substitute: self.substitute,
                    features: self.machines[index].features(),
                    _lock: lock,
                })));
            }
        }
    }
}

/// A place on a machine.
#[derive(Debug)]
struct Place {
    uri: String,
    remote: Arc<dyn Store>,
    /// Only one process at a time sends objects to a machine.
    upload_lock: PathBuf,
    substitute: bool,
    /// What the machine can do, for a store whose builders this process starts.
    features: BTreeSet<String>,
    _lock: locks::Lock,
}

impl Place {
    /// Sends what the builder uses, or the derivation with all that it needs.
    fn upload(&self, store: &dyn Store, paths: &BTreeSet<StorePath>) -> Result<(), BuildError> {
        let _alone = locks::Lock::wait(&self.upload_lock)?;
        copy_closure(
            store,
            &*self.remote,
            paths,
            CopyOptions {
                import: Import::TRUSTED,
                substitute: self.substitute,
            },
        )?;
        Ok(())
    }

    fn build_there(
        &self,
        store: &dyn Store,
        job: &RemoteJob<'_>,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildError> {
        let kind = job.derivation.kind();
        let is_safe = matches!(kind, Ok(DerivationKind::Floating));
        let printed = store.store_dir().print(job.path);
        let there = |errors: BuildErrors| failure(errors, &printed, &self.uri);
        if is_safe || self.remote.trusts_us()? != Some(false) {
            self.upload(store, &job.derivation.input_sources)?;
            return self
                .remote
                .build_derivation(job.path, job.derivation, options, cancellation, observer)
                .map_err(there);
        }
        // Somebody who is not trusted has to show how the outputs follow from their derivation.
        let mut paths = job.derivation.input_sources.clone();
        paths.insert(job.path.clone());
        self.upload(store, &paths)?;
        let wanted = Wanted::Outputs {
            derivation: job.path.clone(),
            outputs: Some(job.outputs.clone()),
        };
        let built = self
            .remote
            .build(&[wanted], options, cancellation, observer)
            .map_err(there)?;
        Ok(built.into_iter().next().unwrap_or_default())
    }
}

/// The failure of the derivation itself, which comes last, with the machine where it happened.
fn failure(errors: BuildErrors, derivation: &str, uri: &str) -> BuildError {
    match errors.0.into_iter().next_back() {
        Some(BuildError::Elsewhere { wanted, message }) => BuildError::Elsewhere {
            message: format!("build of '{derivation}' on '{uri}' failed: {message}"),
            wanted,
        },
        Some(error) => error,
        None => BuildError::Other(format!("the build on '{uri}' failed")),
    }
}

impl RemoteBuilder for Place {
    fn uri(&self) -> String {
        self.uri.clone()
    }

    fn build(
        &self,
        store: &dyn Store,
        job: &RemoteJob<'_>,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildError> {
        // How many builders run there is not for this machine's settings to say.
        let mut options = BuildOptions {
            jobs: 1,
            // The machine builds itself: this list of others is not for it.
            remote_builders: None,
            ..options.clone()
        };
        if self.remote.as_local().is_some() {
            options.system_features = self.features.clone();
        }
        let built = self.build_there(store, job, &options, cancellation, observer);
        if options.keep_failed && built.is_err() && !cancellation.is_cancelled() {
            let here = options
                .systems
                .iter()
                .any(|system| system.as_bytes() == job.derivation.system);
            observer.notice(&format!(
                "The failed build directory was kept on the remote builder due to `--keep-failed`.{}",
                if here {
                    " You can re-run the command with `--builders ''` to disable remote building \
                     for this invocation."
                } else {
                    ""
                }
            ));
        }
        let mut built = built?;
        built.retain(|name, _| job.outputs.contains(name));
        let outputs: BTreeSet<StorePath> = built.values().cloned().collect();
        for path in &outputs {
            store.add_temporary_root(path)?;
        }
        let missing = outputs
            .difference(&store.valid_among(&outputs, false)?)
            .cloned()
            .collect::<BTreeSet<_>>();
        let closure = self.remote.closure(&missing)?;
        copy_paths(
            &*self.remote,
            store,
            &closure,
            CopyOptions {
                import: Import::TRUSTED,
                substitute: false,
            },
        )?;
        Ok(built)
    }
}
