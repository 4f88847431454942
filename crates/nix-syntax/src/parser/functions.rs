//! Expressions that start with a keyword or a pattern and reach as far as possible.

use super::{Parser, Result, next_run};
use crate::ast::{Expr, ExprId, Formal, Formals, Lambda, Pos, Symbol};
use crate::lexer::Token;

/// The text of a name; it becomes a symbol only when Nix makes it one.
pub(super) type Name = (u32, u32);

/// The start of an expression whose rest is an expression again.
///
/// They are kept on a stack and not on that of the machine, as long chains of them (say, a
/// generated `if … else if …`) are nothing to be afraid of.
#[derive(Clone, Copy)]
pub(super) enum Prefix {
    /// `name:`
    Function { name: Name, pos: Pos },
    /// `{ … }:`, `name@{ … }:` or `{ … }@name:`
    Pattern {
        formals: Formals,
        name: Option<Name>,
        pos: Pos,
    },
    /// `assert condition;`
    Assert { condition: ExprId, pos: Pos },
    /// `with set;`
    With { set: ExprId, pos: Pos },
    /// `let … in`
    Let { bindings: u32, pos: Pos },
    /// `if … then … else`
    If {
        condition: ExprId,
        then: ExprId,
        pos: Pos,
    },
}

impl Parser<'_> {
    /// Any expression.
    pub(super) fn expression(&mut self) -> Result<ExprId> {
        self.descend(1)?;
        let base = self.stacks.prefixes.len();
        let mut result = loop {
            let pos = self.here();
            match self.token() {
                Token::Identifier => {
                    let name = self.take_name();
                    match self.token() {
                        Token::Colon => {
                            self.lexer.advance();
                            self.stacks.prefixes.push(Prefix::Function { name, pos });
                        }
                        Token::At => self.pattern_after_name(name, pos)?,
                        _ => {
                            let variable = self.identifier(name, pos);
                            break self.operation(Some((variable, pos)))?;
                        }
                    }
                }
                Token::LeftBrace => {
                    if let Some(set) = self.set_or_pattern(pos)? {
                        break self.operation(Some((set, pos)))?;
                    }
                }
                Token::Let => {
                    self.lexer.advance();
                    if self.token() == Token::LeftBrace {
                        let selection = self.legacy_let(pos)?;
                        break self.operation(Some((selection, pos)))?;
                    }
                    self.let_bindings(pos)?;
                }
                Token::If => self.condition(pos)?,
                Token::Assert => {
                    self.lexer.advance();
                    let condition = self.expression()?;
                    self.expect(Token::Semicolon, "';'")?;
                    self.stacks.prefixes.push(Prefix::Assert { condition, pos });
                }
                Token::With => {
                    self.lexer.advance();
                    let set = self.expression()?;
                    self.expect(Token::Semicolon, "';'")?;
                    self.stacks.prefixes.push(Prefix::With { set, pos });
                }
                _ => break self.operation(None)?,
            }
        };
        while self.stacks.prefixes.len() > base {
            if let Some(prefix) = self.stacks.prefixes.pop() {
                result = self.finish_prefix(prefix, result)?;
            }
        }
        self.ascend(1);
        Ok(result)
    }

    fn finish_prefix(&mut self, prefix: Prefix, body: ExprId) -> Result<ExprId> {
        Ok(match prefix {
            Prefix::Function { name, pos } => {
                let argument = Some(self.intern_name(name));
                self.add_lambda(
                    Lambda {
                        argument,
                        formals: None,
                        body,
                        name: None,
                    },
                    pos,
                )
            }
            Prefix::Pattern { formals, name, pos } => {
                let argument = name.map(|name| self.intern_name(name));
                self.check_formals(formals, argument, pos)?;
                self.add_lambda(
                    Lambda {
                        argument,
                        formals: Some(formals),
                        body,
                        name: None,
                    },
                    pos,
                )
            }
            Prefix::Assert { condition, pos } => self.add(Expr::Assert { condition, body }, pos),
            Prefix::With { set, pos } => self.add(Expr::With { set, body }, pos),
            Prefix::Let { bindings, pos } => {
                if self.ast.sets[bindings as usize].dynamic.len > 0 {
                    return Err(self.fail("dynamic attributes not allowed in let", pos));
                }
                self.add(Expr::Let { bindings, body }, Pos::NONE)
            }
            Prefix::If {
                condition,
                then,
                pos,
            } => {
                let index = self.ast.triples.len() as u32;
                self.ast.triples.push([condition, then, body]);
                self.add(Expr::If(index), pos)
            }
        })
    }

    fn add_lambda(&mut self, lambda: Lambda, pos: Pos) -> ExprId {
        let index = self.ast.lambdas.len() as u32;
        self.ast.lambdas.push(lambda);
        self.add(Expr::Lambda(index), pos)
    }

    /// Steps over an identifier.
    #[inline]
    pub(super) fn take_name(&mut self) -> Name {
        let name = (self.lexer.start as u32, self.lexer.next as u32);
        self.lexer.advance();
        name
    }

    #[inline]
    pub(super) fn intern_name(&mut self, (start, end): Name) -> Symbol {
        let text = &self.lexer.source[start as usize..end as usize];
        self.intern(text)
    }

    /// A variable, or `__curPos`.
    #[inline]
    pub(super) fn identifier(&mut self, name: Name, pos: Pos) -> ExprId {
        let text = &self.lexer.source[name.0 as usize..name.1 as usize];
        if text == b"__curPos" {
            self.add(Expr::CurPos, pos)
        } else {
            self.variable(text, pos)
        }
    }

    #[inline(never)]
    fn condition(&mut self, pos: Pos) -> Result<()> {
        self.lexer.advance();
        let condition = self.expression()?;
        self.expect(Token::Then, "'then'")?;
        let then = self.expression()?;
        self.expect(Token::Else, "'else'")?;
        self.stacks.prefixes.push(Prefix::If {
            condition,
            then,
            pos,
        });
        Ok(())
    }

    #[inline(never)]
    fn let_bindings(&mut self, pos: Pos) -> Result<()> {
        let bindings = self.bindings(None, Token::In, "'in' or 'inherit'")?;
        let bindings = self.finish_bindings(bindings, true, Pos::NONE)?;
        self.stacks.prefixes.push(Prefix::Let { bindings, pos });
        Ok(())
    }

    /// `{ … }` where both a set and the pattern of a function can stand. Gives the set, if it is
    /// one.
    #[inline(never)]
    fn set_or_pattern(&mut self, pos: Pos) -> Result<Option<ExprId>> {
        self.lexer.advance();
        let base = self.stacks.formals.len();
        let ellipsis = match self.token() {
            Token::RightBrace => {
                self.lexer.advance();
                if !matches!(self.token(), Token::Colon | Token::At) {
                    return Ok(Some(self.empty_set(pos)));
                }
                false
            }
            Token::Ellipsis => self.formals(None)?,
            Token::Identifier => {
                let name_pos = self.here();
                let name = self.take_name();
                if matches!(
                    self.token(),
                    Token::Comma | Token::Question | Token::RightBrace
                ) {
                    self.formals(Some((name, name_pos)))?
                } else {
                    return self.set_after_brace(Some((name, name_pos)), pos).map(Some);
                }
            }
            _ => return self.set_after_brace(None, pos).map(Some),
        };
        let formals = self.finish_formals(base, ellipsis);
        let name = match self.token() {
            Token::Colon => None,
            Token::At => {
                self.lexer.advance();
                if self.token() != Token::Identifier {
                    return Err(self.unexpected("identifier"));
                }
                Some(self.take_name())
            }
            _ => return Err(self.unexpected("':' or '@'")),
        };
        self.expect(Token::Colon, "':'")?;
        self.stacks
            .prefixes
            .push(Prefix::Pattern { formals, name, pos });
        Ok(None)
    }

    /// The rest of `name@{ … }:`.
    #[inline(never)]
    fn pattern_after_name(&mut self, name: Name, pos: Pos) -> Result<()> {
        self.lexer.advance();
        self.expect(Token::LeftBrace, "'{'")?;
        let base = self.stacks.formals.len();
        let ellipsis = match self.token() {
            Token::RightBrace => {
                self.lexer.advance();
                false
            }
            Token::Ellipsis => self.formals(None)?,
            Token::Identifier => {
                let name_pos = self.here();
                let name = self.take_name();
                self.formals(Some((name, name_pos)))?
            }
            _ => return Err(self.unexpected("identifier or '...' or '}'")),
        };
        let formals = self.finish_formals(base, ellipsis);
        self.expect(Token::Colon, "':'")?;
        self.stacks.prefixes.push(Prefix::Pattern {
            formals,
            name: Some(name),
            pos,
        });
        Ok(())
    }

    /// Formal arguments from the `...` or from after the first name up to and with the `}`. Pushes
    /// them, and tells whether there is a `...`.
    fn formals(&mut self, first: Option<(Name, Pos)>) -> Result<bool> {
        let mut next = first;
        while let Some((name, pos)) = next {
            let default = if self.token() == Token::Question {
                self.lexer.advance();
                Some(self.expression()?)
            } else {
                None
            };
            let name = self.intern_name(name);
            self.stacks.formals.push(Formal { name, pos, default });
            match self.token() {
                Token::Comma => self.lexer.advance(),
                Token::RightBrace => {
                    self.lexer.advance();
                    return Ok(false);
                }
                _ => return Err(self.unexpected("'}' or ','")),
            }
            next = match self.token() {
                Token::Identifier => {
                    let pos = self.here();
                    Some((self.take_name(), pos))
                }
                Token::Ellipsis => None,
                Token::RightBrace => {
                    self.lexer.advance();
                    return Ok(false);
                }
                _ => return Err(self.unexpected("identifier or '...' or '}'")),
            };
        }
        self.lexer.advance();
        self.expect(Token::RightBrace, "'}'")?;
        Ok(true)
    }

    fn finish_formals(&mut self, base: usize, ellipsis: bool) -> Formals {
        let formals = next_run(self.ast.formals.len(), self.stacks.formals.len() - base);
        self.ast
            .formals
            .extend_from_slice(&self.stacks.formals[base..]);
        self.stacks.formals.truncate(base);
        Formals { formals, ellipsis }
    }

    /// No two arguments may have one name. Of several such names Nix reports the oldest symbol.
    fn check_formals(
        &mut self,
        formals: Formals,
        argument: Option<Symbol>,
        pos: Pos,
    ) -> Result<()> {
        self.start_looking_for_duplicates();
        let mut duplicate: Option<(Symbol, Pos)> = None;
        for index in formals.formals.range() {
            let formal = self.ast.formals[index];
            if !self.is_new(formal.name) {
                let found = (formal.name, formal.pos);
                duplicate = Some(duplicate.map_or(found, |first| first.min(found)));
            }
        }
        if duplicate.is_none()
            && let Some(argument) = argument
            && !self.is_new(argument)
        {
            duplicate = Some((argument, pos));
        }
        match duplicate {
            None => Ok(()),
            Some((name, pos)) => {
                let name = crate::print::identifier(self.ast.symbol(name));
                let name = String::from_utf8_lossy(&name);
                let message = format!("duplicate formal function argument '{name}'");
                Err(self.fail(message, pos))
            }
        }
    }
}
