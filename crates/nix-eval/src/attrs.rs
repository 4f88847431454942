//! Attribute sets: columns of names, positions and values, in the order of symbols.

use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, Value};

/// Words of a set.
pub(crate) const COUNT: usize = 0;
pub(crate) const KEYS: usize = 1;
pub(crate) const POSITIONS: usize = 2;
pub(crate) const VALUES: usize = 3;
/// Marks a word for positions that stand elsewhere: the rest names two sets.
const DERIVED: u32 = 1 << 31;
/// Words of a key array.
const KEY_COUNT: usize = 0;
const NAME_ORDER: usize = 1;
const FIRST_KEY: usize = 2;

/// So many attributes are merged into more in one go.
const FEW: usize = 32;
/// Up to this size a scan is faster than a binary search.
const SCAN_LIMIT: usize = 8;

/// The index of a key in ascending keys.
#[inline(always)]
pub(crate) fn find_key(keys: &[u32], name: u32) -> Option<usize> {
    if keys.len() <= SCAN_LIMIT {
        return keys.iter().position(|&key| key == name);
    }
    let mut low = 0;
    let mut size = keys.len();
    while size > 1 {
        let half = size / 2;
        let middle = low + half;
        low = if keys[middle] <= name { middle } else { low };
        size -= half;
    }
    (keys[low] == name).then_some(low)
}

/// The index of a key in ascending keys, from `from` on; moves `from` to the first key that is not
/// smaller.
#[inline(always)]
pub(crate) fn find_key_from(keys: &[u32], from: &mut usize, name: u32) -> Option<usize> {
    let rest = &keys[*from..];
    let skip = if rest.len() <= SCAN_LIMIT {
        rest.iter()
            .position(|&key| key >= name)
            .unwrap_or(rest.len())
    } else {
        rest.partition_point(|&key| key < name)
    };
    *from += skip;
    (rest.get(skip) == Some(&name)).then_some(*from)
}

impl Evaluator {
    /// A key array.
    pub(crate) fn new_keys(&self, keys: &[u32]) -> Handle {
        let handle = self.heap.allocate((FIRST_KEY + keys.len()).div_ceil(2));
        self.heap.set_word(handle, KEY_COUNT, keys.len() as u32);
        self.heap.copy_words(handle, FIRST_KEY, keys);
        handle
    }

    /// A key array of keys that are made one by one.
    pub(crate) fn new_keys_of(&self, keys: impl ExactSizeIterator<Item = u32>) -> Handle {
        let count = keys.len();
        let handle = self.heap.allocate((FIRST_KEY + count).div_ceil(2));
        self.heap.set_word(handle, KEY_COUNT, count as u32);
        for (index, key) in keys.take(count).enumerate() {
            self.heap.set_word(handle, FIRST_KEY + index, key);
        }
        handle
    }

    /// A set whose values are still to be written.
    #[inline(always)]
    pub(crate) fn new_attrs(&self, count: usize, keys: Handle, positions: Handle) -> Handle {
        let handle = self.heap.allocate((VALUES + count).div_ceil(2));
        self.heap.set_word(handle, COUNT, count as u32);
        self.heap.set_word(handle, KEYS, keys.0);
        self.heap.set_word(handle, POSITIONS, positions.0);
        self.stats.sets.add(1);
        self.stats.set_elements.add(count);
        handle
    }

    #[inline(always)]
    pub(crate) fn keys_handle(&self, attrs: Attrs) -> Handle {
        self.heap.handle(attrs.0, KEYS)
    }

    #[inline(always)]
    pub(crate) fn attr_keys(&self, attrs: Attrs) -> &[u32] {
        self.heap
            .word_slice(self.keys_handle(attrs), FIRST_KEY, self.attrs_len(attrs))
    }

    #[inline(always)]
    pub(crate) fn attr_cells(&self, attrs: Attrs) -> &[u32] {
        self.heap.word_slice(attrs.0, VALUES, self.attrs_len(attrs))
    }

    #[inline(always)]
    pub(crate) fn attr_index(&self, attrs: Attrs, name: Symbol) -> Option<usize> {
        self.note_lookup(attrs, name);
        find_key(self.attr_keys(attrs), name.0)
    }

    #[inline(always)]
    pub(crate) fn attr_cell(&self, attrs: Attrs, index: usize) -> Handle {
        self.heap.handle(attrs.0, VALUES + index)
    }

