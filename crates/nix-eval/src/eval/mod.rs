//! Evaluation.

mod assertion;
mod call;
mod coerce;
pub(crate) mod deep;
mod equality;
mod operators;
mod select;
mod sets;

pub(crate) use call::Site;
pub use coerce::Coercion;
pub(crate) use coerce::Peeling;

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{Children, Node, NodeId};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{MAX_A, Tag, Value, lazy};

/// Words of an environment.
pub(crate) const PARENT: usize = 0;
pub(crate) const FIRST_SLOT: usize = 1;

/// Errors with a longer trace are not kept: each of the cells on the way would keep a copy.
const MAX_KEPT_TRACE: usize = 256;

impl Evaluator {
    // ---- Cells ----

    /// Evaluates what a cell holds.
    #[inline(always)]
    pub(crate) fn force_cell(&self, cell: Handle) -> Result<Value> {
        let value = self.heap.cell(cell);
        if value.is_evaluated() {
            Ok(value)
        } else {
            self.force_slow(cell, value, Site::NONE)
        }
    }

    /// Evaluates what a cell holds. `site` is where its value is needed.
    #[inline(always)]
    pub(crate) fn force_cell_at(&self, cell: Handle, site: Site) -> Result<Value> {
        let value = self.heap.cell(cell);
        if value.is_evaluated() {
            Ok(value)
        } else {
            self.force_slow(cell, value, site)
        }
    }

    /// Evaluates a cell that holds a thunk of any kind.
    #[inline(never)]
    pub(crate) fn force_slow(&self, cell: Handle, thunk: Value, site: Site) -> Result<Value> {
        self.check_stack()?;
        let result = match thunk.tag() {
            Tag::Thunk => {
                let hole = lazy::BLACK_HOLE_EXPRESSION + thunk.a().min(MAX_A - 16);
                self.heap.set_cell(cell, Value::pack(Tag::Lazy, hole, 0));
                self.eval(NodeId(thunk.a()), thunk.handle())
            }
            Tag::Apply => {
                self.heap
                    .set_cell(cell, Value::pack(Tag::Lazy, lazy::BLACK_HOLE, 0));
                let argument = Value::reference(thunk.handle());
                self.force_cell(Handle(thunk.a()))
                    .and_then(|function| self.call_values_at(function, &[argument], site))
            }
            Tag::Lazy => self.force_lazy(cell, thunk, site),
            Tag::Ref => return self.force_cell(thunk.handle()),
            // Memory that nothing was written to: an attribute that is needed for its own set.
            _ => Err(self.infinite_recursion(cell)),
        };
        match result {
            Ok(value) => {
                self.heap.set_cell(cell, value);
                Ok(value)
            }
            Err(error) => Err(self.failed_thunk(cell, thunk, error)),
        }
    }

    fn force_lazy(&self, cell: Handle, thunk: Value, site: Site) -> Result<Value> {
        let hole = Value::pack(Tag::Lazy, lazy::BLACK_HOLE, 0);
        match thunk.a() {
            lazy::APPLY_MANY => {
                self.heap.set_cell(cell, hole);
                let call = thunk.handle();
                let count = self.heap.word(call, 0) as usize;
                let mut arguments = [Value::NULL; crate::builtins::MAX_ARITY];
                for (index, argument) in arguments[..count].iter_mut().enumerate() {
                    *argument = Value::reference(self.heap.handle(call, 2 + index));
                }
                let function = self.force_cell(self.heap.handle(call, 1))?;
                self.call_values_at(function, &arguments[..count], site)
            }
            lazy::ATTR => {
                self.heap.set_cell(cell, hole);
                let name = Symbol(self.heap.word(thunk.handle(), 0));
                let set = self.force_cell(self.heap.handle(thunk.handle(), 1))?;
                if !set.is(Tag::Attrs) {
                    return Err(self.unexpected("a set", set));
                }
                match self.attr_index(set.as_attrs(), name) {
                    Some(index) => self.force_cell(self.attr_cell(set.as_attrs(), index)),
                    None => Err(self.missing_attribute(set.as_attrs(), name)),
                }
            }
            lazy::FILE => {
                self.heap.set_cell(cell, hole);
                crate::files::eval_pending(self, thunk.b())
            }
            lazy::NATIVE => {
                self.heap.set_cell(cell, hole);
                let compute = std::rc::Rc::clone(&self.natives.borrow()[thunk.b() as usize]);
                let value = compute(self)?;
                self.force(value)
            }
            lazy::FAILED => {
                let errors = self.failures.errors.borrow();
                Err(Box::new(EvalError::clone(&errors[thunk.b() as usize])))
            }
            _ => Err(self.infinite_recursion(cell)),
        }
    }

