//! Builders that are started by a launcher, with and without a sandbox. The launcher is this
//! program, which therefore has its own `main`.
//!
//! As root the tests run twice: as root, and as an ordinary user. Root also has builders run as build
//! users.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

#[path = "launcher/users.rs"]
mod users;

use nix_store::build::{
    BuildErrors, BuildOptions, BuiltinSettings, Builtins, Cancellation, Download, Launcher,
    Observer, SandboxMode, SandboxPath, Wanted, fetchurl, launch,
};
use nix_store::{Layout, LocalStore};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo};
use nix_wire::{ContentAddress, ContentAddressMethod, Derivation, Hash, StorePath};

const LAUNCH: &str = "--launch-builder";
const AS_USER: &str = "--as-user";
const WITH_BUILD_USERS: &str = "--with-build-users";
const SYSTEM: &str = "x86_64-linux";
/// A user without rights.
const NOBODY: u32 = 65534;

fn main() -> ExitCode {
    let first = std::env::args_os().nth(1);
    if first.as_ref().is_some_and(|first| first == LAUNCH) {
        return ExitCode::from(launch(&builtins()));
    }
    if let (Some(first), Some(directory)) = (&first, std::env::args_os().nth(2))
        && first == WITH_BUILD_USERS
    {
        users::run(&Test::new(Path::new(&directory)));
        return ExitCode::SUCCESS;
    }
    let is_root = rustix::process::geteuid().is_root();
    let as_user = first.is_some_and(|first| first == AS_USER);
    let directory = match std::env::args_os().nth(2) {
        Some(directory) if as_user => PathBuf::from(directory),
        _ => {
            let directory = tempfile::tempdir().expect("a directory");
            run(&Test::new(directory.path()));
            if is_root {
                run_as_user();
                run_with_build_users();
            } else {
                say("skipped as root: this is not root's process");
            }
            return ExitCode::SUCCESS;
        }
    };
    run(&Test::new(&directory));
    ExitCode::SUCCESS
}

fn say(text: &str) {
    let mut stderr = std::io::stderr();
    let _ = std::io::Write::write_all(&mut stderr, format!("{text}\n").as_bytes());
}

/// Runs this program again, with a copy of it that the user may read.
fn run_as_user() {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("launcher");
    std::fs::copy(std::env::current_exe().expect("a path"), &program).expect("a copy");
    let store = directory.path().join("store");
    std::fs::create_dir(&store).expect("a directory");
    for path in [directory.path(), &store] {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("given away");
    }
    let status = Command::new(&program)
        .arg(AS_USER)
        .arg(&store)
        .env("TMPDIR", directory.path())
        .uid(NOBODY)
        .gid(NOBODY)
        .status()
        .expect("started");
    assert!(status.success(), "as an ordinary user: {status}");
}

/// Runs this program again where there are build users.
fn run_with_build_users() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path();
    let write = |name: &str, line: &str| {
        let known = std::fs::read_to_string(Path::new("/etc").join(name)).expect("a file");
        std::fs::write(path.join(name), format!("{known}{line}\n")).expect("written");
    };
    write("group", &format!("{GROUP}:x:{BUILD_GROUP}:builder"));
    write(
        "passwd",
        &format!("builder:x:{BUILD_USER}:{BUILD_GROUP}::/:/bin/false"),
    );
    // As it is set up by whoever makes the users: they may add to the store.
    let layout = Layout::below(&path.canonicalize().expect("a path")).expect("a layout");
    let store = &layout.real_store_dir;
    std::fs::create_dir_all(store).expect("a directory");
    std::os::unix::fs::chown(store, None, Some(BUILD_GROUP)).expect("given away");
    for (path, mode) in [(path, 0o755), (store, 0o1775)] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("changed");
    }
    let script = r#"
        mount --make-rprivate / || exit 77
        mount --bind "$1/group" /etc/group && mount --bind "$1/passwd" /etc/passwd || exit 77
        exec "$0" "$2" "$1"
    "#;
    let status = Command::new("unshare")
        .args(["--mount", "sh", "-c", script])
        .arg(std::env::current_exe().expect("a path"))
        .arg(path)
        .arg(WITH_BUILD_USERS)
        .status();
    match status {
        Ok(status) if status.code() != Some(77) => {
            assert!(status.success(), "with build users: {status}");
        }
        other => say(&format!("skipped with build users: {other:?}")),
    }
}

