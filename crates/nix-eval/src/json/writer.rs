//! Writing JSON.

/// A JSON text that is being written.
///
/// Only UTF-8 can be written. Anything else is remembered as a problem, and writing goes on: Nix
/// evaluates the whole value before it looks at the texts.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: Vec<u8>,
    problem: Option<String>,
}

impl Writer {
    /// The text, or what was wrong with the first string that is not UTF-8.
    ///
    /// # Errors
    ///
    /// If a string was not UTF-8. The message is that of Nix.
    pub(crate) fn finish(self) -> Result<Vec<u8>, String> {
        match self.problem {
            None => Ok(self.text),
            Some(problem) => Err(problem),
        }
    }

    /// How many bytes were written so far.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// Adds punctuation, a literal or a number.
    pub(crate) fn raw(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// Adds a string.
    pub(crate) fn string(&mut self, string: &[u8]) {
        if self.problem.is_none()
            && let Err(error) = std::str::from_utf8(string)
        {
            self.problem = Some(describe(string, error));
        }
        self.text.push(b'"');
        let mut plain_start = 0;
        for (index, &byte) in string.iter().enumerate() {
            let escape = match byte {
                b'"' => b'"',
                b'\\' => b'\\',
                0x08 => b'b',
                0x0c => b'f',
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => b'u',
                _ => continue,
            };
            self.text.extend_from_slice(&string[plain_start..index]);
            self.text.extend_from_slice(&[b'\\', escape]);
            if escape == b'u' {
                self.text
                    .extend_from_slice(format!("{byte:04x}").as_bytes());
            }
            plain_start = index + 1;
        }
        self.text.extend_from_slice(&string[plain_start..]);
        self.text.push(b'"');
    }

    /// Adds a float.
    pub(crate) fn float(&mut self, float: f64) {
        self.raw(crate::float::json_number(float).as_bytes());
    }
}

/// The message about a string that is not UTF-8.
fn describe(string: &[u8], error: std::str::Utf8Error) -> String {
    let start = error.valid_up_to();
    let problem = match error.error_len() {
        None => {
            let last = string.last().copied().unwrap_or_default();
            format!("incomplete UTF-8 string; last byte: 0x{last:02X}")
        }
        Some(length) => {
            // The byte that cannot follow those before it; a byte that cannot start a character is
            // the problem itself.
            let can_start = matches!(string[start], 0xc2..=0xf4);
            let index = if can_start { start + length } else { start };
            format!(
                "invalid UTF-8 byte at index {index}: 0x{:02X}",
                string[index]
            )
        }
    };
    format!("JSON serialization error: [json.exception.type_error.316] {problem}")
}