    #[cold]
    fn infinite_recursion(&self, cell: Handle) -> Box<EvalError> {
        let mut error = EvalError::new(
            ErrorKind::InfiniteRecursion,
            "infinite recursion encountered",
        );
        error.recursive_cell = cell;
        error
    }

    /// Restores a thunk whose evaluation failed, so that it can be tried again. Where `tryEval` is
    /// going to catch the error, the cell keeps it instead.
    #[cold]
    fn failed_thunk(&self, cell: Handle, thunk: Value, error: Box<EvalError>) -> Box<EvalError> {
        let is_hole = thunk.is(Tag::Lazy)
            && (thunk.a() == lazy::BLACK_HOLE || thunk.a() >= lazy::BLACK_HOLE_EXPRESSION);
        let has_failed = thunk.is(Tag::Lazy) && thunk.a() == lazy::FAILED;
        if is_hole || has_failed || thunk.is(Tag::Unset) {
            return error;
        }
        let is_kept = self.failures.tries.get() > 0
            && error.kind.is_catchable()
            && error.traces.len() <= MAX_KEPT_TRACE;
        if is_kept {
            let mut errors = self.failures.errors.borrow_mut();
            let failed = Value::pack(Tag::Lazy, lazy::FAILED, errors.len() as u32);
            self.heap.set_cell(cell, failed);
            errors.push(std::rc::Rc::new(EvalError::clone(&error)));
            return error;
        }
        self.heap.set_cell(cell, thunk);
        if error.recursive_cell == cell {
            // The code outside of this thunk only leads to the cycle.
            let mut error = error.trace_always(Pos::NONE, "entering the infinite recursion");
            error.recursive_cell = Handle::NONE;
            return error;
        }
        error
    }

    /// Gives an infinite recursion the position of the variable that closes the cycle.
    #[cold]
    fn recursion_at(
        &self,
        mut error: Box<EvalError>,
        cell: Handle,
        node: NodeId,
    ) -> Box<EvalError> {
        if error.recursive_cell == cell && error.pos.is_none() {
            error.pos = self.code.pos(node);
        }
        error
    }

    /// A cell with the call of a function with one argument.
    #[inline]
    pub(crate) fn apply_cell(&self, function: Handle, argument: Handle) -> Handle {
        self.stats.thunks.add(1);
        if function.0 <= MAX_A {
            return self
                .heap
                .new_cell(Value::pack(Tag::Apply, function.0, argument.0));
        }
        self.apply_many_cell(function, &[argument.0])
    }

    /// A cell with the call of a function.
    pub(crate) fn apply_many_cell(&self, function: Handle, arguments: &[u32]) -> Handle {
        let call = self.heap.allocate((2 + arguments.len()).div_ceil(2));
        self.heap.set_word(call, 0, arguments.len() as u32);
        self.heap.set_word(call, 1, function.0);
        self.heap.copy_words(call, 2, arguments);
        self.heap
            .new_cell(Value::pack(Tag::Lazy, lazy::APPLY_MANY, call.0))
    }

    /// A cell with an attribute of a set that is not evaluated yet.
    pub(crate) fn attr_of_cell(&self, set: Handle, name: Symbol) -> Handle {
        let words = self.heap.new_words(&[name.0, set.0]);
        self.heap
            .new_cell(Value::pack(Tag::Lazy, lazy::ATTR, words.0))
    }

    /// The position of a function, or of the function that a value is a call of.
    pub(crate) fn origin_of(&self, value: Value) -> Pos {
        let mut value = self.peek(value);
        loop {
            value = match value.tag() {
                Tag::Lambda => return self.lambda(value).pos,
                Tag::Apply => self.heap.cell(Handle(value.a())),
                Tag::Lazy if value.a() == lazy::APPLY_MANY => {
                    self.heap.cell(self.heap.handle(value.handle(), 1))
                }
                _ => return Pos::NONE,
            };
        }
    }

    // ---- Limits ----

