//! Paths as text.

/// The normal form of an absolute path: no `.`, no `..`, no empty parts, no final slash.
pub(crate) fn normalize(path: &[u8]) -> Vec<u8> {
    let mut result = Vec::with_capacity(path.len());
    for part in path.split(|&byte| byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                let end = result.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
                result.truncate(end);
            }
            part => {
                result.push(b'/');
                result.extend_from_slice(part);
            }
        }
    }
    if result.is_empty() {
        result.push(b'/');
    }
    result
}

/// The normal form of a path that may be relative to `base`.
pub(crate) fn absolute(path: &[u8], base: &[u8]) -> Vec<u8> {
    if path.starts_with(b"/") {
        return normalize(path);
    }
    normalize(&[base, b"/", path].concat())
}

/// The directory of a path in normal form.
pub(crate) fn parent(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(0) | None => b"/",
        Some(end) => &path[..end],
    }
}

/// The last part of a path, without final slashes (but at most one is dropped, as Nix does).
pub(crate) fn base_name(path: &[u8]) -> &[u8] {
    let end = match path {
        [] => return path,
        [rest @ .., b'/'] if !rest.is_empty() => rest.len(),
        _ => path.len(),
    };
    let path = &path[..end];
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(slash) => &path[slash + 1..],
        None => path,
    }
}

/// A path for the system.
pub(crate) fn to_path(path: &[u8]) -> &std::path::Path {
    use std::os::unix::ffi::OsStrExt;
    std::path::Path::new(std::ffi::OsStr::from_bytes(path))
}

/// The bytes of a path of the system.
pub(crate) fn to_bytes(path: &std::path::Path) -> &[u8] {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms() {
        let cases: [(&[u8], &[u8]); 6] = [
            (b"/", b"/"),
            (b"/a//b/./c/", b"/a/b/c"),
            (b"/a/../..", b"/"),
            (b"/../a", b"/a"),
            (b"/a/b/..", b"/a"),
            (b"", b"/"),
        ];
        for (path, normal) in cases {
            assert_eq!(normalize(path), normal);
        }
        assert_eq!(absolute(b"../x", b"/a/b"), b"/a/x");
    }

    #[test]
    fn parts() {
        assert_eq!(parent(b"/a/b"), b"/a");
        assert_eq!(parent(b"/a"), b"/");
        assert_eq!(base_name(b"/a/b/"), b"b");
        assert_eq!(base_name(b"a"), b"a");
        assert_eq!(base_name(b"/"), b"");
        assert_eq!(base_name(b""), b"");
    }
}
