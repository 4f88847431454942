//! Users that builders are run as, so that they own nothing but what they make. Only root can have
//! them: each is a member of the group that the setting `build-users-group` names, and locked by a
//! file while a build uses it, as by Nix.

use std::fs::{self, File};
use std::os::unix::fs::{chown, lchown};
use std::path::Path;
use std::time::Duration;

use rustix::fs::FlockOperation;

use super::orders::UserOrders;
use super::{BuildError, BuildOptions};
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::locks;

/// How long to wait before it is looked again for a user without work.
const RETRY: Duration = Duration::from_millis(100);

/// A user that nobody else builds with.
#[derive(Debug)]
pub(super) struct BuildUser {
    orders: UserOrders,
    _lock: File,
}

impl BuildUser {
    /// A free user of the group that is configured, for which it is waited; none when there is no
    /// such group or this process is not root's.
    pub(super) fn acquire(
        store: &LocalStore,
        options: &BuildOptions,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Option<BuildUser>, BuildError> {
        let Some(group) = options
            .build_users_group
            .as_deref()
            .filter(|name| !name.is_empty() && rustix::process::geteuid().is_root())
        else {
            return Ok(None);
        };
        let users = members(group)?;
        let pool = store.layout().state_dir.join("userpool");
        fs::create_dir_all(&pool).during("create directory", &pool)?;
        loop {
            for user in &users {
                let path = pool.join(user.user.to_string());
                let lock = locks::open_lock_file(&path)?;
                if locks::try_lock(&lock, &path, FlockOperation::NonBlockingLockExclusive)? {
                    return Ok(Some(BuildUser {
                        orders: user.clone(),
                        _lock: lock,
                    }));
                }
            }
            if stopped() {
                return Err(BuildError::Interrupted);
            }
            std::thread::sleep(RETRY);
        }
    }

    pub(super) fn orders(&self) -> UserOrders {
        self.orders.clone()
    }

    pub(super) fn id(&self) -> u32 {
        self.orders.user
    }

    /// Makes the user and the group the owners of a file or directory.
    pub(super) fn give(&self, path: &Path) -> Result<(), StoreError> {
        lchown(path, Some(self.orders.user), Some(self.orders.group)).during("give away", path)
    }

    /// Makes the group the owner beside the user who is.
    pub(super) fn give_group(&self, path: &Path) -> Result<(), StoreError> {
        chown(path, None, Some(self.orders.group)).during("give away", path)
    }
}

/// The users that are listed as members of the group.
fn members(group: &str) -> Result<Vec<UserOrders>, BuildError> {
    let read = |path: &str| fs::read_to_string(path).during("read", Path::new(path));
    let users = members_in(group, &read("/etc/group")?, &read("/etc/passwd")?);
    match users {
        None => Err(BuildError::Other(format!(
            "the group '{group}' specified in 'build-users-group' does not exist"
        ))),
        Some(users) if users.is_empty() => Err(BuildError::Other(format!(
            "the build users group '{group}' has no members"
        ))),
        Some(users) => Ok(users),
    }
}

/// From the texts of the files in which a system has its groups and users. `None`: there is no such
/// group.
fn members_in(group: &str, groups: &str, users: &str) -> Option<Vec<UserOrders>> {
    let fields = |line: &str| -> Vec<String> { line.split(':').map(str::to_owned).collect() };
    let groups: Vec<Vec<String>> = groups.lines().map(fields).collect();
    let number =
        |fields: &[String], index: usize| -> Option<u32> { fields.get(index)?.parse().ok() };
    let lists = |fields: &[String], name: &str| {
        let members = fields.get(3).map(String::as_str).unwrap_or_default();
        members.split(',').any(|member| member == name)
    };
    let wanted = groups
        .iter()
        .find(|fields| fields.first().is_some_and(|name| name == group))?;
    let id = number(wanted, 2)?;
    let members = users.lines().map(fields).filter_map(|fields| {
        let name = fields.first()?;
        let user = number(&fields, 2)?;
        // Builders of root would own the store.
        (lists(wanted, name) && user != 0).then(|| UserOrders {
            user,
            group: id,
            groups: groups
                .iter()
                .filter(|other| lists(other, name))
                .filter_map(|other| number(other, 2))
                .collect(),
        })
    });
    Some(members.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_those_that_the_group_lists() {
        let groups = "root:x:0:\nkvm:x:104:a,b\nnixbld:x:30000:a,b,root,gone\nempty:x:5:\n";
        let users =
            "root:x:0:0::/:/sh\na:x:30001:30000::/:/no\nb:x:30002:30000::/:/no\nc:x:7:7::/:\n";
        let user = |user| UserOrders {
            user,
            group: 30000,
            groups: vec![104, 30000],
        };
        assert_eq!(
            members_in("nixbld", groups, users),
            Some(vec![user(30001), user(30002)])
        );
        assert_eq!(members_in("empty", groups, users), Some(vec![]));
        assert_eq!(members_in("none", groups, users), None);
    }
}
