//! Copying a tree to a directory of the user's, with its history where it has one.

use std::path::Path;

use super::{FetchError, TreeFetcher, git};
use crate::reference::url::Url;
use crate::reference::{Input, ReferenceError, Scheme};

impl TreeFetcher {
    /// Copies what an input names to a directory that is not there yet: the repository if it is
    /// one, else the tree.
    ///
    /// # Errors
    /// When the directory is there, or the input cannot be had.
    pub fn clone_repository(&self, input: &Input, destination: &Path) -> Result<(), FetchError> {
        if destination.symlink_metadata().is_ok() {
            return Err(FetchError::Exists(destination.to_owned()));
        }
        match repository_url(input)? {
            Some(url) => git::clone_repository(&url, input.branch(), destination),
            None => {
                let tree = self.fetch(input, false)?;
                copy(&tree.path, destination)
            }
        }
    }
}

/// Where the repository of an input can be cloned from.
fn repository_url(input: &Input) -> Result<Option<String>, FetchError> {
    let attributes = input.attributes();
    let host = |default: &str| input.string("host").unwrap_or(default).to_owned();
    let path = || -> Result<String, ReferenceError> {
        let owner = attributes.required_string("owner")?;
        Ok(format!("{owner}/{}", attributes.required_string("repo")?))
    };
    Ok(match input.scheme() {
        Some(Scheme::Git) => {
            let url =
                Url::parse(attributes.required_string("url")?).map_err(ReferenceError::from)?;
            Some(match (url.scheme.as_str(), url.file_path()) {
                ("file", Ok(path)) => path,
                _ => url.to_string(),
            })
        }
        Some(Scheme::GitHub) => Some(format!("https://{}/{}.git", host("github.com"), path()?)),
        Some(Scheme::GitLab) => Some(format!("https://{}/{}.git", host("gitlab.com"), path()?)),
        Some(Scheme::SourceHut) => Some(format!("https://{}/{}", host("git.sr.ht"), path()?)),
        _ => None,
    })
}

/// Copies files, directories and links. What is copied can be written to.
fn copy(from: &Path, to: &Path) -> Result<(), FetchError> {
    let metadata = from
        .symlink_metadata()
        .map_err(FetchError::io("getting status of", from))?;
    if metadata.is_symlink() {
        let target = std::fs::read_link(from).map_err(FetchError::io("reading", from))?;
        return std::os::unix::fs::symlink(target, to).map_err(FetchError::io("writing", to));
    }
    if !metadata.is_dir() {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

        let executable = metadata.permissions().mode() & 0o111;
        let mut source = std::fs::File::open(from).map_err(FetchError::io("reading", from))?;
        let mut target = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o666 | executable)
            .open(to)
            .map_err(FetchError::io("writing", to))?;
        return std::io::copy(&mut source, &mut target)
            .map(|_| ())
            .map_err(FetchError::io("writing", to));
    }
    std::fs::create_dir_all(to).map_err(FetchError::io("creating", to))?;
    let entries = std::fs::read_dir(from).map_err(FetchError::io("reading directory", from))?;
    for entry in entries {
        let entry = entry.map_err(FetchError::io("reading directory", from))?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}
