//! What a cache has.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix_store::{PathInfo, StoreError};
use nix_transfer::coding::{self, Compression};
use nix_transfer::{Request, TransferError, for_each};
use nix_wire::StorePath;
use nix_wire::narinfo::NarInfo;

use crate::cache::{BinaryCache, Texts};
use crate::error::CacheError;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// No narinfo is larger, in bytes: one of a hundred thousand references would be.
const LARGEST_NARINFO: u64 = 16 * 1024 * 1024;
/// No log is larger.
const LARGEST_TEXT: u64 = 1024 * 1024 * 1024;
/// Narinfos that are asked for at the same time.
const MOST_QUESTIONS: usize = 32;

impl BinaryCache {
    /// What the cache says of those of the objects that it has.
    pub(crate) fn narinfos(&self, paths: &BTreeSet<StorePath>) -> Result<Vec<NarInfo>> {
        let mut found = Vec::new();
        let mut unknown: Vec<&StorePath> = Vec::new();
        {
            let known = self.known();
            for path in paths {
                match known.get(path) {
                    Some(info) => found.extend(info.clone()),
                    None => unknown.push(path),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(found);
        }
        self.cache_info()?;
        let texts = self.texts_of(&unknown)?;
        for path in unknown {
            let text = texts.get(path.hash_part()).cloned().flatten();
            let info = match text {
                None => None,
                Some(text) => Some(self.narinfo_of(path, &text)?),
            };
            self.known().insert(path.clone(), info.clone());
            found.extend(info);
        }
        Ok(found)
    }

    fn narinfo_of(&self, path: &StorePath, text: &str) -> Result<NarInfo, CacheError> {
        let file = format!("{}.narinfo", path.hash_part());
        let info = self.parse_narinfo(&file, text)?;
        if info.path != *path {
            return Err(CacheError::OtherPath {
                cache: self.name.clone(),
                asked: self.store_dir.print(path),
                found: self.store_dir.print(&info.path),
            });
        }
        Ok(info)
    }

    pub(crate) fn parse_narinfo(&self, file: &str, text: &str) -> Result<NarInfo, CacheError> {
        NarInfo::parse(&self.store_dir, text).map_err(|error| CacheError::NarInfo {
            url: self.url_of(file),
            error,
        })
    }

    /// The narinfos of objects, remembered or asked for.
    fn texts_of(&self, paths: &[&StorePath]) -> Result<Texts, CacheError> {
        let mut texts = Texts::new();
        if let Some(lookups) = &self.lookups {
            let parts: Vec<&str> = paths.iter().map(|path| path.hash_part()).collect();
            for (part, text) in lookups.narinfos(&self.name, &parts) {
                texts.insert(part.to_owned(), text);
            }
        }
        let unknown: Vec<&str> = paths
            .iter()
            .map(|path| path.hash_part())
            .filter(|part| !texts.contains_key(*part))
            .collect();
        let answers = Mutex::new(Vec::with_capacity(unknown.len()));
        let threads = match self.client.options().connections {
            0 => MOST_QUESTIONS,
            connections => connections.min(MOST_QUESTIONS),
        };
        // A directory is read at once: threads would only wait for each other.
        let threads = if self.directory().is_some() {
            1
        } else {
            threads
        };
        let asked = for_each(&unknown, threads, |part| {
            let text = self.text_at(&format!("{part}.narinfo"))?;
            answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((*part, text));
            Ok::<(), CacheError>(())
        });
        let answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(lookups) = &self.lookups {
            lookups.set_narinfos(&self.name, &answers);
        }
        asked?;
        texts.extend(
            answers
                .into_iter()
                .map(|(part, text)| (part.to_owned(), text)),
        );
        Ok(texts)
    }

    /// A file of the cache as text; `None` when there is none.
    pub(crate) fn text_at(&self, file: &str) -> Result<Option<String>, CacheError> {
        let Some(bytes) = self.bytes_at_most(file, LARGEST_NARINFO)? else {
            return Ok(None);
        };
        let text = String::from_utf8(bytes).map_err(|_| CacheError::NoText(self.url_of(file)))?;
        Ok(Some(text))
    }

    /// A file of the cache; `None` when there is none.
    pub(crate) fn bytes_at(&self, file: &str) -> Result<Option<Vec<u8>>, CacheError> {
        self.bytes_at_most(file, LARGEST_TEXT)
    }

    fn bytes_at_most(&self, file: &str, limit: u64) -> Result<Option<Vec<u8>>, CacheError> {
        let request = Request::get(self.url_of(file)).at_most(limit);
        match self.client.fetch(&request) {
            Ok(fetched) => Ok(fetched.bytes),
            // Buckets that may not be listed say so of what is not there.
            Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The archive of an object.
    pub(crate) fn archive(&self, info: &PathInfo) -> Result<Box<dyn Read + Send + '_>> {
        let path = &info.path;
        let kept = self.kept_archive(path);
        if let Some(kept) = &kept
            && let Ok(file) = File::open(kept)
        {
            return Ok(Box::new(file));
        }
        let narinfo = self
            .narinfos(&BTreeSet::from([path.clone()]))?
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::InvalidPath(self.store_dir.print(path)))?;
        let compression = Compression::from_name(&narinfo.compression).ok_or_else(|| {
            CacheError::Compression {
                cache: self.name.clone(),
                path: self.store_dir.print(path),
                compression: narinfo.compression.clone(),
            }
        })?;
        self.check_inside(&narinfo.url)?;
        let mut request = Request::get(self.url_of(&narinfo.url));
        request.size_limit = narinfo.file_size;
        let response = match self.client.open(&request) {
            Ok(response) => response,
            Err(error) if error.is_not_found() || error.is_forbidden() => {
                return Err(StoreError::Gone(format!(
                    "file '{}' does not exist in binary cache '{}'",
                    narinfo.url, self.name
                )));
            }
            Err(error) => return Err(CacheError::from(error).into()),
        };
        let archive =
            coding::decode(compression, response.body).map_err(nix_wire::nar::NarError::from)?;
        match kept {
            None => Ok(archive),
            Some(kept) => Ok(Box::new(keep(archive, &kept, info.nar_size)?)),
        }
    }

    fn kept_archive(&self, path: &StorePath) -> Option<PathBuf> {
        let directory = self.options.local_archives.as_ref()?;
        Some(directory.join(format!("{}.nar", path.hash_part())))
    }

    /// The objects of a cache that is a directory.
    pub(crate) fn list(&self, directory: &Path) -> Result<BTreeSet<StorePath>> {
        let failed = |error| CacheError::Io {
            action: "read directory",
            path: directory.to_owned(),
            error,
        };
        let mut paths = BTreeSet::new();
        for entry in fs::read_dir(directory).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let Some(name) = name.to_str().filter(|name| name.ends_with(".narinfo")) else {
                continue;
            };
            if let Some(text) = self.text_at(name)? {
                let info = self.parse_narinfo(name, &text)?;
                paths.insert(info.path.clone());
                self.known().insert(info.path.clone(), Some(info));
            }
        }
        Ok(paths)
    }
}

/// Writes an archive to a file, from which it is then read.
fn keep(mut archive: impl Read, to: &Path, nar_size: u64) -> Result<File> {
    let failed = |error| CacheError::Io {
        action: "write",
        path: to.to_owned(),
        error,
    };
    let directory = to.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory).map_err(failed)?;
    let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed)?;
    // One byte more than there may be, so that whoever reads it notices.
    io::copy(&mut (&mut archive).take(nar_size + 1), &mut file).map_err(|error| {
        match TransferError::from_io(error) {
            Ok(error) => CacheError::from(error),
            Err(error) => failed(error),
        }
    })?;
    file.flush().map_err(failed)?;
    let file = file.persist(to).map_err(|error| failed(error.error))?;
    drop(file);
    Ok(File::open(to).map_err(failed)?)
}
