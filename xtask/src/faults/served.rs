//! A binary cache whose server cuts connections, damages archives and lies.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use nix_wire::Hash;
use testutils::web::{Server, file_reply};

use super::archives::hostile_nar;
use crate::process::Result;
use crate::random::Random;

/// What the server does to what is asked for.
#[derive(Debug, Clone)]
pub(super) enum Damage {
    /// Connections end after some bytes.
    Cut,
    /// Archives are shorter than they were.
    Truncated,
    /// One bit of each archive is another.
    Flipped,
    /// Signatures are gone, of another key, or of something else.
    Signature,
    /// A line of the narinfo is another.
    Lie(&'static str, String),
    /// The archive of an object is another one, whose hash the narinfo has.
    Hostile { archive: Vec<u8> },
}

impl Damage {
    /// A lie of some kind. None may come to anything that is outside, such as `victim`.
    pub(super) fn lie(random: &mut Random, victim: &Path) -> Damage {
        let outside = victim.display();
        let other = Hash::sha256("other").nix32();
        let other = format!("sha256:{other}");
        let path = format!("{}-upper", "0".repeat(32));
        let lies: [(&'static str, String); 19] = [
            ("NarHash", other.clone()),
            ("NarHash", "sha256:nonsense".to_owned()),
            ("FileHash", other),
            ("NarSize", "1".to_owned()),
            ("NarSize", u64::MAX.to_string()),
            ("NarSize", (1_u64 << 40).to_string()),
            ("NarSize", "-1".to_owned()),
            ("FileSize", "1".to_owned()),
            ("FileSize", (1_u64 << 40).to_string()),
            ("StorePath", format!("{outside}/evil")),
            ("StorePath", "../../canary/evil".to_owned()),
            ("References", path),
            ("References", "../../canary/evil".to_owned()),
            ("URL", format!("{outside}/kept")),
            ("URL", format!("file://{outside}/kept")),
            ("URL", format!("nar/{}kept", "../".repeat(12))),
            ("URL", "http://127.0.0.1:1/nar".to_owned()),
            ("Compression", "lha".to_owned()),
            ("Compression", "bzip2".to_owned()),
        ];
        let index = random.below(lies.len());
        let (name, value) = lies
            .into_iter()
            .nth(index)
            .expect("an index below the length");
        Damage::Lie(name, value)
    }

    /// A hostile archive.
    pub(super) fn hostile(random: &mut Random, victim: &Path) -> Damage {
        loop {
            let archive = hostile_nar(random, victim);
            // What may be unpacked makes an object of other contents, as any cache may.
            if archive.refused {
                return Damage::Hostile {
                    archive: archive.bytes,
                };
            }
        }
    }
}

/// Serves a cache, damaged unless there is no damage.
pub(super) fn serve(cache: PathBuf, damage: Option<Damage>, seed: u64) -> Result<Server> {
    let random = Mutex::new(Random::seeded(Some(seed)).0);
    Ok(Server::start(move |asked| {
        let mut reply = file_reply(&cache, asked);
        let Some(damage) = damage.as_ref() else {
            return reply;
        };
        let mut random = random
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        if reply.status >= 300 {
            return reply;
        }
        let is_archive = asked.path.starts_with("/nar/");
        let is_info = asked.path.ends_with(".narinfo");
        let length = reply.body.len();
        match damage {
            Damage::Cut if random.below(2) == 0 => {
                let at = random.below(length + 1);
                reply = reply.cut_after(at);
            }
            Damage::Truncated if is_archive => reply.body.truncate(random.below(length)),
            Damage::Flipped if is_archive && length > 0 => {
                reply.body[random.below(length)] ^= 1 << random.below(8);
            }
            Damage::Signature if is_info => {
                let kind = random.below(3);
                let byte = random.below(40);
                reply.body = edited(&reply.body, |name, value| match (name, kind) {
                    ("Sig", 0) => None,
                    ("Sig", 1) => Some(value.replacen("faults:", "others:", 1)),
                    ("Sig", _) => {
                        let mut text = value.as_bytes().to_vec();
                        let at = "faults:".len() + byte;
                        text[at] = if text[at] == b'A' { b'B' } else { b'A' };
                        Some(String::from_utf8_lossy(&text).into_owned())
                    }
                    _ => Some(value.to_owned()),
                });
            }
            Damage::Lie(line, lie) if is_info => {
                reply.body = edited(&reply.body, |name, value| {
                    Some(if name == *line { lie } else { value }.to_owned())
                });
            }
            Damage::Hostile { archive } if is_info => {
                let hash = format!("sha256:{}", Hash::sha256(archive).nix32());
                let size = archive.len().to_string();
                reply.body = edited(&reply.body, |name, value| match name {
                    "NarHash" | "FileHash" => Some(hash.clone()),
                    "NarSize" | "FileSize" => Some(size.clone()),
                    "Compression" => Some("none".to_owned()),
                    _ => Some(value.to_owned()),
                });
            }
            Damage::Hostile { archive } if is_archive => reply.body.clone_from(archive),
            _ => {}
        }
        reply
    }))
}

/// A narinfo whose lines are changed or left out.
fn edited(body: &[u8], edit: impl Fn(&str, &str) -> Option<String>) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    let lines = text.lines().filter_map(|line| {
        let (name, value) = line.split_once(": ").unwrap_or((line, ""));
        Some(format!("{name}: {}\n", edit(name, value)?))
    });
    lines.collect::<String>().into_bytes()
}
