//! The machines.

/// How a machine comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The machine that this runs on, changed by a script.
    Here,
    /// A root directory with busybox and nothing else.
    Busybox,
    /// A root directory with the program and nothing else.
    Bare,
}

/// What a machine is like, and what is expected on it.
pub(super) struct Machine<'a> {
    pub name: &'a str,
    /// Which machines of people it imitates.
    pub stands_for: &'a str,
    pub kernel: &'a str,
    /// What the program has to do without there.
    pub lacking: &'a str,
    pub kind: Kind,
    /// Commands of a shell, run by root in a mount namespace of its own, where `W` is a directory,
    /// `H` the home in it and `R` the root directory of the machine.
    pub setup: &'a str,
    /// Rules for `refuse`.
    pub refused: &'a str,
    /// Assignments above the usual variables.
    pub variables: &'a str,
    pub expected: Expected,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Works,
    /// The first command ends with this text in its message, and the home is as it was.
    Says(&'static str),
}

/// As Docker's default profile, as far as it matters here: no namespaces, no mounts, few personalities,
/// `clone3` unknown.
const DOCKER: &str = "38:435 1:272 1:165 1:166 1:308 1:155 1:442 1:428 1:429 1:430 1:170 1:171 \
    1:250 1:248 1:321 1:304 1:303 1:425 1:426 1:427 \
    1:135:0!0,8,131072,131080,4294967295 1:56:0&2114060288";
/// What Linux got after 4.18.
const AFTER_4_18: &str = "38:334 38:424 38:425 38:426 38:427 38:428 38:429 38:430 38:431 38:432 \
    38:433 38:434 38:435 38:436 38:437 38:438 38:439 38:440 38:441 38:442 38:443 38:444 38:445 \
    38:446 38:447 38:448 38:449 38:450 38:451 38:452 38:453 38:454 38:455 38:456 38:457 38:458 \
    38:459 38:460 38:461 38:462 38:463 38:464 38:465 38:466";

const PLAIN: Machine<'static> = Machine {
    name: "plain",
    stands_for: "a Debian with an ordinary user",
    kernel: "as it is",
    lacking: "-",
    kind: Kind::Here,
    setup: "",
    refused: "",
    variables: "",
    expected: Expected::Works,
};

