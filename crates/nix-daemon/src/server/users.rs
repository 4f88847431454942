//! Who may do what.

use std::cell::LazyCell;

use nix_store::accounts::Accounts;

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
    pub fn of(&self, accounts: &Accounts, user: u32, group: u32) -> Option<bool> {
        let user = accounts.user_name(user);
        // Most often only the names of users are listed.
        let group = LazyCell::new(|| accounts.group_name(group));
        let named = |names: &[String]| {
            names.iter().any(|name| match name.strip_prefix('@') {
                Some(wanted) => *group == wanted || accounts.is_member(&user, wanted),
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
        let users = Accounts::parse(
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
