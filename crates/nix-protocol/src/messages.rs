//! What a daemon tells while it works, before it answers.

use std::fmt;
use std::io::{Read, Write};

use crate::codec::{Context, Decoder, Encoder, Item};
use crate::error::ProtocolError;

type Result<T> = std::result::Result<T, ProtocolError>;

const NEXT: u64 = 0x6f6c_6d67;
const READ: u64 = 0x6461_7461;
const WRITE: u64 = 0x6461_7416;
const LAST: u64 = 0x616c_7473;
const ERROR: u64 = 0x6378_7470;
const START_ACTIVITY: u64 = 0x5354_5254;
const STOP_ACTIVITY: u64 = 0x5354_4f50;
const RESULT: u64 = 0x5253_4c54;

/// How important something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Verbosity {
    Error,
    Warn,
    Notice,
    Info,
    Talkative,
    Chatty,
    Debug,
    Vomit,
}

impl Verbosity {
    const ALL: [Verbosity; 8] = [
        Verbosity::Error,
        Verbosity::Warn,
        Verbosity::Notice,
        Verbosity::Info,
        Verbosity::Talkative,
        Verbosity::Chatty,
        Verbosity::Debug,
        Verbosity::Vomit,
    ];
}

impl Item for Verbosity {
    /// Levels beyond the last are the last.
    fn read(from: &mut Decoder<'_>) -> Result<Verbosity> {
        let level = from.number()?.min(Verbosity::Vomit as u64);
        Ok(Verbosity::ALL[level as usize])
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(*self as u64)
    }
}

macro_rules! kinds {
    ($(#[$about:meta])* $name:ident { $($(#[$what:meta])* $kind:ident = $number:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[allow(missing_docs)]
        pub enum $name { $($(#[$what])* $kind,)* Other(u64) }

        impl $name {
            /// The number on the line.
            #[must_use]
            pub fn number(self) -> u64 {
                match self { $($name::$kind => $number,)* $name::Other(number) => number }
            }

            /// The kind of a number on the line.
            #[must_use]
            pub fn from_number(number: u64) -> $name {
                match number { $($number => $name::$kind,)* other => $name::Other(other) }
            }
        }
    };
}

kinds! {
    /// What kind of activity begins.
    ActivityKind {
        Unknown = 0,
        CopyPath = 100,
        FileTransfer = 101,
        Realise = 102,
        CopyPaths = 103,
        Builds = 104,
        /// Fields: the derivation, the machine, the round, the number of rounds.
        Build = 105,
        OptimiseStore = 106,
        VerifyPaths = 107,
        Substitute = 108,
        QueryPathInfo = 109,
        PostBuildHook = 110,
        BuildWaiting = 111,
        FetchTree = 112,
    }
}

kinds! {
    /// What kind of thing is told of an activity.
    ResultKind {
        FileLinked = 100,
        /// A line without its end.
        BuildLogLine = 101,
        UntrustedPath = 102,
        CorruptedPath = 103,
        SetPhase = 104,
        /// Done, expected, running, failed.
        Progress = 105,
        SetExpected = 106,
        PostBuildLogLine = 107,
        FetchStatus = 108,
    }
}

/// A detail of an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// A text of any encoding.
    Text(Vec<u8>),
}

impl Field {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        match self {
            Field::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
            Field::Number(_) => None,
        }
    }
}

impl Item for Field {
    fn read(from: &mut Decoder<'_>) -> Result<Field> {
        match from.number()? {
            0 => Ok(Field::Number(from.number()?)),
            1 => Ok(Field::Text(from.bytes()?)),
            found => Err(ProtocolError::OutOfRange {
                what: "type of field",
                found,
            }),
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self {
            Field::Number(number) => {
                to.number(0)?;
                to.number(*number)
            }
            Field::Text(text) => {
                to.number(1)?;
                to.bytes(text)
            }
        }
    }
}

/// An error of the other side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteError {
    /// How important it is.
    pub level: Verbosity,
    /// What went wrong.
    pub message: String,
    /// What was being done, the innermost last.
    pub traces: Vec<String>,
    /// The exit status, which only daemons before 1.26 tell.
    pub status: u64,
}

impl RemoteError {
    /// An error with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> RemoteError {
        RemoteError {
            level: Verbosity::Error,
            message: message.into(),
            traces: Vec::new(),
            status: 1,
        }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Daemons put the word before what they did not say themselves.
        let message = self
            .message
            .strip_prefix("error: ")
            .unwrap_or(&self.message);
        formatter.write_str(message.trim_end())?;
        for trace in self.traces.iter().rev() {
            write!(formatter, "\n… {}", trace.trim_end())?;
        }
        Ok(())
    }
}

impl std::error::Error for RemoteError {}

impl Item for RemoteError {
    fn read(from: &mut Decoder<'_>) -> Result<RemoteError> {
        if !from.context.worker_since(26) {
            return Ok(RemoteError {
                message: from.lossy_text()?,
                status: from.number()?,
                ..RemoteError::new("")
            });
        }
        let kind = from.lossy_text()?;
        if kind != "Error" {
            return Err(ProtocolError::UnknownError(kind));
        }
        let level = from.read()?;
        // A name that nobody uses.
        from.bytes()?;
        let message = from.lossy_text()?;
        no_position(from)?;
        let mut traces = Vec::new();
        for _ in 0..from.number()? {
            no_position(from)?;
            traces.push(from.lossy_text()?);
        }
        Ok(RemoteError {
            level,
            message,
            traces,
            status: 1,
        })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        if !to.context.worker_since(26) {
            to.text(&self.message)?;
            return to.number(self.status);
        }
        to.text("Error")?;
        to.write(&self.level)?;
        to.text("Error")?;
        to.text(&self.message)?;
        to.number(0)?;
        to.number(self.traces.len() as u64)?;
        for trace in &self.traces {
            to.number(0)?;
            to.text(trace)?;
        }
        Ok(())
    }
}

fn no_position(from: &mut Decoder<'_>) -> Result<()> {
    match from.number()? {
        0 => Ok(()),
        found => Err(ProtocolError::OutOfRange {
            what: "position of an error",
            found,
        }),
    }
}

/// One message. Nothing more comes after [`Message::Last`] and [`Message::Error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A text for people, of any encoding, mostly with a line's end.
    Next(Vec<u8>),
    /// Up to so many bytes are wanted, to be sent as one string.
    Read(u64),
    /// Data, before 1.23.
    Write(Vec<u8>),
    /// The answer follows.
    Last,
    /// There is no answer.
    Error(RemoteError),
    /// An activity begins.
    Start {
        /// By which it is told of.
        id: u64,
        /// How important it is.
        level: Verbosity,
        /// What kind it is.
        kind: ActivityKind,
        /// What is done, for people.
        text: Vec<u8>,
        /// What it is about.
        fields: Vec<Field>,
        /// Of what it is a part; 0 of nothing.
        parent: u64,
    },
    /// An activity has ended.
    Stop(u64),
    /// Something is told of an activity.
    Result {
        /// Of which.
        id: u64,
        /// What kind of thing.
        kind: ResultKind,
        /// The thing.
        fields: Vec<Field>,
    },
}

