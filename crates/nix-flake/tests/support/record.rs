//! What locking learned of flakes, as JSON: recorded from real ones, and replayed without them.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use nix_flake::FlakeError;
use nix_flake::fetch::FetchError;
use nix_flake::flake::FlakeInput;
use nix_flake::lock::{
    FlakeRequest, FlakeSource, InputPath, LockFile, LockOptions, LockedFlakeInput, LockedTreeInput,
    compute_locks,
};
use nix_flake::reference::{Attributes, FlakeReference};
use nix_flake::registry::RegistryScope;
use serde_json::{Map, Value, json};

pub fn inputs_to_json(inputs: &BTreeMap<String, FlakeInput>) -> Value {
    Value::Object(
        inputs
            .iter()
            .map(|(name, input)| (name.clone(), input_to_json(input)))
            .collect(),
    )
}

fn input_to_json(input: &FlakeInput) -> Value {
    let mut json = Map::new();
    if let Some(reference) = &input.reference {
        json.insert("reference".to_owned(), reference.to_attributes().to_json());
    }
    if !input.is_flake {
        json.insert("flake".to_owned(), false.into());
    }
    if let Some(follows) = &input.follows {
        json.insert("follows".to_owned(), follows.0.as_slice().into());
    }
    if !input.overrides.is_empty() {
        json.insert("inputs".to_owned(), inputs_to_json(&input.overrides));
    }
    Value::Object(json)
}

pub fn inputs_from_json(json: &Value) -> BTreeMap<String, FlakeInput> {
    let inputs = json.as_object().into_iter().flatten();
    inputs
        .map(|(name, input)| (name.clone(), input_from_json(input)))
        .collect()
}

fn input_from_json(json: &Value) -> FlakeInput {
    FlakeInput {
        reference: json.get("reference").map(reference_from_json),
        is_flake: json["flake"].as_bool().unwrap_or(true),
        follows: json.get("follows").map(path_from_json),
        overrides: inputs_from_json(&json["inputs"]),
    }
}

pub fn reference_from_json(json: &Value) -> FlakeReference {
    let attributes = Attributes::from_json(json).expect("attributes");
    FlakeReference::from_attributes(attributes).expect("a reference")
}

fn path_from_json(json: &Value) -> InputPath {
    let names = json.as_array().expect("a path");
    InputPath(
        names
            .iter()
            .map(|name| name.as_str().expect("a name").to_owned())
            .collect(),
    )
}

pub fn options_to_json(options: &LockOptions) -> Value {
    let overrides = options
        .overrides
        .iter()
        .map(|(path, reference)| (path.to_string(), reference.to_attributes().to_json()));
    json!({
        "recreate": options.recreate,
        "updates": options.updates.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "overrides": Value::Object(overrides.collect()),
    })
}

pub fn options_from_json(json: &Value) -> LockOptions {
    let path = |text: &str| InputPath::parse(text).expect("a path");
    let updates = json["updates"].as_array().expect("a list");
    let overrides = json["overrides"].as_object().expect("a set");
    LockOptions {
        recreate: json["recreate"].as_bool().expect("a truth value"),
        updates: updates
            .iter()
            .map(|text| path(text.as_str().expect("a text")))
            .collect(),
        overrides: overrides
            .iter()
            .map(|(name, reference)| (path(name), reference_from_json(reference)))
            .collect(),
        ..LockOptions::default()
    }
}

/// Records what another source says.
pub struct Recorder<S: FlakeSource> {
    pub source: S,
    pub answers: Map<String, Value>,
    locations: Vec<S::Location>,
}

/// A location is a number.
type Number = usize;

impl<S: FlakeSource> Recorder<S> {
    /// The location of the flake that is locked becomes number 0.
    pub fn new(source: S, root: S::Location) -> Recorder<S> {
        Recorder {
            source,
            answers: Map::new(),
            locations: vec![root],
        }
    }

    fn add(
        &mut self,
        key: String,
        answer: Result<(Value, S::Location), FlakeError>,
    ) -> Result<Number, FlakeError> {
        match answer {
            Ok((mut json, location)) => {
                let number = self.locations.len();
                self.locations.push(location);
                json["location"] = number.into();
                self.answers.insert(key, json);
                Ok(number)
            }
            Err(error) => {
                self.answers
                    .insert(key, json!({ "error": error.to_string() }));
                Err(error)
            }
        }
    }

    fn add_flake(
        &mut self,
        key: String,
        answer: Result<LockedFlakeInput<S::Location>, FlakeError>,
    ) -> Result<LockedFlakeInput<Number>, FlakeError> {
        let kept = answer
            .as_ref()
            .ok()
            .map(|flake| (flake.locked.clone(), flake.inputs.clone()));
        let answer = answer.map(|flake| {
            let json = json!({
                "locked": flake.locked.to_attributes().to_json(),
                "inputs": inputs_to_json(&flake.inputs),
            });
            (json, flake.location)
        });
        let location = self.add(key, answer)?;
        let (locked, inputs) = kept.expect("there was no error");
        Ok(LockedFlakeInput {
            locked,
            inputs,
            location,
        })
    }
}

