//! A daemon in this process, on a store in a temporary directory.

#![allow(dead_code)]

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Mutex};

use nix_daemon::server::{ClientSettings, Service, serve_worker};
use nix_daemon::{Abort, DaemonOptions, DaemonStore, Link, Transport};
use nix_protocol::Version;
use nix_store::build::{BuildOptions, Cancellation, Substituter};
use nix_store::{Layout, LocalStore};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo};
use nix_wire::{Derivation, StorePath};

pub const SYSTEM: &str = "x86_64-linux";

/// A directory with a store, which is deleted with it.
pub struct Place {
    directory: tempfile::TempDir,
    pub layout: Layout,
}

impl Place {
    pub fn new() -> Place {
        let directory = tempfile::tempdir().expect("a directory");
        let root = directory.path().canonicalize().expect("a path");
        Place {
            layout: Layout::below(&root).expect("a layout"),
            directory,
        }
    }

    /// Another store of the same name, so that the same objects can be in both.
    pub fn twin(&self) -> Place {
        let directory = tempfile::tempdir().expect("a directory");
        let mut layout = self.layout.clone();
        layout.real_store_dir = directory.path().join("store");
        layout.state_dir = directory.path().join("var");
        layout.log_dir = directory.path().join("log");
        Place { directory, layout }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn store(&self) -> LocalStore {
        LocalStore::new(self.layout.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        make_writable(&self.layout.real_store_dir);
    }
}

fn make_writable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if path
        .symlink_metadata()
        .is_ok_and(|metadata| metadata.is_dir())
    {
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700));
        for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
            make_writable(&entry.path());
        }
    }
}

pub fn service(layout: &Layout, trusted: bool) -> Service {
    Service {
        store: Arc::new(LocalStore::new(layout.clone())),
        trusted,
        build: BuildOptions::new(SYSTEM),
        takes_settings: true,
        settings: None,
        nix_version: "2.34.8".to_owned(),
        cancellation: Cancellation::new(),
    }
}

/// What was said in a conversation.
#[derive(Debug, Clone, Default)]
pub struct Record {
    pub to_client: Arc<Mutex<Vec<u8>>>,
    pub to_server: Arc<Mutex<Vec<u8>>>,
}

/// A daemon in a thread of this process, for each connection one.
#[derive(Debug)]
pub struct InProcess {
    pub layout: Layout,
    pub trusted: bool,
    pub record: Record,
    /// What the daemon fetches from.
    pub substituters: Vec<Arc<dyn Substituter>>,
    /// What clients may set.
    pub settings: Option<Arc<dyn ClientSettings>>,
}

struct Recorded<T> {
    inner: T,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl<T: Read> Read for Recorded<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes
            .lock()
            .expect("whole")
            .extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Recorded<T> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(data)?;
        self.bytes
            .lock()
            .expect("whole")
            .extend_from_slice(&data[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Transport for InProcess {
    fn connect(&self) -> Result<Link, String> {
        let (ours, theirs) = UnixStream::pair().map_err(|error| error.to_string())?;
        let mut service = service(&self.layout, self.trusted);
        service.build.substituters = self.substituters.clone();
        service.settings.clone_from(&self.settings);
        let source = theirs.try_clone().map_err(|error| error.to_string())?;
        std::thread::spawn(move || serve_worker(service, source, theirs));
        let clone = || ours.try_clone().map_err(|error| error.to_string());
        Ok(Link {
            source: Box::new(Recorded {
                inner: clone()?,
                bytes: Arc::clone(&self.record.to_client),
            }),
            sink: Box::new(Recorded {
                inner: clone()?,
                bytes: Arc::clone(&self.record.to_server),
            }),
            beside: None,
            abort: Abort::socket(clone()?),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        true
    }
}

pub fn client(place: &Place, trusted: bool, newest: Version) -> (DaemonStore, Record) {
    client_of(place, trusted, newest, Vec::new())
}

/// The client of a daemon that fetches from somewhere.
pub fn client_of(
    place: &Place,
    trusted: bool,
    newest: Version,
    substituters: Vec<Arc<dyn Substituter>>,
) -> (DaemonStore, Record) {
    let record = Record::default();
    let transport = InProcess {
        layout: place.layout.clone(),
        trusted,
        record: record.clone(),
        substituters,
        settings: None,
    };
    let mut options = DaemonOptions::new();
    options.newest = newest;
    options.log_dir = Some(place.layout.log_dir.clone());
    let store_dir = place.layout.store_dir.clone();
    let store = DaemonStore::new("in-process", store_dir, Box::new(transport), options);
    (store, record)
}

/// A derivation whose outputs are made by a script.
pub fn script(store: &LocalStore, name: &str, script: &str, sources: &[&StorePath]) -> Derivation {
    let mut derivation = Derivation::new(name);
    derivation.system = SYSTEM.into();
    derivation.builder = b"/bin/sh".to_vec();
    derivation.arguments = vec![b"-euc".to_vec(), script.into()];
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    derivation.input_sources = sources.iter().map(|path| (*path).clone()).collect();
    let no_inputs = |_: &StorePath| Ok::<_, DerivationError>(HashModulo::Deferred);
    derivation
        .fill_in_output_paths(store.store_dir(), no_inputs)
        .expect("output paths");
    derivation
}
