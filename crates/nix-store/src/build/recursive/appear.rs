//! How an object appears in the sandbox of a builder that is running: a process of its own enters
//! the sandbox's namespaces, as this one has several threads and may not.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;

use super::super::launch::{Launcher, send_orders};
use super::super::orders::{JoinOrders, Mount, Orders};
use crate::error::{During, StoreError};

/// How objects appear in one sandbox.
#[derive(Debug)]
pub(in super::super) struct Appearance {
    launcher: Launcher,
    /// What the sandbox has as its root, seen from outside.
    root: PathBuf,
    /// The process that made the sandbox's namespaces.
    process: OnceLock<u32>,
}

impl Appearance {
    pub(in super::super) fn new(launcher: Launcher, root: PathBuf) -> Appearance {
        Appearance {
            launcher,
            root,
            process: OnceLock::new(),
        }
    }

    pub(super) fn started(&self, process: u32) {
        // There is one process for each sandbox.
        let _ = self.process.set(process);
    }

    /// Has the sandbox show `source` at `target`.
    pub(super) fn add(&self, source: &Path, target: &Path) -> Result<(), StoreError> {
        let failed = |reason: String| StoreError::NotShown {
            path: target.to_owned(),
            reason,
        };
        let Some(process) = self.process.get() else {
            return Err(failed("the builder was not started".to_owned()));
        };
        let orders = Orders {
            parent: std::process::id(),
            join: Some(JoinOrders {
                process: *process,
                root: self.root.clone(),
                mount: Mount {
                    source: source.to_owned(),
                    target: target.to_owned(),
                    optional: false,
                    writable: false,
                },
            }),
            ..Orders::default()
        };
        let mut child = self
            .launcher
            .command()
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .during("start", &self.launcher.program)?;
        if let Some(mut input) = child.stdin.take() {
            // One that has died by now has said why.
            let _ = send_orders(&orders, &mut input);
        }
        let output = child
            .wait_with_output()
            .during("wait for", &self.launcher.program)?;
        if output.status.success() {
            return Ok(());
        }
        // The first byte is for those who wait for a builder.
        let said = output.stderr.get(1..).unwrap_or_default();
        let said = String::from_utf8_lossy(said).trim().to_owned();
        Err(failed(match said.as_str() {
            "" => output.status.to_string(),
            _ => said,
        }))
    }
}
