//! Users that builders are run as, so that they own nothing but what they make. Only root can have
//! them: each is a member of the group that the setting `build-users-group` names. Where that group
//! has no members, or `auto-allocate-uids` is on, they are numbers that no account has. Each is
//! locked by a file while a build uses it, as by Nix.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;

use super::child::{self, Ended};
use super::orders::{Instead, Orders, UserOrders};
use super::{BuildError, BuildOptions, FailureReason};
use crate::accounts::Accounts;
use crate::error::{During, StoreError};
use crate::local::LocalStore;
use crate::{locks, modes};

/// How long to wait before it is looked again for a user without work.
const RETRY: Duration = Duration::from_millis(100);
/// The group of build users that every installer of Nix makes.
pub(super) const USUAL_GROUP: &str = "nixbld";
/// How many numbers each allocated user has for itself.
const PER_BUILD: u32 = 1 << 16;
/// How many users are allocated where this process has few numbers, as in a container.
const FEW: u32 = 128;

/// Numbers of users that no account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllocatedUsers {
    /// Whether they are preferred to the members of a group: the setting `auto-allocate-uids`.
    pub always: bool,
    /// The first number: the setting `start-id`.
    pub first: u32,
    /// How many there are: the setting `id-count`.
    pub count: u32,
}

impl Default for AllocatedUsers {
    fn default() -> AllocatedUsers {
        AllocatedUsers {
            always: false,
            first: 872_415_232,
            count: 8_388_608,
        }
    }
}

/// A user that nobody else builds with.
#[derive(Debug)]
pub(super) struct BuildUser {
    orders: UserOrders,
    /// The group of builders that write to the store itself.
    store_group: u32,
    _locks: Vec<File>,
}

/// A user, the file that locks it, and the group of builders outside of a sandbox.
struct Candidate {
    orders: UserOrders,
    lock: PathBuf,
    store_group: u32,
}

impl Candidate {
    /// Locks the user for the store, as Nix does, and for this machine: a build in another store
    /// would have the same users, and end the processes of this one. `None` if it has work.
    fn lock(&self) -> Result<Option<Vec<File>>, StoreError> {
        const MACHINE: &str = "/run/home-manager/userpool";
        let mut paths = vec![self.lock.clone()];
        // Where there is no such directory, stores know nothing of each other.
        if modes::create_dir_all(Path::new(MACHINE)).is_ok() {
            paths.push(Path::new(MACHINE).join(self.orders.user.to_string()));
        }
        let mut held = Vec::new();
        for path in paths {
            let file = locks::open_lock_file(&path)?;
            if !locks::try_lock(&file, &path, FlockOperation::NonBlockingLockExclusive)? {
                return Ok(None);
            }
            held.push(file);
        }
        Ok(Some(held))
    }
}

