//! What a fetcher is told: the attributes of one tree, in the scheme that their `type` names.

use std::fmt;
use std::path::{Path, PathBuf};

use nix_wire::{ContentAddressMethod, Hash, HashAlgorithm, StoreDir, StorePath};

use super::from_url::scheme_from_url;
use super::git_url::{fix_git_url, is_legal_reference_name};
use super::url::{BadUrl, Url, path_segments};
use super::{Attribute, Attributes, ReferenceError, is_flake_id};

/// The kind of place that a tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// One file of a URL.
    File,
    /// A Git repository.
    Git,
    /// A repository at GitHub, as an archive.
    GitHub,
    /// A repository at GitLab, as an archive.
    GitLab,
    /// A Mercurial repository.
    Mercurial,
    /// A name to be looked up in registries.
    Indirect,
    /// A directory of this machine.
    Path,
    /// A repository at SourceHut, as an archive.
    SourceHut,
    /// An archive of a URL.
    Tarball,
}

/// In the order in which they are asked whether a URL is theirs.
const SCHEMES: [Scheme; 9] = [
    Scheme::File,
    Scheme::Git,
    Scheme::GitHub,
    Scheme::GitLab,
    Scheme::Mercurial,
    Scheme::Indirect,
    Scheme::Path,
    Scheme::SourceHut,
    Scheme::Tarball,
];

impl Scheme {
    /// The value of the attribute `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scheme::File => "file",
            Scheme::Git => "git",
            Scheme::GitHub => "github",
            Scheme::GitLab => "gitlab",
            Scheme::Mercurial => "hg",
            Scheme::Indirect => "indirect",
            Scheme::Path => "path",
            Scheme::SourceHut => "sourcehut",
            Scheme::Tarball => "tarball",
        }
    }

    /// The scheme of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Scheme> {
        SCHEMES.into_iter().find(|scheme| scheme.name() == name)
    }

    /// The attributes that the scheme knows, besides `type`.
    #[must_use]
    pub const fn attributes(self) -> &'static [&'static str] {
        match self {
            Scheme::File | Scheme::Tarball => &[
                "url",
                "narHash",
                "name",
                "unpack",
                "rev",
                "revCount",
                "lastModified",
            ],
            Scheme::Git => &[
                "url",
                "ref",
                "rev",
                "shallow",
                "submodules",
                "lfs",
                "exportIgnore",
                "lastModified",
                "revCount",
                "narHash",
                "allRefs",
                "name",
                "dirtyRev",
                "dirtyShortRev",
                "verifyCommit",
                "keytype",
                "publicKey",
                "publicKeys",
            ],
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => &[
                "owner",
                "repo",
                "ref",
                "rev",
                "narHash",
                "lastModified",
                "host",
                "treeHash",
            ],
            Scheme::Mercurial => &["url", "ref", "rev", "revCount", "narHash", "name"],
            Scheme::Indirect => &["id", "ref", "rev", "narHash"],
            Scheme::Path => &["path", "rev", "revCount", "lastModified", "narHash"],
        }
    }
}

/// The attributes of one tree. Those of a known scheme have been checked against it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    scheme: Option<Scheme>,
    attributes: Attributes,
}

