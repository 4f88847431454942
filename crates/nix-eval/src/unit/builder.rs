//! Putting a unit together.

use super::{
    ConstantEntry, ConstantKind, DynamicEntry, FORMAT, FormalEntry, HEADER, KeyEntry, LambdaEntry,
    NodeEntry, NodeKind, PathEntry, PathPartEntry, SECTIONS, SetEntry, SymbolEntry, Unit, View,
};

/// The sections of a unit that is being made; their memory is used by one unit after the other.
#[derive(Default)]
pub(crate) struct UnitBuilder {
    text_len: u32,
    root: u32,
    pub(crate) caches: u32,
    symbols: Vec<SymbolEntry>,
    symbol_bytes: Vec<u8>,
    string_ends: Vec<u32>,
    string_bytes: Vec<u8>,
    constants: Vec<ConstantEntry>,
    pub(crate) nodes: Vec<NodeEntry>,
    positions: Vec<u32>,
    pub(crate) children: Vec<u32>,
    pub(crate) withs: Vec<u32>,
    pub(crate) keys: Vec<KeyEntry>,
    pub(crate) sets: Vec<SetEntry>,
    pub(crate) dynamic: Vec<DynamicEntry>,
    pub(crate) lambdas: Vec<LambdaEntry>,
    pub(crate) formals: Vec<FormalEntry>,
    pub(crate) paths: Vec<PathEntry>,
    pub(crate) path_parts: Vec<PathPartEntry>,
}

/// Appends to a table and gives the index.
pub(crate) fn push<T>(table: &mut Vec<T>, entry: T) -> u32 {
    table.push(entry);
    table.len() as u32 - 1
}

impl UnitBuilder {
    /// Begins with the names and literals of a file, whose text has `text_len` bytes.
    pub(crate) fn begin(&mut self, ast: &nix_syntax::ast::Ast, text_len: u32) {
        self.clear();
        self.text_len = text_len;
        self.string_ends.extend_from_slice(&ast.string_ends);
        self.string_bytes.extend_from_slice(&ast.string_bytes);
        for number in 0..ast.symbol_ends.len() as u32 {
            self.add_symbol(ast.symbol(nix_syntax::ast::Symbol(number)));
        }
    }

    fn clear(&mut self) {
        macro_rules! clear {
            ($($table:ident)*) => {
                $(self.$table.clear();)*
            };
        }
        self.caches = 0;
        clear!(symbols symbol_bytes string_ends string_bytes constants nodes positions children);
        clear!(withs keys sets dynamic lambdas formals paths path_parts);
    }

    pub(crate) fn add_symbol(&mut self, name: &[u8]) -> u32 {
        self.symbol_bytes.extend_from_slice(name);
        let hash = crate::hasher::hash_bytes(name);
        push(
            &mut self.symbols,
            SymbolEntry {
                end: self.symbol_bytes.len() as u32,
                hash: [hash as u32, (hash >> 32) as u32],
            },
        )
    }

    pub(crate) fn node(&mut self, kind: NodeKind, words: [u32; 3], pos: u32) -> u32 {
        self.positions.push(pos);
        push(
            &mut self.nodes,
            NodeEntry {
                kind: kind as u32,
                words,
            },
        )
    }

    pub(crate) fn constant(&mut self, kind: ConstantKind, value: u64, pos: u32) -> u32 {
        let constant = push(
            &mut self.constants,
            ConstantEntry {
                kind: kind as u32,
                words: [value as u32, (value >> 32) as u32],
            },
        );
        self.node(NodeKind::Constant, [constant, 0, 0], pos)
    }

    pub(crate) fn add_cache(&mut self) -> u32 {
        self.caches += 1;
        self.caches - 1
    }

    /// Ends with the node that the file is.
    pub(crate) fn finish(&mut self, root: u32) {
        self.root = root;
    }

    /// The parts of the unit, where they were made.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            text_len: self.text_len,
            root: self.root,
            caches: self.caches,
            symbols: &self.symbols,
            symbol_bytes: &self.symbol_bytes,
            string_ends: &self.string_ends,
            string_bytes: &self.string_bytes,
            constants: &self.constants,
            nodes: &self.nodes,
            positions: &self.positions,
            children: &self.children,
            withs: &self.withs,
            keys: &self.keys,
            sets: &self.sets,
            dynamic: &self.dynamic,
            lambdas: &self.lambdas,
            formals: &self.formals,
            paths: &self.paths,
            path_parts: &self.path_parts,
        }
    }

    /// The unit in one piece, to be kept.
    pub(crate) fn to_unit(&self) -> Unit {
        fn bytes<T: bytemuck::Pod>(table: &[T]) -> &[u8] {
            bytemuck::cast_slice(table)
        }
        let sections: [&[u8]; SECTIONS] = [
            bytes(&self.symbols),
            &self.symbol_bytes,
            bytes(&self.string_ends),
            &self.string_bytes,
            bytes(&self.constants),
            bytes(&self.nodes),
            bytes(&self.positions),
            bytes(&self.children),
            bytes(&self.withs),
            bytes(&self.keys),
            bytes(&self.sets),
            bytes(&self.dynamic),
            bytes(&self.lambdas),
            bytes(&self.formals),
            bytes(&self.paths),
            bytes(&self.path_parts),
        ];
        let len = sections.iter().map(|section| section.len().div_ceil(4));
        let mut words: Vec<u32> = Vec::with_capacity(HEADER + len.sum::<usize>());
        words.extend([FORMAT, self.text_len, self.root, self.caches]);
        words.extend(sections.iter().map(|section| section.len() as u32));
        for section in sections {
            let start = words.len();
            words.resize(start + section.len().div_ceil(4), 0);
            bytemuck::cast_slice_mut::<u32, u8>(&mut words[start..])[..section.len()]
                .copy_from_slice(section);
        }
        Unit {
            words: words.into_boxed_slice(),
        }
    }
}
