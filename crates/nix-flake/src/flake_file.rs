//! Reading a `flake.nix`: everything but its outputs must be written out, not computed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nix_eval::{Attr, Attrs, Evaluator, Pos, Symbol, Value, View};

use crate::error::FlakeError;
use crate::flake::{ConfigValue, FlakeFile, FlakeInput};
use crate::lock::InputPath;
use crate::reference::{Attribute, Attributes, FlakeReference, ParseOptions, parse};

/// What is wrong with a `flake.nix`. The messages are Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum FlakeFileError {
    #[error("source tree referenced by '{flake}' does not contain a '{}' file", path.display())]
    Missing { flake: String, path: PathBuf },
    #[error("expected {expected} but got {found} at {place}")]
    Expected {
        expected: &'static str,
        found: &'static str,
        place: String,
    },
    #[error("flake '{flake}' lacks attribute 'outputs'")]
    LacksOutputs { flake: String },
    #[error("flake '{flake}' has an unsupported attribute '{name}', at {place}")]
    UnsupportedAttribute {
        flake: String,
        name: String,
        place: String,
    },
    #[error("unexpected flake input attribute '{name}', at {place}")]
    UnexpectedInputAttribute { name: String, place: String },
    #[error("flake input has both a flake reference and a follows attribute, at {place}")]
    ReferenceAndFollows { place: String },
    #[error("'self' input attribute not allowed at {place}")]
    NestedSelf { place: String },
    #[error("input attribute path '{path}' at {place} must be in the same source tree as {flake}")]
    OtherTree {
        path: String,
        place: String,
        flake: String,
    },
    #[error("negative value given for flake input attribute {name}: {value}")]
    Negative { name: String, value: i64 },
    #[error(
        "flake input attribute '{name}' is {found} while a string, Boolean, or integer is expected"
    )]
    InputAttributeType { name: String, found: &'static str },
    #[error("flake 'self' attribute '{0}' is not supported")]
    SelfAttribute(String),
    #[error(
        "list element in flake configuration setting '{setting}' is {found} while a string is expected"
    )]
    SettingElement {
        setting: String,
        found: &'static str,
    },
    #[error("flake configuration setting '{setting}' is {found}")]
    Setting {
        setting: String,
        found: &'static str,
    },
}

/// What is needed to read the `flake.nix` of a directory.
pub(crate) struct FlakeFileReader<'a> {
    pub(crate) evaluator: &'a Evaluator,
    /// The name of the flake in messages.
    pub(crate) flake: &'a FlakeReference,
    /// The root of the tree that it is in.
    pub(crate) root: &'a Path,
    /// The directory of the file, in that tree.
    pub(crate) directory: &'a Path,
    /// What the paths that inputs follow begin with.
    pub(crate) lock_root: &'a InputPath,
    /// The file that a user knows a file of the tree as.
    pub(crate) source_of: &'a dyn Fn(&Path) -> Option<PathBuf>,
    /// Copies a file of the tree to the store.
    pub(crate) add_path: &'a dyn Fn(&Path) -> Result<String, FlakeError>,
}

