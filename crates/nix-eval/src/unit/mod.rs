//! Units: compiled files, independent of the evaluator that runs them.
//!
//! A unit is one run of 32-bit words, so that it can be made on any thread, written to a file and
//! used from there as it is. Everything in it is numbered within the unit; [`link`](crate::link)
//! gives it places in an evaluator's code. Variables are resolved as far as the file says; global
//! variables are looked up when it is linked.
//!
//! The words: [`FORMAT`], the length of the text, the number of the root node, the number of
//! selection caches, then for each section its length in bytes, then the sections in the same order, each filled up to whole
//! words.

mod builder;
mod kept;
mod verify;

use bytemuck::{Pod, Zeroable};

pub(crate) use builder::UnitBuilder;
pub use kept::CompiledFiles;
pub(crate) use verify::is_sound;

/// Changes with the meaning of units: a hash of the code that makes them.
pub const FORMAT: u32 = number(env!("UNIT_FORMAT"));

const fn number(digits: &str) -> u32 {
    let mut value: u32 = 0;
    let digits = digits.as_bytes();
    let mut index = 0;
    while index < digits.len() {
        value = value
            .wrapping_mul(10)
            .wrapping_add((digits[index] - b'0') as u32);
        index += 1;
    }
    value
}

/// Nothing, where an index is expected.
pub(crate) const NONE: u32 = u32::MAX;

/// A name: where its text ends in the bytes of all names, and the halves of its hash.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SymbolEntry {
    pub(crate) end: u32,
    pub(crate) hash: [u32; 2],
}

/// What a constant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConstantKind {
    /// Both halves of an `i64`.
    Int,
    /// Both halves of an `f64`.
    Float,
    /// The number of a text.
    String,
    /// The number of the text of a path as written.
    Path,
    /// The same, for a path that keeps its final slash.
    PathPrefix,
    EmptyList,
    EmptySet,
}

impl ConstantKind {
    const ALL: [ConstantKind; 7] = [
        ConstantKind::Int,
        ConstantKind::Float,
        ConstantKind::String,
        ConstantKind::Path,
        ConstantKind::PathPrefix,
        ConstantKind::EmptyList,
        ConstantKind::EmptySet,
    ];

    pub(crate) fn of(number: u32) -> Option<ConstantKind> {
        Self::ALL.get(number as usize).copied()
    }
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ConstantEntry {
    pub(crate) kind: u32,
    pub(crate) words: [u32; 2],
}

/// What a node is; the comment says what its three words are. A run is a start and a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// constant
    Constant,
    /// depth, slot
    Local,
    /// symbol, run of `with`s: the first cache, then the depth of each
    Free,
    /// base, symbol, cache
    Select,
    /// base, path
    SelectPath,
    /// base, path
    HasAttr,
    /// set
    Set,
    /// set
    RecursiveSet,
    /// run of children
    List,
    /// lambda
    Lambda,
    /// function, run of children
    Call,
    /// set, body
    Let,
    /// condition, yes, no
    If,
    /// condition, body
    Assert,
    /// set, body
    With,
    /// operand
    Not,
    /// left, right; so are all that follow up to `Add`
    And,
    Or,
    Implies,
    Equal,
    NotEqual,
    Update,
    Concat,
    Add,
    /// run of children
    Interpolated,
    /// run of children
    InterpolatedPath,
    CurrentPosition,
}

impl NodeKind {
    const ALL: [NodeKind; 27] = [
        NodeKind::Constant,
        NodeKind::Local,
        NodeKind::Free,
        NodeKind::Select,
        NodeKind::SelectPath,
        NodeKind::HasAttr,
        NodeKind::Set,
        NodeKind::RecursiveSet,
        NodeKind::List,
        NodeKind::Lambda,
        NodeKind::Call,
        NodeKind::Let,
        NodeKind::If,
        NodeKind::Assert,
        NodeKind::With,
        NodeKind::Not,
        NodeKind::And,
        NodeKind::Or,
        NodeKind::Implies,
        NodeKind::Equal,
        NodeKind::NotEqual,
        NodeKind::Update,
        NodeKind::Concat,
        NodeKind::Add,
        NodeKind::Interpolated,
        NodeKind::InterpolatedPath,
        NodeKind::CurrentPosition,
    ];

    #[inline(always)]
    pub(crate) fn of(number: u32) -> Option<NodeKind> {
        Self::ALL.get(number as usize).copied()
    }
}

/// A node. Children stand before their parents.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct NodeEntry {
    pub(crate) kind: u32,
    pub(crate) words: [u32; 3],
}

/// An attribute of a set or a variable of a `let`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct KeyEntry {
    pub(crate) name: u32,
    pub(crate) pos: u32,
}

