use std::fs;
use std::io::Read;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use nix_wire::derivation::DerivationOutput;
use nix_wire::{ContentAddress, ContentAddressMethod, Derivation, Hash};

use super::*;
use crate::testing::{SYSTEM, TestStore, With, script};

fn failure(store: &TestStore, derivation: Derivation) -> String {
    let path = store.derive(derivation);
    match store.realise(&path) {
        Ok(out) => panic!("{out} was built"),
        Err(errors) => {
            let outputs = store.derivation_outputs(&path).expect("readable");
            for output in outputs.values() {
                assert!(!store.is_valid(output).expect("readable"));
                assert!(!store.layout().real_path(output).exists(), "half built");
            }
            errors.to_string()
        }
    }
}

fn fixed(name: &str, text: &str, method: ContentAddressMethod, contents: &str) -> Derivation {
    let mut derivation = script(name, text);
    let address = ContentAddress {
        method,
        hash: Hash::sha256(contents),
    };
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    derivation
}

#[test]
fn a_builder_makes_a_valid_object() {
    let store = TestStore::new();
    let input = store.text("input", "in");
    let print = store.layout().print(&input);
    let derivation = store.derive(
        script("x", "echo \"$word $input\" > $out")
            .with_source(&input)
            .with_variable("word", "hello")
            .with_variable("input", print.clone()),
    );
    let out = store.realise(&derivation).expect("built");
    assert_eq!(store.read(&out, ""), format!("hello {print}\n"));
    let info = store.require(&out).expect("valid");
    assert_eq!(info.references, BTreeSet::from([input]));
    assert_eq!(info.deriver, Some(derivation.clone()));
    assert!(info.ultimate);
    assert!(store.verify(true).expect("readable").is_empty());
    // A second time there is nothing to do.
    let wanted = [Wanted::all_of(derivation)];
    assert_eq!(store.plan_build(&wanted).expect("a plan"), []);
}

#[test]
fn the_environment_is_nixs() {
    let store = TestStore::new();
    let derivation = store.derive(
        script(
            "x",
            "export -p > $out; echo $0 >> $out; pwd >> $out; umask >> $out",
        )
        .with_variable("HOME", "/changed")
        .with_variable("TMPDIR", "/not-changed"),
    );
    let out = store.realise(&derivation).expect("built");
    let text = store
        .read(&out, "")
        .replace("export ", "")
        .replace("declare -x ", "");
    let value = |name: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("{name}=")));
        let (_, value) = line
            .unwrap_or_else(|| panic!("no {name}"))
            .split_once('=')
            .expect("");
        value.trim_matches(['\'', '"']).to_owned()
    };
    assert_eq!(value("PATH"), "/path-not-set");
    assert_eq!(value("HOME"), "/changed");
    assert_eq!(value("NIX_STORE"), store.store_dir().as_str());
    assert_eq!(value("NIX_LOG_FD"), "2");
    assert_eq!(value("TERM"), "xterm-256color");
    assert_eq!(value("out"), store.layout().print(&out));
    let top = value("NIX_BUILD_TOP");
    assert!(
        top.starts_with(&*store.layout().state_dir.join("builds").to_string_lossy()),
        "{top}"
    );
    for name in ["TMPDIR", "TEMPDIR", "TMP", "TEMP", "PWD"] {
        assert_eq!(value(name), top);
    }
    let rest: Vec<&str> = text.lines().rev().take(3).collect();
    assert_eq!(rest, ["0022", &top, "sh"]);
    let known = [
        "HOME",
        "NIX_BUILD_CORES",
        "NIX_BUILD_TOP",
        "NIX_LOG_FD",
        "NIX_STORE",
        "PATH",
        "PWD",
        "TEMP",
        "TEMPDIR",
        "TERM",
        "TMP",
        "TMPDIR",
        "out",
    ];
    for line in text.lines().filter(|line| line.contains('=')) {
        let (name, _) = line.split_once('=').expect("a variable");
        assert!(
            known.contains(&name) || matches!(name, "OLDPWD" | "SHLVL" | "_"),
            "{line}"
        );
    }
}

