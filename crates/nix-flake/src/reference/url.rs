//! URLs as flake references use them: RFC 3986, with Nix's few extensions.

use std::collections::BTreeMap;
use std::fmt;

/// Characters besides the unreserved ones that stay as they are in a path.
const KEPT_IN_PATH: &[u8] = b":@";
/// Characters besides the unreserved ones that stay as they are in a query.
const KEPT_IN_QUERY: &[u8] = b":@/?";

/// Why a text is no URL. A flake reference that is none is tried as a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadUrl(pub String);

/// The part of a URL between `//` and the path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authority {
    /// Before the `@`.
    pub user: Option<String>,
    /// Before the `@`, after a colon.
    pub password: Option<String>,
    /// The decoded host. Of an address in brackets, what is between them.
    pub host: String,
    /// Whether the host was in brackets.
    pub bracketed: bool,
    /// The number after the colon.
    pub port: Option<u16>,
}

/// A URL in parts, all decoded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Url {
    /// Before the first colon.
    pub scheme: String,
    /// After `//`, if that is there.
    pub authority: Option<Authority>,
    /// What is between the slashes of the path; an absolute path begins with an empty segment.
    pub path: Vec<String>,
    /// The parameters after `?`.
    pub query: BTreeMap<String, String>,
    /// What follows `#`.
    pub fragment: String,
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn is_sub_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'='
    )
}

/// Whether a byte may be in a segment of a path.
fn is_path_character(byte: u8) -> bool {
    is_unreserved(byte) || is_sub_delimiter(byte) || matches!(byte, b':' | b'@')
}

/// Percent-encodes all but the unreserved characters and those in `kept`.
#[must_use]
pub fn percent_encode(text: &str, kept: &[u8]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_unreserved(byte) || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Decodes `%XX`.
///
/// # Errors
/// When an escape is not one, or the bytes are not UTF-8.
pub fn percent_decode(text: &str) -> Result<String, BadUrl> {
    let bad = |reason: &str| BadUrl(format!("invalid URI parameter '{text}': {reason}"));
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] != b'%' {
            decoded.push(bytes[index]);
            index += 1;
            continue;
        }
        let digits = bytes
            .get(index + 1..index + 3)
            .ok_or_else(|| bad("incomplete encoding"))?;
        let digit = |byte: u8| char::from(byte).to_digit(16);
        let (Some(high), Some(low)) = (digit(digits[0]), digit(digits[1])) else {
            return Err(bad("bad hexdig in pct-encoding"));
        };
        decoded.push((high * 16 + low) as u8);
        index += 3;
    }
    String::from_utf8(decoded).map_err(|_| bad("not UTF-8"))
}

/// Percent-encodes only these characters.
fn encode_only(text: &str, characters: &[char]) -> String {
    let mut encoded = String::with_capacity(text.len());
    for character in text.chars() {
        if characters.contains(&character) {
            encoded.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            encoded.push(character);
        }
    }
    encoded
}

/// Checks that all bytes are allowed or part of an escape.
fn check(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if bytes[index] == b'%' {
            match bytes.get(index + 1..index + 3) {
                Some(digits) if digits.iter().all(u8::is_ascii_hexdigit) => index += 3,
                _ => return false,
            }
        } else if allowed(bytes[index]) {
            index += 1;
        } else {
            return false;
        }
    }
    true
}

/// Takes a query apart. A parameter without `=` is ignored; of two with one name the first counts.
/// Spaces and double quotes need not be escaped.
///
/// # Errors
/// When a character is not allowed.
pub fn decode_query(query: &str) -> Result<BTreeMap<String, String>, BadUrl> {
    let fixed = encode_only(query, &[' ', '"']);
    if !check(&fixed, |byte| {
        is_path_character(byte) || matches!(byte, b'/' | b'?' | b'[' | b']')
    }) {
        return Err(BadUrl(format!("invalid URI query '{query}': leftover")));
    }
    let mut parameters = BTreeMap::new();
    for parameter in fixed.split('&') {
        if let Some((name, value)) = parameter.split_once('=') {
            let (name, value) = (percent_decode(name)?, percent_decode(value)?);
            parameters.entry(name).or_insert(value);
        }
    }
    Ok(parameters)
}

