//! Sets and `let`.

use crate::attrs::{AttrsBuilder, VALUES};
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{AttrCode, AttrScope, NodeId, SetInfo};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Tag, Value};

impl Evaluator {
    /// The environment with the sources of `inherit (e) ...`.
    #[inline]
    fn inherit_environment(&self, info: &SetInfo, env: Handle) -> Handle {
        if info.inherit_from.len == 0 {
            return Handle::NONE;
        }
        let sources = self.code.children(info.inherit_from);
        let inherit = self.new_environment(env, sources.len());
        for (index, &source) in sources.iter().enumerate() {
            self.set_slot(inherit, index, self.thunk(NodeId(source), env));
        }
        inherit
    }

    /// The cell for an attribute of a set with the environments `own`, `outer` and `inherit`.
    #[inline(always)]
    fn attr_thunk(&self, code: AttrCode, own: Handle, outer: Handle, inherit: Handle) -> Handle {
        let env = match code.scope() {
            AttrScope::Own => own,
            AttrScope::Outer => outer,
            AttrScope::Inherit => inherit,
        };
        self.thunk(code.node(), env)
    }

    /// `{ ... }`
    pub(super) fn set(&self, set: u32, env: Handle) -> Result<Value> {
        let info = &self.code.sets.slice(set, 1)[0];
        let values = self.code.children(info.values);
        let inherit = self.inherit_environment(info, env);
        let attrs = self.new_attrs(values.len(), info.keys, info.positions);
        for (index, &code) in values.iter().enumerate() {
            let cell = self.attr_thunk(AttrCode(code), env, env, inherit);
            self.heap.set_word(attrs, VALUES + index, cell.0);
        }
        if info.dynamic_len == 0 {
            return Ok(Value::attrs(Attrs(attrs)));
        }
        self.add_dynamic(Attrs(attrs), info, env)
    }

    /// `rec { ... }`
    pub(super) fn recursive_set(&self, set: u32, env: Handle) -> Result<Value> {
        let info = &self.code.sets.slice(set, 1)[0];
        let values = self.code.children(info.values);
        let own = self.new_environment(env, values.len());
        let inherit = self.inherit_environment(info, own);
        for (index, &code) in values.iter().enumerate() {
            let code = AttrCode(code);
            let cell = if info.overrides.is_some() && code.scope() != AttrScope::Outer {
                // What is overridden must not be shared with other sets.
                let env = if code.scope() == AttrScope::Own {
                    own
                } else {
                    inherit
                };
                self.new_thunk(code.node(), env)
            } else {
                self.attr_thunk(code, own, env, inherit)
            };
            self.set_slot(own, index, cell);
        }
        let attrs = self.new_attrs(values.len(), info.keys, info.positions);
        for index in 0..values.len() {
            let cell = self.slot(own, self.slot_of(info, index));
            self.heap.set_word(attrs, VALUES + index, cell.0);
        }
        let mut attrs = Attrs(attrs);
        if let Some(overrides) = info.overrides {
            attrs = self.override_attrs(attrs, own, info, overrides as usize)?;
        }
        if info.dynamic_len == 0 {
            return Ok(Value::attrs(attrs));
        }
        self.add_dynamic(attrs, info, own)
    }

    /// The variable of an attribute of a recursive set.
    #[inline(always)]
    fn slot_of(&self, info: &SetInfo, index: usize) -> u32 {
        match info.slots {
            Some(start) => self.code.children.get(start + index as u32),
            None => index as u32,
        }
    }

    /// Lets the attributes of `__overrides` replace those of the set, for its own code too.
    fn override_attrs(
        &self,
        attrs: Attrs,
        own: Handle,
        info: &SetInfo,
        index: usize,
    ) -> Result<Attrs> {
        let overrides = self.force_cell(self.attr_cell(attrs, index))?;
        if !overrides.is(Tag::Attrs) {
            let what = "while evaluating the `__overrides` attribute";
            return Err(self.unexpected("a set", overrides).trace(Pos::NONE, what));
        }
        let overrides = overrides.as_attrs();
        let keys = self.attr_keys(attrs);
        for attr in self.attrs_by_symbol(overrides) {
            if let Some(index) = crate::attrs::find_key(keys, attr.name.0) {
                let slot = self.slot_of(info, index) as usize;
                self.set_slot(own, slot, attr.value.handle());
            }
        }
        Ok(self.update(attrs, overrides).as_attrs())
    }

    /// Adds the attributes with computed names.
    fn add_dynamic(&self, attrs: Attrs, info: &SetInfo, env: Handle) -> Result<Value> {
        let mut builder =
            AttrsBuilder::with_capacity(self.attrs_len(attrs) + info.dynamic_len as usize);
        for (index, attr) in self.attrs_by_symbol(attrs).enumerate() {
            builder.add(
                attr.name,
                attr.value.handle(),
                self.attr_pos_at(attrs, index),
            );
        }
        let mut added: Vec<(Symbol, Pos)> = Vec::with_capacity(info.dynamic_len as usize);
        for dynamic in self
            .code
            .dynamic
            .slice(info.dynamic_start, info.dynamic_len)
        {
            let name = self.eval(dynamic.name, env)?;
            if name.is(Tag::Null) {
                continue;
            }
            let what = "while evaluating the name of a dynamic attribute";
            let name = self.plain_string_at(name, dynamic.pos, what)?;
            self.look_into(name);
            let name = self.symbols.intern(name);
            let existing = match self.attr_index(attrs, name) {
                Some(index) => Some(self.attr_pos_at(attrs, index)),
                None => added
                    .iter()
                    .find(|(other, _)| *other == name)
                    .map(|(_, pos)| *pos),
            };
            if let Some(existing) = existing {
                let place = self.locate(existing).map(|location| location.to_string());
                let message = format!(
                    "dynamic attribute '{}' already defined at {}",
                    self.symbol_shown(name),
                    place.unwrap_or_else(|| "«none»:0".to_owned()),
                );
                return Err(EvalError::eval(message).at(dynamic.pos));
            }
            added.push((name, dynamic.pos));
            builder.add(name, self.thunk(dynamic.value, env), dynamic.pos);
        }
        if builder.len() == self.attrs_len(attrs) {
            return Ok(Value::attrs(attrs));
        }
        Ok(builder.finish_first_wins(self))
    }

    /// The environment of the body of a `let`.
    #[inline]
    pub(super) fn let_environment(&self, set: u32, env: Handle) -> Handle {
        let info = &self.code.sets.slice(set, 1)[0];
        let values = self.code.children(info.values);
        let own = self.new_environment(env, values.len());
        let inherit = self.inherit_environment(info, own);
        for (index, &code) in values.iter().enumerate() {
            let cell = self.attr_thunk(AttrCode(code), own, env, inherit);
            self.set_slot(own, index, cell);
        }
        own
    }
}
