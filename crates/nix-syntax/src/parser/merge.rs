//! Sets with attribute paths and repeated names: making them plain sets.
//!
//! Nix extends the sets of its tree in place: `a.b = 1;` looks for the set `a`, or adds one, and
//! adds `b`; `a = { c = 2; };` then moves `c` into it. Here the entries of a set are contiguous
//! and cannot grow. So a tree of [`Node`]s is built for the set that has the definitions, into
//! which the finished sets below it are taken back as far as they are extended, and then made into
//! sets of the tree, the innermost first.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::attributes::{Collected, Item, ItemKind};
use super::{Failed, Parser, Result, next_run};
use crate::ParseError;
use crate::ast::{
    AttrSet, Binding, BindingValue, DynamicBinding, Expr, ExprId, PathPart, Pos, Symbol,
};

/// The work space for one set; emptied after it.
#[derive(Default)]
pub(super) struct Merger {
    /// A node comes after the one that contains it. Those from [`Merger::used`] on wait to be
    /// used again.
    nodes: Vec<Node>,
    used: usize,
    /// From node and name to the index in [`Node::entries`].
    index: HashMap<(u32, Symbol), u32, BuildHasherDefault<NumberHasher>>,
    /// What each node has become.
    finished: Vec<ExprId>,
    /// The names on the way to the definition at hand, for the message if it is a duplicate.
    trail: Vec<Symbol>,
}

/// A set that can grow.
#[derive(Default)]
struct Node {
    recursive: bool,
    pos: Option<Pos>,
    entries: Vec<Entry>,
    inherit_from: Vec<ExprId>,
    dynamic: Vec<DynamicEntry>,
}

#[derive(Clone, Copy)]
struct Entry {
    name: Symbol,
    pos: Pos,
    value: Value,
}

#[derive(Clone, Copy)]
struct DynamicEntry {
    name: ExprId,
    pos: Pos,
    value: Value,
}

#[derive(Clone, Copy)]
enum Value {
    /// As in the tree.
    Fixed(BindingValue),
    /// A set that is a node.
    Node(u32),
}

impl Merger {
    fn add_node(&mut self) -> u32 {
        if self.used == self.nodes.len() {
            self.nodes.push(Node::default());
        }
        self.used += 1;
        (self.used - 1) as u32
    }

    fn node(&mut self, node: u32) -> &mut Node {
        &mut self.nodes[node as usize]
    }

    fn find(&self, node: u32, name: Symbol) -> Option<(u32, Entry)> {
        let &index = self.index.get(&(node, name))?;
        Some((index, self.nodes[node as usize].entries[index as usize]))
    }

    fn insert(&mut self, node: u32, entry: Entry) {
        let entries = &mut self.nodes[node as usize].entries;
        self.index.insert((node, entry.name), entries.len() as u32);
        entries.push(entry);
    }

    pub(super) fn clear(&mut self) {
        for node in &mut self.nodes[..self.used] {
            node.recursive = false;
            node.pos = None;
            node.entries.clear();
            node.inherit_from.clear();
            node.dynamic.clear();
        }
        self.used = 0;
        self.index.clear();
        self.finished.clear();
        self.trail.clear();
    }
}

