//! The tokens of JSON.

use super::JsonError;

/// A token. Strings are left in the lexer's buffer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Null,
    True,
    False,
    Integer(i64),
    /// Larger than any `i64`.
    Unsigned(u64),
    Float(f64),
    String,
    BeginList,
    EndList,
    BeginObject,
    EndObject,
    Colon,
    Comma,
    End,
}

impl Token {
    /// What messages call it.
    pub(super) fn description(self) -> &'static str {
        match self {
            Token::Null => "null literal",
            Token::True => "true literal",
            Token::False => "false literal",
            Token::Integer(_) | Token::Unsigned(_) | Token::Float(_) => "number literal",
            Token::String => "string literal",
            Token::BeginList => "'['",
            Token::EndList => "']'",
            Token::BeginObject => "'{'",
            Token::EndObject => "'}'",
            Token::Colon => "':'",
            Token::Comma => "','",
            Token::End => "end of input",
        }
    }
}

/// Reads tokens.
pub(super) struct Lexer<'t> {
    text: &'t [u8],
    /// How much was read.
    at: usize,
    /// Whether the end of the text was read, which counts as a column.
    read_end: bool,
    /// Where the last string or number began: messages quote from there on.
    quote_start: usize,
    /// The last string.
    pub(super) string: Vec<u8>,
}

type Result<T> = std::result::Result<T, &'static str>;

impl<'t> Lexer<'t> {
    pub(super) fn new(text: &'t [u8]) -> Lexer<'t> {
        Lexer {
            text,
            at: 0,
            read_end: false,
            quote_start: 0,
            string: Vec::new(),
        }
    }

    /// The error about what was read last.
    pub(super) fn error(&self, kind: &str, message: &str) -> JsonError {
        let read = &self.text[..self.at];
        let line = read.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let line_start = read
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let column = read.len() - line_start + usize::from(self.read_end);
        JsonError::Syntax(format!(
            "{kind}] parse error at line {line}, column {column}: {message}"
        ))
    }

    /// What was read last, for messages.
    pub(super) fn quote(&self) -> String {
        let mut quoted = Vec::new();
        for &byte in &self.text[self.quote_start..self.at] {
            if byte < 0x20 {
                quoted.extend_from_slice(format!("<U+{byte:04X}>").as_bytes());
            } else {
                quoted.push(byte);
            }
        }
        String::from_utf8_lossy(&quoted).into_owned()
    }

    /// Reads a byte, or the end.
    fn read(&mut self) -> Option<u8> {
        let byte = self.text.get(self.at).copied();
        match byte {
            Some(_) => self.at += 1,
            None => self.read_end = true,
        }
        byte
    }

    /// Reads what begins with a byte order mark.
    pub(super) fn skip_byte_order_mark(&mut self) -> Result<()> {
        if self.text.first() != Some(&0xef) {
            return Ok(());
        }
        self.at = 1;
        for wanted in [0xbb, 0xbf] {
            if self.read() != Some(wanted) {
                return Err("invalid BOM; must be 0xEF 0xBB 0xBF if given");
            }
        }
        Ok(())
    }

    /// The next token, or what is wrong with it.
    pub(super) fn next(&mut self) -> Result<Token> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.text.get(self.at) {
            self.at += 1;
        }
        let start = self.at;
        let Some(byte) = self.read() else {
            return Ok(Token::End);
        };
        match byte {
            b'[' => Ok(Token::BeginList),
            b']' => Ok(Token::EndList),
            b'{' => Ok(Token::BeginObject),
            b'}' => Ok(Token::EndObject),
            b':' => Ok(Token::Colon),
            b',' => Ok(Token::Comma),
            b't' => self.literal(b"rue", Token::True),
            b'f' => self.literal(b"alse", Token::False),
            b'n' => self.literal(b"ull", Token::Null),
            b'"' => {
                self.quote_start = start;
                self.scan_string()?;
                Ok(Token::String)
            }
            b'-' | b'0'..=b'9' => {
                self.quote_start = start;
                self.scan_number(start, byte)
            }
            0 => Ok(Token::End),
            _ => Err("invalid literal"),
        }
    }

    fn literal(&mut self, rest: &[u8], token: Token) -> Result<Token> {
        for &wanted in rest {
            if self.read() != Some(wanted) {
                return Err("invalid literal");
            }
        }
        Ok(token)
    }

    fn digits(&mut self) -> usize {
        let count = self.text[self.at..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        self.at += count;
        count
    }

    /// Reads at least one digit.
    fn some_digits(&mut self, problem: &'static str) -> Result<()> {
        if self.digits() == 0 {
            self.read();
            return Err(problem);
        }
        Ok(())
    }

    fn scan_number(&mut self, start: usize, mut first: u8) -> Result<Token> {
        let mut is_integer = true;
        if first == b'-' {
            first = match self.read() {
                Some(digit @ b'0'..=b'9') => digit,
                _ => return Err("invalid number; expected digit after '-'"),
            };
        }
        if first != b'0' {
            self.digits();
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            is_integer = false;
            self.some_digits("invalid number; expected digit after '.'")?;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            is_integer = false;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
                self.some_digits("invalid number; expected digit after exponent sign")?;
            } else {
                self.some_digits("invalid number; expected '+', '-', or digit after exponent")?;
            }
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        if is_integer {
            if let Ok(integer) = text.parse() {
                return Ok(Token::Integer(integer));
            }
            if let Ok(integer) = text.parse() {
                return Ok(Token::Unsigned(integer));
            }
        }
        // The text is in the form that the standard library reads; too large numbers are infinite.
        Ok(Token::Float(text.parse().unwrap_or(f64::INFINITY)))
    }

    fn scan_string(&mut self) -> Result<()> {
        self.string.clear();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest
                .iter()
                .position(|&byte| matches!(byte, b'"' | b'\\' | 0..0x20 | 0x80..))
                .unwrap_or(rest.len());
            self.string.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.read() {
                None => return Err("invalid string: missing closing quote"),
                Some(b'"') => return Ok(()),
                Some(b'\\') => self.scan_escape()?,
                Some(byte @ 0..0x20) => return Err(control_character(byte)),
                Some(lead) => self.scan_character(lead)?,
            }
        }
    }

