//! The syntax tree: a flat arena of expressions, with symbols and strings of its own.
//!
//! A tree is self-contained: symbols are indices into the file's own table, positions are byte
//! offsets into the file's text. So a tree can be parsed on any thread, cached by content, and
//! joined with others later, in an order of the evaluator's choosing.
//!
//! The tree is what Nix has after parsing (not what the user typed): nested attribute paths are
//! merged into sets, `''` strings are stripped, operators that Nix defines as calls of
//! `__sub`, `__lessThan` and so on are calls, `let { ... }` is a selection of `body`.

/// An expression of an [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A name of this file: an index into [`Ast::symbols`], in order of first appearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Symbol(pub u32);

/// A literal text of this file: an index into [`Ast::strings`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StrId(pub u32);

/// A position: a byte offset into the text that was parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pos(pub u32);

impl Pos {
    /// No position, as for code that the parser made up.
    pub const NONE: Pos = Pos(u32::MAX);
}

/// A run of entries in one of the side tables of [`Ast`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Run {
    /// The first entry.
    pub start: u32,
    /// How many entries.
    pub len: u32,
}

impl Run {
    /// The run as a range of indices.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.start + self.len) as usize
    }
}

/// One expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Expr {
    /// `12`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// A string without interpolation (also a URI literal).
    Str(StrId),
    /// A string with interpolation: parts are a run of [`Ast::lists`], forced to a string.
    Interpolated(Run),
    /// A path literal as written: absolute, relative (`./a`, `a/b`) or `~/a`.
    Path(StrId),
    /// `./a/${b}`: the first of the parts (a run of [`Ast::lists`]) is a [`Expr::Path`].
    InterpolatedPath(Run),
    /// `<nixpkgs>`, that is `__findFile __nixPath "nixpkgs"` with both names looked up lexically.
    SearchPath {
        /// The text between the brackets.
        name: StrId,
    },
    /// A variable.
    Var(Symbol),
    /// `base.path` and `base.path or default`.
    Select {
        /// The set selected from.
        base: ExprId,
        /// An index into [`Ast::selects`].
        select: u32,
    },
    /// `base ? path`
    HasAttr {
        /// The set asked.
        base: ExprId,
        /// A run of [`Ast::path_parts`].
        path: Run,
    },
    /// `{ ... }` and `rec { ... }`: an index into [`Ast::sets`].
    AttrSet(u32),
    /// `[ ... ]`: a run of [`Ast::lists`].
    List(Run),
    /// A function: an index into [`Ast::lambdas`].
    Lambda(u32),
    /// `f a b`: the function and all arguments that follow it directly, a run of [`Ast::lists`].
    Apply {
        /// What is called.
        function: ExprId,
        /// The arguments, in order; at least one.
        arguments: Run,
    },
    /// `let ... in body`: the bindings are an index into [`Ast::sets`] (recursive, without dynamic
    /// names).
    Let {
        /// An index into [`Ast::sets`].
        bindings: u32,
        /// What is evaluated with them.
        body: ExprId,
    },
    /// `if a then b else c`: an index into [`Ast::triples`].
    If(u32),
    /// `assert condition; body`
    Assert {
        /// Must be true.
        condition: ExprId,
        /// The value.
        body: ExprId,
    },
    /// `with set; body`
    With {
        /// The set whose attributes come into scope.
        set: ExprId,
        /// The value.
        body: ExprId,
    },
    /// `!a`
    Not(ExprId),
    /// `a && b` and the other operators that are not calls.
    Binary {
        /// Which one: also how the two are evaluated.
        operator: BinaryOperator,
        /// An index into [`Ast::pairs`].
        operands: u32,
    },
    /// `__curPos`
    CurPos,
}

/// The binary operators that are expressions of their own. (`-`, `*`, `/`, `<` and their kin are
/// calls: Nix looks `__sub`, `__mul`, `__div` and `__lessThan` up lexically.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
    /// `//`
    Update,
    /// `++`
    Concat,
    /// `+` (numbers, strings, paths)
    Add,
}

/// One part of an attribute path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// A name known now (`a`, `"a"`).
    Static(Symbol),
    /// `${e}` or a string with interpolation.
    Dynamic(ExprId),
}

/// What follows the base of a selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Select {
    /// A run of [`Ast::path_parts`].
    pub path: Run,
    /// The value of `or`, if any.
    pub default: Option<ExprId>,
}

/// A set or the bindings of a `let`, after merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttrSet {
    /// Whether the attributes see each other.
    pub recursive: bool,
    /// A run of [`Ast::bindings`], in order of first appearance; names are unique.
    pub bindings: Run,
    /// The sources of `inherit (e) ...`, a run of [`Ast::lists`]; each evaluated at most once.
    pub inherit_from: Run,
    /// A run of [`Ast::dynamic_bindings`].
    pub dynamic: Run,
}

/// An attribute whose name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The name.
    pub name: Symbol,
    /// Where the name stands.
    pub pos: Pos,
    /// What it is bound to.
    pub value: BindingValue,
}

/// What a name is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BindingValue {
    /// `a = e;`
    Plain(ExprId),
    /// `inherit a;`: a [`Expr::Var`] that is looked up *outside* of the set.
    Inherit(ExprId),
    /// `inherit (e) a;`: the name selected from the source with this index in
    /// [`AttrSet::inherit_from`]. The source is in the scope of the set if it is recursive.
    InheritFrom(u32),
}

