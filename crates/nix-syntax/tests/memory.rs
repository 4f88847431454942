//! One parse after the other in the same memory.

mod common;

use common::cases;
use nix_syntax::{ParseMemory, ParseOptions, parse, parse_in};

#[test]
fn used_memory_changes_nothing() {
    let options = ParseOptions::default();
    let mut memory = ParseMemory::default();
    let mut sources = cases("print", "output");
    let good = sources.len();
    // After an error too: it leaves all stacks as they were.
    sources.extend(cases("errors", "error"));
    assert!(good > 0 && sources.len() > good + 200, "too few cases");
    for step in [1, 7, 11] {
        for number in 0..sources.len() {
            let case = &sources[number * step % sources.len()];
            let source = case.source.as_bytes();
            let fresh = format!("{:?}", parse(source, &options));
            let used = parse_in(source, &options, &mut memory);
            assert_eq!(format!("{used:?}"), fresh, "{}", case.source);
            if let Ok(parsed) = used {
                memory.give_back(parsed.ast);
            }
        }
    }
}
