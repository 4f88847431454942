//! Client and server against each other, on a local store, in every version of the protocol.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use nix_protocol::{Version, worker};
use nix_store::build::{
    BuildMode, BuildOptions, Cancellation, Observer, Substituter, Unobserved, Wanted,
};
use nix_store::gc::GcOptions;
use nix_store::store::{CopyOptions, Import, copy_closure};
use nix_store::{LocalStore, PathInfo, Store, StoreError, Text};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo, InputOutputs};
use nix_wire::nar::{self, Filesystem};
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, HashAlgorithm, StorePath};
use support::{Place, SYSTEM, client, client_of, script};

/// Some at which much changed.
fn versions() -> impl Iterator<Item = Version> {
    [18, 23, 30, 38]
        .map(|minor| Version::new(1, minor))
        .into_iter()
}

fn add_tree(store: &dyn Store, place: &Place, name: &str) -> PathInfo {
    let tree = place.path().join(name);
    fs::create_dir_all(tree.join("sub")).expect("a directory");
    fs::write(tree.join("sub/file"), name.repeat(100_000)).expect("a file");
    store
        .add_tree(
            name,
            &mut Filesystem::new(&tree),
            ContentAddressMethod::NixArchive,
            HashAlgorithm::Sha256,
        )
        .expect("added")
}

#[test]
fn everything_can_be_asked_in_every_version() {
    for version in versions() {
        let place = Place::new();
        let (daemon, _) = client(&place, true, version);
        let local = place.store();
        assert_eq!(daemon.protocol_version().expect("a version"), version);
        assert_eq!(
            daemon.trusts_us().expect("an answer"),
            (version.minor >= 35).then_some(true)
        );

        let tree = add_tree(&daemon, &place, "tree");
        assert_eq!(
            local.path_info(&tree.path).expect("readable"),
            Some(tree.clone())
        );
        let first = Text::new(daemon.store_dir(), "first", "1", BTreeSet::new()).expect("a text");
        let second = Text::new(
            daemon.store_dir(),
            "second",
            "2",
            BTreeSet::from([first.path().clone()]),
        );
        let second = second.expect("a text");
        daemon
            .add_texts(&[second.clone(), first.clone()])
            .expect("added");
        let flat = daemon
            .add_dump(
                "flat",
                &mut &b"contents"[..],
                ContentAddressMethod::Flat,
                HashAlgorithm::Sha256,
                &BTreeSet::new(),
                false,
            )
            .expect("added");

        let all: BTreeSet<StorePath> = [&tree.path, first.path(), second.path(), &flat.path]
            .map(Clone::clone)
            .into();
        assert_eq!(daemon.all_valid_paths().expect("an answer"), all);
        assert_eq!(daemon.valid_among(&all, false).expect("an answer"), all);
        let referrers = daemon.referrers(first.path()).expect("an answer");
        assert_eq!(referrers, BTreeSet::from([second.path().clone()]));
        let found = daemon.path_from_hash_part(tree.path.hash_part());
        assert_eq!(found.expect("an answer"), Some(tree.path.clone()));
        let absent = StorePath::new(&[7; 20], "absent").expect("a name");
        assert!(!daemon.is_valid(&absent).expect("an answer"));
        assert_eq!(daemon.path_info(&absent).expect("an answer"), None);
        let mut archive = Vec::new();
        daemon
            .export_archive(&tree.path, &mut archive)
            .expect("an archive");
        assert_eq!(Hash::sha256(&archive), tree.nar_hash);
        let refused = daemon.export_archive(&absent, &mut Vec::new());
        assert!(
            refused
                .expect_err("not valid")
                .to_string()
                .contains("is not valid")
        );

        let signature = "key-1:AAAA".to_owned();
        daemon
            .add_signatures(&tree.path, std::slice::from_ref(&signature))
            .expect("signed");
        assert_eq!(
            local.require(&tree.path).expect("valid").signatures,
            [signature]
        );
        let link = place.path().join("link");
        daemon
            .add_permanent_root(second.path(), &link)
            .expect("a root");
        let roots = daemon.find_roots().expect("roots");
        let of_link = BTreeSet::from([link.to_string_lossy().into_owned()]);
        assert!(roots[second.path()].is_superset(&of_link), "{roots:?}");
        assert!(!daemon.verify_store(true, false).expect("verified"));
        daemon
            .optimise_store(&Cancellation::new())
            .expect("optimised");
        drop(daemon);

        // What the connection kept is let go of.
        let (daemon, _) = client(&place, true, version);
        let kept = BTreeSet::from([first.path(), second.path()].map(Clone::clone));
        let live = || daemon.live_paths(&GcOptions::default()).expect("an answer");
        // The other side notices only some time later that the connection is gone.
        let given_up = Instant::now() + Duration::from_secs(20);
        while live() != kept && Instant::now() < given_up {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(live(), kept);
        let mut told = Vec::new();
        let collected = daemon
            .collect_garbage(
                &GcOptions::default(),
                &Cancellation::new(),
                &mut |name: &str| {
                    told.push(name.to_owned());
                },
            )
            .expect("collected");
        assert!(collected.bytes > 0);
        assert!(told.contains(&tree.path.base_name().to_owned()), "{told:?}");
        assert_eq!(local.all_valid_paths().expect("readable"), kept);
        let alive = daemon.collect_garbage(
            &GcOptions {
                only: Some(BTreeSet::from([first.path().clone()])),
                ..GcOptions::default()
            },
            &Cancellation::new(),
            &mut |_: &str| {},
        );
        assert!(
            alive
                .expect_err("alive")
                .to_string()
                .contains("still alive")
        );
    }
}

/// What builds tell.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Observer for Told {
    fn started(&self, derivation: &StorePath, _: BuildMode) {
        let mut told = self.0.lock().expect("whole");
        told.push(format!("started {}", derivation.name()));
    }

    fn log_line(&self, _: &StorePath, line: &[u8]) {
        let mut told = self.0.lock().expect("whole");
        told.push(String::from_utf8_lossy(line).into_owned());
    }

    fn finished(&self, derivation: &StorePath, _: Result<(), &nix_store::build::BuildError>) {
        let mut told = self.0.lock().expect("whole");
        told.push(format!("finished {}", derivation.name()));
    }
}