#[test]
fn placeholders_stand_for_the_outputs() {
    let store = TestStore::new();
    let derivation = store.derive(
        script(
            "x",
            &format!(
                "echo $dev > {}; echo > $dev",
                nix_wire::store_path::placeholder("out")
            ),
        )
        .with_output("dev")
        .with_variable("where", nix_wire::store_path::placeholder("dev")),
    );
    let out = store.realise(&derivation).expect("built");
    let outputs = store.derivation_outputs(&derivation).expect("readable");
    assert_eq!(
        store.read(&out, ""),
        format!("{}\n", store.layout().print(&outputs["dev"]))
    );
    let references = store.require(&out).expect("valid").references;
    assert_eq!(references, BTreeSet::from([outputs["dev"].clone()]));
}

#[test]
fn variables_are_passed_as_files() {
    let store = TestStore::new();
    let derivation = store.derive(
        script(
            "x",
            "read -r line < $longPath; echo \"$line ${long-unset}\" > $out",
        )
        .with_variable("passAsFile", "long")
        .with_variable("long", "a long text\n"),
    );
    let out = store.realise(&derivation).expect("built");
    assert_eq!(store.read(&out, ""), "a long text unset\n");
}

#[test]
fn structured_attributes_are_files() {
    let store = TestStore::new();
    let json = r#"{"builder":"x","list":[1,"two"],"name":"x"}"#;
    let derivation = store.derive(
        script(
            "x",
            ". $NIX_ATTRS_SH_FILE; read -r json < $NIX_ATTRS_JSON_FILE || true; \
                     echo \"$json ${builder}\" > ${outputs[out]}",
        )
        .with_variable("__json", json),
    );
    // Only bash knows lists.
    let mut bash = store.read_derivation(&derivation).expect("a derivation");
    bash.builder = b"/bin/bash".to_vec();
    bash.outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    let derivation = store.derive(bash);
    let out = store.realise(&derivation).expect("built");
    let path = store.layout().print(&out);
    let expected =
        format!(r#"{{"builder":"x","list":[1,"two"],"name":"x","outputs":{{"out":"{path}"}}}} x"#);
    assert_eq!(store.read(&out, ""), format!("{expected}\n"));
}

#[test]
fn a_closure_is_told_to_the_builder() {
    let store = TestStore::new();
    let leaf = store.text("leaf", "");
    let root = store
        .add_text("root", "r", BTreeSet::from([leaf.clone()]))
        .expect("a text");
    let graph = format!("graph {}/below", store.layout().print(&root));
    let derivation = store.derive(
        script(
            "x",
            "while read -r line; do echo $line; done < graph > $out",
        )
        .with_source(&root)
        .with_variable("exportReferencesGraph", graph.clone()),
    );
    let out = store.realise(&derivation).expect("built");
    let mut parts = [
        format!("{}\n\n0\n", store.layout().print(&leaf)),
        format!(
            "{}\n\n1\n{}\n",
            store.layout().print(&root),
            store.layout().print(&leaf)
        ),
    ];
    parts.sort();
    assert_eq!(store.read(&out, ""), parts.concat());
    let text = failure(
        &store,
        script("y", "").with_variable("exportReferencesGraph", graph),
    );
    assert!(text.contains("is not in the input closure"), "{text}");
}

#[test]
fn dependencies_are_built_first_and_independent_ones_together() {
    let store = TestStore::new();
    let wait = "i=0; while ! test -e $other && test $i -lt 500; do i=$((i+1)); sleep 0.02; done; \
                test -e $other; echo > $out";
    // Each waits for the other, in a directory of this test.
    let meet = |name: &str, other: &str| {
        let directory = store.directory().display().to_string();
        let text = format!("echo > {directory}/{name}; other={directory}/{other}; {wait}");
        store.derive(script(name, &text).with_variable("PATH", "/usr/bin:/bin"))
    };
    let (one, two) = (meet("one", "two"), meet("two", "one"));
    let both = store.derive(
        script("both", "echo > $out")
            .with_input(&one, &["out"])
            .with_input(&two, &["out"]),
    );
    let wanted = [Wanted::all_of(both.clone())];
    let plan = store.plan_build(&wanted).expect("a plan");
    assert_eq!(plan.len(), 3);
    assert_eq!(plan[2], both);
    let mut options = BuildOptions::new(SYSTEM);
    options.jobs = 2;
    store
        .build(&wanted, &options, &Cancellation::new(), &Unobserved)
        .expect("built");
}

#[derive(Default)]
struct Recorder(Mutex<Vec<String>>);

impl Recorder {
    fn add(&self, text: String) {
        self.0.lock().expect("no panic").push(text);
    }
}

impl Observer for Recorder {
    fn planned(&self, plan: &Plan) {
        self.add(format!("planned {}", plan.built.len()));
    }

    fn started(&self, derivation: &StorePath, _: BuildMode) {
        self.add(format!("started {}", derivation.name()));
    }

    fn log_line(&self, _: &StorePath, line: &[u8]) {
        self.add(String::from_utf8_lossy(line).into_owned());
    }

    fn finished(&self, derivation: &StorePath, result: Result<(), &BuildError>) {
        self.add(format!("finished {} {}", derivation.name(), result.is_ok()));
    }
}

#[test]
fn a_failure_has_the_end_of_the_log_and_says_where_all_of_it_is() {
    let store = TestStore::new();
    let derivation = store.derive(script("bad", "echo one; echo two >&2; echo > $out; exit 3"));
    let dependent = store.derive(script("more", "echo > $out").with_input(&derivation, &["out"]));
    let recorder = Recorder::default();
    let errors = store
        .realise_observed(&dependent, &recorder)
        .expect_err("a failure");
    let layout = store.layout();
    let log = format!("{}.bz2", layout.build_log(&derivation).display());
    let out = |derivation: &StorePath| {
        let outputs = store.derivation_outputs(derivation).expect("readable");
        layout.print(&outputs["out"])
    };
    assert_eq!(
        errors.to_string(),
        format!(
            "Cannot build '{drv}'.\nReason: builder failed with exit code 3.\nOutput paths:\n  {out}\n\
             Last 2 log lines:\n> one\n> two\nFor full logs, run:\n  nix log {drv}\nThey are in '{log}'.\n\
             Cannot build '{dependent}'.\nReason: 1 dependency failed.\nOutput paths:\n  {other}",
            drv = layout.print(&derivation),
            out = out(&derivation),
            dependent = layout.print(&dependent),
            other = out(&dependent),
        )
    );
    assert_eq!(errors.exit_code(), 100);
    let mut text = String::new();
    bzip2::read::BzDecoder::new(fs::File::open(log).expect("a log"))
        .read_to_string(&mut text)
        .expect("text");
    assert_eq!(text, "one\ntwo\n");
    let told = recorder.0.into_inner().expect("no panic");
    assert_eq!(
        told,
        [
            "planned 2",
            "started bad.drv",
            "one",
            "two",
            "finished bad.drv false"
        ]
    );
    assert!(!errors.is_hash_mismatch());
}

#[test]
fn what_cannot_be_built_here_says_why() {
    let store = TestStore::new();
    let mut other = script("other", "");
    other.system = b"riscv64-linux".to_vec();
    assert!(failure(&store, other).contains("Required system: 'riscv64-linux'"));
    let kvm = script("kvm", "").with_variable("requiredSystemFeatures", "kvm big-parallel");
    assert!(failure(&store, kvm).contains("Required features: {big-parallel, kvm}"));
    let mut absent = script("absent", "");
    absent.builder = b"/no/such/builder".to_vec();
    assert!(
        failure(&store, absent)
            .contains("error: executing '/no/such/builder': No such file or directory\n")
    );
    let text = failure(&store, script("nothing", "true"));
    assert!(
        text.contains("failed to produce output path for output 'out'"),
        "{text}"
    );
    let text = failure(&store, script("signal", "kill -9 $$"));
    assert!(text.contains("due to signal 9"), "{text}");
    let text = failure(
        &store,
        script("writable", "echo > $out; umask 0; : > x; chmod 666 $out")
            .with_variable("PATH", "/usr/bin:/bin"),
    );
    assert!(
        text.contains("suspicious ownership or permission"),
        "{text}"
    );
    let mut derivation = script("missing", "");
    derivation.input_sources.insert(store.text("gone", "x"));
    let path = store.derive(derivation);
    let layout = store.layout().clone();
    fs::remove_file(layout.real_path(&path)).expect("deleted");
    assert!(store.realise(&path).is_err());
}

#[test]
fn fixed_outputs_have_to_be_what_was_stated() {
    let store = TestStore::new();
    let flat = ContentAddressMethod::Flat;
    let print = "printf %s \"$text\" > $out";
    let good = store.derive(fixed("good", print, flat, "right").with_variable("text", "right"));
    let out = store.realise(&good).expect("built");
    let info = store.require(&out).expect("valid");
    assert_eq!(
        info.content_address.map(|address| address.hash),
        Some(Hash::sha256("right"))
    );

    let bad = store.derive(fixed("bad", print, flat, "right").with_variable("text", "wrong"));
    let errors = store.realise(&bad).expect_err("a mismatch");
    assert!(errors.is_hash_mismatch());
    assert_eq!(errors.exit_code(), 102);
    assert_eq!(
        errors.to_string(),
        format!(
            "hash mismatch in fixed-output derivation '{}':\n  specified: {}\n     got:    {}",
            store.layout().print(&bad),
            Hash::sha256("right").sri(),
            Hash::sha256("wrong").sri()
        )
    );
    let directory = fixed("dir", "/bin/mkdir $out", flat, "");
    assert!(failure(&store, directory).contains("should be a non-executable regular file"));
    let mut archive = Vec::new();
    nix_wire::nar::write_regular(true, b"x", &mut archive).expect("an archive");
    let address = ContentAddress {
        method: ContentAddressMethod::NixArchive,
        hash: Hash::sha256(&archive),
    };
    let mut tree = script("tree", "printf x > $out; /bin/chmod +x $out");
    tree.outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    let tree = store.derive(tree);
    store.realise(&tree).expect("built");
}

#[test]
fn outputs_may_refer_only_to_what_is_allowed() {
    let store = TestStore::new();
    let input = store.text("input", "in");
    let print = store.layout().print(&input);
    let refer = || {
        script("x", "echo $input > $out")
            .with_source(&input)
            .with_variable("input", print.clone())
    };
    let text = failure(&store, refer().with_variable("allowedReferences", ""));
    let expected = format!("is not allowed to refer to the following paths:\n  {print}");
    assert!(text.contains(&expected), "{text}");
    let text = failure(
        &store,
        refer().with_variable("disallowedReferences", print.clone()),
    );
    assert!(text.contains(&expected), "{text}");
    let text = failure(
        &store,
        refer().with_variable("disallowedRequisites", print.clone()),
    );
    assert!(text.contains(&expected), "{text}");
    let text = failure(&store, refer().with_variable("allowedRequisites", ""));
    assert!(text.contains(&expected), "{text}");
    let text = failure(
        &store,
        refer().with_variable("allowedReferences", "nonsense"),
    );
    assert!(
        text.contains("contains output name 'nonsense', but this is not a valid output"),
        "{text}"
    );
    let good = refer().with_variable("allowedRequisites", print.clone());
    store.realise(&store.derive(good)).expect("built");

    let own = script("own", "echo $out > $out").with_variable("allowedReferences", "");
    assert!(failure(&store, own).contains("is not allowed to refer"));
    let own = script("own", "echo $out > $out").with_variable("allowedReferences", "out");
    store.realise(&store.derive(own)).expect("built");
}

#[test]
fn one_of_several_outputs_is_built_again_and_the_other_left() {
    let store = TestStore::new();
    let text = "echo $dev > $out; echo $out > self; echo dev > $dev";
    let derivation = store.derive(script("x", text).with_output("dev"));
    let out = store.realise(&derivation).expect("built");
    let dev = store.derivation_outputs(&derivation).expect("readable")["dev"].clone();
    let before = fs::metadata(store.layout().real_path(&dev)).expect("a file");
    let contents = store.read(&out, "");
    store.delete(&out).expect("nothing refers to it");

    assert_eq!(store.realise(&derivation).expect("built"), out);
    assert_eq!(store.read(&out, ""), contents);
    assert_eq!(
        store.require(&out).expect("valid").references,
        BTreeSet::from([dev.clone()])
    );
    let after = fs::metadata(store.layout().real_path(&dev)).expect("a file");
    use std::os::unix::fs::MetadataExt;
    assert_eq!(before.ino(), after.ino());
    assert!(store.verify(true).expect("readable").is_empty());
    assert_eq!(store.all_valid_paths().expect("readable").len(), 3);
}

#[test]
fn outputs_that_refer_to_each_other_are_refused() {
    let store = TestStore::new();
    let derivation = script("x", "echo $dev > $out; echo $out > $dev").with_output("dev");
    assert!(failure(&store, derivation).contains("cycle detected in build of"));
}

#[test]
fn a_build_is_stopped_with_all_that_it_started() {
    let store = TestStore::new();
    let marker = store.directory().join("alive");
    let text = format!(
        "(sleep 1; echo > {}) & echo > $out; sleep 100",
        marker.display()
    );
    let derivation = store.derive(script("x", &text).with_variable("PATH", "/usr/bin:/bin"));
    let cancellation = Cancellation::new();
    let begun = Instant::now();
    let errors = std::thread::scope(|scope| {
        let canceller = cancellation.clone();
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(300));
            canceller.cancel();
        });
        let wanted = [Wanted::all_of(derivation.clone())];
        store.build(
            &wanted,
            &BuildOptions::new(SYSTEM),
            &cancellation,
            &Unobserved,
        )
    });
    let errors = errors.expect_err("it was stopped");
    assert!(errors.is_interrupted(), "{errors}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    let out = &store.derivation_outputs(&derivation).expect("readable")["out"];
    assert!(!store.layout().real_path(out).exists());
    std::thread::sleep(Duration::from_millis(1200));
    assert!(!marker.exists(), "what it started lives on");
}

