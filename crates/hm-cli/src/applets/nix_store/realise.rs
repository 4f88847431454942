//! `nix-store --realise`

use std::collections::{BTreeMap, BTreeSet};

use nix_store::build::Wanted;
use nix_wire::StorePath;

use super::{Request, unknown_flag};
use crate::applets::evaluate::Failed;
use crate::applets::tool::{Tool, print_lines};

/// Makes objects valid, and prints them or the roots made for them.
pub fn realise(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let (mut dry_run, mut check, mut ignore_unknown) = (false, false, false);
    for flag in &request.flags {
        match flag.as_str() {
            "--dry-run" => dry_run = true,
            "--check" => check = true,
            "--repair" => {}
            "--ignore-unknown" => ignore_unknown = true,
            _ => return Err(unknown_flag(flag)),
        }
    }
    let mut wanted: Vec<Wanted> = request
        .arguments
        .iter()
        .map(|argument| tool.wanted(argument))
        .collect::<Result<_, _>>()?;
    if ignore_unknown {
        let mut known = Vec::new();
        for one in wanted {
            if tool.engine.missing_of(std::slice::from_ref(&one)).is_ok() {
                known.push(one);
            }
        }
        wanted = known;
    }
    tool.say_missing(&wanted)?;
    if dry_run {
        return Ok(());
    }
    let built = tool.engine.build_wanted_as(&wanted, tool.mode(check))?;
    let mut lines = Vec::new();
    for (index, (one, outputs)) in wanted.iter().zip(built).enumerate() {
        let names = root_names(request.root.as_deref(), index, one, &outputs);
        for (name, path) in &outputs {
            lines.push(match names.get(name) {
                Some(link) => {
                    let link = tool.link(link);
                    let link = tool.store().add_permanent_root(path, &link)?;
                    link.display().to_string()
                }
                None => tool.print(path),
            });
        }
    }
    if request.root.is_none() && tool.options.verbosity >= 0 && !lines.is_empty() {
        crate::applets::engine::plain(
            "warning: you did not specify '--add-root'; the result might be removed by the garbage \
             collector",
        );
    }
    if !request.no_output && !ignore_unknown {
        // As the outputs of one derivation are a set.
        print_lines(lines)?;
    }
    Ok(())
}

/// The names of the roots of a result: the second and later have a number, outputs other than `out`
/// their names.
fn root_names(
    root: Option<&str>,
    index: usize,
    wanted: &Wanted,
    outputs: &BTreeMap<String, StorePath>,
) -> BTreeMap<String, String> {
    let Some(root) = root else {
        return BTreeMap::new();
    };
    let number = match index {
        0 => String::new(),
        _ => format!("-{}", index + 1),
    };
    let names: BTreeSet<&String> = outputs.keys().collect();
    names
        .into_iter()
        .map(|name| {
            let ending = match wanted {
                Wanted::Outputs { .. } if name != "out" => format!("-{name}"),
                _ => String::new(),
            };
            (name.clone(), format!("{root}{number}{ending}"))
        })
        .collect()
}
