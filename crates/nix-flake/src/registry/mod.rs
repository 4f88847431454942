//! Registries: what flakes the names of indirect references stand for.

mod lookup;

use std::fmt;
use std::path::Path;

use serde_json::Value;

pub use lookup::{LoadRegistry, Registries, RegistryPlaces};

use crate::error::reason;
use crate::reference::{Attributes, FlakeReference, Input, ReferenceError};

/// Which registries are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryScope {
    /// None: the reference must name a place.
    None,
    /// Those that are the same for every user: what a `flake.nix` says is looked up there.
    Limited,
    /// All: for what a user types.
    All,
}

/// Who wrote a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistryKind {
    /// Options of the command line.
    Flag,
    /// The user.
    User,
    /// The administrator.
    System,
    /// The program, for what it carries with itself.
    BuiltIn,
    /// Everybody's.
    Global,
}

impl RegistryKind {
    fn is_in(self, scope: RegistryScope) -> bool {
        match scope {
            RegistryScope::None => false,
            RegistryScope::Limited => {
                matches!(
                    self,
                    RegistryKind::Flag | RegistryKind::BuiltIn | RegistryKind::Global
                )
            }
            RegistryScope::All => true,
        }
    }
}

/// What a reference stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// The reference.
    pub from: Input,
    /// What it stands for.
    pub to: Input,
    /// The directory of the flake there, if the entry says so.
    pub directory: Option<String>,
    /// Whether the entry is for exactly this reference, not for it with a branch or revision too.
    pub exact: bool,
}

/// A list of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Who wrote it.
    pub kind: RegistryKind,
    /// The entries, the first match counts.
    pub entries: Vec<RegistryEntry>,
}

/// Why a name stands for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryError {
    /// No registry has it.
    #[error("cannot find flake '{reference}' in the flake registries{}", note(.unread.as_deref()))]
    NotFound {
        /// What was looked up.
        reference: String,
        /// Why the global registry could not be asked.
        unread: Option<String>,
    },
    /// Entries lead to each other.
    #[error("cycle detected in flake registry for '{0}'")]
    Cycle(String),
    /// An entry cannot be applied.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

fn note(unread: Option<&str>) -> String {
    match unread {
        Some(reason) => format!("; the global registry was not asked: {reason}"),
        None => String::new(),
    }
}

/// Something about a registry that a user should know; it is then as if it were empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryWarning(String);

impl fmt::Display for RegistryWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new(kind: RegistryKind) -> Registry {
        Registry {
            kind,
            entries: Vec::new(),
        }
    }

    /// Reads a registry file of version 2. One that is not there is empty.
    #[must_use]
    pub fn read(kind: RegistryKind, path: &Path) -> (Registry, Option<RegistryWarning>) {
        let empty = Registry::new(kind);
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (empty, None),
            Err(error) => {
                let warning = format!(
                    "cannot read flake registry '{}': {}",
                    path.display(),
                    reason(&error)
                );
                return (empty, Some(RegistryWarning(warning)));
            }
        };
        match Registry::parse(kind, &text, path) {
            Ok(registry) => (registry, None),
            Err(warning) => (empty, Some(warning)),
        }
    }

    /// Parses the text of a registry file.
    pub(crate) fn parse(
        kind: RegistryKind,
        text: &str,
        path: &Path,
    ) -> Result<Registry, RegistryWarning> {
        let path = path.display();
        let unparsable = |reason: &str| {
            RegistryWarning(format!("cannot parse flake registry '{path}': {reason}"))
        };
        let unreadable = |reason: String| {
            RegistryWarning(format!("cannot read flake registry '{path}': {reason}"))
        };
        let json: Value =
            serde_json::from_str(text).map_err(|error| unparsable(&error.to_string()))?;
        let version = json.get("version").and_then(Value::as_i64).unwrap_or(0);
        if version != 2 {
            return Err(unreadable(format!(
                "flake registry '{path}' has unsupported version {version}"
            )));
        }
        let mut registry = Registry::new(kind);
        let flakes = json.get("flakes").and_then(Value::as_array);
        for entry in flakes.ok_or_else(|| unparsable("'flakes' is not a list"))? {
            let read = || -> Result<RegistryEntry, ReferenceError> {
                let mut to = Attributes::from_json(&entry["to"])?;
                let directory = to.string("dir")?.map(str::to_owned);
                to.remove("dir");
                Ok(RegistryEntry {
                    from: Input::from_attributes(Attributes::from_json(&entry["from"])?)?,
                    to: Input::from_attributes(to)?,
                    directory,
                    exact: entry["exact"].as_bool().unwrap_or(false),
                })
            };
            registry
                .entries
                .push(read().map_err(|error| unreadable(error.to_string()))?);
        }
        Ok(registry)
    }

    /// The text of a registry file with these entries.
    #[must_use]
    pub fn to_text(&self) -> String {
        let entries = self.entries.iter().map(|entry| {
            let mut to = entry.to.attributes().clone();
            if let Some(directory) = &entry.directory {
                to.set("dir", directory.as_str());
            }
            let mut json = serde_json::Map::new();
            if entry.exact {
                json.insert("exact".to_owned(), true.into());
            }
            json.insert("from".to_owned(), entry.from.attributes().to_json());
            json.insert("to".to_owned(), to.to_json());
            Value::Object(json)
        });
        let mut json = serde_json::Map::new();
        json.insert("flakes".to_owned(), entries.collect());
        json.insert("version".to_owned(), 2.into());
        format!("{:#}", Value::Object(json))
    }

    /// Writes the registry to its file, with the directories above it.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn write(&self, path: &Path) -> std::io::Result<()> {
        use std::io::Write;

        let directory = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(self.to_text().as_bytes())?;
        file.persist(path)?;
        Ok(())
    }

    /// Removes the entries for a reference.
    pub fn remove(&mut self, from: &FlakeReference) {
        self.entries.retain(|entry| entry.from != from.input);
    }

    /// Adds an entry.
    pub fn add(&mut self, from: &FlakeReference, to: &FlakeReference, exact: bool) {
        self.entries.push(RegistryEntry {
            from: from.input.clone(),
            to: to.input.clone(),
            directory: Some(to.directory.clone()).filter(|directory| !directory.is_empty()),
            exact,
        });
    }
}
