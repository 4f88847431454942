//! Who vouches for an object: Ed25519 signatures, written `NAME:BASE64`.
//!
//! A secret key is the 64 bytes of seed and public key, a public key 32 bytes, a signature 64. What
//! is signed is the object's fingerprint: path, hash, size and references.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use nix_wire::StoreDir;
use nix_wire::hash::encoding::{base64, decode_base64};
use nix_wire::narinfo::fingerprint;

use crate::PathInfo;

/// What is wrong with a key or signature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum KeyError {
    #[error("key is corrupt: it is not of the form 'NAME:BASE64'")]
    Form,
    #[error("{0} key is not valid")]
    Invalid(&'static str),
    #[error("the system has no random numbers: {0}")]
    Random(String),
}

/// A key that signs.
#[derive(Clone)]
pub struct SecretKey {
    name: String,
    key: SigningKey,
}

/// A key by which a signature is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: VerifyingKey,
}

/// The keys whose owners are trusted, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublicKeys(BTreeMap<String, VerifyingKey>);

impl SecretKey {
    /// A new one.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn generate(name: &str) -> Result<SecretKey, KeyError> {
        let mut seed = [0; 32];
        let mut filled = 0;
        while filled < seed.len() {
            let flags = rustix::rand::GetRandomFlags::empty();
            filled += rustix::rand::getrandom(&mut seed[filled..], flags)
                .map_err(|error| KeyError::Random(error.to_string()))?;
        }
        Ok(SecretKey {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// The key by which its signatures are known.
    #[must_use]
    pub fn to_public(&self) -> PublicKey {
        PublicKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// The signature of a text.
    #[must_use]
    pub fn sign(&self, text: &str) -> String {
        let signature = self.key.sign(text.as_bytes());
        format!("{}:{}", self.name, base64(&signature.to_bytes()))
    }

    /// Signs an object of a store.
    pub fn sign_info(&self, store_dir: &StoreDir, info: &mut PathInfo) {
        let signature = self.sign(&fingerprint_of(store_dir, info));
        if !info.signatures.contains(&signature) {
            info.signatures.push(signature);
        }
    }
}

/// The text that is signed to vouch for an object.
#[must_use]
pub fn fingerprint_of(store_dir: &StoreDir, info: &PathInfo) -> String {
    fingerprint(
        store_dir,
        &info.path,
        &info.nar_hash,
        info.nar_size,
        &info.references,
    )
}

impl FromStr for SecretKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<SecretKey, KeyError> {
        let (name, bytes) = split(text)?;
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| KeyError::Invalid("secret"))?;
        let key =
            SigningKey::from_keypair_bytes(&bytes).map_err(|_| KeyError::Invalid("secret"))?;
        Ok(SecretKey { name, key })
    }
}

impl fmt::Display for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}:{}",
            self.name,
            base64(&self.key.to_keypair_bytes())
        )
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SecretKey")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        let (name, bytes) = split(text)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| KeyError::Invalid("public"))?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| KeyError::Invalid("public"))?;
        Ok(PublicKey { name, key })
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, base64(self.key.as_bytes()))
    }
}

impl PublicKeys {
    /// Reads keys with white space between them.
    ///
    /// # Errors
    /// When one is none.
    pub fn parse(text: &str) -> Result<PublicKeys, KeyError> {
        text.split_whitespace().map(str::parse).collect()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the keys of others.
    pub fn extend(&mut self, others: PublicKeys) {
        self.0.extend(others.0);
    }

    /// Whether `signature` is one of a text by the owner of one of these keys.
    #[must_use]
    pub fn verify(&self, text: &str, signature: &str) -> bool {
        let verified = || {
            let (name, bytes) = split(signature).ok()?;
            let signature = Signature::from_slice(&bytes).ok()?;
            self.0.get(&name)?.verify(text.as_bytes(), &signature).ok()
        };
        verified().is_some()
    }

    /// How many of an object's signatures are by owners of these keys.
    #[must_use]
    pub fn count_valid(&self, store_dir: &StoreDir, info: &PathInfo) -> usize {
        if self.is_empty() || info.signatures.is_empty() {
            return 0;
        }
        let text = fingerprint_of(store_dir, info);
        info.signatures
            .iter()
            .filter(|signature| self.verify(&text, signature))
            .count()
    }
}

impl FromIterator<PublicKey> for PublicKeys {
    fn from_iter<T: IntoIterator<Item = PublicKey>>(keys: T) -> PublicKeys {
        PublicKeys(keys.into_iter().map(|key| (key.name, key.key)).collect())
    }
}

fn split(text: &str) -> Result<(String, Vec<u8>), KeyError> {
    let (name, encoded) = text.trim().split_once(':').ok_or(KeyError::Form)?;
    let bytes = decode_base64(encoded).map_err(|_| KeyError::Form)?;
    if name.is_empty() || bytes.is_empty() {
        return Err(KeyError::Form);
    }
    Ok((name.to_owned(), bytes))
}

/// Whom a store trusts to vouch for objects that are brought to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Whether somebody has to (`require-sigs`).
    pub required: bool,
    /// By whose signatures (`trusted-public-keys`).
    pub keys: PublicKeys,
}

