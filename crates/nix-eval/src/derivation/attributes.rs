//! From the attributes of a derivation to what is in it.

use std::collections::BTreeMap;

use nix_wire::content_address::{ContentAddress, ContentAddressMethod};
use nix_wire::derivation::{Derivation, DerivationOutput, STRUCTURED_ATTRIBUTES};
use nix_wire::hash::{Hash, HashAlgorithm};
use nix_wire::store_path::StoreDir;

use super::wire_error;
use crate::context::ContextSet;
use crate::error::{EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::host::Message;
use crate::settings::Feature;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, Tag};

/// What the attributes say.
#[derive(Default)]
pub(super) struct Parts {
    environment: BTreeMap<Vec<u8>, Vec<u8>>,
    arguments: Vec<Vec<u8>>,
    builder: Vec<u8>,
    system: Vec<u8>,
    /// The members of the JSON object with all attributes, if there is to be one.
    structured: Option<Vec<u8>>,
    outputs: Option<Vec<String>>,
    output_hash: Option<Vec<u8>>,
    output_hash_algorithm: Option<HashAlgorithm>,
    output_hash_mode: Option<ContentAddressMethod>,
    content_addressed: bool,
    impure: bool,
    context: ContextSet,
}

/// The trace of the attribute says what for.
const DEFERRED: &str = "";

/// Evaluates the attributes, in the order of their names.
pub(super) fn collect(e: &Evaluator, drv_name: &str, attrs: Attrs) -> Result<Parts> {
    let mut parts = Parts::default();
    let flag = |name: Symbol, what| match e.attr(attrs, name) {
        Some(value) => e.force_bool(value, what),
        None => Ok(false),
    };
    let what =
        "while evaluating the `__structuredAttrs` attribute passed to builtins.derivationStrict";
    if flag(e.names.structured_attrs, what)? {
        parts.structured = Some(Vec::new());
    }
    let what = "while evaluating the `__ignoreNulls` attribute passed to builtins.derivationStrict";
    let ignore_nulls = flag(e.names.ignore_nulls, what)?;
    for attr in e.attrs_by_name(attrs) {
        if attr.name == e.names.ignore_nulls {
            continue;
        }
        if ignore_nulls && is_null(e, drv_name, attrs, attr)? {
            continue;
        }
        let added = match parts.add_special(e, attr) {
            Ok(true) => Ok(()),
            Ok(false) if parts.structured.is_some() => {
                parts.add_structured(e, drv_name, attr, e.attr_pos(attrs, attr.name))
            }
            Ok(false) => parts.add_variable(e, drv_name, attr),
            Err(error) => Err(error),
        };
        added.map_err(|error| trace_attr(e, error, drv_name, attrs, attr))?;
    }
    Ok(parts)
}

fn is_null(e: &Evaluator, drv_name: &str, attrs: Attrs, attr: Attr) -> Result<bool> {
    match e.force(attr.value) {
        Ok(value) => Ok(value.is(Tag::Null)),
        Err(error) => Err(trace_attr(e, error, drv_name, attrs, attr)),
    }
}

#[cold]
fn trace_attr(
    e: &Evaluator,
    error: Box<EvalError>,
    drv_name: &str,
    attrs: Attrs,
    attr: Attr,
) -> Box<EvalError> {
    let name = e.symbol_shown(attr.name);
    let what = format!("while evaluating attribute '{name}' of derivation '{drv_name}'");
    error.trace(e.attr_pos(attrs, attr.name), what)
}

