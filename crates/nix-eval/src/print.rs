//! Values as text.

use std::collections::HashSet;

use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::hasher::FastHasher;
use crate::value::{Tag, Value, lazy};

/// Names that cannot be written without quotes.
const KEYWORDS: [&[u8]; 9] = [
    b"if", b"then", b"else", b"assert", b"with", b"let", b"in", b"rec", b"inherit",
];

/// What a printed value may contain.
#[derive(Clone, Copy)]
struct Limits {
    depth: usize,
    attrs: usize,
    elements: usize,
    string: usize,
}

/// How values are shown in messages.
const MESSAGE_LIMITS: Limits = Limits {
    depth: 10,
    attrs: 10,
    elements: 10,
    string: 1024,
};
const NO_LIMITS: Limits = Limits {
    depth: usize::MAX,
    attrs: usize::MAX,
    elements: usize::MAX,
    string: usize::MAX,
};

impl Evaluator {
    /// A value as `nix-instantiate --eval` prints it: what is not evaluated is `<CODE>`.
    ///
    /// # Errors
    ///
    /// If the value is nested too deeply.
    pub fn print(&self, value: Value) -> Result<String> {
        let mut text = Vec::new();
        print_ambiguous(self, value, &mut text, &mut HashSet::default())?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// Returns a value as `nix eval` prints it: with everything in it evaluated, on one line. A part whose
    /// evaluation fails is printed as its error.
    ///
    /// # Errors
    ///
    /// If the evaluation of the value itself fails, is interrupted or runs out of memory.
    pub fn print_evaluated(&self, value: Value) -> Result<String> {
        let mut printer = Printer::new(self, NO_LIMITS);
        printer.force = true;
        printer.print(value, 0)?;
        Ok(String::from_utf8_lossy(&printer.text).into_owned())
    }

    /// A value as it is now, in full.
    pub(crate) fn print_unevaluated(&self, value: Value) -> String {
        let mut printer = Printer::new(self, NO_LIMITS);
        match printer.print(value, 0) {
            Ok(()) => String::from_utf8_lossy(&printer.text).into_owned(),
            Err(error) => format!("«error: {}»", error.message),
        }
    }

    /// A value for a message: nothing is evaluated, and what is long is left out.
    #[must_use]
    pub fn print_for_error(&self, value: Value) -> String {
        let mut printer = Printer::new(self, MESSAGE_LIMITS);
        // Nothing is evaluated and the depth is limited, so nothing can fail.
        let _ = printer.print(value, 0);
        String::from_utf8_lossy(&printer.text).into_owned()
    }

    /// The type of a value with its article, for messages.
    #[must_use]
    pub fn describe(&self, value: Value) -> String {
        let value = self.peek(value);
        match value.tag() {
            Tag::Null => "null",
            Tag::Bool => "a Boolean",
            Tag::Int | Tag::BigInt => "an integer",
            Tag::Float => "a float",
            Tag::String if self.text_of(value).context.is_empty() => "a string",
            Tag::String => "a string with context",
            Tag::Path => "a path",
            Tag::Attrs => "a set",
            Tag::List => "a list",
            Tag::Lambda => "a function",
            Tag::Builtin => {
                let name = self.builtins[value.a() as usize].name;
                let applied = if value.b() == 0 {
                    ""
                } else {
                    "partially applied "
                };
                return format!("the {applied}built-in function '{name}'");
            }
            Tag::Apply => "a function application",
            Tag::Lazy if is_black_hole(value) => "a black hole",
            Tag::Unset | Tag::Thunk | Tag::Lazy | Tag::Ref => "a thunk",
        }
        .to_owned()
    }
}

fn is_black_hole(value: Value) -> bool {
    value.is(Tag::Lazy)
        && (value.a() == lazy::BLACK_HOLE || value.a() >= lazy::BLACK_HOLE_EXPRESSION)
}

/// The old form, in which functions and thunks look the same as they always did.
fn print_ambiguous(
    e: &Evaluator,
    value: Value,
    text: &mut Vec<u8>,
    seen: &mut HashSet<u64, FastHasher>,
) -> Result<()> {
    // Lists are the same if they are in the same cell, sets wherever they are.
    let cell = value;
    let value = e.peek(value);
    match value.tag() {
        Tag::Attrs => {
            let set = value.as_attrs();
            if e.attrs_len(set) > 0 && !seen.insert(value.bits()) {
                text.extend_from_slice("«repeated»".as_bytes());
                return Ok(());
            }
            text.extend_from_slice(b"{ ");
            for attr in e.attrs_by_name(set) {
                text.extend_from_slice(identifier(e.symbol_text(attr.name)).as_bytes());
                text.extend_from_slice(b" = ");
                e.nested(|| print_ambiguous(e, attr.value, text, seen))?;
                text.extend_from_slice(b"; ");
            }
            text.push(b'}');
        }
        Tag::List => {
            let list = value.as_list();
            if !list.is_empty() && !seen.insert(cell.bits()) {
                text.extend_from_slice("«repeated»".as_bytes());
                return Ok(());
            }
            text.extend_from_slice(b"[ ");
            for element in e.elements(list) {
                e.nested(|| print_ambiguous(e, element, text, seen))?;
                text.push(b' ');
            }
            text.push(b']');
        }
        Tag::Lambda => text.extend_from_slice(b"<LAMBDA>"),
        Tag::Builtin if value.b() == 0 => text.extend_from_slice(b"<PRIMOP>"),
        Tag::Builtin => text.extend_from_slice(b"<PRIMOP-APP>"),
        Tag::Lazy if is_black_hole(value) => {
            text.extend_from_slice("«potential infinite recursion»".as_bytes());
        }
        Tag::Unset | Tag::Thunk | Tag::Apply | Tag::Lazy | Tag::Ref => {
            text.extend_from_slice(b"<CODE>");
        }
        _ => print_scalar(e, value, text, usize::MAX),
    }
    Ok(())
}

/// Prints what has no parts.
fn print_scalar(e: &Evaluator, value: Value, text: &mut Vec<u8>, limit: usize) {
    match value.tag() {
        Tag::Null => text.extend_from_slice(b"null"),
        Tag::Bool => text.extend_from_slice(if value.as_bool() { b"true" } else { b"false" }),
        Tag::Int | Tag::BigInt => text.extend_from_slice(e.int_of(value).to_string().as_bytes()),
        Tag::Float => text.extend_from_slice(float(e.float_of(value)).as_bytes()),
        Tag::String => quote(e.text_of(value).bytes, limit, text),
        Tag::Path => text.extend_from_slice(e.heap.string_bytes(value.handle())),
        _ => {}
    }
}

/// A float with six significant digits, as C++ streams print it.
pub(crate) fn float(float: f64) -> String {
    general(float, 6)
}

/// `%g` of C with a number of significant digits.
fn general(float: f64, digits: usize) -> String {
    if float.is_nan() {
        return if float.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        }
        .to_owned();
    }
    if float.is_infinite() {
        return if float < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    // The exponent after rounding decides about the form.
    let scientific = format!("{:.*e}", digits - 1, float);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    let decimals = (digits as i32 - 1 - exponent).max(0) as usize;
    trim(&format!("{float:.decimals$}"))
}

/// A name, in quotes where the language needs them.
pub(crate) fn identifier(name: &[u8]) -> String {
    let is_start = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
    let is_part = |byte: &u8| is_start(byte) || byte.is_ascii_digit() || b"'-".contains(byte);
    if name.first().is_some_and(is_start) && name.iter().all(is_part) && !KEYWORDS.contains(&name) {
        return String::from_utf8_lossy(name).into_owned();
    }
    let mut text = Vec::new();
    quote(name, usize::MAX, &mut text);
    String::from_utf8_lossy(&text).into_owned()
}

/// A string literal; what is longer than the limit is left out.
fn quote(bytes: &[u8], limit: usize, text: &mut Vec<u8>) {
    text.push(b'"');
    for (index, &byte) in bytes.iter().enumerate() {
        if index >= limit {
            text.extend_from_slice(b"\" ");
            elided(bytes.len() - index, "byte", text);
            return;
        }
        match byte {
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', byte]),
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\r' => text.extend_from_slice(b"\\r"),
            b'\t' => text.extend_from_slice(b"\\t"),
            b'$' if bytes.get(index + 1) == Some(&b'{') => text.extend_from_slice(b"\\$"),
            _ => text.push(byte),
        }
    }
    text.push(b'"');
}

fn elided(count: usize, what: &str, text: &mut Vec<u8>) {
    let plural = if count == 1 { "" } else { "s" };
    text.extend_from_slice(format!("«{count} {what}{plural} elided»").as_bytes());
}

/// Prints values in the form that says what functions and thunks are.
struct Printer<'e> {
    e: &'e Evaluator,
    limits: Limits,
    force: bool,
    text: Vec<u8>,
    seen: HashSet<u64, FastHasher>,
    attrs_printed: usize,
    elements_printed: usize,
}

