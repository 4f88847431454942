//! From the syntax tree of a file to code: variables are resolved, constants folded.

mod scope;
mod sets;

use nix_syntax::ast::{self, Ast, BinaryOperator, Expr, ExprId};

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{Children, FormalInfo, LambdaInfo, Node, NodeId, PathInfo, PathPart};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Tag, Value};
use scope::{Resolved, Scope};

/// Lowers a tree. `start` is the position of the first byte of its text, `base` the directory that
/// relative paths start at, and `variables` a set whose attributes are in scope, whose values are
/// then the innermost environment.
pub(crate) fn lower(
    e: &Evaluator,
    ast: &Ast,
    start: Pos,
    base: &[u8],
    variables: Option<Attrs>,
) -> Result<NodeId> {
    // In the order in which the names stand in the file: the order of symbols shows in programs.
    let symbols: Vec<Symbol> = (0..ast.symbol_ends.len())
        .map(|n| e.symbols.intern(ast.symbol(ast::Symbol(n as u32))))
        .collect();
    let scope = Scope::new(symbols.len(), variables.map(|attrs| e.attr_keys(attrs)));
    let mut lowering = Lowering {
        e,
        ast,
        start,
        base,
        symbols,
        scope,
        buffer: Vec::new(),
    };
    let Some(root) = ast.root else {
        return Err(EvalError::new(ErrorKind::Parse, "there is no expression").at(start));
    };
    lowering.expr(root)
}

struct Lowering<'a> {
    e: &'a Evaluator,
    ast: &'a Ast,
    start: Pos,
    base: &'a [u8],
    symbols: Vec<Symbol>,
    scope: Scope,
    /// Children of the nodes that are being lowered: each takes its own from the end.
    buffer: Vec<u32>,
}

