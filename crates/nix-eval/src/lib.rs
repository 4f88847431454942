//! Lazy evaluator of the Nix language and its builtins. Knows neither store nor network: it reaches both through traits.
//!
//! [`Evaluator`] evaluates programs; [`host::Host`] is its only way out. See the module `heap` for
//! how values are laid out, `ir` for the code that is evaluated, `compile` and `link` for how it is
//! made from syntax trees, and `builtins` for the functions of the language.

mod access;
mod attrs;
mod builtins;
mod compile;
mod context;
mod derivation;
mod error;
mod eval;
mod evaluator;
mod files;
mod float;
pub(crate) mod hasher;
mod heap;
pub mod host;
mod inspect;
mod ir;
mod json;
mod link;
mod mounts;
mod names;
mod paths;
mod print;
mod regex;
mod render;
mod scope;
mod settings;
mod source;
mod stack;
mod stats;
mod symbol;
mod syntax;
mod toml;
pub mod unit;
mod value;
mod version;
mod xml;

pub use builtins::xml::XmlOptions;
pub use context::{ContextElement, ContextSet};
pub use error::{ErrorKind, EvalError, Result, Trace};
pub use eval::Coercion;
pub use evaluator::Evaluator;
pub use heap::{OutOfMemory, within_memory};
pub use inspect::{Formal, Formals};
pub use mounts::{Mounts, Observed};
pub use render::{Report, Step, excerpt, render};
pub use scope::NIX_VERSION;
pub use settings::{Feature, LintLevel, Settings};
pub use source::{Location, Origin, Pos};
pub use stack::with_large_stack;
pub use stats::{Count, Summary};
pub use symbol::Symbol;
pub use value::{Attr, Attrs, Kind, List, Text, Value, View};
pub use xml::XmlWriter;
