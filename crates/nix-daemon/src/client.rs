//! A store behind a daemon.

mod store;

pub(crate) use store::{copy_archive, derived_path};

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix_protocol::worker::{self, Options, Request};
use nix_protocol::{Context, Item, Message, Verbosity, Version};
use nix_store::build::BuildOptions;
use nix_wire::StoreDir;

use crate::connection::{Connection, Failed, Listener, Payload};
use crate::error::DaemonError;
use crate::transport::Transport;

type Result<T, E = DaemonError> = std::result::Result<T, E>;

/// How a daemon is used.
#[derive(Debug, Clone)]
pub struct DaemonOptions {
    /// What is sent with each connection, unless a build wants something else.
    pub options: Options,
    /// Whether the daemon is told settings at all: one on another machine goes by its own.
    pub send_options: bool,
    /// The newest version of the protocol that is spoken.
    pub newest: Version,
    /// Where the daemon's store lies in this machine's file system; not given when it does not.
    pub real_store_dir: Option<PathBuf>,
    /// Where the logs of its builds are, on this machine.
    pub log_dir: Option<PathBuf>,
}

impl DaemonOptions {
    /// Settings that leave everything to the daemon.
    #[must_use]
    pub fn new() -> DaemonOptions {
        DaemonOptions {
            options: Options {
                keep_failed: false,
                keep_going: false,
                fallback: false,
                verbosity: Verbosity::Info,
                max_jobs: 1,
                max_silent_time: 0,
                verbose_build: true,
                cores: 0,
                use_substitutes: true,
                others: BTreeMap::new(),
            },
            send_options: true,
            newest: worker::LATEST,
            real_store_dir: None,
            log_dir: None,
        }
    }
}

impl Default for DaemonOptions {
    fn default() -> DaemonOptions {
        DaemonOptions::new()
    }
}

/// A store behind a daemon. Connections are opened when they are needed, kept, and closed when this
/// is dropped; until then the daemon keeps what was added through them.
pub struct DaemonStore {
    uri: String,
    store_dir: StoreDir,
    transport: Box<dyn Transport>,
    options: DaemonOptions,
    idle: Mutex<Vec<Connection>>,
}

impl fmt::Debug for DaemonStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DaemonStore")
            .field("uri", &self.uri)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

impl DaemonStore {
    /// The store of this name whose paths begin with this directory. Nothing is opened yet.
    #[must_use]
    pub fn new(
        uri: impl Into<String>,
        store_dir: StoreDir,
        transport: Box<dyn Transport>,
        options: DaemonOptions,
    ) -> DaemonStore {
        DaemonStore {
            uri: uri.into(),
            store_dir,
            transport,
            options,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// The version of the protocol that is spoken.
    ///
    /// # Errors
    /// When the daemon cannot be reached.
    pub fn protocol_version(&self) -> Result<Version> {
        self.talk("connect", |connection| Ok(connection.context.version))
    }

    /// Has one request made on a connection of its own.
    fn talk<T>(
        &self,
        asked: &'static str,
        work: impl FnOnce(&mut Connection) -> std::result::Result<T, Failed>,
    ) -> Result<T> {
        let mut connection = self.connection()?;
        let result = work(&mut connection);
        match result {
            Ok(value) => {
                self.idle().push(connection);
                Ok(value)
            }
            Err(failed) => {
                let goes_on = matches!(failed, Failed::Remote(_));
                let error = self.explain(asked, failed);
                if goes_on {
                    self.idle().push(connection);
                } else {
                    connection.abort.abort();
                }
                Err(error)
            }
        }
    }

    fn explain(&self, asked: &'static str, failed: Failed) -> DaemonError {
        match failed {
            Failed::Protocol(error) => DaemonError::Protocol {
                store: self.uri.clone(),
                asked,
                error,
            },
            Failed::Remote(error) => DaemonError::Remote(error),
            Failed::Source(error) => DaemonError::Source(Box::new(error)),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        // Connections in it are whole, whoever panicked.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connection(&self) -> Result<Connection> {
        let idle = self.idle().pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let failed = |reason: String| DaemonError::Connect {
            store: self.uri.clone(),
            reason,
        };
        let link = self.transport.connect().map_err(failed)?;
        let abort = link.abort.clone();
        let opened = Connection::open(link, &self.store_dir, self.options.newest, &mut ignore)
            .and_then(|mut connection| {
                if self.options.send_options {
                    send_options(&mut connection, &self.options.options, &mut ignore)?;
                }
                Ok(connection)
            });
        opened.map_err(|error| {
            abort.abort();
            failed(match error {
                Failed::Protocol(error) => error.to_string(),
                Failed::Remote(error) => error.to_string(),
                Failed::Source(error) => error.to_string(),
            })
        })
    }

    /// Asks for something that has a simple answer.
    fn ask<T: Item>(&self, asked: &'static str, request: &Request) -> Result<T> {
        self.talk(asked, |connection| {
            connection.request(request, &mut ignore)?;
            connection.answer()
        })
    }

    /// Sends what follows a request in frames, or in the ways of old.
    fn send(
        connection: &mut Connection,
        request: &Request,
        payload: Payload<'_>,
    ) -> std::result::Result<(), Failed> {
        if connection.context.worker_since(23) {
            connection.request_with(request, payload, &mut ignore)
        } else {
            connection.request_before_frames(request, payload, &mut ignore)
        }
    }

    /// The settings of a build.
    fn options_of(&self, build: &BuildOptions) -> Options {
        let seconds = |time: std::time::Duration| time.as_secs();
        let mut options = self.options.options.clone();
        options.keep_failed = build.keep_failed;
        options.keep_going = build.keep_going;
        options.max_jobs = build.jobs as u64;
        options.cores = build.cores as u64;
        options.max_silent_time = build.silent_timeout.map_or(0, seconds);
        if let Some(timeout) = build.timeout {
            let timeout = seconds(timeout).to_string();
            options.others.insert("timeout".to_owned(), timeout);
        }
        options
    }
}

/// Sends settings, unless the daemon has them.
fn send_options(
    connection: &mut Connection,
    options: &Options,
    listener: Listener<'_>,
) -> std::result::Result<(), Failed> {
    if connection.options.as_ref() == Some(options) || connection.context.has("disable-set-options")
    {
        return Ok(());
    }
    connection.request(&Request::SetOptions(options.clone()), listener)?;
    connection.options = Some(options.clone());
    Ok(())
}

/// What a daemon says besides its answers to questions is of no interest.
fn ignore(_: &Message) {}

/// Objects in a request for many have the form of this version.
fn many_context(context: &Context) -> Context {
    Context::worker(context.store_dir.clone(), nix_protocol::Version::new(1, 16))
}
