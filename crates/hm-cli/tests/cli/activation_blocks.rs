//! Activation blocks and hooks.

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
