//! Mercurial repositories, through the program `hg`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use nix_wire::HashAlgorithm;
use nix_wire::hash::Hasher;
use nix_wire::nar::Filesystem;

use super::{FetchError, Fetched, TreeFetcher, TreeSource};
use crate::reference::url::Url;
use crate::reference::{Input, ReferenceError};

/// The branch that is meant when none is named.
const DEFAULT_BRANCH: &str = "default";

fn hg<A: AsRef<std::ffi::OsStr>>(
    arguments: impl IntoIterator<Item = A>,
) -> Result<String, FetchError> {
    let mut command = Command::new("hg");
    // No settings of the user's change what is printed.
    command
        .env("HGPLAIN", "")
        .args(arguments)
        .stdin(Stdio::null());
    let output = command.output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => FetchError::NoProgram("hg"),
        _ => FetchError::Io {
            action: "running",
            path: PathBuf::from("hg"),
            error,
        },
    })?;
    if !output.status.success() {
        return Err(FetchError::Program {
            program: "hg",
            message: String::from_utf8_lossy(&output.stderr)
                .trim_end()
                .to_owned(),
        });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Copies a revision, or the tracked files of a working directory with changes, to the store.
pub(super) fn fetch(fetcher: &TreeFetcher, input: &Input) -> Result<Fetched, FetchError> {
    let url =
        Url::parse(input.attributes().required_string("url")?).map_err(ReferenceError::from)?;
    let local = match url.scheme.as_str() {
        "file" => Some(PathBuf::from(
            url.file_path().map_err(ReferenceError::from)?,
        )),
        _ => None,
    };
    if let Some(path) = &local
        && input.branch().is_none()
        && input.revision()?.is_none()
        && path.join(".hg").is_dir()
        && !hg([
            "status",
            "-R",
            &path.to_string_lossy(),
            "--modified",
            "--added",
            "--removed",
        ])?
        .is_empty()
    {
        return working_directory(fetcher, input, path);
    }
    let address = local.map_or_else(|| url.to_string(), |path| path.display().to_string());
    revision(fetcher, input, &address)
}

/// The tracked files of a working directory with changes.
fn working_directory(
    fetcher: &TreeFetcher,
    input: &Input,
    path: &Path,
) -> Result<Fetched, FetchError> {
    if !fetcher.settings.allow_dirty {
        return Err(FetchError::Dirty(path.to_owned()));
    }
    if fetcher.settings.warn_dirty {
        fetcher.warn(&format!("Mercurial tree '{}' is unclean", path.display()));
    }
    let root = path.to_string_lossy();
    let mut result = input.clone();
    let branch = hg(["branch", "-R", &root])?;
    result.set("ref", branch.trim_end());
    let listed = hg([
        "status",
        "-R",
        &root,
        "--clean",
        "--modified",
        "--added",
        "--no-status",
        "--print0",
    ])?;
    let files: std::collections::BTreeSet<PathBuf> = listed
        .split('\0')
        .filter(|name| !name.is_empty())
        .flat_map(|name| {
            let file = path.join(name);
            let parents: Vec<PathBuf> = file.ancestors().map(Path::to_owned).collect();
            parents
        })
        .collect();
    let mut tree = Filesystem::filtered(path, |file, _| Ok(files.contains(file)));
    let tree = fetcher.store().add(input.name(), &mut tree)?;
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::WorkingTree(path.to_owned()),
    })
}

/// A revision, from a copy of the repository in the cache.
fn revision(fetcher: &TreeFetcher, input: &Input, address: &str) -> Result<Fetched, FetchError> {
    let cache = fetcher.cache.as_ref().ok_or(FetchError::NoNetwork)?;
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    hasher.update(address.as_bytes());
    let directory = cache.directory().join("hg").join(hasher.finish().nix32());
    let copy = directory.to_string_lossy();
    let lock = directory.with_extension("lock");
    let parent = lock.parent().unwrap_or(Path::new("/"));
    let lock_file = private_files::of_new_file(&lock)
        .and_then(|(directory, name)| directory.open_or_create(name))
        .map_err(FetchError::io("opening", &lock))?;
    lock_file.lock().map_err(FetchError::io("locking", &lock))?;

    let branch = input.branch().unwrap_or(DEFAULT_BRANCH);
    let wanted = match input.revision()? {
        Some(revision) => revision.base16(),
        None => branch.to_owned(),
    };
    let is_known = |wanted: &str| hg(["log", "-R", &copy, "-r", wanted, "--template", "1"]).is_ok();
    if !directory.join(".hg").exists() {
        hg(["clone", "--noupdate", "--", address, &copy])?;
    } else if input.revision()?.is_none() || !is_known(&wanted) {
        hg(["pull", "-R", &copy, "--", address])?;
    }
    let found = hg([
        "log",
        "-R",
        &copy,
        "-r",
        &wanted,
        "--template",
        "{node} {rev} {branch}",
    ])?;
    let mut words = found.split_whitespace();
    let (Some(node), Some(number), Some(branch)) = (words.next(), words.next(), words.next())
    else {
        return Err(FetchError::NoSuchBranch {
            repository: address.to_owned(),
            branch: wanted,
        });
    };
    let mut result = input.clone();
    result.set("rev", node);
    result.set("ref", branch);
    if let Ok(number) = number.parse::<u64>() {
        result.set("revCount", number);
    }
    let temporary = tempfile::tempdir().map_err(FetchError::io("creating", parent))?;
    let target = temporary.path().join("tree");
    hg([
        "archive",
        "-R",
        &copy,
        "-r",
        node,
        &target.to_string_lossy(),
    ])?;
    // Mercurial says there what it made the archive of.
    let note = target.join(".hg_archival.txt");
    if note.exists() {
        std::fs::remove_file(&note).map_err(FetchError::io("removing", &note))?;
    }
    let tree = fetcher
        .store()
        .add(input.name(), &mut Filesystem::new(&target))?;
    Ok(Fetched {
        tree,
        input: result,
        source: TreeSource::Elsewhere,
    })
}
