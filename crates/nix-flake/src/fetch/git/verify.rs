//! Signatures of commits (`verifyCommit`, `publicKey`, `publicKeys`).
//!
//! The commit is taken apart here and the signature given to `ssh-keygen`. The program `git` would read
//! the repository's own configuration, which can name another program to check signatures with.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use gix::{ObjectId, Repository};
use serde_json::Value;

use super::git_error;
use crate::fetch::{FetchError, TreeFetcher};
use crate::reference::{Input, ReferenceError};

/// The type of a key that does not say its own.
const USUAL_TYPE: &str = "ssh-ed25519";

/// The types of keys by the names that Nix gives them, and OpenSSH's names.
const KEY_TYPES: [(&str, &str); 6] = [
    ("ssh-dsa", "ssh-dsa"),
    ("ssh-ecdsa", "ssh-ecdsa"),
    ("ssh-ecdsa-sk", "sk-ecdsa-sha2-nistp256@openssh.com"),
    ("ssh-ed25519", "ssh-ed25519"),
    ("ssh-ed25519-sk", "sk-ssh-ed25519@openssh.com"),
    ("ssh-rsa", "ssh-rsa"),
];

/// A key that may have signed a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PublicKey {
    key_type: String,
    key: String,
}

/// The keys one of which must have signed the commit of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::fetch) struct Verification {
    keys: Vec<PublicKey>,
}

impl Verification {
    /// Returns what an input wants to be checked; `None` if its commit need not be signed.
    ///
    /// # Errors
    /// If the feature is not enabled, or an attribute is malformed.
    pub(in crate::fetch) fn of(
        fetcher: &TreeFetcher,
        input: &Input,
    ) -> Result<Option<Verification>, FetchError> {
        let attributes = input.attributes();
        let names = ["verifyCommit", "keytype", "publicKey", "publicKeys"];
        if !names.iter().any(|name| attributes.contains(name)) {
            return Ok(None);
        }
        if !fetcher.settings().verified_fetches {
            return Err(FetchError::MissingFeature("verified-fetches"));
        }
        let mut keys = match attributes.string("publicKeys")? {
            Some(text) => parse_keys(text)?,
            None => Vec::new(),
        };
        let key_type = attributes.string("keytype")?.unwrap_or(USUAL_TYPE);
        if let Some(key) = attributes.string("publicKey")? {
            keys.push(PublicKey {
                key_type: key_type.to_owned(),
                key: key.to_owned(),
            });
        }
        let is_wanted = attributes
            .boolean("verifyCommit")?
            .unwrap_or(!keys.is_empty());
        Ok(is_wanted.then_some(Verification { keys }))
    }

    /// Returns the text that stands for these keys where it is remembered that they were checked.
    pub(in crate::fetch) fn key_text(&self) -> String {
        let keys = self.keys.iter();
        keys.map(|key| format!("{} {};", key.key_type, key.key))
            .collect()
    }

    /// Checks the signature of a commit.
    ///
    /// # Errors
    /// If none of the keys signed it.
    pub(super) fn check(
        &self,
        path: &Path,
        repository: &Repository,
        id: ObjectId,
    ) -> Result<(), FetchError> {
        let failed = |reason: &str| FetchError::Signature {
            revision: id.to_string(),
            reason: reason.to_owned(),
        };
        let signers = self.allowed_signers()?;
        let commit = repository
            .find_commit(id)
            .map_err(|error| git_error(path, &error))?;
        let signature = commit
            .signature()
            .map_err(|error| git_error(path, &error))?;
        let Some((signature, signed)) = signature else {
            return Err(failed("the commit is not signed"));
        };
        let signed = signed.to_bstring();
        if !signature.starts_with(b"-----BEGIN SSH SIGNATURE-----") {
            return Err(failed("the signature is not one of an SSH key"));
        }
        let directory = tempfile::tempdir().map_err(FetchError::io("creating", path))?;
        let write = |name: &str, bytes: &[u8]| -> Result<PathBuf, FetchError> {
            let file = directory.path().join(name);
            std::fs::write(&file, bytes).map_err(FetchError::io("writing", &file))?;
            Ok(file)
        };
        let signers = write("allowed_signers", signers.as_bytes())?;
        let signature = write("signature", &signature)?;
        let found = ssh_keygen(&["find-principals"], &signers, &signature, &[])?;
        if !found.status.success() {
            return Err(failed("No principal matched."));
        }
        let arguments = ["verify", "-n", "git", "-I", "*"];
        let verified = ssh_keygen(&arguments, &signers, &signature, &signed)?;
        match verified.status.success() {
            true => Ok(()),
            false => Err(failed(String::from_utf8_lossy(&verified.stderr).trim_end())),
        }
    }

