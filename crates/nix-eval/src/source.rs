//! Where expressions come from, and positions in them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use nix_syntax::LineIndex;

/// A position in any source of an evaluator.
///
/// Sources are numbered through: a position is the place of its source plus the byte offset. Line
/// and column are computed when somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Pos(pub(crate) u32);

impl Pos {
    /// No position.
    pub const NONE: Pos = Pos(0);

    /// Whether there is no position.
    #[must_use]
    pub fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// What a source was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// A file.
    File(Rc<[u8]>),
    /// An expression given as text.
    String,
    /// Standard input.
    Stdin,
    /// Code that is part of the evaluator.
    Internal(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::File(path) => f.write_str(&String::from_utf8_lossy(path)),
            Origin::String => f.write_str("«string»"),
            Origin::Stdin => f.write_str("«stdin»"),
            Origin::Internal(name) => f.write_str(name),
        }
    }
}

/// A position with line and column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    /// The source.
    pub origin: Origin,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in bytes, counted from 1.
    pub column: u32,
    /// The line before, if there is one.
    pub line_before: Option<String>,
    /// The line itself.
    pub line_text: Option<String>,
    /// The line after, if there is one.
    pub line_after: Option<String>,
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.origin, self.line, self.column)
    }
}

struct Source {
    start: u32,
    len: u32,
    origin: Origin,
    /// The text, unless it can be read again.
    text: Option<Rc<[u8]>>,
}

/// All sources of an evaluator.
pub(crate) struct Sources {
    sources: RefCell<Vec<Source>>,
    /// The text that was read again last: positions of one file are often asked for together.
    last_read: RefCell<Option<(u32, Rc<[u8]>)>>,
    /// The lines of each source of which a position was asked for, by the position of its first byte.
    /// Without them each position would cost a scan of its file: an error has up to ten thousand frames.
    lines: RefCell<HashMap<u32, Rc<LineIndex>>>,
}

/// Reads the text of a file again.
pub(crate) type Reader<'a> = &'a dyn Fn(&[u8]) -> Option<Vec<u8>>;

impl Sources {
    pub(crate) fn new() -> Self {
        Sources {
            sources: RefCell::new(Vec::new()),
            last_read: RefCell::new(None),
            lines: RefCell::new(HashMap::new()),
        }
    }

    /// Adds a source and gives the position of its first byte; `None` if there is no room for more
    /// positions. The texts of files are not kept: only messages need them.
    pub(crate) fn add(&self, origin: Origin, text: &[u8]) -> Option<Pos> {
        let kept = (!matches!(origin, Origin::File(_))).then(|| Rc::from(text));
        self.add_source(origin, text.len(), kept)
    }

    /// Adds a file whose text is not at hand.
    pub(crate) fn add_file(&self, path: Rc<[u8]>, len: usize) -> Option<Pos> {
        self.add_source(Origin::File(path), len, None)
    }

    fn add_source(&self, origin: Origin, len: usize, kept: Option<Rc<[u8]>>) -> Option<Pos> {
        let mut sources = self.sources.borrow_mut();
        let start = sources
            .last()
            .map_or(1, |s| s.start as usize + s.len as usize + 1);
        u32::try_from(start.checked_add(len)?).ok()?;
        sources.push(Source {
            start: start as u32,
            len: len as u32,
            origin,
            text: kept,
        });
        Some(Pos(start as u32))
    }

    fn with<R>(&self, pos: Pos, f: impl FnOnce(&Source) -> R) -> Option<R> {
        if pos.is_none() {
            return None;
        }
        let sources = self.sources.borrow();
        let index = sources
            .partition_point(|s| s.start <= pos.0)
            .checked_sub(1)?;
        Some(f(&sources[index]))
    }

    /// The source of a position.
    pub(crate) fn origin(&self, pos: Pos) -> Option<Origin> {
        self.with(pos, |source| source.origin.clone())
    }

    /// The whole text around a position, and the offset in it.
    pub(crate) fn text_at(&self, pos: Pos, read: Reader<'_>) -> Option<(Rc<[u8]>, usize)> {
        let (start, text, origin) = self.with(pos, |source| {
            (source.start, source.text.clone(), source.origin.clone())
        })?;
        let text = match (text, origin) {
            (Some(text), _) => text,
            (None, Origin::File(path)) => self.read_again(start, &path, read)?,
            (None, _) => return None,
        };
        let offset = ((pos.0 - start) as usize).min(text.len());
        Some((text, offset))
    }

