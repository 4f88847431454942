//! The program's own source: a flake that needs no fetching.

use std::error::Error;
use std::sync::Arc;

use nix_flake::Input;
use nix_flake::fetch::EmbeddedSources;
use nix_flake::reference::{Attribute, Attributes};
use nix_flake::registry::RegistryEntry;
use nix_store::store::Import;
use nix_store::{PathInfo, Store};
use nix_wire::store_path::References;
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, StorePath};

/// The name of the program's own source in registries.
const OWN_NAME: &str = "home-manager";

/// The source of the program, as a tree that can be had without fetching.
pub(super) struct Embedded {
    pub(super) store: Arc<dyn Store>,
}

impl Embedded {
    fn nar_hash() -> Result<Hash, Box<dyn Error + Send + Sync>> {
        Ok(Hash::parse_sri(hm_embedded::NAR_HASH)?)
    }

    fn store_path(&self, hash: &Hash) -> Result<StorePath, Box<dyn Error + Send + Sync>> {
        let method = ContentAddressMethod::NixArchive;
        Ok(self
            .store
            .store_dir()
            .content_path("source", method, hash, References::default())?)
    }

    /// The entry of the registry: the name stands for the tree in the store.
    pub(super) fn registry_entry(&self) -> Option<RegistryEntry> {
        let hash = Embedded::nar_hash().ok()?;
        let path = self.store.store_dir().print(&self.store_path(&hash).ok()?);
        let to: Attributes = [
            ("type", Attribute::String("path".to_owned())),
            ("path", Attribute::String(path)),
            ("narHash", Attribute::String(hash.sri())),
            (
                "lastModified",
                Attribute::Integer(hm_embedded::LAST_MODIFIED),
            ),
        ]
        .into_iter()
        .collect();
        let from: Attributes = [
            ("type", Attribute::String("indirect".to_owned())),
            ("id", Attribute::String(OWN_NAME.to_owned())),
        ]
        .into_iter()
        .collect();
        Some(RegistryEntry {
            from: Input::from_attributes(from).ok()?,
            to: Input::from_attributes(to).ok()?,
            directory: None,
            exact: true,
        })
    }
}

impl EmbeddedSources for Embedded {
    fn store_path_of(
        &self,
        nar_hash: &Hash,
    ) -> Result<Option<StorePath>, Box<dyn Error + Send + Sync>> {
        let hash = Embedded::nar_hash()?;
        if *nar_hash != hash {
            return Ok(None);
        }
        let path = self.store_path(&hash)?;
        if !self.store.is_valid(&path)? {
            let size = hm_embedded::SOURCE.len() as u64;
            let mut info = PathInfo::new(path.clone(), hash, size);
            info.content_address = Some(ContentAddress {
                method: ContentAddressMethod::NixArchive,
                hash,
            });
            self.store
                .import(&info, &mut &*hm_embedded::SOURCE, Import::CHECKED)?;
        }
        Ok(Some(path))
    }
}
