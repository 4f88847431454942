//! The text form of lock files: versions 5 to 7 are read, 7 is written.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::{Edge, InputPath, Lock, LockError, LockFile, Node, NodeId};
use crate::reference::{Attributes, FlakeReference};

/// A lock file as it is written.
#[derive(Debug, Clone)]
pub struct LockFileJson {
    /// The JSON.
    pub value: Value,
    /// Its text, without the newline at the end of the file.
    pub text: String,
    /// The key of each node that can be reached from the root.
    pub keys: BTreeMap<NodeId, String>,
}

/// Something about a lock file that a user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockWarning {
    /// An input is not locked, but its hash is known.
    CheckedByHashOnly(String),
}

impl fmt::Display for LockWarning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockWarning::CheckedByHashOnly(reference) => write!(
                formatter,
                "Lock file entry '{reference}' is unlocked (e.g. lacks a Git revision) but is \
                 checked by NAR hash. This is not reproducible and will break after garbage \
                 collection or when shared."
            ),
        }
    }
}

impl LockFile {
    /// Reads a lock file. `path` is what errors call it.
    ///
    /// # Errors
    /// When it is not JSON, of another version, or not the graph that it should be.
    pub fn parse(text: &str, path: &str) -> Result<(LockFile, Vec<LockWarning>), LockError> {
        let json: Value = serde_json::from_str(text).map_err(|error| LockError::Syntax {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        let version = json.get("version").and_then(Value::as_i64).unwrap_or(0);
        if !(5..=7).contains(&version) {
            return Err(LockError::Version {
                path: path.to_owned(),
                version,
            });
        }
        let malformed = |reason: &str| LockError::Malformed {
            path: path.to_owned(),
            reason: reason.to_owned(),
        };
        let root = json["root"]
            .as_str()
            .ok_or_else(|| malformed("'root' is not a string"))?;
        let nodes = json["nodes"]
            .as_object()
            .ok_or_else(|| malformed("'nodes' is not a set"))?;
        let mut reader = Reader {
            nodes,
            ids: BTreeMap::from([(root, NodeId::ROOT)]),
            lock_file: LockFile::default(),
            warnings: Vec::new(),
            path,
        };
        if let Some(root) = nodes.get(root) {
            reader.inputs(NodeId::ROOT, root)?;
        }
        Ok((reader.lock_file, reader.warnings))
    }

    /// The JSON of this lock file, its text, and the keys of its nodes.
    #[must_use]
    pub fn to_json(&self) -> LockFileJson {
        let mut writer = Writer {
            lock_file: self,
            used: BTreeSet::new(),
            keys: BTreeMap::new(),
            nodes: BTreeMap::new(),
        };
        let root = writer.node("root", NodeId::ROOT);
        let value = object([
            ("nodes", Value::Object(writer.nodes.into_iter().collect())),
            ("root", root.into()),
            ("version", 7.into()),
        ]);
        let text = format!("{value:#}");
        LockFileJson {
            value,
            text,
            keys: writer.keys,
        }
    }
}

/// A JSON object of pairs that are in the order of their names.
fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Object(
        pairs
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

struct Writer<'a> {
    lock_file: &'a LockFile,
    used: BTreeSet<String>,
    keys: BTreeMap<NodeId, String>,
    nodes: BTreeMap<String, Value>,
}

impl Writer<'_> {
    /// Writes a node, under this key if no other has it, and gives the key.
    fn node(&mut self, wanted: &str, id: NodeId) -> String {
        if let Some(key) = self.keys.get(&id) {
            return key.clone();
        }
        let mut key = wanted.to_owned();
        let mut number = 2;
        while !self.used.insert(key.clone()) {
            key = format!("{wanted}_{number}");
            number += 1;
        }
        self.keys.insert(id, key.clone());
        let node = self.lock_file.node(id);
        let mut json = Map::new();
        if let Some(lock) = node.lock.as_ref().filter(|lock| !lock.is_flake) {
            json.insert("flake".to_owned(), lock.is_flake.into());
        }
        if !node.inputs.is_empty() {
            let inputs = node.inputs.iter().map(|(name, edge)| {
                let target = match edge {
                    Edge::Node(child) => self.node(name, *child).into(),
                    Edge::Follows(path) => path.0.as_slice().into(),
                };
                (name.clone(), target)
            });
            let inputs: Map<String, Value> = inputs.collect();
            json.insert("inputs".to_owned(), Value::Object(inputs));
        }
        if let Some(lock) = &node.lock {
            json.insert("locked".to_owned(), lock.locked.to_attributes().to_json());
            json.insert(
                "original".to_owned(),
                lock.original.to_attributes().to_json(),
            );
            if let Some(parent) = &lock.parent {
                json.insert("parent".to_owned(), parent.0.as_slice().into());
            }
        }
        self.nodes.insert(key.clone(), Value::Object(json));
        key
    }
}

struct Reader<'a> {
    nodes: &'a Map<String, Value>,
    ids: BTreeMap<&'a str, NodeId>,
    lock_file: LockFile,
    warnings: Vec<LockWarning>,
    path: &'a str,
}

