//! The worker protocol: a hostile client before our daemon, a hostile daemon before our client.
//!
//! The first byte of an input says which, the second which request the client begins with, the third
//! how new a version it speaks. What follows is what the other side says.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};

use nix_daemon::server::{Service, serve_worker};
use nix_daemon::{Abort, DaemonOptions, DaemonStore, Link, Transport};
use nix_protocol::Version;
use nix_store::build::{BuildOptions, Cancellation, Unobserved, Wanted};
use nix_store::gc::GcOptions;
use nix_store::store::{Import, Store};
use nix_store::{StoreError, Text};
use nix_wire::derivation::DerivationOutput;
use nix_wire::{ContentAddressMethod, Derivation, HashAlgorithm, StoreDir};

use crate::memory_store::MemoryStore;

const SYSTEM: &str = "x86_64-linux";
const HEADER: usize = 3;
/// The oldest version and how many there are.
const VERSIONS: (u8, u8) = (18, 21);

/// Answers any bytes as a daemon would, or takes them for a daemon's answers: that ends, in
/// whatever error, and takes no more memory than the bytes are worth.
pub fn worker_protocol(input: &[u8]) {
    let Some((&[direction, request, version], said)) = input.split_first_chunk::<HEADER>() else {
        return;
    };
    if direction % 2 == 0 {
        let _ = serve_worker(service(direction & 2 == 0), said, io::sink());
        return;
    }
    let daemon = Replay(Mutex::new(Some(said.to_vec())));
    let store = client(Box::new(daemon), version);
    // A request that the daemon only refuses leaves the conversation to the next.
    for index in 0..REQUESTS.len() {
        let (_, make) = REQUESTS[(usize::from(request) + index) % REQUESTS.len()];
        let _ = make(&store, &text(), &derivation());
    }
}

/// Inputs as they are when both sides are honest, with names: seeds.
#[must_use]
pub fn honest_conversations() -> Vec<(String, Vec<u8>)> {
    let mut inputs = Vec::new();
    for version in [0, 3, 7, 20] {
        for (index, (name, make)) in REQUESTS.iter().enumerate() {
            let heard = Recording::default();
            let store = client(Box::new(heard.clone()), version);
            let _ = make(&store, &text(), &derivation());
            drop(store);
            for (side, direction, said) in [
                ("client", 0, &heard.to_daemon),
                ("daemon", 1, &heard.to_client),
            ] {
                let mut input = vec![direction, index as u8, version];
                input.extend_from_slice(&said.lock().unwrap_or_else(PoisonError::into_inner));
                let minor = VERSIONS.0 + version % VERSIONS.1;
                inputs.push((format!("{side}-{minor}-{name}"), input));
            }
        }
    }
    inputs
}

fn store_dir() -> StoreDir {
    StoreDir::new("/nix/store").expect("an absolute path")
}

fn text() -> Text {
    Text::new(&store_dir(), "text", "some text", BTreeSet::new()).expect("a name")
}

fn derivation() -> Text {
    let store_dir = store_dir();
    let mut derivation = Derivation::new("made");
    derivation.system = SYSTEM.into();
    derivation.builder = b"/bin/sh".to_vec();
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    let no_inputs = |_: &nix_wire::StorePath| {
        Ok::<_, nix_wire::derivation::DerivationError>(nix_wire::derivation::HashModulo::Deferred)
    };
    derivation
        .fill_in_output_paths(&store_dir, no_inputs)
        .expect("a derivation without inputs");
    let contents = derivation.unparse(&store_dir).expect("a whole derivation");
    Text::new(&store_dir, "made.drv", contents, BTreeSet::new()).expect("a name")
}

fn service(trusted: bool) -> Service {
    let texts = [derivation()];
    Service {
        store: Arc::new(MemoryStore::with(&store_dir(), &texts)),
        trusted,
        build: BuildOptions::new(SYSTEM),
        takes_settings: true,
        settings: None,
        nix_version: "2.34.8".to_owned(),
        cancellation: Cancellation::new(),
    }
}

fn client(transport: Box<dyn Transport>, version: u8) -> DaemonStore {
    let mut options = DaemonOptions::new();
    options.newest = Version::new(1, VERSIONS.0 + version % VERSIONS.1);
    DaemonStore::new("hostile", store_dir(), transport, options)
}

/// A request of a client: a store, a text that is not in it, a derivation that is.
type Request = fn(&DaemonStore, &Text, &Text) -> Result<(), StoreError>;

