//! What has to be built or fetched, and in which order.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};

use nix_wire::derivation::{DerivationKind, DerivationOutput};
use nix_wire::{Derivation, StorePath};

use super::attributes::Attributes;
use super::resolve::{self, Outputs};
use super::{BuildError, BuildMode, BuildOptions, Wanted};
use crate::error::StoreError;
use crate::local::LocalStore;
use crate::store::{CopyOptions, Import, copy_paths};

/// A derivation that has to be built.
pub(super) struct Node {
    pub(super) path: StorePath,
    pub(super) derivation: Derivation,
    /// All its outputs, with the paths that are known.
    pub(super) outputs: Outputs,
    /// The outputs for which it is built.
    pub(super) missing: BTreeSet<String>,
    /// Whether it is built though nothing is missing: it was asked for, and the mode is to check.
    pub(super) is_wanted: bool,
    /// The nodes that have to be built before.
    pub(super) dependencies: Vec<usize>,
}

/// What has to be done.
pub(super) struct Graph {
    /// The derivations that have to be built.
    pub(super) nodes: Vec<Node>,
    /// What comes from elsewhere.
    pub(super) offered: BTreeSet<StorePath>,
    /// What objects elsewhere refer to and nobody has.
    pub(super) lacking: BTreeSet<StorePath>,
}

/// Outputs of a derivation that something else wants, or the user does.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Request {
    derivation: StorePath,
    outputs: Option<BTreeSet<String>>,
    is_wanted: bool,
}

/// A derivation that is built though the store has it not: who sent it may say which outputs are
/// made by what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) path: &'a StorePath,
    pub(super) derivation: &'a Derivation,
}

/// The given derivation or one of the store.
pub(super) fn read_derivation(
    store: &LocalStore,
    given: Option<Given<'_>>,
    path: &StorePath,
) -> Result<Derivation, StoreError> {
    match given {
        Some(given) if given.path == path => Ok(given.derivation.clone()),
        _ => store.read_derivation(path),
    }
}

/// Whether outputs of a derivation may come from elsewhere.
pub(super) fn may_be_fetched(
    store: &LocalStore,
    options: &BuildOptions,
    derivation: &Derivation,
) -> bool {
    !options.substituters.is_empty()
        && Attributes::of(store.store_dir(), derivation)
            .is_ok_and(|attributes| attributes.allows_substitutes)
}

impl Graph {
    /// What has to be done to make these valid. A derivation among them may be `given`. Nothing is
    /// fetched that is among the `refused`.
    pub(super) fn of(
        store: &LocalStore,
        wanted: &[Wanted],
        given: Option<Given<'_>>,
        options: &BuildOptions,
        refused: &BTreeSet<StorePath>,
    ) -> Result<Graph, BuildError> {
        let mut walk = Walk {
            store,
            given,
            options,
            refused,
            nodes: Vec::new(),
            by_path: HashMap::new(),
            offered: BTreeSet::new(),
            lacking: BTreeSet::new(),
            examined: RefCell::new(HashMap::new()),
        };
        let mut requests = Vec::new();
        let mut objects = BTreeSet::new();
        for wanted in wanted {
            match wanted {
                Wanted::Object(path) => {
                    objects.insert(path.clone());
                }
                Wanted::Outputs {
                    derivation,
                    outputs,
                } => {
                    if given.is_none_or(|given| given.path != derivation) {
                        objects.insert(derivation.clone());
                    }
                    requests.push(Request {
                        derivation: derivation.clone(),
                        outputs: outputs.clone(),
                        is_wanted: true,
                    });
                }
            }
        }
        walk.require(&objects)?;
        let mut asked = HashSet::new();
        // Level by level, so that what is missing on one is asked for at once.
        while !requests.is_empty() {
            requests.retain(|request| asked.insert(request.clone()));
            requests = walk.visit(&requests)?;
        }
        walk.connect();
        Ok(Graph {
            nodes: walk.nodes,
            offered: walk.offered,
            lacking: walk.lacking,
        })
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

struct Walk<'a> {
    store: &'a LocalStore,
    given: Option<Given<'a>>,
    options: &'a BuildOptions,
    refused: &'a BTreeSet<StorePath>,
    nodes: Vec<Node>,
    by_path: HashMap<StorePath, usize>,
    offered: BTreeSet<StorePath>,
    lacking: BTreeSet<StorePath>,
    /// Whether objects are as they were registered, as far as that is known.
    examined: RefCell<HashMap<StorePath, bool>>,
}

/// A derivation that was looked at.
struct Found {
    request: Request,
    derivation: Derivation,
    outputs: Outputs,
    missing: BTreeSet<String>,
    may_be_fetched: bool,
}

impl Found {
    /// The paths that are missing, when all are known.
    fn missing_paths(&self) -> Option<Vec<&StorePath>> {
        self.missing
            .iter()
            .map(|name| self.outputs[name].as_ref())
            .collect()
    }
}

impl Walk<'_> {
    /// Whether they are valid or will be fetched.
    fn require(&mut self, paths: &BTreeSet<StorePath>) -> Result<(), BuildError> {
        let store = self.store;
        store.add_temporary_roots(paths)?;
        let mut missing: BTreeSet<StorePath> = paths.clone();
        for path in store.valid_among(paths)? {
            missing.remove(&path);
        }
        self.borrow(&mut missing)?;
        let offered = self.ask(&missing)?;
        match missing.iter().find(|path| !offered.contains(*path)) {
            Some(path) => Err(BuildError::NoWay {
                path: store.layout().print(path),
            }),
            None => {
                self.offered.extend(offered);
                Ok(())
            }
        }
    }

