//! What a user is subscribed to: a file with a line `URL NAME` for each channel.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::report::Failure;

/// Schemes that the URL of a channel may have.
const SCHEMES: &[&str] = &["file://", "http://", "https://"];

/// URLs by the names of channels.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Subscriptions(BTreeMap<String, String>);

impl Subscriptions {
    /// Reads the file; where there is none, there are no channels.
    pub fn read(file: &Path) -> Result<Subscriptions, Failure> {
        match std::fs::read_to_string(file) {
            Ok(text) => Subscriptions::parse(&text).map_err(|(line, error)| {
                Failure::new(format!("{}:{line}: {}", file.display(), error.message))
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Subscriptions::default()),
            Err(error) => Err(Failure::io("read", file, &error)),
        }
    }

    /// An error is of a line, counted from 1.
    fn parse(text: &str) -> Result<Subscriptions, (usize, Failure)> {
        let mut subscriptions = Subscriptions::default();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            let mut words = line.split_whitespace();
            let Some(url) = words.next().filter(|_| !line.starts_with('#')) else {
                continue;
            };
            let url = url.trim_end_matches('/');
            let name = words.next().unwrap_or_else(|| last_part(url));
            subscriptions
                .add(url, name)
                .map_err(|error| (index + 1, error))?;
        }
        Ok(subscriptions)
    }

    /// Writes the file, all or nothing. One that is a link stays one.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let lines = self.iter().map(|(name, url)| format!("{url} {name}\n"));
        let text: String = lines.collect();
        let place = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let directory = place.parent().unwrap_or(Path::new("/"));
        let write = || {
            std::fs::create_dir_all(directory)?;
            let mut new = tempfile::NamedTempFile::new_in(directory)?;
            new.write_all(text.as_bytes())?;
            new.as_file()
                .set_permissions(Permissions::from_mode(0o644))?;
            new.persist(&place).map(drop).map_err(|error| error.error)
        };
        write().map_err(|error| Failure::io("write", file, &error))
    }

    /// The channels, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let channels = self.0.iter();
        channels.map(|(name, url)| (name.as_str(), url.as_str()))
    }

    /// Subscribes to a channel, in place of one of the same name.
    pub fn add(&mut self, url: &str, name: &str) -> Result<(), Failure> {
        // It is made a part of code.
        let is_plain = !url.contains(['"', '\\', '$']) && !url.contains(char::is_whitespace);
        if !is_plain || !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
            return Err(Failure::new(format!("invalid channel URL '{url}'")));
        }
        if !is_identifier(name) {
            return Err(Failure::new(format!("invalid channel identifier '{name}'")));
        }
        self.0.insert(name.to_owned(), url.to_owned());
        Ok(())
    }

    /// Takes a channel away, if it is there.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }
}

/// What a channel is called when nobody says otherwise: `nixos` for `…/nixos-unstable`.
pub fn name_of(url: &str) -> String {
    let name = last_part(url);
    let name = name.strip_suffix("-unstable").unwrap_or(name);
    name.strip_suffix("-stable").unwrap_or(name).to_owned()
}

/// What follows the last slash, but for those at the end.
pub fn last_part(url: &str) -> &str {
    let url = url.trim_end_matches('/');
    url.rsplit('/').next().unwrap_or(url)
}

fn is_identifier(name: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().next().is_some_and(is_word)
        && name
            .bytes()
            .all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_urls_with_names() {
        let text = "# mine\nhttps://a.org/nixos-unstable/ one\n\n  https://a.org/two\n";
        let parse = |text| Subscriptions::parse(text).map_err(|(line, _)| line);
        assert_eq!(parse("\nhttps://a.org/b c\"d\n"), Err(2));
        let subscriptions = parse(text).expect("lines");
        let channels: Vec<_> = subscriptions.iter().collect();
        let expected = [
            ("one", "https://a.org/nixos-unstable"),
            ("two", "https://a.org/two"),
        ];
        assert_eq!(channels, expected);
    }

    #[test]
    fn names_come_from_urls() {
        assert_eq!(name_of("https://a.org/nixos-unstable"), "nixos");
        assert_eq!(name_of("https://a.org/b-stable/"), "b");
        assert_eq!(name_of("https://a.org/nixos-24.05"), "nixos-24.05");
    }

    #[test]
    fn only_web_and_files_and_plain_names_are_taken() {
        let mut subscriptions = Subscriptions::default();
        for (url, name) in [
            ("ftp://a/b", "b"),
            ("/a/b", "b"),
            ("http://a/b", ""),
            ("http://a/b", "-b"),
            ("http://a/b", "b/c"),
            ("http://a/b", ".."),
            ("http://a/b-1\"+\"", "b"),
            ("http://a/${b}", "b"),
            ("http://a/b c", "b"),
        ] {
            assert!(subscriptions.add(url, name).is_err(), "{url} {name}");
        }
        assert!(subscriptions.add("http://a/b", "b_2.x-y").is_ok());
    }
}
