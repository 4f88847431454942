//! `nix-hash` and `nix hash`: hashes of files and trees, and the forms in which they are written.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;

use nix_wire::hash::{Hash, HashAlgorithm, HashFormat, compress};
use nix_wire::nar::Filesystem;

use super::configuration::{Configuration, feature_disabled};
use super::engine::plain;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

/// The commands of `nix hash`, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], super::Applet)] = &[
    (&["hash", "convert"], |words, _| {
        finish(&words, "nix", convert)
    }),
    (&["hash", "file"], |words, environment| {
        finish(&words, "nix", |words| hash(words, environment, Mode::Flat))
    }),
    (&["hash", "path"], |words, environment| {
        finish(&words, "nix", |words| {
            hash(words, environment, Mode::Archive)
        })
    }),
    (&["hash", "to-base16"], |words, _| {
        finish(&words, "nix", |words| to(words, HashFormat::Base16))
    }),
    (&["hash", "to-base32"], |words, _| {
        finish(&words, "nix", |words| to(words, HashFormat::Nix32))
    }),
    (&["hash", "to-base64"], |words, _| {
        finish(&words, "nix", |words| to(words, HashFormat::Base64))
    }),
    (&["hash", "to-sri"], |words, _| {
        finish(&words, "nix", |words| to(words, HashFormat::Sri))
    }),
];

/// What is hashed of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// The bytes of a file.
    Flat,
    /// The archive of a tree.
    Archive,
    /// As Git hashes files and trees.
    Git,
}

/// Why nothing came of it.
enum Trouble {
    /// The command line is wrong.
    Usage(String),
    /// Anything else.
    Failed(String),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        Trouble::Failed(failure.message)
    }
}

fn usage(error: impl std::fmt::Display) -> Trouble {
    Trouble::Usage(error.to_string())
}

fn failed(error: impl std::fmt::Display) -> Trouble {
    Trouble::Failed(error.to_string())
}

/// `nix-hash`
#[expect(clippy::needless_pass_by_value, reason = "all applets have this type")]
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    finish(&words, "nix-hash", |words| classic(words, environment))
}

fn finish(
    words: &[OsString],
    program: &str,
    work: impl FnOnce(Vec<String>) -> Result<Vec<String>, Trouble>,
) -> u8 {
    let words = words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    match work(words) {
        Ok(lines) => {
            let mut output = terminal::stdout().lock();
            let written = lines.iter().try_for_each(|line| writeln!(output, "{line}"));
            u8::from(written.is_err())
        }
        Err(Trouble::Usage(message)) => {
            plain(&format!(
                "error: {message}\nTry '{program} --help' for more information."
            ));
            1
        }
        Err(Trouble::Failed(message)) => {
            plain(&format!("error: {message}"));
            1
        }
    }
}

/// The options of all of these commands.
#[derive(Default)]
struct Options {
    algorithm: Option<HashAlgorithm>,
    format: Option<HashFormat>,
    from: Option<(String, HashFormat)>,
    mode: Option<Mode>,
    to: Option<HashFormat>,
    truncate: bool,
    case_hack: bool,
    settings: Vec<(String, String)>,
    rest: Vec<String>,
}

impl Options {
    /// The hashes of the paths that were named, shortened when that is asked for.
    fn hashes_of_paths(
        &self,
        directory: &Path,
        mode: Mode,
        algorithm: HashAlgorithm,
    ) -> Result<Vec<Hash>, Trouble> {
        let hash = |path| hash_of(&directory.join(path), mode, algorithm, self.case_hack);
        self.rest
            .iter()
            .map(|path| Ok(truncated(hash(path)?, self.truncate)))
            .collect()
    }

