//! The Nix store: database, local store, builders, profiles and garbage-collection roots.
