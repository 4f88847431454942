//! A conversation that breaks off at any byte ends in an error that says so, on both sides, and
//! leaves a store that is whole. The server's side is cut at every seventh byte only: it syncs files.

mod support;

use std::collections::BTreeSet;
use std::io;
use std::sync::Mutex;

use nix_daemon::server::serve_worker;
use nix_daemon::{Abort, DaemonOptions, DaemonStore, Link, Transport};
use nix_protocol::worker;
use nix_store::build::{BuildOptions, Cancellation, Unobserved, Wanted};
use nix_store::gc::GcOptions;
use nix_store::{Store, StoreError, Text};
use nix_wire::StorePath;
use support::{Place, SYSTEM, client, script, service};

/// Says what a daemon once said, up to a byte.
#[derive(Debug)]
struct Replay(Mutex<Option<Vec<u8>>>);

impl Transport for Replay {
    fn connect(&self) -> Result<Link, String> {
        let said = self.0.lock().expect("whole").take();
        Ok(Link {
            source: Box::new(io::Cursor::new(said.ok_or("nobody answers")?)),
            sink: Box::new(io::sink()),
            beside: None,
            abort: Abort::nothing(),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        true
    }
}

/// What is asked, one after the other on one connection.
fn converse(store: &dyn Store, text: &Text, derivation: &StorePath) -> Result<(), String> {
    let told = |error: StoreError| error.to_string();
    store.add_texts(std::slice::from_ref(text)).map_err(told)?;
    store.require(text.path()).map_err(told)?;
    let mut archive = Vec::new();
    store
        .export_archive(text.path(), &mut archive)
        .map_err(told)?;
    store
        .build(
            &[Wanted::all_of(derivation.clone())],
            &BuildOptions::new(SYSTEM),
            &Cancellation::new(),
            &Unobserved,
        )
        .map_err(|errors| errors.to_string())?;
    store.find_roots().map_err(told)?;
    Ok(())
}

#[test]
fn both_sides_find_out_that_the_other_is_gone() {
    let place = Place::new();
    let local = place.store();
    let derivation = script(&local, "made", "echo line; echo made > $out", &[]);
    let derivation = local.add_derivation(&derivation).expect("added");
    let text = Text::new(local.store_dir(), "text", "contents", BTreeSet::new()).expect("a text");
    let (daemon, record) = client(&place, true, worker::LATEST);
    converse(&daemon, &text, &derivation).expect("a whole conversation");
    drop(daemon);

    let said = record.to_client.lock().expect("whole").clone();
    let asked = record.to_server.lock().expect("whole").clone();
    assert!(said.len() > 1000 && asked.len() > 1000);
    let replayed = |end: usize| {
        let transport = Replay(Mutex::new(Some(said[..end].to_vec())));
        let store_dir = local.store_dir().clone();
        let options = DaemonOptions::new();
        let store = DaemonStore::new("replayed", store_dir, Box::new(transport), options);
        converse(&store, &text, &derivation)
    };
    assert_eq!(replayed(said.len()), Ok(()));
    for end in 0..said.len() {
        let error = replayed(end).expect_err("it broke off");
        assert!(
            error.contains("disconnected") || error.contains("nobody answers"),
            "at {end} of {}: {error}",
            said.len()
        );
    }

    let other = place.twin();
    let store = other.store();
    store.create().expect("a store");
    for end in (0..asked.len()).step_by(7) {
        let source = &asked[..end];
        // Whether it ends well depends on whether a request was begun; that it ends does not.
        let _ = serve_worker(service(&other.layout, true), source, io::sink());
        let valid = store.all_valid_paths().expect("readable");
        for entry in std::fs::read_dir(&other.layout.real_store_dir).expect("a directory") {
            let name = entry.expect("an entry").file_name();
            let path = StorePath::from_base_name(&name.to_string_lossy());
            let is_valid = path.is_ok_and(|path| valid.contains(&path));
            assert!(is_valid || name == ".links", "at {end}: {name:?} was left");
        }
        if !valid.is_empty() {
            assert_eq!(store.verify(true).expect("readable"), [], "at {end}");
            store
                .collect_garbage(
                    &GcOptions::default(),
                    &Cancellation::new(),
                    &mut |_: &str| {},
                )
                .expect("collected");
        }
    }
}

/// What an endless client says: a greeting, a request, and a string that has this length.
fn endless(operation: &[u64], length: u64) -> impl io::Read {
    const CLIENT: u64 = 0x6e69_7863;
    const VERSION: u64 = 0x100 | 35;
    let mut numbers = vec![CLIENT, VERSION, 0, 0];
    numbers.extend(operation);
    numbers.push(length);
    let bytes: Vec<u8> = numbers.into_iter().flat_map(u64::to_le_bytes).collect();
    // A server that read on would take all memory and never end.
    io::Read::chain(io::Cursor::new(bytes), io::repeat(0))
}

#[test]
fn a_client_cannot_fill_the_memory() {
    const QUERY_PATH_INFO: u64 = 26;
    const SET_OPTIONS: u64 = 19;
    const QUERY_VALID_PATHS: u64 = 31;
    let options = [vec![SET_OPTIONS], vec![0; 12], vec![1]].concat();
    for (operation, length) in [
        (vec![QUERY_PATH_INFO], 5_000),
        (vec![QUERY_PATH_INFO], (1 << 32) - 8),
        // A name of a setting.
        (options, 65 << 20),
        // A list of many empty strings.
        (vec![QUERY_VALID_PATHS], 1 << 40),
    ] {
        let place = Place::new();
        place.store().create().expect("a store");
        let source = endless(&operation, length);
        let served = serve_worker(service(&place.layout, false), source, io::sink());
        assert!(served.is_err(), "{operation:?}");
    }
}
