//! A cache as the store in which something is built.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use nix_store::build::{
    BuildError, BuildOptions, Cancellation, Observer, Offer, RemoteBuilder, RemoteBuilders,
    RemoteJob, Requirements, Unobserved, Wanted,
};
use nix_store::store::{CopyOptions, Import, Store, copy_closure, copy_paths};
use nix_store::{Layout, LocalStore};
use nix_wire::derivation::{DerivationError, DerivationOutput, HashModulo, InputOutputs};
use nix_wire::{Derivation, StorePath};

use super::support::{World, set, substituters, trusted};

const SYSTEM: &str = "x86_64-linux";
const COPY: CopyOptions = CopyOptions {
    import: Import::TRUSTED,
    substitute: false,
};

/// A machine that builds in a store of its own.
#[derive(Debug)]
struct Machine(Layout);

#[derive(Debug)]
struct OnMachine(LocalStore);

impl RemoteBuilders for Machine {
    fn places(&self) -> usize {
        1
    }

    fn reserve(&self, requirements: &Requirements, _: &dyn Observer) -> Result<Offer, BuildError> {
        if requirements.system != SYSTEM {
            return Ok(Offer::Nobody("there is no such machine".to_owned()));
        }
        let store = LocalStore::new(self.0.clone());
        Ok(Offer::Accepted(Box::new(OnMachine(store))))
    }
}

impl RemoteBuilder for OnMachine {
    fn uri(&self) -> String {
        "machine".to_owned()
    }

    fn build(
        &self,
        store: &dyn Store,
        job: &RemoteJob<'_>,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildError> {
        let OnMachine(own) = self;
        copy_closure(store, own, &job.derivation.input_sources, COPY)?;
        let options = BuildOptions {
            remote_builders: None,
            ..options.clone()
        };
        let built = own.build_given(job.path, job.derivation, &options, cancellation, observer);
        let built = built.map_err(|errors| BuildError::Other(errors.to_string()))?;
        let outputs: BTreeSet<StorePath> = built.values().cloned().collect();
        copy_paths(own, store, &own.closure(outputs.iter())?, COPY)?;
        Ok(built)
    }
}

fn derive(world: &World, name: &str, script: &str, input: Option<&StorePath>) -> StorePath {
    let store = &world.source;
    let mut derivation = Derivation::new(name);
    derivation.system = SYSTEM.into();
    derivation.builder = b"/bin/sh".to_vec();
    derivation.arguments = vec![b"-euc".to_vec(), script.into()];
    derivation
        .outputs
        .insert("out".to_owned(), DerivationOutput::Deferred);
    let mut modulo = HashModulo::Deferred;
    if let Some(input) = input {
        let read = store.read_derivation(input).expect("readable");
        let nothing = |_: &StorePath| Ok::<_, DerivationError>(HashModulo::Deferred);
        modulo = read
            .hash_modulo(store.store_dir(), nothing)
            .expect("a hash");
        derivation
            .input_derivations
            .insert(input.clone(), InputOutputs::of(["out"]));
    }
    derivation
        .fill_in_output_paths(store.store_dir(), |_| {
            Ok::<_, DerivationError>(modulo.clone())
        })
        .expect("paths");
    store.add_derivation(&derivation).expect("added")
}

#[test]
fn what_is_built_for_a_cache_is_built_elsewhere_and_goes_there() {
    let world = World::new();
    let low = derive(&world, "low", "echo low > $out", None);
    let made = world.source.derivation_outputs(&low).expect("readable")["out"].clone();
    let printed = world.source.store_dir().print(&made);
    let script = format!("echo {printed} > $out");
    let high = derive(&world, "high", &script, Some(&low));
    world.fill(&[&high], trusted());
    let url = format!("file://{}", world.cache_directory().display());
    let cache = world.cache(&url, trusted());
    let wanted = [Wanted::all_of(high.clone())];

    let missing = cache.missing(&wanted).expect("an answer");
    assert_eq!(missing.build, [low, high]);
    let (cancellation, observer) = (Cancellation::new(), &Unobserved);
    let mut options = BuildOptions::new(SYSTEM);
    let error = cache
        .build(&wanted, &options, &cancellation, observer)
        .expect_err("nobody builds");
    assert!(
        error.to_string().contains("enable remote builds"),
        "{error}"
    );

    options.remote_builders = Some(Arc::new(Machine(world.source.layout().clone())));
    let built = cache
        .build(&wanted, &options, &cancellation, observer)
        .expect("built");
    let info = cache.require(&built[0]["out"]).expect("in the cache");
    assert_eq!(info.references, set(&[&made]));

    // It is not built again, by whomever.
    options.remote_builders = None;
    let again = cache
        .build(&wanted, &options, &cancellation, observer)
        .expect("there");
    assert_eq!(again, built);
}

#[test]
fn what_nobody_has_is_named() {
    let world = World::new();
    let low = world.object("low", "x", &[]);
    let high = world.object("high", "x", &[&low]);
    world.fill(&[&high], trusted());
    std::fs::remove_file(world.narinfo(&low)).expect("removed");
    let url = format!("file://{}", world.cache_directory().display());
    let watched = substituters(vec![world.cache(&url, trusted())]);
    let wanted = set(&[&high]);
    let plan = watched.substituters.plan(&world.target, &wanted);
    let plan = plan.expect("an answer");
    assert_eq!(*plan.lacking(), set(&[&low]));
    assert!(plan.offered(&wanted).is_empty());
}
