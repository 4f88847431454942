//! Versions and names of packages, as `nix-env` compares them.

use std::cmp::Ordering;

/// The components of a version: runs of digits, and runs of anything else but `.` and `-`.
pub(crate) fn components(version: &[u8]) -> Components<'_> {
    Components { rest: version }
}

/// See [`components`].
pub(crate) struct Components<'v> {
    rest: &'v [u8],
}

impl<'v> Iterator for Components<'v> {
    type Item = &'v [u8];

    fn next(&mut self) -> Option<&'v [u8]> {
        let start = self.rest.iter().position(|byte| !is_separator(*byte))?;
        let rest = &self.rest[start..];
        let is_number = rest[0].is_ascii_digit();
        let end = rest
            .iter()
            .position(|&byte| byte.is_ascii_digit() != is_number || is_separator(byte))
            .unwrap_or(rest.len());
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-')
}

/// Compares versions component by component; missing components are empty.
pub(crate) fn compare(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (components(a), components(b));
    loop {
        let (x, y) = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => (x.unwrap_or_default(), y.unwrap_or_default()),
        };
        if is_less(x, y) {
            return Ordering::Less;
        }
        if is_less(y, x) {
            return Ordering::Greater;
        }
    }
}

/// `pre` comes before everything, then nothing, then other texts, then numbers.
fn is_less(x: &[u8], y: &[u8]) -> bool {
    match (number(x), number(y)) {
        (Some(x), Some(y)) => x < y,
        (None, Some(_)) if x.is_empty() => true,
        _ if x == b"pre" => y != b"pre",
        _ if y == b"pre" => false,
        // A number comes after a text: `2.3a` < `2.3.1`.
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => x < y,
    }
}

/// A component as a number, if it is one that C++'s `int` holds.
fn number(component: &[u8]) -> Option<i32> {
    if component.is_empty() || !component.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(component).ok()?.parse().ok()
}

/// Splits `name-version` at the first dash that is not followed by a letter.
pub(crate) fn split_name(full: &[u8]) -> (&[u8], &[u8]) {
    let dash = full
        .windows(2)
        .position(|pair| pair[0] == b'-' && !pair[1].is_ascii_alphabetic());
    match dash {
        Some(dash) => (&full[..dash], &full[dash + 1..]),
        None => (full, b""),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn split(version: &str) -> Vec<String> {
        components(version.as_bytes())
            .map(|component| String::from_utf8_lossy(component).into_owned())
            .collect()
    }

    #[test]
    fn components_are_runs() {
        assert_eq!(split("1.2.3"), ["1", "2", "3"]);
        assert_eq!(split("1-2pre3a.-b"), ["1", "2", "pre", "3", "a", "b"]);
        assert_eq!(split("-.-"), [""; 0]);
        assert_eq!(split("c++17"), ["c++", "17"]);
    }

    #[test]
    fn versions_are_ordered() {
        let ascending = [
            "pre",
            "",
            "a",
            "1.0pre2",
            "1.0",
            "1.0a",
            "1.0.0",
            "1.0.1",
            "1.1",
            "2.3a",
            "2.3.1",
            "10",
            "2147483647",
        ];
        for (index, a) in ascending.iter().enumerate() {
            for b in &ascending[index + 1..] {
                assert_eq!(
                    compare(a.as_bytes(), b.as_bytes()),
                    Ordering::Less,
                    "{a} {b}"
                );
            }
        }
        // Numbers that are too large are texts, and texts come before numbers.
        assert_eq!(compare(b"2147483648", b"1"), Ordering::Less);
        assert_eq!(compare(b"1.", b"1"), Ordering::Equal);
        assert_eq!(compare(b"01", b"1"), Ordering::Equal);
    }

    #[test]
    fn names_end_at_a_dash_without_letter() {
        assert_eq!(
            split_name(b"nix-0.12pre12876"),
            (&b"nix"[..], &b"0.12pre12876"[..])
        );
        assert_eq!(split_name(b"a-b-c"), (&b"a-b-c"[..], &b""[..]));
        assert_eq!(split_name(b"a-"), (&b"a-"[..], &b""[..]));
        assert_eq!(split_name(b"a--1"), (&b"a"[..], &b"-1"[..]));
    }

    proptest! {
        #[test]
        fn comparing_the_other_way_round_is_the_reverse(a in "[a-c0-2.pre-]{0,8}", b in "[a-c0-2.pre-]{0,8}") {
            let forwards = compare(a.as_bytes(), b.as_bytes());
            prop_assert_eq!(compare(b.as_bytes(), a.as_bytes()), forwards.reverse());
            prop_assert_eq!(compare(a.as_bytes(), a.as_bytes()), Ordering::Equal);
        }
    }
}
