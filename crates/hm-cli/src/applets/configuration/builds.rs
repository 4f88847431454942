//! What settings mean for builds and for collecting garbage.

use nix_store::build::BuildOptions;
use nix_store::gc::GcOptions;

use super::Configuration;
use crate::builder;
use crate::report::Failure;

impl Configuration {
    /// How to build.
    ///
    /// # Errors
    /// When a setting has a value that means nothing.
    pub fn apply_to_builds(&self, options: &mut BuildOptions) -> Result<(), Failure> {
        builder::apply_settings(options, &|name| self.get(name)).map_err(Failure::new)
    }

    /// What to collect.
    pub fn gc_options(&self) -> GcOptions {
        let defaults = GcOptions::default();
        GcOptions {
            keep_derivations: self.is("keep-derivations", defaults.keep_derivations),
            keep_outputs: self.is("keep-outputs", defaults.keep_outputs),
            ..defaults
        }
    }
}