impl Input {
    /// From the attribute form. Attributes of an unknown `type` are kept as they are; such an input
    /// can be neither printed nor fetched.
    ///
    /// # Errors
    /// When the scheme does not know an attribute, or one is missing or wrong.
    pub fn from_attributes(mut attributes: Attributes) -> Result<Input, ReferenceError> {
        let Some(name) = attributes.string("type")?.map(str::to_owned) else {
            return Err(ReferenceError::Invalid(
                "'type' attribute to specify input scheme is required but not provided".to_owned(),
            ));
        };
        let Some(scheme) = Scheme::from_name(&name) else {
            return Input {
                scheme: None,
                attributes,
            }
            .checked();
        };
        for (name, _) in attributes.iter() {
            if name != "type" && !scheme.attributes().contains(&name) {
                return Err(ReferenceError::Invalid(format!(
                    "input attribute '{name}' not supported by scheme '{}'",
                    scheme.name()
                )));
            }
        }
        match scheme {
            Scheme::Path => {
                attributes.required_string("path")?;
            }
            Scheme::Indirect => {
                let id = attributes.required_string("id")?;
                if !is_flake_id(id) {
                    return Err(BadUrl(format!("'{id}' is not a valid flake ID")).into());
                }
            }
            Scheme::Git => check_git(&mut attributes)?,
            Scheme::Mercurial => {
                Url::parse(attributes.required_string("url")?)?;
                if let Some(reference) = attributes.string("ref")?
                    && !is_mercurial_reference_name(reference)
                {
                    return Err(
                        BadUrl(format!("invalid Mercurial branch/tag name '{reference}'")).into(),
                    );
                }
            }
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => check_forge(&attributes)?,
            Scheme::File | Scheme::Tarball => {}
        }
        Input {
            scheme: Some(scheme),
            attributes,
        }
        .checked()
    }

    /// From a URL. `tree` says whether a tree is wanted, as flakes are, or a file will do.
    ///
    /// # Errors
    /// When no scheme takes the URL, or the one that does finds something wrong with it.
    pub fn from_url(url: &Url, tree: bool) -> Result<Input, ReferenceError> {
        for scheme in SCHEMES {
            if let Some(input) = scheme_from_url(scheme, url, tree)? {
                return input.checked();
            }
        }
        let hint = match url.scheme.as_str() {
            "file+git" => "; did you mean 'git+file' instead of 'file+git'?",
            _ => "",
        };
        Err(ReferenceError::Invalid(format!(
            "input '{url}' is unsupported{hint}"
        )))
    }

    /// One whose attributes have been made for its scheme.
    pub(super) fn of_scheme(scheme: Scheme, attributes: Attributes) -> Input {
        Input {
            scheme: Some(scheme),
            attributes,
        }
    }

    /// Checks what all schemes share.
    fn checked(self) -> Result<Input, ReferenceError> {
        self.attributes.string("ref")?;
        self.attributes.integer("revCount")?;
        self.attributes.integer("lastModified")?;
        Ok(self)
    }

    /// The scheme, if it is known.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// All attributes.
    #[must_use]
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Sets an attribute that a fetcher found out.
    pub fn set(&mut self, name: &str, value: impl Into<Attribute>) {
        self.attributes.set(name, value);
    }

    /// Removes an attribute.
    pub fn remove(&mut self, name: &str) {
        self.attributes.remove(name);
    }

