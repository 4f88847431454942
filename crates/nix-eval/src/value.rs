//! Values: 8 bytes, `tag:4 | a:28 | b:32`.

use crate::heap::Handle;
use crate::symbol::Symbol;

/// A value or a reference to a cell that holds one, or will.
///
/// Values are plain handles: copying is free, and nothing has to be released. A value belongs to
/// the evaluator that made it and must not be used with another one.
///
/// What an evaluator hands out is either *evaluated* (weak head normal form) or a reference to a
/// cell, which [`Evaluator::force`](crate::Evaluator::force) resolves. Two references to one cell
/// are the same value even where Nix cannot compare (functions in lists).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value(u64);

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Value({:?}, {}, {})", self.tag(), self.a(), self.b())
    }
}

/// What the bits of a [`Value`] mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Tag {
    /// All bits zero: memory that nothing was written to.
    Unset = 0,
    Null = 1,
    /// b: 0 or 1.
    Bool = 2,
    /// The upper 60 bits, signed.
    Int = 3,
    /// b: a granule with the integer.
    BigInt = 4,
    /// b: a granule with the bits of the double.
    Float = 5,
    /// b: a string.
    String = 6,
    /// b: a string without context, an absolute path.
    Path = 7,
    /// b: an attribute set.
    Attrs = 8,
    /// a: the length, b: the elements.
    List = 9,
    /// a: the lambda, b: its environment.
    Lambda = 10,
    /// a: the builtin, b: the arguments so far or 0.
    Builtin = 11,
    /// a: the expression, b: its environment.
    Thunk = 12,
    /// A function to be called with one argument. a: the function's cell, b: the argument's.
    Apply = 13,
    /// a: a [`Lazy`], b: depends on it.
    Lazy = 14,
    /// b: a cell. Only ever outside of cells.
    Ref = 15,
}

/// The rarer states of a cell that is not evaluated.
pub(crate) mod lazy {
    /// Being evaluated: an application or another computed thunk.
    pub(crate) const BLACK_HOLE: u32 = 0;
    /// b: a partial application object: the function, then its arguments.
    pub(crate) const APPLY_MANY: u32 = 1;
    /// b: the index of a file to be evaluated.
    pub(crate) const FILE: u32 = 2;
    /// b: the index of a native computation.
    pub(crate) const NATIVE: u32 = 3;
    /// b: the index of the error that its evaluation failed with.
    pub(crate) const FAILED: u32 = 4;
    /// b: two words, a name and the cell of the set that has it.
    pub(crate) const ATTR: u32 = 5;
    /// Being evaluated; this number plus the expression.
    pub(crate) const BLACK_HOLE_EXPRESSION: u32 = 16;
}

/// The type of an evaluated value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool,
    /// A signed 64-bit integer.
    Int,
    /// A double.
    Float,
    /// A string with its context.
    String,
    /// An absolute path.
    Path,
    /// A set.
    Attrs,
    /// A list.
    List,
    /// A lambda or a builtin, perhaps with some arguments.
    Function,
}

/// An attribute set; see [`Evaluator`](crate::Evaluator) for what can be done with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attrs(pub(crate) Handle);

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct List {
    pub(crate) len: u32,
    pub(crate) elements: Handle,
}

impl List {
    /// The empty list.
    pub const EMPTY: List = List {
        len: 0,
        elements: Handle::NONE,
    };

    /// How many elements.
    #[must_use]
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// A string or a path: its bytes are borrowed from the evaluator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'e> {
    /// The bytes. Not necessarily UTF-8; never with a NUL.
    pub bytes: &'e [u8],
    /// What the string refers to in the store.
    pub context: crate::context::ContextSet,
}

impl Text<'_> {
    /// The text for messages and where UTF-8 is required anyway.
    #[must_use]
    pub fn to_string_lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

