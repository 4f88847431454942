//! Bytes from and to URLs.
//!
//! A [`Client`] opens `http:`, `https:`, `file:` and `s3:` URLs. What it opens is a [`Response`]
//! whose body goes on by itself where a connection broke off. Requests that failed for a reason
//! that may pass are repeated, later and later. Nothing here reads the environment or prints:
//! passwords, tokens, certificates and proxies are values of the caller's, and what happens is told
//! to an [`Observer`].
//!
//! [`coding`] has the compressions in which bytes travel, of which archives make use as well.

mod body;
mod client;
pub mod coding;
mod credentials;
mod error;
mod file;
mod forward;
mod http;
mod interruptible;
mod names;
mod netrc;
mod parallel;
mod request;
mod s3;
pub mod url;

pub use body::Body;
pub use client::{Client, ClientOptions, Observer, Unobserved};
pub use credentials::AccessTokens;
pub use error::TransferError;
pub use netrc::{Login, Netrc};
pub use parallel::for_each;
pub use request::{Fetched, Method, Payload, Request, Response};
pub use s3::S3Credentials;
