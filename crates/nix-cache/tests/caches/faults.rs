//! Caches that lie, break off or are not there: the error is told, the next one is asked, and
//! nothing is left behind.

use std::fs;

use nix_cache::CacheOptions;
use nix_transfer::coding::{Compression, Encoder};
use testutils::web::{Reply, Server, file_reply};

use crate::support::{World, set, substituters, trusted};

/// Substitutes the last of a chain of three from a cache whose middle object was tampered with.
fn tampered(with: impl FnOnce(&World, &nix_wire::StorePath)) -> String {
    let world = World::new();
    let last = world.chain(3);
    world.fill(&[&last], CacheOptions::default());
    let middle = world.source.require(&last).expect("its info").references;
    let middle = middle.first().expect("a reference");
    with(&world, middle);
    let server = Server::of_files(world.cache_directory());
    let cache = world.cache(&server.url(), trusted());
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &last);
    assert!(!valid, "{heard}");
    assert!(!world.target.is_valid(middle).expect("an answer"));
    world.check_target();
    heard
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = Encoder::new(Compression::Xz, None, false, Vec::new()).expect("an encoder");
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("finished")
}

/// The archive of a file.
fn archive(contents: &str) -> Vec<u8> {
    let mut archive = Vec::new();
    nix_wire::nar::write_regular(false, contents.as_bytes(), &mut archive).expect("an archive");
    archive
}

fn replace_line(text: &str, name: &str, value: &str) -> String {
    text.lines()
        .map(|line| match line.split_once(": ") {
            Some((found, _)) if found == name => format!("{name}: {value}\n"),
            _ => format!("{line}\n"),
        })
        .collect()
}

#[test]
fn another_archive_is_noticed() {
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |text| {
            replace_line(&replace_line(&text, "FileSize", "9999"), "NarSize", "120")
        });
        fs::write(world.archive(path), compressed(&archive("other"))).expect("written");
    });
    assert!(heard.contains("hash mismatch importing path"), "{heard}");
}

#[test]
fn a_wrong_size_is_noticed() {
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |text| replace_line(&text, "NarSize", "999999"));
    });
    assert!(heard.contains("size mismatch importing path"), "{heard}");
}

#[test]
fn an_archive_that_goes_on_is_not_unpacked_to_its_end() {
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |text| replace_line(&text, "FileSize", "9999999"));
        let bomb = compressed(&archive(&"0".repeat(50_000_000)));
        fs::write(world.archive(path), bomb).expect("written");
    });
    assert!(heard.contains("mismatch importing path"), "{heard}");
}

#[test]
fn a_file_larger_than_it_says_is_not_read_to_its_end() {
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |text| replace_line(&text, "FileSize", "50"));
    });
    assert!(heard.contains("is larger than the 50 bytes"), "{heard}");
}

#[test]
fn a_truncated_archive_is_noticed() {
    let heard = tampered(|world, path| {
        let file = world.archive(path);
        let bytes = fs::read(&file).expect("an archive");
        fs::write(&file, &bytes[..bytes.len() / 2]).expect("written");
    });
    assert!(heard.contains("cannot copy '"), "{heard}");
}

#[test]
fn noise_is_noticed() {
    let heard = tampered(|world, path| {
        fs::write(world.archive(path), b"this is no archive").expect("written");
    });
    assert!(heard.contains("cannot copy '"), "{heard}");
    let heard = tampered(|world, path| {
        fs::write(world.archive(path), compressed(b"this is no archive")).expect("written");
    });
    assert!(
        heard.contains("input doesn't look like a Nix archive"),
        "{heard}"
    );
}

#[test]
fn an_archive_that_is_gone_is_told() {
    let heard = tampered(|world, path| {
        fs::remove_file(world.archive(path)).expect("removed");
    });
    assert!(heard.contains("does not exist in binary cache"), "{heard}");
}

