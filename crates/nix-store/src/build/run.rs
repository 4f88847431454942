//! One build from lock to registration.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Once;

use nix_wire::derivation::DerivationKind;
use nix_wire::store_path::{output_path_name, placeholder};
use nix_wire::{Derivation, Hash, HashAlgorithm, StorePath};

use super::attributes::Attributes;
use super::child::{self, Ended};
use super::directory::BuildDirectory;
use super::environment::{Environment, Sources};
use super::graph::Node;
use super::hook;
use super::log::Log;
use super::orders::{BuiltinOrders, Instead, Orders};
use super::outputs::{self, Target};
use super::recursive::{Appearance, Recursive};
use super::remote::{self, LocalPlaces, Place, RemoteJob, Requirements, Search};
use super::resolve::{self, Outputs, RealisationHashes};
use super::rewrite::Rewrites;
use super::sandbox::{Chroot, trial};
use super::users::BuildUser;
use super::{
    BuildError, BuildMode, BuildOptions, FailureReason, Observer, RemoteBuilder, SandboxMode,
    builtin,
};
use crate::error::StoreError;
use crate::local::LocalStore;
use crate::locks::PathLocks;
use nix_wire::PathInfo;

/// Where builders are told that their home is: nowhere.
pub(super) const HOMELESS: &str = "/homeless-shelter";

/// The outputs of an input, which is built.
pub(super) type Lookup<'a> = dyn Fn(&StorePath) -> Option<BTreeMap<String, StorePath>> + 'a;

/// What all builds of a run have in common.
pub(super) struct Surroundings<'a> {
    pub(super) store: &'a LocalStore,
    pub(super) options: &'a BuildOptions,
    pub(super) observer: &'a dyn Observer,
    pub(super) stopped: &'a (dyn Fn() -> bool + Sync),
    pub(super) places: &'a LocalPlaces,
    pub(super) built: &'a Lookup<'a>,
    /// Done once it was reported that builders run without a sandbox.
    pub(super) unprotected: &'a Once,
}

/// Builds the missing outputs of a derivation whose inputs are valid; gives all that are known.
pub(super) fn build(
    surroundings: &Surroundings<'_>,
    node: &Node,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    let Surroundings { store, options, .. } = surroundings;
    let kind = kind_of(store, &node.path, &node.derivation)?;
    if !resolve::is_resolved_first(&node.derivation, kind, options.features) {
        return Job {
            surroundings,
            path: &node.path,
            derivation: &node.derivation,
            kind,
            missing: &node.missing,
            is_wanted: node.is_wanted,
        }
        .build();
    }
    let resolved = resolve::resolve(store, &node.derivation, |input| {
        inputs_of(surroundings, input)
    })?;
    let path = store.add_derivation(&resolved)?;
    let outputs = Job {
        surroundings,
        path: &path,
        derivation: &resolved,
        kind: kind_of(store, &path, &resolved)?,
        missing: &node.missing,
        is_wanted: node.is_wanted,
    }
    .build()?;
    if kind != DerivationKind::Impure {
        record(store, &node.derivation, &outputs)?;
    }
    Ok(outputs)
}

fn kind_of(
    store: &LocalStore,
    path: &StorePath,
    derivation: &Derivation,
) -> Result<DerivationKind, BuildError> {
    derivation
        .kind()
        .map_err(|error| BuildError::BadDerivation {
            derivation: store.layout().print(path),
            reason: error.to_string(),
        })
}

fn inputs_of(
    surroundings: &Surroundings<'_>,
    input: &StorePath,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    if let Some(outputs) = (surroundings.built)(input) {
        return Ok(outputs);
    }
    let store = surroundings.store;
    let known = store.derivation_outputs(input)?;
    if !known.is_empty() {
        return Ok(known);
    }
    let derivation = store.read_derivation(input)?;
    let outputs = resolve::known_outputs(store, &derivation, surroundings.options.features)?;
    Ok(only_known(outputs))
}

fn only_known(outputs: Outputs) -> BTreeMap<String, StorePath> {
    outputs
        .into_iter()
        .filter_map(|(name, path)| Some((name, path?)))
        .collect()
}

