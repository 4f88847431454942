//! Source trees that are not in the store, although programs see them there.
//!
//! The store path of a source depends on all that is in it, so whoever wants to know it has to read
//! all of it. A *mounted* tree has a path that stands for the one in the store: programs may pass it
//! around, and read what is below it. As long as they do nothing with it of which the result could
//! depend on its hash part, they come to what they would come to with the true path, whatever that
//! is. Operations that tell ([`Observed::path`]) end the evaluation: their result would be wrong. The hash
//! part is a random one, so programs cannot compute it either.
//!
//! What cannot tell: passing strings on, joining them, cutting them elsewhere than within the hash,
//! comparing them for equality with a text that is no other path of the store, asking for their length,
//! and using them as paths. What can: ordering, hashes, patterns, names of attributes (they are sorted),
//! and whatever leaves the evaluator: derivations, files of the store, messages.
//!
//! In the same way it may not be known yet which attributes tell of the revision of a source. A set
//! that is marked ends the evaluation when one of them is looked for ([`Observed::revision`]).

use std::cell::{Cell, RefCell};

use crate::error::{ErrorKind, EvalError};
use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::symbol::Symbol;
use crate::value::{Attrs, Value};

/// The attributes of a source that are there or not, depending on its revision.
const OF_REVISION: [&[u8]; 5] = [
    b"rev",
    b"shortRev",
    b"revCount",
    b"dirtyRev",
    b"dirtyShortRev",
];

/// What an evaluation did that it cannot do with a mounted tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Its result could depend on the store path of the tree, or on the hash of its contents.
    pub path: bool,
    /// Its result could depend on the revision or the age of the tree.
    pub revision: bool,
}

impl Observed {
    /// Whether it is anything.
    #[must_use]
    #[inline]
    pub fn anything(self) -> bool {
        self.path || self.revision
    }
}

/// The mounted trees of an evaluation, shared by the evaluator and its host.
#[derive(Debug, Default)]
pub struct Mounts {
    /// The hash parts of their paths.
    hash_parts: Vec<Vec<u8>>,
    /// The key arrays of marked sets.
    marked: RefCell<Vec<u32>>,
    observed: Cell<Observed>,
}

impl Mounts {
    /// Trees whose paths have these hash parts.
    #[must_use]
    pub fn new(hash_parts: impl IntoIterator<Item = String>) -> Mounts {
        Mounts {
            hash_parts: hash_parts.into_iter().map(String::into_bytes).collect(),
            ..Mounts::default()
        }
    }

    /// What was observed so far. If it is anything, no result counts.
    #[must_use]
    pub fn observed(&self) -> Observed {
        self.observed.get()
    }

    /// Something needs the store path of a tree, or the hash of its contents.
    pub fn observe_path(&self) {
        self.observe(|observed| observed.path = true);
    }

    /// Something needs the revision or the age of a tree.
    pub fn observe_revision(&self) {
        self.observe(|observed| observed.revision = true);
    }

    fn observe(&self, change: impl FnOnce(&mut Observed)) {
        let mut observed = self.observed.get();
        change(&mut observed);
        self.observed.set(observed);
    }

    /// Whether an evaluation cannot go on with these trees.
    #[inline(always)]
    pub(crate) fn ends_evaluation(&self) -> bool {
        self.observed.get().anything()
    }

    /// Whether a text has the hash part of a tree in it.
    #[must_use]
    pub fn has(&self, text: &[u8]) -> bool {
        self.places(text).next().is_some()
    }

    /// Observes the path if a text has it in it. Gives whether it has.
    pub fn look_into(&self, text: &[u8]) -> bool {
        let found = self.has(text);
        if found {
            self.observe_path();
        }
        found
    }

    /// Where in a text hash parts begin, and where they end.
    fn places<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = (usize, usize)> + 'a {
        self.hash_parts.iter().flat_map(move |hash| {
            let found = text.windows(hash.len()).enumerate();
            found
                .filter(move |(_, window)| *window == &hash[..])
                .map(|(start, window)| (start, start + window.len()))
        })
    }

    fn is_marked(&self, keys: Handle) -> bool {
        self.marked.borrow().contains(&keys.0)
    }
}

/// Whether a byte may be in the hash part of a store path.
fn in_hash(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'z')
}

/// Whether an expression is only characters that stand for themselves and are in no hash.
fn is_harmless(pattern: &[u8]) -> bool {
    !pattern.is_empty()
        && pattern
            .iter()
            .all(|byte| b"/:,-_ @=~%#!&;\n".contains(byte))
}

impl Evaluator {
    /// Returns whether the source of the evaluation is mounted.
    #[inline(always)]
    pub(crate) fn has_mounts(&self) -> bool {
        !self.mounts.hash_parts.is_empty()
    }

    /// The result of something depends on all of this text.
    #[inline(always)]
    pub(crate) fn look_into(&self, text: &[u8]) {
        if self.has_mounts() {
            self.mounts.look_into(text);
        }
    }

