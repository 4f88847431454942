//! The client against servers on the loopback interface that misbehave.

use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nix_transfer::coding::{Compression, Encoder};
use nix_transfer::{
    Client, ClientOptions, Netrc, Observer, Payload, Request, S3Credentials, TransferError,
};
use testutils::web::{Asked, Reply, Server};

fn options() -> ClientOptions {
    ClientOptions {
        first_wait: Duration::from_millis(1),
        stalled_timeout: Some(Duration::from_secs(20)),
        ..ClientOptions::default()
    }
}

fn client() -> Client {
    Client::new(options())
}

/// Bytes that differ everywhere, so that a wrong seam shows.
fn sample(length: usize) -> Vec<u8> {
    (0..length)
        .map(|index| (index * 7 + index / 251) as u8)
        .collect()
}

type Answer = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// Answers the requests in their order, the last answer for all that follow.
fn in_turn(answers: Vec<Answer>) -> impl Fn(&Asked) -> Reply + Send + Sync {
    let count = AtomicUsize::new(0);
    move |asked| {
        let index = count.fetch_add(1, Ordering::Relaxed).min(answers.len() - 1);
        answers[index](asked)
    }
}

#[test]
fn a_document_comes_with_what_is_said_about_it() {
    let server = Server::start(|_| {
        Reply::ok("text")
            .header("ETag", "\"v1\"")
            .header("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")
            .header("Link", "</v/1>; rel=\"immutable\"")
    });
    let fetched = client()
        .fetch(&Request::get(format!("{}/x?y=1", server.url())).header("X-Mine", "yes"))
        .expect("fetched");
    assert_eq!(fetched.bytes.as_deref(), Some(&b"text"[..]));
    assert_eq!(fetched.etag.as_deref(), Some("\"v1\""));
    assert_eq!(fetched.immutable_url, Some(format!("{}/v/1", server.url())));
    let asked = server.asked();
    assert_eq!(asked[0].path, "/x?y=1");
    assert_eq!(asked[0].header("x-mine"), Some("yes"));
    assert!(
        asked[0]
            .header("user-agent")
            .is_some_and(|agent| agent.starts_with("home-manager/"))
    );
}

#[test]
fn what_the_caller_has_is_not_sent_again() {
    let server = Server::start(|asked| match asked.header("if-none-match") {
        Some("\"v1\"") => Reply::status(304, ""),
        _ => Reply::ok("new"),
    });
    let mut request = Request::get(server.url());
    request.if_none_match = Some("\"v1\"".to_owned());
    let response = client().open(&request).expect("an answer");
    assert!(response.is_not_modified());
    assert_eq!(client().fetch(&request).expect("an answer").bytes, None);
}

#[test]
fn redirections_are_followed_and_secrets_stay_with_their_host() {
    let other = Server::start(|_| Reply::ok("there"));
    let target = format!("{}/there", other.url());
    let server = Server::start(move |asked| match asked.path.as_str() {
        "/a" => Reply::status(302, "").header("Location", "b/../c"),
        "/c" => Reply::status(301, "").header("Location", &target),
        _ => Reply::status(302, "").header("Location", "/loop"),
    });
    let request = Request::get(format!("{}/a", server.url()))
        .header("Authorization", "Bearer secret")
        .header("X-Other", "1");
    let response = client().open(&request).expect("an answer");
    assert_eq!(response.url, format!("{}/there", other.url()));
    assert_eq!(response.bytes().expect("bytes"), b"there");
    assert_eq!(
        server.asked()[1].header("authorization"),
        Some("Bearer secret")
    );
    assert_eq!(other.asked()[0].header("authorization"), None);
    assert_eq!(other.asked()[0].header("x-other"), Some("1"));

    let error = client()
        .open(&Request::get(format!("{}/loop", server.url())))
        .expect_err("a loop");
    assert!(error.to_string().contains("redirections"), "{error}");
}

