//! From patterns to automata.
//!
//! The automaton is built of the same states as that of libstdc++, also those that do nothing: its
//! size decides which patterns are too large.

use std::collections::HashMap;

use super::RegexError;
use super::bracket;
use super::program::{NO_STATE, Operation, Program, State, StateId};
use super::scan::{Scanner, Token};

/// The most states of an automaton.
const MAX_STATES: usize = 100_000;

/// A part of the automaton with one way in and one way out: the `next` of its end is not set yet.
#[derive(Clone, Copy)]
struct Sequence {
    start: StateId,
    end: StateId,
    /// Whether it can match the empty string.
    can_be_empty: bool,
}

/// A quantifier without numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Star,
    Plus,
    Question,
}

impl Quantifier {
    /// What both together come to: only `++` and `??` are not `*`.
    fn and(self, outer: Quantifier) -> Quantifier {
        if self == outer {
            self
        } else {
            Quantifier::Star
        }
    }

    /// How many states of the automaton it takes.
    fn states(self) -> usize {
        match self {
            Quantifier::Star | Quantifier::Plus => 1,
            Quantifier::Question => 2,
        }
    }
}

/// An atom with the quantifiers so far.
#[derive(Clone, Copy)]
struct Quantified {
    whole: Sequence,
    /// What is repeated.
    body: Sequence,
    /// How; nothing if it is not.
    quantifier: Option<Quantifier>,
}

impl Quantified {
    fn once(atom: Sequence) -> Quantified {
        Quantified {
            whole: atom,
            body: atom,
            quantifier: None,
        }
    }
}

/// A group that is being parsed.
struct OpenGroup {
    number: u32,
    open: StateId,
    /// The alternatives before the last `|`.
    alternatives: Option<Sequence>,
    /// The alternative so far.
    current: Option<Sequence>,
    /// How many quantifiers were joined before it.
    joined_before: usize,
}

struct Compiler<'p> {
    scanner: Scanner<'p>,
    states: Vec<State>,
    sets: Vec<bracket::ByteSet>,
    groups: Vec<OpenGroup>,
    group_count: u32,
    /// Whether quantifiers are joined in groups, too.
    joins_in_groups: bool,
    /// How many were joined.
    joined: usize,
    /// Whether some were in a group that is itself repeated. There the loops count how often they
    /// are entered, so that joined ones do not find the same.
    joined_in_repeated: bool,
}

pub(super) fn compile(pattern: &[u8]) -> Result<Program, RegexError> {
    match compile_with(pattern, true)? {
        Some(program) => Ok(program),
        None => compile_with(pattern, false)?.ok_or(RegexError::Invalid),
    }
}

/// The automaton, unless quantifiers were joined where they must not be.
fn compile_with(pattern: &[u8], joins_in_groups: bool) -> Result<Option<Program>, RegexError> {
    let mut compiler = Compiler {
        scanner: Scanner::new(pattern)?,
        states: Vec::new(),
        sets: Vec::new(),
        groups: Vec::new(),
        group_count: 0,
        joins_in_groups,
        joined: 0,
        joined_in_repeated: false,
    };
    let whole = compiler.pattern()?;
    if compiler.joined_in_repeated {
        return Ok(None);
    }
    let accept = compiler.insert(Operation::Accept)?;
    compiler.link(whole.end, accept);
    Ok(Some(Program::new(
        compiler.states,
        compiler.sets,
        compiler.group_count as usize,
    )))
}

fn is_quantifier(token: &Token) -> bool {
    matches!(
        token,
        Token::Star | Token::Plus | Token::Question | Token::IntervalOpen
    )
}

