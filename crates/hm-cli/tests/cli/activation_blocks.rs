//! Activation blocks and hooks.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::{configure, configured, managed};

#[test]
fn hooks_run_when_their_file_changes() {
    let module = |text: &str| {
        format!(
            r#"home.file."watched" = {{ text = "{text}"; onChange = "echo {text} >> $HOME/hook"; }};"#
        )
    };
    let sandbox = configured(&module("one"));
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("hook"), "one\n");
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("hook"), "one\n", "nothing changed");
    configure(&sandbox, &module("two"));
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("hook"), "one\ntwo\n");
}

#[test]
fn blocks_run_in_order_in_one_process() {
    let sandbox = configured(
        r#"
        home.file."managed".text = "x";
        home.activation.early = lib.hm.dag.entryBefore [ "writeBoundary" ] ''
          early=$BASHPID
          [[ -e $HOME/managed ]] && seen=yes || seen=no
        '';
        home.activation.late = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
          [[ $early = $BASHPID ]] && run cp $HOME/managed $HOME/copied
          echo $seen > $HOME/seen
        '';
        "#,
    );
    let ran = sandbox.succeed(["switch", "-v"]);
    assert_eq!(sandbox.read("copied"), "x");
    assert_eq!(sandbox.read("seen"), "no\n");
    let order: Vec<&str> = ran
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("Activating "))
        .collect();
    let place = |name: &str| order.iter().position(|block| *block == name).expect(name);
    assert!(place("early") < place("writeBoundary"), "{order:?}");
    assert!(place("linkGeneration") < place("late"), "{order:?}");
}

#[test]
fn a_failing_block_undoes_the_switch() {
    let sandbox = configured(r#"home.file."a".text = "1";"#);
    sandbox.succeed(["switch"]);
    let before = managed(&sandbox);
    configure(
        &sandbox,
        r#"
        home.file."b".text = "2";
        home.activation.breaks = lib.hm.dag.entryAfter [ "linkGeneration" ] "exit 7";
        "#,
    );
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    insta::assert_snapshot!("failing_block", ran.stderr);
    assert_eq!(managed(&sandbox), before);
    assert_eq!(sandbox.succeed(["generations"]).stdout.lines().count(), 1);
    sandbox.succeed(["status"]);
}

#[test]
fn blocks_before_linking_may_make_and_remove_what_is_in_the_way() {
    let sandbox = configured(
        r#"
        home.file."app/conf".text = "managed";
        home.file."settings".text = "managed";
        home.file."old".text = "managed";
        home.activation.clear = lib.hm.dag.entryBefore [ "checkLinkTargets" ] ''
          run rm -f "$HOME/settings"
        '';
        home.activation.make = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] ''
          run mkdir -m 700 -p "$HOME/app" "$HOME/other"
          run rm -f "$HOME/old"
        '';
        "#,
    );
    sandbox.write("settings", "the user's");
    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr.contains("Switched to generation 1"),
        "{}",
        ran.stderr
    );
    for file in ["app/conf", "settings", "old"] {
        assert_eq!(sandbox.read(file), "managed");
    }
    // Once more: links are there that blocks remove.
    std::fs::remove_file(sandbox.home().join("settings")).expect("a link");
    sandbox.write("settings", "an editor's");
    sandbox.succeed(["switch"]);
    assert_eq!(sandbox.read("settings"), "managed");
    sandbox.succeed(["status"]);
}

