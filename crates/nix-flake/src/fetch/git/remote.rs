//! Repositories of other machines, copied to a bare repository of the cache.
//!
//! Talking to them is left to the program `git`: it knows the user's keys, helpers, proxies and
//! `insteadOf`. One process at a time works on a copy; what is read afterwards are objects that
//! never change.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use gix::ObjectId;
use nix_wire::HashAlgorithm;
use nix_wire::hash::Hasher;

use super::program::Git;
use super::{DEFAULT_BRANCH, commit, git_error, open};
use crate::fetch::{FetchError, Fetched, TreeFetcher};
use crate::reference::Input;

/// Fetches a revision, or what a branch is at, and copies its tree to the store.
pub(super) fn fetch(
    fetcher: &TreeFetcher,
    input: &Input,
    url: &str,
) -> Result<Fetched, FetchError> {
    let mirror = Mirror::of(fetcher, input, url)?;
    let mut wanted = input.clone();
    let branch = match input.branch() {
        Some(branch) => branch.to_owned(),
        None => mirror.default_branch()?,
    };
    wanted.set("ref", branch.as_str());
    let id = {
        let _lock = mirror.lock()?;
        mirror.prepare()?;
        match input.revision()? {
            Some(revision) => mirror.revision(&revision.base16(), &branch)?,
            None => mirror.branch(&branch)?,
        }
    };
    wanted.set("rev", id.to_string());
    let repository = open(&mirror.directory)?;
    commit::fetch(fetcher, &wanted, &mirror.directory, &repository)
}

/// A copy of a repository.
struct Mirror<'a> {
    fetcher: &'a TreeFetcher,
    url: &'a str,
    directory: PathBuf,
    shallow: bool,
    all_refs: bool,
}

impl<'a> Mirror<'a> {
    fn of(fetcher: &'a TreeFetcher, input: &Input, url: &'a str) -> Result<Self, FetchError> {
        let cache = fetcher.cache.as_ref().ok_or(FetchError::NoNetwork)?;
        let shallow = input.is_true("shallow");
        let mut hasher = Hasher::new(HashAlgorithm::Sha256);
        hasher.update(url.as_bytes());
        if shallow {
            hasher.update(b",shallow");
        }
        Ok(Mirror {
            fetcher,
            url,
            directory: cache.directory().join("git").join(hasher.finish().nix32()),
            shallow,
            all_refs: input.is_true("allRefs"),
        })
    }

