//! The outputs of a locked flake as a value, each input of it fetched and evaluated when needed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

use nix_eval::host::{FetchAttr, Fetched};
use nix_eval::{ContextElement, ErrorKind, EvalError, Evaluator, Result, Value};

use crate::error::FlakeError;
use crate::fetch::{FetchedTree, SourceAttribute, SourceAttributeOptions};
use crate::flakes::{Flakes, TreeLocation};
use crate::lock::{Edge, InputPath, NodeId};
use crate::locking::LockedFlake;
use crate::mounted::Knowledge;

/// What the sets of a flake are made of: its outputs, over these what is known of its source, over
/// these the rest.
const JOIN: &[u8] = b"outputs: source: rest: outputs // source // rest";

/// What may be known of a source.
const SOURCE_NAMES: [&str; 10] = [
    "outPath",
    "narHash",
    "submodules",
    "rev",
    "shortRev",
    "revCount",
    "dirtyRev",
    "dirtyShortRev",
    "lastModified",
    "lastModifiedDate",
];

/// The value of a locked flake: its outputs, with `inputs`, `outputs`, `sourceInfo`, `outPath`, and
/// what is known about its source. Nothing is evaluated yet.
#[must_use]
pub fn call_flake(evaluator: &Evaluator, flakes: &Rc<Flakes>, locked: Rc<LockedFlake>) -> Value {
    let graph = Rc::new(Graph {
        flakes: Rc::clone(flakes),
        locked,
        values: RefCell::default(),
        locations: RefCell::default(),
    });
    graph.value(evaluator, NodeId::ROOT)
}

/// The nodes of a lock file as values.
struct Graph {
    flakes: Rc<Flakes>,
    locked: Rc<LockedFlake>,
    /// The value of each node that was asked for.
    values: RefCell<BTreeMap<NodeId, Value>>,
    /// Where the trees are that were fetched for evaluation.
    locations: RefCell<BTreeMap<NodeId, NodeLocation>>,
}

/// Where a node is.
#[derive(Clone)]
struct NodeLocation {
    tree: Rc<FetchedTree>,
    /// Its directory. As with Nix, that of a relative path has `.` and `..` in it if the lock file
    /// has, but not if it has just been fetched for locking.
    out_path: String,
    /// The lock file is not the one in the tree.
    force_dirty: bool,
}

/// An error of ours as one of the evaluator's.
#[must_use]
pub fn evaluation_error(error: FlakeError) -> Box<EvalError> {
    let status = error.exit_status();
    let notes: Vec<String> = error.notes().into_iter().map(str::to_owned).collect();
    let mut converted = match error.into_cause() {
        FlakeError::Eval(error) => error,
        other => {
            let mut converted = EvalError::new(ErrorKind::Host, other.to_string());
            converted.status = status;
            converted
        }
    };
    for note in notes {
        converted = converted.trace(nix_eval::Pos::NONE, note);
    }
    converted
}

impl Graph {
    /// The value of a node, evaluated when it is needed.
    fn value(self: &Rc<Self>, evaluator: &Evaluator, node: NodeId) -> Value {
        if let Some(value) = self.values.borrow().get(&node) {
            return *value;
        }
        let graph = Rc::clone(self);
        let value = evaluator.lazy(move |evaluator| graph.evaluate(evaluator, node));
        self.values.borrow_mut().insert(node, value);
        value
    }