    fn read_again(&self, start: u32, path: &[u8], read: Reader<'_>) -> Option<Rc<[u8]>> {
        if let Some((known, text)) = &*self.last_read.borrow()
            && *known == start
        {
            return Some(Rc::clone(text));
        }
        let text: Rc<[u8]> = Rc::from(read(path)?);
        *self.last_read.borrow_mut() = Some((start, Rc::clone(&text)));
        Some(text)
    }

    /// Returns the lines of the source that starts at a position. Reads its text only the first time.
    fn lines_of(
        &self,
        start: u32,
        text: impl FnOnce() -> Option<Rc<[u8]>>,
    ) -> Option<Rc<LineIndex>> {
        if let Some(lines) = self.lines.borrow().get(&start) {
            return Some(Rc::clone(lines));
        }
        let lines = Rc::new(LineIndex::new(&text()?));
        self.lines.borrow_mut().insert(start, Rc::clone(&lines));
        Some(lines)
    }

    /// Returns the line and the column of a position.
    pub(crate) fn line_and_column(&self, pos: Pos, read: Reader<'_>) -> Option<(u32, u32)> {
        let (start, len) = self.with(pos, |source| (source.start, source.len as usize))?;
        let lines = self.lines_of(start, || self.text_at(pos, read).map(|(text, _)| text))?;
        let offset = ((pos.0 - start) as usize).min(len);
        let (line, line_start) = lines.line_of(offset);
        Some((line, (offset - line_start) as u32 + 1))
    }

    /// Returns a position with its line, its column and the text around it.
    pub(crate) fn locate(&self, pos: Pos, read: Reader<'_>) -> Option<Location> {
        let (start, origin) = self.with(pos, |source| (source.start, source.origin.clone()))?;
        let (text, offset) = self.text_at(pos, read)?;
        let lines = self.lines_of(start, || Some(Rc::clone(&text)))?;
        let (line, line_start) = lines.line_of(offset);
        let show = |line: u32| {
            let from = lines.start_of(line).filter(|&from| from <= text.len())?;
            let line = &text[from..];
            let end = line.iter().position(|&byte| is_line_end(byte));
            Some(String::from_utf8_lossy(&line[..end.unwrap_or(line.len())]).into_owned())
        };
        Some(Location {
            origin,
            line,
            column: (offset - line_start) as u32 + 1,
            line_before: show(line - 1),
            line_text: show(line),
            line_after: show(line + 1),
        })
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(text: &str, offset: u32) -> Location {
        let sources = Sources::new();
        sources.add(Origin::String, b"first").expect("room");
        let start = sources.add(Origin::Stdin, text.as_bytes()).expect("room");
        sources
            .locate(Pos(start.0 + offset), &|_| None)
            .expect("a position")
    }

    #[test]
    fn lines_and_columns() {
        let location = located("a\nbcd\ne", 3);
        assert_eq!((location.line, location.column), (2, 2));
        assert_eq!(location.origin, Origin::Stdin);
        assert_eq!(location.line_before.as_deref(), Some("a"));
        assert_eq!(location.line_text.as_deref(), Some("bcd"));
        assert_eq!(location.line_after.as_deref(), Some("e"));
    }

    #[test]
    fn files_are_read_again() {
        let sources = Sources::new();
        let start = sources
            .add(Origin::File(Rc::from(&b"/f"[..])), b"a\nb")
            .expect("room");
        let read = |path: &[u8]| (path == b"/f").then(|| b"a\nb".to_vec());
        let location = sources.locate(Pos(start.0 + 2), &read).expect("a position");
        assert_eq!(location.to_string(), "/f:2:1");
        assert_eq!(
            sources.locate(start, &|_| None).map(|l| l.line),
            Some(1),
            "kept"
        );
    }

    #[test]
    fn carriage_returns_end_lines() {
        let location = located("a\r\nb\rc", 5);
        assert_eq!((location.line, location.column), (3, 1));
        assert_eq!(location.line_before.as_deref(), Some("b"));
        assert_eq!(located("a\r\nb", 0).line_after.as_deref(), Some("b"));
    }

    #[test]
    fn the_end_of_a_text_is_a_position() {
        let location = located("ab", 2);
        assert_eq!((location.line, location.column), (1, 3));
        assert_eq!(location.line_before, None);
        assert_eq!(location.line_after, None);
    }
}
