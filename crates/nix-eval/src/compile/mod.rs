//! From the syntax tree of a file to a unit: variables are resolved.
//!
//! Nothing here needs an evaluator, so it can be done on any thread.

mod scope;
mod sets;

use nix_syntax::ast::{self, Ast, BinaryOperator, Expr, ExprId};

use crate::unit::{
    ConstantKind, FormalEntry, HAS_ELLIPSIS, HAS_FORMALS, LambdaEntry, NONE, NodeKind, PathEntry,
    PathPartEntry, UnitBuilder,
};
use scope::{Resolved, Scope, ScopeMemory};

/// Why a tree could not be compiled: it is nested too deeply for the stack.
pub(crate) struct TooDeep;

/// What compiling gives.
type Result<T> = std::result::Result<T, TooDeep>;

/// What compiling one file leaves to the next: memory.
#[derive(Default)]
pub(crate) struct CompileMemory {
    scope: ScopeMemory,
    unit: UnitBuilder,
    buffer: Vec<u32>,
}

/// Compiles the tree of a text of `text_len` bytes. `variables` are the names of variables that are
/// in scope, in the innermost environment; `stack_limit` is the address below which the stack must
/// not grow. The result lies in the memory.
pub(crate) fn compile<'m>(
    ast: &Ast,
    text_len: u32,
    variables: Option<&[&[u8]]>,
    stack_limit: usize,
    memory: &'m mut CompileMemory,
) -> Result<&'m UnitBuilder> {
    let CompileMemory {
        scope,
        mut unit,
        mut buffer,
    } = std::mem::take(memory);
    unit.begin(ast, text_len);
    buffer.clear();
    let mut compiler = Compiler {
        ast,
        stack_limit,
        scope: Scope::new(ast.symbol_ends.len(), variables, scope),
        unit,
        buffer,
        find_file: Special::named(ast, b"__findFile"),
        nix_path: Special::named(ast, b"__nixPath"),
    };
    let root = match ast.root {
        Some(root) => compiler.expr(root)?,
        None => NONE,
    };
    compiler.unit.finish(root);
    *memory = CompileMemory {
        scope: compiler.scope.into_memory(),
        unit: compiler.unit,
        buffer: compiler.buffer,
    };
    Ok(&memory.unit)
}

/// A name that code can refer to without writing it.
#[derive(Clone, Copy)]
struct Special {
    name: &'static [u8],
    /// The name in the file, if it is written there.
    local: Option<ast::Symbol>,
}

impl Special {
    fn named(ast: &Ast, name: &'static [u8]) -> Special {
        let local = (0..ast.symbol_ends.len() as u32)
            .map(ast::Symbol)
            .find(|&symbol| ast.symbol(symbol) == name);
        Special { name, local }
    }
}

struct Compiler<'a> {
    ast: &'a Ast,
    stack_limit: usize,
    scope: Scope<'a>,
    unit: UnitBuilder,
    /// Children of the nodes that are being compiled: each takes its own from the end.
    buffer: Vec<u32>,
    find_file: Special,
    nix_path: Special,
}