impl BuildUser {
    /// Returns a free user, for which it is waited; `None` if this process is not root's, or root
    /// wants to build as itself. No process of the user is left.
    pub(super) fn acquire(
        store: &LocalStore,
        options: &BuildOptions,
        stopped: &dyn Fn() -> bool,
    ) -> Result<Option<BuildUser>, BuildError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let candidates = candidates(store, options)?;
        if candidates.is_empty() {
            return Ok(None);
        }
        loop {
            for candidate in &candidates {
                if let Some(locks) = candidate.lock()? {
                    let user = BuildUser {
                        orders: candidate.orders.clone(),
                        store_group: candidate.store_group,
                        _locks: locks,
                    };
                    user.end_processes(options)?;
                    return Ok(Some(user));
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

    /// Has the user make outputs in the store itself, as there is no sandbox: it has the group of
    /// the store's directory, which may add to that.
    pub(super) fn enter_store(&mut self, store: &LocalStore) -> Result<(), BuildError> {
        let directory = &store.layout().real_store_dir;
        self.check_way_to(directory)?;
        let metadata = fs::symlink_metadata(directory).during("examine", directory)?;
        let lets_group = metadata.mode() & 0o1020 == 0o1020 && metadata.gid() != 0;
        if lets_group && self.orders.group != metadata.gid() && self.is_allocated() {
            self.orders.group = metadata.gid();
        } else if !lets_group || metadata.gid() != self.store_group {
            self.orders.group = self.store_group;
            chown(directory, None, Some(self.store_group)).during("give away", directory)?;
            fs::set_permissions(directory, Permissions::from_mode(0o1775))
                .during("change", directory)?;
        }
        Ok(())
    }

    /// Makes sure that the user can enter the directories above one.
    fn check_way_to(&self, directory: &Path) -> Result<(), BuildError> {
        for path in directory.ancestors().skip(1) {
            let metadata = fs::symlink_metadata(path).during("examine", path)?;
            if metadata.mode() & 0o001 == 0 && metadata.uid() != self.orders.user {
                return Err(BuildError::Other(format!(
                    "without a sandbox, builders run as user {} and cannot enter '{}', where the \
                     store is; run 'chmod o+x {}', or set 'build-users-group =' to build as root",
                    self.orders.user,
                    path.display(),
                    path.display()
                )));
            }
        }
        Ok(())
    }

    fn is_allocated(&self) -> bool {
        self.orders.user == self.orders.group
    }

    /// Ends all processes of the user: one that an earlier build left could change what the next
    /// one makes.
    pub(super) fn end_processes(&self, options: &BuildOptions) -> Result<(), BuildError> {
        let orders = Orders {
            parent: std::process::id(),
            user: Some(self.orders()),
            instead: Instead::EndProcesses,
            ..Orders::default()
        };
        let ended = child::run(&orders, None, options, &|| false, &|_| {}, &mut |_| None)?;
        match ended {
            Ended::Well => Ok(()),
            Ended::Refused(reason)
            | Ended::Unlaunchable(reason)
            | Ended::Badly(FailureReason::Error(reason)) => Err(BuildError::Other(format!(
                "cannot build as user {}: {reason}",
                self.orders.user
            ))),
            Ended::Badly(reason) => Err(BuildError::Other(format!(
                "cannot end the processes of user {}: {reason}",
                self.orders.user
            ))),
        }
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

/// Returns the users that builds may have; none if root builds as itself.
fn candidates(store: &LocalStore, options: &BuildOptions) -> Result<Vec<Candidate>, BuildError> {
    let accounts = Accounts::read();
    if !options.allocated_users.always {
        let Some(group) = &options.build_users_group else {
            return Ok(Vec::new());
        };
        let users = members(&accounts, group)?;
        if !users.is_empty() {
            let pool = make_pool(store, "userpool")?;
            let candidate = |orders: UserOrders| Candidate {
                lock: pool.join(orders.user.to_string()),
                store_group: orders.group,
                orders,
            };
            return Ok(users.into_iter().map(candidate).collect());
        }
    }
    let numbers = options.allocated_users.free(&accounts, &Mapped::own());
    let Some((store_group, numbers)) = numbers.split_last() else {
        return Ok(Vec::new());
    };
    let pool = make_pool(store, "userpool2")?;
    let candidates = numbers.iter().enumerate().map(|(slot, number)| Candidate {
        orders: UserOrders {
            user: *number,
            group: *number,
            groups: Vec::new(),
        },
        lock: pool.join(format!("slot-{slot}")),
        store_group: *store_group,
    });
    Ok(candidates.collect())
}

fn make_pool(store: &LocalStore, name: &str) -> Result<PathBuf, StoreError> {
    let pool = store.layout().state_dir.join(name);
    modes::create_dir_all(&pool).during("create directory", &pool)?;
    Ok(pool)
}

/// Returns the users that are listed as members of the group. That the usual group is missing or
/// empty is no mistake: there are machines without.
fn members(accounts: &Accounts, group: &str) -> Result<Vec<UserOrders>, BuildError> {
    match members_in(accounts, group) {
        None if group != USUAL_GROUP => Err(BuildError::Other(format!(
            "the group '{group}' specified in 'build-users-group' does not exist"
        ))),
        Some(users) if users.is_empty() && group != USUAL_GROUP => Err(BuildError::Other(format!(
            "the build users group '{group}' has no members"
        ))),
        users => Ok(users.unwrap_or_default()),
    }
}

fn members_in(accounts: &Accounts, group: &str) -> Option<Vec<UserOrders>> {
    let wanted = accounts.group(group)?;
    let members = wanted.members.iter().filter_map(|name| {
        let user = accounts.user(name)?;
        // Builders of root would own the store.
        (user != 0).then(|| UserOrders {
            user,
            group: wanted.id,
            groups: accounts.groups_of(name),
        })
    });
    Some(members.collect())
}

impl AllocatedUsers {
    /// Returns numbers that no account has and that this process may use; the last one is for a
    /// group. None if it has no others than its own.
    fn free(self, accounts: &Accounts, mapped: &Mapped) -> Vec<u32> {
        let is_free = |id: &u32| mapped.has(*id) && !accounts.knows(*id);
        let last = self.first.saturating_add(self.count).saturating_sub(1);
        let starts = (self.first..=last).step_by(PER_BUILD as usize);
        let mut numbers: Vec<u32> = starts.filter(is_free).collect();
        if !numbers.is_empty() && is_free(&last) {
            numbers.push(last);
            return numbers;
        }
        // In a container there are most often 65536 numbers; its accounts have low ones.
        let Some(highest) = mapped.highest() else {
            return Vec::new();
        };
        let lowest = highest.saturating_sub(FEW).max(1000);
        // The last of 65536 is "nobody" or next to it.
        (lowest..highest.saturating_sub(1))
            .filter(is_free)
            .collect()
    }
}

/// The numbers of users and groups that the user namespace of this process has.
struct Mapped {
    users: Vec<(u32, u32)>,
    groups: Vec<(u32, u32)>,
}

impl Mapped {
    fn own() -> Mapped {
        let read = |name: &str| {
            let text = fs::read_to_string(format!("/proc/self/{name}"));
            // Without user namespaces there are all numbers.
            ranges(&text.unwrap_or_else(|_| "0 0 4294967295".to_owned()))
        };
        Mapped {
            users: read("uid_map"),
            groups: read("gid_map"),
        }
    }

    fn has(&self, id: u32) -> bool {
        let within = |ranges: &[(u32, u32)]| {
            let mut ranges = ranges.iter();
            ranges.any(|(start, length)| id >= *start && id - start < *length)
        };
        within(&self.users) && within(&self.groups)
    }

    fn highest(&self) -> Option<u32> {
        let ends = self
            .users
            .iter()
            .map(|(start, length)| start.saturating_add(*length));
        ends.max()?.checked_sub(1)
    }
}

fn ranges(map: &str) -> Vec<(u32, u32)> {
    let range = |line: &str| {
        let numbers: Vec<u32> = line
            .split_ascii_whitespace()
            .map_while(|word| word.parse().ok())
            .collect();
        match numbers[..] {
            [inside, _, length] => Some((inside, length)),
            _ => None,
        }
    };
    map.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "root:x:0:\nkvm:x:104:a,b\nnixbld:x:30000:a,b,root,gone\nempty:x:5:\n";
    const USERS: &str =
        "root:x:0:0::/:/sh\na:x:30001:30000::/:/no\nb:x:30002:30000::/:/no\nc:x:7:7::/:\n";

    #[test]
    fn members_are_those_that_the_group_lists() {
        let user = |user| UserOrders {
            user,
            group: 30000,
            groups: vec![104, 30000],
        };
        let accounts = Accounts::parse(USERS, GROUPS);
        assert_eq!(
            members_in(&accounts, "nixbld"),
            Some(vec![user(30001), user(30002)])
        );
        assert_eq!(members_in(&accounts, "empty"), Some(vec![]));
        assert_eq!(members_in(&accounts, "none"), None);
        assert!(members(&accounts, "empty").is_err() && members(&accounts, "none").is_err());
        let none = Accounts::parse("", "");
        assert_eq!(members(&none, USUAL_GROUP).expect("no mistake"), []);
    }

    #[test]
    fn allocated_users_are_numbers_that_nobody_has() {
        let numbers = |accounts: &Accounts, map: &str| {
            let mapped = Mapped {
                users: ranges(map),
                groups: ranges(map),
            };
            AllocatedUsers::default().free(accounts, &mapped)
        };
        let nobody = Accounts::parse("", "");
        let all = numbers(&nobody, "         0          0 4294967295\n");
        assert_eq!(all.len(), 129);
        assert_eq!(all[..2], [872_415_232, 872_480_768]);
        // One that an account has is left out.
        let taken = Accounts::parse("x:x:872415232:1::/:/sh\n", "");
        assert_eq!(numbers(&taken, "0 0 4294967295")[0], 872_480_768);
        // In a container without these numbers, others; with its own only, none.
        let few = numbers(&nobody, "0 1000 1\n1 100000 65536\n");
        assert!(few.len() > 100 && few.iter().all(|id| (1000..65535).contains(id)));
        assert!(numbers(&nobody, "0 1000 1\n").is_empty());
    }
}
