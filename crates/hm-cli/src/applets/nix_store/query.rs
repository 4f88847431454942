//! `nix-store --query`

use std::collections::BTreeSet;

use nix_store::build::Wanted;
use nix_store::{Store, references_first};
use nix_wire::StorePath;

use super::graphs;
use super::{Request, unknown_flag};
use crate::applets::evaluate::Failed;
use crate::applets::options::usage;
use crate::applets::tool::{Tool, print_lines};
use crate::report::Failure;

/// What is asked of objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Outputs,
    Requisites,
    References,
    Referrers,
    ReferrersClosure,
    Deriver,
    ValidDerivers,
    Binding,
    Hash,
    Size,
    Tree,
    Graph,
    GraphMl,
    Resolve,
    Roots,
}

fn question_of(flag: &str) -> Option<Question> {
    Some(match flag {
        "--outputs" => Question::Outputs,
        "--requisites" | "-R" => Question::Requisites,
        "--references" => Question::References,
        "--referrers" | "--referers" => Question::Referrers,
        "--referrers-closure" | "--referers-closure" => Question::ReferrersClosure,
        "--deriver" | "-d" => Question::Deriver,
        "--valid-derivers" => Question::ValidDerivers,
        "--binding" | "-b" => Question::Binding,
        "--hash" => Question::Hash,
        "--size" => Question::Size,
        "--tree" => Question::Tree,
        "--graph" => Question::Graph,
        "--graphml" => Question::GraphMl,
        "--resolve" => Question::Resolve,
        "--roots" => Question::Roots,
        _ => return None,
    })
}

/// Answers a question about objects.
pub fn query(tool: &Tool<'_>, request: &Request) -> Result<(), Failed> {
    let mut question = None;
    let (mut use_output, mut include_outputs, mut realise) = (false, false, false);
    for flag in &request.flags {
        match flag.as_str() {
            "--use-output" | "-u" => use_output = true,
            "--include-outputs" => include_outputs = true,
            "--force-realise" | "--force-realize" | "-f" => realise = true,
            _ => {
                let asked = question_of(flag).ok_or_else(|| unknown_flag(flag))?;
                if question.is_some_and(|earlier| earlier != asked) {
                    let message = format!("query type '{flag}' conflicts with earlier flag");
                    return Err(usage(message).into());
                }
                question = Some(asked);
            }
        }
    }
    let question = question.unwrap_or(Question::Outputs);
    let (binding, arguments) = match request.arguments.split_first() {
        Some((name, arguments)) if question == Question::Binding => (name.as_str(), arguments),
        None if question == Question::Binding => {
            return Err(usage("expected binding name").into());
        }
        _ => ("", request.arguments.as_slice()),
    };
    let asked = Asked {
        tool,
        objects: arguments
            .iter()
            .map(|argument| tool.object(argument))
            .collect::<Result<_, _>>()?,
        use_output: use_output || question == Question::Outputs,
        realise,
    };
    match question {
        Question::Outputs => asked.print_all(&asked.meant()?),
        Question::Requisites
        | Question::References
        | Question::Referrers
        | Question::ReferrersClosure => {
            let paths = asked.related(question, include_outputs)?;
            asked.print_sorted(&paths)
        }
        Question::Deriver => asked.derivers(),
        Question::ValidDerivers => {
            let mut paths = BTreeSet::new();
            for object in &asked.objects {
                paths.extend(tool.store().valid_derivers(object)?);
            }
            asked.print_sorted(&paths)
        }
        Question::Binding => asked.binding(binding),
        Question::Hash => {
            let mut lines = Vec::new();
            for path in asked.meant()? {
                let info = tool.store().require(&path)?;
                lines.push(format!("sha256:{}", info.nar_hash.nix32()));
            }
            print_lines(lines)
        }
        Question::Size => {
            let mut lines = Vec::new();
            for path in asked.meant()? {
                lines.push(tool.store().require(&path)?.nar_size.to_string());
            }
            print_lines(lines)
        }
        Question::Tree => graphs::print_tree(tool, &asked.objects),
        Question::Graph => graphs::print_dot(tool, asked.meant()?.into_iter().collect()),
        Question::GraphMl => graphs::print_graphml(tool, asked.meant()?.into_iter().collect()),
        Question::Resolve => asked.print_all(&asked.objects),
        Question::Roots => asked.roots(),
    }
}

/// The objects of a question.
struct Asked<'a> {
    tool: &'a Tool<'a>,
    objects: Vec<StorePath>,
    /// Whether the outputs are meant where a derivation is named.
    use_output: bool,
    /// Whether what is named is built first.
    realise: bool,
}

