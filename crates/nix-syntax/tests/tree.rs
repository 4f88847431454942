//! What the printer does not show: positions, names of functions, the order of symbols and
//! expressions, strings of their own.

mod common;

use common::tree;
use nix_syntax::ast::{Ast, BinaryOperator, BindingValue, Expr, ExprId, PathPart, Pos, Symbol};

fn root(ast: &Ast) -> ExprId {
    ast.root.expect("a root")
}

/// The text from the position of the root on.
fn root_position(source: &str) -> Option<&str> {
    let ast = tree(source);
    let pos = ast.pos(root(&ast));
    (pos != Pos::NONE).then(|| &source[pos.0 as usize..])
}

#[test]
fn expressions_have_the_positions_that_nix_reports() {
    for (source, expected) in [
        ("  a", Some("a")),
        ("  (a)", Some("a)")),
        ("  __curPos", Some("__curPos")),
        ("  1", None),
        ("  1.5", None),
        ("  \"a\"", None),
        ("  ./a", None),
        ("  http://a", None),
        ("  \"${a}\"", Some("${a}\"")),
        ("  \"b${a}\"", Some("b${a}\"")),
        ("  ''${a}''", Some("''${a}''")),
        ("  ./a/${b}", Some("./a/${b}")),
        ("  <a>", Some("<a>")),
        ("  [ a b ]", Some("a b ]")),
        ("  [ ]", None),
        ("  { a = 1; }", Some("{ a = 1; }")),
        ("  { }", Some("{ }")),
        ("  rec { }", Some("rec { }")),
        ("  let { }", Some("let { }")),
        ("  let in a", None),
        ("  a: b", Some("a: b")),
        ("  { a }: b", Some("{ a }: b")),
        ("  a@{ b }: c", Some("a@{ b }: c")),
        ("  f a b", Some("f a b")),
        ("  (f) a b", Some("(f) a b")),
        ("  (f a) b", Some("f a) b")),
        ("  a.b", Some("a.b")),
        ("  (a).b or c", Some("(a).b or c")),
        ("  a or", Some("a or")),
        ("  a ? b", Some("a ? b")),
        ("  !a", Some("a")),
        ("  -a", Some("-a")),
        ("  a - b", Some("- b")),
        ("  a + b", Some("+ b")),
        ("  a < b", Some("< b")),
        ("  a >= b", Some(">= b")),
        ("  a // b", Some("// b")),
        ("  a |> b", Some("|> b")),
        ("  a |> b c", Some("b c")),
        ("  a <| b", Some("<| b")),
        ("  if a then b else c", Some("if a then b else c")),
        ("  assert a; b", Some("assert a; b")),
        ("  with a; b", Some("with a; b")),
    ] {
        assert_eq!(root_position(source), expected, "{source}");
    }
}

#[test]
fn parts_of_strings_and_operands_of_plus_have_positions() {
    let source = "\"a${b}c${(d)}\"";
    let ast = tree(source);
    let Expr::Interpolated(parts) = ast.expr(root(&ast)) else {
        panic!("no interpolation")
    };
    let positions: Vec<Pos> = (parts.start..parts.start + parts.len)
        .map(|index| ast.part_pos(index))
        .collect();
    assert_eq!(positions, [Pos::NONE, Pos(2), Pos::NONE, Pos(7)]);

    let ast = tree("1 - (f x) + -(y)");
    let Expr::Binary {
        operator: BinaryOperator::Add,
        operands,
    } = ast.expr(root(&ast))
    else {
        panic!("no sum");
    };
    assert_eq!(ast.operand_pos(operands), [Pos(0), Pos(12)]);
    let ast = tree("1 // 2");
    assert_eq!(ast.operand_pos(0), [Pos::NONE; 2]);
}

