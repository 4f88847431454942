//! A package as `nix-env` sees it: one that is available, or one that is installed.

use std::collections::BTreeMap;

use nix_eval::{Attrs, EvalError, Value, View};
use nix_wire::StorePath;

use super::names::PackageName;
use crate::applets::evaluate::{Failed, Session};
use crate::applets::package::string;
use crate::report::Failure;

type Evaluated<T> = Result<T, Box<EvalError>>;

/// The priority of a package that says nothing of it; lower numbers go before higher ones.
pub const PRIORITY: i64 = 5;

/// A package.
#[derive(Clone, Debug)]
pub struct Element {
    /// The names that lead to it.
    pub attribute_path: String,
    /// Its `name`, taken apart.
    pub name: PackageName,
    /// Its `name`.
    pub full_name: String,
    /// For which system.
    pub system: String,
    attrs: Option<Attrs>,
    /// What is changed or known of its `meta`, as Nix code.
    pub meta: BTreeMap<String, String>,
    /// The paths of outputs, for one that is not a value.
    paths: Option<Vec<(String, StorePath)>>,
}

impl Element {
    /// One from a value that is a derivation.
    pub fn of(session: &Session, value: Value, attribute_path: &str) -> Evaluated<Element> {
        let evaluator = &session.evaluator;
        let attrs = evaluator.force_attrs(value, "while evaluating a package")?;
        let full_name = string(session, attrs, "name")?
            .ok_or_else(|| EvalError::eval("derivation name missing"))?;
        Ok(Element {
            attribute_path: attribute_path.to_owned(),
            name: PackageName::parse(&full_name),
            system: string(session, attrs, "system")?.unwrap_or_else(|| "unknown".to_owned()),
            full_name,
            attrs: Some(attrs),
            meta: BTreeMap::new(),
            paths: None,
        })
    }

    /// A store object by itself.
    pub fn of_object(path: StorePath) -> Element {
        let full_name = path.name().to_owned();
        Element {
            attribute_path: String::new(),
            name: PackageName::parse(&full_name),
            full_name,
            system: String::new(),
            attrs: None,
            meta: BTreeMap::new(),
            paths: Some(vec![("out".to_owned(), path)]),
        }
    }

    /// The store derivation that makes it, if it is known.
    pub fn derivation(&self, session: &Session) -> Result<Option<StorePath>, Failed> {
        let Some(attrs) = self.attrs else {
            return Ok(None);
        };
        let path = string(session, attrs, "drvPath").map_err(|error| session.failed(&error))?;
        path.map(|path| Ok(session.engine.store().store_dir().parse(&path)?))
            .transpose()
    }

    /// The names of all its outputs.
    pub fn output_names(&self, session: &Session) -> Result<Vec<String>, Failed> {
        let Some(attrs) = self.attrs else {
            return Ok(vec!["out".to_owned()]);
        };
        let evaluator = &session.evaluator;
        let read = || -> Evaluated<Vec<String>> {
            let Some(value) = evaluator.attr_named(attrs, b"outputs") else {
                return Ok(vec!["out".to_owned()]);
            };
            let list = evaluator.force_list(value, "while evaluating the outputs of a package")?;
            evaluator
                .elements(list)
                .map(|name| {
                    let name =
                        evaluator.force_string(name, "while evaluating the name of an output")?;
                    Ok(name.to_string_lossy().into_owned())
                })
                .collect()
        };
        read().map_err(|error| session.failed(&error))
    }

    /// The outputs that are installed, with their paths.
    pub fn outputs(&self, session: &Session) -> Result<Vec<(String, StorePath)>, Failed> {
        if let Some(paths) = &self.paths {
            return Ok(paths.clone());
        }
        let Some(attrs) = self.attrs else {
            return Ok(Vec::new());
        };
        let wanted = self.wanted_outputs(session, attrs)?;
        wanted
            .into_iter()
            .map(|name| {
                let path = self
                    .output_path(session, &name)?
                    .ok_or_else(|| Failure::new(format!("output '{name}' has no path")))?;
                Ok((name, path))
            })
            .collect()
    }

    fn wanted_outputs(&self, session: &Session, attrs: Attrs) -> Result<Vec<String>, Failed> {
        let evaluator = &session.evaluator;
        let read = || -> Evaluated<Option<Vec<String>>> {
            if let Some(value) = evaluator.attr_named(attrs, b"outputSpecified")
                && evaluator.force_bool(value, "while evaluating an output specifier")?
            {
                return Ok(string(session, attrs, "outputName")?.map(|name| vec![name]));
            }
            let Some(meta) = evaluator.attr_named(attrs, b"meta") else {
                return Ok(None);
            };
            let meta = evaluator.force_attrs(meta, "while evaluating the meta of a package")?;
            let Some(list) = evaluator.attr_named(meta, b"outputsToInstall") else {
                return Ok(None);
            };
            let list = evaluator.force_list(list, "while evaluating outputsToInstall")?;
            let names = evaluator.elements(list).map(|name| {
                let name =
                    evaluator.force_string(name, "while evaluating the name of an output")?;
                Ok(name.to_string_lossy().into_owned())
            });
            Ok(Some(names.collect::<Evaluated<_>>()?))
        };
        match read().map_err(|error| session.failed(&error))? {
            Some(names) => Ok(names),
            None => self.output_names(session),
        }
    }