    fn evaluate(self: &Rc<Self>, evaluator: &Evaluator, node: NodeId) -> Result<Value> {
        let lock = self.locked.lock_file.node(node).lock.as_ref();
        if let Some(lock) = lock
            && lock.locked.input.relative_path().is_none()
        {
            evaluator.check_url(&lock.locked.input.to_string())?;
        }
        let location = self.location(node).map_err(evaluation_error)?;
        let source_info = self.source_info(evaluator, &location)?;
        let out_path = self.out_path(evaluator, &location);
        let symbol = |name: &str| evaluator.symbol(name.as_bytes());
        if lock.is_some_and(|lock| !lock.is_flake) {
            let rest = evaluator.attrs(&[
                (symbol("outPath"), out_path),
                (symbol("sourceInfo"), source_info),
            ]);
            return self.join(evaluator, evaluator.attrs(&[]), source_info, rest);
        }
        let inputs = self.inputs(evaluator, node);
        let path = Path::new(&location.out_path).join("flake.nix");
        let outputs = self.outputs(evaluator, node, &path, &inputs)?;
        let named: Vec<_> = inputs
            .iter()
            .map(|(name, value)| (symbol(name), *value))
            .collect();
        let rest = evaluator.attrs(&[
            (symbol("outPath"), out_path),
            (symbol("inputs"), evaluator.attrs(&named)),
            (symbol("outputs"), outputs),
            (symbol("sourceInfo"), source_info),
            (symbol("_type"), evaluator.string(b"flake")),
        ]);
        self.join(evaluator, outputs, source_info, rest)
    }

    fn join(
        &self,
        evaluator: &Evaluator,
        outputs: Value,
        source_info: Value,
        rest: Value,
    ) -> Result<Value> {
        let join = evaluator.eval_string(JOIN, Path::new("/"))?;
        evaluator.call(join, &[outputs, source_info, rest])
    }

    /// The inputs of a node by name.
    fn inputs(self: &Rc<Self>, evaluator: &Evaluator, node: NodeId) -> Vec<(String, Value)> {
        let inputs = &self.locked.lock_file.node(node).inputs;
        inputs
            .iter()
            .map(|(name, edge)| {
                let value = match edge {
                    Edge::Node(child) => self.value(evaluator, *child),
                    Edge::Follows(target) => {
                        let (graph, target) = (Rc::clone(self), target.clone());
                        evaluator.lazy(move |evaluator| {
                            let node = graph.find(&target).map_err(evaluation_error)?;
                            Ok(graph.value(evaluator, node))
                        })
                    }
                };
                (name.clone(), value)
            })
            .collect()
    }

    fn find(&self, path: &InputPath) -> std::result::Result<NodeId, FlakeError> {
        let lock_file = &self.locked.lock_file;
        lock_file
            .find(path)?
            .ok_or_else(|| FlakeError::MissingInput(path.clone()))
    }

    /// The result of the function `outputs` of a flake, called when it is needed.
    fn outputs(
        self: &Rc<Self>,
        evaluator: &Evaluator,
        node: NodeId,
        path: &Path,
        inputs: &[(String, Value)],
    ) -> Result<Value> {
        let flake = evaluator.eval_file(path)?;
        let attributes = evaluator.force_attrs(flake, "while evaluating a flake")?;
        let Some(function) = evaluator.attr_named(attributes, b"outputs") else {
            return Err(EvalError::new(
                ErrorKind::MissingAttribute,
                format!("flake '{}' lacks attribute 'outputs'", path.display()),
            ));
        };
        let function = evaluator.force_function(function, "while evaluating a flake's outputs")?;
        let itself = self.value(evaluator, node);
        let arguments: Vec<_> = inputs
            .iter()
            .map(|(name, value)| (evaluator.symbol(name.as_bytes()), *value))
            .chain([(evaluator.symbol(b"self"), itself)])
            .collect();
        Ok(evaluator.lazy_call(function, evaluator.attrs(&arguments)))
    }

    /// What is known about a source.
    fn source_info(&self, evaluator: &Evaluator, location: &NodeLocation) -> Result<Value> {
        // In one order, whatever of it there is.
        for name in SOURCE_NAMES {
            let _ = evaluator.symbol(name.as_bytes());
        }
        let options = SourceAttributeOptions {
            force_dirty: location.force_dirty,
            ..SourceAttributeOptions::default()
        };
        let attributes = location
            .tree
            .source_attributes(options)
            .map_err(|error| evaluation_error(FlakeError::from(error)))?;
        let info = attributes
            .into_iter()
            .map(|(name, value)| {
                let value = match value {
                    SourceAttribute::String(text) => FetchAttr::String(text),
                    SourceAttribute::Integer(number) => FetchAttr::Int(number),
                    SourceAttribute::Boolean(truth) => FetchAttr::Bool(truth),
                };
                (name.to_owned(), value)
            })
            .collect();
        let store_path = self.root_of(&location.tree);
        evaluator.allow_path(Path::new(&store_path));
        let known = evaluator.fetched_tree(&Fetched { store_path, info });
        match location.tree.mounted {
            None => Ok(known),
            Some(knowledge) => self.add_unknown(evaluator, known, knowledge),
        }
    }

