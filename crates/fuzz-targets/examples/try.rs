//! Tries a target on files, as when a finding is looked into:
//! `cargo run -p fuzz-targets --example try -- evaluate FILE...`
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers"
)]

use std::process::ExitCode;
use std::time::Instant;

use fuzz_targets::TARGETS;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("usage: try TARGET FILE...; targets: {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    for file in arguments {
        match std::fs::read(&file) {
            Ok(input) => {
                let start = Instant::now();
                nix_eval::with_large_stack(|| (target.run)(&input));
                println!("{file}: {:.3} s", start.elapsed().as_secs_f64());
            }
            Err(error) => {
                eprintln!("{file}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
