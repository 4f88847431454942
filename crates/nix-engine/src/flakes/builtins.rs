//! What `fetchTree` and its relatives, and the functions on flake references, ask for.

use nix_eval::ErrorKind;
use nix_eval::host::{FetchAttr, FetchAttrs, Fetched, Fetcher, HostError, HostResult};
use nix_flake::fetch::{
    FetchError, FetchedFile, FetchedTree, SourceAttribute, SourceAttributeOptions,
};
use nix_flake::reference::{Attribute, Attributes, ParseOptions, parse};
use nix_flake::registry::RegistryScope;
use nix_flake::{FlakeReference, Input};
use nix_wire::{Hash, HashAlgorithm, StorePath};

use crate::Shared;

impl Shared {
    /// Fetches what a function of the language asks for. In pure evaluation only what is locked.
    pub(crate) fn fetch(
        &self,
        fetcher: Fetcher,
        attrs: &FetchAttrs,
        pure: bool,
    ) -> HostResult<Fetched> {
        if matches!(fetcher, Fetcher::Tarball | Fetcher::Url) {
            let path = self.fetch_file(fetcher == Fetcher::Tarball, attrs)?;
            return Ok(Fetched {
                store_path: self.store.store_dir().print(&path),
                info: Vec::new(),
            });
        }
        if fetcher == Fetcher::Closure {
            return self.fetch_closure(attrs);
        }
        let input = tree_input(fetcher, attributes(attrs))?;
        let flakes = self.flakes();
        let input = match input.is_direct() || pure {
            true => input,
            false => {
                let reference = FlakeReference {
                    input,
                    directory: String::new(),
                };
                let scope = RegistryScope::Limited;
                flakes
                    .registries
                    .resolve(&reference, scope)
                    .map_err(failed)?
                    .input
            }
        };
        if pure && !input.is_locked(flakes.fetcher.settings().trusts_forges) {
            if input.nar_hash().map_err(failed)?.is_none() {
                let mut error = HostError::new(format!(
                    "in pure evaluation mode, '{}' doesn't fetch unlocked input '{input}'",
                    name_of(fetcher)
                ));
                error.kind = ErrorKind::Restricted;
                return Err(error);
            }
            flakes.fetcher.warn(&format!(
                "Input '{input}' is unlocked (e.g. lacks a Git revision) but is checked by NAR \
                 hash. This is not reproducible and will break after garbage collection or when \
                 shared."
            ));
        }
        let tree = flakes
            .fetcher
            .fetch(&input, false)
            .map_err(|error| fetch_failed(&error))?;
        match fetcher {
            Fetcher::Mercurial => self.describe_mercurial(&tree),
            _ => self.describe(&tree, fetcher == Fetcher::Git),
        }
    }

    /// Fetches a file, or an archive and unpacks it.
    fn fetch_file(&self, unpack: bool, attrs: &FetchAttrs) -> HostResult<StorePath> {
        let get = |wanted: &str| {
            attrs.iter().find_map(|(name, value)| match value {
                FetchAttr::String(text) if name == wanted => Some(text.as_str()),
                _ => None,
            })
        };
        let flakes = self.flakes();
        let expected = match get("sha256") {
            None => None,
            Some("") => {
                let hash = Hash::zero(HashAlgorithm::Sha256);
                flakes
                    .fetcher
                    .warn(&format!("found empty hash, assuming '{}'", hash.sri()));
                Some(hash)
            }
            Some(text) => Some(Hash::parse(text, Some(HashAlgorithm::Sha256)).map_err(failed)?),
        };
        let wanted = FetchedFile {
            url: get("url").unwrap_or_default(),
            name: get("name").unwrap_or("source"),
            unpack,
            expected,
        };
        flakes
            .fetcher
            .fetch_file(&wanted)
            .map_err(|error| fetch_failed(&error))
    }

    /// Where an archive of the search path is.
    pub(crate) fn archive(&self, url: &str) -> HostResult<String> {
        let attrs = vec![("url".to_owned(), FetchAttr::String(url.to_owned()))];
        let path = self.fetch_file(true, &attrs)?;
        Ok(self.store.store_dir().print(&path))
    }

    /// Where the source of a flake of the search path is.
    pub(crate) fn flake_source(&self, reference: &str) -> HostResult<String> {
        let flakes = self.flakes();
        let parsed = parse(reference, ParseOptions::default()).map_err(failed)?;
        let resolved = flakes
            .registries
            .resolve(&parsed, RegistryScope::All)
            .map_err(failed)?;
        let tree = flakes
            .fetcher
            .fetch(&resolved.input, false)
            .map_err(|error| fetch_failed(&error))?;
        Ok(self.store.store_dir().print(&tree.store_path))
    }