impl Parser<'_> {
    /// Makes collected definitions a set of the tree, and gives its index in
    /// [`crate::ast::Ast::sets`].
    pub(super) fn merge(&mut self, collected: Collected, recursive: bool, pos: Pos) -> Result<u32> {
        let root = self.stacks.merger.add_node();
        let inherit_from = &self.stacks.list[collected.list..];
        let node = self.stacks.merger.node(root);
        node.recursive = recursive;
        node.pos = Some(pos);
        node.inherit_from.extend_from_slice(inherit_from);
        let mut result = Ok(());
        for index in collected.items..self.stacks.items.len() {
            result = self.merge_item(root, self.stacks.items[index]);
            if result.is_err() {
                break;
            }
        }
        let set = result.map(|()| self.finish_nodes());
        self.stacks.merger.clear();
        set
    }

    fn merge_item(&mut self, root: u32, item: Item) -> Result<()> {
        let pos = item.pos;
        self.stacks.merger.trail.clear();
        match item.kind {
            ItemKind::Named { name, value } => self.define(
                root,
                Entry {
                    name,
                    pos,
                    value: Value::Fixed(value),
                },
            ),
            ItemKind::Dynamic { name, value } => {
                let value = Value::Fixed(BindingValue::Plain(value));
                self.stacks
                    .merger
                    .node(root)
                    .dynamic
                    .push(DynamicEntry { name, pos, value });
                Ok(())
            }
            ItemKind::Path { start, len, value } => {
                let mut node = root;
                for index in start..start + len - 1 {
                    node = self.step_into(node, self.stacks.path[index], pos)?;
                }
                let value = Value::Fixed(BindingValue::Plain(value));
                match self.stacks.path[start + len - 1] {
                    PathPart::Static(name) => self.define(node, Entry { name, pos, value }),
                    PathPart::Dynamic(name) => {
                        let entry = DynamicEntry { name, pos, value };
                        self.stacks.merger.node(node).dynamic.push(entry);
                        Ok(())
                    }
                }
            }
        }
    }

    /// The set that a part of a path leads to; a new one if there is none.
    fn step_into(&mut self, node: u32, part: PathPart, pos: Pos) -> Result<u32> {
        match part {
            PathPart::Static(name) => {
                self.stacks.merger.trail.push(name);
                if let Some((index, entry)) = self.stacks.merger.find(node, name) {
                    return match self.as_node(node, index, entry.value) {
                        Some(inner) => Ok(inner),
                        None => Err(self.duplicate(pos, entry.pos)),
                    };
                }
                let inner = self.stacks.merger.add_node();
                self.stacks.merger.insert(
                    node,
                    Entry {
                        name,
                        pos,
                        value: Value::Node(inner),
                    },
                );
                Ok(inner)
            }
            PathPart::Dynamic(name) => {
                // A new set each time: whether the names are equal is not known now.
                let inner = self.stacks.merger.add_node();
                let entry = DynamicEntry {
                    name,
                    pos,
                    value: Value::Node(inner),
                };
                self.stacks.merger.node(node).dynamic.push(entry);
                Ok(inner)
            }
        }
    }

    /// Adds a definition to a set, or its attributes to those of one with the same name.
    fn define(&mut self, node: u32, entry: Entry) -> Result<()> {
        self.stacks.merger.trail.push(entry.name);
        let Some((index, present)) = self.stacks.merger.find(node, entry.name) else {
            if let Value::Fixed(value) = entry.value {
                self.name_function(entry.name, value);
            }
            self.stacks.merger.insert(node, entry);
            return Ok(());
        };
        let (Some(added), true) = (self.set_of(entry.value), self.is_set(present.value)) else {
            return Err(self.duplicate(entry.pos, present.pos));
        };
        let Some(inner) = self.as_node(node, index, present.value) else {
            return Err(self.duplicate(entry.pos, present.pos));
        };
        // The sources of `inherit` are appended, so the references to them move along.
        let shift = self.stacks.merger.node(inner).inherit_from.len() as u32;
        let depth = self.stacks.merger.trail.len();
        for index in added.bindings.range() {
            let Binding { name, pos, value } = self.ast.bindings[index];
            let value = match value {
                BindingValue::InheritFrom(source) => BindingValue::InheritFrom(source + shift),
                other => other,
            };
            self.define(
                inner,
                Entry {
                    name,
                    pos,
                    value: Value::Fixed(value),
                },
            )?;
            self.stacks.merger.trail.truncate(depth);
        }
        self.take_rest(inner, added);
        Ok(())
    }

    /// Copies the attributes with computed names and the sources of `inherit` to a node.
    fn take_rest(&mut self, node: u32, set: AttrSet) {
        let node = self.stacks.merger.node(node);
        node.inherit_from
            .extend_from_slice(&self.ast.lists[set.inherit_from.range()]);
        for &DynamicBinding { name, value, pos } in &self.ast.dynamic_bindings[set.dynamic.range()]
        {
            let value = Value::Fixed(BindingValue::Plain(value));
            node.dynamic.push(DynamicEntry { name, pos, value });
        }
    }

    /// The finished set that a value is written as.
    fn set_of(&self, value: Value) -> Option<AttrSet> {
        match value {
            Value::Fixed(BindingValue::Plain(expr)) => match self.ast.expr(expr) {
                Expr::AttrSet(set) => Some(self.ast.sets[set as usize]),
                _ => None,
            },
            _ => None,
        }
    }

    fn is_set(&self, value: Value) -> bool {
        matches!(value, Value::Node(_)) || self.set_of(value).is_some()
    }

    /// The node of an entry's set: a finished set is taken back. None if the value is no set.
    fn as_node(&mut self, node: u32, entry: u32, value: Value) -> Option<u32> {
        let expr = match value {
            Value::Node(inner) => return Some(inner),
            Value::Fixed(BindingValue::Plain(expr)) => expr,
            Value::Fixed(_) => return None,
        };
        let set = self.set_of(value)?;
        let inner = self.stacks.merger.add_node();
        for index in set.bindings.range() {
            let Binding { name, pos, value } = self.ast.bindings[index];
            self.stacks.merger.insert(
                inner,
                Entry {
                    name,
                    pos,
                    value: Value::Fixed(value),
                },
            );
        }
        self.take_rest(inner, set);
        let inner_node = self.stacks.merger.node(inner);
        inner_node.recursive = set.recursive;
        inner_node.pos = Some(self.ast.pos(expr));
        self.stacks.merger.node(node).entries[entry as usize].value = Value::Node(inner);
        Some(inner)
    }

    #[cold]
    fn duplicate(&mut self, pos: Pos, previous: Pos) -> Failed {
        let mut path = Vec::new();
        for (index, &name) in self.stacks.merger.trail.iter().enumerate() {
            if index > 0 {
                path.push(b'.');
            }
            path.extend(crate::print::identifier(self.ast.symbol(name)));
        }
        let message = format!(
            "attribute '{}' already defined",
            String::from_utf8_lossy(&path)
        );
        self.error = Some(ParseError {
            message,
            pos,
            previous: Some(previous),
        });
        Failed
    }

    /// Moves the nodes to the tree, and gives the index of the first one's set.
    fn finish_nodes(&mut self) -> u32 {
        let count = self.stacks.merger.used;
        self.stacks.merger.finished.resize(count, ExprId(0));
        let mut set = 0;
        for index in (0..count).rev() {
            let node = std::mem::take(&mut self.stacks.merger.nodes[index]);
            set = self.finish_node(&node);
            if index > 0 {
                let pos = node.pos.unwrap_or(Pos::NONE);
                self.stacks.merger.finished[index] = self.add(Expr::AttrSet(set), pos);
            }
            self.stacks.merger.nodes[index] = node;
        }
        set
    }

    fn finish_node(&mut self, node: &Node) -> u32 {
        let first_binding = self.ast.bindings.len();
        for &Entry { name, pos, value } in &node.entries {
            let value = match value {
                Value::Fixed(value) => value,
                Value::Node(inner) => {
                    BindingValue::Plain(self.stacks.merger.finished[inner as usize])
                }
            };
            self.ast.bindings.push(Binding { name, pos, value });
        }
        let first_dynamic = self.ast.dynamic_bindings.len();
        for &DynamicEntry { name, pos, value } in &node.dynamic {
            let value = match value {
                Value::Fixed(BindingValue::Plain(value)) => value,
                Value::Node(inner) => self.stacks.merger.finished[inner as usize],
                // Only names that are known are inherited.
                Value::Fixed(_) => continue,
            };
            self.ast
                .dynamic_bindings
                .push(DynamicBinding { name, value, pos });
        }
        let first_source = self.ast.lists.len();
        self.ast.lists.extend_from_slice(&node.inherit_from);
        self.add_set(AttrSet {
            recursive: node.recursive,
            bindings: next_run(first_binding, node.entries.len()),
            inherit_from: next_run(first_source, node.inherit_from.len()),
            dynamic: next_run(
                first_dynamic,
                self.ast.dynamic_bindings.len() - first_dynamic,
            ),
        })
    }
}

/// A hasher for a few small numbers: multiply and rotate.
#[derive(Default)]
pub(super) struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        // The table takes its slots from the low bits, the good ones are the high ones.
        self.0 ^ (self.0 >> 32)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(5) ^ u64::from(number)).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}
