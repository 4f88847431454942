//! What a `flake.nix` says, apart from its outputs.

use std::collections::BTreeMap;

use crate::lock::InputPath;
use crate::reference::{Attributes, FlakeReference};

/// An input, as a `flake.nix` asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakeInput {
    /// What to fetch; if nothing is said, the registry's flake of the input's name.
    pub reference: Option<FlakeReference>,
    /// Whether it is a flake, not just a tree.
    pub is_flake: bool,
    /// The input that it is the same as.
    pub follows: Option<InputPath>,
    /// What is said about its own inputs.
    pub overrides: BTreeMap<String, FlakeInput>,
}

impl Default for FlakeInput {
    /// A flake that nothing is said about.
    fn default() -> FlakeInput {
        FlakeInput {
            reference: None,
            is_flake: true,
            follows: None,
            overrides: BTreeMap::new(),
        }
    }
}

/// A setting of `nixConfig`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigValue {
    /// A string, or the store path of a file of the flake.
    String(String),
    /// An integer.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// A list of strings.
    List(Vec<String>),
}

/// What a `flake.nix` says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlakeFile {
    /// The description, if there is one.
    pub description: Option<String>,
    /// The inputs, with those that only the arguments of `outputs` name.
    pub inputs: BTreeMap<String, FlakeInput>,
    /// What `inputs.self` asks of the flake's own tree.
    pub self_attributes: Attributes,
    /// The settings of `nixConfig`.
    pub config: BTreeMap<String, ConfigValue>,
}
