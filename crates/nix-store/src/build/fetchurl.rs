//! `builtin:fetchurl`: a file, or the tree of an archive. Files of this machine are read here, all
//! others by what the caller gave for it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix_wire::nar;

use super::BuildOptions;
use super::builtin::required;
use crate::canonical::Unpack;

pub(super) fn build(
    variables: &BTreeMap<Vec<u8>, Vec<u8>>,
    out: &Path,
    options: &BuildOptions,
) -> Result<(), String> {
    let variable = |name: &str| {
        let value = variables.get(name.as_bytes());
        value.map(|value| String::from_utf8_lossy(value).into_owned())
    };
    let url = String::from_utf8_lossy(required(variables, "url")?).into_owned();
    let unpack = variable("unpack").as_deref() == Some("1");
    let mut temporary = out.to_owned().into_os_string();
    temporary.push(".download");
    let temporary = PathBuf::from(temporary);
    let result = fetch(
        &url,
        &mirrors(&variable, options, unpack),
        out,
        &temporary,
        options,
        unpack,
    );
    // Nothing may be left beside the output.
    let _ = fs::remove_file(&temporary);
    result?;
    if variable("executable").as_deref() == Some("1") {
        fs::set_permissions(out, fs::Permissions::from_mode(0o755))
            .map_err(|error| format!("'{}': {error}", out.display()))?;
    }
    Ok(())
}

/// Where else a file with a known hash may be, to be tried first.
fn mirrors(
    variable: &dyn Fn(&str) -> Option<String>,
    options: &BuildOptions,
    unpack: bool,
) -> Vec<String> {
    let mode = variable("outputHashMode").unwrap_or_default();
    let (Some(algorithm), Some(hash)) = (variable("outputHashAlgo"), variable("outputHash")) else {
        return Vec::new();
    };
    if unpack || !matches!(mode.as_str(), "" | "flat") {
        return Vec::new();
    }
    let Ok(hash) = nix_wire::Hash::parse(&hash, algorithm.parse().ok()) else {
        return Vec::new();
    };
    options
        .hashed_mirrors
        .iter()
        .map(|mirror| {
            let mirror = mirror.trim_end_matches('/');
            format!("{mirror}/{}/{}", hash.algorithm(), hash.base16())
        })
        .collect()
}

fn fetch(
    url: &str,
    mirrors: &[String],
    out: &Path,
    temporary: &Path,
    options: &BuildOptions,
    unpack: bool,
) -> Result<(), String> {
    let mut obtained = None;
    for mirror in mirrors {
        if let Ok(file) = obtain(mirror, temporary, options) {
            obtained = Some(file);
            break;
        }
        let _ = fs::remove_file(temporary);
    }
    let file = match obtained {
        Some(file) => file,
        None => obtain(url, temporary, options)?,
    };
    let failed = |error: &dyn std::fmt::Display| format!("'{}': {error}", file.display());
    if unpack {
        let mut archive = open_archive(&file, url).map_err(|error| failed(&error))?;
        return nar::read(&mut archive, &mut Unpack::at(out)).map_err(|error| failed(&error));
    }
    let mut reader = File::open(&file).map_err(|error| failed(&error))?;
    File::create_new(out)
        .and_then(|mut writer| std::io::copy(&mut reader, &mut writer))
        .map(drop)
        .map_err(|error| failed(&error))
}

/// The file that a URL names: itself, or a copy at the temporary path.
fn obtain(url: &str, temporary: &Path, options: &BuildOptions) -> Result<PathBuf, String> {
    if let Some(file) = file_of(url.as_bytes()) {
        return Ok(file);
    }
    let Some(download) = &options.download else {
        return Err(format!(
            "cannot download '{url}': this builder reads 'file://' URLs only"
        ));
    };
    download.download(url, temporary)?;
    Ok(temporary.to_owned())
}

/// An archive, which may be compressed when its name says so.
fn open_archive(file: &Path, url: &str) -> std::io::Result<Box<dyn Read>> {
    let reader = BufReader::new(File::open(file)?);
    if url.ends_with(".bz2") {
        return Ok(Box::new(bzip2::read::BzDecoder::new(reader)));
    }
    if url.ends_with(".xz") {
        return Ok(Box::new(liblzma::bufread::XzDecoder::new(reader)));
    }
    Ok(Box::new(reader))
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
