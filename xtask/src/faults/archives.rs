//! Hostile archives: Nix's, tar's and zip's, byte by byte, as no honest program writes them.

use std::path::Path;

use crate::random::Random;

/// An archive and what is expected of it.
pub(super) struct Archive {
    /// What is hostile in it.
    pub what: &'static str,
    pub bytes: Vec<u8>,
    /// Whether it has to be refused, rather than be unpacked without harm.
    pub refused: bool,
}

fn text(archive: &mut Vec<u8>, text: &[u8]) {
    archive.extend_from_slice(&(text.len() as u64).to_le_bytes());
    archive.extend_from_slice(text);
    archive.resize(archive.len().next_multiple_of(8), 0);
}

fn texts(archive: &mut Vec<u8>, all: &[&[u8]]) {
    all.iter().for_each(|one| text(archive, one));
}

fn regular(contents: &[u8]) -> Vec<u8> {
    let mut node = Vec::new();
    texts(
        &mut node,
        &[b"(", b"type", b"regular", b"contents", contents, b")"],
    );
    node
}

fn symlink(target: &[u8]) -> Vec<u8> {
    let mut node = Vec::new();
    texts(
        &mut node,
        &[b"(", b"type", b"symlink", b"target", target, b")"],
    );
    node
}

fn directory(entries: &[(&[u8], Vec<u8>)]) -> Vec<u8> {
    let mut node = Vec::new();
    texts(&mut node, &[b"(", b"type", b"directory"]);
    for (name, child) in entries {
        texts(&mut node, &[b"entry", b"(", b"name", name, b"node"]);
        node.extend_from_slice(child);
        text(&mut node, b")");
    }
    text(&mut node, b")");
    node
}

/// The archive of a node.
fn nar(node: Vec<u8>) -> Vec<u8> {
    let mut archive = Vec::new();
    text(&mut archive, b"nix-archive-1");
    archive.extend(node);
    archive
}

/// An honest archive.
pub(super) fn honest_nar() -> Vec<u8> {
    nar(directory(&[
        (b"a", regular(b"contents")),
        (b"b", symlink(b"a")),
    ]))
}

/// One of the hostile archives of Nix, of which none may reach `victim`.
pub(super) fn hostile_nar(random: &mut Random, victim: &Path) -> Archive {
    let outside = victim.display().to_string().into_bytes();
    let evil = || regular(b"evil");
    let named = |name: &[u8]| nar(directory(&[(name, evil())]));
    let through = directory(&[(b"evil", evil())]);
    let absolute = [&outside[..], b"/evil"].concat();
    let mut size = nar(regular(b"some"));
    let at = size.len() - 16 - 16;
    size[at..at + 8].copy_from_slice(&(1_u64 << 62).to_le_bytes());
    let mut deep = Vec::new();
    text(&mut deep, b"nix-archive-1");
    for _ in 0..20_000 {
        texts(
            &mut deep,
            &[
                b"(",
                b"type",
                b"directory",
                b"entry",
                b"(",
                b"name",
                b"d",
                b"node",
            ],
        );
    }
    let many = [
        ("a name ..", named(b".."), true),
        ("a name .", named(b"."), true),
        ("an empty name", named(b""), true),
        ("a name with a slash", named(b"../evil"), true),
        ("an absolute name", named(&absolute), true),
        ("a name with NUL", named(b"a\0b"), true),
        ("a name of 300 bytes", named(&[b'n'; 300]), true),
        (
            "a link and a directory of its name",
            nar(directory(&[(b"x", symlink(&outside)), (b"x", through)])),
            true,
        ),
        (
            "a link and a file of its name",
            nar(directory(&[(b"x", symlink(&absolute)), (b"x", evil())])),
            true,
        ),
        (
            "names out of order",
            nar(directory(&[(b"b", evil()), (b"a", evil())])),
            true,
        ),
        (
            "names that differ in case",
            nar(directory(&[(b"A", evil()), (b"a", evil())])),
            false,
        ),
        ("a link out of the tree", nar(symlink(&outside)), false),
        ("a file that is larger than it is", size, true),
        ("20000 directories in each other", deep, true),
        ("what is no archive", b"no archive".to_vec(), true),
    ];
    let index = random.below(many.len());
    let (what, bytes, refused) = many
        .into_iter()
        .nth(index)
        .expect("an index below the length");
    Archive {
        what,
        bytes,
        refused,
    }
}

