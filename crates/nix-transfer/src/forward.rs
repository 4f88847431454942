//! Plain HTTP through a proxy: the request goes to the proxy, with the whole URL of what is asked for.
//!
//! `ureq` asks a proxy for a tunnel (`CONNECT`) in any case. Proxies are made to refuse that for ports
//! other than 443, and cannot keep copies of what goes through a tunnel.

use nix_wire::hash::encoding::base64;
use ureq::http::Uri;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use ureq::{Error, Proxy};

/// A proxy to which requests for `http:` are forwarded.
#[derive(Clone, Debug)]
pub(crate) struct Forward {
    proxy: Proxy,
}

impl Forward {
    /// Forwards requests to a proxy.
    pub(crate) fn to(proxy: Proxy) -> Forward {
        Forward { proxy }
    }

    /// Returns the URI whose host is connected to for a request: that of the proxy, or the request's
    /// own where no proxy is wanted.
    pub(crate) fn connected<'a>(&'a self, uri: &'a Uri) -> &'a Uri {
        match self.proxy.is_no_proxy(uri) {
            true => uri,
            false => self.proxy.uri(),
        }
    }

    fn authorization(&self) -> Option<String> {
        let user = self.proxy.username()?;
        let password = self.proxy.password().unwrap_or_default();
        let login = base64(format!("{user}:{password}").as_bytes());
        Some(format!("Proxy-Authorization: Basic {login}\r\n"))
    }
}

/// A link of a chain of connectors, for connections that lead to the proxy.
#[derive(Debug)]
pub(crate) struct ForwardConnector(pub(crate) Option<Forward>);

impl<In: Transport> Connector<In> for ForwardConnector {
    type Out = ForwardTransport<In>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let forward = self
            .0
            .as_ref()
            .filter(|forward| !forward.proxy.is_no_proxy(details.uri));
        let rewriting = forward.map(|forward| Rewriting {
            prefix: format!(
                "http://{}",
                details
                    .uri
                    .authority()
                    .map_or("", |authority| authority.as_str())
            ),
            field: forward.authorization().unwrap_or_default(),
            at_head: true,
        });
        Ok(chained.map(|inner| ForwardTransport { inner, rewriting }))
    }
}

/// How the head of a request is changed.
#[derive(Debug)]
struct Rewriting {
    /// What goes before the path of the request.
    prefix: String,
    /// A further field, with its end of line.
    field: String,
    /// Whether what is sent next begins a request: it does after an answer.
    at_head: bool,
}

impl Rewriting {
    /// Returns the head of a request as the proxy wants it; `None` if it has no first line.
    fn apply(&self, head: &[u8]) -> Option<Vec<u8>> {
        let path = head.iter().position(|byte| *byte == b' ')? + 1;
        let end = head.windows(2).position(|pair| pair == b"\r\n")? + 2;
        Some(
            [
                &head[..path],
                self.prefix.as_bytes(),
                &head[path..end],
                self.field.as_bytes(),
                &head[end..],
            ]
            .concat(),
        )
    }
}

/// A connection whose requests name the whole URL, if it leads to a proxy.
#[derive(Debug)]
pub(crate) struct ForwardTransport<In> {
    inner: In,
    rewriting: Option<Rewriting>,
}

impl<In: Transport> Transport for ForwardTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let Some(rewriting) = self
            .rewriting
            .as_mut()
            .filter(|rewriting| rewriting.at_head)
        else {
            return self.inner.transmit_output(amount, timeout);
        };
        let output = self.inner.buffers().output();
        let Some(head) = rewriting.apply(&output[..amount]) else {
            return self.inner.transmit_output(amount, timeout);
        };
        let Some(room) = output.get_mut(..head.len()) else {
            return Err(Error::Io(std::io::Error::other("the request is too long")));
        };
        room.copy_from_slice(&head);
        rewriting.at_head = false;
        self.inner.transmit_output(head.len(), timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        if let Some(rewriting) = &mut self.rewriting {
            rewriting.at_head = true;
        }
        self.inner.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_names_the_whole_url() {
        let rewriting = Rewriting {
            prefix: "http://a.test:81".to_owned(),
            field: "X: y\r\n".to_owned(),
            at_head: true,
        };
        let head = b"GET /p?q HTTP/1.1\r\nHost: a.test:81\r\n\r\n";
        assert_eq!(
            rewriting.apply(head).expect("a request"),
            b"GET http://a.test:81/p?q HTTP/1.1\r\nX: y\r\nHost: a.test:81\r\n\r\n"
        );
    }
}
