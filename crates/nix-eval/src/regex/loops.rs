//! The loops of an automaton that consume nothing: its strongly connected components without the
//! states that consume a byte.

use super::program::{NO_STATE, State, StateId};

/// Finds the components with more than one state or a state that leads to itself. `consumes` says
/// which states consume a byte, and so do not belong to any.
///
/// This is Tarjan's algorithm with an explicit stack.
pub(super) fn empty_loops(
    states: &[State],
    consumes: impl Fn(&State) -> bool,
) -> Vec<Vec<StateId>> {
    let successors = |id: StateId| {
        let state = &states[id as usize];
        let [next, other] = if consumes(state) {
            [NO_STATE; 2]
        } else {
            [state.next, state.other]
        };
        [next, other]
    };
    let mut search = Search {
        order: vec![UNSEEN; states.len()],
        low: vec![0; states.len()],
        on_stack: vec![false; states.len()],
        stack: Vec::new(),
        count: 0,
    };
    let mut loops = Vec::new();
    let mut visits: Vec<(StateId, usize)> = Vec::new();
    for root in 0..states.len() as StateId {
        if search.order[root as usize] != UNSEEN {
            continue;
        }
        search.enter(root);
        visits.push((root, 0));
        while let Some((id, edge)) = visits.last_mut() {
            let id = *id;
            if let Some(&next) = successors(id).get(*edge) {
                *edge += 1;
                if next == NO_STATE {
                    continue;
                }
                if search.order[next as usize] == UNSEEN {
                    search.enter(next);
                    visits.push((next, 0));
                } else if search.on_stack[next as usize] {
                    search.lower(id, search.order[next as usize]);
                }
                continue;
            }
            visits.pop();
            if let Some(&(parent, _)) = visits.last() {
                search.lower(parent, search.low[id as usize]);
            }
            if search.low[id as usize] == search.order[id as usize] {
                let component = search.leave(id);
                if component.len() > 1 || successors(id).contains(&id) {
                    loops.push(component);
                }
            }
        }
    }
    loops
}

const UNSEEN: u32 = u32::MAX;

struct Search {
    /// When each state was entered.
    order: Vec<u32>,
    /// The earliest state on the stack that each state leads back to.
    low: Vec<u32>,
    on_stack: Vec<bool>,
    stack: Vec<StateId>,
    count: u32,
}

impl Search {
    fn enter(&mut self, id: StateId) {
        self.order[id as usize] = self.count;
        self.low[id as usize] = self.count;
        self.count += 1;
        self.stack.push(id);
        self.on_stack[id as usize] = true;
    }

    fn lower(&mut self, id: StateId, low: u32) {
        let current = &mut self.low[id as usize];
        *current = low.min(*current);
    }

    /// Takes a complete component from the stack.
    fn leave(&mut self, first: StateId) -> Vec<StateId> {
        let start = self.stack.iter().rposition(|&id| id == first).unwrap_or(0);
        let component = self.stack.split_off(start);
        for &id in &component {
            self.on_stack[id as usize] = false;
        }
        component
    }
}