#[test]
fn names_and_passwords_come_from_the_url_or_netrc() {
    let server = Server::start(|_| Reply::ok(""));
    let client = Client::new(ClientOptions {
        netrc: Netrc::parse("machine 127.0.0.1 login me password pass"),
        ..options()
    });
    client.bytes(&server.url()).expect("bytes");
    let with_user = server.url().replace("http://", "http://you:p%40ss@");
    client.bytes(&with_user).expect("bytes");
    let asked = server.asked();
    assert_eq!(asked[0].header("authorization"), Some("Basic bWU6cGFzcw=="));
    assert_eq!(asked[1].header("authorization"), Some("Basic eW91OnBAc3M="));
}

#[test]
fn what_may_pass_is_tried_again_and_the_rest_is_not() {
    struct Retries(Mutex<Vec<String>>);
    impl Observer for Retries {
        fn retrying(&self, _: &str, error: &TransferError, _: Duration) {
            self.0.lock().expect("the lock").push(error.to_string());
        }
    }
    let retries = Arc::new(Retries(Mutex::default()));
    let server = Server::start(in_turn(vec![
        Box::new(|_| Reply::status(503, "busy")),
        Box::new(|_| Reply::status(429, "slowly").header("Retry-After", "0")),
        Box::new(|_| Reply::ok("at last")),
    ]));
    let client = Client::new(ClientOptions {
        observer: retries.clone(),
        ..options()
    });
    assert_eq!(client.bytes(&server.url()).expect("bytes"), b"at last");
    let retries = retries.0.lock().expect("the lock").clone();
    assert_eq!(retries.len(), 2);
    assert!(retries[0].contains("HTTP error 503"), "{}", retries[0]);

    let server = Server::start(|_| Reply::status(404, "nothing here"));
    let error = client.bytes(&server.url()).expect_err("not there");
    assert!(error.is_not_found());
    assert_eq!(
        error.to_string(),
        format!(
            "unable to download '{}': HTTP error 404 (Not Found)\n\nresponse body:\n\nnothing here",
            server.url()
        )
    );
    assert_eq!(server.asked().len(), 1);
    assert!(!client.exists(&server.url()).expect("an answer"));

    let server = Server::start(|_| Reply::status(500, ""));
    assert!(client.bytes(&server.url()).is_err());
    assert_eq!(server.asked().len(), 5, "as often as `attempts` says");
}

