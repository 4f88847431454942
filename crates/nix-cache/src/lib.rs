//! Binary caches: stores whose objects are archives behind URLs.
//!
//! A cache has `nix-cache-info`, for each object `HASH.narinfo` with what is known of it, and
//! archives, most often compressed, below `nar/`; maybe listings (`HASH.ls`), logs of builds
//! (`log/`) and where debugging symbols are (`debuginfo/`). A [`BinaryCache`] is such a cache as a
//! [`nix_store::Store`], over whatever [`nix_transfer`] can reach. What caches said is remembered
//! by a [`Lookups`].

mod cache;
mod cache_info;
mod error;
mod lookups;
mod options;
mod read;
mod write;

pub use cache::BinaryCache;
pub use cache_info::CacheInfo;
pub use error::CacheError;
pub use lookups::{Lookups, TimesToLive};
pub use options::CacheOptions;
