//! `file:` URLs.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::body::Body;
use crate::client::Client;
use crate::error::TransferError;
use crate::request::{Method, Payload, Request, Response};
use crate::url;

/// The file that a `file:` URL names; `None` when it names none of this machine.
pub(crate) fn path_of(url: &str) -> Option<PathBuf> {
    let parts = url::split(url)?;
    let here = matches!(parts.authority, "" | "localhost");
    if parts.scheme != "file" || !here || !parts.path.starts_with('/') {
        return None;
    }
    Some(OsString::from_vec(url::decode(parts.path)?).into())
}

pub(crate) fn open(client: &Client, request: &Request) -> Result<Response, TransferError> {
    let path = path_of(&request.url).ok_or_else(|| TransferError::Url {
        url: request.url.clone(),
        reason: "it names no absolute path of this machine".to_owned(),
    })?;
    let failed = |action| {
        let path = path.clone();
        move |error| TransferError::File {
            action,
            path,
            error,
        }
    };
    if let Some(payload) = &request.payload {
        write(&path, payload).map_err(failed("write"))?;
        return Ok(response(request, None, Body::empty()));
    }
    let file = File::open(&path).map_err(failed("open"))?;
    let metadata = file.metadata().map_err(failed("examine"))?;
    if metadata.is_dir() {
        return Err(failed("read")(io::ErrorKind::IsADirectory.into()));
    }
    // Of pipes and devices nobody knows the length.
    let length = metadata.is_file().then_some(metadata.len());
    let body = match request.method {
        Method::Head => Body::empty(),
        _ => Body::of_file(client, request, file, length)?,
    };
    Ok(response(request, length, body))
}

fn response(request: &Request, length: Option<u64>, body: Body) -> Response {
    Response {
        url: request.url.clone(),
        status: 200,
        etag: None,
        last_modified: None,
        immutable_url: None,
        length,
        body,
    }
}

/// Puts a whole file there at once: readers see the old one or the new one.
fn write(path: &Path, payload: &Payload) -> io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(
        ".tmp.{}.{}",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    ));
    let temporary = PathBuf::from(name);
    let written = File::create(&temporary)
        .and_then(|mut file| match payload {
            Payload::Bytes(bytes) => file.write_all(bytes),
            Payload::File(source) => File::open(source)
                .and_then(|mut source| io::copy(&mut source, &mut file))
                .map(|_| ()),
        })
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_of_this_machine_are_files() {
        assert_eq!(
            path_of("file:///a/b%20c+d"),
            Some(PathBuf::from("/a/b c+d"))
        );
        assert_eq!(path_of("file://localhost/a"), Some(PathBuf::from("/a")));
        for url in [
            "http://x/y",
            "file://host/x",
            "file:x",
            "file:///a%2",
            "file:///a%zz",
        ] {
            assert_eq!(path_of(url), None, "{url}");
        }
    }
}
