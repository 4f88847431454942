//! Checks that a kept unit addresses nothing but its own parts and the environments that it makes.
//!
//! Linking checks numbers against the lengths of tables. What is checked here is how parts are put
//! together: each node is the part of one other, which comes after it, so that there are no circles; and
//! each variable is in a slot that its environment has. A unit that was just compiled is like that; one
//! from a file could be anything.

use super::{HAS_FORMALS, LET, NONE, NodeEntry, NodeKind, PLAIN_SET, RECURSIVE_SET, View};
use crate::ir::{AttrCode, AttrScope};

/// The environment of a node that is the part of no other.
const UNUSED: u32 = u32::MAX;
/// What is around the environments of a file.
const OUTSIDE: u32 = 0;

/// Returns whether a unit can be linked and evaluated.
pub(crate) fn is_sound(view: &View<'_>) -> bool {
    let mut verifier = Verifier {
        view: *view,
        environments: vec![Environment {
            parent: NONE,
            slots: 0,
        }],
        of_nodes: vec![UNUSED; view.nodes.len()],
    };
    verifier.verify().is_some()
}

struct Environment {
    parent: u32,
    slots: u32,
}

struct Verifier<'a> {
    view: View<'a>,
    environments: Vec<Environment>,
    /// The number of the environment of each node.
    of_nodes: Vec<u32>,
}

