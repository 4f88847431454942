//! Large files (Git LFS): a small text in the repository stands for a file on a server.
//!
//! The format of the text and the questions to the server are those of `git-lfs`'
//! `docs/spec.md` and `docs/api/batch.md`.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::worktree::stack::state::attributes::Source;
use gix::{ObjectId, Repository};
use nix_transfer::{Client, Method, Payload, Request};
use nix_wire::HashAlgorithm;
use nix_wire::hash::Hasher;
use serde_json::{Value, json};

use super::{git_error, submodules};
use crate::fetch::{FetchError, TreeFetcher};
use crate::reference::Input;

/// A text longer than this stands for no file.
const LONGEST_POINTER: usize = 1024;
const MEDIA_TYPE: &str = "application/vnd.git-lfs+json";

/// The large files of a commit.
pub(super) struct LargeFiles {
    client: Client,
    /// Where the server is asked.
    endpoint: String,
    paths: BTreeSet<PathBuf>,
}

/// What stands for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pointer {
    /// Its SHA-256 hash, in base 16.
    id: String,
    size: u64,
}

impl Pointer {
    fn parse(text: &[u8]) -> Option<Pointer> {
        if text.len() > LONGEST_POINTER {
            return None;
        }
        let text = std::str::from_utf8(text).ok()?;
        let mut lines = text.lines();
        lines
            .next()?
            .strip_prefix("version https://git-lfs.github.com/spec/")?;
        let (mut id, mut size) = (None, None);
        for line in lines {
            match line.split_once(' ')? {
                ("oid", value) => id = Some(value.strip_prefix("sha256:")?.to_owned()),
                ("size", value) => size = value.parse().ok(),
                _ => {}
            }
        }
        Some(Pointer {
            id: id?,
            size: size?,
        })
    }
}

impl LargeFiles {
    /// The files of a commit that have the attribute `filter=lfs`.
    pub(super) fn new(
        fetcher: &TreeFetcher,
        path: &Path,
        repository: &Repository,
        tree: ObjectId,
        input: &Input,
    ) -> Result<LargeFiles, FetchError> {
        let error = |error: &dyn std::fmt::Display| git_error(path, error);
        let network = fetcher.network.as_ref().ok_or(FetchError::NoNetwork)?;
        let index = repository
            .index_from_tree(&tree)
            .map_err(|reason| error(&reason))?;
        let mut stack = repository
            .attributes_only(&index, Source::IdMapping)
            .map_err(|reason| error(&reason))?;
        let mut matches = stack.selected_attribute_matches(["filter"]);
        let mut paths = BTreeSet::new();
        for entry in index.entries() {
            let name = entry.path(&index);
            let platform = stack
                .at_entry(name, Some(entry.mode))
                .map_err(|reason| error(&reason))?;
            platform.matching_attributes(&mut matches);
            let is_large = matches
                .iter_selected()
                .any(|found| found.assignment.state.as_bstr() == Some(b"lfs".as_bstr()));
            if is_large {
                paths.insert(PathBuf::from(std::ffi::OsStr::from_bytes(name)));
            }
        }
        let configured = repository
            .config_snapshot()
            .string("lfs.url")
            .map(|url| url.to_str_lossy().into_owned());
        let address = input.attributes().required_string("url")?;
        let base = submodules::base_of(repository, address);
        let endpoint = configured.unwrap_or_else(|| {
            let base = base.trim_end_matches('/');
            match base.ends_with(".git") {
                true => format!("{base}/info/lfs"),
                false => format!("{base}.git/info/lfs"),
            }
        });
        Ok(LargeFiles {
            client: network.client.clone(),
            endpoint,
            paths,
        })
    }

    /// Whether a path is that of a large file.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.paths.contains(path)
    }

    /// The contents that a text stands for; the text itself if it stands for none.
    pub(super) fn contents(&self, text: Vec<u8>) -> Result<Vec<u8>, FetchError> {
        let Some(pointer) = Pointer::parse(&text) else {
            return Ok(text);
        };
        let url = format!("{}/objects/batch", self.endpoint);
        let bad = |reason: &str| FetchError::Answer {
            url: url.clone(),
            reason: reason.to_owned(),
        };
        let question = json!({
            "operation": "download",
            "transfers": ["basic"],
            "objects": [{ "oid": pointer.id, "size": pointer.size }],
        });
        let mut request = Request::get(url.as_str())
            .header("Accept", MEDIA_TYPE)
            .header("Content-Type", MEDIA_TYPE);
        request.method = Method::Post;
        request.payload = Some(Payload::Bytes(question.to_string().into_bytes().into()));
        let answer = self.client.fetch(&request)?.bytes.unwrap_or_default();
        let answer: Value =
            serde_json::from_slice(&answer).map_err(|error| bad(&error.to_string()))?;
        let object = &answer["objects"][0];
        if let Some(message) = object["error"]["message"].as_str() {
            return Err(bad(message));
        }
        let action = &object["actions"]["download"];
        let place = action["href"]
            .as_str()
            .ok_or_else(|| bad("it does not say where the file is"))?;
        let mut request = Request::get(place).at_most(pointer.size);
        for (name, value) in action["header"].as_object().into_iter().flatten() {
            if let Some(value) = value.as_str() {
                request = request.header(name.as_str(), value);
            }
        }
        let bytes = self.client.fetch(&request)?.bytes.unwrap_or_default();
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        hasher.update(&bytes);
        if hasher.finish().base16() != pointer.id {
            return Err(bad("what it has is not the file that the repository means"));
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_of_the_format_stand_for_files() {
        let text = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n";
        let pointer = Pointer {
            id: "abc".to_owned(),
            size: 3,
        };
        assert_eq!(Pointer::parse(text.as_bytes()), Some(pointer));
        assert_eq!(Pointer::parse(b"version 2\noid sha256:abc\nsize 3\n"), None);
        assert_eq!(Pointer::parse(text.replace("size", "x").as_bytes()), None);
        assert_eq!(Pointer::parse(&[0xff; 10]), None);
    }
}
