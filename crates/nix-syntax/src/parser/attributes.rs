//! Sets and the bindings of `let`: reading them.
//!
//! What a set defines is collected first. Most sets have one name per definition, and each name
//! once: their definitions go to the tree as they are. Sets with paths (`a.b = 1;`) and repeated
//! names go through [`super::merge`].

use super::functions::Name;
use super::{Failed, Parser, Result, next_run};
use crate::ast::{
    AttrSet, Binding, BindingValue, DynamicBinding, Expr, ExprId, PathPart, Pos, Run, Symbol,
};
use crate::lexer::Token;

/// One definition in a set.
#[derive(Clone, Copy)]
pub(super) struct Item {
    /// Where the name or path stands.
    pub(super) pos: Pos,
    pub(super) kind: ItemKind,
}

#[derive(Clone, Copy)]
pub(super) enum ItemKind {
    /// A name, be it with `=` or with `inherit`.
    Named { name: Symbol, value: BindingValue },
    /// `${name} = value;`
    Dynamic { name: ExprId, value: ExprId },
    /// A path of two parts or more: they are in [`Parser::path`].
    Path {
        start: usize,
        len: usize,
        value: ExprId,
    },
}

/// The definitions of a set that have been collected: they are on top of the stacks from here.
#[derive(Clone, Copy)]
pub(super) struct Collected {
    pub(super) items: usize,
    pub(super) path: usize,
    pub(super) list: usize,
}