    fn parse(words: Vec<String>) -> Result<Options, Trouble> {
        let mut options = Options::default();
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            let mut value = || {
                words
                    .next()
                    .ok_or_else(|| usage(format!("flag '{word}' requires an argument")))
            };
            match word.as_str() {
                "--type" | "--algo" | "--hash-algo" => {
                    options.algorithm = Some(value()?.parse().map_err(usage)?);
                }
                "--format" => options.format = Some(value()?.parse().map_err(usage)?),
                "--to" => options.to = Some(value()?.parse().map_err(usage)?),
                "--from" => {
                    let name = value()?;
                    let format = name.parse().map_err(usage)?;
                    options.from = Some((name, format));
                }
                "--base16" => options.format = Some(HashFormat::Base16),
                "--base32" => options.format = Some(HashFormat::Nix32),
                "--base64" => options.format = Some(HashFormat::Base64),
                "--sri" => options.format = Some(HashFormat::Sri),
                "--to-base16" => options.to = Some(HashFormat::Base16),
                "--to-base32" => options.to = Some(HashFormat::Nix32),
                "--to-base64" => options.to = Some(HashFormat::Base64),
                "--to-sri" => options.to = Some(HashFormat::Sri),
                "--flat" => options.mode = Some(Mode::Flat),
                "--truncate" => options.truncate = true,
                "--mode" => options.mode = Some(mode(&value()?)?),
                "--extra-experimental-features" | "--experimental-features" => {
                    let features = value()?;
                    options.settings.push((word[2..].to_owned(), features));
                }
                "--log-format" => {
                    value()?;
                }
                "--option" => {
                    let (name, set) = (value()?, value()?);
                    if name == "use-case-hack" {
                        options.case_hack = set == "true";
                    }
                }
                "-v" | "--verbose" | "--quiet" | "--debug" => {}
                "--" => options.rest.extend(words.by_ref()),
                _ if word.len() > 1 && word.starts_with('-') => {
                    return Err(usage(format!("unrecognised flag '{word}'")));
                }
                _ => options.rest.push(word),
            }
        }
        Ok(options)
    }
}

fn mode(name: &str) -> Result<Mode, Trouble> {
    match name {
        "flat" => Ok(Mode::Flat),
        "nar" => Ok(Mode::Archive),
        "git" => Ok(Mode::Git),
        _ => Err(usage(format!(
            "Unknown file ingestion method '{name}', expect `flat`, `nar`, or `git`"
        ))),
    }
}

/// `nix-hash`: base 16 and MD5 unless asked otherwise; or a conversion.
fn classic(words: Vec<String>, environment: &Environment) -> Result<Vec<String>, Trouble> {
    let options = Options::parse(words)?;
    let algorithm = options.algorithm.unwrap_or(HashAlgorithm::Md5);
    if let Some(format) = options.to {
        return options
            .rest
            .iter()
            .map(|text| Hash::parse(text, Some(algorithm)))
            .map(|hash| Ok(hash.map_err(failed)?.to_text(format, false)))
            .collect();
    }
    let format = options.format.unwrap_or(HashFormat::Base16);
    let mode = options.mode.unwrap_or(Mode::Archive);
    let directory = &environment.directory;
    let hashes = options.hashes_of_paths(directory, mode, algorithm)?;
    Ok(hashes
        .iter()
        .map(|hash| hash.to_text(format, format == HashFormat::Sri))
        .collect())
}

/// `nix hash path` and `nix hash file`: SRI and SHA-256 unless asked otherwise.
fn hash(
    words: Vec<String>,
    environment: &Environment,
    default: Mode,
) -> Result<Vec<String>, Trouble> {
    let options = Options::parse(words)?;
    let algorithm = options.algorithm.unwrap_or(HashAlgorithm::Sha256);
    let format = options.format.unwrap_or(HashFormat::Sri);
    let mode = options.mode.unwrap_or(default);
    if mode == Mode::Git
        && !Configuration::load(environment, &options.settings)?.has_feature("git-hashing")
    {
        return Err(feature_disabled("git-hashing").into());
    }
    let directory = &environment.directory;
    let hashes = options.hashes_of_paths(directory, mode, algorithm)?;
    Ok(hashes
        .iter()
        .map(|hash| hash.to_text(format, false))
        .collect())
}

