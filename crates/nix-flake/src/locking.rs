//! Locking a flake that a user asked for: its lock file is read, brought up to date and written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nix_eval::Evaluator;

use crate::error::FlakeError;
use crate::fetch::{IntentToAdd, TreeSource, commit_file, intend_to_add};
use crate::flakes::{EvaluatedFlakes, Flake, Flakes, TreeLocation};
use crate::lock::{
    FlakeRequest, InputPath, LockFile, LockOptions, NodeId, compute_locks, difference,
};
use crate::reference::{FlakeReference, Scheme};
use crate::registry::RegistryScope;

/// What is done with a lock file.
#[derive(Debug, Clone)]
pub struct LockFlags {
    /// How it is computed.
    pub options: LockOptions,
    /// Whether one that has changed is written (`--no-write-lock-file`).
    pub write: bool,
    /// Whether one that is written may be another than before (`--no-update-lock-file`).
    pub update: bool,
    /// Whether it is an error, not just a reason not to write it, that an input is not locked.
    pub fail_on_unlocked: bool,
    /// Whether a lock file that is written is committed, if it is in a Git repository.
    pub commit: bool,
    /// The first line of the message of that commit; empty for the usual one.
    pub commit_summary: String,
    /// The lock file to start from, in place of the flake's own.
    pub reference_lock_file: Option<PathBuf>,
    /// The file to write, in place of the flake's own.
    pub output_lock_file: Option<PathBuf>,
}

impl Default for LockFlags {
    fn default() -> LockFlags {
        LockFlags {
            options: LockOptions::default(),
            write: true,
            update: true,
            fail_on_unlocked: false,
            commit: false,
            commit_summary: String::new(),
            reference_lock_file: None,
            output_lock_file: None,
        }
    }
}

impl LockFlags {
    /// Those of `builtins.getFlake`: nothing is written. In pure evaluation nothing is found out
    /// that the lock file does not say.
    #[must_use]
    pub fn for_evaluation(pure: bool) -> LockFlags {
        LockFlags {
            options: LockOptions {
                allow_unlocked: !pure,
                ..LockOptions::default()
            },
            write: false,
            update: false,
            ..LockFlags::default()
        }
    }
}

/// A flake with the trees that its inputs came to.
#[derive(Debug, Clone)]
pub struct LockedFlake {
    /// The flake.
    pub flake: Flake,
    /// Its lock file as it should be, written or not.
    pub lock_file: LockFile,
    /// Where the inputs are that were fetched for locking, and the flake itself.
    pub locations: BTreeMap<NodeId, TreeLocation>,
    /// Whether the lock file in the tree is another, so that no revision describes the flake.
    pub force_dirty: bool,
}

impl Flakes {
    /// Locks a flake, and writes its lock file if that is wanted and it has changed. What was done
    /// is told as warnings.
    ///
    /// # Errors
    /// When the flake or an input cannot be fetched or read, or the lock file would have to be
    /// changed but must not.
    pub fn lock(
        &self,
        evaluator: &Evaluator,
        reference: &FlakeReference,
        flags: &LockFlags,
    ) -> Result<LockedFlake, FlakeError> {
        if flags.reference_lock_file.is_some() && !self.fetcher.settings().allow_dirty {
            return Err(FlakeError::ReferenceNotAllowed);
        }
        let registries = match flags.options.use_registries {
            true => RegistryScope::All,
            false => RegistryScope::None,
        };
        let root = InputPath::default();
        let request = FlakeRequest {
            reference,
            registries,
            root: &root,
            is_final: false,
        };
        let flake = self.flake(evaluator, &request)?;
        let note = format!("while updating the lock file of flake '{}'", flake.locked);
        self.lock_fetched(evaluator, flake, &request, flags)
            .map_err(|error| error.context(note))
    }

    fn lock_fetched(
        &self,
        evaluator: &Evaluator,
        mut flake: Flake,
        request: &FlakeRequest<'_>,
        flags: &LockFlags,
    ) -> Result<LockedFlake, FlakeError> {
        let old = match &flags.reference_lock_file {
            Some(path) => self.read_lock_file(path, path)?,
            None => self.lock_file_at(&flake.location)?,
        };
        let mut source = EvaluatedFlakes {
            flakes: self,
            evaluator,
        };
        let inputs = &flake.file.inputs;
        let options = LockOptions {
            trusts_forges: self.fetcher.settings().trusts_forges,
            ..flags.options.clone()
        };
        let usable = self.replace_outdated_inputs(&old)?;
        let computed = compute_locks(&mut source, inputs, &flake.location, &usable, &options)?;
        for warning in &computed.warnings {
            self.fetcher.warn(warning);
        }
        let lock_file = computed.lock_file;
        let mut locations = computed.locations;
        let mut force_dirty = false;
        if lock_file != usable || flags.output_lock_file.is_some() {
            let difference = difference(&old, &lock_file);
            if flags.write {
                if self.write(&flake, &lock_file, &difference, flags)? {
                    // The tree has another lock file now.
                    let before = flake.locked.input.revision()?;
                    flake = self.flake(evaluator, request)?;
                    let now = flake.locked.input.revision()?;
                    if let Some(now) = now.filter(|_| flags.commit && now != before) {
                        let revision = now.base16();
                        self.fetcher
                            .warn(&format!("committed new revision '{revision}'"));
                    }
                    locations.insert(NodeId::ROOT, flake.location.clone());
                }
            } else {
                self.fetcher.warn(&format!(
                    "not writing modified lock file of flake '{}':\n{}",
                    flake.original,
                    difference.trim_end()
                ));
                force_dirty = true;
            }
        }
        Ok(LockedFlake {
            flake,
            lock_file,
            locations,
            force_dirty,
        })
    }

