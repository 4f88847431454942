//! Ways to a daemon.

use std::fmt;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

/// An open way to somebody who speaks a protocol.
pub struct Link {
    /// What the other side says.
    pub source: Box<dyn Read + Send>,
    /// What it is told.
    pub sink: Box<dyn Write + Send>,
    /// What it says beside that, for people, where that does not go to this program's own standard
    /// error.
    pub beside: Option<OwnedFd>,
    /// Ends it from another thread.
    pub abort: Abort,
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Link")
            .field("abort", &self.abort)
            .finish_non_exhaustive()
    }
}

/// Opens ways to a daemon.
pub trait Transport: Send + Sync + fmt::Debug {
    /// Opens one. The error is a text for people.
    ///
    /// # Errors
    /// When nobody answers.
    fn connect(&self) -> Result<Link, String>;

    /// Whether the daemon sees this machine's files, so that links to roots mean something to it.
    fn is_on_this_machine(&self) -> bool;
}

/// Ends a conversation while another thread is in it; that then finds the other side gone.
#[derive(Debug, Clone)]
pub struct Abort(Arc<Way>);

#[derive(Debug)]
enum Way {
    Nothing,
    Socket(UnixStream),
    Process(Mutex<Child>),
}

impl Abort {
    /// There is nothing to end.
    #[must_use]
    pub fn nothing() -> Abort {
        Abort(Arc::new(Way::Nothing))
    }

    /// Shuts a socket down.
    #[must_use]
    pub fn socket(socket: UnixStream) -> Abort {
        Abort(Arc::new(Way::Socket(socket)))
    }

    /// Kills a process. It is waited for when the last of these values is dropped.
    #[must_use]
    pub fn process(child: Child) -> Abort {
        Abort(Arc::new(Way::Process(Mutex::new(child))))
    }

    /// Ends the conversation.
    pub fn abort(&self) {
        // Whatever ended already needs no end.
        match &*self.0 {
            Way::Nothing => {}
            Way::Socket(socket) => {
                let _ = socket.shutdown(Shutdown::Both);
            }
            Way::Process(child) => {
                let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = child.kill();
            }
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        if let Way::Process(child) = self {
            let child = child.get_mut().unwrap_or_else(PoisonError::into_inner);
            // Both its ends are closed by now, so it has no reason to stay.
            let _ = child.wait();
        }
    }
}

/// A daemon at a socket of this machine.
#[derive(Debug, Clone)]
pub struct SocketTransport {
    path: PathBuf,
}

impl SocketTransport {
    /// The daemon at this socket.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> SocketTransport {
        SocketTransport { path: path.into() }
    }
}

impl Transport for SocketTransport {
    fn connect(&self) -> Result<Link, String> {
        let failed = |error: std::io::Error| {
            format!(
                "cannot connect to socket at '{}': {error}",
                self.path.display()
            )
        };
        let socket = UnixStream::connect(&self.path).map_err(failed)?;
        let (source, abort) = (
            socket.try_clone().map_err(failed)?,
            socket.try_clone().map_err(failed)?,
        );
        Ok(Link {
            source: Box::new(source),
            sink: Box::new(socket),
            beside: None,
            abort: Abort::socket(abort),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        true
    }
}
