//! Sets and `let`.

use nix_syntax::ast::{self, BindingValue, ExprId};

use super::{Compiler, Result};
use crate::ir::{AttrCode, AttrScope, NodeId};
use crate::unit::{
    ConstantKind, DynamicEntry, KeyEntry, LET, NONE, NodeKind, PLAIN_SET, RECURSIVE_SET, SetEntry,
};

impl Compiler<'_> {
    pub(super) fn set(&mut self, index: u32, pos: ast::Pos) -> Result<u32> {
        let set = self.ast.sets[index as usize];
        if set.bindings.len == 0 && set.dynamic.len == 0 {
            return Ok(self.constant(ConstantKind::EmptySet, 0, pos));
        }
        let outer = self.outer_values(&set)?;
        if !set.recursive {
            let set = self.set_parts(PLAIN_SET, &set, &outer)?;
            return Ok(self.node(NodeKind::Set, [set, 0, 0], pos));
        }
        let mark = self.enter_bindings(&set);
        let compiled = self.set_parts(RECURSIVE_SET, &set, &outer);
        self.scope.leave(mark);
        Ok(self.node(NodeKind::RecursiveSet, [compiled?, 0, 0], pos))
    }

    pub(super) fn let_in(&mut self, index: u32, body: ExprId) -> Result<[u32; 2]> {
        let set = self.ast.sets[index as usize];
        let outer = self.outer_values(&set)?;
        let mark = self.enter_bindings(&set);
        let compiled = self.let_parts(&set, &outer, body);
        self.scope.leave(mark);
        compiled
    }

    fn let_parts(&mut self, set: &ast::AttrSet, outer: &[u32], body: ExprId) -> Result<[u32; 2]> {
        Ok([self.set_parts(LET, set, outer)?, self.expr(body)?])
    }

    /// For each binding the node of what is inherited from outside.
    fn outer_values(&mut self, set: &ast::AttrSet) -> Result<Vec<u32>> {
        let mut outer = Vec::new();
        for (number, index) in set.bindings.range().enumerate() {
            if let BindingValue::Inherit(value) = self.ast.bindings[index].value {
                outer.resize(set.bindings.len as usize, NONE);
                outer[number] = self.expr(value)?;
            }
        }
        Ok(outer)
    }

    /// Enters the environment of a recursive set: one variable for each binding.
    fn enter_bindings(&mut self, set: &ast::AttrSet) -> super::scope::Mark {
        let mark = self.scope.enter();
        for (slot, index) in set.bindings.range().enumerate() {
            self.scope
                .define(self.ast.bindings[index].name, slot as u32);
        }
        mark
    }

    fn set_parts(&mut self, kind: u32, set: &ast::AttrSet, outer: &[u32]) -> Result<u32> {
        let [inherit_start, inherit_len] = self.exprs(set.inherit_from)?;
        let start = self.buffer.len();
        for (number, index) in set.bindings.range().enumerate() {
            let outer = outer.get(number).copied().unwrap_or(NONE);
            let code = self.attr_code(self.ast.bindings[index], outer)?;
            self.buffer.push(code.0);
        }
        let [values, _] = self.take_children(start);

        let mut dynamic = Vec::with_capacity(set.dynamic.len as usize);
        for index in set.dynamic.range() {
            let attr = self.ast.dynamic_bindings[index];
            dynamic.push(DynamicEntry {
                name: self.expr(attr.name)?,
                value: self.expr(attr.value)?,
                pos: attr.pos.0,
            });
        }
        let entry = SetEntry {
            kind,
            keys_start: self.unit.keys.len() as u32,
            keys_len: set.bindings.len,
            values,
            inherit_start,
            inherit_len,
            dynamic_start: self.unit.dynamic.len() as u32,
            dynamic_len: set.dynamic.len,
        };
        self.unit.dynamic.append(&mut dynamic);
        for binding in &self.ast.bindings[set.bindings.range()] {
            self.unit.keys.push(KeyEntry {
                name: binding.name.0,
                pos: binding.pos.0,
            });
        }
        self.unit.sets.push(entry);
        Ok(self.unit.sets.len() as u32 - 1)
    }

    fn attr_code(&mut self, binding: ast::Binding, outer: u32) -> Result<AttrCode> {
        let (scope, node) = match binding.value {
            BindingValue::Plain(value) => (AttrScope::Own, self.expr(value)?),
            BindingValue::Inherit(_) => (AttrScope::Outer, outer),
            BindingValue::InheritFrom(source) => {
                let base = self.node(NodeKind::Local, [0, source, 0], binding.pos);
                let cache = self.unit.add_cache();
                let select = [base, binding.name.0, cache];
                let select = self.node(NodeKind::Select, select, binding.pos);
                (AttrScope::Inherit, select)
            }
        };
        Ok(AttrCode::new(scope, NodeId(node)))
    }
}