/// The group of build users, and the only one of them.
const GROUP: &str = "builders-of-a-test";
const BUILD_GROUP: u32 = 39_000;
const BUILD_USER: u32 = 39_001;

struct Test {
    store: LocalStore,
    /// Where the store is, and what nobody in a sandbox shall see.
    directory: PathBuf,
}

/// Hears whether there is no sandbox.
#[derive(Default)]
struct Notices(Mutex<Vec<String>>);

impl Observer for Notices {
    fn notice(&self, text: &str) {
        self.0.lock().expect("no panic").push(text.to_owned());
    }
}

fn run(test: &Test) {
    what_is_launched_is_the_builder(test);
    what_cannot_be_launched_says_why(test);
    builtin_builders_run_where_others_do(test, &options());
    system_calls_are_refused(test);
    a_wrong_hash_leaves_nothing(test);
    an_output_is_not_what_is_still_open(test);
    if let Some(reason) = no_sandbox(test) {
        say(&format!("skipped in a sandbox: {reason}"));
        return;
    }
    a_setting_takes_no_sandbox_away(test);
    a_sandbox_has_what_was_promised(test);
    a_sandbox_hides_the_home_and_the_store(test);
    a_sandbox_has_no_network_but_its_own(test);
    a_sandbox_hides_other_processes(test);
    nothing_outside_can_be_written(test);
    what_is_known_in_advance_may_use_the_network(test);
    derivations_may_ask_for_no_sandbox(test);
    one_of_several_outputs_is_made_again(test);
    a_sandbox_ends_with_all_that_is_in_it(test);
    a_store_elsewhere_is_where_it_says(test);
    builtin_builders_run_where_others_do(test, &sandboxed());
    builtin_builders_see_no_more_than_the_sandbox(test);
}

impl Test {
    fn new(directory: &Path) -> Test {
        let root = directory.canonicalize().expect("a path");
        Test {
            store: LocalStore::new(Layout::below(&root).expect("a layout")),
            directory: root,
        }
    }

    fn derivation(&self, name: &str, script: &str) -> Derivation {
        let mut derivation = Derivation::new(name);
        derivation
            .outputs
            .insert("out".to_owned(), DerivationOutput::Deferred);
        derivation.system = SYSTEM.into();
        derivation.builder = "/bin/bash".into();
        derivation.arguments = vec![b"-euc".to_vec(), script.into()];
        derivation
            .environment
            .insert(b"PATH".to_vec(), b"/usr/bin:/bin:/usr/sbin:/sbin".to_vec());
        derivation
    }

    fn add(&self, mut derivation: Derivation) -> StorePath {
        derivation
            .fill_in_output_paths(self.store.store_dir(), |_| {
                Ok::<_, DerivationError>(HashModulo::Deferred)
            })
            .expect("output paths");
        self.store.add_derivation(&derivation).expect("added")
    }

    fn build(
        &self,
        derivation: &StorePath,
        options: &BuildOptions,
    ) -> Result<StorePath, BuildErrors> {
        let wanted = [Wanted::all_of(derivation.clone())];
        let notices = Notices::default();
        let built = self
            .store
            .build(&wanted, options, &Cancellation::new(), &notices);
        let notices = notices.0.into_inner().expect("no panic");
        assert!(notices.is_empty(), "{notices:?}");
        built.map(|mut built| built.remove(0).remove("out").expect("an output"))
    }

    /// The lines that a builder in a sandbox writes to its output.
    fn lines(&self, derivation: Derivation) -> Vec<String> {
        let path = self.add(derivation);
        let out = match self.build(&path, &sandboxed()) {
            Ok(out) => out,
            Err(errors) => panic!("{errors}"),
        };
        let text = std::fs::read_to_string(self.store.layout().real_path(&out)).expect("a file");
        text.lines().map(str::to_owned).collect()
    }
}

