//! Running an automaton on a text.
//!
//! The search visits pairs of a state and a position depth-first. What it finds below such a pair
//! does not depend on how it got there, except for how often repetitions were entered at this very
//! position. Visiting a pair again could thus only find the same ends of matches again, and those
//! never replace the first match of their length. So it is enough to remember whether there were
//! any.

use std::collections::HashMap;

use super::bracket::ByteSet;
use super::program::{MAX_CONTEXT, Operation, Program, StateId};
use super::{Match, Span};

/// Above this many pairs of states and positions, what was found is kept in a hash table.
const MAX_DENSE: usize = 1 << 24;

/// So many visits may differ only by how often repetitions were entered: some seconds. With more,
/// fewer repetitions are told apart.
const MAX_VISITS: usize = 1 << 21;

/// So many are told apart however long the text is.
const MIN_CONTEXT: usize = 2;

/// No position.
const NOWHERE: usize = usize::MAX;

/// Memory that is used by one run after the other.
#[derive(Default)]
pub(crate) struct Scratch {
    frames: Vec<Frame>,
    memo: Memo,
}

/// What remains to be done after what is above on the stack.
#[derive(Clone, Copy)]
enum Frame {
    /// The first branch of an alternative runs.
    FirstBranch {
        state: StateId,
        at: usize,
        context: u32,
    },
    /// The second branch runs; whether the first one led to a match.
    SecondBranch {
        state: StateId,
        at: usize,
        context: u32,
        found: bool,
    },
    /// The body of a repetition runs; what its counter was.
    Body {
        state: StateId,
        at: usize,
        context: u32,
        saved: Counter,
    },
    /// What follows a repetition runs.
    Rest {
        state: StateId,
        at: usize,
        context: u32,
    },
    /// What follows a repetition of single bytes runs; it can end at any position from `first` on.
    Run {
        state: StateId,
        at: usize,
        first: usize,
        context: u32,
    },
    /// A group was opened; where it started before.
    Opened { group: u32, start: usize },
    /// A group was closed; where it ended before.
    Closed { group: u32, end: usize },
}

/// How often the body of a repetition was entered at a position.
#[derive(Clone, Copy)]
struct Counter {
    at: usize,
    count: u8,
}

impl Counter {
    const NONE: Counter = Counter {
        at: NOWHERE,
        count: 0,
    };
}

/// How the match has to lie in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// It has to be the whole text.
    Full,
    /// It has to start at the first position.
    Prefix,
}

/// What is known about pairs of states and positions.
#[derive(Default)]
struct Memo {
    /// `generation << 1 | found`
    dense: Vec<u32>,
    sparse: HashMap<(u32, u32, usize), u32>,
    width: usize,
    is_dense: bool,
    /// The current generation. Finds of an earlier one belong to another match.
    generation: u32,
    /// The generation since when failures count.
    oldest: u32,
}

impl Memo {
    fn reset(&mut self, branch_count: usize, text_len: usize) {
        self.width = text_len + 1;
        self.sparse.clear();
        let size = branch_count.saturating_mul(self.width);
        self.is_dense = size <= MAX_DENSE;
        if self.is_dense && self.dense.len() < size {
            self.dense.resize(size, 0);
        }
        self.next_match();
        self.oldest = self.generation;
    }

    /// Forgets what was found, but not what was not.
    fn next_match(&mut self) {
        if self.generation >= u32::MAX >> 1 {
            self.dense.fill(0);
            self.sparse.clear();
            self.generation = 0;
            self.oldest = 1;
        }
        self.generation += 1;
    }

    fn forget(&mut self) {
        self.next_match();
        self.oldest = self.generation;
    }

    #[inline]
    fn get(&self, branch: u32, context: u32, at: usize) -> Option<bool> {
        let entry = if self.is_dense && context == 0 {
            self.dense[branch as usize * self.width + at]
        } else {
            self.sparse
                .get(&(branch, context, at))
                .copied()
                .unwrap_or(0)
        };
        let (generation, found) = (entry >> 1, entry & 1 != 0);
        let is_valid = if found {
            generation == self.generation
        } else {
            generation >= self.oldest
        };
        is_valid.then_some(found)
    }

