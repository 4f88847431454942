//! Derivations as ATerm.

use std::collections::BTreeSet;

use super::{Derivation, DerivationError, DerivationOutput, InputOutputs};
use crate::store_path::StoreDir;

/// The text of the `.drv` file.
pub(super) fn print(derivation: &Derivation, store: &StoreDir) -> Result<Vec<u8>, DerivationError> {
    let dynamic = derivation
        .input_derivations
        .values()
        .any(|input| !input.dynamic.is_empty());
    let inputs = derivation
        .input_derivations
        .iter()
        .map(|(path, input)| (store.print(path), input));
    Printer::new(derivation, store, Mask::Nothing).print(dynamic, inputs)
}

/// What of a derivation is left blank, because it is what the text is hashed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mask {
    Nothing,
    Outputs,
}

pub(super) struct Printer<'a> {
    derivation: &'a Derivation,
    store: &'a StoreDir,
    mask: Mask,
    text: Vec<u8>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(derivation: &'a Derivation, store: &'a StoreDir, mask: Mask) -> Printer<'a> {
        let size = derivation
            .environment
            .iter()
            .map(|(name, value)| name.len() + value.len() + 8);
        let text = Vec::with_capacity(size.sum::<usize>() + 1024);
        Printer {
            derivation,
            store,
            mask,
            text,
        }
    }

    /// The text, with these as the input derivations, which have to be in order.
    pub(super) fn print<'b>(
        mut self,
        dynamic: bool,
        inputs: impl Iterator<Item = (String, &'b InputOutputs)>,
    ) -> Result<Vec<u8>, DerivationError> {
        let beginning: &[u8] = if dynamic {
            b"DrvWithVersion(\"xp-dyn-drv\",["
        } else {
            b"Derive(["
        };
        self.text.extend_from_slice(beginning);
        for (index, (name, output)) in self.derivation.outputs.iter().enumerate() {
            self.separate(index);
            self.output(name, output)?;
        }
        self.text.extend_from_slice(b"],[");
        for (index, (path, input)) in inputs.enumerate() {
            self.separate(index);
            self.text.push(b'(');
            self.plain(&path);
            self.text.push(b',');
            self.input_outputs(input);
            self.text.push(b')');
        }
        self.text.extend_from_slice(b"],[");
        for (index, path) in self.derivation.input_sources.iter().enumerate() {
            self.separate(index);
            self.plain(&self.store.print(path));
        }
        self.text.extend_from_slice(b"],");
        self.quoted(&self.derivation.system);
        self.text.push(b',');
        self.quoted(&self.derivation.builder);
        self.text.extend_from_slice(b",[");
        for (index, argument) in self.derivation.arguments.iter().enumerate() {
            self.separate(index);
            self.quoted(argument);
        }
        self.text.extend_from_slice(b"],[");
        for (index, (name, value)) in self.derivation.environment.iter().enumerate() {
            self.separate(index);
            self.text.push(b'(');
            self.quoted(name);
            self.text.push(b',');
            let masked = self.mask == Mask::Outputs
                && std::str::from_utf8(name)
                    .is_ok_and(|name| self.derivation.outputs.contains_key(name));
            self.quoted(if masked { b"" } else { value });
            self.text.push(b')');
        }
        self.text.extend_from_slice(b"])");
        Ok(self.text)
    }

    fn output(&mut self, name: &str, output: &DerivationOutput) -> Result<(), DerivationError> {
        let [path, algorithm, hash] = output.parts(self.store, &self.derivation.name, name)?;
        let path = match self.mask {
            Mask::Nothing => path,
            Mask::Outputs => String::new(),
        };
        self.text.push(b'(');
        self.plain(name);
        for part in [&path, &algorithm, &hash] {
            self.text.push(b',');
            self.plain(part);
        }
        self.text.push(b')');
        Ok(())
    }

    fn input_outputs(&mut self, input: &InputOutputs) {
        if input.dynamic.is_empty() {
            self.names(&input.outputs);
            return;
        }
        self.text.push(b'(');
        self.names(&input.outputs);
        self.text.extend_from_slice(b",[");
        for (index, (name, outputs)) in input.dynamic.iter().enumerate() {
            self.separate(index);
            self.text.push(b'(');
            self.plain(name);
            self.text.push(b',');
            self.input_outputs(outputs);
            self.text.push(b')');
        }
        self.text.extend_from_slice(b"])");
    }

    fn names(&mut self, names: &BTreeSet<String>) {
        self.text.push(b'[');
        for (index, name) in names.iter().enumerate() {
            self.separate(index);
            self.plain(name);
        }
        self.text.push(b']');
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.text.push(b',');
        }
    }

    /// A text that has nothing to escape.
    fn plain(&mut self, text: &str) {
        self.text.push(b'"');
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'"');
    }

    fn quoted(&mut self, bytes: &[u8]) {
        self.text.push(b'"');
        let mut rest = bytes;
        let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'\n' | b'\r' | b'\t');
        while let Some(position) = rest.iter().position(special) {
            self.text.extend_from_slice(&rest[..position]);
            self.text.push(b'\\');
            self.text.push(match rest[position] {
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                other => other,
            });
            rest = &rest[position + 1..];
        }
        self.text.extend_from_slice(rest);
        self.text.push(b'"');
    }
}
