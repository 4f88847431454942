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
        let (line, start) = self.line_of(pos.0 as usize);
        Some((line, (pos.0 as usize - start) as u32 + 1))
    }

    /// Returns the line that contains an offset, counted from 1, and the offset of its first byte.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> (u32, usize) {
        let line = self
            .starts
            .partition_point(|&start| start as usize <= offset)
            .max(1);
        let start = self.starts[line - 1] as usize;
        (u32::try_from(line).unwrap_or(u32::MAX), start)
    }

    /// Returns the offset of the first byte of a line, counted from 1, if the text has that line.
    #[must_use]
    pub fn start_of(&self, line: u32) -> Option<usize> {
        let index = (line as usize).checked_sub(1)?;
        self.starts.get(index).map(|&start| start as usize)
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
