//! From byte offsets to lines and columns.

use crate::ast::Pos;

/// Where the lines of a text start.
///
/// As in Nix a line ends with LF, CR LF or a lone CR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Finds the lines of a text.
    #[must_use]
    pub fn new(source: &[u8]) -> LineIndex {
        let mut starts = vec![0];
        let mut offset = 0;
        while let Some(found) = source[offset..]
            .iter()
            .position(|&b| b == b'\n' || b == b'\r')
        {
            offset += found + 1;
            if source[offset - 1] == b'\r' && source.get(offset) == Some(&b'\n') {
                offset += 1;
            }
            let Ok(start) = u32::try_from(offset) else {
                break;
            };
            starts.push(start);
        }
        LineIndex { starts }
    }

    /// The line and the column (in bytes) of a position, both counted from 1. [`Pos::NONE`] has
    /// neither.
    #[must_use]
    pub fn line_column(&self, pos: Pos) -> Option<(u32, u32)> {
        if pos == Pos::NONE {
            return None;
        }
        let line = self.starts.partition_point(|&start| start <= pos.0);
        let column = pos.0 - self.starts[line - 1] + 1;
        Some((u32::try_from(line).unwrap_or(u32::MAX), column))
    }
}

/// The line and the column (in bytes) of a position, both counted from 1; (0, 0) for
/// [`Pos::NONE`].
///
/// For more than a few positions of one text, make a [`LineIndex`].
#[must_use]
pub fn line_column(source: &[u8], pos: Pos) -> (u32, u32) {
    LineIndex::new(source).line_column(pos).unwrap_or((0, 0))
}