impl Parser<'_> {
    pub(super) fn empty_set(&mut self, pos: Pos) -> ExprId {
        let set = self.add_set(AttrSet {
            recursive: false,
            bindings: Run::default(),
            inherit_from: Run::default(),
            dynamic: Run::default(),
        });
        self.add(Expr::AttrSet(set), pos)
    }

    pub(super) fn add_set(&mut self, set: AttrSet) -> u32 {
        let index = self.ast.sets.len() as u32;
        self.ast.sets.push(set);
        index
    }

    /// `{ … }` after the brace, and after the first identifier if that is given.
    #[inline(never)]
    pub(super) fn set_after_brace(
        &mut self,
        first: Option<(Name, Pos)>,
        pos: Pos,
    ) -> Result<ExprId> {
        // That a `}` is possible as well is not said, as bison has settled for `inherit` already.
        let collected = self.bindings(first, Token::RightBrace, "'inherit'")?;
        let set = self.finish_bindings(collected, false, pos)?;
        Ok(self.add(Expr::AttrSet(set), pos))
    }

    /// Collects definitions up to and with `end`. `expecting` is what else could stand where a
    /// definition starts.
    pub(super) fn bindings(
        &mut self,
        first: Option<(Name, Pos)>,
        end: Token,
        expecting: &str,
    ) -> Result<Collected> {
        let collected = Collected {
            items: self.stacks.items.len(),
            path: self.stacks.path.len(),
            list: self.stacks.list.len(),
        };
        match self.collect_bindings(collected, first, end, expecting) {
            Ok(()) => Ok(collected),
            Err(Failed) => {
                // Nix looks for duplicates as it goes, so that one of those before is what it
                // reports.
                let error = self.error.take();
                if self.finish_bindings(collected, false, Pos::NONE).is_ok() {
                    self.error = error;
                }
                Err(Failed)
            }
        }
    }

    fn collect_bindings(
        &mut self,
        collected: Collected,
        first: Option<(Name, Pos)>,
        end: Token,
        expecting: &str,
    ) -> Result<()> {
        if let Some((name, pos)) = first {
            let start = self.stacks.path.len();
            let name = self.intern_name(name);
            self.stacks.path.push(PathPart::Static(name));
            if self.token() == Token::Dot {
                self.lexer.advance();
                self.attribute_path()?;
            }
            self.binding_value(start, pos)?;
        }
        loop {
            match self.token() {
                token if token == end => {
                    self.lexer.advance();
                    return Ok(());
                }
                Token::Identifier | Token::OrKeyword | Token::Quote | Token::DollarBrace => {
                    let pos = self.here();
                    let start = self.stacks.path.len();
                    self.attribute_path()?;
                    self.binding_value(start, pos)?;
                }
                Token::Inherit => self.inherit(collected)?,
                _ => return Err(self.unexpected(expecting)),
            }
        }
    }

    /// `= value;` after a path whose parts start at `start`.
    fn binding_value(&mut self, start: usize, pos: Pos) -> Result<()> {
        self.expect(Token::Assign, "'.' or '='")?;
        let len = self.stacks.path.len() - start;
        // Each part but the last makes a set around the value.
        let levels = (len - 1) as u32;
        self.descend(levels)?;
        let value = self.expression()?;
        self.ascend(levels);
        self.expect(Token::Semicolon, "';'")?;
        let kind = match self.stacks.path[start..] {
            [PathPart::Static(name)] => {
                self.stacks.path.truncate(start);
                ItemKind::Named {
                    name,
                    value: BindingValue::Plain(value),
                }
            }
            [PathPart::Dynamic(name)] => {
                self.stacks.path.truncate(start);
                ItemKind::Dynamic { name, value }
            }
            _ => ItemKind::Path { start, len, value },
        };
        self.stacks.items.push(Item { pos, kind });
        Ok(())
    }

    /// `inherit a b;` or `inherit (set) a b;`
    #[inline(never)]
    fn inherit(&mut self, collected: Collected) -> Result<()> {
        self.lexer.advance();
        let source = if self.token() == Token::LeftParen {
            self.lexer.advance();
            let set = self.expression()?;
            self.expect(Token::RightParen, "')'")?;
            self.stacks.list.push(set);
            Some((self.stacks.list.len() - collected.list - 1) as u32)
        } else {
            None
        };
        let first = self.stacks.items.len();
        while self.token() != Token::Semicolon {
            if !matches!(
                self.token(),
                Token::Identifier | Token::OrKeyword | Token::Quote | Token::DollarBrace
            ) {
                self.stacks.items.truncate(first);
                return Err(self.unexpected(""));
            }
            let pos = self.here();
            let PathPart::Static(name) = self.attribute()? else {
                self.stacks.items.truncate(first);
                return Err(self.fail("dynamic attributes not allowed in inherit", pos));
            };
            let value = match source {
                Some(source) => BindingValue::InheritFrom(source),
                None => BindingValue::Inherit(self.add(Expr::Var(name), pos)),
            };
            self.stacks.items.push(Item {
                pos,
                kind: ItemKind::Named { name, value },
            });
        }
        self.lexer.advance();
        Ok(())
    }

    /// Makes collected definitions a set of the tree, and gives its index in
    /// [`crate::ast::Ast::sets`].
    pub(super) fn finish_bindings(
        &mut self,
        collected: Collected,
        recursive: bool,
        pos: Pos,
    ) -> Result<u32> {
        let set = if self.needs_merging(collected) {
            self.merge(collected, recursive, pos)
        } else {
            Ok(self.copy_bindings(collected, recursive))
        };
        // Also after an error, when the set around this one is still checked for duplicates.
        self.stacks.items.truncate(collected.items);
        self.stacks.path.truncate(collected.path);
        self.stacks.list.truncate(collected.list);
        set
    }

    fn needs_merging(&mut self, collected: Collected) -> bool {
        self.start_looking_for_duplicates();
        for index in collected.items..self.stacks.items.len() {
            let distinct = match self.stacks.items[index].kind {
                ItemKind::Named { name, .. } => self.is_new(name),
                ItemKind::Dynamic { .. } => true,
                ItemKind::Path { .. } => false,
            };
            if !distinct {
                return true;
            }
        }
        false
    }

    fn copy_bindings(&mut self, collected: Collected, recursive: bool) -> u32 {
        let first_binding = self.ast.bindings.len();
        let first_dynamic = self.ast.dynamic_bindings.len();
        for index in collected.items..self.stacks.items.len() {
            let Item { pos, kind } = self.stacks.items[index];
            match kind {
                ItemKind::Named { name, value } => {
                    self.name_function(name, value);
                    self.ast.bindings.push(Binding { name, pos, value });
                }
                ItemKind::Dynamic { name, value } => {
                    self.ast
                        .dynamic_bindings
                        .push(DynamicBinding { name, value, pos });
                }
                // Such sets are merged.
                ItemKind::Path { .. } => {}
            }
        }
        let bindings = next_run(first_binding, self.ast.bindings.len() - first_binding);
        let dynamic = next_run(
            first_dynamic,
            self.ast.dynamic_bindings.len() - first_dynamic,
        );
        let inherit_from = self.finish_list(collected.list);
        self.add_set(AttrSet {
            recursive,
            bindings,
            inherit_from,
            dynamic,
        })
    }

    /// Tells a function that is bound to a name, and those that it directly gives, the name.
    pub(super) fn name_function(&mut self, name: Symbol, value: BindingValue) {
        let BindingValue::Plain(mut value) = value else {
            return;
        };
        while let Expr::Lambda(index) = self.ast.expr(value) {
            let lambda = &mut self.ast.lambdas[index as usize];
            lambda.name = Some(name);
            value = lambda.body;
        }
    }
}
