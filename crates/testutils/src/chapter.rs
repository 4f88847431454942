//! A chapter of the documentation as data: its fenced blocks, by the names that stand behind their
//! language.

use std::fs;
use std::io;
use std::path::Path;

/// A fenced block: ```` ```LANGUAGE NAME ````.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The first word behind the fence.
    pub language: String,
    /// What stands behind it: a file's path, or a name.
    pub name: String,
    /// The text between the fences, without the indentation of the first one.
    pub text: String,
}

/// The named blocks of a file, in their order.
///
/// # Errors
/// When the file cannot be read.
pub fn blocks(path: &Path) -> io::Result<Vec<Block>> {
    Ok(blocks_of(&fs::read_to_string(path)?))
}

/// The named blocks of a text.
#[must_use]
pub fn blocks_of(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let indentation = line.len() - line.trim_start().len();
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        let text: String = lines
            .by_ref()
            .take_while(|line| line.trim() != "```")
            .flat_map(|line| [line.get(indentation..).unwrap_or_default(), "\n"])
            .collect();
        if let Some((language, name)) = info.split_once(' ') {
            blocks.push(Block {
                language: language.to_owned(),
                name: name.to_owned(),
                text,
            });
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks_of};

    #[test]
    fn blocks_with_names_are_found() {
        let text = "a\n```nix\nb\n```\n- c\n\n  ```sh run\n  d\n    e\n  ```\n";
        assert_eq!(
            blocks_of(text),
            [Block {
                language: "sh".to_owned(),
                name: "run".to_owned(),
                text: "d\n  e\n".to_owned(),
            }]
        );
    }
}
