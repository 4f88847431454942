//! The builtins.
//!
//! Each file holds the functions of one topic and a table `BUILTINS` that says how they are called.
//! A function gets as many arguments as its arity. Arguments may be unevaluated; the function
//! forces what it needs. It may return an unevaluated [`Value`] (an element of a list, say): the
//! evaluator forces it then.

mod arithmetic;
mod attrs;
mod closure;
mod context;
mod control;
mod derivation;
mod fetch;
mod files;
mod hash;
pub(crate) mod json;
mod lists;
mod regex;
mod sorting;
mod strings;
mod toml;
mod types;
mod version;
pub(crate) mod xml;

use std::cell::RefCell;

use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::settings::Feature;
use crate::value::Value;

/// The code of a builtin.
pub(crate) type BuiltinFunction = fn(&Evaluator, &[Value]) -> Result<Value>;

/// The most arguments that a builtin takes.
pub(crate) const MAX_ARITY: usize = 3;

/// How a builtin is called.
#[derive(Clone, Copy)]
pub(crate) struct Builtin {
    /// The name in `builtins`.
    pub(crate) name: &'static str,
    /// How many arguments it takes.
    pub(crate) arity: u8,
    /// Which arguments are always evaluated first (bit 0: the first argument): callers then need
    /// no thunk for them. An argument may have its bit only if the builtin forces it before
    /// anything else that can fail, apart from arguments to its left.
    pub(crate) strict: u8,
    /// Whether the plain name is a global variable; otherwise `__name` is.
    pub(crate) global: bool,
    /// Whether an error names the call as a step of its trace.
    pub(crate) traced: bool,
    /// What has to be enabled for the builtin to exist.
    pub(crate) gate: Gate,
    /// The code.
    pub(crate) function: BuiltinFunction,
}

/// When a builtin exists.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// Always.
    None,
    /// With an experimental feature.
    Feature(Feature),
}

impl Builtin {
    /// A builtin that is `builtins.name` and the global variable `__name`.
    pub(crate) const fn new(
        name: &'static str,
        arity: u8,
        strict: u8,
        function: BuiltinFunction,
    ) -> Builtin {
        Builtin {
            name,
            arity,
            strict,
            global: false,
            traced: true,
            gate: Gate::None,
            function,
        }
    }

    /// A builtin that is `builtins.name` and the global variable `name`.
    pub(crate) const fn global(
        name: &'static str,
        arity: u8,
        strict: u8,
        function: BuiltinFunction,
    ) -> Builtin {
        Builtin {
            name,
            arity,
            strict,
            global: true,
            traced: true,
            gate: Gate::None,
            function,
        }
    }

    /// The same, but errors do not name the call as a step of their trace.
    pub(crate) const fn untraced(mut self) -> Builtin {
        self.traced = false;
        self
    }

    /// The same, but only with an experimental feature.
    pub(crate) const fn gated(mut self, feature: Feature) -> Builtin {
        self.gate = Gate::Feature(feature);
        self
    }
}

/// Results that builtins keep, because computing them again would be slow.
#[derive(Default)]
pub(crate) struct Memos {
    /// Compiled patterns.
    regexes: RefCell<crate::regex::RegexCache>,
    /// Memory for matching.
    regex_scratch: RefCell<crate::regex::Scratch>,
}

/// The tables of all builtins. The order decides the numbers of builtins and of their names, and
/// so must not depend on anything.
pub(crate) const TABLES: &[&[Builtin]] = &[
    arithmetic::BUILTINS,
    attrs::BUILTINS,
    context::BUILTINS,
    control::BUILTINS,
    derivation::BUILTINS,
    fetch::BUILTINS,
    files::BUILTINS,
    hash::BUILTINS,
    json::BUILTINS,
    lists::BUILTINS,
    regex::BUILTINS,
    strings::BUILTINS,
    toml::BUILTINS,
    types::BUILTINS,
    version::BUILTINS,
    xml::BUILTINS,
];
