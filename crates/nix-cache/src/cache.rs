//! A binary cache as a store.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix_store::build::{
    BuildErrors, BuildOptions, Cancellation, Observer, Wanted, build_elsewhere, missing_elsewhere,
};
use nix_store::store::{Import, Missing, Store};
use nix_store::{PathInfo, StoreError};
use nix_transfer::{Client, Payload};
use nix_wire::narinfo::NarInfo;
use nix_wire::{StoreDir, StorePath};

use crate::cache_info::CacheInfo;
use crate::error::CacheError;
use crate::lookups::Lookups;
use crate::options::CacheOptions;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A binary cache. May be used by several threads at once; nothing is asked before it is needed.
pub struct BinaryCache {
    /// Without a slash at the end, and without parameters but those of S3.
    pub(crate) url: String,
    /// As it is called: without parameters.
    pub(crate) name: String,
    pub(crate) store_dir: StoreDir,
    pub(crate) client: Client,
    pub(crate) options: CacheOptions,
    pub(crate) lookups: Option<Arc<Lookups>>,
    info: Mutex<Option<CacheInfo>>,
    /// What this process was told of objects, or told the cache.
    pub(crate) known: Mutex<HashMap<StorePath, Option<NarInfo>>>,
}

impl std::fmt::Debug for BinaryCache {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("BinaryCache")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl BinaryCache {
    /// The cache at a URL, whose objects have paths that begin with `store_dir`. `lookups`: where
    /// what it says is remembered.
    #[must_use]
    pub fn new(
        url: &str,
        store_dir: StoreDir,
        client: Client,
        options: CacheOptions,
        lookups: Option<Arc<Lookups>>,
    ) -> BinaryCache {
        let (base, query) = match url.split_once('?') {
            Some((base, query)) => (base, Some(query)),
            None => (url, None),
        };
        let base = base.trim_end_matches('/');
        let url = match query {
            // They say where the bucket is.
            Some(query) if base.starts_with("s3:") => format!("{base}?{query}"),
            _ => base.to_owned(),
        };
        BinaryCache {
            name: base.to_owned(),
            url,
            store_dir,
            client,
            options,
            lookups,
            info: Mutex::new(None),
            known: Mutex::default(),
        }
    }

    /// What the cache says of itself, or what is assumed of one that says nothing.
    ///
    /// # Errors
    /// When it cannot be asked, or is for another kind of store.
    pub fn cache_info(&self) -> Result<CacheInfo, CacheError> {
        let mut known = lock(&self.info);
        if let Some(info) = &*known {
            return Ok(info.clone());
        }
        let remembered = self
            .lookups
            .as_ref()
            .and_then(|lookups| lookups.cache_info(&self.name));
        let info = match remembered {
            Some(info) => info,
            None => {
                let info = self.ask_cache_info()?;
                if let Some(lookups) = &self.lookups {
                    lookups.set_cache_info(&self.name, &info);
                }
                info
            }
        };
        self.check_store_dir(&info)?;
        let info = CacheInfo {
            want_mass_query: self.options.want_mass_query.unwrap_or(info.want_mass_query),
            priority: self.options.priority.unwrap_or(info.priority),
            ..info
        };
        *known = Some(info.clone());
        Ok(info)
    }

    /// Whether nobody needs to vouch for its objects.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.options.trusted
    }

    fn ask_cache_info(&self) -> Result<CacheInfo, CacheError> {
        if let Some(text) = self.text_at(CacheInfo::FILE)? {
            return Ok(CacheInfo::parse(&text));
        }
        // There is none yet, so it is to be made.
        let text = CacheInfo::text_for(&self.store_dir);
        let payload = Payload::Bytes(text.as_bytes().into());
        let url = self.url_of(CacheInfo::FILE);
        self.put(&url, payload, "text/x-nix-cache-info")
            .map_err(|error| match error {
                CacheError::Transfer(_) => CacheError::NoCache(self.name.clone()),
                error => error,
            })?;
        Ok(CacheInfo::parse(&text))
    }