#[test]
fn time_limits_are_kept() {
    let store = TestStore::new();
    let slow = |name: &str, text: &str| {
        store.derive(script(name, text).with_variable("PATH", "/usr/bin:/bin"))
    };
    let wanted = [Wanted::all_of(slow("slow", "sleep 100"))];
    let mut options = BuildOptions::new(SYSTEM);
    options.silent_timeout = Some(Duration::from_millis(200));
    let errors = store.build(&wanted, &options, &Cancellation::new(), &Unobserved);
    assert!(
        errors
            .expect_err("too slow")
            .to_string()
            .contains("timed out after 0 seconds")
    );
    let chatty = "while true; do echo; sleep 0.1; done";
    let wanted = [Wanted::all_of(slow("chatty", chatty))];
    options.timeout = Some(Duration::from_millis(400));
    let errors = store.build(&wanted, &options, &Cancellation::new(), &Unobserved);
    assert!(
        errors
            .expect_err("too slow")
            .to_string()
            .contains("timed out after")
    );
}

#[test]
fn what_a_builder_leaves_running_does_not_hold_it_up() {
    let store = TestStore::new();
    let derivation = script("x", "sleep 100 & echo > $out").with_variable("PATH", "/usr/bin:/bin");
    let begun = Instant::now();
    store.realise(&store.derive(derivation)).expect("built");
    assert!(begun.elapsed() < Duration::from_secs(10));
}