/// The builders of this launcher: one that describes its process, and one that fetches.
fn builtins() -> Builtins {
    struct Nowhere;
    impl Download for Nowhere {
        fn download(&self, url: &str, _: &Path) -> Result<(), String> {
            Err(format!("cannot download '{url}'"))
        }
    }
    Builtins::default()
        .with("describe", |job| {
            let identity = format!(
                "{} {} {}",
                std::process::id(),
                rustix::process::getuid().as_raw(),
                String::from_utf8_lossy(&job.settings),
            );
            job.log("described");
            std::fs::write(job.out()?, identity).map_err(|error| error.to_string())
        })
        .with("fetchurl", |job| fetchurl(job, &[], &Nowhere))
}

/// What this process passes to `builtin:describe`.
#[derive(Debug)]
struct Settings;

impl BuiltinSettings for Settings {
    fn of(&self, name: &str) -> Result<Vec<u8>, String> {
        Ok(format!("settings of {name}").into_bytes())
    }
}

fn options() -> BuildOptions {
    let mut options = BuildOptions::new(SYSTEM);
    options.launcher = Some(Launcher {
        program: std::env::current_exe().expect("a path"),
        arguments: vec![OsString::from(LAUNCH)],
    });
    options.builtin_settings = Some(Arc::new(Settings));
    options
}

/// With the programs of this machine.
fn sandboxed() -> BuildOptions {
    let mut options = options();
    options.sandbox.mode = SandboxMode::Enabled;
    let words = ["/bin", "/usr", "/lib?", "/lib64?", "/etc/alternatives?"];
    options.sandbox.paths = words.map(SandboxPath::from_word).to_vec();
    options
}

fn no_sandbox(test: &Test) -> Option<String> {
    let wanted = [Wanted::all_of(
        test.add(test.derivation("try", "echo > $out")),
    )];
    let notices = Notices::default();
    test.store
        .build(&wanted, &sandboxed(), &Cancellation::new(), &notices)
        .unwrap_or_else(|errors| panic!("{errors}"));
    notices.0.into_inner().expect("no panic").pop()
}

fn what_is_launched_is_the_builder(test: &Test) {
    let script = "
        exec 3> $out
        echo name $0 >&3
        echo mask $(umask) >&3
        test $PWD = $NIX_BUILD_TOP && test $(pwd -P) = $(cd $NIX_BUILD_TOP; pwd -P) && echo there >&3
        read -r _ _ _ _ group session _ < /proc/$$/stat
        test $group = $$ && test $session = $$ && echo leader >&3
        if (: < /dev/tty) 2> /dev/null; then echo controlled >&3; fi
        if test -t 1 && test -t 2; then echo terminal >&3; fi
        if read -r line; then echo input >&3; fi
        ls /proc/self/fd | wc -l >&3
        exit 0
    ";
    let out = test
        .build(&test.add(test.derivation("x", script)), &options())
        .expect("built");
    let text = std::fs::read_to_string(test.store.layout().real_path(&out)).expect("a file");
    let lines: BTreeSet<&str> = text.lines().collect();
    // The standard streams, the output, and what lists them.
    let expected = ["name bash", "mask 0022", "there", "leader", "terminal", "5"];
    assert_eq!(lines, BTreeSet::from(expected));
}

fn what_cannot_be_launched_says_why(test: &Test) {
    let mut absent = test.derivation("absent", "");
    absent.builder = b"/no/such/builder".to_vec();
    let error = test
        .build(&test.add(absent), &options())
        .expect_err("no builder");
    assert!(
        error.to_string().contains("executing '/no/such/builder': "),
        "{error}"
    );
    let failing = test.add(test.derivation("failing", "echo said; exit 7"));
    let text = test
        .build(&failing, &options())
        .expect_err("a failure")
        .to_string();
    assert!(
        text.contains("builder failed with exit code 7") && text.contains("> said"),
        "{text}"
    );
    let mut bad = options();
    bad.launcher = Some(Launcher {
        program: "/bin/false".into(),
        arguments: Vec::new(),
    });
    let text = test.build(&failing, &bad).expect_err("no launcher");
    assert!(
        text.to_string()
            .contains("the launcher of the builder ended"),
        "{text}"
    );
}

