use super::*;

#[test]
fn the_table_is_sorted_and_its_defaults_are_values() {
    assert!(SETTINGS.is_sorted_by_key(|setting| setting.name));
    let mut settings = Configuration::load(&Environment::default(), &[]).unwrap();
    for setting in SETTINGS {
        let default = settings.default_of(setting);
        settings
            .assign(setting.name, &default)
            .unwrap_or_else(|failure| panic!("{}: {}", setting.name, failure.message));
        assert_eq!(settings.value(setting.name), default, "{}", setting.name);
    }
}

#[test]
fn options_count_more_and_extra_ones_add() {
    let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let options = [
        option("allowed-uris", "a b"),
        option("extra-allowed-uris", "c"),
        option("min-free", "64K"),
        option("build-cores", "3"),
        option("nonsense", "1"),
    ];
    let settings = Configuration::load(&Environment::default(), &options).unwrap();
    assert!(settings.words("allowed-uris").eq(["a", "b", "c"]));
    assert_eq!(settings.number("min-free"), Some(65536));
    assert_eq!(settings.get("cores"), Some("3"));
    assert_eq!(settings.warnings, ["unknown setting 'nonsense'"]);
    let bad = Configuration::load(&Environment::default(), &[option("cores", "many")]);
    assert_eq!(
        bad.unwrap_err().message,
        "setting 'cores' has invalid value 'many'"
    );
}

#[test]
fn files_include_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("b.conf"), "extra-allowed-uris = y\n").unwrap();
    std::fs::write(
        path("a.conf"),
        "# comment\nallowed-uris = x # x\n!include missing.conf\ninclude b.conf\n",
    )
    .unwrap();
    let expected = [
        ("allowed-uris".to_owned(), "x".to_owned()),
        ("extra-allowed-uris".to_owned(), "y".to_owned()),
    ];
    assert_eq!(file::read(&path("a.conf")).unwrap(), expected);
    std::fs::write(path("c.conf"), "include missing.conf\n").unwrap();
    assert!(file::read(&path("c.conf")).is_err());
    std::fs::write(path("d.conf"), "allowed-uris x\n").unwrap();
    assert!(file::read(&path("d.conf")).is_err());
}

#[test]
fn settings_of_disabled_features_are_ignored() {
    let lines = |text: &str| file::parse(text, "test", None).unwrap();
    let mut settings = Configuration::load(&Environment::default(), &[]).unwrap();
    settings
        .apply(&lines(
            "accept-flake-config = true\nexperimental-features = nix-command",
        ))
        .unwrap();
    assert!(!settings.is("accept-flake-config", false));
    assert_eq!(settings.warnings.len(), 1);
    settings
        .apply(&lines(
            "accept-flake-config = true\nexperimental-features = flakes",
        ))
        .unwrap();
    assert!(settings.is("accept-flake-config", false));
    assert_eq!(settings.value("experimental-features"), "fetch-tree flakes");
}

#[test]
fn colons_of_urls_separate_nothing() {
    assert_eq!(
        split_search_path("a=/x:/y:n=https://h/t.tar.gz:flake:n:z"),
        ["a=/x", "/y", "n=https://h/t.tar.gz", "flake:n", "z"]
    );
    assert!(split_search_path("").is_empty());
}

#[test]
fn builds_follow_settings() {
    let lines = file::parse(
        "build-max-jobs = 3\nextra-platforms = a b\nkeep-going = true\n",
        "test",
        None,
    );
    let mut settings = Configuration::default();
    settings.apply(&lines.unwrap()).unwrap();
    let mut options = nix_store::build::BuildOptions::new("x86_64-linux");
    settings.apply_to_builds(&mut options).unwrap();
    assert_eq!(options.jobs, 3);
    assert!(options.keep_going);
    assert_eq!(options.systems, ["x86_64-linux", "a", "b"]);
}

#[test]
fn numbers_have_units() {
    assert_eq!(parse_number("10"), Some(10));
    assert_eq!(parse_number("2K"), Some(2048));
    assert_eq!(parse_number("1G"), Some(1 << 30));
    assert_eq!(parse_number("K"), None);
    assert_eq!(parse_number(""), None);
}

#[test]
fn settings_without_effect_are_warned_of() {
    let option = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let warnings = |options: &[Assignment]| {
        let settings = Configuration::load(&Environment::default(), options);
        settings.unwrap().warnings
    };
    assert_eq!(
        warnings(&[option("download-speed", "7"), option("http2", "true")]),
        ["the setting 'download-speed' of Nix is not supported here and has no effect"]
    );
    // Nothing is reserved here in any case.
    assert!(warnings(&[option("gc-reserved-space", "0")]).is_empty());
}

/// A setting that is read has no mark; one that is not read is marked, so that it is warned of.
#[test]
fn settings_are_read_or_marked() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut code = String::new();
    let mut waiting = vec![root.canonicalize().unwrap()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                waiting.push(path);
            } else if name.ends_with(".rs") && name != "table.rs" && !name.ends_with("tests.rs") {
                code.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    for setting in SETTINGS {
        let is_read = code.contains(&format!("\"{}\"", setting.name));
        assert_ne!(is_read, setting.behaves_as.is_some(), "{}", setting.name);
    }
}