    /// The position of an attribute.
    pub(crate) fn attr_pos_at(&self, attrs: Attrs, index: usize) -> Pos {
        let word = self.heap.word(attrs.0, POSITIONS);
        if word & DERIVED == 0 {
            return match word {
                0 => Pos::NONE,
                array => Pos(self.heap.word(Handle(array), index)),
            };
        }
        let name = Symbol(self.attr_keys(attrs)[index]);
        let mut word = word;
        loop {
            // The set of the right side counts, if it has the name.
            let origins = Handle(word & !DERIVED);
            let first = Attrs(self.heap.handle(origins, 0));
            let (found, index) = match self.attr_index(first, name) {
                Some(index) => (first, index),
                None => {
                    let second = Attrs(self.heap.handle(origins, 1));
                    match self.attr_index(second, name) {
                        Some(index) => (second, index),
                        None => return Pos::NONE,
                    }
                }
            };
            word = self.heap.word(found.0, POSITIONS);
            if word & DERIVED == 0 {
                return match word {
                    0 => Pos::NONE,
                    array => Pos(self.heap.word(Handle(array), index)),
                };
            }
        }
    }

    /// What stands for the positions of a set whose attributes come from one of two others (the
    /// first, if both have a name): they are looked up there when somebody asks.
    fn derived_positions(&self, first: Attrs, second: Attrs) -> Handle {
        let has = |attrs: Attrs| self.heap.word(attrs.0, POSITIONS) != 0;
        if !has(first) && !has(second) {
            return Handle::NONE;
        }
        let origins = self.heap.new_words(&[first.0.0, second.0.0]);
        if origins.0 & DERIVED != 0 {
            // Beyond what the mark leaves room for; positions only serve messages.
            return Handle::NONE;
        }
        Handle(origins.0 | DERIVED)
    }

    /// The indices of the attributes in the order of their names; computed once per key array.
    pub(crate) fn name_order(&self, attrs: Attrs) -> &[u32] {
        self.note_names(attrs);
        let count = self.attrs_len(attrs);
        if count == 0 {
            return &[];
        }
        let keys = self.keys_handle(attrs);
        let known = self.heap.handle(keys, NAME_ORDER);
        if !known.is_none() {
            return self.heap.word_slice(known, 0, count);
        }
        let symbols = self.attr_keys(attrs);
        let mut order: Vec<u32> = (0..count as u32).collect();
        order.sort_unstable_by_key(|&index| self.symbols.text(Symbol(symbols[index as usize])));
        let handle = self.heap.new_words(&order);
        self.heap.set_word(keys, NAME_ORDER, handle.0);
        self.heap.word_slice(handle, 0, count)
    }

    /// A set with the keys of another one, without positions, and values that are made one by one.
    pub(crate) fn attrs_like(&self, attrs: Attrs, mut cell: impl FnMut(Attr) -> Handle) -> Value {
        let count = self.attrs_len(attrs);
        if count == 0 {
            return self.no_attrs();
        }
        let handle = self.new_attrs(count, self.keys_handle(attrs), Handle::NONE);
        for (index, attr) in self.attrs_by_symbol(attrs).enumerate() {
            self.heap.set_word(handle, VALUES + index, cell(attr).0);
        }
        Value::attrs(Attrs(handle))
    }

    /// `{ }`
    #[inline(always)]
    pub(crate) fn no_attrs(&self) -> Value {
        Value::attrs(Attrs(self.empty_attrs))
    }

    /// A set of attributes in the order of their names, each with its name, cell and position.
    pub(crate) fn attrs_of_sorted(&self, entries: &[(Symbol, Handle, Pos)]) -> Value {
        if entries.is_empty() {
            return self.no_attrs();
        }
        let keys = self.new_keys_of(entries.iter().map(|entry| entry.0.0));
        let positions = if entries.iter().all(|entry| entry.2.is_none()) {
            Handle::NONE
        } else {
            self.heap
                .new_words_of(entries.iter().map(|entry| entry.2.0))
        };
        let handle = self.new_attrs(entries.len(), keys, positions);
        for (index, entry) in entries.iter().enumerate() {
            self.heap.set_word(handle, VALUES + index, entry.1.0);
        }
        Value::attrs(Attrs(handle))
    }

