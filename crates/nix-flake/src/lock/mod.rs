//! Lock files: which tree each input of a flake, and each of theirs, came to.

mod compute;
mod diff;
mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use compute::{
    Computed, FlakeRequest, FlakeSource, LockOptions, LockedFlakeInput, LockedTreeInput,
    compute_locks,
};
pub use diff::difference;
pub use json::{LockFileJson, LockWarning};

use crate::reference::{FlakeReference, ReferenceError, is_flake_id};

/// The names of inputs from the flake that is locked down to one of its inputs, or to one of an
/// input's. Empty for the flake itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct InputPath(pub Vec<String>);

impl InputPath {
    /// Parses names with slashes between them.
    ///
    /// # Errors
    /// When a name is not one that an input can have.
    pub fn parse(text: &str) -> Result<InputPath, LockError> {
        let names: Vec<&str> = text.split('/').filter(|name| !name.is_empty()).collect();
        match names.iter().find(|name| !is_flake_id(name)) {
            Some(name) => Err(LockError::InputName((*name).to_owned())),
            None => Ok(InputPath(names.into_iter().map(str::to_owned).collect())),
        }
    }

    /// The path of an input of this one.
    #[must_use]
    pub fn join(&self, name: &str) -> InputPath {
        let mut path = self.clone();
        path.0.push(name.to_owned());
        path
    }

    /// The path of what this one is an input of, and its name there.
    #[must_use]
    pub fn split_last(&self) -> Option<(InputPath, &str)> {
        let (name, parent) = self.0.split_last()?;
        Some((InputPath(parent.to_vec()), name))
    }

    /// Whether it is the flake itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for InputPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("/"))
    }
}

/// A node of a [`LockFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(usize);

impl NodeId {
    /// The flake that the lock file belongs to.
    pub const ROOT: NodeId = NodeId(0);
}

/// What an input is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edge {
    /// A tree of its own.
    Node(NodeId),
    /// The same as another input, by its path from the root of the lock file.
    Follows(InputPath),
}

/// What an input was locked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// The tree.
    pub locked: FlakeReference,
    /// What was written in the `flake.nix`.
    pub original: FlakeReference,
    /// Whether the tree is a flake.
    pub is_flake: bool,
    /// Of a relative path, the flake that it is relative to.
    pub parent: Option<InputPath>,
}

/// The root, or an input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// What it was locked to; `None` only for the root.
    pub lock: Option<Lock>,
    /// Its inputs by name.
    pub inputs: BTreeMap<String, Edge>,
}

/// A graph of inputs.
#[derive(Debug, Clone)]
pub struct LockFile {
    nodes: Vec<Node>,
}

impl Default for LockFile {
    /// That of a flake without inputs.
    fn default() -> LockFile {
        LockFile {
            nodes: vec![Node::default()],
        }
    }
}

impl PartialEq for LockFile {
    /// Whether the same text would be written.
    fn eq(&self, other: &LockFile) -> bool {
        self.to_json().value == other.to_json().value
    }
}

/// Why a lock file cannot be read or made. The messages are Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum LockError {
    #[error("invalid flake input attribute path element '{0}'")]
    InputName(String),
    #[error("Could not parse '{path}': {reason}")]
    Syntax { path: String, reason: String },
    #[error("lock file '{path}' has unsupported version {version}")]
    Version { path: String, version: i64 },
    #[error("lock file '{path}' is malformed: {reason}")]
    Malformed { path: String, reason: String },
    #[error("attribute '{0}' missing in lock file")]
    MissingAttribute(&'static str),
    #[error("lock file references missing node '{0}'")]
    MissingNode(String),
    #[error("lock file contains cycle to root node")]
    CycleToRoot,
    #[error(
        "Lock file contains unlocked input '{0}'. Use '--allow-dirty-locks' to accept this lock file."
    )]
    UnlockedInput(String),
    #[error("input '{input}' follows a non-existent input '{target}'")]
    FollowsMissing { input: InputPath, target: InputPath },
    #[error("follow cycle detected: [{}]", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" -> "))]
    FollowsCycle(Vec<InputPath>),
    #[error(transparent)]
    Reference(#[from] ReferenceError),
}