impl Default for Trust {
    /// Nobody is trusted.
    fn default() -> Trust {
        Trust {
            required: true,
            keys: PublicKeys::default(),
        }
    }
}

impl Trust {
    /// Whether an object may be taken in: somebody vouches for it, or its path follows from its
    /// contents, which are compared when it is.
    #[must_use]
    pub fn accepts(&self, store_dir: &StoreDir, info: &PathInfo) -> bool {
        !self.required
            || follows_from_address(store_dir, info)
            || self.keys.count_valid(store_dir, info) > 0
    }
}

/// Whether the path of an object follows from its content address, as far as that can be told
/// without its contents.
#[must_use]
pub fn follows_from_address(store_dir: &StoreDir, info: &PathInfo) -> bool {
    let Some(address) = &info.content_address else {
        return false;
    };
    let others: Vec<_> = info
        .references
        .iter()
        .filter(|path| **path != info.path)
        .cloned()
        .collect();
    let references = nix_wire::store_path::References {
        others: &others,
        to_itself: others.len() != info.references.len(),
    };
    store_dir
        .content_path(info.path.name(), address.method, &address.hash, references)
        .is_ok_and(|path| path == info.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix_wire::{Hash, StorePath};

    // Made by `nix key generate-secret --key-name test-1` and `nix store sign` of Nix 2.34.8.
    const SECRET: &str = "test-1:CE63fIH2gustbVW7ttrsVF3Rk9RXRK0o0r2T4fgi6e29x0fUDiAiG2FIm5Wlh1qEO7PA9Dc38q9fl9oAsaYwqA==";
    const PUBLIC: &str = "test-1:vcdH1A4gIhthSJuVpYdahDuzwPQ3N/KvX5faALGmMKg=";
    const FINGERPRINT: &str = "1;/nix/store/m5zd3qj7c4bs4g5d8hqvs5pc5xicclfg-x;sha256:04zwf782yjwnh3q6hz5izfd6jyip8kgw6g6yj43fiqhbyhdd0dqw;120;";
    const SIGNATURE: &str = "test-1:etwMtCI5/LFjvVVrBM57MvOO+19N5eiOR8Zzey0sszhbObkhZtoyN0Uw4CiaUJh8AE5yLA6l3ePA9EXdyQr4Bw==";

    #[test]
    fn keys_and_signatures_are_those_of_nix() {
        let secret: SecretKey = SECRET.parse().expect("a secret key");
        assert_eq!(secret.to_string(), SECRET);
        assert_eq!(secret.to_public().to_string(), PUBLIC);
        assert_eq!(secret.sign(FINGERPRINT), SIGNATURE);
        let keys = PublicKeys::parse(PUBLIC).expect("a public key");
        assert!(keys.verify(FINGERPRINT, SIGNATURE));
        assert!(!keys.verify(&format!("{FINGERPRINT} "), SIGNATURE));
        assert!(!keys.verify(FINGERPRINT, "nonsense"));
        let other = SecretKey::generate("test-1").expect("a key");
        assert!(!keys.verify(FINGERPRINT, &other.sign(FINGERPRINT)));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "x", "x:", ":AAAA", "x:AAAA", "x:!!!!"] {
            assert!(text.parse::<SecretKey>().is_err(), "{text}");
            assert!(text.parse::<PublicKey>().is_err(), "{text}");
        }
        assert!(!format!("{:?}", SECRET.parse::<SecretKey>()).contains("AA"));
    }

    #[test]
    fn an_object_is_accepted_for_a_signature_over_all_of_it() {
        let store_dir = StoreDir::default();
        let key = SecretKey::generate("k-1").expect("a key");
        let path = StorePath::new(&[1; 20], "x").expect("a path");
        let mut info = PathInfo::new(path, Hash::sha256("x"), 120);
        let mut trust = Trust::default();
        key.sign_info(&store_dir, &mut info);
        key.sign_info(&store_dir, &mut info);
        assert_eq!(info.signatures.len(), 1);
        assert!(!trust.accepts(&store_dir, &info), "nobody is trusted");
        trust.keys = [key.to_public()].into_iter().collect();
        assert!(trust.accepts(&store_dir, &info));
        let mut other = info.clone();
        other.nar_size += 1;
        assert!(!trust.accepts(&store_dir, &other));
        let mut other = info.clone();
        let reference = StorePath::new(&[2; 20], "y").expect("a path");
        other.references.insert(reference);
        assert!(!trust.accepts(&store_dir, &other));
        trust.required = false;
        assert!(trust.accepts(&store_dir, &other));
    }
}
