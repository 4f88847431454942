//! Prefix, infix and postfix operators, by precedence.
//!
//! Operands and operators wait on stacks of their own until an operator that binds less follows,
//! so that the length of a chain of operators is not limited by the machine's stack.

use super::{Parser, Result};
use crate::ast::{BinaryOperator, Expr, ExprId, Pos};
use crate::lexer::Token;

/// An operator whose right operand is not complete yet.
#[derive(Clone, Copy)]
pub(super) struct Operator {
    kind: Kind,
    precedence: u8,
    pos: Pos,
}

/// An operand, and where it starts.
pub(super) type Operand = (ExprId, Pos);

#[derive(Clone, Copy)]
enum Kind {
    Not,
    Negate,
    Binary(BinaryOperator),
    Subtract,
    Multiply,
    Divide,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    PipeFrom,
    PipeInto,
}

/// What happens if two operators of one precedence meet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Associativity {
    Left,
    Right,
    None,
}

const PIPE: u8 = 0;
const NOT: u8 = 7;
const HAS_ATTRIBUTE: u8 = 11;
const NEGATE: u8 = 12;

fn infix(token: Token) -> Option<(Kind, u8, Associativity)> {
    use Associativity::{Left, None as Neither, Right};
    Some(match token {
        Token::PipeFrom => (Kind::PipeFrom, PIPE, Right),
        Token::PipeInto => (Kind::PipeInto, PIPE, Left),
        Token::Implies => (Kind::Binary(BinaryOperator::Implies), 1, Right),
        Token::Or => (Kind::Binary(BinaryOperator::Or), 2, Left),
        Token::And => (Kind::Binary(BinaryOperator::And), 3, Left),
        Token::Equal => (Kind::Binary(BinaryOperator::Equal), 4, Neither),
        Token::NotEqual => (Kind::Binary(BinaryOperator::NotEqual), 4, Neither),
        Token::Less => (Kind::Less, 5, Neither),
        Token::LessEqual => (Kind::LessEqual, 5, Neither),
        Token::Greater => (Kind::Greater, 5, Neither),
        Token::GreaterEqual => (Kind::GreaterEqual, 5, Neither),
        Token::Update => (Kind::Binary(BinaryOperator::Update), 6, Right),
        Token::Plus => (Kind::Binary(BinaryOperator::Add), 8, Left),
        Token::Minus => (Kind::Subtract, 8, Left),
        Token::Times => (Kind::Multiply, 9, Left),
        Token::Divide => (Kind::Divide, 9, Left),
        Token::Concat => (Kind::Binary(BinaryOperator::Concat), 10, Right),
        _ => return None,
    })
}

