//! The code that is evaluated: the syntax trees of all files, joined, with variables resolved.

use crate::heap::Handle;
use crate::heap::region::{CellTable, Room, Table};
use crate::source::Pos;
use crate::symbol::Symbol;

/// A node of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeId(pub(crate) u32);

/// A run of entries of [`Code::children`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Children {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

/// An expression. 16 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Node {
    /// A value that is known: the cell of a literal or a builtin.
    Constant(Handle),
    /// A variable of the innermost environment.
    Local0(u32),
    /// A variable of the environment around it.
    Local1(u32),
    /// A variable two environments out.
    Local2(u32),
    /// A variable further out.
    Local {
        depth: u32,
        index: u32,
    },
    /// A variable that some `with` has to provide: a run of `len` [`Code::children`] says how many
    /// environments to go out for each, innermost first. Each has a cache.
    FromWith {
        name: Symbol,
        start: u32,
        len: u16,
        cache: u32,
    },
    /// `base.name`
    Select {
        base: NodeId,
        name: Symbol,
        cache: u32,
    },
    /// Any other selection: an index into [`Code::paths`].
    SelectPath {
        base: NodeId,
        path: u32,
    },
    /// `base ? path`
    HasAttr {
        base: NodeId,
        path: u32,
    },
    /// `{ ... }`: an index into [`Code::sets`].
    Set(u32),
    /// `rec { ... }`
    RecursiveSet(u32),
    /// `[ ... ]`
    List(Children),
    /// An index into [`Code::lambdas`].
    Lambda(u32),
    /// `function arguments...`
    Call {
        function: NodeId,
        arguments: Children,
    },
    /// A builtin with all its arguments.
    CallBuiltin {
        builtin: u32,
        arguments: Children,
    },
    /// `let ... in body`: an index into [`Code::sets`].
    Let {
        set: u32,
        body: NodeId,
    },
    /// `if condition then yes else no`
    If {
        condition: NodeId,
        yes: NodeId,
        no: NodeId,
    },
    /// `assert condition; body`
    Assert {
        condition: NodeId,
        body: NodeId,
    },
    /// `with set; body`
    With {
        set: NodeId,
        body: NodeId,
    },
    Not(NodeId),
    And(NodeId, NodeId),
    Or(NodeId, NodeId),
    Implies(NodeId, NodeId),
    Equal(NodeId, NodeId),
    NotEqual(NodeId, NodeId),
    Update(NodeId, NodeId),
    Concat(NodeId, NodeId),
    Add(NodeId, NodeId),
    /// The builtins behind operators, with a fast path for integers.
    Subtract(NodeId, NodeId),
    Multiply(NodeId, NodeId),
    Less(NodeId, NodeId),
    /// A string with interpolation.
    Interpolated(Children),
    /// A path with interpolation.
    InterpolatedPath(Children),
    /// `__curPos`
    CurrentPosition,
}

/// Where the environment of an attribute's expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttrScope {
    /// The environment of the set itself (for sets that are not recursive, the one around it).
    Own = 0,
    /// The one around the set: `inherit a;`.
    Outer = 1,
    /// The environment with the sources of `inherit (e) a;`.
    Inherit = 2,
}

/// An attribute's expression with its scope, in one word of [`Code::children`].
#[derive(Clone, Copy)]
pub(crate) struct AttrCode(pub(crate) u32);

impl AttrCode {
    pub(crate) fn new(scope: AttrScope, node: NodeId) -> AttrCode {
        AttrCode((scope as u32) << 28 | node.0)
    }

    #[inline(always)]
    pub(crate) fn node(self) -> NodeId {
        NodeId(self.0 & ((1 << 28) - 1))
    }

    #[inline(always)]
    pub(crate) fn scope(self) -> AttrScope {
        match self.0 >> 28 {
            0 => AttrScope::Own,
            1 => AttrScope::Outer,
            _ => AttrScope::Inherit,
        }
    }
}

/// A set or the bindings of a `let`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SetInfo {
    /// The key array of the names; none for a `let`.
    pub(crate) keys: Handle,
    /// Their positions.
    pub(crate) positions: Handle,
    /// An [`AttrCode`] for each: in the order of symbols, or if there is an environment, in that of
    /// its variables, which is the order of the source.
    pub(crate) values: Children,
    /// For a recursive set the start of a run of [`Code::children`]: the variable of each name.
    /// `None` if both orders are the same.
    pub(crate) slots: Option<u32>,
    /// The sources of `inherit (e) ...`.
    pub(crate) inherit_from: Children,
    /// A run of [`Code::dynamic`].
    pub(crate) dynamic_start: u32,
    pub(crate) dynamic_len: u32,
    /// The index of `__overrides` in a recursive set.
    pub(crate) overrides: Option<u32>,
}

/// `${name} = value;`
#[derive(Clone, Copy, Debug)]
pub(crate) struct DynamicAttr {
    pub(crate) name: NodeId,
    pub(crate) value: NodeId,
    pub(crate) pos: Pos,
}

