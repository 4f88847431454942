//! Attribute sets: columns of names, positions and values, in the order of symbols.

use crate::evaluator::Evaluator;
use crate::heap::Handle;
use crate::source::Pos;
use crate::symbol::Symbol;
use crate::value::{Attrs, Value};

/// Words of a set.
pub(crate) const COUNT: usize = 0;
pub(crate) const KEYS: usize = 1;
pub(crate) const POSITIONS: usize = 2;
pub(crate) const VALUES: usize = 3;
/// Words of a key array.
const KEY_COUNT: usize = 0;
const NAME_ORDER: usize = 1;
const FIRST_KEY: usize = 2;

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
        rest.iter().position(|&key| key >= name).unwrap_or(rest.len())
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
        self.heap.word_slice(self.keys_handle(attrs), FIRST_KEY, self.attrs_len(attrs))
    }

    #[inline(always)]
    pub(crate) fn attr_cells(&self, attrs: Attrs) -> &[u32] {
        self.heap.word_slice(attrs.0, VALUES, self.attrs_len(attrs))
    }

    /// The positions of all attributes, if there are any.
    #[inline(always)]
    pub(crate) fn attr_positions(&self, attrs: Attrs) -> Option<&[u32]> {
        let positions = self.heap.handle(attrs.0, POSITIONS);
        (!positions.is_none()).then(|| self.heap.word_slice(positions, 0, self.attrs_len(attrs)))
    }

    #[inline(always)]
    pub(crate) fn attr_index(&self, attrs: Attrs, name: Symbol) -> Option<usize> {
        find_key(self.attr_keys(attrs), name.0)
    }

    #[inline(always)]
    pub(crate) fn attr_cell(&self, attrs: Attrs, index: usize) -> Handle {
        self.heap.handle(attrs.0, VALUES + index)
    }

    pub(crate) fn attr_pos_at(&self, attrs: Attrs, index: usize) -> Pos {
        self.attr_positions(attrs).map_or(Pos::NONE, |positions| Pos(positions[index]))
    }

    /// The indices of the attributes in the order of their names; computed once per key array.
    pub(crate) fn name_order(&self, attrs: Attrs) -> &[u32] {
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

    /// A set with the keys of another one and new values, without positions.
    pub(crate) fn attrs_like(&self, attrs: Attrs, cells: &[u32]) -> Value {
        if cells.is_empty() {
            return self.no_attrs();
        }
        let handle = self.new_attrs(cells.len(), self.keys_handle(attrs), Handle::NONE);
        self.heap.copy_words(handle, VALUES, cells);
        Value::attrs(Attrs(handle))
    }

    /// `{ }`
    #[inline(always)]
    pub(crate) fn no_attrs(&self) -> Value {
        Value::attrs(Attrs(self.empty_attrs))
    }

    /// A set from columns that are in order already.
    pub(crate) fn attrs_of_columns(
        &self,
        keys: &[u32],
        cells: &[u32],
        positions: Option<&[u32]>,
    ) -> Value {
        if keys.is_empty() {
            return self.no_attrs();
        }
        let key_array = self.new_keys(keys);
        let positions = positions.map_or(Handle::NONE, |p| self.heap.new_words(p));
        let handle = self.new_attrs(keys.len(), key_array, positions);
        self.heap.copy_words(handle, VALUES, cells);
        Value::attrs(Attrs(handle))
    }

    /// The attributes of `attrs` whose index is accepted.
    pub(crate) fn attrs_filtered(&self, attrs: Attrs, keep: impl Fn(usize) -> bool) -> Value {
        let count = self.attrs_len(attrs);
        let kept: Vec<usize> = (0..count).filter(|&index| keep(index)).collect();
        if kept.len() == count {
            return Value::attrs(attrs);
        }
        let pick = |column: &[u32]| kept.iter().map(|&index| column[index]).collect::<Vec<u32>>();
        let positions = self.attr_positions(attrs).map(pick);
        self.attrs_of_columns(
            &pick(self.attr_keys(attrs)),
            &pick(self.attr_cells(attrs)),
            positions.as_deref(),
        )
    }

    /// `left // right`
    pub(crate) fn update(&self, left: Attrs, right: Attrs) -> Value {
        self.stats.updates.add(1);
        let (left_count, right_count) = (self.attrs_len(left), self.attrs_len(right));
        if left_count == 0 {
            return Value::attrs(right);
        }
        if right_count == 0 {
            return Value::attrs(left);
        }
        if self.keys_handle(left) == self.keys_handle(right) {
            return Value::attrs(right);
        }
        let (left_keys, right_keys) = (self.attr_keys(left), self.attr_keys(right));
        let (left_cells, right_cells) = (self.attr_cells(left), self.attr_cells(right));

        let common = count_common(left_keys, right_keys);
        let count = left_count + right_count - common;
        self.stats.update_values_copied.add(count);
        let (left_pos, right_pos) = (self.attr_positions(left), self.attr_positions(right));
        let has_positions = left_pos.is_some() || right_pos.is_some();

        // Where one side has all the names, its key array serves for the result.
        let keys = if count == left_count {
            self.keys_handle(left)
        } else if count == right_count {
            self.keys_handle(right)
        } else {
            let keys = self.heap.allocate((FIRST_KEY + count).div_ceil(2));
            self.heap.set_word(keys, KEY_COUNT, count as u32);
            keys
        };
        let fresh_keys = count != left_count && count != right_count;
        let positions = if has_positions {
            self.heap.allocate(count.div_ceil(2))
        } else {
            Handle::NONE
        };
        let result = self.new_attrs(count, keys, positions);

        let (mut i, mut j) = (0, 0);
        for at in 0..count {
            let take_left = j == right_count || (i < left_count && left_keys[i] < right_keys[j]);
            let (key, cell, pos);
            if take_left {
                (key, cell) = (left_keys[i], left_cells[i]);
                pos = left_pos.map_or(0, |p| p[i]);
                i += 1;
            } else {
                (key, cell) = (right_keys[j], right_cells[j]);
                pos = right_pos.map_or(0, |p| p[j]);
                i += usize::from(i < left_count && left_keys[i] == key);
                j += 1;
            }
            self.heap.set_word(result, VALUES + at, cell);
            if fresh_keys {
                self.heap.set_word(keys, FIRST_KEY + at, key);
            }
            if has_positions {
                self.heap.set_word(positions, at, pos);
            }
        }
        Value::attrs(Attrs(result))
    }
}

