//! The client: which scheme, how often, how long.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::TransferError;
use crate::http::{self, Agent};
use crate::netrc::Netrc;
use crate::request::{Fetched, Payload, Request, Response};
use crate::s3::S3Credentials;
use crate::{file, url};

/// Waits are no longer than this, whatever a server asks for.
const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// How often a wait is looked up from.
const TICK: Duration = Duration::from_millis(50);

/// Is told of transfers, by several threads at once.
pub trait Observer: Send + Sync {
    /// Bytes begin to come, so many if that is known.
    fn started(&self, _url: &str, _length: Option<u64>) {}
    /// So many more came, as they travel.
    fn received(&self, _url: &str, _bytes: u64) {}
    /// No more will come.
    fn finished(&self, _url: &str) {}
    /// It failed, and will be tried again after a time.
    fn retrying(&self, _url: &str, _error: &TransferError, _wait: Duration) {}
}

/// An observer that does nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unobserved;

impl Observer for Unobserved {}

/// How a client works.
#[derive(Clone)]
pub struct ClientOptions {
    /// What the program calls itself.
    pub user_agent: String,
    /// How many connections are kept open, and how many transfers a caller should have at a time.
    pub connections: usize,
    /// How long a connection may take to be made.
    pub connect_timeout: Option<Duration>,
    /// How long nothing may come before the connection is given up.
    pub stalled_timeout: Option<Duration>,
    /// How often a request is tried.
    pub attempts: u32,
    /// How long to wait before the second time; each further wait is twice as long.
    pub first_wait: Duration,
    /// Names and passwords by host.
    pub netrc: Netrc,
    /// Files with the certificates that are trusted; the first that is there is used.
    pub certificates: Vec<PathBuf>,
    /// The proxy for `http:` and `https:` each.
    pub proxies: (Option<String>, Option<String>),
    /// Hosts that are asked without a proxy, with commas between them.
    pub no_proxy: Option<String>,
    /// The keys for `s3:`; without them requests are not signed.
    pub s3_credentials: Option<S3Credentials>,
    /// Who is told.
    pub observer: Arc<dyn Observer>,
    /// Set to stop all transfers.
    pub interrupt: Arc<AtomicBool>,
}

