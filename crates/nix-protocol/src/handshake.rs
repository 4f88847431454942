//! How both sides agree on a version.

use std::collections::BTreeSet;
use std::io::{Read, Write};

use nix_wire::StoreDir;

use crate::codec::{Context, Decoder, Encoder, Item, Version};
use crate::error::ProtocolError;
use crate::{serve, worker};

type Result<T> = std::result::Result<T, ProtocolError>;

const WORKER_CLIENT: u64 = 0x6e69_7863;
const WORKER_SERVER: u64 = 0x6478_696f;
const SERVE_CLIENT: u64 = 0x390c_9deb;
const SERVE_SERVER: u64 = 0x5452_eecb;

/// What both sides have: the lower version, the features of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiated {
    /// The version.
    pub version: Version,
    /// The features.
    pub features: BTreeSet<String>,
}

impl Negotiated {
    /// Items of the worker protocol are read and written like this.
    #[must_use]
    pub fn worker(self, store_dir: StoreDir) -> Context {
        Context {
            features: self.features,
            ..Context::worker(store_dir, self.version)
        }
    }
}

/// What a daemon says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HandshakeInfo {
    /// The version of its Nix, since 1.33.
    pub nix_version: Option<String>,
    /// Whether it trusts the client, since 1.35.
    pub trusts_client: Option<bool>,
}

impl Item for HandshakeInfo {
    fn read(from: &mut Decoder<'_>) -> Result<HandshakeInfo> {
        let mut info = HandshakeInfo::default();
        if from.context.worker_since(33) {
            info.nix_version = Some(from.lossy_text()?);
        }
        if from.context.worker_since(35) {
            info.trusts_client = from.read()?;
        }
        Ok(info)
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        if to.context.worker_since(33) {
            to.text(self.nix_version.as_deref().unwrap_or_default())?;
        }
        if to.context.worker_since(35) {
            to.write(&self.trusts_client)?;
        }
        Ok(())
    }
}

/// Whether somebody is trusted, or nobody knows.
impl Item for Option<bool> {
    fn read(from: &mut Decoder<'_>) -> Result<Option<bool>> {
        match from.number()? {
            0 => Ok(None),
            1 => Ok(Some(true)),
            2 => Ok(Some(false)),
            found => Err(ProtocolError::OutOfRange {
                what: "trusted flag",
                found,
            }),
        }
    }

    fn write(&self, to: &mut Encoder<'_>) -> Result<()> {
        to.number(match self {
            None => 0,
            Some(true) => 1,
            Some(false) => 2,
        })
    }
}

/// The client's half of the worker protocol's greeting, with what the client has at most.
///
/// # Errors
/// When the other side is no daemon, or one that is too old.
pub fn worker_greet(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    latest: &Negotiated,
) -> Result<Negotiated> {
    let context = bare();
    let mut to = Encoder::new(sink, &context);
    to.number(WORKER_CLIENT)?;
    to.number(latest.version.number())?;
    sink.flush()?;
    let mut from = Decoder::new(source, &context);
    expect(
        from.number()?,
        WORKER_SERVER,
        "the greeting of a Nix daemon",
    )?;
    let theirs = Version::from_number(from.number()?);
    let version = agree(theirs, latest.version, worker::MINIMUM)?;
    let mut features = BTreeSet::new();
    if version >= worker::WITH_FEATURES {
        Encoder::new(sink, &context).write(&latest.features)?;
        sink.flush()?;
        features = Decoder::new(source, &context).read()?;
        features.retain(|feature| latest.features.contains(feature));
    }
    Ok(Negotiated { version, features })
}

/// The server's half of the worker protocol's greeting, with what the server has at most.
///
/// # Errors
/// When the other side is no client, or one that is too old.
pub fn worker_accept(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    latest: &Negotiated,
) -> Result<Negotiated> {
    let context = bare();
    let mut from = Decoder::new(source, &context);
    expect(
        from.number()?,
        WORKER_CLIENT,
        "the greeting of a Nix client",
    )?;
    let mut to = Encoder::new(sink, &context);
    to.number(WORKER_SERVER)?;
    to.number(latest.version.number())?;
    sink.flush()?;
    let theirs = Version::from_number(Decoder::new(source, &context).number()?);
    let version = agree(theirs, latest.version, worker::MINIMUM)?;
    let mut features = BTreeSet::new();
    if version >= worker::WITH_FEATURES {
        // Who the client is, is not known yet.
        let mut from = Decoder::limited(source, &context, LONGEST_GREETING);
        features = from.read()?;
        features.retain(|feature| latest.features.contains(feature));
        Encoder::new(sink, &context).write(&latest.features)?;
        sink.flush()?;
    }
    Ok(Negotiated { version, features })
}

/// What a client sends after the greeting and learns then. Messages follow, up to the last.
///
/// # Errors
/// When the other side is gone.
pub fn worker_introduce(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    context: &Context,
) -> Result<HandshakeInfo> {
    let mut to = Encoder::new(sink, context);
    // No processor, no space is reserved: both are things of the past.
    to.number(0)?;
    to.number(0)?;
    sink.flush()?;
    Decoder::new(source, context).read()
}

/// What a server reads after the greeting and says then.
///
/// # Errors
/// When the other side is gone.
pub fn worker_welcome(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    context: &Context,
    info: &HandshakeInfo,
) -> Result<()> {
    let mut from = Decoder::new(source, context);
    if from.number()? != 0 {
        from.number()?;
    }
    from.number()?;
    Encoder::new(sink, context).write(info)
}

/// The client's half of the serve protocol's greeting.
///
/// # Errors
/// When the other side does not serve, or its version is not supported.
pub fn serve_greet(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    store_dir: StoreDir,
) -> Result<Context> {
    let context = bare();
    let mut to = Encoder::new(sink, &context);
    to.number(SERVE_CLIENT)?;
    to.number(serve::LATEST.number())?;
    sink.flush()?;
    let mut from = Decoder::new(source, &context);
    expect(
        from.number()?,
        SERVE_SERVER,
        "the greeting of nix-store --serve",
    )?;
    let theirs = Version::from_number(from.number()?);
    let version = agree(theirs, serve::LATEST, serve::MINIMUM)?;
    Ok(Context::serve(store_dir, version))
}

/// The server's half of the serve protocol's greeting.
///
/// # Errors
/// When the other side is no client of it, or its version is not supported.
pub fn serve_accept(
    source: &mut dyn Read,
    sink: &mut dyn Write,
    store_dir: StoreDir,
) -> Result<Context> {
    let context = bare();
    let mut from = Decoder::new(source, &context);
    expect(from.number()?, SERVE_CLIENT, "the greeting of a client")?;
    let mut to = Encoder::new(sink, &context);
    to.number(SERVE_SERVER)?;
    to.number(serve::LATEST.number())?;
    sink.flush()?;
    let theirs = Version::from_number(Decoder::new(source, &context).number()?);
    let version = agree(theirs, serve::LATEST, Version::new(2, 0))?;
    Ok(Context::serve(store_dir, version))
}

/// The most that a greeting has.
const LONGEST_GREETING: u64 = 64 << 10;

/// Greetings have only numbers and plain strings.
fn bare() -> Context {
    Context::worker(StoreDir::default(), worker::MINIMUM)
}

fn expect(found: u64, wanted: u64, expected: &'static str) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(ProtocolError::Magic { expected, found })
}

fn agree(theirs: Version, ours: Version, least: Version) -> Result<Version> {
    if theirs.major != ours.major || theirs < least {
        return Err(ProtocolError::Version(theirs.to_string()));
    }
    Ok(theirs.min(ours))
}