    /// Fails if the native stack is nearly used up.
    #[inline(always)]
    pub(crate) fn check_stack(&self) -> Result<()> {
        if crate::stack::position() < self.stack_limit {
            return Err(self.stack_error());
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn stack_error(&self) -> Box<EvalError> {
        EvalError::new(
            ErrorKind::StackOverflow,
            "stack overflow (possible infinite recursion)",
        )
    }

    /// Counts one more nested call and gives the number before.
    #[inline(always)]
    pub(crate) fn enter_call(&self, pos: impl FnOnce() -> Pos) -> Result<usize> {
        let depth = self.call_depth.get();
        if depth > self.settings.max_call_depth {
            return Err(self.depth_error(pos()));
        }
        self.check_stack()?;
        self.check_limits()?;
        self.call_depth.set(depth + 1);
        Ok(depth)
    }

    #[cold]
    fn depth_error(&self, pos: Pos) -> Box<EvalError> {
        let message = "stack overflow; max-call-depth exceeded";
        EvalError::new(ErrorKind::StackOverflow, message).at(pos)
    }

    /// Runs something that recurses without being a call of the language, one level deeper.
    ///
    /// # Errors
    /// When there are too many levels, or the stack is nearly used up; else what it fails with.
    #[inline]
    pub fn nested<R>(&self, f: impl FnOnce() -> Result<R>) -> Result<R> {
        let depth = self.enter_call(|| Pos::NONE)?;
        let result = f();
        self.call_depth.set(depth);
        result
    }

    // ---- Environments ----

    /// A new environment with empty slots.
    #[inline(always)]
    pub(crate) fn new_environment(&self, parent: Handle, slots: usize) -> Handle {
        self.stats.environments.add(1);
        self.stats.environment_slots.add(slots);
        let environment = self.heap.allocate((FIRST_SLOT + slots).div_ceil(2));
        self.heap.set_word(environment, PARENT, parent.0);
        environment
    }

    #[inline(always)]
    pub(crate) fn set_slot(&self, environment: Handle, index: usize, cell: Handle) {
        self.heap.set_word(environment, FIRST_SLOT + index, cell.0);
    }

    #[inline(always)]
    pub(crate) fn slot(&self, environment: Handle, index: u32) -> Handle {
        self.heap.handle(environment, FIRST_SLOT + index as usize)
    }

    #[inline(always)]
    pub(crate) fn outer(&self, mut environment: Handle, depth: u32) -> Handle {
        for _ in 0..depth {
            environment = self.heap.handle(environment, PARENT);
        }
        environment
    }

    /// The cell for an expression that is not needed yet: an existing one where there is one.
    #[inline(always)]
    pub(crate) fn thunk(&self, id: NodeId, env: Handle) -> Handle {
        match self.cheap_cell(id, env) {
            Some(cell) => {
                self.stats.thunks_avoided.add(1);
                cell
            }
            None => self.new_thunk(id, env),
        }
    }

    /// A cell with a thunk.
    #[inline(always)]
    pub(crate) fn new_thunk(&self, id: NodeId, env: Handle) -> Handle {
        self.stats.thunks.add(1);
        self.heap.new_cell(Value::pack(Tag::Thunk, id.0, env.0))
    }

    /// The cell of an expression whose value is there without evaluating anything.
    #[inline(always)]
    fn cheap_cell(&self, id: NodeId, env: Handle) -> Option<Handle> {
        let slot = match self.code.node(id) {
            Node::Constant(cell) => return Some(cell),
            Node::Local0(index) => self.slot(env, index),
            Node::Local1(index) => self.slot(self.outer(env, 1), index),
            Node::Local2(index) => self.slot(self.outer(env, 2), index),
            Node::Local { depth, index } => self.slot(self.outer(env, depth), index),
            Node::Lambda(lambda) => {
                return Some(self.heap.new_cell(Value::pack(Tag::Lambda, lambda, env.0)));
            }
            _ => return None,
        };
        // A variable may not have been set yet: in the bindings of its own set.
        (!slot.is_none()).then_some(slot)
    }

    /// The value of an expression that is needed at once: a reference where there is a cell, else
    /// its evaluated value.
    #[inline(always)]
    pub(crate) fn argument(&self, id: NodeId, env: Handle) -> Result<Value> {
        match self.cheap_cell(id, env) {
            Some(cell) => {
                self.stats.thunks_avoided.add(1);
                Ok(Value::reference(cell))
            }
            None => self.eval(id, env),
        }
    }

    // ---- Expressions ----

    /// Evaluates an expression.
    pub(crate) fn eval(&self, id: NodeId, env: Handle) -> Result<Value> {
        let (mut id, mut env) = (id, env);
        loop {
            match self.code.node(id) {
                Node::Constant(cell) => return self.force_cell(cell),
                Node::Local0(index) => return self.variable(self.slot(env, index), id),
                Node::Local1(index) => {
                    return self.variable(self.slot(self.outer(env, 1), index), id);
                }
                Node::Local2(index) => {
                    return self.variable(self.slot(self.outer(env, 2), index), id);
                }
                Node::Local { depth, index } => {
                    return self.variable(self.slot(self.outer(env, depth), index), id);
                }
                Node::FromWith {
                    name,
                    start,
                    len,
                    cache,
                } => {
                    let len = u32::from(len);
                    return self.with_variable(name, Children { start, len }, cache, env, id);
                }
                Node::Select { base, name, cache } => {
                    return self.select(base, name, cache, env, id);
                }
                Node::SelectPath { base, path } => {
                    return self.select_path(base, path, env, id);
                }
                Node::HasAttr { base, path } => return self.has_attr(base, path, env),
                Node::Set(set) => return self.set(set, env),
                Node::RecursiveSet(set) => return self.recursive_set(set, env),
                Node::List(elements) => return Ok(self.list_node(elements, env)),
                Node::Lambda(lambda) => return Ok(Value::pack(Tag::Lambda, lambda, env.0)),
                Node::Call {
                    function,
                    arguments,
                } => {
                    let function = self.eval_operand(function, env)?;
                    return self.call_nodes(function, arguments, env, id);
                }
                Node::CallBuiltin { builtin, arguments } => {
                    return self.call_builtin_node(builtin, arguments, env, id);
                }
                Node::Let { set, body } => {
                    env = self.let_environment(set, env);
                    id = body;
                }
                Node::If { condition, yes, no } => {
                    let what = "while evaluating a branch condition";
                    id = if self.eval_bool(condition, env, what)? {
                        yes
                    } else {
                        no
                    };
                }
                Node::Assert { condition, body } => {
                    if !self.eval_bool(
                        condition,
                        env,
                        "in the condition of the assert statement",
                    )? {
                        return Err(self.assertion_failed(id, condition, env));
                    }
                    id = body;
                }
                Node::With { set, body } => {
                    let inner = self.new_environment(env, 1);
                    self.set_slot(inner, 0, self.thunk(set, env));
                    env = inner;
                    id = body;
                }
                Node::Not(operand) => {
                    let value = self.eval_bool(operand, env, "in the argument of '!'")?;
                    return Ok(Value::bool(!value));
                }
                Node::And(left, right) => {
                    let value = self.eval_bool(left, env, "in the left operand of '&&'")?
                        && self.eval_bool(right, env, "in the right operand of '&&'")?;
                    return Ok(Value::bool(value));
                }
                Node::Or(left, right) => {
                    let value = self.eval_bool(left, env, "in the left operand of '||'")?
                        || self.eval_bool(right, env, "in the right operand of '||'")?;
                    return Ok(Value::bool(value));
                }
                Node::Implies(left, right) => {
                    let value = !self.eval_bool(left, env, "in the left operand of '->'")?
                        || self.eval_bool(right, env, "in the right operand of '->'")?;
                    return Ok(Value::bool(value));
                }
                Node::Equal(left, right) => {
                    return self.equal_nodes(left, right, env, id).map(Value::bool);
                }
                Node::NotEqual(left, right) => {
                    return self.not_equal_nodes(left, right, env, id).map(Value::bool);
                }
                Node::Update(left, right) => return self.update_nodes(left, right, env),
                Node::Concat(left, right) => return self.concat_nodes(left, right, env, id),
                Node::Add(left, right) => return self.add_nodes(left, right, env, id),
                Node::Subtract(left, right) => {
                    return self
                        .arithmetic(left, right, env, id, i64::checked_sub, |e| e.names.sub);
                }
                Node::Multiply(left, right) => {
                    return self
                        .arithmetic(left, right, env, id, i64::checked_mul, |e| e.names.mul);
                }
                Node::Less(left, right) => return self.less_nodes(left, right, env, id),
                Node::Interpolated(parts) => return self.interpolated(parts, env),
                Node::InterpolatedPath(parts) => {
                    return self.interpolated_path(parts, env, id);
                }
                Node::CurrentPosition => return Ok(self.position_attrs(self.code.pos(id))),
            }
        }
    }

    /// Evaluates a part of an expression. Most parts are variables, for which it is not worth while
    /// to begin anew.
    #[inline(always)]
    fn eval_operand(&self, id: NodeId, env: Handle) -> Result<Value> {
        match self.code.node(id) {
            Node::Constant(cell) => self.force_cell(cell),
            Node::Local0(index) => self.variable(self.slot(env, index), id),
            Node::Local1(index) => self.variable(self.slot(self.outer(env, 1), index), id),
            Node::Local2(index) => self.variable(self.slot(self.outer(env, 2), index), id),
            _ => self.eval(id, env),
        }
    }

    /// Evaluates an expression; an error gets a step with the position of the expression.
    #[inline(always)]
    pub(crate) fn eval_traced(&self, id: NodeId, env: Handle, what: &'static str) -> Result<Value> {
        match self.eval_operand(id, env) {
            Ok(value) => Ok(value),
            Err(error) => Err(error.trace(self.code.pos(id), what)),
        }
    }

    #[inline(always)]
    pub(crate) fn eval_bool(&self, id: NodeId, env: Handle, what: &'static str) -> Result<bool> {
        match self.eval(id, env) {
            Ok(value) if value.is(Tag::Bool) => Ok(value.as_bool()),
            Ok(value) => {
                let pos = self.code.pos(id);
                Err(self.unexpected("a Boolean", value).at(pos).trace(pos, what))
            }
            Err(error) => Err(error.trace(self.code.pos(id), what)),
        }
    }

    #[inline(always)]
    fn variable(&self, cell: Handle, id: NodeId) -> Result<Value> {
        let value = self.heap.cell(cell);
        if value.is_evaluated() {
            return Ok(value);
        }
        match self.force_slow(cell, value, Site::Node(id)) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.recursion_at(error, cell, id)),
        }
    }

