//! What is installed in a profile: `manifest.json` in each of its generations.
//!
//! Version 3 is written, in which the elements have names; versions 1 and 2, in which they are a
//! list, and the environments of `nix-env` are read. The format is that of Nix's
//! `src/nix/profile.cc`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nix_store::user_environment::{EnvironmentError, Package, link_packages};
use nix_wire::content_address::ContentAddressMethod;
use nix_wire::nar::Filesystem;
use nix_wire::{HashAlgorithm, StoreDir, StorePath};
use serde_json::{Map, Value, json};

use super::naming;
use crate::applets::engine::plain;
use crate::applets::evaluate::{Failed, Session};
use crate::applets::installable::Outputs;
use crate::applets::nix_env::element::PRIORITY;
use crate::applets::nix_env::environment::in_environment;
use crate::applets::nix_env::names::PackageName;
use crate::applets::tool::Tool;
use crate::report::Failure;

/// The version of the format that is written.
const VERSION: u64 = 3;

/// Where in which flake an element comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The flake as it was asked for.
    pub original: String,
    /// The flake as it was found.
    pub locked: String,
    /// The names of the sets that lead to it.
    pub attribute_path: String,
    /// Which outputs were asked for.
    pub outputs: Outputs,
}

impl Source {
    /// The installable that it was.
    pub fn installable(&self) -> String {
        format!(
            "{}#{}{}",
            self.original,
            self.attribute_path,
            self.outputs_text()
        )
    }

    /// The outputs as they stand at the end of an installable.
    pub fn outputs_text(&self) -> String {
        match output_names(&self.outputs) {
            Some(names) => format!("^{}", names.join(",")),
            None => String::new(),
        }
    }
}

/// The outputs as they are written: `*` is all of them.
fn output_names(outputs: &Outputs) -> Option<Vec<String>> {
    match outputs {
        Outputs::Default => None,
        Outputs::All => Some(vec!["*".to_owned()]),
        Outputs::Names(names) => Some(names.iter().cloned().collect()),
    }
}

/// Something that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its objects.
    pub paths: BTreeSet<StorePath>,
    /// Where it comes from, if that is a flake.
    pub source: Option<Source>,
    /// Whether the profile has links to it.
    pub active: bool,
    /// A lower number wins where two have the same file.
    pub priority: i64,
}

impl Element {
    /// What it is called where it has no name.
    pub fn identifier(&self) -> String {
        match &self.source {
            Some(source) => source.installable(),
            None => {
                let names = self.paths.iter().map(|path| parsed(path).name);
                names
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect::<Vec<_>>()
                    .join(", ")
            }
        }
    }

    /// The name that it gets, if no other has it.
    pub fn name(&self) -> String {
        self.source
            .as_ref()
            .and_then(|source| naming::name_of_url(&source.installable()))
            .unwrap_or_else(|| self.identifier())
    }

    /// Its versions, as they are shown.
    pub fn versions(&self) -> String {
        let versions: BTreeSet<String> =
            self.paths.iter().map(|path| parsed(path).version).collect();
        if versions.is_empty() {
            return "∅".to_owned();
        }
        let shown = versions.iter().map(|version| match version.as_str() {
            "" => "ε",
            version => version,
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    /// What one would type to install it.
    pub fn installables(&self, store: &StoreDir) -> Vec<String> {
        match &self.source {
            Some(source) => vec![source.installable()],
            None => self.paths.iter().map(|path| store.print(path)).collect(),
        }
    }
}

fn parsed(path: &StorePath) -> PackageName {
    PackageName::parse(path.name())
}

/// All that is installed, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// The elements.
    pub elements: BTreeMap<String, Element>,
}

impl Manifest {
    /// What a profile, or a generation of one, has in it; nothing when it is not there.
    pub fn read(session: &Session, profile: &Path) -> Result<Manifest, Failed> {
        let path = profile.join("manifest.json");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Manifest::of_environment(session, profile);
            }
            Err(error) => return Err(Failure::io("read", &path, &error).into()),
        };
        let wrong = |reason: String| Failure::new(format!("'{}': {reason}", path.display()));
        let json = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let store = session.engine.store().store_dir();
        Manifest::from_json(&json, store).map_err(|reason| wrong(reason).into())
    }

    /// What an environment of `nix-env` has in it.
    fn of_environment(session: &Session, environment: &Path) -> Result<Manifest, Failed> {
        let mut manifest = Manifest::default();
        for package in in_environment(session, environment)? {
            manifest.add(Element {
                paths: package.out_path(session)?.into_iter().collect(),
                source: None,
                active: true,
                priority: PRIORITY,
            });
        }
        Ok(manifest)
    }

    /// Adds an element under its name, with a number after it when another has it.
    pub fn add(&mut self, element: Element) {
        let name = element.name();
        self.add_as(&name, element);
    }

    fn add_as(&mut self, name: &str, element: Element) {
        let mut free = name.to_owned();
        let mut number = 0;
        while self.elements.contains_key(&free) {
            number += 1;
            free = format!("{name}-{number}");
        }
        self.elements.insert(free, element);
    }

