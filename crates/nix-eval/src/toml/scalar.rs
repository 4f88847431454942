//! Strings, numbers, Booleans and dates of TOML.

use super::Toml;
use super::error::{Problem, Result};
use super::parser::Parser;

const INTEGER_HINT: &str = "Hint: valid  : -42, 1_000, 1_2_3_4_5, 0xC0FFEE, 0b0010, 0o755\n\
    Hint: invalid: _42, 1__000, 0123\n";
const FLOAT_HINT: &str = "Hint: valid  : +1.0, -2e-2, 3.141_592_653_589, inf, nan\n\
    Hint: invalid: .0, 1., _1.0, 1.0_, 1_.0, 1.0__0\n";
const TIME_HINT: &str = "Hint: valid  : 1979-05-27T07:32:00, 1979-05-27 07:32:00.999999\n\
    Hint: invalid: 1979-05-27T7:32:00, 1979-05-27 17:32\n";

impl Parser<'_> {
    // ---- Strings ----

    /// Any string.
    pub(super) fn string(&mut self) -> Result<Vec<u8>> {
        if self.accept(b"\"\"\"") {
            self.multiline_basic_string()
        } else if self.accept(b"'''") {
            self.multiline_literal_string()
        } else if self.peek() == Some(b'"') {
            self.basic_string()
        } else {
            self.literal_string()
        }
    }

    /// `"…"`
    pub(super) fn basic_string(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut string = Vec::new();
        while self.basic_character(&mut string)? {}
        if self.accept(b"\"") {
            return Ok(string);
        }
        let title = "toml::parse_basic_string: invalid string format";
        Err(Problem::at(title, self.at, "expected \""))
    }

    /// `'…'`
    pub(super) fn literal_string(&mut self) -> Result<Vec<u8>> {
        self.at += 1;
        let mut string = Vec::new();
        while self.literal_character(&mut string) {}
        if self.accept(b"'") {
            return Ok(string);
        }
        let title = "toml::parse_literal_string: invalid string format";
        Err(Problem::at(title, self.at, "expected '"))
    }

    /// The rest of `"""…"""`.
    fn multiline_basic_string(&mut self) -> Result<Vec<u8>> {
        self.accept_newline();
        let mut string = Vec::new();
        loop {
            if self.basic_character(&mut string)?
                || self.string_newline(&mut string)
                || self.escaped_newline()
            {
                continue;
            }
            if self.end_of_multiline(b'"', &mut string) {
                return Ok(string);
            }
            if !self.quotes(b'"', &mut string) {
                let title = "toml::parse_ml_basic_string: invalid string format";
                return Err(Problem::at(title, self.at, "expected \"\"\""));
            }
        }
    }

    /// The rest of `'''…'''`.
    fn multiline_literal_string(&mut self) -> Result<Vec<u8>> {
        self.accept_newline();
        let mut string = Vec::new();
        loop {
            if self.literal_character(&mut string) || self.string_newline(&mut string) {
                continue;
            }
            if self.end_of_multiline(b'\'', &mut string) {
                return Ok(string);
            }
            if !self.quotes(b'\'', &mut string) {
                let title = "toml::parse_ml_literal_string: invalid string format";
                return Err(Problem::at(title, self.at, "expected '''"));
            }
        }
    }

    /// The end of a string with three quotes; up to two more quotes belong to the string.
    fn end_of_multiline(&mut self, quote: u8, string: &mut Vec<u8>) -> bool {
        if !self.accept(&[quote; 3]) {
            return false;
        }
        self.quotes(quote, string);
        true
    }

    /// One or two quotes within a string.
    fn quotes(&mut self, quote: u8, string: &mut Vec<u8>) -> bool {
        let count = self
            .rest()
            .iter()
            .take(2)
            .take_while(|&&byte| byte == quote)
            .count();
        string.extend_from_slice(&[quote; 2][..count]);
        self.at += count;
        count > 0
    }

    fn string_newline(&mut self, string: &mut Vec<u8>) -> bool {
        let start = self.at;
        let found = self.accept_newline();
        string.extend_from_slice(&self.text[start..self.at]);
        found
    }

    /// A backslash at the end of a line: it and all whitespace after it do not count.
    fn escaped_newline(&mut self) -> bool {
        let start = self.at;
        if self.accept(b"\\") {
            self.skip_whitespace();
            if self.accept_newline() {
                loop {
                    self.skip_whitespace();
                    if !self.accept_newline() {
                        return true;
                    }
                }
            }
        }
        self.at = start;
        false
    }

    /// A character that is not ASCII.
    fn wide_character(&mut self, string: &mut Vec<u8>) -> bool {
        let Some(length) = self.non_ascii() else {
            return false;
        };
        string.extend_from_slice(&self.text[self.at..self.at + length]);
        self.at += length;
        true
    }

    fn literal_character(&mut self, string: &mut Vec<u8>) -> bool {
        match self.peek() {
            Some(byte @ (b'\t' | b' '..=b'&' | b'('..=b'~')) => {
                string.push(byte);
                self.at += 1;
                true
            }
            _ => self.wide_character(string),
        }
    }

    fn basic_character(&mut self, string: &mut Vec<u8>) -> Result<bool> {
        match self.peek() {
            Some(b'\\') => self.escape(string),
            Some(byte @ (b'\t' | b' ' | b'!' | b'#'..=b'~')) => {
                string.push(byte);
                self.at += 1;
                Ok(true)
            }
            _ => Ok(self.wide_character(string)),
        }
    }

    /// An escape sequence. False if there is no valid one.
    fn escape(&mut self, string: &mut Vec<u8>) -> Result<bool> {
        let digits = match self.rest().get(1) {
            Some(b'u') => 4,
            Some(b'U') => 8,
            other => {
                let byte = match other {
                    Some(byte @ (b'"' | b'\\')) => *byte,
                    Some(b'b') => 0x08,
                    Some(b'f') => 0x0c,
                    Some(b'n') => b'\n',
                    Some(b'r') => b'\r',
                    Some(b't') => b'\t',
                    _ => return Ok(false),
                };
                string.push(byte);
                self.at += 2;
                return Ok(true);
            }
        };
        let Some(code) = self.rest().get(2..2 + digits) else {
            return Ok(false);
        };
        if !code.iter().all(u8::is_ascii_hexdigit) {
            return Ok(false);
        }
        let code = code.iter().fold(0, |code, &digit| {
            code << 4 | char::from(digit).to_digit(16).unwrap_or_default()
        });
        let place = self.at + 1..self.at + 2 + digits;
        let Some(character) = char::from_u32(code) else {
            let title = "toml::parse_utf8_codepoint: ";
            return Err(if code < 0x11_0000 {
                let title = format!("{title}[0xD800, 0xDFFF] is not a valid UTF-8");
                Problem::new(title, place, "here")
            } else {
                let title = format!("{title}input codepoint is too large.");
                Problem::new(title, place, "must be in range [0x00, 0x10FFFF]")
            });
        };
        string.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        self.at = place.end;
        Ok(true)
    }

    // ---- Other values ----

    /// A value that is neither a string nor a container.
    pub(super) fn scalar(&mut self) -> Result<Toml> {
        const FLOAT_WANTED: &str = "expected from `1` to `9` or digit [0-9] or inf or nan";
        const BOOLEAN_WANTED: &str = "expected true or false";
        let lowercase = |name: &str| {
            format!(
                "toml::parse_value: `{name}` must be in lowercase. A string must be surrounded by quotes."
            )
        };
        let at = self.at;
        match self.peek() {
            Some(b't' | b'f') => {
                if self.accept(b"true") {
                    Ok(Toml::Bool(true))
                } else if self.accept(b"false") {
                    Ok(Toml::Bool(false))
                } else {
                    let title = "toml::parse_boolean: invalid boolean: boolean must be `true` or `false`, in lowercase. string must be surrounded by `\"`";
                    Err(Problem::at(title, at, BOOLEAN_WANTED))
                }
            }
            Some(b'T') => Err(Problem::at(lowercase("true"), at, BOOLEAN_WANTED)),
            Some(b'F') => Err(Problem::at(lowercase("false"), at, BOOLEAN_WANTED)),
            Some(b'i') if self.accept(b"inf") => Ok(Toml::Float(f64::INFINITY)),
            Some(b'n') if self.accept(b"nan") => Ok(Toml::Float(f64::NAN)),
            Some(b'i' | b'I') => Err(Problem::at(lowercase("inf"), at, FLOAT_WANTED)),
            Some(b'n' | b'N') => Err(Problem::at(lowercase("nan"), at, FLOAT_WANTED)),
            _ => self.number(),
        }
    }

    /// A number, a date or a time.
    fn number(&mut self) -> Result<Toml> {
        let rest = self.rest();
        if date_length(rest).is_some() {
            return self.date();
        }
        if time_length(rest).is_some() {
            return Ok(Toml::Timestamp(self.time()?));
        }
        if let Some(length) = float_length(rest) {
            return self.float(length);
        }
        if let Some(length) = integer_length(rest) {
            return self.integer(length);
        }
        Err(match self.peek() {
            Some(b'.') => Problem::at(
                "bad float: integer part is required before decimal point",
                self.at,
                "missing integer part",
            )
            .hint(FLOAT_HINT),
            Some(b'_') => Problem::at(
                "bad number: `_` must be surrounded by digits",
                self.at,
                "digits required before `_`",
            )
            .hint(INTEGER_HINT),
            _ => Problem::at("bad format: unknown value appeared", self.at, "here"),
        })
    }

    fn float(&mut self, length: usize) -> Result<Toml> {
        let end = self.at + length;
        if self.text.get(end) == Some(&b'_') {
            let title = "bad float: `_` must be surrounded by digits";
            return Err(Problem::at(title, end, "invalid underscore").hint(FLOAT_HINT));
        }
        let text = without_underscores(&self.rest()[..length]);
        self.at = end;
        let float = match text.as_str() {
            "inf" | "+inf" => f64::INFINITY,
            "-inf" => f64::NEG_INFINITY,
            "nan" | "+nan" => f64::NAN,
            "-nan" => -f64::NAN,
            _ => {
                let float: f64 = text.parse().unwrap_or(f64::INFINITY);
                if float.is_infinite() {
                    let title =
                        "toml::parse_floating: failed to read floating point value from stream";
                    return Err(Problem::at(title, end, "here"));
                }
                float
            }
        };
        Ok(Toml::Float(float))
    }

    fn integer(&mut self, length: usize) -> Result<Toml> {
        let start = self.at;
        let end = start + length;
        match self.text.get(end) {
            Some(b'_') => {
                let (title, message) = if without_sign(&self.rest()[..length]) == b"0" {
                    (
                        "bad integer: leading zero is not allowed in decimal int",
                        "leading zero",
                    )
                } else {
                    (
                        "bad integer: `_` must be surrounded by digits",
                        "invalid underscore",
                    )
                };
                return Err(Problem::at(title, end, message).hint(INTEGER_HINT));
            }
            Some(b'0') => {
                let title = "bad integer: leading zero";
                let message = "leading zero is not allowed";
                return Err(Problem::at(title, end - 1, message).hint(INTEGER_HINT));
            }
            Some(b'1'..=b'9') => {
                let title = "bad integer: invalid digit after an integer";
                let message = "this digit is not allowed";
                return Err(Problem::at(title, end, message).hint(INTEGER_HINT));
            }
            Some(b':' | b'-') => {
                let hint = "Hint: valid  : 1979-05-27T07:32:00-07:00, 1979-05-27 07:32:00.999999Z\n\
                    Hint: invalid: 1979-05-27T7:32:00-7:00, 1979-05-27 7:32-00:30";
                let title = "bad datetime: invalid format";
                return Err(Problem::at(title, end, "here").hint(hint));
            }
            Some(b'.' | b'e' | b'E') => {
                return Err(Problem::at("bad float: invalid format", end, "here").hint(FLOAT_HINT));
            }
            _ => {}
        }
        let text = without_underscores(&self.rest()[..length]);
        let (name, radix, digits) = match text.get(..2) {
            Some("0x") => ("hex", 16, &text[2..]),
            Some("0o") => ("oct", 8, &text[2..]),
            Some("0b") => ("bin", 2, &text[2..]),
            _ => ("dec", 10, text.as_str()),
        };
        if name == "dec" && matches!(text.as_str(), "0" | "+0" | "-0") {
            self.check_prefix(start, end)?;
        }
        self.at = end;
        if let Ok(integer) = i64::from_str_radix(digits, radix) {
            return Ok(Toml::Integer(integer));
        }
        let unit = if name == "dec" { "digits" } else { "value" };
        let title =
            format!("toml::parse_{name}_integer: too large integer: current max {unit} = 2^63");
        Err(Problem::at(title, end, "must be < 2^63"))
    }

    /// Refuses what begins like a number with a prefix but is none: `0xg`, `+0x1`.
    fn check_prefix(&self, start: usize, end: usize) -> Result<()> {
        let has_sign = end - start == 2;
        let (name, examples, prefix, digit) = match self.text.get(end) {
            Some(b'b') => (
                "bin",
                "0b0101, 0b1111_0000",
                "expected 0b",
                "expected 0 or 1",
            ),
            Some(b'o') => (
                "oct",
                "0o775, 0o04_44",
                "expected 0o",
                "expected from `0` to `7`",
            ),
            Some(b'x') => (
                "hex",
                "0xC0FFEE, 0xdead_beef",
                "expected 0x",
                "expected hex [0-9a-fA-F]",
            ),
            _ => return Ok(()),
        };
        let title = format!(
            "toml::parse_{name}_integer: invalid integer: {name}_int must be like: {examples}"
        );
        Err(if has_sign {
            Problem::at(title, start, prefix)
        } else {
            Problem::at(title, end + 1, digit)
        })
    }

    /// A date, perhaps with a time and an offset.
    fn date(&mut self) -> Result<Toml> {
        let rest = self.rest();
        let separator = rest.get(DATE_LENGTH).copied();
        let time = rest.get(DATE_LENGTH + 1..).unwrap_or_default();
        let time_start = self.at + DATE_LENGTH + 1;
        let has_time = matches!(separator, Some(b'T' | b't' | b' '));
        let has_valid_time = has_time && time_length(time).is_some();
        if !has_valid_time {
            let digit_follows = time.first().is_some_and(u8::is_ascii_digit);
            if matches!(separator, Some(b'T' | b't')) || (has_time && digit_follows) {
                let title = "bad time: must be HH:MM:SS.subsec";
                // The place is where the time is no longer one.
                let length = time_prefix_length(time);
                let wanted = if matches!(length, 2 | 5) {
                    "expected :"
                } else {
                    "expected digit [0-9]"
                };
                return Err(Problem::at(title, time_start + length, wanted).hint(TIME_HINT));
            }
            if separator.is_some_and(|byte| byte.is_ascii_digit()) {
                let title = "bad datetime: missing T or space";
                let wanted = "expected T, t, or 0x20(SPACE)";
                return Err(Problem::at(title, time_start - 1, wanted).hint(TIME_HINT));
            }
            return Ok(Toml::Timestamp(self.date_only()?));
        }
        let after = time_length(time).unwrap_or_default();
        let offset = offset_length(&time[after..]);
        if offset.is_none() && matches!(time.get(after), Some(b'+' | b'-')) {
            let hint = "Hint: valid  : +09:00, -05:30\nHint: invalid: +9:00,  -5:30\n";
            let title = "bad offset: must be [+-]HH:MM or Z";
            let length = form_length(&time[after + 1..], b"00:00");
            let wanted = if length == 2 {
                "expected z or Z or :"
            } else {
                "expected z or Z or digit [0-9]"
            };
            return Err(Problem::at(title, time_start + after + 1 + length, wanted).hint(hint));
        }
        let start = self.at;
        let date = self.date_only()?;
        self.at += 1;
        let time = self.time()?;
        let offset = match offset {
            Some(length) => self.offset(start, length)?,
            None => String::new(),
        };
        Ok(Toml::Timestamp(format!("{date}T{time}{offset}")))
    }

    /// Two digits as a number.
    fn two_digits(&self, at: usize) -> u32 {
        match self.text.get(at..at + 2) {
            Some(&[tens @ b'0'..=b'9', ones @ b'0'..=b'9']) => {
                u32::from(tens - b'0') * 10 + u32::from(ones - b'0')
            }
            _ => 0,
        }
    }

    fn date_only(&mut self) -> Result<String> {
        let start = self.at;
        let year = self.two_digits(start) * 100 + self.two_digits(start + 2);
        let (month, day) = (self.two_digits(start + 5), self.two_digits(start + 8));
        let is_leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        if !(1..=12).contains(&month) || !(1..=days).contains(&day) {
            return Err(Problem::at(
                "toml::parse_local_date: invalid date.",
                start,
                "month must be 01-12, day must be any of 01-28,29,30,31 depending on the month/year.",
            ));
        }
        self.at += DATE_LENGTH;
        Ok(String::from_utf8_lossy(&self.text[start..self.at]).into_owned())
    }

    /// A time, with as many digits after the seconds as Nix prints.
    fn time(&mut self) -> Result<String> {
        let start = self.at;
        let length = time_length(self.rest()).unwrap_or_default();
        let title = "toml::parse_local_time: invalid time.";
        if self.two_digits(start) >= 24 || self.two_digits(start + 3) >= 60 {
            let message = "hour must be 00-23, minute must be 00-59.";
            return Err(Problem::at(title, start, message));
        }
        if self.two_digits(start + 6) > 60 {
            return Err(Problem::at(title, start, "second must be 00-60."));
        }
        self.at += length;
        let text = String::from_utf8_lossy(&self.text[start..self.at]);
        let (seconds, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let fraction = format!("{fraction:0<9.9}");
        // Of milliseconds, microseconds and nanoseconds, those that are not zero and what is above.
        let digits = fraction.trim_end_matches('0').len().div_ceil(3) * 3;
        if digits == 0 {
            return Ok(seconds.to_owned());
        }
        Ok(format!("{seconds}.{}", &fraction[..digits]))
    }

    fn offset(&mut self, start: usize, length: usize) -> Result<String> {
        let at = self.at;
        self.at += length;
        if length == 1 {
            return Ok("Z".to_owned());
        }
        let (hours, minutes) = (self.two_digits(at + 1), self.two_digits(at + 4));
        if hours > 24 || minutes > 60 {
            let title =
                "toml::parse_offset_datetime: too large offset: |hour| <= 24, |minute| <= 60";
            return Err(Problem::new(title, start..self.at, "here"));
        }
        let total = hours * 60 + minutes;
        if total == 0 {
            return Ok("Z".to_owned());
        }
        let sign = char::from(self.text[at]);
        Ok(format!("{sign}{:02}:{:02}", total / 60, total % 60))
    }
}

