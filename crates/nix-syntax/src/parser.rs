//! Recursive descent from bytes to the arena.
//!
//! Nix's grammar is made for bison, and some of what it accepts and says follows from that; the
//! comments name such places. In its messages, the tokens that were expected are those of the
//! LALR state that the parser is in once it has made all reductions that need no look-ahead.

mod attributes;
mod expressions;
mod functions;
mod merge;
mod operators;
mod strings;

use crate::ast::{Ast, Expr, ExprId, PathPart, Pos, Run, StrId, Symbol};
use crate::lexer::{Lexer, Token};
use crate::symbols::Interner;
use crate::{LintLevel, NESTING_LIMIT, ParseError, ParseOptions, Parsed, Warning, WarningKind};

/// Parsing cannot go on: the reason is in [`Parser::error`].
#[derive(Debug)]
struct Failed;

type Result<T> = std::result::Result<T, Failed>;

/// No byte of a file makes more than three expressions (`-` does), so with this limit the indices
/// of all tables fit 32 bits.
const SIZE_LIMIT: usize = 1 << 30;

/// A function with more arguments than this is not called with further ones in the same call.
const ARGUMENTS_LIMIT: u32 = 256;

pub(crate) fn parse(
    source: &[u8],
    options: &ParseOptions,
    memory: &mut ParseMemory,
) -> std::result::Result<Parsed, ParseError> {
    parse_with(source, options, memory, Parser::file)
}

/// Parses the definitions of a set without its braces.
pub(crate) fn parse_bindings(
    source: &[u8],
    options: &ParseOptions,
    memory: &mut ParseMemory,
) -> std::result::Result<Parsed, ParseError> {
    parse_with(source, options, memory, Parser::file_of_bindings)
}

fn parse_with<'a>(
    source: &'a [u8],
    options: &ParseOptions,
    memory: &mut ParseMemory,
    read: fn(&mut Parser<'a>) -> Result<ExprId>,
) -> std::result::Result<Parsed, ParseError> {
    if source.len() > SIZE_LIMIT {
        return Err(ParseError::new("the file is larger than 1 GiB", Pos(0)));
    }
    let mut parser = Parser::new(source, options, memory);
    let root = read(&mut parser);
    memory.interner = parser.interner;
    memory.stacks = parser.stacks;
    match root {
        Ok(root) => {
            parser.ast.root = Some(root);
            Ok(Parsed {
                ast: parser.ast,
                warnings: parser.warnings,
            })
        }
        Err(Failed) => Err(parser
            .error
            .unwrap_or_else(|| ParseError::new("syntax error", Pos(parser.lexer.start as u32)))),
    }
}

/// What one parse leaves to the next: memory that is there already need not be asked for, and
/// trees are made of many small pieces.
#[derive(Default)]
pub struct ParseMemory {
    ast: Ast,
    interner: Interner,
    stacks: Stacks,
}

impl ParseMemory {
    /// Takes back a tree that is not needed any more.
    pub fn give_back(&mut self, mut ast: Ast) {
        ast.clear();
        self.ast = ast;
    }
}

impl std::fmt::Debug for ParseMemory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ParseMemory").finish_non_exhaustive()
    }
}

/// The state of a parse.
struct Parser<'a> {
    lexer: Lexer<'a>,
    options: ParseOptions,
    ast: Ast,
    interner: Interner,
    stacks: Stacks,
    warnings: Vec<Warning>,
    error: Option<ParseError>,
    /// Brackets that are open, parts of attribute paths that are being defined, and the like.
    depth: u32,
    /// The expression that was just parsed is an application to `or`, not in parentheses: where
    /// it starts and ends.
    cursed_or: Option<(u32, u32)>,
    /// Where the file ends for messages, if not at its end.
    end_of_file: Option<Pos>,
    generation: u32,
}

/// An expression pushes what it has found so far, with the expressions inside of it on top, and
/// takes it off when it moves it to its table in the tree, where entries of one expression are
/// contiguous.
#[derive(Default)]
struct Stacks {
    prefixes: Vec<functions::Prefix>,
    operators: Vec<operators::Operator>,
    operands: Vec<operators::Operand>,
    list: Vec<ExprId>,
    path: Vec<PathPart>,
    parts: Vec<(ExprId, Pos)>,
    indented: Vec<strings::IndentedPart>,
    formals: Vec<crate::ast::Formal>,
    items: Vec<attributes::Item>,
    merger: merge::Merger,
    /// For each symbol the last [`Parser::generation`] in which it was seen.
    seen: Vec<u32>,
}

