//! Names that the evaluator itself uses.

use crate::symbol::{Symbol, Symbols};

macro_rules! names {
    ($($field:ident = $text:literal),* $(,)?) => {
        /// The symbols of the names that the evaluator itself uses.
        pub(crate) struct Names {
            $(pub(crate) $field: Symbol,)*
        }

        impl Names {
            pub(crate) fn new(symbols: &Symbols) -> Names {
                Names { $($field: symbols.intern($text.as_bytes()),)* }
            }
        }
    };
}

names! {
    out_path = "outPath",
    drv_path = "drvPath",
    type_ = "type",
    name = "name",
    value = "value",
    system = "system",
    overrides = "__overrides",
    outputs = "outputs",
    output_name = "outputName",
    ignore_nulls = "__ignoreNulls",
    file = "file",
    line = "line",
    column = "column",
    functor = "__functor",
    to_string = "__toString",
    right = "right",
    wrong = "wrong",
    structured_attrs = "__structuredAttrs",
    content_addressed = "__contentAddressed",
    impure = "__impure",
    builder = "builder",
    args = "args",
    output_hash = "outputHash",
    output_hash_algo = "outputHashAlgo",
    output_hash_mode = "outputHashMode",
    path = "path",
    prefix = "prefix",
    start_set = "startSet",
    operator = "operator",
    key = "key",
    success = "success",
    sub = "__sub",
    mul = "__mul",
    less_than = "__lessThan",
    all = "all",
    drv_attrs = "drvAttrs",
    all_outputs = "allOutputs",
    filter = "filter",
    recursive = "recursive",
    sha256 = "sha256",
    derivation_strict = "derivationStrict",
}
