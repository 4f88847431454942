//! `nix store repair` and `nix store optimise`

use std::ffi::OsString;

use crate::applets::evaluate::{Failed, conclude};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::Tool;
use crate::applets::upkeep;
use crate::environment::Environment;

/// The store paths of a command line.
struct Asked {
    options: Options,
    rest: Vec<String>,
}

fn parse(words: Vec<OsString>) -> Result<Asked, Failed> {
    let mut words = Words::new(words);
    let mut asked = Asked {
        options: Options::default(),
        rest: Vec::new(),
    };
    while let Some(word) = words.next_word() {
        match word {
            Word::Argument(argument) => asked.rest.push(argument),
            Word::Flag(flag) => {
                if !asked.options.take(&flag, &mut words)? {
                    return Err(usage(format!("unrecognised flag '{flag}'")).into());
                }
            }
        }
    }
    Ok(asked)
}

/// Makes objects again that were changed.
pub fn repair(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let asked = parse(words)?;
        let tool = Tool::open(asked.options.clone(), environment)?;
        for text in &asked.rest {
            upkeep::repair(&tool, &tool.object(text)?)?;
        }
        Ok(())
    })
}

/// Makes equal files one.
pub fn optimise(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let asked = parse(words)?;
        upkeep::optimise(&Tool::open(asked.options, environment)?)
    })
}
