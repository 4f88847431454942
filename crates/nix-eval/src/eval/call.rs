//! Calls.

use crate::builtins::MAX_ARITY;
use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::host::Message;
use crate::ir::{Children, LambdaInfo, NodeId};
use crate::source::Pos;
use crate::value::{Attrs, Tag, Value};

/// Where a value is needed: its position is looked up only for errors.
#[derive(Clone, Copy)]
pub(crate) enum Site {
    /// An expression.
    Node(NodeId),
    /// A position that is known.
    Pos(Pos),
    /// An attribute that is selected by an expression. Where the attribute has no position, that
    /// of the expression counts.
    Attr {
        set: Attrs,
        index: u32,
        node: NodeId,
    },
}

impl Site {
    /// No place in a program.
    pub(crate) const NONE: Site = Site::Pos(Pos::NONE);

    pub(crate) fn pos(self, e: &Evaluator) -> Pos {
        match self {
            Site::Node(node) => e.code.pos(node),
            Site::Pos(pos) => pos,
            Site::Attr { set, index, node } => {
                let pos = e.attr_pos_at(set, index as usize);
                if pos.is_none() { e.code.pos(node) } else { pos }
            }
        }
    }
}

impl Evaluator {
    /// Calls an evaluated function with the values of expressions.
    pub(super) fn call_nodes(
        &self,
        function: Value,
        arguments: Children,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let depth = self.enter_call(|| self.code.pos(id))?;
        let site = Site::Node(id);
        self.observe_call(site, true);
        let result = self.call_nodes_inner(function, arguments, env, site);
        self.observe_call(site, false);
        self.call_depth.set(depth);
        result
    }

    #[inline(always)]
    fn call_nodes_inner(
        &self,
        mut function: Value,
        arguments: Children,
        env: Handle,
        site: Site,
    ) -> Result<Value> {
        let mut nodes = self.code.children(arguments);
        while let Some((&first, rest)) = nodes.split_first() {
            match function.tag() {
                Tag::Lambda => {
                    let lambda = self.lambda(function);
                    function = if lambda.has_formals {
                        let argument = self.argument(NodeId(first), env);
                        self.call_with_set(lambda, function.handle(), argument, site)?
                    } else {
                        let cell = self.thunk(NodeId(first), env);
                        self.call_simple(lambda, function.handle(), cell, site)?
                    };
                    nodes = rest;
                }
                Tag::Builtin => {
                    let (values, count) = self.builtin_arguments(function);
                    let mut values = values;
                    let builtin = &self.builtins[function.a() as usize];
                    let arity = builtin.arity as usize;
                    let taken = (arity - count).min(nodes.len());
                    let (own, rest) = nodes.split_at(taken);
                    for (index, &node) in own.iter().enumerate() {
                        values[count + index] = Value::reference(self.thunk(NodeId(node), env));
                    }
                    let count = count + taken;
                    if count < arity {
                        return Ok(self.partial(function, &values[..count]));
                    }
                    function = self.run_builtin(function.a(), &values[..count], site)?;
                    nodes = rest;
                }
                _ => {
                    let argument = Value::reference(self.thunk(NodeId(first), env));
                    function = self.call_functor(function, argument, site)?;
                    nodes = rest;
                }
            }
        }
        Ok(function)
    }

    /// Calls an evaluated function.
    pub(crate) fn call_values(
        &self,
        function: Value,
        arguments: &[Value],
        pos: Pos,
    ) -> Result<Value> {
        self.call_values_at(function, arguments, Site::Pos(pos))
    }

    /// Calls an evaluated function.
    pub(crate) fn call_values_at(
        &self,
        function: Value,
        arguments: &[Value],
        site: Site,
    ) -> Result<Value> {
        let depth = self.enter_call(|| site.pos(self))?;
        self.observe_call(site, true);
        let result = self.call_values_inner(function, arguments, site);
        self.observe_call(site, false);
        self.call_depth.set(depth);
        result
    }

    /// Tells of the begin or end of a call, if that is wanted.
    #[inline(always)]
    fn observe_call(&self, site: Site, entered: bool) {
        if self.settings.trace_function_calls {
            self.tell_call(site, entered);
        }
    }

