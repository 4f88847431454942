//! The source tree of this project (library, modules, package set, templates), carried inside the
//! program.
//!
//! It is one NAR archive of the files that a home needs, known by the hash of that archive. A flake
//! whose input `home-manager` is locked to this hash needs no other copy.

/// The archive.
pub const SOURCE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/source.nar"));

/// The SHA-256 hash of [`SOURCE`], as `sha256-…`.
pub const NAR_HASH: &str = include_str!(concat!(env!("OUT_DIR"), "/nar_hash.txt"));

/// The time stamp of the tree in a lock file: that of every file in a store.
pub const LAST_MODIFIED: u64 = 1;

/// What `home-manager init` writes. `@name@`, `@username@`, `@homeDirectory@`, `@system@`,
/// `@nixpkgsUrl@` and `@homeManagerUrl@` are to be replaced.
pub mod templates {
    /// `home.nix`
    pub const HOME: &str = include_str!("../../../templates/init/home.nix");
    /// `flake.nix` on the embedded package set.
    pub const FLAKE_EMBEDDED: &str = include_str!("../../../templates/init/embedded/flake.nix");
    /// `flake.nix` on nixpkgs.
    pub const FLAKE_WITH_NIXPKGS: &str = include_str!("../../../templates/init/nixpkgs/flake.nix");
}
