//! Derivations without their input derivations: what is sent to build one elsewhere.

use nix_wire::Derivation;
use nix_wire::derivation::DerivationOutput;

use crate::codec::{Decoder, Encoder, Item};
use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

/// Bytes that builders see.
struct Bytes(Vec<u8>);

impl Item for Bytes {
    fn read(from: &mut Decoder<'_>) -> Result<Bytes> {
        Ok(Bytes(from.bytes()?))
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.bytes(&self.0)
    }
}

/// Reads a derivation of this name.
pub(crate) fn read(from: &mut Decoder<'_>, name: &str) -> Result<Derivation> {
    let mut derivation = Derivation::new(name);
    let store_dir = from.context.store_dir.clone();
    for _ in 0..from.number()? {
        let output = from.text()?;
        let (path, algorithm, hash) = (from.text()?, from.text()?, from.text()?);
        let parts = [path.as_str(), &algorithm, &hash];
        let parsed = DerivationOutput::from_parts(&store_dir, name, &output, parts)?;
        derivation.outputs.insert(output, parsed);
    }
    derivation.input_sources = from.read()?;
    derivation.system = from.bytes()?;
    derivation.builder = from.bytes()?;
    let arguments: Vec<Bytes> = from.read()?;
    derivation.arguments = arguments.into_iter().map(|bytes| bytes.0).collect();
    for _ in 0..from.number()? {
        let (variable, value) = (from.bytes()?, from.bytes()?);
        derivation.environment.insert(variable, value);
    }
    Ok(derivation)
}

/// Writes a derivation, whose inputs are all in its sources.
pub(crate) fn write(to: &mut Encoder<'_>, derivation: &Derivation) -> Result<()> {
    to.number(derivation.outputs.len() as u64)?;
    for (name, output) in &derivation.outputs {
        to.text(name)?;
        for part in output.parts(&to.context.store_dir, &derivation.name, name)? {
            to.text(&part)?;
        }
    }
    to.write(&derivation.input_sources)?;
    to.bytes(&derivation.system)?;
    to.bytes(&derivation.builder)?;
    to.number(derivation.arguments.len() as u64)?;
    for argument in &derivation.arguments {
        to.bytes(argument)?;
    }
    to.number(derivation.environment.len() as u64)?;
    for (variable, value) in &derivation.environment {
        to.bytes(variable)?;
        to.bytes(value)?;
    }
    Ok(())
}
