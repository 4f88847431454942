//! Archives and single files of any server.

use std::io::{Seek, Write};
use std::path::Path;

use nix_wire::nar::{NarError, Node, Tree};

use super::download::Answer;
use super::{FetchError, Fetched, TreeFetcher, TreeSource};
use crate::reference::url::Url;
use crate::reference::{Input, ReferenceError, Scheme};

/// Fetches and unpacks an archive.
pub(super) fn fetch(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let url = input.attributes().required_string("url")?;
    let unpacked = fetcher.download_archive(url, url, &[], input.name(), false)?;
    let mut result = input.clone();
    if let Some(immutable) = &unpacked.immutable_url {
        result = immutable_input(immutable)?;
    }
    if unpacked.last_modified != 0 && result.last_modified().is_none() {
        result.set("lastModified", unpacked.last_modified);
    }
    Ok(Fetched {
        tree: unpacked.tree,
        input: result,
        source: TreeSource::Elsewhere,
    })
}

/// What a server says that the archive is to be locked to.
fn immutable_input(url: &str) -> Result<Input, FetchError> {
    let parsed = Url::parse(url).map_err(ReferenceError::from)?;
    let mut input = Input::from_url(&parsed, true)?;
    if input.scheme() != Some(Scheme::Tarball) {
        return Err(FetchError::ImmutableLink(url.to_owned()));
    }
    // What it was found to be counts, not what the server says.
    input.remove("narHash");
    Ok(input)
}

/// Fetches one file.
pub(super) fn fetch_file(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let url = input.attributes().required_string("url")?;
    let Answer::New(downloaded) = fetcher.download(url, &[], None)? else {
        return Err(FetchError::NothingSent(url.to_owned()));
    };
    let mut file = downloaded.file;
    let size = file
        .metadata()
        .map_err(FetchError::io("reading", Path::new(url)))?
        .len();
    let mut tree = SingleFile {
        file: &mut file,
        size,
    };
    let tree = fetcher.store().add(input.name(), &mut tree)?;
    Ok(Fetched {
        tree,
        input: input.clone(),
        source: TreeSource::Elsewhere,
    })
}

/// A tree that is one file.
pub(super) struct SingleFile<'a> {
    pub(super) file: &'a mut std::fs::File,
    pub(super) size: u64,
}

impl Tree for SingleFile<'_> {
    fn node(&mut self, _: &Path) -> Result<Node, NarError> {
        Ok(Node::Regular {
            executable: false,
            size: self.size,
        })
    }

    fn copy_contents(&mut self, _: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        // Stores read some trees more than once.
        self.file.rewind()?;
        std::io::copy(self.file, sink)?;
        Ok(())
    }
}