impl Message {
    /// Reads the next message.
    ///
    /// # Errors
    /// When the other side is gone, or what it sent is none.
    pub fn read_from(source: &mut dyn Read, context: &Context) -> Result<Message> {
        Decoder::new(source, context).read()
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the other side is gone.
    pub fn write_to(&self, sink: &mut dyn Write, context: &Context) -> Result<()> {
        Encoder::new(sink, context).write(self)
    }
}

impl Item for Message {
    fn read(from: &mut Decoder<'_>) -> Result<Message> {
        Ok(match from.number()? {
            NEXT => Message::Next(from.bytes()?),
            READ => Message::Read(from.number()?),
            WRITE => Message::Write(from.bytes()?),
            LAST => Message::Last,
            ERROR => Message::Error(from.read()?),
            START_ACTIVITY => Message::Start {
                id: from.number()?,
                level: from.read()?,
                kind: ActivityKind::from_number(from.number()?),
                text: from.bytes()?,
                fields: from.read()?,
                parent: from.number()?,
            },
            STOP_ACTIVITY => Message::Stop(from.number()?),
            RESULT => Message::Result {
                id: from.number()?,
                kind: ResultKind::from_number(from.number()?),
                fields: from.read()?,
            },
            found => return Err(ProtocolError::UnknownMessage(found)),
        })
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        match self {
            Message::Next(text) => {
                to.number(NEXT)?;
                to.bytes(text)
            }
            Message::Read(most) => {
                to.number(READ)?;
                to.number(*most)
            }
            Message::Write(data) => {
                to.number(WRITE)?;
                to.bytes(data)
            }
            Message::Last => to.number(LAST),
            Message::Error(error) => {
                to.number(ERROR)?;
                to.write(error)
            }
            Message::Start {
                id,
                level,
                kind,
                text,
                fields,
                parent,
            } => {
                to.number(START_ACTIVITY)?;
                to.number(*id)?;
                to.write(level)?;
                to.number(kind.number())?;
                to.bytes(text)?;
                to.write(fields)?;
                to.number(*parent)
            }
            Message::Stop(id) => {
                to.number(STOP_ACTIVITY)?;
                to.number(*id)
            }
            Message::Result { id, kind, fields } => {
                to.number(RESULT)?;
                to.number(*id)?;
                to.number(kind.number())?;
                to.write(fields)
            }
        }
    }
}
