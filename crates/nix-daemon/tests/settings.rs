//! Settings that clients want of their own.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use nix_daemon::server::ClientSettings;
use nix_daemon::{DaemonOptions, DaemonStore};
use nix_store::Store;
use nix_store::build::BuildOptions;
use nix_store::signature::{PublicKeys, Trust};
use support::{InProcess, Place, Record, SYSTEM};

/// Notes what was wanted, and takes the keys.
#[derive(Debug, Default)]
struct Noted {
    allowed: BTreeSet<String>,
    wanted: Mutex<Vec<BTreeMap<String, String>>>,
}

impl ClientSettings for Noted {
    fn allowed_substituters(&self) -> &BTreeSet<String> {
        &self.allowed
    }

    fn with(
        &self,
        wanted: &BTreeMap<String, String>,
        store: &dyn Store,
    ) -> Result<BuildOptions, String> {
        self.wanted.lock().expect("whole").push(wanted.clone());
        if let (Some(keys), Some(local)) = (wanted.get("trusted-public-keys"), store.as_local()) {
            let keys = PublicKeys::parse(keys).map_err(|error| error.to_string())?;
            local.set_trust(Trust {
                required: true,
                keys,
            });
        }
        Ok(BuildOptions::new(SYSTEM))
    }
}

/// What the daemon applies of what a client wants, and what it says.
fn applied(trusted: bool, wanted: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
    let place = Place::new();
    let allowed = ["https://usual/", "https://other/x"];
    let noted = Arc::new(Noted {
        allowed: allowed.map(str::to_owned).into(),
        ..Noted::default()
    });
    let record = Record::default();
    let transport = InProcess {
        layout: place.layout.clone(),
        trusted,
        record: record.clone(),
        substituters: Vec::new(),
        settings: Some(noted.clone()),
    };
    let mut options = DaemonOptions::new();
    options.options.others = wanted
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let store_dir = place.layout.store_dir.clone();
    let store = DaemonStore::new("in-process", store_dir, Box::new(transport), options);
    store.all_valid_paths().expect("an answer");
    let said = record.to_client.lock().expect("whole");
    let said = String::from_utf8_lossy(&said).into_owned();
    let mut wanted = noted.wanted.lock().expect("whole");
    (wanted.pop().unwrap_or_default(), said)
}

const WANTED: &[(&str, &str)] = &[
    ("builders", "unix:///this/one"),
    ("experimental-features", "flakes"),
    ("sandbox", "false"),
    ("substituters", "https://usual https://evil https://other/x"),
    ("timeout", "7"),
    ("build-timeout", "8"),
    (
        "trusted-public-keys",
        "evil-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=",
    ),
];

#[test]
fn who_is_trusted_sets_what_concerns_builds() {
    let (applied, said) = applied(true, WANTED);
    let names: Vec<&str> = applied.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "build-timeout",
            "sandbox",
            "substituters",
            "timeout",
            "trusted-public-keys"
        ]
    );
    assert_eq!(
        applied["substituters"],
        "https://usual https://evil https://other/x"
    );
    assert!(!said.contains("warning"), "{said}");
}

#[test]
fn who_is_not_chooses_among_the_daemons_substituters() {
    let (applied, said) = applied(false, WANTED);
    let expected = ("substituters", "https://usual/ https://other/x");
    let expected = BTreeMap::from([(expected.0.to_owned(), expected.1.to_owned())]);
    assert_eq!(applied, expected);
    for text in [
        "ignoring untrusted substituter 'https://evil'",
        "ignoring the client-specified setting 'trusted-public-keys'",
        "ignoring the client-specified setting 'sandbox'",
        "ignoring the client-specified setting 'build-timeout'",
    ] {
        assert!(said.contains(text), "{text}: {said}");
    }
    assert!(!said.contains("'timeout'"), "{said}");
}