#[test]
fn builds_tell_what_they_do_and_why_they_fail() {
    for minor in [18, 28, 34, 38] {
        let place = Place::new();
        let local = place.store();
        let (daemon, _) = client(&place, true, Version::new(1, minor));
        let source = local
            .add_text("source", "x", BTreeSet::new())
            .expect("added");
        let good = script(
            &local,
            "good",
            "echo building; echo made > $out",
            &[&source],
        );
        let good = local.add_derivation(&good).expect("added");
        let bad = script(&local, "bad", "echo reason; exit 3", &[]);
        let bad = local.add_derivation(&bad).expect("added");
        let options = BuildOptions::new(SYSTEM);
        let wanted = [Wanted::all_of(good.clone())];
        let missing = daemon.missing(&wanted).expect("an answer");
        assert_eq!(missing.build, std::slice::from_ref(&good));

        let told = Told::default();
        let built = daemon
            .build(&wanted, &options, &Cancellation::new(), &told)
            .expect("built");
        assert!(local.is_valid(&built[0]["out"]).expect("readable"));
        assert_eq!(
            told.0.into_inner().expect("whole"),
            ["started good.drv", "building", "finished good.drv"]
        );
        let log = daemon.derivation_outputs(&good).expect("outputs");
        assert_eq!(log["out"].as_ref(), Some(&built[0]["out"]));

        let wanted = [Wanted::all_of(bad)];
        let failed = daemon
            .build(&wanted, &options, &Cancellation::new(), &Unobserved)
            .expect_err("it fails");
        let text = failed.to_string();
        assert!(
            text.contains("exit code 3") && text.contains("> reason"),
            "{text}"
        );
    }
}