impl Lowering<'_> {
    fn pos(&self, pos: ast::Pos) -> Pos {
        if pos == ast::Pos::NONE {
            Pos::NONE
        } else {
            Pos(self.start.0 + pos.0)
        }
    }

    fn symbol(&self, symbol: ast::Symbol) -> Symbol {
        self.symbols[symbol.0 as usize]
    }

    fn constant(&self, value: Value, pos: Pos) -> NodeId {
        self.constant_cell(self.e.heap.new_cell(value), pos)
    }

    fn constant_cell(&self, cell: Handle, pos: Pos) -> NodeId {
        self.e.code.add(Node::Constant(cell), pos)
    }

    fn expr(&mut self, id: ExprId) -> Result<NodeId> {
        self.e.check_stack()?;
        let pos = self.pos(self.ast.pos(id));
        let node = match self.ast.expr(id) {
            Expr::Int(int) => return Ok(self.constant(self.e.int(int), pos)),
            Expr::Float(float) => return Ok(self.constant(self.e.float(float), pos)),
            Expr::Str(text) => {
                return Ok(self.constant(self.e.string(self.ast.string(text)), pos));
            }
            Expr::Path(text) => {
                let path = self.literal_path(self.ast.string(text), false, pos)?;
                return Ok(self.constant(self.e.path(&path), pos));
            }
            Expr::Interpolated(parts) => Node::Interpolated(self.exprs(parts)?),
            Expr::InterpolatedPath(parts) => self.interpolated_path(parts)?,
            Expr::SearchPath { name } => return self.search_path(self.ast.string(name), pos),
            Expr::Var(name) => return self.variable(self.symbol(name), Some(name), pos),
            Expr::Select { base, select } => return self.select(base, select, pos),
            Expr::HasAttr { base, path } => {
                let base = self.expr(base)?;
                Node::HasAttr {
                    base,
                    path: self.path(path, None)?,
                }
            }
            Expr::AttrSet(set) => self.set(set)?,
            Expr::List(elements) => {
                if elements.len == 0 {
                    return Ok(self.constant(Value::EMPTY_LIST, pos));
                }
                Node::List(self.exprs(elements)?)
            }
            Expr::Lambda(lambda) => self.lambda(lambda, pos)?,
            Expr::Apply {
                function,
                arguments,
            } => return self.apply(function, arguments, pos),
            Expr::Let { bindings, body } => self.let_in(bindings, body)?,
            Expr::If(triple) => {
                let [condition, yes, no] = self.ast.triples[triple as usize];
                Node::If {
                    condition: self.expr(condition)?,
                    yes: self.expr(yes)?,
                    no: self.expr(no)?,
                }
            }
            Expr::Assert { condition, body } => Node::Assert {
                condition: self.expr(condition)?,
                body: self.expr(body)?,
            },
            Expr::With { set, body } => {
                let set = self.expr(set)?;
                self.scope.enter_with();
                let body = self.expr(body);
                self.scope.leave_with();
                Node::With { set, body: body? }
            }
            Expr::Not(operand) => Node::Not(self.expr(operand)?),
            Expr::Binary { operator, operands } => {
                let [left, right] = self.ast.pairs[operands as usize];
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                match operator {
                    BinaryOperator::Equal => Node::Equal(left, right),
                    BinaryOperator::NotEqual => Node::NotEqual(left, right),
                    BinaryOperator::And => Node::And(left, right),
                    BinaryOperator::Or => Node::Or(left, right),
                    BinaryOperator::Implies => Node::Implies(left, right),
                    BinaryOperator::Update => Node::Update(left, right),
                    BinaryOperator::Concat => Node::Concat(left, right),
                    BinaryOperator::Add => Node::Add(left, right),
                }
            }
            Expr::CurPos => Node::CurrentPosition,
        };
        Ok(self.e.code.add(node, pos))
    }

    fn exprs(&mut self, run: ast::Run) -> Result<Children> {
        let start = self.buffer.len();
        for index in run.range() {
            let node = self.expr(self.ast.lists[index])?;
            self.buffer.push(node.0);
        }
        Ok(self.take_children(start))
    }

    /// The children that were added to the buffer since it had `start` entries.
    fn take_children(&mut self, start: usize) -> Children {
        let children = self.e.code.add_children(&self.buffer[start..]);
        self.buffer.truncate(start);
        children
    }

    /// A variable. `local` is its symbol in the file; names that operators stand for may have none.
    fn variable(&mut self, name: Symbol, local: Option<ast::Symbol>, pos: Pos) -> Result<NodeId> {
        let local = local.or_else(|| {
            let index = self.symbols.iter().position(|&symbol| symbol == name)?;
            Some(ast::Symbol(index as u32))
        });
        if let Some(Resolved { depth, index }) = self.scope.find(local, name) {
            let node = match depth {
                0 => Node::Local0(index),
                1 => Node::Local1(index),
                2 => Node::Local2(index),
                depth => Node::Local { depth, index },
            };
            return Ok(self.e.code.add(node, pos));
        }
        if let Some(cell) = self.e.globals.get(name) {
            return Ok(self.constant_cell(cell, pos));
        }
        let withs = self.scope.withs();
        if withs.is_empty() {
            let text = self.e.symbol_lossy(name);
            let message = format!("undefined variable '{text}'");
            return Err(EvalError::new(ErrorKind::UndefinedVariable, message).at(pos));
        }
        let environments = self.e.code.add_children(&withs);
        Ok(self.e.code.add(Node::FromWith { name, environments }, pos))
    }

    fn search_path(&mut self, name: &[u8], pos: Pos) -> Result<NodeId> {
        let names = (self.e.names.find_file, self.e.names.nix_path);
        let function = self.variable(names.0, None, pos)?;
        let path = self.variable(names.1, None, pos)?;
        let name = self.constant(self.e.string(name), pos);
        Ok(self.call(function, &[path.0, name.0], pos))
    }

    /// The absolute form of a path literal.
    fn literal_path(&self, text: &[u8], keep_slash: bool, pos: Pos) -> Result<Vec<u8>> {
        let mut path = if let Some(rest) = text.strip_prefix(b"~/") {
            if self.e.settings.pure_eval {
                let message = format!(
                    "the path '{}' can not be resolved in pure mode",
                    String::from_utf8_lossy(text)
                );
                return Err(EvalError::new(ErrorKind::Restricted, message).at(pos));
            }
            let Some(home) = self.e.host.home_directory() else {
                return Err(EvalError::eval("the home directory is not known").at(pos));
            };
            crate::paths::absolute(rest, &home)
        } else {
            crate::paths::absolute(text, self.base)
        };
        if keep_slash && text.ends_with(b"/") && path.len() > 1 {
            path.push(b'/');
        }
        Ok(path)
    }

    /// A path with interpolation: its first part keeps a final slash, so that the parts can simply
    /// be joined.
    fn interpolated_path(&mut self, parts: ast::Run) -> Result<Node> {
        let start = self.buffer.len();
        for (number, index) in parts.range().enumerate() {
            let part = self.ast.lists[index];
            let node = match self.ast.expr(part) {
                Expr::Path(text) if number == 0 => {
                    let pos = self.pos(self.ast.pos(part));
                    let path = self.literal_path(self.ast.string(text), true, pos)?;
                    self.constant(self.e.path(&path), pos)
                }
                _ => self.expr(part)?,
            };
            self.buffer.push(node.0);
        }
        Ok(Node::InterpolatedPath(self.take_children(start)))
    }

    fn select(&mut self, base: ExprId, select: u32, pos: Pos) -> Result<NodeId> {
        let select = self.ast.selects[select as usize];
        let base = self.expr(base)?;
        let code = &self.e.code;
        if let ([ast::PathPart::Static(name)], None) =
            (&self.ast.path_parts[select.path.range()], select.default)
        {
            let name = self.symbol(*name);
            if let Some(cell) = self.builtin_attr(base, name) {
                return Ok(self.constant_cell(cell, pos));
            }
            let cache = code.add_cache();
            return Ok(code.add(Node::Select { base, name, cache }, pos));
        }
        let default = select
            .default
            .map(|default| self.expr(default))
            .transpose()?;
        let path = self.path(select.path, default)?;
        Ok(self.e.code.add(Node::SelectPath { base, path }, pos))
    }

    /// The cell of `builtins.name`, if that is what is selected.
    fn builtin_attr(&self, base: NodeId, name: Symbol) -> Option<Handle> {
        let Node::Constant(cell) = self.e.code.node(base) else {
            return None;
        };
        if self.e.globals.builtins != Some(cell) {
            return None;
        }
        let builtins = self.e.heap.cell(cell).as_attrs();
        let value = self.e.attr(builtins, name)?;
        Some(value.handle())
    }

    fn path(&mut self, run: ast::Run, default: Option<NodeId>) -> Result<u32> {
        let mut parts = Vec::with_capacity(run.len as usize);
        for index in run.range() {
            parts.push(match self.ast.path_parts[index] {
                ast::PathPart::Static(name) => PathPart::Static {
                    name: self.symbol(name),
                    cache: self.e.code.add_cache(),
                },
                ast::PathPart::Dynamic(name) => PathPart::Dynamic(self.expr(name)?),
            });
        }
        let start = self.e.code.path_parts.extend(&parts);
        Ok(self.e.code.paths.push(PathInfo {
            start,
            len: parts.len() as u32,
            default,
        }))
    }

    fn apply(&mut self, function: ExprId, arguments: ast::Run, pos: Pos) -> Result<NodeId> {
        let function = self.expr(function)?;
        let start = self.buffer.len();
        for index in arguments.range() {
            let node = self.expr(self.ast.lists[index])?;
            self.buffer.push(node.0);
        }
        let arguments = self.buffer.split_off(start);
        Ok(self.call(function, &arguments, pos))
    }

    /// A call; a builtin that gets all its arguments is called directly.
    fn call(&mut self, function: NodeId, arguments: &[u32], pos: Pos) -> NodeId {
        let code = &self.e.code;
        if let Node::Constant(cell) = code.node(function) {
            let value = self.e.heap.cell(cell);
            if value.is(Tag::Builtin) && value.b() == 0 {
                let number = value.a();
                let arity = self.e.builtins[number as usize].arity as usize;
                if arity <= arguments.len() {
                    let (own, rest) = arguments.split_at(arity);
                    let call = code.add(self.call_builtin(cell, number, own), pos);
                    if rest.is_empty() {
                        return call;
                    }
                    let arguments = code.add_children(rest);
                    return code.add(
                        Node::Call {
                            function: call,
                            arguments,
                        },
                        pos,
                    );
                }
            }
        }
        let arguments = code.add_children(arguments);
        code.add(
            Node::Call {
                function,
                arguments,
            },
            pos,
        )
    }

    fn call_builtin(&self, cell: Handle, builtin: u32, arguments: &[u32]) -> Node {
        if let [left, right] = *arguments {
            let (left, right) = (NodeId(left), NodeId(right));
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
        Node::CallBuiltin {
            builtin,
            arguments: self.e.code.add_children(arguments),
        }
    }

    fn lambda(&mut self, index: u32, pos: Pos) -> Result<Node> {
        let lambda = self.ast.lambdas[index as usize];
        let mut formals: Vec<(Symbol, ast::Formal, u32)> = Vec::new();
        if let Some(ast::Formals { formals: run, .. }) = lambda.formals {
            let all = self.ast.formals[run.range()].iter().enumerate();
            formals.extend(all.map(|(n, formal)| (self.symbol(formal.name), *formal, n as u32)));
            formals.sort_unstable_by_key(|formal| formal.0);
        }
        let mark = self.scope.enter();
        let names = lambda
            .argument
            .into_iter()
            .chain(formals.iter().map(|f| f.1.name));
        for (slot, name) in names.enumerate() {
            self.scope.define(name, slot as u32);
        }
        let lowered = self.lambda_body(&formals, lambda.body);
        self.scope.leave(mark);
        let (formals, body) = lowered?;
        let info = LambdaInfo {
            body,
            pos,
            name: lambda.name.map(|name| self.symbol(name)),
            argument: lambda.argument.map(|name| self.symbol(name)),
            has_formals: lambda.formals.is_some(),
            ellipsis: lambda.formals.is_some_and(|formals| formals.ellipsis),
            formals_len: formals.len() as u32,
            formals_start: self.e.code.formals.extend(&formals),
        };
        Ok(Node::Lambda(self.e.code.lambdas.push(info)))
    }

    fn lambda_body(
        &mut self,
        formals: &[(Symbol, ast::Formal, u32)],
        body: ExprId,
    ) -> Result<(Vec<FormalInfo>, NodeId)> {
        let mut infos = Vec::with_capacity(formals.len());
        for &(name, formal, written) in formals {
            let default = formal
                .default
                .map(|default| self.expr(default))
                .transpose()?;
            infos.push(FormalInfo {
                name,
                default,
                pos: self.pos(formal.pos),
                written,
            });
        }
        Ok((infos, self.expr(body)?))
    }
}
