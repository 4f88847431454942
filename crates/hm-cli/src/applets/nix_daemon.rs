//! `nix-daemon`: a store for others, at a socket or at the standard input and output.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io::{stdin, stdout};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix_daemon::server::{Access, ClientSettings, Listener, Peer, Service, serve_worker};
use nix_store::Store;
use nix_store::accounts::Accounts;
use nix_store::build::{BuildOptions, Cancellation};
use nix_store::store::{StoreKind, StoreReference};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::Applet;
use super::configuration::{Configuration, feature_disabled};
use super::engine::{self, plain};
use super::evaluate::{Failed, conclude};
use super::options::{Options, Word, Words, usage};
use super::tool::print_version;
use crate::environment::Environment;
use crate::interrupt;
use crate::report::Failure;
use crate::store_access::StoreAccess;

/// The experimental feature that allows `--force-trusted` and `--force-untrusted`.
const TRUST_OVERRIDE: &str = "daemon-trust-override";

/// The same as a command of `nix`.
pub const COMMANDS: &[(&[&str], Applet)] = &[(&["daemon"], run)];

/// Runs the daemon until it is asked to stop.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let mut words = Words::new(words);
    let mut options = Options::default();
    let (mut stdio, mut trust, mut socket) = (false, None, None);
    while let Some(word) = words.next_word() {
        let flag = match word {
            Word::Argument(argument) => {
                return Err(usage(format!("unexpected argument '{argument}'")).into());
            }
            Word::Flag(flag) => flag,
        };
        match flag.as_str() {
            "--version" => return print_version("nix-daemon"),
            // What it was started by in the past, and what is always so here.
            "--daemon" | "--process-ops" => {}
            "--stdio" => stdio = true,
            "--socket-path" => socket = Some(PathBuf::from(words.value(&flag)?)),
            "--force-trusted" => trust = Some(true),
            "--force-untrusted" => trust = Some(false),
            "--default-trust" => trust = None,
            _ if options.take(&flag, &mut words)? => {}
            _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
        }
    }
    if stdio && socket.is_some() {
        return Err(usage("'--stdio' and '--socket-path' are incompatible").into());
    }
    let configuration = Configuration::read(&options, environment)?;
    if trust.is_some() && !configuration.has_feature(TRUST_OVERRIDE) {
        return Err(feature_disabled(TRUST_OVERRIDE).into());
    }
    let daemon = Daemon::new(environment, &configuration, &options)?;
    if stdio {
        // Who is at the other end of a pipe is not this program's to say.
        let service = daemon.service(trust.unwrap_or(true))?;
        return serve_worker(service, stdin(), stdout())
            .map_err(|error| Failure::new(error.to_string()).into());
    }
    let socket = socket.unwrap_or_else(|| daemon.stores.socket().to_owned());
    daemon.listen(&socket, trust)
}

/// The daemon's own settings with those of a client over them.
#[derive(Debug)]
struct OverOwn {
    environment: Environment,
    /// What the daemon was called with.
    options: Vec<(String, String)>,
    allowed: BTreeSet<String>,
    /// The name of the daemon's store.
    reference: StoreReference,
}

impl ClientSettings for OverOwn {
    fn allowed_substituters(&self) -> &BTreeSet<String> {
        &self.allowed
    }

