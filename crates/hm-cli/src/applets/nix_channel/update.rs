//! `nix-channel --update`: channels are fetched, unpacked and made a generation of their profile.

use std::path::Path;

use nix_flake::fetch::StoredFile;
use nix_store::profile::Profile;

use super::subscriptions::{Subscriptions, last_part};
use crate::applets::evaluate::{Failed, Session};
use crate::applets::options::Options;
use crate::applets::tool::Tool;
use crate::applets::{generations, nix_env};
use crate::report::Failure;

/// How archives end that a URL may name itself.
const ARCHIVES: &[&str] = &[".tar.gz", ".tar.bz2", ".tar.xz"];
/// What a channel has below its URL, what is preferred first.
const EXPRESSIONS: &[&str] = &["nixexprs.tar.xz", "nixexprs.tar.bz2"];

/// Fetches the channels of these names, or all without names; the others stay as they are.
pub fn update(
    tool: &Tool<'_>,
    options: &Options,
    profile: &Path,
    subscriptions: &Subscriptions,
    names: &[String],
) -> Result<(), Failed> {
    let session = Session::open(options, tool.environment, true)?;
    let mut expressions = Vec::new();
    for (name, url) in subscriptions.iter() {
        let is_wanted = names.is_empty() || names.iter().any(|wanted| wanted == name);
        expressions.push(match is_wanted {
            true => fetched(&session, name, url)?,
            false => kept(tool, profile, name, url)?,
        });
    }
    tool.say(&format!("unpacking {} channels...", expressions.len()));
    nix_env::install_only(&session, &Profile::new(profile), &expressions)?;
    let default = generations::default_expression(&tool.configuration, tool.environment);
    // It was a link to the one expression, once.
    if default.is_symlink() {
        std::fs::remove_file(&default).map_err(|error| Failure::io("delete", &default, &error))?;
    }
    generations::replace_link(profile, &default.join("channels"))
}

/// The derivation that unpacks a channel, as code.
fn fetched(session: &Session, name: &str, url: &str) -> Result<String, Failed> {
    let archive = archive(session, url)?;
    let path = session.engine.store().store_dir().print(&archive.path);
    // An output may depend on nothing else, so that all versions of Nix make the same.
    Ok(format!(
        "derivation {{ builder = \"builtin:unpack-channel\"; system = \"builtin\"; \
         name = \"{}\"; channelName = \"{name}\"; src = builtins.storePath \"{path}\"; \
         preferLocalBuild = true; }}",
        package_name(name, url)
    ))
}

/// A channel as the profile has it, as code.
fn kept(tool: &Tool<'_>, profile: &Path, name: &str, url: &str) -> Result<String, Failed> {
    let link = profile.join(name);
    let target =
        std::fs::read_link(&link).map_err(|error| Failure::io("read link", &link, &error))?;
    let object = tool.object(&target.to_string_lossy())?;
    Ok(format!(
        "rec {{ name = \"{}\"; type = \"derivation\"; outputs = [ \"out\" ]; \
         system = \"builtin\"; outPath = builtins.storePath \"{}\"; out = {{ inherit outPath; }}; }}",
        package_name(name, url),
        tool.print(&object)
    ))
}

/// The name of a channel with its version, when the URL ends in one.
fn package_name(name: &str, url: &str) -> String {
    let last = last_part(url);
    let version = last.match_indices('-').map(|(place, _)| &last[place..]);
    let mut version = version.filter(|text| text.as_bytes().get(1).is_some_and(u8::is_ascii_digit));
    format!("{name}{}", version.next().unwrap_or_default())
}

/// The archive of a channel: what the URL names, or what is below the place that it leads to. Where
/// it leads to may change at any time, so it is asked once.
fn archive(session: &Session, url: &str) -> Result<StoredFile, Failed> {
    let fetcher = &session.engine.flakes().fetcher;
    let fetch = |url: &str, name: &str| {
        let file = fetcher.download_file(url, name);
        file.map_err(|error| Failed {
            status: error.exit_status(),
            ..Failure::new(error.to_string()).into()
        })
    };
    let is_archive = ARCHIVES.iter().any(|ending| url.ends_with(ending));
    let is_directory = url
        .strip_prefix("file://")
        .is_some_and(|path| Path::new(path).is_dir());
    let mut place = url.to_owned();
    if !is_directory {
        let file = fetch(url, last_part(url))?;
        if is_archive {
            return Ok(file);
        }
        place = file.url;
    }
    let place = place.trim_end_matches('/');
    let mut result = Err(Failed::silent(1));
    for name in EXPRESSIONS {
        result = fetch(&format!("{place}/{name}"), name);
        if result.is_ok() {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_those_of_the_url() {
        let cases = [
            ("https://a.org/nixos-24.05", "nixpkgs-24.05"),
            ("https://a.org/nixos-unstable", "nixpkgs"),
            ("https://a.org/a-b-1-2", "nixpkgs-1-2"),
            ("file:///b-1/c", "nixpkgs"),
        ];
        for (url, name) in cases {
            assert_eq!(package_name("nixpkgs", url), name, "{url}");
        }
    }
}