    /// A text is cut here.
    pub(crate) fn cut(&self, text: &[u8], at: [usize; 2]) {
        if !self.has_mounts() {
            return;
        }
        let cuts = |(start, end)| at.iter().any(|&at| start < at && at < end);
        if self.mounts.places(text).any(cuts) {
            self.mounts.observe_path();
        }
    }

    /// Two texts that differ are compared for equality. They could be equal if the tree had another path:
    /// the one that the other text names.
    #[inline(always)]
    pub(crate) fn look_at_equality(&self, a: &[u8], b: &[u8]) {
        if self.has_mounts() && a.len() == b.len() {
            self.look_for_equal_but_path(a, b);
            self.look_for_equal_but_path(b, a);
        }
    }

    fn look_for_equal_but_path(&self, mounted: &[u8], other: &[u8]) {
        let mut rest = mounted.to_vec();
        for (start, end) in self.mounts.places(mounted) {
            if other[start..end].iter().all(|&byte| in_hash(byte)) {
                rest[start..end].copy_from_slice(&other[start..end]);
            }
        }
        if rest == other {
            self.mounts.observe_path();
        }
    }

    /// Two texts are ordered.
    pub(crate) fn look_at_order(&self, a: &[u8], b: &[u8]) {
        if !self.has_mounts() {
            return;
        }
        let differ = a.iter().zip(b).take_while(|(x, y)| x == y).count();
        let decides = |(start, end)| start <= differ && differ < end;
        if self.mounts.places(a).any(decides) || self.mounts.places(b).any(decides) {
            self.mounts.observe_path();
        }
    }

    /// Patterns are looked for in a text, as they are.
    pub(crate) fn look_for(&self, patterns: &[&[u8]], text: &[u8]) {
        if !self.has_mounts() || !self.mounts.has(text) {
            return;
        }
        // One that begins or ends with a character of a hash could begin or end within it.
        let reaches_in = |end: Option<&u8>| end.is_none_or(|&byte| in_hash(byte));
        let harms = |pattern: &&[u8]| reaches_in(pattern.first()) || reaches_in(pattern.last());
        if patterns.iter().any(harms) {
            self.mounts.observe_path();
        }
    }

    /// A regular expression is looked for in a text.
    pub(crate) fn look_for_expression(&self, expression: &[u8], text: &[u8]) {
        if !self.has_mounts() {
            return;
        }
        self.mounts.look_into(expression);
        if !is_harmless(expression) {
            self.mounts.look_into(text);
        }
    }

    /// Ends an evaluation that needs the store path or the hash of a mounted tree.
    #[must_use]
    pub fn needs_path_of_source(&self) -> Box<EvalError> {
        self.mounts.observe_path();
        EvalError::new(ErrorKind::Interrupted, "the source is not in the store yet")
    }

    /// Ends an evaluation that needs the revision of a mounted tree.
    #[must_use]
    pub fn needs_revision_of_source(&self) -> Box<EvalError> {
        self.mounts.observe_revision();
        EvalError::new(
            ErrorKind::Interrupted,
            "the revision of the source is not known yet",
        )
    }

    /// Of a set it is not known yet which attributes of its revision it has.
    pub fn mark_source(&self, set: Value) {
        if set.is(crate::value::Tag::Attrs) && self.has_mounts() {
            let keys = self.own_keys(set.as_attrs());
            self.mounts.marked.borrow_mut().push(keys.0);
        }
    }

    /// Gives a set a key array that no other set has.
    fn own_keys(&self, set: Attrs) -> Handle {
        let keys = self.new_keys(self.attr_keys(set));
        self.heap.set_word(set.0, crate::attrs::KEYS, keys.0);
        keys
    }

    /// A set was made of two others.
    #[inline(always)]
    pub(crate) fn note_update(&self, result: Attrs, parts: [Attrs; 2]) {
        if self.has_mounts() {
            self.mark_update(result, parts);
        }
    }

    fn mark_update(&self, result: Attrs, parts: [Attrs; 2]) {
        let is_marked = |set: &Attrs| self.mounts.is_marked(self.keys_handle(*set));
        if parts.iter().any(is_marked) && !is_marked(&result) {
            let keys = self.own_keys(result);
            self.mounts.marked.borrow_mut().push(keys.0);
        }
    }

    /// A name is looked for in a set.
    #[inline(always)]
    pub(crate) fn note_lookup(&self, set: Attrs, name: Symbol) {
        if self.has_mounts() {
            self.note_lookup_of(set, self.symbol_text(name));
        }
    }

    /// A name is looked for in a set, by its text.
    pub(crate) fn note_lookup_of(&self, set: Attrs, name: &[u8]) {
        if self.has_mounts()
            && OF_REVISION.contains(&name)
            && self.mounts.is_marked(self.keys_handle(set))
        {
            self.mounts.observe_revision();
        }
    }