    /// What `fetchMercurial` tells: as when there was nothing else.
    fn describe_mercurial(&self, tree: &FetchedTree) -> HostResult<Fetched> {
        /// The digits of a short revision.
        const SHORT: usize = 12;
        let input = &tree.input;
        let revision = match input.revision().map_err(failed)? {
            Some(revision) => revision.base16(),
            None => "0".repeat(40),
        };
        let text = |text: &str| FetchAttr::String(text.to_owned());
        let mut info = Vec::new();
        if let Some(branch) = input.branch() {
            info.push(("branch".to_owned(), text(branch)));
        }
        info.push(("rev".to_owned(), text(&revision)));
        info.push(("shortRev".to_owned(), text(&revision[..SHORT])));
        if let Some(count) = input.revision_count() {
            info.push(("revCount".to_owned(), FetchAttr::Int(count)));
        }
        Ok(Fetched {
            store_path: self.store.store_dir().print(&tree.store_path),
            info,
        })
    }

    fn describe(&self, tree: &FetchedTree, zero_revision: bool) -> HostResult<Fetched> {
        let options = SourceAttributeOptions {
            zero_revision,
            force_dirty: false,
        };
        let info = tree.source_attributes(options).map_err(failed)?;
        Ok(Fetched {
            store_path: self.store.store_dir().print(&tree.store_path),
            info: info
                .into_iter()
                .map(|(name, value)| {
                    let value = match value {
                        SourceAttribute::String(text) => FetchAttr::String(text),
                        SourceAttribute::Integer(number) => FetchAttr::Int(number),
                        SourceAttribute::Boolean(truth) => FetchAttr::Bool(truth),
                    };
                    (name.to_owned(), value)
                })
                .collect(),
        })
    }
}

/// What a function is called.
fn name_of(fetcher: Fetcher) -> &'static str {
    match fetcher {
        Fetcher::Git => "fetchGit",
        Fetcher::Mercurial => "fetchMercurial",
        _ => "fetchTree",
    }
}

/// The input that a function's arguments mean.
fn tree_input(fetcher: Fetcher, mut attributes: Attributes) -> HostResult<Input> {
    match fetcher {
        Fetcher::Git => {
            attributes.set("type", "git");
            let has_submodules = attributes.boolean("submodules").map_err(failed)? == Some(true);
            if !attributes.contains("exportIgnore") && !has_submodules {
                attributes.set("exportIgnore", true);
            }
        }
        Fetcher::Mercurial => {
            attributes.set("type", "hg");
            let url = attributes
                .required_string("url")
                .map_err(failed)?
                .to_owned();
            if url.starts_with('/') {
                attributes.set("url", format!("file://{url}"));
            }
            // Their revision may be the name of a branch.
            let revision = attributes.string("rev").map_err(failed)?.map(str::to_owned);
            if let Some(name) = revision
                && (name.len() != 40 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()))
            {
                attributes.remove("rev");
                attributes.set("ref", name);
            }
        }
        _ => {
            let is_git = attributes.string("type").map_err(failed)? == Some("git");
            if is_git && !attributes.contains("shallow") {
                attributes.set("shallow", true);
            }
        }
    }
    Input::from_attributes(attributes).map_err(failed)
}

/// Takes a flake reference apart.
pub(crate) fn parse_flake_reference(reference: &str) -> HostResult<FetchAttrs> {
    let parsed = parse(reference, ParseOptions::default()).map_err(failed)?;
    let attributes = parsed.to_attributes();
    Ok(attributes
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Attribute::String(text) => FetchAttr::String(text.clone()),
                Attribute::Integer(number) => FetchAttr::Int(*number),
                Attribute::Boolean(truth) => FetchAttr::Bool(*truth),
            };
            (name.to_owned(), value)
        })
        .collect())
}

/// Puts a flake reference together.
pub(crate) fn print_flake_reference(attrs: &FetchAttrs) -> HostResult<String> {
    let reference = FlakeReference::from_attributes(attributes(attrs)).map_err(failed)?;
    Ok(reference.to_string())
}

fn attributes(attrs: &FetchAttrs) -> Attributes {
    attrs
        .iter()
        .map(|(name, value)| {
            let value = match value {
                FetchAttr::String(text) => Attribute::String(text.clone()),
                FetchAttr::Int(number) => Attribute::Integer(*number),
                FetchAttr::Bool(truth) => Attribute::Boolean(*truth),
            };
            (name.clone(), value)
        })
        .collect()
}

fn failed(error: impl std::fmt::Display) -> HostError {
    HostError::new(error.to_string())
}

fn fetch_failed(error: &FetchError) -> HostError {
    let mut host_error = HostError::new(error.to_string());
    host_error.status = error.exit_status();
    host_error
}