    fn git(&self) -> Git<'_> {
        Git::in_directory(&self.directory)
    }

    /// Waits until no other process works on the copy.
    fn lock(&self) -> Result<File, FetchError> {
        let path = self.directory.with_extension("lock");
        let file = private_files::of_new_file(&path)
            .and_then(|(directory, name)| directory.open_or_create(name))
            .map_err(FetchError::io("opening", &path))?;
        file.lock().map_err(FetchError::io("locking", &path))?;
        Ok(file)
    }

    /// Makes the copy, empty, if there is none.
    fn prepare(&self) -> Result<(), FetchError> {
        if self.directory.join("HEAD").exists() {
            return Ok(());
        }
        Git::in_directory(Path::new("/"))
            .args(["init", "--quiet", "--bare"])
            .arg(&self.directory)
            .run()?;
        // What the addresses of submodules may be relative to.
        self.git()
            .args(["config", "remote.origin.url", self.url])
            .run()
            .map(|_| ())
    }

    /// The branch that the repository's `HEAD` is.
    fn default_branch(&self) -> Result<String, FetchError> {
        let cache = self.fetcher.cache.as_ref();
        let known = cache.and_then(|cache| cache.get("gitHead", self.url));
        let branch_of = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        if let Some(known) = &known
            && self.fetcher.is_recent(known.age)
            && let Some(branch) = branch_of(&known.value)
        {
            return Ok(branch);
        }
        let listed = self.online().and_then(|()| {
            Git::in_directory(Path::new("/"))
                .args(["ls-remote", "--symref", "--", self.url, "HEAD"])
                .run()
        });
        match listed {
            Ok(text) => {
                let text = String::from_utf8_lossy(&text).into_owned();
                let branch = text.lines().find_map(|line| {
                    let (name, head) = line.strip_prefix("ref:")?.trim().split_once('\t')?;
                    (head == "HEAD").then(|| name.to_owned())
                });
                let Some(branch) = branch else {
                    self.fetcher.warn(&format!(
                        "could not read HEAD ref from repo at '{}', using '{DEFAULT_BRANCH}'",
                        self.url
                    ));
                    return Ok(DEFAULT_BRANCH.to_owned());
                };
                if let Some(cache) = cache {
                    cache.set("gitHead", self.url, &branch.as_str().into());
                }
                Ok(branch)
            }
            Err(error) => {
                let known = known.and_then(|known| branch_of(&known.value));
                let branch = known.ok_or_else(|| self.failed(error))?;
                self.fetcher.warn(&format!(
                    "could not get HEAD ref for repository '{}'; using expired cached ref '{branch}'",
                    self.url
                ));
                Ok(branch)
            }
        }
    }

    fn online(&self) -> Result<(), FetchError> {
        let network = self.fetcher.network.as_ref();
        let is_offline = network.is_none_or(|network| network.offline);
        match is_offline && !self.url.starts_with("file:") {
            true => Err(FetchError::Offline(self.url.to_owned())),
            false => Ok(()),
        }
    }

    fn failed(&self, error: FetchError) -> FetchError {
        match error {
            FetchError::Git { message, .. } => FetchError::RemoteGit {
                url: self.url.to_owned(),
                message,
            },
            error => error,
        }
    }

    /// Brings objects and a branch over.
    fn bring(&self, what: &str) -> Result<(), FetchError> {
        self.online()?;
        let depth = self.shallow.then_some("--depth=1");
        self.git()
            .args([
                "fetch",
                "--quiet",
                "--force",
                "--no-tags",
                "--update-head-ok",
            ])
            .args(["--recurse-submodules=no", "--no-auto-maintenance"])
            .args(depth)
            .args(["--", self.url, what])
            .run()
            .map(|_| ())
            .map_err(|error| self.failed(error))
    }

    /// Whether the copy has a commit.
    fn has(&self, revision: &str) -> Result<Option<ObjectId>, FetchError> {
        let id = ObjectId::from_hex(revision.as_bytes())
            .map_err(|error| git_error(&self.directory, &error))?;
        let repository = open(&self.directory)?;
        Ok(repository.find_commit(id).is_ok().then_some(id))
    }

    /// Makes sure that a revision is there.
    fn revision(&self, revision: &str, branch: &str) -> Result<ObjectId, FetchError> {
        if let Some(id) = self.has(revision)? {
            return Ok(id);
        }
        let what = match self.all_refs {
            true => "refs/*:refs/*",
            false => revision,
        };
        if let Err(error) = self.bring(what) {
            // Some servers give only what is at a branch.
            let full = full_name(branch);
            let is_there =
                self.bring(&format!("{full}:{full}")).is_ok() && self.has(revision)?.is_some();
            if !is_there {
                return Err(error);
            }
        }
        self.has(revision)?
            .ok_or_else(|| FetchError::RevisionNotInBranch {
                revision: revision.to_owned(),
                branch: branch.to_owned(),
                repository: self.url.to_owned(),
            })
    }

    /// What a branch or tag is at, now or not long ago.
    fn branch(&self, branch: &str) -> Result<ObjectId, FetchError> {
        let full = full_name(branch);
        let stamp = self.directory.join("fetched").join(full.replace('/', "%"));
        let age = stamp
            .metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
            .map(|then| SystemTime::now().duration_since(then).unwrap_or_default());
        let is_fresh = age.is_some_and(|age| {
            let ttl = self.fetcher.ttl();
            ttl > 0 && age <= Duration::from_secs(ttl)
        });
        if self.all_refs || !is_fresh {
            let what = match (self.all_refs, branch) {
                (true, _) => "refs/*:refs/*".to_owned(),
                (false, "HEAD") => "HEAD:refs/heads/HEAD".to_owned(),
                (false, _) => format!("{full}:{full}"),
            };
            match self.bring(&what) {
                Ok(()) => {
                    let directory = stamp.parent().unwrap_or(Path::new("/"));
                    // Without it, the repository is only asked again the next time.
                    let _ = std::fs::create_dir_all(directory)
                        .and_then(|()| std::fs::write(&stamp, ""));
                }
                Err(error) if age.is_none() => return Err(error),
                Err(error) => {
                    self.fetcher.warn(&error.to_string());
                    self.fetcher.warn(&format!(
                        "could not update local clone of Git repository '{}'; continuing with the \
                         most recent version",
                        self.url
                    ));
                }
            }
        }
        commit::resolve(&self.directory, &open(&self.directory)?, &full).map_err(
            |error| match error {
                FetchError::MissingBranch { .. } => FetchError::NoSuchBranch {
                    repository: self.url.to_owned(),
                    branch: branch.to_owned(),
                },
                error => error,
            },
        )
    }
}

/// The whole name of a branch.
fn full_name(branch: &str) -> String {
    match branch.starts_with("refs/") {
        true => branch.to_owned(),
        false => format!("refs/heads/{branch}"),
    }
}