/// A function.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LambdaInfo {
    pub(crate) body: NodeId,
    pub(crate) pos: Pos,
    /// What it is bound to.
    pub(crate) name: Option<Symbol>,
    /// The name of the whole argument.
    pub(crate) argument: Option<Symbol>,
    /// Whether it takes a set apart.
    pub(crate) has_formals: bool,
    /// Whether it takes any set that has what it needs.
    pub(crate) ellipsis: bool,
    /// A run of [`Code::formals`].
    pub(crate) formals_start: u32,
    pub(crate) formals_len: u32,
}

/// A formal argument; those of a function are in the order of symbols.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FormalInfo {
    pub(crate) name: Symbol,
    pub(crate) default: Option<NodeId>,
    pub(crate) pos: Pos,
    /// Its place in the source among the formals of the function, and in the environment.
    pub(crate) written: u32,
}

/// A part of an attribute path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PathPart {
    Static { name: Symbol, cache: u32 },
    Dynamic(NodeId),
}

/// An attribute path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathInfo {
    /// A run of [`Code::path_parts`].
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) default: Option<NodeId>,
}

/// What a selection found last time: a key array and an index in it, [`SelectCache::MISSING`] if
/// the name was not there.
#[derive(Clone, Copy)]
pub(crate) struct SelectCache {
    pub(crate) keys: Handle,
    pub(crate) index: u32,
}

impl SelectCache {
    pub(crate) const MISSING: u32 = u32::MAX;
}

/// All code of an evaluator.
pub(crate) struct Code {
    pub(crate) nodes: Table<Node>,
    /// The position of each node.
    pub(crate) positions: Table<Pos>,
    pub(crate) children: Table<u32>,
    pub(crate) sets: Table<SetInfo>,
    pub(crate) dynamic: Table<DynamicAttr>,
    pub(crate) lambdas: Table<LambdaInfo>,
    pub(crate) formals: Table<FormalInfo>,
    pub(crate) paths: Table<PathInfo>,
    pub(crate) path_parts: Table<PathPart>,
    pub(crate) select_caches: CellTable<SelectCache>,
}

/// Thunks have 28 bits for their expression.
const MAX_NODES: usize = 1 << 28;

/// The most entries of the tables that a program has fewer entries in than nodes.
const MAX_FEW: usize = MAX_NODES / 8;

impl Code {
    /// The address space that all tables want.
    pub(crate) const SIZE: usize = MAX_NODES * (size_of::<Node>() + size_of::<Pos>() + 2 * 4)
        + MAX_FEW
            * (size_of::<SetInfo>()
                + size_of::<DynamicAttr>()
                + size_of::<LambdaInfo>()
                + size_of::<FormalInfo>()
                + size_of::<PathInfo>()
                + size_of::<PathPart>())
        + MAX_NODES / 2 * size_of::<SelectCache>();

    pub(crate) fn new(room: &Room) -> Self {
        Code {
            nodes: Table::reserve(room, MAX_NODES).with_huge_pages(),
            positions: Table::reserve(room, MAX_NODES),
            children: Table::reserve(room, MAX_NODES * 2),
            sets: Table::reserve(room, MAX_FEW),
            dynamic: Table::reserve(room, MAX_FEW),
            lambdas: Table::reserve(room, MAX_FEW),
            formals: Table::reserve(room, MAX_FEW),
            paths: Table::reserve(room, MAX_FEW),
            path_parts: Table::reserve(room, MAX_FEW),
            select_caches: CellTable::reserve(room, MAX_NODES / 2),
        }
    }

    #[inline(always)]
    pub(crate) fn node(&self, id: NodeId) -> Node {
        self.nodes.get(id.0)
    }

    #[inline(always)]
    pub(crate) fn pos(&self, id: NodeId) -> Pos {
        self.positions.get(id.0)
    }

    pub(crate) fn add(&self, node: Node, pos: Pos) -> NodeId {
        self.positions.push(pos);
        NodeId(self.nodes.push(node))
    }

    #[inline(always)]
    pub(crate) fn children(&self, run: Children) -> &[u32] {
        self.children.slice(run.start, run.len)
    }

    /// A node, if it was added already.
    #[inline(always)]
    pub(crate) fn node_if_added(&self, id: NodeId) -> Option<Node> {
        ((id.0 as usize) < self.nodes.len()).then(|| self.nodes.get(id.0))
    }

    /// Adds caches of selections and gives the index of the first.
    pub(crate) fn add_caches(&self, count: u32) -> u32 {
        let first = self.select_caches.len() as u32;
        for _ in 0..count {
            self.select_caches.push(SelectCache {
                keys: Handle::NONE,
                index: 0,
            });
        }
        first
    }

    pub(crate) fn formals_of(&self, lambda: &LambdaInfo) -> &[FormalInfo] {
        self.formals.slice(lambda.formals_start, lambda.formals_len)
    }

    pub(crate) fn path_parts_of(&self, path: &PathInfo) -> &[PathPart] {
        self.path_parts.slice(path.start, path.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_small() {
        assert_eq!(size_of::<Node>(), 16);
    }

    #[test]
    fn attribute_code_keeps_both_parts() {
        for scope in [AttrScope::Own, AttrScope::Outer, AttrScope::Inherit] {
            let code = AttrCode::new(scope, NodeId((1 << 28) - 1));
            assert_eq!(code.scope(), scope);
            assert_eq!(code.node(), NodeId((1 << 28) - 1));
        }
    }
}
