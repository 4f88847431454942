//! Who may do what.

use std::collections::BTreeSet;

/// The users and groups of a machine, as in `/etc/passwd` and `/etc/group`.
#[derive(Debug, Clone, Default)]
pub struct Users {
    users: Vec<(u32, String)>,
    groups: Vec<(u32, String, BTreeSet<String>)>,
}

impl Users {
    /// Reads the texts of both files. Lines that are none are passed over.
    #[must_use]
    pub fn parse(passwd: &str, group: &str) -> Users {
        let fields = |line: &str| line.split(':').map(str::to_owned).collect::<Vec<_>>();
        let number = |text: Option<&String>| text.and_then(|text| text.parse::<u32>().ok());
        Users {
            users: passwd
                .lines()
                .map(fields)
                .filter_map(|fields| Some((number(fields.get(2))?, fields.first()?.clone())))
                .collect(),
            groups: group
                .lines()
                .map(fields)
                .filter_map(|fields| {
                    let members = fields.get(3).map(String::as_str).unwrap_or_default();
                    let members = members.split(',').map(str::to_owned).collect();
                    Some((number(fields.get(2))?, fields.first()?.clone(), members))
                })
                .collect(),
        }
    }

    /// The name of a user; the number, when there is none.
    #[must_use]
    pub fn user_name(&self, number: u32) -> String {
        let user = self.users.iter().find(|(id, _)| *id == number);
        user.map_or_else(|| number.to_string(), |(_, name)| name.clone())
    }

    fn group_name(&self, number: u32) -> String {
        let group = self.groups.iter().find(|(id, ..)| *id == number);
        group.map_or_else(|| number.to_string(), |(_, name, _)| name.clone())
    }

    fn is_member(&self, user: &str, group: &str) -> bool {
        self.groups
            .iter()
            .any(|(_, name, members)| name == group && members.contains(user))
    }
}

/// Whom a daemon serves: the settings `trusted-users` and `allowed-users`. A name is that of a user,
/// `@` and a name that of a group, `*` everybody.
#[derive(Debug, Clone)]
pub struct Access {
    /// Who may do everything.
    pub trusted: Vec<String>,
    /// Who may connect.
    pub allowed: Vec<String>,
}

impl Default for Access {
    /// Nix's own: everybody may connect, only root is trusted.
    fn default() -> Access {
        Access {
            trusted: vec!["root".to_owned()],
            allowed: vec!["*".to_owned()],
        }
    }
}

impl Access {
    /// Whether a user of this group is trusted; `None` when it may not even connect.
    #[must_use]
    pub fn of(&self, users: &Users, user: u32, group: u32) -> Option<bool> {
        let (user, group) = (users.user_name(user), users.group_name(group));
        let named = |names: &[String]| {
            names.iter().any(|name| match name.strip_prefix('@') {
                Some(wanted) => group == wanted || users.is_member(&user, wanted),
                None => name == "*" || *name == user,
            })
        };
        if named(&self.trusted) {
            return Some(true);
        }
        named(&self.allowed).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_known_by_their_names_and_groups() {
        let users = Users::parse(
            "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:100::/:",
            "root:x:0:\nwheel:x:10:ann\nusers:x:100:\nbroken",
        );
        let access = |trusted: &[&str], allowed: &[&str]| Access {
            trusted: trusted.iter().map(|name| (*name).to_owned()).collect(),
            allowed: allowed.iter().map(|name| (*name).to_owned()).collect(),
        };
        let usual = Access::default();
        assert_eq!(usual.of(&users, 0, 0), Some(true));
        assert_eq!(usual.of(&users, 1000, 1000), Some(false));
        assert_eq!(usual.of(&users, 4000, 4000), Some(false));
        let wheel = access(&["@wheel"], &["@users"]);
        assert_eq!(wheel.of(&users, 1000, 1000), Some(true));
        assert_eq!(wheel.of(&users, 1001, 100), Some(false));
        assert_eq!(wheel.of(&users, 4000, 4000), None);
        assert_eq!(access(&["4000"], &[]).of(&users, 4000, 1), Some(true));
        assert_eq!(access(&[], &[]).of(&users, 0, 0), None);
    }
}