impl Compiler<'_> {
    fn node(&mut self, kind: NodeKind, words: [u32; 3], pos: ast::Pos) -> u32 {
        self.unit.node(kind, words, pos.0)
    }

    fn expr(&mut self, id: ExprId) -> Result<u32> {
        if crate::stack::position() < self.stack_limit {
            return Err(TooDeep);
        }
        let pos = self.ast.pos(id);
        let (kind, words) = match self.ast.expr(id) {
            Expr::Int(int) => return Ok(self.constant(ConstantKind::Int, int as u64, pos)),
            Expr::Float(float) => {
                return Ok(self.constant(ConstantKind::Float, float.to_bits(), pos));
            }
            Expr::Str(text) => {
                return Ok(self.constant(ConstantKind::String, u64::from(text.0), pos));
            }
            Expr::Path(text) => {
                return Ok(self.constant(ConstantKind::Path, u64::from(text.0), pos));
            }
            Expr::Interpolated(parts) => {
                let [start, len] = self.exprs(parts)?;
                (NodeKind::Interpolated, [start, len, 0])
            }
            Expr::InterpolatedPath(parts) => {
                let [start, len] = self.interpolated_path(parts)?;
                (NodeKind::InterpolatedPath, [start, len, 0])
            }
            Expr::SearchPath { name } => return Ok(self.search_path(name, pos)),
            Expr::Var(name) => return Ok(self.variable(name, pos)),
            Expr::Select { base, select } => return self.select(base, select, pos),
            Expr::HasAttr { base, path } => {
                let base = self.expr(base)?;
                (NodeKind::HasAttr, [base, self.path(path, NONE)?, 0])
            }
            Expr::AttrSet(set) => return self.set(set, pos),
            Expr::List(elements) => {
                if elements.len == 0 {
                    return Ok(self.constant(ConstantKind::EmptyList, 0, pos));
                }
                let [start, len] = self.exprs(elements)?;
                (NodeKind::List, [start, len, 0])
            }
            Expr::Lambda(lambda) => (NodeKind::Lambda, [self.lambda(lambda, pos)?, 0, 0]),
            Expr::Apply {
                function,
                arguments,
            } => self.apply(function, arguments)?,
            Expr::Let { bindings, body } => {
                let [set, body] = self.let_in(bindings, body)?;
                (NodeKind::Let, [set, body, 0])
            }
            Expr::If(triple) => {
                let [condition, yes, no] = self.ast.triples[triple as usize];
                let (condition, yes) = (self.expr(condition)?, self.expr(yes)?);
                (NodeKind::If, [condition, yes, self.expr(no)?])
            }
            Expr::Assert { condition, body } => {
                let condition = self.expr(condition)?;
                (NodeKind::Assert, [condition, self.expr(body)?, 0])
            }
            Expr::With { set, body } => {
                let set = self.expr(set)?;
                self.scope.enter_with();
                let body = self.expr(body);
                self.scope.leave_with();
                (NodeKind::With, [set, body?, 0])
            }
            Expr::Not(operand) => (NodeKind::Not, [self.expr(operand)?, 0, 0]),
            Expr::Binary { operator, operands } => {
                let [left, right] = self.ast.pairs[operands as usize];
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                let kind = match operator {
                    BinaryOperator::Equal => NodeKind::Equal,
                    BinaryOperator::NotEqual => NodeKind::NotEqual,
                    BinaryOperator::And => NodeKind::And,
                    BinaryOperator::Or => NodeKind::Or,
                    BinaryOperator::Implies => NodeKind::Implies,
                    BinaryOperator::Update => NodeKind::Update,
                    BinaryOperator::Concat => NodeKind::Concat,
                    BinaryOperator::Add => NodeKind::Add,
                };
                (kind, [left, right, 0])
            }
            Expr::CurPos => (NodeKind::CurrentPosition, [0; 3]),
        };
        Ok(self.node(kind, words, pos))
    }

    fn constant(&mut self, kind: ConstantKind, value: u64, pos: ast::Pos) -> u32 {
        self.unit.constant(kind, value, pos.0)
    }

    fn exprs(&mut self, run: ast::Run) -> Result<[u32; 2]> {
        let start = self.buffer.len();
        for index in run.range() {
            let node = self.expr(self.ast.lists[index])?;
            self.buffer.push(node);
        }
        Ok(self.take_children(start))
    }

    /// The run of the children that were added to the buffer since it had `start` entries.
    fn take_children(&mut self, start: usize) -> [u32; 2] {
        let children = &mut self.unit.children;
        let run = [children.len() as u32, (self.buffer.len() - start) as u32];
        children.extend_from_slice(&self.buffer[start..]);
        self.buffer.truncate(start);
        run
    }

    fn variable(&mut self, name: ast::Symbol, pos: ast::Pos) -> u32 {
        match self.scope.find(Some(name), self.ast.symbol(name)) {
            Some(found) => self.local(found, pos),
            None => self.free(name.0, pos),
        }
    }

    fn special(&mut self, special: Special, pos: ast::Pos) -> u32 {
        if let Some(found) = self.scope.find(special.local, special.name) {
            return self.local(found, pos);
        }
        let symbol = match special.local {
            Some(symbol) => symbol.0,
            None => self.unit.add_symbol(special.name),
        };
        self.free(symbol, pos)
    }

    fn local(&mut self, found: Resolved, pos: ast::Pos) -> u32 {
        self.node(NodeKind::Local, [found.depth, found.index, 0], pos)
    }

    /// A variable that the file does not define.
    fn free(&mut self, symbol: u32, pos: ast::Pos) -> u32 {
        let start = self.unit.withs.len();
        self.unit.withs.push(self.unit.caches);
        self.unit.withs.extend(self.scope.withs());
        let len = self.unit.withs.len() - start;
        if len == 1 {
            self.unit.withs.pop();
            return self.node(NodeKind::Free, [symbol, 0, 0], pos);
        }
        self.unit.caches += len as u32 - 1;
        self.node(NodeKind::Free, [symbol, start as u32, len as u32], pos)
    }

    fn search_path(&mut self, name: ast::StrId, pos: ast::Pos) -> u32 {
        let function = self.special(self.find_file, pos);
        let path = self.special(self.nix_path, pos);
        let name = self.constant(ConstantKind::String, u64::from(name.0), pos);
        let start = self.buffer.len();
        self.buffer.extend([path, name]);
        let [start, len] = self.take_children(start);
        self.node(NodeKind::Call, [function, start, len], pos)
    }

    /// The first part of a path with interpolation keeps a final slash, so that the parts can
    /// simply be joined.
    fn interpolated_path(&mut self, parts: ast::Run) -> Result<[u32; 2]> {
        let start = self.buffer.len();
        for (number, index) in parts.range().enumerate() {
            let part = self.ast.lists[index];
            let node = match self.ast.expr(part) {
                Expr::Path(text) if number == 0 => {
                    let pos = self.ast.pos(part);
                    self.constant(ConstantKind::PathPrefix, u64::from(text.0), pos)
                }
                _ => self.expr(part)?,
            };
            self.buffer.push(node);
        }
        Ok(self.take_children(start))
    }

    fn select(&mut self, base: ExprId, select: u32, pos: ast::Pos) -> Result<u32> {
        let select = self.ast.selects[select as usize];
        let base = self.expr(base)?;
        if let ([ast::PathPart::Static(name)], None) =
            (&self.ast.path_parts[select.path.range()], select.default)
        {
            let cache = self.unit.add_cache();
            return Ok(self.node(NodeKind::Select, [base, name.0, cache], pos));
        }
        let default = match select.default {
            Some(default) => self.expr(default)?,
            None => NONE,
        };
        let path = self.path(select.path, default)?;
        Ok(self.node(NodeKind::SelectPath, [base, path, 0], pos))
    }

    fn path(&mut self, run: ast::Run, default: u32) -> Result<u32> {
        let mut parts = Vec::with_capacity(run.len as usize);
        for index in run.range() {
            parts.push(match self.ast.path_parts[index] {
                ast::PathPart::Static(name) => PathPartEntry {
                    value: name.0,
                    cache: self.unit.add_cache(),
                },
                ast::PathPart::Dynamic(name) => PathPartEntry {
                    value: self.expr(name)?,
                    cache: NONE,
                },
            });
        }
        let entry = PathEntry {
            start: self.unit.path_parts.len() as u32,
            len: run.len,
            default,
        };
        self.unit.path_parts.append(&mut parts);
        self.unit.paths.push(entry);
        Ok(self.unit.paths.len() as u32 - 1)
    }

    fn apply(&mut self, function: ExprId, arguments: ast::Run) -> Result<(NodeKind, [u32; 3])> {
        let function = self.expr(function)?;
        let [start, len] = self.exprs(arguments)?;
        Ok((NodeKind::Call, [function, start, len]))
    }

    fn lambda(&mut self, index: u32, pos: ast::Pos) -> Result<u32> {
        let lambda = self.ast.lambdas[index as usize];
        let formals = match lambda.formals {
            Some(formals) => &self.ast.formals[formals.formals.range()],
            None => &[],
        };
        let mark = self.scope.enter();
        let names = lambda.argument.into_iter();
        let names = names.chain(formals.iter().map(|formal| formal.name));
        for (slot, name) in names.enumerate() {
            self.scope.define(name, slot as u32);
        }
        let compiled = self.lambda_body(formals, lambda.body);
        self.scope.leave(mark);
        let (mut formals, body) = compiled?;
        let mut flags = 0;
        if let Some(formals) = lambda.formals {
            flags |= HAS_FORMALS;
            if formals.ellipsis {
                flags |= HAS_ELLIPSIS;
            }
        }
        let entry = LambdaEntry {
            body,
            pos: pos.0,
            name: lambda.name.map_or(NONE, |name| name.0),
            argument: lambda.argument.map_or(NONE, |name| name.0),
            flags,
            formals_start: self.unit.formals.len() as u32,
            formals_len: formals.len() as u32,
        };
        self.unit.formals.append(&mut formals);
        self.unit.lambdas.push(entry);
        Ok(self.unit.lambdas.len() as u32 - 1)
    }

    fn lambda_body(
        &mut self,
        formals: &[ast::Formal],
        body: ExprId,
    ) -> Result<(Vec<FormalEntry>, u32)> {
        let mut entries = Vec::with_capacity(formals.len());
        for formal in formals {
            let default = match formal.default {
                Some(default) => self.expr(default)?,
                None => NONE,
            };
            entries.push(FormalEntry {
                name: formal.name.0,
                default,
                pos: formal.pos.0,
            });
        }
        Ok((entries, self.expr(body)?))
    }
}
