//! From units to code: places in the evaluator for what a compiled file has numbered by itself.
//!
//! Names are interned in the order in which they stand in the file: the order of symbols shows in
//! programs. Constants, global variables and calls of builtins become what they mean here.

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{
    AttrCode, Children, DynamicAttr, FormalInfo, LambdaInfo, Node, NodeId, PathInfo, PathPart,
    SetInfo,
};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::unit::{
    ConstantKind, HAS_ELLIPSIS, HAS_FORMALS, LET, NONE, NodeEntry, NodeKind, RECURSIVE_SET,
    SetEntry, View,
};
use crate::value::{Tag, Value};

/// Why a unit could not be linked.
pub(crate) enum LinkError {
    /// It is not whole. Units that were just compiled are.
    Damaged,
    /// The program is wrong, or asks for what there is not.
    Program(Box<EvalError>),
}

impl From<Box<EvalError>> for LinkError {
    fn from(error: Box<EvalError>) -> Self {
        LinkError::Program(error)
    }
}

impl From<LinkError> for Box<EvalError> {
    fn from(error: LinkError) -> Self {
        match error {
            LinkError::Program(error) => error,
            LinkError::Damaged => EvalError::new(ErrorKind::Parse, "there is no expression"),
        }
    }
}

type Linked<T> = std::result::Result<T, LinkError>;

/// Adds a unit to the code. `start` is the position of the first byte of its text, `directory` the
/// one that relative paths start at.
pub(crate) fn link(e: &Evaluator, view: View<'_>, start: Pos, directory: &[u8]) -> Linked<NodeId> {
    let symbols = intern(e, &view).ok_or(LinkError::Damaged)?;
    let code = &e.code;
    let mut linker = Linker {
        e,
        view,
        symbols,
        start,
        constants: e.heap.allocate(view.constants.len()),
        nodes: code.nodes.len() as u32,
        children: code.children.len() as u32,
        withs: (code.children.len() + view.children.len()) as u32,
        caches: code.add_caches(view.caches),
        sets: code.sets.len() as u32,
        dynamic: code.dynamic.len() as u32,
        lambdas: code.lambdas.len() as u32,
        paths: code.paths.len() as u32,
        path_parts: code.path_parts.len() as u32,
        more: Vec::new(),
    };
    linker.constants(directory)?;
    linker.sets_and_children().ok_or(LinkError::Damaged)?;
    linker.side_tables().ok_or(LinkError::Damaged)?;
    linker.all_nodes()?;
    let root = linker.node(view.root).ok_or(LinkError::Damaged)?;
    Ok(root)
}

fn intern(e: &Evaluator, view: &View<'_>) -> Option<Vec<Symbol>> {
    let mut symbols = Vec::with_capacity(view.symbols.len());
    let mut start = 0;
    for entry in view.symbols {
        let name = view.symbol_bytes.get(start..entry.end as usize)?;
        let [low, high] = entry.hash;
        let hash = u64::from(low) | u64::from(high) << 32;
        symbols.push(e.symbols.intern_hashed(name, hash));
        start = entry.end as usize;
    }
    Some(symbols)
}

/// The places of a unit's parts: those with the number 0.
struct Linker<'a> {
    e: &'a Evaluator,
    view: View<'a>,
    symbols: Vec<Symbol>,
    start: Pos,
    constants: Handle,
    nodes: u32,
    children: u32,
    withs: u32,
    caches: u32,
    sets: u32,
    dynamic: u32,
    lambdas: u32,
    paths: u32,
    path_parts: u32,
    /// Nodes that the unit has not, which come after its own.
    more: Vec<(Node, Pos)>,
}