    /// All names of a set are looked at.
    #[inline(always)]
    pub(crate) fn note_names(&self, set: Attrs) {
        if self.has_mounts() && self.mounts.is_marked(self.keys_handle(set)) {
            self.mounts.observe_revision();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::rc::Rc;

    use crate::host::ReadOnlyHost;
    use crate::{Evaluator, Settings, Value};

    use super::*;

    const HASH: &str = "0123456789abcdfghijklmnpqrsvwxyz";

    fn evaluator() -> Evaluator {
        let host = ReadOnlyHost::new("/nix/store").expect("a store directory");
        let mounts = Rc::new(Mounts::new([HASH.to_owned()]));
        Evaluator::new(Box::new(host), Settings::default()).with_mounts(mounts)
    }

    /// What evaluating an expression of the path of a tree observes.
    fn observed(expression: &str) -> Observed {
        let e = evaluator();
        let source = format!("source: {expression}");
        let function = e.eval_string(source.as_bytes(), Path::new("/"));
        let path = e.string(format!("/nix/store/{HASH}-source").as_bytes());
        let known = e.attrs(&[(e.symbol(b"outPath"), path)]);
        e.mark_source(known);
        let _: Option<Value> = function
            .and_then(|function| e.call(function, &[known]))
            .and_then(|value| e.force_deep(value))
            .ok();
        e.mounts.observed()
    }

    #[test]
    fn what_cannot_tell_the_path_is_not_observed() {
        for expression in [
            "source.outPath + \"/a\"",
            "builtins.stringLength source.outPath",
            "source.outPath == \"/nix/store/x\"",
            "source.outPath == \"/nix/store/0123456789abcdfghijklmnpqrsvwxyy-other\"",
            "source.outPath == source.outPath",
            "builtins.substring 0 11 source.outPath",
            "builtins.substring 43 7 source.outPath",
            "baseNameOf \"${source}/a/b\"",
            "dirOf source.outPath",
            "builtins.replaceStrings [ \"/\" ] [ \".\" ] source.outPath",
            "builtins.split \"/\" source.outPath",
            "source.outPath < \"/nix/var\"",
            "\"/a\" < source.outPath",
            "builtins.concatStringsSep \":\" [ source.outPath \"a\" ]",
            "builtins.toJSON { a = source.outPath; }",
            "(builtins.genericClosure { startSet = [ { key = source.outPath; } { key = \"/nix/store/1\"; } ]; \
              operator = _: [ ]; })",
            "source ? name",
            "(source // { a = 1; }).a",
            "let inherit (source) outPath; in [ outPath ]",
        ] {
            assert_eq!(observed(expression), Observed::default(), "{expression}");
        }
    }

    #[test]
    fn what_can_tell_the_path_is_observed() {
        for expression in [
            "builtins.hashString \"sha256\" source.outPath",
            "builtins.substring 0 20 source.outPath",
            "source.outPath == \"/nix/store/0123456789abcdfghijklmnpqrsvwxyy-source\"",
            "[ \"${source}/a\" ] == [ \"/nix/store/0123456789abcdfghijklmnpqrsvwxyy-source/a\" ]",
            "builtins.elem source.outPath [ \"/nix/store/0123456789abcdfghijklmnpqrsvwxyy-source\" ]",
            "builtins.substring 20 100 source.outPath",
            "builtins.replaceStrings [ \"a\" ] [ \"b\" ] source.outPath",
            "builtins.replaceStrings [ \"\" ] [ \"b\" ] source.outPath",
            "builtins.match \".*abc.*\" source.outPath",
            "builtins.split \"[0-9]\" source.outPath",
            "source.outPath < \"/nix/store/1\"",
            "builtins.sort builtins.lessThan [ source.outPath \"/nix/store/0\" ]",
            "{ ${builtins.unsafeDiscardStringContext source.outPath} = 1; }",
            "builtins.listToAttrs [ { name = source.outPath; value = 1; } ]",
            "builtins.groupBy (x: x) [ source.outPath ]",
            "builtins.parseDrvName source.outPath",
            "builtins.compareVersions source.outPath \"1\"",
            "builtins.splitVersion source.outPath",
            "builtins.fromJSON (builtins.toJSON { a = source.outPath; })",
            "builtins.placeholder source.outPath",
        ] {
            assert!(observed(expression).path, "{expression}");
        }
    }

    #[test]
    fn looking_for_a_revision_is_observed() {
        for expression in [
            "source.rev or 1",
            "source ? dirtyRev",
            "source.${\"short\" + \"Rev\"} or 1",
            "builtins.hasAttr \"rev\" source",
            "builtins.attrNames source",
            "builtins.attrValues source",
            "builtins.mapAttrs (_: x: x) source",
            "builtins.removeAttrs source [ \"rev\" ]",
            "builtins.intersectAttrs { rev = 1; } source",
            "builtins.catAttrs \"rev\" [ source ]",
            "({ a = 1; } // source) ? rev",
            "((source // { a = 1; }) // { b = 1; }).dirtyRev or 1",
            "({ outPath, rev ? 1 }: rev) source",
            "({ outPath }: outPath) source",
            "source == { outPath = 1; a = 2; }",
            "with source; (rev or 1)",
            "builtins.zipAttrsWith (_: x: x) [ source ]",
            "let marked = { outPath = 1; } // source; in marked ? rev",
        ] {
            assert!(observed(expression).revision, "{expression}");
        }
    }
}
