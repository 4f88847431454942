//! Pure formats of Nix: hashes and their texts, store paths, NAR archives, ATerm derivations, narinfo,
//! the lines of `nix.conf`.
//!
//! Nothing here keeps state or touches anything but what it is handed; the one exception is
//! [`nar::Filesystem`], which reads the tree that is to be archived.

pub mod content_address;
pub mod derivation;
pub mod hash;
pub mod nar;
pub mod narinfo;
pub mod nix_conf;
pub mod path_info;
pub mod references;
pub mod store_path;

pub use content_address::{ContentAddress, ContentAddressMethod};
pub use derivation::Derivation;
pub use hash::{Hash, HashAlgorithm};
pub use path_info::PathInfo;
pub use store_path::{StoreDir, StorePath};
