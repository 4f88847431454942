use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::steps::{Step, parse};
use super::*;

/// A directory for inputs and an output, and what was warned of.
struct Case {
    directory: tempfile::TempDir,
    warnings: Vec<String>,
}

impl Case {
    fn new() -> Case {
        Case {
            directory: tempfile::tempdir().expect("a directory"),
            warnings: Vec::new(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    }

    /// Does steps in which `IN` stands for the directory.
    fn build(&mut self, steps: &str) -> Result<()> {
        let steps = steps.replace("IN", &self.directory.path().display().to_string());
        let variables = BTreeMap::from([
            (b"steps".to_vec(), steps.into_bytes()),
            (b"text".to_vec(), b"a text".to_vec()),
        ]);
        let out = self.path("out");
        make(&variables, &out, &mut |warning| {
            self.warnings.push(warning.to_owned());
        })
    }

    fn link(&self, name: &str) -> String {
        let mut path = self.path("out");
        if !name.is_empty() {
            path.push(name);
        }
        let text = fs::read_link(&path).unwrap_or_else(|_| panic!("{name} is no link"));
        let text = text.display().to_string();
        text.replace(&self.directory.path().display().to_string(), "IN")
    }
}

#[test]
fn steps_are_read_as_a_shell_reads_words() {
    let words = |step: &Step| {
        let mut words = step.words();
        let words: Vec<String> = words
            .rest()
            .iter()
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect();
        words
    };
    let text = "a  'b c' ''\n\n\td'e'\\''f\ng#$'\n";
    let steps: Vec<Vec<String>> = parse(text.as_bytes())
        .expect("steps")
        .iter()
        .map(words)
        .collect();
    assert_eq!(
        steps,
        [vec!["a", "b c", ""], vec!["de'f\ng#$"]]
            .map(|step| step.into_iter().map(str::to_owned).collect::<Vec<_>>())
    );
    for nonsense in ["a 'b", "a $b", "a; b", "a \\"] {
        assert!(parse(nonsense.as_bytes()).is_err(), "{nonsense}");
    }
}

proptest! {
    #[test]
    fn any_word_can_be_quoted(word in proptest::collection::vec(any::<u8>(), 0..20)) {
        let mut text = b"a '".to_vec();
        for byte in &word {
            match byte {
                b'\'' => text.extend_from_slice(b"'\\''"),
                byte => text.push(*byte),
            }
        }
        text.push(b'\'');
        let steps = parse(&text).expect("steps");
        let mut words = steps[0].words();
        prop_assert_eq!(words.next().expect("a word"), b"a");
        prop_assert_eq!(words.next().expect("a word"), word);
    }
}

#[test]
fn an_output_is_a_file_a_link_or_a_tree() {
    let mut case = Case::new();
    case.build("write text '' executable").expect("a file");
    let mode = case
        .path("out")
        .metadata()
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o755);
    assert_eq!(fs::read(case.path("out")).expect("a file"), b"a text");

    let mut case = Case::new();
    case.build("symlink /nowhere ''").expect("a link");
    assert_eq!(case.link(""), "/nowhere");

    let mut case = Case::new();
    case.build("directory a/b\nwrite text a/b/c\nsymlink 'x y' a/l")
        .expect("a tree");
    assert_eq!(case.link("a/l"), "x y");
    assert!(case.build("dance").is_err());
    assert!(case.build("symlink a b c").is_err());
    assert!(case.build("write absent d").is_err());
}

#[test]
fn a_directory_of_links_is_taken_apart() {
    let mut case = Case::new();
    case.file("x/tree/a/b", "B");
    case.file("x/tree/.hidden", "H");
    symlink("b", case.path("x/tree/a/near")).expect("a link");
    symlink("../../elsewhere", case.path("x/tree/a/far")).expect("a link");
    symlink("a", case.path("x/tree/again")).expect("a link");
    case.file("x/elsewhere", "E");
    case.file("first", "F");
    case.build(
        "directory ''\noverlap ignore\n\
         place IN/first a/b inherit false false\n\
         place IN/x/tree '.' inherit true false\n",
    )
    .expect("files");
    assert_eq!(case.link("a/b"), "IN/first");
    assert_eq!(case.link(".hidden"), "IN/x/tree/.hidden");
    assert_eq!(case.link("a/near"), "b");
    // It would lead nowhere from here.
    assert_eq!(case.link("a/far"), "IN/x/tree/a/far");
    assert!(
        case.path("out/again")
            .symlink_metadata()
            .expect("there")
            .is_dir()
    );

    let mut case = Case::new();
    case.file("tree/a/b", "B");
    symlink("a", case.path("tree/again")).expect("a link");
    case.build("directory ''\nplace IN/tree t inherit true true")
        .expect("files");
    assert_eq!(case.link("t/again"), "IN/tree/again");
}

#[test]
fn what_takes_the_place_of_a_file_decides() {
    for (overlap, link) in [("ignore", "IN/tree/f"), ("override", "IN/other")] {
        let mut case = Case::new();
        case.file("tree/f", "F");
        case.file("other", "O");
        let steps = format!(
            "directory ''\noverlap {overlap}\nplace IN/tree t inherit true false\n\
             place IN/other t/f inherit false false"
        );
        case.build(&steps).expect("files");
        assert_eq!(case.link("t/f"), link);
        assert_eq!(
            case.warnings,
            ["t/f conflicts with recursively symlinked file"]
        );
        let error = case.build("overlap error\nplace IN/other t/f inherit false false");
        assert!(error.is_err());
        // A link to a directory is not written through.
        let error = case.build("symlink IN/tree l\nplace IN/other l/x inherit false false");
        assert_eq!(
            error,
            Err("Error installing file 'l/x' outside $HOME".to_owned())
        );
    }
}

#[test]
fn files_become_copies_where_their_mode_is_another() {
    let mut case = Case::new();
    case.file("tree/plain", "P");
    let program = case.file("tree/program", "#!");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
    case.build(
        "directory ''\n\
         place IN/tree/plain plain 1 false false\nplace IN/tree/program program 1 false false\n\
         place IN/tree all 0 true false",
    )
    .expect("files");
    let mode = |name: &str| {
        let metadata = case
            .path("out")
            .join(name)
            .symlink_metadata()
            .expect("there");
        metadata
            .is_file()
            .then_some(metadata.permissions().mode() & 0o111 != 0)
    };
    assert_eq!(mode("plain"), Some(true));
    assert_eq!(case.link("program"), "IN/tree/program");
    assert_eq!(case.link("all/plain"), "IN/tree/plain");
    assert_eq!(mode("all/program"), Some(false));
}

#[test]
fn packages_are_merged_by_their_priority() {
    let mut case = Case::new();
    for (name, text) in [
        ("one/bin/a", "A"),
        ("one/nix-support/x", "X"),
        ("one/share/only/f", "F"),
        ("two/bin/a", "A"),
        ("two/bin/b", "B"),
        ("three/bin/b", "another B"),
    ] {
        case.file(name, text);
    }
    case.build("profile 0 1 '' / \ninstall 5 IN/one\ninstall 5 IN/two\ninstall 6 IN/three")
        .expect("a profile");
    assert_eq!(case.link("bin/a"), "IN/one/bin/a");
    assert_eq!(case.link("bin/b"), "IN/two/bin/b");
    assert_eq!(case.link("share"), "IN/one/share");
    assert!(!case.path("out/nix-support").exists());

    let steps = "profile 0 1 '' /bin\ninstall 5 IN/two\ninstall 5 IN/three";
    let mut case_of_two = Case::new();
    case_of_two.file("two/bin/b", "B");
    case_of_two.file("three/bin/b", "another B");
    let error = case_of_two.build(steps).expect_err("a collision");
    assert!(error.contains("two packages have the same file"), "{error}");
    let steps = steps.replace("profile 0", "profile 1");
    fs::remove_dir_all(case_of_two.path("out")).expect("removed");
    case_of_two.build(&steps).expect("a profile");
    assert_eq!(case_of_two.link("bin/b"), "IN/two/bin/b");
}

#[test]
fn entries_are_linked_but_for_manifests() {
    let mut case = Case::new();
    for name in [
        "tree/bin/a",
        "tree/.hidden",
        "tree/manifest.nix",
        "tree/manifesto",
    ] {
        case.file(name, "");
    }
    case.build("directory ''\nentries IN/tree").expect("links");
    assert_eq!(case.link("bin"), "IN/tree/bin");
    assert_eq!(case.link("manifesto"), "IN/tree/manifesto");
    let count = fs::read_dir(case.path("out")).expect("a directory").count();
    assert_eq!(count, 2);
}

#[test]
fn programs_are_those_of_the_machine() {
    let mut case = Case::new();
    let program = case.file("bin/tool", "#!");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
    case.file("bin/data", "");
    case.build("directory ''\nprograms /nowhere:IN/bin tool data absent")
        .expect("links");
    assert_eq!(case.link("bin/tool"), "IN/bin/tool");
    assert!(!is_there(Path::new(&case.path("out/bin/data"))));
    let error = case
        .build("programs IN/bin absent tool")
        .expect_err("no program");
    assert!(error.contains("The program absent is needed"), "{error}");
}
