//! Calls, selections and the expressions that need no bracket.

use super::{Parser, Result};
use crate::ast::{Expr, ExprId, PathPart, Pos, Select};
use crate::lexer::Token;

impl Parser<'_> {
    /// An operand with its arguments, if any. `first` is as in [`Parser::operation`].
    pub(super) fn application(&mut self, first: Option<(ExprId, Pos)>) -> Result<ExprId> {
        let pos = first.map_or_else(|| self.here(), |(_, start)| start);
        let function = self.selection(first)?;
        // As a function, `f or` means the same in every grammar.
        self.cursed_or = None;
        if !self.token().starts_operand() {
            return Ok(function);
        }
        let base = self.stacks.list.len();
        while self.token().starts_operand() {
            let argument = self.selection(None)?;
            self.stacks.list.push(argument);
            self.warn_if_cursed_or();
        }
        let mut arguments = std::mem::take(&mut self.stacks.list);
        let result = self.apply(function, &arguments[base..], pos);
        arguments.truncate(base);
        self.stacks.list = arguments;
        Ok(result)
    }

    /// An operand with the attributes that are selected from it, if any.
    fn selection(&mut self, first: Option<(ExprId, Pos)>) -> Result<ExprId> {
        let (base, pos) = match first {
            Some(first) => first,
            None => {
                let pos = self.here();
                (self.simple()?, pos)
            }
        };
        self.cursed_or = None;
        match self.token() {
            Token::Dot => self.selection_path(base, pos),
            Token::OrKeyword => {
                self.cursed_or = Some((pos.0, self.lexer.next as u32));
                self.lexer.advance();
                let or = self.variable(b"or", pos);
                let start = self.ast.lists.len() as u32;
                self.ast.lists.push(or);
                let arguments = crate::ast::Run { start, len: 1 };
                Ok(self.add(
                    Expr::Apply {
                        function: base,
                        arguments,
                    },
                    pos,
                ))
            }
            _ => Ok(base),
        }
    }

    fn selection_path(&mut self, base: ExprId, pos: Pos) -> Result<ExprId> {
        self.lexer.advance();
        let start = self.stacks.path.len();
        self.attribute_path()?;
        let path = self.finish_path(start);
        let default = if self.token() == Token::OrKeyword {
            self.lexer.advance();
            self.descend(1)?;
            let default = self.selection(None)?;
            self.warn_if_cursed_or();
            self.ascend(1);
            Some(default)
        } else {
            None
        };
        let select = self.ast.selects.len() as u32;
        self.ast.selects.push(Select { path, default });
        Ok(self.add(Expr::Select { base, select }, pos))
    }

    /// Names, literals, and what is in brackets.
    fn simple(&mut self) -> Result<ExprId> {
        let pos = self.here();
        match self.token() {
            Token::Identifier => {
                let name = self.take_name();
                Ok(self.identifier(name, pos))
            }
            Token::LeftParen => {
                self.lexer.advance();
                let inner = self.expression()?;
                self.expect(Token::RightParen, "')'")?;
                Ok(inner)
            }
            Token::LeftBrace => {
                self.lexer.advance();
                if self.token() == Token::RightBrace {
                    self.lexer.advance();
                    return Ok(self.empty_set(pos));
                }
                self.set_after_brace(None, pos)
            }
            Token::LeftBracket => self.list(),
            Token::Quote => self.string(),
            Token::IndentedQuote => self.indented_string(),
            Token::Path | Token::HomePath => self.path(),
            Token::Rec => {
                self.lexer.advance();
                self.recursive_set(pos)
            }
            Token::Let => {
                self.lexer.advance();
                if self.token() != Token::LeftBrace {
                    return Err(self.unexpected("'{'"));
                }
                self.legacy_let(pos)
            }
            _ => self.literal(),
        }
    }

    #[inline(never)]
    fn list(&mut self) -> Result<ExprId> {
        self.lexer.advance();
        self.descend(1)?;
        let base = self.stacks.list.len();
        while self.token().starts_operand() {
            let element = self.selection(None)?;
            self.stacks.list.push(element);
            self.warn_if_cursed_or();
        }
        self.expect(Token::RightBracket, "")?;
        self.ascend(1);
        let pos = self
            .stacks
            .list
            .get(base)
            .map_or(Pos::NONE, |&first| self.ast.pos(first));
        let elements = self.finish_list(base);
        Ok(self.add(Expr::List(elements), pos))
    }

    /// `rec { … }` after the keyword.
    #[inline(never)]
    fn recursive_set(&mut self, pos: Pos) -> Result<ExprId> {
        self.expect(Token::LeftBrace, "'{'")?;
        let bindings = self.bindings(None, Token::RightBrace, "'inherit' or '}'")?;
        let set = self.finish_bindings(bindings, true, pos)?;
        Ok(self.add(Expr::AttrSet(set), pos))
    }

    /// `let { … }` at the brace: the set's `body`.
    #[inline(never)]
    pub(super) fn legacy_let(&mut self, pos: Pos) -> Result<ExprId> {
        let base = self.recursive_set(pos)?;
        let body = self.intern(b"body");
        self.stacks.path.push(PathPart::Static(body));
        let path = self.finish_path(self.stacks.path.len() - 1);
        let select = self.ast.selects.len() as u32;
        self.ast.selects.push(Select {
            path,
            default: None,
        });
        Ok(self.add(Expr::Select { base, select }, pos))
    }

    #[inline(never)]
    fn literal(&mut self) -> Result<ExprId> {
        let pos = self.here();
        let expr = match self.token() {
            Token::Integer => Expr::Int(self.lexer.integer),
            Token::Float => Expr::Float(self.lexer.float),
            Token::SearchPath => {
                let text = self.lexer.text();
                let name = self.add_string(&text[1..text.len() - 1]);
                self.lexer.advance();
                return Ok(self.add(Expr::SearchPath { name }, pos));
            }
            Token::Uri => {
                let text = self.lexer.text();
                self.lint_url(text, pos)?;
                Expr::Str(self.add_string(text))
            }
            _ => return Err(self.unexpected("")),
        };
        self.lexer.advance();
        Ok(self.add(expr, Pos::NONE))
    }

    fn lint_url(&mut self, url: &[u8], pos: Pos) -> Result<()> {
        use crate::LintLevel;
        let level = self.options.lints.url_literals;
        let verdict = match level {
            LintLevel::Ignore => return Ok(()),
            LintLevel::Warn => "discouraged",
            LintLevel::Fatal => "disallowed",
        };
        let message = format!(
            "URL literals are {verdict}. Consider using a string literal \"{}\" instead",
            String::from_utf8_lossy(url)
        );
        self.lint(level, "lint-url-literals", &message, pos)
    }

    /// `a.b."c".${d}`: pushes the parts.
    pub(super) fn attribute_path(&mut self) -> Result<()> {
        loop {
            let part = self.attribute()?;
            self.stacks.path.push(part);
            if self.token() != Token::Dot {
                return Ok(());
            }
            self.lexer.advance();
        }
    }

    /// One part of an attribute path.
    pub(super) fn attribute(&mut self) -> Result<PathPart> {
        match self.token() {
            Token::Identifier | Token::OrKeyword => {
                let text = self.lexer.text();
                let symbol = self.intern(text);
                self.lexer.advance();
                Ok(PathPart::Static(symbol))
            }
            Token::Quote => {
                let string = self.string_literal()?;
                Ok(self.name_of_string(string))
            }
            Token::DollarBrace => {
                self.lexer.advance();
                let name = self.expression()?;
                self.expect(Token::RightBrace, "'}'")?;
                Ok(match self.ast.expr(name) {
                    // As if written without the `${ }`.
                    Expr::Str(text) => {
                        let text = self.ast.string(text).to_vec();
                        PathPart::Static(self.intern(&text))
                    }
                    _ => PathPart::Dynamic(name),
                })
            }
            _ => Err(self.unexpected("identifier or 'or' or '${' or '\"'")),
        }
    }
}
