//! What is fuzzed: one function for each format that others hand in.
//!
//! Each takes any bytes, and panics if the code under test breaks a law of its own. They run under
//! cargo-fuzz (`fuzz/` at the top of the project), which is guided by coverage, and in an ordinary
//! test over the seeds with [`mutate`]d copies of them, which needs nothing but cargo.

mod evaluate;
#[cfg(feature = "flakes")]
mod flakes;
#[cfg(feature = "stores")]
mod memory_store;
pub mod mutate;
#[cfg(feature = "stores")]
mod protocol;
mod syntax;
mod wire;

pub use evaluate::{evaluate, json, regex, toml};
#[cfg(feature = "flakes")]
pub use flakes::{flake_reference, lock_file};
#[cfg(feature = "stores")]
pub use protocol::{honest_conversations, worker_protocol};
pub use syntax::parse;
pub use wire::{aterm, nar, narinfo, nix_conf};

/// A target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: also of its directory of seeds, and of its program under cargo-fuzz.
    pub name: &'static str,
    /// Tries one input.
    ///
    /// # Panics
    ///
    /// When the code under test does, or breaks a law.
    pub run: fn(&[u8]),
    /// Whether inputs are programs of the Nix language, for which there is a dictionary.
    pub is_language: bool,
    /// How many mutated inputs the ordinary test tries.
    pub mutations: usize,
}

impl Target {
    const fn of_format(name: &'static str, run: fn(&[u8])) -> Target {
        Target {
            name,
            run,
            is_language: false,
            mutations: 5_000,
        }
    }
}

/// All targets.
pub const TARGETS: &[Target] = &[
    Target {
        name: "parse",
        run: parse,
        is_language: true,
        mutations: 20_000,
    },
    Target {
        name: "evaluate",
        run: evaluate,
        is_language: true,
        mutations: 2_000,
    },
    Target::of_format("nar", nar),
    Target::of_format("narinfo", narinfo),
    Target::of_format("aterm", aterm),
    Target::of_format("nix_conf", nix_conf),
    #[cfg(feature = "stores")]
    Target::of_format("worker_protocol", worker_protocol),
    #[cfg(feature = "flakes")]
    Target::of_format("flake_reference", flake_reference),
    #[cfg(feature = "flakes")]
    Target::of_format("lock_file", lock_file),
    Target {
        mutations: 1_000,
        ..Target::of_format("json", json)
    },
    Target {
        mutations: 1_000,
        ..Target::of_format("toml", toml)
    },
    Target {
        mutations: 1_000,
        ..Target::of_format("regex", regex)
    },
];
