//! A store behind `nix-store --serve`.