/// Records what was built for outputs whose paths do not tell.
fn record(
    store: &LocalStore,
    derivation: &Derivation,
    outputs: &BTreeMap<String, StorePath>,
) -> Result<(), BuildError> {
    let hashes = RealisationHashes::default().of(store, derivation)?;
    for (name, path) in outputs {
        if let Some(hash) = hashes.get(name) {
            store.register_realisation(hash, name, path)?;
        }
    }
    Ok(())
}

/// A derivation to build.
struct Job<'a> {
    surroundings: &'a Surroundings<'a>,
    path: &'a StorePath,
    derivation: &'a Derivation,
    kind: DerivationKind,
    missing: &'a BTreeSet<String>,
    is_wanted: bool,
}

impl Job<'_> {
    fn build(&self) -> Result<BTreeMap<String, StorePath>, BuildError> {
        let store = self.surroundings.store;
        let _locks = self.lock()?;
        // Another process may have built them until the locks were had.
        let outputs = self.known_outputs()?;
        let mode = self.mode();
        let valid = self.valid(&outputs, mode)?;
        let is_valid = |name: &String| outputs[name].as_ref().is_some_and(|p| valid.contains(p));
        if mode != BuildMode::Check && self.missing.iter().all(is_valid) {
            return Ok(only_known(outputs));
        }
        let infos = self.run(&outputs, &valid)?;
        let mut built = only_known(outputs);
        built.extend(infos.into_iter().map(|(name, info)| (name, info.path)));
        let features = self.surroundings.options.features;
        if features.content_addressed
            && self.kind != DerivationKind::Impure
            && mode != BuildMode::Check
        {
            record(store, self.derivation, &built)?;
        }
        hook::run(self.surroundings, self.path, &built)?;
        Ok(built)
    }

    /// What is not asked for by name is not checked.
    fn mode(&self) -> BuildMode {
        match self.surroundings.options.mode {
            BuildMode::Check if !self.is_wanted => BuildMode::Normal,
            mode => mode,
        }
    }

    fn known_outputs(&self) -> Result<Outputs, BuildError> {
        let Surroundings { store, options, .. } = self.surroundings;
        Ok(resolve::known_outputs(
            store,
            self.derivation,
            options.features,
        )?)
    }

    fn valid(&self, outputs: &Outputs, mode: BuildMode) -> Result<BTreeSet<StorePath>, BuildError> {
        let store = self.surroundings.store;
        let mut valid = store.valid_among(outputs.values().flatten())?;
        if mode == BuildMode::Repair {
            let mut good = BTreeSet::new();
            for path in valid {
                if store.has_good_contents(&path)? {
                    good.insert(path);
                }
            }
            valid = good;
        }
        Ok(valid)
    }

    fn lock(&self) -> Result<PathLocks, BuildError> {
        let Surroundings {
            store,
            observer,
            stopped,
            ..
        } = self.surroundings;
        let layout = store.layout();
        let paths = self.derivation.output_paths(store.store_dir());
        let paths = paths.map_err(StoreError::from)?;
        let files = paths.into_iter().map(|(name, path)| match path {
            Some(path) => layout.real_path(&path),
            // Two may not build the same, though what they make has no name yet.
            None => {
                let mut file = layout.real_path(self.path).into_os_string();
                file.push(format!(".{name}"));
                file.into()
            }
        });
        let mut told = false;
        Ok(store.lock_paths(files, &mut |path| {
            if !std::mem::replace(&mut told, true) {
                observer.waiting(path);
            }
            !stopped()
        })?)
    }

    fn run(
        &self,
        outputs: &Outputs,
        valid: &BTreeSet<StorePath>,
    ) -> Result<BTreeMap<String, PathInfo>, BuildError> {
        let Surroundings {
            store, observer, ..
        } = self.surroundings;
        let attributes = Attributes::of_stored(store.store_dir(), self.path, self.derivation)?;
        let inputs = self.input_closure()?;
        let rejection = self.rejection_here(&attributes);
        let place = self.find_place(&attributes, rejection.is_none())?;
        if let Place::There(builder) = &place {
            observer.started_on(self.path, &builder.uri());
            let result = self.run_there(&**builder, &inputs);
            observer.finished(self.path, result.as_ref().map(|_| ()));
            return result;
        }
        if let Some(reason) = rejection {
            return Err(BuildError::Rejected {
                derivation: store.layout().print(self.path),
                reason,
            });
        }
        observer.started(self.path, self.mode());
        let result = self.run_here(outputs, valid, &attributes, &inputs);
        observer.finished(self.path, result.as_ref().map(|_| ()));
        result
    }

    fn run_here(
        &self,
        outputs: &Outputs,
        valid: &BTreeSet<StorePath>,
        attributes: &Attributes,
        inputs: &BTreeSet<StorePath>,
    ) -> Result<BTreeMap<String, PathInfo>, BuildError> {
        let Surroundings {
            store,
            options,
            stopped,
            ..
        } = self.surroundings;
        if let Some(refusal) = &options.refusal {
            return Err(BuildError::Other(refusal.clone()));
        }
        let wants_sandbox = self.wants_sandbox(attributes)?;
        let mut user = BuildUser::acquire(store, options, *stopped)?;
        let in_sandbox = wants_sandbox && self.has_sandbox(user.as_ref())?;
        if let Some(user) = user.as_mut().filter(|_| !in_sandbox) {
            user.enter_store(store)?;
        }
        Attempt {
            job: self,
            outputs,
            valid,
            attributes,
            inputs,
            user: user.as_ref(),
            in_sandbox,
        }
        .run()
    }

    /// Returns whether this machine allows a sandbox. That builders run without one is reported
    /// once in a run.
    fn has_sandbox(&self, user: Option<&BuildUser>) -> Result<bool, BuildError> {
        let Surroundings {
            store,
            options,
            observer,
            unprotected,
            ..
        } = self.surroundings;
        let Err(reason) = trial::allowed(store, options, user)? else {
            return Ok(true);
        };
        if !options.sandbox.fallback || self.is_diverted() {
            return Err(BuildError::Other(format!(
                "this system does not support the kernel namespaces that are required for \
                 sandboxing ({reason}); use '--no-sandbox' to disable sandboxing"
            )));
        }
        unprotected.call_once(|| {
            observer.notice(&format!(
                "this machine allows no sandbox ({reason}); builders run without one and can see \
                 the network and your files. Allow user namespaces, or set 'sandbox = false' to \
                 have it without this notice"
            ));
        });
        Ok(false)
    }

    /// Whether the files of the store are not where they are called to be.
    fn is_diverted(&self) -> bool {
        let layout = self.surroundings.store.layout();
        layout.real_store_dir != Path::new(layout.store_dir.as_str())
    }

    fn wants_sandbox(&self, attributes: &Attributes) -> Result<bool, BuildError> {
        let is_pure = !matches!(self.kind, DerivationKind::Fixed | DerivationKind::Impure);
        let wanted = match self.surroundings.options.sandbox.mode {
            SandboxMode::Disabled => false,
            SandboxMode::Relaxed => is_pure && !attributes.no_sandbox,
            SandboxMode::Enabled if attributes.no_sandbox => {
                return Err(BuildError::Other(format!(
                    "derivation '{}' has '__noChroot' set, but that's not allowed when 'sandbox' \
                     is 'true'",
                    self.surroundings.store.layout().print(self.path)
                )));
            }
            SandboxMode::Enabled => true,
        };
        Ok(wanted || self.is_diverted())
    }

    /// Waits until this machine or another one can build it.
    fn find_place(
        &self,
        attributes: &Attributes,
        can_build_here: bool,
    ) -> Result<Place<'_>, BuildError> {
        let surroundings = self.surroundings;
        let search = Search {
            options: surroundings.options,
            observer: surroundings.observer,
            places: surroundings.places,
            stopped: surroundings.stopped,
            mode: self.mode(),
            can_build_here,
            prefers_here: attributes.prefers_local,
            is_builtin: self.is_builtin(),
        };
        search.find(&Requirements {
            derivation: surroundings.store.layout().print(self.path),
            system: String::from_utf8_lossy(&self.derivation.system).into_owned(),
            features: attributes.required_features.clone(),
        })
    }

    /// Has another machine build it.
    fn run_there(
        &self,
        builder: &dyn RemoteBuilder,
        inputs: &BTreeSet<StorePath>,
    ) -> Result<BTreeMap<String, PathInfo>, BuildError> {
        let Surroundings {
            store,
            options,
            observer,
            stopped,
            ..
        } = self.surroundings;
        let mut derivation = self.derivation.clone();
        derivation.input_derivations.clear();
        derivation.input_sources.clone_from(inputs);
        let job = RemoteJob {
            path: self.path,
            derivation: &derivation,
            outputs: self.missing,
        };
        let outputs = self.known_outputs()?;
        let expected = self.missing.iter().filter_map(|name| outputs[name].clone());
        let _expected = store.expect(expected.collect());
        let built = remote::build(store, builder, &job, options, *stopped, *observer)?;
        let missing = built
            .into_iter()
            .filter(|(name, _)| self.missing.contains(name));
        missing
            .map(|(name, path)| Ok((name, store.require(&path)?)))
            .collect()
    }

    /// Why this machine and this store cannot build it, when they cannot.
    fn rejection_here(&self, attributes: &Attributes) -> Option<String> {
        let options = self.surroundings.options;
        let mut reasons = String::new();
        if options.jobs == 0 && !self.is_builtin() {
            reasons.push_str(
                "\nReason: local builds are disabled (max-jobs = 0)\nHint: set 'max-jobs' to a \
                 non-zero value to enable local builds, or configure remote builders via \
                 'builders'",
            );
        }
        let system = String::from_utf8_lossy(&self.derivation.system);
        if system != "builtin" && !options.systems.iter().any(|own| *own == system) {
            let own = options.systems.first().map_or("", String::as_str);
            reasons.push_str(&format!(
                "\nReason: platform mismatch\nRequired system: '{system}'\nCurrent system: '{own}'"
            ));
        }
        if !attributes
            .required_features
            .is_subset(&options.system_features)
        {
            let list = |features: &BTreeSet<String>| {
                let features: Vec<&str> = features.iter().map(String::as_str).collect();
                features.join(", ")
            };
            reasons.push_str(&format!(
                "\nReason: missing system features\nRequired features: {{{}}}\nAvailable \
                 features: {{{}}}",
                list(&attributes.required_features),
                list(&options.system_features)
            ));
        }
        (!reasons.is_empty()).then_some(reasons)
    }

    /// Everything that the builder may read, and so its outputs may refer to.
    fn input_closure(&self) -> Result<BTreeSet<StorePath>, BuildError> {
        let mut inputs = self.derivation.input_sources.clone();
        for (input, wanted) in &self.derivation.input_derivations {
            let outputs = inputs_of(self.surroundings, input)?;
            for name in &wanted.outputs {
                let path = outputs.get(name).ok_or_else(|| BuildError::NoOutput {
                    derivation: self.surroundings.store.layout().print(input),
                    output: name.clone(),
                })?;
                inputs.insert(path.clone());
            }
        }
        Ok(self.surroundings.store.closure(&inputs)?)
    }

    fn is_builtin(&self) -> bool {
        builtin::name_for(self.derivation).is_some()
    }
}