impl Parts {
    /// An attribute that is not for the builder's environment; false if it is.
    fn add_special(&mut self, e: &Evaluator, attr: Attr) -> Result<bool> {
        let names = &e.names;
        if attr.name == names.content_addressed {
            self.content_addressed = e.force_bool(attr.value, DEFERRED)?;
            require(e, self.content_addressed, Feature::CaDerivations)?;
        } else if attr.name == names.impure {
            self.impure = e.force_bool(attr.value, DEFERRED)?;
            require(e, self.impure, Feature::ImpureDerivations)?;
        } else if attr.name == names.args {
            let what = "while evaluating an element of the argument list";
            let list = e.force_list(attr.value, DEFERRED)?;
            for element in e.elements(list) {
                let mode = Coercion::DERIVATION;
                let argument = e.coerce_at(element, mode, &mut self.context, Pos::NONE, what)?;
                self.arguments.push(argument.into_owned());
            }
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// An attribute that becomes an environment variable.
    fn add_variable(&mut self, e: &Evaluator, drv_name: &str, attr: Attr) -> Result<()> {
        let Attr { name, value } = attr;
        let names = &e.names;
        let mode = Coercion::DERIVATION;
        let text = e
            .coerce_at(value, mode, &mut self.context, Pos::NONE, DEFERRED)?
            .into_owned();
        if name == names.builder {
            self.builder.clone_from(&text);
        } else if name == names.system {
            self.system.clone_from(&text);
        } else if name == names.output_hash {
            self.output_hash = Some(text.clone());
        } else if name == names.output_hash_algo {
            self.output_hash_algorithm = algorithm(e, &text)?;
        } else if name == names.output_hash_mode {
            self.output_hash_mode = Some(hash_mode(e, drv_name, &text)?);
        } else if name == names.outputs {
            let words = text.split(|byte| b" \t\n\r".contains(byte));
            let words = words.filter(|word| !word.is_empty());
            self.set_outputs(words.map(|word| String::from_utf8_lossy(word).into_owned()))?;
        } else if e.symbol_text(name) == STRUCTURED_ATTRIBUTES.as_bytes() {
            e.host.message(Message::Warning(
                "setting structured attributes via '__json' is deprecated, and may be disallowed in future versions of Nix. Set '__structuredAttrs = true' instead.",
            ));
        }
        self.environment.insert(e.symbol_text(name).to_vec(), text);
        Ok(())
    }

    /// An attribute that becomes a member of a JSON object.
    fn add_structured(
        &mut self,
        e: &Evaluator,
        drv_name: &str,
        attr: Attr,
        pos: Pos,
    ) -> Result<()> {
        let Attr { name, value } = attr;
        let names = &e.names;
        if name == names.structured_attrs {
            return Ok(());
        }
        let json = crate::builtins::json::value_to_json(e, value, true, &mut self.context)?;
        let object = self.structured.get_or_insert_default();
        if !object.is_empty() {
            object.push(b',');
        }
        object.extend_from_slice(&crate::builtins::json::text_to_json(e.symbol_text(name))?);
        object.push(b':');
        object.extend_from_slice(&json);
        if name == names.builder {
            let text = e.force_string(value, DEFERRED)?;
            self.context = e.contexts.union(self.context, text.context);
            self.builder = text.bytes.to_vec();
        } else if name == names.system {
            self.system = e.force_plain_string(value, DEFERRED)?.to_vec();
        } else if name == names.output_hash {
            self.output_hash = Some(e.force_plain_string(value, DEFERRED)?.to_vec());
        } else if name == names.output_hash_algo {
            self.output_hash_algorithm = algorithm(e, e.force_plain_string(value, DEFERRED)?)?;
        } else if name == names.output_hash_mode {
            let mode = e.force_plain_string(value, DEFERRED)?;
            self.output_hash_mode = Some(hash_mode(e, drv_name, mode)?);
        } else if name == names.outputs {
            let list = e.force_list(value, DEFERRED)?;
            let mut outputs = Vec::with_capacity(list.len());
            for output in e.elements(list) {
                let output = e.force_plain_string(output, DEFERRED)?;
                outputs.push(String::from_utf8_lossy(output).into_owned());
            }
            self.set_outputs(outputs.into_iter())?;
        } else {
            warn_without_effect(e, drv_name, name, pos);
        }
        Ok(())
    }

    fn set_outputs(&mut self, names: impl Iterator<Item = String>) -> Result<()> {
        let mut outputs: Vec<String> = Vec::new();
        for name in names {
            if outputs.contains(&name) {
                return Err(EvalError::eval(format!(
                    "duplicate derivation output '{name}'"
                )));
            }
            if name == "drvPath" {
                return Err(EvalError::eval("invalid derivation output name 'drvPath'"));
            }
            outputs.push(name);
        }
        if outputs.is_empty() {
            return Err(EvalError::eval(
                "derivation cannot have an empty set of outputs",
            ));
        }
        self.outputs = Some(outputs);
        Ok(())
    }
}

/// Warns about attributes that have their effect elsewhere if attributes are structured.
fn warn_without_effect(e: &Evaluator, drv_name: &str, name: Symbol, pos: Pos) {
    const MOVED: [&str; 6] = [
        "allowedReferences",
        "allowedRequisites",
        "disallowedReferences",
        "disallowedRequisites",
        "maxSize",
        "maxClosureSize",
    ];
    let text = e.symbol_lossy(name);
    if MOVED.contains(&&*text) {
        let step = format!("while evaluating derivation '{drv_name}'");
        let message = format!(
            "'structuredAttrs' disables the effect of the derivation attribute '{text}'; use 'outputChecks.<output>.{text}' instead"
        );
        let warning = crate::render::warning(&message, Some(&step), e.locate(pos).as_ref());
        e.host.message(Message::Warning(&warning));
    }
}

/// Fails if something that was asked for needs a feature that is not enabled.
pub(crate) fn require(e: &Evaluator, wanted: bool, feature: Feature) -> Result<()> {
    if !wanted || e.settings.has(feature) {
        return Ok(());
    }
    let name = feature.name();
    Err(EvalError::eval(format!(
        "experimental Nix feature '{name}' is disabled; add '--extra-experimental-features {name}' to enable it"
    )))
}

fn algorithm(e: &Evaluator, text: &[u8]) -> Result<Option<HashAlgorithm>> {
    let text = String::from_utf8_lossy(text);
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<HashAlgorithm>() {
        Ok(algorithm) => {
            require(e, algorithm == HashAlgorithm::Blake3, Feature::Blake3Hashes)?;
            Ok(Some(algorithm))
        }
        // What is not an algorithm is as good as none: the hash has to name its own then.
        Err(_) => Ok(None),
    }
}

fn hash_mode(e: &Evaluator, drv_name: &str, text: &[u8]) -> Result<ContentAddressMethod> {
    let text = String::from_utf8_lossy(text);
    let method = match &*text {
        "recursive" => Some(ContentAddressMethod::NixArchive),
        text => ContentAddressMethod::from_name(text),
    };
    let Some(method) = method else {
        let message = format!("invalid value '{text}' for 'outputHashMode' attribute");
        return Err(EvalError::eval(message));
    };
    if method == ContentAddressMethod::Text && !e.settings.has(Feature::DynamicDerivations) {
        return Err(EvalError::eval(format!(
            "experimental Nix feature 'dynamic-derivations' is disabled; text-hashed derivation '{drv_name}', outputHashMode = \"text\""
        )));
    }
    require(e, method == ContentAddressMethod::Git, Feature::GitHashing)?;
    Ok(method)
}

/// Puts a derivation together; its inputs and the paths of its outputs are still missing.
pub(super) fn assemble(
    e: &Evaluator,
    store: &StoreDir,
    name: &str,
    parts: Parts,
) -> Result<(Derivation, ContextSet)> {
    if parts.builder.is_empty() {
        return Err(EvalError::eval("required attribute 'builder' missing"));
    }
    if parts.system.is_empty() {
        return Err(EvalError::eval("required attribute 'system' missing"));
    }
    let outputs = parts.outputs.unwrap_or_else(|| vec!["out".to_owned()]);
    let only_out = matches!(outputs.as_slice(), [only] if only == "out");
    let makes_derivation = parts.output_hash_mode == Some(ContentAddressMethod::Text) && only_out;
    if name.ends_with(".drv") && !makes_derivation {
        return Err(EvalError::eval(
            "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
        ));
    }

    let mut derivation = Derivation::new(name);
    derivation.system = parts.system;
    derivation.builder = parts.builder;
    derivation.arguments = parts.arguments;
    derivation.environment = parts.environment;
    if let Some(members) = parts.structured {
        let json = [b"{", &members[..], b"}"].concat();
        derivation
            .environment
            .insert(STRUCTURED_ATTRIBUTES.as_bytes().to_vec(), json);
    }

    if let Some(hash) = parts.output_hash {
        if !only_out {
            return Err(EvalError::eval(
                "multiple outputs are not supported in fixed-output derivations",
            ));
        }
        let hash = fixed_hash(e, &hash, parts.output_hash_algorithm)?;
        let method = parts.output_hash_mode.unwrap_or(ContentAddressMethod::Flat);
        let output = DerivationOutput::Fixed(ContentAddress { method, hash });
        let path = output
            .path(store, name, "out")
            .map_err(|error| wire_error(&error))?;
        if let Some(path) = path {
            derivation
                .environment
                .insert(b"out".to_vec(), store.print(&path).into_bytes());
        }
        derivation.outputs.insert("out".to_owned(), output);
    } else if parts.content_addressed || parts.impure {
        if parts.content_addressed && parts.impure {
            return Err(EvalError::eval(
                "derivation cannot be both content-addressed and impure",
            ));
        }
        let algorithm = parts.output_hash_algorithm.unwrap_or(HashAlgorithm::Sha256);
        let method = parts
            .output_hash_mode
            .unwrap_or(ContentAddressMethod::NixArchive);
        for output in outputs {
            let placeholder = nix_wire::store_path::placeholder(&output);
            derivation
                .environment
                .insert(output.clone().into_bytes(), placeholder.into_bytes());
            let kind = if parts.impure {
                DerivationOutput::Impure { method, algorithm }
            } else {
                DerivationOutput::Floating { method, algorithm }
            };
            derivation.outputs.insert(output, kind);
        }
    } else {
        for output in outputs {
            derivation
                .environment
                .insert(output.clone().into_bytes(), Vec::new());
            derivation
                .outputs
                .insert(output, DerivationOutput::Deferred);
        }
    }
    Ok((derivation, parts.context))
}

/// The expected hash; an empty text stands for a hash that is not known yet.
fn fixed_hash(e: &Evaluator, text: &[u8], algorithm: Option<HashAlgorithm>) -> Result<Hash> {
    let text = String::from_utf8_lossy(text);
    let hash = Hash::parse_allow_empty(&text, algorithm).map_err(|error| wire_error(&error))?;
    if text.is_empty() {
        e.host.message(Message::Warning(&format!(
            "found empty hash, assuming '{}'",
            hash.sri()
        )));
    }
    Ok(hash)
}