    /// The rest of a character that is not ASCII.
    fn scan_character(&mut self, lead: u8) -> Result<()> {
        const ILL_FORMED: &str = "invalid string: ill-formed UTF-8 byte";
        let (second, more): (std::ops::RangeInclusive<u8>, usize) = match lead {
            0xc2..=0xdf => (0x80..=0xbf, 0),
            0xe0 => (0xa0..=0xbf, 1),
            0xed => (0x80..=0x9f, 1),
            0xe1..=0xef => (0x80..=0xbf, 1),
            0xf0 => (0x90..=0xbf, 2),
            0xf4 => (0x80..=0x8f, 2),
            0xf1..=0xf3 => (0x80..=0xbf, 2),
            _ => return Err(ILL_FORMED),
        };
        let start = self.at - 1;
        let is_well_formed = self.read().is_some_and(|byte| second.contains(&byte))
            && (0..more).all(|_| self.read().is_some_and(|byte| matches!(byte, 0x80..=0xbf)));
        if !is_well_formed {
            return Err(ILL_FORMED);
        }
        self.string.extend_from_slice(&self.text[start..self.at]);
        Ok(())
    }

    fn scan_escape(&mut self) -> Result<()> {
        let byte = match self.read() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.scan_unicode_escape(),
            _ => return Err("invalid string: forbidden character after backslash"),
        };
        self.string.push(byte);
        Ok(())
    }

    fn scan_unicode_escape(&mut self) -> Result<()> {
        const LONE_HIGH: &str =
            "invalid string: surrogate U+D800..U+DBFF must be followed by U+DC00..U+DFFF";
        const LONE_LOW: &str =
            "invalid string: surrogate U+DC00..U+DFFF must follow U+D800..U+DBFF";
        let mut code = self.code_unit()?;
        if (0xd800..0xdc00).contains(&code) {
            if self.read() != Some(b'\\') || self.read() != Some(b'u') {
                return Err(LONE_HIGH);
            }
            let low = self.code_unit()?;
            if !(0xdc00..0xe000).contains(&low) {
                return Err(LONE_HIGH);
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        }
        let Some(character) = char::from_u32(code) else {
            return Err(LONE_LOW);
        };
        self.string
            .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn code_unit(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self
                .read()
                .and_then(|byte| char::from(byte).to_digit(16))
                .ok_or("invalid string: '\\u' must be followed by 4 hex digits")?;
            code = code << 4 | digit;
        }
        Ok(code)
    }
}

/// The messages about the control characters in a string.
fn control_character(byte: u8) -> &'static str {
    macro_rules! messages {
        ($($code:literal $name:literal $escapes:literal;)*) => {
            [$(concat!(
                "invalid string: control character U+", $code, " (", $name,
                ") must be escaped to ", $escapes,
            )),*]
        };
    }
    const MESSAGES: [&str; 32] = messages! {
        "0000" "NUL" "\\u0000";
        "0001" "SOH" "\\u0001";
        "0002" "STX" "\\u0002";
        "0003" "ETX" "\\u0003";
        "0004" "EOT" "\\u0004";
        "0005" "ENQ" "\\u0005";
        "0006" "ACK" "\\u0006";
        "0007" "BEL" "\\u0007";
        "0008" "BS" "\\u0008 or \\b";
        "0009" "HT" "\\u0009 or \\t";
        "000A" "LF" "\\u000A or \\n";
        "000B" "VT" "\\u000B";
        "000C" "FF" "\\u000C or \\f";
        "000D" "CR" "\\u000D or \\r";
        "000E" "SO" "\\u000E";
        "000F" "SI" "\\u000F";
        "0010" "DLE" "\\u0010";
        "0011" "DC1" "\\u0011";
        "0012" "DC2" "\\u0012";
        "0013" "DC3" "\\u0013";
        "0014" "DC4" "\\u0014";
        "0015" "NAK" "\\u0015";
        "0016" "SYN" "\\u0016";
        "0017" "ETB" "\\u0017";
        "0018" "CAN" "\\u0018";
        "0019" "EM" "\\u0019";
        "001A" "SUB" "\\u001A";
        "001B" "ESC" "\\u001B";
        "001C" "FS" "\\u001C";
        "001D" "GS" "\\u001D";
        "001E" "RS" "\\u001E";
        "001F" "US" "\\u001F";
    };
    MESSAGES[usize::from(byte & 0x1f)]
}