#[test]
fn a_transfer_goes_on_where_it_broke_off() {
    let data = sample(300_000);
    let served = data.clone();
    let server = Server::start(move |asked| {
        let start = asked
            .header("range")
            .and_then(|range| range.strip_prefix("bytes="))
            .and_then(|range| range.strip_suffix('-'))
            .map(|start| start.parse::<usize>().expect("a number"));
        let reply = match start {
            None => Reply::ok(served.clone()),
            Some(start) => {
                assert_eq!(asked.header("if-range"), Some("\"v\""));
                let range = format!("bytes {start}-{}/{}", served.len() - 1, served.len());
                Reply::status(206, &served[start..]).header("Content-Range", &range)
            }
        };
        reply.header("ETag", "\"v\"").cut_after(100_000)
    });
    let bytes = client().bytes(&server.url()).expect("bytes");
    assert!(bytes == data, "the seams are right");
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_server_without_ranges_is_read_again_if_nothing_changed() {
    let data = sample(200_000);
    let (first, second) = (data.clone(), data.clone());
    let server = Server::start(in_turn(vec![
        Box::new(move |_| {
            Reply::ok(first.clone())
                .header("ETag", "\"v\"")
                .cut_after(70_000)
        }),
        Box::new(move |_| Reply::ok(second.clone()).header("ETag", "\"v\"")),
    ]));
    let mut response = client()
        .open(&Request::get(server.url()))
        .expect("an answer");
    let mut bytes = Vec::new();
    std::io::copy(&mut response.body, &mut bytes).expect("bytes");
    assert!(bytes == data, "the seam is right");

    let (old, new) = (data, sample(199_999));
    let changing = Server::start(in_turn(vec![
        Box::new(move |_| {
            Reply::ok(old.clone())
                .header("ETag", "\"v\"")
                .cut_after(70_000)
        }),
        Box::new(move |_| Reply::ok(new.clone()).header("ETag", "\"w\"")),
    ]));
    let error = client()
        .open(&Request::get(changing.url()))
        .expect("an answer")
        .bytes()
        .expect_err("two versions");
    assert!(error.to_string().contains("it changed"), "{error}");
}

#[test]
fn a_server_that_always_cuts_is_given_up() {
    let server = Server::start(|_| Reply::ok(sample(1000)).cut_after(0));
    let error = client().bytes(&server.url()).expect_err("never all");
    assert!(error.is_passing(), "{error}");
    assert!(
        server.asked().len() <= 25,
        "no more than attempts of attempts"
    );
}

#[test]
fn codings_are_taken_off() {
    let data = sample(50_000);
    for compression in [
        Compression::Gzip,
        Compression::Zstd,
        Compression::Brotli,
        Compression::Xz,
        Compression::Bzip2,
        Compression::Deflate,
    ] {
        let mut encoder = Encoder::new(compression, None, false, Vec::new()).expect("an encoder");
        encoder.write_all(&data).expect("written");
        let encoded = encoder.finish().expect("finished");
        let server = Server::start(move |asked| {
            assert!(
                asked
                    .header("accept-encoding")
                    .is_some_and(|codings| codings.contains(compression.name()))
            );
            Reply::ok(encoded.clone()).header("Content-Encoding", compression.name())
        });
        assert!(
            client().bytes(&server.url()).expect("bytes") == data,
            "{compression:?}"
        );
    }
    let server = Server::start(|_| Reply::ok("x").header("Content-Encoding", "lz4"));
    let error = client()
        .bytes(&server.url())
        .expect_err("an unknown coding");
    assert!(
        error.to_string().contains("unknown coding 'lz4'"),
        "{error}"
    );
}

#[test]
fn no_more_comes_than_is_allowed() {
    let mut encoder = Encoder::new(Compression::Gzip, None, false, Vec::new()).expect("an encoder");
    encoder.write_all(&vec![0; 1_000_000]).expect("written");
    let bomb = encoder.finish().expect("finished");
    let server = Server::start(move |_| Reply::ok(bomb.clone()).header("Content-Encoding", "gzip"));
    let request = Request::get(server.url()).at_most(10_000);
    let error = client().fetch(&request).expect_err("too much");
    assert!(
        matches!(error, TransferError::TooLarge { limit: 10_000, .. }),
        "{error}"
    );
}

#[test]
fn bytes_are_put() {
    let directory = tempfile::tempdir().expect("a directory");
    let server = Server::of_files(directory.path());
    let file = directory.path().join("source");
    std::fs::write(&file, sample(100_000)).expect("a file");
    let client = client();
    let at = |name: &str| format!("{}/{name}", server.url());
    client
        .put(
            &at("a/b"),
            Payload::Bytes(b"bytes"[..].into()),
            "text/plain",
        )
        .expect("put");
    client
        .put(&at("c"), Payload::File(file), "application/x-nix-nar")
        .expect("put");
    assert_eq!(client.bytes(&at("a/b")).expect("bytes"), b"bytes");
    assert!(client.bytes(&at("c")).expect("bytes") == sample(100_000));
    assert!(client.exists(&at("c")).expect("an answer"));
    assert!(!client.exists(&at("d")).expect("an answer"));
    assert_eq!(server.asked()[0].header("content-type"), Some("text/plain"));
}

#[test]
fn files_are_urls_too() {
    let directory = tempfile::tempdir().expect("a directory");
    let url = format!("file://{}/a%20b/c", directory.path().display());
    let client = client();
    assert!(!client.exists(&url).expect("an answer"));
    assert!(client.bytes(&url).expect_err("not there").is_not_found());
    client
        .put(&url, Payload::Bytes(b"x"[..].into()), "")
        .expect("put");
    assert!(directory.path().join("a b/c").is_file());
    assert_eq!(client.bytes(&url).expect("bytes"), b"x");
    for wrong in ["ftp://host/x", "file://host/x", "/x", "nonsense"] {
        assert!(
            matches!(client.bytes(wrong), Err(TransferError::Url { .. })),
            "{wrong}"
        );
    }
}

#[test]
fn an_interrupt_stops_it() {
    let interrupt = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&interrupt);
    let server = Server::start(move |_| {
        seen.store(true, Ordering::Relaxed);
        Reply::status(503, "")
    });
    let client = Client::new(ClientOptions {
        interrupt,
        first_wait: Duration::from_secs(60),
        ..options()
    });
    assert!(matches!(
        client.bytes(&server.url()),
        Err(TransferError::Interrupted)
    ));
}

