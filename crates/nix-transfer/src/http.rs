//! One attempt at a request over HTTP: authentication, redirections, the answer's header.

use std::fs::{self, File};
use std::io::{self, Read};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix_wire::hash::encoding::base64;
use ureq::http::{HeaderMap, Response as HttpResponse};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};
use ureq::unversioned::transport::{
    ConnectProxyConnector, Connector as _, RustlsConnector, TcpConnector,
};
use ureq::{Body as HttpBody, SendBody};

use crate::body::{Body, Identity};
use crate::client::{Client, ClientOptions};
use crate::coding::Compression;
use crate::error::{TransferError, excerpt};
use crate::forward::{Forward, ForwardConnector};
use crate::interruptible::Interruptible;
use crate::names::RememberingResolver;
use crate::request::{Method, Payload, Request, Response};
use crate::{s3, url};

pub(crate) type Agent = ureq::Agent;

const MOST_REDIRECTIONS: usize = 10;
/// How much of the answer to a failed request is read.
const LONGEST_ANSWER: u64 = 64 * 1024;
/// The codings that [`Body`] takes off.
const ACCEPTED_CODINGS: &str = "zstd, br, gzip, deflate, bzip2, xz";

/// What a server answered, with a status that is no failure.
pub(crate) struct Answer {
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) immutable_url: Option<String>,
    pub(crate) reader: Box<dyn Read + Send + Sync>,
}

/// What carries requests, made from the options.
pub(crate) fn agent(options: &ClientOptions, secure: bool) -> Result<Agent, TransferError> {
    let idle = match options.connections {
        0 => 128,
        connections => connections,
    };
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(options.user_agent.as_str())
        .accept_encoding("")
        .max_idle_connections(idle)
        .max_idle_connections_per_host(idle)
        .timeout_connect(options.connect_timeout)
        .timeout_resolve(options.connect_timeout)
        .timeout_per_read(options.stalled_timeout)
        .timeout_per_write(options.stalled_timeout);
    let proxy = if secure {
        &options.proxies.1
    } else {
        &options.proxies.0
    };
    let proxy = match proxy {
        None => None,
        Some(address) => Some(proxy_at(address, options.no_proxy.as_deref())?),
    };
    // Plain requests are forwarded by the proxy; others go through a tunnel.
    let (tunnel, forward) = match proxy {
        Some(proxy) if !secure && proxy.protocol() == ureq::ProxyProtocol::Http => {
            (None, Some(Forward::to(proxy)))
        }
        proxy => (proxy, None),
    };
    config = config.proxy(tunnel);
    if secure {
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .root_certs(RootCerts::Specific(Arc::new(certificates(options)?)))
            .build();
        config = config.tls_config(tls);
    }
    let connector =
        ().chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(Interruptible::new(Arc::clone(&options.interrupt)))
            .chain(ForwardConnector(forward.clone()))
            .chain(RustlsConnector::default());
    Ok(Agent::with_parts(
        config.build(),
        connector,
        RememberingResolver::new(forward),
    ))
}

fn proxy_at(address: &str, no_proxy: Option<&str>) -> Result<ureq::Proxy, TransferError> {
    let wrong = |reason: String| TransferError::Url {
        url: address.to_owned(),
        reason,
    };
    let proxy = ureq::Proxy::new(address).map_err(|error| wrong(error.to_string()))?;
    use ureq::ProxyProtocol::{Http, Https};
    if !matches!(proxy.protocol(), Http | Https) {
        return Err(wrong("SOCKS proxies are not supported".to_owned()));
    }
    let Some(no_proxy) = no_proxy else {
        return Ok(proxy);
    };
    let mut builder = ureq::Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port())
        .resolve_target(proxy.resolve_target());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    for host in no_proxy
        .split(',')
        .map(str::trim)
        .filter(|host| !host.is_empty())
    {
        builder = builder.no_proxy(host);
    }
    builder.build().map_err(|error| wrong(error.to_string()))
}

fn certificates(options: &ClientOptions) -> Result<Vec<Certificate<'static>>, TransferError> {
    for path in &options.certificates {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(TransferError::File {
                    action: "read certificates from",
                    path: path.clone(),
                    error,
                });
            }
        };
        return Ok(parse_pem(&text)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            })
            .collect());
    }
    let places: Vec<String> = options
        .certificates
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    Err(TransferError::Connection {
        verb: "download",
        url: "https:".to_owned(),
        reason: format!(
            "there are no certificates to know servers by; looked for {}",
            places.join(", ")
        ),
        passing: false,
    })
}

