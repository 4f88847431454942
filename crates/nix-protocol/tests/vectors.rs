//! What Nix sends for known values is read as those, and written the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use nix_protocol::serve::BuildOptions;
use nix_protocol::{
    BuildMode, BuildResult, BuildStatus, Context, Decoder, DerivedPath, Encoder, HandshakeInfo,
    Item, Negotiated, Outputs, Unkeyed, Version, serve_greet, worker, worker_greet,
};
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, PathInfo, StoreDir, StorePath};

const VECTORS: &str = include_str!("vectors.txt");

fn vector(name: &str) -> Vec<u8> {
    let mut lines = VECTORS.lines();
    lines
        .find(|line| *line == format!("[{name}]"))
        .unwrap_or_else(|| panic!("no vector {name}"));
    let digits: String = lines.take_while(|line| !line.starts_with('[')).collect();
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let text = std::str::from_utf8(pair).expect("hexadecimal");
            u8::from_str_radix(text, 16).expect("hexadecimal")
        })
        .collect()
}

fn worker(minor: u8) -> Context {
    Context::worker(StoreDir::default(), Version::new(1, minor))
}

fn serve(minor: u8) -> Context {
    Context::serve(StoreDir::default(), Version::new(2, minor))
}

fn encode<T: Item>(context: &Context, values: &[T]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for value in values {
        Encoder::new(&mut bytes, context)
            .write(value)
            .expect("it can be expressed");
    }
    bytes
}

fn decode<T: Item>(context: &Context, bytes: &[u8]) -> Vec<T> {
    let mut source = bytes;
    let mut values = Vec::new();
    while !source.is_empty() {
        values.push(
            Decoder::new(&mut source, context)
                .read()
                .expect("well formed"),
        );
    }
    values
}

/// Both ways, and no prefix is a value.
fn same<T: Item + PartialEq + Debug>(context: &Context, name: &str, values: &[T]) {
    let bytes = vector(name);
    assert_eq!(decode::<T>(context, &bytes), values, "{name}");
    assert_eq!(encode(context, values), bytes, "{name}");
    for end in (0..bytes.len()).filter(|end| end % 8 != 0) {
        let mut source = &bytes[..end];
        let failed = loop {
            if source.is_empty() {
                break false;
            }
            if Decoder::new(&mut source, context).read::<T>().is_err() {
                break true;
            }
        };
        assert!(failed, "{name} cut at {end}");
    }
}

fn path(name: &str) -> StorePath {
    let base = match name.split_once('/') {
        Some((hash, name)) => format!("{hash}-{name}"),
        None => format!("g1w7hy3qg1w7hy3qg1w7hy3qg1w7hy3q-{name}"),
    };
    StorePath::from_base_name(&base).expect("a path")
}

fn address(method: ContentAddressMethod, hash: &str) -> ContentAddress {
    let hash = Hash::parse_sri(hash).expect("a hash");
    ContentAddress { method, hash }
}

const FLAT: &str = "sha1-gGemBoenViNZM3hiwqns/Fgzqwo=";
const NAR: &str = "sha256-EMIJ+giQ/gLIWoxmPKjno3zHZrxbGymgzGGyZvZBIdM=";
const TEXT: &str = "sha256-+Xc9Ll6mcPltwaewrk/BAQ56Y3G5T//wzhKUc0zrYu0=";

#[test]
fn common_values() {
    let context = worker(38);
    let flat = address(ContentAddressMethod::Flat, FLAT);
    same(
        &context,
        "common/content-address",
        &[
            address(ContentAddressMethod::Text, TEXT),
            flat,
            address(ContentAddressMethod::NixArchive, NAR),
        ],
    );
    same(
        &context,
        "common/optional-content-address",
        &[None, Some(flat)],
    );
    same(
        &context,
        "common/optional-store-path",
        &[None, Some(path("foo-bar"))],
    );
    same(
        &context,
        "common/store-path",
        &[path("foo"), path("foo-bar")],
    );
    let texts = ["", "hi", "white rabbit", "大白兔", "oh no "].map(str::to_owned);
    let read: Vec<String> = decode(&context, &vector("common/string"));
    assert_eq!(read[..4], texts[..4]);
    assert_eq!(encode(&context, &read), vector("common/string"));
}