/// An archive as `nix-store --import` reads it.
pub(super) fn exported(archive: &[u8], path: &str) -> Vec<u8> {
    let mut export = 1_u64.to_le_bytes().to_vec();
    export.extend_from_slice(archive);
    export.extend_from_slice(&0x4558_494e_u64.to_le_bytes());
    text(&mut export, path.as_bytes());
    export.extend_from_slice(&0_u64.to_le_bytes());
    text(&mut export, b"");
    export.extend_from_slice(&[0; 16]);
    export
}

/// An entry of a tar archive: its name, type, the target of a link, contents.
fn entry(archive: &mut Vec<u8>, name: &[u8], kind: u8, target: &[u8], contents: &[u8]) {
    header(archive, name, kind, target, contents.len() as u64);
    archive.extend_from_slice(contents);
    archive.resize(archive.len().next_multiple_of(512), 0);
}

fn header(archive: &mut Vec<u8>, name: &[u8], kind: u8, target: &[u8], size: u64) {
    let mut block = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8], most: usize| {
        let length = bytes.len().min(most);
        block[at..at + length].copy_from_slice(&bytes[..length]);
    };
    put(0, name, 100);
    put(100, b"0000755\0", 8);
    put(108, b"0000000\0", 8);
    put(116, b"0000000\0", 8);
    put(124, format!("{size:011o}\0").as_bytes(), 12);
    put(136, b"00000000000\0", 12);
    put(148, b"        ", 8);
    put(156, &[kind], 1);
    put(157, target, 100);
    put(257, b"ustar\x0000", 8);
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend_from_slice(&block);
}

/// An honest tar archive.
pub(super) fn honest_tar() -> Vec<u8> {
    let mut archive = Vec::new();
    entry(&mut archive, b"top/", b'5', b"", b"");
    entry(&mut archive, b"top/file", b'0', b"", b"contents");
    archive.resize(archive.len() + 1024, 0);
    archive
}

