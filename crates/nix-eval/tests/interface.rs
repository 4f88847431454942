//! The evaluator as other crates use it.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::Ordering;

use nix_eval::host::{Message, ReadOnlyHost};
use nix_eval::{
    Coercion, ErrorKind, EvalError, Evaluator, Feature, Kind, Settings, Value, View,
    with_large_stack,
};

fn host() -> ReadOnlyHost {
    ReadOnlyHost::new("/nix/store").expect("a valid store directory")
}

fn with<R: Send>(settings: Settings, test: impl FnOnce(&Evaluator) -> R + Send) -> R {
    with_large_stack(|| test(&Evaluator::new(Box::new(host()), settings)))
}

fn eval(e: &Evaluator, program: &str) -> Result<Value, Box<EvalError>> {
    e.eval_string(program.as_bytes(), Path::new("/base"))
}

/// The result of a program as text.
fn print(settings: Settings, program: &str) -> String {
    with(settings, |e| {
        match eval(e, program)
            .and_then(|v| e.force_deep(v))
            .and_then(|v| e.print(v))
        {
            Ok(text) => text,
            Err(error) => format!("{}: {}", error.kind.code(), error.message),
        }
    })
}

#[test]
fn values_can_be_made_and_taken_apart() {
    with(Settings::default(), |e| {
        let list = e.list(&[
            e.int(i64::MAX),
            e.float(1.5),
            e.string(b"text"),
            Value::NULL,
        ]);
        let set = e.attrs(&[
            (e.symbol(b"b"), list),
            (e.symbol(b"a"), Value::TRUE),
            (e.symbol(b"b"), e.list(&[list])),
        ]);
        assert_eq!(
            e.print(set).expect("a printable set"),
            r#"{ a = true; b = [ [ 9223372036854775807 1.5 "text" null ] ]; }"#
        );
        let View::Attrs(attrs) = e.view(set) else {
            panic!("a set")
        };
        assert_eq!(e.attrs_len(attrs), 2);
        let names: Vec<&[u8]> = e
            .attrs_by_name(attrs)
            .map(|attr| e.symbol_text(attr.name))
            .collect();
        assert_eq!(names, [&b"a"[..], b"b"]);
        let inner = e.attr_named(attrs, b"b").expect("there");
        let View::List(list) = e.view(inner) else {
            panic!("a list")
        };
        let View::List(list) = e.view(e.element(list, 0)) else {
            panic!("a list")
        };
        let kinds: Vec<Option<Kind>> = e
            .elements(list)
            .map(|value| e.force(value).expect("evaluated").kind())
            .collect();
        let expected = [Kind::Int, Kind::Float, Kind::String, Kind::Null].map(Some);
        assert_eq!(kinds, expected);
        assert!(e.attr_named(attrs, b"never seen before").is_none());
    });
}

#[test]
fn functions_can_be_called_and_inspected() {
    with(Settings::default(), |e| {
        let function =
            eval(e, "{ self, nixpkgs ? 1, ... }@inputs: self + nixpkgs").expect("a lambda");
        let formals = e.formals(function).expect("a lambda");
        let names: Vec<(&[u8], bool)> = formals
            .names
            .expect("a set pattern")
            .iter()
            .map(|formal| (e.symbol_text(formal.name), formal.has_default))
            .collect();
        assert_eq!(names, [(&b"self"[..], false), (b"nixpkgs", true)]);
        assert!(formals.ellipsis);
        assert_eq!(
            formals.argument.map(|name| e.symbol_text(name)),
            Some(&b"inputs"[..])
        );
        let argument = e.attrs(&[(e.symbol(b"self"), e.int(41))]);
        let result = e.call(function, &[argument]).expect("a number");
        assert_eq!(e.force_int(result, "").expect("a number"), 42);

        let missing = e
            .auto_call(function, &[])
            .expect_err("an argument is missing");
        assert_eq!(missing.kind, ErrorKind::MissingArgument);
        let called = e
            .auto_call(function, &[(e.symbol(b"self"), e.int(1))])
            .expect("a number");
        assert_eq!(e.force_int(called, "").expect("a number"), 2);
        let partial = e.call(eval(e, "builtins.add").expect("a builtin"), &[e.int(1)]);
        assert_eq!(
            e.print(partial.expect("a function")).expect("printable"),
            "<PRIMOP-APP>"
        );
    });
}

