//! Files of other machines, asked for again only when they may have changed.

use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use nix_transfer::{AccessTokens, Client, Request, Response, TransferError};
use nix_wire::Hash;
use serde_json::{Value, json};

use super::archive::ArchiveTree;
use super::{AddedTree, FetchError, TreeFetcher};
use crate::reference::{Input, path_input};

/// How trees of other machines are had.
#[derive(Debug, Clone)]
pub struct Network {
    /// Opens URLs.
    pub client: Client,
    /// Tokens by host.
    pub tokens: AccessTokens,
    /// URLs that begin with the first text are asked for at the second.
    pub replacements: Vec<(String, String)>,
    /// For how many seconds an answer is taken without asking again.
    pub ttl: u64,
    /// Whether nothing is asked of other machines.
    pub offline: bool,
}

impl Network {
    /// One without tokens that asks again after an hour.
    #[must_use]
    pub fn new(client: Client) -> Network {
        Network {
            client,
            tokens: AccessTokens::default(),
            replacements: Vec::new(),
            ttl: 60 * 60,
            offline: false,
        }
    }

    /// Where a URL is really asked for.
    fn replaced(&self, url: &str) -> String {
        let found = self
            .replacements
            .iter()
            .filter(|(from, _)| url.starts_with(from.as_str()))
            .max_by_key(|(from, _)| from.len());
        match found {
            Some((from, to)) => format!("{to}{}", &url[from.len()..]),
            None => url.to_owned(),
        }
    }
}

/// An archive that was unpacked into the store, or was there.
#[derive(Debug, Clone)]
pub(super) struct Unpacked {
    pub(super) tree: AddedTree,
    pub(super) last_modified: u64,
    pub(super) immutable_url: Option<String>,
}

/// A file that was fetched, at its beginning.
pub(super) struct Downloaded {
    pub(super) file: File,
    /// Where it came from, after all redirections.
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) immutable_url: Option<String>,
}

/// What a server had.
pub(super) enum Answer {
    /// What it had before.
    NotModified,
    New(Downloaded),
}

/// Receives an answer to a temporary file.
fn receive(mut response: Response) -> Result<Answer, TransferError> {
    if response.is_not_modified() {
        return Ok(Answer::NotModified);
    }
    let temporary = |error| TransferError::File {
        action: "write",
        path: std::env::temp_dir(),
        error,
    };
    let mut file = tempfile::tempfile().map_err(temporary)?;
    if let Err(error) = io::copy(&mut response.body, &mut file) {
        return Err(TransferError::from_io(error).unwrap_or_else(temporary));
    }
    file.rewind().map_err(temporary)?;
    Ok(Answer::New(Downloaded {
        file,
        url: response.url,
        etag: response.etag,
        immutable_url: response.immutable_url,
    }))
}

impl TreeFetcher {
    /// Fetches a URL to a temporary file, unless it is what `etag` names.
    pub(super) fn download(
        &self,
        url: &str,
        headers: &[(String, String)],
        etag: Option<&str>,
    ) -> Result<Answer, FetchError> {
        let network = self.network.as_ref().ok_or(FetchError::NoNetwork)?;
        let asked = network.replaced(url);
        let is_local = asked.starts_with("file:");
        if network.offline && !is_local {
            return Err(FetchError::Offline(url.to_owned()));
        }
        let mut request = Request::get(asked);
        request.headers = headers.to_vec();
        request.if_none_match = etag.map(str::to_owned);
        // An evaluation that begins again does not try again for as long.
        request.once = self.unreachable.borrow().contains(url);
        let mut attempts = network.client.options().attempts;
        loop {
            attempts = attempts.saturating_sub(1);
            // The client asks as often as is wanted by itself.
            let response = network.client.open(&request).inspect_err(|error| {
                if error.is_passing() {
                    self.unreachable.borrow_mut().insert(url.to_owned());
                }
            })?;
            match receive(response) {
                // A transfer that broke off, and cannot be resumed, begins again.
                Err(error) if error.is_passing() && attempts > 0 && !is_local => {}
                answer => return answer.map_err(FetchError::from),
            }
        }
    }

    /// The text of a URL, as it was not long ago or is now.
    ///
    /// # Errors
    /// When it cannot be had.
    pub fn text(&self, url: &str) -> Result<String, FetchError> {
        self.download_text(url, &[])
    }