#[test]
fn this_process_runs_no_builtin_builder() {
    let store = TestStore::new();
    let file = store.directory().join("file");
    fs::write(&file, "contents").expect("a file");
    let url = format!("file://{}", file.display());
    let mut derivation = fixed("f", "", ContentAddressMethod::Flat, "contents");
    derivation.builder = b"builtin:fetchurl".to_vec();
    derivation.system = b"builtin".to_vec();
    let text = failure(&store, derivation.with_variable("url", url));
    assert!(text.contains("need a launcher"), "{text}");
}

#[test]
fn processes_that_build_the_same_wait_for_each_other() {
    let store = TestStore::new();
    let counter = store.directory().join("count");
    let text = format!("echo x >> {}; sleep 0.3; echo > $out", counter.display());
    let derivation = store.derive(script("x", &text).with_variable("PATH", "/usr/bin:/bin"));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let other = store.reopened();
            let wanted = [Wanted::all_of(derivation.clone())];
            scope.spawn(move || {
                let options = BuildOptions::new(SYSTEM);
                other
                    .build(&wanted, &options, &Cancellation::new(), &Unobserved)
                    .expect("built");
            });
        }
    });
    assert_eq!(fs::read_to_string(counter).expect("a file"), "x\n");
}

fn floating(name: &str, text: &str) -> Derivation {
    let mut derivation = script(name, text).with_variable("out", "");
    let output = DerivationOutput::Floating {
        method: ContentAddressMethod::NixArchive,
        algorithm: nix_wire::HashAlgorithm::Sha256,
    };
    derivation.outputs.insert("out".to_owned(), output);
    derivation
}

