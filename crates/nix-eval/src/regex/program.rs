//! Compiled patterns: automata.

use std::ops::Range;

use super::bracket::ByteSet;
use super::loops::empty_loops;

/// The number of a state.
pub(super) type StateId = u32;

/// No state yet.
pub(super) const NO_STATE: StateId = StateId::MAX;

/// What a state does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    /// Goes on to `next`. Only during compilation.
    Empty,
    /// Matches this byte.
    Byte(u8),
    /// Matches any byte but NUL.
    Any,
    /// Matches a byte of this set.
    Set(u32),
    /// Starts a group.
    GroupOpen(u32),
    /// Ends a group.
    GroupClose(u32),
    /// Matches at the start of the text.
    LineBegin,
    /// Matches at the end of the text.
    LineEnd,
    /// Tries `other`, then `next`, and keeps what is longer.
    Alternative,
    /// Tries `other` (the body), then, only if that leads to no match, `next`.
    Repeat {
        /// Whether the body can match the empty string.
        empty_body: bool,
    },
    /// The pattern has matched.
    Accept,
}

/// A state of the automaton.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) operation: Operation,
    pub(super) next: StateId,
    pub(super) other: StateId,
}

/// How many repetitions within one loop that consumes nothing are told apart exactly. With more of
/// them, some of their empty rounds are left out, which can change what their groups match.
pub(super) const MAX_CONTEXT: usize = 8;

/// What running needs to know about a state with two ways on.
#[derive(Clone, Debug, Default)]
pub(super) struct Branch {
    /// Where the rounds are counted, of a repetition that can be entered again without progress.
    pub(super) counter: Option<u32>,
    /// The counters that can make a difference to what is found from here on.
    pub(super) context: Range<u32>,
}

/// A compiled pattern. State 0 is the start.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) states: Vec<State>,
    pub(super) sets: Vec<ByteSet>,
    /// How many groups, with the whole pattern as group 0.
    pub(super) group_count: usize,
    /// For each state the number among those that branch.
    pub(super) branch_numbers: Vec<u32>,
    /// The branching states.
    pub(super) branches: Vec<Branch>,
    /// How many counters there are.
    pub(super) counter_count: usize,
    /// Whether not all counters that make a difference are known.
    pub(super) is_approximate: bool,
    /// How many counters are known at most that make a difference to one branch.
    pub(super) longest_context: usize,
    /// Whether there is a `^`.
    pub(super) has_line_begin: bool,
    /// The bytes that a match can start with, unless it can be empty.
    pub(super) first_bytes: Option<ByteSet>,
}

impl Program {
    /// Finishes an automaton: removes the empty states and prepares what running it needs.
    pub(super) fn new(mut states: Vec<State>, sets: Vec<ByteSet>, group_count: usize) -> Program {
        skip_empty_states(&mut states);
        let mut program = Program {
            branch_numbers: vec![0; states.len()],
            branches: Vec::new(),
            counter_count: 0,
            is_approximate: false,
            longest_context: 0,
            has_line_begin: states
                .iter()
                .any(|state| state.operation == Operation::LineBegin),
            first_bytes: None,
            states,
            sets,
            group_count,
        };
        program.find_branches();
        program.find_counters();
        program.first_bytes = program.first_bytes();
        program
    }

    /// Numbers the branching states that can be reached.
    fn find_branches(&mut self) {
        let mut seen = vec![false; self.states.len()];
        let mut pending = vec![0];
        while let Some(id) = pending.pop() {
            if id == NO_STATE || std::mem::replace(&mut seen[id as usize], true) {
                continue;
            }
            let state = *self.state(id);
            if matches!(
                state.operation,
                Operation::Alternative | Operation::Repeat { .. }
            ) {
                self.branch_numbers[id as usize] = self.branches.len() as u32;
                self.branches.push(Branch::default());
            }
            pending.extend([state.next, state.other]);
        }
        // States that only served as patterns for copies would look like parts of loops.
        for (state, seen) in self.states.iter_mut().zip(seen) {
            if !seen {
                *state = State {
                    operation: Operation::Empty,
                    next: NO_STATE,
                    other: NO_STATE,
                };
            }
        }
    }

    /// Decides which repetitions need counters.
    fn find_counters(&mut self) {
        let has_empty_body =
            |state: &State| state.operation == Operation::Repeat { empty_body: true };
        if !self.states.iter().any(has_empty_body) {
            return;
        }
        let loops = empty_loops(&self.states, |state| {
            self.matches_byte(state.operation, 0).is_some()
        });
        for members in loops {
            let first = self.counter_count as u32;
            for &id in &members {
                if has_empty_body(self.state(id)) {
                    let branch = self.branch_numbers[id as usize] as usize;
                    self.branches[branch].counter = Some(self.counter_count as u32);
                    self.counter_count += 1;
                }
            }
            let end = self.counter_count.min(first as usize + MAX_CONTEXT) as u32;
            self.is_approximate |= (end as usize) < self.counter_count;
            self.longest_context = self.longest_context.max((end - first) as usize);
            for &id in &members {
                let operation = self.state(id).operation;
                if matches!(operation, Operation::Alternative | Operation::Repeat { .. }) {
                    let branch = self.branch_numbers[id as usize] as usize;
                    self.branches[branch].context = first..end;
                }
            }
        }
    }

    #[inline(always)]
    pub(super) fn state(&self, id: StateId) -> &State {
        &self.states[id as usize]
    }

    /// Whether a state that consumes a byte accepts this one; `None` for other states.
    #[inline(always)]
    pub(super) fn matches_byte(&self, operation: Operation, byte: u8) -> Option<bool> {
        match operation {
            Operation::Byte(wanted) => Some(byte == wanted),
            Operation::Any => Some(byte != 0),
            Operation::Set(set) => Some(self.sets[set as usize].contains(byte)),
            _ => None,
        }
    }

    fn first_bytes(&self) -> Option<ByteSet> {
        let mut first = ByteSet::default();
        let mut seen = vec![false; self.states.len()];
        let mut pending = vec![0];
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut seen[id as usize], true) {
                continue;
            }
            let state = self.state(id);
            match state.operation {
                Operation::Accept => return None,
                Operation::Byte(byte) => first.insert(byte),
                Operation::Any => first = ByteSet::all(),
                Operation::Set(set) => first.extend(&self.sets[set as usize]),
                Operation::Alternative | Operation::Repeat { .. } => {
                    pending.extend([state.next, state.other]);
                }
                Operation::Empty
                | Operation::GroupOpen(_)
                | Operation::GroupClose(_)
                | Operation::LineBegin
                | Operation::LineEnd => pending.push(state.next),
            }
        }
        Some(first)
    }
}

fn skip_empty_states(states: &mut [State]) {
    let target = |states: &[State], mut id: StateId| {
        while id != NO_STATE && states[id as usize].operation == Operation::Empty {
            id = states[id as usize].next;
        }
        id
    };
    // From the end, so that long chains are followed only once: states mostly point forward.
    for index in (0..states.len()).rev() {
        states[index].next = target(states, states[index].next);
        states[index].other = target(states, states[index].other);
    }
}
