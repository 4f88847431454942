//! What a difference between two generations says.

use hm_plan::diff::{PackageChange, compare_packages};

#[test]
fn packages_are_compared_by_name_and_version() {
    let changes = compare_packages(
        [
            "git-2.51.2",
            "hello-2.12",
            "hm-session-vars.sh",
            "gtk+-2.24.33",
        ],
        [
            "git-2.52.0",
            "hm-session-vars.sh",
            "gtk+-2.24.33",
            "jq-1.8.1",
        ],
    );
    let change = |name: &str, old: &[&str], new: &[&str]| PackageChange {
        name: name.to_owned(),
        old: old.iter().map(|version| (*version).to_owned()).collect(),
        new: new.iter().map(|version| (*version).to_owned()).collect(),
    };
    assert_eq!(
        changes,
        [
            change("git", &["2.51.2"], &["2.52.0"]),
            change("hello", &["2.12"], &[]),
            change("jq", &[], &["1.8.1"]),
        ]
    );
}