impl<'e> Printer<'e> {
    fn new(e: &'e Evaluator, limits: Limits) -> Self {
        Printer {
            e,
            limits,
            force: false,
            text: Vec::new(),
            seen: HashSet::default(),
            attrs_printed: 0,
            elements_printed: 0,
        }
    }

    fn push(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn print(&mut self, value: Value, depth: usize) -> Result<()> {
        let e = self.e;
        let cell = value;
        let value = if self.force {
            e.force(value)?
        } else {
            e.peek(value)
        };
        match value.tag() {
            Tag::Attrs => {
                if !self.seen.insert(value.bits()) {
                    self.push("«repeated»");
                } else if self.force && e.is_derivation(value.as_attrs())? {
                    self.print_derivation(value)?;
                } else if depth >= self.limits.depth {
                    self.push("{ ... }");
                } else {
                    self.print_attrs(value, depth)?;
                }
            }
            Tag::List => {
                let list = value.as_list();
                if !list.is_empty() && !self.seen.insert(cell.bits()) {
                    self.push("«repeated»");
                } else if depth >= self.limits.depth {
                    self.push("[ ... ]");
                } else {
                    self.print_list(value, depth)?;
                }
            }
            Tag::Lambda => {
                let lambda = e.lambda(value);
                let name = lambda
                    .name
                    .map(|name| format!(" {}", identifier(e.symbol_text(name))))
                    .unwrap_or_default();
                let place = e
                    .locate(lambda.pos)
                    .map_or_else(String::new, |l| l.to_string());
                self.push(&format!("«lambda{name} @ {place}»"));
            }
            Tag::Builtin => {
                let name = e.builtins[value.a() as usize].name;
                let applied = if value.b() == 0 {
                    ""
                } else {
                    "partially applied "
                };
                self.push(&format!("«{applied}primop {name}»"));
            }
            Tag::Lazy if is_black_hole(value) => self.push("«potential infinite recursion»"),
            Tag::Unset | Tag::Thunk | Tag::Apply | Tag::Lazy | Tag::Ref => self.push("«thunk»"),
            _ => print_scalar(e, value, &mut self.text, self.limits.string),
        }
        Ok(())
    }

    /// Prints a member of a set or list, or the error of its evaluation. The error of a mounted tree ends
    /// the evaluation: the copy of the tree explains it.
    fn print_part(&mut self, value: Value, depth: usize) -> Result<()> {
        let start = self.text.len();
        match self.e.nested(|| self.print(value, depth)) {
            Err(error) if !error.kind.ends_evaluation() && !self.e.has_mounts() => {
                self.text.truncate(start);
                self.push(&format!("«error: {}»", error.message));
                Ok(())
            }
            result => result,
        }
    }

    fn print_derivation(&mut self, value: Value) -> Result<()> {
        let e = self.e;
        self.push("«derivation");
        if let Some(path) = e.attr(value.as_attrs(), e.names.drv_path) {
            let what = "while evaluating the drvPath of a derivation";
            let (path, _) = e.coerce_to_string(path, crate::eval::Coercion::PLAIN, what)?;
            self.text.push(b' ');
            self.text.extend_from_slice(&path);
        }
        self.push("»");
        Ok(())
    }

    fn print_attrs(&mut self, value: Value, depth: usize) -> Result<()> {
        let e = self.e;
        let set = value.as_attrs();
        self.push("{");
        let mut attrs: Vec<_> = e.attrs_by_name(set).collect();
        if self.limits.attrs != usize::MAX {
            // What says what the set is comes first, where others may be left out.
            attrs.sort_by_key(|attr| !matches!(e.symbol_text(attr.name), b"type" | b"_type"));
        }
        for (index, attr) in attrs.iter().enumerate() {
            self.push(" ");
            if self.attrs_printed >= self.limits.attrs {
                elided(attrs.len() - index, "attribute", &mut self.text);
                break;
            }
            self.push(&identifier(e.symbol_text(attr.name)));
            self.push(" = ");
            self.print_part(attr.value, depth + 1)?;
            self.push(";");
            self.attrs_printed += 1;
        }
        self.push(" }");
        Ok(())
    }

    fn print_list(&mut self, value: Value, depth: usize) -> Result<()> {
        let e = self.e;
        let list = value.as_list();
        self.push("[");
        for (index, element) in e.elements(list).enumerate() {
            self.push(" ");
            if self.elements_printed >= self.limits.elements {
                elided(list.len() - index, "item", &mut self.text);
                break;
            }
            self.print_part(element, depth + 1)?;
            self.elements_printed += 1;
        }
        self.push(" ]");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_six_digits() {
        let cases = [
            (1.5, "1.5"),
            (100.0, "100"),
            (1e20, "1e+20"),
            (1234567.0, "1.23457e+06"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-0.0, "-0"),
            (999_999.5, "1e+06"),
        ];
        for (float, text) in cases {
            assert_eq!(general(float, 6), text);
        }
    }

    #[test]
    fn names_are_quoted_where_needed() {
        assert_eq!(identifier(b"a-b'"), "a-b'");
        assert_eq!(identifier(b"or"), "or");
        assert_eq!(identifier(b"if"), "\"if\"");
        assert_eq!(identifier(b"1a"), "\"1a\"");
        assert_eq!(identifier(b""), "\"\"");
        assert_eq!(identifier(b"a ${b"), "\"a \\${b\"");
    }
}