    /// A string; `None` also when it is of another type.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<&str> {
        self.attributes.string(name).ok().flatten()
    }

    /// Whether a truth value is there and true.
    #[must_use]
    pub fn is_true(&self, name: &str) -> bool {
        self.attributes
            .boolean(name)
            .is_ok_and(|value| value == Some(true))
    }

    /// The hash of the tree.
    ///
    /// # Errors
    /// When it is not a SHA-256 hash in SRI form.
    pub fn nar_hash(&self) -> Result<Option<Hash>, ReferenceError> {
        let Some(text) = self.attributes.string("narHash")? else {
            return Ok(None);
        };
        if text.is_empty() {
            return Ok(Some(Hash::zero(HashAlgorithm::Sha256)));
        }
        let hash =
            Hash::parse_sri(text).map_err(|error| ReferenceError::Invalid(error.to_string()))?;
        if hash.algorithm() != HashAlgorithm::Sha256 {
            return Err(ReferenceError::Invalid(
                "narHash must use SHA-256".to_owned(),
            ));
        }
        Ok(Some(hash))
    }

    /// The revision.
    ///
    /// # Errors
    /// When it is not a hash.
    pub fn revision(&self) -> Result<Option<Hash>, ReferenceError> {
        let Some(text) = self.attributes.string("rev")? else {
            return Ok(None);
        };
        let hash = Hash::parse_prefixed(text)
            .or_else(|_| Hash::parse(text, Some(HashAlgorithm::Sha1)))
            .map_err(|error| ReferenceError::Invalid(error.to_string()))?;
        Ok(Some(hash))
    }

    /// The branch or tag.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.string("ref")
    }

    /// Seconds since 1970.
    #[must_use]
    pub fn last_modified(&self) -> Option<u64> {
        self.attributes.integer("lastModified").ok().flatten()
    }

    /// The number of commits up to the revision.
    #[must_use]
    pub fn revision_count(&self) -> Option<u64> {
        self.attributes.integer("revCount").ok().flatten()
    }

    /// Whether it names a place, and not something to look up in registries.
    #[must_use]
    pub fn is_direct(&self) -> bool {
        self.scheme != Some(Scheme::Indirect)
    }

    /// Returns whether it will always be the same tree. Archives of forges are known by their revision only
    /// if the forges are trusted (`trust-tarballs-from-git-forges`).
    #[must_use]
    pub fn is_locked(&self, trusts_forges: bool) -> bool {
        let has_revision = || {
            self.revision()
                .ok()
                .flatten()
                .is_some_and(|revision| revision.digest().iter().any(|byte| *byte != 0))
        };
        match self.scheme {
            Some(Scheme::Path | Scheme::File | Scheme::Tarball) => {
                self.nar_hash().is_ok_and(|hash| hash.is_some())
            }
            Some(Scheme::Git) => has_revision(),
            Some(Scheme::Mercurial) => self.attributes.contains("rev"),
            Some(Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut) => {
                self.attributes.contains("rev")
                    && (trusts_forges || self.attributes.contains("narHash"))
            }
            Some(Scheme::Indirect) | None => false,
        }
    }

    /// The path, if it is one relative to the flake that the reference is written in.
    #[must_use]
    pub fn relative_path(&self) -> Option<&str> {
        match self.scheme {
            Some(Scheme::Path) => self.string("path").filter(|path| !path.starts_with('/')),
            _ => None,
        }
    }

    /// The directory of this machine that the tree is a copy of, and into which a lock file can be
    /// written.
    #[must_use]
    pub fn source_path(&self) -> Option<PathBuf> {
        match self.scheme? {
            Scheme::Path => self
                .string("path")
                .filter(|path| path.starts_with('/'))
                .map(PathBuf::from),
            Scheme::Git => {
                let url = Url::parse(self.string("url")?).ok()?;
                let path = url.file_path().ok().filter(|_| url.scheme == "file")?;
                Some(PathBuf::from(path)).filter(|path| !is_bare_repository(path))
            }
            _ => None,
        }
    }

    /// The name in the store.
    #[must_use]
    pub fn name(&self) -> &str {
        self.string("name").unwrap_or("source")
    }

    /// Where the tree belongs in the store, if its hash is given.
    ///
    /// # Errors
    /// When hash or name are malformed.
    pub fn store_path(&self, store_dir: &StoreDir) -> Result<Option<StorePath>, ReferenceError> {
        let Some(hash) = self.nar_hash()? else {
            return Ok(None);
        };
        let method = ContentAddressMethod::NixArchive;
        store_dir
            .content_path(self.name(), method, &hash, Default::default())
            .map(Some)
            .map_err(|error| ReferenceError::Invalid(error.to_string()))
    }

    /// Whether a registry entry for this input is one for the other too: they are equal, or equal
    /// when the other's branch and revision are left out.
    #[must_use]
    pub fn contains(&self, other: &Input) -> bool {
        if self == other {
            return true;
        }
        let mut other = other.clone();
        other.remove("ref");
        other.remove("rev");
        *self == other
    }

    /// The same with another branch or revision.
    ///
    /// # Errors
    /// When the scheme has none, or cannot have these.
    pub fn with_branch_and_revision(
        &self,
        branch: Option<&str>,
        revision: Option<&Hash>,
    ) -> Result<Input, ReferenceError> {
        let mut input = self.clone();
        match self.scheme {
            None => return Ok(input),
            Some(Scheme::Indirect | Scheme::Git | Scheme::Mercurial) => {
                if let Some(revision) = revision {
                    input.set("rev", revision.base16());
                }
                if let Some(branch) = branch {
                    input.set("ref", branch);
                }
                if self.scheme == Some(Scheme::Git)
                    && input.attributes.contains("rev")
                    && !input.attributes.contains("ref")
                {
                    return Err(ReferenceError::Invalid(format!(
                        "Git input '{input}' has a commit hash but no branch/tag name"
                    )));
                }
            }
            Some(Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut) => {
                if let (Some(branch), Some(revision)) = (branch, revision) {
                    let revision = revision.base16();
                    return Err(BadUrl(format!(
                        "cannot apply both a commit hash ({revision}) and a branch/tag name \
                         ('{branch}') to input '{self}'"
                    ))
                    .into());
                }
                if let Some(revision) = revision {
                    input.set("rev", revision.base16());
                    input.remove("ref");
                }
                if let Some(branch) = branch {
                    input.set("ref", branch);
                    input.remove("rev");
                }
            }
            Some(Scheme::Path | Scheme::File | Scheme::Tarball) => {
                if let Some(branch) = branch {
                    return Err(ReferenceError::Invalid(format!(
                        "don't know how to set branch/tag name of input '{self}' to '{branch}'"
                    )));
                }
                if let Some(revision) = revision {
                    let revision = revision.base16();
                    return Err(ReferenceError::Invalid(format!(
                        "don't know how to set revision of input '{self}' to '{revision}'"
                    )));
                }
            }
        }
        Ok(input)
    }

    /// The URL form.
    ///
    /// # Errors
    /// When the scheme is not known, or an attribute is malformed.
    pub fn to_url(&self) -> Result<Url, ReferenceError> {
        let Some(scheme) = self.scheme else {
            let attributes = &self.attributes;
            return Err(ReferenceError::Invalid(format!(
                "cannot show unsupported input '{attributes}'"
            )));
        };
        let revision = match scheme {
            // These print the text that they were given, whatever it is.
            Scheme::Path | Scheme::File | Scheme::Tarball => None,
            _ => self.revision()?.map(|revision| revision.base16()),
        };
        let branch = self.branch().map(str::to_owned);
        match scheme {
            Scheme::Indirect => {
                let id = self.attributes.required_string("id")?.to_owned();
                let path = [Some(id), branch, revision].into_iter().flatten().collect();
                Ok(Url {
                    scheme: "flake".to_owned(),
                    path,
                    ..Url::default()
                })
            }
            Scheme::Path => {
                let path = self.attributes.required_string("path")?;
                let mut url = Url {
                    scheme: "path".to_owned(),
                    path: path.split('/').map(str::to_owned).collect(),
                    ..Url::default()
                };
                for (name, value) in self.attributes.iter() {
                    let value = match value {
                        Attribute::String(text) => text.clone(),
                        Attribute::Integer(number) => number.to_string(),
                        Attribute::Boolean(truth) => u8::from(*truth).to_string(),
                    };
                    if name != "path" && name != "type" {
                        url.query.insert(name.to_owned(), value);
                    }
                }
                Ok(url)
            }
            Scheme::Git => {
                let mut url = Url::parse(self.attributes.required_string("url")?)?;
                if url.scheme != "git" {
                    url.scheme.insert_str(0, "git+");
                }
                let parameters = [("rev", revision), ("ref", branch)];
                let flags = [
                    "shallow",
                    "lfs",
                    "submodules",
                    "exportIgnore",
                    "verifyCommit",
                ]
                .into_iter()
                .map(|name| (name, self.is_true(name).then(|| "1".to_owned())));
                let key_type = self
                    .attributes
                    .contains("publicKey")
                    .then(|| self.string("keytype").unwrap_or("ssh-ed25519").to_owned());
                let key = self.string("publicKey").map(str::to_owned);
                let keys = [
                    ("keytype", key_type),
                    ("publicKey", key),
                    ("publicKeys", self.string("publicKeys").map(str::to_owned)),
                ];
                for (name, value) in parameters.into_iter().chain(flags).chain(keys) {
                    if let Some(value) = value {
                        url.query.insert(name.to_owned(), value);
                    }
                }
                Ok(url)
            }
            Scheme::Mercurial => {
                let mut url = Url::parse(self.attributes.required_string("url")?)?;
                url.scheme.insert_str(0, "hg+");
                for (name, value) in [("rev", revision), ("ref", branch)] {
                    if let Some(value) = value {
                        url.query.insert(name.to_owned(), value);
                    }
                }
                Ok(url)
            }
            Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut => {
                let owner = self.attributes.required_string("owner")?.to_owned();
                let repository = self.attributes.required_string("repo")?.to_owned();
                let path = [Some(owner), Some(repository), branch, revision];
                let path = path.into_iter().flatten().collect();
                let mut url = Url {
                    scheme: scheme.name().to_owned(),
                    path,
                    ..Url::default()
                };
                if let Some(hash) = self.nar_hash()? {
                    url.query.insert("narHash".to_owned(), hash.sri());
                }
                if let Some(host) = self.attributes.string("host")? {
                    url.query.insert("host".to_owned(), host.to_owned());
                }
                Ok(url)
            }
            Scheme::File | Scheme::Tarball => {
                let mut url = Url::parse(self.attributes.required_string("url")?)?;
                if let Some(hash) = self.nar_hash()? {
                    url.query.insert("narHash".to_owned(), hash.sri());
                }
                Ok(url)
            }
        }
    }
}