    fn with(
        &self,
        wanted: &BTreeMap<String, String>,
        store: &dyn Store,
    ) -> Result<BuildOptions, String> {
        let mut options = self.options.clone();
        options.extend(
            wanted
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let environment = &self.environment;
        let attempt = || -> Result<BuildOptions, Failed> {
            let configuration = Configuration::load(environment, &options)?;
            let layout = engine::layout(environment)?;
            if let Some(local) = store.as_local() {
                engine::access(environment, &configuration)?.prepare_as(local, &self.reference)?;
            }
            // Nobody looks at what the daemon itself prints.
            engine::build_options(&configuration, environment, &layout, true)
        };
        attempt().map_err(|failed| failed.text)
    }
}

/// What clients are served with.
pub struct Daemon {
    stores: StoreAccess,
    reference: StoreReference,
    build: BuildOptions,
    settings: Arc<dyn ClientSettings>,
    access: Access,
}

impl Daemon {
    /// Reads the settings.
    pub fn new(
        environment: &Environment,
        configuration: &Configuration,
        options: &Options,
    ) -> Result<Daemon, Failed> {
        let layout = engine::layout(environment)?;
        let build =
            engine::build_options(configuration, environment, &layout, options.verbosity < 0)?;
        let stores = engine::access(environment, configuration)?;
        let usual = Access::default();
        let names = |setting: &str, usual: Vec<String>| match configuration.get(setting) {
            None => usual,
            Some(_) => configuration.words(setting).collect(),
        };
        // A daemon that asked itself would wait for ever.
        let name = configuration.get("store").unwrap_or_default();
        let mut reference: StoreReference =
            name.parse()
                .map_err(|error: nix_store::store::StoreReferenceError| {
                    Failure::new(error.to_string())
                })?;
        if reference.parameters.is_empty()
            && matches!(reference.kind, StoreKind::Auto | StoreKind::Daemon)
        {
            reference.kind = StoreKind::Local;
        }
        Ok(Daemon {
            stores,
            build,
            settings: Arc::new(OverOwn {
                reference: reference.clone(),
                environment: environment.clone(),
                options: options.settings.clone(),
                allowed: ["substituters", "trusted-substituters"]
                    .iter()
                    .flat_map(|setting| configuration.words(setting))
                    .collect(),
            }),
            access: Access {
                trusted: names("trusted-users", usual.trusted),
                allowed: names("allowed-users", usual.allowed),
            },
            reference,
        })
    }

    /// A store of its own for a client: what that keeps for the time being ends with it.
    pub fn service(&self, trusted: bool) -> Result<Service, Failed> {
        let store = self.stores.open_reference(&self.reference)?;
        store.connect().map_err(nix_engine::EngineError::from)?;
        Ok(Service {
            store,
            trusted,
            build: self.build.clone(),
            takes_settings: true,
            settings: Some(Arc::clone(&self.settings)),
            nix_version: nix_eval::NIX_VERSION.to_owned(),
            cancellation: Cancellation::new(),
        })
    }

    fn listen(self, path: &Path, trust: Option<bool>) -> Result<(), Failed> {
        // The daemon ends by itself, with success: it was asked to.
        let _hold = interrupt::hold();
        let listener = Listener::bind(path).map_err(nix_engine::EngineError::from)?;
        let daemon = Arc::new(self);
        let pause = Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        while !interrupt::requested() {
            let mut waiting = [PollFd::new(&listener, PollFlags::IN)];
            match poll(&mut waiting, Some(&pause)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(Failure::from(std::io::Error::from(error)).into()),
            }
            let (socket, peer) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Too many open files, say: others may end meanwhile.
                    plain(&format!("error: cannot accept a connection: {error}"));
                    std::thread::sleep(Duration::from_millis(100));
                    continue;
                }
            };
            let daemon = Arc::clone(&daemon);
            std::thread::spawn(move || {
                // Who belongs to a group may change while the daemon runs.
                let accounts = Accounts::read();
                let access = || daemon.access.of(&accounts, peer.user, peer.group);
                let trusted = trust.or_else(access);
                greet(&accounts, peer, trusted);
                let Some(trusted) = trusted else {
                    return;
                };
                let served = socket
                    .try_clone()
                    .map_err(|error| error.to_string())
                    .and_then(|source| {
                        let service = daemon.service(trusted).map_err(|failed| failed.text)?;
                        serve_worker(service, source, socket).map_err(|error| error.to_string())
                    });
                if let Err(error) = served {
                    plain(&format!("error processing connection: {error}"));
                }
            });
        }
        Ok(())
    }
}

fn greet(accounts: &Accounts, peer: Peer, trusted: Option<bool>) {
    let user = accounts.user_name(peer.user);
    plain(&match trusted {
        None => format!("error: user '{user}' is not allowed to connect to the Nix daemon"),
        Some(trusted) => format!(
            "accepted connection from pid {}, user {user}{}",
            peer.process,
            if trusted { " (trusted)" } else { "" }
        ),
    });
}
