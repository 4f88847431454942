//! Trees of other machines, from servers on this one that answer as the real ones do.

mod support;

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix_flake::fetch::{FetchError, FetchedTree, Network, TreeFetcher};
use nix_flake::reference::{ParseOptions, parse};
use nix_flake::registry::RegistryPlaces;
use nix_flake::{FlakeError, LockFlags};
use nix_transfer::{AccessTokens, Client, ClientOptions};
use support::World;
use testutils::web::{Asked, Reply, Server, file_reply};

const REVISION: &str = "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed";

/// A `tar.gz` of these files, all of the same time.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(if name.ends_with(".sh") { 0o755 } else { 0o644 });
        header.set_mtime(1_700_000_000);
        builder
            .append_data(&mut header, name, contents.as_bytes())
            .expect("it is appended");
    }
    let plain = builder.into_inner().expect("it is written");
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&plain).expect("it is compressed");
    encoder.finish().expect("it is compressed")
}

fn flake_archive() -> Vec<u8> {
    archive(&[
        ("top/flake.nix", "{ outputs = _: { x = 1; }; }"),
        ("top/run.sh", "true"),
    ])
}

fn network(server: &Server, hosts: &[&str]) -> Network {
    let client = Client::new(ClientOptions {
        attempts: 3,
        first_wait: Duration::from_millis(1),
        ..ClientOptions::default()
    });
    Network {
        replacements: hosts
            .iter()
            .map(|host| {
                (
                    format!("https://{host}"),
                    format!("{}/{host}", server.url()),
                )
            })
            .collect(),
        ..Network::new(client)
    }
}

fn fetch(
    world: &World,
    network: Network,
    reference: &str,
) -> Result<std::rc::Rc<FetchedTree>, FetchError> {
    let session = world.session_with(RegistryPlaces::default(), |fetcher: TreeFetcher| {
        fetcher.with_network(network)
    });
    let parsed = parse(reference, ParseOptions::default()).expect("it is a reference");
    session.flakes.fetcher.fetch(&parsed.input, false)
}

fn paths(server: &Server) -> Vec<String> {
    server.asked().into_iter().map(|asked| asked.path).collect()
}