    /// Reads the JSON form.
    fn from_json(json: &Value, store: &StoreDir) -> Result<Manifest, String> {
        let version = json.get("version").and_then(Value::as_u64).unwrap_or(0);
        let (locked, original) = match version {
            1 => ("uri", "originalUri"),
            2 | 3 => ("url", "originalUrl"),
            _ => {
                return Err(format!(
                    "the version {version} of the manifest is not supported"
                ));
            }
        };
        let read = |value| element_of_json(value, locked, original, store);
        let mut manifest = Manifest::default();
        match json.get("elements") {
            Some(Value::Object(elements)) => {
                for (name, value) in elements {
                    manifest.add_as(name, read(value)?);
                }
            }
            Some(Value::Array(elements)) => {
                for value in elements {
                    manifest.add(read(value)?);
                }
            }
            _ => return Err("it has no elements".to_owned()),
        }
        Ok(manifest)
    }

    /// The JSON form, all names in order.
    pub fn to_json(&self, store: &StoreDir) -> Value {
        let elements: Map<String, Value> = self
            .elements
            .iter()
            .map(|(name, element)| (name.clone(), element_to_json(element, store)))
            .collect();
        json!({ "elements": elements, "version": VERSION })
    }

    /// Makes the environment, and gives its place in the store.
    ///
    /// # Errors
    /// The inner one when packages are in each other's way.
    pub fn build(&self, tool: &Tool<'_>) -> Result<Result<StorePath, EnvironmentError>, Failed> {
        let store = tool.store();
        let directory = tempfile::tempdir()
            .map_err(|error| Failure::new(format!("cannot make a directory: {error}")))?;
        let mut packages = Vec::new();
        let mut references = BTreeSet::new();
        for element in self.elements.values() {
            references.extend(element.paths.iter().cloned());
            if element.active {
                packages.extend(element.paths.iter().map(|path| Package {
                    path: store.store_dir().print(path).into(),
                    priority: element.priority,
                }));
            }
        }
        if let Err(error) = link_packages(packages, directory.path(), &mut plain) {
            return Ok(Err(error));
        }
        let file = directory.path().join("manifest.json");
        std::fs::write(&file, self.to_json(store.store_dir()).to_string())
            .map_err(|error| Failure::io("write", &file, &error))?;
        let mut archive = Vec::new();
        nix_wire::nar::write(&mut Filesystem::new(directory.path()), &mut archive)
            .map_err(|error| Failure::new(error.to_string()))?;
        let info = store.add_dump(
            "profile",
            &mut archive.as_slice(),
            ContentAddressMethod::NixArchive,
            HashAlgorithm::Sha256,
            &references,
            false,
        )?;
        Ok(Ok(info.path))
    }

    /// What has changed since an earlier state, a line each.
    pub fn changes_since(&self, earlier: &Manifest, indent: &str) -> Vec<String> {
        let names: BTreeSet<&String> = earlier
            .elements
            .keys()
            .chain(self.elements.keys())
            .collect();
        let mut lines = Vec::new();
        for name in names {
            let (before, after) = (earlier.elements.get(name), self.elements.get(name));
            let versions = |element: Option<&Element>| {
                element.map_or_else(|| "∅".to_owned(), Element::versions)
            };
            let (old, new) = (versions(before), versions(after));
            if old != new || before.is_some() != after.is_some() {
                let named = before.or(after).map(Element::identifier);
                let named = named.unwrap_or_default();
                lines.push(format!("{indent}{named}: {old} -> {new}"));
            }
        }
        if lines.is_empty() {
            lines.push(format!("{indent}No changes."));
        }
        lines
    }
}

fn element_of_json(
    value: &Value,
    locked: &str,
    original: &str,
    store: &StoreDir,
) -> Result<Element, String> {
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let paths = value
        .get("storePaths")
        .and_then(Value::as_array)
        .ok_or("an element has no 'storePaths'")?
        .iter()
        .map(|path| {
            let path = path.as_str().ok_or("a store path is no string")?;
            store.parse(path).map_err(|error| error.to_string())
        })
        .collect::<Result<_, String>>()?;
    let source = match text(locked).filter(|url| !url.is_empty()) {
        None => None,
        Some(url) => Some(Source {
            original: text(original).unwrap_or(url).to_owned(),
            locked: url.to_owned(),
            attribute_path: text("attrPath").unwrap_or_default().to_owned(),
            outputs: outputs_of_json(value.get("outputs"))?,
        }),
    };
    Ok(Element {
        paths,
        source,
        active: value.get("active").and_then(Value::as_bool).unwrap_or(true),
        priority: value
            .get("priority")
            .and_then(Value::as_i64)
            .unwrap_or(PRIORITY),
    })
}

fn outputs_of_json(value: Option<&Value>) -> Result<Outputs, String> {
    let Some(names) = value.and_then(Value::as_array) else {
        return Ok(Outputs::Default);
    };
    let names = names
        .iter()
        .map(|name| {
            Ok(name
                .as_str()
                .ok_or("the name of an output is no string")?
                .to_owned())
        })
        .collect::<Result<BTreeSet<String>, String>>()?;
    Ok(match names.contains("*") {
        true => Outputs::All,
        false => Outputs::Names(names),
    })
}

/// The members are in the order of their names, as Nix writes them.
fn element_to_json(element: &Element, store: &StoreDir) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let paths: Vec<String> = element.paths.iter().map(|path| store.print(path)).collect();
    set("active", element.active.into());
    if let Some(source) = &element.source {
        set("attrPath", source.attribute_path.clone().into());
        set("originalUrl", source.original.clone().into());
        set("outputs", output_names(&source.outputs).into());
    }
    set("priority", element.priority.into());
    set("storePaths", paths.into());
    if let Some(source) = &element.source {
        set("url", source.locked.clone().into());
    }
    Value::Object(members)
}

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;
