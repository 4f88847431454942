//! Bracket expressions: `[a-z]`, `[^[:space:]]`.

use super::RegexError;
use super::scan::{Scanner, Token};

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(super) fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    #[inline(always)]
    pub(super) fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    pub(super) fn extend(&mut self, other: &ByteSet) {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word |= other;
        }
    }

    pub(super) fn all() -> ByteSet {
        ByteSet([u64::MAX; 4])
    }

    fn insert_where(&mut self, predicate: impl Fn(u8) -> bool) {
        for byte in 0..=u8::MAX {
            if predicate(byte) {
                self.insert(byte);
            }
        }
    }

    fn complement(self) -> ByteSet {
        ByteSet(self.0.map(|word| !word))
    }
}

/// What stood last in the brackets.
#[derive(Clone, Copy)]
enum Last {
    /// Nothing that a dash could refer to.
    Nothing,
    /// A character, perhaps the start of a range.
    Byte(u8),
    /// A class.
    Class,
}

/// Parses what follows `[` or `[^`, including the `]`.
pub(super) fn parse(scanner: &mut Scanner<'_>, negated: bool) -> Result<ByteSet, RegexError> {
    let mut set = ByteSet::default();
    let mut last = Last::Nothing;
    // A dash right after the bracket is an ordinary character.
    if let Token::Byte(byte) = scanner.peek() {
        scanner.advance()?;
        last = Last::Byte(byte);
    } else if scanner.accept(Token::Dash)? {
        last = Last::Byte(b'-');
    }
    loop {
        if let Last::Byte(byte) = last {
            // The start of a range is part of it, so it may be added at once.
            set.insert(byte);
        }
        let token = scanner.peek();
        match token {
            Token::BracketClose | Token::Byte(_) | Token::Dash => {}
            Token::ClassName(_) | Token::Collating(_) | Token::Equivalence(_) => {}
            _ => return Err(RegexError::Invalid),
        }
        scanner.advance()?;
        match token {
            Token::BracketClose => break,
            Token::Byte(byte) => last = Last::Byte(byte),
            Token::Collating(name) => last = Last::Byte(collating_element(name)?),
            Token::Equivalence(name) => {
                let element = collating_element(name)?;
                set.insert_where(|byte| byte.eq_ignore_ascii_case(&element));
                last = Last::Class;
            }
            Token::ClassName(name) => {
                add_class(&mut set, name)?;
                last = Last::Class;
            }
            // Only a dash is left.
            _ => {
                if scanner.accept(Token::BracketClose)? {
                    set.insert(b'-');
                    break;
                }
                let Last::Byte(start) = last else {
                    return Err(RegexError::Invalid);
                };
                let end = match scanner.peek() {
                    Token::Byte(byte) => byte,
                    Token::Dash => b'-',
                    _ => return Err(RegexError::Invalid),
                };
                scanner.advance()?;
                add_range(&mut set, start, end)?;
                last = Last::Nothing;
            }
        }
    }
    Ok(if negated { set.complement() } else { set })
}

/// Adds a range of bytes. They are compared signed, as `char` is on most platforms.
fn add_range(set: &mut ByteSet, start: u8, end: u8) -> Result<(), RegexError> {
    let (start, end) = (start.cast_signed(), end.cast_signed());
    if start > end {
        return Err(RegexError::Invalid);
    }
    for byte in start..=end {
        set.insert(byte.cast_unsigned());
    }
    Ok(())
}