/// GitHub as it is asked: its interface and its archives.
fn github(asked: &Asked) -> Reply {
    let archive = format!("/github.com/o/r/archive/{REVISION}.tar.gz");
    let with_token = format!("/api.github.com/repos/o/r/tarball/{REVISION}");
    match asked.path.as_str() {
        "/api.github.com/repos/o/r/commits/HEAD" | "/api.github.com/repos/o/r/commits/main" => {
            Reply::ok(format!(r#"{{"sha":"{REVISION}"}}"#)).header("ETag", "\"1\"")
        }
        // The archives are on another host.
        path if path == archive => Reply::status(302, "").header("Location", "/codeload/x"),
        path if path == with_token => match asked.header("authorization") {
            Some("token secret") => Reply::ok(flake_archive()),
            _ => Reply::status(404, "Not Found"),
        },
        "/codeload/x" => Reply::ok(flake_archive()),
        _ => Reply::status(404, "Not Found"),
    }
}

#[test]
fn github_is_asked_for_a_revision_and_its_archive() {
    let server = Server::start(github);
    let world = World::new();
    let hosts = ["github.com", "api.github.com"];
    let tree = fetch(&world, network(&server, &hosts), "github:o/r").expect("it is fetched");
    assert_eq!(tree.input.string("rev"), Some(REVISION));
    assert_eq!(tree.input.string("ref"), None);
    assert_eq!(tree.input.last_modified(), Some(1_700_000_000));
    assert!(
        tree.path.join("flake.nix").exists(),
        "the top directory is left out"
    );
    let asked = [
        "/api.github.com/repos/o/r/commits/HEAD".to_owned(),
        format!("/github.com/o/r/archive/{REVISION}.tar.gz"),
        "/codeload/x".to_owned(),
    ];
    assert_eq!(paths(&server), asked);
    // What was found out is remembered.
    fetch(&world, network(&server, &hosts), "github:o/r").expect("it is there");
    fetch(
        &world,
        network(&server, &hosts),
        &format!("github:o/r/{REVISION}"),
    )
    .expect("it is there");
    assert_eq!(paths(&server), asked);
    // After its time, the server is asked whether it has changed.
    let impatient = Network {
        ttl: 0,
        ..network(&server, &hosts)
    };
    std::thread::sleep(Duration::from_millis(1100));
    fetch(&world, impatient, "github:o/r").expect("it is fetched");
    let last = server.asked().pop().expect("it was asked");
    assert_eq!(last.header("if-none-match"), Some("\"1\""));
}

#[test]
fn tokens_are_for_their_host() {
    let server = Server::start(github);
    let world = World::new();
    let network = Network {
        tokens: AccessTokens::parse("github.com=secret gitlab.com=PAT:other"),
        ..network(&server, &["github.com", "api.github.com"])
    };
    let tree = fetch(&world, network, "github:o/r/main").expect("it is fetched");
    assert_eq!(tree.input.string("rev"), Some(REVISION));
    assert!(
        server
            .asked()
            .iter()
            .all(|asked| asked.header("authorization") == Some("token secret"))
    );
}

#[test]
fn a_locked_tree_in_the_store_is_not_fetched() {
    let server = Server::start(github);
    let world = World::new();
    let hosts = ["github.com", "api.github.com"];
    let tree = fetch(&world, network(&server, &hosts), "github:o/r").expect("it is fetched");
    let before = paths(&server);
    std::fs::remove_dir_all(world.path("cache")).expect("there is a cache");
    let session = world.session_with(RegistryPlaces::default(), |fetcher| {
        fetcher.with_network(network(&server, &hosts))
    });
    session
        .flakes
        .fetcher
        .fetch(&tree.input, true)
        .expect("it is in the store");
    assert_eq!(paths(&server), before);
    let mut wrong = tree.input.clone();
    wrong.set(
        "narHash",
        "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    );
    let error = session
        .flakes
        .fetcher
        .fetch(&wrong, true)
        .expect_err("it is another tree");
    assert_eq!(error.exit_status(), 102);
}

#[test]
fn a_limit_says_when_and_what_to_do() {
    let reset = SystemTime::now() + Duration::from_secs(20 * 60);
    let reset = reset
        .duration_since(UNIX_EPOCH)
        .expect("it is after 1970")
        .as_secs();
    let server = Server::start(move |_| {
        Reply::status(403, r#"{"message":"API rate limit exceeded"}"#)
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", &reset.to_string())
    });
    let world = World::new();
    let error = fetch(&world, network(&server, &["api.github.com"]), "github:o/r")
        .expect_err("it is refused")
        .to_string();
    assert_eq!(server.asked().len(), 1, "asking again would not help");
    assert!(
        error.contains("it can be asked again in 20 minutes"),
        "{error}"
    );
    assert!(
        error.contains("access-tokens = github.com=TOKEN"),
        "{error}"
    );
}

#[test]
fn gitlab_and_sourcehut_have_their_own_interfaces() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/gitlab.com/api/v4/projects/group%2Fr/repository/commits?ref_name=v1" => {
            match asked.header("private-token") {
                Some("secret") => Reply::ok(format!(r#"[{{"id":"{REVISION}"}}]"#)),
                _ => Reply::status(401, "no"),
            }
        }
        "/git.sr.ht/~o/r/HEAD" => Reply::ok("ref: refs/heads/trunk\n"),
        "/git.sr.ht/~o/r/info/refs" => Reply::ok(format!(
            "{}\trefs/heads/other\n{REVISION}\trefs/heads/trunk\n{REVISION}\trefs/tags/v2\n",
            "0".repeat(40)
        )),
        path if path.contains("archive.tar.gz?sha=") || path.contains("/archive/") => {
            Reply::ok(flake_archive())
        }
        _ => Reply::status(404, ""),
    });
    let world = World::new();
    let ask = |reference: &str| {
        let network = Network {
            tokens: AccessTokens::parse("gitlab.com=PAT:secret"),
            ..network(&server, &["gitlab.com", "git.sr.ht"])
        };
        fetch(&world, network, reference)
    };
    for reference in ["gitlab:group/r/v1", "sourcehut:~o/r", "sourcehut:~o/r/v2"] {
        let tree = ask(reference).unwrap_or_else(|error| panic!("{reference}: {error}"));
        assert_eq!(tree.input.string("rev"), Some(REVISION), "{reference}");
    }
    let error = ask("sourcehut:~o/r/v3").expect_err("there is no such branch");
    assert_eq!(
        error.to_string(),
        "there is no branch or tag 'v3' in 'https://git.sr.ht/~o/r'"
    );
}

#[test]
fn an_archive_is_locked_to_what_its_server_says() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/latest.tar.gz" => Reply::ok(flake_archive()).header(
            "Link",
            &format!(
                "<http://{}/1.tar.gz?rev={REVISION}&revCount=7>; rel=\"immutable\"",
                asked.header("host").unwrap_or_default()
            ),
        ),
        _ => Reply::status(404, ""),
    });
    let world = World::new();
    let url = server.url();
    let tree = fetch(
        &world,
        network(&server, &[]),
        &format!("{url}/latest.tar.gz"),
    )
    .expect("it is fetched");
    assert_eq!(
        tree.input.string("url"),
        Some(format!("{url}/1.tar.gz").as_str())
    );
    assert_eq!(tree.input.string("rev"), Some(REVISION));
    assert_eq!(tree.input.revision_count(), Some(7));
    assert_eq!(tree.input.last_modified(), Some(1_700_000_000));
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let server = Server::start(move |asked| {
        if asked.header("if-none-match") == Some("\"a\"") {
            return Reply::status(304, "").header("ETag", "\"a\"");
        }
        counter.fetch_add(1, Ordering::Relaxed);
        Reply::ok(flake_archive()).header("ETag", "\"a\"")
    });
    let world = World::new();
    let reference = format!("{}/x.tar.gz", server.url());
    for _ in 0..3 {
        let impatient = Network {
            ttl: 0,
            ..network(&server, &[])
        };
        fetch(&world, impatient, &reference).expect("it is fetched");
        std::thread::sleep(Duration::from_millis(1100));
    }
    assert_eq!(sent.load(Ordering::Relaxed), 1);
    assert_eq!(server.asked().len(), 3);
    // When the server is gone, what it had is still there.
    drop(server);
    let client = Client::new(ClientOptions {
        attempts: 1,
        ..ClientOptions::default()
    });
    let impatient = Network {
        ttl: 0,
        ..Network::new(client)
    };
    world.take_warnings();
    fetch(&world, impatient, &reference).expect("it is in the store");
    let warnings = world.take_warnings();
    assert!(
        warnings[0].ends_with("; using cached version"),
        "{warnings:?}"
    );
}

