//! Files of names and passwords for hosts, as `ftp` and `curl` have them in `~/.netrc`.

/// A name and a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Names and passwords by host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Netrc {
    machines: Vec<(String, Login)>,
    default: Option<Login>,
}

impl Netrc {
    /// Reads a file: `machine HOST login NAME password WORD` and `default …`, with words between
    /// white space, quoted or not, `#` up to the end of the line, and definitions of macros up to
    /// an empty line. What is not understood is passed over.
    #[must_use]
    pub fn parse(text: &str) -> Netrc {
        let mut netrc = Netrc::default();
        let mut words = Words { rest: text };
        let mut open: Option<Entry> = None;
        while let Some(word) = words.next() {
            match word.as_str() {
                "machine" => {
                    netrc.close(open.take());
                    open = words.next().map(|host| Entry::of(Some(host)));
                }
                "default" => {
                    netrc.close(open.take());
                    open = Some(Entry::of(None));
                }
                "login" => {
                    let value = words.next().unwrap_or_default();
                    if let Some(entry) = &mut open {
                        entry.login.user = value;
                    }
                }
                "password" => {
                    let value = words.next().unwrap_or_default();
                    if let Some(entry) = &mut open {
                        entry.login.password = value;
                    }
                }
                "account" => {
                    words.next();
                }
                "macdef" => words.skip_macro(),
                _ => {}
            }
        }
        netrc.close(open);
        netrc
    }

    /// The name and password for a host (without its port).
    #[must_use]
    pub fn find(&self, host: &str) -> Option<&Login> {
        self.machines
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(host))
            .map(|(_, login)| login)
            .or(self.default.as_ref())
    }

    fn close(&mut self, entry: Option<Entry>) {
        match entry {
            None => {}
            Some(Entry { host: None, login }) => self.default = self.default.take().or(Some(login)),
            Some(Entry {
                host: Some(host),
                login,
            }) => self.machines.push((host, login)),
        }
    }
}

struct Entry {
    host: Option<String>,
    login: Login,
}

impl Entry {
    fn of(host: Option<String>) -> Entry {
        Entry {
            host,
            login: Login {
                user: String::new(),
                password: String::new(),
            },
        }
    }
}

struct Words<'a> {
    rest: &'a str,
}

impl Words<'_> {
    fn next(&mut self) -> Option<String> {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                break;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
        let mut characters = self.rest.char_indices();
        let (_, first) = characters.next()?;
        if first != '"' {
            let end = self.rest.find(char::is_whitespace);
            let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
            self.rest = rest;
            return Some(word.to_owned());
        }
        let mut word = String::new();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[index + 1..];
                    return Some(word);
                }
                '\\' => match characters.next() {
                    Some((_, 'n')) => word.push('\n'),
                    Some((_, 't')) => word.push('\t'),
                    Some((_, 'r')) => word.push('\r'),
                    Some((_, other)) => word.push(other),
                    None => {}
                },
                other => word.push(other),
            }
        }
        self.rest = "";
        Some(word)
    }

    fn skip_macro(&mut self) {
        self.rest = self.rest.split_once("\n\n").map_or("", |(_, rest)| rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn login(user: &str, password: &str) -> Login {
        Login {
            user: user.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn hosts_have_their_logins() {
        let netrc = Netrc::parse(
            "# mine\nmachine cache.example.org login me password s3cret\n\
             machine other.example.org\n\tpassword \"with \\\"quotes\\\" and spaces\"\n\tlogin you\n\
             macdef init\ncd /pub\nmachine hidden login no password no\n\n\
             machine third account x login a password b\n\
             default login anonymous password guest",
        );
        assert_eq!(
            netrc.find("cache.example.org"),
            Some(&login("me", "s3cret"))
        );
        assert_eq!(
            netrc.find("OTHER.example.org"),
            Some(&login("you", "with \"quotes\" and spaces"))
        );
        assert_eq!(netrc.find("third"), Some(&login("a", "b")));
        assert_eq!(netrc.find("hidden"), Some(&login("anonymous", "guest")));
        assert_eq!(Netrc::parse("machine a login b").find("c"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "([ \\n\"\\\\#]|machine|login|password|macdef|\\PC)*") {
            let _ = Netrc::parse(&text);
        }
    }
}