impl Compiler<'_> {
    /// The whole pattern, as group 0.
    fn pattern(&mut self) -> Result<Sequence, RegexError> {
        self.open_group()?;
        loop {
            let token = self.scanner.peek();
            match token {
                Token::End if self.groups.len() == 1 => return self.close_group(),
                Token::Or => {
                    self.scanner.advance()?;
                    self.end_alternative()?;
                }
                Token::GroupOpen => {
                    self.scanner.advance()?;
                    self.open_group()?;
                }
                Token::GroupClose if self.groups.len() > 1 => {
                    self.scanner.advance()?;
                    let joined_before = self.groups.last().map_or(0, |group| group.joined_before);
                    let group = self.close_group()?;
                    self.joined_in_repeated |=
                        self.joined > joined_before && is_quantifier(&self.scanner.peek());
                    self.quantified(group)?;
                }
                Token::LineBegin | Token::LineEnd => {
                    self.scanner.advance()?;
                    let operation = match token {
                        Token::LineBegin => Operation::LineBegin,
                        _ => Operation::LineEnd,
                    };
                    let anchor = self.single(operation, true)?;
                    self.append(anchor);
                }
                Token::Any => {
                    self.scanner.advance()?;
                    let any = self.single(Operation::Any, false)?;
                    self.quantified(any)?;
                }
                Token::Byte(byte) => {
                    self.scanner.advance()?;
                    let literal = self.single(Operation::Byte(byte), false)?;
                    self.quantified(literal)?;
                }
                Token::BracketOpen { negated } => {
                    self.scanner.advance()?;
                    let set = bracket::parse(&mut self.scanner, negated)?;
                    self.sets.push(set);
                    let number = self.sets.len() as u32 - 1;
                    let set = self.single(Operation::Set(number), false)?;
                    self.quantified(set)?;
                }
                _ => return Err(RegexError::Invalid),
            }
        }
    }

    fn insert_state(&mut self, state: State) -> Result<StateId, RegexError> {
        self.states.push(state);
        if self.states.len() > MAX_STATES {
            return Err(RegexError::TooLarge);
        }
        Ok(self.states.len() as StateId - 1)
    }

    fn insert(&mut self, operation: Operation) -> Result<StateId, RegexError> {
        self.insert_state(State {
            operation,
            next: NO_STATE,
            other: NO_STATE,
        })
    }

    fn single(&mut self, operation: Operation, can_be_empty: bool) -> Result<Sequence, RegexError> {
        let state = self.insert(operation)?;
        Ok(Sequence {
            start: state,
            end: state,
            can_be_empty,
        })
    }

    fn link(&mut self, from: StateId, to: StateId) {
        self.states[from as usize].next = to;
    }

    fn concatenate(&mut self, first: Sequence, second: Sequence) -> Sequence {
        self.link(first.end, second.start);
        Sequence {
            start: first.start,
            end: second.end,
            can_be_empty: first.can_be_empty && second.can_be_empty,
        }
    }

    fn open_group(&mut self) -> Result<(), RegexError> {
        let number = self.group_count;
        self.group_count += 1;
        let open = self.insert(Operation::GroupOpen(number))?;
        self.groups.push(OpenGroup {
            number,
            open,
            alternatives: None,
            current: None,
            joined_before: self.joined,
        });
        Ok(())
    }

    /// Adds to the alternative that is being parsed. There always is a group: group 0 is closed
    /// only at the end.
    fn append(&mut self, part: Sequence) {
        let current = self.groups.last().and_then(|group| group.current);
        let joined = match current {
            Some(current) => self.concatenate(current, part),
            None => part,
        };
        if let Some(group) = self.groups.last_mut() {
            group.current = Some(joined);
        }
    }

    /// Ends an alternative at `|` or at the end of its group.
    fn end_alternative(&mut self) -> Result<Sequence, RegexError> {
        let end = self.single(Operation::Empty, true)?;
        self.append(end);
        let Some(group) = self.groups.last_mut() else {
            return Err(RegexError::Invalid);
        };
        let earlier = group.alternatives.take();
        let current = group.current.take().unwrap_or(end);
        let all = match earlier {
            None => current,
            Some(earlier) => {
                let end = self.insert(Operation::Empty)?;
                self.link(earlier.end, end);
                self.link(current.end, end);
                let start = self.insert_state(State {
                    operation: Operation::Alternative,
                    next: current.start,
                    other: earlier.start,
                })?;
                let can_be_empty = earlier.can_be_empty || current.can_be_empty;
                Sequence {
                    start,
                    end,
                    can_be_empty,
                }
            }
        };
        if let Some(group) = self.groups.last_mut() {
            group.alternatives = Some(all);
        }
        Ok(all)
    }

    fn close_group(&mut self) -> Result<Sequence, RegexError> {
        let content = self.end_alternative()?;
        let Some(group) = self.groups.pop() else {
            return Err(RegexError::Invalid);
        };
        let close = self.insert(Operation::GroupClose(group.number))?;
        self.link(group.open, content.start);
        self.link(content.end, close);
        Ok(Sequence {
            start: group.open,
            end: close,
            can_be_empty: content.can_be_empty,
        })
    }

    /// Adds an atom after applying the quantifiers that follow it.
    fn quantified(&mut self, atom: Sequence) -> Result<(), RegexError> {
        let mut atom = Quantified::once(atom);
        loop {
            let quantifier = match self.scanner.peek() {
                Token::Star => Quantifier::Star,
                Token::Plus => Quantifier::Plus,
                Token::Question => Quantifier::Question,
                Token::IntervalOpen => {
                    self.scanner.advance()?;
                    atom = Quantified::once(self.interval(atom.whole)?);
                    continue;
                }
                _ => {
                    self.append(atom.whole);
                    return Ok(());
                }
            };
            self.scanner.advance()?;
            atom = match atom.quantifier {
                // As loops in loops they would be searched again and again.
                Some(before)
                    if !atom.body.can_be_empty
                        && (self.joins_in_groups || self.groups.len() == 1) =>
                {
                    self.joined += usize::from(self.groups.len() > 1);
                    self.join(atom, before.and(quantifier), quantifier)?
                }
                _ => Quantified {
                    whole: self.repeated(atom.whole, quantifier)?,
                    body: atom.whole,
                    quantifier: Some(quantifier),
                },
            };
        }
    }

    /// Applies one more quantifier to what has one. With a body that is never empty the two are as
    /// one: they find the same matches in the same order, with the same groups.
    fn join(
        &mut self,
        atom: Quantified,
        quantifier: Quantifier,
        last: Quantifier,
    ) -> Result<Quantified, RegexError> {
        let Quantified { whole, body, .. } = atom;
        let before = self.states.len();
        let whole = match (atom.quantifier, quantifier) {
            (Some(before), after) if before == after => whole,
            (Some(Quantifier::Plus), _) => Sequence {
                start: whole.end,
                end: whole.end,
                can_be_empty: true,
            },
            (_, quantifier) => self.repeated(body, quantifier)?,
        };
        // States that are not used, as they count.
        while self.states.len() < before + last.states() {
            self.insert(Operation::Empty)?;
        }
        Ok(Quantified {
            whole,
            body,
            quantifier: Some(quantifier),
        })
    }

    /// A sequence with a quantifier.
    fn repeated(&mut self, body: Sequence, by: Quantifier) -> Result<Sequence, RegexError> {
        if by == Quantifier::Question {
            let end = self.insert(Operation::Empty)?;
            let repeat = self.insert_repeat(body, end)?;
            self.link(body.end, end);
            return Ok(Sequence {
                start: repeat,
                end,
                can_be_empty: true,
            });
        }
        let repeat = self.insert_repeat(body, NO_STATE)?;
        self.link(body.end, repeat);
        Ok(match by {
            Quantifier::Plus => Sequence {
                end: repeat,
                ..body
            },
            _ => Sequence {
                start: repeat,
                end: repeat,
                can_be_empty: true,
            },
        })
    }

    /// A state that enters `body` and otherwise goes on to `next`.
    fn insert_repeat(&mut self, body: Sequence, next: StateId) -> Result<StateId, RegexError> {
        self.insert_state(State {
            operation: Operation::Repeat {
                empty_body: body.can_be_empty,
            },
            next,
            other: body.start,
        })
    }

    fn count(&mut self) -> Result<Option<i32>, RegexError> {
        let Token::Count(digits) = self.scanner.peek() else {
            return Ok(None);
        };
        self.scanner.advance()?;
        digits
            .iter()
            .try_fold(0i32, |count, digit| {
                count.checked_mul(10)?.checked_add(i32::from(digit - b'0'))
            })
            .map(Some)
            .ok_or(RegexError::Invalid)
    }

    /// `{min}`, `{min,}` or `{min,max}`: copies of the atom. The atom itself is not used.
    fn interval(&mut self, atom: Sequence) -> Result<Sequence, RegexError> {
        let Some(min) = self.count()? else {
            return Err(RegexError::Invalid);
        };
        let mut max = Some(min);
        if self.scanner.accept(Token::Comma)? {
            max = self.count()?;
        }
        if !self.scanner.accept(Token::IntervalClose)? {
            return Err(RegexError::Invalid);
        }
        let mut copies = self.single(Operation::Empty, true)?;
        for _ in 0..min {
            let copy = self.clone_sequence(atom)?;
            copies = self.concatenate(copies, copy);
        }
        let end = match max {
            None => {
                let body = self.clone_sequence(atom)?;
                let repeat = self.insert_repeat(body, NO_STATE)?;
                self.link(body.end, repeat);
                repeat
            }
            Some(max) if max < min => return Err(RegexError::Invalid),
            Some(max) => {
                let end = self.insert(Operation::Empty)?;
                for _ in min..max {
                    let copy = self.clone_sequence(atom)?;
                    let repeat = self.insert_repeat(copy, end)?;
                    self.link(copies.end, repeat);
                    copies.end = copy.end;
                }
                end
            }
        };
        self.link(copies.end, end);
        Ok(Sequence {
            start: copies.start,
            end,
            can_be_empty: min == 0 || atom.can_be_empty,
        })
    }

    /// Copies a sequence. A state that is found twice before it is visited is copied twice, one of
    /// the copies being unused: this counts towards the size.
    fn clone_sequence(&mut self, original: Sequence) -> Result<Sequence, RegexError> {
        let mut copies: HashMap<StateId, StateId> = HashMap::new();
        let mut pending = vec![original.start];
        while let Some(id) = pending.pop() {
            let state = self.states[id as usize];
            let copy = self.insert_state(state)?;
            copies.insert(id, copy);
            if state.other != NO_STATE && !copies.contains_key(&state.other) {
                pending.push(state.other);
            }
            if id != original.end && state.next != NO_STATE && !copies.contains_key(&state.next) {
                pending.push(state.next);
            }
        }
        // All successors were visited; the end has none.
        let copy_of = |id: StateId| copies.get(&id).copied().unwrap_or(NO_STATE);
        for &copy in copies.values() {
            let State {
                operation,
                next,
                other,
            } = self.states[copy as usize];
            self.states[copy as usize] = State {
                operation,
                next: copy_of(next),
                other: copy_of(other),
            };
        }
        Ok(Sequence {
            start: copy_of(original.start),
            end: copy_of(original.end),
            can_be_empty: original.can_be_empty,
        })
    }
}