/// A build, with or without a sandbox.
struct Attempt<'a> {
    job: &'a Job<'a>,
    outputs: &'a Outputs,
    valid: &'a BTreeSet<StorePath>,
    attributes: &'a Attributes,
    inputs: &'a BTreeSet<StorePath>,
    user: Option<&'a BuildUser>,
    in_sandbox: bool,
}

impl Attempt<'_> {
    fn run(&self) -> Result<BTreeMap<String, PathInfo>, BuildError> {
        let Surroundings {
            store,
            options,
            observer,
            ..
        } = self.job.surroundings;
        if !self.in_sandbox && !self.job.is_builtin() && fs::symlink_metadata(HOMELESS).is_ok() {
            return Err(BuildError::Other(format!(
                "home directory '{HOMELESS}' exists; please remove it to assure purity of builds \
                 without sandboxing"
            )));
        }
        let directory = BuildDirectory::create(store, options, self.user, self.in_sandbox)?;
        let sources = Sources {
            store,
            path: self.job.path,
            derivation: self.job.derivation,
            kind: self.job.kind,
            attributes: self.attributes,
            inputs: self.inputs,
            options,
            mode: self.job.mode(),
            directory: if self.in_sandbox {
                &options.sandbox.build_dir
            } else {
                &directory.inner
            },
        };
        let known: BTreeSet<StorePath> = self.outputs.values().flatten().cloned().collect();
        let chroot = self
            .in_sandbox
            .then(|| Chroot::prepare(&sources, &known, &directory.inner, self.user))
            .transpose()?;
        let targets = self.targets(chroot.as_ref())?;
        outputs::discard(&targets)?;
        let result = self.build(&sources, &targets, &directory, chroot.as_ref());
        if result.is_err() {
            // What is half built must not be taken for anything.
            outputs::discard(&targets)?;
        }
        if result.is_err() && options.keep_failed && !self.job.is_builtin() {
            observer.kept(self.job.path, &directory.keep()?);
        }
        result
    }

    /// Where the outputs go. Without a sandbox, one that is there must not be written again: it
    /// goes to a path of its own.
    fn targets(&self, chroot: Option<&Chroot>) -> Result<Vec<Target>, BuildError> {
        let store = self.job.surroundings.store;
        let layout = store.layout();
        let mut targets = Vec::new();
        for (name, path) in self.outputs {
            let is_valid = path.as_ref().is_some_and(|path| self.valid.contains(path));
            let is_there = |path: &StorePath| fs::symlink_metadata(layout.real_path(path)).is_ok();
            let scratch = match path {
                None => {
                    let full_name = output_path_name(&self.job.derivation.name, name);
                    self.fallback_path(&format!("name:{name}"), &full_name)?
                }
                Some(path)
                    if chroot.is_some()
                        || !is_there(path)
                        || (!is_valid && self.job.mode() != BuildMode::Repair) =>
                {
                    path.clone()
                }
                Some(path) => self.fallback_path(path.base_name(), path.name())?,
            };
            targets.push(Target {
                name: name.clone(),
                path: path.clone(),
                is_valid,
                real_path: match chroot {
                    Some(chroot) => chroot.real_path(&scratch),
                    None => layout.real_path(&scratch),
                },
                scratch,
            });
        }
        Ok(targets)
    }

    /// A path that nothing else has.
    fn fallback_path(&self, what: &str, name: &str) -> Result<StorePath, StoreError> {
        let kind = format!("rewrite:{}:{what}", self.job.path);
        let zero = Hash::zero(HashAlgorithm::Sha256);
        let store_dir = self.job.surroundings.store.store_dir();
        Ok(store_dir.make_path(&kind, &zero, name)?)
    }

    fn build(
        &self,
        sources: &Sources<'_>,
        targets: &[Target],
        directory: &BuildDirectory,
        chroot: Option<&Chroot>,
    ) -> Result<BTreeMap<String, PathInfo>, BuildError> {
        let Surroundings {
            store,
            options,
            observer,
            ..
        } = self.job.surroundings;
        let layout = store.layout();
        let mut rewrites = Rewrites::default();
        for target in targets {
            rewrites.add(placeholder(&target.name), layout.print(&target.scratch));
            if let Some(path) = target.path.as_ref().filter(|path| **path != target.scratch) {
                rewrites.add(path.hash_part(), target.scratch.hash_part());
            }
        }
        let mut recursive = match sources.is_recursive() && !self.job.is_builtin() {
            true => Some(self.serve(sources, &directory.inner, chroot)?),
            false => None,
        };
        let mut environment = sources.environment(targets)?;
        if let Some(recursive) = &recursive {
            environment.set("NIX_REMOTE", recursive.uri.as_bytes());
        }
        environment.rewrite(&rewrites);
        for (name, contents) in &environment.files {
            directory.write(name, contents, self.user)?;
        }
        let mut log = Log::create(self.job.path, layout, options, *observer)?;
        let mut orders = self.orders(environment, &rewrites, sources.directory, chroot);
        orders.builtin = self.builtin_orders(sources, targets)?;
        let ended = child::run(
            &orders,
            self.user,
            options,
            self.job.surroundings.stopped,
            &|process| {
                if let Some(recursive) = &recursive {
                    recursive.started(process);
                }
            },
            &mut |data| {
                log.write(data);
                log.limit_passed().map(FailureReason::LogTooLong)
            },
        );
        if let Some(user) = self.user.filter(|_| !self.in_sandbox) {
            // In a sandbox they ended with it.
            user.end_processes(options)?;
        }
        let added = recursive.as_mut().map(Recursive::finish);
        let log_lines = log.finish()?;
        let reason = match ended? {
            Ended::Well => {
                let owner = self
                    .user
                    .map_or_else(|| rustix::process::geteuid().as_raw(), BuildUser::id);
                // What the builder added it may refer to.
                let mut inputs = sources.inputs.clone();
                inputs.extend(added.into_iter().flatten());
                let sources = Sources {
                    inputs: &inputs,
                    ..*sources
                };
                return outputs::register(&sources, targets, owner);
            }
            Ended::Badly(FailureReason::Error(reason)) | Ended::Unlaunchable(reason) => {
                return Err(self.not_begun(reason));
            }
            Ended::Refused(reason) => return Err(self.not_begun(child::not_set_up(&reason))),
            Ended::Badly(reason) => reason,
        };
        Err(BuildError::Failed {
            derivation: layout.print(self.job.path),
            reason,
            output_paths: self
                .outputs
                .values()
                .flatten()
                .map(|path| layout.print(path))
                .collect(),
            log_lines,
            log: log.path().map(Path::to_owned),
        })
    }

    /// The error of a builder that was not started, which has no log.
    fn not_begun(&self, reason: String) -> BuildError {
        let store = self.job.surroundings.store;
        BuildError::NotHere {
            derivation: store.layout().print(self.job.path),
            reason,
        }
    }

    /// Starts what answers a builder that uses the store.
    fn serve(
        &self,
        sources: &Sources<'_>,
        directory: &Path,
        chroot: Option<&Chroot>,
    ) -> Result<Recursive, BuildError> {
        let launcher = self.job.surroundings.options.launcher.clone();
        let appearance = chroot
            .zip(launcher)
            .map(|(chroot, launcher)| Appearance::new(launcher, chroot.root().to_owned()));
        Recursive::start(sources, directory, self.user, appearance)
    }

    fn orders(
        &self,
        environment: Environment,
        rewrites: &Rewrites,
        directory: &Path,
        chroot: Option<&Chroot>,
    ) -> Orders {
        let options = self.job.surroundings.options;
        let derivation = self.job.derivation;
        let text = std::ffi::OsString::from_vec;
        let builder = rewrites.apply(derivation.builder.clone());
        let system = String::from_utf8_lossy(&derivation.system);
        Orders {
            parent: std::process::id(),
            name: child::name_of(&builder).to_owned(),
            program: text(builder),
            arguments: derivation
                .arguments
                .iter()
                .map(|argument| text(rewrites.apply(argument.clone())))
                .collect(),
            variables: environment
                .variables
                .into_iter()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
            directory: directory.to_owned(),
            thirty_two_bits: (system == "i686-linux" && std::env::consts::ARCH == "x86_64")
                || matches!(
                    system.as_ref(),
                    "armv7l-linux" | "armv6l-linux" | "armv5tel-linux"
                ),
            filter_system_calls: options.filter_system_calls,
            user: self.user.map(BuildUser::orders),
            sandbox: chroot.map(|chroot| chroot.orders(self.user, options)),
            drop_groups: options.drop_groups,
            instead: Instead::Nothing,
            builtin: None,
            join: None,
        }
    }

    /// Returns what a builder that is part of this program needs besides; `None` for others.
    fn builtin_orders(
        &self,
        sources: &Sources<'_>,
        targets: &[Target],
    ) -> Result<Option<BuiltinOrders>, BuildError> {
        let Some(name) = builtin::name_for(self.job.derivation) else {
            return Ok(None);
        };
        let settings = match &sources.options.builtin_settings {
            Some(settings) => settings.of(&name).map_err(BuildError::Other)?,
            None => Vec::new(),
        };
        let layout = sources.store.layout();
        let outputs = targets.iter().map(|target| {
            let path = layout.print(&target.scratch);
            (target.name.clone().into(), path.into())
        });
        Ok(Some(BuiltinOrders {
            name: name.into(),
            outputs: outputs.collect(),
            has_network: sources.has_network(),
            settings,
        }))
    }
}
