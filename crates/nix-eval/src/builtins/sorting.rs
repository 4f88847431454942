//! A stable sort that any order function may be given to.

/// Sorts stably. `less` may fail, and may be inconsistent: the result is then some order of the
/// same elements. Runs that are in order (or strictly in reverse) already are found and kept, and
/// merged in pairs of similar length.
pub(super) fn merge_sort<T: Copy, E>(
    items: &mut [T],
    mut less: impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    let mut start = 0;
    while start < items.len() {
        let end = run_end(items, start, &mut less)?;
        runs.push((start, end));
        start = end;
        // Merge while the run before is not longer than this one, so that work stays balanced.
        while let [.., (left, middle), (_, right)] = runs[..] {
            if middle - left > right - middle {
                break;
            }
            merge(&mut items[left..right], middle - left, &mut less)?;
            runs.truncate(runs.len() - 2);
            runs.push((left, right));
        }
    }
    while let [.., (left, middle), (_, right)] = runs[..] {
        merge(&mut items[left..right], middle - left, &mut less)?;
        runs.truncate(runs.len() - 2);
        runs.push((left, right));
    }
    Ok(())
}

/// The end of the run that starts at `start`; a descending one is reversed.
fn run_end<T: Copy, E>(
    items: &mut [T],
    start: usize,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<usize, E> {
    let mut end = start + 1;
    if end == items.len() {
        return Ok(end);
    }
    let descending = less(&items[end], &items[start])?;
    end += 1;
    while end < items.len() && less(&items[end], &items[end - 1])? == descending {
        end += 1;
    }
    if descending {
        items[start..end].reverse();
    }
    Ok(end)
}

/// Merges two sorted halves.
fn merge<T: Copy, E>(
    items: &mut [T],
    middle: usize,
    less: &mut impl FnMut(&T, &T) -> Result<bool, E>,
) -> Result<(), E> {
    let left = items[..middle].to_vec();
    let (mut i, mut j) = (0, middle);
    for at in 0..items.len() {
        if i == left.len() {
            break;
        }
        if j < items.len() && less(&items[j], &left[i])? {
            items[at] = items[j];
            j += 1;
        } else {
            items[at] = left[i];
            i += 1;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn sorted(mut items: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
        let sorted = merge_sort(&mut items, |a, b| Ok::<bool, Infallible>(a.0 < b.0));
        assert!(sorted.is_ok());
        items
    }

    #[test]
    fn agrees_with_a_stable_sort() {
        let mut state = 1u32;
        for len in 0..200 {
            let items: Vec<(u32, u32)> = (0..len)
                .map(|index| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 16) % 10, index)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            assert_eq!(sorted(items), expected);
        }
    }

    #[test]
    fn tolerates_contradictions() {
        let mut items: Vec<u32> = (0..5).collect();
        let done = merge_sort(&mut items, |_, _| Ok::<bool, Infallible>(true));
        assert!(done.is_ok());
        assert_eq!(items, [4, 3, 2, 1, 0]);
    }
}