#[test]
fn attributes_have_the_positions_of_their_paths() {
    let source = "{ a.b = 1; c = 2; inherit d; inherit (e) f; ${g} = 3; a.h = { i = 4; }; }";
    let ast = tree(source);
    let Expr::AttrSet(set) = ast.expr(root(&ast)) else {
        panic!("no set")
    };
    let set = ast.sets[set as usize];
    let names: Vec<(&[u8], &str)> = ast.bindings[set.bindings.range()]
        .iter()
        .map(|binding| {
            (
                ast.symbol(binding.name),
                &source[binding.pos.0 as usize..][..3],
            )
        })
        .collect();
    assert_eq!(
        names,
        [
            (&b"a"[..], "a.b"),
            (b"c", "c ="),
            (b"d", "d; "),
            (b"f", "f; ")
        ],
        "in order of first appearance"
    );
    let dynamic = ast.dynamic_bindings[set.dynamic.range()][0];
    assert!(source[dynamic.pos.0 as usize..].starts_with("${g}"));

    let BindingValue::Plain(a) = ast.bindings[set.bindings.range()][0].value else {
        panic!("no set");
    };
    assert_eq!(ast.pos(a), Pos::NONE, "nobody wrote the set");
    let Expr::AttrSet(a) = ast.expr(a) else {
        panic!("no set")
    };
    let inner = &ast.bindings[ast.sets[a as usize].bindings.range()];
    assert!(source[inner[0].pos.0 as usize..].starts_with("a.b"));
    assert!(source[inner[1].pos.0 as usize..].starts_with("a.h"));
}

#[test]
fn functions_know_what_they_are_bound_to() {
    let source = "let f = x: { y }: z: (w: w); g = (v: v); h.i = u: u; \
                  in { inherit (f) j; k = [ (t: t) ]; \"l m\" = s: s; ${n} = r: r; \
                  o = { p = q: q; }; o.p2 = q2: q2; }";
    let ast = tree(source);
    let mut named: Vec<(&str, Option<&str>)> = ast
        .exprs
        .iter()
        .zip(&ast.positions)
        .filter_map(|(expr, pos)| match expr {
            Expr::Lambda(lambda) => {
                let name = ast.lambdas[*lambda as usize]
                    .name
                    .map(|name| ast.symbol(name));
                let text = source[pos.0 as usize..].split([':', ' ']).next()?;
                Some((
                    text,
                    name.map(|name| std::str::from_utf8(name).expect("ASCII")),
                ))
            }
            _ => None,
        })
        .collect();
    named.sort_unstable();
    assert_eq!(
        named,
        [
            ("q", Some("p")),
            ("q2", Some("p2")),
            ("r", None),
            ("s", Some("l m")),
            ("t", None),
            ("u", Some("i")),
            ("v", Some("g")),
            ("w", Some("f")),
            ("x", Some("f")),
            ("z", Some("f")),
            ("{", Some("f")),
        ]
    );
}

#[test]
fn symbols_are_in_the_order_in_which_nix_makes_them() {
    let ast = tree("a@{ b ? c, d }: e: [ f.g { inherit h; i.j = k: a; } (1 - l) ]");
    let names: Vec<&[u8]> = (0..ast.symbol_ends.len() as u32)
        .map(|index| ast.symbol(Symbol(index)))
        .collect();
    // Those of a function come when all of it is read, and so does that of a default.
    let expected: [&[u8]; 13] = [
        b"c", b"b", b"d", b"f", b"g", b"h", b"i", b"j", b"a", b"k", b"l", b"__sub", b"e",
    ];
    assert_eq!(names, expected);
}

#[test]
fn inherited_names_refer_to_sources_after_merging() {
    let ast = tree("{ a = { inherit (x) b; }; a = { inherit (y) c; inherit (z) d; }; }");
    let Expr::AttrSet(set) = ast.expr(root(&ast)) else {
        panic!("no set")
    };
    let BindingValue::Plain(a) = ast.bindings[ast.sets[set as usize].bindings.range()][0].value
    else {
        panic!("no set");
    };
    let Expr::AttrSet(a) = ast.expr(a) else {
        panic!("no set")
    };
    let a = ast.sets[a as usize];
    for binding in &ast.bindings[a.bindings.range()] {
        let BindingValue::InheritFrom(source) = binding.value else {
            panic!("not inherited")
        };
        let source = ast.lists[a.inherit_from.range()][source as usize];
        let Expr::Var(variable) = ast.expr(source) else {
            panic!("no variable")
        };
        let expected: &[u8] = match ast.symbol(binding.name) {
            b"b" => b"x",
            b"c" => b"y",
            _ => b"z",
        };
        assert_eq!(ast.symbol(variable), expected);
    }
}