    /// The attributes of a set with the given indices, which are ascending.
    pub(crate) fn attrs_at(&self, attrs: Attrs, indices: &[usize]) -> Value {
        let count = indices.len();
        if count == self.attrs_len(attrs) {
            return Value::attrs(attrs);
        }
        if count == 0 {
            return self.no_attrs();
        }
        let (keys, cells) = (self.attr_keys(attrs), self.attr_cells(attrs));
        let new_keys = self.heap.allocate((FIRST_KEY + count).div_ceil(2));
        self.heap.set_word(new_keys, KEY_COUNT, count as u32);
        let positions = self.derived_positions(attrs, attrs);
        let result = self.new_attrs(count, new_keys, positions);
        for (at, &index) in indices.iter().enumerate() {
            self.heap.set_word(new_keys, FIRST_KEY + at, keys[index]);
            self.heap.set_word(result, VALUES + at, cells[index]);
        }
        Value::attrs(Attrs(result))
    }

    /// `left // right`
    pub(crate) fn update(&self, left: Attrs, right: Attrs) -> Value {
        self.stats.updates.add(1);
        let (left_count, right_count) = (self.attrs_len(left), self.attrs_len(right));
        if left_count == 0 {
            return Value::attrs(right);
        }
        if right_count == 0 || self.keys_handle(left) == self.keys_handle(right) {
            return Value::attrs(if right_count == 0 { left } else { right });
        }
        let positions = self.derived_positions(right, left);
        let result = if right_count <= FEW && right_count * 4 <= left_count {
            self.update_few(left, right, positions)
        } else {
            self.update_many(left, right, positions)
        };
        self.note_update(result, [left, right]);
        Value::attrs(result)
    }

    /// Merges a few attributes into many, copying what lies between them in one go.
    fn update_few(&self, left: Attrs, right: Attrs, positions: Handle) -> Attrs {
        let (left_keys, right_keys) = (self.attr_keys(left), self.attr_keys(right));
        let (left_cells, right_cells) = (self.attr_cells(left), self.attr_cells(right));
        // For each new attribute its place among the old ones, and whether it replaces one.
        let mut places = [(0, false); FEW];
        let places = &mut places[..right_keys.len()];
        let mut from = 0;
        let mut replaced = 0;
        for (place, &key) in places.iter_mut().zip(right_keys) {
            let found = find_key_from(left_keys, &mut from, key).is_some();
            *place = (from, found);
            replaced += usize::from(found);
        }
        let count = left_keys.len() + right_keys.len() - replaced;
        self.stats.update_values_copied.add(count);
        let has_new_names = replaced < right_keys.len();
        let keys = if has_new_names {
            let keys = self.heap.allocate((FIRST_KEY + count).div_ceil(2));
            self.heap.set_word(keys, KEY_COUNT, count as u32);
            keys
        } else {
            self.keys_handle(left)
        };
        let result = self.new_attrs(count, keys, positions);
        let copy_old = |old: std::ops::Range<usize>, at: usize| {
            self.heap
                .copy_words(result, VALUES + at, &left_cells[old.clone()]);
            if has_new_names {
                self.heap.copy_words(keys, FIRST_KEY + at, &left_keys[old]);
            }
        };
        let (mut at, mut old) = (0, 0);
        for (index, &(place, replaces)) in places.iter().enumerate() {
            copy_old(old..place, at);
            at += place - old;
            self.heap.set_word(result, VALUES + at, right_cells[index]);
            if has_new_names {
                self.heap.set_word(keys, FIRST_KEY + at, right_keys[index]);
            }
            at += 1;
            old = place + usize::from(replaces);
        }
        copy_old(old..left_keys.len(), at);
        Attrs(result)
    }

    fn update_many(&self, left: Attrs, right: Attrs, positions: Handle) -> Attrs {
        let (left_keys, right_keys) = (self.attr_keys(left), self.attr_keys(right));
        let (left_cells, right_cells) = (self.attr_cells(left), self.attr_cells(right));
        let (left_count, right_count) = (left_keys.len(), right_keys.len());
        let count = left_count + right_count - count_common(left_keys, right_keys);
        self.stats.update_values_copied.add(count);
        // Where one side has all the names, its key array serves for the result.
        let shared = if count == left_count {
            self.keys_handle(left)
        } else if count == right_count {
            self.keys_handle(right)
        } else {
            Handle::NONE
        };
        let keys = if shared.is_none() {
            let keys = self.heap.allocate((FIRST_KEY + count).div_ceil(2));
            self.heap.set_word(keys, KEY_COUNT, count as u32);
            keys
        } else {
            shared
        };
        let result = self.new_attrs(count, keys, positions);
        let (mut i, mut j) = (0, 0);
        for at in 0..count {
            let take_left = j == right_count || (i < left_count && left_keys[i] < right_keys[j]);
            let (key, cell);
            if take_left {
                (key, cell) = (left_keys[i], left_cells[i]);
                i += 1;
            } else {
                (key, cell) = (right_keys[j], right_cells[j]);
                i += usize::from(i < left_count && left_keys[i] == key);
                j += 1;
            }
            self.heap.set_word(result, VALUES + at, cell);
            if shared.is_none() {
                self.heap.set_word(keys, FIRST_KEY + at, key);
            }
        }
        Attrs(result)
    }
}

