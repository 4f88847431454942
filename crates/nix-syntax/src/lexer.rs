//! Tokens outside of strings and interpolated paths.
//!
//! Nix's own lexer is made by flex, which takes the longest match of all its rules and, of those
//! of one length, the first. So `a.b` are three tokens but `a.b/c` is a path and `a.b:c` a URI.
//! The inside of strings and paths is read by the parser itself, which knows when it is in one.

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// The end of the text; for Nix also a NUL byte.
    End,
    /// A token that has an error of its own, which the parser must report: see
    /// [`Lexer::failure`].
    Failed,
    /// A byte that starts no token.
    Invalid,
    Identifier,
    Integer,
    Float,
    /// A path up to its first `${`, without that.
    Path,
    /// The same for `~/`.
    HomePath,
    SearchPath,
    Uri,
    If,
    Then,
    Else,
    Assert,
    With,
    Let,
    In,
    Rec,
    Inherit,
    OrKeyword,
    Ellipsis,
    Equal,
    NotEqual,
    LessEqual,
    GreaterEqual,
    And,
    Or,
    Implies,
    Update,
    Concat,
    PipeFrom,
    PipeInto,
    DollarBrace,
    Quote,
    IndentedQuote,
    Less,
    Greater,
    Not,
    Plus,
    Minus,
    Times,
    Divide,
    Question,
    Colon,
    At,
    Semicolon,
    Dot,
    Comma,
    Assign,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
}

impl Token {
    /// How Nix names the token in "syntax error, unexpected …".
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Token::End => "end of file",
            Token::Failed | Token::Invalid => "invalid token",
            Token::Identifier => "identifier",
            Token::Integer => "integer",
            Token::Float => "floating-point literal",
            Token::Path => "path",
            Token::HomePath => "'~/…' path",
            Token::SearchPath => "'<…>' path",
            Token::Uri => "URI",
            Token::If => "'if'",
            Token::Then => "'then'",
            Token::Else => "'else'",
            Token::Assert => "'assert'",
            Token::With => "'with'",
            Token::Let => "'let'",
            Token::In => "'in'",
            Token::Rec => "'rec'",
            Token::Inherit => "'inherit'",
            Token::OrKeyword => "'or'",
            Token::Ellipsis => "'...'",
            Token::Equal => "'=='",
            Token::NotEqual => "'!='",
            Token::LessEqual => "'<='",
            Token::GreaterEqual => "'>='",
            Token::And => "'&&'",
            Token::Or => "'||'",
            Token::Implies => "'->'",
            Token::Update => "'//'",
            Token::Concat => "'++'",
            Token::PipeFrom => "'<|'",
            Token::PipeInto => "'|>'",
            Token::DollarBrace => "'${'",
            Token::Quote => "'\"'",
            Token::IndentedQuote => "start of an indented string",
            Token::Less => "'<'",
            Token::Greater => "'>'",
            Token::Not => "'!'",
            Token::Plus => "'+'",
            Token::Minus => "'-'",
            Token::Times => "'*'",
            Token::Divide => "'/'",
            Token::Question => "'?'",
            Token::Colon => "':'",
            Token::At => "'@'",
            Token::Semicolon => "';'",
            Token::Dot => "'.'",
            Token::Comma => "','",
            Token::Assign => "'='",
            Token::LeftParen => "'('",
            Token::RightParen => "')'",
            Token::LeftBrace => "'{'",
            Token::RightBrace => "'}'",
            Token::LeftBracket => "'['",
            Token::RightBracket => "']'",
        }
    }

    /// Whether a function argument or list element can start with it.
    pub(crate) fn starts_operand(self) -> bool {
        matches!(
            self,
            Token::Identifier
                | Token::Integer
                | Token::Float
                | Token::Path
                | Token::HomePath
                | Token::SearchPath
                | Token::Uri
                | Token::Let
                | Token::Rec
                | Token::Quote
                | Token::IndentedQuote
                | Token::LeftParen
                | Token::LeftBrace
                | Token::LeftBracket
        )
    }
}

const SPACE: u8 = 1;
const IDENTIFIER_START: u8 = 2;
const IDENTIFIER: u8 = 4;
const PATH: u8 = 8;
const SCHEME: u8 = 16;
const URI: u8 = 32;
const DIGIT: u8 = 64;

