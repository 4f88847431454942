//! Putting objects into a cache.

use std::collections::BTreeSet;
use std::io::{self, BufReader, Read, Write};

use nix_store::signature::fingerprint_of;
use nix_store::store::{Import, Store};
use nix_store::{PathInfo, StoreError};
use nix_transfer::coding::{Compression, Encoder};
use nix_transfer::{Payload, Request, for_each};
use nix_wire::hash::HashingWriter;
use nix_wire::nar::Listing;
use nix_wire::narinfo::NarInfo;
use nix_wire::{Hash, HashAlgorithm, StorePath};
use tempfile::NamedTempFile;

use crate::cache::BinaryCache;
use crate::error::CacheError;

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Archives up to this size are compressed in memory.
const LARGEST_IN_MEMORY: u64 = 4 * 1024 * 1024;
/// Objects that are sent at the same time.
const MOST_UPLOADS: usize = 8;

/// Compressed bytes on their way.
enum Compressed {
    Memory(Vec<u8>),
    File(NamedTempFile),
}

impl Write for Compressed {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match self {
            Compressed::Memory(bytes) => bytes.write(data),
            Compressed::File(file) => file.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Compressed::Memory(_) => Ok(()),
            Compressed::File(file) => file.flush(),
        }
    }
}

impl BinaryCache {
    /// Puts objects there in parallel, each after those that it refers to.
    pub(crate) fn upload_all(
        &self,
        source: &dyn Store,
        infos: &[PathInfo],
        how: Import,
    ) -> Result<()> {
        self.cache_info()?;
        self.check_references(infos)?;
        let mut done: BTreeSet<&StorePath> = BTreeSet::new();
        let mut rest: Vec<&PathInfo> = infos.iter().collect();
        while !rest.is_empty() {
            let waiting: BTreeSet<&StorePath> = rest.iter().map(|info| &info.path).collect();
            let (now, later): (Vec<&PathInfo>, Vec<&PathInfo>) = rest.iter().partition(|info| {
                info.references
                    .iter()
                    .all(|path| *path == info.path || !waiting.contains(path))
            });
            // Nothing is ready where objects refer to each other in a circle: then in any order.
            let (now, later) = if now.is_empty() {
                (later, now)
            } else {
                (now, later)
            };
            for_each(&now, MOST_UPLOADS, |info| {
                if !how.repair && self.is_valid(&info.path)? {
                    return Ok(());
                }
                match source.open_archive(info)? {
                    Some(archive) => self.upload(info, &mut BufReader::new(archive)),
                    None => nix_store::store::piped(
                        |sink| source.export_archive(&info.path, sink),
                        |archive| self.upload(info, archive),
                    ),
                }
            })?;
            done.extend(now.iter().map(|info| &info.path));
            rest = later;
        }
        Ok(())
    }