impl LockFile {
    /// A node of this lock file.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// Adds a node that nothing refers to yet.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// Sets an input of a node.
    pub fn set_input(&mut self, id: NodeId, name: &str, edge: Edge) {
        self.nodes[id.0].inputs.insert(name.to_owned(), edge);
    }

    /// Finds an input, following what it follows.
    ///
    /// # Errors
    /// When inputs follow each other in a circle.
    pub fn find(&self, path: &InputPath) -> Result<Option<NodeId>, LockError> {
        self.find_from_root(path, &mut Vec::new())
    }

    fn find_from_root(
        &self,
        path: &InputPath,
        visited: &mut Vec<InputPath>,
    ) -> Result<Option<NodeId>, LockError> {
        if let Some(start) = visited.iter().position(|seen| seen == path) {
            let mut cycle = visited.split_off(start);
            cycle.push(path.clone());
            return Err(LockError::FollowsCycle(cycle));
        }
        visited.push(path.clone());
        let mut position = NodeId::ROOT;
        for name in &path.0 {
            position = match self.node(position).inputs.get(name) {
                None => return Ok(None),
                Some(Edge::Node(id)) => *id,
                Some(Edge::Follows(target)) => match self.find_from_root(target, visited)? {
                    Some(id) => id,
                    None => return Ok(None),
                },
            };
        }
        Ok(Some(position))
    }

    /// Returns what an input was locked to, to be changed.
    pub(crate) fn lock_mut(&mut self, id: NodeId) -> Option<&mut Lock> {
        self.nodes.get_mut(id.0)?.lock.as_mut()
    }

    /// All inputs by path. Each node is gone into once only, by the first path to it.
    #[must_use]
    pub fn all_inputs(&self) -> BTreeMap<InputPath, &Edge> {
        let mut inputs = BTreeMap::new();
        self.collect_inputs(
            &InputPath::default(),
            NodeId::ROOT,
            &mut BTreeSet::new(),
            &mut inputs,
        );
        inputs
    }

    fn collect_inputs<'a>(
        &'a self,
        prefix: &InputPath,
        id: NodeId,
        done: &mut BTreeSet<NodeId>,
        inputs: &mut BTreeMap<InputPath, &'a Edge>,
    ) {
        if !done.insert(id) {
            return;
        }
        for (name, edge) in &self.node(id).inputs {
            let path = prefix.join(name);
            if let Edge::Node(child) = edge {
                inputs.insert(path.clone(), edge);
                self.collect_inputs(&path, *child, done, inputs);
            } else {
                inputs.insert(path, edge);
            }
        }
    }

    /// Checks that what is followed is there.
    ///
    /// # Errors
    /// Names the first input that follows nothing, or a circle.
    pub fn check(&self) -> Result<(), LockError> {
        for (input, edge) in self.all_inputs() {
            if let Edge::Follows(target) = edge
                && !target.is_root()
                && self.find(target)?.is_none()
            {
                return Err(LockError::FollowsMissing {
                    input,
                    target: target.clone(),
                });
            }
        }
        Ok(())
    }

    /// Returns an input that is not locked, so that this lock file must not be written. With
    /// `allow_dirty`, one that is known by its hash counts as locked; with `trusts_forges`, an archive of a
    /// forge that is known by its revision.
    #[must_use]
    pub fn unlocked_input(
        &self,
        allow_dirty: bool,
        trusts_forges: bool,
    ) -> Option<&FlakeReference> {
        let mut reachable = BTreeSet::new();
        self.collect_nodes(NodeId::ROOT, &mut reachable);
        reachable
            .into_iter()
            .filter_map(|id| self.node(id).lock.as_ref())
            .map(|lock| &lock.locked)
            .find(|locked| {
                let input = &locked.input;
                let has_hash = || matches!(input.nar_hash(), Ok(Some(_)));
                !input.is_locked(trusts_forges)
                    && input.relative_path().is_none()
                    && !(allow_dirty && has_hash())
            })
    }

    fn collect_nodes(&self, id: NodeId, nodes: &mut BTreeSet<NodeId>) {
        if nodes.insert(id) {
            for edge in self.node(id).inputs.values() {
                if let Edge::Node(child) = edge {
                    self.collect_nodes(*child, nodes);
                }
            }
        }
    }
}

impl fmt::Display for LockFile {
    /// The contents of the file, without the newline at its end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_json().text)
    }
}
