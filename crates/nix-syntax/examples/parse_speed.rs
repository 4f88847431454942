//! Parses all `.nix` files below some directories, and tells how fast, and which have errors:
//! `cargo run --release -p nix-syntax --example parse_speed -- DIRECTORY...`
#![allow(clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix_syntax::{ParseOptions, line_column, parse};

fn collect(path: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) -> std::io::Result<()> {
    let kind = std::fs::symlink_metadata(path)?.file_type();
    if kind.is_dir() {
        for entry in std::fs::read_dir(path)? {
            collect(&entry?.path(), files)?;
        }
    } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "nix") {
        files.push((path.to_owned(), std::fs::read(path)?));
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    const ROUNDS: u32 = 5;
    let mut files = Vec::new();
    for directory in std::env::args_os().skip(1) {
        collect(Path::new(&directory), &mut files)?;
    }
    let options = ParseOptions {
        pipe_operators: true,
        ..ParseOptions::default()
    };
    let bytes: usize = files.iter().map(|(_, source)| source.len()).sum();

    let mut errors = 0;
    let mut expressions = 0;
    for (path, source) in &files {
        match parse(source, &options) {
            Ok(parsed) => expressions += parsed.ast.exprs.len(),
            Err(error) => {
                errors += 1;
                let (line, column) = line_column(source, error.pos);
                println!("{}:{line}:{column}: {error}", path.display());
            }
        }
    }
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for (_, source) in &files {
            std::hint::black_box(parse(source, &options).is_ok());
        }
        best = best.min(start.elapsed());
    }
    println!(
        "{} files, {bytes} bytes, {expressions} expressions, {errors} errors; \
         best of {ROUNDS}: {:.1} ms, {:.1} MB/s",
        files.len(),
        best.as_secs_f64() * 1e3,
        bytes as f64 / best.as_secs_f64() / 1e6,
    );
    Ok(())
}
