//! What to do about errors of the system that come from the machine rather than from the user.

use rustix::io::Errno;

/// Returns what to do about the error of the system that a message names, if that is known.
pub fn of(message: &str) -> Option<&'static str> {
    if message.contains("disk I/O error") {
        return Some(
            "the file system of this database refuses what a database needs: set XDG_DATA_HOME to a \
             directory of yours on another one, and the store is made there",
        );
    }
    match number(message).map(Errno::from_raw_os_error)? {
        Errno::NOSYS => Some(
            "this kernel, or the filter of its container (seccomp), does not offer the system call \
             for this: allow it in the container's profile, or use a newer kernel",
        ),
        Errno::PERM => Some(
            "the machine forbids the system call for this, as filters of containers (seccomp) and \
             security modules do: allow it there, or run the command outside of the container",
        ),
        Errno::AGAIN => Some(
            "there are too many processes: end some, or raise the limit (ulimit -u, that of the \
             container), or build one after the other with: --max-jobs 1",
        ),
        Errno::NOSPC => Some("free some space on this file system"),
        Errno::DQUOT => Some("free some space below your quota, or have it raised"),
        Errno::ROFS => Some("the file system is mounted read-only: mount it to be written"),
        Errno::NAMETOOLONG => Some(
            "this file system allows only short names, as encrypted homes do: set XDG_DATA_HOME to \
             a directory of yours on another one, and the store is made there",
        ),
        _ => None,
    }
}

/// The number of the error, which Rust adds to its text; some messages leave it out.
fn number(message: &str) -> Option<i32> {
    if let Some((_, rest)) = message.rsplit_once("(os error ") {
        return rest.split_once(')')?.0.parse().ok();
    }
    let known = [Errno::NOSYS, Errno::PERM, Errno::NOSPC, Errno::DQUOT];
    let found = known.into_iter().find(|error| {
        let text = std::io::Error::from(*error).to_string();
        let text = text.split(" (os error ").next().unwrap_or_default();
        message.ends_with(text)
    });
    found.map(Errno::raw_os_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_the_system_has_a_remedy() {
        let of_code = |code: i32| of(&format!("cannot lock x: why (os error {code})"));
        assert!(of_code(38).is_some_and(|hint| hint.contains("newer kernel")));
        assert!(of_code(1).is_some_and(|hint| hint.contains("forbids")));
        assert!(of_code(122).is_some_and(|hint| hint.contains("quota")));
        assert_eq!(of_code(2), None);
        assert_eq!(of("(os error x)"), None);
        assert_eq!(of("nothing"), None);
        assert!(of("reading x: Function not implemented").is_some());
        assert!(of("store database 'x': disk I/O error").is_some());
    }
}
