//! What Git accepts as names of branches and as URLs.

use super::url::{Authority, BadUrl, Url, path_segments, transport_of};

/// Whether Git could have a branch or tag of this name.
#[must_use]
pub fn is_legal_reference_name(name: &str) -> bool {
    if name.is_empty() || name == "@" || name.starts_with('-') {
        return false;
    }
    if name.ends_with(['.', '/']) || name.contains("..") || name.contains("@{") {
        return false;
    }
    let illegal = |byte: u8| {
        byte <= b' ' || matches!(byte, b'~' | b'^' | b':' | b'\\' | b'?' | b'[' | b'*' | 0x7f)
    };
    name.split('/').all(|segment| {
        !segment.is_empty()
            && !segment.starts_with('.')
            && !segment.ends_with(".lock")
            && !segment.bytes().any(illegal)
    })
}

/// Makes a URL of what Git accepts as one: paths, `user@host:path`, URLs, these with `git+`.
///
/// # Errors
/// When it is none of these.
pub fn fix_git_url(text: &str) -> Result<Url, BadUrl> {
    if text.starts_with('/') {
        return Ok(Url {
            scheme: "file".to_owned(),
            authority: Some(Authority::default()),
            path: path_segments(text),
            ..Url::default()
        });
    }
    if let Some((user, host, path)) = secure_copy_parts(text) {
        return plain(Url::parse(&format!("ssh://{user}@{host}/{path}"))?);
    }
    let is_file = text.starts_with("file:") || text.starts_with("git+file:");
    if !is_file && !text.contains("://") {
        let segments: Vec<String> = text.split('/').map(str::to_owned).collect();
        if segments[0].contains(':') {
            return Err(BadUrl(format!(
                "SCP-like URL '{text}' is not supported; use SSH URL syntax instead (ssh://...)"
            )));
        }
        return Ok(Url {
            scheme: "file".to_owned(),
            path: segments,
            ..Url::default()
        });
    }
    plain(Url::parse(text)?)
}

/// Without `git+`.
fn plain(mut url: Url) -> Result<Url, BadUrl> {
    if url.scheme.starts_with("git+") {
        url.scheme = transport_of(&url.scheme).to_owned();
    }
    Ok(url)
}

/// The parts of `user@host:path`, the form that `scp` takes.
fn secure_copy_parts(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find('/').unwrap_or(text.len());
    let at = text[..at].rfind('@')?;
    let (host, path) = text[at + 1..].rsplit_once(':')?;
    Some((&text[..at], host, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_branches() {
        for name in [
            "master",
            "v1.0",
            "feature/x",
            "a@b",
            "HEAD",
            "refs/heads/x",
            "a.b",
            "ä",
        ] {
            assert!(is_legal_reference_name(name), "{name}");
        }
        for name in [
            "", "@", "-x", "a..b", "a//b", "a/", ".a", "a/.b", "a.lock", "a b", "a~1", "a@{1}",
            "x.",
        ] {
            assert!(!is_legal_reference_name(name), "{name}");
        }
    }
}
