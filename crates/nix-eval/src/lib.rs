//! Lazy evaluator of the Nix language and its builtins. Knows neither store nor network: it reaches both through traits.
