//! XML.

use std::collections::HashSet;

use super::Builtin;
use crate::context::ContextSet;
use crate::error::Result;
use crate::evaluator::Evaluator;
use crate::source::{Origin, Pos};
use crate::value::{Attrs, Kind, Value, View};
use crate::xml::XmlWriter;

pub(super) const BUILTINS: &[Builtin] = &[Builtin::new("toXML", 1, 1, to_xml)];

/// How a value is written as XML.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct XmlOptions {
    /// Whether everything in the value is evaluated first. Otherwise parts can be `unevaluated`.
    pub evaluate: bool,
    /// Whether attributes and functions say where they are defined.
    pub locations: bool,
}

impl Evaluator {
    /// A value as XML, and what it refers to.
    ///
    /// # Errors
    ///
    /// If the evaluation of a part fails or the value is nested too deeply.
    pub fn to_xml(&self, value: Value, options: XmlOptions) -> Result<(Vec<u8>, ContextSet)> {
        let mut printer = Printer {
            evaluator: self,
            options,
            writer: XmlWriter::new(),
            context: ContextSet::EMPTY,
            seen: HashSet::new(),
        };
        printer.writer.open("expr", &[]);
        printer.value(value, Pos::NONE)?;
        Ok((printer.writer.finish(), printer.context))
    }
}

fn to_xml(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let options = XmlOptions {
        evaluate: true,
        locations: false,
    };
    let (text, context) = e.to_xml(args[0], options)?;
    Ok(e.string_with_context(&text, context))
}

struct Printer<'e> {
    evaluator: &'e Evaluator,
    options: XmlOptions,
    writer: XmlWriter,
    context: ContextSet,
    /// The derivations whose attributes were written.
    seen: HashSet<&'e [u8]>,
}

/// The attributes of an element, in the order of their names.
type XmlAttributes<'a> = Vec<(&'static str, &'a [u8])>;

impl<'e> Printer<'e> {
    fn value(&mut self, value: Value, pos: Pos) -> Result<()> {
        let e = self.evaluator;
        e.check_room(self.writer.len())?;
        let depth = e.enter_call(|| pos)?;
        let result = self
            .forced(value, pos)
            .and_then(|value| self.element(value, pos));
        e.call_depth.set(depth);
        result
    }

    fn forced(&self, value: Value, pos: Pos) -> Result<Value> {
        if self.options.evaluate {
            self.evaluator.force_at(value, pos)
        } else {
            Ok(value)
        }
    }

    fn element(&mut self, value: Value, pos: Pos) -> Result<()> {
        let e = self.evaluator;
        match e.view(value) {
            View::Null => self.writer.empty("null", &[]),
            View::Bool(value) => {
                let text: &[u8] = if value { b"true" } else { b"false" };
                self.writer.empty("bool", &[("value", text)]);
            }
            View::Int(int) => {
                self.writer
                    .empty("int", &[("value", int.to_string().as_bytes())]);
            }
            View::Float(float) => {
                let text = crate::print::float(float);
                self.writer.empty("float", &[("value", text.as_bytes())]);
            }
            View::String(text) => {
                self.context = e.contexts.union(self.context, text.context);
                self.writer.empty("string", &[("value", text.bytes)]);
            }
            View::Path(path) => self.writer.empty("path", &[("value", path)]),
            View::List(list) => {
                self.writer.open("list", &[]);
                for element in e.elements(list) {
                    self.value(element, pos)?;
                }
                self.writer.close();
            }
            View::Attrs(set) => self.set(set)?,
            View::Lambda => self.function(value),
            View::Builtin | View::Thunk => self.writer.empty("unevaluated", &[]),
        }
        Ok(())
    }