#[test]
fn a_body_that_breaks_off_is_gone_on_with_or_an_error() {
    let whole = Arc::new(Mutex::new(0));
    let requests = Arc::clone(&whole);
    let directory = tempfile::tempdir().expect("there is a directory");
    std::fs::write(directory.path().join("x.tar.gz"), flake_archive()).expect("it is written");
    let root = directory.path().to_owned();
    let server = Server::start(move |asked| {
        let mut count = requests.lock().expect("nothing panicked");
        *count += 1;
        match *count {
            1 => file_reply(&root, asked)
                .header("ETag", "\"a\"")
                .cut_after(40),
            _ => file_reply(&root, asked).header("ETag", "\"a\""),
        }
    });
    let world = World::new();
    let reference = format!("{}/x.tar.gz", server.url());
    let tree = fetch(&world, network(&server, &[]), &reference).expect("it is fetched");
    assert!(tree.path.join("flake.nix").exists());

    let server = Server::start(|_| Reply::ok(flake_archive()).cut_after(40));
    let world = World::new();
    let reference = format!("{}/x.tar.gz", server.url());
    let error = fetch(&world, network(&server, &[]), &reference).expect_err("it never ends");
    assert!(
        error.to_string().starts_with("unable to download"),
        "{error}"
    );
}

