//! What an evaluation depends on besides its source and its host.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// An experimental feature that changes the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Feature {
    /// Flakes, with `getFlake` and the functions on flake references.
    Flakes,
    /// `fetchTree`; implied by [`Feature::Flakes`].
    FetchTree,
    /// `fetchClosure`
    FetchClosure,
    /// Derivations addressed by the content of their outputs.
    CaDerivations,
    /// Derivations that are built anew each time.
    ImpureDerivations,
    /// Derivations that make derivations; `outputOf`.
    DynamicDerivations,
    /// Git's tree hashes as a content address.
    GitHashing,
    /// BLAKE3 hashes.
    Blake3Hashes,
    /// Dates and times in `fromTOML`.
    ParseTomlTimestamps,
    /// `|>` and `<|`
    PipeOperators,
    /// Signatures of Git commits.
    VerifiedFetches,
}

impl Feature {
    /// All of them.
    pub const ALL: &[Feature] = &[
        Feature::Flakes,
        Feature::FetchTree,
        Feature::FetchClosure,
        Feature::CaDerivations,
        Feature::ImpureDerivations,
        Feature::DynamicDerivations,
        Feature::GitHashing,
        Feature::Blake3Hashes,
        Feature::ParseTomlTimestamps,
        Feature::PipeOperators,
        Feature::VerifiedFetches,
    ];

    /// The name in Nix's setting `experimental-features`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Feature::Flakes => "flakes",
            Feature::FetchTree => "fetch-tree",
            Feature::FetchClosure => "fetch-closure",
            Feature::CaDerivations => "ca-derivations",
            Feature::ImpureDerivations => "impure-derivations",
            Feature::DynamicDerivations => "dynamic-derivations",
            Feature::GitHashing => "git-hashing",
            Feature::Blake3Hashes => "blake3-hashes",
            Feature::ParseTomlTimestamps => "parse-toml-timestamps",
            Feature::PipeOperators => "pipe-operators",
            Feature::VerifiedFetches => "verified-fetches",
        }
    }

    /// The feature of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Feature> {
        Feature::ALL
            .iter()
            .copied()
            .find(|feature| feature.name() == name)
    }
}

/// What to do about code that is allowed but discouraged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum LintLevel {
    /// Nothing.
    #[default]
    Ignore,
    /// A warning.
    Warn,
    /// An error.
    Fatal,
}

/// The settings of an evaluation.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The value of `builtins.currentSystem`.
    pub system: String,
    /// Forbid everything that depends on the machine: the clock, the environment, paths outside of
    /// the store.
    pub pure_eval: bool,
    /// Allow only the search path and the store.
    pub restrict_eval: bool,
    /// Enabled experimental features.
    pub features: BTreeSet<Feature>,
    /// The search path of `<x>`, as pairs of prefix (may be empty) and location.
    pub nix_path: Vec<(String, String)>,
    /// How deeply calls may be nested.
    pub max_call_depth: usize,
    /// How many bytes values may take; `None`: as many as handles can address, which is 31 GiB.
    /// What is being written (a string, JSON) may for a moment take as much again.
    pub max_heap_size: Option<usize>,
    /// Whether evaluation may wait for builds.
    pub allow_import_from_derivation: bool,
    /// Whether `builtins.traceVerbose` prints.
    pub trace_verbose: bool,
    /// Whether `builtins.warn` ends the evaluation.
    pub abort_on_warn: bool,
    /// Whether functions that are being called are part of the trace of an error.
    pub trace_calls: bool,
    /// Whether the host is told of each call.
    pub trace_function_calls: bool,
    /// Whether calls are counted by function, and selections by place.
    pub count_calls: bool,
    /// What may be fetched in a restricted evaluation: beginnings of URLs.
    pub allowed_uris: Vec<String>,
    /// Ends the evaluation with [`ErrorKind::Interrupted`](crate::ErrorKind) once it is set, from
    /// another thread for example.
    pub interrupt: Arc<AtomicBool>,
    /// The lint for URL literals.
    pub lint_url_literals: LintLevel,
    /// The lint for relative paths that do not begin with a dot.
    pub lint_short_path_literals: LintLevel,
    /// The lint for absolute paths.
    pub lint_absolute_path_literals: LintLevel,
}

impl Default for Settings {
    /// Impure evaluation for the machine that this was compiled for, without experimental features.
    fn default() -> Self {
        Settings {
            system: default_system(),
            pure_eval: false,
            restrict_eval: false,
            features: BTreeSet::new(),
            nix_path: Vec::new(),
            max_call_depth: 10_000,
            max_heap_size: None,
            allow_import_from_derivation: true,
            trace_verbose: false,
            abort_on_warn: false,
            trace_calls: true,
            trace_function_calls: false,
            count_calls: false,
            allowed_uris: Vec::new(),
            interrupt: Arc::default(),
            lint_url_literals: LintLevel::Ignore,
            lint_short_path_literals: LintLevel::Ignore,
            lint_absolute_path_literals: LintLevel::Ignore,
        }
    }
}

impl Settings {
    /// Whether a feature is enabled, by itself or by another one.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
            || (feature == Feature::FetchTree && self.features.contains(&Feature::Flakes))
    }
}

/// Nix's name for the machine that this was compiled for.
fn default_system() -> String {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        os => os,
    };
    let machine = match std::env::consts::ARCH {
        "x86" => "i686",
        machine => machine,
    };
    format!("{machine}-{os}")
}