/// The parts of an evaluated value: see [`Evaluator::view`](crate::Evaluator::view).
#[derive(Clone, Copy, Debug)]
pub enum View<'e> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// A string.
    String(Text<'e>),
    /// An absolute path.
    Path(&'e [u8]),
    /// A set.
    Attrs(Attrs),
    /// A list.
    List(List),
    /// A function written in Nix.
    Lambda,
    /// A builtin, perhaps with some arguments.
    Builtin,
    /// Not evaluated yet.
    Thunk,
}

/// One attribute of a set.
#[derive(Clone, Copy, Debug)]
pub struct Attr {
    /// Its name.
    pub name: Symbol,
    /// Its value, perhaps not evaluated.
    pub value: Value,
}

const TAG_MASK: u64 = 15;
const A_MASK: u64 = (1 << 28) - 1;
/// The largest number that fits the field `a`.
pub(crate) const MAX_A: u32 = A_MASK as u32;
const SMALL_INT_MIN: i64 = -(1 << 59);
const SMALL_INT_MAX: i64 = (1 << 59) - 1;

impl Value {
    /// `null`
    pub const NULL: Value = Value::pack(Tag::Null, 0, 0);
    /// `true`
    pub const TRUE: Value = Value::pack(Tag::Bool, 0, 1);
    /// `false`
    pub const FALSE: Value = Value::pack(Tag::Bool, 0, 0);
    /// `[ ]`
    pub const EMPTY_LIST: Value = Value::pack(Tag::List, 0, 0);

    /// A Boolean.
    #[must_use]
    #[inline(always)]
    pub const fn bool(value: bool) -> Value {
        Value::pack(Tag::Bool, 0, value as u32)
    }

    #[inline(always)]
    pub(crate) const fn pack(tag: Tag, a: u32, b: u32) -> Value {
        Value(tag as u64 | (a as u64) << 4 | (b as u64) << 32)
    }

    #[inline(always)]
    pub(crate) const fn from_bits(bits: u64) -> Value {
        Value(bits)
    }

    #[inline(always)]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline(always)]
    pub(crate) const fn tag(self) -> Tag {
        const TAGS: [Tag; 16] = [
            Tag::Unset,
            Tag::Null,
            Tag::Bool,
            Tag::Int,
            Tag::BigInt,
            Tag::Float,
            Tag::String,
            Tag::Path,
            Tag::Attrs,
            Tag::List,
            Tag::Lambda,
            Tag::Builtin,
            Tag::Thunk,
            Tag::Apply,
            Tag::Lazy,
            Tag::Ref,
        ];
        TAGS[(self.0 & TAG_MASK) as usize]
    }

    #[inline(always)]
    pub(crate) const fn is(self, tag: Tag) -> bool {
        self.0 & TAG_MASK == tag as u64
    }

    #[inline(always)]
    pub(crate) const fn a(self) -> u32 {
        ((self.0 >> 4) & A_MASK) as u32
    }

    #[inline(always)]
    pub(crate) const fn b(self) -> u32 {
        (self.0 >> 32) as u32
    }

    #[inline(always)]
    pub(crate) const fn handle(self) -> Handle {
        Handle(self.b())
    }

    /// Whether the value is evaluated (and not a reference to a cell).
    #[inline(always)]
    pub(crate) const fn is_evaluated(self) -> bool {
        self.0 & TAG_MASK < Tag::Thunk as u64
    }

    /// A reference to a cell.
    #[inline(always)]
    pub(crate) const fn reference(cell: Handle) -> Value {
        Value::pack(Tag::Ref, 0, cell.0)
    }

    /// An integer, if it fits the value itself.
    #[inline(always)]
    pub(crate) const fn small_int(value: i64) -> Option<Value> {
        if value >= SMALL_INT_MIN && value <= SMALL_INT_MAX {
            Some(Value(Tag::Int as u64 | (value as u64) << 4))
        } else {
            None
        }
    }

    #[inline(always)]
    pub(crate) const fn as_small_int(self) -> i64 {
        self.0.cast_signed() >> 4
    }

    #[inline(always)]
    pub(crate) const fn attrs(attrs: Attrs) -> Value {
        Value::pack(Tag::Attrs, 0, attrs.0.0)
    }

    #[inline(always)]
    pub(crate) const fn as_attrs(self) -> Attrs {
        Attrs(self.handle())
    }

    #[inline(always)]
    pub(crate) const fn list(list: List) -> Value {
        Value::pack(Tag::List, list.len, list.elements.0)
    }

    #[inline(always)]
    pub(crate) const fn as_list(self) -> List {
        List {
            len: self.a(),
            elements: self.handle(),
        }
    }

    #[inline(always)]
    pub(crate) const fn as_bool(self) -> bool {
        self.b() != 0
    }

    /// The type of an evaluated value; `None` for thunks and references.
    #[must_use]
    pub fn kind(self) -> Option<Kind> {
        Some(match self.tag() {
            Tag::Null => Kind::Null,
            Tag::Bool => Kind::Bool,
            Tag::Int | Tag::BigInt => Kind::Int,
            Tag::Float => Kind::Float,
            Tag::String => Kind::String,
            Tag::Path => Kind::Path,
            Tag::Attrs => Kind::Attrs,
            Tag::List => Kind::List,
            Tag::Lambda | Tag::Builtin => Kind::Function,
            Tag::Unset | Tag::Thunk | Tag::Apply | Tag::Lazy | Tag::Ref => return None,
        })
    }
}

impl From<Attrs> for Value {
    fn from(attrs: Attrs) -> Value {
        Value::attrs(attrs)
    }
}

impl From<List> for Value {
    fn from(list: List) -> Value {
        Value::list(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_integers_keep_their_value() {
        for int in [0, 1, -1, 42, SMALL_INT_MIN, SMALL_INT_MAX] {
            let value = Value::small_int(int).expect("fits");
            assert_eq!(value.tag(), Tag::Int);
            assert_eq!(value.as_small_int(), int);
        }
        assert!(Value::small_int(SMALL_INT_MAX + 1).is_none());
        assert!(Value::small_int(SMALL_INT_MIN - 1).is_none());
    }

    #[test]
    fn fields_do_not_overlap() {
        let value = Value::pack(Tag::Thunk, MAX_A, u32::MAX);
        assert_eq!(
            (value.tag(), value.a(), value.b()),
            (Tag::Thunk, MAX_A, u32::MAX)
        );
    }
}