fn encode_query(query: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in query {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(&percent_encode(name, KEPT_IN_QUERY));
        text.push('=');
        text.push_str(&percent_encode(value, KEPT_IN_QUERY));
    }
    text
}

impl Authority {
    fn parse(text: &str) -> Result<Authority, BadUrl> {
        let bad = |reason: &str| BadUrl(format!("invalid URL authority: '{text}': {reason}"));
        let (user_info, rest) = match text.rsplit_once('@') {
            Some((user_info, rest)) => (Some(user_info), rest),
            None => (None, text),
        };
        let mut authority = Authority::default();
        if let Some(user_info) = user_info {
            let allowed =
                |byte| is_unreserved(byte) || is_sub_delimiter(byte) || matches!(byte, b':');
            if !check(user_info, allowed) {
                return Err(bad("leftover"));
            }
            let (user, password) = match user_info.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (user_info, None),
            };
            authority.user = Some(percent_decode(user)?);
            authority.password = password.map(percent_decode).transpose()?;
        }
        let after_host = if let Some(address) = rest.strip_prefix('[') {
            let (address, after) = address.split_once(']').ok_or_else(|| bad("mismatch"))?;
            if !check(address, |byte| is_path_character(byte) && byte != b'@') {
                return Err(bad("leftover"));
            }
            authority.host = percent_decode(address)?;
            authority.bracketed = true;
            after
        } else {
            let end = rest.find(':').unwrap_or(rest.len());
            let host = &rest[..end];
            if !check(host, |byte| is_unreserved(byte) || is_sub_delimiter(byte)) {
                return Err(bad("leftover"));
            }
            authority.host = percent_decode(host)?;
            &rest[end..]
        };
        match after_host.strip_prefix(':') {
            Some(port) if !port.is_empty() => {
                if !port.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(bad("leftover"));
                }
                let number: u16 = port
                    .parse()
                    .map_err(|_| BadUrl(format!("port '{port}' is invalid")))?;
                if number == 0 {
                    return Err(BadUrl(format!("port '{port}' is invalid")));
                }
                authority.port = Some(number);
            }
            Some(_) => {}
            None if after_host.is_empty() => {}
            None => return Err(bad("leftover")),
        }
        Ok(authority)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            formatter.write_str(&percent_encode(user, b""))?;
            if let Some(password) = &self.password {
                write!(formatter, ":{}", percent_encode(password, b""))?;
            }
            formatter.write_str("@")?;
        }
        if self.bracketed {
            write!(formatter, "[{}]", percent_encode(&self.host, b":"))?;
        } else {
            formatter.write_str(&percent_encode(&self.host, b""))?;
        }
        match self.port {
            Some(port) => write!(formatter, ":{port}"),
            None => Ok(()),
        }
    }
}