pub(super) const MACHINES: &[Machine<'static>] = &[
    PLAIN,
    Machine {
        name: "docker",
        stands_for: "Docker, Podman, most CI",
        kernel: "default seccomp profile",
        lacking: "no sandbox",
        refused: DOCKER,
        ..PLAIN
    },
    Machine {
        name: "linux-4.18",
        stands_for: "RHEL 8 and its relatives, NAS systems",
        kernel: "4.18",
        refused: AFTER_4_18,
        ..PLAIN
    },
    Machine {
        name: "old-libseccomp",
        stands_for: "containers whose filter forbids what it does not know",
        kernel: "EPERM for calls after 4.18",
        refused: "1:424 1:434 1:435 1:436 1:437 1:439 1:441 1:442 1:444 1:445 1:446 1:452",
        ..PLAIN
    },
    Machine {
        name: "hardened-debian",
        stands_for: "kernel.unprivileged_userns_clone = 0",
        kernel: "no user namespaces",
        lacking: "no sandbox",
        refused: "1:272 1:56:0&268435456",
        ..PLAIN
    },
    Machine {
        name: "ubuntu-24.04",
        stands_for: "AppArmor that allows user namespaces and then refuses rights in them",
        kernel: "mounts and names refused",
        lacking: "no sandbox",
        refused: "13:165 13:166 1:170 1:171 13:155 13:442",
        ..PLAIN
    },
    Machine {
        name: "no-mounts",
        stands_for: "containers that allow namespaces and refuse mounts",
        kernel: "mount refused",
        lacking: "no sandbox",
        refused: "1:165 1:442 1:428 1:429 1:155",
        ..PLAIN
    },
    Machine {
        name: "no-seccomp",
        stands_for: "kernels and emulators without filters of system calls",
        kernel: "seccomp and landlock refused",
        lacking: "builders are not filtered",
        refused: "22:157:0=22 38:317 38:444 38:446",
        ..PLAIN
    },
    Machine {
        name: "no-locks",
        stands_for: "homes on NFS without locks and hard links",
        kernel: "flock and record locks refused",
        lacking: "two commands must not run at the same time",
        refused: "37:73 37:72:1=5,6,7 1:86 1:265",
        ..PLAIN
    },
    Machine {
        name: "no-flock",
        stands_for: "kernels and file systems without flock",
        kernel: "flock unknown",
        refused: "38:73",
        ..PLAIN
    },
    Machine {
        name: "no-fsync",
        stands_for: "file systems that cannot write to a disk",
        kernel: "fsync, fdatasync, syncfs invalid",
        lacking: "a crash may lose what was written last",
        refused: "22:74 22:75 22:306",
        ..PLAIN
    },
    Machine {
        name: "no-xattrs",
        stands_for: "file systems and filters without extended attributes",
        kernel: "xattr calls refused",
        refused: "1:188 1:189 1:190 1:191 1:192 1:193 1:194 1:195 1:196 1:197 1:198 1:199",
        ..PLAIN
    },
    Machine {
        name: "no-limits",
        stands_for: "containers that refuse to change limits and priorities",
        kernel: "prlimit, setrlimit refused",
        refused: "1:160 1:302:2!0 1:157:0=1",
        ..PLAIN
    },
    Machine {
        name: "few-files",
        stands_for: "users with few open files",
        kernel: "RLIMIT_NOFILE 64",
        setup: "ulimit -n 64",
        ..PLAIN
    },
    Machine {
        name: "few-processes",
        stands_for: "containers with a limit of processes",
        kernel: "RLIMIT_NPROC 12",
        setup: "AS='prlimit --nproc=12'",
        ..PLAIN
    },
    Machine {
        name: "home-is-a-link",
        stands_for: "Fedora Silverblue, CoreOS, Bazzite, many servers",
        setup: "mv $W/home $W/real; ln -s real $W/home",
        kernel: "as it is",
        ..PLAIN
    },
    Machine {
        name: "home-below-a-link",
        stands_for: "likewise, /home links to /var/home",
        setup: "mkdir $W/var; mv $W/home $W/var/home; ln -s var $W/usr; H=$W/usr/home",
        ..PLAIN
    },
    Machine {
        name: "home-on-tmpfs",
        stands_for: "live systems",
        setup: "mount -t tmpfs -o mode=777 t $W/home",
        ..PLAIN
    },
    Machine {
        name: "noexec-home",
        stands_for: "hardened machines",
        setup: "mount -t tmpfs -o noexec,mode=777 t $W/home",
        lacking: "programs of the home are not executed",
        ..PLAIN
    },
    Machine {
        name: "noexec-home-with-block",
        stands_for: "likewise, with an activation block of the user's",
        setup: "mount -t tmpfs -o noexec,mode=777 t $W/home; BLOCK=1",
        lacking: "programs of the home are not executed",
        ..PLAIN
    },
    Machine {
        name: "full-home",
        stands_for: "homes with a quota",
        setup: "mount -t tmpfs -o size=300k,mode=777 t $W/home",
        lacking: "room",
        expected: Expected::Says("free some space"),
        ..PLAIN
    },
    Machine {
        name: "no-proc",
        stands_for: "chroots, containers without /proc",
        setup: "umount -l /proc 2>/dev/null; mount -t tmpfs t /proc",
        lacking: "no sandbox",
        ..PLAIN
    },
    Machine {
        name: "own-file-unknown",
        stands_for: "emulated processors, where the program cannot start itself",
        setup: "umount -l /proc 2>/dev/null; mount -t tmpfs t /proc; AS='bash -c \"exec -a nobody-knows \\\"\\$@\\\"\" x'",
        lacking: "no sandbox",
        ..PLAIN
    },
    Machine {
        name: "read-only-tmp",
        stands_for: "locked-down containers",
        setup: "for d in /tmp /var/tmp /dev/shm; do mount -t tmpfs -o ro t $d; done",
        ..PLAIN
    },
    Machine {
        name: "no-devices",
        stands_for: "chroots without /dev",
        setup: "mount -t tmpfs t /dev",
        lacking: "no sandbox",
        ..PLAIN
    },
    Machine {
        name: "no-user-in-passwd",
        stands_for: "docker --user, LDAP, systemd-homed",
        setup: "mount --bind /dev/null /etc/passwd",
        ..PLAIN
    },
    Machine {
        name: "user-unknown",
        stands_for: "docker --user without variables",
        setup: "mount --bind /dev/null /etc/passwd",
        variables: "USER= LOGNAME=",
        lacking: "USER has to be set",
        expected: Expected::Says("the name of the user is not known"),
        ..PLAIN
    },
    Machine {
        name: "home-with-slash",
        stands_for: "HOME=/home/me/",
        variables: "HOME=$H/",
        ..PLAIN
    },
    Machine {
        name: "home-relative",
        stands_for: "HOME=me",
        variables: "HOME=home",
        lacking: "HOME has to be absolute",
        expected: Expected::Says("not an absolute path"),
        ..PLAIN
    },
    Machine {
        name: "home-missing",
        stands_for: "users whose home was not made",
        variables: "HOME=$W/absent",
        lacking: "the home has to be made",
        expected: Expected::Says("does not exist"),
        ..PLAIN
    },
    Machine {
        name: "empty-path",
        stands_for: "services, cron",
        variables: "PATH=",
        ..PLAIN
    },
    Machine {
        name: "busybox",
        stands_for: "Alpine, OpenWrt, rescue systems",
        kind: Kind::Busybox,
        lacking: "no sandbox in a chroot",
        ..PLAIN
    },
    Machine {
        name: "busybox-with-block",
        stands_for: "likewise, with an activation block that wants bash",
        kind: Kind::Busybox,
        setup: "BLOCK=1",
        lacking: "bash has to be installed for such blocks",
        expected: Expected::Says("run by bash, which this machine does not have"),
        ..PLAIN
    },
    Machine {
        name: "busybox-as-root",
        stands_for: "containers of Alpine, whose user is root",
        kind: Kind::Busybox,
        setup: "ID=0",
        refused: DOCKER,
        lacking: "no sandbox",
        ..PLAIN
    },
    Machine {
        name: "bare",
        stands_for: "a root directory with the program and /proc, nothing else",
        kind: Kind::Bare,
        lacking: "no sandbox in a chroot",
        ..PLAIN
    },
    Machine {
        name: "bare-without-proc",
        stands_for: "a root directory with the program alone",
        kind: Kind::Bare,
        setup: "umount $R/proc",
        lacking: "no sandbox",
        ..PLAIN
    },
];