impl Default for ClientOptions {
    fn default() -> ClientOptions {
        ClientOptions {
            user_agent: concat!("home-manager/", env!("CARGO_PKG_VERSION")).to_owned(),
            connections: 25,
            connect_timeout: Some(Duration::from_secs(15)),
            stalled_timeout: Some(Duration::from_secs(300)),
            attempts: 5,
            first_wait: Duration::from_millis(250),
            netrc: Netrc::default(),
            certificates: [
                "/etc/ssl/certs/ca-certificates.crt",
                "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/cert.pem",
                "/nix/var/nix/profiles/default/etc/ssl/certs/ca-bundle.crt",
            ]
            .map(PathBuf::from)
            .to_vec(),
            proxies: (None, None),
            no_proxy: None,
            s3_credentials: None,
            observer: Arc::new(Unobserved),
            interrupt: Arc::default(),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Passwords do not belong in a log.
        formatter
            .debug_struct("ClientOptions")
            .field("user_agent", &self.user_agent)
            .field("connections", &self.connections)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// Opens URLs. Copies share their connections; may be used by several threads.
#[derive(Debug, Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: ClientOptions,
    plain: OnceLock<Agent>,
    secure: OnceLock<Agent>,
}

impl Client {
    /// A client; nothing is opened yet.
    #[must_use]
    pub fn new(options: ClientOptions) -> Client {
        Client {
            inner: Arc::new(Inner {
                options,
                plain: OnceLock::new(),
                secure: OnceLock::new(),
            }),
        }
    }

    /// How it works.
    #[must_use]
    pub fn options(&self) -> &ClientOptions {
        &self.inner.options
    }

    /// Carries a request out, up to the beginning of the answer's body. A status of 400 and more
    /// is an error.
    ///
    /// # Errors
    /// When there is nothing, it may not be had, or the server did not answer however often it was
    /// asked.
    pub fn open(&self, request: &Request) -> Result<Response, TransferError> {
        match url::split(&request.url).map(|parts| parts.scheme) {
            Some("file") => file::open(self, request),
            Some("http" | "https" | "s3") => {
                let mut attempt = 1;
                let answer = loop {
                    match http::attempt(self, request, None) {
                        Ok(answer) => break answer,
                        Err(error) if request.once => return Err(error),
                        Err(error) => self.wait_after(&request.url, &mut attempt, error)?,
                    }
                };
                answer.into_response(self, request, attempt)
            }
            _ => Err(TransferError::Url {
                url: request.url.clone(),
                reason: "only http, https, file and s3 can be transferred".to_owned(),
            }),
        }
    }

    /// Carries a request out and reads all of the answer, again from its beginning when it could
    /// not go on where it broke off.
    ///
    /// # Errors
    /// As [`Client::open`], and when not all bytes come.
    pub fn fetch(&self, request: &Request) -> Result<Fetched, TransferError> {
        let mut attempt = 1;
        loop {
            let response = self.open(request)?;
            let mut fetched = Fetched {
                url: response.url.clone(),
                etag: response.etag.clone(),
                last_modified: response.last_modified.clone(),
                immutable_url: response.immutable_url.clone(),
                bytes: None,
            };
            if response.is_not_modified() {
                return Ok(fetched);
            }
            match response.bytes() {
                Ok(bytes) => {
                    fetched.bytes = Some(bytes);
                    return Ok(fetched);
                }
                Err(error) => self.wait_after(&request.url, &mut attempt, error)?,
            }
        }
    }

    /// The bytes that a URL names.
    ///
    /// # Errors
    /// As [`Client::fetch`].
    pub fn bytes(&self, url: &str) -> Result<Vec<u8>, TransferError> {
        Ok(self.fetch(&Request::get(url))?.bytes.unwrap_or_default())
    }

    /// Whether there is something at a URL.
    ///
    /// # Errors
    /// When that cannot be told.
    pub fn exists(&self, url: &str) -> Result<bool, TransferError> {
        match self.open(&Request::head(url)) {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            // Some stores say so of what is not there, to those who may not list what is.
            Err(error) if error.is_forbidden() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts bytes where a URL says.
    ///
    /// # Errors
    /// When the server, or the file system, does not take them.
    pub fn put(
        &self,
        url: &str,
        payload: Payload,
        content_type: &str,
    ) -> Result<(), TransferError> {
        let request = Request::put(url, payload).header("Content-Type", content_type);
        self.open(&request).map(|_| ())
    }

    /// Waits, unless the error will not pass or was met often enough.
    pub(crate) fn wait_after(
        &self,
        url: &str,
        attempt: &mut u32,
        error: TransferError,
    ) -> Result<(), TransferError> {
        let options = self.options();
        if !error.is_passing() || *attempt >= options.attempts {
            return Err(error);
        }
        let wait = match &error {
            TransferError::Status {
                retry_after: Some(wait),
                ..
            } => *wait,
            _ => {
                let doubled = options.first_wait * 2_u32.saturating_pow(*attempt - 1).min(1 << 16);
                // Up to half as long again, so that many clients do not come back as one.
                doubled + doubled.mul_f64(jitter() / 2.0)
            }
        };
        let wait = wait.min(LONGEST_WAIT);
        options.observer.retrying(url, &error, wait);
        let until = Instant::now() + wait;
        loop {
            self.check_interrupt()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            thread::sleep(left.min(TICK));
        }
        *attempt += 1;
        Ok(())
    }

    pub(crate) fn check_interrupt(&self) -> Result<(), TransferError> {
        if self.options().interrupt.load(Ordering::Relaxed) {
            return Err(TransferError::Interrupted);
        }
        Ok(())
    }

    /// What carries requests of a scheme. Certificates are read when first needed.
    pub(crate) fn agent(&self, secure: bool) -> Result<&Agent, TransferError> {
        let place = if secure {
            &self.inner.secure
        } else {
            &self.inner.plain
        };
        if let Some(agent) = place.get() {
            return Ok(agent);
        }
        let agent = http::agent(self.options(), secure)?;
        Ok(place.get_or_init(|| agent))
    }
}

/// Jitter in [0, 1). It need not be unpredictable.
fn jitter() -> f64 {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    f64::from(now.subsec_micros() % 1000) / 1000.0
}
