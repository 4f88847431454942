//! Builders that use the store themselves: the experimental feature `recursive-nix`.
//!
//! In the builder's directory is a socket at which a daemon answers, for a store that has no more
//! than what the build may know of. Nothing here speaks the daemon's protocol: that is left to a
//! [`BuilderDaemon`].

mod appear;
mod restricted;

pub(super) use appear::Appearance;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::{self, Permissions};
use std::io;
use std::net::Shutdown;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use nix_wire::StorePath;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::environment::Sources;
use super::users::BuildUser;
use super::{BuildError, BuildMode, BuildOptions, Cancellation};
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::store::Store;
use restricted::Restricted;

/// What a derivation requires whose builder uses the store.
pub(super) const FEATURE: &str = "recursive-nix";
/// The socket in the builder's directory.
const SOCKET: &str = ".nix-socket";
/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers builders that use the store themselves.
pub trait BuilderDaemon: fmt::Debug + Send + Sync {
    /// Answers one that is not trusted, until it ends the connection or that is shut down. What it
    /// has built is built with these options.
    fn serve(
        &self,
        store: Arc<dyn Store>,
        build: BuildOptions,
        cancellation: Cancellation,
        connection: UnixStream,
    );
}

/// A daemon for one builder. It ends, with all connections, when this is dropped.
#[derive(Debug)]
pub(super) struct Recursive {
    store: Arc<Restricted>,
    cancellation: Cancellation,
    /// The listener stops when the other end of its `stop` is closed.
    stop: Option<UnixStream>,
    listener: Option<JoinHandle<()>>,
    /// What the builder finds the daemon by.
    pub(super) uri: String,
}

impl Recursive {
    /// Takes connections at a socket in the builder's directory, which is `directory` from outside.
    pub(super) fn start(
        sources: &Sources<'_>,
        directory: &Path,
        user: Option<&BuildUser>,
        appearance: Option<Appearance>,
    ) -> Result<Recursive, BuildError> {
        let options = sources.options;
        if !options.features.recursive {
            return Err(BuildError::Feature(FEATURE));
        }
        let Some(daemon) = options.builder_daemon.clone() else {
            let reason = "builders cannot use the store here".to_owned();
            return Err(sources.bad(reason));
        };
        let socket = directory.join(SOCKET);
        let listener = bind(directory).during("create socket", &socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600)).during("change", &socket)?;
        if let Some(user) = user {
            user.give(&socket)?;
        }
        let next = sources.store.opened_again();
        let store = Arc::new(Restricted::new(next, sources.inputs.clone(), appearance));
        let cancellation = Cancellation::new();
        let (stop, stopped) = UnixStream::pair().during("create socket", &socket)?;
        let service = Service {
            daemon,
            store: Arc::clone(&store),
            build: BuildOptions {
                mode: BuildMode::Normal,
                ..options.clone()
            },
            cancellation: cancellation.clone(),
        };
        let listener = std::thread::Builder::new()
            .name("daemon of a builder".to_owned())
            .spawn(move || service.listen(&listener, &stopped))
            .during("start a thread for", &socket)?;
        Ok(Recursive {
            store,
            cancellation,
            stop: Some(stop),
            listener: Some(listener),
            uri: format!("unix://{}", sources.directory.join(SOCKET).display()),
        })
    }

    /// The process of the builder, or of the launcher that waits for it.
    pub(super) fn started(&self, process: u32) {
        self.store.started(process);
    }

    /// Ends all conversations. Gives what was added to what the builder knew, which is kept from
    /// being deleted as long as this lives.
    pub(super) fn finish(&mut self) -> BTreeSet<StorePath> {
        self.cancellation.cancel();
        self.stop = None;
        if let Some(listener) = self.listener.take() {
            // A thread that panicked answers nobody any more either.
            let _ = listener.join();
        }
        self.store.added()
    }
}

impl Drop for Recursive {
    fn drop(&mut self) {
        self.finish();
    }
}

/// The names of sockets may only be short, those of directories not.
fn bind(directory: &Path) -> io::Result<UnixListener> {
    let path = directory.join(SOCKET);
    match UnixListener::bind(&path) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            let directory = fs::File::open(directory)?;
            let short = format!("/proc/self/fd/{}", directory.as_raw_fd());
            UnixListener::bind(PathBuf::from(short).join(SOCKET))
        }
        result => result,
    }
}

/// What takes connections.
struct Service {
    daemon: Arc<dyn BuilderDaemon>,
    store: Arc<Restricted>,
    build: BuildOptions,
    cancellation: Cancellation,
}

impl Service {
    /// Until the other end of `stopped` is closed.
    fn listen(&self, listener: &UnixListener, stopped: &UnixStream) {
        let mut conversations: Vec<(UnixStream, JoinHandle<()>)> = Vec::new();
        loop {
            let mut watched = [
                PollFd::new(listener, PollFlags::IN),
                PollFd::new(stopped, PollFlags::IN),
            ];
            match poll(&mut watched, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => break,
            }
            if !watched[1].revents().is_empty() {
                break;
            }
            conversations.retain(|(_, thread)| !thread.is_finished());
            // One that cannot be taken (too many open files, say) is the builder's loss.
            let conversation = listener
                .accept()
                .and_then(|(connection, _)| self.converse(connection));
            match conversation {
                Ok(conversation) => conversations.push(conversation),
                // It stays there to be taken, so that waiting for it would not wait.
                Err(_) => std::thread::sleep(PAUSE),
            }
        }
        for (connection, thread) in conversations {
            // It may have ended by itself.
            let _ = connection.shutdown(Shutdown::Both);
            let _ = thread.join();
        }
    }

    fn converse(&self, connection: UnixStream) -> io::Result<(UnixStream, JoinHandle<()>)> {
        let daemon = Arc::clone(&self.daemon);
        let store: Arc<dyn Store> = self.store.clone();
        let (build, cancellation) = (self.build.clone(), self.cancellation.clone());
        let own = connection.try_clone()?;
        let thread = std::thread::Builder::new()
            .spawn(move || daemon.serve(store, build, cancellation, connection))?;
        Ok((own, thread))
    }
}

/// That something is not known to a builder.
fn unknown(store: &LocalStore, action: &str, path: &StorePath) -> StoreError {
    StoreError::NotKnown {
        action: action.to_owned(),
        path: store.layout().print(path),
    }
}
