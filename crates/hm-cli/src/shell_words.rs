//! Words of a shell, for scripts and for commands that users are to type.

/// Quotes a word for a shell, whatever is in it.
#[must_use]
pub fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// A word for a command that a user is to type: quoted only if it has to be.
#[must_use]
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,#?".contains(c);
    if !text.is_empty() && !text.starts_with('#') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(word("/a/b.c#d"), "/a/b.c#d");
        assert_eq!(word("/a b"), "'/a b'");
        assert_eq!(word("#x"), "'#x'");
        assert_eq!(word("it's"), "'it'\\''s'");
        assert_eq!(word(""), "''");
    }
}
