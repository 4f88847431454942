//! What has to be built, and in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use nix_wire::{Derivation, StorePath};

use super::{BuildError, Wanted};
use crate::error::StoreError;
use crate::local::LocalStore;

/// A derivation that has to be built.
pub(super) struct Node {
    pub(super) path: StorePath,
    pub(super) derivation: Derivation,
    /// The paths of all its outputs.
    pub(super) outputs: BTreeMap<String, StorePath>,
    /// The outputs for which it is built.
    pub(super) missing: BTreeSet<String>,
    /// The nodes that have to be built before.
    pub(super) dependencies: Vec<usize>,
}

/// The derivations that have to be built.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    /// What has to be built to make these valid.
    pub(super) fn of(store: &LocalStore, wanted: &[Wanted]) -> Result<Graph, BuildError> {
        let mut walk = Walk {
            store,
            nodes: Vec::new(),
            by_path: HashMap::new(),
        };
        let mut pending = Vec::new();
        let mut asked = HashSet::new();
        for wanted in wanted {
            match wanted {
                Wanted::Object(path) => walk.require(std::slice::from_ref(path))?,
                Wanted::Outputs {
                    derivation,
                    outputs,
                } => {
                    walk.require(std::slice::from_ref(derivation))?;
                    pending.push((derivation.clone(), outputs.clone()));
                }
            }
        }
        while let Some((path, outputs)) = pending.pop() {
            if asked.insert((path.clone(), outputs.clone())) {
                walk.visit(&path, outputs.as_ref(), &mut pending)?;
            }
        }
        walk.connect();
        Ok(Graph { nodes: walk.nodes })
    }

    /// The derivations, each after those that it needs.
    pub(super) fn in_order(&self) -> Vec<StorePath> {
        let mut ordered = Vec::with_capacity(self.nodes.len());
        let mut seen = vec![false; self.nodes.len()];
        for root in 0..self.nodes.len() {
            let mut stack = vec![(root, false)];
            while let Some((index, leave)) = stack.pop() {
                if leave {
                    ordered.push(self.nodes[index].path.clone());
                } else if !std::mem::replace(&mut seen[index], true) {
                    stack.push((index, true));
                    stack.extend(
                        self.nodes[index]
                            .dependencies
                            .iter()
                            .map(|next| (*next, false)),
                    );
                }
            }
        }
        ordered
    }
}

/// The paths of what is wanted, which is valid by now.
pub(super) fn paths_of(
    store: &LocalStore,
    wanted: &Wanted,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    match wanted {
        Wanted::Object(path) => Ok(BTreeMap::from([("out".to_owned(), path.clone())])),
        Wanted::Outputs {
            derivation,
            outputs: None,
        } => Ok(store.derivation_outputs(derivation)?),
        Wanted::Outputs {
            derivation,
            outputs: Some(outputs),
        } => {
            let mut paths = store.derivation_outputs(derivation)?;
            paths.retain(|name, _| outputs.contains(name));
            Ok(paths)
        }
    }
}

struct Walk<'a> {
    store: &'a LocalStore,
    nodes: Vec<Node>,
    by_path: HashMap<StorePath, usize>,
}

impl Walk<'_> {
    fn require(&self, paths: &[StorePath]) -> Result<(), BuildError> {
        self.store.add_temporary_roots(paths)?;
        let valid = self.store.valid_among(paths)?;
        match paths.iter().find(|path| !valid.contains(*path)) {
            Some(path) => Err(BuildError::NoWay {
                path: self.store.layout().print(path),
            }),
            None => Ok(()),
        }
    }

    /// Looks at some outputs of a derivation. If one is missing the derivation has to be built, and
    /// its inputs are looked at next.
    fn visit(
        &mut self,
        path: &StorePath,
        wanted: Option<&BTreeSet<String>>,
        pending: &mut Vec<(StorePath, Option<BTreeSet<String>>)>,
    ) -> Result<(), BuildError> {
        let store = self.store;
        let outputs = store.derivation_outputs(path)?;
        // First, so that what is found valid stays so.
        store.add_temporary_roots(outputs.values())?;
        let valid = store.valid_among(outputs.values())?;
        let mut missing = BTreeSet::new();
        match wanted {
            None if outputs.is_empty() => return Err(unknown_outputs(store, path)),
            None => missing.extend(outputs.keys().cloned()),
            Some(wanted) => {
                for name in wanted {
                    if !outputs.contains_key(name) {
                        return Err(no_output(store, path, name));
                    }
                    missing.insert(name.clone());
                }
            }
        }
        missing.retain(|name| !valid.contains(&outputs[name]));
        if missing.is_empty() {
            return Ok(());
        }
        if let Some(index) = self.by_path.get(path) {
            self.nodes[*index].missing.extend(missing);
            return Ok(());
        }

        let derivation = store.read_derivation(path)?;
        let sources: Vec<StorePath> = derivation.input_sources.iter().cloned().collect();
        self.require(&sources)?;
        for (input, wanted) in &derivation.input_derivations {
            if !wanted.dynamic.is_empty() {
                return Err(unknown_outputs(store, input));
            }
            pending.push((input.clone(), Some(wanted.outputs.clone())));
        }
        self.by_path.insert(path.clone(), self.nodes.len());
        self.nodes.push(Node {
            path: path.clone(),
            derivation,
            outputs,
            missing,
            dependencies: Vec::new(),
        });
        Ok(())
    }

    /// A node depends on another when it wants what is missing of it; all are known by now.
    fn connect(&mut self) {
        let dependencies: Vec<Vec<usize>> = self
            .nodes
            .iter()
            .map(|node| {
                let inputs = node.derivation.input_derivations.iter();
                inputs
                    .filter_map(|(input, wanted)| {
                        let index = *self.by_path.get(input)?;
                        let needed = !wanted.outputs.is_disjoint(&self.nodes[index].missing);
                        needed.then_some(index)
                    })
                    .collect()
            })
            .collect();
        for (node, dependencies) in self.nodes.iter_mut().zip(dependencies) {
            node.dependencies = dependencies;
        }
    }
}

fn no_output(store: &LocalStore, derivation: &StorePath, output: &str) -> BuildError {
    // The outputs of a floating derivation are not in the database.
    match store.read_derivation(derivation) {
        Ok(parsed) if parsed.outputs.contains_key(output) => unknown_outputs(store, derivation),
        Err(error @ StoreError::Derivation { .. }) => error.into(),
        _ => BuildError::NoOutput {
            derivation: store.layout().print(derivation),
            output: output.to_owned(),
        },
    }
}

fn unknown_outputs(store: &LocalStore, derivation: &StorePath) -> BuildError {
    BuildError::NotHere {
        derivation: store.layout().print(derivation),
        reason: "the paths of its outputs are known only after a build (content-addressed, \
                 impure and dynamic derivations), which this store does not support"
            .to_owned(),
    }
}
