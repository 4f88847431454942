//! Installables that are attributes of a file (`--file`) or an expression (`--expr`).

use std::io::Read;

use nix_eval::{EvalError, Origin, Symbol, Value};
use nix_flake::installable::FoundOutput;

use super::session::FlakeSession;
use crate::applets::evaluate::{Failed, standard_input};
use crate::applets::selection;
use crate::report::Failure;

impl FlakeSession {
    /// What an installable is: an attribute of the file or expression that the options name, else
    /// an output of a flake, the first of the paths that is there.
    pub fn installable(
        &self,
        text: &str,
        prefixes: &[String],
        defaults: &[String],
    ) -> Result<FoundOutput, Failed> {
        if let Some(found) = self.expression(Some(text))? {
            return Ok(found);
        }
        Ok(self.output(text, prefixes, defaults)?.1)
    }

    /// Whether installables are attributes of a file or an expression.
    pub fn has_expression(&self) -> bool {
        self.arguments.has("file") || self.arguments.has("expr")
    }

    /// The attribute of the file or expression that the options name; `None` if they name none.
    pub fn expression(&self, installable: Option<&str>) -> Result<Option<FoundOutput>, Failed> {
        let arguments = &self.arguments;
        let evaluator = &self.evaluator;
        let failed = |error: Box<EvalError>| self.evaluation_failed(&error);
        let directory = &self.environment.directory;
        let whole = match (arguments.value("file"), arguments.value("expr")) {
            (Some(_), Some(_)) => {
                return Err(Failure::new("'--file' and '--expr' are exclusive").into());
            }
            (Some("-"), None) => standard_input()
                .and_then(|text| evaluator.eval_source(&text, Origin::Stdin, directory))
                .map_err(failed)?,
            (Some(file), None) => self.evaluate_file(&directory.join(file)).map_err(failed)?,
            (None, Some(text)) => evaluator
                .eval_string(text.as_bytes(), directory)
                .map_err(failed)?,
            (None, None) => return Ok(None),
        };
        let auto = self.auto_arguments()?;
        let path = match installable {
            Some("." | "") | None => "",
            Some(path) => path.strip_prefix('.').unwrap_or(path),
        };
        let value = selection::select(evaluator, whole, path, &auto).map_err(failed)?;
        let path = path
            .split('.')
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        Ok(Some(FoundOutput { path, value }))
    }

    /// `--arg`, `--argstr`, `--arg-from-file` and `--arg-from-stdin`.
    fn auto_arguments(&self) -> Result<Vec<(Symbol, Value)>, Failed> {
        let evaluator = &self.evaluator;
        let arguments = &self.arguments;
        let directory = self.environment.directory.clone();
        let mut auto = Vec::new();
        let mut add =
            |name: &str, value: Value| auto.push((evaluator.symbol(name.as_bytes()), value));
        for (name, text) in arguments.pairs("arg") {
            let base = directory.clone();
            add(
                &name,
                evaluator.lazy(move |evaluator| evaluator.eval_string(text.as_bytes(), &base)),
            );
        }
        for (name, text) in arguments.pairs("argstr") {
            add(&name, evaluator.string(text.as_bytes()));
        }
        for (name, file) in arguments.pairs("arg-from-file") {
            let path = directory.join(file);
            let text = std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
            add(&name, evaluator.string(&text));
        }
        for name in arguments.values("arg-from-stdin") {
            let mut text = Vec::new();
            std::io::stdin()
                .read_to_end(&mut text)
                .map_err(|error| Failure::new(format!("reading the standard input: {error}")))?;
            add(&name, evaluator.string(&text));
        }
        Ok(auto)
    }
}
