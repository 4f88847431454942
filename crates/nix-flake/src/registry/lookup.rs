//! All registries together, and how a name is looked up in them.

use std::cell::{OnceCell, RefCell};
use std::fmt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::{Registry, RegistryEntry, RegistryError, RegistryKind, RegistryScope, RegistryWarning};
use crate::reference::{FlakeReference, Input, Scheme};

/// How often one entry may lead to another.
const MOST_ROUNDS: usize = 100;

/// Where registries are.
#[derive(Debug, Clone, Default)]
pub struct RegistryPlaces {
    /// Entries of the command line.
    pub flag: Vec<RegistryEntry>,
    /// The user's file.
    pub user: Option<PathBuf>,
    /// The administrator's file.
    pub system: Option<PathBuf>,
    /// What the program carries with itself.
    pub built_in: Vec<RegistryEntry>,
    /// The setting `flake-registry`: a file, or a URL. Empty for none.
    pub global: String,
}

/// Fetches the text of the registry of a URL, or says why it cannot be had.
pub type LoadRegistry = Rc<dyn Fn(&str) -> Result<String, String>>;

/// All registries, in the order in which they are asked.
#[derive(Clone, Default)]
pub struct Registries {
    /// Entries of the command line that became known after the registries were read.
    replacements: RefCell<Vec<RegistryEntry>>,
    registries: Vec<Registry>,
    /// The URL of the global registry, if it is not a file.
    url: Option<String>,
    load: Option<LoadRegistry>,
    remote: OnceCell<Result<Registry, String>>,
}