const DATE_LENGTH: usize = 10;

/// Whether a text begins with this form, where `0` stands for any digit.
fn has_form(text: &[u8], form: &[u8]) -> bool {
    text.len() >= form.len() && form_length(text, form) == form.len()
}

/// How much of a form a text begins with.
fn form_length(text: &[u8], form: &[u8]) -> usize {
    let fits = |(byte, wanted): &(&u8, &u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        _ => byte == wanted,
    };
    text.iter().zip(form).take_while(fits).count()
}

fn date_length(text: &[u8]) -> Option<usize> {
    has_form(text, b"0000-00-00").then_some(DATE_LENGTH)
}

fn time_prefix_length(text: &[u8]) -> usize {
    form_length(text, b"00:00:00")
}

fn time_length(text: &[u8]) -> Option<usize> {
    if !has_form(text, b"00:00:00") {
        return None;
    }
    let fraction = match text.get(8) {
        Some(b'.') => text[9..]
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count(),
        _ => 0,
    };
    Some(if fraction == 0 { 8 } else { 9 + fraction })
}

fn offset_length(text: &[u8]) -> Option<usize> {
    match text.first() {
        Some(b'Z' | b'z') => Some(1),
        Some(b'+' | b'-') if has_form(&text[1..], b"00:00") => Some(6),
        _ => None,
    }
}

