//! Requests and messages come back as they were sent, in every version that can express them; what
//! is cut off or made up is an error and nothing worse.

use std::collections::{BTreeMap, BTreeSet};

use nix_protocol::worker::{Gc, GcAction, GcPaths, Options, RealisationId, Request};
use nix_protocol::{
    ActivityKind, BuildMode, BuildResult, Context, Decoder, DerivedPath, Encoder, Field,
    FrameReader, FrameWriter, Message, Outputs, RemoteError, ResultKind, Verbosity, Version, serve,
    worker,
};
use nix_wire::derivation::DerivationOutput;
use nix_wire::{
    ContentAddress, ContentAddressMethod, Derivation, Hash, HashAlgorithm, PathInfo, StoreDir,
    StorePath,
};
use proptest::prelude::*;
use std::io::{Read, Write};

fn path(name: &str) -> StorePath {
    StorePath::new(&[7; 20], name).expect("a name")
}

fn derivation() -> Derivation {
    let mut derivation = Derivation::new("x");
    let output = DerivationOutput::InputAddressed(path("x"));
    derivation.outputs.insert("out".to_owned(), output);
    derivation.input_sources.insert(path("source"));
    derivation.system = b"x86_64-linux".to_vec();
    derivation.builder = b"/bin/sh".to_vec();
    derivation.arguments = vec![b"-c".to_vec(), b"\xff".to_vec()];
    derivation
        .environment
        .insert(b"name".to_vec(), b"x\0y".to_vec());
    derivation
}

fn info() -> PathInfo {
    let mut info = PathInfo::new(path("object"), Hash::sha256("x"), 120);
    info.references.insert(path("source"));
    info.deriver = Some(path("object.drv"));
    info.registration_time = 1;
    info.signatures = vec!["key:AAAA".to_owned()];
    info.content_address = Some(ContentAddress {
        method: ContentAddressMethod::NixArchive,
        hash: Hash::sha256("x"),
    });
    info
}

fn requests() -> Vec<Request> {
    let paths = BTreeSet::from([path("a"), path("b")]);
    let derived = vec![
        DerivedPath::Object(path("object")),
        DerivedPath::Built {
            derivation: path("x.drv"),
            outputs: Outputs::All,
        },
        DerivedPath::Built {
            derivation: path("y.drv"),
            outputs: Outputs::Named(BTreeSet::from(["dev".to_owned(), "out".to_owned()])),
        },
    ];
    let options = Options {
        keep_failed: true,
        keep_going: false,
        fallback: true,
        verbosity: Verbosity::Info,
        max_jobs: 4,
        max_silent_time: 10,
        verbose_build: true,
        cores: 3,
        use_substitutes: true,
        others: BTreeMap::from([("sandbox".to_owned(), "true".to_owned())]),
    };
    let gc = |action, only: Option<BTreeSet<StorePath>>| {
        Request::CollectGarbage(Gc {
            action,
            only: only.map(|paths| GcPaths {
                paths,
                delete_referrers: false,
            }),
            ignore_liveness: false,
            max_freed: u64::MAX,
        })
    };
    vec![
        Request::IsValidPath(path("a")),
        Request::QueryReferrers(path("a")),
        Request::BuildPaths {
            paths: derived.clone(),
            mode: BuildMode::Check,
        },
        Request::EnsurePath(path("a")),
        Request::AddTempRoot(path("a")),
        Request::AddIndirectRoot("/home/me/result".to_owned()),
        Request::SyncWithGc,
        Request::FindRoots,
        Request::QueryDeriver(path("a")),
        Request::SetOptions(options),
        gc(GcAction::ReturnLive, None),
        gc(GcAction::DeleteSpecific, Some(paths.clone())),
        Request::QuerySubstitutablePathInfo(path("a")),
        Request::QueryDerivationOutputs(path("a.drv")),
        Request::QueryAllValidPaths,
        Request::QueryPathInfo(path("a")),
        Request::QueryDerivationOutputNames(path("a.drv")),
        Request::QueryPathFromHashPart("0".repeat(32)),
        Request::QuerySubstitutablePathInfos(BTreeMap::from([(path("a"), None)])),
        Request::QueryValidPaths {
            paths: paths.clone(),
            substitute: false,
        },
        Request::QuerySubstitutablePaths(paths),
        Request::QueryValidDerivers(path("a")),
        Request::OptimiseStore,
        Request::VerifyStore {
            contents: true,
            repair: false,
        },
        Request::BuildDerivation {
            path: path("x.drv"),
            derivation: Box::new(derivation()),
            mode: BuildMode::Normal,
        },
        Request::AddSignatures {
            path: path("a"),
            signatures: vec!["key:AAAA".to_owned()],
        },
        Request::NarFromPath(path("a")),
        Request::AddToStoreNar {
            info: Box::new(info()),
            repair: false,
            no_check: true,
        },
        Request::QueryMissing(derived.clone()),
        Request::QueryDerivationOutputMap(path("a.drv")),
        Request::AddMultipleToStore {
            repair: false,
            no_check: false,
        },
        Request::AddBuildLog("x.drv".to_owned()),
        Request::BuildPathsWithResults {
            paths: derived,
            mode: BuildMode::Repair,
        },
        Request::AddPermRoot {
            path: path("a"),
            link: "/nix/var/nix/gcroots/a".to_owned(),
        },
    ]
}