#[test]
fn damaged_and_hostile_archives_are_refused() {
    let refused = |bytes: Vec<u8>| {
        let server = Server::start(move |_| Reply::ok(bytes.clone()));
        let world = World::new();
        let reference = format!("{}/x.tar.gz", server.url());
        fetch(&world, network(&server, &[]), &reference)
            .expect_err("it is refused")
            .to_string()
    };
    assert!(refused(b"this is a page of HTML".to_vec()).contains("Unrecognized archive format"));
    let mut cut = flake_archive();
    cut.truncate(cut.len() - 20);
    assert!(refused(cut).contains("failed to extract archive"));

    let tar = |append: &dyn Fn(&mut tar::Builder<Vec<u8>>)| {
        let mut builder = tar::Builder::new(Vec::new());
        append(&mut builder);
        builder.into_inner().expect("it is written")
    };
    // `append_data` would refuse such names.
    let raw = |builder: &mut tar::Builder<Vec<u8>>, name: &str, kind, target: &str| {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(0);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_entry_type(kind);
        if !target.is_empty() {
            header.set_link_name_literal(target).expect("it is short");
        }
        header.set_cksum();
        builder.append(&header, &[][..]).expect("it is appended");
    };
    use tar::EntryType;
    let outside = tar(&|builder| raw(builder, "../../etc/x", EntryType::Regular, ""));
    assert!(refused(outside).contains("leads out of it"));
    let absolute = tar(&|builder| raw(builder, "/etc/x", EntryType::Regular, ""));
    assert!(refused(absolute).contains("leads out of it"));
    let through = tar(&|builder| {
        raw(builder, "a", EntryType::Symlink, "/etc");
        raw(builder, "a/x", EntryType::Regular, "");
    });
    assert!(refused(through).contains("below a file or link"));
    let hard = tar(&|builder| raw(builder, "a", EntryType::Link, "/etc/passwd"));
    assert!(refused(hard).contains("leads out of it"));
    let missing = tar(&|builder| raw(builder, "a", EntryType::Link, "b"));
    assert!(refused(missing).contains("which is not a file in it"));
    let device = tar(&|builder| raw(builder, "a", EntryType::Block, ""));
    assert!(refused(device).contains("neither a file, a directory nor a link"));
}

#[test]
fn names_are_looked_up_in_the_registry_of_a_url() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/registry.json" => Reply::ok(format!(
            r#"{{"version":2,"flakes":[{{"from":{{"type":"indirect","id":"thing"}},
                "to":{{"type":"tarball","url":"http://{}/x.tar.gz"}}}}]}}"#,
            asked.header("host").unwrap_or_default()
        )),
        "/x.tar.gz" => Reply::ok(flake_archive()),
        _ => Reply::status(404, ""),
    });
    let world = World::new();
    world.write(
        "f/flake.nix",
        "{ inputs.thing = { }; outputs = { self, thing }: { y = thing.x; }; }",
    );
    let url = format!("{}/registry.json", server.url());
    let lock = |network: Network, global: String| {
        let places = RegistryPlaces {
            global,
            ..RegistryPlaces::default()
        };
        let session = world.session_with(places, |fetcher| fetcher.with_network(network));
        let reference = world.reference("path:./f");
        session.lock(&reference, &LockFlags::default())
    };
    let locked = lock(network(&server, &[]), url).expect("it can be locked");
    assert!(locked.lock_file.to_string().contains("/x.tar.gz"));

    std::fs::remove_file(world.path("f/flake.lock")).expect("it was written");
    let gone = "http://127.0.0.1:1/registry.json".to_owned();
    let mut alone = network(&server, &[]);
    alone.offline = true;
    let error = lock(alone, gone).expect_err("nothing knows the name");
    let FlakeError::Registry(error) = error.into_cause() else {
        panic!("it is another error");
    };
    let error = error.to_string();
    assert!(
        error.starts_with("cannot find flake 'flake:thing' in the flake registries; the global"),
        "{error}"
    );
}
