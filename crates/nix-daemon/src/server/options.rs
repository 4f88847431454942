//! What a client says of how it wants to be served. Somebody who is not trusted may set what harms
//! nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use nix_protocol::worker::Options;
use nix_store::build::BuildOptions;

use super::Service;
use super::tunnel::Tunnel;

/// Settings that everybody may set.
const FREE: &[&str] = &["build-poll-interval", "connect-timeout", "timeout"];
/// Settings that are the daemon's own affair, whoever sends them.
const OWN: &[&str] = &[
    "experimental-features",
    "plugin-files",
    "ssh-auth-sock",
    "store",
];
/// How substituters are set.
const SUBSTITUTERS: &[&str] = &["substituters", "binary-caches"];

/// How builds are made for a client with these options.
pub(super) fn apply(service: &Service, tunnel: &Tunnel<'_>, options: &Options) -> BuildOptions {
    tunnel.set_verbosity(options.verbosity);
    if !service.takes_settings {
        return service.build.clone();
    }
    let wanted = allowed(service, tunnel, &options.others);
    let mut build = service.build.clone();
    if let Some(settings) = service.settings.as_ref().filter(|_| !wanted.is_empty()) {
        match settings.with(&wanted, &*service.store) {
            Ok(own) => build = own,
            Err(reason) => tunnel.warn(&reason),
        }
    }
    let seconds = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
    build.keep_failed = options.keep_failed;
    build.keep_going = options.keep_going;
    build.fallback = options.fallback;
    build.jobs = usize::try_from(options.max_jobs).unwrap_or(usize::MAX);
    build.cores = usize::try_from(options.cores).unwrap_or(0);
    build.silent_timeout = seconds(options.max_silent_time);
    if !options.use_substitutes {
        build.substituters = Vec::new();
    }
    // Free by its name only, not by the one that it had.
    let timeout = options.others.get("timeout");
    if let Some(value) = timeout.or(wanted.get("build-timeout")) {
        build.timeout = value.parse().ok().and_then(seconds);
    }
    build
}

/// Those of the settings that the client may set. It is told of the others.
fn allowed(
    service: &Service,
    tunnel: &Tunnel<'_>,
    others: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut allowed = BTreeMap::new();
    for (name, value) in others {
        let key = name.as_str();
        // Which machines build for a daemon that is one of them: what is built would go round.
        let sends_on = key == "builders" && !value.is_empty() && service.trusted;
        if OWN.contains(&key) || sends_on {
            continue;
        }
        if service.trusted {
            allowed.insert(name.clone(), value.clone());
        } else if SUBSTITUTERS.contains(&key) {
            if let Some(settings) = &service.settings {
                let chosen = choose(value, settings.allowed_substituters(), tunnel);
                allowed.insert(name.clone(), chosen);
            }
        } else if !(FREE.contains(&key) || (key == "builders" && value.is_empty())) {
            tunnel.warn(&format!(
                "ignoring the client-specified setting '{name}', because it is a restricted \
                 setting and you are not a trusted user"
            ));
        }
    }
    allowed
}

/// Those of the substituters that anybody may choose, as they are called here.
fn choose(value: &str, allowed: &BTreeSet<String>, tunnel: &Tunnel<'_>) -> String {
    let mut chosen: Vec<String> = Vec::new();
    for name in value.split_whitespace() {
        let with_slash = format!("{name}/");
        if allowed.contains(name) {
            chosen.push(name.to_owned());
        } else if !name.ends_with('/') && allowed.contains(&with_slash) {
            chosen.push(with_slash);
        } else {
            tunnel.warn(&format!(
                "ignoring untrusted substituter '{name}', you are not a trusted user.\n\
                 Run `man nix.conf` for more information on the `substituters` configuration \
                 option."
            ));
        }
    }
    chosen.join(" ")
}
