//! Shows files as `nix-instantiate --parse FILE...` does:
//! `cargo run -p nix-syntax --example print -- [--pipe-operators] FILE...`
#![allow(clippy::print_stderr)]

use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use nix_syntax::print::{PrintOptions, print};
use nix_syntax::{ParseOptions, line_column, parse};

fn main() -> std::io::Result<()> {
    let home = std::env::var_os("HOME").unwrap_or_default().into_vec();
    let mut out = std::io::stdout().lock();
    let mut parse_options = ParseOptions::default();
    for path in std::env::args_os().skip(1) {
        if path == "--pipe-operators" {
            parse_options.pipe_operators = true;
            continue;
        }
        let path = std::path::absolute(path)?;
        let source = std::fs::read(&path)?;
        let show = |pos| {
            let (line, column) = line_column(&source, pos);
            format!("{}:{line}:{column}", path.display())
        };
        match parse(&source, &parse_options) {
            Ok(parsed) => {
                for warning in parsed.warnings {
                    eprintln!("warning: at {}: {}", show(warning.pos), warning.message);
                }
                let directory = path.parent().map(|parent| parent.as_os_str().as_bytes());
                let options = PrintOptions {
                    base_directory: directory.unwrap_or_default(),
                    home_directory: &home,
                };
                out.write_all(&print(&parsed.ast, &options))?;
                out.write_all(b"\n")?;
            }
            Err(error) => {
                writeln!(out, "error: {}", error.full_message(show))?;
                writeln!(out, "       at {}:", show(error.pos))?;
            }
        }
    }
    Ok(())
}