/// Sends a request, follows redirections. `from`: only the bytes from there on, of the version that
/// the caller has seen.
pub(crate) fn attempt(
    client: &Client,
    request: &Request,
    from: Option<(u64, &Identity)>,
) -> Result<Answer, TransferError> {
    let mut target = request.url.clone();
    let mut immutable_url = None;
    let mut method = request.method;
    for _ in 0..=MOST_REDIRECTIONS {
        client.check_interrupt()?;
        let response = send(client, request, method, &target, from)?;
        let status = response.status().as_u16();
        if let Some(url) = immutable_link(response.headers()) {
            immutable_url = Some(url::resolve(&target, &url));
        }
        let location = response.headers().get("location");
        if matches!(status, 301 | 302 | 303 | 307 | 308)
            && let Some(location) = location.and_then(|value| value.to_str().ok())
        {
            target = url::resolve(&target, location);
            if status == 303 {
                method = Method::Get;
            }
            continue;
        }
        let (parts, body) = response.into_parts();
        let mut reader = body.into_with_config().limit(u64::MAX).reader();
        if status < 300 || status == 304 {
            return Ok(Answer {
                url: target,
                status,
                headers: parts.headers,
                immutable_url,
                reader: Box::new(reader),
            });
        }
        let mut answer = Vec::new();
        // It is an error in any case; its text is a help at best.
        let _ = reader
            .by_ref()
            .take(LONGEST_ANSWER)
            .read_to_end(&mut answer);
        return Err(TransferError::Status {
            verb: method.verb(),
            url: request.url.clone(),
            status,
            answer: excerpt(&answer),
            retry_after: text(&parts.headers, "retry-after")
                .and_then(|seconds| seconds.trim().parse().ok())
                .map(Duration::from_secs)
                .or_else(|| {
                    let reset = text(&parts.headers, "x-ratelimit-reset")?;
                    (status == 403).then(|| time_until(&reset)).flatten()
                }),
        });
    }
    Err(TransferError::Connection {
        verb: request.method.verb(),
        url: request.url.clone(),
        reason: format!("there were more than {MOST_REDIRECTIONS} redirections"),
        passing: false,
    })
}

/// The time until a second since 1970, as forges say when they may be asked again.
fn time_until(second: &str) -> Option<Duration> {
    let then = UNIX_EPOCH + Duration::from_secs(second.trim().parse().ok()?);
    then.duration_since(SystemTime::now()).ok()
}

fn send(
    client: &Client,
    request: &Request,
    method: Method,
    target: &str,
    from: Option<(u64, &Identity)>,
) -> Result<HttpResponse<HttpBody>, TransferError> {
    let wrong = |reason: &str| TransferError::Url {
        url: target.to_owned(),
        reason: reason.to_owned(),
    };
    let options = client.options();
    let mut headers: Vec<(String, String)> = vec![("Accept".to_owned(), "*/*".to_owned())];
    let address = match url::split(target) {
        Some(parts) if parts.scheme == "s3" => {
            let place = s3::Place::of(target).ok_or_else(|| wrong("it names no bucket and key"))?;
            if let Some(credentials) = &options.s3_credentials {
                headers.extend(place.sign(method, credentials, jiff::Timestamp::now()));
            }
            place.url()
        }
        Some(parts) if matches!(parts.scheme, "http" | "https") => {
            if let Some(login) = login(options, &parts) {
                headers.push(("Authorization".to_owned(), login));
            }
            without_user(target, &parts)
        }
        _ => return Err(wrong("a redirection leads to something that is no HTTP")),
    };
    let same_host = origin(target) == origin(&request.url);
    for (name, value) in &request.headers {
        let secret = ["authorization", "cookie"]
            .iter()
            .any(|secret| name.eq_ignore_ascii_case(secret));
        if same_host || !secret {
            headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
            headers.push((name.clone(), value.clone()));
        }
    }
    let mut field = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if let Some(etag) = &request.if_none_match {
        field("If-None-Match", etag);
    }
    if let Some(time) = &request.if_modified_since {
        field("If-Modified-Since", time);
    }
    if method == Method::Get {
        field("Accept-Encoding", ACCEPTED_CODINGS);
    }
    if let Some((position, identity)) = from {
        field("Range", &format!("bytes={position}-"));
        if let Some(validator) = identity.validator() {
            field("If-Range", validator);
        }
    }

    let mut builder = ureq::http::Request::builder()
        .method(method.name())
        .uri(&address);
    for (name, value) in &headers {
        builder = builder.header(name, value);
    }
    let secure = address.starts_with("https:");
    let agent = client.agent(secure)?;
    let payload = match method {
        Method::Put | Method::Post => request.payload.as_ref(),
        Method::Get | Method::Head => None,
    };
    let bad_request = |error: ureq::http::Error| wrong(&error.to_string());
    let sent = match payload {
        Some(Payload::Bytes(bytes)) => {
            let built = builder
                .header("Content-Length", bytes.len())
                .body(&bytes[..])
                .map_err(bad_request)?;
            agent.run(built)
        }
        Some(Payload::File(path)) => {
            let failed = |error| TransferError::File {
                action: "read",
                path: path.clone(),
                error,
            };
            let file = File::open(path).map_err(failed)?;
            let length = file.metadata().map_err(failed)?.len();
            let built = builder
                .header("Content-Length", length)
                .body(SendBody::from_owned_reader(file))
                .map_err(bad_request)?;
            agent.run(built)
        }
        None => agent.run(builder.body(()).map_err(bad_request)?),
    };
    sent.map_err(|error| {
        let interrupted = client.check_interrupt().err();
        interrupted.unwrap_or_else(|| connection_error(method, &request.url, &error))
    })
}