fn add(method: ContentAddressMethod, algorithm: HashAlgorithm) -> Request {
    Request::AddToStore {
        name: "added".to_owned(),
        method,
        algorithm,
        references: BTreeSet::from([path("a")]),
        repair: false,
    }
}

fn round_trip(context: &Context, request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, context)
        .write(request)
        .unwrap_or_else(|error| panic!("{request:?}: {error}"));
    let mut source = bytes.as_slice();
    let read: Request = Decoder::new(&mut source, context)
        .read()
        .expect("a request");
    assert_eq!(read, *request, "{}", context.version);
    assert!(source.is_empty(), "{request:?}");
    bytes
}

#[test]
fn requests_come_back_in_every_version() {
    for minor in 18..=38 {
        let mut context = Context::worker(StoreDir::default(), Version::new(1, minor));
        for request in requests() {
            let bytes = round_trip(&context, &request);
            for end in 0..bytes.len() {
                let mut source = &bytes[..end];
                let cut = Decoder::new(&mut source, &context).read::<Request>();
                assert!(cut.is_err(), "{request:?} cut at {end}");
            }
        }
        let methods = [
            (ContentAddressMethod::NixArchive, HashAlgorithm::Sha256),
            (ContentAddressMethod::Flat, HashAlgorithm::Sha1),
        ];
        for (method, algorithm) in methods {
            let old = Request::AddToStoreOld {
                name: "added".to_owned(),
                method,
                algorithm,
            };
            let request = if minor < 25 {
                old
            } else {
                add(method, algorithm)
            };
            round_trip(&context, &request);
        }
        if minor >= 25 {
            round_trip(
                &context,
                &add(ContentAddressMethod::Text, HashAlgorithm::Sha256),
            );
        }
        if minor == 38 {
            context.features.insert(worker::DELETE_REFERRERS.to_owned());
            context
                .features
                .insert(worker::REALISATION_WITH_PATH.to_owned());
            round_trip(
                &context,
                &Request::CollectGarbage(Gc {
                    action: GcAction::DeleteDead,
                    only: Some(GcPaths {
                        paths: BTreeSet::from([path("a")]),
                        delete_referrers: true,
                    }),
                    ignore_liveness: true,
                    max_freed: 1,
                }),
            );
            let realisation = RealisationId::Path(path("x.drv"), "out".to_owned());
            round_trip(&context, &Request::QueryRealisation(realisation));
        }
    }
}