/// How many keys two ascending key arrays share.
fn count_common(left: &[u32], right: &[u32]) -> usize {
    let (small, large) = if left.len() < right.len() { (left, right) } else { (right, left) };
    if small.len() * 8 < large.len() {
        return small.iter().filter(|&&key| find_key(large, key).is_some()).count();
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
    has_positions: bool,
}

impl AttrsBuilder {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        AttrsBuilder { entries: Vec::with_capacity(capacity), has_positions: false }
    }

    pub(crate) fn add(&mut self, name: Symbol, cell: Handle, pos: Pos) {
        self.has_positions |= !pos.is_none();
        self.entries.push((name, cell, pos));
    }

    pub(crate) fn add_value(&mut self, e: &Evaluator, name: &str, value: Value) {
        self.add(e.symbols.intern(name.as_bytes()), e.cell(value), Pos::NONE);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The set, if of several attributes with one name the first counts.
    pub(crate) fn finish_first_wins(mut self, e: &Evaluator) -> Value {
        self.entries.sort_by_key(|entry| entry.0);
        self.entries.dedup_by_key(|entry| entry.0);
        self.build(e)
    }

    /// The set, if of several attributes with one name the last counts.
    pub(crate) fn finish_last_wins(mut self, e: &Evaluator) -> Value {
        self.entries.reverse();
        self.finish_first_wins(e)
    }

    fn build(&self, e: &Evaluator) -> Value {
        let keys: Vec<u32> = self.entries.iter().map(|entry| entry.0.0).collect();
        let cells: Vec<u32> = self.entries.iter().map(|entry| entry.1.0).collect();
        let positions: Option<Vec<u32>> =
            self.has_positions.then(|| self.entries.iter().map(|entry| entry.2.0).collect());
        e.attrs_of_columns(&keys, &cells, positions.as_deref())
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
}
