//! The differences between two generations.

use std::collections::BTreeMap;

use hm_plan::diff::{
    Change, InstalledPackage, PackageChange, compare_blocks, compare_packages, compare_variables,
    exported_variables,
};

/// Packages from `HASH-NAME-VERSION`.
fn packages(paths: &[&str]) -> Vec<InstalledPackage> {
    paths
        .iter()
        .map(|path| InstalledPackage {
            full_name: path.split_once('-').expect("a hash").1.to_owned(),
            path: (*path).to_owned(),
        })
        .collect()
}

fn package(name: &str, change: Change, old: &[&str], new: &[&str]) -> PackageChange {
    PackageChange {
        name: name.to_owned(),
        change,
        old: old.iter().map(|version| (*version).to_owned()).collect(),
        new: new.iter().map(|version| (*version).to_owned()).collect(),
    }
}

#[test]
fn packages_are_compared_by_name_version_and_contents() {
    let changes = compare_packages(
        &packages(&[
            "1-git-2.51.2",
            "1-hello-2.12",
            "1-greet",
            "1-same",
            "1-script",
            "1-rebuilt-1.0",
            "1-gtk+-2.24.33",
        ]),
        &packages(&[
            "1-git-2.52.0",
            "1-same",
            "1-new-script",
            "2-script",
            "2-rebuilt-1.0",
            "1-gtk+-2.24.33",
            "1-jq-1.8.1",
        ]),
    );
    assert_eq!(
        changes,
        [
            package("git", Change::Changed, &["2.51.2"], &["2.52.0"]),
            package("greet", Change::Removed, &[], &[]),
            package("hello", Change::Removed, &["2.12"], &[]),
            package("jq", Change::Added, &[], &["1.8.1"]),
            package("new-script", Change::Added, &[], &[]),
            package("rebuilt", Change::Changed, &["1.0"], &["1.0"]),
            package("script", Change::Changed, &[], &[]),
        ]
    );
}

#[test]
fn variables_are_read_from_the_script() {
    let script = "# Only source this once.\n\
                  if [ -n \"${__HM_SESS_VARS_SOURCED-}\" ]; then return; fi\n\
                  export __HM_SESS_VARS_SOURCED=1\n\n\
                  export EDITOR=\"vi -c \\\"set x\\\"\"\n\
                  export LINES=\"one\n  two=2\"\n\
                  export PATH=\"$HOME/bin${PATH:+:}$PATH\"\n";
    let variables = exported_variables(script);
    let wanted = [
        ("EDITOR", "vi -c \\\"set x\\\""),
        ("LINES", "one\n  two=2"),
        ("PATH", "$HOME/bin${PATH:+:}$PATH"),
    ];
    let wanted: BTreeMap<String, String> = wanted
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    assert_eq!(variables, wanted);
    let mut other = wanted;
    other.remove("LINES");
    other.insert("EDITOR".to_owned(), "emacs".to_owned());
    let changes: Vec<(String, Change)> = compare_variables(&variables, &other)
        .into_iter()
        .map(|change| (change.name, change.change))
        .collect();
    assert_eq!(
        changes,
        [
            ("EDITOR".to_owned(), Change::Changed),
            ("LINES".to_owned(), Change::Removed)
        ]
    );
}

#[test]
fn blocks_are_compared_wherever_they_stand_in_the_script() {
    let old = "start\nhmAnnounceBlock \"writeBoundary\"\nold path\n\
               hmAnnounceBlock \"mine\"\nhmTellBlock mine\necho 1\n\n\
               if [[ ! -v hmDriverRead ]]; then\nend\n";
    let new = "start\nhmAnnounceBlock \"writeBoundary\"\nnew path\n\
               hmAnnounceBlock \"mine\"\nhmTellBlock mine\necho 1\n\
               hmAnnounceBlock \"more\"\nhmTellBlock more\n\
               if [[ ! -v hmDriverRead ]]; then\nend\n";
    let changes: Vec<(String, Change)> = compare_blocks(old, new)
        .into_iter()
        .map(|change| (change.name, change.change))
        .collect();
    assert_eq!(changes, [("more".to_owned(), Change::Added)]);
    let other = new.replace("echo 1", "echo 2");
    assert_eq!(compare_blocks(new, &other).len(), 1);
}