#[test]
fn what_failed_below_is_told_too() {
    let place = Place::new();
    let local = place.store();
    let (daemon, _) = client(&place, true, worker::LATEST);
    let low = script(&local, "low", "echo reason; exit 3", &[]);
    let low = local.add_derivation(&low).expect("added");
    let mut high = script(&local, "high", "echo made > $out", &[]);
    let modulo = local
        .read_derivation(&low)
        .expect("readable")
        .hash_modulo(local.store_dir(), |_| {
            Ok::<_, DerivationError>(HashModulo::Deferred)
        });
    let modulo = modulo.expect("a hash");
    high.input_derivations
        .insert(low, InputOutputs::of(["out"]));
    high.outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    high.fill_in_output_paths(local.store_dir(), |_| {
        Ok::<_, DerivationError>(modulo.clone())
    })
    .expect("paths");
    let high = local.add_derivation(&high).expect("added");
    let failed = daemon
        .build(
            &[Wanted::all_of(high)],
            &BuildOptions::new(SYSTEM),
            &Cancellation::new(),
            &Unobserved,
        )
        .expect_err("it fails");
    let texts: Vec<String> = failed.0.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert!(texts[0].contains("low.drv") && texts[0].contains("> reason"));
    assert!(texts[1].contains("high.drv") && texts[1].contains("1 dependency failed"));
}

#[test]
fn logs_are_read_compressed_or_not() {
    let place = Place::new();
    let (daemon, _) = client(&place, true, worker::LATEST);
    let path = StorePath::from_base_name("ffffffffffffffffffffffffffffffff-x.drv").expect("a path");
    assert_eq!(daemon.build_log(&path).expect("readable"), None);
    daemon.add_build_log(&path, b"a log").expect("added");
    assert!(place.layout.compressed_build_log(&path).exists());
    assert_eq!(
        daemon.build_log(&path).expect("readable").as_deref(),
        Some(&b"a log"[..])
    );
}

/// Has one object, which it makes from nothing.
#[derive(Debug)]
struct OneText(Text);

impl Substituter for OneText {
    fn offered(
        &self,
        _: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        let own = BTreeSet::from([self.0.path().clone()]);
        Ok(paths.intersection(&own).cloned().collect())
    }

    fn substitute(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
        _: &Cancellation,
        _: &dyn Observer,
    ) -> Result<(), StoreError> {
        if paths.contains(self.0.path()) {
            store.add_texts(std::slice::from_ref(&self.0))?;
        }
        Ok(())
    }
}

#[test]
fn what_can_be_fetched_is_when_a_client_wants_it() {
    for minor in [27, 38] {
        let place = Place::new();
        let text = Text::new(&place.layout.store_dir, "far", "far", BTreeSet::new());
        let text = text.expect("a text");
        let substituters: Vec<Arc<dyn Substituter>> = vec![Arc::new(OneText(text.clone()))];
        let (daemon, _) = client_of(&place, true, Version::new(1, minor), substituters);
        let path = text.path().clone();
        let other = StorePath::from_base_name("ffffffffffffffffffffffffffffffff-x");
        let wanted = BTreeSet::from([path.clone(), other.expect("a path")]);
        let found = BTreeSet::from([path.clone()]);

        assert_eq!(
            daemon.substitutable_among(&wanted).expect("an answer"),
            found
        );
        let valid = daemon.valid_among(&wanted, false).expect("an answer");
        assert!(valid.is_empty(), "{valid:?}");
        assert_eq!(daemon.valid_among(&wanted, true).expect("an answer"), found);
        assert!(place.store().is_valid(&path).expect("readable"));
    }
}

#[test]
fn a_derivation_is_built_without_its_inputs_derivations() {
    let place = Place::new();
    let local = place.store();
    let source = local
        .add_text("source", "x", BTreeSet::new())
        .expect("added");
    let derivation = script(&local, "sent", "echo here; echo made > $out", &[&source]);
    let path = Text::derivation(local.store_dir(), &derivation).expect("a text");
    let path = path.path();

    let build = BuildOptions::new(SYSTEM);
    let cancellation = Cancellation::new();
    let (suspicious, _) = client(&place, false, worker::LATEST);
    let denied = suspicious.build_derivation(path, &derivation, &build, &cancellation, &Unobserved);
    let denied = denied.expect_err("not allowed").to_string();
    assert!(denied.contains("not privileged to build"), "{denied}");

    let (trusting, _) = client(&place, true, worker::LATEST);
    let told = Told::default();
    let built = trusting
        .build_derivation(path, &derivation, &build, &cancellation, &told)
        .expect("built");
    let told = told.0.into_inner().expect("whole");
    assert_eq!(told, ["started sent.drv", "here", "finished sent.drv"]);
    assert!(local.is_valid(&built["out"]).expect("readable"));
}