fn request_key(request: &FlakeRequest<'_>) -> String {
    let kind = if request.is_final { "locked" } else { "flake" };
    // What inputs follow begins with the path of the flake, so it is part of what is asked.
    format!("{kind} {} at '{}'", request.reference, request.root)
}

impl<S: FlakeSource> FlakeSource for Recorder<S> {
    type Location = Number;

    fn flake(
        &mut self,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Number>, FlakeError> {
        let answer = self.source.flake(request);
        self.add_flake(request_key(request), answer)
    }

    fn relative_flake(
        &mut self,
        parent: &Number,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Number>, FlakeError> {
        let answer = self
            .source
            .relative_flake(&self.locations[*parent].clone(), request);
        self.add_flake(format!("{parent}: {}", request_key(request)), answer)
    }

    fn tree(
        &mut self,
        reference: &FlakeReference,
        registries: RegistryScope,
    ) -> Result<LockedTreeInput<Number>, FlakeError> {
        let answer = self.source.tree(reference, registries);
        let locked = answer.as_ref().ok().map(|tree| tree.locked.clone());
        let answer = answer.map(|tree| {
            (
                json!({ "locked": tree.locked.to_attributes().to_json() }),
                tree.location,
            )
        });
        let location = self.add(format!("tree {reference}"), answer)?;
        Ok(LockedTreeInput {
            locked: locked.expect("there was no error"),
            location,
        })
    }

    fn relative_tree(&mut self, parent: &Number, path: &str) -> Result<Number, FlakeError> {
        let answer = self
            .source
            .relative_tree(&self.locations[*parent].clone(), path);
        let answer = answer.map(|location| (json!({}), location));
        self.add(format!("{parent}: tree {path}"), answer)
    }

    fn lock_file(&mut self, location: &Number) -> Result<LockFile, FlakeError> {
        let lock_file = self.source.lock_file(&self.locations[*location].clone())?;
        if lock_file != LockFile::default() {
            let text = lock_file.to_string();
            self.answers
                .insert(format!("{location}: lock file"), text.into());
        }
        Ok(lock_file)
    }
}

/// Says again what was recorded.
pub struct Replay {
    pub answers: Map<String, Value>,
}

impl Replay {
    fn answer(&self, key: &str) -> Result<&Value, FlakeError> {
        let answer = self
            .answers
            .get(key)
            .unwrap_or_else(|| panic!("nobody asked for: {key}"));
        match answer["error"].as_str() {
            Some(error) => Err(FetchError::Other(error.into()).into()),
            None => Ok(answer),
        }
    }

    fn flake_answer(&self, key: &str) -> Result<LockedFlakeInput<Number>, FlakeError> {
        let answer = self.answer(key)?;
        Ok(LockedFlakeInput {
            locked: reference_from_json(&answer["locked"]),
            inputs: inputs_from_json(&answer["inputs"]),
            location: location_of(answer),
        })
    }
}

fn location_of(answer: &Value) -> Number {
    answer["location"].as_u64().expect("a number") as Number
}

impl FlakeSource for Replay {
    type Location = Number;

    fn flake(
        &mut self,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Number>, FlakeError> {
        self.flake_answer(&request_key(request))
    }

    fn relative_flake(
        &mut self,
        parent: &Number,
        request: &FlakeRequest<'_>,
    ) -> Result<LockedFlakeInput<Number>, FlakeError> {
        self.flake_answer(&format!("{parent}: {}", request_key(request)))
    }

    fn tree(
        &mut self,
        reference: &FlakeReference,
        _: RegistryScope,
    ) -> Result<LockedTreeInput<Number>, FlakeError> {
        let answer = self.answer(&format!("tree {reference}"))?;
        let locked = reference_from_json(&answer["locked"]);
        Ok(LockedTreeInput {
            locked,
            location: location_of(answer),
        })
    }

    fn relative_tree(&mut self, parent: &Number, path: &str) -> Result<Number, FlakeError> {
        self.answer(&format!("{parent}: tree {path}"))
            .map(location_of)
    }

    fn lock_file(&mut self, location: &Number) -> Result<LockFile, FlakeError> {
        match self
            .answers
            .get(&format!("{location}: lock file"))
            .and_then(Value::as_str)
        {
            Some(text) => Ok(LockFile::parse(text, "flake.lock")?.0),
            None => Ok(LockFile::default()),
        }
    }
}

/// The lock file that a recorded case comes to.
pub fn replay(case: &Value) -> Result<String, FlakeError> {
    let mut source = Replay {
        answers: case["answers"]
            .as_object()
            .expect("a set of answers")
            .clone(),
    };
    let old = match case["old"].as_str() {
        Some(text) => LockFile::parse(text, "flake.lock")?.0,
        None => LockFile::default(),
    };
    let inputs = inputs_from_json(&case["inputs"]);
    let options = options_from_json(&case["options"]);
    let computed = compute_locks(&mut source, &inputs, &0, &old, &options)?;
    Ok(format!("{}\n", computed.lock_file))
}
