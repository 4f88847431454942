//! What objects refer to, as a tree, for Graphviz and as GraphML.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};

use nix_store::references_first;
use nix_wire::StorePath;

use crate::applets::evaluate::Failed;
use crate::applets::tool::Tool;
use crate::terminal;

const COLOURS: &[&str] = &["black", "red", "green", "blue", "magenta", "burlywood"];

/// Prints each object with what it refers to below it; what was printed before is not repeated.
pub fn print_tree(tool: &Tool<'_>, objects: &[StorePath]) -> Result<(), Failed> {
    let store = tool.store();
    let mut output = BufWriter::new(terminal::stdout().lock());
    let mut done = BTreeSet::new();
    let mut pending: Vec<(StorePath, String, String)> = objects
        .iter()
        .rev()
        .map(|path| (path.clone(), String::new(), String::new()))
        .collect();
    while let Some((path, first, rest)) = pending.pop() {
        if !done.insert(path.clone()) {
            writeln!(output, "{first}{} [...]", tool.print(&path))?;
            continue;
        }
        writeln!(output, "{first}{}", tool.print(&path))?;
        // As what needs others comes after them, the tree stays flat.
        let references = references_first(store, &store.require(&path)?.references)?;
        for (index, reference) in references.into_iter().rev().enumerate() {
            let (branch, line) = if index == 0 {
                ("└───", "    ")
            } else {
                ("├───", "│   ")
            };
            pending.push((
                reference,
                format!("{rest}{branch}"),
                format!("{rest}{line}"),
            ));
        }
    }
    Ok(output.flush()?)
}

/// Prints the graph for Graphviz' `dot`.
pub fn print_dot(tool: &Tool<'_>, objects: BTreeSet<StorePath>) -> Result<(), Failed> {
    let mut output = BufWriter::new(terminal::stdout().lock());
    let mut colours = COLOURS.iter().cycle();
    writeln!(output, "digraph G {{")?;
    walk(tool, objects, &mut |path, _, references| {
        writeln!(
            output,
            "\"{}\" [label = \"{}\", shape = box, style = filled, fillcolor = \"#ff0000\"];",
            path.base_name(),
            path.name()
        )?;
        for reference in references {
            writeln!(
                output,
                "\"{}\" -> \"{}\" [color = \"{}\"];",
                reference.base_name(),
                path.base_name(),
                colours.next().copied().unwrap_or_default()
            )?;
        }
        Ok(())
    })?;
    writeln!(output, "}}")?;
    Ok(output.flush()?)
}

/// Prints the graph as GraphML.
pub fn print_graphml(tool: &Tool<'_>, objects: BTreeSet<StorePath>) -> Result<(), Failed> {
    let mut output = BufWriter::new(terminal::stdout().lock());
    output.write_all(
        b"<?xml version='1.0' encoding='utf-8'?>\n\
          <graphml xmlns='http://graphml.graphdrawing.org/xmlns'\n    \
          xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'\n    \
          xsi:schemaLocation='http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd'>\n\
          <key id='narSize' for='node' attr.name='narSize' attr.type='long'/>\
          <key id='name' for='node' attr.name='name' attr.type='string'/>\
          <key id='type' for='node' attr.name='type' attr.type='string'/>\
          <graph id='G' edgedefault='directed'>\n",
    )?;
    walk(tool, objects, &mut |path, size, references| {
        let name = path.name();
        // As Nix, which takes the name up to its first dash for the name.
        let short = name.find('-').map_or(name, |dash| &name[..=dash]);
        let kind = match path.is_derivation() {
            true => "derivation",
            false => "output-path",
        };
        writeln!(
            output,
            "  <node id=\"{}\">\n    <data key=\"narSize\">{size}</data>\n    \
             <data key=\"name\">{short}</data>\n    <data key=\"type\">{kind}</data>\n  </node>",
            path.base_name()
        )?;
        for reference in references {
            writeln!(
                output,
                "  <edge source=\"{}\" target=\"{}\"/>",
                path.base_name(),
                reference.base_name()
            )?;
        }
        Ok(())
    })?;
    writeln!(output, "</graph>\n</graphml>")?;
    Ok(output.flush()?)
}

/// Is shown an object, the size of its archive and what else it refers to.
type Show<'a> = dyn FnMut(&StorePath, u64, &[StorePath]) -> std::io::Result<()> + 'a;

/// Shows all objects, each with its size and what else it refers to.
fn walk(
    tool: &Tool<'_>,
    mut pending: BTreeSet<StorePath>,
    show: &mut Show<'_>,
) -> Result<(), Failed> {
    let mut done = BTreeSet::new();
    while let Some(path) = pending.pop_first() {
        if !done.insert(path.clone()) {
            continue;
        }
        let info = tool.store().require(&path)?;
        let references: Vec<StorePath> = info
            .references
            .into_iter()
            .filter(|reference| *reference != path)
            .collect();
        show(&path, info.nar_size, &references)?;
        pending.extend(references);
    }
    Ok(())
}