    fn set(&mut self, set: Attrs) -> Result<()> {
        let e = self.evaluator;
        if !e.is_derivation(set)? {
            self.writer.open("attrs", &[]);
            self.attributes(set)?;
            self.writer.close();
            return Ok(());
        }
        let drv_path = self.text_attribute(set, e.names.drv_path)?;
        let out_path = self.text_attribute(set, e.names.out_path)?;
        let shown: XmlAttributes<'_> = [("drvPath", drv_path), ("outPath", out_path)]
            .into_iter()
            .filter_map(|(name, text)| Some((name, text?)))
            .collect();
        self.writer.open("derivation", &shown);
        match drv_path {
            Some(path) if !path.is_empty() && self.seen.insert(path) => self.attributes(set)?,
            _ => self.writer.empty("repeated", &[]),
        }
        self.writer.close();
        Ok(())
    }

    /// The text of an attribute, if it is a string.
    fn text_attribute(&self, set: Attrs, name: crate::symbol::Symbol) -> Result<Option<&'e [u8]>> {
        let e = self.evaluator;
        let Some(value) = e.attr(set, name) else {
            return Ok(None);
        };
        let value = self.forced(value, e.attr_pos(set, name))?;
        Ok(match e.view(value) {
            View::String(text) => Some(text.bytes),
            _ => None,
        })
    }

    fn attributes(&mut self, set: Attrs) -> Result<()> {
        let e = self.evaluator;
        for attr in e.attrs_by_name(set) {
            let pos = e.attr_pos(set, attr.name);
            let place = self.place(pos);
            let mut shown = place.attributes();
            // `path` comes last.
            let at = shown
                .iter()
                .position(|(name, _)| *name == "path")
                .unwrap_or(shown.len());
            shown.insert(at, ("name", e.symbol_text(attr.name)));
            self.writer.open("attr", &shown);
            self.value(attr.value, pos)?;
            self.writer.close();
        }
        Ok(())
    }

    fn function(&mut self, value: Value) {
        let e = self.evaluator;
        let value = e.peek(value);
        if e.kind_of(value) != Kind::Function {
            return;
        }
        let lambda = e.lambda(value);
        let place = self.place(lambda.pos);
        self.writer.open("function", &place.attributes());
        let argument = lambda.argument.map(|name| ("name", e.symbol_text(name)));
        if lambda.has_formals {
            let mut shown: XmlAttributes<'_> = Vec::new();
            if lambda.ellipsis {
                shown.push(("ellipsis", b"1"));
            }
            shown.extend(argument);
            self.writer.open("attrspat", &shown);
            let mut names: Vec<&[u8]> = e
                .code
                .formals_of(lambda)
                .iter()
                .map(|formal| e.symbol_text(formal.name))
                .collect();
            names.sort_unstable();
            for name in names {
                self.writer.empty("attr", &[("name", name)]);
            }
            self.writer.close();
        } else {
            self.writer.empty("varpat", argument.as_slice());
        }
        self.writer.close();
    }

    /// Where something is defined, if that is to be shown.
    fn place(&self, pos: Pos) -> Place {
        let e = self.evaluator;
        let location = if self.options.locations && !pos.is_none() {
            e.locate(pos)
        } else {
            None
        };
        let Some(location) = location else {
            return Place::default();
        };
        Place {
            column: location.column.to_string(),
            line: location.line.to_string(),
            path: match location.origin {
                Origin::File(path) => Some(path.to_vec()),
                Origin::String | Origin::Stdin | Origin::Internal(_) => None,
            },
        }
    }
}

/// Where something is defined, as texts; empty if it is not known.
#[derive(Default)]
struct Place {
    column: String,
    line: String,
    path: Option<Vec<u8>>,
}

impl Place {
    fn attributes(&self) -> XmlAttributes<'_> {
        if self.line.is_empty() {
            return Vec::new();
        }
        let mut shown = vec![
            ("column", self.column.as_bytes()),
            ("line", self.line.as_bytes()),
        ];
        shown.extend(self.path.as_deref().map(|path| ("path", path)));
        shown
    }
}