fn builtin_derivation(test: &Test, name: &str, builder: &str) -> Derivation {
    let mut derivation = test.derivation(name, "");
    derivation.builder = format!("builtin:{builder}").into();
    derivation.system = b"builtin".to_vec();
    derivation.arguments.clear();
    derivation
}

/// A derivation that fetches a file whose contents are known.
fn fetching(test: &Test, name: &str, url: &str, contents: &str) -> StorePath {
    let mut derivation = builtin_derivation(test, name, "fetchurl");
    let address = ContentAddress {
        method: ContentAddressMethod::Flat,
        hash: Hash::sha256(contents),
    };
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    derivation
        .environment
        .insert(b"url".to_vec(), url.as_bytes().to_vec());
    test.add(derivation)
}

fn builtin_builders_run_where_others_do(test: &Test, options: &BuildOptions) {
    let in_sandbox = options.sandbox.mode == SandboxMode::Enabled;
    let read = |path: &StorePath| {
        std::fs::read_to_string(test.store.layout().real_path(path)).expect("a file")
    };
    let name = format!("described-{in_sandbox}");
    let derivation = builtin_derivation(test, &name, "describe");
    let out = test.build(&test.add(derivation), options).expect("built");
    let described = read(&out);
    let words: Vec<&str> = described.splitn(3, ' ').collect();
    assert_ne!(words[0], std::process::id().to_string(), "another process");
    assert_eq!(words[0] == "1", in_sandbox, "{described}");
    assert_eq!(words[1] == "1000", in_sandbox, "{described}");
    assert_eq!(words[2], "settings of describe");

    // An input is there in a sandbox too.
    let input = test.store.add_text("input-file", "text", BTreeSet::new());
    let input = test.store.layout().print(&input.expect("a text"));
    let fetch = |name: &str, url: &str| {
        let name = format!("{name}-{in_sandbox}");
        test.build(&fetching(test, &name, url, "text"), options)
    };
    if !in_sandbox {
        let url = format!("file://{input}");
        assert_eq!(read(&fetch("fetched", &url).expect("fetched")), "text");
    }
    let error = fetch("far", "https://example.org/f").expect_err("no network");
    let text = error.to_string();
    assert!(text.contains("> error: cannot download"), "{text}");
    let free = builtin_derivation(test, &format!("free-{in_sandbox}"), "fetchurl");
    let text = test.build(&test.add(free), options).expect_err("not known");
    let text = text.to_string();
    assert!(text.contains("must be a fixed-output or impure"), "{text}");
    let unknown = builtin_derivation(test, &format!("unknown-{in_sandbox}"), "nothing");
    let text = test
        .build(&test.add(unknown), options)
        .expect_err("unknown");
    let text = text.to_string();
    assert!(
        text.contains("unsupported builtin builder 'nothing'"),
        "{text}"
    );
}

fn builtin_builders_see_no_more_than_the_sandbox(test: &Test) {
    let secret = test.directory.join("secret of a file");
    std::fs::write(&secret, "secret").expect("a file");
    let url = format!("file://{}", secret.display()).replace(' ', "%20");
    let derivation = fetching(test, "secret", &url, "secret");
    let text = test.build(&derivation, &sandboxed()).expect_err("hidden");
    assert!(text.to_string().contains("No such file"), "{text}");
}