/// An attribute whose name is computed: `${name} = value;`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DynamicBinding {
    /// The name: null leaves the attribute out.
    pub name: ExprId,
    /// The value.
    pub value: ExprId,
    /// Where the name stands.
    pub pos: Pos,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lambda {
    /// `x:`, or the name of `x@{ ... }:`.
    pub argument: Option<Symbol>,
    /// `{ a, b ? c, ... }:`
    pub formals: Option<Formals>,
    /// The body.
    pub body: ExprId,
    /// The attribute or `let` name that the function is bound to, for messages.
    pub name: Option<Symbol>,
}

/// The formal arguments of a function that takes a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formals {
    /// A run of [`Ast::formals`], sorted as written.
    pub formals: Run,
    /// Whether `...` is there.
    pub ellipsis: bool,
}

/// One formal argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formal {
    /// The name.
    pub name: Symbol,
    /// Where it stands.
    pub pos: Pos,
    /// `? default`
    pub default: Option<ExprId>,
}

/// A parsed file.
#[derive(Debug, Default)]
pub struct Ast {
    /// The expression that the file is.
    pub root: Option<ExprId>,
    /// All expressions; children come before their parents.
    pub exprs: Vec<Expr>,
    /// For each expression the position that Nix names in its messages for it.
    pub positions: Vec<Pos>,
    /// The texts of symbols, concatenated; see [`Ast::symbol`].
    pub symbol_bytes: Vec<u8>,
    /// The end of each symbol in [`Ast::symbol_bytes`].
    pub symbol_ends: Vec<u32>,
    /// The literal texts, concatenated; see [`Ast::string`].
    pub string_bytes: Vec<u8>,
    /// The end of each text in [`Ast::string_bytes`].
    pub string_ends: Vec<u32>,
    /// Elements of lists, arguments, parts of strings, sources of `inherit`.
    pub lists: Vec<ExprId>,
    /// Parts of attribute paths.
    pub path_parts: Vec<PathPart>,
    /// Selections.
    pub selects: Vec<Select>,
    /// Sets and `let`s.
    pub sets: Vec<AttrSet>,
    /// Their attributes.
    pub bindings: Vec<Binding>,
    /// Their attributes with computed names.
    pub dynamic_bindings: Vec<DynamicBinding>,
    /// Functions.
    pub lambdas: Vec<Lambda>,
    /// Their formal arguments.
    pub formals: Vec<Formal>,
    /// Condition, then, else.
    pub triples: Vec<[ExprId; 3]>,
    /// Left and right.
    pub pairs: Vec<[ExprId; 2]>,
    /// Where the `${` of interpolations stand: an index into [`Ast::lists`] and the position, in
    /// ascending order; see [`Ast::part_pos`].
    pub part_positions: Vec<(u32, Pos)>,
    /// Where the operands of `+` start: an index into [`Ast::pairs`] and the positions, in
    /// ascending order; see [`Ast::operand_pos`].
    pub operand_positions: Vec<(u32, [Pos; 2])>,
}

impl Ast {
    /// Empties the tree; its memory stays.
    pub(crate) fn clear(&mut self) {
        macro_rules! clear {
            ($($table:ident)*) => {
                $(self.$table.clear();)*
            };
        }
        self.root = None;
        clear!(exprs positions symbol_bytes symbol_ends string_bytes string_ends lists path_parts);
        clear!(selects sets bindings dynamic_bindings lambdas formals triples pairs);
        clear!(part_positions operand_positions);
    }

    /// The text of a symbol.
    #[must_use]
    pub fn symbol(&self, symbol: Symbol) -> &[u8] {
        slice(&self.symbol_bytes, &self.symbol_ends, symbol.0)
    }

    /// A literal text.
    #[must_use]
    pub fn string(&self, id: StrId) -> &[u8] {
        slice(&self.string_bytes, &self.string_ends, id.0)
    }

    /// An expression.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> Expr {
        self.exprs[id.0 as usize]
    }

    /// The position of an expression.
    #[must_use]
    pub fn pos(&self, id: ExprId) -> Pos {
        self.positions[id.0 as usize]
    }

    /// The position that Nix names when a part of a string or path with interpolation cannot be
    /// coerced: that of its `${`. The part is given by its index in [`Ast::lists`]. A literal part
    /// has none.
    #[must_use]
    pub fn part_pos(&self, list_index: u32) -> Pos {
        match self
            .part_positions
            .binary_search_by_key(&list_index, |entry| entry.0)
        {
            Ok(found) => self.part_positions[found].1,
            Err(_) => Pos::NONE,
        }
    }

    /// The positions that Nix names when the left or the right operand of `+` has the wrong type:
    /// where they start. The operands are given by their index in [`Ast::pairs`]; those of other
    /// operators have none.
    #[must_use]
    pub fn operand_pos(&self, pair_index: u32) -> [Pos; 2] {
        match self
            .operand_positions
            .binary_search_by_key(&pair_index, |entry| entry.0)
        {
            Ok(found) => self.operand_positions[found].1,
            Err(_) => [Pos::NONE; 2],
        }
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u32], index: u32) -> &'a [u8] {
    let index = index as usize;
    let start = if index == 0 {
        0
    } else {
        ends[index - 1] as usize
    };
    &bytes[start..ends[index] as usize]
}