impl Url {
    /// Parses a URL as Nix does where users write them: spaces and double quotes may stand in the
    /// query, and also `^` in the fragment.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Url, BadUrl> {
        let bad = |reason: &str| BadUrl(format!("'{text}' is not a valid URL: {reason}"));
        let (before_fragment, fragment) = match text.split_once('#') {
            Some((before, fragment)) => (before, Some(fragment)),
            None => (text, None),
        };
        let (hierarchy, query) = match before_fragment.split_once('?') {
            Some((before, query)) => (before, Some(query)),
            None => (before_fragment, None),
        };
        let scheme_end = hierarchy
            .find([':', '/'])
            .filter(|end| hierarchy[*end..].starts_with(':'));
        let Some(scheme_end) = scheme_end else {
            return Err(BadUrl(format!("'{text}' doesn't have a scheme")));
        };
        let scheme = &hierarchy[..scheme_end];
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(legal)
        {
            return Err(bad("leftover"));
        }
        let rest = &hierarchy[scheme_end + 1..];
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find('/').unwrap_or(rest.len());
                (Some(Authority::parse(&rest[..end])?), &rest[end..])
            }
            None => (None, rest),
        };
        if !check(path, |byte| is_path_character(byte) || byte == b'/') {
            return Err(bad("leftover"));
        }
        let is_file = transport_of(scheme) == "file";
        if let Some(authority) = &authority
            && is_file
            && !authority.host.is_empty()
        {
            return Err(BadUrl(format!(
                "file:// URL '{text}' has unexpected authority '{authority}'"
            )));
        }
        let path = if is_file && path.is_empty() {
            "/"
        } else {
            path
        };
        let path = path
            .split('/')
            .map(percent_decode)
            .collect::<Result<Vec<_>, _>>()?;
        let query = decode_query(query.unwrap_or_default())?;
        let fragment = match fragment {
            Some(fragment) => {
                let fixed = encode_only(fragment, &[' ', '"', '^']);
                let allowed = |byte| is_path_character(byte) || matches!(byte, b'/' | b'?' | b'#');
                if !check(&fixed, allowed) {
                    return Err(bad("leftover"));
                }
                percent_decode(&fixed)?
            }
            None => String::new(),
        };
        Ok(Url {
            scheme: scheme.to_owned(),
            authority,
            path,
            query,
            fragment,
        })
    }

    /// The segments of the path that are not empty.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        self.path
            .iter()
            .map(String::as_str)
            .filter(|segment| !segment.is_empty())
    }

    /// The path as one of the file system.
    ///
    /// # Errors
    /// When a segment has a slash or a NUL in it.
    pub fn file_path(&self) -> Result<String, BadUrl> {
        let mut path = String::new();
        for (index, segment) in self.path.iter().enumerate() {
            if segment.contains('/') {
                return Err(BadUrl(format!(
                    "URL path component '{segment}' contains '/', which is not allowed in file names"
                )));
            }
            if segment.contains('\0') {
                let shown = segment.replace('\0', "␀");
                return Err(BadUrl(format!(
                    "URL path component '{shown}' contains NUL byte which is not allowed"
                )));
            }
            if index == 0 && segment.is_empty() {
                path.push('/');
                continue;
            }
            if !path.is_empty() && !path.ends_with('/') {
                path.push('/');
            }
            path.push_str(segment);
        }
        Ok(path)
    }
}

/// The segments of a path of the file system, as those of a URL.
#[must_use]
pub fn path_segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    if path.starts_with('/') {
        segments.push(String::new());
    }
    segments.extend(
        path.split('/')
            .filter(|segment| !segment.is_empty())
            .map(str::to_owned),
    );
    if path.ends_with('/') {
        segments.push(String::new());
    }
    segments
}

/// What the scheme says about the transport: `https` of `git+https`.
#[must_use]
pub fn transport_of(scheme: &str) -> &str {
    match scheme.split_once('+') {
        Some((_, transport)) => transport,
        None => scheme,
    }
}

/// What the scheme says about the fetcher: `git` of `git+https`.
#[must_use]
pub fn application_of(scheme: &str) -> Option<&str> {
    scheme.split_once('+').map(|(application, _)| application)
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(formatter, "//{authority}")?;
        }
        for (index, segment) in self.path.iter().enumerate() {
            if index > 0 {
                formatter.write_str("/")?;
            }
            formatter.write_str(&percent_encode(segment, KEPT_IN_PATH))?;
        }
        if !self.query.is_empty() {
            write!(formatter, "?{}", encode_query(&self.query))?;
        }
        if !self.fragment.is_empty() {
            write!(formatter, "#{}", percent_encode(&self.fragment, b""))?;
        }
        Ok(())
    }
}