#[test]
fn outputs_that_are_known_by_their_contents_are_found_again() {
    let store = TestStore::new();
    let placeholder = nix_wire::store_path::placeholder("out");
    let with_own = |name: &str, word: &str| {
        store.derive(
            floating(name, &format!("echo {word} {placeholder} > $out"))
                .with_variable("out", placeholder.clone()),
        )
    };
    let first = with_own("x", "one");
    let options = {
        let mut options = BuildOptions::new(SYSTEM);
        options.features.content_addressed = true;
        options
    };
    let build = |derivation: &StorePath, options: &BuildOptions| {
        let wanted = [Wanted::output_of(derivation.clone(), "out")];
        store
            .build(&wanted, options, &Cancellation::new(), &Unobserved)
            .map(|mut built| built.remove(0).remove("out").expect("a path"))
    };
    let errors = build(&first, &BuildOptions::new(SYSTEM)).expect_err("not allowed");
    assert!(
        errors.to_string().contains("'ca-derivations' is disabled"),
        "{errors}"
    );
    let out = build(&first, &options).expect("built");
    assert_eq!(
        store.read(&out, ""),
        format!("one {}\n", store.layout().print(&out))
    );
    let info = store.require(&out).expect("valid");
    assert_eq!(info.references, BTreeSet::from([out.clone()]));
    assert!(info.content_address.is_some());
    // It is not built a second time.
    let plan = store.plan_build_with(&[Wanted::all_of(first.clone())], &options);
    assert_eq!(plan.expect("a plan").built, []);

    // What depends on it is built as the derivation that has the path.
    let upstream = nix_wire::store_path::upstream_placeholder(&first, "out").expect("a derivation");
    let dependent = store.derive(
        script("y", "read -r word _ < $input; echo $word $input > $out")
            .with_input(&first, &["out"])
            .with_variable("out", "")
            .with_variable("input", upstream),
    );
    let second = build(&dependent, &options).expect("built");
    assert_eq!(
        store.read(&second, ""),
        format!("one {}\n", store.layout().print(&out))
    );
    assert_eq!(build(&dependent, &options).expect("known"), second);
    assert!(store.verify(true).expect("readable").is_empty());
}

