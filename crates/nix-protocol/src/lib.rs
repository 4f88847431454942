//! What Nix's programs say to each other, as pure values: the worker protocol, versions 1.18 to
//! 1.38, that clients of a daemon speak, and the serve protocol, 2.5 to 2.8, of `nix-store --serve`.
//!
//! Everything on the line is a sequence of 64-bit little-endian numbers and of strings: their
//! length, their bytes, zeros up to a multiple of eight. What follows from that for each type is an
//! [`Item`]; some types look different in other versions, so items are read and written in a
//! [`Context`]. Nothing here opens a connection.

mod build;
mod codec;
mod derivation;
mod derived_path;
mod error;
mod frames;
mod handshake;
mod items;
mod messages;
pub mod serve;
pub mod worker;

pub use build::{BuildMode, BuildResult, BuildStatus, BuiltOutputs};
pub use codec::{Context, Decoder, Dialect, Encoder, Item, LONGEST_REQUEST, Version};
pub use derived_path::{DerivedPath, Outputs};
pub use error::ProtocolError;
pub use frames::{FrameReader, FrameWriter};
pub use handshake::{
    HandshakeInfo, Negotiated, serve_accept, serve_greet, worker_accept, worker_greet,
    worker_introduce, worker_welcome,
};
pub use items::Unkeyed;
pub use messages::{ActivityKind, Field, Message, RemoteError, ResultKind, Verbosity};