/// Adds a named class. Names are not case-sensitive.
fn add_class(set: &mut ByteSet, name: &[u8]) -> Result<(), RegexError> {
    let is_space = |byte: u8| matches!(byte, b' ' | 0x09..=0x0d);
    match name.to_ascii_lowercase().as_slice() {
        b"d" | b"digit" => set.insert_where(|byte| byte.is_ascii_digit()),
        b"w" => set.insert_where(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        b"s" | b"space" => set.insert_where(is_space),
        b"alnum" => set.insert_where(|byte| byte.is_ascii_alphanumeric()),
        b"alpha" => set.insert_where(|byte| byte.is_ascii_alphabetic()),
        b"blank" => set.insert_where(|byte| matches!(byte, b' ' | b'\t')),
        b"cntrl" => set.insert_where(|byte| byte.is_ascii_control()),
        b"graph" => set.insert_where(|byte| byte.is_ascii_graphic()),
        b"lower" => set.insert_where(|byte| byte.is_ascii_lowercase()),
        b"print" => set.insert_where(|byte| byte.is_ascii_graphic() || byte == b' '),
        b"punct" => set.insert_where(|byte| byte.is_ascii_punctuation()),
        b"upper" => set.insert_where(|byte| byte.is_ascii_uppercase()),
        b"xdigit" => set.insert_where(|byte| byte.is_ascii_hexdigit()),
        _ => return Err(RegexError::Invalid),
    }
    Ok(())
}

/// The POSIX names of control characters, from code 0 on.
const CONTROL_NAMES: [&[u8]; 32] = [
    b"NUL",
    b"SOH",
    b"STX",
    b"ETX",
    b"EOT",
    b"ENQ",
    b"ACK",
    b"alert",
    b"backspace",
    b"tab",
    b"newline",
    b"vertical-tab",
    b"form-feed",
    b"carriage-return",
    b"SO",
    b"SI",
    b"DLE",
    b"DC1",
    b"DC2",
    b"DC3",
    b"DC4",
    b"NAK",
    b"SYN",
    b"ETB",
    b"CAN",
    b"EM",
    b"SUB",
    b"ESC",
    b"IS4",
    b"IS3",
    b"IS2",
    b"IS1",
];

/// The POSIX names of printable characters that are not letters.
const PRINTABLE_NAMES: [(&[u8], u8); 43] = [
    (b"space", b' '),
    (b"exclamation-mark", b'!'),
    (b"quotation-mark", b'"'),
    (b"number-sign", b'#'),
    (b"dollar-sign", b'$'),
    (b"percent-sign", b'%'),
    (b"ampersand", b'&'),
    (b"apostrophe", b'\''),
    (b"left-parenthesis", b'('),
    (b"right-parenthesis", b')'),
    (b"asterisk", b'*'),
    (b"plus-sign", b'+'),
    (b"comma", b','),
    (b"hyphen", b'-'),
    (b"period", b'.'),
    (b"slash", b'/'),
    (b"zero", b'0'),
    (b"one", b'1'),
    (b"two", b'2'),
    (b"three", b'3'),
    (b"four", b'4'),
    (b"five", b'5'),
    (b"six", b'6'),
    (b"seven", b'7'),
    (b"eight", b'8'),
    (b"nine", b'9'),
    (b"colon", b':'),
    (b"semicolon", b';'),
    (b"less-than-sign", b'<'),
    (b"equals-sign", b'='),
    (b"greater-than-sign", b'>'),
    (b"question-mark", b'?'),
    (b"commercial-at", b'@'),
    (b"left-square-bracket", b'['),
    (b"backslash", b'\\'),
    (b"right-square-bracket", b']'),
    (b"circumflex", b'^'),
    (b"underscore", b'_'),
    (b"grave-accent", b'`'),
    (b"left-curly-bracket", b'{'),
    (b"vertical-line", b'|'),
    (b"right-curly-bracket", b'}'),
    (b"tilde", b'~'),
];

/// The character with a name. Only letters are their own names.
fn collating_element(name: &[u8]) -> Result<u8, RegexError> {
    if let [letter] = name
        && letter.is_ascii_alphabetic()
    {
        return Ok(*letter);
    }
    if name == b"DEL" {
        return Ok(0x7f);
    }
    if let Some(code) = CONTROL_NAMES.iter().position(|&known| known == name) {
        return Ok(code as u8);
    }
    PRINTABLE_NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|&(_, byte)| byte)
        .ok_or(RegexError::Invalid)
}