/// The classes that each byte is in.
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut index = 0;
    while index < 256 {
        let byte = index as u8;
        let mut class = 0;
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            class |= SPACE;
        }
        if byte.is_ascii_alphabetic() || byte == b'_' {
            class |= IDENTIFIER_START;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-') {
            class |= IDENTIFIER;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+') {
            class |= PATH;
        }
        if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') {
            class |= SCHEME;
        }
        if byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'%' | b'/'
                    | b'?'
                    | b':'
                    | b'@'
                    | b'&'
                    | b'='
                    | b'+'
                    | b'$'
                    | b','
                    | b'-'
                    | b'_'
                    | b'.'
                    | b'!'
                    | b'~'
                    | b'*'
                    | b'\''
            )
        {
            class |= URI;
        }
        if byte.is_ascii_digit() {
            class |= DIGIT;
        }
        classes[index] = class;
        index += 1;
    }
    classes
};

fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

/// Whether a byte can be part of a path segment.
pub(crate) fn is_path_byte(byte: u8) -> bool {
    is(byte, PATH)
}

/// The lexer; it holds the current token.
pub(crate) struct Lexer<'a> {
    pub(crate) source: &'a [u8],
    /// Where to go on reading.
    pub(crate) next: usize,
    /// The current token.
    pub(crate) token: Token,
    /// Where the current token starts. It ends at [`Lexer::next`].
    pub(crate) start: usize,
    /// The value of [`Token::Integer`].
    pub(crate) integer: i64,
    /// The value of [`Token::Float`].
    pub(crate) float: f64,
    /// What is wrong with [`Token::Failed`].
    pub(crate) failure: Option<String>,
    pipe_operators: bool,
    /// No URI starts before this offset, from the current token on. In a long `a.b.c` this saves
    /// looking for the `:` again at each name.
    no_uri_before: usize,
    /// The same for paths.
    no_path_before: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(source: &'a [u8], pipe_operators: bool) -> Lexer<'a> {
        Lexer {
            source,
            next: 0,
            token: Token::End,
            start: 0,
            integer: 0,
            float: 0.0,
            failure: None,
            pipe_operators,
            no_uri_before: 0,
            no_path_before: 0,
        }
    }

    /// The text of the current token.
    pub(crate) fn text(&self) -> &'a [u8] {
        &self.source[self.start..self.next]
    }

    /// The byte at an offset; 0 after the end (a NUL byte ends the text too).
    #[inline]
    pub(crate) fn byte(&self, offset: usize) -> u8 {
        self.source.get(offset).copied().unwrap_or(0)
    }

    /// The first offset from `start` whose byte is not in a class.
    #[inline]
    fn skip(&self, start: usize, class: u8) -> usize {
        let mut offset = start;
        while is(self.byte(offset), class) {
            offset += 1;
        }
        offset
    }

    /// Reads the next token.
    pub(crate) fn advance(&mut self) {
        self.skip_blanks();
        let start = self.next;
        self.start = start;
        let first = self.byte(start);
        let second = self.byte(start + 1);
        let (token, length) = match first {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                self.word();
                return;
            }
            b'0'..=b'9' => {
                self.number();
                return;
            }
            b'.' => {
                if self.path(start) {
                    return;
                }
                if is(second, DIGIT) {
                    self.number();
                    return;
                }
                if second == b'.' && self.byte(start + 2) == b'.' {
                    (Token::Ellipsis, 3)
                } else {
                    (Token::Dot, 1)
                }
            }
            b'/' | b'+' | b'-' => {
                if self.path(start) {
                    return;
                }
                match (first, second) {
                    (b'/', b'/') => (Token::Update, 2),
                    (b'/', _) => (Token::Divide, 1),
                    (b'+', b'+') => (Token::Concat, 2),
                    (b'+', _) => (Token::Plus, 1),
                    (_, b'>') => (Token::Implies, 2),
                    (_, _) => (Token::Minus, 1),
                }
            }
            b'~' => {
                if second == b'/' {
                    let end = self.path_segments(start + 1);
                    if end > start + 1 || self.source[start + 2..].starts_with(b"${") {
                        self.finish(Token::HomePath, end.max(start + 2));
                        return;
                    }
                }
                (Token::Invalid, 1)
            }
            b'<' => match second {
                b'|' => {
                    self.pipe(Token::PipeFrom);
                    return;
                }
                b'=' => (Token::LessEqual, 2),
                _ => match self.search_path(start) {
                    Some(end) => (Token::SearchPath, end - start),
                    None => (Token::Less, 1),
                },
            },
            b'|' => match second {
                b'>' => {
                    self.pipe(Token::PipeInto);
                    return;
                }
                b'|' => (Token::Or, 2),
                _ => (Token::Invalid, 1),
            },
            b'&' if second == b'&' => (Token::And, 2),
            b'$' if second == b'{' => (Token::DollarBrace, 2),
            b'\'' if second == b'\'' => {
                // Blanks after the opening quotes go with them if nothing else is on the line.
                let mut end = start + 2;
                while self.byte(end) == b' ' {
                    end += 1;
                }
                let length = if self.byte(end) == b'\n' {
                    end + 1 - start
                } else {
                    2
                };
                (Token::IndentedQuote, length)
            }
            b'=' if second == b'=' => (Token::Equal, 2),
            b'=' => (Token::Assign, 1),
            b'!' if second == b'=' => (Token::NotEqual, 2),
            b'!' => (Token::Not, 1),
            b'>' if second == b'=' => (Token::GreaterEqual, 2),
            b'>' => (Token::Greater, 1),
            b'"' => (Token::Quote, 1),
            b'*' => (Token::Times, 1),
            b'?' => (Token::Question, 1),
            b':' => (Token::Colon, 1),
            b'@' => (Token::At, 1),
            b';' => (Token::Semicolon, 1),
            b',' => (Token::Comma, 1),
            b'(' => (Token::LeftParen, 1),
            b')' => (Token::RightParen, 1),
            b'{' => (Token::LeftBrace, 1),
            b'}' => (Token::RightBrace, 1),
            b'[' => (Token::LeftBracket, 1),
            b']' => (Token::RightBracket, 1),
            0 => {
                // A NUL byte is a token of its own that bison takes for the end.
                let length = usize::from(start < self.source.len());
                (Token::End, length)
            }
            _ => (Token::Invalid, 1),
        };
        self.finish(token, start + length);
    }

    #[inline]
    fn finish(&mut self, token: Token, end: usize) {
        self.token = token;
        self.next = end;
    }

    fn fail(&mut self, message: String, end: usize) {
        self.failure = Some(message);
        self.finish(Token::Failed, end);
    }

    fn pipe(&mut self, token: Token) {
        let end = self.start + 2;
        if self.pipe_operators {
            self.finish(token, end);
        } else {
            self.fail(
                "experimental Nix feature 'pipe-operators' is disabled; \
                 add '--extra-experimental-features pipe-operators' to enable it"
                    .to_owned(),
                end,
            );
        }
    }

    /// Skips blanks and comments. A `/*` that nothing closes is no comment.
    fn skip_blanks(&mut self) {
        loop {
            self.next = self.skip(self.next, SPACE);
            match self.byte(self.next) {
                b'#' => {
                    let rest = &self.source[self.next..];
                    let length = rest.iter().position(|&b| b == b'\n' || b == b'\r');
                    self.next += length.unwrap_or(rest.len());
                }
                b'/' if self.byte(self.next + 1) == b'*' => {
                    let body = &self.source[self.next + 2..];
                    match body.array_windows().position(|window| window == b"*/") {
                        Some(length) => self.next += 2 + length + 2,
                        None => return,
                    }
                }
                _ => return,
            }
        }
    }

    /// An identifier, a keyword, or a path or URI that starts like one.
    fn word(&mut self) {
        let start = self.start;
        let end = self.skip(start + 1, IDENTIFIER);
        // Paths and URIs have bytes in them that identifiers lack, and only these can make them
        // longer than the identifier.
        match self.byte(end) {
            b':' if self.uri(start) => return,
            b'/' if self.path(start) => return,
            b'.' | b'+' if self.uri(start) || self.path(start) => return,
            _ => {}
        }
        let token = match &self.source[start..end] {
            b"if" => Token::If,
            b"then" => Token::Then,
            b"else" => Token::Else,
            b"assert" => Token::Assert,
            b"with" => Token::With,
            b"let" => Token::Let,
            b"in" => Token::In,
            b"rec" => Token::Rec,
            b"inherit" => Token::Inherit,
            b"or" => Token::OrKeyword,
            _ => Token::Identifier,
        };
        self.finish(token, end);
    }

    /// Reads a URI if there is one. No path can be longer than it: a path has no `:`, and of
    /// what precedes the `:` the path's bytes are all the URI's.
    fn uri(&mut self, start: usize) -> bool {
        if start < self.no_uri_before {
            return false;
        }
        let colon = self.skip(start, SCHEME);
        let end = if self.byte(colon) == b':' {
            self.skip(colon + 1, URI)
        } else {
            colon
        };
        if end <= colon + 1 {
            self.no_uri_before = colon;
            return false;
        }
        self.finish(Token::Uri, end);
        true
    }

    /// Reads a path if there is one: a segment (which may be empty), and after a `/` either more
    /// segments or an interpolation.
    fn path(&mut self, start: usize) -> bool {
        if start < self.no_path_before {
            return false;
        }
        let slash = self.skip(start, PATH);
        if self.byte(slash) == b'/' {
            let end = self.path_segments(slash);
            if end > slash {
                self.finish(Token::Path, end);
                return true;
            }
            if self.source[slash + 1..].starts_with(b"${") {
                self.finish(Token::Path, slash + 1);
                return true;
            }
        }
        self.no_path_before = slash;
        false
    }

    /// The end of a run of `/segment`, with a `/` after the last if there is one; `start` if there
    /// is no such segment.
    pub(crate) fn path_segments(&self, start: usize) -> usize {
        let mut end = start;
        while self.byte(end) == b'/' {
            let segment = self.skip(end + 1, PATH);
            if segment == end + 1 {
                return if end > start { end + 1 } else { end };
            }
            end = segment;
        }
        end
    }

    /// The end of `<a/b>`.
    fn search_path(&self, start: usize) -> Option<usize> {
        let mut end = start;
        loop {
            let segment = self.skip(end + 1, PATH);
            if segment == end + 1 {
                return None;
            }
            match self.byte(segment) {
                b'/' => end = segment,
                b'>' => return Some(segment + 1),
                _ => return None,
            }
        }
    }

    /// An integer, a float, or a path that starts with a digit.
    fn number(&mut self) {
        let start = self.start;
        if self.path(start) {
            return;
        }
        let digits = self.skip(start, DIGIT);
        let first = self.byte(start);
        let mut end = digits;
        let mut float = false;
        if self.byte(digits) == b'.' {
            let fraction = self.skip(digits + 1, DIGIT);
            // `1.`, `10.5`, `0.5` and `.5` are floats; `0.`, `00.5` and `01.5` are not.
            float = if matches!(first, b'1'..=b'9') {
                true
            } else {
                fraction > digits + 1 && (digits == start || (first == b'0' && digits == start + 1))
            };
            if float {
                end = fraction;
                if matches!(self.byte(end), b'e' | b'E') {
                    let sign = usize::from(matches!(self.byte(end + 1), b'+' | b'-'));
                    let exponent = self.skip(end + 1 + sign, DIGIT);
                    if exponent > end + 1 + sign {
                        end = exponent;
                    }
                }
            }
        }
        // All bytes are ASCII by now, so this loses nothing.
        let text = String::from_utf8_lossy(&self.source[start..end]);
        if float {
            match parse_float(&text) {
                Some(value) => {
                    self.float = value;
                    self.finish(Token::Float, end);
                }
                None => self.fail(format!("invalid float '{text}'"), end),
            }
        } else {
            match text.parse() {
                Ok(value) => {
                    self.integer = value;
                    self.finish(Token::Integer, end);
                }
                Err(_) => self.fail(format!("invalid integer '{text}'"), end),
            }
        }
    }
}

