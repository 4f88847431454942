//! The tokens of a pattern.

use super::RegexError;

/// A token. Slices are parts of the pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'p> {
    /// A literal byte.
    Byte(u8),
    /// `.`
    Any,
    /// `(`
    GroupOpen,
    /// `)`
    GroupClose,
    /// `|`
    Or,
    /// `*`
    Star,
    /// `+`
    Plus,
    /// `?`
    Question,
    /// `^`
    LineBegin,
    /// `$`
    LineEnd,
    /// `{`
    IntervalOpen,
    /// Digits in an interval.
    Count(&'p [u8]),
    /// `,` in an interval.
    Comma,
    /// `}` in an interval.
    IntervalClose,
    /// `[` or `[^`
    BracketOpen { negated: bool },
    /// `-` in brackets.
    Dash,
    /// `[:name:]` in brackets.
    ClassName(&'p [u8]),
    /// `[.name.]` in brackets.
    Collating(&'p [u8]),
    /// `[=name=]` in brackets.
    Equivalence(&'p [u8]),
    /// `]` in brackets.
    BracketClose,
    /// The end of the pattern.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Normal,
    /// Between `{` and `}`.
    Interval,
    /// Between `[` and `]`; a `]` at the very start is literal.
    Bracket {
        at_start: bool,
    },
}

/// Reads tokens, one ahead of the parser: an error further on counts as soon as its token is next.
pub(super) struct Scanner<'p> {
    pattern: &'p [u8],
    at: usize,
    state: State,
    /// The next token.
    token: Token<'p>,
}

impl<'p> Scanner<'p> {
    pub(super) fn new(pattern: &'p [u8]) -> Result<Scanner<'p>, RegexError> {
        let mut scanner = Scanner {
            pattern,
            at: 0,
            state: State::Normal,
            token: Token::End,
        };
        scanner.advance()?;
        Ok(scanner)
    }

    /// The next token.
    pub(super) fn peek(&self) -> Token<'p> {
        self.token
    }

    /// Moves to the next token.
    pub(super) fn advance(&mut self) -> Result<(), RegexError> {
        let Some(&byte) = self.pattern.get(self.at) else {
            self.token = Token::End;
            return Ok(());
        };
        self.at += 1;
        self.token = match self.state {
            State::Normal => self.normal(byte)?,
            State::Interval => self.interval(byte)?,
            State::Bracket { at_start } => {
                self.state = State::Bracket { at_start: false };
                self.bracket(byte, at_start)?
            }
        };
        Ok(())
    }

    /// Moves past a token if it is next.
    pub(super) fn accept(&mut self, token: Token<'_>) -> Result<bool, RegexError> {
        if self.token != token {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }

    fn rest(&self) -> &'p [u8] {
        &self.pattern[self.at..]
    }

    fn normal(&mut self, byte: u8) -> Result<Token<'p>, RegexError> {
        Ok(match byte {
            b'\\' => match self.rest().first() {
                Some(&escaped) if b".[\\()*+?{|^$".contains(&escaped) => {
                    self.at += 1;
                    Token::Byte(escaped)
                }
                _ => return Err(RegexError::Invalid),
            },
            b'.' => Token::Any,
            b'(' => Token::GroupOpen,
            b')' => Token::GroupClose,
            b'|' => Token::Or,
            b'*' => Token::Star,
            b'+' => Token::Plus,
            b'?' => Token::Question,
            b'^' => Token::LineBegin,
            b'$' => Token::LineEnd,
            b'{' => {
                self.state = State::Interval;
                Token::IntervalOpen
            }
            b'[' => {
                self.state = State::Bracket { at_start: true };
                let negated = self.rest().first() == Some(&b'^');
                self.at += usize::from(negated);
                Token::BracketOpen { negated }
            }
            _ => Token::Byte(byte),
        })
    }

    fn interval(&mut self, byte: u8) -> Result<Token<'p>, RegexError> {
        match byte {
            b'0'..=b'9' => {
                let start = self.at - 1;
                self.at += self
                    .rest()
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                Ok(Token::Count(&self.pattern[start..self.at]))
            }
            b',' => Ok(Token::Comma),
            b'}' => {
                self.state = State::Normal;
                Ok(Token::IntervalClose)
            }
            _ => Err(RegexError::Invalid),
        }
    }

    fn bracket(&mut self, byte: u8, at_start: bool) -> Result<Token<'p>, RegexError> {
        match byte {
            b'-' => Ok(Token::Dash),
            b']' if !at_start => {
                self.state = State::Normal;
                Ok(Token::BracketClose)
            }
            b'[' => match self.rest().first() {
                None => Err(RegexError::Invalid),
                Some(b'.') => Ok(Token::Collating(self.name(b'.')?)),
                Some(b':') => Ok(Token::ClassName(self.name(b':')?)),
                Some(b'=') => Ok(Token::Equivalence(self.name(b'=')?)),
                Some(_) => Ok(Token::Byte(byte)),
            },
            _ => Ok(Token::Byte(byte)),
        }
    }

    /// The name of a class, up to a delimiter and `]`. The delimiter before it is next.
    fn name(&mut self, delimiter: u8) -> Result<&'p [u8], RegexError> {
        self.at += 1;
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|&byte| byte == delimiter)
            .ok_or(RegexError::Invalid)?;
        if rest.get(length + 1) != Some(&b']') {
            return Err(RegexError::Invalid);
        }
        self.at += length + 2;
        Ok(&rest[..length])
    }
}