fn a_wrong_hash_leaves_nothing(test: &Test) {
    let mut derivation = test.derivation("stated", "printf found > $out");
    let address = ContentAddress {
        method: ContentAddressMethod::Flat,
        hash: Hash::sha256("stated"),
    };
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    let error = test.build(&test.add(derivation), &options());
    assert!(error.expect_err("not as stated").is_hash_mismatch());
    let names = std::fs::read_dir(&test.store.layout().real_store_dir).expect("a directory");
    let left = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let left: Vec<String> = left.filter(|name| name.ends_with("-stated")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A builder leaves a process that writes to its output later.
fn an_output_is_not_what_is_still_open(test: &Test) {
    let script = r#"
        exec 3<> $out
        printf good >&3
        (setsid sh -c 'sleep 0.5; printf evil >&3' < /dev/null > /dev/null 2>&1 &)
    "#;
    let path = test.add(test.derivation("open", script));
    let out = test.build(&path, &options()).expect("built");
    std::thread::sleep(Duration::from_secs(1));
    let text = std::fs::read_to_string(test.store.layout().real_path(&out)).expect("a file");
    assert_eq!(text, "good");
    assert!(test.store.has_good_contents(&out).expect("readable"));
}

fn system_calls_are_refused(test: &Test) {
    let script = "
        echo > file
        for mode in 4755 2755 6755; do if chmod $mode file 2> /dev/null; then echo $mode; fi; done > $out
        chmod 1755 file
        grep NoNewPrivs /proc/self/status >> $out
    ";
    let out = test
        .build(&test.add(test.derivation("modes", script)), &options())
        .expect("built");
    let text = std::fs::read_to_string(test.store.layout().real_path(&out)).expect("a file");
    assert_eq!(text, "NoNewPrivs:\t1\n");
}

/// That a sandbox cannot be made as a setting says is an error, and nothing is built without.
fn a_setting_takes_no_sandbox_away(test: &Test) {
    let mut options = sandboxed();
    options.sandbox.shared_memory = "4x".to_owned();
    let path = test.add(test.derivation("bad-size", "echo > $out"));
    let text = test.build(&path, &options).expect_err("no sandbox");
    assert!(text.to_string().contains("/dev/shm"), "{text}");
}

fn a_sandbox_has_what_was_promised(test: &Test) {
    let script = r#"
        exec 3> $out
        echo "$(id -u) $(id -g) $(id -un) $PWD $(pwd -P) $NIX_BUILD_TOP $TMPDIR" >&3
        cat /proc/sys/kernel/hostname >&3
        cat /etc/hosts /etc/group >&3
        stat -c '%a %n' /tmp /etc /dev/shm /dev/pts/ptmx $NIX_STORE >&3
        ls /dev | grep -v kvm | tr '\n' ' ' >&3; echo >&3
        test -t 2 && echo terminal >&3
        echo > /dev/null; echo x > /dev/shm/x; head -c 1 /dev/zero | wc -c >&3
        echo > /tmp/file; echo > file
        if echo > /etc/file; then echo etc >&3; fi
        if echo > /etc/hosts; then echo hosts >&3; fi
        test "$(readlink /dev/fd)" = /proc/self/fd
    "#;
    let store = test.store.store_dir().as_str().to_owned();
    let mut lines = test.lines(test.derivation("promised", script));
    let hosts = lines.iter().position(|line| line == "hosts");
    // The owner may write a file, though it is thrown away.
    if let Some(index) = hosts {
        lines.remove(index);
    }
    assert_eq!(
        lines,
        [
            "1000 100 nixbld /build /build /build /build",
            "localhost",
            "127.0.0.1 localhost",
            "::1 localhost",
            "root:x:0:",
            "nixbld:!:100:",
            "nogroup:x:65534:",
            "1777 /tmp",
            "555 /etc",
            "1777 /dev/shm",
            "666 /dev/pts/ptmx",
            &format!("1775 {store}"),
            "fd full null ptmx pts random shm stderr stdin stdout tty urandom zero ",
            "terminal",
            "1",
        ]
    );
}

fn a_sandbox_hides_the_home_and_the_store(test: &Test) {
    std::fs::write(test.directory.join("secret"), "secret").expect("a file");
    let add = |name: &str| {
        test.store
            .add_text(name, name, BTreeSet::new())
            .expect("a text")
    };
    let (own, other) = (add("own"), add("other"));
    let mut derivation = test.derivation(
        "hidden",
        r#"
        exec 3> $out
        cat $own >&3; echo >&3
        ls $NIX_STORE | wc -l >&3
        for path in $other $secret $home /root /home /var /etc/shadow /nix/var; do
            if test -e $path; then echo $path >&3; fi
        done
        "#,
    );
    let print = |path: &StorePath| test.store.layout().print(path).into_bytes();
    derivation.input_sources.insert(own.clone());
    let home = std::env::var("HOME").unwrap_or_else(|_| "/root".to_owned());
    for (name, value) in [
        ("own", print(&own)),
        ("other", print(&other)),
        ("home", home.into_bytes()),
        (
            "secret",
            test.directory
                .join("secret")
                .display()
                .to_string()
                .into_bytes(),
        ),
    ] {
        derivation.environment.insert(name.into(), value);
    }
    // The input and the output itself.
    assert_eq!(test.lines(derivation), ["own", "2"]);
}

fn a_sandbox_has_no_network_but_its_own(test: &Test) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let script = format!(
        r#"
        exec 3> $out
        tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' ' >&3
        if (exec 4<> /dev/tcp/127.0.0.1/{port}) 2> refused; then echo reached >&3; fi
        grep -o 'Connection refused' refused | head -n 1 >&3
        if (exec 4<> /dev/tcp/192.0.2.1/80) 2> unreachable; then echo reached >&3; fi
        grep -o 'Network is unreachable' unreachable | head -n 1 >&3
        "#
    );
    // That it was refused shows that the interface is up.
    assert_eq!(
        test.lines(test.derivation("network", &script)),
        ["lo", "Connection refused", "Network is unreachable"]
    );
}

fn a_sandbox_hides_other_processes(test: &Test) {
    let script = format!(
        r#"
        exec 3> $out
        echo $$ >&3
        echo /proc/[0-9]* >&3
        if kill -0 {} 2> /dev/null; then echo seen >&3; fi
        (ipcs -m; ipcs -q; ipcs -s) 2> /dev/null | grep -c '^0x' >&3 || true
        "#,
        std::process::id()
    );
    let lines = test.lines(test.derivation("processes", &script));
    assert_eq!(lines, ["1", "/proc/1", "0"]);
}

fn nothing_outside_can_be_written(test: &Test) {
    let input = test
        .store
        .add_text("input", "unchanged", BTreeSet::new())
        .expect("a text");
    let tree = test.directory.join("tree");
    std::fs::create_dir_all(tree.join("directory")).expect("a directory");
    std::fs::write(tree.join("directory/file"), "unchanged").expect("a file");
    let tree = test
        .store
        .add_path(
            "tree",
            &tree,
            ContentAddressMethod::NixArchive,
            nix_wire::HashAlgorithm::Sha256,
        )
        .expect("a tree")
        .path;
    let script = r#"
        exec 3> $out
        try() { if "$@" 2> /dev/null; then echo "$@" >&3; fi; }
        write() { (echo changed > "$1") 2> /dev/null; }
        try chmod u+w $input
        try write $input
        try rm -f $input
        try chmod -R u+w $tree
        try write $tree/directory/file
        try write $tree/directory/new
        try rm -rf $tree
        try write /usr/written
        try write /bin/written
        try mknod device b 8 0
        try mount -t tmpfs none /tmp
        try mount -o remount,rw /usr
        try umount /usr
        try hostname changed
        try write /proc/sys/kernel/core_pattern
        try write /proc/sysrq-trigger
        try chown 0:0 file
        mkdir $NIX_STORE/00000000000000000000000000000000-written
    "#;
    let mut derivation = test.derivation("writing", script);
    for (name, path) in [("input", &input), ("tree", &tree)] {
        derivation.input_sources.insert(path.clone());
        let value = test.store.layout().print(path).into_bytes();
        derivation.environment.insert(name.into(), value);
    }
    assert_eq!(test.lines(derivation), [""; 0]);
    assert!(test.store.has_good_contents(&input).expect("readable"));
    assert!(test.store.has_good_contents(&tree).expect("readable"));
    let left: Vec<_> = std::fs::read_dir(&test.store.layout().real_store_dir)
        .expect("a directory")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.contains("-written") || name.contains(".chroot"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

fn what_is_known_in_advance_may_use_the_network(test: &Test) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
    let port = listener.local_addr().expect("an address").port();
    let mut derivation = test.derivation(
        "fetched",
        &format!("exec 3<> /dev/tcp/127.0.0.1/{port}; test -e /etc/nsswitch.conf; printf x > $out"),
    );
    let address = ContentAddress {
        method: ContentAddressMethod::Flat,
        hash: Hash::sha256("x"),
    };
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Fixed(address));
    assert_eq!(test.lines(derivation), ["x"]);
    listener.set_nonblocking(true).expect("set");
    listener.accept().expect("it was connected to");
}

fn derivations_may_ask_for_no_sandbox(test: &Test) {
    let marker = test.directory.join("secret").display().to_string();
    let open = |name: &str| {
        let mut derivation = test.derivation(name, &format!("test -e {marker}; echo > $out"));
        derivation
            .environment
            .insert(b"__noChroot".to_vec(), b"1".to_vec());
        test.add(derivation)
    };
    let mut options = sandboxed();
    let error = test.build(&open("refused"), &options).expect_err("refused");
    assert!(
        error.to_string().contains("has '__noChroot' set"),
        "{error}"
    );
    options.sandbox.mode = SandboxMode::Relaxed;
    test.build(&open("allowed"), &options).expect("built");
}

fn one_of_several_outputs_is_made_again(test: &Test) {
    let mut derivation = test.derivation("several", "echo $dev > $out; echo dev > $dev");
    derivation
        .outputs
        .insert("dev".to_owned(), DerivationOutput::Deferred);
    let path = test.add(derivation);
    let out = test.build(&path, &sandboxed()).expect("built");
    test.store.delete(&out).expect("deleted");
    assert_eq!(test.build(&path, &sandboxed()).expect("built"), out);
    assert!(test.store.verify(true).expect("readable").is_empty());
}

fn a_sandbox_ends_with_all_that_is_in_it(test: &Test) {
    // One that its session is not known of, which would write on for ever.
    let script = "(setsid sleep 1000 < /dev/null > /dev/null 2>&1 & disown); sleep 1000";
    let path = test.add(test.derivation("endless", script));
    let mut options = sandboxed();
    options.timeout = Some(Duration::from_millis(300));
    let begun = Instant::now();
    let error = test.build(&path, &options).expect_err("too slow");
    assert_eq!(error.exit_code(), 101);
    assert!(begun.elapsed() < Duration::from_secs(20));
    let script = "(setsid sleep 1000 < /dev/null & disown); echo > $out";
    let path = test.add(test.derivation("left", script));
    test.build(&path, &sandboxed()).expect("built");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// With the store directory of Nix, though the files are elsewhere.
fn a_store_elsewhere_is_where_it_says(test: &Test) {
    let layout = Layout {
        store_dir: nix_wire::StoreDir::default(),
        real_store_dir: test.directory.join("elsewhere/nix/store"),
        state_dir: test.directory.join("elsewhere/nix/var/nix"),
        log_dir: test.directory.join("elsewhere/nix/var/log/nix"),
    };
    let elsewhere = Test {
        store: LocalStore::new(layout),
        directory: test.directory.clone(),
    };
    let input = elsewhere
        .store
        .add_text("input", "text", BTreeSet::new())
        .expect("a text");
    let mut derivation = elsewhere.derivation("x", "cat $input > $out; echo $out >> $out");
    derivation.input_sources.insert(input.clone());
    let value = elsewhere.store.layout().print(&input);
    derivation
        .environment
        .insert(b"input".to_vec(), value.into_bytes());
    let mut options = sandboxed();
    options.sandbox.mode = SandboxMode::Disabled;
    let path = elsewhere.add(derivation);
    let out = match elsewhere.build(&path, &options) {
        Ok(out) => out,
        Err(errors) => panic!("{errors}"),
    };
    let text = std::fs::read_to_string(elsewhere.store.layout().real_path(&out)).expect("a file");
    assert_eq!(text, format!("text/nix/store/{}\n", out.base_name()));
}
