//! The lock file that a flake needs now: what can be kept is kept, the rest is fetched.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Edge, InputPath, Lock, LockFile, Node, NodeId};
use crate::error::FlakeError;
use crate::flake::FlakeInput;
use crate::reference::FlakeReference;
use crate::registry::RegistryScope;

/// Where flakes come from, as far as locking needs to know. A location is a directory of a fetched
/// tree, that which the `flake.nix` of a flake is in.
pub trait FlakeSource {
    /// A directory of a fetched tree.
    type Location: Clone;

    /// Fetches a flake.
    ///
    /// # Errors
    /// When it cannot be fetched, or is no flake.
    fn flake(
        &mut self,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Self::Location>, FlakeError>;

    /// The flake of a relative path, seen from the flake at `parent`.
    ///
    /// # Errors
    /// When there is none.
    fn relative_flake(
        &mut self,
        parent: &Self::Location,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Self::Location>, FlakeError>;

    /// Fetches a tree that is not a flake.
    ///
    /// # Errors
    /// When it cannot be fetched.
    fn tree(
        &mut self,
        reference: &FlakeReference,
        registries: RegistryScope,
    ) -> Result<LockedTreeInput<Self::Location>, FlakeError>;

    /// The directory of a relative path, seen from the flake at `parent`.
    ///
    /// # Errors
    /// When it is not in the tree.
    fn relative_tree(
        &mut self,
        parent: &Self::Location,
        path: &str,
    ) -> Result<Self::Location, FlakeError>;

    /// The lock file of the flake at a location; an empty one if it has none.
    ///
    /// # Errors
    /// When it is malformed.
    fn lock_file(&mut self, location: &Self::Location) -> Result<LockFile, FlakeError>;
}

/// A flake that is to be fetched.
#[derive(Debug, Clone, Copy)]
pub struct FlakeRequest<'a> {
    /// What to fetch.
    pub reference: &'a FlakeReference,
    /// Where names are looked up.
    pub registries: RegistryScope,
    /// What the paths that its inputs follow begin with.
    pub root: &'a InputPath,
    /// Whether the reference comes from a lock file.
    pub is_final: bool,
}

/// A fetched flake.
#[derive(Debug, Clone)]
pub struct LockedFlakeInput<L> {
    /// The tree that it was found to be.
    pub locked: FlakeReference,
    /// The inputs that its `flake.nix` asks for.
    pub inputs: BTreeMap<String, FlakeInput>,
    /// Where it is.
    pub location: L,
}

/// A fetched tree.
#[derive(Debug, Clone)]
pub struct LockedTreeInput<L> {
    /// The tree that it was found to be.
    pub locked: FlakeReference,
    /// Where it is.
    pub location: L,
}

/// What is asked of a lock file.
#[derive(Debug, Clone)]
pub struct LockOptions {
    /// Keep nothing of the old lock file.
    pub recreate: bool,
    /// These inputs are not kept.
    pub updates: BTreeSet<InputPath>,
    /// These inputs are others than the flakes say.
    pub overrides: BTreeMap<InputPath, FlakeReference>,
    /// Whether inputs may be fetched whose reference does not say which tree it is.
    pub allow_unlocked: bool,
    /// Whether names are looked up in registries.
    pub use_registries: bool,
    /// Whether archives of forges that are known by their revision count as locked.
    pub trusts_forges: bool,
}

impl Default for LockOptions {
    fn default() -> LockOptions {
        LockOptions {
            recreate: false,
            updates: BTreeSet::new(),
            overrides: BTreeMap::new(),
            allow_unlocked: true,
            use_registries: true,
            trusts_forges: true,
        }
    }
}

/// A lock file, and what was found out while making it.
#[derive(Debug, Clone)]
pub struct Computed<L> {
    /// The lock file.
    pub lock_file: LockFile,
    /// Where the flakes and trees are that were fetched.
    pub locations: BTreeMap<NodeId, L>,
    /// Overrides and updates that do nothing.
    pub warnings: Vec<String>,
}

/// Computes the lock file of a flake with these inputs, found at `location`.
///
/// # Errors
/// When an input cannot be fetched or is no flake, or follows something that is not there. The
/// error says in which input.
pub fn compute_locks<S: FlakeSource>(
    source: &mut S,
    inputs: &BTreeMap<String, FlakeInput>,
    location: &S::Location,
    old: &LockFile,
    options: &LockOptions,
) -> Result<Computed<S::Location>, FlakeError> {
    let root_override = |reference: &FlakeReference| Override {
        input: FlakeInput {
            reference: Some(reference.clone()),
            ..FlakeInput::default()
        },
        // A relative path given by the user is relative to the flake that is locked.
        location: location.clone(),
        parent: None,
    };
    let mut computation = Computation {
        source,
        options,
        overrides: options
            .overrides
            .iter()
            .map(|(path, reference)| (path.clone(), root_override(reference)))
            .collect(),
        used_overrides: BTreeSet::new(),
        seen_inputs: BTreeSet::new(),
        ancestors: Vec::new(),
        result: Computed {
            lock_file: LockFile::default(),
            locations: BTreeMap::from([(NodeId::ROOT, location.clone())]),
            warnings: Vec::new(),
        },
    };
    let old = (!options.recreate).then(|| OldNode {
        lock_file: Rc::new(old.clone()),
        id: NodeId::ROOT,
    });
    let root = InputPath::default();
    computation.node(&Visit {
        inputs,
        node: NodeId::ROOT,
        path: &root,
        old,
        follows_prefix: &root,
        location,
        trust_lock: false,
    })?;
    let Computation {
        used_overrides,
        seen_inputs,
        mut result,
        ..
    } = computation;
    for (path, reference) in &options.overrides {
        if !used_overrides.contains(path) {
            result.warnings.push(format!(
                "the flag '--override-input {path} {reference}' does not match any input"
            ));
        }
    }
    for path in &options.updates {
        if !seen_inputs.contains(path) {
            result
                .warnings
                .push(format!("'{path}' does not match any input of this flake"));
        }
    }
    result.lock_file.check()?;
    Ok(result)
}

/// What an input is replaced by, and by whom.
#[derive(Clone)]
struct Override<L> {
    input: FlakeInput,
    /// The flake that says so.
    location: L,
    /// Its path; `None` if it is the user who says so.
    parent: Option<InputPath>,
}

/// A node of an old lock file. That of an input may be another than that of the flake.
#[derive(Clone)]
struct OldNode {
    lock_file: Rc<LockFile>,
    id: NodeId,
}

impl OldNode {
    fn node(&self) -> &Node {
        self.lock_file.node(self.id)
    }

