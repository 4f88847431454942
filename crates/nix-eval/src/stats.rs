//! Counters of what an evaluation did.

use std::cell::Cell;

use crate::evaluator::Evaluator;

/// A counter that costs one addition.
#[derive(Default)]
pub(crate) struct Counter(Cell<u64>);

impl Counter {
    #[inline(always)]
    pub(crate) fn add(&self, count: usize) {
        self.0.set(self.0.get() + count as u64);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.get()
    }
}

/// The counters of an evaluator.
#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) environments: Counter,
    pub(crate) environment_slots: Counter,
    pub(crate) list_elements: Counter,
    pub(crate) list_concats: Counter,
    pub(crate) sets: Counter,
    pub(crate) set_elements: Counter,
    pub(crate) updates: Counter,
    pub(crate) update_values_copied: Counter,
    pub(crate) thunks: Counter,
    pub(crate) thunks_avoided: Counter,
    pub(crate) lookups: Counter,
    pub(crate) builtin_calls: Counter,
    pub(crate) function_calls: Counter,
    pub(crate) files: Counter,
    pub(crate) file_bytes: Counter,
    pub(crate) derivations: Counter,
    pub(crate) derivation_hits: Counter,
}

/// What an evaluation did, in the terms of Nix's `NIX_SHOW_STATS`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// Bytes of the heap in use.
    pub heap_bytes: usize,
    /// Environments made.
    pub environments: u64,
    /// Variables in them.
    pub environment_slots: u64,
    /// Expressions in all files.
    pub expressions: usize,
    /// List elements allocated.
    pub list_elements: u64,
    /// `++` evaluated.
    pub list_concats: u64,
    /// Distinct names.
    pub symbols: usize,
    /// Bytes of their texts.
    pub symbol_bytes: usize,
    /// Sets made.
    pub sets: u64,
    /// Attributes in them.
    pub set_elements: u64,
    /// `//` evaluated.
    pub updates: u64,
    /// Attributes that `//` copied.
    pub update_values_copied: u64,
    /// Thunks made.
    pub thunks: u64,
    /// Thunks that were not needed.
    pub thunks_avoided: u64,
    /// Attributes looked up by selection.
    pub lookups: u64,
    /// Calls of builtins.
    pub builtin_calls: u64,
    /// Calls of functions written in Nix.
    pub function_calls: u64,
    /// Files parsed.
    pub files: u64,
    /// Their bytes.
    pub file_bytes: u64,
    /// Derivations instantiated.
    pub derivations: u64,
    /// Derivations among them that had been instantiated before.
    pub derivation_hits: u64,
}

impl Summary {
    pub(crate) fn of(e: &Evaluator) -> Summary {
        let stats = &e.stats;
        Summary {
            heap_bytes: e.heap.used(),
            environments: stats.environments.get(),
            environment_slots: stats.environment_slots.get(),
            expressions: e.code.nodes.len(),
            list_elements: stats.list_elements.get(),
            list_concats: stats.list_concats.get(),
            symbols: e.symbols.len(),
            symbol_bytes: e.symbols.total_bytes(),
            sets: stats.sets.get(),
            set_elements: stats.set_elements.get(),
            updates: stats.updates.get(),
            update_values_copied: stats.update_values_copied.get(),
            thunks: stats.thunks.get(),
            thunks_avoided: stats.thunks_avoided.get(),
            lookups: stats.lookups.get(),
            builtin_calls: stats.builtin_calls.get(),
            function_calls: stats.function_calls.get(),
            files: stats.files.get(),
            file_bytes: stats.file_bytes.get(),
            derivations: stats.derivations.get(),
            derivation_hits: stats.derivation_hits.get(),
        }
    }
}
