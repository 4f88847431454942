//! String contexts: what a string refers to in the store.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::hasher::FastHasher;

/// One thing that a string refers to. Store paths are written in full.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextElement {
    /// A store path as it is.
    Opaque(Rc<[u8]>),
    /// A derivation with its whole closure and all its outputs.
    DrvDeep(Rc<[u8]>),
    /// An output of a derivation.
    Built {
        /// The path of the derivation.
        drv: Rc<[u8]>,
        /// The name of the output.
        output: Rc<[u8]>,
    },
}

impl ContextElement {
    /// The text form that Nix uses in messages and on disk: `path`, `=drv` or `!output!drv`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            ContextElement::Opaque(path) => path.to_vec(),
            ContextElement::DrvDeep(path) => [b"=", &path[..]].concat(),
            ContextElement::Built { drv, output } => [b"!", &output[..], b"!", &drv[..]].concat(),
        }
    }

    /// The form shown to people: `path`, `drv (deep)` or `drv^output`.
    #[must_use]
    pub fn display(&self) -> String {
        match self {
            ContextElement::Opaque(path) => String::from_utf8_lossy(path).into_owned(),
            ContextElement::DrvDeep(path) => format!("{} (deep)", String::from_utf8_lossy(path)),
            ContextElement::Built { drv, output } => {
                format!(
                    "{}^{}",
                    String::from_utf8_lossy(drv),
                    String::from_utf8_lossy(output)
                )
            }
        }
    }

    /// The store path or derivation that is referred to.
    #[must_use]
    pub fn path(&self) -> &[u8] {
        match self {
            ContextElement::Opaque(path) | ContextElement::DrvDeep(path) => path,
            ContextElement::Built { drv, .. } => drv,
        }
    }
}

/// A set of context elements: equal sets of one evaluator are equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ContextSet(pub(crate) u32);

impl ContextSet {
    /// No context.
    pub const EMPTY: ContextSet = ContextSet(0);

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// All context sets of an evaluator.
pub(crate) struct Contexts {
    state: RefCell<State>,
}

struct State {
    elements: Vec<ContextElement>,
    element_index: HashMap<ContextElement, u32, FastHasher>,
    /// The element numbers of each set, ascending.
    sets: Vec<Rc<[u32]>>,
    set_index: HashMap<Rc<[u32]>, u32, FastHasher>,
    unions: HashMap<(u32, u32), u32, FastHasher>,
}

impl Contexts {
    pub(crate) fn new() -> Self {
        let empty: Rc<[u32]> = Rc::from([]);
        let mut set_index = HashMap::default();
        set_index.insert(Rc::clone(&empty), 0);
        Contexts {
            state: RefCell::new(State {
                elements: Vec::new(),
                element_index: HashMap::default(),
                sets: vec![empty],
                set_index,
                unions: HashMap::default(),
            }),
        }
    }

    /// The set with one element.
    pub(crate) fn single(&self, element: ContextElement) -> ContextSet {
        let mut state = self.state.borrow_mut();
        let id = state.element(element);
        state.set(&[id])
    }

    /// The set with the given elements.
    pub(crate) fn set(&self, elements: impl IntoIterator<Item = ContextElement>) -> ContextSet {
        let mut state = self.state.borrow_mut();
        let mut ids: Vec<u32> = elements.into_iter().map(|e| state.element(e)).collect();
        ids.sort_unstable();
        ids.dedup();
        state.set(&ids)
    }

    /// The elements of a set, in Nix's order.
    pub(crate) fn elements(&self, set: ContextSet) -> Vec<ContextElement> {
        if set.is_empty() {
            return Vec::new();
        }
        let state = self.state.borrow();
        let ids = &state.sets[set.0 as usize];
        let mut elements: Vec<_> = ids
            .iter()
            .map(|&id| state.elements[id as usize].clone())
            .collect();
        elements.sort();
        elements
    }

    /// The union of two sets.
    #[inline]
    pub(crate) fn union(&self, a: ContextSet, b: ContextSet) -> ContextSet {
        if a == b || b.is_empty() {
            return a;
        }
        if a.is_empty() {
            return b;
        }
        self.state.borrow_mut().union(a.0.min(b.0), a.0.max(b.0))
    }
}

impl State {
    fn element(&mut self, element: ContextElement) -> u32 {
        if let Some(&id) = self.element_index.get(&element) {
            return id;
        }
        let id = self.elements.len() as u32;
        self.elements.push(element.clone());
        self.element_index.insert(element, id);
        id
    }

    fn set(&mut self, ids: &[u32]) -> ContextSet {
        if let Some(&set) = self.set_index.get(ids) {
            return ContextSet(set);
        }
        let set = self.sets.len() as u32;
        let ids: Rc<[u32]> = Rc::from(ids);
        self.sets.push(Rc::clone(&ids));
        self.set_index.insert(ids, set);
        ContextSet(set)
    }

    fn union(&mut self, a: u32, b: u32) -> ContextSet {
        if let Some(&known) = self.unions.get(&(a, b)) {
            return ContextSet(known);
        }
        let mut ids = self.sets[a as usize].to_vec();
        ids.extend_from_slice(&self.sets[b as usize]);
        ids.sort_unstable();
        ids.dedup();
        let set = self.set(&ids);
        self.unions.insert((a, b), set.0);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opaque(path: &str) -> ContextElement {
        ContextElement::Opaque(Rc::from(path.as_bytes()))
    }

    #[test]
    fn equal_sets_are_the_same_number() {
        let contexts = Contexts::new();
        let ab = contexts.set([opaque("/a"), opaque("/b")]);
        let ba = contexts.set([opaque("/b"), opaque("/a"), opaque("/b")]);
        assert_eq!(ab, ba);
        let union = contexts.union(contexts.single(opaque("/b")), contexts.single(opaque("/a")));
        assert_eq!(union, ab);
        assert_eq!(contexts.elements(ab), [opaque("/a"), opaque("/b")]);
        assert_eq!(contexts.set([]), ContextSet::EMPTY);
    }
}
