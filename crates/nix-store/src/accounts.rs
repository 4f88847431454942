//! The users and groups of this machine.
//!
//! Those in `/etc/passwd` and `/etc/group` are read. For others, as those of a directory service,
//! the system's own look-up is asked by its program `getent`: a program without shared libraries
//! cannot load the modules that know them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

/// Where systems have the program.
const GETENT: &[&str] = &[
    "/usr/bin/getent",
    "/bin/getent",
    "/run/current-system/sw/bin/getent",
];

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: u32,
    /// The names of the users that it lists.
    pub members: Vec<String>,
}

/// Users and groups, as they are when they are asked for.
#[derive(Debug, Clone)]
pub struct Accounts {
    users: Vec<(String, u32)>,
    groups: BTreeMap<String, Group>,
    /// Whether others than these are asked for.
    asks: bool,
    program: OnceCell<Option<&'static str>>,
}

impl Accounts {
    /// Reads the files, and asks the system for accounts that are not there.
    #[must_use]
    pub fn read() -> Accounts {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        Accounts {
            asks: true,
            ..Accounts::parse(&read("/etc/passwd"), &read("/etc/group"))
        }
    }

    /// Reads the texts of both files, and knows no others. Malformed lines are ignored.
    #[must_use]
    pub fn parse(passwd: &str, group: &str) -> Accounts {
        let mut groups = BTreeMap::new();
        for (name, group) in group.lines().filter_map(parse_group) {
            groups.entry(name).or_insert(group);
        }
        Accounts {
            users: passwd.lines().filter_map(parse_user).collect(),
            groups,
            asks: false,
            program: OnceCell::new(),
        }
    }

    /// Returns the number of a user.
    #[must_use]
    pub fn user(&self, name: &str) -> Option<u32> {
        let mut users = self.users.iter();
        let known = users.find(|(user, _)| user == name).map(|(_, id)| *id);
        known.or_else(|| Some(parse_user(&self.ask("passwd", name)?)?.1))
    }

    /// Returns the name of a user; its number, if it has none.
    #[must_use]
    pub fn user_name(&self, id: u32) -> String {
        let mut users = self.users.iter();
        let known = users
            .find(|(_, user)| *user == id)
            .map(|(name, _)| name.clone());
        known
            .or_else(|| Some(parse_user(&self.ask("passwd", &id.to_string())?)?.0))
            .unwrap_or_else(|| id.to_string())
    }

    /// Returns a group by its name. A group that the system spreads over several sources has the
    /// members of all of them.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<Group> {
        let known = self.groups.get(name).cloned();
        if known
            .as_ref()
            .is_some_and(|group| !group.members.is_empty())
        {
            return known;
        }
        let asked = self.ask("group", name).and_then(|line| parse_group(&line));
        asked.map(|(_, group)| group).or(known)
    }

    /// Returns the name of a group; its number, if it has none.
    #[must_use]
    pub fn group_name(&self, id: u32) -> String {
        let mut groups = self.groups.iter();
        let known = groups
            .find(|(_, group)| group.id == id)
            .map(|(name, _)| name.clone());
        known
            .or_else(|| Some(parse_group(&self.ask("group", &id.to_string())?)?.0))
            .unwrap_or_else(|| id.to_string())
    }

    /// Returns whether a group lists a user.
    #[must_use]
    pub fn is_member(&self, user: &str, group: &str) -> bool {
        let lists = |group: Group| group.members.iter().any(|member| member == user);
        let known = self.groups.get(group).cloned();
        known.is_some_and(lists)
            || self
                .ask("group", group)
                .and_then(|line| parse_group(&line))
                .is_some_and(|(_, group)| lists(group))
    }

    /// Returns the numbers of the groups in the file that list a user.
    #[must_use]
    pub fn groups_of(&self, user: &str) -> Vec<u32> {
        let mut groups: Vec<u32> = self
            .groups
            .values()
            .filter(|group| group.members.iter().any(|member| member == user))
            .map(|group| group.id)
            .collect();
        groups.sort_unstable();
        groups
    }

    /// Returns whether a user or group in the files has this number.
    #[must_use]
    pub fn knows(&self, id: u32) -> bool {
        self.users.iter().any(|(_, user)| *user == id)
            || self.groups.values().any(|group| group.id == id)
    }

    /// Asks the system for a line of one of its tables.
    fn ask(&self, table: &str, key: &str) -> Option<String> {
        if !self.asks || key.starts_with('-') {
            return None;
        }
        let find = || {
            let mut paths = GETENT.iter().copied();
            paths.find(|path| fs::metadata(path).is_ok())
        };
        let program = (*self.program.get_or_init(find))?;
        let output = Command::new(program)
            .args([table, key])
            .env_clear()
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        text.lines().next().map(str::to_owned)
    }
}

fn parse_user(line: &str) -> Option<(String, u32)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    Some((name, fields.nth(1)?.parse().ok()?))
}

fn parse_group(line: &str) -> Option<(String, Group)> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let id = fields.nth(1)?.parse().ok()?;
    let members = fields.next().unwrap_or_default().split(',');
    let members = members.filter(|member| !member.is_empty());
    Some((
        name,
        Group {
            id,
            members: members.map(str::to_owned).collect(),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read() {
        let accounts = Accounts::parse(
            "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbroken",
            "root:x:0:\nwheel:x:10:ann,bob\nbroken:x",
        );
        assert_eq!(accounts.user("ann"), Some(1000));
        assert_eq!(accounts.user("nobody"), None);
        assert_eq!(accounts.user_name(0), "root");
        assert_eq!(accounts.user_name(7), "7");
        assert_eq!(accounts.group_name(10), "wheel");
        assert!(accounts.is_member("bob", "wheel") && !accounts.is_member("bob", "root"));
        assert_eq!(accounts.groups_of("ann"), [10]);
        assert!(accounts.knows(1000) && accounts.knows(10) && !accounts.knows(11));
    }

    #[test]
    fn the_system_is_asked_for_others() {
        // Every system has this one, and no test can have another one that is not in the files.
        let mut accounts = Accounts::read();
        accounts.users.clear();
        accounts.groups.clear();
        if GETENT.iter().any(|path| fs::metadata(path).is_ok()) {
            assert_eq!(accounts.user("root"), Some(0));
            assert_eq!(accounts.user_name(0), "root");
            assert_eq!(accounts.group_name(0), "root");
        }
        assert_eq!(accounts.user("-s"), None);
        assert_eq!(accounts.user("no such user of ours"), None);
    }
}