    fn with_variable(
        &self,
        name: Symbol,
        environments: Children,
        cache: u32,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        for (cache, &depth) in (cache..).zip(self.code.children(environments)) {
            let cell = self.slot(self.outer(env, depth), 0);
            let set = self.force_cell(cell)?;
            if !set.is(Tag::Attrs) {
                let what = "while evaluating the first subexpression of a with expression";
                return Err(self.unexpected("a set", set).trace(self.code.pos(id), what));
            }
            if let Some(index) = self.cached_index(set.as_attrs(), name, cache) {
                return self.variable(self.attr_cell(set.as_attrs(), index), id);
            }
        }
        Err(self.not_in_with(name, environments, env, id))
    }

    #[cold]
    fn not_in_with(
        &self,
        name: Symbol,
        environments: Children,
        env: Handle,
        id: NodeId,
    ) -> Box<EvalError> {
        let message = format!("undefined variable '{}'", self.symbol_shown(name));
        let sets = self.code.children(environments).iter();
        let names = sets.filter_map(|&depth| {
            let set = self.heap.cell(self.slot(self.outer(env, depth), 0));
            set.is(Tag::Attrs)
                .then(|| self.attrs_by_symbol(set.as_attrs()))
        });
        EvalError::new(ErrorKind::UndefinedVariable, message)
            .at(self.code.pos(id))
            .suggest_variable(
                self.symbol_text(name),
                names.flatten().map(|attr| self.symbol_text(attr.name)),
            )
    }