#[test]
fn lazy_values_are_computed_once() {
    with(Settings::default(), |e| {
        let calls = Rc::new(RefCell::new(0));
        let counter = Rc::clone(&calls);
        let value = e.lazy(move |e| {
            *counter.borrow_mut() += 1;
            Ok(e.int(7))
        });
        assert_eq!(*calls.borrow(), 0);
        for _ in 0..2 {
            assert_eq!(e.force_int(value, "").expect("a number"), 7);
        }
        assert_eq!(*calls.borrow(), 1);
    });
}

#[test]
fn trivial_values_are_told_from_computed_ones() {
    with(Settings::default(), |e| {
        let program = r#"{
            set = { a = 1; }; list = [ 1 ]; function = x: x; text = "a"; path = ./a;
            call = toString 1; choice = if true then 1 else 2; join = "a" + "b";
            computed = { ${toString 1} = 1; }; update = { } // { };
        }"#;
        let View::Attrs(attrs) = e.view(eval(e, program).expect("a set")) else {
            panic!("a set")
        };
        let trivial: Vec<String> = e
            .attrs_by_name(attrs)
            .filter(|attr| e.is_trivial(attr.value))
            .map(|attr| String::from_utf8_lossy(e.symbol_text(attr.name)).into_owned())
            .collect();
        assert_eq!(trivial, ["function", "list", "path", "set", "text"]);
        let call = e.attr_named(attrs, b"call").expect("there");
        let error = e.force_trivial(call).expect_err("a call is computed");
        assert_eq!(
            e.locate(error.pos).map(|l| (l.line, l.column)),
            Some((3, 20))
        );
    });
}

#[test]
fn an_error_can_be_tried_again() {
    with(Settings::default(), |e| {
        let value = eval(e, "{ a = builtins.div 1 0; }").expect("a set");
        let View::Attrs(attrs) = e.view(value) else {
            panic!("a set")
        };
        for _ in 0..2 {
            let a = e.attr_named(attrs, b"a").expect("there");
            assert_eq!(
                e.force(a).expect_err("division by zero").message,
                "division by zero"
            );
        }
    });
}

#[test]
fn pure_evaluation_knows_nothing_of_the_machine() {
    let pure = Settings {
        pure_eval: true,
        ..Settings::default()
    };
    let print = |program: &str| print(pure.clone(), program);
    assert_eq!(
        print("builtins ? currentTime || builtins ? currentSystem"),
        "false"
    );
    assert_eq!(print("builtins.getEnv \"PATH\""), "\"\"");
    assert_eq!(print("builtins.nixPath"), "[ ]");
    assert_eq!(print("builtins.pathExists /etc"), "false");
    assert!(
        print("builtins.readFile /etc/passwd").starts_with("restricted: access to absolute path")
    );
    assert!(print("<nixpkgs>").starts_with("throw: cannot look up '<nixpkgs>' in pure"));
    assert!(print("~/file").starts_with("restricted: the path '~/file' can not be resolved"));
}

#[test]
fn features_decide_about_builtins() {
    let program = "[ (builtins ? getFlake) (builtins ? fetchTree) (builtins ? outputOf) ]";
    assert_eq!(print(Settings::default(), program), "[ false false false ]");
    let mut settings = Settings::default();
    settings.features.insert(Feature::Flakes);
    assert_eq!(print(settings, program), "[ true true false ]");
    assert_eq!(
        print(
            Settings::default(),
            r#"(derivation { name = "a"; system = "s"; builder = "b"; __contentAddressed = true; }).drvPath"#
        ),
        "eval: experimental Nix feature 'ca-derivations' is disabled; add '--extra-experimental-features ca-derivations' to enable it"
    );
}

