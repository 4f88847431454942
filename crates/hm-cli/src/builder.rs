//! How builders are started: by a fresh process of this program, which becomes the builder, most
//! often in a sandbox. Starting them from the evaluating process would copy its page tables each
//! time.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::applets::configuration::parse_number;
use crate::environment::Environment;
use crate::own_program;
use nix_store::build::{BuildOptions, FreeSpace, Launcher, SandboxMode, SandboxPath};
use nix_store::gc::GcOptions;

/// The hidden first argument that makes this program become a builder.
pub const LAUNCH: &str = "--launch-builder";

/// The default of `sandbox-paths`: the programs of this machine that builders of the embedded
/// packages use.
pub const HOST_PATHS: &[&str] = &[
    "/bin?",
    "/sbin?",
    "/usr?",
    "/lib?",
    "/lib32?",
    "/lib64?",
    "/libx32?",
    "/etc/alternatives?",
];

/// The files of certificates that systems have, the most common first.
const CERTIFICATES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The group whose members builders of root are run as.
const BUILD_USERS_GROUP: &str = "nixbld";

/// Returns whether this process is root's.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Returns the default of `build-users-group`: only root can run builders as others.
pub fn build_users_group() -> &'static str {
    if is_root() { BUILD_USERS_GROUP } else { "" }
}

/// Options for builds on this machine, with this program as their launcher.
pub fn options(environment: &Environment) -> BuildOptions {
    let mut options = BuildOptions::new(nix_engine::current_system());
    options.launcher = own_program::running(environment).map(|program| Launcher {
        program,
        arguments: vec![OsString::from(LAUNCH)],
    });
    options.build_users_group = Some(build_users_group())
        .filter(|group| !group.is_empty())
        .map(str::to_owned);
    options.drop_groups = is_root();
    if cfg!(target_os = "linux") {
        options.sandbox.mode = SandboxMode::Enabled;
        options.sandbox.paths = HOST_PATHS
            .iter()
            .map(|word| SandboxPath::from_word(word))
            .collect();
        let mut certificates = CERTIFICATES.iter().map(PathBuf::from);
        options.sandbox.certificates = certificates.find(|path| path.exists());
    }
    options
}

/// Lets derivations that may see variables of the caller see those of this environment.
pub fn show_environment(options: &mut BuildOptions, environment: &Environment) {
    options.impure_variables = environment
        .variables()
        .map(|(name, value)| {
            let text = |text: &std::ffi::OsStr| text.to_string_lossy().into_owned();
            (text(name), text(value))
        })
        .collect();
}

