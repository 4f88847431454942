//! The user's profile of packages, in the form of `nix profile`.

use std::path::{Path, PathBuf};

use nix_wire::StorePath;
use serde_json::{Map, Value, json};

use crate::{Engine, EngineError};

/// What stands in a profile's `manifest.json`, version 3.
const MANIFEST: &str = "manifest.json";
/// The priority of an element that says nothing of it.
const PRIORITY: i64 = 5;

impl Engine {
    /// The generation of a profile in which one element is replaced by `package` (or added, or
    /// taken away when there is no package). `None` when the current generation is just so.
    ///
    /// # Errors
    /// When the profile is one of `nix-env`, which cannot be mixed with this kind, or the new
    /// generation cannot be built.
    pub fn profile_with(
        &self,
        current: Option<&Path>,
        name: &str,
        package: Option<&Path>,
    ) -> Result<Option<PathBuf>, EngineError> {
        let mut elements = match current {
            Some(current) => read_elements(current)?,
            None => Map::new(),
        };
        let before = elements.clone();
        // Whoever installed it may have given it another name.
        elements.retain(|key, element| key != name && !is_named(element, name));
        if let Some(package) = package {
            let mut element = json!({
                "active": true,
                "priority": PRIORITY,
                "storePaths": [package.display().to_string()],
            });
            if let Some(old) = before.get(name) {
                element["priority"] = old["priority"].clone();
            }
            elements.insert(name.to_owned(), element);
        }
        if elements == before && current.is_some() {
            return Ok(None);
        }
        let path = self.build_profile(&elements)?;
        let path = self.real_path(&path);
        Ok((current != Some(path.as_path())).then_some(path))
    }

    fn build_profile(&self, elements: &Map<String, Value>) -> Result<StorePath, EngineError> {
        let manifest = json!({ "elements": elements, "version": 3 }).to_string();
        let trees: Vec<Value> = elements
            .values()
            .filter(|element| element["active"].as_bool().unwrap_or(true))
            .map(|element| {
                json!({
                    "priority": element["priority"].as_i64().unwrap_or(PRIORITY),
                    "paths": element["storePaths"],
                })
            })
            .collect();
        let arguments = json!({
            "system": self.settings().system,
            "manifest": manifest,
            "elements": trees,
        });
        let evaluator = self.evaluator(|settings| settings.pure_eval = false);
        let build = || {
            let function =
                evaluator.eval_string(include_bytes!("nix/profile.nix"), Path::new("/"))?;
            let decode = evaluator.eval_string(b"builtins.fromJSON", Path::new("/"))?;
            let text = evaluator.string(arguments.to_string().as_bytes());
            let decoded = evaluator.call(decode, &[text])?;
            evaluator.call(function, &[decoded])
        };
        let value =
            build().map_err(|error| EngineError::Evaluation(Box::new(evaluator.report(&error))))?;
        let (derivation, output) = self.derivation_of(&evaluator, value)?;
        let built = self.build(&[derivation])?;
        built
            .into_iter()
            .next()
            .and_then(|mut built| built.outputs.remove(&output))
            .ok_or_else(|| EngineError::Other("the profile has no output".to_owned()))
    }
}

/// Whether an element is a package of this name, whatever it is called in the profile.
fn is_named(element: &Value, name: &str) -> bool {
    let paths = element["storePaths"].as_array().into_iter().flatten();
    paths
        .filter_map(Value::as_str)
        .any(|path| path.ends_with(&format!("-{name}")))
}

fn read_elements(profile: &Path) -> Result<Map<String, Value>, EngineError> {
    let path = profile.join(MANIFEST);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if profile.join("manifest.nix").exists() {
                return Err(EngineError::Other(format!(
                    "the profile {} was made by nix-env; packages can only be installed in one of \
                     `nix profile`. Remove what nix-env installed (nix-env -e '*') and delete the \
                     profile's link, then switch again",
                    profile.display()
                )));
            }
            return Ok(Map::new());
        }
        Err(error) => {
            return Err(EngineError::Io {
                action: "read",
                path,
                error,
            });
        }
    };
    let manifest: Value = serde_json::from_slice(&text).map_err(|error| {
        EngineError::Other(format!("{} is not understood: {error}", path.display()))
    })?;
    match (&manifest["version"], &manifest["elements"]) {
        (Value::Number(version), Value::Object(elements)) if version.as_i64() == Some(3) => {
            Ok(elements.clone())
        }
        // Versions 1 and 2 have a list; names are made of the paths, as Nix does.
        (_, Value::Array(list)) => Ok(list.iter().map(named).collect()),
        _ => Err(EngineError::Other(format!(
            "{} is of an unknown version",
            path.display()
        ))),
    }
}

fn named(element: &Value) -> (String, Value) {
    let path = element["storePaths"][0].as_str().unwrap_or_default();
    let base = Path::new(path)
        .file_name()
        .map(|name| name.to_string_lossy())
        .unwrap_or_default();
    let name = base.split_once('-').map_or("package", |(_, name)| name);
    (name.to_owned(), element.clone())
}
