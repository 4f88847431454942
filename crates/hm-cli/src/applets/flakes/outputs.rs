//! Looking at the outputs of a flake.

use nix_eval::{EvalError, Evaluator, Kind, Symbol, Value};

use super::session::FlakeSession;

/// The result of an evaluation.
pub type Evaluated<T> = Result<T, Box<EvalError>>;

/// A value in the outputs of a flake, with the names that lead to it.
#[derive(Clone)]
pub struct Output<'a> {
    /// The evaluator.
    pub evaluator: &'a Evaluator,
    /// The names from the outputs down to it.
    pub path: Vec<String>,
    /// What it is.
    pub value: Value,
}

impl<'a> Output<'a> {
    /// All outputs of a flake.
    pub fn root(session: &'a FlakeSession, value: Value) -> Output<'a> {
        Output {
            evaluator: &session.evaluator,
            path: Vec::new(),
            value,
        }
    }

    /// The path with dots, as Nix prints it.
    pub fn name(&self) -> String {
        self.path.join(".")
    }

    /// The names of the path.
    pub fn names(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The attributes, sorted by name.
    pub fn children(&self) -> Evaluated<Vec<Output<'a>>> {
        let evaluator = self.evaluator;
        let attrs = evaluator.force_attrs(self.value, "while evaluating an output of the flake")?;
        Ok(evaluator
            .attrs_by_name(attrs)
            .map(|attr| self.child(text(evaluator, attr.name), attr.value))
            .collect())
    }

    fn child(&self, name: String, value: Value) -> Output<'a> {
        let mut path = self.path.clone();
        path.push(name);
        Output {
            evaluator: self.evaluator,
            path,
            value,
        }
    }

    /// An attribute, if this is a set that has it.
    pub fn get(&self, name: &str) -> Evaluated<Option<Output<'a>>> {
        let evaluator = self.evaluator;
        if evaluator.force_kind(self.value)? != Kind::Attrs {
            return Ok(None);
        }
        let attrs = evaluator.force_attrs(self.value, "while evaluating an output of the flake")?;
        let found = evaluator.attr_named(attrs, name.as_bytes());
        Ok(found.map(|value| self.child(name.to_owned(), value)))
    }

    /// An attribute that is a string.
    pub fn string(&self, name: &str) -> Evaluated<Option<String>> {
        let Some(output) = self.get(name)? else {
            return Ok(None);
        };
        let string = output
            .evaluator
            .force_string(output.value, "while evaluating an attribute of an output")?;
        Ok(Some(string.to_string_lossy().into_owned()))
    }

    /// Whether it is a derivation.
    pub fn is_derivation(&self) -> Evaluated<bool> {
        let evaluator = self.evaluator;
        if evaluator.force_kind(self.value)? != Kind::Attrs {
            return Ok(false);
        }
        let attrs = evaluator.force_attrs(self.value, "while evaluating an output of the flake")?;
        evaluator.is_derivation(attrs)
    }

    /// `meta.description`
    pub fn description(&self) -> Evaluated<Option<String>> {
        match self.get("meta")? {
            Some(meta) => meta.string("description"),
            None => Ok(None),
        }
    }
}

fn text(evaluator: &Evaluator, symbol: Symbol) -> String {
    String::from_utf8_lossy(evaluator.symbol_text(symbol)).into_owned()
}
