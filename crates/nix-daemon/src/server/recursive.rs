//! A daemon for builders that use the store themselves.

use std::os::unix::net::UnixStream;
use std::sync::Arc;

use nix_store::Store;
use nix_store::build::{BuildOptions, BuilderDaemon, Cancellation};

use super::{Service, serve_worker};

/// Answers builders in the place of this version of Nix.
#[derive(Debug, Clone)]
pub struct DaemonOfBuilders {
    /// The version.
    pub nix_version: String,
}

impl BuilderDaemon for DaemonOfBuilders {
    fn serve(
        &self,
        store: Arc<dyn Store>,
        build: BuildOptions,
        cancellation: Cancellation,
        connection: UnixStream,
    ) {
        let service = Service {
            store,
            trusted: false,
            build,
            takes_settings: false,
            settings: None,
            nix_version: self.nix_version.clone(),
            cancellation,
        };
        if let Ok(source) = connection.try_clone() {
            // A builder that breaks off knows best why it did.
            let _ = serve_worker(service, source, connection);
        }
    }
}
