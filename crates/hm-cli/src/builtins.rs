//! Builders that are part of this program, as its launcher runs them, and the data that they get
//! from the process that wants the build: they may not read its files themselves.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nix_flake::fetch::ArchiveTree;
use nix_store::build::{BuiltinJob, BuiltinSettings, Builtins, Download, fetchurl, unpack_channel};
use nix_transfer::{Client, ClientOptions, Netrc, Request, S3Credentials, TransferError};
use serde_json::{Value, json};

use crate::store_access::{Retries, StoreAccess};

/// Returns all builders of this program.
pub fn builtins() -> Builtins {
    Builtins::default()
        .with("fetchurl", fetch)
        .with("unpack-channel", |job| unpack_channel(job, open_archive))
}

fn fetch(job: &BuiltinJob) -> Result<(), String> {
    let (options, mirrors) = read_settings(job)?;
    fetchurl(job, &mirrors, &Downloads(Client::new(options)))
}

/// Opens archives as flakes do.
fn open_archive(archive: &Path) -> Result<Box<dyn nix_wire::nar::Tree>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("'{}': {error}", archive.display());
    let mut file = File::open(archive).map_err(|error| failed(&error))?;
    let tree = ArchiveTree::read(&mut file, false).map_err(|error| failed(&error))?;
    Ok(Box::new(tree))
}

struct Downloads(Client);

impl Download for Downloads {
    fn download(&self, url: &str, to: &Path) -> Result<(), String> {
        let mut response = self
            .0
            .open(&Request::get(url))
            .map_err(|error| error.to_string())?;
        let written =
            File::create_new(to).and_then(|mut file| std::io::copy(&mut response.body, &mut file));
        match written {
            Ok(_) => Ok(()),
            Err(error) => Err(match TransferError::from_io(error) {
                Ok(error) => error.to_string(),
                Err(error) => format!("'{}': {error}", to.display()),
            }),
        }
    }
}

/// Collects what `builtin:fetchurl` needs: how to reach servers, with the certificates and the
/// passwords themselves rather than the names of their files.
pub struct FetchSettings(Arc<StoreAccess>);

impl FetchSettings {
    /// Those of a command's stores.
    pub fn new(access: Arc<StoreAccess>) -> FetchSettings {
        FetchSettings(access)
    }
}

impl std::fmt::Debug for FetchSettings {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Passwords do not belong in a log.
        formatter
            .debug_struct("FetchSettings")
            .finish_non_exhaustive()
    }
}

impl BuiltinSettings for FetchSettings {
    fn of(&self, name: &str) -> Result<Vec<u8>, String> {
        if name != "fetchurl" {
            return Ok(Vec::new());
        }
        let options = self.0.client_options();
        let certificates = options.certificates.iter().find(|path| path.exists());
        let certificates = match certificates {
            Some(path) => fs::read_to_string(path)
                .map_err(|error| format!("cannot read '{}': {error}", path.display()))?,
            None => String::new(),
        };
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs());
        let keys = options.s3_credentials.as_ref();
        let settings = json!({
            "userAgent": options.user_agent,
            "connectTimeout": seconds(options.connect_timeout),
            "stalledTimeout": seconds(options.stalled_timeout),
            "attempts": options.attempts,
            "netrc": self.0.netrc(),
            "certificates": certificates,
            "httpProxy": options.proxies.0,
            "httpsProxy": options.proxies.1,
            "noProxy": options.no_proxy,
            "accessKey": keys.map(|keys| &keys.access_key),
            "secretKey": keys.map(|keys| &keys.secret_key),
            "sessionToken": keys.and_then(|keys| keys.session_token.as_ref()),
            "mirrors": self.0.hashed_mirrors(),
        });
        Ok(settings.to_string().into_bytes())
    }
}

/// Returns what [`FetchSettings`] collected: how to reach servers, and the mirrors.
fn read_settings(job: &BuiltinJob) -> Result<(ClientOptions, Vec<String>), String> {
    let settings: Value = serde_json::from_slice(&job.settings)
        .map_err(|error| format!("the settings of 'builtin:fetchurl' are malformed: {error}"))?;
    let text = |name: &str| settings[name].as_str().map(str::to_owned);
    let seconds = |name: &str| settings[name].as_u64().map(Duration::from_secs);
    let defaults = ClientOptions::default();
    let attempts = settings["attempts"].as_u64();
    let options = ClientOptions {
        user_agent: text("userAgent").unwrap_or(defaults.user_agent),
        connect_timeout: seconds("connectTimeout"),
        stalled_timeout: seconds("stalledTimeout"),
        attempts: attempts
            .and_then(|attempts| u32::try_from(attempts).ok())
            .unwrap_or(defaults.attempts),
        netrc: Netrc::parse(&text("netrc").unwrap_or_default()),
        certificates: vec![write_certificates(
            job,
            &text("certificates").unwrap_or_default(),
        )?],
        proxies: (text("httpProxy"), text("httpsProxy")),
        no_proxy: text("noProxy"),
        s3_credentials: text("accessKey")
            .zip(text("secretKey"))
            .map(|(access_key, secret_key)| S3Credentials {
                access_key,
                secret_key,
                session_token: text("sessionToken"),
            }),
        observer: Arc::new(Retries),
        ..defaults
    };
    let mirrors = settings["mirrors"].as_array().into_iter().flatten();
    let mirrors = mirrors.filter_map(Value::as_str).map(str::to_owned);
    Ok((options, mirrors.collect()))
}

/// Writes the certificates where the client reads them: a file in the builder's own directory.
fn write_certificates(job: &BuiltinJob, text: &str) -> Result<PathBuf, String> {
    let path = job.directory.join(".certificates.pem");
    if !text.is_empty() {
        fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|error| format!("cannot write '{}': {error}", path.display()))?;
    }
    Ok(path)
}
