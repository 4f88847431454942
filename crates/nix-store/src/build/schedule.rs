//! Several builds at a time, each after those that it needs.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::thread;

use nix_wire::StorePath;

use super::graph::{Given, Graph, read_derivation};
use super::remote::LocalPlaces;
use super::run::Surroundings;
use super::{
    BuildError, BuildErrors, BuildMode, BuildOptions, Cancellation, Observer, Plan, Wanted, graph,
    resolve, run,
};
use crate::error::StoreError;
use crate::local::{LocalStore, lock};

/// The outputs of derivations that were built.
type Built = HashMap<StorePath, BTreeMap<String, StorePath>>;

/// Fetches and builds what is missing, and gives the paths of what is wanted. One derivation may be
/// `given`.
pub(super) fn realise(
    store: &LocalStore,
    wanted: &[Wanted],
    given: Option<Given<'_>>,
    options: &BuildOptions,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
    let mut refused = BTreeSet::new();
    let graph = loop {
        let graph = Graph::of(store, wanted, given, options, &refused)?;
        if options.mode == BuildMode::Repair
            && repair_outputs(store, &graph, options, cancellation)?
        {
            continue;
        }
        if !graph.nodes.is_empty() || !graph.offered.is_empty() {
            observer.planned(&Plan {
                built: graph.in_order(),
                substituted: graph.offered.clone(),
                lacking: graph.lacking.clone(),
            });
        }
        let lost = substitute(store, &graph.offered, options, cancellation, observer)?;
        if lost.is_empty() {
            break graph;
        }
        // What is no longer offered is as if it never had been; the rest failed.
        let failed = offered(store, &lost, options)?;
        if !options.fallback && !failed.is_empty() {
            return Err(not_substituted(store, wanted, &failed).into());
        }
        refused.extend(lost);
    };
    let built = if graph.nodes.is_empty() {
        Built::new()
    } else {
        build(store, &graph, options, cancellation, observer)?
    };
    Ok(wanted
        .iter()
        .map(|wanted| paths_of(store, options, &built, given, wanted))
        .collect::<Result<_, _>>()?)
}

/// Puts copies in the place of outputs that are not as they were registered, where substituters
/// have them. Gives whether there was one.
fn repair_outputs(
    store: &LocalStore,
    graph: &Graph,
    options: &BuildOptions,
    cancellation: &Cancellation,
) -> Result<bool, BuildError> {
    let mut repaired = false;
    for node in &graph.nodes {
        if !graph::may_be_fetched(store, options, &node.derivation) {
            continue;
        }
        let missing = node.missing.iter();
        let known = missing.filter_map(|name| node.outputs.get(name)?.as_ref());
        for path in store.valid_among(known)? {
            repaired |= repair(store, &path, options, cancellation)?;
        }
    }
    Ok(repaired)
}