/// A set or the bindings of a `let`, in the order in which they are written.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct SetEntry {
    /// [`PLAIN_SET`], [`RECURSIVE_SET`] or [`LET`].
    pub(crate) kind: u32,
    /// A run of keys.
    pub(crate) keys_start: u32,
    pub(crate) keys_len: u32,
    /// The start of a run of children: the [`AttrCode`](crate::ir::AttrCode) of each key.
    pub(crate) values: u32,
    /// A run of children.
    pub(crate) inherit_start: u32,
    pub(crate) inherit_len: u32,
    /// A run of dynamic attributes.
    pub(crate) dynamic_start: u32,
    pub(crate) dynamic_len: u32,
}

pub(crate) const PLAIN_SET: u32 = 0;
pub(crate) const RECURSIVE_SET: u32 = 1;
pub(crate) const LET: u32 = 2;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct DynamicEntry {
    pub(crate) name: u32,
    pub(crate) value: u32,
    pub(crate) pos: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct LambdaEntry {
    pub(crate) body: u32,
    pub(crate) pos: u32,
    pub(crate) name: u32,
    pub(crate) argument: u32,
    /// 1: takes a set apart; 2: takes any set that has what it needs.
    pub(crate) flags: u32,
    /// A run of formals.
    pub(crate) formals_start: u32,
    pub(crate) formals_len: u32,
}

pub(crate) const HAS_FORMALS: u32 = 1;
pub(crate) const HAS_ELLIPSIS: u32 = 2;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FormalEntry {
    pub(crate) name: u32,
    pub(crate) default: u32,
    pub(crate) pos: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PathEntry {
    pub(crate) start: u32,
    pub(crate) len: u32,
    pub(crate) default: u32,
}

/// A part of an attribute path: with a cache it is a symbol, without it a node.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PathPartEntry {
    pub(crate) value: u32,
    pub(crate) cache: u32,
}

const SECTIONS: usize = 16;
const HEADER: usize = 4 + SECTIONS;

/// The parts of a unit.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) text_len: u32,
    pub(crate) root: u32,
    pub(crate) caches: u32,
    pub(crate) symbols: &'a [SymbolEntry],
    pub(crate) symbol_bytes: &'a [u8],
    pub(crate) string_ends: &'a [u32],
    pub(crate) string_bytes: &'a [u8],
    pub(crate) constants: &'a [ConstantEntry],
    pub(crate) nodes: &'a [NodeEntry],
    pub(crate) positions: &'a [u32],
    pub(crate) children: &'a [u32],
    pub(crate) withs: &'a [u32],
    pub(crate) keys: &'a [KeyEntry],
    pub(crate) sets: &'a [SetEntry],
    pub(crate) dynamic: &'a [DynamicEntry],
    pub(crate) lambdas: &'a [LambdaEntry],
    pub(crate) formals: &'a [FormalEntry],
    pub(crate) paths: &'a [PathEntry],
    pub(crate) path_parts: &'a [PathPartEntry],
}

impl<'a> View<'a> {
    fn of(words: &'a [u32]) -> Option<View<'a>> {
        let (header, mut rest) = words.split_at_checked(HEADER)?;
        let [FORMAT, text_len, root, caches, lengths @ ..] = header else {
            return None;
        };
        let mut lengths = lengths.iter();
        let mut next = || -> Option<&'a [u8]> {
            let bytes = *lengths.next()? as usize;
            let (section, after) = rest.split_at_checked(bytes.div_ceil(4))?;
            rest = after;
            Some(&bytemuck::cast_slice::<u32, u8>(section)[..bytes])
        };
        macro_rules! table {
            () => {
                bytemuck::try_cast_slice(next()?).ok()?
            };
        }
        Some(View {
            text_len: *text_len,
            root: *root,
            caches: *caches,
            symbols: table!(),
            symbol_bytes: next()?,
            string_ends: table!(),
            string_bytes: next()?,
            constants: table!(),
            nodes: table!(),
            positions: table!(),
            children: table!(),
            withs: table!(),
            keys: table!(),
            sets: table!(),
            dynamic: table!(),
            lambdas: table!(),
            formals: table!(),
            paths: table!(),
            path_parts: table!(),
        })
    }

    /// A literal text.
    pub(crate) fn string(&self, number: u32) -> Option<&'a [u8]> {
        let number = number as usize;
        let start = match number.checked_sub(1) {
            Some(before) => *self.string_ends.get(before)?,
            None => 0,
        };
        let end = *self.string_ends.get(number)?;
        self.string_bytes.get(start as usize..end as usize)
    }
}

/// A compiled file, in memory of its own that nobody changes.
pub struct Unit {
    words: Box<[u32]>,
}

impl Unit {
    /// Returns the unit of these words; `None` if they are none, or of another version. What refers to
    /// something within the unit is checked when it is linked.
    #[must_use]
    pub fn of_words(words: Box<[u32]>) -> Option<Unit> {
        View::of(&words)?;
        Some(Unit { words })
    }

    /// Returns the words, for keeping them.
    #[must_use]
    pub fn words(&self) -> &[u32] {
        &self.words
    }

    pub(crate) fn view(&self) -> Option<View<'_>> {
        View::of(self.words())
    }
}

impl std::fmt::Debug for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unit")
            .field("words", &self.words().len())
            .finish_non_exhaustive()
    }
}
