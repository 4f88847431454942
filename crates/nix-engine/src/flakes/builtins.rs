//! What `fetchTree` and its relatives, and the functions on flake references, ask for.

use nix_eval::host::{FetchAttr, FetchAttrs, Fetched, Fetcher, HostError, HostResult};
use nix_flake::fetch::{FetchError, FetchedTree, SourceAttribute, SourceAttributeOptions};
use nix_flake::reference::{Attribute, Attributes, ParseOptions, parse};
use nix_flake::{FlakeReference, Input};

use crate::Shared;

impl Shared {
    pub(crate) fn fetch(&self, fetcher: Fetcher, attrs: &FetchAttrs) -> HostResult<Fetched> {
        let what = match fetcher {
            Fetcher::Tree | Fetcher::Git => None,
            Fetcher::Mercurial => Some("fetchMercurial"),
            Fetcher::Tarball => Some("fetchTarball"),
            Fetcher::Url => Some("fetchurl"),
        };
        if let Some(what) = what {
            return Err(HostError::new(format!(
                "builtins.{what} is not possible in this version: it fetches only local trees"
            )));
        }
        let mut attributes = attributes(attrs);
        if fetcher == Fetcher::Git && !attributes.contains("type") {
            attributes.set("type", "git");
        }
        let input = Input::from_attributes(attributes).map_err(failed)?;
        let tree = self
            .flakes()
            .fetcher
            .fetch(&input, false)
            .map_err(|error| fetch_failed(&error))?;
        self.describe(&tree, fetcher == Fetcher::Git)
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