    /// What objects refer to has to be there, or among them.
    pub(crate) fn check_references(&self, infos: &[PathInfo]) -> Result<()> {
        let own: BTreeSet<&StorePath> = infos.iter().map(|info| &info.path).collect();
        let others: BTreeSet<StorePath> = infos
            .iter()
            .flat_map(|info| &info.references)
            .filter(|path| !own.contains(path))
            .cloned()
            .collect();
        let valid = self.valid_among(&others, false)?;
        for info in infos {
            for reference in &info.references {
                if !own.contains(reference) && !valid.contains(reference) {
                    return Err(CacheError::InvalidReference {
                        path: self.store_dir.print(&info.path),
                        reference: self.store_dir.print(reference),
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    /// Compresses an archive, and puts it and what is known of it there.
    pub(crate) fn upload(&self, info: &PathInfo, archive: &mut dyn Read) -> Result<()> {
        let path = self.store_dir.print(&info.path);
        let encoding = |error| {
            StoreError::from(CacheError::Encoding {
                path: path.clone(),
                error,
            })
        };
        let options = &self.options;
        let target = if info.nar_size <= LARGEST_IN_MEMORY {
            Compressed::Memory(Vec::new())
        } else {
            let directory = &options.temporary_directory;
            let file = NamedTempFile::new_in(directory).map_err(|error| CacheError::Io {
                action: "create a file in",
                path: directory.clone(),
                error,
            })?;
            Compressed::File(file)
        };
        let encoder = Encoder::sized(
            options.compression,
            options.level,
            options.parallel,
            Some(info.nar_size),
            HashingWriter::new(HashAlgorithm::Sha256, target),
        )
        .map_err(encoding)?;
        let mut tee = Tee {
            source: archive,
            sink: HashingWriter::new(HashAlgorithm::Sha256, encoder),
            failure: None,
        };
        // Reading it as an archive also refuses what is none.
        let listing = Listing::read(&mut tee);
        if let Some(error) = tee.failure.take() {
            return Err(encoding(error));
        }
        let listing = listing.map_err(|error| StoreError::Archive {
            path: path.clone(),
            from: self.name.clone(),
            error,
        })?;
        let (nar_hash, nar_size, encoder) = tee.sink.finish();
        self.check(info, nar_hash, nar_size)?;
        let (file_hash, file_size, compressed) = encoder.finish().map_err(encoding)?.finish();

        let file = format!(
            "nar/{}.nar{}",
            file_hash.nix32(),
            options.compression.extension()
        );
        if options.write_listings {
            let text = listing.to_json().to_string();
            let name = format!("{}.ls", info.path.hash_part());
            self.put_text(&name, ".ls", text.as_bytes(), "application/json")?;
        }
        if options.index_debug_info {
            self.index_debug_info(&listing, &file)?;
        }
        self.put_archive(&file, compressed)?;
        let mut narinfo = NarInfo {
            path: info.path.clone(),
            url: file,
            compression: options.compression.name().to_owned(),
            file_hash: Some(file_hash),
            file_size: Some(file_size),
            nar_hash,
            nar_size,
            references: info.references.clone(),
            deriver: info.deriver.clone(),
            signatures: info.signatures.iter().cloned().collect(),
            content_address: info.content_address,
        };
        let fingerprint = fingerprint_of(&self.store_dir, info);
        for key in &options.secret_keys {
            narinfo.signatures.insert(key.sign(&fingerprint));
        }
        // Last, so that whoever sees it can have the archive.
        self.write_narinfo(narinfo)
    }

    fn check(&self, info: &PathInfo, hash: Hash, size: u64) -> Result<()> {
        let (what, specified, found) = if hash != info.nar_hash {
            ("hash", info.nar_hash.sri(), hash.sri())
        } else if size != info.nar_size {
            ("size", info.nar_size.to_string(), size.to_string())
        } else {
            return Ok(());
        };
        Err(StoreError::Mismatch {
            what,
            path: self.store_dir.print(&info.path),
            specified,
            found,
        })
    }

    /// Puts a file there.
    pub(crate) fn put(
        &self,
        url: &str,
        payload: Payload,
        content_type: &str,
    ) -> std::result::Result<(), CacheError> {
        if self.options.read_only {
            return Err(CacheError::ReadOnly(url.to_owned()));
        }
        Ok(self.client.put(url, payload, content_type)?)
    }

    fn put_archive(&self, file: &str, compressed: Compressed) -> Result<()> {
        let url = self.url_of(file);
        // Its name is its hash: what is there is the same.
        if self.client.exists(&url).map_err(CacheError::from)? {
            return Ok(());
        }
        let content_type = "application/x-nix-nar";
        let sent = match compressed {
            Compressed::Memory(bytes) => self.put(&url, Payload::Bytes(bytes.into()), content_type),
            Compressed::File(file) => {
                let payload = Payload::File(file.path().to_owned());
                self.put(&url, payload, content_type)
            }
        };
        Ok(sent?)
    }

    pub(crate) fn write_narinfo(&self, narinfo: NarInfo) -> Result<()> {
        let part = narinfo.path.hash_part().to_owned();
        let text = narinfo.unparse(&self.store_dir);
        let file = format!("{part}.narinfo");
        self.put_text(&file, ".narinfo", text.as_bytes(), "text/x-nix-narinfo")?;
        if let Some(lookups) = &self.lookups {
            lookups.set_narinfos(&self.name, &[(&part, Some(text))]);
        }
        self.known().insert(narinfo.path.clone(), Some(narinfo));
        Ok(())
    }

    /// Puts a file there, compressed as files of its kind are.
    pub(crate) fn put_text(
        &self,
        file: &str,
        kind: &'static str,
        text: &[u8],
        content_type: &str,
    ) -> Result<()> {
        let compression = self.options.text_compression.get(kind).copied();
        let compression = compression.unwrap_or(Compression::None);
        let encode = || {
            let mut encoder = Encoder::new(compression, None, false, Vec::new())?;
            encoder.write_all(text)?;
            encoder.finish()
        };
        let bytes = encode().map_err(|error| CacheError::Encoding {
            path: file.to_owned(),
            error,
        })?;
        let mut request = Request::put(self.url_of(file), Payload::Bytes(bytes.into()))
            .header("Content-Type", content_type);
        if compression != Compression::None {
            request = request.header("Content-Encoding", compression.name());
        }
        self.client.open(&request).map_err(CacheError::from)?;
        Ok(())
    }

    /// Writes which archive has the debugging symbols of which program, by the program's id.
    fn index_debug_info(&self, listing: &Listing, archive: &str) -> Result<()> {
        let is_hex = |text: &str, length: usize| {
            text.len() == length
                && text
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        for directory in listing.entries_at("lib/debug/.build-id") {
            for file in listing.entries_at(&format!("lib/debug/.build-id/{directory}")) {
                let id = file.strip_suffix(".debug").unwrap_or_default();
                if !is_hex(&directory, 2) || !is_hex(id, 38) {
                    continue;
                }
                let name = format!("debuginfo/{directory}{file}");
                if self
                    .client
                    .exists(&self.url_of(&name))
                    .map_err(CacheError::from)?
                {
                    continue;
                }
                let text = serde_json::json!({
                    "archive": format!("../{archive}"),
                    "member": format!("lib/debug/.build-id/{directory}/{file}"),
                });
                let text = text.to_string();
                self.put_text(&name, "debuginfo/", text.as_bytes(), "application/json")?;
            }
        }
        Ok(())
    }
}

/// Copies what is read.
struct Tee<'a, W> {
    source: &'a mut dyn Read,
    sink: W,
    /// Of the sink.
    failure: Option<io::Error>,
}

impl<W: Write> Read for Tee<'_, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        if let Err(error) = self.sink.write_all(&buffer[..read]) {
            let kind = error.kind();
            self.failure = Some(error);
            return Err(kind.into());
        }
        Ok(read)
    }
}