impl Linker<'_> {
    #[inline(always)]
    fn pos(&self, pos: u32) -> Pos {
        if pos == NONE {
            Pos::NONE
        } else {
            Pos(self.start.0 + pos)
        }
    }

    #[inline(always)]
    fn symbol(&self, number: u32) -> Option<Symbol> {
        self.symbols.get(number as usize).copied()
    }

    #[inline(always)]
    fn node(&self, number: u32) -> Option<NodeId> {
        ((number as usize) < self.view.nodes.len()).then(|| NodeId(self.nodes + number))
    }

    fn optional_node(&self, number: u32) -> Option<Option<NodeId>> {
        if number == NONE {
            return Some(None);
        }
        self.node(number).map(Some)
    }

    /// A run of the unit's children.
    #[inline(always)]
    fn run(&self, start: u32, len: u32) -> Option<Children> {
        let end = start.checked_add(len)?;
        (end as usize <= self.view.children.len()).then(|| Children {
            start: self.children + start,
            len,
        })
    }

    // ---- Constants ----

    fn constants(&mut self, directory: &[u8]) -> Linked<()> {
        for (number, constant) in self.view.constants.iter().enumerate() {
            let kind = ConstantKind::of(constant.kind).ok_or(LinkError::Damaged)?;
            let [low, high] = constant.words;
            let word = u64::from(low) | u64::from(high) << 32;
            let text = || self.view.string(low).ok_or(LinkError::Damaged);
            let e = self.e;
            let value = match kind {
                ConstantKind::Int => e.int(word.cast_signed()),
                ConstantKind::Float => e.float(f64::from_bits(word)),
                ConstantKind::String => e.string(text()?),
                ConstantKind::Path | ConstantKind::PathPrefix => {
                    let is_prefix = kind == ConstantKind::PathPrefix;
                    let path = self.path_literal(text()?, is_prefix, directory);
                    e.path(&path.map_err(|error| error.at(self.constant_pos(number)))?)
                }
                ConstantKind::EmptyList => Value::EMPTY_LIST,
                ConstantKind::EmptySet => e.no_attrs(),
            };
            let cell = Handle(self.constants.0 + number as u32);
            e.heap.set_cell(cell, value);
        }
        Ok(())
    }

    /// Where a constant is written.
    #[cold]
    fn constant_pos(&self, number: usize) -> Pos {
        let is_constant = |node: &NodeEntry| {
            node.kind == NodeKind::Constant as u32 && node.words[0] as usize == number
        };
        let node = self.view.nodes.iter().position(is_constant);
        let pos = node.and_then(|node| self.view.positions.get(node));
        pos.map_or(Pos::NONE, |&pos| self.pos(pos))
    }

    /// The absolute form of a path literal.
    fn path_literal(&self, text: &[u8], is_prefix: bool, directory: &[u8]) -> Result<Vec<u8>> {
        let mut path = if let Some(rest) = text.strip_prefix(b"~/") {
            if self.e.settings.pure_eval {
                let message = format!(
                    "the path '{}' can not be resolved in pure mode",
                    String::from_utf8_lossy(text)
                );
                return Err(EvalError::new(ErrorKind::Restricted, message));
            }
            let Some(home) = self.e.host.home_directory() else {
                return Err(EvalError::eval("the home directory is not known"));
            };
            crate::paths::absolute(rest, &home)
        } else {
            crate::paths::absolute(text, directory)
        };
        if is_prefix && text.ends_with(b"/") && path.len() > 1 {
            path.push(b'/');
        }
        Ok(path)
    }

    // ---- Sets and side tables ----

    fn sets_and_children(&mut self) -> Option<()> {
        let mut children = Vec::with_capacity(self.view.children.len() + self.view.withs.len());
        for &child in self.view.children {
            self.node(AttrCode(child).node().0)?;
            children.push(child + self.nodes);
        }
        children.extend_from_slice(self.view.withs);
        let mut order = Vec::new();
        for entry in self.view.sets {
            let info = self.set(entry, &mut children, &mut order)?;
            self.e.code.sets.push(info);
        }
        self.e.code.children.extend(&children);
        Some(())
    }

    /// A set; puts its children into the order that they need to have.
    fn set(
        &self,
        entry: &SetEntry,
        children: &mut Vec<u32>,
        order: &mut Vec<(Symbol, u32)>,
    ) -> Option<SetInfo> {
        let first = entry.keys_start as usize;
        let entries = self
            .view
            .keys
            .get(first..first.checked_add(entry.keys_len as usize)?)?;
        let dynamic_end = entry.dynamic_start.checked_add(entry.dynamic_len)?;
        self.view.dynamic.get(..dynamic_end as usize)?;
        let mut info = SetInfo {
            keys: Handle::NONE,
            positions: Handle::NONE,
            values: self.run(entry.values, entry.keys_len)?,
            slots: None,
            inherit_from: self.run(entry.inherit_start, entry.inherit_len)?,
            dynamic_start: self.dynamic + entry.dynamic_start,
            dynamic_len: entry.dynamic_len,
            overrides: None,
        };
        if entry.kind == LET {
            return Some(info);
        }
        order.clear();
        for (number, key) in entries.iter().enumerate() {
            order.push((self.symbol(key.name)?, number as u32));
        }
        let is_ordered = order.is_sorted();
        if !is_ordered {
            order.sort_unstable();
        }
        let e = self.e;
        info.keys = e.new_keys_of(order.iter().map(|(name, _)| name.0));
        if !entries.is_empty() {
            let positions = order
                .iter()
                .map(|&(_, number)| self.pos(entries[number as usize].pos).0);
            info.positions = e.heap.new_words_of(positions);
        }
        if entry.kind == RECURSIVE_SET {
            let overrides = |(name, _): &(Symbol, u32)| *name == e.names.overrides;
            info.overrides = order.iter().position(overrides).map(|index| index as u32);
            if !is_ordered {
                info.slots = Some(self.children + children.len() as u32);
                children.extend(order.iter().map(|&(_, number)| number));
            }
        } else if !is_ordered {
            let values = &mut children[entry.values as usize..][..entry.keys_len as usize];
            let written = values.to_vec();
            for (value, &(_, number)) in values.iter_mut().zip(order.iter()) {
                *value = written[number as usize];
            }
        }
        Some(info)
    }

    fn side_tables(&mut self) -> Option<()> {
        let (view, code) = (self.view, &self.e.code);
        for entry in view.dynamic {
            code.dynamic.push(DynamicAttr {
                name: self.node(entry.name)?,
                value: self.node(entry.value)?,
                pos: self.pos(entry.pos),
            });
        }
        for entry in view.path_parts {
            code.path_parts.push(if entry.cache == NONE {
                PathPart::Dynamic(self.node(entry.value)?)
            } else {
                PathPart::Static {
                    name: self.symbol(entry.value)?,
                    cache: self.cache(entry.cache)?,
                }
            });
        }
        for entry in view.paths {
            let end = entry.start.checked_add(entry.len)?;
            view.path_parts.get(..end as usize)?;
            code.paths.push(PathInfo {
                start: self.path_parts + entry.start,
                len: entry.len,
                default: self.optional_node(entry.default)?,
            });
        }
        let name = |number| match number {
            NONE => Some(None),
            number => self.symbol(number).map(Some),
        };
        let mut formals = Vec::new();
        for entry in view.lambdas {
            let first = entry.formals_start as usize;
            let end = first.checked_add(entry.formals_len as usize)?;
            formals.clear();
            for (written, formal) in view.formals.get(first..end)?.iter().enumerate() {
                formals.push(FormalInfo {
                    name: self.symbol(formal.name)?,
                    default: self.optional_node(formal.default)?,
                    pos: self.pos(formal.pos),
                    written: written as u32,
                });
            }
            formals.sort_unstable_by_key(|formal| formal.name);
            code.lambdas.push(LambdaInfo {
                body: self.node(entry.body)?,
                pos: self.pos(entry.pos),
                name: name(entry.name)?,
                argument: name(entry.argument)?,
                has_formals: entry.flags & HAS_FORMALS != 0,
                ellipsis: entry.flags & HAS_ELLIPSIS != 0,
                formals_start: code.formals.extend(&formals),
                formals_len: entry.formals_len,
            });
        }
        Some(())
    }

    #[inline(always)]
    fn cache(&self, number: u32) -> Option<u32> {
        (number < self.view.caches).then(|| self.caches + number)
    }

    // ---- Nodes ----

    fn all_nodes(&mut self) -> Linked<()> {
        let view = self.view;
        if view.positions.len() != view.nodes.len() {
            return Err(LinkError::Damaged);
        }
        let code = &self.e.code;
        for (entry, &pos) in view.nodes.iter().zip(view.positions) {
            let pos = self.pos(pos);
            let node = self.linked(entry, pos)?.ok_or(LinkError::Damaged)?;
            code.add(node, pos);
        }
        for &(node, pos) in &self.more {
            code.add(node, pos);
        }
        Ok(())
    }

    #[inline(always)]
    fn linked(&mut self, entry: &NodeEntry, pos: Pos) -> Result<Option<Node>> {
        let [a, b, c] = entry.words;
        let below = |number: u32, count: usize| ((number as usize) < count).then_some(number);
        let node = |number| self.node(number);
        let run = |start, len| self.run(start, len);
        let pair = |make: fn(NodeId, NodeId) -> Node| Some(make(node(a)?, node(b)?));
        let Some(kind) = NodeKind::of(entry.kind) else {
            return Ok(None);
        };
        let linked = || -> Option<Node> {
            Some(match kind {
                NodeKind::Constant => {
                    let number = below(a, self.view.constants.len())?;
                    Node::Constant(Handle(self.constants.0 + number))
                }
                NodeKind::Local => match a {
                    0 => Node::Local0(b),
                    1 => Node::Local1(b),
                    2 => Node::Local2(b),
                    depth => Node::Local { depth, index: b },
                },
                NodeKind::Select => {
                    let (base, name) = (node(a)?, self.symbol(b)?);
                    match self.builtin_attr(base, name) {
                        Some(cell) => Node::Constant(cell),
                        None => Node::Select {
                            base,
                            name,
                            cache: self.cache(c)?,
                        },
                    }
                }
                NodeKind::SelectPath => Node::SelectPath {
                    base: node(a)?,
                    path: self.paths + below(b, self.view.paths.len())?,
                },
                NodeKind::HasAttr => Node::HasAttr {
                    base: node(a)?,
                    path: self.paths + below(b, self.view.paths.len())?,
                },
                NodeKind::Set => Node::Set(self.sets + below(a, self.view.sets.len())?),
                NodeKind::RecursiveSet => {
                    Node::RecursiveSet(self.sets + below(a, self.view.sets.len())?)
                }
                NodeKind::List => Node::List(run(a, b)?),
                NodeKind::Lambda => Node::Lambda(self.lambdas + below(a, self.view.lambdas.len())?),
                NodeKind::Let => Node::Let {
                    set: self.sets + below(a, self.view.sets.len())?,
                    body: node(b)?,
                },
                NodeKind::If => Node::If {
                    condition: node(a)?,
                    yes: node(b)?,
                    no: node(c)?,
                },
                NodeKind::Assert => Node::Assert {
                    condition: node(a)?,
                    body: node(b)?,
                },
                NodeKind::With => Node::With {
                    set: node(a)?,
                    body: node(b)?,
                },
                NodeKind::Not => Node::Not(node(a)?),
                NodeKind::And => pair(Node::And)?,
                NodeKind::Or => pair(Node::Or)?,
                NodeKind::Implies => pair(Node::Implies)?,
                NodeKind::Equal => pair(Node::Equal)?,
                NodeKind::NotEqual => pair(Node::NotEqual)?,
                NodeKind::Update => pair(Node::Update)?,
                NodeKind::Concat => pair(Node::Concat)?,
                NodeKind::Add => pair(Node::Add)?,
                NodeKind::Interpolated => Node::Interpolated(run(a, b)?),
                NodeKind::InterpolatedPath => Node::InterpolatedPath(run(a, b)?),
                NodeKind::CurrentPosition => Node::CurrentPosition,
                NodeKind::Free | NodeKind::Call => return None,
            })
        };
        match kind {
            NodeKind::Free => self.free(a, b, c, pos),
            NodeKind::Call => {
                let (Some(function), Some(arguments)) = (node(a), run(b, c)) else {
                    return Ok(None);
                };
                let written = &self.view.children[b as usize..][..c as usize];
                Ok(Some(self.call(function, arguments, written, pos)))
            }
            _ => Ok(linked()),
        }
    }

    /// A variable that the file does not define: a global one, or one of a `with`.
    fn free(&self, symbol: u32, start: u32, len: u32, pos: Pos) -> Result<Option<Node>> {
        let Some(name) = self.symbol(symbol) else {
            return Ok(None);
        };
        if let Some(cell) = self.e.globals.get(name) {
            return Ok(Some(Node::Constant(cell)));
        }
        if len == 0 {
            return Err(self.e.undefined_variable(name, pos));
        }
        let end = u64::from(start) + u64::from(len);
        let (Some(&cache), true, Ok(len)) = (
            self.view.withs.get(start as usize),
            end <= self.view.withs.len() as u64,
            u16::try_from(len - 1),
        ) else {
            return Ok(None);
        };
        if u64::from(cache) + u64::from(len) > u64::from(self.view.caches) {
            return Ok(None);
        }
        Ok(Some(Node::FromWith {
            name,
            start: self.withs + start + 1,
            len,
            cache: self.caches + cache,
        }))
    }

    /// The cell of `builtins.name`, if that is what is selected.
    #[inline(always)]
    fn builtin_attr(&self, base: NodeId, name: Symbol) -> Option<Handle> {
        let e = self.e;
        let Node::Constant(cell) = e.code.node_if_added(base)? else {
            return None;
        };
        if e.globals.builtins != Some(cell) {
            return None;
        }
        let value = e.attr(e.heap.cell(cell).as_attrs(), name)?;
        Some(value.handle())
    }

    /// A call; a builtin that gets all its arguments is called directly.
    #[inline(always)]
    fn call(&mut self, function: NodeId, arguments: Children, written: &[u32], pos: Pos) -> Node {
        let e = self.e;
        let call = Node::Call {
            function,
            arguments,
        };
        let Some(Node::Constant(cell)) = e.code.node_if_added(function) else {
            return call;
        };
        let value = e.heap.cell(cell);
        if !value.is(Tag::Builtin) || value.b() != 0 {
            return call;
        }
        let builtin = value.a();
        let arity = u32::from(e.builtins[builtin as usize].arity);
        if arity > arguments.len {
            return call;
        }
        let own = Children {
            start: arguments.start,
            len: arity,
        };
        let inner = self.call_builtin(cell, builtin, own, written);
        if arity == arguments.len {
            return inner;
        }
        // What the builtin gives is called with the rest.
        let number = self.view.nodes.len() + self.more.len();
        self.more.push((inner, pos));
        Node::Call {
            function: NodeId(self.nodes + number as u32),
            arguments: Children {
                start: arguments.start + arity,
                len: arguments.len - arity,
            },
        }
    }

    fn call_builtin(
        &self,
        cell: Handle,
        builtin: u32,
        arguments: Children,
        written: &[u32],
    ) -> Node {
        if let (2, [left, right, ..]) = (arguments.len, written) {
            let (left, right) = (NodeId(self.nodes + left), NodeId(self.nodes + right));
            let names = &self.e.names;
            let is = |name| self.e.globals.get(name) == Some(cell);
            if is(names.sub) {
                return Node::Subtract(left, right);
            }
            if is(names.mul) {
                return Node::Multiply(left, right);
            }
            if is(names.less_than) {
                return Node::Less(left, right);
            }
        }
        Node::CallBuiltin { builtin, arguments }
    }
}