/// What a client asks, with a name.
const REQUESTS: &[(&str, Request)] = &[
    ("info", |store, text, drv| {
        store.path_info(drv.path())?;
        store.is_valid(text.path()).map(drop)
    }),
    ("valid", |store, text, drv| {
        let both = BTreeSet::from([text.path().clone(), drv.path().clone()]);
        store.valid_among(&both, true)?;
        store.all_valid_paths()?;
        store.substitutable_among(&both)?;
        store.path_from_hash_part(drv.path().hash_part()).map(drop)
    }),
    ("relations", |store, _, drv| {
        store.derivation_outputs(drv.path())?;
        store.valid_derivers(drv.path())?;
        store.referrers(drv.path()).map(drop)
    }),
    ("archive", |store, _, drv| {
        store.read_derivation(drv.path())?;
        store.export_archive(drv.path(), &mut io::sink())
    }),
    ("texts", |store, text, _| {
        store.add_texts(std::slice::from_ref(text))
    }),
    ("dump", |store, _, _| {
        let source = &mut &b"contents"[..];
        let (method, algorithm) = (ContentAddressMethod::Flat, HashAlgorithm::Sha256);
        store
            .add_dump("dump", source, method, algorithm, &BTreeSet::new(), false)
            .map(drop)
    }),
    ("import", |store, text, _| {
        let mut archive = Vec::new();
        nix_wire::nar::write_regular(false, text.contents(), &mut archive)
            .map_err(nix_wire::nar::NarError::Io)?;
        store.import(&text.path_info(), &mut archive.as_slice(), Import::TRUSTED)
    }),
    ("roots", |store, _, drv| {
        store.add_temporary_root(drv.path())?;
        store.find_roots().map(drop)
    }),
    ("garbage", |store, _, _| {
        let cancellation = Cancellation::new();
        store
            .collect_garbage(&GcOptions::default(), &cancellation, &mut |_: &str| {})
            .map(drop)
    }),
    ("live", |store, _, _| {
        store.live_paths(&GcOptions::default()).map(drop)
    }),
    ("upkeep", |store, _, drv| {
        store.add_signatures(drv.path(), &["key:AAAA".to_owned()])?;
        store.verify_store(true, false)?;
        store.optimise_store(&Cancellation::new()).map(drop)
    }),
    ("log", |store, _, drv| {
        store.add_build_log(drv.path(), b"a line\n")
    }),
    ("build", |store, _, drv| {
        let wanted = [Wanted::all_of(drv.path().clone())];
        let _ = store.missing(&wanted);
        let options = BuildOptions::new(SYSTEM);
        let _ = store.build(&wanted, &options, &Cancellation::new(), &Unobserved);
        let derivation = store.read_derivation(drv.path())?;
        let _ = store.build_derivation(
            drv.path(),
            &derivation,
            &options,
            &Cancellation::new(),
            &Unobserved,
        );
        Ok(())
    }),
];

/// A daemon that says the same whatever it is asked, once.
#[derive(Debug)]
struct Replay(Mutex<Option<Vec<u8>>>);

impl Transport for Replay {
    fn connect(&self) -> Result<Link, String> {
        let said = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Link {
            source: Box::new(io::Cursor::new(said.ok_or("nobody answers")?)),
            sink: Box::new(io::sink()),
            beside: None,
            abort: Abort::nothing(),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        false
    }
}

/// An honest daemon, and what is said.
#[derive(Debug, Clone, Default)]
struct Recording {
    to_daemon: Arc<Mutex<Vec<u8>>>,
    to_client: Arc<Mutex<Vec<u8>>>,
}

impl Transport for Recording {
    fn connect(&self) -> Result<Link, String> {
        let failed = |error: io::Error| error.to_string();
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let source = theirs.try_clone().map_err(failed)?;
        // Ends when the client hangs up.
        std::thread::spawn(move || serve_worker(service(true), source, theirs));
        Ok(Link {
            source: Box::new(Recorded(
                ours.try_clone().map_err(failed)?,
                Arc::clone(&self.to_client),
            )),
            sink: Box::new(Recorded(
                ours.try_clone().map_err(failed)?,
                Arc::clone(&self.to_daemon),
            )),
            beside: None,
            abort: Abort::socket(ours),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        false
    }
}

struct Recorded(UnixStream, Arc<Mutex<Vec<u8>>>);

impl Recorded {
    fn keep(&self, bytes: &[u8]) {
        self.1
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(bytes);
    }
}

impl Read for Recorded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(buffer)?;
        self.keep(&buffer[..read]);
        Ok(read)
    }
}

impl Write for Recorded {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.0.write(data)?;
        self.keep(&data[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
