//! Lines and columns of positions.

use nix_syntax::ast::Pos;
use nix_syntax::{LineIndex, line_column};

#[test]
fn lines_end_with_any_kind_of_newline() {
    let source = b"a\nbc\r\nd\re\n\r\n";
    let expected = [
        (1, 1),
        (1, 2),
        (2, 1),
        (2, 2),
        (2, 3),
        (2, 4),
        (3, 1),
        (3, 2),
        (4, 1),
        (4, 2),
        (5, 1),
        (5, 2),
        (6, 1),
    ];
    let index = LineIndex::new(source);
    for (offset, expected) in (0..).zip(expected) {
        assert_eq!(index.line_column(Pos(offset)), Some(expected), "{offset}");
        assert_eq!(line_column(source, Pos(offset)), expected);
    }
}

#[test]
fn columns_are_bytes() {
    assert_eq!(line_column("é1".as_bytes(), Pos(2)), (1, 3));
}

#[test]
fn no_position_has_no_line() {
    assert_eq!(LineIndex::new(b"a").line_column(Pos::NONE), None);
    assert_eq!(line_column(b"a", Pos::NONE), (0, 0));
}

#[test]
fn the_end_of_a_file_is_a_position() {
    assert_eq!(line_column(b"", Pos(0)), (1, 1));
    assert_eq!(line_column(b"a\n", Pos(2)), (2, 1));
}