impl<'a> Reader<'a> {
    fn malformed(&self, reason: String) -> LockError {
        LockError::Malformed {
            path: self.path.to_owned(),
            reason,
        }
    }

    fn inputs(&mut self, id: NodeId, json: &'a Value) -> Result<(), LockError> {
        let Some(inputs) = json.get("inputs") else {
            return Ok(());
        };
        let inputs = inputs
            .as_object()
            .ok_or_else(|| self.malformed("'inputs' is not a set".to_owned()))?;
        for (name, target) in inputs {
            let edge = if target.is_array() {
                Edge::Follows(self.input_path(target)?)
            } else {
                let key = target.as_str().ok_or_else(|| {
                    self.malformed(format!("input '{name}' is neither a string nor a list"))
                })?;
                Edge::Node(self.node(key)?)
            };
            self.lock_file.set_input(id, name, edge);
        }
        Ok(())
    }

    fn node(&mut self, key: &'a str) -> Result<NodeId, LockError> {
        match self.ids.get(key) {
            Some(&NodeId::ROOT) => Err(LockError::CycleToRoot),
            Some(id) => Ok(*id),
            None => {
                let json = self
                    .nodes
                    .get(key)
                    .ok_or_else(|| LockError::MissingNode(key.to_owned()))?;
                let lock = self.lock(json)?;
                let id = self.lock_file.add(Node {
                    lock: Some(lock),
                    ..Node::default()
                });
                self.ids.insert(key, id);
                self.inputs(id, json)?;
                Ok(id)
            }
        }
    }

    fn lock(&mut self, json: &Value) -> Result<Lock, LockError> {
        let mut locked = Attributes::from_json(
            json.get("locked")
                .ok_or(LockError::MissingAttribute("locked"))?,
        )?;
        // Version 5 kept apart what was found out when fetching.
        if let Some(info) = json.get("info") {
            for (name, value) in Attributes::from_json(info)?.iter() {
                locked.set(name, value.clone());
            }
        }
        let locked = FlakeReference::from_attributes(locked)?;
        let original = FlakeReference::from_attributes(Attributes::from_json(
            json.get("original")
                .ok_or(LockError::MissingAttribute("original"))?,
        )?)?;
        if !locked.input.is_locked(true) && locked.input.relative_path().is_none() {
            if locked.input.nar_hash()?.is_none() {
                let attributes = locked.input.attributes().to_string();
                return Err(LockError::UnlockedInput(attributes));
            }
            self.warnings
                .push(LockWarning::CheckedByHashOnly(locked.to_string()));
        }
        let parent = json
            .get("parent")
            .map(|path| self.input_path(path))
            .transpose()?;
        let is_flake = json.get("flake").and_then(Value::as_bool).unwrap_or(true);
        Ok(Lock {
            locked,
            original,
            is_flake,
            parent,
        })
    }

    fn input_path(&self, json: &Value) -> Result<InputPath, LockError> {
        let names = json
            .as_array()
            .and_then(|names| {
                names
                    .iter()
                    .map(|name| name.as_str().map(str::to_owned))
                    .collect::<Option<_>>()
            })
            .ok_or_else(|| self.malformed("a path of inputs is not a list of names".to_owned()))?;
        Ok(InputPath(names))
    }
}
