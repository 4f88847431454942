use std::collections::BTreeMap;
use std::path::PathBuf;

use super::*;

struct Packages {
    directory: tempfile::TempDir,
}

impl Packages {
    fn new(files: &[&str]) -> Packages {
        let directory = tempfile::tempdir().expect("a directory");
        for file in files {
            let path = directory.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
            fs::write(path, file).expect("a file");
        }
        Packages { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory
            .path()
            .canonicalize()
            .expect("a path")
            .join(name)
    }

    /// Builds the packages of these names and priorities.
    fn build(&self, packages: &[(&str, i64)]) -> Result<Vec<String>> {
        let words: Vec<String> = packages
            .iter()
            .map(|(name, priority)| format!("true {priority} 1 {}", self.path(name).display()))
            .collect();
        self.build_words(&words.join(" "))
    }

    fn build_words(&self, words: &str) -> Result<Vec<String>> {
        let variables = BTreeMap::from([
            (b"derivations".to_vec(), words.as_bytes().to_vec()),
            (b"manifest".to_vec(), b"/manifest".to_vec()),
        ]);
        let mut warnings = Vec::new();
        let job = BuiltinJob {
            variables,
            outputs: BTreeMap::from([("out".to_owned(), self.path("out"))]),
            ..BuiltinJob::default()
        };
        link(&job, &mut |warning| warnings.push(warning.to_owned()))?;
        Ok(warnings)
    }

    /// What is in the result: links with their targets, relative to the packages, and directories.
    fn tree(&self) -> Vec<String> {
        fn walk(directory: &Path, out: &Path, root: &Path, lines: &mut Vec<String>) {
            let mut entries: Vec<PathBuf> = fs::read_dir(directory)
                .expect("a directory")
                .map(|entry| entry.expect("an entry").path())
                .collect();
            entries.sort();
            for entry in entries {
                let shown = entry
                    .strip_prefix(out)
                    .expect("below")
                    .display()
                    .to_string();
                match fs::read_link(&entry) {
                    Ok(target) => {
                        let target = target.strip_prefix(root).unwrap_or(&target).to_owned();
                        lines.push(format!("{shown} -> {}", target.display()));
                    }
                    Err(_) => {
                        lines.push(format!("{shown}/"));
                        walk(&entry, out, root, lines);
                    }
                }
            }
        }
        let mut lines = Vec::new();
        let out = self.path("out");
        walk(&out, &out, &self.path(""), &mut lines);
        lines
    }
}

#[test]
fn what_only_one_package_has_is_one_link() {
    let packages = Packages::new(&["a/bin/x", "a/share/doc/a", "b/lib/y"]);
    packages.build(&[("a", 5), ("b", 5)]).expect("built");
    assert_eq!(
        packages.tree(),
        [
            "bin -> a/bin",
            "lib -> b/lib",
            "manifest.nix -> /manifest",
            "share -> a/share"
        ]
    );
}

#[test]
fn directories_of_several_packages_are_merged() {
    let packages = Packages::new(&[
        "a/share/man/1",
        "a/share/x/y",
        "b/share/man/2",
        "c/share/man/3",
    ]);
    packages
        .build(&[("a", 5), ("b", 5), ("c", 5)])
        .expect("built");
    assert_eq!(
        packages.tree(),
        [
            "manifest.nix -> /manifest",
            "share/",
            "share/man/",
            "share/man/1 -> a/share/man/1",
            "share/man/2 -> b/share/man/2",
            "share/man/3 -> c/share/man/3",
            "share/x -> a/share/x",
        ]
    );
}

#[test]
fn a_lower_number_wins_and_equal_ones_collide() {
    let packages = Packages::new(&["a/bin/x", "b/bin/x", "b/bin/y"]);
    let error = packages
        .build(&[("a", 5), ("b", 5)])
        .expect_err("a collision");
    for file in ["a/bin/x", "b/bin/x"] {
        assert!(
            error.contains(&packages.path(file).display().to_string()),
            "{error}"
        );
    }
    for (a, b, winner) in [(4, 5, "a"), (5, 4, "b")] {
        let packages = Packages::new(&["a/bin/x", "b/bin/x", "b/bin/y"]);
        packages.build(&[("a", a), ("b", b)]).expect("built");
        assert!(
            packages
                .tree()
                .contains(&format!("bin/x -> {winner}/bin/x"))
        );
    }
}

#[test]
fn what_says_something_of_one_package_only_is_left_out() {
    let packages = Packages::new(&[
        "a/nix-support/setup-hook",
        "a/propagated-build-inputs",
        "a/lib/perllocal.pod",
        "a/share/info/dir",
        "a/share/info/a.info",
        "a/log",
        "a/manifest.json",
        "a/.hidden",
        "b/lib/y",
        "b/share/info/dir",
        "b/share/info/b.info",
    ]);
    packages.build(&[("a", 5), ("b", 5)]).expect("built");
    assert_eq!(
        packages.tree(),
        [
            "lib/",
            "lib/y -> b/lib/y",
            "manifest.nix -> /manifest",
            "share/",
            "share/info/",
            "share/info/a.info -> a/share/info/a.info",
            "share/info/b.info -> b/share/info/b.info",
        ]
    );
}

#[test]
fn propagated_packages_come_last() {
    let packages = Packages::new(&["a/bin/x", "p/bin/x", "p/bin/p", "q/bin/q"]);
    fs::create_dir_all(packages.path("a/nix-support")).expect("a directory");
    fs::create_dir_all(packages.path("p/nix-support")).expect("a directory");
    let propagate = |from: &str, to: &str| {
        let file = packages
            .path(from)
            .join("nix-support/propagated-user-env-packages");
        fs::write(file, format!("{}\n", packages.path(to).display())).expect("a file");
    };
    propagate("a", "p");
    propagate("p", "q");
    packages.build(&[("a", 5)]).expect("built");
    let tree = packages.tree();
    for link in ["bin/x -> a/bin/x", "bin/p -> p/bin/p", "bin/q -> q/bin/q"] {
        assert!(tree.contains(&link.to_owned()), "{tree:?}");
    }
}

#[test]
fn what_is_no_directory_or_dangles_is_passed_over() {
    let packages = Packages::new(&["a/bin/x", "file"]);
    symlink("nowhere", packages.path("a/bin/dangling")).expect("a link");
    let warnings = packages.build(&[("a", 5), ("file", 5)]).expect("built");
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("because it's not a directory"));
    let packages = Packages::new(&["a/bin/x", "b/bin/y"]);
    symlink("nowhere", packages.path("b/bin/dangling")).expect("a link");
    let warnings = packages.build(&[("a", 5), ("b", 5)]).expect("built");
    assert!(
        warnings[0].contains("skipping dangling symlink"),
        "{warnings:?}"
    );
}

#[test]
fn a_file_does_not_hide_a_directory() {
    let packages = Packages::new(&["a/x", "b/x/y"]);
    assert!(
        packages
            .build(&[("a", 5), ("b", 6)])
            .expect_err("a collision")
            .contains("collision")
    );
    let packages = Packages::new(&["a/x/y", "b/x/z", "c/x"]);
    let error = packages
        .build(&[("a", 5), ("b", 5), ("c", 6)])
        .expect_err("a collision");
    assert!(error.contains("collision"), "{error}");
}

#[test]
fn inactive_packages_and_malformed_lists() {
    let packages = Packages::new(&["a/bin/x"]);
    let path = packages.path("a").display().to_string();
    packages
        .build_words(&format!("false 5 1 {path}"))
        .expect("built");
    assert_eq!(packages.tree(), ["manifest.nix -> /manifest"]);
    for bad in ["true", "true x 1 /a", "true 5", "true 5 2 /a"] {
        assert!(Packages::new(&[]).build_words(bad).is_err(), "{bad}");
    }
}