    fn check_store_dir(&self, info: &CacheInfo) -> Result<(), CacheError> {
        match &info.store_dir {
            Some(found) if found != self.store_dir.as_str() => Err(CacheError::OtherStoreDir {
                cache: self.name.clone(),
                found: found.clone(),
                expected: self.store_dir.as_str().to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The URL of a file of the cache. Narinfos may name other servers.
    pub(crate) fn url_of(&self, file: &str) -> String {
        if file.contains("://") {
            return file.to_owned();
        }
        match self.url.split_once('?') {
            Some((base, query)) => format!("{base}/{file}?{query}"),
            None => format!("{}/{file}", self.url),
        }
    }

    /// Fails if the name of a file leads out of a cache that is a directory of this machine.
    pub(crate) fn check_inside(&self, file: &str) -> Result<(), CacheError> {
        let leads_out = file.contains("://")
            || file.starts_with('/')
            || file.split('/').any(|part| matches!(part, "." | ".."));
        match self.directory() {
            Some(_) if leads_out => Err(CacheError::Outside {
                cache: self.name.clone(),
                file: file.to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// The directory, should the cache be one of this machine.
    pub(crate) fn directory(&self) -> Option<&Path> {
        self.url.strip_prefix("file://").map(Path::new)
    }

    pub(crate) fn known(&self) -> MutexGuard<'_, HashMap<StorePath, Option<NarInfo>>> {
        lock(&self.known)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing is left half done under these locks.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store for BinaryCache {
    fn uri(&self) -> String {
        self.name.clone()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn connect(&self) -> Result<()> {
        self.cache_info()?;
        Ok(())
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        let infos = self.narinfos(&BTreeSet::from([path.clone()]))?;
        Ok(infos.into_iter().next().map(path_info_of))
    }

    fn path_infos(&self, paths: &BTreeSet<StorePath>) -> Result<Vec<PathInfo>> {
        let infos = self.narinfos(paths)?;
        Ok(infos.into_iter().map(path_info_of).collect())
    }

    fn valid_among(
        &self,
        paths: &BTreeSet<StorePath>,
        _substitute: bool,
    ) -> Result<BTreeSet<StorePath>> {
        let infos = self.narinfos(paths)?;
        Ok(infos.into_iter().map(|info| info.path).collect())
    }

    fn closure(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        let mut closure = BTreeSet::new();
        let mut pending = paths.clone();
        while !pending.is_empty() {
            let infos = self.narinfos(&pending)?;
            let found: BTreeSet<&StorePath> = infos.iter().map(|info| &info.path).collect();
            if let Some(path) = pending.iter().find(|path| !found.contains(path)) {
                return Err(StoreError::InvalidPath(self.store_dir.print(path)));
            }
            closure.append(&mut pending);
            let references = infos.into_iter().flat_map(|info| info.references);
            pending = references.filter(|path| !closure.contains(path)).collect();
        }
        Ok(closure)
    }

    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        match self.directory() {
            Some(directory) => self.list(directory),
            None => Err(self.unsupported("queryAllValidPaths")),
        }
    }

    fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        let file = format!("{hash_part}.narinfo");
        let text = self.text_at(&file)?;
        Ok(match text {
            None => None,
            Some(text) => Some(self.parse_narinfo(&file, &text)?.path),
        })
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        let info = self.require(path)?;
        let mut archive = self.archive(&info)?;
        std::io::copy(&mut archive, sink).map_err(|error| StoreError::Archive {
            path: self.store_dir.print(path),
            from: self.name.clone(),
            error: error.into(),
        })?;
        Ok(())
    }

    fn open_archive(&self, info: &PathInfo) -> Result<Option<Box<dyn Read + Send + '_>>> {
        self.archive(info).map(Some)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()> {
        if !how.repair && self.is_valid(&info.path)? {
            // The caller goes on reading after the archive.
            std::io::copy(&mut source.take(info.nar_size), &mut std::io::sink())
                .map_err(nix_wire::nar::NarError::from)?;
            return Ok(());
        }
        self.check_references(std::slice::from_ref(info))?;
        self.upload(info, &mut source.take(info.nar_size))
    }

    fn import_from(&self, source: &dyn Store, infos: &[PathInfo], how: Import) -> Result<()> {
        self.upload_all(source, infos, how)
    }

    fn add_signatures(&self, path: &StorePath, signatures: &[String]) -> Result<()> {
        let infos = self.narinfos(&BTreeSet::from([path.clone()]))?;
        let mut info = infos
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::InvalidPath(self.store_dir.print(path)))?;
        info.signatures.extend(signatures.iter().cloned());
        self.write_narinfo(info)
    }

    fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        build_elsewhere(self, wanted, options, cancellation, observer)
    }

    fn missing(&self, wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
        missing_elsewhere(self, wanted)
    }

    fn build_log(&self, derivation: &StorePath) -> Result<Option<Vec<u8>>> {
        Ok(self.bytes_at(&format!("log/{}", derivation.base_name()))?)
    }

    fn add_build_log(&self, derivation: &StorePath, log: &[u8]) -> Result<()> {
        self.cache_info()?;
        let file = format!("log/{}", derivation.base_name());
        self.put_text(&file, "log/", log, "text/plain; charset=utf-8")
    }
}

/// What the store knows of an object, of what the cache says.
fn path_info_of(narinfo: NarInfo) -> PathInfo {
    let mut info = PathInfo::new(narinfo.path, narinfo.nar_hash, narinfo.nar_size);
    info.references = narinfo.references;
    info.deriver = narinfo.deriver;
    info.signatures = narinfo.signatures.into_iter().collect();
    info.content_address = narinfo.content_address;
    info
}

/// The text of `.narinfo` files by hash part.
pub(crate) type Texts = BTreeMap<String, Option<String>>;