/// Puts a copy in the place of a registered object, if a substituter has one. Gives whether it did.
///
/// # Errors
/// When it was stopped, or the store fails.
pub fn repair(
    store: &LocalStore,
    path: &StorePath,
    options: &BuildOptions,
    cancellation: &Cancellation,
) -> Result<bool, StoreError> {
    for substituter in &options.substituters {
        if substituter.repair(store, path, cancellation)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Those of the paths that some substituter offers.
///
/// # Errors
/// When a substituter cannot say.
pub fn offered(
    store: &LocalStore,
    paths: &BTreeSet<StorePath>,
    options: &BuildOptions,
) -> Result<BTreeSet<StorePath>, StoreError> {
    let mut offered = BTreeSet::new();
    for substituter in &options.substituters {
        offered.extend(substituter.offered(store, paths)?);
    }
    Ok(offered)
}

/// Fetches objects that are not valid; gives those that could not be had.
///
/// # Errors
/// When a substituter or the store fails.
pub fn substitute(
    store: &LocalStore,
    missing: &BTreeSet<StorePath>,
    options: &BuildOptions,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<BTreeSet<StorePath>, StoreError> {
    let mut rest = missing.clone();
    for substituter in &options.substituters {
        if rest.is_empty() {
            break;
        }
        let paths = substituter.offered(store, &rest)?;
        substituter.substitute(store, &paths, cancellation, observer)?;
        for path in store.valid_among(&rest)? {
            rest.remove(&path);
        }
    }
    Ok(rest)
}

fn not_substituted(
    store: &LocalStore,
    wanted: &[Wanted],
    lost: &BTreeSet<StorePath>,
) -> BuildError {
    let derivation = wanted.iter().find_map(|wanted| match wanted {
        Wanted::Outputs { derivation, .. } => Some(derivation),
        Wanted::Object(_) => None,
    });
    match (derivation, lost.first()) {
        (Some(derivation), _) => BuildError::NotSubstituted {
            derivation: store.layout().print(derivation),
        },
        (None, path) => BuildError::NoWay {
            path: path
                .map(|path| store.layout().print(path))
                .unwrap_or_default(),
        },
    }
}

/// The paths of what is wanted, which is valid by now.
fn paths_of(
    store: &LocalStore,
    options: &BuildOptions,
    built: &Built,
    given: Option<Given<'_>>,
    wanted: &Wanted,
) -> Result<BTreeMap<String, StorePath>, BuildError> {
    let (derivation, names) = match wanted {
        Wanted::Object(path) => return Ok(BTreeMap::from([("out".to_owned(), path.clone())])),
        Wanted::Outputs {
            derivation,
            outputs,
        } => (derivation, outputs),
    };
    let mut paths = match built.get(derivation) {
        Some(paths) => paths.clone(),
        None => store.derivation_outputs(derivation)?,
    };
    if paths.is_empty() {
        let parsed = read_derivation(store, given, derivation)?;
        let known = resolve::known_outputs(store, &parsed, options.features)?;
        paths.extend(
            known
                .into_iter()
                .filter_map(|(name, path)| Some((name, path?))),
        );
    }
    if let Some(names) = names {
        paths.retain(|name, _| names.contains(name));
    }
    Ok(paths)
}

struct Progress {
    ready: VecDeque<usize>,
    /// By node: how many that it depends on are not built yet.
    waiting: Vec<usize>,
    running: usize,
    built: Built,
    failures: Vec<(usize, BuildError)>,
}

fn build(
    store: &LocalStore,
    graph: &Graph,
    options: &BuildOptions,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<Built, BuildErrors> {
    let mut dependents = vec![Vec::new(); graph.nodes.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        for dependency in &node.dependencies {
            dependents[*dependency].push(index);
        }
    }
    let waiting: Vec<usize> = graph
        .nodes
        .iter()
        .map(|node| node.dependencies.len())
        .collect();
    let ready = (0..waiting.len())
        .filter(|index| waiting[*index] == 0)
        .collect();
    let progress = Mutex::new(Progress {
        ready,
        waiting,
        running: 0,
        built: Built::new(),
        failures: Vec::new(),
    });
    let changed = Condvar::new();
    let places = LocalPlaces::new(options.jobs);
    // Set by the first failure, unless all are wanted.
    let failed = Cancellation::new();

    let unprotected = Once::new();
    let work = || {
        let stopped = || cancellation.is_cancelled() || failed.is_cancelled();
        let mut state = lock(&progress);
        loop {
            if stopped() || (state.ready.is_empty() && state.running == 0) {
                changed.notify_all();
                return;
            }
            let Some(index) = state.ready.pop_front() else {
                state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.running += 1;
            drop(state);

            let node = &graph.nodes[index];
            let surroundings = Surroundings {
                store,
                options,
                observer,
                stopped: &stopped,
                places: &places,
                unprotected: &unprotected,
                built: &|derivation| lock(&progress).built.get(derivation).cloned(),
            };
            let result = run::build(&surroundings, node);

            state = lock(&progress);
            state.running -= 1;
            match result {
                Ok(outputs) => {
                    state.built.insert(node.path.clone(), outputs);
                    for dependent in &dependents[index] {
                        state.waiting[*dependent] -= 1;
                        if state.waiting[*dependent] == 0 {
                            state.ready.push_back(*dependent);
                        }
                    }
                }
                // It was stopped because of another one.
                Err(BuildError::Interrupted) if failed.is_cancelled() => {}
                Err(error) => {
                    state.failures.push((index, error));
                    if !options.keep_going {
                        failed.cancel();
                    }
                }
            }
            changed.notify_all();
        }
    };
    let ended = Cancellation::new();
    let elsewhere = options.remote_builders.as_ref();
    let places_elsewhere = elsewhere.map_or(0, |builders| builders.places());
    let threads = options
        .jobs
        .saturating_add(places_elsewhere)
        .clamp(1, graph.nodes.len().max(1));
    thread::scope(|scope| {
        if let Some(space) = &options.free_space {
            // Without a thread for it, space is only made between builds.
            let watch = || space.watch(store, &ended);
            let _ = thread::Builder::new().spawn_scoped(scope, watch);
        }
        // This thread is one of them: most often there is only one thing to build at a time.
        for _ in 1..threads {
            // A limit of processes only makes it slower.
            if thread::Builder::new().spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
        // The other threads may be at the last builds still.
        let mut state = lock(&progress);
        while state.running > 0 {
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        ended.cancel();
    });

    let Progress {
        failures, built, ..
    } = progress
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    if failures.is_empty() {
        return if cancellation.is_cancelled() {
            Err(BuildError::Interrupted.into())
        } else {
            Ok(built)
        };
    }
    // When one that was asked for failed and that ends all, the others were just not built.
    let is_final = |(index, _): &(usize, BuildError)| graph.nodes[*index].is_wanted;
    if !options.keep_going && failures.iter().any(is_final) {
        let errors = failures.into_iter().map(|(_, error)| error).collect();
        return Err(BuildErrors(errors));
    }
    Err(with_dependents(store, graph, &dependents, failures))
}

/// The failures, and for those that nothing else depends on, that they were not built.
fn with_dependents(
    store: &LocalStore,
    graph: &Graph,
    dependents: &[Vec<usize>],
    failures: Vec<(usize, BuildError)>,
) -> BuildErrors {
    let mut lost: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); graph.nodes.len()];
    for (failure, _) in &failures {
        let mut pending = vec![*failure];
        while let Some(index) = pending.pop() {
            for dependent in &dependents[index] {
                if lost[*dependent].insert(*failure) {
                    pending.push(*dependent);
                }
            }
        }
    }
    let mut errors: Vec<BuildError> = failures.into_iter().map(|(_, error)| error).collect();
    for (index, lost) in lost.iter().enumerate() {
        if !lost.is_empty() && dependents[index].is_empty() {
            errors.push(BuildError::DependencyFailed {
                derivation: store.layout().print(&graph.nodes[index].path),
                failed: lost.len(),
                output_paths: graph.nodes[index]
                    .outputs
                    .values()
                    .flatten()
                    .map(|path| store.layout().print(path))
                    .collect(),
            });
        }
    }
    BuildErrors(errors)
}