/// Reads a float; as with C's `strtod` it is out of range if it is too large for a number, or too
/// small for a normal one.
fn parse_float(text: &str) -> Option<f64> {
    let value: f64 = text.parse().ok()?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let is_zero = mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    (value.is_normal() || is_zero).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(source: &str) -> Vec<(Token, &str)> {
        let mut lexer = Lexer::new(source.as_bytes(), true);
        let mut tokens = Vec::new();
        loop {
            lexer.advance();
            if lexer.token == Token::End {
                return tokens;
            }
            tokens.push((lexer.token, &source[lexer.start..lexer.next]));
        }
    }

    fn kinds(source: &str) -> Vec<Token> {
        tokens(source).into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn the_longest_match_wins() {
        use Token::*;
        assert_eq!(kinds("a.b"), [Identifier, Dot, Identifier]);
        assert_eq!(kinds("a.b/c"), [Path]);
        assert_eq!(kinds("a.b:c"), [Uri]);
        assert_eq!(kinds("a_b:c"), [Identifier, Colon, Identifier]);
        assert_eq!(kinds("x: y"), [Identifier, Colon, Identifier]);
        assert_eq!(kinds("a-b+c/d"), [Path]);
        assert_eq!(kinds("a'b/c"), [Identifier, Path]);
        assert_eq!(kinds("a//b"), [Identifier, Update, Identifier]);
        assert_eq!(kinds("a/ b"), [Identifier, Divide, Identifier]);
        assert_eq!(kinds("1/2"), [Path]);
        assert_eq!(kinds("1 /2"), [Integer, Path]);
        assert_eq!(kinds("a++b/c"), [Path]);
        assert_eq!(kinds("a ++b"), [Identifier, Concat, Identifier]);
        assert_eq!(kinds(".../a ..."), [Path, Ellipsis]);
        assert_eq!(kinds("->-a/b"), [Implies, Path]);
        assert_eq!(kinds("iff if"), [Identifier, If]);
        assert_eq!(
            kinds("if/a or.b/c or.b"),
            [Path, Path, OrKeyword, Dot, Identifier]
        );
    }

    #[test]
    fn numbers() {
        assert_eq!(
            tokens("1.2.3 1e5 00.5 0. 1. .5e-3 7.e 1.e+"),
            [
                (Token::Float, "1.2"),
                (Token::Float, ".3"),
                (Token::Integer, "1"),
                (Token::Identifier, "e5"),
                (Token::Integer, "00"),
                (Token::Float, ".5"),
                (Token::Integer, "0"),
                (Token::Dot, "."),
                (Token::Float, "1."),
                (Token::Float, ".5e-3"),
                (Token::Float, "7."),
                (Token::Identifier, "e"),
                (Token::Float, "1."),
                (Token::Identifier, "e"),
                (Token::Plus, "+"),
            ]
        );
        assert_eq!(parse_float("1.0e999"), None);
        assert_eq!(parse_float("1.0e-400"), None);
        assert_eq!(parse_float("0.0e-400"), Some(0.0));
        assert_eq!(
            kinds("9223372036854775807 9223372036854775808"),
            [Token::Integer, Token::Failed]
        );
    }

    #[test]
    fn paths_and_their_interpolations() {
        assert_eq!(
            tokens("./a/ /b/c ~/d <e/f> <e/> ~a a/")
                .into_iter()
                .map(|(_, text)| text)
                .collect::<Vec<_>>(),
            [
                "./a/", "/b/c", "~/d", "<e/f>", "<", "e", "/", ">", "~", "a", "a", "/"
            ]
        );
        for (source, path) in [
            ("a/${", "a/"),
            ("~/${", "~/"),
            ("/${", "/"),
            ("./a${", "./a"),
        ] {
            assert_eq!(tokens(source)[0].1, path);
        }
    }

    #[test]
    fn comments() {
        assert_eq!(
            kinds("a # b\rc /* d **/ e /**/ /*/ */"),
            [Token::Identifier; 3]
        );
        assert_eq!(
            kinds("/* a"),
            [Token::Divide, Token::Times, Token::Identifier]
        );
    }

    #[test]
    fn a_nul_byte_ends_the_text() {
        assert_eq!(kinds("a \0 b"), [Token::Identifier]);
    }
}