    /// The path of one output.
    pub fn output_path(
        &self,
        session: &Session,
        output: &str,
    ) -> Result<Option<StorePath>, Failed> {
        if let Some(paths) = &self.paths {
            return Ok(paths
                .iter()
                .find(|(name, _)| name == output)
                .map(|(_, path)| path.clone()));
        }
        let Some(attrs) = self.attrs else {
            return Ok(None);
        };
        let evaluator = &session.evaluator;
        let read = || -> Evaluated<Option<String>> {
            match evaluator.attr_named(attrs, output.as_bytes()) {
                Some(value) => {
                    let attrs =
                        evaluator.force_attrs(value, "while evaluating an output of a package")?;
                    string(session, attrs, "outPath")
                }
                None if output == "out" => string(session, attrs, "outPath"),
                None => Ok(None),
            }
        };
        let path = read().map_err(|error| session.failed(&error))?;
        path.map(|path| Ok(session.engine.store().store_dir().parse(&path)?))
            .transpose()
    }

    /// The path that stands for it: that of its first output.
    pub fn out_path(&self, session: &Session) -> Result<Option<StorePath>, Failed> {
        if let Some(paths) = &self.paths {
            return Ok(paths.first().map(|(_, path)| path.clone()));
        }
        let Some(attrs) = self.attrs else {
            return Ok(None);
        };
        let path = string(session, attrs, "outPath").map_err(|error| session.failed(&error))?;
        path.map(|path| Ok(session.engine.store().store_dir().parse(&path)?))
            .transpose()
    }

    /// The name of the output that it stands for.
    pub fn output_name(&self, session: &Session) -> String {
        self.attrs
            .and_then(|attrs| string(session, attrs, "outputName").ok().flatten())
            .unwrap_or_else(|| "out".to_owned())
    }

    fn meta_attrs(&self, session: &Session) -> Evaluated<Option<Attrs>> {
        let Some(attrs) = self.attrs else {
            return Ok(None);
        };
        let evaluator = &session.evaluator;
        match evaluator.attr_named(attrs, b"meta") {
            Some(meta) => match evaluator.force_view(meta)? {
                View::Attrs(meta) => Ok(Some(meta)),
                _ => Ok(None),
            },
            None => Ok(None),
        }
    }

    /// What its `meta` has.
    pub fn meta_names(&self, session: &Session) -> Evaluated<Vec<String>> {
        let evaluator = &session.evaluator;
        let mut names: Vec<String> = self.meta.keys().cloned().collect();
        if let Some(meta) = self.meta_attrs(session)? {
            for attr in evaluator.attrs_by_name(meta) {
                let name = String::from_utf8_lossy(evaluator.symbol_text(attr.name)).into_owned();
                if !self.meta.contains_key(&name) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    /// Something of its `meta`.
    pub fn meta_value(&self, session: &Session, name: &str) -> Evaluated<Option<Value>> {
        let evaluator = &session.evaluator;
        if let Some(code) = self.meta.get(name) {
            return evaluator
                .eval_string(code.as_bytes(), session.directory())
                .map(Some);
        }
        Ok(self
            .meta_attrs(session)?
            .and_then(|meta| evaluator.attr_named(meta, name.as_bytes())))
    }

    /// Something of its `meta` as a text.
    pub fn meta_text(&self, session: &Session, name: &str) -> Option<String> {
        let value = self.meta_value(session, name).ok()??;
        match session.evaluator.force_view(value).ok()? {
            View::String(text) => Some(text.to_string_lossy().into_owned()),
            View::Int(number) => Some(number.to_string()),
            View::Bool(truth) => Some(truth.to_string()),
            _ => None,
        }
    }

    /// Its priority: a lower number goes before a higher one.
    pub fn priority(&self, session: &Session) -> i64 {
        self.meta_text(session, "priority")
            .and_then(|text| text.parse().ok())
            .unwrap_or(PRIORITY)
    }

    /// All of its `meta` that can be kept, as Nix code by name.
    pub fn meta_code(&self, session: &Session) -> Result<BTreeMap<String, String>, Failed> {
        let evaluator = &session.evaluator;
        let mut code = BTreeMap::new();
        let meta = self
            .meta_attrs(session)
            .map_err(|error| session.failed(&error))?;
        if let Some(meta) = meta {
            for attr in evaluator.attrs_by_name(meta) {
                let name = String::from_utf8_lossy(evaluator.symbol_text(attr.name)).into_owned();
                // What cannot be evaluated, or is no plain data, is left out.
                if let Some(value) = data(session, attr.value)
                    && let Ok(text) = evaluator.print(value)
                {
                    code.insert(name, text);
                }
            }
        }
        code.extend(self.meta.clone());
        Ok(code)
    }
}

/// A value with all that is in it, if that can be had and is plain data.
pub fn data(session: &Session, value: Value) -> Option<Value> {
    let value = session.evaluator.force_deep(value).ok()?;
    is_data(session, value).then_some(value)
}

/// Whether a value is made of texts, numbers, truths, lists and sets of them.
fn is_data(session: &Session, value: Value) -> bool {
    let evaluator = &session.evaluator;
    match evaluator.view(value) {
        View::Bool(_) | View::Int(_) | View::Float(_) | View::String(_) => true,
        View::List(list) => evaluator
            .elements(list)
            .all(|value| is_data(session, value)),
        View::Attrs(attrs) => {
            evaluator.attr_named(attrs, b"outPath").is_none()
                && evaluator
                    .attrs_by_name(attrs)
                    .all(|attr| is_data(session, attr.value))
        }
        _ => false,
    }
}