#[test]
fn values_of_the_worker_protocol() {
    same(
        &worker(38),
        "worker/build-mode",
        &[BuildMode::Normal, BuildMode::Repair, BuildMode::Check],
    );
    same(
        &worker(38),
        "worker/optional-trusted-flag",
        &[None, Some(true), Some(false)],
    );
    let built = |outputs| DerivedPath::Built {
        derivation: path("bar.drv"),
        outputs,
    };
    let named = Outputs::Named(BTreeSet::from(["x", "y"].map(str::to_owned)));
    same(
        &worker(29),
        "worker/derived-path-1.29",
        &[
            DerivedPath::Object(path("foo")),
            built(Outputs::All),
            built(named.clone()),
        ],
    );
    same(
        &worker(30),
        "worker/derived-path-1.30",
        &[
            DerivedPath::Object(path("foo")),
            DerivedPath::Object(path("foo.drv")),
            built(Outputs::All),
            built(named),
        ],
    );
    let mut bytes = Vec::new();
    let itself = DerivedPath::Object(path("foo.drv"));
    assert!(
        itself
            .write(&mut Encoder::new(&mut bytes, &worker(29)))
            .is_err()
    );

    let hello = |version: Option<&str>, trusts_client| HandshakeInfo {
        nix_version: version.map(str::to_owned),
        trusts_client,
    };
    assert_eq!(vector("worker/client-handshake-info_1_30"), b"");
    same(
        &worker(33),
        "worker/client-handshake-info_1_33",
        &[hello(Some("foo"), None), hello(Some("bar"), None)],
    );
    same(
        &worker(35),
        "worker/client-handshake-info_1_35",
        &[
            hello(Some("foo"), Some(false)),
            hello(Some("bar"), Some(true)),
        ],
    );
}

fn info(name: &str) -> PathInfo {
    let hash = Hash::parse_sri("sha256-FePFYIlMuycIXPZbWi7LGEiMmZSX9FMbaQenWBzm1Sc=");
    let mut info = PathInfo::new(path(name), hash.expect("a hash"), 34878);
    info.registration_time = 23423;
    info
}

fn signatures() -> Vec<String> {
    let zeros = "A".repeat(86);
    ["fake-sig-1", "fake-sig-2"]
        .map(|key| format!("{key}:{zeros}=="))
        .into()
}

const OTHER: &str = "g1w7hyyyy1w7hy3qg1w7hy3qgqqqqy3q/foo";
const OWN: &str = "n5wkd9frr45pa74if5gpz9j7mifg27fh/foo";

#[test]
fn what_is_known_of_objects() {
    let mut with_deriver = info("bar");
    with_deriver.deriver = Some(path("bar.drv"));
    with_deriver.references = BTreeSet::from([path("g1w7hyyyy1w7hy3qg1w7hy3qgqqqqy3q/foo.drv")]);
    same(
        &worker(15),
        "worker/unkeyed-valid-path-info-1.15",
        // The path is not told.
        &[info("bar"), with_deriver.clone()].map(|mut info| {
            info.path = StorePath::new(&[0; 20], "x").expect("a name");
            Unkeyed::of(info)
        }),
    );
    with_deriver.references = BTreeSet::from([path("bar"), path(OTHER)]);
    same(
        &worker(15),
        "worker/valid-path-info-1.15",
        &[info("bar"), with_deriver.clone()],
    );

    let mut ultimate = info("bar");
    ultimate.ultimate = true;
    with_deriver.signatures = signatures();
    let mut addressed = info(OWN);
    addressed.references = BTreeSet::from([path("bar"), path(OWN)]);
    addressed.content_address = Some(address(ContentAddressMethod::NixArchive, NAR));
    same(
        &worker(16),
        "worker/valid-path-info-1.16",
        &[ultimate, with_deriver, addressed],
    );

    let mut first = info("x");
    first.path = StorePath::new(&[0; 20], "x").expect("a name");
    first.registration_time = 0;
    first.deriver = Some(path("bar.drv"));
    first.references = BTreeSet::from([path("g1w7hyyyy1w7hy3qg1w7hy3qgqqqqy3q/foo.drv")]);
    let mut second = first.clone();
    second.references = BTreeSet::from([path("bar"), path(OWN)]);
    second.content_address = Some(address(ContentAddressMethod::NixArchive, NAR));
    second.signatures = signatures();
    same(
        &serve(4),
        "serve/unkeyed-valid-path-info-2.4",
        &[Unkeyed::of(first.clone()), Unkeyed::of(second)],
    );
    // The hash is not told either.
    first.nar_hash = Hash::sha256("");
    let mut nothing = first.clone();
    nothing.deriver = None;
    nothing.references.clear();
    same(
        &serve(3),
        "serve/unkeyed-valid-path-info-2.3",
        &[Unkeyed::of(nothing), Unkeyed::of(first)],
    );
}