    #[cold]
    fn tell_call(&self, site: Site, entered: bool) {
        let location = self.locate(site.pos(self));
        let location = location.map_or("undefined position".to_owned(), |it| it.to_string());
        self.host.message(Message::Call {
            location: &location,
            entered,
        });
    }

    fn call_values_inner(
        &self,
        mut function: Value,
        arguments: &[Value],
        site: Site,
    ) -> Result<Value> {
        let mut arguments = arguments;
        while let Some((&first, rest)) = arguments.split_first() {
            match function.tag() {
                Tag::Lambda => {
                    let lambda = self.lambda(function);
                    function = if lambda.has_formals {
                        self.call_with_set(lambda, function.handle(), Ok(first), site)?
                    } else {
                        let cell = self.cell(first);
                        self.call_simple(lambda, function.handle(), cell, site)?
                    };
                    arguments = rest;
                }
                Tag::Builtin => {
                    let (mut values, count) = self.builtin_arguments(function);
                    let arity = self.builtins[function.a() as usize].arity as usize;
                    let taken = (arity - count).min(arguments.len());
                    let (own, rest) = arguments.split_at(taken);
                    values[count..count + taken].copy_from_slice(own);
                    let count = count + taken;
                    if count < arity {
                        return Ok(self.partial(function, &values[..count]));
                    }
                    function = self.run_builtin(function.a(), &values[..count], site)?;
                    arguments = rest;
                }
                _ => {
                    function = self.call_functor(function, first, site)?;
                    arguments = rest;
                }
            }
        }
        Ok(function)
    }

    #[inline(always)]
    pub(crate) fn lambda(&self, function: Value) -> &LambdaInfo {
        &self.code.lambdas.slice(function.a(), 1)[0]
    }

    /// Calls `x: body`.
    #[inline(always)]
    fn call_simple(
        &self,
        lambda: &LambdaInfo,
        parent: Handle,
        argument: Handle,
        site: Site,
    ) -> Result<Value> {
        let env = self.new_environment(parent, 1);
        self.set_slot(env, 0, argument);
        self.call_body(lambda, env, site)
    }

