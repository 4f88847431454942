//! Failed assertions: what was asserted, and how two values that should be equal differ.

use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::ir::{Node, NodeId};
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Kind, List, Tag, Value};

impl Evaluator {
    /// The error of `assert condition; ...`.
    #[cold]
    pub(super) fn assertion_failed(
        &self,
        id: NodeId,
        condition: NodeId,
        env: Handle,
    ) -> Box<EvalError> {
        let pos = self.code.pos(id);
        let text = self.show_asserted(pos);
        if let Node::Equal(left, right) = self.code.node(condition)
            && let Err(error) = self.explain_difference(left, right, env, condition)
        {
            if error.kind != ErrorKind::Assertion {
                return error;
            }
            let what = format!("while evaluating the condition of the assertion '{text}'");
            return error.trace(pos, what);
        }
        EvalError::new(ErrorKind::Assertion, format!("assertion '{text}' failed")).at(pos)
    }

    fn explain_difference(
        &self,
        left: NodeId,
        right: NodeId,
        env: Handle,
        condition: NodeId,
    ) -> Result<()> {
        let a = self.eval(left, env)?;
        let b = self.eval(right, env)?;
        self.assert_equal(a, b, self.code.pos(condition))
    }

    /// Fails with the first difference between two values.
    fn assert_equal(&self, a: Value, b: Value, pos: Pos) -> Result<()> {
        self.nested(|| {
            let (x, y) = (self.force(a)?, self.force(b)?);
            if a.is(Tag::Ref) && a == b {
                return Ok(());
            }
            self.assert_equal_evaluated(x, y, pos)
        })
    }

    fn assert_equal_evaluated(&self, a: Value, b: Value, pos: Pos) -> Result<()> {
        let (kind, other) = (self.kind_of(a), self.kind_of(b));
        let show = |value| self.print_for_error(value);
        let is_number = |kind| matches!(kind, Kind::Int | Kind::Float);
        if is_number(kind) && is_number(other) {
            if self.equal(a, b)? {
                return Ok(());
            }
            return Err(differs(format!(
                "{} with value '{}' is not equal to {} with value '{}'",
                self.describe(a),
                show(a),
                self.describe(b),
                show(b)
            )));
        }
        if kind != other {
            return Err(differs(format!(
                "{} of value '{}' is not equal to {} of value '{}'",
                self.describe(a),
                show(a),
                self.describe(b),
                show(b)
            )));
        }
        let name = match kind {
            Kind::Bool => "boolean",
            Kind::String => "string",
            Kind::Path => "path",
            Kind::List => return self.assert_equal_lists(a.as_list(), b.as_list(), pos),
            Kind::Attrs => return self.assert_equal_sets(a.as_attrs(), b.as_attrs(), pos),
            Kind::Function => {
                return Err(differs(
                    "distinct functions and immediate comparisons of identical functions compare as unequal"
                        .to_owned(),
                ));
            }
            Kind::Null | Kind::Int | Kind::Float => return Ok(()),
        };
        if self.equal(a, b)? {
            return Ok(());
        }
        Err(differs(format!(
            "{name} '{}' is not equal to {name} '{}'",
            show(a),
            show(b)
        )))
    }

    fn assert_equal_lists(&self, a: List, b: List, pos: Pos) -> Result<()> {
        if a.len() != b.len() {
            return Err(differs(format!(
                "list of size '{}' is not equal to list of size '{}', left hand side is '{}', right hand side is '{}'",
                a.len(),
                b.len(),
                self.print_for_error(Value::list(a)),
                self.print_for_error(Value::list(b))
            )));
        }
        for (index, (x, y)) in self.elements(a).zip(self.elements(b)).enumerate() {
            self.assert_equal(x, y, pos).map_err(|error| {
                error.trace(pos, format!("while comparing list element {index}"))
            })?;
        }
        Ok(())
    }

    fn assert_equal_sets(&self, a: Attrs, b: Attrs, pos: Pos) -> Result<()> {
        if self.is_derivation(a)? && self.is_derivation(b)? {
            let out_path = self.names.out_path;
            if let (Some(x), Some(y)) = (self.attr(a, out_path), self.attr(b, out_path)) {
                return self.assert_equal(x, y, pos).map_err(|error| {
                    let what = "while comparing a derivation by its 'outPath' attribute";
                    error.trace(pos, what)
                });
            }
        }
        let show = |set: Attrs| self.print_for_error(Value::attrs(set));
        if self.attrs_len(a) != self.attrs_len(b) {
            return Err(differs(format!(
                "attribute names of attribute set '{}' differs from attribute set '{}'",
                show(a),
                show(b)
            )));
        }
        for (index, (x, y)) in self
            .attrs_by_symbol(a)
            .zip(self.attrs_by_symbol(b))
            .enumerate()
        {
            if x.name != y.name {
                return Err(self.name_differs(a, b, x.name, y.name));
            }
            self.assert_equal(x.value, y.value, pos)
                .map_err(|mut error| {
                    let places = [
                        (self.attr_pos_at(b, index), "where right hand side is"),
                        (self.attr_pos_at(a, index), "where left hand side is"),
                    ];
                    for (place, what) in places {
                        if !place.is_none() {
                            error = error.trace(place, what);
                        }
                    }
                    let name = self.symbol_shown(x.name);
                    error.trace(pos, format!("while comparing attribute '{name}'"))
                })?;
        }
        Ok(())
    }

    fn name_differs(&self, a: Attrs, b: Attrs, x: Symbol, y: Symbol) -> Box<EvalError> {
        let show = |set: Attrs| self.print_for_error(Value::attrs(set));
        let (left, right) = (show(a), show(b));
        let message = if self.attr(b, x).is_none() {
            let name = self.symbol_shown(x);
            format!("attribute name '{name}' is contained in '{left}', but not in '{right}'")
        } else {
            let name = self.symbol_shown(y);
            format!("attribute name '{name}' is missing in '{left}', but is contained in '{right}'")
        };
        differs(message)
    }
}

fn differs(message: String) -> Box<EvalError> {
    EvalError::new(ErrorKind::Assertion, message)
}