/// The name of a type, as in the messages about it.
fn type_name(view: &View<'_>) -> &'static str {
    match view {
        View::Null => "null",
        View::Bool(_) => "a Boolean",
        View::Int(_) => "an integer",
        View::Float(_) => "a float",
        View::String(_) => "a string",
        View::Path(_) => "a path",
        View::Attrs(_) => "a set",
        View::List(_) => "a list",
        View::Lambda | View::Builtin => "a function",
        View::Thunk => "a thunk",
    }
}

impl FlakeFileReader<'_> {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is no `flake.nix` that Nix would take.
    pub(crate) fn read(&self) -> Result<FlakeFile, FlakeError> {
        let path = self.directory.join("flake.nix");
        let file = self.evaluator.eval_literal_file(&path)?;
        let attributes = self
            .evaluator
            .force_attrs(file, "while evaluating a flake")?;
        let mut flake = FlakeFile::default();
        let mut has_outputs = false;
        let mut unsupported = None;
        for attribute in self.by_name(attributes) {
            let name = self.name(attribute.name);
            let pos = self.evaluator.attr_pos(attributes, attribute.name);
            match name.as_str() {
                "description" => flake.description = Some(self.string(attribute.value, pos)?),
                "inputs" => {
                    let (inputs, self_attributes) = self.inputs(attribute.value, pos, true)?;
                    flake.self_attributes = self_attributes;
                    for (name, input) in inputs {
                        flake.inputs.insert(name, input);
                    }
                }
                "outputs" => {
                    has_outputs = true;
                    self.add_formals(attribute.value, pos, &mut flake.inputs)?;
                }
                "nixConfig" => flake.config = self.config(attribute.value, pos)?,
                // Of several, the one that is written first.
                _ if unsupported.as_ref().is_none_or(|(_, first)| pos < *first) => {
                    unsupported = Some((name, pos));
                }
                _ => {}
            }
        }
        let flake_name = || self.flake.to_string();
        if !has_outputs {
            return Err(FlakeFileError::LacksOutputs {
                flake: flake_name(),
            }
            .into());
        }
        if let Some((name, pos)) = unsupported {
            let place = self.place(pos);
            return Err(FlakeFileError::UnsupportedAttribute {
                flake: flake_name(),
                name,
                place,
            }
            .into());
        }
        Ok(flake)
    }

    fn by_name(&self, attributes: Attrs) -> Vec<Attr> {
        self.evaluator.attrs_by_name(attributes).collect()
    }

    fn name(&self, symbol: Symbol) -> String {
        String::from_utf8_lossy(self.evaluator.symbol_text(symbol)).into_owned()
    }

    /// A position in words. Files are named as the user knows them.
    fn place(&self, pos: Pos) -> String {
        let Some(location) = self.evaluator.locate(pos) else {
            return "«none»:0".to_owned();
        };
        let origin = location.origin.to_string();
        let known = (self.source_of)(Path::new(&origin));
        let origin = known.map_or(origin, |path| path.display().to_string());
        format!("{origin}:{}:{}", location.line, location.column)
    }

    /// A value as far as it is written out.
    fn trivial(&self, value: Value) -> Result<View<'_>, FlakeError> {
        let value = match self.evaluator.is_trivial(value) {
            true => self.evaluator.force(value)?,
            false => value,
        };
        Ok(self.evaluator.view(value))
    }

    fn expected(&self, expected: &'static str, found: &View<'_>, pos: Pos) -> FlakeError {
        let place = self.place(pos);
        FlakeFileError::Expected {
            expected,
            found: type_name(found),
            place,
        }
        .into()
    }

    fn string(&self, value: Value, pos: Pos) -> Result<String, FlakeError> {
        match self.trivial(value)? {
            View::String(text) => Ok(text.to_string_lossy().into_owned()),
            other => Err(self.expected("a string", &other, pos)),
        }
    }

    fn set(&self, value: Value, pos: Pos) -> Result<Attrs, FlakeError> {
        match self.trivial(value)? {
            View::Attrs(attributes) => Ok(attributes),
            other => Err(self.expected("a set", &other, pos)),
        }
    }

    /// Inputs that the function `outputs` takes without that anything is said about them.
    fn add_formals(
        &self,
        outputs: Value,
        pos: Pos,
        inputs: &mut BTreeMap<String, FlakeInput>,
    ) -> Result<(), FlakeError> {
        match self.trivial(outputs)? {
            View::Lambda | View::Builtin => {}
            other => return Err(self.expected("a function", &other, pos)),
        }
        let formals = self
            .evaluator
            .formals(outputs)
            .and_then(|formals| formals.names);
        for formal in formals.into_iter().flatten() {
            let name = self.name(formal.name);
            if name != "self" && !inputs.contains_key(&name) {
                let reference = Some(parse(&name, ParseOptions::default())?);
                inputs.insert(
                    name,
                    FlakeInput {
                        reference,
                        ..FlakeInput::default()
                    },
                );
            }
        }
        Ok(())
    }

    /// `inputs`, and what its `self` says if there may be one.
    fn inputs(
        &self,
        value: Value,
        pos: Pos,
        allow_self: bool,
    ) -> Result<(BTreeMap<String, FlakeInput>, Attributes), FlakeError> {
        let attributes = self.set(value, pos)?;
        let mut inputs = BTreeMap::new();
        let mut self_attributes = Attributes::new();
        for input in self.by_name(attributes) {
            let name = self.name(input.name);
            let pos = self.evaluator.attr_pos(attributes, input.name);
            if name != "self" {
                inputs.insert(name, self.input(input.value, pos)?);
                continue;
            }
            if !allow_self {
                return Err(FlakeFileError::NestedSelf {
                    place: self.place(pos),
                }
                .into());
            }
            for attribute in self.by_name(self.set(input.value, pos)?) {
                let name = self.name(attribute.name);
                if !matches!(name.as_str(), "submodules" | "lfs") {
                    return Err(FlakeFileError::SelfAttribute(name).into());
                }
                self_attributes.set(&name, self.input_attribute(&name, attribute.value)?);
            }
        }
        Ok((inputs, self_attributes))
    }

    fn input(&self, value: Value, pos: Pos) -> Result<FlakeInput, FlakeError> {
        let attributes = self.set(value, pos)?;
        let mut input = FlakeInput::default();
        let mut fetch = Attributes::new();
        let mut url = None;
        for attribute in self.by_name(attributes) {
            let name = self.name(attribute.name);
            let attribute_pos = self.evaluator.attr_pos(attributes, attribute.name);
            let mut read = || -> Result<(), FlakeError> {
                match name.as_str() {
                    "url" => {
                        let text = self.url(attribute.value, pos, attribute_pos)?;
                        fetch.set("url", text.as_str());
                        url = Some(text);
                    }
                    "flake" => match self.trivial(attribute.value)? {
                        View::Bool(is_flake) => input.is_flake = is_flake,
                        other => return Err(self.expected("a Boolean", &other, attribute_pos)),
                    },
                    "inputs" => {
                        (input.overrides, _) =
                            self.inputs(attribute.value, attribute_pos, false)?;
                    }
                    "follows" => {
                        let text = self.string(attribute.value, attribute_pos)?;
                        let mut path = self.lock_root.clone();
                        path.0.extend(InputPath::parse(&text)?.0);
                        input.follows = Some(path);
                    }
                    _ => fetch.set(&name, self.input_attribute(&name, attribute.value)?),
                }
                Ok(())
            };
            read().map_err(|error| {
                let place = self.place(attribute_pos);
                error.context(format!(
                    "while evaluating flake attribute '{name}' at {place}"
                ))
            })?;
        }
        if fetch.contains("type") {
            let reference = FlakeReference::from_attributes(fetch).map_err(|error| {
                FlakeError::from(error).context(format!(
                    "while evaluating flake input at {}",
                    self.place(pos)
                ))
            })?;
            input.reference = Some(reference);
        } else {
            fetch.remove("url");
            if let Some((name, _)) = fetch.iter().next() {
                let (name, place) = (name.to_owned(), self.place(pos));
                return Err(FlakeFileError::UnexpectedInputAttribute { name, place }.into());
            }
            if let Some(url) = url {
                let options = ParseOptions {
                    flake: input.is_flake,
                    relative_paths: true,
                };
                input.reference = Some(parse(&url, options)?);
            }
        }
        if input.reference.is_some() && input.follows.is_some() {
            let place = self.place(pos);
            return Err(FlakeFileError::ReferenceAndFollows { place }.into());
        }
        Ok(input)
    }

    /// `url`: a text, or the path of a directory of the same tree.
    fn url(&self, value: Value, pos: Pos, url_pos: Pos) -> Result<String, FlakeError> {
        match self.trivial(value)? {
            View::String(text) => Ok(text.to_string_lossy().into_owned()),
            View::Path(path) => {
                let path = String::from_utf8_lossy(path).into_owned();
                if !Path::new(&path).starts_with(self.root) {
                    let flake = self.directory.display().to_string();
                    let place = self.place(url_pos);
                    return Err(FlakeFileError::OtherTree { path, place, flake }.into());
                }
                Ok(format!(
                    "path:{}",
                    relative(self.directory, Path::new(&path))
                ))
            }
            other => Err(self.expected("a string or a path", &other, pos)),
        }
    }

    /// An attribute for the fetcher.
    fn input_attribute(&self, name: &str, value: Value) -> Result<Attribute, FlakeError> {
        Ok(match self.evaluator.view(value) {
            View::String(text) => Attribute::String(text.to_string_lossy().into_owned()),
            View::List(_) if name == "publicKeys" => {
                let (json, _) = self.evaluator.to_json(value, false)?;
                Attribute::String(String::from_utf8_lossy(&json).into_owned())
            }
            View::Bool(truth) => Attribute::Boolean(truth),
            View::Int(number) => {
                Attribute::Integer(u64::try_from(number).map_err(|_| FlakeFileError::Negative {
                    name: name.to_owned(),
                    value: number,
                })?)
            }
            other => {
                let (name, found) = (name.to_owned(), type_name(&other));
                return Err(FlakeFileError::InputAttributeType { name, found }.into());
            }
        })
    }

    /// `nixConfig`
    fn config(&self, value: Value, pos: Pos) -> Result<BTreeMap<String, ConfigValue>, FlakeError> {
        let mut config = BTreeMap::new();
        for attribute in self.by_name(self.set(value, pos)?) {
            let setting = self.name(attribute.name);
            let value = match self.trivial(attribute.value)? {
                View::String(text) => ConfigValue::String(text.to_string_lossy().into_owned()),
                View::Int(number) => ConfigValue::Integer(number),
                View::Bool(truth) => ConfigValue::Boolean(truth),
                View::Path(path) => {
                    let path = String::from_utf8_lossy(path).into_owned();
                    ConfigValue::String((self.add_path)(Path::new(&path))?)
                }
                View::List(list) => {
                    let mut texts = Vec::new();
                    for element in self.evaluator.elements(list) {
                        match self.evaluator.view(element) {
                            View::String(text) => texts.push(text.to_string_lossy().into_owned()),
                            other => {
                                let found = type_name(&other);
                                return Err(
                                    FlakeFileError::SettingElement { setting, found }.into()
                                );
                            }
                        }
                    }
                    ConfigValue::List(texts)
                }
                other => {
                    let found = type_name(&other);
                    return Err(FlakeFileError::Setting { setting, found }.into());
                }
            };
            config.insert(setting, value);
        }
        Ok(config)
    }
}

/// The way from one absolute directory to another.
fn relative(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from
        .iter()
        .zip(&to)
        .take_while(|(from, to)| from == to)
        .count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - common);
    let down = to[common..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    match parts.is_empty() {
        true => ".".to_owned(),
        false => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_between_directories() {
        for (from, to, way) in [
            ("/s/x", "/s/x", "."),
            ("/s/x", "/s/x/sub0", "sub0"),
            ("/s/x/a/b", "/s/x/c", "../../c"),
            ("/s/x/a", "/s/x", ".."),
        ] {
            assert_eq!(relative(Path::new(from), Path::new(to)), way);
        }
    }
}