#[test]
fn requests_of_the_serve_protocol_come_back() {
    let paths = BTreeSet::from([path("a"), path("b")]);
    let options = serve::BuildOptions {
        max_silent_time: 1,
        ..serve::BuildOptions::default()
    };
    let requests = [
        serve::Request::QueryValidPaths {
            lock: true,
            substitute: false,
            paths: paths.clone(),
        },
        serve::Request::QueryPathInfos(paths.clone()),
        serve::Request::DumpStorePath(path("a")),
        serve::Request::ImportPaths,
        serve::Request::BuildPaths {
            paths: vec![DerivedPath::Object(path("a"))],
            options,
        },
        serve::Request::QueryClosure {
            include_outputs: true,
            paths,
        },
        serve::Request::BuildDerivation {
            path: path("x.drv"),
            derivation: Box::new(derivation()),
            options,
        },
        serve::Request::AddToStoreNar(info()),
    ];
    for minor in 5..=8 {
        let context = Context::serve(StoreDir::default(), Version::new(2, minor));
        for request in &requests {
            let mut bytes = Vec::new();
            Encoder::new(&mut bytes, &context)
                .write(request)
                .expect("it can be expressed");
            let mut source = bytes.as_slice();
            let read: serve::Request = Decoder::new(&mut source, &context).read().expect("one");
            assert_eq!((&read, source.len()), (request, 0));
        }
    }
}

#[test]
fn messages_come_back() {
    let fields = vec![Field::Number(3), Field::Text(b"\xffx".to_vec())];
    let mut error = RemoteError::new("it failed");
    error.traces.push("while it was tried".to_owned());
    let messages = [
        Message::Next(b"hello\n".to_vec()),
        Message::Read(100),
        Message::Write(b"data".to_vec()),
        Message::Start {
            id: 1,
            level: Verbosity::Info,
            kind: ActivityKind::Build,
            text: b"building".to_vec(),
            fields: fields.clone(),
            parent: 0,
        },
        Message::Result {
            id: 1,
            kind: ResultKind::Other(999),
            fields,
        },
        Message::Stop(1),
        Message::Error(error),
        Message::Last,
    ];
    let context = Context::worker(StoreDir::default(), worker::LATEST);
    let mut bytes = Vec::new();
    for message in &messages {
        message.write_to(&mut bytes, &context).expect("memory");
    }
    let mut source = bytes.as_slice();
    for message in &messages {
        let read = Message::read_from(&mut source, &context).expect("a message");
        assert_eq!(read, *message);
    }
    let old = Context::worker(StoreDir::default(), Version::new(1, 25));
    let mut bytes = Vec::new();
    let mut error = RemoteError::new("of old");
    error.status = 100;
    let message = Message::Error(error);
    message.write_to(&mut bytes, &old).expect("memory");
    let read = Message::read_from(&mut bytes.as_slice(), &old).expect("a message");
    assert_eq!(read, message);
}

proptest! {
    #[test]
    fn frames_carry_any_bytes(pieces in proptest::collection::vec(
        proptest::collection::vec(any::<u8>(), 0..70_000), 0..4,
    )) {
        let mut line = Vec::new();
        let mut writer = FrameWriter::new(&mut line);
        for piece in &pieces {
            writer.write_all(piece).expect("memory");
        }
        writer.finish().expect("memory");
        line.extend_from_slice(b"after");
        let mut source = line.as_slice();
        let mut read = Vec::new();
        FrameReader::new(&mut source).read_to_end(&mut read).expect("frames");
        prop_assert_eq!(read, pieces.concat());
        prop_assert_eq!(source, b"after");
    }

    #[test]
    fn nothing_made_up_does_harm(bytes in proptest::collection::vec(
        prop_oneof![Just(0_u8), Just(1), Just(7), any::<u8>()], 0..200,
    ), minor in 18_u8..39) {
        let context = Context::worker(StoreDir::default(), Version::new(1, minor));
        let serving = Context::serve(StoreDir::default(), Version::new(2, 5));
        let _ = Decoder::new(&mut bytes.as_slice(), &context).read::<Request>();
        let _ = Decoder::new(&mut bytes.as_slice(), &context).read::<Message>();
        let _ = Decoder::new(&mut bytes.as_slice(), &context).read::<BuildResult>();
        let _ = Decoder::new(&mut bytes.as_slice(), &serving).read::<serve::Request>();
        let _ = Decoder::new(&mut bytes.as_slice(), &context).read::<BTreeMap<String, StorePath>>();
    }
}
