//! Bytes that come, and go on coming when a connection breaks.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};

use crate::client::Client;
use crate::coding::{self, Compression};
use crate::error::TransferError;
use crate::http;
use crate::request::Request;

/// What tells one version of a thing from others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    pub(crate) length: Option<u64>,
}

impl Identity {
    /// What a server is asked to compare: weak tags do not promise the same bytes.
    pub(crate) fn validator(&self) -> Option<&str> {
        self.etag
            .as_deref()
            .filter(|etag| !etag.starts_with("W/"))
            .or(self.last_modified.as_deref())
    }
}

/// The bytes of a [`Response`](crate::Response), decoded. An error of reading has a
/// [`TransferError`] in it when it is one.
pub struct Body {
    source: Box<dyn Read + Send>,
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").finish_non_exhaustive()
    }
}

impl Read for Body {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.source.read(buffer)
    }
}

impl Body {
    pub(crate) fn empty() -> Body {
        Body {
            source: Box::new(io::empty()),
        }
    }

    pub(crate) fn of_file(
        client: &Client,
        request: &Request,
        file: File,
        length: Option<u64>,
    ) -> Result<Body, TransferError> {
        let source = Watched {
            client: client.clone(),
            url: request.url.clone(),
            source: file,
        };
        client.options().observer.started(&request.url, length);
        Body::limited(request, Box::new(source))
    }

    pub(crate) fn of_answer(
        client: &Client,
        request: &Request,
        attempt: u32,
        reader: Box<dyn Read + Send + Sync>,
        identity: Identity,
        compression: Compression,
    ) -> Result<Body, TransferError> {
        client
            .options()
            .observer
            .started(&request.url, identity.length);
        let source = Resuming {
            client: client.clone(),
            request: request.clone(),
            reader,
            position: 0,
            identity,
            attempt,
        };
        let watched = Watched {
            client: client.clone(),
            url: request.url.clone(),
            source,
        };
        let decoded =
            coding::decode(compression, watched).map_err(|error| TransferError::Connection {
                verb: request.method.verb(),
                url: request.url.clone(),
                reason: error.to_string(),
                passing: false,
            })?;
        Body::limited(request, decoded)
    }

    fn limited(request: &Request, source: Box<dyn Read + Send>) -> Result<Body, TransferError> {
        Ok(Body {
            source: match request.size_limit {
                None => source,
                Some(limit) => Box::new(Limited {
                    source,
                    url: request.url.clone(),
                    limit,
                    left: limit,
                }),
            },
        })
    }
}

/// Tells the observer what comes, and stops when the caller wants it.
struct Watched<R> {
    client: Client,
    url: String,
    source: R,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.client.check_interrupt()?;
        let read = self.source.read(buffer)?;
        self.client
            .options()
            .observer
            .received(&self.url, read as u64);
        Ok(read)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        self.client.options().observer.finished(&self.url);
    }
}

/// Fails when more comes than is wanted.
struct Limited {
    source: Box<dyn Read + Send>,
    url: String,
    limit: u64,
    left: u64,
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| TransferError::TooLarge {
                url: self.url.clone(),
                limit: self.limit,
            })?;
        Ok(read)
    }
}

/// The bytes as they travel. Where a connection breaks, another one brings the rest.
struct Resuming {
    client: Client,
    request: Request,
    reader: Box<dyn Read + Send + Sync>,
    position: u64,
    identity: Identity,
    attempt: u32,
}

impl Read for Resuming {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let reason = match self.reader.read(buffer) {
                Ok(0) => match self.identity.length {
                    Some(length) if self.position < length => "the connection was closed early",
                    _ => return Ok(0),
                }
                .to_owned(),
                Ok(read) => {
                    self.position += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => error.to_string(),
            };
            self.resume(reason)?;
        }
    }
}

impl Resuming {
    fn resume(&mut self, reason: String) -> Result<(), TransferError> {
        self.client.check_interrupt()?;
        let mut error = TransferError::Connection {
            verb: self.request.method.verb(),
            url: self.request.url.clone(),
            reason,
            passing: true,
        };
        loop {
            self.client
                .wait_after(&self.request.url, &mut self.attempt, error)?;
            match self.reopen() {
                Ok(()) => return Ok(()),
                Err(next) => error = next,
            }
        }
    }

    fn reopen(&mut self) -> Result<(), TransferError> {
        let from = (self.position > 0).then_some((self.position, &self.identity));
        let mut answer = http::attempt(&self.client, &self.request, from)?;
        let changed = |reason: &str| TransferError::Connection {
            verb: self.request.method.verb(),
            url: self.request.url.clone(),
            reason: reason.to_owned(),
            // Reading from the beginning may go well.
            passing: true,
        };
        if answer.status == 206 {
            let (start, total) = answer
                .range()
                .ok_or_else(|| changed("the server does not say which part it sends"))?;
            let other_length = matches!(
                (total, self.identity.length),
                (Some(total), Some(length)) if total != length
            );
            if start != self.position || other_length {
                return Err(changed("the server sends another part than was asked for"));
            }
            self.reader = answer.reader;
            return Ok(());
        }
        if self.position > 0 {
            // All of it once more: what was read already is passed over, if it is the same.
            if answer.identity() != self.identity || self.identity == Identity::default() {
                return Err(TransferError::Connection {
                    verb: self.request.method.verb(),
                    url: self.request.url.clone(),
                    reason: "it changed, or cannot be told not to have, while it was read"
                        .to_owned(),
                    passing: false,
                });
            }
            let passed = io::copy(
                &mut answer.reader.by_ref().take(self.position),
                &mut io::sink(),
            );
            match passed {
                Ok(passed) if passed == self.position => {}
                Ok(_) => return Err(changed("the connection was closed early")),
                Err(error) => return Err(changed(&error.to_string())),
            }
        } else {
            self.identity = answer.identity();
        }
        self.reader = answer.reader;
        Ok(())
    }
}
