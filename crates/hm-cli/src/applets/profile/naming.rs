//! Names for what is installed, from what it was installed by.

use nix_flake::reference::url::{Url, percent_decode};

/// The name that a flake reference with its fragment suggests: its directory, the last name of its
/// fragment unless that is `default`, the name of the repository, the last part of its path.
pub fn name_of_url(text: &str) -> Option<String> {
    // Fragments with outputs (`^out`) would not be those of a URL.
    let (url, fragment) = text.split_once('#').unwrap_or((text, ""));
    let url = Url::parse(url).ok()?;
    if let Some(directory) = url.query.get("dir") {
        return Some(directory.clone());
    }
    let fragment = percent_decode(fragment).ok()?;
    if let Some(name) = last_attribute(&fragment) {
        return Some(name.to_owned());
    }
    if matches!(url.scheme.as_str(), "github" | "gitlab" | "sourcehut")
        && let [owner, repository, ..] = url.path.as_slice()
        && is_name(owner)
        && is_name(repository)
    {
        return Some(repository.clone());
    }
    let [_, .., last] = url.path.as_slice() else {
        return None;
    };
    is_name(last).then(|| last.clone())
}

/// The last name of an attribute path of plain names, unless it says nothing.
fn last_attribute(fragment: &str) -> Option<&str> {
    let path = fragment.split_once('^').map_or(fragment, |(path, _)| path);
    let mut names = path.split('.');
    let last = names.next_back()?;
    let rest: Vec<&str> = names.collect();
    let plain = is_name(last) && rest.iter().all(|name| is_name(name));
    (plain && last != "default" && rest != ["defaultPackage"]).then_some(last)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_the_most_telling_part_of_a_reference() {
        let cases = [
            ("github:owner/repository", Some("repository")),
            ("github:owner/repository/branch#", Some("repository")),
            (
                "sourcehut:owner/repository#packages.s.default",
                Some("repository"),
            ),
            ("gitlab:owner/repository#hello", Some("hello")),
            (
                "github:owner/repository?dir=sub&ref=main#hello",
                Some("sub"),
            ),
            ("git+https://example.org/a/tool?rev=1", Some("tool")),
            ("git+file:///home/user/project", Some("project")),
            (
                "path:/home/user/flake#legacyPackages.s.Hello",
                Some("Hello"),
            ),
            ("path:./flake#packages.s.tool^bin,man", Some("tool")),
            ("path:./flake#packages.s.default^*", Some("flake")),
            ("path:./flake#defaultPackage.s", Some("flake")),
            ("https://example.org/v1.2.tar.gz#packages.s.pv", Some("pv")),
            ("https://example.org/v1.2.tar.gz", None),
            ("https://example.org/", None),
            ("path:.", None),
            ("path:.#packages.s.default", None),
            ("nixpkgs", None),
        ];
        for (url, name) in cases {
            assert_eq!(name_of_url(url).as_deref(), name, "{url}");
        }
    }
}