    fn child(&self, name: &str) -> Option<OldNode> {
        match self.node().inputs.get(name)? {
            Edge::Node(id) => Some(OldNode {
                lock_file: Rc::clone(&self.lock_file),
                id: *id,
            }),
            Edge::Follows(_) => None,
        }
    }
}

/// A node whose inputs are to be locked.
struct Visit<'a, L> {
    /// Its inputs, from a `flake.nix` or a lock file.
    inputs: &'a BTreeMap<String, FlakeInput>,
    node: NodeId,
    path: &'a InputPath,
    /// The old node that locks can be taken from.
    old: Option<OldNode>,
    /// What paths that are followed in the old node are relative to.
    follows_prefix: &'a InputPath,
    /// The flake whose inputs these are.
    location: &'a L,
    /// Whether what the old node follows needs not be said by a flake any more.
    trust_lock: bool,
}

/// One input of a node, with what replaces it.
struct Wanted<'a, L> {
    name: &'a str,
    path: InputPath,
    /// What is said in the `flake.nix`, or by whoever overrides it.
    input: FlakeInput,
    reference: FlakeReference,
    /// The flake that relative paths are relative to.
    location: L,
    parent: Option<InputPath>,
    /// Whether it is the user who overrides it, and what it was before.
    overridden_by_user: bool,
    original: Option<FlakeReference>,
}

struct Computation<'a, S: FlakeSource> {
    source: &'a mut S,
    options: &'a LockOptions,
    overrides: BTreeMap<InputPath, Override<S::Location>>,
    used_overrides: BTreeSet<InputPath>,
    seen_inputs: BTreeSet<InputPath>,
    /// The references of the flakes that are being locked.
    ancestors: Vec<FlakeReference>,
    result: Computed<S::Location>,
}

