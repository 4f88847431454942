//! Trees as text, in the form that `nix-instantiate --parse` shows.
//!
//! The text has brackets around nearly everything, attributes and formal arguments sorted by name,
//! and absolute paths. It is meant for reading and comparing: some of it (an `assert` as an
//! argument, a number with an exponent) is not Nix.

use crate::ast::{
    Ast, AttrSet, BinaryOperator, BindingValue, Expr, ExprId, Lambda, PathPart, Run, Symbol,
};

/// What path literals are relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrintOptions<'a> {
    /// The directory of the file: an absolute path, for `./a`.
    pub base_directory: &'a [u8],
    /// The home directory: an absolute path, for `~/a`.
    pub home_directory: &'a [u8],
}

/// The whole tree as text; empty if it has no root.
#[must_use]
pub fn print(ast: &Ast, options: &PrintOptions) -> Vec<u8> {
    ast.root
        .map(|root| print_expr(ast, root, options))
        .unwrap_or_default()
}

/// One expression of a tree as text.
#[must_use]
pub fn print_expr(ast: &Ast, expr: ExprId, options: &PrintOptions) -> Vec<u8> {
    let mut printer = Printer {
        ast,
        options,
        out: Vec::new(),
        todo: Vec::new(),
    };
    printer.expr(expr);
    printer.out
}

/// A name as text: in quotes if it is not an identifier, or a keyword other than `or`.
#[must_use]
pub fn identifier(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    write_identifier(&mut out, name);
    out
}

fn write_identifier(out: &mut Vec<u8>, name: &[u8]) {
    let keyword = matches!(
        name,
        b"if" | b"then" | b"else" | b"assert" | b"with" | b"let" | b"in" | b"rec" | b"inherit"
    );
    let is_identifier = name
        .first()
        .is_some_and(|&b| b.is_ascii_alphabetic() || b == b'_')
        && name
            .iter()
            .all(|&b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'\'' | b'-'));
    if is_identifier && !keyword {
        out.extend_from_slice(name);
    } else {
        write_string(out, name);
    }
}

