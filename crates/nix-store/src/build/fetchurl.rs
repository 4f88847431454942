//! `builtin:fetchurl`, for files of this machine.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::BufReader;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix_wire::nar;

use crate::canonical::Unpack;

pub(super) fn build(variables: &BTreeMap<Vec<u8>, Vec<u8>>, out: &Path) -> Result<(), String> {
    let variable = |name: &str| variables.get(name.as_bytes()).map(Vec::as_slice);
    let url = variable("url").ok_or_else(|| "attribute 'url' missing".to_owned())?;
    let source = file_of(url).ok_or_else(|| {
        format!(
            "cannot download '{}': this builder reads 'file://' URLs only",
            String::from_utf8_lossy(url)
        )
    })?;
    let failed = |error: &dyn std::fmt::Display| format!("'{}': {error}", source.display());
    if variable("unpack") == Some(b"1") {
        let mut file = BufReader::new(File::open(&source).map_err(|error| failed(&error))?);
        return nar::read(&mut file, &mut Unpack::at(out)).map_err(|error| failed(&error));
    }
    fs::read(&source)
        .and_then(|contents| fs::write(out, contents))
        .map_err(|error| failed(&error))?;
    if variable("executable") == Some(b"1") {
        fs::set_permissions(out, fs::Permissions::from_mode(0o755))
            .map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// The file that a `file:` URL names, without its percent signs.
fn file_of(url: &[u8]) -> Option<PathBuf> {
    let rest = url.strip_prefix(b"file://")?;
    if !rest.starts_with(b"/") {
        return None;
    }
    let mut path = Vec::new();
    let mut bytes = rest.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            path.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        path.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(OsString::from_vec(path).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_of_this_machine_are_read() {
        assert_eq!(file_of(b"file:///a/b%20c"), Some(PathBuf::from("/a/b c")));
        for url in [
            "http://x/y",
            "file://host/x",
            "file:x",
            "file:///a%2",
            "file:///a%zz",
        ] {
            assert_eq!(file_of(url.as_bytes()), None, "{url}");
        }
    }
}
