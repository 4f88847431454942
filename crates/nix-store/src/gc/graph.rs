//! All registered objects and what each needs.

use std::collections::{BTreeSet, HashMap};

use nix_wire::StorePath;

use super::{GcOptions, Result};
use crate::local::LocalStore;

pub(super) struct Graph {
    paths: Vec<StorePath>,
    indices: HashMap<StorePath, usize>,
    /// What each refers to.
    references: Vec<Vec<usize>>,
    /// What each needs beyond that: its derivation, or its outputs.
    companions: Vec<Vec<usize>>,
    kept: Vec<bool>,
}

impl Graph {
    pub(super) fn read(store: &LocalStore, options: &GcOptions) -> Result<Graph> {
        let paths: Vec<StorePath> = store.all_valid_paths()?.into_iter().collect();
        let indices: HashMap<StorePath, usize> = paths
            .iter()
            .enumerate()
            .map(|(index, path)| (path.clone(), index))
            .collect();
        let mut graph = Graph {
            references: Vec::with_capacity(paths.len()),
            companions: vec![Vec::new(); paths.len()],
            kept: vec![false; paths.len()],
            paths,
            indices,
        };
        for index in 0..graph.paths.len() {
            // It may have been deleted by hand since.
            let info = store.path_info(&graph.paths[index])?;
            let (references, deriver) = info
                .map(|info| (info.references, info.deriver))
                .unwrap_or_default();
            let references = references
                .iter()
                .filter_map(|path| graph.indices.get(path).copied());
            graph.references.push(references.collect());
            if let Some(deriver) = deriver.filter(|_| options.keep_derivations) {
                graph.companions[index].extend(graph.indices.get(&deriver));
            }
            if options.keep_outputs && graph.paths[index].is_derivation() {
                let outputs = store.derivation_outputs(&graph.paths[index])?;
                let outputs = outputs
                    .values()
                    .filter_map(|path| graph.indices.get(path).copied());
                graph.companions[index].extend(outputs);
            }
        }
        Ok(graph)
    }

    /// Keeps an object and all that it needs.
    pub(super) fn keep(&mut self, path: &StorePath) {
        if let Some(index) = self.indices.get(path) {
            self.keep_index(*index);
        }
    }

    fn keep_index(&mut self, index: usize) {
        let mut pending = vec![index];
        while let Some(index) = pending.pop() {
            if !std::mem::replace(&mut self.kept[index], true) {
                pending.extend(&self.references[index]);
                pending.extend(&self.companions[index]);
            }
        }
    }

    /// Keeps all objects but these, and what they need.
    pub(super) fn keep_all_but(&mut self, paths: &BTreeSet<StorePath>) {
        for index in 0..self.paths.len() {
            if !paths.contains(&self.paths[index]) {
                self.keep_index(index);
            }
        }
    }

    /// Whether it is registered and kept.
    pub(super) fn is_kept_object(&self, path: &StorePath) -> bool {
        self.indices
            .get(path)
            .is_some_and(|index| self.kept[*index])
    }

    pub(super) fn is_kept(&self, path: &StorePath) -> bool {
        self.indices.get(path).is_none_or(|index| self.kept[*index])
    }

    /// What is not kept, each before what it refers to.
    pub(super) fn referrers_first(&self) -> Vec<StorePath> {
        let mut ordered = Vec::new();
        let mut seen = self.kept.clone();
        for root in 0..self.paths.len() {
            let mut stack = vec![(root, false)];
            while let Some((index, leave)) = stack.pop() {
                if leave {
                    ordered.push(self.paths[index].clone());
                } else if !std::mem::replace(&mut seen[index], true) {
                    stack.push((index, true));
                    stack.extend(self.references[index].iter().map(|next| (*next, false)));
                }
            }
        }
        ordered.reverse();
        ordered
    }
}
