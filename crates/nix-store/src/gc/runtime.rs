//! What running processes use: their program, directory, open files, mapped files and environment.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix_wire::StorePath;
use nix_wire::store_path::HASH_PART_LENGTH;

use super::Result;
use super::roots::{Root, Roots};
use crate::local::LocalStore;

/// On a system without `/proc` nothing is found. Nor is what other users' processes do not show.
pub(super) fn find(store: &LocalStore) -> Result<Roots> {
    let mut found = Roots::default();
    let mut look = |source: &Path, text: &[u8]| {
        for path in paths_in(store.store_dir().as_str(), text) {
            found.add(path, Root::Process(source.to_owned()));
        }
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_number = |name: &std::ffi::OsStr| name.as_bytes().iter().all(u8::is_ascii_digit);
    for process in processes.filter(|entry| is_number(&entry.file_name())) {
        let process = process.path();
        let mut links: Vec<PathBuf> = vec![process.join("exe"), process.join("cwd")];
        let files = fs::read_dir(process.join("fd"))
            .into_iter()
            .flatten()
            .flatten();
        links.extend(files.map(|entry| entry.path()));
        for link in links {
            if let Ok(target) = fs::read_link(&link) {
                look(&link, target.as_os_str().as_bytes());
            }
        }
        for file in ["maps", "environ"].map(|name| process.join(name)) {
            if let Ok(text) = fs::read(&file) {
                look(&file, &text);
            }
        }
    }
    for name in ["modprobe", "fbsplash", "poweroff_cmd"] {
        let file = Path::new("/proc/sys/kernel").join(name);
        if let Ok(text) = fs::read(&file) {
            look(&file, &text);
        }
    }
    let valid = store.valid_among(found.0.keys())?;
    found.0.retain(|path, _| valid.contains(path));
    Ok(found)
}

/// The store objects whose full paths occur in a text.
fn paths_in(store_dir: &str, text: &[u8]) -> Vec<StorePath> {
    let prefix = format!("{store_dir}/");
    let mut paths = Vec::new();
    let mut rest = text;
    while let Some(start) = position_of(rest, prefix.as_bytes()) {
        rest = &rest[start + prefix.len()..];
        let legal = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_' | b'?' | b'=')
        };
        let end = rest
            .iter()
            .position(|byte| !legal(byte))
            .unwrap_or(rest.len());
        let name = std::str::from_utf8(&rest[..end]).unwrap_or_default();
        if name.len() > HASH_PART_LENGTH {
            paths.extend(StorePath::from_base_name(name));
        }
    }
    paths
}

fn position_of(text: &[u8], part: &[u8]) -> Option<usize> {
    let (first, others) = part.split_first()?;
    let mut start = 0;
    loop {
        start += text[start..].iter().position(|byte| byte == first)?;
        if text[start + 1..].starts_with(others) {
            return Some(start);
        }
        start += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found_anywhere_in_a_text() {
        let hash = "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4";
        let text = format!(
            "PATH=/nix/store/{hash}-a/bin:/nix/store/{hash}-b\0/nix/store/short /nix/store/"
        );
        let paths = paths_in("/nix/store", text.as_bytes());
        let names: Vec<&str> = paths.iter().map(StorePath::name).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(paths_in("/other/store", text.as_bytes()).is_empty());
    }
}
