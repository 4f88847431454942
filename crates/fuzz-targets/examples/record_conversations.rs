//! Writes the seeds of the worker protocol anew, as after a new version of it:
//! `cargo run -p fuzz-targets --example record_conversations -- fuzz/seeds/worker_protocol`

use std::path::Path;

fn main() -> std::io::Result<()> {
    let directory = std::env::args().nth(1).unwrap_or_default();
    for (name, input) in fuzz_targets::honest_conversations() {
        std::fs::write(Path::new(&directory).join(name), input)?;
    }
    Ok(())
}