    /// Returns the keys in the form in which `ssh-keygen` reads them.
    fn allowed_signers(&self) -> Result<String, FetchError> {
        let mut text = String::new();
        for PublicKey { key_type, key } in &self.keys {
            let known = KEY_TYPES.iter().find(|(name, _)| name == key_type);
            let Some((_, name)) = known else {
                let known: String = KEY_TYPES.map(|(name, _)| format!("  {name}\n")).concat();
                return Err(invalid(format!(
                    "Invalid SSH key type '{key_type}' in publicKeys.\nPlease use one of:\n{known}"
                )));
            };
            if key.chars().any(|c| c.is_whitespace() || c.is_control()) {
                return Err(invalid(format!("'{key}' is not a public key")));
            }
            // A text can always be appended to.
            let _ = writeln!(text, "* {name} {key}");
        }
        Ok(text)
    }
}

fn invalid(message: String) -> FetchError {
    ReferenceError::Invalid(message).into()
}

/// Reads the keys of `publicKeys`: a list of sets in JSON.
fn parse_keys(text: &str) -> Result<Vec<PublicKey>, FetchError> {
    let malformed = || {
        invalid(format!(
            "'publicKeys' has to be a list of sets with 'key' and perhaps 'type', but is: {text}"
        ))
    };
    let json: Value = serde_json::from_str(text).map_err(|_| malformed())?;
    let keys = json.as_array().ok_or_else(malformed)?;
    keys.iter()
        .map(|key| {
            let key_type = match key.get("type") {
                None => Some(USUAL_TYPE),
                Some(key_type) => key_type.as_str(),
            };
            Some(PublicKey {
                key_type: key_type?.to_owned(),
                key: key.get("key")?.as_str()?.to_owned(),
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}

/// Runs `ssh-keygen -Y` on a signature.
fn ssh_keygen(
    arguments: &[&str],
    signers: &Path,
    signature: &Path,
    signed: &[u8],
) -> Result<Output, FetchError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => FetchError::NoProgram("ssh-keygen"),
        _ => FetchError::io("running", Path::new("ssh-keygen"))(error),
    };
    let mut child = Command::new("ssh-keygen")
        .arg("-Y")
        .args(arguments)
        .arg("-f")
        .arg(signers)
        .arg("-s")
        .arg(signature)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that does not read to the end says itself what is wrong.
        let _ = stdin.write_all(signed);
    }
    child.wait_with_output().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_or_refused() {
        let keys = parse_keys(r#"[{"key":"AAAA"},{"key":"BBBB","type":"ssh-rsa"}]"#);
        let types: Vec<String> = keys
            .expect("keys")
            .into_iter()
            .map(|key| key.key_type)
            .collect();
        assert_eq!(types, ["ssh-ed25519", "ssh-rsa"]);
        for wrong in ["", "{}", "[1]", r#"[{"type":"ssh-rsa"}]"#, r#"[{"key":1}]"#] {
            assert!(parse_keys(wrong).is_err(), "{wrong}");
        }
    }
}
