//! What is to be valid: an object, or outputs of a derivation.

use std::collections::BTreeSet;

use nix_wire::{StoreDir, StorePath};

use crate::codec::{Decoder, Encoder, Item};
use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

/// Which outputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outputs {
    /// All of them.
    All,
    /// These; at least one.
    Named(BTreeSet<String>),
}

/// What is to be valid.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum DerivedPath {
    /// This object itself.
    Object(StorePath),
    /// Outputs of a derivation.
    Built {
        /// The derivation.
        derivation: StorePath,
        /// Which.
        outputs: Outputs,
    },
}

impl DerivedPath {
    /// As the worker protocol has it since 1.30: `PATH`, `PATH!*`, `PATH!out,dev`.
    #[must_use]
    pub fn print(&self, store_dir: &StoreDir) -> String {
        match self {
            DerivedPath::Object(path) => store_dir.print(path),
            DerivedPath::Built {
                derivation,
                outputs: Outputs::All,
            } => format!("{}!*", store_dir.print(derivation)),
            DerivedPath::Built {
                derivation,
                outputs: Outputs::Named(names),
            } => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                format!("{}!{}", store_dir.print(derivation), names.join(","))
            }
        }
    }

    /// The reverse of [`DerivedPath::print`].
    ///
    /// # Errors
    /// When the path is none.
    pub fn parse(store_dir: &StoreDir, text: &str) -> Result<DerivedPath> {
        let Some((path, outputs)) = text.rsplit_once('!') else {
            return Ok(DerivedPath::Object(store_dir.parse(text)?));
        };
        Ok(DerivedPath::Built {
            derivation: store_dir.parse(path)?,
            outputs: outputs_of(outputs),
        })
    }

    /// As older versions have it, for which the path of a derivation stands for all its outputs.
    ///
    /// # Errors
    /// When that cannot be said: the derivation itself is meant.
    pub fn print_old(&self, store_dir: &StoreDir) -> Result<String> {
        match self {
            DerivedPath::Object(path) if path.is_derivation() => Err(ProtocolError::TooOld {
                version: "before 1.30".to_owned(),
                what: format!("'{}' itself, without its outputs", store_dir.print(path)),
            }),
            DerivedPath::Built {
                derivation,
                outputs: Outputs::All,
            } => Ok(store_dir.print(derivation)),
            _ => Ok(self.print(store_dir)),
        }
    }

    /// The reverse of [`DerivedPath::print_old`].
    ///
    /// # Errors
    /// When the path is none.
    pub fn parse_old(store_dir: &StoreDir, text: &str) -> Result<DerivedPath> {
        Ok(match DerivedPath::parse(store_dir, text)? {
            DerivedPath::Object(path) if path.is_derivation() => DerivedPath::Built {
                derivation: path,
                outputs: Outputs::All,
            },
            other => other,
        })
    }
}

fn outputs_of(text: &str) -> Outputs {
    if text == "*" {
        return Outputs::All;
    }
    Outputs::Named(text.split(',').map(str::to_owned).collect())
}

impl Item for DerivedPath {
    fn read(from: &mut Decoder<'_>) -> Result<DerivedPath> {
        let text = from.text()?;
        let store_dir = &from.context.store_dir;
        if from.context.worker_since(30) {
            DerivedPath::parse(store_dir, &text)
        } else {
            DerivedPath::parse_old(store_dir, &text)
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        let store_dir = &to.context.store_dir;
        let text = if to.context.worker_since(30) {
            self.print(store_dir)
        } else {
            self.print_old(store_dir)?
        };
        to.text(&text)
    }
}
