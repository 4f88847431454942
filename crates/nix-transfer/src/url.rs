//! As much of URLs as transfers need: their parts, percent signs, references relative to them.

use std::fmt::Write as _;

/// The parts of a hierarchical URL, as they stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `https`
    pub scheme: &'a str,
    /// `user:password`, when there is one.
    pub user: Option<&'a str>,
    /// `example.org:8080`
    pub authority: &'a str,
    /// `/a/b`, or nothing.
    pub path: &'a str,
    /// What comes after `?`.
    pub query: Option<&'a str>,
}

impl Parts<'_> {
    /// The host without its port.
    #[must_use]
    pub fn host(&self) -> &str {
        let authority = self.authority;
        if authority.starts_with('[') {
            // An address of IPv6, which has colons of its own.
            return authority
                .find(']')
                .map_or(authority, |end| &authority[..=end]);
        }
        authority.split(':').next().unwrap_or(authority)
    }

    /// The value of a parameter of the query, without percent signs.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        parameters(self.query.unwrap_or_default())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}

/// The parts of a URL that has `//`; `None` when it has not.
#[must_use]
pub fn split(url: &str) -> Option<Parts<'_>> {
    let url = url.split('#').next().unwrap_or(url);
    let (scheme, rest) = url.split_once("://")?;
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character));
    if !is_scheme {
        return None;
    }
    let (rest, query) = match rest.split_once('?') {
        Some((rest, query)) => (rest, Some(query)),
        None => (rest, None),
    };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, authority) = match authority.rsplit_once('@') {
        Some((user, authority)) => (Some(user), authority),
        None => (None, authority),
    };
    Some(Parts {
        scheme,
        user,
        authority,
        path,
        query,
    })
}

/// The parameters of a query, without percent signs.
pub fn parameters(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_text(name), decode_text(value))
        })
}

/// Bytes without percent signs; `None` when one is followed by no hexadecimal number.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        decoded.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(decoded)
}

fn decode_text(text: &str) -> String {
    decode(text).map_or_else(
        || text.to_owned(),
        |bytes| String::from_utf8_lossy(&bytes).into_owned(),
    )
}

/// A text with percent signs for every byte but letters, digits, `-._~` and those of `also`.
#[must_use]
pub fn encode(text: &[u8], also: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || also.contains(byte) {
            encoded.push(char::from(*byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// What a reference means in a document at `base` (RFC 3986, section 5.2).
#[must_use]
pub fn resolve(base: &str, reference: &str) -> String {
    if split(reference).is_some() {
        return reference.to_owned();
    }
    let Some(parts) = split(base) else {
        return reference.to_owned();
    };
    let prefix_length = parts.scheme.len() + "://".len();
    if let Some(rest) = reference.strip_prefix("//") {
        return format!("{}://{rest}", parts.scheme);
    }
    let user_length = parts.user.map_or(0, |user| user.len() + 1);
    let origin = &base[..prefix_length + user_length + parts.authority.len()];
    if reference.is_empty() {
        return base.to_owned();
    }
    if reference.starts_with('?') {
        return format!("{origin}{}{reference}", parts.path);
    }
    let (path, rest) = reference.split_at(reference.find(['?', '#']).unwrap_or(reference.len()));
    let path = if path.starts_with('/') {
        path.to_owned()
    } else {
        let directory = parts.path.rfind('/').map_or("/", |end| &parts.path[..=end]);
        format!("{directory}{path}")
    };
    format!("{origin}{}{rest}", without_dots(&path))
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_has_its_parts() {
        let parts = split("https://me:pass@host:80/a/b?x=1&y=a%20b#frag").expect("a URL");
        assert_eq!(parts.scheme, "https");
        assert_eq!(parts.user, Some("me:pass"));
        assert_eq!((parts.authority, parts.host()), ("host:80", "host"));
        assert_eq!((parts.path, parts.query), ("/a/b", Some("x=1&y=a%20b")));
        assert_eq!(parts.parameter("y").as_deref(), Some("a b"));
        assert_eq!(split("http://[::1]:80/").expect("a URL").host(), "[::1]");
        assert_eq!(split("/just/a/path"), None);
        assert_eq!(split("1x://a"), None);
    }

    #[test]
    fn references_are_resolved() {
        // The examples of RFC 3986, section 5.4, that have a meaning for transfers.
        let base = "http://a/b/c/d;p?q";
        for (reference, expected) in [
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../../g", "http://a/g"),
            ("https://z/y", "https://z/y"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{reference}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_can_be_decoded(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode(&encode(&bytes, b"/")), Some(bytes));
        }

        #[test]
        fn no_text_makes_it_panic(base in "\\PC*", reference in "\\PC*") {
            let _ = resolve(&base, &reference);
            let _ = resolve("http://a/b", &reference);
        }
    }
}