    #[inline(always)]
    fn call_body(&self, lambda: &LambdaInfo, env: Handle, site: Site) -> Result<Value> {
        self.stats.function_calls.add(1);
        if self.settings.count_calls {
            self.stats.count_function(lambda.name, lambda.pos);
        }
        match self.eval(lambda.body, env) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.trace_call(error, lambda, site)),
        }
    }

    #[cold]
    fn trace_call(&self, error: Box<EvalError>, lambda: &LambdaInfo, site: Site) -> Box<EvalError> {
        if !self.settings.trace_calls {
            return error;
        }
        let name = match lambda.name {
            Some(name) => format!("while calling '{}'", self.symbol_lossy(name)),
            None => "while calling anonymous lambda".to_owned(),
        };
        self.trace_site(error.trace(lambda.pos, name), site)
    }

    #[cold]
    fn trace_site(&self, error: Box<EvalError>, site: Site) -> Box<EvalError> {
        let pos = site.pos(self);
        if pos.is_none() {
            error
        } else {
            error.trace(pos, "from call site")
        }
    }

    /// Calls `{ a, b ? c, ... }: body`.
    fn call_with_set(
        &self,
        lambda: &LambdaInfo,
        parent: Handle,
        argument: Result<Value>,
        site: Site,
    ) -> Result<Value> {
        let (argument, set) = match argument.and_then(|v| Ok((v, self.force(v)?))) {
            Ok((argument, value)) if value.is(Tag::Attrs) => (argument, value.as_attrs()),
            Ok((_, value)) => {
                let what = "while evaluating the value passed for the lambda argument";
                let error = self.unexpected("a set", value).trace(lambda.pos, what);
                return Err(self.trace_site(error, site));
            }
            Err(error) => return Err(self.trace_site(error, site)),
        };
        let formals = self.code.formals_of(lambda);
        let has_name = usize::from(lambda.argument.is_some());
        let env = self.new_environment(parent, has_name + formals.len());
        if has_name != 0 {
            self.set_slot(env, 0, self.cell(argument));
        }
        self.note_names(set);
        let keys = self.attr_keys(set);
        let mut used = 0;
        let mut from = 0;
        for formal in formals {
            let slot = has_name + formal.written as usize;
            // Both are in the order of symbols: what was passed need not be searched again.
            match crate::attrs::find_key_from(keys, &mut from, formal.name.0) {
                Some(found) => {
                    used += 1;
                    self.set_slot(env, slot, self.attr_cell(set, found));
                }
                None => {
                    let Some(default) = formal.default else {
                        let missing = self.symbol_lossy(formal.name);
                        let message = format!(
                            "function '{}' called without required argument '{missing}'",
                            self.lambda_name(lambda)
                        );
                        let error = EvalError::new(ErrorKind::MissingArgument, message);
                        return Err(self.trace_site(error.at(lambda.pos), site));
                    };
                    // Other formals may not be set yet; then the thunk looks them up later.
                    self.set_slot(env, slot, self.thunk(default, env));
                }
            }
        }
        if !lambda.ellipsis && used != keys.len() {
            return Err(self.unexpected_argument(lambda, set, site));
        }
        self.call_body(lambda, env, site)
    }

    #[cold]
    fn unexpected_argument(&self, lambda: &LambdaInfo, set: Attrs, site: Site) -> Box<EvalError> {
        let formals = self.code.formals_of(lambda);
        let unexpected = self
            .attrs_by_symbol(set)
            .map(|attr| attr.name)
            .find(|&name| formals.iter().all(|formal| formal.name != name));
        let name = unexpected
            .map(|name| self.symbol_text(name))
            .unwrap_or_default();
        let message = format!(
            "function '{}' called with unexpected argument '{}'",
            self.lambda_name(lambda),
            crate::print::identifier(name)
        );
        let error = EvalError::type_error(message).at(lambda.pos).suggest(
            name,
            formals.iter().map(|formal| self.symbol_text(formal.name)),
        );
        self.trace_site(error, site)
    }

    fn lambda_name(&self, lambda: &LambdaInfo) -> String {
        match lambda.name {
            Some(name) => self.symbol_lossy(name).into_owned(),
            None => "anonymous lambda".to_owned(),
        }
    }

    // ---- Builtins ----

    /// The arguments that a builtin has already.
    #[inline(always)]
    fn builtin_arguments(&self, function: Value) -> ([Value; MAX_ARITY], usize) {
        let mut values = [Value::NULL; MAX_ARITY];
        let partial = function.handle();
        if partial.is_none() {
            return (values, 0);
        }
        let count = self.heap.word(partial, 0) as usize;
        for (index, value) in values[..count].iter_mut().enumerate() {
            *value = Value::reference(self.heap.handle(partial, 1 + index));
        }
        (values, count)
    }

    /// A builtin with some, but not all, of its arguments.
    fn partial(&self, function: Value, arguments: &[Value]) -> Value {
        let partial = self.heap.allocate((1 + arguments.len()).div_ceil(2));
        self.heap.set_word(partial, 0, arguments.len() as u32);
        for (index, &argument) in arguments.iter().enumerate() {
            self.heap
                .set_word(partial, 1 + index, self.cell(argument).0);
        }
        Value::pack(Tag::Builtin, function.a(), partial.0)
    }

    fn run_builtin(&self, number: u32, arguments: &[Value], site: Site) -> Result<Value> {
        self.stats.builtin_calls.add(1);
        if self.settings.count_calls {
            self.stats.count_builtin(number);
        }
        let builtin = &self.builtins[number as usize];
        match (builtin.function)(self, arguments).and_then(|value| self.force(value)) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.trace_builtin(error, number, site)),
        }
    }

    #[cold]
    fn trace_builtin(&self, error: Box<EvalError>, number: u32, site: Site) -> Box<EvalError> {
        let builtin = &self.builtins[number as usize];
        if !builtin.traced {
            return error;
        }
        let name = builtin.name;
        error.trace(
            site.pos(self),
            format!("while calling the '{name}' builtin"),
        )
    }

    /// Calls a builtin that is known in advance.
    pub(super) fn call_builtin_node(
        &self,
        number: u32,
        arguments: Children,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let depth = self.enter_call(|| self.code.pos(id))?;
        self.observe_call(Site::Node(id), true);
        let result = self.call_builtin_inner(number, arguments, env, id);
        self.observe_call(Site::Node(id), false);
        self.call_depth.set(depth);
        result
    }

    #[inline(always)]
    fn call_builtin_inner(
        &self,
        number: u32,
        arguments: Children,
        env: Handle,
        id: NodeId,
    ) -> Result<Value> {
        let strict = self.builtins[number as usize].strict;
        let nodes = self.code.children(arguments);
        let mut values = [Value::NULL; MAX_ARITY];
        for (index, &node) in nodes.iter().enumerate() {
            values[index] = if strict & (1 << index) != 0 {
                match self.argument(NodeId(node), env) {
                    Ok(value) => value,
                    Err(error) => return Err(self.trace_builtin(error, number, Site::Node(id))),
                }
            } else {
                Value::reference(self.thunk(NodeId(node), env))
            };
        }
        self.run_builtin(number, &values[..nodes.len()], Site::Node(id))
    }

    /// Calls the builtin behind an operator with evaluated operands.
    #[cold]
    pub(super) fn call_operator(
        &self,
        name: crate::symbol::Symbol,
        operands: &[Value],
        id: NodeId,
    ) -> Result<Value> {
        let builtin = self.globals.get(name).map(|cell| self.heap.cell(cell));
        let number = builtin.map_or(0, Value::a);
        self.run_builtin(number, operands, Site::Node(id))
    }

    /// The error of an operand of the builtin behind an operator.
    #[cold]
    pub(super) fn trace_operator(
        &self,
        error: Box<EvalError>,
        name: crate::symbol::Symbol,
        id: NodeId,
    ) -> Box<EvalError> {
        let builtin = self.globals.get(name).map(|cell| self.heap.cell(cell));
        self.trace_builtin(error, builtin.map_or(0, Value::a), Site::Node(id))
    }

    // ---- Functors ----

    fn call_functor(&self, function: Value, argument: Value, site: Site) -> Result<Value> {
        if function.is(Tag::Attrs)
            && let Some(index) = self.attr_index(function.as_attrs(), self.names.functor)
        {
            let set = function.as_attrs();
            let pos = self.attr_pos_at(set, index);
            let functor = Value::reference(self.attr_cell(set, index));
            let this = Value::reference(self.heap.new_cell(function));
            return self
                .force(functor)
                .and_then(|functor| self.call_values(functor, &[this, argument], pos))
                .map_err(|error| {
                    let what =
                        "while calling a functor (an attribute set with a '__functor' attribute)";
                    error.trace(site.pos(self), what)
                });
        }
        let message = format!(
            "attempt to call something which is not a function but {}: {}",
            self.describe(function),
            self.print_for_error(function)
        );
        Err(EvalError::type_error(message).at(site.pos(self)))
    }

    /// Calls a function that takes a set with what it wants of `available`, or gives it back as it
    /// is if it does not take a set: how the programs of a command line are applied.
    ///
    /// # Errors
    ///
    /// If a required argument is not available or the call fails.
    pub fn auto_call(
        &self,
        function: Value,
        available: &[(crate::Symbol, Value)],
    ) -> Result<Value> {
        let function = self.force(function)?;
        if function.is(Tag::Attrs)
            && let Some(functor) = self.attr(function.as_attrs(), self.names.functor)
        {
            let this = Value::reference(self.heap.new_cell(function));
            let functor = self.force(functor)?;
            let inner = self.call_values(functor, &[this], Pos::NONE)?;
            return self.auto_call(inner, available);
        }
        if !function.is(Tag::Lambda) || !self.lambda(function).has_formals {
            return Ok(function);
        }
        let lambda = self.lambda(function);
        let mut arguments = Vec::new();
        if lambda.ellipsis {
            arguments.extend_from_slice(available);
        } else {
            for formal in self.code.formals_of(lambda) {
                if let Some(&(name, value)) = available.iter().find(|(n, _)| *n == formal.name) {
                    arguments.push((name, value));
                } else if formal.default.is_none() {
                    let message = format!(
                        "cannot evaluate a function that has an argument without a value ('{}')\n\
                         Nix attempted to evaluate a function as a top level expression; in\n\
                         this case it must have its arguments supplied either by default\n\
                         values, or passed explicitly with '--arg' or '--argstr'. See\n\
                         https://nix.dev/manual/nix/stable/language/syntax.html#functions.",
                        self.symbol_lossy(formal.name)
                    );
                    return Err(EvalError::new(ErrorKind::MissingArgument, message).at(formal.pos));
                }
            }
        }
        let argument = self.attrs(&arguments);
        self.call_values(function, &[argument], lambda.pos)
    }
}