/// One of the hostile tar and zip archives, and the end of its name.
pub(super) fn hostile_archive(random: &mut Random, victim: &Path) -> (Archive, &'static str) {
    let outside = victim.display().to_string().into_bytes();
    let below = [&outside[..], b"/evil"].concat();
    let kept = [&outside[..], b"/kept"].concat();
    // Enough to leave any directory, then back to where the victim is.
    let up = [&b"top/"[..], &b"../".repeat(12), &below[1..]].concat();
    let zip_up = [&b"../".repeat(12)[..], &below[1..]].concat();
    let tar = |entries: &[(&[u8], u8, &[u8])]| {
        let mut archive = Vec::new();
        entry(&mut archive, b"top/", b'5', b"", b"");
        entry(&mut archive, b"top/file", b'0', b"", b"contents");
        for (name, kind, target) in entries {
            let contents: &[u8] = if *kind == b'0' { b"evil" } else { b"" };
            entry(&mut archive, name, *kind, target, contents);
        }
        archive.resize(archive.len() + 1024, 0);
        archive
    };
    let mut huge = Vec::new();
    header(&mut huge, b"top/file", b'0', b"", 0o77_777_777_777);
    huge.extend_from_slice(b"short");
    let all: [(&'static str, Vec<u8>, &'static str); 15] = [
        ("a name with ..", tar(&[(&up, b'0', b"")]), "tar"),
        ("an absolute name", tar(&[(&below, b'0', b"")]), "tar"),
        (
            "a file through a link",
            tar(&[(b"top/x", b'2', &outside), (b"top/x/evil", b'0', b"")]),
            "tar",
        ),
        (
            "a file in the place of a link",
            tar(&[(b"top/x", b'2', &below), (b"top/x", b'0', b"")]),
            "tar",
        ),
        (
            "a directory in the place of a link",
            tar(&[(b"top/x", b'2', &outside), (b"top/x/", b'5', b"")]),
            "tar",
        ),
        ("a hard link out", tar(&[(b"top/x", b'1', &kept)]), "tar"),
        (
            "a hard link through a link",
            tar(&[(b"top/x", b'2', &outside), (b"top/y", b'1', b"top/x/kept")]),
            "tar",
        ),
        (
            "a hard link to itself",
            tar(&[(b"top/x", b'1', b"top/x")]),
            "tar",
        ),
        (
            "names that differ in case",
            tar(&[(b"top/FILE", b'0', b""), (b"TOP/file", b'0', b"")]),
            "tar",
        ),
        (
            "a file that is a directory",
            tar(&[(b"top/file/evil", b'0', b"")]),
            "tar",
        ),
        ("a device", tar(&[(b"top/x", b'3', b"")]), "tar"),
        ("a file that is larger than it is", huge, "tar"),
        ("a name with .. (zip)", zip(&[(&zip_up, b"evil", 0)]), "zip"),
        (
            "an absolute name (zip)",
            zip(&[(&below, b"evil", 0)]),
            "zip",
        ),
        (
            "a file through a link (zip)",
            zip(&[(b"top/x", &outside, 0o120_777), (b"top/x/evil", b"evil", 0)]),
            "zip",
        ),
    ];
    let index = random.below(all.len());
    let (what, bytes, end) = all
        .into_iter()
        .nth(index)
        .expect("an index below the length");
    let archive = Archive {
        what,
        bytes,
        refused: false,
    };
    (archive, end)
}

/// The beginning of a tar archive with one file of so many zeros, which follow.
pub(super) fn bomb_header(size: u64) -> Vec<u8> {
    let mut archive = Vec::new();
    header(&mut archive, b"top/zeros", b'0', b"", size);
    archive
}

/// A zip archive of stored files: name, contents, mode.
fn zip(files: &[(&[u8], &[u8], u32)]) -> Vec<u8> {
    let mut archive = Vec::new();
    let mut central = Vec::new();
    let all = std::iter::once((&b"top/file"[..], &b"contents"[..], 0)).chain(files.iter().copied());
    let mut count = 0_u16;
    for (name, contents, mode) in all {
        let mut fields = Vec::new();
        let mut put = |value: u32, bytes: usize| {
            fields.extend_from_slice(&value.to_le_bytes()[..bytes]);
        };
        put(20, 2);
        put(0, 2);
        put(0, 2);
        put(0, 2);
        put(0x21, 2);
        put(checksum(contents), 4);
        put(contents.len() as u32, 4);
        put(contents.len() as u32, 4);
        put(name.len() as u32, 2);
        put(0, 2);
        let start = archive.len() as u32;
        archive.extend_from_slice(b"PK\x03\x04");
        archive.extend_from_slice(&fields);
        archive.extend_from_slice(name);
        archive.extend_from_slice(contents);
        central.extend_from_slice(b"PK\x01\x02");
        // Made on Unix, so that the mode counts.
        central.extend_from_slice(&[20, 3]);
        central.extend_from_slice(&fields);
        central.extend_from_slice(&[0; 6]);
        central.extend_from_slice(&(mode << 16).to_le_bytes());
        central.extend_from_slice(&start.to_le_bytes());
        central.extend_from_slice(name);
        count += 1;
    }
    let start = archive.len() as u32;
    archive.extend_from_slice(&central);
    archive.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&count.to_le_bytes());
    archive.extend_from_slice(&(central.len() as u32).to_le_bytes());
    archive.extend_from_slice(&start.to_le_bytes());
    archive.extend_from_slice(&[0; 2]);
    archive
}

/// CRC-32, as zip has it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |mut sum, byte| {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg());
        }
        sum
    })
}