fn write_string(out: &mut Vec<u8>, text: &[u8]) {
    out.push(b'"');
    for (index, &byte) in text.iter().enumerate() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'$' if text.get(index + 1) == Some(&b'{') => out.extend_from_slice(b"\\$"),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Writes a float with six significant digits, like C's `%g`.
fn write_float(out: &mut Vec<u8>, value: f64) {
    let scientific = format!("{value:.5e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        // Infinite or not a number: literals are neither.
        out.extend_from_slice(scientific.as_bytes());
        return;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        let text = if text.contains('.') {
            text.trim_end_matches('0')
        } else {
            text
        };
        text.trim_end_matches('.').to_owned()
    };
    let text = if (-4..6).contains(&exponent) {
        let digits = usize::try_from(5 - exponent).unwrap_or(0);
        trim(&format!("{value:.digits$}"))
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{}e{sign}{:02}", trim(mantissa), exponent.unsigned_abs())
    };
    out.extend_from_slice(text.as_bytes());
}

/// Writes a path literal as an absolute path, without `.` and `..`. The slash at the end of a
/// literal (which is before an interpolation) stays.
fn write_path(out: &mut Vec<u8>, literal: &[u8], options: &PrintOptions) {
    if let Some(rest) = literal.strip_prefix(b"~") {
        out.extend_from_slice(options.home_directory);
        out.extend_from_slice(rest);
        return;
    }
    let base: &[u8] = if literal.starts_with(b"/") {
        b""
    } else {
        options.base_directory
    };
    let mut segments: Vec<&[u8]> = Vec::new();
    for segment in base
        .split(|&b| b == b'/')
        .chain(literal.split(|&b| b == b'/'))
    {
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    for segment in &segments {
        out.push(b'/');
        out.extend_from_slice(segment);
    }
    if segments.is_empty() || (literal.len() > 1 && literal.ends_with(b"/")) {
        out.push(b'/');
    }
}

/// What is left to write.
enum Todo {
    Text(&'static str),
    Name(Symbol),
    Expr(ExprId),
}

/// The printer. It keeps what is left to do on a stack of its own, as trees can be deep.
struct Printer<'a> {
    ast: &'a Ast,
    options: &'a PrintOptions<'a>,
    out: Vec<u8>,
    todo: Vec<Todo>,
}

impl Printer<'_> {
    fn expr(&mut self, expr: ExprId) {
        self.todo.push(Todo::Expr(expr));
        while let Some(todo) = self.todo.pop() {
            match todo {
                Todo::Text(text) => self.out.extend_from_slice(text.as_bytes()),
                Todo::Name(name) => write_identifier(&mut self.out, self.ast.symbol(name)),
                Todo::Expr(expr) => {
                    let base = self.todo.len();
                    self.schedule(expr);
                    // What was scheduled in order is taken from the end.
                    self.todo[base..].reverse();
                }
            }
        }
    }

    fn text(&mut self, text: &'static str) {
        self.todo.push(Todo::Text(text));
    }

    fn name(&mut self, name: Symbol) {
        self.todo.push(Todo::Name(name));
    }

    fn child(&mut self, expr: ExprId) {
        self.todo.push(Todo::Expr(expr));
    }

    /// Writes a leaf, or schedules the parts of another expression.
    fn schedule(&mut self, expr: ExprId) {
        let ast = self.ast;
        match ast.expr(expr) {
            Expr::Int(value) => self.out.extend_from_slice(value.to_string().as_bytes()),
            Expr::Float(value) => write_float(&mut self.out, value),
            Expr::Str(text) => write_string(&mut self.out, ast.string(text)),
            Expr::Path(text) => write_path(&mut self.out, ast.string(text), self.options),
            Expr::CurPos => self.text("__curPos"),
            Expr::Var(name) => self.name(name),
            Expr::SearchPath { name } => {
                self.search_path(ast.string(name));
                self.text(")");
            }
            Expr::Interpolated(parts) | Expr::InterpolatedPath(parts) => self.sum(parts),
            Expr::Select { base, select } => {
                let select = ast.selects[select as usize];
                self.text("(");
                self.child(base);
                self.text(").");
                self.path(select.path);
                if let Some(default) = select.default {
                    self.text(" or (");
                    self.child(default);
                    self.text(")");
                }
            }
            Expr::HasAttr { base, path } => {
                self.text("((");
                self.child(base);
                self.text(") ? ");
                self.path(path);
                self.text(")");
            }
            Expr::AttrSet(set) => {
                let set = ast.sets[set as usize];
                self.text(if set.recursive { "rec { " } else { "{ " });
                self.bindings(set);
                self.text("}");
            }
            Expr::List(elements) => {
                self.text("[ ");
                for &element in &ast.lists[elements.range()] {
                    self.text("(");
                    self.child(element);
                    self.text(") ");
                }
                self.text("]");
            }
            Expr::Lambda(lambda) => self.lambda(&ast.lambdas[lambda as usize]),
            Expr::Apply {
                function,
                arguments,
            } => self.apply(function, arguments),
            Expr::Let { bindings, body } => {
                self.text("(let ");
                self.bindings(ast.sets[bindings as usize]);
                self.text("in ");
                self.child(body);
                self.text(")");
            }
            Expr::If(index) => {
                let [condition, then, otherwise] = ast.triples[index as usize];
                self.text("(if ");
                self.child(condition);
                self.text(" then ");
                self.child(then);
                self.text(" else ");
                self.child(otherwise);
                self.text(")");
            }
            Expr::Assert { condition, body } => {
                self.text("assert ");
                self.child(condition);
                self.text("; ");
                self.child(body);
            }
            Expr::With { set, body } => {
                self.text("(with ");
                self.child(set);
                self.text("; ");
                self.child(body);
                self.text(")");
            }
            Expr::Not(operand) => {
                self.text("(! ");
                self.child(operand);
                self.text(")");
            }
            Expr::Binary { operator, operands } => {
                let [left, right] = ast.pairs[operands as usize];
                self.text("(");
                self.child(left);
                self.text(match operator {
                    BinaryOperator::Equal => " == ",
                    BinaryOperator::NotEqual => " != ",
                    BinaryOperator::And => " && ",
                    BinaryOperator::Or => " || ",
                    BinaryOperator::Implies => " -> ",
                    BinaryOperator::Update => " // ",
                    BinaryOperator::Concat => " ++ ",
                    BinaryOperator::Add => " + ",
                });
                self.child(right);
                self.text(")");
            }
        }
    }

    /// `(a + b + c`, with the bracket closed.
    fn sum(&mut self, parts: Run) {
        self.text("(");
        for (index, &part) in self.ast.lists[parts.range()].iter().enumerate() {
            if index > 0 {
                self.text(" + ");
            }
            self.child(part);
        }
        self.text(")");
    }

    /// Writes the call that a `<…>` is, without the closing bracket, at once: it is the first to
    /// be scheduled of its expression.
    fn search_path(&mut self, name: &[u8]) {
        self.out.extend_from_slice(b"(__findFile __nixPath ");
        write_string(&mut self.out, name);
    }

    fn apply(&mut self, function: ExprId, arguments: Run) {
        match self.ast.expr(function) {
            // That is a call already, so the arguments are further ones of it.
            Expr::SearchPath { name } => self.search_path(self.ast.string(name)),
            _ => {
                self.text("(");
                self.child(function);
            }
        }
        for &argument in &self.ast.lists[arguments.range()] {
            self.text(" ");
            self.child(argument);
        }
        self.text(")");
    }

    fn path(&mut self, path: Run) {
        for (index, &part) in self.ast.path_parts[path.range()].iter().enumerate() {
            if index > 0 {
                self.text(".");
            }
            match part {
                PathPart::Static(name) => self.name(name),
                PathPart::Dynamic(expr) => self.computed_name(expr),
            }
        }
    }

    fn computed_name(&mut self, expr: ExprId) {
        self.text("\"${");
        self.child(expr);
        self.text("}\"");
    }

    fn bindings(&mut self, set: AttrSet) {
        let ast = self.ast;
        let mut bindings = ast.bindings[set.bindings.range()].to_vec();
        bindings.sort_by_key(|binding| ast.symbol(binding.name));
        let inherited = |value: &BindingValue| matches!(value, BindingValue::Inherit(_));
        if bindings.iter().any(|binding| inherited(&binding.value)) {
            self.text("inherit");
            for binding in bindings.iter().filter(|binding| inherited(&binding.value)) {
                self.text(" ");
                self.name(binding.name);
            }
            self.text("; ");
        }
        let mut by_source: Vec<(u32, Symbol)> = Vec::new();
        for binding in &bindings {
            if let BindingValue::InheritFrom(source) = binding.value {
                by_source.push((source, binding.name));
            }
        }
        by_source.sort_by_key(|entry| entry.0);
        for names in by_source.chunk_by(|a, b| a.0 == b.0) {
            self.text("inherit (");
            self.child(ast.lists[set.inherit_from.range()][names[0].0 as usize]);
            self.text(")");
            for &(_, name) in names {
                self.text(" ");
                self.name(name);
            }
            self.text("; ");
        }
        for binding in &bindings {
            if let BindingValue::Plain(value) = binding.value {
                self.name(binding.name);
                self.text(" = ");
                self.child(value);
                self.text("; ");
            }
        }
        for binding in &ast.dynamic_bindings[set.dynamic.range()] {
            self.computed_name(binding.name);
            self.text(" = ");
            self.child(binding.value);
            self.text("; ");
        }
    }

    fn lambda(&mut self, lambda: &Lambda) {
        let ast = self.ast;
        self.text("(");
        if let Some(formals) = lambda.formals {
            let mut sorted = ast.formals[formals.formals.range()].to_vec();
            sorted.sort_by_key(|formal| ast.symbol(formal.name));
            self.text("{ ");
            for (index, formal) in sorted.iter().enumerate() {
                if index > 0 {
                    self.text(", ");
                }
                self.name(formal.name);
                if let Some(default) = formal.default {
                    self.text(" ? ");
                    self.child(default);
                }
            }
            if formals.ellipsis {
                self.text(if sorted.is_empty() { "..." } else { ", ..." });
            }
            self.text(" }");
            if lambda.argument.is_some() {
                self.text(" @ ");
            }
        }
        if let Some(argument) = lambda.argument {
            self.name(argument);
        }
        self.text(": ");
        self.child(lambda.body);
        self.text(")");
    }
}