fn connection_error(method: Method, url: &str, error: &ureq::Error) -> TransferError {
    let passing = match error {
        ureq::Error::Io(error) => error.kind() != io::ErrorKind::InvalidInput,
        ureq::Error::Timeout(_) | ureq::Error::ConnectionFailed | ureq::Error::Protocol(_) => true,
        // A machine without a network should not wait for one: the host is no better known later.
        _ => false,
    };
    let reason = match error {
        ureq::Error::HostNotFound => {
            let host = crate::url::split(url).map(|parts| parts.host().to_owned());
            format!("Could not resolve host: {}", host.unwrap_or_default())
        }
        ureq::Error::Timeout(_) => "the server took too long".to_owned(),
        // Its own text has the kind of error as well.
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    };
    TransferError::Connection {
        verb: method.verb(),
        url: url.to_owned(),
        reason,
        passing,
    }
}

/// The name and password of the URL, else of netrc, as a header has them.
fn login(options: &ClientOptions, parts: &url::Parts<'_>) -> Option<String> {
    let login = match parts.user {
        Some(user) => url::decode(user)?,
        None => {
            let login = options.netrc.find(parts.host())?;
            format!("{}:{}", login.user, login.password).into_bytes()
        }
    };
    Some(format!("Basic {}", base64(&login)))
}

fn without_user(target: &str, parts: &url::Parts<'_>) -> String {
    let target = target.split('#').next().unwrap_or(target);
    match parts.user {
        Some(user) => target.replacen(&format!("{user}@"), "", 1),
        None => target.to_owned(),
    }
}

fn origin(target: &str) -> Option<(String, String)> {
    let parts = url::split(target)?;
    Some((
        parts.scheme.to_ascii_lowercase(),
        parts.authority.to_ascii_lowercase(),
    ))
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned)
}

/// The URL of a field `Link: <URL>; rel="immutable"`.
fn immutable_link(headers: &HeaderMap) -> Option<String> {
    headers.get_all("link").iter().find_map(|value| {
        value.to_str().ok()?.split(',').find_map(|link| {
            let (target, attributes) = link.split_once(';')?;
            let target = target.trim().strip_prefix('<')?.strip_suffix('>')?;
            attributes
                .split(';')
                .any(|attribute| matches!(attribute.trim(), "rel=\"immutable\"" | "rel=immutable"))
                .then(|| target.to_owned())
        })
    })
}

impl Answer {
    /// The number of bytes, as they travel.
    pub(crate) fn length(&self) -> Option<u64> {
        text(&self.headers, "content-length").and_then(|text| text.trim().parse().ok())
    }

    /// What tells this version from others.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            etag: text(&self.headers, "etag"),
            last_modified: text(&self.headers, "last-modified"),
            length: self.length(),
        }
    }

    /// Where the bytes begin that came, and how many there are in all: `Content-Range`.
    pub(crate) fn range(&self) -> Option<(u64, Option<u64>)> {
        let range = text(&self.headers, "content-range")?;
        let (range, total) = range.strip_prefix("bytes ")?.split_once('/')?;
        let (start, _) = range.split_once('-')?;
        Some((start.parse().ok()?, total.parse().ok()))
    }

    pub(crate) fn into_response(
        self,
        client: &Client,
        request: &Request,
        attempt: u32,
    ) -> Result<Response, TransferError> {
        let coding = text(&self.headers, "content-encoding").unwrap_or_default();
        let compression =
            Compression::from_name(&coding.trim().to_ascii_lowercase()).ok_or_else(|| {
                TransferError::Connection {
                    verb: request.method.verb(),
                    url: request.url.clone(),
                    reason: format!("the answer has the unknown coding '{coding}'"),
                    passing: false,
                }
            })?;
        let identity = self.identity();
        let has_body = request.method != Method::Head && self.status != 304;
        let body = if has_body {
            Body::of_answer(
                client,
                request,
                attempt,
                self.reader,
                identity.clone(),
                compression,
            )?
        } else {
            Body::empty()
        };
        Ok(Response {
            url: self.url,
            status: self.status,
            etag: identity.etag,
            last_modified: identity.last_modified,
            immutable_url: self.immutable_url,
            length: identity.length,
            body,
        })
    }
}