    /// Writes a lock file, unless one of its inputs is not locked. Says whether it did.
    fn write(
        &self,
        flake: &Flake,
        lock_file: &LockFile,
        difference: &str,
        flags: &LockFlags,
    ) -> Result<bool, FlakeError> {
        let reference = flake.original.to_string();
        // What a registry names is not the user's to be written.
        let source = flake.original.input.source_path();
        if source.is_none() && flags.output_lock_file.is_none() {
            return Err(FlakeError::NotWritable(reference));
        }
        if let Some(input) = lock_file.unlocked_input(
            self.allow_dirty_locks,
            self.fetcher.settings().trusts_forges,
        ) {
            let input = input.to_string();
            if flags.fail_on_unlocked {
                return Err(FlakeError::UnlockedInput { reference, input });
            }
            if self.fetcher.settings().warn_dirty {
                self.fetcher.warn(&format!(
                    "not writing lock file of flake '{reference}' because it has an unlocked input \
                     ('{input}')"
                ));
            }
            return Ok(false);
        }
        if !flags.update {
            return Err(FlakeError::UpdateNotAllowed(reference));
        }
        if flags.commit && flags.output_lock_file.is_some() {
            return Err(FlakeError::CommitElsewhere);
        }
        let text = format!("{lock_file}\n");
        if let Some(path) = &flags.output_lock_file {
            write_file(path, &text)?;
            return Ok(false);
        }
        let Some(source) = source else {
            return Err(FlakeError::NotWritable(reference));
        };
        let name = Path::new(&flake.resolved.directory).join("flake.lock");
        let path = source.join(&name);
        let difference = difference.trim_end();
        let shown = path.display();
        let existed = path.exists();
        let message = match (existed, difference.is_empty()) {
            (true, true) => format!("updating lock file \"{shown}\""),
            (true, false) => format!("updating lock file \"{shown}\":\n{difference}"),
            (false, _) => format!("creating lock file \"{shown}\": \n{difference}"),
        };
        write_file(&path, &text)?;
        self.fetcher.warn(&message);
        let working_tree = match &flake.location.tree.source {
            TreeSource::WorkingTree(root) => Some(root.as_path()),
            // What was read is a commit, but the file was written beside it.
            _ if flake.original.input.scheme() == Some(Scheme::Git) => Some(source.as_path()),
            _ => None,
        };
        if let Some(root) = working_tree {
            match intend_to_add(root, &name)? {
                IntentToAdd::Added | IntentToAdd::AlreadyTracked => {
                    if flags.commit {
                        let message = commit_message(&name, existed, difference, flags);
                        commit_file(root, &name, &message)?;
                    }
                }
                IntentToAdd::Ignored => {}
            }
        }
        self.fetcher.forget(&flake.resolved.input);
        Ok(true)
    }
}

/// What is said about the commit of a lock file.
fn commit_message(name: &Path, existed: bool, difference: &str, flags: &LockFlags) -> String {
    let summary = match (flags.commit_summary.as_str(), existed) {
        ("", true) => format!("{}: Update", name.display()),
        ("", false) => format!("{}: Add", name.display()),
        (summary, _) => summary.to_owned(),
    };
    format!("{summary}\n\nFlake lock file updates:\n\n{difference}\n")
}

/// Replaces a file in one step, so that nobody sees half of it. A link is followed.
fn write_file(path: &Path, text: &str) -> Result<(), FlakeError> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let write = || -> std::io::Result<()> {
        use std::io::Write;
        use std::os::unix::fs::PermissionsExt;

        let directory = path.parent().unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".flake.lock-");
        // The permissions of the old file, else those that any new file gets.
        builder.permissions(match path.metadata() {
            Ok(metadata) => metadata.permissions(),
            Err(_) => std::fs::Permissions::from_mode(0o666),
        });
        let mut file = builder.tempfile_in(directory)?;
        file.write_all(text.as_bytes())?;
        nix_store::durable::sync(file.as_file())?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(|error| FlakeError::io("writing", &path, error))
}
