//! Counters of what an evaluation did.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::evaluator::Evaluator;
use crate::source::{Location, Pos};
use crate::symbol::Symbol;

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
    /// Calls of each function, selections of each attribute, calls of each builtin: counted only if
    /// the settings want it.
    functions: RefCell<BTreeMap<(Pos, Option<Symbol>), u64>>,
    attributes: RefCell<BTreeMap<Pos, u64>>,
    builtins: RefCell<BTreeMap<u32, u64>>,
}

impl Stats {
    #[cold]
    pub(crate) fn count_function(&self, name: Option<Symbol>, pos: Pos) {
        *self.functions.borrow_mut().entry((pos, name)).or_default() += 1;
    }

    #[cold]
    pub(crate) fn count_attribute(&self, pos: Pos) {
        *self.attributes.borrow_mut().entry(pos).or_default() += 1;
    }

    #[cold]
    pub(crate) fn count_builtin(&self, number: u32) {
        *self.builtins.borrow_mut().entry(number).or_default() += 1;
    }
}

/// How often something happened at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The name of a function that has one.
    pub name: Option<String>,
    /// Where it is defined.
    pub location: Option<Location>,
    /// How often.
    pub count: u64,
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
    /// Calls of each function written in Nix, if they were counted.
    pub functions: Vec<Count>,
    /// Selections of each attribute, if they were counted.
    pub attributes: Vec<Count>,
    /// Calls of each builtin by name, if they were counted.
    pub builtins: BTreeMap<String, u64>,
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
            functions: stats
                .functions
                .borrow()
                .iter()
                .map(|(&(pos, name), &count)| Count {
                    name: name.map(|name| e.symbol_lossy(name).into_owned()),
                    location: e.locate(pos),
                    count,
                })
                .collect(),
            attributes: stats
                .attributes
                .borrow()
                .iter()
                .map(|(&pos, &count)| Count {
                    name: None,
                    location: e.locate(pos),
                    count,
                })
                .collect(),
            builtins: stats
                .builtins
                .borrow()
                .iter()
                .map(|(&number, &count)| (e.builtins[number as usize].name.to_owned(), count))
                .collect(),
        }
    }
}