/// Changes the options as Nix's settings say; `setting` gives the value of one that somebody set.
///
/// # Errors
/// Says which has a value that means nothing.
pub fn apply_settings<'a>(
    options: &mut BuildOptions,
    setting: &dyn Fn(&str) -> Option<&'a str>,
) -> Result<(), String> {
    let words = |name: &str| setting(name).map(str::split_whitespace);
    let switch = |name: &str, value: &mut bool| match setting(name) {
        None => Ok(()),
        Some("true" | "yes" | "1") => {
            *value = true;
            Ok(())
        }
        Some("false" | "no" | "0") => {
            *value = false;
            Ok(())
        }
        Some(other) => Err(format!(
            "Boolean setting '{name}' has invalid value '{other}'"
        )),
    };
    let number = |name: &str| match setting(name) {
        None => Ok(None),
        Some(text) => match parse_number(text) {
            Some(number) => Ok(Some(number)),
            None => Err(format!("setting '{name}' has invalid value '{text}'")),
        },
    };
    // None is no limit.
    let limit = |name: &str| Ok::<_, String>(number(name)?.filter(|limit| *limit > 0));

    if let Some(jobs) = setting("max-jobs").filter(|jobs| *jobs != "auto") {
        options.jobs = jobs.parse().map_err(|_| {
            format!("configuration setting 'max-jobs' should be 'auto' or an integer, not '{jobs}'")
        })?;
    }
    if let Some(cores) = limit("cores")? {
        options.cores = usize::try_from(cores).unwrap_or(usize::MAX);
    }
    if let Some(system) = setting("system").filter(|system| !system.is_empty()) {
        options.systems = vec![system.to_owned()];
    }
    if let Some(platforms) = words("extra-platforms") {
        options.systems.extend(platforms.map(str::to_owned));
    }
    if let Some(features) = words("system-features") {
        options.system_features = features.map(str::to_owned).collect();
    }
    if let Some(directory) = setting("build-dir").filter(|directory| !directory.is_empty()) {
        options.build_dir = Some(directory.into());
    }
    switch("keep-failed", &mut options.keep_failed)?;
    switch("keep-going", &mut options.keep_going)?;
    switch("fallback", &mut options.fallback)?;
    if let Some(lines) = number("log-lines")? {
        options.log_lines = usize::try_from(lines).unwrap_or(usize::MAX);
    }
    switch("keep-build-log", &mut options.logs.keep)?;
    switch("compress-build-log", &mut options.logs.compress)?;
    options.logs.limit = limit("max-build-log-size")?.or(options.logs.limit);
    options.timeout = limit("timeout")?
        .map(Duration::from_secs)
        .or(options.timeout);
    options.silent_timeout = limit("max-silent-time")?
        .map(Duration::from_secs)
        .or(options.silent_timeout);
    switch("filter-syscalls", &mut options.filter_system_calls)?;
    if let Some(group) = setting("build-users-group") {
        options.build_users_group = Some(group.to_owned()).filter(|group| !group.is_empty());
    }
    switch("auto-allocate-uids", &mut options.allocated_users.always)?;
    if let Some(first) = number("start-id")? {
        options.allocated_users.first = id("start-id", first)?;
    }
    if let Some(count) = number("id-count")? {
        options.allocated_users.count = id("id-count", count)?;
    }
    switch(
        "require-drop-supplementary-groups",
        &mut options.drop_groups,
    )?;
    let features: Vec<&str> = words("experimental-features")
        .into_iter()
        .flatten()
        .collect();
    options.refusal = refusal(setting, &features);
    if features.contains(&"configurable-impure-env") {
        let assignments = words("impure-env").into_iter().flatten();
        let variables = assignments.filter_map(|word| word.split_once('='));
        options
            .impure_variables
            .extend(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
    if let Some(least) = number("min-free")?.filter(|least| *least > 0) {
        let collection = GcOptions {
            keep_derivations: setting("keep-derivations").is_none_or(|value| value == "true"),
            keep_outputs: setting("keep-outputs").is_some_and(|value| value == "true"),
            ..GcOptions::default()
        };
        options.free_space = Some(FreeSpace {
            least,
            wanted: number("max-free")?.unwrap_or(i64::MAX as u64),
            interval: Duration::from_secs(number("min-free-check-interval")?.unwrap_or(5)),
            collection,
            // As Nix's tests have it.
            stated_in: options
                .impure_variables
                .get("_NIX_TEST_FREE_SPACE_FILE")
                .map(PathBuf::from),
        });
    }
    if let Some(hook) = setting("post-build-hook") {
        options.post_build_hook = Some(PathBuf::from(hook)).filter(|_| !hook.is_empty());
    }
    let program = |name: &str| {
        setting(name)
            .filter(|path| !path.is_empty())
            .map(PathBuf::from)
    };
    options.pre_build_hook = program("pre-build-hook");
    if setting("run-diff-hook") == Some("true") {
        options.diff_hook = program("diff-hook");
    }

    let sandbox = &mut options.sandbox;
    if let Some(word) = setting("sandbox") {
        sandbox.mode = SandboxMode::from_word(word)
            .ok_or_else(|| format!("option 'sandbox' has invalid value '{word}'"))?;
    }
    if let Some(paths) = words("sandbox-paths") {
        sandbox.paths = paths.map(SandboxPath::from_word).collect();
    }
    switch("sandbox-fallback", &mut sandbox.fallback)?;
    if let Some(directory) = setting("sandbox-build-dir") {
        if !directory.starts_with('/') {
            return Err(format!(
                "setting 'sandbox-build-dir' must be an absolute path, not '{directory}'"
            ));
        }
        sandbox.build_dir = directory.into();
    }
    if let Some(size) = setting("sandbox-dev-shm-size") {
        sandbox.shared_memory = size.to_owned();
    }
    if let Some(paths) = words("allowed-impure-host-deps") {
        sandbox.allowed_host_paths = paths.map(PathBuf::from).collect();
    }
    if let Some(file) = setting("ssl-cert-file") {
        sandbox.certificates = Some(file.into());
    }
    for feature in features {
        match feature {
            "ca-derivations" => options.features.content_addressed = true,
            "recursive-nix" => options.features.recursive = true,
            "impure-derivations" => options.features.impure = true,
            _ => {}
        }
        if matches!(feature, "ca-derivations" | "recursive-nix") {
            options.system_features.insert(feature.to_owned());
        }
    }
    Ok(())
}

/// A number that users and groups can have; none of root's.
fn id(name: &str, number: u64) -> Result<u32, String> {
    let number = u32::try_from(number).ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("setting '{name}' is no number of a user"))
}

/// Returns why nothing is built: a setting asks for a safety that this program cannot give, or for
/// builders that it does not know.
fn refusal<'a>(setting: &dyn Fn(&str) -> Option<&'a str>, features: &[&str]) -> Option<String> {
    let disabled = |feature: &str| {
        format!(
            "experimental Nix feature '{feature}' is disabled; add \
             '--extra-experimental-features {feature}' to enable it"
        )
    };
    let unknown = |name: &str, instead: &str| {
        format!("setting '{name}' is not supported by this program; {instead}")
    };
    let wanted = match setting("use-cgroups") {
        Some("true") => Some((
            "cgroups",
            unknown("use-cgroups", "set 'use-cgroups = false'"),
        )),
        _ => {
            let builders = setting("external-builders").map(str::trim);
            builders
                .filter(|text| !matches!(*text, "" | "[]"))
                .map(|_| {
                    let instead = "set 'external-builders = []'";
                    ("external-builders", unknown("external-builders", instead))
                })
        }
    };
    wanted.map(|(feature, reason)| {
        if features.contains(&feature) {
            reason
        } else {
            disabled(feature)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_applied_and_nonsense_is_refused() {
        let mut options = options(&Environment::default());
        let settings = [
            ("sandbox", "relaxed"),
            ("sandbox-paths", "/bin/sh=/x/busybox /nix?"),
            ("max-jobs", "3"),
            ("timeout", "5"),
            ("max-silent-time", "0"),
            ("compress-build-log", "false"),
            ("experimental-features", "nix-command ca-derivations"),
        ];
        let find = |wanted: &str| {
            let found = settings.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, value)| *value)
        };
        apply_settings(&mut options, &find).expect("settings");
        assert_eq!(options.sandbox.mode, SandboxMode::Relaxed);
        assert_eq!(options.sandbox.paths.len(), 2);
        assert_eq!(options.jobs, 3);
        assert_eq!(options.timeout, Some(Duration::from_secs(5)));
        assert_eq!(options.silent_timeout, None);
        assert!(!options.logs.compress && options.features.content_addressed);
        for (name, value) in [
            ("sandbox", "maybe"),
            ("keep-going", "2"),
            ("max-jobs", "x"),
            ("sandbox-build-dir", "relative"),
            ("start-id", "0"),
        ] {
            let find = |wanted: &str| (wanted == name).then_some(value);
            assert!(apply_settings(&mut options, &find).is_err(), "{name}");
        }
    }
}
