//! Addresses of hosts, looked up once for many requests.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::forward::Forward;

/// Short, so that who tries again after a failure sees it when a host has moved.
const BELIEVED: Duration = Duration::from_secs(5);

/// Looks names up as usual, and remembers what it found for a few seconds. Each request asks for
/// the address, even where a connection is open; and where looking it up may not take for ever,
/// each time takes a thread.
#[derive(Debug, Default)]
pub(crate) struct RememberingResolver {
    inner: DefaultResolver,
    /// By scheme and authority.
    found: Mutex<HashMap<String, (Instant, Vec<SocketAddr>)>>,
    /// The proxy whose address is wanted instead of that of the host.
    forward: Option<Forward>,
}

impl RememberingResolver {
    /// A resolver for connections to hosts, or to a proxy that requests are forwarded to.
    pub(crate) fn new(forward: Option<Forward>) -> RememberingResolver {
        RememberingResolver {
            forward,
            ..RememberingResolver::default()
        }
    }

    fn remembered(&self, name: &str) -> Option<ResolvedSocketAddrs> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, addresses) = found.get(name)?;
        if since.elapsed() > BELIEVED {
            return None;
        }
        let mut known = self.empty();
        for address in addresses {
            known.push(*address);
        }
        Some(known)
    }
}

impl Resolver for RememberingResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let uri = match &self.forward {
            Some(forward) => forward.connected(uri),
            None => uri,
        };
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let name = format!("{}://{authority}", uri.scheme_str().unwrap_or_default());
        if let Some(known) = self.remembered(&name) {
            return Ok(known);
        }
        // The system's answer that there is no such host is an I/O error there. It is not one that
        // passes: who has no network has none in a second either.
        let not_found = |error| match error {
            ureq::Error::Io(_) => ureq::Error::HostNotFound,
            error => error,
        };
        let addresses = self
            .inner
            .resolve(uri, config, timeout)
            .map_err(not_found)?;
        self.found
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, (Instant::now(), addresses.to_vec()));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::Timeout;
    use ureq::unversioned::transport::time::Duration as Limit;

    #[test]
    fn what_was_found_is_found_again_for_a_while() {
        let resolver = RememberingResolver::default();
        let uri: Uri = "http://127.0.0.1:8080/x".parse().expect("a URI");
        let config = ureq::Agent::new_with_defaults().config().clone();
        let ask = || {
            let timeout = NextTimeout {
                after: Limit::NotHappening,
                reason: Timeout::Resolve,
                ..NextTimeout::default()
            };
            resolver
                .resolve(&uri, &config, timeout)
                .expect("addresses")
                .to_vec()
        };
        let first = ask();
        assert_eq!(first, ["127.0.0.1:8080".parse().expect("an address")]);
        let other = "127.0.0.2:8080".parse().expect("an address");
        let set = |since| {
            resolver
                .found
                .lock()
                .expect("the lock")
                .insert("http://127.0.0.1:8080".to_owned(), (since, vec![other]));
        };
        set(Instant::now());
        assert_eq!(ask(), [other]);
        if let Some(long_ago) = Instant::now().checked_sub(2 * BELIEVED) {
            set(long_ago);
            assert_eq!(ask(), first);
        }
    }
}
