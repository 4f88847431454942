//! Building for a store that runs no builders: a binary cache, say. Other machines build each
//! derivation in turn from what the store has, and the outputs go there.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use nix_wire::{Derivation, StorePath};

use super::attributes::Attributes;
use super::remote::{Offer, RemoteBuilder, RemoteJob, Requirements};
use super::{BuildError, BuildErrors, BuildOptions, Cancellation, Observer, Plan, Wanted};
use crate::error::StoreError;
use crate::store::{Missing, Store};

/// How often machines are asked again while all are busy.
const RETRY: Duration = Duration::from_millis(200);

/// A derivation that has to be built.
struct Node {
    path: StorePath,
    derivation: Derivation,
    outputs: BTreeMap<String, StorePath>,
    missing: BTreeSet<String>,
}

/// What [`build_elsewhere`] would do.
///
/// # Errors
/// When the store cannot be read, or a derivation is not there.
pub fn missing_elsewhere(store: &dyn Store, wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
    let (nodes, unknown) = plan(store, wanted)?;
    Ok(Missing {
        build: nodes.into_iter().map(|node| node.path).collect(),
        unknown,
        ..Missing::default()
    })
}

/// Makes what is wanted valid in a store that runs no builders itself, on the other machines that
/// the options name. Gives for each the paths by output.
///
/// # Errors
/// All failures. What was built is valid nevertheless.
pub fn build_elsewhere(
    store: &dyn Store,
    wanted: &[Wanted],
    options: &BuildOptions,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
    let (nodes, unknown) = plan(store, wanted)?;
    if let Some(path) = unknown.first() {
        let path = store.store_dir().print(path);
        return Err(BuildError::NoWay { path }.into());
    }
    if !nodes.is_empty() {
        observer.planned(&Plan {
            built: nodes.iter().map(|node| node.path.clone()).collect(),
            ..Plan::default()
        });
    }
    let mut errors = Vec::new();
    let mut failed: HashSet<&StorePath> = HashSet::new();
    let work = Work {
        store,
        options,
        cancellation,
        observer,
    };
    for node in &nodes {
        let lost = node.derivation.input_derivations.keys();
        let lost = lost.filter(|input| failed.contains(input)).count();
        let result = match lost {
            0 => work.build(node),
            failed => Err(BuildError::DependencyFailed {
                derivation: store.store_dir().print(&node.path),
                failed,
                output_paths: node
                    .outputs
                    .values()
                    .map(|path| store.store_dir().print(path))
                    .collect(),
            }),
        };
        if let Err(error) = result {
            errors.push(error);
            failed.insert(&node.path);
            if !options.keep_going || cancellation.is_cancelled() {
                break;
            }
        }
    }
    if !errors.is_empty() {
        return Err(BuildErrors(errors));
    }
    let paths = wanted.iter().map(|wanted| match wanted {
        Wanted::Object(path) => Ok(BTreeMap::from([("out".to_owned(), path.clone())])),
        Wanted::Outputs {
            derivation,
            outputs,
        } => {
            let mut paths = outputs_of(store, derivation)?;
            if let Some(names) = outputs {
                paths.retain(|name, _| names.contains(name));
            }
            Ok(paths)
        }
    });
    Ok(paths.collect::<Result<_, BuildError>>()?)
}

/// The derivations to build, each after those that it needs, and what nothing makes.
fn plan(
    store: &dyn Store,
    wanted: &[Wanted],
) -> Result<(Vec<Node>, BTreeSet<StorePath>), BuildError> {
    let mut objects = BTreeSet::new();
    let mut pending = Vec::new();
    for wanted in wanted {
        match wanted {
            Wanted::Object(path) => {
                objects.insert(path.clone());
            }
            Wanted::Outputs {
                derivation,
                outputs,
            } => pending.push(Step::Look(derivation.clone(), outputs.clone())),
        }
    }
    let mut nodes: Vec<Node> = Vec::new();
    let mut by_path: HashMap<StorePath, usize> = HashMap::new();
    let mut looked = HashSet::new();
    pending.reverse();
    while let Some(step) = pending.pop() {
        let (path, names) = match step {
            Step::Look(path, names) => (path, names),
            Step::Add(node) => {
                by_path.insert(node.path.clone(), nodes.len());
                nodes.push(*node);
                continue;
            }
        };
        if !looked.insert((path.clone(), names.clone())) {
            continue;
        }
        let outputs = outputs_of(store, &path)?;
        let names = names.unwrap_or_else(|| outputs.keys().cloned().collect());
        let mut missing = BTreeSet::new();
        for name in names {
            let output = outputs.get(&name).ok_or_else(|| BuildError::NoOutput {
                derivation: store.store_dir().print(&path),
                output: name.clone(),
            })?;
            if !store.is_valid(output)? {
                missing.insert(name);
            }
        }
        if missing.is_empty() {
            continue;
        }
        if let Some(index) = by_path.get(&path) {
            nodes[*index].missing.extend(missing);
            continue;
        }
        let derivation = store.read_derivation(&path)?;
        objects.extend(derivation.input_sources.iter().cloned());
        let inputs: Vec<Step> = derivation
            .input_derivations
            .iter()
            .map(|(input, wanted)| Step::Look(input.clone(), Some(wanted.outputs.clone())))
            .collect();
        pending.push(Step::Add(Box::new(Node {
            path,
            derivation,
            outputs,
            missing,
        })));
        pending.extend(inputs);
    }
    let valid = store.valid_among(&objects, false)?;
    Ok((nodes, objects.difference(&valid).cloned().collect()))
}