    #[inline]
    fn set(&mut self, branch: u32, context: u32, at: usize, found: bool) {
        let entry = self.generation << 1 | u32::from(found);
        if self.is_dense && context == 0 {
            self.dense[branch as usize * self.width + at] = entry;
        } else {
            self.sparse.insert((branch, context, at), entry);
        }
    }
}

/// What to do next.
enum Step {
    /// Visit a state at a position.
    Visit(StateId, usize),
    /// The visit is over: whether it led to a match.
    Done(bool),
}

struct Executor<'r> {
    program: &'r Program,
    scratch: &'r mut Scratch,
    text: &'r [u8],
    mode: Mode,
    /// Where the match has to start.
    begin: usize,
    /// Whether `begin` counts as the start of the text.
    is_text_start: bool,
    /// Whether the match must not be empty.
    not_empty: bool,
    starts: Vec<usize>,
    /// [`NOWHERE`] for groups that have not matched.
    ends: Vec<usize>,
    counters: Vec<Counter>,
    /// How many counters are told apart in one loop.
    told_apart: usize,
    /// Whether there are more that make a difference.
    is_approximate: bool,
    /// The longest match so far.
    best: Option<Match>,
}

impl<'r> Executor<'r> {
    fn new(
        program: &'r Program,
        scratch: &'r mut Scratch,
        text: &'r [u8],
        mode: Mode,
    ) -> Executor<'r> {
        scratch.memo.reset(program.branches.len(), text.len());
        let visits = program.branches.len().saturating_mul(text.len() + 1);
        let told_apart = (MIN_CONTEXT..=MAX_CONTEXT)
            .rev()
            .find(|&count| visits.saturating_mul(3usize.pow(count as u32)) <= MAX_VISITS)
            .unwrap_or(MIN_CONTEXT);
        Executor {
            program,
            scratch,
            text,
            mode,
            begin: 0,
            is_text_start: true,
            not_empty: false,
            starts: vec![0; program.group_count],
            ends: vec![NOWHERE; program.group_count],
            counters: vec![Counter::NONE; program.counter_count],
            told_apart,
            is_approximate: program.is_approximate || program.longest_context > told_apart,
            best: None,
        }
    }

    /// Looks for a match from `begin` on.
    fn run(&mut self) -> Option<Match> {
        self.scratch.frames.clear();
        self.best = None;
        let mut step = Step::Visit(0, self.begin);
        loop {
            step = match step {
                Step::Visit(state, at) => self.visit(state, at),
                Step::Done(found) => {
                    if found && self.is_final() {
                        break;
                    }
                    match self.scratch.frames.pop() {
                        Some(frame) => self.resume(frame, found),
                        None => break,
                    }
                }
            };
        }
        if self.best.is_some() {
            // The stack may have been left before everything was restored.
            self.ends.fill(NOWHERE);
            self.counters.fill(Counter::NONE);
            if self.is_approximate {
                self.scratch.memo.forget();
            } else {
                self.scratch.memo.next_match();
            }
        }
        self.best.take()
    }

    /// Whether there can be no better match than that found.
    fn is_final(&self) -> bool {
        self.best
            .as_ref()
            .is_some_and(|best| best.span.end == self.text.len())
    }

    fn visit(&mut self, mut id: StateId, mut at: usize) -> Step {
        loop {
            let state = *self.program.state(id);
            match state.operation {
                Operation::Empty => {}
                Operation::Byte(_) | Operation::Any | Operation::Set(_) => {
                    if !self.consumes(state.operation, at) {
                        return Step::Done(false);
                    }
                    at += 1;
                }
                Operation::GroupOpen(group) => {
                    let start = std::mem::replace(&mut self.starts[group as usize], at);
                    self.scratch.frames.push(Frame::Opened { group, start });
                }
                Operation::GroupClose(group) => {
                    let end = std::mem::replace(&mut self.ends[group as usize], at);
                    self.scratch.frames.push(Frame::Closed { group, end });
                }
                Operation::LineBegin => {
                    if !(self.is_text_start && at == self.begin) {
                        return Step::Done(false);
                    }
                }
                Operation::LineEnd => {
                    if at != self.text.len() {
                        return Step::Done(false);
                    }
                }
                Operation::Alternative | Operation::Repeat { .. } => {
                    return self.branch(id, at);
                }
                Operation::Accept => return Step::Done(self.accept(at)),
            }
            id = state.next;
        }
    }

    #[inline(always)]
    fn consumes(&self, operation: Operation, at: usize) -> bool {
        self.text
            .get(at)
            .is_some_and(|&byte| self.program.matches_byte(operation, byte) == Some(true))
    }

    fn accept(&mut self, at: usize) -> bool {
        if self.mode == Mode::Full && at != self.text.len() {
            return false;
        }
        if self.not_empty && at == self.begin {
            return false;
        }
        if self.best.as_ref().is_none_or(|best| best.span.end < at) {
            let span_of =
                |(&start, &end): (&usize, &usize)| (end != NOWHERE).then_some(Span { start, end });
            self.best = Some(Match {
                span: Span {
                    start: self.begin,
                    end: at,
                },
                groups: self
                    .starts
                    .iter()
                    .zip(&self.ends)
                    .skip(1)
                    .map(span_of)
                    .collect(),
            });
        }
        true
    }

    /// Visits a state with two ways on, unless that has been done.
    fn branch(&mut self, id: StateId, at: usize) -> Step {
        let state = *self.program.state(id);
        let branch = self.program.branch_numbers[id as usize];
        let context = self.context(branch, at);
        if let Some(found) = self.scratch.memo.get(branch, context, at) {
            return Step::Done(found);
        }
        if state.operation == Operation::Alternative {
            self.scratch.frames.push(Frame::FirstBranch {
                state: id,
                at,
                context,
            });
            return Step::Visit(state.other, at);
        }
        let body = *self.program.state(state.other);
        if body.next == id && self.program.matches_byte(body.operation, 0).is_some() {
            return self.start_run(id, at, context, body.operation);
        }
        if self.is_approximate {
            // A repetition that comes back to here without progress has to find an end.
            self.scratch.memo.set(branch, context, at, false);
        }
        let mut saved = Counter::NONE;
        if let Some(number) = self.program.branches[branch as usize].counter {
            let counter = &mut self.counters[number as usize];
            saved = *counter;
            if counter.at != at {
                *counter = Counter { at, count: 1 };
            } else if counter.count < 2 {
                counter.count += 1;
            } else {
                self.scratch.frames.push(Frame::Rest {
                    state: id,
                    at,
                    context,
                });
                return Step::Visit(state.next, at);
            }
        }
        self.scratch.frames.push(Frame::Body {
            state: id,
            at,
            context,
            saved,
        });
        Step::Visit(state.other, at)
    }

    /// How often the repetitions around a branch were entered at a position, as a number.
    #[inline]
    fn context(&self, branch: u32, at: usize) -> u32 {
        let relevant = &self.program.branches[branch as usize].context;
        if relevant.is_empty() {
            return 0;
        }
        self.counters[relevant.start as usize..relevant.end as usize]
            .iter()
            .take(self.told_apart)
            .fold(0, |context, counter| {
                let count = if counter.at == at { counter.count } else { 0 };
                context * 3 + u32::from(count)
            })
    }

    /// A repetition of single bytes: takes all it can, then gives them back one by one. `context`
    /// is that of the first position; further on there is none.
    fn start_run(&mut self, id: StateId, first: usize, context: u32, body: Operation) -> Step {
        let branch = self.program.branch_numbers[id as usize];
        let mut at = first;
        while self.consumes(body, at) {
            match self.scratch.memo.get(branch, 0, at + 1) {
                Some(true) => {
                    self.scratch.memo.set(branch, context, first, true);
                    return Step::Done(true);
                }
                Some(false) => break,
                None => at += 1,
            }
        }
        self.scratch.frames.push(Frame::Run {
            state: id,
            at,
            first,
            context,
        });
        Step::Visit(self.program.state(id).next, at)
    }

    /// Goes on after a visit.
    fn resume(&mut self, frame: Frame, found: bool) -> Step {
        let memo = &mut self.scratch.memo;
        let branch_of = |state: StateId| self.program.branch_numbers[state as usize];
        match frame {
            Frame::FirstBranch { state, at, context } => {
                self.scratch.frames.push(Frame::SecondBranch {
                    state,
                    at,
                    context,
                    found,
                });
                Step::Visit(self.program.state(state).next, at)
            }
            Frame::SecondBranch {
                state,
                at,
                context,
                found: found_before,
            } => {
                let found = found || found_before;
                memo.set(branch_of(state), context, at, found);
                Step::Done(found)
            }
            Frame::Body {
                state,
                at,
                context,
                saved,
            } => {
                let branch = branch_of(state);
                if let Some(number) = self.program.branches[branch as usize].counter {
                    self.counters[number as usize] = saved;
                }
                if found {
                    memo.set(branch, context, at, true);
                    return Step::Done(true);
                }
                self.scratch.frames.push(Frame::Rest { state, at, context });
                Step::Visit(self.program.state(state).next, at)
            }
            Frame::Rest { state, at, context } => {
                memo.set(branch_of(state), context, at, found);
                Step::Done(found)
            }
            Frame::Run {
                state,
                at,
                first,
                context,
            } => {
                let branch = branch_of(state);
                memo.set(branch, if at == first { context } else { 0 }, at, found);
                if found {
                    memo.set(branch, context, first, true);
                    return Step::Done(true);
                }
                if at == first {
                    return Step::Done(false);
                }
                let at = at - 1;
                self.scratch.frames.push(Frame::Run {
                    state,
                    at,
                    first,
                    context,
                });
                Step::Visit(self.program.state(state).next, at)
            }
            Frame::Opened { group, start } => {
                self.starts[group as usize] = start;
                Step::Done(found)
            }
            Frame::Closed { group, end } => {
                self.ends[group as usize] = end;
                Step::Done(found)
            }
        }
    }

    /// Looks for the first match at or after a position.
    fn search(&mut self, start: usize) -> Option<Match> {
        self.begin = start;
        let first_bytes = self.program.first_bytes;
        loop {
            if can_start(first_bytes.as_ref(), self.text, self.begin)
                && let Some(found) = self.run()
            {
                return Some(found);
            }
            if self.begin == self.text.len() {
                return None;
            }
            self.is_text_start = false;
            self.begin += 1;
        }
    }
}