impl<S: FlakeSource> Computation<'_, S> {
    fn node(&mut self, visit: &Visit<'_, S::Location>) -> Result<(), FlakeError> {
        for (name, input) in visit.inputs {
            self.add_overrides(visit, input, &visit.path.join(name));
        }
        for path in self.overrides.keys() {
            if let Some((parent, name)) = path.split_last()
                && parent == *visit.path
                && !visit.inputs.contains_key(name)
            {
                self.result.warnings.push(format!(
                    "input '{}' has an override for a non-existent input '{name}'",
                    visit.path
                ));
            }
        }
        for (name, input) in visit.inputs {
            let path = visit.path.join(name);
            self.input(visit, name, input, &path).map_err(|error| {
                error.context(format!("while updating the flake input '{path}'"))
            })?;
        }
        Ok(())
    }

    /// Notes what a flake says about the inputs of its inputs. What was said further out counts.
    fn add_overrides(
        &mut self,
        visit: &Visit<'_, S::Location>,
        input: &FlakeInput,
        prefix: &InputPath,
    ) {
        for (name, nested) in &input.overrides {
            let path = prefix.join(name);
            if nested.reference.is_some() || nested.follows.is_some() {
                self.overrides
                    .entry(path.clone())
                    .or_insert_with(|| Override {
                        input: nested.clone(),
                        location: visit.location.clone(),
                        parent: Some(visit.path.clone()),
                    });
            }
            self.add_overrides(visit, nested, &path);
        }
    }

    fn input(
        &mut self,
        visit: &Visit<'_, S::Location>,
        name: &str,
        declared: &FlakeInput,
        path: &InputPath,
    ) -> Result<(), FlakeError> {
        let replacement = self.overrides.get(path).cloned();
        let mut input = declared.clone();
        let mut location = visit.location.clone();
        let mut parent = Some(visit.path.clone());
        if let Some(replacement) = replacement {
            self.used_overrides.insert(path.clone());
            input = FlakeInput {
                is_flake: declared.is_flake,
                ..replacement.input
            };
            location = replacement.location;
            parent = replacement.parent;
        }
        if let Some(target) = &input.follows {
            let edge = Edge::Follows(target.clone());
            self.result.lock_file.set_input(visit.node, name, edge);
            return Ok(());
        }
        let reference = match &input.reference {
            Some(reference) => reference.clone(),
            None => FlakeReference::indirect(name)?,
        };
        let is_relative = reference.input.relative_path().is_some();
        let wanted = Wanted {
            name,
            path: path.clone(),
            input,
            reference,
            location,
            parent: parent.filter(|_| is_relative),
            overridden_by_user: self.options.overrides.contains_key(path),
            original: declared.reference.clone(),
        };
        self.seen_inputs.insert(path.clone());
        let old = visit
            .old
            .as_ref()
            .filter(|_| !self.options.updates.contains(path))
            .and_then(|old| old.child(name));
        if let Some(old) = old
            && let Some(lock) = &old.node().lock
            && !wanted.overridden_by_user
            && lock.parent == wanted.parent
            && lock.original.canonicalised() == wanted.reference.canonicalised()
        {
            return self.keep(visit, &wanted, &old, lock.clone());
        }
        self.create(visit, &wanted)
    }

    /// Takes an input over from the old lock file. Nothing is fetched, unless its own inputs may
    /// have become others.
    fn keep(
        &mut self,
        visit: &Visit<'_, S::Location>,
        wanted: &Wanted<'_, S::Location>,
        old: &OldNode,
        lock: Lock,
    ) -> Result<(), FlakeError> {
        let locked = lock.locked.clone();
        let node = self.add(visit, wanted, lock);
        let kept_inputs = match self.updates_below(&wanted.path) {
            true => None,
            false => self.kept_inputs(visit, wanted, old),
        };
        let visit_below = |inputs, location, trust_lock| Visit {
            inputs,
            node,
            path: &wanted.path,
            old: Some(old.clone()),
            follows_prefix: visit.follows_prefix,
            location,
            trust_lock,
        };
        if let Some(inputs) = kept_inputs {
            return self.node(&visit_below(&inputs, visit.location, true));
        }
        let scope = self.input_scope();
        let flake = self.fetch_flake(
            wanted,
            &FlakeRequest {
                reference: &locked,
                registries: scope,
                root: &wanted.path,
                is_final: true,
            },
        )?;
        self.result.locations.insert(node, flake.location.clone());
        self.node(&visit_below(&flake.inputs, &flake.location, false))
    }

    /// The inputs of a kept input as the old lock file has them; `None` if the flake may have other
    /// ones now.
    fn kept_inputs(
        &self,
        visit: &Visit<'_, S::Location>,
        wanted: &Wanted<'_, S::Location>,
        old: &OldNode,
    ) -> Option<BTreeMap<String, FlakeInput>> {
        let mut inputs = BTreeMap::new();
        for (name, edge) in &old.node().inputs {
            let input = match edge {
                Edge::Node(id) => {
                    let lock = old.lock_file.node(*id).lock.as_ref()?;
                    FlakeInput {
                        reference: Some(lock.original.clone()),
                        is_flake: lock.is_flake,
                        ..FlakeInput::default()
                    }
                }
                Edge::Follows(target) => {
                    // Whoever said that it follows may no longer do so; what it is then, only the
                    // flake can tell.
                    let is_said = self.overrides.contains_key(&wanted.path.join(name));
                    if !visit.trust_lock && !is_said {
                        return None;
                    }
                    let mut absolute = visit.follows_prefix.clone();
                    absolute.0.extend(target.0.iter().cloned());
                    FlakeInput {
                        follows: Some(absolute),
                        ..FlakeInput::default()
                    }
                }
            };
            inputs.insert(name.clone(), input);
        }
        Some(inputs)
    }

    /// Fetches an input.
    fn create(
        &mut self,
        visit: &Visit<'_, S::Location>,
        wanted: &Wanted<'_, S::Location>,
    ) -> Result<(), FlakeError> {
        let reference = &wanted.reference;
        let is_relative = reference.input.relative_path().is_some();
        let is_locked = || reference.input.is_locked(self.options.trusts_forges);
        if !self.options.allow_unlocked && !is_relative && !is_locked() {
            return Err(FlakeError::UnlockedInPureMode(wanted.path.clone()));
        }
        // What the flake says, not the override, so that the override is still there the next time
        // that the lock file is written.
        let original = match &wanted.original {
            Some(original) if wanted.overridden_by_user => original.clone(),
            _ => reference.clone(),
        };
        let lock = |locked, is_flake| Lock {
            locked,
            original,
            is_flake,
            parent: wanted.parent.clone(),
        };
        if !wanted.input.is_flake {
            let tree = match reference.input.relative_path() {
                Some(path) => LockedTreeInput {
                    locked: reference.clone(),
                    location: self.source.relative_tree(&wanted.location, path)?,
                },
                None => {
                    let scope = self.input_scope();
                    self.source.tree(reference, scope)?
                }
            };
            let node = self.add(visit, wanted, lock(tree.locked, false));
            self.result.locations.insert(node, tree.location);
            return Ok(());
        }
        let scope = match wanted.overridden_by_user {
            true => RegistryScope::All,
            false => self.input_scope(),
        };
        let flake = self.fetch_flake(
            wanted,
            &FlakeRequest {
                reference,
                registries: scope,
                root: &wanted.path,
                is_final: false,
            },
        )?;
        let node = self.add(visit, wanted, lock(flake.locked.clone(), true));
        if self.ancestors.contains(reference) {
            return Err(FlakeError::CircularImport(reference.clone()));
        }
        self.ancestors.push(reference.clone());
        self.result.locations.insert(node, flake.location.clone());
        let own = self.source.lock_file(&flake.location)?;
        let visited = self.node(&Visit {
            inputs: &flake.inputs,
            node,
            path: &wanted.path,
            old: Some(OldNode {
                lock_file: Rc::new(own),
                id: NodeId::ROOT,
            }),
            follows_prefix: &wanted.path,
            location: &flake.location,
            trust_lock: false,
        });
        self.ancestors.pop();
        visited
    }

    fn fetch_flake(
        &mut self,
        wanted: &Wanted<'_, S::Location>,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<S::Location>, FlakeError> {
        match wanted.reference.input.relative_path() {
            Some(_) => self.source.relative_flake(&wanted.location, request),
            None => self.source.flake(request),
        }
    }

    fn add(
        &mut self,
        visit: &Visit<'_, S::Location>,
        wanted: &Wanted<'_, S::Location>,
        lock: Lock,
    ) -> NodeId {
        let lock_file = &mut self.result.lock_file;
        let node = lock_file.add(Node {
            lock: Some(lock),
            ..Node::default()
        });
        lock_file.set_input(visit.node, wanted.name, Edge::Node(node));
        node
    }

    /// Whether an input of this one is to be updated.
    fn updates_below(&self, path: &InputPath) -> bool {
        self.options
            .updates
            .range(path.clone()..)
            .next()
            .is_some_and(|next| next.0.len() > path.0.len() && next.0.starts_with(&path.0))
    }

    fn input_scope(&self) -> RegistryScope {
        match self.options.use_registries {
            true => RegistryScope::Limited,
            false => RegistryScope::None,
        }
    }
}
