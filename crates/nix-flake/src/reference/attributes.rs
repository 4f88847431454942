//! The attribute form of references.

use std::collections::BTreeMap;
use std::fmt;

use super::ReferenceError;

/// A value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribute {
    /// A string.
    String(String),
    /// A number, such as `lastModified`.
    Integer(u64),
    /// A truth value, such as `submodules`.
    Boolean(bool),
}

impl From<&str> for Attribute {
    fn from(text: &str) -> Attribute {
        Attribute::String(text.to_owned())
    }
}

impl From<String> for Attribute {
    fn from(text: String) -> Attribute {
        Attribute::String(text)
    }
}

impl From<u64> for Attribute {
    fn from(number: u64) -> Attribute {
        Attribute::Integer(number)
    }
}

impl From<bool> for Attribute {
    fn from(truth: bool) -> Attribute {
        Attribute::Boolean(truth)
    }
}

/// Attributes by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Attributes(BTreeMap<String, Attribute>);

impl<N: Into<String>, V: Into<Attribute>> FromIterator<(N, V)> for Attributes {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(pairs: T) -> Attributes {
        Attributes(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

impl Attributes {
    /// No attributes.
    #[must_use]
    pub fn new() -> Attributes {
        Attributes::default()
    }

    /// The value of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.get(name)
    }

    /// Sets a value.
    pub fn set(&mut self, name: &str, value: impl Into<Attribute>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Removes a value.
    pub fn remove(&mut self, name: &str) -> Option<Attribute> {
        self.0.remove(name)
    }

    /// Whether there is a value of this name.
    #[must_use]
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A string that may be missing.
    ///
    /// # Errors
    /// When it is not a string.
    pub fn string(&self, name: &str) -> Result<Option<&str>, ReferenceError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Attribute::String(text)) => Ok(Some(text)),
            Some(_) => Err(ReferenceError::Invalid(format!(
                "input attribute '{name}' is not a string {self}"
            ))),
        }
    }

    /// A string that must be there.
    ///
    /// # Errors
    /// When it is missing or not a string.
    pub fn required_string(&self, name: &str) -> Result<&str, ReferenceError> {
        self.string(name)?
            .ok_or_else(|| ReferenceError::Invalid(format!("input attribute '{name}' is missing")))
    }

    /// A number that may be missing.
    ///
    /// # Errors
    /// When it is not a number.
    pub fn integer(&self, name: &str) -> Result<Option<u64>, ReferenceError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Attribute::Integer(number)) => Ok(Some(*number)),
            Some(_) => Err(ReferenceError::Invalid(format!(
                "input attribute '{name}' is not an integer"
            ))),
        }
    }

    /// A truth value that may be missing.
    ///
    /// # Errors
    /// When it is neither true nor false.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ReferenceError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Attribute::Boolean(truth)) => Ok(Some(*truth)),
            Some(_) => Err(ReferenceError::Invalid(format!(
                "input attribute '{name}' is not a Boolean"
            ))),
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let pairs = self.0.iter().map(|(name, value)| {
            let value = match value {
                Attribute::String(text) => text.as_str().into(),
                Attribute::Integer(number) => (*number).into(),
                Attribute::Boolean(truth) => (*truth).into(),
            };
            (name.clone(), value)
        });
        serde_json::Value::Object(pairs.collect())
    }

    /// From JSON, as in lock files and registries.
    ///
    /// # Errors
    /// When a value is neither a string, a number nor a truth value.
    pub fn from_json(json: &serde_json::Value) -> Result<Attributes, ReferenceError> {
        let unsupported =
            || ReferenceError::Invalid("unsupported input attribute type in lock file".to_owned());
        let object = json.as_object().ok_or_else(unsupported)?;
        let mut attributes = Attributes::new();
        for (name, value) in object {
            match value {
                serde_json::Value::String(text) => attributes.set(name, text.as_str()),
                serde_json::Value::Bool(truth) => attributes.set(name, *truth),
                serde_json::Value::Number(number) => {
                    let number = number.as_u64().or_else(|| {
                        number
                            .as_f64()
                            .filter(|value| *value >= 0.0)
                            .map(|value| value as u64)
                    });
                    attributes.set(name, number.ok_or_else(unsupported)?);
                }
                _ => return Err(unsupported()),
            }
        }
        Ok(attributes)
    }
}

impl fmt::Display for Attributes {
    /// As JSON, in one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(formatter)
    }
}
