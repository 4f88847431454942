//! A small file that remembers what took long to find out.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nix_wire::Hash;
use serde_json::{Map, Value};

use super::Fingerprint;

/// A file may be changed again within the same tick of its file system's clock, so that it looks
/// as before; what changed so recently is not remembered.
const RECENT_SECONDS: i64 = 2;
/// More trees than this are not remembered, so that the file stays small.
const MOST_TREES: usize = 64;
/// Likewise for revisions.
const MOST_REVISIONS: usize = 256;

/// Remembers hashes of trees that have not changed, and lengths of histories. It is only ever a
/// shortcut: one that cannot be read is empty, one that cannot be written is not written.
#[derive(Debug, Clone)]
pub struct FetchCache {
    path: PathBuf,
}

#[derive(Default)]
struct Contents {
    trees: BTreeMap<String, Tree>,
    revision_counts: BTreeMap<String, u64>,
}

struct Tree {
    fingerprint: String,
    nar_hash: String,
    used: i64,
}

impl FetchCache {
    /// The one in this file, which need not exist, nor its directory.
    #[must_use]
    pub fn new(path: PathBuf) -> FetchCache {
        FetchCache { path }
    }

    /// The hash of the tree at a place, if it looks as it did.
    pub(super) fn tree(&self, place: &Path, fingerprint: &Fingerprint) -> Option<Hash> {
        let contents = self.read();
        let tree = contents.trees.get(&*place.to_string_lossy())?;
        if tree.fingerprint != fingerprint.hash.nix32() {
            return None;
        }
        Hash::parse_sri(&tree.nar_hash).ok()
    }

    /// Remembers the hash of the tree at a place.
    pub(super) fn remember_tree(&self, place: &Path, fingerprint: &Fingerprint, nar_hash: &Hash) {
        let now = seconds_now();
        if fingerprint.last_changed + RECENT_SECONDS >= now {
            return;
        }
        let mut contents = self.read();
        contents.trees.insert(
            place.to_string_lossy().into_owned(),
            Tree {
                fingerprint: fingerprint.hash.nix32(),
                nar_hash: nar_hash.sri(),
                used: now,
            },
        );
        while contents.trees.len() > MOST_TREES {
            let oldest = contents.trees.iter().min_by_key(|(_, tree)| tree.used);
            let Some(oldest) = oldest.map(|(place, _)| place.clone()) else {
                break;
            };
            contents.trees.remove(&oldest);
        }
        self.write(&contents);
    }

    /// The number of commits up to a revision.
    pub(super) fn revision_count(&self, revision: &str) -> Option<u64> {
        self.read().revision_counts.get(revision).copied()
    }

    /// Remembers the number of commits up to a revision.
    pub(super) fn remember_revision_count(&self, revision: &str, count: u64) {
        let mut contents = self.read();
        if contents.revision_counts.len() >= MOST_REVISIONS {
            contents.revision_counts.clear();
        }
        contents.revision_counts.insert(revision.to_owned(), count);
        self.write(&contents);
    }

    fn read(&self) -> Contents {
        let parsed = std::fs::read(&self.path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
            .unwrap_or_default();
        let mut contents = Contents::default();
        for (place, tree) in parsed["trees"].as_object().into_iter().flatten() {
            let text = |name: &str| tree[name].as_str().map(str::to_owned);
            if let (Some(fingerprint), Some(nar_hash)) = (text("fingerprint"), text("narHash")) {
                let used = tree["used"].as_i64().unwrap_or(0);
                contents.trees.insert(
                    place.clone(),
                    Tree {
                        fingerprint,
                        nar_hash,
                        used,
                    },
                );
            }
        }
        for (revision, count) in parsed["revisionCounts"].as_object().into_iter().flatten() {
            contents
                .revision_counts
                .extend(count.as_u64().map(|count| (revision.clone(), count)));
        }
        contents
    }

    fn write(&self, contents: &Contents) {
        let trees = contents.trees.iter().map(|(place, tree)| {
            let pairs = [
                ("fingerprint", Value::from(tree.fingerprint.as_str())),
                ("narHash", tree.nar_hash.as_str().into()),
                ("used", tree.used.into()),
            ];
            (
                place.clone(),
                pairs
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect(),
            )
        });
        let counts = contents
            .revision_counts
            .iter()
            .map(|(revision, count)| (revision.clone(), Value::from(*count)));
        let json = Value::Object(Map::from_iter([
            ("trees".to_owned(), Value::Object(trees.collect())),
            ("revisionCounts".to_owned(), Value::Object(counts.collect())),
        ]));
        // Losing what was remembered only costs time.
        let _ = self.replace(json.to_string().as_bytes());
    }

    fn replace(&self, text: &[u8]) -> std::io::Result<()> {
        let directory = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        file.write_all(text)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn seconds_now() -> i64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}