#[test]
fn what_blocks_have_put_in_the_way_is_a_collision_and_stays() {
    let sandbox = configured(
        r#"
        home.file."app/conf".text = "managed";
        home.activation.make = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] ''
          mkdir -p "$HOME/app"; echo mine > "$HOME/app/conf"
        '';
        "#,
    );
    let ran = sandbox.run(["switch"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("a file of yours is in the way\n"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains(
            "no file and no profile was changed; what activation blocks did by \
                             themselves was not undone: make"
        ) || ran.stderr.contains(
            "was undone; what activation blocks did by themselves was not \
                             undone: make"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.read("app/conf"), "mine\n");
}

#[test]
fn a_directory_that_a_block_has_made_is_not_undone() {
    let sandbox = configured(
        r#"
        home.file."app/conf".text = "managed";
        home.file."new/conf".text = "managed";
        home.activation.make = lib.hm.dag.entryBetween [ "linkGeneration" ] [ "writeBoundary" ] ''
          mkdir -m 700 "$HOME/app"
        '';
        home.activation.breaks = lib.hm.dag.entryAfter [ "linkGeneration" ] "false";
        "#,
    );
    assert_eq!(sandbox.run(["switch"]).code, 1);
    assert_eq!(
        managed(&sandbox).keys().collect::<Vec<_>>(),
        [".config/", "app/"]
    );
}

#[test]
fn a_block_that_exits_ends_the_blocks_but_not_the_switch() {
    let sandbox = configured(
        r#"
        home.file."a".text = "managed";
        home.activation.leaves = lib.hm.dag.entryBefore [ "writeBoundary" ] "exit 0";
        home.activation.late = lib.hm.dag.entryAfter [ "linkGeneration" ] "touch $HOME/late";
        "#,
    );
    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr
            .contains("the activation block 'leaves' ended the script (exit 0)"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.read("a"), "managed");
    assert!(!sandbox.home().join("late").exists());
    sandbox.succeed(["status"]);
}

/// Starts a switch whose block writes its process number and then waits, and waits for that.
#[expect(clippy::zombie_processes, reason = "the caller waits for it")]
fn switch_with_slow_block(sandbox: &testutils::Sandbox) -> (std::process::Child, u32) {
    let child = sandbox
        .program(["switch"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let file = sandbox.home().join("process");
    let start = Instant::now();
    loop {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "the block does not begin"
        );
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        if let Ok(number) = text.trim().parse() {
            return (child, number);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_running(process: u32) -> bool {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    !text.is_empty() && !text.contains(") Z ")
}

const SLOW: &str = r#"
  home.file."a".text = "managed";
  home.activation.slow = lib.hm.dag.entryAfter [ "linkGeneration" ] ''
    ( trap "" TERM INT HUP; setsid sleep 60 & echo $! > "$HOME/process"; sleep 60 )
    touch "$HOME/went-on"
  '';
"#;

#[test]
fn signals_end_running_blocks_with_all_that_they_started() {
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let sandbox = configured(SLOW);
        let (mut child, process) = switch_with_slow_block(&sandbox);
        let start = Instant::now();
        let killed = sandbox
            .command("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(killed.expect("kill").success());
        let status = child.wait().expect("it ends");
        // Undoing is in this time too, and other tests run.
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(status.code(), Some(code));
        assert!(!is_running(process), "a process of the block goes on");
        assert!(!sandbox.home().join("a").exists(), "the link was undone");
        assert!(!sandbox.home().join("went-on").exists());
    }
}

#[test]
fn blocks_of_a_killed_switch_do_not_go_on_beside_the_next_one() {
    let sandbox = configured(SLOW);
    let (mut child, process) = switch_with_slow_block(&sandbox);
    child.kill().expect("a running switch");
    child.wait().expect("it ends");
    assert!(is_running(process), "nobody has told the block");
    let ran = sandbox.succeed(["status"]);
    assert!(ran.stderr.contains("was cut off"), "{}", ran.stderr);
    assert!(!is_running(process));
    assert!(!sandbox.home().join("a").exists());
    assert!(!sandbox.home().join("went-on").exists());
}

#[test]
fn uninstalling_removes_everything_or_nothing() {
    let module = r#"
      home.file."note".text = "1";
      home.packages = [ (pkgs.writeShellScriptBin "greet" "echo hi") ];
    "#;
    let sandbox = configured(module);
    let before = managed(&sandbox);
    sandbox.succeed(["switch"]);
    let installed = managed(&sandbox);
    let last = r#"
      uninstall = true;
      home.file."note".text = "1";
      home.activation.last = lib.hm.dag.entryAfter [ "uninstall" ] "[[ ! -e $HOME/break ]]";
    "#;
    configure(&sandbox, last);
    sandbox.write("break", "");
    assert_eq!(sandbox.run(["switch"]).code, 1);
    std::fs::remove_file(sandbox.home().join("break")).expect("a file");
    assert_eq!(managed(&sandbox), installed);
    assert_eq!(sandbox.succeed(["generations"]).stdout.lines().count(), 1);
    sandbox.succeed(["status"]);

    let ran = sandbox.succeed(["switch"]);
    assert!(
        ran.stderr.contains("Home Manager was removed"),
        "{}",
        ran.stderr
    );
    assert_eq!(managed(&sandbox), before);
    let state = sandbox.home().join(".local/state");
    assert!(!state.join("home-manager").exists());
    assert!(!state.join("nix/profiles/home-manager").exists());
    assert!(!state.join("nix/profiles/home-manager-1-link").exists());
    assert!(!sandbox.home().join(".nix-profile/bin/greet").exists());
    let ran = sandbox.succeed(["status"]);
    assert_eq!(ran.stdout, "No generation is active.\n");
}
