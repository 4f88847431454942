//! What is asked for, and what comes back.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;

use crate::body::Body;
use crate::error::TransferError;

/// What is to be done with what a URL names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Have it.
    Get,
    /// Have what is said about it.
    Head,
    /// Put something there.
    Put,
    /// Have something done.
    Post,
}

impl Method {
    /// As HTTP calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Head => "HEAD",
            Method::Put => "PUT",
            Method::Post => "POST",
        }
    }

    pub(crate) fn verb(self) -> &'static str {
        match self {
            Method::Get | Method::Head => "download",
            Method::Put | Method::Post => "upload",
        }
    }
}

/// Bytes that are sent.
#[derive(Debug, Clone)]
pub enum Payload {
    /// These.
    Bytes(Arc<[u8]>),
    /// Those of a file, which does not change meanwhile.
    File(PathBuf),
}

/// Something asked of a URL.
#[derive(Debug, Clone)]
pub struct Request {
    /// `http:`, `https:`, `file:` or `s3:`.
    pub url: String,
    /// What to do.
    pub method: Method,
    /// Further fields of the header. `Authorization` is sent to the URL's own host only.
    pub headers: Vec<(String, String)>,
    /// The `ETag` of what the caller has: if it is still so, nothing is sent.
    pub if_none_match: Option<String>,
    /// The `Last-Modified` of what the caller has.
    pub if_modified_since: Option<String>,
    /// The most bytes that may come, decoded.
    pub size_limit: Option<u64>,
    /// What is sent.
    pub payload: Option<Payload>,
    /// Whether it is tried only once.
    pub once: bool,
}

impl Request {
    /// Asks for what a URL names.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Request {
        Request {
            url: url.into(),
            method: Method::Get,
            headers: Vec::new(),
            if_none_match: None,
            if_modified_since: None,
            size_limit: None,
            payload: None,
            once: false,
        }
    }

    /// Asks what is said about what a URL names.
    #[must_use]
    pub fn head(url: impl Into<String>) -> Request {
        Request {
            method: Method::Head,
            ..Request::get(url)
        }
    }

    /// Puts something where a URL says.
    #[must_use]
    pub fn put(url: impl Into<String>, payload: Payload) -> Request {
        Request {
            method: Method::Put,
            payload: Some(payload),
            ..Request::get(url)
        }
    }

    /// With a further field of the header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Takes no more than so many bytes.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Request {
        self.size_limit = Some(bytes);
        self
    }
}

/// What came back. The body is still on its way.
#[derive(Debug)]
pub struct Response {
    /// The URL that it came from, after all redirections.
    pub url: String,
    /// The status of HTTP: 200, 204, 304.
    pub status: u16,
    /// What the server names this version.
    pub etag: Option<String>,
    /// When it was changed, as the server wrote it.
    pub last_modified: Option<String>,
    /// The URL of just this version (a `Link` of the relation `immutable`).
    pub immutable_url: Option<String>,
    /// The number of bytes, when it is known before they are decoded.
    pub length: Option<u64>,
    /// The bytes.
    pub body: Body,
}

impl Response {
    /// Whether the caller's version is still the one.
    #[must_use]
    pub fn is_not_modified(&self) -> bool {
        self.status == 304
    }

    /// All bytes.
    ///
    /// # Errors
    /// When they do not all come.
    pub fn bytes(mut self) -> Result<Vec<u8>, TransferError> {
        let mut bytes = Vec::new();
        match self.body.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) => Err(TransferError::from_io(error).unwrap_or_else(|error| {
                TransferError::Connection {
                    verb: "download",
                    url: self.url,
                    reason: error.to_string(),
                    passing: false,
                }
            })),
        }
    }
}

/// What came back, with all its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The URL that it came from, after all redirections.
    pub url: String,
    /// What the server names this version.
    pub etag: Option<String>,
    /// When it was changed, as the server wrote it.
    pub last_modified: Option<String>,
    /// The URL of just this version.
    pub immutable_url: Option<String>,
    /// The bytes; `None` when the caller's version is still the one.
    pub bytes: Option<Vec<u8>>,
}
