//! How other machines are reached: one answer for stores, flakes and everything else that is fetched.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix_transfer::{ClientOptions, Netrc, S3Credentials};

use crate::environment::Environment;
use crate::store_access::Retries;

/// Settings that `--offline` makes: nothing is asked of other machines.
const OFFLINE: [(&str, &str); 2] = [("substitute", "false"), ("tarball-ttl", "4294967295")];

/// Settings that `--refresh` makes: everything is asked again.
const REFRESH: [(&str, &str); 4] = [
    ("tarball-ttl", "0"),
    ("narinfo-cache-meta-ttl", "0"),
    ("narinfo-cache-positive-ttl", "0"),
    ("narinfo-cache-negative-ttl", "0"),
];

/// Returns the settings that the options `--offline` and `--refresh` stand for.
pub fn settings(offline: bool, refresh: bool) -> Vec<(String, String)> {
    let refreshed = REFRESH.iter().filter(|_| refresh);
    let offline = OFFLINE.iter().filter(|_| offline);
    refreshed
        .chain(offline)
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// Returns whether the settings are those of `--offline`.
pub fn is_offline(setting: &dyn Fn(&str) -> Option<String>) -> bool {
    OFFLINE
        .iter()
        .all(|(name, value)| setting(name).as_deref() == Some(*value))
}

/// Returns the file of names and passwords for servers; nothing if it cannot be read.
pub fn netrc(setting: &dyn Fn(&str) -> Option<String>, environment: &Environment) -> String {
    let file = setting("netrc-file").map_or_else(
        || {
            let directory = environment.path("NIX_CONF_DIR");
            directory
                .unwrap_or_else(|| PathBuf::from("/etc/nix"))
                .join("netrc")
        },
        PathBuf::from,
    );
    std::fs::read_to_string(file).unwrap_or_default()
}

/// Returns how a client works with these settings, in this environment.
pub fn client_options(
    setting: &dyn Fn(&str) -> Option<String>,
    environment: &Environment,
) -> ClientOptions {
    let defaults = ClientOptions::default();
    let number = |name: &str| setting(name).and_then(|text| text.parse::<u64>().ok());
    // Zero stands for no limit.
    let seconds = |name: &str, default: Option<Duration>| match number(name) {
        None => default,
        Some(0) => None,
        Some(seconds) => Some(Duration::from_secs(seconds)),
    };
    let suffix = setting("user-agent-suffix").unwrap_or_default();
    let variable = |names: &[&str]| names.iter().find_map(|name| environment.text(name));
    // One that is named has to exist: certificates of the system are not what the user asked for.
    let certificates =
        setting("ssl-cert-file").or_else(|| variable(&["NIX_SSL_CERT_FILE", "SSL_CERT_FILE"]));
    let credentials = variable(&["AWS_ACCESS_KEY_ID"])
        .zip(variable(&["AWS_SECRET_ACCESS_KEY"]))
        .map(|(access_key, secret_key)| S3Credentials {
            access_key,
            secret_key,
            session_token: variable(&["AWS_SESSION_TOKEN"]),
        });
    let all = variable(&["all_proxy", "ALL_PROXY"]);
    ClientOptions {
        user_agent: format!("{} {suffix}", defaults.user_agent)
            .trim()
            .to_owned(),
        connections: number("http-connections")
            .and_then(|count| usize::try_from(count).ok())
            .unwrap_or(defaults.connections),
        connect_timeout: seconds("connect-timeout", defaults.connect_timeout),
        stalled_timeout: seconds("stalled-download-timeout", defaults.stalled_timeout),
        attempts: number("download-attempts")
            .and_then(|count| u32::try_from(count).ok())
            .unwrap_or(defaults.attempts)
            .max(1),
        netrc: Netrc::parse(&netrc(setting, environment)),
        certificates: certificates.map_or(defaults.certificates, |file| vec![PathBuf::from(file)]),
        proxies: (
            variable(&["http_proxy"]).or_else(|| all.clone()),
            variable(&["https_proxy", "HTTPS_PROXY"]).or(all),
        ),
        no_proxy: variable(&["no_proxy", "NO_PROXY"]),
        s3_credentials: credentials,
        interrupt: crate::interrupt::cancellation().flag(),
        observer: Arc::new(Retries),
        ..defaults
    }
}