impl Stacks {
    /// Empties all; after a failure there is something in them.
    fn clear(&mut self) {
        macro_rules! clear {
            ($($stack:ident)*) => {
                $(self.$stack.clear();)*
            };
        }
        clear!(prefixes operators operands list path parts indented formals items merger seen);
    }
}

impl<'a> Parser<'a> {
    fn new(source: &'a [u8], options: &ParseOptions, memory: &mut ParseMemory) -> Parser<'a> {
        let ParseMemory {
            ast,
            mut interner,
            mut stacks,
        } = std::mem::take(memory);
        interner.clear();
        stacks.clear();
        Parser {
            lexer: Lexer::new(source, options.pipe_operators),
            options: *options,
            ast,
            interner,
            stacks,
            warnings: Vec::new(),
            error: None,
            depth: 0,
            cursed_or: None,
            end_of_file: None,
            generation: 0,
        }
    }

    fn file(&mut self) -> Result<ExprId> {
        self.lexer.advance();
        let root = self.expression()?;
        if self.lexer.token != Token::End {
            return Err(self.unexpected("end of file"));
        }
        Ok(root)
    }

    fn file_of_bindings(&mut self) -> Result<ExprId> {
        self.lexer.advance();
        if self.token() == Token::End {
            return Err(self.unexpected("'inherit'"));
        }
        let pos = self.here();
        let collected = self.bindings(None, Token::End, "end of file")?;
        let set = self.finish_bindings(collected, false, pos)?;
        Ok(self.add(Expr::AttrSet(set), pos))
    }

    // Tokens

    #[inline]
    fn token(&self) -> Token {
        self.lexer.token
    }

    /// Where the current token starts.
    #[inline]
    fn here(&self) -> Pos {
        Pos(self.lexer.start as u32)
    }

    /// Steps over a token, which must be the current one. `expecting` is what the message names.
    #[inline]
    fn expect(&mut self, token: Token, expecting: &str) -> Result<()> {
        if self.lexer.token == token {
            self.lexer.advance();
            Ok(())
        } else {
            Err(self.unexpected(expecting))
        }
    }

    // Errors

    #[cold]
    #[inline(never)]
    fn fail(&mut self, message: impl Into<String>, pos: Pos) -> Failed {
        self.error = Some(ParseError::new(message, pos));
        Failed
    }

    /// The current token does not belong here. `expecting` names what would, in the order in which
    /// Nix's grammar declares its tokens; nothing if there are more than four.
    #[cold]
    #[inline(never)]
    fn unexpected(&mut self, expecting: &str) -> Failed {
        let pos = match self.lexer.token {
            Token::Failed => {
                let message = self.lexer.failure.take().unwrap_or_default();
                return self.fail(message, self.here());
            }
            Token::End => self.end_of_file.unwrap_or(Pos(self.lexer.next as u32)),
            _ => self.here(),
        };
        let unexpected = self.lexer.token.describe();
        self.syntax_error(unexpected, expecting, pos)
    }

    #[cold]
    fn syntax_error(&mut self, unexpected: &str, expecting: &str, pos: Pos) -> Failed {
        let separator = if expecting.is_empty() {
            ""
        } else {
            ", expecting "
        };
        self.fail(
            format!("syntax error, unexpected {unexpected}{separator}{expecting}"),
            pos,
        )
    }

    /// Notes that the parser descends into something.
    #[inline]
    fn descend(&mut self, levels: u32) -> Result<()> {
        self.depth += levels;
        if self.depth > NESTING_LIMIT {
            return Err(self.too_deep());
        }
        Ok(())
    }

    #[cold]
    #[inline(never)]
    fn too_deep(&mut self) -> Failed {
        self.fail(
            format!("expressions are nested more than {NESTING_LIMIT} levels deep"),
            self.here(),
        )
    }

    #[inline]
    fn ascend(&mut self, levels: u32) {
        self.depth -= levels;
    }

    #[cold]
    fn lint(&mut self, level: LintLevel, setting: &str, message: &str, pos: Pos) -> Result<()> {
        let message = format!("{message} ({setting})");
        match level {
            LintLevel::Ignore => Ok(()),
            LintLevel::Warn => {
                self.warnings.push(Warning {
                    kind: WarningKind::Lint,
                    message,
                    pos,
                });
                Ok(())
            }
            LintLevel::Fatal => Err(self.fail(message, pos)),
        }
    }

    /// Warns if the expression that was just parsed is an application to `or` without parentheses:
    /// to be called where a grammar that takes `or` for an ordinary name reads something else.
    #[inline]
    fn warn_if_cursed_or(&mut self) {
        if let Some((start, end)) = self.cursed_or.take() {
            self.warn_of_cursed_or(start, end);
        }
    }

    #[cold]
    fn warn_of_cursed_or(&mut self, start: u32, end: u32) {
        let text = &self.lexer.source[start as usize..end as usize];
        let message = format!(
            "This expression uses `or` as an identifier in a way that will change in a future \
             Nix release.\n\
             Wrap this entire expression in parentheses to preserve its current meaning:\n    \
             ({})\n\
             Give feedback at https://github.com/NixOS/nix/pull/11121",
            String::from_utf8_lossy(text)
        );
        self.warnings.push(Warning {
            kind: WarningKind::OrIdentifier,
            message,
            pos: Pos(start),
        });
    }

    // Building the tree

    #[inline]
    fn add(&mut self, expr: Expr, pos: Pos) -> ExprId {
        let id = ExprId(self.ast.exprs.len() as u32);
        self.ast.exprs.push(expr);
        self.ast.positions.push(pos);
        id
    }

    #[inline]
    fn intern(&mut self, name: &[u8]) -> Symbol {
        self.interner.intern(&mut self.ast, name)
    }

    fn add_string(&mut self, text: &[u8]) -> StrId {
        self.ast.string_bytes.extend_from_slice(text);
        self.finish_string()
    }

    /// Makes what was added to the end of the texts since the last of them a text.
    fn finish_string(&mut self) -> StrId {
        let id = StrId(self.ast.string_ends.len() as u32);
        self.ast
            .string_ends
            .push(self.ast.string_bytes.len() as u32);
        id
    }

    fn variable(&mut self, name: &[u8], pos: Pos) -> ExprId {
        let symbol = self.intern(name);
        self.add(Expr::Var(symbol), pos)
    }

    /// Moves the top of the stack of expressions to the tree.
    fn finish_list(&mut self, base: usize) -> Run {
        let run = next_run(self.ast.lists.len(), self.stacks.list.len() - base);
        self.ast.lists.extend_from_slice(&self.stacks.list[base..]);
        self.stacks.list.truncate(base);
        run
    }

    /// Moves the top of the stack of path parts to the tree.
    fn finish_path(&mut self, base: usize) -> Run {
        let run = next_run(self.ast.path_parts.len(), self.stacks.path.len() - base);
        self.ast
            .path_parts
            .extend_from_slice(&self.stacks.path[base..]);
        self.stacks.path.truncate(base);
        run
    }

    /// Moves the top of the stack of string parts to the tree.
    fn finish_parts(&mut self, base: usize) -> Run {
        let run = next_run(self.ast.lists.len(), self.stacks.parts.len() - base);
        for (index, &(part, pos)) in (run.start..).zip(&self.stacks.parts[base..]) {
            self.ast.lists.push(part);
            if pos != Pos::NONE {
                self.ast.part_positions.push((index, pos));
            }
        }
        self.stacks.parts.truncate(base);
        run
    }

    /// A call. A function that is a call itself, as in `(f a) b`, takes the arguments as its own,
    /// which means the same: unless it has so many already that copying them, perhaps again and
    /// again, could take long.
    fn apply(&mut self, function: ExprId, arguments: &[ExprId], pos: Pos) -> ExprId {
        let start = self.ast.lists.len();
        let (function, pos) = match self.ast.expr(function) {
            Expr::Apply {
                function: inner,
                arguments: first,
            } if first.len <= ARGUMENTS_LIMIT => {
                self.ast.lists.extend_from_within(first.range());
                (inner, self.ast.pos(function))
            }
            _ => (function, pos),
        };
        self.ast.lists.extend_from_slice(arguments);
        let arguments = next_run(start, self.ast.lists.len() - start);
        self.add(
            Expr::Apply {
                function,
                arguments,
            },
            pos,
        )
    }

    /// Starts to look for duplicates: [`Parser::is_new`] is true once for each symbol.
    fn start_looking_for_duplicates(&mut self) {
        self.generation += 1;
        self.stacks.seen.resize(self.ast.symbol_ends.len(), 0);
    }

    fn is_new(&mut self, symbol: Symbol) -> bool {
        let seen = &mut self.stacks.seen[symbol.0 as usize];
        std::mem::replace(seen, self.generation) != self.generation
    }
}

/// The run of entries that are about to be added to, or were just added to, a table.
fn next_run(start: usize, len: usize) -> Run {
    Run {
        start: start as u32,
        len: len as u32,
    }
}
