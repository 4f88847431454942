//! Sets and `let`.

use nix_syntax::ast::{self, BindingValue, ExprId};

use super::Lowering;
use crate::error::Result;
use crate::heap::Handle;
use crate::ir::{AttrCode, AttrScope, DynamicAttr, Node, NodeId, SetInfo};
use crate::symbol::Symbol;

/// A binding on its way into code.
struct Bound {
    name: Symbol,
    binding: ast::Binding,
    /// The value, if it belongs to the scope around the set.
    outer: Option<NodeId>,
}

impl Lowering<'_> {
    pub(super) fn set(&mut self, index: u32) -> Result<Node> {
        let set = self.ast.sets[index as usize];
        if set.bindings.len == 0 && set.dynamic.len == 0 {
            let cell = self.e.heap.new_cell(self.e.no_attrs());
            return Ok(Node::Constant(cell));
        }
        let bound = self.bound(&set)?;
        if !set.recursive {
            return Ok(Node::Set(self.set_info(&set, &bound)?));
        }
        let mark = self.enter_bound(&bound);
        let info = self.set_info(&set, &bound);
        self.scope.leave(mark);
        Ok(Node::RecursiveSet(info?))
    }

    pub(super) fn let_in(&mut self, index: u32, body: ExprId) -> Result<Node> {
        let set = self.ast.sets[index as usize];
        let bound = self.bound(&set)?;
        let mark = self.enter_bound(&bound);
        let lowered = self.let_parts(&set, &bound, body);
        self.scope.leave(mark);
        let (set, body) = lowered?;
        Ok(Node::Let { set, body })
    }

    fn let_parts(
        &mut self,
        set: &ast::AttrSet,
        bound: &[Bound],
        body: ExprId,
    ) -> Result<(u32, NodeId)> {
        Ok((self.set_info(set, bound)?, self.expr(body)?))
    }

    /// The bindings in the order of symbols; what is inherited from outside is lowered.
    fn bound(&mut self, set: &ast::AttrSet) -> Result<Vec<Bound>> {
        let mut bound = Vec::with_capacity(set.bindings.len as usize);
        for index in set.bindings.range() {
            let binding = self.ast.bindings[index];
            let outer = match binding.value {
                BindingValue::Inherit(value) => Some(self.expr(value)?),
                BindingValue::Plain(_) | BindingValue::InheritFrom(_) => None,
            };
            bound.push(Bound {
                name: self.symbol(binding.name),
                binding,
                outer,
            });
        }
        bound.sort_unstable_by_key(|bound| bound.name);
        Ok(bound)
    }

    /// Enters the environment of a recursive set: one variable for each binding.
    fn enter_bound(&mut self, bound: &[Bound]) -> super::scope::Mark {
        let mark = self.scope.enter();
        for (index, bound) in bound.iter().enumerate() {
            self.scope.define(bound.binding.name, index as u32);
        }
        mark
    }

    fn set_info(&mut self, set: &ast::AttrSet, bound: &[Bound]) -> Result<u32> {
        let inherit_from = self.exprs(set.inherit_from)?;
        let start = self.buffer.len();
        for bound in bound {
            let code = self.attr_code(bound)?;
            self.buffer.push(code.0);
        }
        let values = self.take_children(start);

        let mut dynamic = Vec::with_capacity(set.dynamic.len as usize);
        for index in set.dynamic.range() {
            let attr = self.ast.dynamic_bindings[index];
            let (name, value) = (self.expr(attr.name)?, self.expr(attr.value)?);
            dynamic.push(DynamicAttr {
                name,
                value,
                pos: self.pos(attr.pos),
            });
        }

        let keys: Vec<u32> = bound.iter().map(|bound| bound.name.0).collect();
        let positions: Vec<u32> = bound
            .iter()
            .map(|bound| self.pos(bound.binding.pos).0)
            .collect();
        let overrides = bound
            .iter()
            .position(|bound| bound.name == self.e.names.overrides);
        let info = SetInfo {
            keys: self.e.new_keys(&keys),
            positions: if keys.is_empty() {
                Handle::NONE
            } else {
                self.e.heap.new_words(&positions)
            },
            values,
            inherit_from,
            dynamic_len: dynamic.len() as u32,
            dynamic_start: self.e.code.dynamic.extend(&dynamic),
            overrides: overrides.map(|index| index as u32),
        };
        Ok(self.e.code.sets.push(info))
    }

    fn attr_code(&mut self, bound: &Bound) -> Result<AttrCode> {
        match (bound.binding.value, bound.outer) {
            (BindingValue::Plain(value) | BindingValue::Inherit(value), None) => {
                Ok(AttrCode::new(AttrScope::Own, self.expr(value)?))
            }
            (_, Some(outer)) => Ok(AttrCode::new(AttrScope::Outer, outer)),
            (BindingValue::InheritFrom(source), None) => {
                let pos = self.pos(bound.binding.pos);
                let code = &self.e.code;
                let base = code.add(Node::Local0(source), pos);
                let cache = code.add_cache();
                let select = Node::Select {
                    base,
                    name: bound.name,
                    cache,
                };
                Ok(AttrCode::new(AttrScope::Inherit, code.add(select, pos)))
            }
        }
    }
}
