//! Compiled patterns: automata.

use super::bracket::ByteSet;

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

/// How often empty rounds of this many repetitions are counted exactly. With more of them, the
/// further ones are entered once only, which can change what their groups match.
pub(super) const MAX_COUNTED: usize = 6;

/// A compiled pattern. State 0 is the start.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) states: Vec<State>,
    pub(super) sets: Vec<ByteSet>,
    /// How many groups, with the whole pattern as group 0.
    pub(super) group_count: usize,
    /// For each state the number among those that branch.
    pub(super) branch_numbers: Vec<u32>,
    /// How many states branch.
    pub(super) branch_count: usize,
    /// For each branching state the number among the repetitions with counted empty rounds.
    pub(super) counter_numbers: Vec<Option<u8>>,
    /// How many repetitions have counted empty rounds.
    pub(super) counter_count: usize,
    /// Whether there are repetitions whose empty rounds are not counted though they should be.
    pub(super) has_uncounted: bool,
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
            branch_count: 0,
            counter_numbers: Vec::new(),
            counter_count: 0,
            has_uncounted: false,
            has_line_begin: states.iter().any(|state| state.operation == Operation::LineBegin),
            first_bytes: None,
            states,
            sets,
            group_count,
        };
        for (state, number) in program.states.iter().zip(&mut program.branch_numbers) {
            let empty_body = match state.operation {
                Operation::Alternative => false,
                Operation::Repeat { empty_body } => empty_body,
                _ => continue,
            };
            *number = program.branch_count as u32;
            program.branch_count += 1;
            let counter = (empty_body && program.counter_count < MAX_COUNTED).then(|| {
                program.counter_count += 1;
                program.counter_count as u8 - 1
            });
            program.has_uncounted |= empty_body && counter.is_none();
            program.counter_numbers.push(counter);
        }
        program.first_bytes = program.first_bytes();
        program
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