/// How many keys two ascending key arrays share.
fn count_common(left: &[u32], right: &[u32]) -> usize {
    let (small, large) = if left.len() < right.len() {
        (left, right)
    } else {
        (right, left)
    };
    if small.len() * 8 < large.len() {
        return small
            .iter()
            .filter(|&&key| find_key(large, key).is_some())
            .count();
    }
    let (mut i, mut j, mut common) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        let (a, b) = (left[i], right[j]);
        common += usize::from(a == b);
        i += usize::from(a <= b);
        j += usize::from(b <= a);
    }
    common
}

/// A set that is being put together.
pub(crate) struct AttrsBuilder {
    entries: Vec<(Symbol, Handle, Pos)>,
}

impl AttrsBuilder {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        AttrsBuilder {
            entries: Vec::with_capacity(capacity),
        }
    }

    pub(crate) fn add(&mut self, name: Symbol, cell: Handle, pos: Pos) {
        self.entries.push((name, cell, pos));
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The set, if of several attributes with one name the first counts.
    pub(crate) fn finish_first_wins(mut self, e: &Evaluator) -> Value {
        self.entries.sort_by_key(|entry| entry.0);
        self.entries.dedup_by_key(|entry| entry.0);
        e.attrs_of_sorted(&self.entries)
    }

    /// The set, if of several attributes with one name the last counts.
    pub(crate) fn finish_last_wins(mut self, e: &Evaluator) -> Value {
        self.entries.reverse();
        self.finish_first_wins(e)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_in_small_and_large_arrays() {
        for count in [0, 1, 7, 8, 9, 64, 65] {
            let keys: Vec<u32> = (0..count).map(|n| n * 3 + 1).collect();
            for (index, &key) in keys.iter().enumerate() {
                assert_eq!(find_key(&keys, key), Some(index));
                assert_eq!(find_key(&keys, key + 1), None);
            }
            assert_eq!(find_key(&keys, 0), None);
        }
    }

    #[test]
    fn common_keys_are_counted() {
        assert_eq!(count_common(&[1, 3, 5], &[2, 3, 5, 9]), 2);
        let large: Vec<u32> = (0..100).collect();
        assert_eq!(count_common(&[5, 200], &large), 1);
        assert_eq!(count_common(&[], &large), 0);
    }

    /// `//` of sets of all sizes, against a map; with the positions of what they came from.
    #[test]
    fn update_merges_like_a_map() {
        use std::collections::BTreeMap;

        let host = crate::host::ReadOnlyHost::new("/nix/store").expect("a store directory");
        let e = Evaluator::new(Box::new(host), crate::Settings::default());
        let mut state = 7u32;
        let mut random = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % below
        };
        for round in 0..300u32 {
            let mut make = |size: u32| {
                let map: BTreeMap<u32, (i64, u32)> = (0..size)
                    .map(|_| (random(200), (i64::from(random(1000)), random(1000) + 1)))
                    .collect();
                let mut builder = AttrsBuilder::with_capacity(map.len());
                for (&name, &(value, pos)) in &map {
                    builder.add(Symbol(name), e.cell(e.int(value)), Pos(pos));
                }
                (builder.finish_first_wins(&e).as_attrs(), map)
            };
            let sizes = [
                [0, 3],
                [3, 0],
                [5, 5],
                [150, 3],
                [3, 150],
                [100, 100],
                [60, 20],
            ];
            let [a, b] = sizes[round as usize % sizes.len()];
            let ((left, mut expected), (right, more), (last, most)) = (make(a), make(b), make(4));
            expected.extend(more);
            expected.extend(most);
            let both = e.update(left, right).as_attrs();
            let merged = e.update(both, last).as_attrs();
            let found: Vec<(u32, (i64, u32))> = e
                .attrs_by_symbol(merged)
                .enumerate()
                .map(|(index, attr)| {
                    let value = e.int_of(e.peek(attr.value));
                    (attr.name.0, (value, e.attr_pos_at(merged, index).0))
                })
                .collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
