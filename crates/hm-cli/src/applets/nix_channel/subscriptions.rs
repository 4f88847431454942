//! What a user is subscribed to: a file with a line `URL NAME` for each channel.

use std::collections::BTreeMap;
use std::io::ErrorKind;
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
            Ok(text) => Ok(Subscriptions::parse(&text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Subscriptions::default()),
            Err(error) => Err(Failure::io("read", file, &error)),
        }
    }

    fn parse(text: &str) -> Subscriptions {
        let lines = text.lines().map(str::trim);
        let channels = lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                let url = words.next()?.trim_end_matches('/');
                let name = words.next().unwrap_or_else(|| last_part(url));
                Some((name.to_owned(), url.to_owned()))
            });
        Subscriptions(channels.collect())
    }

    /// Writes the file. One that is a link stays one.
    pub fn write(&self, file: &Path) -> Result<(), Failure> {
        let lines = self.iter().map(|(name, url)| format!("{url} {name}\n"));
        let text: String = lines.collect();
        let directory = file.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(directory)
            .and_then(|()| std::fs::write(file, text))
            .map_err(|error| Failure::io("write", file, &error))
    }

    /// The channels, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let channels = self.0.iter();
        channels.map(|(name, url)| (name.as_str(), url.as_str()))
    }

    /// Subscribes to a channel, in place of one of the same name.
    pub fn add(&mut self, url: &str, name: &str) -> Result<(), Failure> {
        if !SCHEMES.iter().any(|scheme| url.starts_with(scheme)) {
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
        let subscriptions = Subscriptions::parse(text);
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
        ] {
            assert!(subscriptions.add(url, name).is_err(), "{url} {name}");
        }
        assert!(subscriptions.add("http://a/b", "b_2.x-y").is_ok());
    }
}
