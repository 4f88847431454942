//! The bases that digests are written in.

/// Nix's base-32 digits: without `e`, `o`, `u` and `t`, so that no hash spells a word.
pub const NIX32_DIGITS: &[u8; 32] = b"0123456789abcdfghijklmnpqrsvwxyz";

const BASE64_DIGITS: &[u8; 64] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const INVALID: u8 = 0xff;
const NIX32_VALUES: [u8; 256] = values(NIX32_DIGITS);
const BASE64_VALUES: [u8; 256] = values(BASE64_DIGITS);

const fn values(digits: &[u8]) -> [u8; 256] {
    let mut values = [INVALID; 256];
    let mut index = 0;
    while index < digits.len() {
        values[digits[index] as usize] = index as u8;
        index += 1;
    }
    values
}

/// A character that is no digit. The message is Nix's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid character in {base} string: '{character}'")]
pub struct DecodeError {
    base: &'static str,
    character: char,
}

impl DecodeError {
    fn new(base: &'static str, byte: u8) -> DecodeError {
        DecodeError {
            base,
            character: char::from(byte),
        }
    }
}

/// The number of characters for this many bytes.
#[must_use]
pub const fn base16_length(size: usize) -> usize {
    2 * size
}

/// The number of characters for this many bytes.
#[must_use]
pub const fn nix32_length(size: usize) -> usize {
    (8 * size).div_ceil(5)
}

/// The number of characters for this many bytes, padding included.
#[must_use]
pub const fn base64_length(size: usize) -> usize {
    size.div_ceil(3) * 4
}

/// Lower-case hexadecimal.
#[must_use]
pub fn base16(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(base16_length(bytes.len()));
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// Nix's base 32: the bytes are one little-endian number, written with the most significant five
/// bits first.
#[must_use]
pub fn nix32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(nix32_length(bytes.len()));
    for position in (0..nix32_length(bytes.len())).rev() {
        let (index, shift) = (position * 5 / 8, position * 5 % 8);
        let low = u16::from(bytes[index]);
        let high = bytes.get(index + 1).copied().map_or(0, u16::from);
        let digit = ((high << 8 | low) >> shift) & 31;
        text.push(char::from(NIX32_DIGITS[usize::from(digit)]));
    }
    text
}

/// Base 64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(base64_length(bytes.len()));
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4 {
            if index <= chunk.len() {
                let digit = (group >> (18 - 6 * index)) & 63;
                text.push(char::from(BASE64_DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

/// Whether the byte is a digit of Nix's base 32.
#[must_use]
pub const fn is_nix32_digit(byte: u8) -> bool {
    NIX32_VALUES[byte as usize] != INVALID
}

/// Decodes hexadecimal digits of either case.
///
/// # Errors
/// For any other character, and for half a byte at the end.
pub fn decode_base16(text: &str) -> Result<Vec<u8>, DecodeError> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
            .ok_or_else(|| DecodeError::new("Base16", byte))
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| {
            let low = pair
                .get(1)
                .ok_or_else(|| DecodeError::new("Base16", pair[0]))?;
            Ok(digit(pair[0])? << 4 | digit(*low)?)
        })
        .collect()
}

/// Decodes Nix's base 32. Bits beyond the last whole byte make one more byte, as in Nix, so that
/// a text with such bits set has the wrong size for a hash.
///
/// # Errors
/// For a character that is no digit.
pub fn decode_nix32(text: &str) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = vec![0_u8; text.len() * 5 / 8];
    for (position, byte) in text.bytes().rev().enumerate() {
        let value = NIX32_VALUES[usize::from(byte)];
        if value == INVALID {
            return Err(DecodeError::new("Nix32 (Nix's Base32 variation)", byte));
        }
        let (index, shift) = (position * 5 / 8, position * 5 % 8);
        for (offset, part) in [value << shift, spill(value, shift)]
            .into_iter()
            .enumerate()
        {
            if part == 0 {
                continue;
            }
            if bytes.len() <= index + offset {
                bytes.resize(index + offset + 1, 0);
            }
            bytes[index + offset] |= part;
        }
    }
    Ok(bytes)
}

/// The bits of a digit that fall into the next byte.
fn spill(value: u8, shift: usize) -> u8 {
    u8::try_from((u16::from(value) << shift) >> 8).unwrap_or(0)
}

/// Decodes base 64 up to the first `=`; line ends are skipped, padding is not required.
///
/// # Errors
/// For a character that is no digit.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut group, mut bits) = (0_u32, 0);
    for byte in text.bytes() {
        match byte {
            b'=' => break,
            b'\n' => continue,
            _ => {}
        }
        let value = BASE64_VALUES[usize::from(byte)];
        if value == INVALID {
            return Err(DecodeError::new("Base64", byte));
        }
        group = group << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            // Only the eight bits above those that wait are meant.
            bytes.push((group >> bits & 0xff) as u8);
        }
    }
    Ok(bytes)
}
