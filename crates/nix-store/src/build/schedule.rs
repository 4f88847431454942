//! Several builds at a time, each after those that it needs.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;

use super::graph::Graph;
use super::{BuildError, BuildErrors, BuildOptions, Cancellation, Observer, run};
use crate::local::{LocalStore, lock};

struct Progress {
    ready: VecDeque<usize>,
    /// By node: how many that it depends on are not built yet.
    waiting: Vec<usize>,
    running: usize,
    failures: Vec<(usize, BuildError)>,
}

pub(super) fn build(
    store: &LocalStore,
    graph: &Graph,
    options: &BuildOptions,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<(), BuildErrors> {
    observer.planned(&graph.in_order());
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
        failures: Vec::new(),
    });
    let changed = Condvar::new();
    // Set by the first failure, unless all are wanted.
    let failed = Cancellation::new();

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
            let result = run::build(store, node, options, observer, &stopped);

            state = lock(&progress);
            state.running -= 1;
            match result {
                Ok(()) => {
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
    let threads = options.jobs.clamp(1, graph.nodes.len().max(1));
    thread::scope(|scope| {
        // This thread is one of them: most often there is only one thing to build at a time.
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });

    let failures = progress
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .failures;
    if failures.is_empty() {
        return if cancellation.is_cancelled() {
            Err(BuildError::Interrupted.into())
        } else {
            Ok(())
        };
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
            });
        }
    }
    BuildErrors(errors)
}
