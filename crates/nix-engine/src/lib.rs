//! One Nix in one process: evaluator, store and flakes joined.