    fn list_node(&self, elements: Children, env: Handle) -> Value {
        let nodes = self.code.children(elements);
        let list = self.heap.allocate(nodes.len().div_ceil(2));
        self.stats.list_elements.add(nodes.len());
        for (index, &node) in nodes.iter().enumerate() {
            self.heap
                .set_word(list, index, self.thunk(NodeId(node), env).0);
        }
        Value::list(crate::value::List {
            len: nodes.len() as u32,
            elements: list,
        })
    }

    /// The value of `__curPos` and of `unsafeGetAttrPos`: null where there is no file.
    pub(crate) fn position_attrs(&self, pos: Pos) -> Value {
        let Some(crate::source::Origin::File(path)) = self.sources.origin(pos) else {
            return Value::NULL;
        };
        // Lines are counted only if somebody asks: most positions are never looked at.
        let part = |pick: fn((u32, u32)) -> u32| {
            self.lazy(move |e| {
                let read = |path: &[u8]| e.read_source(path);
                let found = e.sources.line_and_column(pos, &read).map_or(0, pick);
                Ok(e.int(i64::from(found)))
            })
        };
        self.attrs(&[
            (self.names.file, self.string(&path)),
            (self.names.line, part(|(line, _)| line)),
            (self.names.column, part(|(_, column)| column)),
        ])
    }
}