    /// The contents of a small file. Those of an hour ago, or what the setting says, are taken too.
    pub(super) fn download_text(
        &self,
        url: &str,
        headers: &[(String, String)],
    ) -> Result<String, FetchError> {
        let cache = self.cache.as_ref();
        let before = cache.and_then(|cache| cache.get("file", url));
        let text_of = |value: &Value| value["text"].as_str().map(str::to_owned);
        if let Some(before) = &before
            && self.is_recent(before.age)
            && let Some(text) = text_of(&before.value)
        {
            return Ok(text);
        }
        let etag = before
            .as_ref()
            .and_then(|before| before.value["etag"].as_str());
        let remember = |value: &Value| {
            if let Some(cache) = cache {
                cache.set("file", url, value);
            }
        };
        match self.download(url, headers, etag) {
            Ok(Answer::NotModified) => {
                let value = before.map(|before| before.value).unwrap_or_default();
                remember(&value);
                Ok(text_of(&value).unwrap_or_default())
            }
            Ok(Answer::New(downloaded)) => {
                let text = io::read_to_string(downloaded.file)
                    .map_err(FetchError::io("reading", Path::new(url)))?;
                remember(&json!({ "etag": downloaded.etag, "text": text }));
                Ok(text)
            }
            // What was known is better than nothing.
            Err(error) => match before.and_then(|before| text_of(&before.value)) {
                Some(text)
                    if error.is_unreachable() || matches!(error, FetchError::Transfer(_)) =>
                {
                    self.warn(&format!("{error}; using cached version"));
                    Ok(text)
                }
                _ => Err(error),
            },
        }
    }

    /// Whether what was answered so many seconds ago is taken without asking again.
    pub(super) fn is_recent(&self, age: u64) -> bool {
        self.ttl() > 0 && age <= self.ttl()
    }

    /// The seconds that answers are taken for.
    pub(super) fn ttl(&self) -> u64 {
        match &self.network {
            None => 0,
            Some(network) if self.asks_servers.get() && !network.offline => 0,
            Some(network) => network.ttl,
        }
    }

    /// Fetches an archive and unpacks it into the store, unless it is known to be there. `key` is
    /// what is remembered; `forever` if what it names never changes.
    pub(super) fn download_archive(
        &self,
        key: &str,
        url: &str,
        headers: &[(String, String)],
        name: &str,
        forever: bool,
    ) -> Result<Unpacked, FetchError> {
        let cache = self.cache.as_ref();
        let before = cache.and_then(|cache| cache.get("archive", key));
        let there = match &before {
            Some(before) => self.unpacked(&before.value, name)?,
            None => None,
        };
        if let (Some(before), Some(unpacked)) = (&before, &there)
            && (forever || self.is_recent(before.age))
        {
            return Ok(unpacked.clone());
        }
        let etag = match (&before, &there) {
            (Some(before), Some(_)) => before.value["etag"].as_str(),
            _ => None,
        };
        let downloaded = match (self.download(url, headers, etag), there) {
            (Ok(Answer::New(downloaded)), _) => downloaded,
            (Ok(Answer::NotModified), Some(unpacked)) => {
                if let (Some(cache), Some(before)) = (cache, &before) {
                    cache.set("archive", key, &before.value);
                }
                return Ok(unpacked);
            }
            (Ok(Answer::NotModified), None) => return Err(FetchError::NothingSent(url.to_owned())),
            (Err(error), Some(unpacked)) if error.is_unreachable() => {
                self.warn(&format!("{error}; using cached version"));
                return Ok(unpacked);
            }
            (Err(error), _) => return Err(error),
        };
        let mut file = downloaded.file;
        let mut archive =
            ArchiveTree::read(&mut file, true).map_err(|error| FetchError::Archive {
                url: url.to_owned(),
                error,
            })?;
        let last_modified = archive.last_modified;
        let tree = self.store().add(name, &mut archive)?;
        if let Some(cache) = cache {
            let value = json!({
                "etag": downloaded.etag,
                "immutableUrl": downloaded.immutable_url,
                "lastModified": last_modified,
                "narHash": tree.nar_hash.sri(),
            });
            cache.set("archive", key, &value);
        }
        Ok(Unpacked {
            tree,
            last_modified,
            immutable_url: downloaded.immutable_url,
        })
    }

    /// The tree of an archive that was unpacked before, if it is still in the store.
    fn unpacked(&self, value: &Value, name: &str) -> Result<Option<Unpacked>, FetchError> {
        let hash = value["narHash"].as_str();
        let Some(nar_hash) = hash.and_then(|hash| Hash::parse_sri(hash).ok()) else {
            return Ok(None);
        };
        let path = self.path_of(&nar_hash, name)?;
        Ok(match path {
            Some(path) if self.store().is_valid(&path)? => Some(Unpacked {
                tree: AddedTree { path, nar_hash },
                last_modified: value["lastModified"].as_u64().unwrap_or(0),
                immutable_url: value["immutableUrl"].as_str().map(str::to_owned),
            }),
            _ => None,
        })
    }

    /// Where a tree of this hash and name belongs in the store.
    pub(super) fn path_of(
        &self,
        nar_hash: &Hash,
        name: &str,
    ) -> Result<Option<nix_wire::StorePath>, FetchError> {
        let mut input: Input = path_input("/");
        input.set("narHash", nar_hash.sri());
        input.set("name", name);
        Ok(input.store_path(self.store().store_dir())?)
    }
}