impl fmt::Display for Input {
    /// The URL form; where there is none, the attributes.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_url() {
            Ok(url) => url.fmt(formatter),
            Err(_) => self.attributes.fmt(formatter),
        }
    }
}

/// Whether a path is there, but is not a working tree.
pub(crate) fn is_bare_repository(path: &Path) -> bool {
    path.exists() && !path.join(".git").exists()
}

fn is_mercurial_reference_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '@')
        && name.bytes().all(super::is_reference_name_byte)
}

pub(super) fn check_git(attributes: &mut Attributes) -> Result<(), ReferenceError> {
    for name in [
        "verifyCommit",
        "shallow",
        "submodules",
        "allRefs",
        "exportIgnore",
        "lfs",
    ] {
        attributes.boolean(name)?;
    }
    for name in ["keytype", "publicKey", "publicKeys", "narHash", "rev"] {
        attributes.string(name)?;
    }
    if let Some(branch) = attributes.string("ref")?
        && !is_legal_reference_name(branch)
    {
        return Err(BadUrl(format!("invalid Git branch/tag name '{branch}'")).into());
    }
    let url = fix_git_url(attributes.required_string("url")?)?;
    attributes.set("url", url.to_string());
    Ok(())
}

pub(super) fn check_forge(attributes: &Attributes) -> Result<(), ReferenceError> {
    attributes.required_string("owner")?;
    attributes.required_string("repo")?;
    let branch = attributes.string("ref")?;
    let revision = attributes.string("rev")?;
    if let (Some(branch), Some(revision)) = (branch, revision) {
        return Err(BadUrl(format!(
            "input {attributes} contains both a commit hash ('{revision}') and a branch/tag name \
             ('{branch}')"
        ))
        .into());
    }
    if let Some(revision) = revision {
        Hash::parse(revision, Some(HashAlgorithm::Sha1))
            .map_err(|error| ReferenceError::Invalid(error.to_string()))?;
    }
    if branch.is_some_and(|branch| !is_legal_reference_name(branch)) {
        return Err(BadUrl(format!(
            "input {attributes} contains an invalid branch/tag name"
        ))
        .into());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    if attributes
        .string("host")?
        .is_some_and(|host| !host.bytes().all(legal))
    {
        return Err(BadUrl(format!(
            "input {attributes} contains an invalid instance host"
        ))
        .into());
    }
    Ok(())
}

/// The input of a directory of this machine.
#[must_use]
pub fn path_input(path: &str) -> Input {
    Input {
        scheme: Some(Scheme::Path),
        attributes: Attributes::from_iter([("type", "path"), ("path", path)]),
    }
}

/// The URL of a directory in the scheme `path`.
pub(super) fn path_url(path: &str) -> Url {
    Url {
        scheme: "path".to_owned(),
        authority: path.starts_with('/').then(Default::default),
        path: path_segments(path),
        ..Url::default()
    }
}
