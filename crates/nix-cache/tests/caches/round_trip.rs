//! What is put into a cache comes out of it.

use std::collections::BTreeSet;
use std::fs;

use nix_cache::{BinaryCache, CacheOptions};
use nix_store::signature::{PublicKeys, SecretKey, Trust};
use nix_store::store::{CopyOptions, Import, Store, copy_closure};
use nix_transfer::coding::Compression;
use testutils::web::{Reply, Server, file_reply};

use crate::support::{World, client, described, entries, lookups, set, substituters, trusted};

#[test]
fn every_compression_comes_out_as_it_went_in() {
    for compression in [
        Compression::None,
        Compression::Xz,
        Compression::Zstd,
        Compression::Bzip2,
        Compression::Brotli,
        Compression::Gzip,
    ] {
        let world = World::new();
        let last = world.chain(30);
        let big = world.object("big", &"all the same ".repeat(350_000), &[&last]);
        let options = CacheOptions {
            compression,
            ..trusted()
        };
        world.fill(&[&big], options.clone());
        let server = Server::of_files(world.cache_directory());
        let cache = world.cache(&server.url(), options);
        let (heard, valid) = world.substitute(&substituters(vec![cache]), &big);
        assert_eq!((heard.as_str(), valid), ("", true), "{compression:?}");
        world.check_target();
        assert_eq!(described(&world.source), described(&world.target));
    }
}

#[test]
fn a_cache_is_filled_over_http_and_asked_once() {
    let world = World::new();
    let last = world.chain(5);
    let server = Server::of_files(world.cache_directory());
    let cache = world.cache(&server.url(), CacheOptions::default());
    let copy = CopyOptions {
        import: Import::TRUSTED,
        substitute: false,
    };
    let copied = copy_closure(&world.source, &cache, &set(&[&last]), copy).expect("copied");
    assert_eq!(copied.paths.len(), 5);
    let again = copy_closure(&world.source, &cache, &set(&[&last]), copy).expect("copied");
    assert_eq!(again.paths.len(), 0);
    let narinfos = server
        .asked()
        .iter()
        .filter(|asked| asked.method == "GET" && asked.path.ends_with(".narinfo"))
        .count();
    assert_eq!(narinfos, 5, "each once, before it was put there");
    assert_eq!(
        entries(&world.cache_directory()).len(),
        5 + ["nar", "nix-cache-info"].len()
    );
}

#[test]
fn signatures_decide() {
    let world = World::new();
    let path = world.chain(2);
    let key = SecretKey::generate("cache-1").expect("a key");
    let other = SecretKey::generate("cache-1").expect("a key");
    let options = CacheOptions {
        secret_keys: vec![key.clone()],
        ..CacheOptions::default()
    };
    world.fill(&[&path], options);
    let server = Server::of_files(world.cache_directory());
    let attempt = |keys: &[&SecretKey]| {
        world.target.set_trust(Trust {
            required: true,
            keys: keys.iter().map(|key| key.to_public()).collect(),
        });
        let cache = world.cache(&server.url(), CacheOptions::default());
        world.substitute(&substituters(vec![cache]), &path)
    };
    for keys in [&[][..], &[&other]] {
        let (heard, valid) = attempt(keys);
        assert!(!valid);
        assert!(
            heard.contains("as it's not signed by any of the keys in 'trusted-public-keys'"),
            "{heard}"
        );
        world.check_target();
    }
    assert_eq!(attempt(&[&key]), (String::new(), true));
    let info = world.target.require(&path).expect("its info");
    let keys: PublicKeys = [key.to_public()].into_iter().collect();
    assert_eq!(keys.count_valid(world.target.store_dir(), &info), 1);
}

#[test]
fn signatures_are_added_where_the_object_is() {
    let world = World::new();
    let path = world.chain(1);
    world.fill(&[&path], CacheOptions::default());
    let url = format!("file://{}", world.cache_directory().display());
    let cache = world.cache(&url, CacheOptions::default());
    cache
        .add_signatures(&path, &["a:AAAA".to_owned()])
        .expect("added");
    let fresh = world.cache(&url, CacheOptions::default());
    assert_eq!(
        fresh.require(&path).expect("its info").signatures,
        ["a:AAAA"]
    );
    assert_eq!(fresh.all_valid_paths().expect("paths"), set(&[&path]));
    assert_eq!(
        fresh.path_from_hash_part(path.hash_part()).expect("a path"),
        Some(path)
    );
}