impl Asked<'_> {
    /// The objects that are meant.
    fn meant(&self) -> Result<Vec<StorePath>, Failed> {
        let store = self.tool.store();
        if self.realise {
            let wanted: Vec<Wanted> = self
                .objects
                .iter()
                .map(|path| match path.is_derivation() {
                    true => Wanted::all_of(path.clone()),
                    false => Wanted::Object(path.clone()),
                })
                .collect();
            self.tool.build(&wanted)?;
        }
        let mut meant = Vec::new();
        for object in &self.objects {
            if !(self.use_output && object.is_derivation()) {
                meant.push(object.clone());
                continue;
            }
            let mut paths = BTreeSet::new();
            for path in store.derivation_outputs(object)?.into_values() {
                paths.insert(path.ok_or_else(|| {
                    usage(
                        "Cannot use output path of floating content-addressing derivation until \
                         we know what it is (e.g. by building it)",
                    )
                })?);
            }
            meant.extend(paths);
        }
        Ok(meant)
    }

    fn related(
        &self,
        question: Question,
        include_outputs: bool,
    ) -> Result<BTreeSet<StorePath>, Failed> {
        let store = self.tool.store();
        let mut paths = BTreeSet::new();
        for path in self.meant()? {
            match question {
                Question::Requisites => {
                    let mut pending = vec![path];
                    while let Some(path) = pending.pop() {
                        for found in store.closure(&BTreeSet::from([path]))? {
                            if !paths.insert(found.clone()) {
                                continue;
                            }
                            if include_outputs && found.is_derivation() {
                                pending.extend(valid_outputs(store, &found)?);
                            }
                        }
                    }
                }
                Question::References => paths.extend(store.require(&path)?.references),
                Question::Referrers => paths.extend(store.referrers(&path)?),
                _ => {
                    store.require(&path)?;
                    paths.extend(referrers_closure(self.tool, path, false)?);
                }
            }
        }
        Ok(paths)
    }

    fn derivers(&self) -> Result<(), Failed> {
        let mut lines = Vec::new();
        for object in &self.objects {
            let info = self.tool.store().require(object)?;
            lines.push(match &info.deriver {
                Some(deriver) => self.tool.print(deriver),
                None => "unknown-deriver".to_owned(),
            });
        }
        print_lines(lines)
    }

    fn binding(&self, name: &str) -> Result<(), Failed> {
        let store = self.tool.store();
        let mut lines = Vec::new();
        for object in &self.objects {
            let derivation = self.tool.deriver_of(object)?;
            let text = store.read_derivation(&derivation)?;
            let value = text.variable(name).ok_or_else(|| {
                Failure::new(format!(
                    "derivation '{}' has no environment binding named '{name}'",
                    self.tool.print(&derivation)
                ))
            })?;
            lines.push(String::from_utf8_lossy(value).into_owned());
        }
        print_lines(lines)
    }

    fn roots(&self) -> Result<(), Failed> {
        let mut referrers = BTreeSet::new();
        for path in self.meant()? {
            referrers.extend(referrers_closure(self.tool, path, true)?);
        }
        let mut lines = Vec::new();
        for (target, roots) in self.tool.store().find_roots()? {
            if referrers.contains(&target) {
                for root in roots {
                    lines.push(format!("{} -> {}", root, self.tool.print(&target)));
                }
            }
        }
        print_lines(lines)
    }

    fn print_all<'p>(&self, paths: impl IntoIterator<Item = &'p StorePath>) -> Result<(), Failed> {
        print_lines(paths.into_iter().map(|path| self.tool.print(path)))
    }

    fn print_sorted(&self, paths: &BTreeSet<StorePath>) -> Result<(), Failed> {
        self.print_all(&references_first(self.tool.store(), paths)?)
    }
}

/// The outputs of a derivation that are valid.
fn valid_outputs(store: &dyn Store, derivation: &StorePath) -> Result<BTreeSet<StorePath>, Failed> {
    let outputs = store.derivation_outputs(derivation)?;
    let outputs = outputs.into_values().flatten().collect();
    Ok(store.valid_among(&outputs, false)?)
}

/// An object and all that refer to it, directly or not; with the settings of garbage collection,
/// also those that keep it otherwise.
fn referrers_closure(
    tool: &Tool<'_>,
    path: StorePath,
    as_collected: bool,
) -> Result<BTreeSet<StorePath>, Failed> {
    let store = tool.store();
    let options = tool.configuration.gc_options();
    let mut closure = BTreeSet::new();
    let mut pending = vec![path];
    while let Some(path) = pending.pop() {
        pending.extend(store.referrers(&path)?);
        if as_collected && options.keep_derivations && path.is_derivation() {
            pending.extend(valid_outputs(store, &path)?);
        }
        if as_collected && options.keep_outputs {
            pending.extend(store.valid_derivers(&path)?);
        }
        closure.insert(path);
        pending.retain(|path| !closure.contains(path));
    }
    Ok(closure)
}