    /// Adds to what is known of a mounted tree what is found out only in another way.
    fn add_unknown(
        &self,
        evaluator: &Evaluator,
        known: Value,
        knowledge: Knowledge,
    ) -> Result<Value> {
        let path = evaluator.lazy(|evaluator| Err(evaluator.needs_path_of_source()));
        let mut unknown = vec![(evaluator.symbol(b"narHash"), path)];
        if knowledge == Knowledge::Nothing {
            for name in ["lastModified", "lastModifiedDate"] {
                let age = evaluator.lazy(|evaluator| Err(evaluator.needs_revision_of_source()));
                unknown.push((evaluator.symbol(name.as_bytes()), age));
            }
        }
        let nothing = evaluator.attrs(&[]);
        let all = self.join(evaluator, known, nothing, evaluator.attrs(&unknown))?;
        if knowledge == Knowledge::Nothing {
            evaluator.mark_source(all);
        }
        Ok(all)
    }

    /// The directory of a flake, as a string that refers to its source.
    fn out_path(&self, evaluator: &Evaluator, location: &NodeLocation) -> Value {
        let root = self.root_of(&location.tree);
        let context = evaluator.context([ContextElement::Opaque(Rc::from(root.as_bytes()))]);
        evaluator.string_with_context(location.out_path.as_bytes(), context)
    }

    /// The path of a tree in the store.
    fn root_of(&self, tree: &FetchedTree) -> String {
        self.flakes
            .fetcher
            .store()
            .store_dir()
            .print(&tree.store_path)
    }

    /// Where a node is; it is fetched if locking did not need to.
    fn location(&self, node: NodeId) -> std::result::Result<NodeLocation, FlakeError> {
        if let Some(location) = self.locations.borrow().get(&node) {
            return Ok(location.clone());
        }
        let location = self.find_location(node)?;
        self.locations.borrow_mut().insert(node, location.clone());
        Ok(location)
    }

    fn find_location(&self, node: NodeId) -> std::result::Result<NodeLocation, FlakeError> {
        let known = self.locked.locations.get(&node);
        let below = |mut out_path: String, directory: &str| {
            if !directory.is_empty() {
                out_path.push('/');
                out_path.push_str(directory);
            }
            out_path
        };
        let Some(lock) = &self.locked.lock_file.node(node).lock else {
            let flake = &self.locked.flake;
            let tree = Rc::clone(&flake.location.tree);
            let out_path = below(self.root_of(&tree), &flake.resolved.directory);
            return Ok(NodeLocation {
                tree,
                out_path,
                force_dirty: self.locked.force_dirty,
            });
        };
        if let Some(TreeLocation { tree, directory }) = known {
            let out_path = below(self.root_of(tree), &directory.to_string_lossy());
            return Ok(NodeLocation {
                tree: Rc::clone(tree),
                out_path,
                force_dirty: false,
            });
        }
        if let Some(path) = lock.locked.input.relative_path() {
            let root = InputPath::default();
            let parent = self.find(lock.parent.as_ref().unwrap_or(&root))?;
            let mut location = self.location(parent)?;
            location.out_path = below(below(location.out_path, path), &lock.locked.directory);
            return Ok(location);
        }
        let tree = self
            .flakes
            .fetcher
            .fetch(&lock.locked.input, true)
            .map_err(|error| {
                FlakeError::from(error)
                    .context(format!("while fetching the input '{}'", lock.locked.input))
            })?;
        let out_path = below(self.root_of(&tree), &lock.locked.directory);
        Ok(NodeLocation {
            tree,
            out_path,
            force_dirty: false,
        })
    }
}
