//! Text to reference.

use super::input::path_url;
use super::url::{BadUrl, Url, decode_query, path_segments, percent_decode};
use super::{FlakeReference, Input, ReferenceError, is_flake_id, is_reference_name_byte};

/// How a text is read that is not typed by a user at a command line (see
/// [`CommandLineReference`](super::CommandLineReference) for that).
#[derive(Debug, Clone, Copy)]
pub struct ParseOptions {
    /// Whether a flake is meant; else any tree or file.
    pub flake: bool,
    /// Whether a relative path may stay relative, as in the inputs of a `flake.nix`.
    pub relative_paths: bool,
}

impl Default for ParseOptions {
    fn default() -> ParseOptions {
        ParseOptions {
            flake: true,
            relative_paths: false,
        }
    }
}

/// Parses a reference without a fragment.
///
/// # Errors
/// When it is none, or there is a fragment.
pub fn parse(text: &str, options: ParseOptions) -> Result<FlakeReference, ReferenceError> {
    let (reference, fragment) = parse_with_fragment(text, options)?;
    if fragment.is_empty() {
        return Ok(reference);
    }
    Err(ReferenceError::Invalid(format!(
        "unexpected fragment '{fragment}' in flake reference '{text}'"
    )))
}

/// Parses a reference and what follows `#`.
///
/// # Errors
/// When it is none.
pub fn parse_with_fragment(
    text: &str,
    options: ParseOptions,
) -> Result<(FlakeReference, String), ReferenceError> {
    if let Some(found) = parse_id(text)? {
        return Ok(found);
    }
    if let Some(found) = parse_url(text, options.flake, None)? {
        return Ok(found);
    }
    let parts = PathParts::of(text)?;
    if !options.relative_paths && !parts.path.starts_with('/') {
        return Err(BadUrl(format!("flake reference '{text}' is not an absolute path")).into());
    }
    from_url(parts.url(path_url(parts.path)), options.flake)
}

/// The short form of registry names: `id`, `id/branch`, `id/revision`, `id/branch/revision`.
pub(super) fn parse_id(text: &str) -> Result<Option<(FlakeReference, String)>, ReferenceError> {
    let (name, fragment) = match text.split_once('#') {
        Some((name, fragment)) => (name, Some(fragment)),
        None => (text, None),
    };
    let (id, rest) = match name.split_once('/') {
        Some((id, rest)) => (id, Some(rest)),
        None => (name, None),
    };
    let rest_is_legal = rest.is_none_or(|rest| {
        rest.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '@')
            && rest.bytes().all(is_reference_name_byte)
    });
    if !is_flake_id(id) || !rest_is_legal || !fragment.is_none_or(is_plain_fragment) {
        return Ok(None);
    }
    let url = Url {
        scheme: "flake".to_owned(),
        path: name.split('/').map(str::to_owned).collect(),
        ..Url::default()
    };
    let input = Input::from_url(&url, true)?;
    let fragment = percent_decode(fragment.unwrap_or_default())?;
    Ok(Some((FlakeReference::at_root(input), fragment)))
}

/// Whether a fragment has only characters that the short form allows.
fn is_plain_fragment(fragment: &str) -> bool {
    let bytes = fragment.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        let byte = bytes[index];
        let is_escape = byte == b'%'
            && bytes
                .get(index + 1..index + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if is_escape {
            index += 3;
        } else if byte.is_ascii_alphanumeric() || b"-._~!$&'\"()*+,;=:@/? ^".contains(&byte) {
            index += 1;
        } else {
            return false;
        }
    }
    true
}

/// The URL form. What is no URL is none of ours; `base` makes relative paths of `path:` and
/// `git+file:` absolute.
pub(super) fn parse_url(
    text: &str,
    flake: bool,
    base: Option<&dyn Fn(&str) -> String>,
) -> Result<Option<(FlakeReference, String)>, ReferenceError> {
    let parsed = || -> Result<(FlakeReference, String), ReferenceError> {
        let mut url = Url::parse(text)?;
        if let Some(base) = base
            && matches!(url.scheme.as_str(), "path" | "git+file")
        {
            let path = url.file_path()?;
            if !path.starts_with('/') {
                url.path = path_segments(&base(&path));
            }
        }
        from_url(url, flake)
    };
    match parsed() {
        Ok(found) => Ok(Some(found)),
        Err(ReferenceError::BadUrl(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a reference of a URL: `?dir=` and the fragment are not the fetcher's.
pub(super) fn from_url(
    mut url: Url,
    flake: bool,
) -> Result<(FlakeReference, String), ReferenceError> {
    let directory = url.query.remove("dir").unwrap_or_default();
    let fragment = std::mem::take(&mut url.fragment);
    let input = Input::from_url(&url, flake)?;
    Ok((FlakeReference { input, directory }, fragment))
}

/// A path with its query and fragment.
pub(super) struct PathParts<'a> {
    pub(super) path: &'a str,
    pub(super) query: std::collections::BTreeMap<String, String>,
    pub(super) fragment: String,
}

impl<'a> PathParts<'a> {
    pub(super) fn of(text: &'a str) -> Result<PathParts<'a>, ReferenceError> {
        if text.contains('\n') {
            return Err(ReferenceError::Invalid(format!(
                "invalid flakeref '{text}'"
            )));
        }
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (path, query) = before.split_once('?').unwrap_or((before, ""));
        Ok(PathParts {
            path,
            query: decode_query(query)?,
            fragment: percent_decode(fragment)?,
        })
    }

    /// A URL with this query and fragment.
    pub(super) fn url(&self, url: Url) -> Url {
        Url {
            query: self.query.clone(),
            fragment: self.fragment.clone(),
            ..url
        }
    }
}
