//! Why bytes could not be had or sent.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How much of an answer's text an error repeats, in bytes.
const LONGEST_EXCERPT: usize = 4096;

/// Why a transfer failed.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A server answered, but not with what was asked for.
    #[error("{}", status_text(.verb, .url, *.status, .answer))]
    Status {
        /// `download` or `upload`.
        verb: &'static str,
        /// What was asked for.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// The beginning of what the server wrote.
        answer: String,
        /// After what time the server wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The server could not be reached, or the connection broke.
    #[error("unable to {verb} '{url}': {reason}")]
    Connection {
        /// `download` or `upload`.
        verb: &'static str,
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
        /// Whether it may go well another time.
        passing: bool,
    },
    /// More bytes came than were wanted.
    #[error("'{url}' is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// The most that is taken, in bytes.
        limit: u64,
    },
    /// A text is no URL, or none of a kind that can be had.
    #[error("'{url}' is not a valid URL: {reason}")]
    Url {
        /// The text.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of the machine could not be read or written.
    #[error("cannot {action} '{}': {error}", path.display())]
    File {
        /// What was tried.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        error: io::Error,
    },
    /// It was stopped by the caller.
    #[error("interrupted")]
    Interrupted,
}

impl TransferError {
    /// Whether there is nothing at that URL.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match self {
            TransferError::Status { status, .. } => matches!(status, 404 | 410),
            TransferError::File { error, .. } => error.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// Whether the caller may not have what is there.
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        matches!(
            self,
            TransferError::Status {
                status: 401 | 403 | 407,
                ..
            }
        )
    }

    /// Whether it may go well another time.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            TransferError::Status { status, .. } => match status {
                408 | 429 => true,
                501 | 505 | 511 => false,
                status => *status >= 500,
            },
            TransferError::Connection { passing, .. } => *passing,
            _ => false,
        }
    }

    /// The failure within an error of reading a [`Body`](crate::Body); the error itself if it is
    /// another's.
    ///
    /// # Errors
    /// The error, when no failure of a transfer is in it.
    pub fn from_io(error: io::Error) -> Result<TransferError, io::Error> {
        if error
            .get_ref()
            .is_some_and(|inner| inner.is::<TransferError>())
        {
            let inner = error.into_inner().and_then(|inner| inner.downcast().ok());
            return inner.map_or_else(|| Err(io::ErrorKind::Other.into()), |inner| Ok(*inner));
        }
        Err(error)
    }
}

impl From<TransferError> for io::Error {
    fn from(error: TransferError) -> io::Error {
        io::Error::other(error)
    }
}

/// As much of an answer as an error repeats.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    let cut = &bytes[..bytes.len().min(LONGEST_EXCERPT)];
    String::from_utf8_lossy(cut).trim().to_owned()
}

fn status_text(verb: &str, url: &str, status: u16, answer: &str) -> String {
    let mut text = format!("unable to {verb} '{url}': HTTP error {status}");
    if let Some(reason) = reason_of(status) {
        // Writing to a string does not fail.
        let _ = write!(text, " ({reason})");
    }
    if !answer.is_empty() {
        let _ = write!(text, "\n\nresponse body:\n\n{answer}");
    }
    text
}

fn reason_of(status: u16) -> Option<&'static str> {
    ureq::http::StatusCode::from_u16(status)
        .ok()?
        .canonical_reason()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(status: u16) -> TransferError {
        TransferError::Status {
            verb: "download",
            url: "http://x/y".to_owned(),
            status,
            answer: String::new(),
            retry_after: None,
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for passing in [408, 429, 500, 502, 503, 504] {
            assert!(status(passing).is_passing(), "{passing}");
        }
        for lasting in [400, 401, 403, 404, 410, 418, 501, 505, 511] {
            assert!(!status(lasting).is_passing(), "{lasting}");
        }
        assert!(status(404).is_not_found() && status(410).is_not_found());
    }

    #[test]
    fn an_error_survives_the_way_through_a_reader() {
        let through: io::Error = status(503).into();
        let back = TransferError::from_io(through).expect("a failure of a transfer");
        assert_eq!(
            back.to_string(),
            "unable to download 'http://x/y': HTTP error 503 (Service Unavailable)"
        );
        assert!(TransferError::from_io(io::ErrorKind::NotFound.into()).is_err());
    }
}