impl fmt::Debug for Registries {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Registries")
            .field("registries", &self.registries)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Registries {
    /// Reads the registries of these places. A global one that has a URL is read when it is
    /// needed.
    #[must_use]
    pub fn read(places: RegistryPlaces) -> (Registries, Vec<RegistryWarning>) {
        let mut registries = vec![Registry {
            kind: RegistryKind::Flag,
            entries: places.flag,
        }];
        let mut warnings = Vec::new();
        let mut file = |registries: &mut Vec<Registry>, kind, path: Option<&Path>| {
            if let Some(path) = path {
                let (registry, warning) = Registry::read(kind, path);
                registries.push(registry);
                warnings.extend(warning);
            }
        };
        file(&mut registries, RegistryKind::User, places.user.as_deref());
        file(
            &mut registries,
            RegistryKind::System,
            places.system.as_deref(),
        );
        registries.push(Registry {
            kind: RegistryKind::BuiltIn,
            entries: places.built_in,
        });
        let mut url = None;
        if places.global.starts_with('/') {
            file(
                &mut registries,
                RegistryKind::Global,
                Some(Path::new(&places.global)),
            );
        } else if !places.global.is_empty() {
            url = Some(places.global);
        }
        let read = Registries {
            registries,
            url,
            ..Registries::default()
        };
        (read, warnings)
    }

    /// With a way to fetch the global registry.
    #[must_use]
    pub fn with_loader(mut self, load: LoadRegistry) -> Registries {
        self.load = Some(load);
        self
    }

    /// Lets a reference stand for another from now on, before all registries.
    pub fn replace(&self, from: &FlakeReference, to: &FlakeReference) {
        self.replacements.borrow_mut().push(RegistryEntry {
            from: from.input.clone(),
            to: to.input.clone(),
            directory: Some(to.directory.clone()).filter(|directory| !directory.is_empty()),
            exact: false,
        });
    }

    /// All entries with where they come from, in the order in which they are asked. The global
    /// registry is fetched for it.
    ///
    /// # Errors
    /// When the global registry cannot be had.
    pub fn entries(&self) -> Result<Vec<(RegistryKind, RegistryEntry)>, String> {
        let replacements = self.replacements.borrow();
        let mut entries: Vec<_> = replacements
            .iter()
            .map(|entry| (RegistryKind::Flag, entry.clone()))
            .collect();
        let remote = match &self.url {
            Some(url) => Some(self.remote(url)?),
            None => None,
        };
        for registry in self.registries.iter().chain(remote) {
            let named = registry
                .entries
                .iter()
                .map(|entry| (registry.kind, entry.clone()));
            entries.extend(named);
        }
        Ok(entries)
    }

    fn remote(&self, url: &str) -> Result<&Registry, String> {
        let registry = self.remote.get_or_init(|| {
            let Some(load) = &self.load else {
                return Err(format!("'{url}' is on another machine"));
            };
            Registry::parse(RegistryKind::Global, &load(url)?, Path::new(url))
                .map_err(|warning| warning.to_string())
        });
        registry.as_ref().map_err(String::clone)
    }

    /// The entry for an input: the first match of all registries.
    fn entry(
        &self,
        input: &Input,
        scope: RegistryScope,
    ) -> Result<Option<(RegistryKind, RegistryEntry)>, String> {
        let matches = |kind, entry: &RegistryEntry| match (kind, entry.exact) {
            (RegistryKind::BuiltIn, _) => is_any_branch_of(&entry.from, input),
            (_, true) => entry.from == *input,
            (_, false) => entry.from.contains(input),
        };
        if RegistryKind::Flag.is_in(scope) {
            let replacements = self.replacements.borrow();
            let found = replacements
                .iter()
                .find(|entry| matches(RegistryKind::Flag, entry));
            if let Some(entry) = found {
                return Ok(Some((RegistryKind::Flag, entry.clone())));
            }
        }
        let find = |registry: &Registry| {
            let found = registry
                .entries
                .iter()
                .find(|entry| matches(registry.kind, entry));
            found.map(|entry| (registry.kind, entry.clone()))
        };
        // Only names are looked up, as in Nix: also an entry of the command line replaces no URL.
        let in_scope = |registry: &&Registry| registry.kind.is_in(scope) && !input.is_direct();
        if let Some(found) = self.registries.iter().filter(in_scope).find_map(find) {
            return Ok(Some(found));
        }
        match &self.url {
            // Nothing is fetched for what is no name.
            Some(url) if RegistryKind::Global.is_in(scope) && !input.is_direct() => {
                Ok(find(self.remote(url)?))
            }
            _ => Ok(None),
        }
    }

    /// Looks a reference up until it names a place.
    ///
    /// # Errors
    /// When no registry has it, or entries lead to each other.
    pub fn resolve(
        &self,
        reference: &FlakeReference,
        scope: RegistryScope,
    ) -> Result<FlakeReference, RegistryError> {
        let mut input = reference.input.clone();
        let mut directory = None;
        if scope == RegistryScope::None {
            return Ok(reference.clone());
        }
        for _ in 0..MOST_ROUNDS {
            let (found, unread) = match self.entry(&input, scope) {
                Ok(found) => (found, None),
                Err(reason) => (None, Some(reason)),
            };
            let Some((kind, entry)) = found else {
                if !input.is_direct() {
                    let reference = input.to_string();
                    return Err(RegistryError::NotFound { reference, unread });
                }
                let directory = directory.unwrap_or_else(|| reference.directory.clone());
                return Ok(FlakeReference { input, directory });
            };
            directory.clone_from(&entry.directory);
            if entry.exact || kind == RegistryKind::BuiltIn {
                input = entry.to.clone();
                continue;
            }
            let branch = input.branch().filter(|_| entry.from.branch().is_none());
            let revision = match entry.from.revision()? {
                Some(_) => None,
                None => input.revision()?,
            };
            input = entry
                .to
                .with_branch_and_revision(branch, revision.as_ref())?;
        }
        Err(RegistryError::Cycle(input.to_string()))
    }

    /// Returns the entry for an input that stands for what the program carries with itself.
    #[must_use]
    pub fn built_in_entry(&self, input: &Input) -> Option<&RegistryEntry> {
        self.registries
            .iter()
            .filter(|registry| registry.kind == RegistryKind::BuiltIn)
            .flat_map(|registry| &registry.entries)
            .find(|entry| is_any_branch_of(&entry.from, input))
    }

    /// The branch that a reference names although what it stands for, which the program carries
    /// with itself, has none.
    #[must_use]
    pub fn ignored_branch<'a>(
        &self,
        reference: &'a FlakeReference,
        resolved: &FlakeReference,
    ) -> Option<&'a str> {
        let entry = self.built_in_entry(&reference.input);
        let is_built_in = entry.is_some_and(|entry| entry.to == resolved.input);
        reference.input.branch().filter(|_| is_built_in)
    }
}

/// Whether both are the same name, the other perhaps with a branch.
fn is_any_branch_of(from: &Input, input: &Input) -> bool {
    let is_name = input.scheme() == Some(Scheme::Indirect);
    is_name && from.string("id") == input.string("id") && input.string("rev").is_none()
}