impl Parser<'_> {
    /// An expression of operators and calls. `first` is its first operand's first part, if that is
    /// parsed already, and where it starts.
    pub(super) fn operation(&mut self, first: Option<Operand>) -> Result<ExprId> {
        let operators = self.stacks.operators.len();
        let operands = self.stacks.operands.len();
        let mut first = first;
        'operand: loop {
            if first.is_none() {
                self.prefix_operators();
            }
            let start = first.map_or_else(|| self.here(), |(_, start)| start);
            let operand = self.application(first.take())?;
            self.stacks.operands.push((operand, start));
            loop {
                if self.token() == Token::Question {
                    self.reduce_above(operators, HAS_ATTRIBUTE);
                    self.has_attribute()?;
                    continue;
                }
                let Some((kind, precedence, associativity)) = infix(self.token()) else {
                    break 'operand;
                };
                self.reduce_above(operators, precedence);
                if let Some(before) = self.stacks.operators[operators..].last().copied()
                    && before.precedence == precedence
                {
                    match associativity {
                        Associativity::None => return Err(self.unexpected("")),
                        // The two pipes cannot be mixed: what is complete is an operand to
                        // neither.
                        _ if precedence == PIPE
                            && is_pipe_from(before.kind) != is_pipe_from(kind) =>
                        {
                            break 'operand;
                        }
                        Associativity::Left => self.reduce_one(),
                        Associativity::Right => {}
                    }
                }
                let pos = self.here();
                self.stacks.operators.push(Operator {
                    kind,
                    precedence,
                    pos,
                });
                self.lexer.advance();
                break;
            }
        }
        while self.stacks.operators.len() > operators {
            self.reduce_one();
        }
        self.stacks.operands.truncate(operands + 1);
        match self.stacks.operands.pop() {
            Some((result, _)) => Ok(result),
            // Unreachable: the loop is left only after an operand was pushed.
            None => Err(self.unexpected("")),
        }
    }

    #[inline]
    fn prefix_operators(&mut self) {
        loop {
            let (kind, precedence) = match self.token() {
                Token::Not => (Kind::Not, NOT),
                Token::Minus => (Kind::Negate, NEGATE),
                _ => return,
            };
            let pos = self.here();
            self.stacks.operators.push(Operator {
                kind,
                precedence,
                pos,
            });
            self.lexer.advance();
        }
    }

    /// `? path` after the last operand.
    #[inline(never)]
    fn has_attribute(&mut self) -> Result<()> {
        self.lexer.advance();
        let base = self.stacks.path.len();
        self.attribute_path()?;
        let path = self.finish_path(base);
        if let Some((operand, start)) = self.stacks.operands.pop() {
            let pos = self.ast.pos(operand);
            let result = self.add(
                Expr::HasAttr {
                    base: operand,
                    path,
                },
                pos,
            );
            self.stacks.operands.push((result, start));
        }
        Ok(())
    }

    /// Completes the operators that bind closer than a precedence.
    #[inline]
    fn reduce_above(&mut self, base: usize, precedence: u8) {
        while let Some(operator) = self.stacks.operators[base..].last()
            && operator.precedence > precedence
        {
            self.reduce_one();
        }
    }

    /// Completes the last operator, whose operands are the last ones.
    #[inline(never)]
    fn reduce_one(&mut self) {
        let Some(Operator { kind, pos, .. }) = self.stacks.operators.pop() else {
            return;
        };
        let Some((right, right_start)) = self.stacks.operands.pop() else {
            return;
        };
        match kind {
            Kind::Not => {
                let result = self.not(right);
                self.stacks.operands.push((result, pos));
                return;
            }
            Kind::Negate => {
                let function = self.variable(b"__sub", Pos::NONE);
                let zero = self.add(Expr::Int(0), Pos::NONE);
                let result = self.apply(function, &[zero, right], pos);
                self.stacks.operands.push((result, pos));
                return;
            }
            _ => {}
        }
        let Some((left, start)) = self.stacks.operands.pop() else {
            return;
        };
        let result = match kind {
            Kind::Binary(operator) => {
                let operands = self.ast.pairs.len() as u32;
                self.ast.pairs.push([left, right]);
                if operator == BinaryOperator::Add {
                    self.ast
                        .operand_positions
                        .push((operands, [start, right_start]));
                }
                self.add(Expr::Binary { operator, operands }, pos)
            }
            Kind::Subtract => self.call_of(b"__sub", left, right, pos),
            Kind::Multiply => self.call_of(b"__mul", left, right, pos),
            Kind::Divide => self.call_of(b"__div", left, right, pos),
            Kind::Less => self.call_of(b"__lessThan", left, right, pos),
            Kind::Greater => self.call_of(b"__lessThan", right, left, pos),
            Kind::LessEqual => {
                let greater = self.call_of(b"__lessThan", right, left, pos);
                self.not(greater)
            }
            Kind::GreaterEqual => {
                let less = self.call_of(b"__lessThan", left, right, pos);
                self.not(less)
            }
            Kind::PipeFrom => self.apply(left, &[right], pos),
            // Also unreachable: both prefix operators have returned above.
            Kind::PipeInto | Kind::Not | Kind::Negate => self.apply(right, &[left], pos),
        };
        self.stacks.operands.push((result, start));
    }

    fn not(&mut self, operand: ExprId) -> ExprId {
        let pos = self.ast.pos(operand);
        self.add(Expr::Not(operand), pos)
    }

    /// An operator that is a call of a function that the user can redefine.
    fn call_of(&mut self, function: &[u8], first: ExprId, second: ExprId, pos: Pos) -> ExprId {
        let function = self.variable(function, Pos::NONE);
        self.apply(function, &[first, second], pos)
    }
}

fn is_pipe_from(kind: Kind) -> bool {
    matches!(kind, Kind::PipeFrom)
}