/// The results that Nix's tests send: as far as a version can tell.
fn results(times: bool, cpu: bool, outputs: bool) -> [BuildResult; 3] {
    let message = "no idea why";
    let rejected = BuildResult::failure(BuildStatus::OutputRejected, message);
    let mut different = BuildResult::failure(BuildStatus::NotDeterministic, message);
    let mut built = BuildResult::new(BuildStatus::Built);
    if times {
        different.times_built = 3;
        different.is_non_deterministic = true;
        built.times_built = 1;
        for result in [&mut different, &mut built] {
            result.start_time = 30;
            result.stop_time = 50;
        }
    }
    if cpu {
        built.cpu_user = Some(500_000_000);
        built.cpu_system = Some(604_000_000);
    }
    if outputs {
        built.outputs = ["bar", "foo"]
            .map(|name| (name.to_owned(), path(name)))
            .into();
    }
    [rejected, different, built]
}

/// What comes back has no hash of the derivation, which nobody reads: values, not bytes.
fn same_values(context: &Context, name: &str, values: &[BuildResult]) {
    assert_eq!(
        decode::<BuildResult>(context, &vector(name)),
        values,
        "{name}"
    );
    let again = encode(context, values);
    assert_eq!(decode::<BuildResult>(context, &again), values, "{name}");
}

#[test]
fn results_of_builds() {
    let plain = results(false, false, false);
    same(&worker(27), "worker/build-result-1.27", &plain);
    same(&serve(2), "serve/build-result-2.2", &plain);
    let mut timed = results(true, false, false);
    timed[2].times_built = 0;
    same(&serve(3), "serve/build-result-2.3", &timed);
    same_values(
        &worker(28),
        "worker/build-result-1.28",
        &results(false, false, true),
    );
    let timed = results(true, false, true);
    same_values(&worker(29), "worker/build-result-1.29", &timed);
    same_values(&serve(6), "serve/build-result-2.6", &timed);
    same(&serve(8), "serve/build-result-2.8", &timed);
    let whole = results(true, true, true);
    same_values(&worker(37), "worker/build-result-1.37", &whole);
    let mut context = worker(38);
    context
        .features
        .insert(worker::REALISATION_WITH_PATH.to_owned());
    same(
        &context,
        "worker/build-result-realisation-with-path-not-hash",
        &whole,
    );

    let [rejected, different, _] = results(true, false, false);
    let keys = [
        DerivedPath::Object(path("xxx")),
        DerivedPath::Built {
            derivation: path("bar.drv"),
            outputs: Outputs::Named(BTreeSet::from(["out".to_owned()])),
        },
    ];
    let [first, second] = keys;
    same(
        &worker(29),
        "worker/keyed-build-result-1.29",
        &[(first, rejected), (second, different)],
    );
}

#[test]
fn options_of_the_serve_protocol() {
    let mut options = BuildOptions {
        max_silent_time: 5,
        build_timeout: 6,
        ..BuildOptions::default()
    };
    same(&serve(1), "serve/build-options-2.1", &[options]);
    options.max_log_size = 7;
    same(&serve(2), "serve/build-options-2.2", &[options]);
    options.repeats = 8;
    options.enforce_determinism = true;
    same(&serve(3), "serve/build-options-2.3", &[options]);
    options.enforce_determinism = false;
    options.keep_failed = true;
    same(&serve(7), "serve/build-options-2.7", &[options]);
}

#[test]
fn greetings() {
    let said = vector("worker/handshake-to-client");
    let latest = Negotiated {
        version: Version::new(1, 10),
        features: BTreeSet::new(),
    };
    // Its version of old is refused, and so is whatever is cut short.
    for end in 0..=said.len() {
        let greeted = worker_greet(&mut &said[..end], &mut Vec::new(), &latest);
        assert!(greeted.is_err(), "cut at {end}");
    }
    let said = vector("serve/handshake-to-client");
    for end in 0..said.len() {
        let greeted = serve_greet(&mut &said[..end], &mut Vec::new(), StoreDir::default());
        assert!(greeted.is_err(), "cut at {end}");
    }
    let greeted = serve_greet(&mut said.as_slice(), &mut Vec::new(), StoreDir::default());
    let context = greeted.expect("a version that is spoken");
    assert!(context.version <= nix_protocol::serve::LATEST);
    let maps: BTreeMap<String, String> = decode(&context, &[0; 8]).remove(0);
    assert!(maps.is_empty());
}
