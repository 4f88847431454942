//! Stores that speak S3: `s3://BUCKET/KEY?region=…&endpoint=…&scheme=…`, with requests signed as
//! Amazon's "Signature Version 4" says.

use sha2::{Digest, Sha256};

use nix_wire::hash::encoding::base16;

use crate::request::Method;
use crate::url;

/// Where there is no word of a region.
const DEFAULT_REGION: &str = "us-east-1";
/// What stands for the hash of a body that is not hashed beforehand.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const BLOCK: usize = 64;

/// The keys with which requests are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct S3Credentials {
    /// `AWS_ACCESS_KEY_ID`
    pub access_key: String,
    /// `AWS_SECRET_ACCESS_KEY`
    pub secret_key: String,
    /// `AWS_SESSION_TOKEN`
    pub session_token: Option<String>,
}

impl std::fmt::Debug for S3Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("S3Credentials")
            .field("access_key", &self.access_key)
            .finish_non_exhaustive()
    }
}

/// What an `s3:` URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    scheme: String,
    host: String,
    /// With percent signs, beginning with `/`.
    path: String,
    region: String,
}

impl Place {
    /// `None` when the URL names no bucket.
    pub(crate) fn of(target: &str) -> Option<Place> {
        let parts = url::split(target).filter(|parts| parts.scheme == "s3")?;
        let bucket = parts.authority;
        if bucket.is_empty() {
            return None;
        }
        let region = parts
            .parameter("region")
            .unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let mut scheme = parts
            .parameter("scheme")
            .unwrap_or_else(|| "https".to_owned());
        let key = url::encode(&url::decode(parts.path)?, b"/");
        let endpoint = parts.parameter("endpoint").filter(|text| !text.is_empty());
        let (host, path) = match endpoint {
            Some(endpoint) => {
                let host = match endpoint.split_once("://") {
                    Some((own, host)) => {
                        own.clone_into(&mut scheme);
                        host.trim_end_matches('/').to_owned()
                    }
                    None => endpoint,
                };
                (host, format!("/{bucket}{key}"))
            }
            None if bucket.contains('.') => {
                // The certificate is not for names with further dots.
                (
                    format!("s3.{region}.amazonaws.com"),
                    format!("/{bucket}{key}"),
                )
            }
            None => (format!("{bucket}.s3.{region}.amazonaws.com"), key),
        };
        Some(Place {
            scheme,
            host,
            path: if path.is_empty() {
                "/".to_owned()
            } else {
                path
            },
            region,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}://{}{}", self.scheme, self.host, self.path)
    }

    /// The fields of the header that sign a request.
    pub(crate) fn sign(
        &self,
        method: Method,
        credentials: &S3Credentials,
        time: jiff::Timestamp,
    ) -> Vec<(String, String)> {
        let time = time.strftime("%Y%m%dT%H%M%SZ").to_string();
        let day = &time[..8];
        let mut fields = vec![
            ("host".to_owned(), self.host.clone()),
            ("x-amz-content-sha256".to_owned(), UNSIGNED.to_owned()),
            ("x-amz-date".to_owned(), time.clone()),
        ];
        if let Some(token) = &credentials.session_token {
            fields.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(";");
        let mut canonical = format!("{}\n{}\n\n", method.name(), self.path);
        for (name, value) in &fields {
            canonical.push_str(&format!("{name}:{value}\n"));
        }
        canonical.push_str(&format!("\n{names}\n{UNSIGNED}"));

        let scope = format!("{day}/{}/s3/aws4_request", self.region);
        let hash = base16(&Sha256::digest(canonical.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{hash}");
        let key = signing_key(&credentials.secret_key, day, &self.region);
        let signature = base16(&hmac(&key, to_sign.as_bytes()));
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={signature}",
            credentials.access_key
        );
        // The client itself sends the name of the host.
        fields.remove(0);
        fields.push(("Authorization".to_owned(), authorization));
        fields
    }
}

fn signing_key(secret: &str, day: &str, region: &str) -> [u8; 32] {
    let key = hmac(format!("AWS4{secret}").as_bytes(), day.as_bytes());
    let key = hmac(&key, region.as_bytes());
    let key = hmac(&key, b"s3");
    hmac(&key, b"aws4_request")
}

/// RFC 2104 with SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = block.map(|byte| byte ^ 0x36);
    let outer = block.map(|byte| byte ^ 0x5c);
    let inner = Sha256::new().chain_update(inner).chain_update(message);
    Sha256::new()
        .chain_update(outer)
        .chain_update(inner.finalize())
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_authenticated_as_the_rfc_has_it() {
        // RFC 4231, test cases 2 and 6.
        assert_eq!(
            base16(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            base16(&hmac(
                &[0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First"
            )),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_url_names_a_place() {
        let place = |url| Place::of(url).expect("a place").url();
        assert_eq!(
            place("s3://bucket/nar/a b.nar?region=eu-west-1"),
            "https://bucket.s3.eu-west-1.amazonaws.com/nar/a%20b.nar"
        );
        assert_eq!(
            place("s3://bucket/x?endpoint=localhost:9000&scheme=http"),
            "http://localhost:9000/bucket/x"
        );
        assert_eq!(
            place("s3://a.bucket/x?endpoint=https://s3.example.org/"),
            "https://s3.example.org/a.bucket/x"
        );
        assert_eq!(Place::of("s3:///x"), None);
        assert_eq!(Place::of("http://bucket/x"), None);
    }

    #[test]
    fn a_signing_key_is_derived_as_documented() {
        // The example in Amazon's description of the derivation, for S3 in place of IAM, computed
        // with Python's hmac.
        let key = signing_key(
            "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
            "20150830",
            "us-east-1",
        );
        assert_eq!(
            base16(&key),
            "32f78051dcde24c552811d654f4a769112bb834b03975cdd6b1fd7d16248c269"
        );
    }
}