#[test]
fn impure_outputs_are_made_each_time() {
    let store = TestStore::new();
    let counter = store.directory().join("count");
    let text = format!(
        "echo x >> {0}; while read -r a; do echo $a; done < {0} > $out",
        counter.display()
    );
    let mut derivation =
        floating("x", &text).with_variable("out", nix_wire::store_path::placeholder("out"));
    let output = DerivationOutput::Impure {
        method: ContentAddressMethod::NixArchive,
        algorithm: nix_wire::HashAlgorithm::Sha256,
    };
    derivation.outputs.insert("out".to_owned(), output);
    let derivation = store.derive(derivation);
    let mut options = BuildOptions::new(SYSTEM);
    options.features = Features {
        content_addressed: true,
        impure: true,
        ..Features::default()
    };
    let wanted = [Wanted::all_of(derivation)];
    let mut paths = BTreeSet::new();
    for _ in 0..2 {
        let built = store.build(&wanted, &options, &Cancellation::new(), &Unobserved);
        paths.insert(built.expect("built")[0]["out"].clone());
    }
    assert_eq!(paths.len(), 2);
}

#[derive(Debug)]
struct OtherStore(Mutex<Vec<String>>);

impl Substituter for OtherStore {
    fn offered(
        &self,
        _: &LocalStore,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeSet<StorePath>, crate::StoreError> {
        let known = paths.iter().filter(|path| path.name() != "y");
        Ok(known.cloned().collect())
    }

    fn substitute(
        &self,
        store: &LocalStore,
        paths: &BTreeSet<StorePath>,
        _: &Cancellation,
        _: &dyn Observer,
    ) -> Result<(), crate::StoreError> {
        for path in paths.iter().filter(|path| path.name() != "lost") {
            self.0
                .lock()
                .expect("no panic")
                .push(path.name().to_owned());
            let mut archive = Vec::new();
            nix_wire::nar::write_regular(false, b"fetched", &mut archive).expect("memory");
            let info =
                crate::PathInfo::new(path.clone(), Hash::sha256(&archive), archive.len() as u64);
            store.import_archive(&info, &mut archive.as_slice())?;
        }
        Ok(())
    }
}

#[test]
fn what_another_place_has_is_not_built() {
    let store = TestStore::new();
    let other = Arc::new(OtherStore(Mutex::default()));
    let mut options = BuildOptions::new(SYSTEM);
    options.substituters.push(other.clone());
    let never = store.derive(script("never", "exit 1"));
    let x = store.derive(script("x", "exit 1").with_input(&never, &["out"]));
    let y = store.derive(
        script("y", "read -r a < $x || echo $a > $out")
            .with_input(&x, &["out"])
            .with_variable(
                "x",
                store
                    .layout()
                    .print(&store.derivation_outputs(&x).expect("")["out"]),
            ),
    );
    let build = |derivation: &StorePath, options: &BuildOptions| {
        let wanted = [Wanted::all_of(derivation.clone())];
        store.build(&wanted, options, &Cancellation::new(), &Unobserved)
    };
    let built = build(&y, &options).expect("built");
    assert_eq!(store.read(&built[0]["out"], ""), "fetched\n");
    assert_eq!(*other.0.lock().expect("no panic"), ["x"]);

    let lost = store.derive(script("lost", "echo built > $out"));
    let errors = build(&lost, &options).expect_err("promised");
    assert!(errors.to_string().contains("try '--fallback'"), "{errors}");
    options.fallback = true;
    let built = build(&lost, &options).expect("built");
    assert_eq!(store.read(&built[0]["out"], ""), "built\n");
    let local =
        store.derive(script("local", "echo built > $out").with_variable("allowSubstitutes", ""));
    let built = build(&local, &options).expect("built");
    assert_eq!(store.read(&built[0]["out"], ""), "built\n");
}
