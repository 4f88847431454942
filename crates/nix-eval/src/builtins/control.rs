//! Control: errors, order of evaluation, messages.

use super::Builtin;
use crate::error::{ErrorKind, EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::host::Message;
use crate::source::Pos;
use crate::value::{Tag, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::global("abort", 1, 0, abort),
    Builtin::global("throw", 1, 0, throw),
    Builtin::new("tryEval", 1, 0, try_eval),
    Builtin::new("seq", 2, 0b01, seq),
    Builtin::new("deepSeq", 2, 0, deep_seq),
    Builtin::new("trace", 2, 0b01, trace),
    Builtin::new("traceVerbose", 2, 0, trace_verbose),
    Builtin::new("warn", 2, 0b01, warn),
    Builtin::global("break", 1, 0, |_, args| Ok(args[0])),
    Builtin::new("addErrorContext", 2, 0, add_error_context).untraced(),
];

/// Strings and paths where paths are copied to the store: the default of Nix.
const COPYING: Coercion = Coercion {
    more: false,
    copy_to_store: true,
};

fn abort(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the error message passed to builtins.abort";
    let (text, _) = e.coerce_to_string(args[0], COPYING, what)?;
    let text = String::from_utf8_lossy(&text);
    let message = format!("evaluation aborted with the following error message: '{text}'");
    Err(EvalError::new(ErrorKind::Abort, message))
}

fn throw(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the error message passed to builtin.throw";
    let (text, _) = e.coerce_to_string(args[0], COPYING, what)?;
    Err(EvalError::new(
        ErrorKind::Throw,
        String::from_utf8_lossy(&text),
    ))
}

fn try_eval(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let depth = e.call_depth.get();
    let tries = e.failures.tries.get();
    e.failures.tries.set(tries + 1);
    let result = e.force(args[0]);
    e.failures.tries.set(tries);
    let (success, value) = match result {
        Ok(_) => (Value::TRUE, args[0]),
        Err(error) if error.kind.is_catchable() => {
            e.call_depth.set(depth);
            (Value::FALSE, Value::FALSE)
        }
        Err(error) => return Err(error),
    };
    Ok(e.attrs(&[(e.names.success, success), (e.names.value, value)]))
}

fn seq(e: &Evaluator, args: &[Value]) -> Result<Value> {
    e.force(args[0])?;
    Ok(args[1])
}

fn deep_seq(e: &Evaluator, args: &[Value]) -> Result<Value> {
    e.force_deep(args[0])?;
    Ok(args[1])
}

fn trace(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let value = e.force(args[0])?;
    if value.is(Tag::String) {
        e.host
            .message(Message::Trace(&e.text_of(value).to_string_lossy()));
    } else {
        e.host.message(Message::Trace(&e.print_unevaluated(value)));
    }
    Ok(args[1])
}

fn trace_verbose(e: &Evaluator, args: &[Value]) -> Result<Value> {
    if e.settings.trace_verbose {
        trace(e, args)
    } else {
        Ok(args[1])
    }
}

fn warn(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument; the message passed to builtins.warn";
    let text = e.force_string(args[0], what)?;
    e.host
        .message(Message::EvaluationWarning(&text.to_string_lossy()));
    if e.settings.abort_on_warn {
        return Err(EvalError::eval(
            "aborting to reveal stack trace of warning, as abort-on-warn is set",
        ));
    }
    Ok(args[1])
}

fn add_error_context(e: &Evaluator, args: &[Value]) -> Result<Value> {
    match e.force(args[1]) {
        Ok(_) => Ok(args[1]),
        Err(error) => {
            let what = "while evaluating the error message passed to builtins.addErrorContext";
            let (text, _) = e.coerce_to_string(args[0], Coercion::PLAIN, what)?;
            let text = String::from_utf8_lossy(&text).into_owned();
            Err(error.trace_always(Pos::NONE, text))
        }
    }
}