#[test]
fn a_narinfo_of_another_object_is_refused() {
    let heard = tampered(|world, path| {
        let text = format!(
            "{}-other",
            world
                .source
                .store_dir()
                .print(path)
                .trim_end_matches("link-1")
        );
        world.edit_narinfo(path, |narinfo| replace_line(&narinfo, "StorePath", &text));
    });
    assert!(heard.contains("but got"), "{heard}");
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |_| "nonsense\n".to_owned());
    });
    assert!(heard.contains("NAR info has no ': '"), "{heard}");
    let heard = tampered(|world, path| {
        world.edit_narinfo(path, |text| replace_line(&text, "Compression", "lha"));
    });
    assert!(heard.contains("unknown compression 'lha'"), "{heard}");
}

#[test]
fn what_nobody_has_is_not_begun() {
    let heard = tampered(|world, path| {
        fs::remove_file(world.narinfo(path)).expect("removed");
    });
    assert_eq!(heard, "");
}

#[test]
fn references_that_are_left_out_need_another_signature() {
    let world = World::new();
    let last = world.chain(2);
    let key = nix_store::signature::SecretKey::generate("k").expect("a key");
    let keys: nix_store::signature::PublicKeys = [key.to_public()].into_iter().collect();
    let options = CacheOptions {
        secret_keys: vec![key],
        ..CacheOptions::default()
    };
    world.fill(&[&last], options);
    world.edit_narinfo(&last, |text| replace_line(&text, "References", ""));
    world.target.set_trust(nix_store::signature::Trust {
        required: true,
        keys,
    });
    let server = Server::of_files(world.cache_directory());
    let cache = world.cache(&server.url(), CacheOptions::default());
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &last);
    assert!(!valid && heard.contains("not signed"), "{heard}");
    world.check_target();
}

#[test]
fn the_next_cache_is_asked() {
    let world = World::new();
    let last = world.chain(10);
    world.fill(&[&last], CacheOptions::default());
    let directory = world.cache_directory();
    let good = Server::of_files(&directory);
    let lying = directory;
    let bad = Server::start(move |asked| {
        let reply = file_reply(&lying, asked);
        if asked.path.starts_with("/nar/") {
            Reply::ok(compressed(b"nothing"))
        } else {
            reply
        }
    });
    let broken = Server::start(|_| Reply::status(500, "broken"));
    let list = |urls: &[String]| {
        substituters(urls.iter().map(|url| world.cache(url, trusted())).collect())
    };
    let all = list(&[
        "http://127.0.0.1:1".to_owned(),
        broken.url(),
        bad.url(),
        good.url(),
    ]);
    let (heard, valid) = world.substitute(&all, &last);
    assert!(valid, "{heard}");
    assert!(heard.contains("is not asked again"), "{heard}");
    world.check_target();
    assert_eq!(
        all.substituters
            .offered(&world.target, &set(&[&last]))
            .expect("an answer"),
        set(&[&last])
    );
}

#[test]
fn a_connection_that_breaks_is_taken_up_again() {
    let world = World::new();
    let path = world.object("big", &"some words ".repeat(100_000), &[]);
    let options = CacheOptions {
        compression: Compression::None,
        ..trusted()
    };
    world.fill(&[&path], options.clone());
    let directory = world.cache_directory();
    let server = Server::start(move |asked| {
        let reply = file_reply(&directory, asked).header("ETag", "\"1\"");
        if asked.path.starts_with("/nar/") {
            reply.cut_after(600_000)
        } else {
            reply
        }
    });
    let cache = world.cache(&server.url(), options);
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &path);
    assert_eq!((heard.as_str(), valid), ("", true));
    world.check_target();
}

#[test]
fn a_cache_of_another_store_is_not_used() {
    let world = World::new();
    let path = world.chain(1);
    world.fill(&[&path], CacheOptions::default());
    fs::write(
        world.cache_directory().join("nix-cache-info"),
        "StoreDir: /elsewhere\n",
    )
    .expect("written");
    let server = Server::of_files(world.cache_directory());
    let cache = world.cache(&server.url(), trusted());
    let (heard, valid) = world.substitute(&substituters(vec![cache]), &path);
    assert!(
        !valid && heard.contains("is for Nix stores with prefix '/elsewhere'"),
        "{heard}"
    );
}