#[test]
fn endless_recursion_is_an_error() {
    let overflow = "stack-overflow: stack overflow; max-call-depth exceeded";
    let cases = [
        "let f = x: f x; in f 1",
        "let f = x: 1 + f x; in f 1",
        "let f = x: { a = f (x + 1); }; in builtins.deepSeq (f 0) 1",
        "let f = x: [ (f (x + 1)) ]; in f 0",
        "let f = x: { outPath = f (x + 1); }; in toString (f 0)",
        "let f = x: { a = f (x + 1); }; in f 0 == f 0",
    ];
    for case in cases {
        assert_eq!(print(Settings::default(), case), overflow, "{case}");
    }
    // A chain of thunks makes no calls, so only the stack limits it.
    let chain = "let add = sum: n: { value = sum.value + n; }; in
        (builtins.foldl' add { value = 0; } (builtins.genList (n: n) 50000)).value";
    assert_eq!(print(Settings::default(), chain), "1249975000");
}

#[test]
fn a_small_stack_ends_in_an_error() {
    let e = Evaluator::new(Box::new(host()), Settings::default());
    let error = eval(&e, "let f = x: 1 + f (x + 1); in f 0").expect_err("endless");
    assert_eq!(error.kind, ErrorKind::StackOverflow);
    // The evaluator is still usable.
    assert_eq!(
        e.print(eval(&e, "1 + 1").expect("a number"))
            .expect("printable"),
        "2"
    );
}

#[test]
fn evaluation_can_be_interrupted() {
    with(Settings::default(), |e| {
        e.interrupt_flag().store(true, Ordering::Relaxed);
        let error = eval(e, "(x: x) 1").expect_err("interrupted");
        assert_eq!(error.kind, ErrorKind::Interrupted);
        e.interrupt_flag().store(false, Ordering::Relaxed);
        assert!(eval(e, "(x: x) 1").is_ok());
    });
}

#[test]
fn messages_reach_the_host() {
    let seen: Vec<String> = with_large_stack(|| {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&seen);
        let host = host().with_messages(move |message| {
            sink.borrow_mut().push(match message {
                Message::Trace(text) => format!("trace {text}"),
                Message::EvaluationWarning(text) => format!("warning {text}"),
                Message::Warning(text) => format!("about the program: {text}"),
                Message::Call { location, entered } => format!("call {location} {entered}"),
            });
        });
        let e = Evaluator::new(Box::new(host), Settings::default());
        let program =
            r#"builtins.trace [ 1 (x: x) ] (builtins.trace "text" (builtins.warn "careful" 1))"#;
        eval(&e, program).expect("a number");
        seen.borrow().clone()
    });
    assert_eq!(
        seen,
        [
            "trace [ 1 «lambda @ «string»:1:21» ]",
            "trace text",
            "warning careful"
        ]
    );
}

#[test]
fn strings_carry_their_context() {
    with(Settings::default(), |e| {
        let program = r#""${derivation { name = "n"; system = "s"; builder = "b"; }}/bin""#;
        let value = eval(e, program).expect("a string");
        let (text, context) = e
            .coerce_to_string(value, Coercion::PLAIN, "")
            .expect("a string");
        assert!(text.ends_with(b"-n/bin"));
        let elements: Vec<String> = e
            .context_elements(context)
            .iter()
            .map(|element| element.display())
            .collect();
        assert_eq!(elements.len(), 1);
        assert!(elements[0].ends_with("-n.drv^out"), "{elements:?}");
    });
}

#[test]
fn equal_derivations_are_made_once() {
    with(Settings::default(), |e| {
        let program = r#"map (n: (derivation { name = "n"; system = "s"; builder = "b"; }).drvPath) [ 1 2 3 ]"#;
        let value = eval(e, program)
            .and_then(|v| e.force_deep(v))
            .expect("a list");
        assert!(e.print(value).expect("printable").contains("-n.drv"));
        let stats = e.stats();
        assert_eq!((stats.derivations, stats.derivation_hits), (3, 2));
    });
}

#[test]
fn evaluators_do_not_disturb_each_other() {
    with_large_stack(|| {
        let (a, b) = (
            Evaluator::new(Box::new(host()), Settings::default()),
            Evaluator::new(Box::new(host()), Settings::default()),
        );
        let x = eval(&a, "{ only-in-a = [ 1 2 ]; }").expect("a set");
        let y = eval(&b, "[ { b = 3; } ]").expect("a list");
        let (x, y) = (
            a.force_deep(x).expect("a set"),
            b.force_deep(y).expect("a list"),
        );
        assert_eq!(a.print(x).expect("printable"), "{ only-in-a = [ 1 2 ]; }");
        assert_eq!(b.print(y).expect("printable"), "[ { b = 3; } ]");
    });
}
