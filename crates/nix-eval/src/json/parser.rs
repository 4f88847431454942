//! Parsing JSON: a stream of events, without recursion.

use super::JsonError;
use super::lexer::{Lexer, Token};

/// A part of a JSON text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Event<'t> {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    String(&'t [u8]),
    BeginList,
    EndList,
    BeginObject,
    /// The name of a member; its value follows.
    Key(&'t [u8]),
    EndObject,
}

/// What is being parsed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    List,
    Object,
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    token: Token,
    containers: Vec<Container>,
}

/// Parses a text and gives its parts to `handle`, which can end it with an error of its own.
///
/// # Errors
///
/// If the text is not valid, or `handle` fails.
pub(crate) fn parse<E: From<JsonError>>(
    text: &[u8],
    mut handle: impl FnMut(Event<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        containers: Vec::new(),
    };
    if let Err(problem) = parser.lexer.skip_byte_order_mark() {
        return Err(parser.lexical_error(problem, "value", None).into());
    }
    parser.advance("value", None)?;
    if text.is_empty() {
        let message = "attempting to parse an empty input; check that your input string or stream contains the expected JSON";
        return Err(parser.lexer.error("parse_error.101", message).into());
    }
    loop {
        let is_complete = parser.value(&mut handle)?;
        if is_complete && !parser.after_value(&mut handle)? {
            return Ok(());
        }
    }
}

impl Parser<'_> {
    fn lexical_error(&self, problem: &str, context: &str, expected: Option<&str>) -> JsonError {
        let expected = expected
            .map(|token| format!("; expected {token}"))
            .unwrap_or_default();
        let quote = self.lexer.quote();
        self.lexer.error(
            "parse_error.101",
            &format!(
                "syntax error while parsing {context} - {problem}; last read: '{quote}'{expected}"
            ),
        )
    }

    /// Reads the next token. `expected` says what should come, for messages.
    fn advance(&mut self, context: &str, expected: Option<&str>) -> Result<(), JsonError> {
        match self.lexer.next() {
            Ok(token) => {
                self.token = token;
                Ok(())
            }
            Err(problem) => Err(self.lexical_error(problem, context, expected)),
        }
    }

    /// The error about a token that must not be here.
    fn unexpected(&self, context: &str, expected: &str) -> JsonError {
        let found = self.token.description();
        self.lexer.error(
            "parse_error.101",
            &format!(
                "syntax error while parsing {context} - unexpected {found}; expected {expected}"
            ),
        )
    }

    /// A value that starts with the current token. Of a list or an object that is not empty, only
    /// the beginning: then the current token starts its first value, and the result is false.
    fn value<E: From<JsonError>>(
        &mut self,
        handle: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        let event = match self.token {
            Token::Null => Event::Null,
            Token::True => Event::Bool(true),
            Token::False => Event::Bool(false),
            Token::Integer(integer) => Event::Integer(integer),
            Token::Unsigned(integer) => return Err(JsonError::IntegerRange(integer).into()),
            Token::Float(float) if float.is_finite() => Event::Float(float),
            Token::Float(_) => {
                let number = self.lexer.quote();
                let message = format!("out_of_range.406] number overflow parsing '{number}'");
                return Err(JsonError::Syntax(message).into());
            }
            Token::String => Event::String(&self.lexer.string),
            Token::BeginList => {
                handle(Event::BeginList)?;
                self.advance("value", None)?;
                if self.token == Token::EndList {
                    handle(Event::EndList)?;
                    return Ok(true);
                }
                self.containers.push(Container::List);
                return Ok(false);
            }
            Token::BeginObject => {
                handle(Event::BeginObject)?;
                self.advance("object key", Some(Token::String.description()))?;
                if self.token == Token::EndObject {
                    handle(Event::EndObject)?;
                    return Ok(true);
                }
                self.containers.push(Container::Object);
                self.key(handle)?;
                return Ok(false);
            }
            Token::EndList | Token::EndObject | Token::Colon | Token::Comma | Token::End => {
                return Err(self.unexpected("value", "'[', '{', or a literal").into());
            }
        };
        handle(event)?;
        Ok(true)
    }

    /// The name of a member, which is the current token, up to its value.
    fn key<E: From<JsonError>>(
        &mut self,
        handle: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.token != Token::String {
            return Err(self
                .unexpected("object key", Token::String.description())
                .into());
        }
        handle(Event::Key(&self.lexer.string))?;
        self.advance("object separator", Some(Token::Colon.description()))?;
        if self.token != Token::Colon {
            return Err(self
                .unexpected("object separator", Token::Colon.description())
                .into());
        }
        Ok(self.advance("value", None)?)
    }

    /// Goes on after a value, up to the next one. False if there is none.
    fn after_value<E: From<JsonError>>(
        &mut self,
        handle: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<bool, E> {
        loop {
            let Some(&container) = self.containers.last() else {
                self.advance("value", Some(Token::End.description()))?;
                if self.token == Token::End {
                    return Ok(false);
                }
                return Err(self.unexpected("value", Token::End.description()).into());
            };
            let (context, end, end_event) = match container {
                Container::List => ("array", Token::EndList, Event::EndList),
                Container::Object => ("object", Token::EndObject, Event::EndObject),
            };
            self.advance(context, Some(end.description()))?;
            match self.token {
                Token::Comma if container == Container::List => {
                    self.advance("value", None)?;
                    return Ok(true);
                }
                Token::Comma => {
                    self.advance("object key", Some(Token::String.description()))?;
                    self.key(handle)?;
                    return Ok(true);
                }
                token if token == end => {
                    self.containers.pop();
                    handle(end_event)?;
                }
                _ => return Err(self.unexpected(context, end.description()).into()),
            }
        }
    }
}