/// `nix hash convert`
fn convert(words: Vec<String>) -> Result<Vec<String>, Trouble> {
    let options = Options::parse(words)?;
    let format = options.to.unwrap_or(HashFormat::Sri);
    options
        .rest
        .iter()
        .map(|text| {
            let (hash, found) = Hash::parse_with_format(text, options.algorithm).map_err(failed)?;
            match &options.from {
                Some((name, from)) if *from != found => Err(usage(format!(
                    "input hash '{text}' has format '{}', but '--from {name}' was specified",
                    format_name(found)
                ))),
                _ => Ok(hash.to_text(format, false)),
            }
        })
        .collect()
}

fn format_name(format: HashFormat) -> &'static str {
    match format {
        HashFormat::Base16 => "base16",
        HashFormat::Nix32 => "nix32",
        HashFormat::Base64 => "base64",
        HashFormat::Sri => "sri",
    }
}

/// `nix hash to-…`
fn to(words: Vec<String>, format: HashFormat) -> Result<Vec<String>, Trouble> {
    let options = Options::parse(words)?;
    options
        .rest
        .iter()
        .map(|text| Hash::parse(text, options.algorithm))
        .map(|hash| Ok(hash.map_err(failed)?.to_text(format, false)))
        .collect()
}

fn hash_of(
    path: &Path,
    mode: Mode,
    algorithm: HashAlgorithm,
    case_hack: bool,
) -> Result<Hash, Trouble> {
    match mode {
        Mode::Flat => {
            let mut bytes = Vec::new();
            std::fs::File::open(path)
                .and_then(|mut file| file.read_to_end(&mut bytes))
                .map_err(|error| Failure::io("read", path, &error))?;
            Ok(Hash::of(algorithm, bytes))
        }
        Mode::Archive | Mode::Git => {
            // Links on the way to the path are followed, the path itself is not.
            let path = match (path.parent(), path.file_name()) {
                (Some(parent), Some(name)) => match parent.canonicalize() {
                    Ok(parent) => parent.join(name),
                    Err(_) => path.to_owned(),
                },
                _ => path.to_owned(),
            };
            if std::fs::symlink_metadata(&path).is_err() {
                return Err(failed(format!("path '{}' does not exist", path.display())));
            }
            let mut tree = Filesystem::new(&path);
            if case_hack {
                tree = tree.with_case_hack();
            }
            if mode == Mode::Git {
                return nix_wire::nar::git_hash(&mut tree, algorithm).map_err(failed);
            }
            nix_wire::nar::hash(&mut tree, algorithm)
                .map(|(hash, _)| hash)
                .map_err(failed)
        }
    }
}

/// A hash of at most 20 bytes, as in the names of store paths.
fn truncated(hash: Hash, truncate: bool) -> Hash {
    const BYTES: usize = 20;
    if !truncate || hash.digest().len() <= BYTES {
        return hash;
    }
    let short: [u8; BYTES] = compress(hash.digest());
    // SHA-1 is the algorithm whose hashes have this length; only the digits are printed.
    Hash::from_digest(HashAlgorithm::Sha1, &short).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const SRI: &str = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";

    fn converted(line: &str) -> Result<Vec<String>, String> {
        let words = line.split(' ').map(str::to_owned).collect();
        convert(words).map_err(|trouble| match trouble {
            Trouble::Usage(message) | Trouble::Failed(message) => message,
        })
    }

    #[test]
    fn forms_are_converted_and_checked() {
        assert_eq!(
            converted(&format!("--hash-algo sha256 {HEX}")).unwrap(),
            [SRI]
        );
        assert_eq!(converted(&format!("--to base16 {SRI}")).unwrap(), [HEX]);
        let wrong = converted(&format!("--hash-algo sha256 --from nix32 {HEX}"));
        assert!(wrong.unwrap_err().contains("'base16', but '--from nix32'"));
        assert!(converted(HEX).is_err());
    }
}
