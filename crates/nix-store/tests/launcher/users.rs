//! Builders that root runs as other users: members of a group, and numbers that no account has.

use std::path::Path;
use std::time::Duration;

use nix_store::build::{BuildOptions, SandboxMode};

use super::{BUILD_USER, GROUP, Test, options, sandboxed};

/// The first number that is allocated when nothing else is set.
const FIRST_ALLOCATED: u32 = 872_415_232;

pub(super) fn run(test: &Test) {
    builders_are_members_of_the_group(test);
    builders_are_numbers_that_nobody_has(test);
    the_sandbox_is_not_the_builders(test);
    what_a_build_leaves_running_is_killed(test);
    directories_that_everybody_may_write_are_refused(test);
    builders_have_no_groups_but_their_own(test);
}

fn with_group(mut options: BuildOptions) -> BuildOptions {
    options.build_users_group = Some(GROUP.to_owned());
    options.sandbox.fallback = false;
    options
}

fn allocated(mut options: BuildOptions) -> BuildOptions {
    options.allocated_users.always = true;
    options.sandbox.fallback = false;
    options
}

fn built(test: &Test, name: &str, script: &str, options: &BuildOptions) -> String {
    let out = test
        .build(&test.add(test.derivation(name, script)), options)
        .unwrap_or_else(|errors| panic!("{errors}"));
    std::fs::read_to_string(test.store.layout().real_path(&out)).expect("a file")
}

const WHO: &str =
    "read -r inside outside _ < /proc/self/uid_map; echo $(id -u) $inside $outside > $out";

fn builders_are_members_of_the_group(test: &Test) {
    let options = with_group(options());
    assert_eq!(
        built(test, "plain", WHO, &options),
        format!("{BUILD_USER} 0 0\n")
    );
    assert_eq!(
        built(test, "sandboxed", WHO, &with_group(sandboxed())),
        format!("1000 1000 {BUILD_USER}\n")
    );
}

fn builders_are_numbers_that_nobody_has(test: &Test) {
    // Another store of this machine may have the first ones at the moment.
    let is_allocated = |text: &str| {
        let number: u32 = text.trim().parse().expect("a number");
        number >= FIRST_ALLOCATED && number % 65536 == FIRST_ALLOCATED % 65536
    };
    let found = built(test, "sandboxed-number", WHO, &allocated(sandboxed()));
    let number = found.strip_prefix("1000 1000 ").expect("a sandbox");
    assert!(is_allocated(number), "{found}");
    let found = built(test, "plain-number", WHO, &allocated(options()));
    let number = found.trim().strip_suffix(" 0 0").expect("no sandbox");
    assert!(is_allocated(number), "{found}");
    // The usual group, where nobody is in it.
    let mut nobody = sandboxed();
    nobody.build_users_group = Some("nixbld".to_owned());
    let group = std::fs::read_to_string("/etc/group").expect("a file");
    if !group.lines().any(|line| line.starts_with("nixbld:")) {
        let found = built(test, "nobody-in-it", WHO, &nobody);
        let number = found.strip_prefix("1000 1000 ").expect("a sandbox");
        assert!(is_allocated(number), "{found}");
    }
}

fn the_sandbox_is_not_the_builders(test: &Test) {
    let script = r#"
        exec 3> $out
        for path in / /etc /etc/passwd /etc/hosts; do
            if test -w $path || test -O $path; then echo $path >&3; fi
        done
        if mkdir /new 2> /dev/null; then echo made >&3; fi
        if chmod 777 /etc 2> /dev/null; then echo changed >&3; fi
        grep CapEff /proc/self/status >&3
        echo > /tmp/file; echo > /build/file; mkdir $NIX_STORE/other; rmdir $NIX_STORE/other
    "#;
    for (name, options) in [
        ("owned", with_group(sandboxed())),
        ("owned-number", allocated(sandboxed())),
    ] {
        assert_eq!(
            built(test, name, script, &options),
            "CapEff:\t0000000000000000\n"
        );
    }
}

fn what_a_build_leaves_running_is_killed(test: &Test) {
    let mark = test.directory.join("mark");
    std::fs::create_dir(&mark).expect("a directory");
    set_mode(&mark, 0o1777);
    let script = format!(
        "(setsid sh -c 'sleep 0.5; echo > {}/$$' < /dev/null > /dev/null 2>&1 &); echo > $out",
        mark.display()
    );
    for (name, options) in [
        ("left-by-member", with_group(options())),
        ("left-by-number", allocated(options())),
    ] {
        built(test, name, &script, &options);
    }
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(std::fs::read_dir(&mark).expect("a directory").count(), 0);
}

fn directories_that_everybody_may_write_are_refused(test: &Test) {
    let open = test.directory.join("open");
    std::fs::create_dir(&open).expect("a directory");
    let path = test.add(test.derivation("in-the-open", "pwd > $out"));
    for mode in [0o777, 0o1777] {
        set_mode(&open, mode);
        let mut options = with_group(options());
        options.build_dir = Some(open.clone());
        let text = test.build(&path, &options).expect_err("refused");
        assert!(text.to_string().contains("world-writable"), "{text}");
    }
}

fn builders_have_no_groups_but_their_own(test: &Test) {
    let script = "grep Groups: /proc/self/status | tr -s '\t ' ' ' > $out";
    let mut sandboxed = allocated(sandboxed());
    sandboxed.sandbox.mode = SandboxMode::Enabled;
    assert_eq!(built(test, "groups", script, &sandboxed), "Groups: \n");
}

fn set_mode(path: &Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).expect("changed");
}