impl Verifier<'_> {
    fn verify(&mut self) -> Option<()> {
        let root = self.view.root as usize;
        *self.of_nodes.get_mut(root)? = OUTSIDE;
        let nodes = self.view.nodes;
        for number in (0..=root).rev() {
            let environment = self.of_nodes[number];
            if environment != UNUSED {
                self.node(number as u32, &nodes[number], environment)?;
            }
        }
        Some(())
    }

    /// Notes that a node is a part of another.
    fn part(&mut self, of: u32, node: u32, environment: u32) -> Option<()> {
        if node >= of {
            return None;
        }
        let known = self.of_nodes.get_mut(node as usize)?;
        let is_constant = self.view.nodes[node as usize].kind == NodeKind::Constant as u32;
        if *known != UNUSED && *known != environment && !is_constant {
            return None;
        }
        *known = environment;
        Some(())
    }

    fn optional_part(&mut self, of: u32, node: u32, environment: u32) -> Option<()> {
        match node {
            NONE => Some(()),
            node => self.part(of, node, environment),
        }
    }

    fn run(&mut self, of: u32, start: u32, len: u32, environment: u32) -> Option<()> {
        let end = start.checked_add(len)?;
        for &node in self.view.children.get(start as usize..end as usize)? {
            self.part(of, node, environment)?;
        }
        Some(())
    }

    fn enter(&mut self, parent: u32, slots: u32) -> u32 {
        self.environments.push(Environment { parent, slots });
        self.environments.len() as u32 - 1
    }

    /// Checks that an environment so many steps out has a slot.
    fn slot(&self, environment: u32, depth: u32, index: u32) -> Option<()> {
        let mut environment = self.environments.get(environment as usize)?;
        for _ in 0..depth {
            environment = self.environments.get(environment.parent as usize)?;
        }
        (index < environment.slots).then_some(())
    }

    fn node(&mut self, number: u32, entry: &NodeEntry, environment: u32) -> Option<()> {
        let [a, b, c] = entry.words;
        match NodeKind::of(entry.kind)? {
            NodeKind::Constant | NodeKind::CurrentPosition => Some(()),
            NodeKind::Local => self.slot(environment, a, b),
            NodeKind::Free => self.withs(environment, b, c),
            NodeKind::Select | NodeKind::Not => self.part(number, a, environment),
            NodeKind::SelectPath | NodeKind::HasAttr => {
                self.part(number, a, environment)?;
                self.path(number, b, environment)
            }
            NodeKind::Set => self.set(number, a, PLAIN_SET, environment).map(|_| ()),
            NodeKind::RecursiveSet => self.set(number, a, RECURSIVE_SET, environment).map(|_| ()),
            NodeKind::Let => {
                let own = self.set(number, a, LET, environment)?;
                self.part(number, b, own)
            }
            NodeKind::List | NodeKind::Interpolated | NodeKind::InterpolatedPath => {
                self.run(number, a, b, environment)
            }
            NodeKind::Call => {
                self.part(number, a, environment)?;
                self.run(number, b, c, environment)
            }
            NodeKind::Lambda => self.lambda(number, a, environment),
            NodeKind::With => {
                self.part(number, a, environment)?;
                let inner = self.enter(environment, 1);
                self.part(number, b, inner)
            }
            NodeKind::If => {
                self.part(number, a, environment)?;
                self.part(number, b, environment)?;
                self.part(number, c, environment)
            }
            NodeKind::Assert
            | NodeKind::And
            | NodeKind::Or
            | NodeKind::Implies
            | NodeKind::Equal
            | NodeKind::NotEqual
            | NodeKind::Update
            | NodeKind::Concat
            | NodeKind::Add => {
                self.part(number, a, environment)?;
                self.part(number, b, environment)
            }
        }
    }

    /// The environments of the `with`s around a variable.
    fn withs(&self, environment: u32, start: u32, len: u32) -> Option<()> {
        if len == 0 {
            return Some(());
        }
        let end = start.checked_add(len)?;
        let withs = self.view.withs.get(start as usize..end as usize)?;
        // The first is the number of a cache.
        for &depth in &withs[1..] {
            self.slot(environment, depth, 0)?;
        }
        Some(())
    }

    fn path(&mut self, of: u32, path: u32, environment: u32) -> Option<()> {
        let path = *self.view.paths.get(path as usize)?;
        let end = path.start.checked_add(path.len)?;
        let parts = self.view.path_parts;
        for part in parts.get(path.start as usize..end as usize)? {
            if part.cache == NONE {
                self.part(of, part.value, environment)?;
            }
        }
        self.optional_part(of, path.default, environment)
    }

    /// Gives the environment of the set's own attributes.
    fn set(&mut self, of: u32, set: u32, kind: u32, outer: u32) -> Option<u32> {
        let set = *self.view.sets.get(set as usize)?;
        if set.kind != kind {
            return None;
        }
        let own = match kind {
            PLAIN_SET => outer,
            _ => self.enter(outer, set.keys_len),
        };
        self.run(of, set.inherit_start, set.inherit_len, own)?;
        // Without sources there is no environment that has them.
        let inherit = match set.inherit_len {
            0 => None,
            len => Some(self.enter(own, len)),
        };
        let end = set.values.checked_add(set.keys_len)?;
        for &child in self.view.children.get(set.values as usize..end as usize)? {
            let code = AttrCode(child);
            let environment = match code.scope() {
                AttrScope::Own => own,
                AttrScope::Outer => outer,
                AttrScope::Inherit => inherit?,
            };
            self.part(of, code.node().0, environment)?;
        }
        let end = set.dynamic_start.checked_add(set.dynamic_len)?;
        let dynamic = self.view.dynamic;
        for attr in dynamic.get(set.dynamic_start as usize..end as usize)? {
            self.part(of, attr.name, own)?;
            self.part(of, attr.value, own)?;
        }
        Some(own)
    }

    fn lambda(&mut self, of: u32, lambda: u32, environment: u32) -> Option<()> {
        let lambda = *self.view.lambdas.get(lambda as usize)?;
        let slots = match lambda.flags & HAS_FORMALS {
            0 if lambda.formals_len != 0 => return None,
            0 => 1,
            _ => u32::from(lambda.argument != NONE).checked_add(lambda.formals_len)?,
        };
        let own = self.enter(environment, slots);
        let end = lambda.formals_start.checked_add(lambda.formals_len)?;
        let formals = self.view.formals;
        for formal in formals.get(lambda.formals_start as usize..end as usize)? {
            self.optional_part(of, formal.default, own)?;
        }
        self.part(of, lambda.body, own)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROGRAMS: [&str; 5] = [
        "let b = 1; a = b + 1; in { inherit a; c = rec { z = y; y = ./x; inherit (z) q; }; }",
        "(x: { z, a ? z, ... }@all: [ x a all.b ]) 1 { z = 2; b = 3; }",
        "with builtins; with { q = 1; }; x: [ (head [ q ]) (length [ ]) x ]",
        "let s = { a.b.c = 1; a.b.${\"d\"} = 2; }; in [ (s.a.b.c or 0) (s ? a.x) s.a.b.d (s.x or 7) ]",
        "if true then \"${toString 1}a\" else assert 1 == 2; !(true && false || true -> false)",
    ];

    /// Calls a function with the view of a program that was just compiled.
    fn with_view(program: &str, test: impl FnOnce(View<'_>)) {
        let options = nix_syntax::ParseOptions::default();
        let parsed = nix_syntax::parse(program.as_bytes(), &options).expect("an expression");
        let mut memory = crate::compile::CompileMemory::default();
        let len = program.len() as u32;
        let unit = crate::compile::compile(&parsed.ast, len, None, 0, &mut memory);
        test(unit.ok().expect("a unit").view());
    }

    #[test]
    fn what_was_compiled_is_sound() {
        for program in PROGRAMS {
            with_view(program, |view| assert!(is_sound(&view), "{program}"));
        }
    }

    #[test]
    fn variables_outside_of_all_environments_are_noticed() {
        for program in PROGRAMS {
            with_view(program, |view| {
                for (number, node) in view.nodes.iter().enumerate() {
                    if node.kind != NodeKind::Local as u32 {
                        continue;
                    }
                    for (word, value) in [(0, 9), (0, u32::MAX), (1, 9), (1, u32::MAX)] {
                        let mut nodes = view.nodes.to_vec();
                        nodes[number].words[word] = value;
                        let nodes = nodes.as_slice();
                        assert!(!is_sound(&View { nodes, ..view }), "{program}: {number}");
                    }
                }
            });
        }
    }

    #[test]
    fn circles_are_noticed() {
        with_view("1 + 2 + 3", |view| {
            let mut nodes = view.nodes.to_vec();
            let root = view.root;
            nodes[root as usize].words[0] = root;
            let nodes = nodes.as_slice();
            assert!(!is_sound(&View { nodes, ..view }));
        });
    }
}