/// The expressions that one refers to directly.
fn children(ast: &Ast, id: ExprId) -> Vec<ExprId> {
    let parts = |run: nix_syntax::ast::Run| {
        ast.path_parts[run.range()]
            .iter()
            .filter_map(|part| match part {
                PathPart::Static(_) => None,
                PathPart::Dynamic(expr) => Some(*expr),
            })
    };
    let set = |index: u32| {
        let set = ast.sets[index as usize];
        let mut children = ast.lists[set.inherit_from.range()].to_vec();
        for binding in &ast.bindings[set.bindings.range()] {
            match binding.value {
                BindingValue::Plain(expr) | BindingValue::Inherit(expr) => children.push(expr),
                BindingValue::InheritFrom(source) => assert!(source < set.inherit_from.len),
            }
        }
        for binding in &ast.dynamic_bindings[set.dynamic.range()] {
            children.extend([binding.name, binding.value]);
        }
        children
    };
    match ast.expr(id) {
        Expr::Int(_)
        | Expr::Float(_)
        | Expr::Str(_)
        | Expr::Path(_)
        | Expr::SearchPath { .. }
        | Expr::Var(_)
        | Expr::CurPos => vec![],
        Expr::Interpolated(run) | Expr::InterpolatedPath(run) | Expr::List(run) => {
            ast.lists[run.range()].to_vec()
        }
        Expr::Select { base, select } => {
            let select = ast.selects[select as usize];
            [base]
                .into_iter()
                .chain(parts(select.path))
                .chain(select.default)
                .collect()
        }
        Expr::HasAttr { base, path } => [base].into_iter().chain(parts(path)).collect(),
        Expr::AttrSet(index) => set(index),
        Expr::Lambda(index) => {
            let lambda = ast.lambdas[index as usize];
            let formals = lambda
                .formals
                .map(|formals| formals.formals)
                .unwrap_or_default();
            let defaults = ast.formals[formals.range()]
                .iter()
                .filter_map(|formal| formal.default);
            defaults.chain([lambda.body]).collect()
        }
        Expr::Apply {
            function,
            arguments,
        } => {
            assert!(arguments.len > 0);
            [function]
                .into_iter()
                .chain(ast.lists[arguments.range()].iter().copied())
                .collect()
        }
        Expr::Let { bindings, body } => {
            let mut children = set(bindings);
            children.push(body);
            children
        }
        Expr::If(index) => ast.triples[index as usize].to_vec(),
        Expr::Assert {
            condition: a,
            body: b,
        }
        | Expr::With { set: a, body: b } => vec![a, b],
        Expr::Not(operand) => vec![operand],
        Expr::Binary { operands, .. } => ast.pairs[operands as usize].to_vec(),
    }
}

#[test]
fn children_come_before_their_parents() {
    let mut sources: Vec<String> = common::cases("print", "output")
        .into_iter()
        .map(|case| case.source)
        .collect();
    sources.push("{ a.b.c = { d = 1; }; a.b = { c.e = 2; f = x: x; }; a.${g}.h = 3; }".to_owned());
    for source in sources {
        let ast = tree(&source);
        assert_eq!(ast.exprs.len(), ast.positions.len());
        for index in 0..ast.exprs.len() as u32 {
            for child in children(&ast, ExprId(index)) {
                assert!(child.0 < index, "{source}");
            }
        }
    }
}

#[test]
fn names_in_quotes_leave_no_text_behind() {
    let ast = tree("{ \"a\" = \"b\"; }.\"c\\n\".d");
    assert_eq!(ast.string_ends.len(), 1);
    assert_eq!(ast.string_bytes, b"b");
}
