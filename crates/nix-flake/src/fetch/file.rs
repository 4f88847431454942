//! Single files and archives for the language: `fetchurl` and `fetchTarball`.

use std::path::Path;

use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm, StorePath};

use super::download::Answer;
use super::tarball::SingleFile;
use super::{FetchError, TreeFetcher};
use crate::reference::ReferenceError;

/// A hash as these errors have it.
fn shown(hash: &Hash) -> String {
    format!("sha256:{}", hash.nix32())
}

/// What is fetched for the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FetchedFile<'a> {
    /// Where it is; `channel:NAME` is that channel of nixpkgs.
    pub url: &'a str,
    /// Its name in the store.
    pub name: &'a str,
    /// Whether it is an archive that is to be unpacked.
    pub unpack: bool,
    /// The SHA-256 hash that it must have: of the file, or of the tree's archive.
    pub expected: Option<Hash>,
}

/// A file that was fetched to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it is.
    pub path: StorePath,
    /// Where it came from, after all redirections.
    pub url: String,
}

impl TreeFetcher {
    /// Fetches a file or archive to the store, unless what it must be is there.
    ///
    /// # Errors
    /// When it cannot be had, or is something else.
    pub fn fetch_file(&self, wanted: &FetchedFile<'_>) -> Result<StorePath, FetchError> {
        let method = match wanted.unpack {
            true => ContentAddressMethod::NixArchive,
            false => ContentAddressMethod::Flat,
        };
        let path_of = |hash: &Hash| {
            self.store()
                .store_dir()
                .content_path(wanted.name, method, hash, Default::default())
                .map_err(|error| ReferenceError::Invalid(error.to_string()))
        };
        if let Some(hash) = &wanted.expected {
            let path = path_of(hash)?;
            if self.store().is_valid(&path)? {
                return Ok(path);
            }
        }
        let url = match wanted.url.strip_prefix("channel:") {
            Some(channel) => format!("https://channels.nixos.org/{channel}/nixexprs.tar.xz"),
            None => wanted.url.to_owned(),
        };
        let path = match wanted.unpack {
            true => {
                let name = wanted.name;
                let unpacked = self.download_archive(&url, &url, &[], name, false)?;
                unpacked.tree.path
            }
            false => self.download_file(&url, wanted.name)?.path,
        };
        if let Some(expected) = &wanted.expected
            && path_of(expected)? != path
        {
            let found = match wanted.unpack {
                true => self.store().nar_hash(&path)?,
                false => self.hash_of_file(&path)?,
            };
            return Err(FetchError::FileHashMismatch {
                url,
                expected: shown(expected),
                found: found.as_ref().map(shown).unwrap_or_default(),
            });
        }
        Ok(path)
    }

    /// Fetches a file to the store, unless it is known to be there and not to have changed.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn download_file(&self, url: &str, name: &str) -> Result<StoredFile, FetchError> {
        let cache = self.cache.as_ref();
        let key = format!("{name} {url}");
        let before = cache.and_then(|cache| cache.get("url", &key));
        let there = match &before {
            Some(before) => {
                let path = before.value["path"].as_str();
                let path = path.and_then(|path| self.store().store_dir().parse(path).ok());
                match path {
                    Some(path) if self.store().is_valid(&path)? => {
                        let url = before.value["url"].as_str().unwrap_or(url).to_owned();
                        Some(StoredFile { path, url })
                    }
                    _ => None,
                }
            }
            None => None,
        };
        if let (Some(before), Some(file)) = (&before, &there)
            && self.is_recent(before.age)
        {
            return Ok(file.clone());
        }
        let etag = match (&before, &there) {
            (Some(before), Some(_)) => before.value["etag"].as_str(),
            _ => None,
        };
        let downloaded = match (self.download(url, &[], etag), there) {
            (Ok(Answer::New(downloaded)), _) => downloaded,
            (Ok(Answer::NotModified), Some(file)) => {
                if let (Some(cache), Some(before)) = (cache, &before) {
                    cache.set("url", &key, &before.value);
                }
                return Ok(file);
            }
            (Ok(Answer::NotModified), None) => return Err(FetchError::NothingSent(url.to_owned())),
            (Err(error), Some(file)) if error.is_unreachable() => {
                self.warn(&format!("{error}; using cached version"));
                return Ok(file);
            }
            (Err(error), _) => return Err(error),
        };
        let mut file = downloaded.file;
        let size = file
            .metadata()
            .map_err(FetchError::io("reading", Path::new(url)))?
            .len();
        let mut tree = SingleFile {
            file: &mut file,
            size,
        };
        let path = self.store().add_flat(name, &mut tree)?;
        if let Some(cache) = cache {
            let printed = self.store().store_dir().print(&path);
            let value = serde_json::json!({
                "etag": downloaded.etag,
                "path": printed,
                "url": downloaded.url,
            });
            cache.set("url", &key, &value);
        }
        Ok(StoredFile {
            path,
            url: downloaded.url,
        })
    }

    fn hash_of_file(&self, path: &StorePath) -> Result<Option<Hash>, FetchError> {
        let path = self.store().real_path(path);
        let mut file = std::fs::File::open(&path).map_err(FetchError::io("opening", &path))?;
        let mut sink = nix_wire::hash::HashingWriter::sink(HashAlgorithm::Sha256);
        std::io::copy(&mut file, &mut sink).map_err(FetchError::io("reading", &path))?;
        Ok(Some(sink.finish().0))
    }
}
