//! Submodules: repositories that are directories of another.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gix::Repository;
use gix::bstr::ByteSlice;
use nix_wire::nar::{Filesystem, NarError, Node, Tree};

use super::git_error;
use crate::fetch::{FetchError, TreeFetcher};
use crate::reference::url::Url;
use crate::reference::{Attributes, Input};

/// A submodule, as `.gitmodules` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Submodule {
    pub(super) path: PathBuf,
    pub(super) url: String,
    pub(super) branch: Option<String>,
}

/// The submodules that a `.gitmodules` names.
pub(super) fn parse(root: &Path, text: &[u8]) -> Result<Vec<Submodule>, FetchError> {
    let file = gix::config::File::from_bytes_no_includes(
        text,
        gix::config::file::Metadata::default(),
        gix::config::file::init::Options::default(),
    )
    .map_err(|error| git_error(root, &error))?;
    let mut submodules = Vec::new();
    for section in file.sections_by_name("submodule").into_iter().flatten() {
        let value = |name: &str| section.value(name).map(|value| value.to_vec());
        let (Some(path), Some(url)) = (value("path"), value("url")) else {
            continue;
        };
        let branch = value("branch").map(|branch| String::from_utf8_lossy(&branch).into_owned());
        submodules.push(Submodule {
            path: PathBuf::from(OsStr::from_bytes(&path)),
            url: String::from_utf8_lossy(&url).into_owned(),
            // A dot stands for the branch of the repository that it is in.
            branch: branch.filter(|branch| branch != "."),
        });
    }
    Ok(submodules)
}

/// What a submodule's address is relative to: where the repository was copied from, if it was, else
/// where it is.
pub(super) fn base_of(repository: &Repository, url: &str) -> String {
    let origin = repository
        .config_snapshot()
        .string("remote.origin.url")
        .map(|origin| origin.to_str_lossy().into_owned());
    origin.unwrap_or_else(|| url.to_owned())
}

/// The address of a submodule.
fn address(base: &str, url: &str) -> String {
    if !url.starts_with("./") && !url.starts_with("../") {
        return url.to_owned();
    }
    let mut base = base.trim_end_matches('/').to_owned();
    let mut rest = url;
    loop {
        if let Some(further) = rest.strip_prefix("./") {
            rest = further;
        } else if let Some(further) = rest.strip_prefix("../") {
            let cut = base.rfind(['/', ':']).unwrap_or(0);
            base.truncate(cut);
            rest = further;
        } else {
            return format!("{base}/{rest}");
        }
    }
}

/// The input that a submodule at a revision is.
pub(super) fn input(
    parent: &Input,
    base: &str,
    submodule: &Submodule,
    revision: &str,
) -> Result<Input, FetchError> {
    let mut attributes = Attributes::new();
    attributes.set("type", "git");
    let address = address(base, &submodule.url);
    let url = match Url::parse(&address) {
        Err(_) if address.starts_with('/') => format!("file://{address}"),
        _ => address,
    };
    attributes.set("url", url);
    attributes.set("rev", revision);
    if let Some(branch) = &submodule.branch {
        attributes.set("ref", branch.as_str());
    }
    attributes.set("submodules", true);
    attributes.set("allRefs", true);
    for name in ["exportIgnore", "lfs"] {
        if parent.is_true(name) {
            attributes.set(name, true);
        }
    }
    Ok(Input::from_attributes(attributes)?)
}

/// A tree with others in place of some of its directories.
pub(super) struct Mounted<'a> {
    root: &'a mut dyn Tree,
    mounts: BTreeMap<PathBuf, Filesystem<'static>>,
}

impl<'a> Mounted<'a> {
    /// Fetches the submodules, and puts them where they belong.
    pub(super) fn new(
        fetcher: &TreeFetcher,
        root: &'a mut dyn Tree,
        inputs: impl IntoIterator<Item = (PathBuf, Input)>,
    ) -> Result<Mounted<'a>, FetchError> {
        let mut mounts = BTreeMap::new();
        for (path, input) in inputs {
            let tree = fetcher.fetch(&input, false)?;
            mounts.insert(path, Filesystem::new(&tree.path));
        }
        Ok(Mounted { root, mounts })
    }

    /// The mount that a path is in, with the path in it.
    fn mount<'b>(&mut self, path: &'b Path) -> Option<(&mut Filesystem<'static>, &'b Path)> {
        self.mounts.iter_mut().find_map(|(at, tree)| {
            let below = path.strip_prefix(at).ok()?;
            Some((tree, below))
        })
    }
}

impl Tree for Mounted<'_> {
    fn node(&mut self, path: &Path) -> Result<Node, NarError> {
        match self.mount(path) {
            Some((tree, below)) => tree.node(below),
            None => self.root.node(path),
        }
    }

    fn copy_contents(&mut self, path: &Path, sink: &mut dyn Write) -> Result<(), NarError> {
        match self.mount(path) {
            Some((tree, below)) => tree.copy_contents(below, sink),
            None => self.root.copy_contents(path, sink),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn addresses_are_relative_to_the_repository() {
        assert_eq!(address("https://h/a/b", "https://x/y"), "https://x/y");
        assert_eq!(address("https://h/a/b", "../c"), "https://h/a/c");
        assert_eq!(address("https://h/a/b/", "./c"), "https://h/a/b/c");
        assert_eq!(address("git@h:a/b", "../../c/d"), "git@h/c/d");
        assert_eq!(address("/r/a", "../c"), "/r/c");
    }
}
