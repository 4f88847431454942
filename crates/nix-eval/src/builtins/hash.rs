//! Hashes.

use nix_wire::hash::{Hash, HashAlgorithm, HashError, HashFormat};

use super::Builtin;
use super::attrs::missing;
use crate::derivation::require;
use crate::error::{ErrorKind, EvalError, Result};
use crate::evaluator::Evaluator;
use crate::host::Message;
use crate::settings::Feature;
use crate::value::{Attrs, Value};

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new("hashString", 2, 0b01, hash_string),
    Builtin::new("hashFile", 2, 0b01, hash_file),
    Builtin::new("convertHash", 1, 1, convert_hash),
];

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is an adapter for map_err"
)]
fn hash_error(error: HashError) -> Box<EvalError> {
    let kind = match error {
        HashError::UnknownAlgorithm(_) | HashError::UnknownFormat(_) => ErrorKind::Usage,
        _ => ErrorKind::Eval,
    };
    EvalError::new(kind, error.to_string())
}

fn algorithm(e: &Evaluator, name: &[u8]) -> Result<HashAlgorithm> {
    let algorithm = String::from_utf8_lossy(name).parse().map_err(hash_error)?;
    require(e, algorithm == HashAlgorithm::Blake3, Feature::Blake3Hashes)?;
    Ok(algorithm)
}

fn hash_string(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.hashString";
    let algorithm = algorithm(e, e.force_plain_string(args[0], what)?)?;
    let what = "while evaluating the second argument passed to builtins.hashString";
    let text = e.force_string(args[1], what)?;
    e.look_into(text.bytes);
    Ok(e.string(Hash::of(algorithm, text.bytes).base16().as_bytes()))
}

fn hash_file(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.hashFile";
    let algorithm = algorithm(e, e.force_plain_string(args[0], what)?)?;
    let path = e.realise_path(args[1])?;
    let content = super::files::read_bytes(e, &path)?;
    Ok(e.string(Hash::of(algorithm, content).base16().as_bytes()))
}

fn convert_hash(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.convertHash";
    let attrs = e.force_attrs(args[0], what)?;
    let text = text_attr(e, attrs, b"hash", "while evaluating the attribute 'hash'")?
        .ok_or_else(|| missing(b"hash", "while locating the attribute 'hash'"))?;
    let algorithm = text_attr(
        e,
        attrs,
        b"hashAlgo",
        "while evaluating the attribute 'hashAlgo'",
    )?
    .map(|name| algorithm(e, name))
    .transpose()?;
    let format = text_attr(
        e,
        attrs,
        b"toHashFormat",
        "while evaluating the attribute 'toHashFormat'",
    )?
    .ok_or_else(|| {
        missing(
            b"toHashFormat",
            "while locating the attribute 'toHashFormat'",
        )
    })?;
    if format == b"base32" {
        let warning = "\"base32\" is a deprecated alias for hash format \"nix32\".";
        e.host.message(Message::Warning(warning));
    }
    let format: HashFormat = String::from_utf8_lossy(format)
        .parse()
        .map_err(hash_error)?;
    let hash = Hash::parse(&String::from_utf8_lossy(text), algorithm).map_err(hash_error)?;
    require(
        e,
        hash.algorithm() == HashAlgorithm::Blake3,
        Feature::Blake3Hashes,
    )?;
    Ok(e.string(hash.to_text(format, false).as_bytes()))
}

/// The text of an attribute, if there is one.
fn text_attr<'e>(
    e: &'e Evaluator,
    attrs: Attrs,
    name: &[u8],
    what: &'static str,
) -> Result<Option<&'e [u8]>> {
    e.attr_named(attrs, name)
        .map(|value| e.force_plain_string(value, what))
        .transpose()
}
