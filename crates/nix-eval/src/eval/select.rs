//! Selection of attributes.

use crate::error::{ErrorKind, EvalError, Result};
use crate::eval::Site;
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{NodeId, PathInfo, PathPart, SelectCache};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Tag, Value};

impl Evaluator {
    /// The index of an attribute; the cache remembers where it was in a set with the same keys.
    #[inline(always)]
    pub(super) fn cached_index(&self, set: Attrs, name: Symbol, cache: u32) -> Option<usize> {
        let index = self.find_cached(set, name, cache)?;
        self.count_selection(set, index);
        Some(index)
    }

    #[inline(always)]
    fn count_selection(&self, set: Attrs, index: usize) {
        if self.settings.count_calls {
            self.stats.count_attribute(self.attr_pos_at(set, index));
        }
    }

    #[inline(always)]
    fn find_cached(&self, set: Attrs, name: Symbol, cache: u32) -> Option<usize> {
        self.stats.lookups.add(1);
        let keys = self.keys_handle(set);
        let known = self.code.select_caches.get(cache);
        if known.keys == keys {
            return (known.index != SelectCache::MISSING).then_some(known.index as usize);
        }
        self.find_and_cache(set, name, cache)
    }

    fn find_and_cache(&self, set: Attrs, name: Symbol, cache: u32) -> Option<usize> {
        let keys = self.keys_handle(set);
        let found = self.attr_index(set, name);
        let index = found.map_or(SelectCache::MISSING, |index| index as u32);
        let entry = SelectCache { keys, index };
        self.code.select_caches.set(cache, entry);
        found
    }

