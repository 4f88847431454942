//! `builtin:fetchurl`: a file, or the tree of an archive. Files of this machine are read here, all
//! others by the [`Download`] that the program has.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix_wire::nar;

use super::BuiltinJob;
use crate::canonical::Unpack;

/// Downloads files that are not on this machine.
pub trait Download {
    /// Writes the file that the URL names to `to`, where nothing is yet.
    ///
    /// # Errors
    /// If the URL cannot be transferred, or the file cannot be written.
    fn download(&self, url: &str, to: &Path) -> Result<(), String>;
}

/// Fetches the file `url` to the output, or the tree of the archive that it is. Mirrors are servers
/// that have files by their hashes; they are asked first.
///
/// # Errors
/// If the file cannot be fetched or unpacked.
pub fn fetchurl(
    job: &BuiltinJob,
    mirrors: &[String],
    download: &dyn Download,
) -> Result<(), String> {
    // The result has to be known, or never be the same: else it would depend on the server.
    if !job.has_network {
        let rule = "'builtin:fetchurl' must be a fixed-output or impure derivation";
        return Err(rule.to_owned());
    }
    let fetch = Fetch {
        out: job.out()?,
        temporary: job.directory.join(".download"),
        unpack: job.variable("unpack") == Some(b"1"),
        download,
    };
    let url = String::from_utf8_lossy(job.required("url")?).into_owned();
    fetch.run(&url, &mirrored(job, mirrors, fetch.unpack))?;
    if job.variable("executable") == Some(b"1") {
        let out = fetch.out;
        fs::set_permissions(out, fs::Permissions::from_mode(0o755))
            .map_err(|error| format!("'{}': {error}", out.display()))?;
    }
    Ok(())
}

/// Returns the URLs at which mirrors have the file, if its hash is known.
fn mirrored(job: &BuiltinJob, mirrors: &[String], unpack: bool) -> Vec<String> {
    let text = |name: &str| {
        let value = job.variable(name)?;
        Some(String::from_utf8_lossy(value).into_owned())
    };
    let mode = text("outputHashMode").unwrap_or_default();
    let (Some(algorithm), Some(hash)) = (text("outputHashAlgo"), text("outputHash")) else {
        return Vec::new();
    };
    if unpack || !matches!(mode.as_str(), "" | "flat") {
        return Vec::new();
    }
    let Ok(hash) = nix_wire::Hash::parse(&hash, algorithm.parse().ok()) else {
        return Vec::new();
    };
    let urls = mirrors.iter().map(|mirror| {
        let mirror = mirror.trim_end_matches('/');
        format!("{mirror}/{}/{}", hash.algorithm(), hash.base16())
    });
    urls.collect()
}

struct Fetch<'a> {
    out: &'a Path,
    temporary: PathBuf,
    unpack: bool,
    download: &'a dyn Download,
}

impl Fetch<'_> {
    fn run(&self, url: &str, mirrors: &[String]) -> Result<(), String> {
        let mut obtained = None;
        for mirror in mirrors {
            if let Ok(file) = self.obtain(mirror) {
                obtained = Some(file);
                break;
            }
            let _ = fs::remove_file(&self.temporary);
        }
        let file = match obtained {
            Some(file) => file,
            None => self.obtain(url)?,
        };
        let failed = |error: &dyn std::fmt::Display| format!("'{}': {error}", file.display());
        if self.unpack {
            let mut archive = open_archive(&file, url).map_err(|error| failed(&error))?;
            let unpacked = nar::read(&mut archive, &mut Unpack::at(self.out));
            return unpacked.map_err(|error| failed(&error));
        }
        let mut reader = File::open(&file).map_err(|error| failed(&error))?;
        File::create_new(self.out)
            .and_then(|mut writer| std::io::copy(&mut reader, &mut writer))
            .map(drop)
            .map_err(|error| failed(&error))
    }

    /// Returns the file that a URL names: itself, or a copy at the temporary path.
    fn obtain(&self, url: &str) -> Result<PathBuf, String> {
        if let Some(file) = file_of(url.as_bytes()) {
            return Ok(file);
        }
        self.download.download(url, &self.temporary)?;
        Ok(self.temporary.clone())
    }
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