#[test]
fn what_a_cache_said_is_remembered() {
    let world = World::new();
    let path = world.chain(3);
    let absent = world.object("absent", "", &[]);
    world.fill(&[&path], CacheOptions::default());
    let server = Server::of_files(world.cache_directory());
    let ask = || {
        let cache = BinaryCache::new(
            &server.url(),
            world.source.store_dir().clone(),
            client(),
            CacheOptions::default(),
            Some(lookups(&world)),
        );
        cache
            .path_infos(&set(&[&path, &absent]))
            .expect("infos")
            .len()
    };
    assert_eq!(ask(), 1);
    let asked = server.asked().len();
    assert_eq!(asked, 3, "what it is, and two narinfos");
    assert_eq!(ask(), 1);
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn logs_listings_and_symbols_are_kept() {
    let world = World::new();
    let tree = world.directory.path().join("tree");
    let id = "623eda209c26a59b1a8638ff7752f6b945c26b";
    fs::create_dir_all(tree.join("lib/debug/.build-id/02")).expect("directories");
    let symbols = format!("lib/debug/.build-id/02/{id}.debug");
    fs::write(tree.join(&symbols), "foo\n").expect("a file");
    let info = world
        .source
        .add_path(
            "debug",
            &tree,
            nix_wire::ContentAddressMethod::NixArchive,
            nix_wire::HashAlgorithm::Sha256,
        )
        .expect("an object");
    let options = CacheOptions {
        write_listings: true,
        index_debug_info: true,
        compression: Compression::None,
        ..CacheOptions::default()
    };
    world.fill(&[&info.path], options);
    let directory = world.cache_directory();
    let listing = fs::read_to_string(directory.join(format!("{}.ls", info.path.hash_part())))
        .expect("a listing");
    assert!(listing.contains(&format!("{id}.debug")), "{listing}");
    let index =
        fs::read_to_string(directory.join(format!("debuginfo/02{id}.debug"))).expect("an index");
    let archive = info.nar_hash.nix32();
    assert_eq!(
        index,
        format!("{{\"archive\":\"../nar/{archive}.nar\",\"member\":\"{symbols}\"}}")
    );

    let url = format!("file://{}", directory.display());
    let cache = world.cache(&url, CacheOptions::default());
    let derivation = nix_wire::StorePath::new(&[7; 20], "x.drv").expect("a path");
    assert_eq!(cache.build_log(&derivation).expect("an answer"), None);
    cache.add_build_log(&derivation, b"words").expect("added");
    assert_eq!(
        cache.build_log(&derivation).expect("an answer").as_deref(),
        Some(&b"words"[..])
    );
}

#[test]
fn archives_that_were_read_are_kept() {
    let world = World::new();
    let path = world.chain(1);
    world.fill(&[&path], CacheOptions::default());
    let options = || CacheOptions {
        local_archives: Some(world.directory.path().join("kept")),
        ..CacheOptions::default()
    };
    let url = format!("file://{}", world.cache_directory().display());
    let read = |options| {
        let mut archive = Vec::new();
        let cache = world.cache(&url, options);
        cache.export_archive(&path, &mut archive).map(|()| archive)
    };
    let first = read(options()).expect("an archive");
    fs::remove_dir_all(world.cache_directory().join("nar")).expect("removed");
    assert_eq!(read(options()).expect("an archive"), first);
    assert!(read(CacheOptions::default()).is_err());
}

#[test]
fn a_cache_may_be_elsewhere_than_its_archives() {
    let world = World::new();
    let path = world.chain(1);
    world.fill(&[&path], CacheOptions::default());
    let directory = world.cache_directory();
    let archives = Server::of_files(&directory);
    let base = archives.url();
    world.edit_narinfo(&path, |text| {
        text.replace("URL: nar/", &format!("URL: {base}/nar/"))
    });
    let server = Server::start(move |asked| match asked.path.as_str() {
        path if path.starts_with("/sub/") => {
            let mut asked = asked.clone();
            asked.path = asked.path.replacen("/sub", "", 1);
            file_reply(&directory, &asked)
        }
        _ => Reply::status(403, ""),
    });
    let cache = world.cache(&format!("{}/sub/?x=y", server.url()), trusted());
    assert_eq!(cache.uri(), format!("{}/sub", server.url()));
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &path);
    assert_eq!((heard.as_str(), valid), ("", true));
    assert_eq!(server.asked().len(), 2, "what it is, and the narinfo");
    let paths: BTreeSet<String> = archives
        .asked()
        .into_iter()
        .map(|asked| asked.path)
        .collect();
    assert_eq!(paths.len(), 1);
}

#[test]
fn connections_are_used_again() {
    let world = World::new();
    let last = world.chain(60);
    world.fill(&[&last], trusted());
    let server = Server::of_files(world.cache_directory());
    let cache = world.cache(&server.url(), trusted());
    // With as many threads as fetch archives here.
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &last);
    assert_eq!((heard.as_str(), valid), ("", true));
    let asked = server.asked().len();
    assert!(asked > 120, "a narinfo and an archive each: {asked}");
    let connections = server.connections();
    assert!(connections <= 6, "{connections} for {asked} requests");

    // The same for what is put there.
    let other = tempfile::tempdir().expect("a directory");
    let server = Server::of_files(other.path());
    let cache = world.cache(&server.url(), trusted());
    let options = CopyOptions {
        import: Import::TRUSTED,
        substitute: false,
    };
    copy_closure(&world.source, &cache, &set(&[&last]), options).expect("copied");
    let puts = server
        .asked()
        .iter()
        .filter(|asked| asked.method == "PUT")
        .count();
    assert!(puts > 120, "{puts}");
    let connections = server.connections();
    assert!(connections <= 25, "{connections} for {puts} files");
}