#[test]
fn an_interrupt_ends_a_wait_for_a_server_that_does_not_answer() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    let interrupt = Arc::new(AtomicBool::new(false));
    let client = Client::new(ClientOptions {
        interrupt: Arc::clone(&interrupt),
        ..options()
    });
    let asking = std::thread::spawn(move || client.bytes(&url));
    std::thread::sleep(Duration::from_millis(300));
    let start = std::time::Instant::now();
    interrupt.store(true, Ordering::Relaxed);
    let answer = asking.join().expect("no panic");
    assert!(
        matches!(answer, Err(TransferError::Interrupted)),
        "{answer:?}"
    );
    assert!(start.elapsed() < Duration::from_millis(500));
}

#[test]
fn a_host_that_is_not_found_is_asked_for_once() {
    let client = Client::new(ClientOptions {
        first_wait: Duration::from_secs(60),
        ..options()
    });
    let error = client
        .bytes("http://no-such-host.invalid/x")
        .expect_err("no host");
    let text = error.to_string();
    assert!(text.contains("Could not resolve host"), "{text}");
}

#[test]
fn plain_requests_are_forwarded_by_a_proxy() {
    let proxy = Server::start(|_| Reply::ok("forwarded"));
    let client = Client::new(ClientOptions {
        proxies: (Some(proxy.url().replace("//", "//user:word@")), None),
        no_proxy: Some("127.0.0.1".to_owned()),
        ..options()
    });
    for path in ["/one", "/two?x=y"] {
        let url = format!("http://proxied.invalid:81{path}");
        assert_eq!(client.bytes(&url).expect("bytes"), b"forwarded");
    }
    let asked = proxy.asked();
    let urls: Vec<&str> = asked.iter().map(|asked| asked.path.as_str()).collect();
    assert_eq!(
        urls,
        [
            "http://proxied.invalid:81/one",
            "http://proxied.invalid:81/two?x=y"
        ]
    );
    assert_eq!(asked[0].method, "GET");
    assert_eq!(asked[0].header("host"), Some("proxied.invalid:81"));
    assert_eq!(
        asked[1].header("proxy-authorization"),
        Some("Basic dXNlcjp3b3Jk")
    );
    let direct = Server::start(|_| Reply::ok("direct"));
    assert_eq!(client.bytes(&direct.url()).expect("bytes"), b"direct");
}

#[test]
fn requests_to_s3_are_signed() {
    let server = Server::start(|_| Reply::ok("object"));
    let client = Client::new(ClientOptions {
        s3_credentials: Some(S3Credentials {
            access_key: "KEY".to_owned(),
            secret_key: "SECRET".to_owned(),
            session_token: None,
        }),
        ..options()
    });
    let endpoint = server.url().replace("http://", "");
    let url = format!("s3://bucket/dir/file?endpoint={endpoint}&scheme=http&region=eu-west-1");
    assert_eq!(client.bytes(&url).expect("bytes"), b"object");
    let asked = server.asked();
    assert_eq!(asked[0].path, "/bucket/dir/file");
    let authorization = asked[0].header("authorization").expect("a signature");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=KEY/")
            && authorization.contains("/eu-west-1/s3/aws4_request"),
        "{authorization}"
    );
}
