//! `nix-store --serve`: the store for a client at the standard input and output.

use std::io::{Write, stderr, stdin, stdout};
use std::path::Path;

use nix_daemon::server::{Service, serve_serve};
use nix_store::build::{Cancellation, Observer};
use nix_wire::StorePath;

use super::{Request, unknown_flag};
use crate::applets::evaluate::Failed;
use crate::applets::tool::Tool;
use crate::report::Failure;

/// Serves until the client ends; with `--write` it may change the store.
pub fn serve(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    if let Some(flag) = request.flags.iter().find(|flag| *flag != "--write") {
        return Err(unknown_flag(flag));
    }
    request.no_arguments()?;
    let service = Service {
        store: tool.engine.shared_store(),
        trusted: true,
        build: tool.engine.settings().build.clone(),
        takes_settings: true,
        settings: None,
        nix_version: nix_eval::NIX_VERSION.to_owned(),
        cancellation: Cancellation::new(),
    };
    let write = !request.flags.is_empty();
    serve_serve(&service, write, &OnStandardError, stdin(), stdout())
        .map_err(|error| Failure::new(error.to_string()).into())
}

/// Tells the client, who reads it there, what builders write.
struct OnStandardError;

impl Observer for OnStandardError {
    fn log_line(&self, _derivation: &StorePath, line: &[u8]) {
        // A client who does not read it does not want it.
        let _ = stderr().write_all(&[line, b"\n"].concat());
    }

    fn kept(&self, _derivation: &StorePath, directory: &Path) {
        let text = format!(
            "note: keeping build directory \"{}\"\n",
            directory.display()
        );
        let _ = stderr().write_all(text.as_bytes());
    }
}
