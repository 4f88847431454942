//! ATerm as derivations.

use std::borrow::Cow;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Derivation, DerivationError, DerivationOutput, InputOutputs};
use crate::store_path::{StoreDir, StorePath};

/// Outputs of outputs of outputs: nobody nests them, but a hostile text must not use up the stack.
const DEEPEST_DYNAMIC: usize = 64;

pub(super) fn parse(
    store: &StoreDir,
    name: &str,
    text: &[u8],
) -> Result<Derivation, DerivationError> {
    let mut parser = Parser {
        text,
        position: 0,
        store,
    };
    let dynamic = parser.beginning()?;
    let mut derivation = Derivation::new(name);

    parser.expect("[")?;
    parser.list(|parser| {
        parser.expect("(")?;
        let output_name = parser.utf8()?;
        let output = parser.output(name, &output_name)?;
        parser.expect(")")?;
        insert(&mut derivation.outputs, output_name, output, |name| {
            name.clone()
        })
    })?;

    parser.expect(",[")?;
    parser.list(|parser| {
        parser.expect("(")?;
        let path = parser.store_path()?;
        parser.expect(",")?;
        let outputs = parser.input_outputs(dynamic, 0)?;
        parser.expect(")")?;
        if outputs.outputs.is_empty() && outputs.dynamic.is_empty() {
            return Err(DerivationError::NoInputOutputs(parser.store.print(&path)));
        }
        insert(
            &mut derivation.input_derivations,
            path,
            outputs,
            StorePath::to_string,
        )
    })?;

    parser.expect(",[")?;
    parser.list(|parser| {
        let path = parser.store_path()?;
        match derivation.input_sources.replace(path) {
            None => Ok(()),
            Some(path) => Err(DerivationError::Twice(path.to_string())),
        }
    })?;

    parser.expect(",")?;
    derivation.system = parser.string()?.into_owned();
    parser.expect(",")?;
    derivation.builder = parser.string()?.into_owned();

    parser.expect(",[")?;
    parser.list(|parser| {
        derivation.arguments.push(parser.string()?.into_owned());
        Ok(())
    })?;

    parser.expect(",[")?;
    parser.list(|parser| {
        parser.expect("(")?;
        let name = parser.string()?.into_owned();
        parser.expect(",")?;
        let value = parser.string()?.into_owned();
        parser.expect(")")?;
        insert(&mut derivation.environment, name, value, |name| {
            String::from_utf8_lossy(name).into_owned()
        })
    })?;
    parser.expect(")")?;
    if parser.position != text.len() {
        return Err(DerivationError::TrailingText);
    }
    Ok(derivation)
}

/// What is there twice would be lost, and the derivation not the one that the text is of.
fn insert<K: Ord, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    show: impl Fn(&K) -> String,
) -> Result<(), DerivationError> {
    match map.entry(key) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
        Entry::Occupied(entry) => Err(DerivationError::Twice(show(entry.key()))),
    }
}

struct Parser<'a> {
    text: &'a [u8],
    position: usize,
    store: &'a StoreDir,
}

impl<'a> Parser<'a> {
    /// Reads up to the outputs; whether inputs may be dynamic.
    fn beginning(&mut self) -> Result<bool, DerivationError> {
        if self.accept("Derive(") {
            return Ok(false);
        }
        if !self.accept("DrvWithVersion(") {
            return Err(DerivationError::NoDerivation);
        }
        match self.utf8()?.as_str() {
            "xp-dyn-drv" => {}
            other => return Err(DerivationError::UnknownVersion(other.to_owned())),
        }
        self.expect(",")?;
        Ok(true)
    }

    fn accept(&mut self, expected: &str) -> bool {
        let found = self.text[self.position..].starts_with(expected.as_bytes());
        if found {
            self.position += expected.len();
        }
        found
    }

    fn expect(&mut self, expected: &str) -> Result<(), DerivationError> {
        if self.accept(expected) {
            return Ok(());
        }
        Err(DerivationError::Expected {
            expected: expected.to_owned(),
            position: self.position,
        })
    }

    /// The elements of a list whose bracket has been read, and its end.
    fn list(
        &mut self,
        mut element: impl FnMut(&mut Self) -> Result<(), DerivationError>,
    ) -> Result<(), DerivationError> {
        if self.accept("]") {
            return Ok(());
        }
        loop {
            element(self)?;
            if self.accept("]") {
                return Ok(());
            }
            self.expect(",")?;
        }
    }

    fn string(&mut self) -> Result<Cow<'a, [u8]>, DerivationError> {
        self.expect("\"")?;
        let text = self.text;
        let start = self.position;
        let mut unescaped: Option<Vec<u8>> = None;
        let mut copied = start;
        loop {
            let special = text[self.position..]
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\'))
                .ok_or(DerivationError::UnterminatedString)?;
            let at = self.position + special;
            if text[at] == b'"' {
                self.position = at + 1;
                return Ok(match unescaped {
                    None => Cow::Borrowed(&text[start..at]),
                    Some(mut bytes) => {
                        bytes.extend_from_slice(&text[copied..at]);
                        Cow::Owned(bytes)
                    }
                });
            }
            let escaped = *text
                .get(at + 1)
                .ok_or(DerivationError::UnterminatedString)?;
            let bytes = unescaped.get_or_insert_default();
            bytes.extend_from_slice(&text[copied..at]);
            bytes.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
            self.position = at + 2;
            copied = self.position;
        }
    }

    fn utf8(&mut self) -> Result<String, DerivationError> {
        String::from_utf8(self.string()?.into_owned()).map_err(|error| {
            DerivationError::NotUtf8(String::from_utf8_lossy(error.as_bytes()).into_owned())
        })
    }

    fn store_path(&mut self) -> Result<StorePath, DerivationError> {
        let text = self.utf8()?;
        Ok(self.store.parse(&text)?)
    }

    fn output(
        &mut self,
        derivation_name: &str,
        output: &str,
    ) -> Result<DerivationOutput, DerivationError> {
        self.expect(",")?;
        let path = self.utf8()?;
        self.expect(",")?;
        let algorithm = self.utf8()?;
        self.expect(",")?;
        let hash = self.utf8()?;

        DerivationOutput::from_parts(
            self.store,
            derivation_name,
            output,
            [&path, &algorithm, &hash],
        )
    }

    fn names(&mut self) -> Result<BTreeSet<String>, DerivationError> {
        let mut names = BTreeSet::new();
        self.expect("[")?;
        self.list(|parser| {
            let name = parser.utf8()?;
            match names.replace(name) {
                None => Ok(()),
                Some(name) => Err(DerivationError::Twice(name)),
            }
        })?;
        Ok(names)
    }

    fn input_outputs(
        &mut self,
        dynamic: bool,
        depth: usize,
    ) -> Result<InputOutputs, DerivationError> {
        if depth > DEEPEST_DYNAMIC {
            return Err(DerivationError::TooDeep);
        }
        if !dynamic || !self.accept("(") {
            return Ok(InputOutputs {
                outputs: self.names()?,
                dynamic: BTreeMap::new(),
            });
        }
        let outputs = self.names()?;
        let mut children = BTreeMap::new();
        self.expect(",[")?;
        self.list(|parser| {
            parser.expect("(")?;
            let name = parser.utf8()?;
            parser.expect(",")?;
            let child = parser.input_outputs(dynamic, depth + 1)?;
            parser.expect(")")?;
            insert(&mut children, name, child, |name| name.clone())
        })?;
        self.expect(")")?;
        Ok(InputOutputs {
            outputs,
            dynamic: children,
        })
    }
}
