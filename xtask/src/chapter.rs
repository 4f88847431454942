//! The chapter on flakes as data: its blocks of code, by the names that stand behind their
//! language.

use std::fs;

use crate::process::{Result, project};

/// A fenced block: ```` ```LANGUAGE NAME ````.
pub struct Block {
    /// What stands behind the language: a file's path, or a name.
    pub name: String,
    /// The text between the fences.
    pub text: String,
}

/// The chapter's blocks of one language.
pub fn blocks(language: &str) -> Result<Vec<Block>> {
    let path = project().join("docs/flakes.md");
    let chapter =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut blocks = Vec::new();
    let mut lines = chapter.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else {
            continue;
        };
        let text: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .flat_map(|line| [line, "\n"])
            .collect();
        if let Some((first, name)) = info.split_once(' ')
            && first == language
        {
            blocks.push(Block {
                name: name.to_owned(),
                text,
            });
        }
    }
    Ok(blocks)
}

/// The text of the block of this language and name.
pub fn block(language: &str, name: &str) -> Result<String> {
    blocks(language)?
        .into_iter()
        .find(|block| block.name == name)
        .map(|block| block.text)
        .ok_or_else(|| format!("docs/flakes.md has no block `{language} {name}`"))
}
