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
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, StoreDir, StorePath};

/// Where an archive of the program's own source is published, so that every Nix can fetch what lock files
/// name. While it is nowhere, they name the place that it has in a store.
const PUBLISHED: Option<&str> = None;

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
        // The same on all machines, wherever their stores are: trees are known by their hashes.
        let usual = StoreDir::new("/nix/store").ok()?;
        let method = ContentAddressMethod::NixArchive;
        let path = usual.content_path("source", method, &hash, References::default());
        let place = match PUBLISHED {
            Some(url) => [("type", "tarball".to_owned()), ("url", url.to_owned())],
            None => [
                ("type", "path".to_owned()),
                ("path", usual.print(&path.ok()?)),
            ],
        };
        let place = place.map(|(name, text)| (name, Attribute::String(text)));
        let known = [
            ("narHash", Attribute::String(hash.sri())),
            (
                "lastModified",
                Attribute::Integer(hm_embedded::LAST_MODIFIED),
            ),
        ];
        let to: Attributes = place.into_iter().chain(known).collect();
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