    /// `base.name`
    #[inline(always)]
    pub(super) fn select(
        &self,
        base: NodeId,
        name: Symbol,
        cache: u32,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let set = self.eval_traced(base, env, "while selecting an attribute")?;
        if !set.is(Tag::Attrs) {
            let pos = self.code.pos(id);
            let error = self
                .unexpected("a set", set)
                .trace(pos, "while selecting an attribute");
            return Err(self.trace_select(error, &[name], &[], Pos::NONE, id));
        }
        let set = set.as_attrs();
        let Some(index) = self.cached_index(set, name, cache) else {
            let error = self.missing_attribute(set, name);
            return Err(self.trace_select(error, &[name], &[], Pos::NONE, id));
        };
        let cell = self.attr_cell(set, index);
        let value = self.heap.cell(cell);
        if value.is_evaluated() {
            return Ok(value);
        }
        let site = Site::Attr {
            set,
            index: index as u32,
            node: id,
        };
        match self.force_slow(cell, value, site) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.failed_selection(error, set, index, name, id)),
        }
    }

    #[cold]
    fn failed_selection(
        &self,
        mut error: Box<EvalError>,
        set: Attrs,
        index: usize,
        name: Symbol,
        id: NodeId,
    ) -> Box<EvalError> {
        let pos = self.attr_pos_at(set, index);
        if error.recursive_cell == self.attr_cell(set, index) && error.pos.is_none() {
            error.pos = if pos.is_none() {
                self.code.pos(id)
            } else {
                pos
            };
        }
        self.trace_select(error, &[name], &[name], pos, id)
    }

    #[cold]
    pub(crate) fn missing_attribute(&self, set: Attrs, name: Symbol) -> Box<EvalError> {
        let message = format!("attribute '{}' missing", self.symbol_shown(name));
        let names = self
            .attr_keys(set)
            .iter()
            .map(|&key| self.symbol_text(Symbol(key)));
        EvalError::new(ErrorKind::MissingAttribute, message).suggest(self.symbol_text(name), names)
    }

    /// Adds what was selected: `found` are the names that led to the failing value.
    #[cold]
    fn trace_select(
        &self,
        error: Box<EvalError>,
        names: &[Symbol],
        found: &[Symbol],
        found_pos: Pos,
        id: NodeId,
    ) -> Box<EvalError> {
        let show = |names: &[Symbol]| {
            let names: Vec<String> = names
                .iter()
                .map(|&name| crate::print::identifier(self.symbol_text(name)))
                .collect();
            names.join(".")
        };
        self.trace_selected(error, &show(names), &show(found), found_pos, id)
    }

    #[cold]
    fn trace_selected(
        &self,
        error: Box<EvalError>,
        names: &str,
        found: &str,
        found_pos: Pos,
        id: NodeId,
    ) -> Box<EvalError> {
        let is_internal = matches!(
            self.sources.origin(found_pos),
            Some(crate::source::Origin::Internal(_))
        );
        let error = if found_pos.is_none() || is_internal {
            error
        } else {
            error.trace(found_pos, format!("from the definition of '{found}'"))
        };
        let what = format!("while evaluating the attribute '{names}'");
        error.trace(self.code.pos(id), what)
    }

    /// The name of a part of an attribute path.
    #[inline(always)]
    fn part_name(&self, part: PathPart, env: Handle) -> Result<Symbol> {
        match part {
            PathPart::Static { name, .. } => Ok(name),
            PathPart::Dynamic(node) => self.computed_name(node, env),
        }
    }

    fn computed_name(&self, node: NodeId, env: Handle) -> Result<Symbol> {
        let value = self.eval(node, env)?;
        let pos = self.code.pos(node);
        let what = "while evaluating an attribute name";
        let name = self.plain_string_at(value, pos, what)?;
        Ok(self.symbols.intern(name))
    }

    /// The bytes of an evaluated value that has to be a string without context.
    pub(super) fn plain_string_at(
        &self,
        value: Value,
        pos: Pos,
        what: &'static str,
    ) -> Result<&[u8]> {
        if !value.is(Tag::String) {
            return Err(self.unexpected("a string", value).at(pos).trace(pos, what));
        }
        let text = self.text_of(value);
        if !text.context.is_empty() {
            return Err(self.context_not_allowed(text).trace(pos, what));
        }
        Ok(text.bytes)
    }

    /// The index of an attribute that a part of a path names.
    #[inline(always)]
    fn part_index(&self, set: Attrs, part: PathPart, name: Symbol) -> Option<usize> {
        match part {
            PathPart::Static { cache, .. } => self.cached_index(set, name, cache),
            PathPart::Dynamic(_) => {
                self.stats.lookups.add(1);
                let index = self.attr_index(set, name)?;
                self.count_selection(set, index);
                Some(index)
            }
        }
    }

    /// A selection with a path or a default.
    pub(super) fn select_path(
        &self,
        base: NodeId,
        path: u32,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let path = self.code.paths.get(path);
        let parts = self.code.path_parts_of(&path);
        let mut value = self.eval_traced(base, env, "while selecting an attribute")?;
        // The last attribute that was found.
        let mut found: Option<(Attrs, usize)> = None;
        for (number, &part) in parts.iter().enumerate() {
            let failed = |error| {
                let pos = found.map_or(Pos::NONE, |(set, index)| self.attr_pos_at(set, index));
                self.trace_path(error, env, &path, number, pos, id)
            };
            let name = self.part_name(part, env).map_err(failed)?;
            let set = if value.is(Tag::Attrs) {
                Some(value.as_attrs())
            } else {
                None
            };
            let index = set.and_then(|set| self.part_index(set, part, name));
            let (Some(set), Some(index)) = (set, index) else {
                if let Some(default) = path.default {
                    return self.eval(default, env);
                }
                let error = match set {
                    Some(set) => self.missing_attribute(set, name),
                    None => {
                        let what = "while selecting an attribute";
                        self.unexpected("a set", value)
                            .trace(self.code.pos(id), what)
                    }
                };
                return Err(failed(error));
            };
            let cell = self.attr_cell(set, index);
            let last = number + 1 == parts.len();
            let site = match last {
                true => Site::Attr {
                    set,
                    index: index as u32,
                    node: id,
                },
                false => Site::Node(id),
            };
            value = match self.force_cell_at(cell, site) {
                Ok(value) => value,
                Err(mut error) => {
                    if error.recursive_cell == cell && error.pos.is_none() {
                        error.pos = site.pos(self);
                    }
                    let pos = self.attr_pos_at(set, index);
                    return Err(self.trace_path(error, env, &path, number + 1, pos, id));
                }
            };
            found = Some((set, index));
        }
        Ok(value)
    }

    /// Adds what was selected; the first `found` parts of the path led to the failing value.
    #[cold]
    fn trace_path(
        &self,
        error: Box<EvalError>,
        env: Handle,
        path: &PathInfo,
        found: usize,
        found_pos: Pos,
        id: NodeId,
    ) -> Box<EvalError> {
        let names: Vec<String> = self
            .code
            .path_parts_of(path)
            .iter()
            .map(|&part| match (self.part_name(part, env), part) {
                (Ok(name), _) => crate::print::identifier(self.symbol_text(name)),
                (Err(_), PathPart::Dynamic(node)) => {
                    format!("\"${{{}}}\"", self.show_expression(self.code.pos(node)))
                }
                (Err(_), PathPart::Static { .. }) => String::new(),
            })
            .collect();
        self.trace_selected(
            error,
            &names.join("."),
            &names[..found].join("."),
            found_pos,
            id,
        )
    }

    /// `base ? path`
    pub(super) fn has_attr(&self, base: NodeId, path: u32, env: Handle) -> Result<Value> {
        let path = self.code.paths.get(path);
        let mut value = self.eval_traced(base, env, "in the argument of '?'")?;
        let parts = self.code.path_parts_of(&path);
        for (number, &part) in parts.iter().enumerate() {
            let name = self.part_name(part, env)?;
            if !value.is(Tag::Attrs) {
                return Ok(Value::FALSE);
            }
            let set = value.as_attrs();
            let Some(index) = self.part_index(set, part, name) else {
                return Ok(Value::FALSE);
            };
            if number + 1 < parts.len() {
                value = self.force_cell(self.attr_cell(set, index))?;
            }
        }
        Ok(Value::TRUE)
    }
}
