//! URLs to inputs: each scheme takes its own apart.

use super::git_url::is_legal_reference_name;
use super::input::{Input, Scheme, check_forge, check_git};
use super::url::{BadUrl, Url, application_of, transport_of};
use super::{Attributes, ReferenceError, is_flake_id, is_revision};

/// The input of a URL, if it is one of this scheme. `tree` says whether a tree is wanted, or a file
/// will do.
pub(super) fn scheme_from_url(
    scheme: Scheme,
    url: &Url,
    tree: bool,
) -> Result<Option<Input>, ReferenceError> {
    match scheme {
        Scheme::Indirect if url.scheme == "flake" => indirect_from_url(url).map(Some),
        Scheme::Path if url.scheme == "path" => path_from_url(url).map(Some),
        Scheme::Git if url.scheme == "git" || application_of(&url.scheme) == Some("git") => {
            git_from_url(url).map(Some)
        }
        Scheme::Mercurial
            if ["hg+http", "hg+https", "hg+ssh", "hg+file"].contains(&url.scheme.as_str()) =>
        {
            mercurial_from_url(url).map(Some)
        }
        Scheme::GitHub | Scheme::GitLab | Scheme::SourceHut if url.scheme == scheme.name() => {
            forge_from_url(scheme, url).map(Some)
        }
        Scheme::File | Scheme::Tarball if is_download(scheme, url, tree) => {
            download_from_url(scheme, url).map(Some)
        }
        _ => Ok(None),
    }
}

fn indirect_from_url(url: &Url) -> Result<Input, ReferenceError> {
    let segments: Vec<&str> = url.segments().collect();
    let bad = |text: &str, what: &str| {
        Err(BadUrl(format!("in flake URL '{url}', '{text}' is not a {what}")).into())
    };
    let (id, branch, revision) = match segments[..] {
        [id] => (id, None, None),
        [id, text] if is_revision(text) => (id, None, Some(text)),
        [id, text] if is_legal_reference_name(text) => (id, Some(text), None),
        [_, text] => return bad(text, "commit hash or branch/tag name"),
        [_, branch, _] if !is_legal_reference_name(branch) => {
            return bad(branch, "branch/tag name");
        }
        [_, _, revision] if !is_revision(revision) => return bad(revision, "commit hash"),
        [id, branch, revision] => (id, Some(branch), Some(revision)),
        _ => return Err(BadUrl(format!("GitHub URL '{url}' is invalid")).into()),
    };
    if !is_flake_id(id) {
        return Err(BadUrl(format!("'{id}' is not a valid flake ID")).into());
    }
    let mut attributes = Attributes::from_iter([("type", "indirect"), ("id", id)]);
    if let Some(branch) = branch {
        attributes.set("ref", branch);
    }
    if let Some(revision) = revision {
        attributes.set("rev", revision.to_ascii_lowercase());
    }
    Ok(Input::of_scheme(Scheme::Indirect, attributes))
}

fn path_from_url(url: &Url) -> Result<Input, ReferenceError> {
    if let Some(authority) = url
        .authority
        .as_ref()
        .filter(|authority| !authority.host.is_empty())
    {
        return Err(ReferenceError::Invalid(format!(
            "path URL '{url}' should not have an authority ('{authority}')"
        )));
    }
    let mut attributes = Attributes::from_iter([("type", "path")]);
    attributes.set("path", url.file_path()?);
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" | "narHash" => attributes.set(name, value.as_str()),
            "revCount" | "lastModified" => match value.parse::<u64>() {
                Ok(number) => attributes.set(name, number),
                Err(_) => {
                    return Err(ReferenceError::Invalid(format!(
                        "path URL '{url}' has invalid parameter '{name}'"
                    )));
                }
            },
            _ => {
                return Err(ReferenceError::Invalid(format!(
                    "path URL '{url}' has unsupported parameter '{name}'"
                )));
            }
        }
    }
    Ok(Input::of_scheme(Scheme::Path, attributes))
}