/// A derivation that claims what another one makes.
fn thief(local: &LocalStore) -> Text {
    let good = script(local, "good", "echo good > $out", &[]);
    let mut bad = good;
    bad.arguments = vec![b"-euc".to_vec(), b"echo bad > $out".to_vec()];
    let store_dir = local.store_dir();
    let (path, text) = bad.path_and_text(store_dir).expect("a text");
    Text::written_derivation(store_dir, &bad, path, text).expect("names")
}

#[test]
fn nobody_adds_a_derivation_that_claims_what_another_makes() {
    for minor in [18, 22, 23, 25, 31, 32, 38] {
        for trusted in [false, true] {
            let place = Place::new();
            let local = place.store();
            let text = thief(&local);
            let (daemon, _) = client(&place, trusted, Version::new(1, minor));
            let is_refused = |result: Result<(), StoreError>| {
                let error = result.expect_err("refused").to_string();
                assert!(error.contains("derivation has incorrect output"), "{error}");
                let wrong = local.is_valid(text.path()).expect("readable");
                assert!(!wrong, "1.{minor} {trusted}");
            };
            is_refused(daemon.add_texts(std::slice::from_ref(&text)));

            let info = text.path_info();
            let mut archive = Vec::new();
            nar::write_regular(false, text.contents(), &mut archive).expect("an archive");
            is_refused(daemon.import(&info, &mut archive.as_slice(), Import::TRUSTED));

            let careless = place.twin().store();
            careless
                .add_texts(std::slice::from_ref(&text))
                .expect("added where nobody looks");
            let infos = std::slice::from_ref(&info);
            is_refused(daemon.import_from(&careless, infos, Import::TRUSTED));

            let methods: &[_] = if minor < 25 {
                &[ContentAddressMethod::NixArchive]
            } else {
                &[ContentAddressMethod::NixArchive, ContentAddressMethod::Text]
            };
            let file = place.path().join("bad.drv");
            fs::write(&file, text.contents()).expect("a file");
            for method in methods {
                let mut tree = Filesystem::new(&file);
                let name = text.path().name();
                let added = daemon.add_tree(name, &mut tree, *method, HashAlgorithm::Sha256);
                is_refused(added.map(drop));
            }
            // The line is sound still.
            assert!(!daemon.is_valid(text.path()).expect("an answer"));
        }
    }
}

#[test]
fn what_the_untrusted_have_built_goes_by_its_own_name() {
    let place = Place::new();
    let local = place.store();
    let mut sent = script(&local, "sent", "printf x > $out", &[]);
    let address = ContentAddress {
        method: ContentAddressMethod::Flat,
        hash: Hash::sha256("x"),
    };
    sent.outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    let no_inputs = |_: &StorePath| Ok::<_, DerivationError>(HashModulo::Deferred);
    sent.fill_in_output_paths(local.store_dir(), no_inputs)
        .expect("paths");
    let other = script(&local, "sent", "echo other > $out", &[]);
    let (other, _) = other.path_and_text(local.store_dir()).expect("a text");
    let (daemon, _) = client(&place, false, worker::LATEST);
    let built = daemon
        .build_derivation(
            &other,
            &sent,
            &BuildOptions::new(SYSTEM),
            &Cancellation::new(),
            &Unobserved,
        )
        .expect("built");
    let deriver = local.require(&built["out"]).expect("valid").deriver;
    let (own, _) = sent.path_and_text(local.store_dir()).expect("a text");
    assert_eq!(deriver, Some(own));
    assert_eq!(local.build_log(&other).expect("readable"), None);
}

#[test]
fn who_is_not_trusted_adds_only_what_proves_itself() {
    for minor in [18, 22, 23, 31, 32, 38] {
        let place = Place::new();
        let from = place.store();
        let to_place = place.twin();
        let made = from.add_text("made", "x", BTreeSet::new()).expect("added");
        let (daemon, _) = client(&to_place, false, Version::new(1, minor));
        let options = CopyOptions {
            import: Import::TRUSTED,
            substitute: false,
        };
        let wanted = BTreeSet::from([made]);
        copy_closure(&from, &daemon, &wanted, options).expect("it proves itself");

        let mut archive = Vec::new();
        nar::write_regular(false, b"evil", &mut archive).expect("an archive");
        let path = StorePath::new(&[1; 20], "evil").expect("a name");
        let info = PathInfo::new(path.clone(), Hash::sha256(&archive), archive.len() as u64);
        let refused = daemon.import(&info, &mut archive.as_slice(), Import::TRUSTED);
        let refused = refused.expect_err("nobody vouches for it").to_string();
        assert!(refused.contains("lacks a signature"), "{refused}");
        // The conversation goes on.
        assert!(!daemon.is_valid(&path).expect("an answer"));
        assert!(daemon.verify_store(false, true).is_err());
        if minor >= 32 {
            assert!(daemon.add_build_log(&path, b"log").is_err());
        }
        assert!(!daemon.is_valid(&path).expect("an answer"));
    }
}

