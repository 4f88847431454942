//! What is registered of objects, as text: what `nix-store --dump-db` writes and `--load-db` and
//! `--register-validity` read.
//!
//! For each object the lines: its path; its hash in base 16 and the size of its archive, unless
//! they are to be found out; its deriver, or nothing; the number of references; the references.

use std::io::BufRead;

use nix_wire::{Hash, HashAlgorithm, StoreDir, StorePath, nar};

use super::{LocalStore, Result};
use crate::canonical;
use crate::error::StoreError;
use nix_wire::PathInfo;

/// How [`LocalStore::register_from`] takes what it reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationSource {
    /// Whether hash and size are in the text, rather than to be found out from the object.
    pub hash_given: bool,
    /// Whether objects that are valid already are registered again.
    pub again: bool,
    /// Whether objects are brought into canonical form first.
    pub canonicalise: bool,
}

/// The lines that `nix-store --dump-db` prints for one object, and `--load-db` reads.
#[must_use]
pub fn registration_text(store_dir: &StoreDir, info: &PathInfo) -> String {
    let mut text = String::new();
    store_dir.print_to(&mut text, &info.path);
    text.push_str(&format!(
        "\n{}\n{}\n",
        info.nar_hash.base16(),
        info.nar_size
    ));
    if let Some(deriver) = &info.deriver {
        store_dir.print_to(&mut text, deriver);
    }
    text.push_str(&format!("\n{}\n", info.references.len()));
    for reference in &info.references {
        store_dir.print_to(&mut text, reference);
        text.push('\n');
    }
    text
}

impl LocalStore {
    /// Registers the objects of which a text tells, all or none.
    ///
    /// # Errors
    /// When the text is cut off or wrong, or an object is not there.
    pub fn register_from(
        &self,
        source: &mut dyn BufRead,
        options: RegistrationSource,
    ) -> Result<()> {
        let mut infos = Vec::new();
        while let Some(mut info) = self.read_registration(source, options.hash_given)? {
            if !options.again && self.is_valid(&info.path)? {
                continue;
            }
            let real_path = self.layout.real_path(&info.path);
            if options.canonicalise {
                canonical::canonicalise(&real_path)?;
            }
            if !options.hash_given {
                (info.nar_hash, info.nar_size) = nar::hash_path(&real_path)?;
            }
            infos.push(info);
        }
        self.register(&infos)
    }

    /// Registers objects that are in place, all or none.
    ///
    /// # Errors
    /// When a reference is not valid, or a derivation cannot be read or is not what it says.
    pub fn register(&self, infos: &[PathInfo]) -> Result<()> {
        self.create()?;
        let registrations = self.registrations(infos)?;
        self.register_all(&registrations)
    }

    fn read_registration(
        &self,
        source: &mut dyn BufRead,
        hash_given: bool,
    ) -> Result<Option<PathInfo>> {
        let mut line = || -> Result<String> {
            let mut line = String::new();
            source
                .read_line(&mut line)
                .map_err(|error| StoreError::Registration(error.to_string()))?;
            Ok(line.trim_end_matches('\n').to_owned())
        };
        let path = line()?;
        if path.is_empty() {
            return Ok(None);
        }
        let path = self.store_dir().parse(&path)?;
        let number = |text: String| -> Result<u64> {
            text.parse()
                .map_err(|_| StoreError::Registration(format!("'{text}' is not a number")))
        };
        let (hash, size) = if hash_given {
            let hash = Hash::parse(&line()?, Some(HashAlgorithm::Sha256))?;
            (hash, number(line()?)?)
        } else {
            (Hash::zero(HashAlgorithm::Sha256), 0)
        };
        let mut info = PathInfo::new(path, hash, size);
        let deriver = line()?;
        if !deriver.is_empty() {
            info.deriver = Some(self.store_dir().parse(&deriver)?);
        }
        for _ in 0..number(line()?)? {
            let reference: StorePath = self.store_dir().parse(&line()?)?;
            info.references.insert(reference);
        }
        Ok(Some(info))
    }
}