/// Digits with single underscores between them.
fn digits_length(text: &[u8], is_digit: impl Fn(u8) -> bool) -> usize {
    let mut length = 0;
    loop {
        match text.get(length..) {
            Some([digit, ..]) if is_digit(*digit) => length += 1,
            Some([b'_', digit, ..]) if length > 0 && is_digit(*digit) => length += 2,
            _ => return length,
        }
    }
}

fn without_sign(text: &[u8]) -> &[u8] {
    match text {
        [b'+' | b'-', rest @ ..] => rest,
        _ => text,
    }
}

fn without_underscores(text: &[u8]) -> String {
    text.iter()
        .filter(|&&byte| byte != b'_')
        .map(|&byte| char::from(byte))
        .collect()
}

/// A decimal integer: `0`, or without leading zeros.
fn decimal_length(text: &[u8]) -> Option<usize> {
    let digits = without_sign(text);
    let sign = text.len() - digits.len();
    match digits.first() {
        Some(b'0') => Some(sign + 1),
        Some(b'1'..=b'9') => Some(sign + digits_length(digits, |byte| byte.is_ascii_digit())),
        _ => None,
    }
}

fn integer_length(text: &[u8]) -> Option<usize> {
    let is_digit: fn(u8) -> bool = match text.get(..2) {
        Some(b"0x") => |byte| byte.is_ascii_hexdigit(),
        Some(b"0o") => |byte| matches!(byte, b'0'..=b'7'),
        Some(b"0b") => |byte| matches!(byte, b'0' | b'1'),
        _ => return decimal_length(text),
    };
    match digits_length(&text[2..], is_digit) {
        0 => decimal_length(text),
        length => Some(2 + length),
    }
}

fn float_length(text: &[u8]) -> Option<usize> {
    let unsigned = without_sign(text);
    if unsigned.starts_with(b"inf") || unsigned.starts_with(b"nan") {
        return Some(text.len() - unsigned.len() + 3);
    }
    let integer = decimal_length(text)?;
    let is_digit = |byte: u8| byte.is_ascii_digit();
    let fraction = match text.get(integer) {
        Some(b'.') => match digits_length(&text[integer + 1..], is_digit) {
            0 => return None,
            length => length + 1,
        },
        _ => 0,
    };
    let end = integer + fraction;
    let exponent = match text.get(end) {
        Some(b'e' | b'E') => {
            let digits = without_sign(&text[end + 1..]);
            match digits_length(digits, is_digit) {
                0 => 0,
                length => text.len() - end - digits.len() + length,
            }
        }
        _ => 0,
    };
    (fraction + exponent > 0).then_some(end + exponent)
}