#[inline(always)]
fn can_start(first_bytes: Option<&ByteSet>, text: &[u8], at: usize) -> bool {
    first_bytes.is_none_or(|set| text.get(at).is_some_and(|&byte| set.contains(byte)))
}

/// Matches the whole text.
pub(super) fn match_full(program: &Program, scratch: &mut Scratch, text: &[u8]) -> Option<Match> {
    if !can_start(program.first_bytes.as_ref(), text, 0) {
        return None;
    }
    Executor::new(program, scratch, text, Mode::Full).run()
}

/// The matches in a text, from left to right.
pub(crate) struct Matches<'r> {
    executor: Executor<'r>,
    previous: Option<Span>,
    /// Whether positions after the first one may no longer count as the start of the text.
    in_text: bool,
    is_done: bool,
}

impl<'r> Matches<'r> {
    pub(super) fn new(program: &'r Program, scratch: &'r mut Scratch, text: &'r [u8]) -> Self {
        let executor = Executor::new(program, scratch, text, Mode::Prefix);
        Matches {
            executor,
            previous: None,
            in_text: false,
            is_done: false,
        }
    }

    /// The match after an empty one may start at the same place if it is not empty.
    fn retry(&mut self, at: usize) -> Option<Match> {
        let executor = &mut self.executor;
        executor.begin = at;
        executor.is_text_start = !self.in_text;
        executor.not_empty = true;
        // As in libstdc++, the place of the first empty match counts as the start of the text.
        let changes_anchors = executor.program.has_line_begin && executor.is_text_start;
        if changes_anchors {
            executor.scratch.memo.forget();
        }
        let found = executor.run();
        if changes_anchors {
            executor.scratch.memo.forget();
        }
        executor.not_empty = false;
        found
    }

    fn advance(&mut self) -> Option<Match> {
        let Some(previous) = self.previous else {
            return self.executor.search(0);
        };
        let mut start = previous.end;
        if previous.start == previous.end {
            if start == self.executor.text.len() {
                return None;
            }
            let found = self.retry(start);
            if found.is_some() {
                return found;
            }
            start += 1;
        }
        self.in_text = true;
        self.executor.is_text_start = false;
        self.executor.search(start)
    }
}

impl Iterator for Matches<'_> {
    type Item = Match;

    fn next(&mut self) -> Option<Match> {
        if self.is_done {
            return None;
        }
        let found = self.advance();
        match &found {
            Some(found) => self.previous = Some(found.span),
            None => self.is_done = true,
        }
        found
    }
}