    /// Takes off what the store that lends derivations has: derivations may stay there, what they
    /// use is copied.
    fn borrow(&self, missing: &mut BTreeSet<StorePath>) -> Result<(), BuildError> {
        let Some(lender) = self.store.lender().filter(|_| !missing.is_empty()) else {
            return Ok(());
        };
        let lent = lender.valid_among(missing, false)?;
        missing.retain(|path| !lent.contains(path));
        let sources: BTreeSet<StorePath> = lent
            .into_iter()
            .filter(|path| !path.is_derivation())
            .collect();
        let closure = lender.closure(&sources)?;
        let options = CopyOptions {
            import: Import::TRUSTED,
            substitute: false,
        };
        copy_paths(&*lender, self.store, &closure, options)?;
        Ok(())
    }

    /// Those that can be fetched.
    fn ask(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>, BuildError> {
        let mut rest: BTreeSet<StorePath> = paths
            .iter()
            .filter(|path| !self.refused.contains(*path))
            .cloned()
            .collect();
        let mut offered = BTreeSet::new();
        for substituter in &self.options.substituters {
            if rest.is_empty() {
                break;
            }
            for path in substituter.offered(self.store, &rest)? {
                rest.remove(&path);
                offered.insert(path);
            }
        }
        Ok(offered)
    }

    /// Looks at outputs of derivations. Where one is missing that cannot be fetched the derivation
    /// has to be built, and its inputs are looked at next.
    fn visit(&mut self, requests: &[Request]) -> Result<Vec<Request>, BuildError> {
        let mut found = Vec::new();
        let mut fetchable = BTreeSet::new();
        let mut further = Vec::new();
        for request in requests {
            let Some(next) = self.look(request)? else {
                if self.options.mode == BuildMode::Repair {
                    further.extend(self.spoiled_below(request)?);
                }
                continue;
            };
            if next.may_be_fetched {
                fetchable.extend(next.missing_paths().into_iter().flatten().cloned());
            }
            found.push(next);
        }
        let offered = self.ask(&fetchable)?;
        let rest: BTreeSet<StorePath> = fetchable.difference(&offered).cloned().collect();
        if !rest.is_empty() {
            for substituter in &self.options.substituters {
                let lacking = substituter.lacking(self.store, &rest)?;
                self.lacking.extend(lacking);
            }
        }
        for next in found {
            if next.may_be_fetched
                && let Some(paths) = next.missing_paths()
                && paths.iter().all(|path| offered.contains(*path))
            {
                self.offered.extend(paths.into_iter().cloned());
                continue;
            }
            self.add(next, &mut further)?;
        }
        Ok(further)
    }

    /// `None` when nothing has to be done.
    fn look(&self, request: &Request) -> Result<Option<Found>, BuildError> {
        let store = self.store;
        let path = &request.derivation;
        let mode = self.options.mode;
        let is_examined = match mode {
            BuildMode::Normal => false,
            BuildMode::Check => request.is_wanted,
            // What is made from what is spoiled is worth nothing.
            BuildMode::Repair => true,
        };
        if !is_examined && self.is_all_valid(request)? {
            return Ok(None);
        }
        let derivation = read_derivation(store, self.given, path)?;
        let outputs = resolve::known_outputs(store, &derivation, self.options.features)?;
        let known: Vec<&StorePath> = outputs.values().flatten().collect();
        store.add_temporary_roots(known.iter().copied())?;
        let mut missing: BTreeSet<String> = match &request.outputs {
            None => outputs.keys().cloned().collect(),
            Some(names) => {
                if let Some(name) = names.iter().find(|name| !outputs.contains_key(*name)) {
                    return Err(BuildError::NoOutput {
                        derivation: store.layout().print(path),
                        output: name.clone(),
                    });
                }
                names.clone()
            }
        };
        let valid = store.valid_among(known)?;
        let is_valid = |name: &String| outputs[name].as_ref().is_some_and(|p| valid.contains(p));
        match mode {
            BuildMode::Check if is_examined => {
                if !missing.iter().all(is_valid) {
                    return Err(BuildError::NothingToCheck {
                        derivation: store.layout().print(path),
                    });
                }
                missing.clear();
            }
            BuildMode::Repair if is_examined => {
                let mut bad = BTreeSet::new();
                for name in missing {
                    if !is_valid(&name) || !self.is_good(outputs[&name].as_ref())? {
                        bad.insert(name);
                    }
                }
                missing = bad;
            }
            _ => missing.retain(|name| !is_valid(name)),
        }
        let is_checked = is_examined && mode == BuildMode::Check;
        if missing.is_empty() && !is_checked {
            return Ok(None);
        }
        let kind = derivation
            .kind()
            .map_err(|error| BuildError::BadDerivation {
                derivation: store.layout().print(path),
                reason: error.to_string(),
            })?;
        self.check_features(kind)?;
        // What is there, but bad, is not fetched as if it were not there.
        let may_be_fetched = (!is_examined
            || (mode == BuildMode::Repair && !missing.iter().any(is_valid)))
            && may_be_fetched(store, self.options, &derivation);
        if may_be_fetched {
            self.tell_expected(&derivation, &outputs);
        }
        Ok(Some(Found {
            request: request.clone(),
            derivation,
            outputs,
            missing,
            may_be_fetched,
        }))
    }

    /// Tells substituters of the contents that are stated.
    fn tell_expected(&self, derivation: &Derivation, outputs: &Outputs) {
        for (name, output) in &derivation.outputs {
            let (DerivationOutput::Fixed(address), Some(Some(path))) = (output, outputs.get(name))
            else {
                continue;
            };
            for substituter in &self.options.substituters {
                substituter.expect(path, address);
            }
        }
    }

    /// By what the database says of outputs that are known, without a look at the derivation.
    fn is_all_valid(&self, request: &Request) -> Result<bool, BuildError> {
        let outputs = self.store.derivation_outputs(&request.derivation)?;
        let paths: Vec<&StorePath> = match &request.outputs {
            None => outputs.values().collect(),
            Some(names) => match names.iter().map(|name| outputs.get(name)).collect() {
                Some(paths) => paths,
                None => return Ok(false),
            },
        };
        // First, so that what is found valid stays so.
        self.store.add_temporary_roots(paths.iter().copied())?;
        let valid = self.store.valid_among(paths.iter().copied())?;
        Ok(!paths.is_empty() && paths.iter().all(|path| valid.contains(*path)))
    }

    fn is_good(&self, path: Option<&StorePath>) -> Result<bool, BuildError> {
        let Some(path) = path else { return Ok(false) };
        if let Some(known) = self.examined.borrow().get(path) {
            return Ok(*known);
        }
        let is_good = self.store.has_good_contents(path)?;
        self.examined.borrow_mut().insert(path.clone(), is_good);
        Ok(is_good)
    }

    /// What would make the objects again that good outputs refer to and that are not as they were
    /// registered. Those that no derivation below makes are left.
    fn spoiled_below(&self, request: &Request) -> Result<Vec<Request>, BuildError> {
        let store = self.store;
        let outputs = store.derivation_outputs(&request.derivation)?;
        let wanted = outputs.iter().filter(|(name, _)| {
            let names = request.outputs.as_ref();
            names.is_none_or(|names| names.contains(*name))
        });
        let mut spoiled = BTreeSet::new();
        for path in store.closure(wanted.map(|(_, path)| path))? {
            if !self.is_good(Some(&path))? {
                spoiled.insert(path);
            }
        }
        let mut requests = Vec::new();
        if spoiled.is_empty() {
            return Ok(requests);
        }
        let derivations = store.closure([&request.derivation])?;
        for derivation in derivations.into_iter().filter(StorePath::is_derivation) {
            let outputs = store.derivation_outputs(&derivation)?;
            let made = outputs
                .into_iter()
                .filter(|(_, path)| spoiled.contains(path));
            let made: BTreeSet<String> = made.map(|(name, _)| name).collect();
            if !made.is_empty() {
                requests.push(Request {
                    derivation,
                    outputs: Some(made),
                    is_wanted: true,
                });
            }
        }
        Ok(requests)
    }

    fn check_features(&self, kind: DerivationKind) -> Result<(), BuildError> {
        let features = self.options.features;
        match kind {
            DerivationKind::Floating | DerivationKind::Deferred if !features.content_addressed => {
                Err(BuildError::Feature("ca-derivations"))
            }
            DerivationKind::Impure if !features.impure => {
                Err(BuildError::Feature("impure-derivations"))
            }
            _ => Ok(()),
        }
    }

    /// Fails if what is made once and for all is made from what is made anew each time.
    fn check_purity(&self, path: &StorePath, derivation: &Derivation) -> Result<(), BuildError> {
        let is_free = |kind| matches!(kind, Ok(DerivationKind::Impure | DerivationKind::Fixed));
        if !self.options.features.impure || is_free(derivation.kind()) {
            return Ok(());
        }
        for input in derivation.input_derivations.keys() {
            let read = self.store.read_derivation(input)?;
            if matches!(read.kind(), Ok(DerivationKind::Impure)) {
                return Err(BuildError::Other(format!(
                    "pure derivation '{}' depends on impure derivation '{}'",
                    self.store.layout().print(path),
                    self.store.layout().print(input)
                )));
            }
        }
        Ok(())
    }

    fn add(&mut self, found: Found, further: &mut Vec<Request>) -> Result<(), BuildError> {
        let path = found.request.derivation;
        if let Some(index) = self.by_path.get(&path) {
            let node = &mut self.nodes[*index];
            node.missing.extend(found.missing);
            node.is_wanted |= found.request.is_wanted;
            return Ok(());
        }
        self.check_purity(&path, &found.derivation)?;
        self.require(&found.derivation.input_sources)?;
        for (input, wanted) in &found.derivation.input_derivations {
            if !wanted.dynamic.is_empty() {
                return Err(BuildError::NotHere {
                    derivation: self.store.layout().print(&path),
                    reason: "it uses outputs of derivations that are outputs themselves (the \
                             experimental feature 'dynamic-derivations'), which is not supported"
                        .to_owned(),
                });
            }
            further.push(Request {
                derivation: input.clone(),
                outputs: Some(wanted.outputs.clone()),
                is_wanted: false,
            });
        }
        let inputs: BTreeSet<StorePath> =
            found.derivation.input_derivations.keys().cloned().collect();
        self.require(&inputs)?;
        self.by_path.insert(path.clone(), self.nodes.len());
        self.nodes.push(Node {
            path,
            derivation: found.derivation,
            outputs: found.outputs,
            missing: found.missing,
            is_wanted: found.request.is_wanted,
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
