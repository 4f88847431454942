//! How a cache is read and written: the parameters of its name.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use nix_store::signature::SecretKey;
use nix_transfer::coding::Compression;

use crate::error::CacheError;

/// How a cache is read and written.
#[derive(Debug, Clone)]
pub struct CacheOptions {
    /// How archives are compressed that are put there (`compression`).
    pub compression: Compression,
    /// How much (`compression-level`).
    pub level: Option<u32>,
    /// Whether by all processors (`parallel-compression`).
    pub parallel: bool,
    /// The keys that sign what is put there (`secret-key`, `secret-keys`: files).
    pub secret_keys: Vec<SecretKey>,
    /// Whether listings are written (`write-nar-listing`).
    pub write_listings: bool,
    /// Whether it is written where debugging symbols are (`index-debug-info`).
    pub index_debug_info: bool,
    /// How narinfos, listings and logs are compressed (`narinfo-compression`, `ls-compression`,
    /// `log-compression`). Clients are told by the coding of HTTP.
    pub text_compression: BTreeMap<&'static str, Compression>,
    /// Whether it may be asked for much, whatever it says itself (`want-mass-query`).
    pub want_mass_query: Option<bool>,
    /// When it is asked, whatever it says itself (`priority`).
    pub priority: Option<i64>,
    /// Whether nobody needs to vouch for its objects (`trusted`).
    pub trusted: bool,
    /// Whether nothing can be put there.
    pub read_only: bool,
    /// Where archives that were read are kept (`local-nar-cache`).
    pub local_archives: Option<PathBuf>,
    /// Where large archives are compressed to before they are sent.
    pub temporary_directory: PathBuf,
}

impl Default for CacheOptions {
    fn default() -> CacheOptions {
        CacheOptions {
            compression: Compression::Xz,
            level: None,
            parallel: false,
            secret_keys: Vec::new(),
            write_listings: false,
            index_debug_info: false,
            text_compression: BTreeMap::new(),
            want_mass_query: None,
            priority: None,
            trusted: false,
            read_only: false,
            local_archives: None,
            temporary_directory: PathBuf::from("/tmp"),
        }
    }
}

impl CacheOptions {
    /// Those that the parameters of a store's name say. Others are passed over.
    ///
    /// # Errors
    /// When a value is none, or a key cannot be read.
    pub fn from_parameters(
        parameters: &BTreeMap<String, String>,
    ) -> Result<CacheOptions, CacheError> {
        let mut options = CacheOptions::default();
        for (name, value) in parameters {
            let wrong = |name| CacheError::Setting {
                name,
                value: value.clone(),
            };
            let switch = |name| match value.as_str() {
                "true" | "yes" | "1" => Ok(true),
                "false" | "no" | "0" => Ok(false),
                _ => Err(wrong(name)),
            };
            let compression = |name| Compression::from_name(value).ok_or_else(|| wrong(name));
            match name.as_str() {
                "compression" => options.compression = compression("compression")?,
                "compression-level" if value == "-1" => options.level = None,
                "compression-level" => {
                    let level = value.parse().map_err(|_| wrong("compression-level"))?;
                    options.level = Some(level);
                }
                "parallel-compression" => options.parallel = switch("parallel-compression")?,
                "secret-key" | "secret-keys" => {
                    for file in value.split(',').filter(|file| !file.is_empty()) {
                        options.secret_keys.push(read_key(file)?);
                    }
                }
                "write-nar-listing" => options.write_listings = switch("write-nar-listing")?,
                "index-debug-info" => options.index_debug_info = switch("index-debug-info")?,
                "narinfo-compression" => {
                    let compression = compression("narinfo-compression")?;
                    options.text_compression.insert(".narinfo", compression);
                }
                "ls-compression" => {
                    let compression = compression("ls-compression")?;
                    options.text_compression.insert(".ls", compression);
                }
                "log-compression" => {
                    let compression = compression("log-compression")?;
                    options.text_compression.insert("log/", compression);
                }
                "want-mass-query" => options.want_mass_query = Some(switch("want-mass-query")?),
                "priority" => {
                    let priority = value.parse().map_err(|_| wrong("priority"))?;
                    options.priority = Some(priority);
                }
                "trusted" => options.trusted = switch("trusted")?,
                "local-nar-cache" => options.local_archives = Some(PathBuf::from(value)),
                _ => {}
            }
        }
        Ok(options)
    }
}

/// Reads a secret key from a file.
fn read_key(file: &str) -> Result<SecretKey, CacheError> {
    let path = PathBuf::from(file);
    let text = fs::read_to_string(&path).map_err(|error| CacheError::Io {
        action: "read",
        path: path.clone(),
        error,
    })?;
    text.parse()
        .map_err(|error| CacheError::Key { path, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(parameters: &[(&str, &str)]) -> Result<CacheOptions, CacheError> {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        CacheOptions::from_parameters(&parameters)
    }

    #[test]
    fn parameters_are_settings() {
        let read = options(&[
            ("compression", "zstd"),
            ("compression-level", "19"),
            ("want-mass-query", "true"),
            ("priority", "-3"),
            ("ls-compression", "br"),
            ("store", "/other"),
        ])
        .expect("settings");
        assert_eq!(read.compression, Compression::Zstd);
        assert_eq!(read.level, Some(19));
        assert_eq!(read.want_mass_query, Some(true));
        assert_eq!(read.priority, Some(-3));
        assert_eq!(read.text_compression.get(".ls"), Some(&Compression::Brotli));
        for (name, value) in [
            ("compression", "lha"),
            ("priority", "high"),
            ("trusted", "maybe"),
            ("secret-key", "/nowhere/key"),
        ] {
            assert!(options(&[(name, value)]).is_err(), "{name}");
        }
    }
}
