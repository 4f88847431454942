//! `genericClosure`

use std::cmp::Ordering;
use std::collections::VecDeque;

use super::attrs::missing;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::source::Pos;
use crate::value::Value;

/// The keys seen so far, as a search tree: comparing keys may fail, so no standard map can hold
/// them.
struct Keys {
    nodes: Vec<Node>,
    root: Option<usize>,
}

struct Node {
    key: Value,
    element: Value,
    priority: u32,
    children: [Option<usize>; 2],
}

impl Keys {
    /// Adds a key and says whether it is new. The tree is a treap: balanced whatever the order.
    fn insert(&mut self, e: &Evaluator, key: Value, element: Value) -> Result<bool> {
        let mut path: Vec<(usize, usize)> = Vec::new();
        let mut at = self.root;
        while let Some(node) = at {
            let side = match super::arithmetic::compare(e, key, self.nodes[node].key)? {
                Ordering::Equal => return Ok(false),
                Ordering::Less => 0,
                Ordering::Greater => 1,
            };
            path.push((node, side));
            at = self.nodes[node].children[side];
        }
        let new = self.nodes.len();
        let priority = (new as u32).wrapping_add(1).wrapping_mul(0x9e37_79b9);
        self.nodes.push(Node {
            key,
            element,
            priority,
            children: [None, None],
        });
        match path.last() {
            Some(&(parent, side)) => self.nodes[parent].children[side] = Some(new),
            None => self.root = Some(new),
        }
        // Rotate upwards as long as the parent has a smaller priority.
        while let Some((parent, side)) = path.pop() {
            if self.nodes[parent].priority >= priority {
                break;
            }
            self.nodes[parent].children[side] = self.nodes[new].children[1 - side];
            self.nodes[new].children[1 - side] = Some(parent);
            match path.last() {
                Some(&(above, side)) => self.nodes[above].children[side] = Some(new),
                None => self.root = Some(new),
            }
        }
        Ok(true)
    }
}

pub(super) fn generic_closure(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.genericClosure";
    let attrs = e.force_attrs(args[0], what)?;
    let place = "in the attrset passed as argument to builtins.genericClosure";
    let start = e
        .attr(attrs, e.names.start_set)
        .ok_or_else(|| missing(b"startSet", place))?;
    let what =
        "while evaluating the 'startSet' attribute passed as argument to builtins.genericClosure";
    let start = e.force_list(start, what)?;
    if start.is_empty() {
        return Ok(Value::list(start));
    }
    let operator = e
        .attr(attrs, e.names.operator)
        .ok_or_else(|| missing(b"operator", place))?;
    let what =
        "while evaluating the 'operator' attribute passed as argument to builtins.genericClosure";
    let operator = e.force_function(operator, what)?;

    let mut waiting: VecDeque<Value> = e.elements(start).collect();
    let mut keys = Keys {
        nodes: Vec::new(),
        root: None,
    };
    let mut found = Vec::new();
    while let Some(element) = waiting.pop_front() {
        let shown = |error: Box<EvalError>| {
            let element = e.print_for_error(element);
            error.trace(Pos::NONE, format!("in genericClosure element {element}"))
        };
        let attrs = e.force_attrs(element, "").map_err(shown)?;
        let key = e
            .attr(attrs, e.names.key)
            .ok_or_else(|| shown(missing(b"key", "")))?;
        let key = e.force(key)?;
        if !keys
            .insert(e, key, element)
            .map_err(|error| explain_comparison(e, error, &keys, key, element))?
        {
            continue;
        }
        found.push(element.handle().0);
        let more = call_operator(e, operator, element).map_err(|error| {
            let element = e.print_for_error(element);
            let what = format!("while calling operator on genericClosure element {element}");
            error.trace(Pos::NONE, what)
        })?;
        waiting.extend(more);
    }
    Ok(e.list_of_cells(&found))
}

fn call_operator(e: &Evaluator, operator: Value, element: Value) -> Result<Vec<Value>> {
    let what =
        "while evaluating the return value of the `operator` passed to builtins.genericClosure";
    let list = e.force_list(e.call_values(operator, &[element], Pos::NONE)?, what)?;
    let elements: Vec<Value> = e.elements(list).collect();
    for &element in &elements {
        e.force(element)?;
    }
    Ok(elements)
}

/// Says which elements have keys that cannot be compared.
#[cold]
fn explain_comparison(
    e: &Evaluator,
    error: Box<EvalError>,
    keys: &Keys,
    key: Value,
    element: Value,
) -> Box<EvalError> {
    let shown = e.print_for_error(element);
    let other = keys
        .nodes
        .iter()
        .find(|node| super::arithmetic::less(e, key, node.key).is_err());
    match other {
        Some(other) => {
            let other = e.print_for_error(other.element);
            error
                .trace(Pos::NONE, format!("with element {other}"))
                .trace(Pos::NONE, format!("while comparing element {shown}"))
        }
        None => error.trace(Pos::NONE, format!("while checking key of element {shown}")),
    }
}