enum Step {
    Look(StorePath, Option<BTreeSet<String>>),
    /// What it needs was looked at.
    Add(Box<Node>),
}

/// The paths of all outputs, which have to be known.
fn outputs_of(
    store: &dyn Store,
    derivation: &StorePath,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    let outputs = store.derivation_outputs(derivation)?;
    let known = outputs.into_iter().map(|(name, path)| Some((name, path?)));
    known
        .collect::<Option<_>>()
        .ok_or_else(|| BuildError::NotHere {
            derivation: store.store_dir().print(derivation),
            reason: format!(
                "the paths of its outputs are known only once it is built, and the store '{}' does \
                 not keep what was built",
                store.uri()
            ),
        })
}

struct Work<'a> {
    store: &'a dyn Store,
    options: &'a BuildOptions,
    cancellation: &'a Cancellation,
    observer: &'a dyn Observer,
}

impl Work<'_> {
    fn build(&self, node: &Node) -> Result<(), BuildError> {
        let builder = self.reserve(node)?;
        self.observer.started_on(&node.path, &builder.uri());
        let result = self.build_on(&*builder, node);
        self.observer.finished(&node.path, result.as_ref().copied());
        result
    }

    fn build_on(&self, builder: &dyn RemoteBuilder, node: &Node) -> Result<(), BuildError> {
        let mut derivation = node.derivation.clone();
        let mut inputs = std::mem::take(&mut derivation.input_sources);
        for (input, wanted) in std::mem::take(&mut derivation.input_derivations) {
            let mut outputs = outputs_of(self.store, &input)?;
            outputs.retain(|name, _| wanted.outputs.contains(name));
            inputs.extend(outputs.into_values());
        }
        derivation.input_sources = self.store.closure(&inputs)?;
        let job = RemoteJob {
            path: &node.path,
            derivation: &derivation,
            outputs: &node.missing,
        };
        let built = builder.build(
            self.store,
            &job,
            self.options,
            self.cancellation,
            self.observer,
        )?;
        match node.missing.iter().find(|name| !built.contains_key(*name)) {
            Some(name) => Err(BuildError::NoOutput {
                derivation: self.store.store_dir().print(&node.path),
                output: name.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Waits for a machine that can build it.
    fn reserve(&self, node: &Node) -> Result<Box<dyn RemoteBuilder>, BuildError> {
        let builders = self.options.remote_builders.as_ref().ok_or_else(|| {
            BuildError::Other(
                "Unable to build with a primary store that isn't a local store; either pass a \
                 different '--store' or enable remote builds.\n\n\
                 For more information check 'man nix.conf' and search for '/machines'."
                    .to_owned(),
            )
        })?;
        let attributes =
            Attributes::of_stored(self.store.store_dir(), &node.path, &node.derivation)?;
        let requirements = Requirements {
            derivation: self.store.store_dir().print(&node.path),
            system: String::from_utf8_lossy(&node.derivation.system).into_owned(),
            features: attributes.required_features,
        };
        loop {
            if self.cancellation.is_cancelled() {
                return Err(StoreError::Interrupted.into());
            }
            match builders.reserve(&requirements, self.observer)? {
                Offer::Accepted(builder) => return Ok(builder),
                Offer::Busy => std::thread::sleep(RETRY),
                Offer::Nobody(reason) => {
                    return Err(BuildError::NotHere {
                        derivation: requirements.derivation,
                        reason,
                    });
                }
            }
        }
    }
}
