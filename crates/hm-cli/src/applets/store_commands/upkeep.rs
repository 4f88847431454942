//! `nix store verify`, `nix store repair` and `nix store optimise`

use std::collections::BTreeSet;
use std::ffi::OsString;

use nix_wire::StorePath;

use crate::applets::evaluate::{Failed, conclude};
use crate::applets::options::{Options, Word, Words, usage};
use crate::applets::tool::Tool;
use crate::applets::upkeep;
use crate::environment::Environment;

/// The store paths of a command line, and its switches.
struct Asked {
    options: Options,
    switches: BTreeSet<String>,
    rest: Vec<String>,
}

fn parse(words: Vec<OsString>, switches: &[&str]) -> Result<Asked, Failed> {
    let mut words = Words::new(words);
    let mut asked = Asked {
        options: Options::default(),
        switches: BTreeSet::new(),
        rest: Vec::new(),
    };
    while let Some(word) = words.next_word() {
        match word {
            Word::Argument(argument) => asked.rest.push(argument),
            Word::Flag(flag) => match flag.as_str() {
                _ if switches.contains(&flag.as_str()) => {
                    asked.switches.insert(flag);
                }
                _ if asked.options.take(&flag, &mut words)? => {}
                _ => return Err(usage(format!("unrecognised flag '{flag}'")).into()),
            },
        }
    }
    Ok(asked)
}

/// Looks whether objects are as they were registered.
pub fn verify(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let switches = ["--all", "--no-contents", "--no-trust", "-r", "--recursive"];
        let asked = parse(words, &switches)?;
        let has = |name: &str| asked.switches.contains(name);
        let tool = Tool::open(asked.options.clone(), environment)?;
        let mut paths: BTreeSet<StorePath> = if has("--all") {
            tool.store().all_valid_paths()?
        } else {
            asked
                .rest
                .iter()
                .map(|text| tool.object(text))
                .collect::<Result<_, _>>()?
        };
        if has("-r") || has("--recursive") {
            paths = tool.store().closure(&paths)?;
        }
        let mut sound = true;
        for path in &paths {
            let info = tool.store().require(path)?;
            if !has("--no-contents") {
                sound &= upkeep::is_unchanged(&tool, path)?;
            }
            let vouched_for =
                info.ultimate || info.content_address.is_some() || !info.signatures.is_empty();
            if !has("--no-trust") && !vouched_for {
                crate::applets::engine::plain(&format!(
                    "error: path '{}' is untrusted",
                    tool.print(path)
                ));
                sound = false;
            }
        }
        if sound {
            Ok(())
        } else {
            Err(Failed::silent(1))
        }
    })
}

/// Makes objects again that were changed.
pub fn repair(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| {
        let asked = parse(words, &[])?;
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
        let asked = parse(words, &[])?;
        upkeep::optimise(&Tool::open(asked.options, environment)?)
    })
}
