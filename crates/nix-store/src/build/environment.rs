//! What a builder is given: its environment and the files in its directory.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix_wire::derivation::DerivationKind;
use nix_wire::{Derivation, Hash, StorePath};

use super::attributes::Attributes;
use super::outputs::Target;
use super::rewrite::Rewrites;
use super::{BuildError, BuildMode, BuildOptions, structured};
use crate::local::LocalStore;
use crate::store::Store;

/// Variables and files, by name.
pub(super) struct Environment {
    pub(super) variables: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

/// Everything that the environment is made from.
pub(super) struct Sources<'a> {
    pub(super) store: &'a LocalStore,
    pub(super) path: &'a StorePath,
    pub(super) derivation: &'a Derivation,
    pub(super) kind: DerivationKind,
    pub(super) attributes: &'a Attributes,
    /// All objects that the builder may read.
    pub(super) inputs: &'a BTreeSet<StorePath>,
    pub(super) options: &'a BuildOptions,
    pub(super) mode: BuildMode,
    /// The builder's directory, as it is called where the builder runs.
    pub(super) directory: &'a Path,
}

impl Sources<'_> {
    /// The variables in Nix's order of precedence: a derivation may change the first ones, not the
    /// last.
    pub(super) fn environment(&self, targets: &[Target]) -> Result<Environment, BuildError> {
        let mut environment = Environment {
            variables: BTreeMap::new(),
            files: BTreeMap::new(),
        };
        let directory = self.directory.as_os_str().as_bytes();
        let cores = self.options.cores.to_string();
        // A shell without PATH would choose one of its own, and the home would be looked up.
        environment.set("PATH", b"/path-not-set");
        environment.set("HOME", super::run::HOMELESS.as_bytes());
        environment.set("NIX_STORE", self.store.store_dir().as_str().as_bytes());
        environment.set("NIX_BUILD_CORES", cores.as_bytes());

        let structured = structured::complete(
            self.store,
            self.path,
            self.derivation,
            self.inputs,
            self.attributes,
        )?;
        match structured {
            Some(json) => {
                let shell = structured::shell(&json);
                environment.file_variable(self, "NIX_ATTRS_SH_FILE", ".attrs.sh", shell);
                let json = serde_json::Value::Object(json).to_string();
                environment.file_variable(self, "NIX_ATTRS_JSON_FILE", ".attrs.json", json);
                // The paths of outputs are in the derivation's environment for those who read it,
                // not for the builder, which has them in its attributes.
            }
            None => {
                self.plain(&mut environment)?;
                // Outputs without known paths are empty in the derivation.
                for target in targets.iter().filter(|target| target.path.is_none()) {
                    let path = self.store.layout().print(&target.scratch);
                    environment.set(&target.name, path.as_bytes());
                }
            }
        }

        for name in ["NIX_BUILD_TOP", "TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"] {
            environment.set(name, directory);
        }
        if self.kind == DerivationKind::Fixed {
            environment.set("NIX_OUTPUT_CHECKED", b"1");
        }
        if self.has_network() {
            for name in &self.attributes.impure_variables {
                let value = self.options.impure_variables.get(name);
                environment.set(name, value.map(String::as_bytes).unwrap_or_default());
            }
        }
        environment.set("NIX_LOG_FD", b"2");
        environment.set("TERM", b"xterm-256color");
        Ok(environment)
    }

    fn plain(&self, environment: &mut Environment) -> Result<(), BuildError> {
        for (name, value) in &self.derivation.environment {
            let as_file = std::str::from_utf8(name)
                .ok()
                .filter(|name| self.attributes.as_files.contains(*name));
            match as_file {
                Some(name) => {
                    let file = format!(".attr-{}", Hash::sha256(name).nix32());
                    environment.file_variable(self, &format!("{name}Path"), &file, value.clone());
                }
                None => {
                    environment.variables.insert(name.clone(), value.clone());
                }
            }
        }
        for (file, roots) in &self.attributes.exported_graphs {
            let mut text = String::new();
            for path in exported_closure(self.store, self.path, self.inputs, roots)? {
                let info = self.store.require(&path)?;
                // A path, its deriver (which is not told), how many references, the references.
                text.push_str(&self.store.layout().print(&path));
                text.push_str("\n\n");
                text.push_str(&info.references.len().to_string());
                text.push('\n');
                for reference in &info.references {
                    self.store.store_dir().print_to(&mut text, reference);
                    text.push('\n');
                }
            }
            environment.files.insert(file.clone(), text.into_bytes());
        }
        Ok(())
    }

    /// Whether what is built does not depend on it alone, so that the network does no harm.
    pub(super) fn has_network(&self) -> bool {
        matches!(self.kind, DerivationKind::Fixed | DerivationKind::Impure)
    }

    /// Whether the builder uses the store itself.
    pub(super) fn is_recursive(&self) -> bool {
        let features = &self.attributes.required_features;
        features.contains(super::recursive::FEATURE)
    }

    pub(super) fn bad(&self, reason: String) -> BuildError {
        BuildError::BadDerivation {
            derivation: self.store.layout().print(self.path),
            reason,
        }
    }
}

/// The closure of objects of which a derivation wants to know it. That of a derivation includes
/// its outputs.
pub(super) fn exported_closure(
    store: &dyn Store,
    path: &StorePath,
    inputs: &BTreeSet<StorePath>,
    roots: &BTreeSet<StorePath>,
) -> Result<BTreeSet<StorePath>, BuildError> {
    if let Some(root) = roots.iter().find(|path| !inputs.contains(*path)) {
        return Err(BuildError::BadDerivation {
            derivation: store.store_dir().print(path),
            reason: format!(
                "cannot export references of path '{}' because it is not in the input closure of \
                 the derivation",
                store.store_dir().print(root)
            ),
        });
    }
    let mut closure = store.closure(roots)?;
    let mut outputs = BTreeSet::new();
    for derivation in closure.iter().filter(|path| path.is_derivation()) {
        outputs.extend(
            store
                .derivation_outputs(derivation)?
                .into_values()
                .flatten(),
        );
    }
    closure.extend(store.closure(&outputs)?);
    Ok(closure)
}

impl Environment {
    pub(super) fn set(&mut self, name: &str, value: &[u8]) {
        self.variables
            .insert(name.as_bytes().to_vec(), value.to_vec());
    }

    fn file_variable(
        &mut self,
        sources: &Sources<'_>,
        name: &str,
        file: &str,
        contents: impl Into<Vec<u8>>,
    ) {
        self.set(name, sources.directory.join(file).as_os_str().as_bytes());
        self.files.insert(file.to_owned(), contents.into());
    }

    /// Replaces texts in all names, values and files.
    pub(super) fn rewrite(&mut self, rewrites: &Rewrites) {
        self.variables = std::mem::take(&mut self.variables)
            .into_iter()
            .map(|(name, value)| (rewrites.apply(name), rewrites.apply(value)))
            .collect();
        for contents in self.files.values_mut() {
            *contents = rewrites.apply(std::mem::take(contents));
        }
    }
}