#[test]
fn what_cannot_be_read_here_is_not_added_there() {
    for minor in [22, 24, 31, 38] {
        let place = Place::new();
        let (daemon, _) = client(&place, true, Version::new(1, minor));
        let info = add_tree(&place.twin().store(), &place, "tree");
        let cut = vec![0; 1000];
        let failed = daemon.import(&info, &mut cut.as_slice(), Import::TRUSTED);
        assert!(failed.is_err());
        let absent = StorePath::new(&[2; 20], "absent").expect("a name");
        let wanted = [PathInfo::new(absent.clone(), Hash::sha256(""), 8)];
        let nowhere = place.twin();
        let failed = daemon.import_from(&nowhere.store(), &wanted, Import::TRUSTED);
        let failed = failed.expect_err("it is nowhere");
        assert!(
            matches!(failed, StoreError::InvalidPath(_)),
            "{minor}: {failed}"
        );
        assert!(!daemon.is_valid(&absent).expect("an answer"));
        assert_eq!(place.store().all_valid_paths().expect("readable").len(), 0);
    }
}

#[test]
fn a_build_can_be_cancelled() {
    let place = Place::new();
    let local = place.store();
    let (daemon, _) = client(&place, true, worker::LATEST);
    let slow = script(&local, "slow", "echo begun; sleep 1000", &[]);
    let slow = local.add_derivation(&slow).expect("added");
    let cancellation = Cancellation::new();

    struct Cancelling(Cancellation);
    impl Observer for Cancelling {
        fn started(&self, _: &StorePath, _: BuildMode) {
            self.0.cancel();
        }
    }
    let observer = Cancelling(cancellation.clone());
    let mut options = BuildOptions::new(SYSTEM);
    // The builder itself ends soon, whoever asked for it.
    options.timeout = Some(std::time::Duration::from_secs(1));
    let stopped = daemon.build(&[Wanted::all_of(slow)], &options, &cancellation, &observer);
    assert!(stopped.expect_err("stopped").is_interrupted());
    assert!(
        daemon.all_valid_paths().is_ok(),
        "a new connection is opened"
    );
}

#[test]
fn threads_have_connections_of_their_own() {
    let place = Place::new();
    let (daemon, _) = client(&place, true, worker::LATEST);
    std::thread::scope(|scope| {
        for number in 0..4 {
            let daemon = &daemon;
            scope.spawn(move || {
                for round in 0..10 {
                    let name = format!("text-{number}-{round}");
                    let text = Text::new(daemon.store_dir(), &name, name.clone(), BTreeSet::new());
                    daemon.add_texts(&[text.expect("a text")]).expect("added");
                }
            });
        }
    });
    assert_eq!(daemon.all_valid_paths().expect("an answer").len(), 40);
}

#[test]
fn a_log_is_not_sent_to_a_daemon_that_would_wait_for_more() {
    let place = Place::new();
    let local = place.store();
    let derivation = script(&local, "made", "echo > $out", &[]);
    let derivation = local.add_derivation(&derivation).expect("added");
    for minor in [18, 22, 31] {
        let (daemon, _) = client(&place, true, Version::new(1, minor));
        let refused = daemon.add_build_log(&derivation, b"a line");
        assert!(
            matches!(refused, Err(StoreError::Unsupported { .. })),
            "{refused:?}"
        );
    }
    let (daemon, _) = client(&place, true, worker::LATEST);
    daemon.add_build_log(&derivation, b"a line").expect("kept");
    assert_eq!(
        local.build_log(&derivation).expect("readable"),
        Some(b"a line".to_vec())
    );
}