fn git_from_url(url: &Url) -> Result<Input, ReferenceError> {
    let mut attributes = Attributes::from_iter([("type", "git")]);
    let mut plain = Url {
        query: Default::default(),
        ..url.clone()
    };
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" | "ref" | "keytype" | "publicKey" | "publicKeys" => {
                attributes.set(name, value.as_str());
            }
            "shallow" | "submodules" | "lfs" | "exportIgnore" | "allRefs" | "verifyCommit" => {
                attributes.set(name, value == "1");
            }
            _ => {
                plain.query.insert(name.clone(), value.clone());
            }
        }
    }
    attributes.set("url", plain.to_string());
    check_git(&mut attributes)?;
    Ok(Input::of_scheme(Scheme::Git, attributes))
}

fn mercurial_from_url(url: &Url) -> Result<Input, ReferenceError> {
    let mut attributes = Attributes::from_iter([("type", "hg")]);
    let mut plain = Url {
        scheme: transport_of(&url.scheme).to_owned(),
        query: Default::default(),
        ..url.clone()
    };
    for (name, value) in &url.query {
        if name == "rev" || name == "ref" {
            attributes.set(name, value.as_str());
        } else {
            plain.query.insert(name.clone(), value.clone());
        }
    }
    attributes.set("url", plain.to_string());
    Input::from_attributes(attributes)
}

fn forge_from_url(scheme: Scheme, url: &Url) -> Result<Input, ReferenceError> {
    let segments: Vec<&str> = url.segments().collect();
    let [owner, repository, rest @ ..] = &segments[..] else {
        return Err(BadUrl(format!("URL '{url}' is invalid")).into());
    };
    let mut attributes = Attributes::from_iter([
        ("type", scheme.name()),
        ("owner", owner),
        ("repo", repository),
    ]);
    match rest {
        [] => {}
        [revision] if is_revision(revision) => attributes.set("rev", *revision),
        branch => attributes.set("ref", branch.join("/")),
    }
    for (name, value) in &url.query {
        match name.as_str() {
            "rev" if attributes.contains("rev") => {
                return Err(BadUrl(format!("URL '{url}' contains multiple commit hashes")).into());
            }
            "ref" if attributes.contains("ref") => {
                return Err(
                    BadUrl(format!("URL '{url}' contains multiple branch/tag names")).into(),
                );
            }
            "rev" | "ref" | "host" | "narHash" => attributes.set(name, value.as_str()),
            // Nix up to 2.34 ignores these, and so must who reads references written for it.
            _ => {}
        }
    }
    check_forge(&attributes)?;
    Ok(Input::of_scheme(scheme, attributes))
}

fn is_download(scheme: Scheme, url: &Url, tree: bool) -> bool {
    if !["file", "http", "https"].contains(&transport_of(&url.scheme)) {
        return false;
    }
    match application_of(&url.scheme) {
        Some(application) => application == scheme.name(),
        None => (tree || is_archive_name(url)) == (scheme == Scheme::Tarball),
    }
}

fn is_archive_name(url: &Url) -> bool {
    const ENDINGS: [&str; 7] = [
        ".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
    ];
    url.path
        .last()
        .is_some_and(|name| ENDINGS.iter().any(|ending| name.ends_with(ending)))
}

fn download_from_url(scheme: Scheme, url: &Url) -> Result<Input, ReferenceError> {
    let mut attributes = Attributes::from_iter([("type", scheme.name())]);
    for name in ["narHash", "rev"] {
        if let Some(value) = url.query.get(name) {
            attributes.set(name, value.as_str());
        }
    }
    for name in ["revCount", "lastModified"] {
        if let Some(number) = url
            .query
            .get(name)
            .and_then(|value| value.parse::<u64>().ok())
        {
            attributes.set(name, number);
        }
    }
    let mut plain = Url {
        scheme: transport_of(&url.scheme).to_owned(),
        ..url.clone()
    };
    plain
        .query
        .retain(|name, _| !scheme.attributes().contains(&name.as_str()));
    attributes.set("url", plain.to_string());
    Ok(Input::of_scheme(scheme, attributes))
}
