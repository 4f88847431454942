//! Which variables are in scope, and where their values are.

use std::collections::HashMap;

use nix_syntax::ast;

use crate::hasher::FastHasher;

/// Where the value of a variable is.
#[derive(Clone, Copy)]
pub(super) struct Resolved {
    /// How many environments to go out.
    pub(super) depth: u32,
    /// The slot in that environment.
    pub(super) index: u32,
}

/// The environments around an expression.
///
/// For each name of the file, its innermost definition is known at once; each definition
/// remembers the one that it hides.
pub(super) struct Scope<'a> {
    /// How many environments there are.
    level: u32,
    memory: ScopeMemory,
    /// The names of the outermost environment, if the program was given one.
    outermost: HashMap<&'a [u8], u32, FastHasher>,
}

/// The parts of a [`Scope`] that one file leaves to the next.
#[derive(Default)]
pub(super) struct ScopeMemory {
    /// For each name of the file the number of its innermost definition plus one, or 0.
    innermost: Vec<u32>,
    definitions: Vec<Definition>,
    /// The levels of the environments of `with`.
    withs: Vec<u32>,
}

struct Definition {
    name: ast::Symbol,
    level: u32,
    index: u32,
    hidden: u32,
}

/// What to go back to.
#[derive(Clone, Copy)]
pub(super) struct Mark(usize);

impl<'a> Scope<'a> {
    pub(super) fn new(
        names: usize,
        outermost: Option<&[&'a [u8]]>,
        mut memory: ScopeMemory,
    ) -> Self {
        let mut known = HashMap::default();
        for (index, &name) in outermost.unwrap_or_default().iter().enumerate() {
            known.insert(name, index as u32);
        }
        memory.innermost.clear();
        memory.innermost.resize(names, 0);
        memory.definitions.clear();
        memory.withs.clear();
        Scope {
            level: u32::from(outermost.is_some()),
            memory,
            outermost: known,
        }
    }

    pub(super) fn into_memory(self) -> ScopeMemory {
        self.memory
    }

    /// Enters a new environment.
    pub(super) fn enter(&mut self) -> Mark {
        self.level += 1;
        Mark(self.memory.definitions.len())
    }

    /// Defines a variable of the innermost environment.
    pub(super) fn define(&mut self, name: ast::Symbol, index: u32) {
        let innermost = &mut self.memory.innermost[name.0 as usize];
        self.memory.definitions.push(Definition {
            name,
            level: self.level,
            index,
            hidden: *innermost,
        });
        *innermost = self.memory.definitions.len() as u32;
    }

    /// Leaves the innermost environment.
    pub(super) fn leave(&mut self, mark: Mark) {
        for definition in self.memory.definitions.drain(mark.0..).rev() {
            self.memory.innermost[definition.name.0 as usize] = definition.hidden;
        }
        self.level -= 1;
    }

    pub(super) fn enter_with(&mut self) {
        self.level += 1;
        self.memory.withs.push(self.level);
    }

    pub(super) fn leave_with(&mut self) {
        self.memory.withs.pop();
        self.level -= 1;
    }

    /// Where a variable is, if it is one of the program's.
    pub(super) fn find(&self, local: Option<ast::Symbol>, name: &[u8]) -> Option<Resolved> {
        if let Some(local) = local {
            let number = self.memory.innermost[local.0 as usize];
            if number != 0 {
                let definition = &self.memory.definitions[number as usize - 1];
                return Some(Resolved {
                    depth: self.level - definition.level,
                    index: definition.index,
                });
            }
        }
        if self.outermost.is_empty() {
            return None;
        }
        let index = *self.outermost.get(name)?;
        Some(Resolved {
            depth: self.level - 1,
            index,
        })
    }

    /// How many environments to go out for each `with`, innermost first.
    pub(super) fn withs(&self) -> impl Iterator<Item = u32> {
        self.memory
            .withs
            .iter()
            .rev()
            .map(|level| self.level - level)
    }
}
