//! Parsing TOML documents: lines, tables and containers.

use super::document::{Key, Node, Origin, Table, Value};
use super::error::{Problem, Result};
use super::{Toml, TomlError};

/// How deeply values may be nested. toml11 has no limit but the stack.
const MAX_DEPTH: usize = 500;

const NEWLINE_WANTED: &str = "newline (LF / CRLF) or EOF is expected";

/// A document that is being parsed.
pub(super) struct Parser<'t> {
    pub(super) text: &'t [u8],
    pub(super) at: usize,
    depth: usize,
}

/// Parses a whole document.
pub(super) fn parse_document(text: &[u8]) -> std::result::Result<Toml, TomlError> {
    // Every line ends with a line break, which makes parsing simpler and places exact. A carriage
    // return at the end is an error of its own.
    let mut text = text.to_vec();
    if !text.is_empty() && !text.ends_with(b"\n") && !text.ends_with(b"\r") {
        text.push(b'\n');
    }
    let start = if text.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let mut parser = Parser {
        text: &text,
        at: start,
        depth: 0,
    };
    match parser.document() {
        Ok(table) => Ok(table.finish()),
        Err(problem) => Err(problem.describe(&text)),
    }
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn accept(&mut self, wanted: &[u8]) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    pub(super) fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    pub(super) fn accept_newline(&mut self) -> bool {
        self.accept(b"\n") || self.accept(b"\r\n")
    }

    /// Skips a comment up to the end of its line.
    fn accept_comment(&mut self) -> bool {
        if !self.accept(b"#") {
            return false;
        }
        while let Some(length) = match self.peek() {
            Some(b'\t' | b' '..=b'~') => Some(1),
            _ => self.non_ascii(),
        } {
            self.at += length;
        }
        true
    }

    /// The length of the next character if it is not ASCII.
    pub(super) fn non_ascii(&self) -> Option<usize> {
        let rest = self.rest();
        let start = &rest[..rest.len().min(4)];
        let valid = match std::str::from_utf8(start) {
            Ok(valid) => valid,
            Err(error) => std::str::from_utf8(&start[..error.valid_up_to()]).ok()?,
        };
        let character = valid.chars().next()?;
        (!character.is_ascii()).then(|| character.len_utf8())
    }

    /// Skips spaces, line breaks and comments. Whether there was a line break.
    fn skip_lines(&mut self) -> bool {
        let mut found_newline = false;
        loop {
            let start = self.at;
            self.skip_whitespace();
            if self.accept_newline() {
                found_newline = true;
                continue;
            }
            let comment = self.at;
            if self.accept_comment() {
                if self.accept_newline() {
                    found_newline = true;
                    continue;
                }
                self.at = comment;
            }
            if self.at == start {
                return found_newline;
            }
        }
    }

    /// Skips a comment with its line break, and spaces before it. Whether there was one.
    fn comment_line(&mut self) -> Result<bool> {
        let start = self.at;
        self.skip_whitespace();
        if !self.accept_comment() {
            self.at = start;
            return Ok(false);
        }
        if self.at < self.text.len() && !self.accept_newline() {
            // The place in the message is where the next line starts.
            let next_line = self.rest().iter().position(|&byte| byte == b'\n');
            let next = next_line.map_or(self.text.len(), |length| self.at + length + 1);
            return Err(Problem::at(
                format!("toml::parse_comment_line: {NEWLINE_WANTED}"),
                next,
                "but got this",
            )
            .hint("Hint: most of the control characters are not allowed in comments"));
        }
        Ok(true)
    }

    fn document(&mut self) -> Result<Table> {
        let mut root = Table::new(Origin::Header);
        self.leading_comments()?;
        self.entries(&mut root)?;
        while self.at < self.text.len() {
            self.skip_lines();
            let start = self.at;
            if self.accept(b"[[") {
                let key = self.header(start, b"]]", "toml::parse_file: invalid array-table key")?;
                let table = root.insert_array_table(&key)?;
                self.entries(table)?;
            } else if self.accept(b"[") {
                let key = self.header(start, b"]", "toml::parse_file: invalid table key")?;
                let table = root.insert_table(&key)?;
                self.entries(table)?;
            } else {
                let title = "toml::parse_file: invalid table key";
                return Err(Problem::at(title, self.at, "expected ["));
            }
        }
        Ok(root)
    }

    /// The comments at the start. Only here is a control character in a comment a problem with the
    /// comment; later on it is one with the key that should be there.
    fn leading_comments(&mut self) -> Result<()> {
        loop {
            let start = self.at;
            if self.comment_line()? {
                continue;
            }
            self.skip_whitespace();
            if !self.accept_newline() {
                self.at = start;
                return Ok(());
            }
        }
    }

    /// The rest of a header and its line.
    fn header(&mut self, start: usize, end: &[u8], title: &'static str) -> Result<Key> {
        const KEY_WANTED: &str = "expected basic key([a-zA-Z0-9_-]) or quoted key(\" or ')";
        let wanted = if end.len() == 1 {
            "expected ]"
        } else {
            "expected ]]"
        };
        self.skip_whitespace();
        let mut parts = Vec::new();
        loop {
            let part_start = self.at;
            let part = self.key_part();
            parts.push(part.map_err(|_| Problem::at(title, part_start, KEY_WANTED))?);
            let part_end = self.at;
            if !self.accept_dot() {
                break;
            }
            if !self.starts_key() {
                return Err(Problem::at(title, part_end, wanted));
            }
        }
        self.skip_whitespace();
        if !self.accept(end) {
            return Err(Problem::at(title, self.at, wanted));
        }
        let place = start..self.at;
        if !self.comment_line()? {
            self.skip_whitespace();
            if self.at < self.text.len() && !self.accept_newline() {
                return Err(Problem::at(
                    "toml::parse_file: newline (or EOF) expected",
                    self.at,
                    "expected 0x0a(LINE FEED) or \r\n",
                ));
            }
        }
        Ok(Key { parts, place })
    }

    /// The lines of a table, up to the next header.
    fn entries(&mut self, table: &mut Table) -> Result<()> {
        let mut found_newline = true;
        loop {
            let start = self.at;
            found_newline |= self.skip_lines();
            match self.peek() {
                None => return Ok(()),
                // toml11 accepts this on the line of a value, too.
                Some(b'[') => {
                    self.at = start;
                    return Ok(());
                }
                Some(_) if !found_newline => {
                    let title = format!("toml::parse_table: {NEWLINE_WANTED}");
                    return Err(Problem::at(title, self.at, "here"));
                }
                Some(_) => {}
            }
            let (key, node) = self.key_and_value()?;
            found_newline = self.comment_line()?;
            table.insert(key, node)?;
        }
    }

    fn key_and_value(&mut self) -> Result<(Key, Node)> {
        let key = self.key()?;
        self.skip_whitespace();
        if !self.accept(b"=") {
            return Err(Problem::at(
                "toml::parse_key_value_pair: invalid key value separator `=`",
                self.at,
                "expected =",
            ));
        }
        self.skip_whitespace();
        let node = self.value()?;
        Ok((key, node))
    }

    /// A key, perhaps with dots.
    fn key(&mut self) -> Result<Key> {
        let start = self.at;
        let mut parts = Vec::new();
        loop {
            parts.push(self.key_part()?);
            if !self.accept_dot() {
                return Ok(Key {
                    parts,
                    place: start..self.at,
                });
            }
        }
    }

    /// Skips a dot and the spaces around it.
    fn accept_dot(&mut self) -> bool {
        let start = self.at;
        self.skip_whitespace();
        if !self.accept(b".") {
            self.at = start;
            return false;
        }
        self.skip_whitespace();
        true
    }

    fn starts_key(&self) -> bool {
        self.peek()
            .is_some_and(|byte| is_key_byte(byte) || matches!(byte, b'"' | b'\''))
    }

    fn key_part(&mut self) -> Result<Vec<u8>> {
        match self.peek() {
            Some(b'"') => return self.basic_string(),
            Some(b'\'') => return self.literal_string(),
            _ => {}
        }
        let length = self
            .rest()
            .iter()
            .take_while(|&&byte| is_key_byte(byte))
            .count();
        if length == 0 {
            return Err(Problem::at(
                "toml::parse_simple_key: invalid key: key must be \"quoted\", 'quoted-literal', or bare key.",
                self.at,
                "expected alpha [a-zA-Z], digit [0-9], -, or _",
            )
            .hint("Hint: non-ASCII scripts are allowed in toml v1.1.0, but not in v1.0.0.\n"));
        }
        let part = self.rest()[..length].to_vec();
        self.at += length;
        Ok(part)
    }

    fn value(&mut self) -> Result<Node> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'[') => self.nested(Parser::array)?,
            Some(b'{') => self.nested(Parser::inline_table)?,
            Some(b'"' | b'\'') => Value::Scalar(Toml::String(self.string()?)),
            _ => Value::Scalar(self.scalar()?),
        };
        Ok(Node {
            value,
            place: start..self.at,
        })
    }

    fn nested(&mut self, parse: fn(&mut Self) -> Result<Value>) -> Result<Value> {
        if self.depth >= MAX_DEPTH {
            let title = "toml::parse_value: values are nested too deeply";
            return Err(Problem::at(title, self.at, "here"));
        }
        self.depth += 1;
        let value = parse(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Value> {
        self.at += 1;
        let mut elements = Vec::new();
        let mut found_comma = true;
        loop {
            self.skip_lines();
            match self.peek() {
                None => {
                    return Err(Problem::at(
                        "toml::parse_array: missing closing bracket `]`",
                        self.at,
                        "expected `]`, reached EOF",
                    ));
                }
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(elements));
                }
                Some(_) if !found_comma => {
                    return Err(Problem::at(
                        "toml::parse_array: expected value-separator `,` or closing `]`",
                        self.at,
                        "here",
                    ));
                }
                Some(_) => {}
            }
            elements.push(self.value()?);
            self.skip_lines();
            found_comma = self.accept(b",");
            self.comment_line()?;
        }
    }

    fn inline_table(&mut self) -> Result<Value> {
        self.at += 1;
        let mut table = Table::new(Origin::Inline);
        let mut found_comma = false;
        self.skip_whitespace();
        loop {
            match self.peek() {
                None => {
                    return Err(Problem::at(
                        "toml::parse_inline_table: missing closing bracket `}`",
                        self.at,
                        "expected `}`, reached line end",
                    ));
                }
                Some(b'}') if found_comma => {
                    return Err(Problem::at(
                        "toml::parse_inline_table: trailing comma is not allowed in TOML-v1.0.0)",
                        self.at,
                        "here",
                    ));
                }
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Table(table));
                }
                Some(_) if !found_comma && !table.entries.is_empty() => {
                    return Err(Problem::at(
                        "toml::parse_inline_table: expected value-separator `,` or closing `}`",
                        self.at,
                        "here",
                    ));
                }
                Some(_) => {}
            }
            let (key, node) = self.key_and_value()?;
            table.insert(key, node)?;
            self.skip_whitespace();
            found_comma = self.accept(b",");
            self.skip_whitespace();
        }
    }
}

/// Whether a byte can be part of a key without quotes.
fn is_key_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
