//! What messages say, without how they got there.

/// What is told, in the order in which it is told: errors and warnings with their positions, and
/// any other line as it is. Steps of traces and lines of source are left out.
pub fn content(messages: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(messages);
    let mut told: Vec<String> = Vec::new();
    // In a step, and whether the position that comes next is its own.
    let mut in_step = false;
    for line in text.lines() {
        let bare = line.trim_start();
        if bare.is_empty() {
            in_step = false;
            continue;
        }
        if bare.starts_with("… ") {
            in_step = true;
            continue;
        }
        if is_source(bare) || bare == "error:" || bare.starts_with("(stack trace truncated;") {
            continue;
        }
        if in_step || bare.ends_with(" duplicate frames omitted)") {
            continue;
        }
        told.push(bare.to_owned());
    }
    told
}

/// Whether a line quotes a program: `12| text`, or `|   ^` below it.
fn is_source(line: &str) -> bool {
    line.trim_start_matches(|digit: char| digit.is_ascii_digit())
        .starts_with('|')
}

#[cfg(test)]
mod tests {
    use super::content;

    const ERROR: &str = "error:
       … while calling the 'head' builtin
         at /pwd/lang/a.nix:1:1:
            1| head []
             | ^

       error: list index 0 is out of bounds
       at /pwd/lang/a.nix:2:3:
            1| x
             | ^
";

    #[test]
    fn steps_are_left_out() {
        let told = content(ERROR.as_bytes());
        assert_eq!(
            told,
            [
                "error: list index 0 is out of bounds",
                "at /pwd/lang/a.nix:2:3:"
            ]
        );
    }

    #[test]
    fn another_position_counts() {
        let other = ERROR.replace("2:3", "2:4");
        assert_ne!(content(ERROR.as_bytes()), content(other.as_bytes()));
        let step = ERROR.replace("1:1", "1:2");
        assert_eq!(content(ERROR.as_bytes()), content(step.as_bytes()));
    }
}
