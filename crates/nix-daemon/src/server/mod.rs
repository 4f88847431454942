//! The other side: a daemon on any store.
//!
//! [`serve_worker`] answers one client of the worker protocol, [`serve_serve`] one of
//! `nix-store --serve`; [`listen`] takes clients at a socket.

mod listen;
mod operations;
mod options;
mod recursive;
mod serve;
mod tunnel;
mod users;

pub use listen::{Listener, Peer};
pub use recursive::DaemonOfBuilders;
pub use serve::serve_serve;
pub use users::Access;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::Arc;

use nix_protocol::worker;
use nix_protocol::{
    BuildStatus, Context, HandshakeInfo, Message, Negotiated, ProtocolError, RemoteError,
    worker_accept, worker_welcome,
};
use nix_store::build::{BuildError, BuildErrors, BuildOptions, Cancellation, Observer, substitute};
use nix_store::{Store, StoreError};
use nix_wire::StorePath;

use crate::error::DaemonError;
use operations::Operations;
use tunnel::Tunnel;

/// What a client is served with.
#[derive(Debug, Clone)]
pub struct Service {
    /// The store. What a client keeps for the time being is kept as long as this.
    pub store: Arc<dyn Store>,
    /// Whether the client may do what could harm others: add what nobody vouches for, change
    /// settings.
    pub trusted: bool,
    /// How builds are made, unless the client wants otherwise.
    pub build: BuildOptions,
    /// Whether it is the client's to want anything of that.
    pub takes_settings: bool,
    /// What else may be set by a client, and what it comes to; nothing when not given.
    pub settings: Option<Arc<dyn ClientSettings>>,
    /// The version of Nix whose place is taken.
    pub nix_version: String,
    /// Stops a build.
    pub cancellation: Cancellation,
}

/// Settings that clients of a daemon may have of their own, by their names in `nix.conf`.
pub trait ClientSettings: fmt::Debug + Send + Sync {
    /// The substituters that anybody may choose from.
    fn allowed_substituters(&self) -> &BTreeSet<String>;

    /// How builds are made for a client who wants these settings over the daemon's own. Tells the
    /// client's store whom it trusts. Who may want what was looked at before.
    ///
    /// # Errors
    /// Says what is wrong with them.
    fn with(
        &self,
        wanted: &BTreeMap<String, String>,
        store: &dyn Store,
    ) -> Result<BuildOptions, String>;
}

/// Answers a client of the worker protocol until it ends.
///
/// # Errors
/// When the client breaks off in the middle of something, or says what makes no sense.
pub fn serve_worker(
    service: Service,
    source: impl Read + Send,
    sink: impl Write + Send,
) -> Result<(), ProtocolError> {
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let mut sink = BufWriter::with_capacity(64 * 1024, sink);
    let latest = Negotiated {
        version: worker::LATEST,
        features: [worker::REALISATION_WITH_PATH.to_owned()].into(),
    };
    let negotiated = worker_accept(&mut source, &mut sink, &latest)?;
    let context = negotiated.worker(service.store.store_dir().clone());
    let info = HandshakeInfo {
        nix_version: Some(service.nix_version.clone()),
        trusts_client: Some(service.trusted),
    };
    worker_welcome(&mut source, &mut sink, &context, &info)?;
    Message::Last.write_to(&mut sink, &context)?;
    sink.flush()?;
    let tunnel = Tunnel::new(&mut sink, &context);
    Operations::new(service, &context, &tunnel).run(&mut source)
}

/// Fetches those of the objects that are not valid and can be had, as builds would.
fn substitute_with(
    store: &dyn Store,
    build: &BuildOptions,
    paths: &BTreeSet<StorePath>,
    cancellation: &Cancellation,
    observer: &dyn Observer,
) -> Result<(), StoreError> {
    let Some(local) = store.as_local() else {
        return Ok(());
    };
    let valid = local.valid_among(paths)?;
    let missing = paths.difference(&valid).cloned().collect();
    substitute(local, &missing, build, cancellation, observer)?;
    Ok(())
}

/// Why a request is not answered.
#[derive(Debug)]
enum Refused {
    /// The conversation cannot go on.
    Protocol(ProtocolError),
    /// It can.
    Store(StoreError),
    /// It can; these builds failed.
    Build(BuildErrors),
    /// It can; the client is not allowed to.
    Denied(String),
}

impl From<ProtocolError> for Refused {
    fn from(error: ProtocolError) -> Refused {
        Refused::Protocol(error)
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Refused {
        Refused::Protocol(error.into())
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Store(error)
    }
}

impl From<BuildErrors> for Refused {
    fn from(errors: BuildErrors) -> Refused {
        Refused::Build(errors)
    }
}

impl Refused {
    /// What the client is told.
    fn to_remote(&self) -> RemoteError {
        match self {
            Refused::Protocol(error) => RemoteError::new(error.to_string()),
            Refused::Store(StoreError::Elsewhere(error)) => {
                match error.downcast_ref::<DaemonError>() {
                    Some(DaemonError::Remote(error)) => error.clone(),
                    _ => RemoteError::new(error.to_string()),
                }
            }
            Refused::Store(error) => RemoteError::new(error.to_string()),
            Refused::Build(errors) => {
                let mut error = RemoteError::new(errors.to_string());
                error.status = 100;
                error
            }
            Refused::Denied(message) => RemoteError::new(message.clone()),
        }
    }
}

/// The status on the line of a build that failed.
fn status_of(error: &BuildError) -> BuildStatus {
    use nix_store::build::FailureReason;
    match error {
        BuildError::Failed {
            reason: FailureReason::TimedOut(_) | FailureReason::Silent(_),
            ..
        } => BuildStatus::TimedOut,
        BuildError::Failed { .. } => BuildStatus::PermanentFailure,
        BuildError::HashMismatch { .. } | BuildError::OutputRejected(_) => {
            BuildStatus::OutputRejected
        }
        BuildError::NotHere { .. }
        | BuildError::BadDerivation { .. }
        | BuildError::NoOutput { .. } => BuildStatus::InputRejected,
        BuildError::NoWay { .. } => BuildStatus::NoSubstituters,
        BuildError::DependencyFailed { .. } => BuildStatus::DependencyFailed,
        _ => BuildStatus::MiscFailure,
    }
}

/// The context of objects in a request for many.
fn many_context(context: &Context) -> Context {
    Context::worker(context.store_dir.clone(), nix_protocol::Version::new(1, 16))
}
