//! Objects rewritten so that their paths follow from what is in them.

use std::collections::{BTreeMap, BTreeSet};

use nix_wire::store_path::References;
use nix_wire::{ContentAddress, ContentAddressMethod, Hash, HashAlgorithm, StorePath};

use super::copy::in_order;
use super::{Import, Result, Store};
use crate::build::{Rewrites, hash_without_own};
use nix_wire::PathInfo;

/// Adds to a store what another one has of these objects and of all that they refer to, each under
/// the path that follows from its contents; in those the new paths take the places of the old ones.
/// Gives the new paths, of all, by the old ones. `told` hears of each.
///
/// # Errors
/// When an object is not valid in `from`, or `to` does not take what it has become.
pub fn make_content_addressed(
    from: &dyn Store,
    to: &dyn Store,
    paths: &BTreeSet<StorePath>,
    told: &mut dyn FnMut(&StorePath, &StorePath),
) -> Result<BTreeMap<StorePath, StorePath>> {
    let infos: Vec<PathInfo> = from
        .closure(paths)?
        .iter()
        .map(|path| from.require(path))
        .collect::<Result<_>>()?;
    let mut renamed: BTreeMap<StorePath, StorePath> = BTreeMap::new();
    for info in in_order(&infos, |info| &info.path, |info| &info.references) {
        let path = &info.path;
        let mut archive = Vec::new();
        from.export_archive(path, &mut archive)?;
        let mut rewrites = Rewrites::default();
        let mut others = BTreeSet::new();
        for reference in info.references.iter().filter(|other| *other != path) {
            let new = renamed.get(reference).unwrap_or(reference);
            if new != reference {
                let (old, new) = (from.store_dir().print(reference), to.store_dir().print(new));
                rewrites.add(old, new);
            }
            others.insert(new.clone());
        }
        let archive = rewrites.apply(archive);
        let to_itself = info.references.contains(path);
        let hash = hash_without_own(&archive, HashAlgorithm::Sha256, path.hash_part())?;
        let method = ContentAddressMethod::NixArchive;
        let list: Vec<StorePath> = others.iter().cloned().collect();
        let references = References {
            others: &list,
            to_itself,
        };
        let new = to
            .store_dir()
            .content_path(path.name(), method, &hash, references)?;
        told(path, &new);
        let mut own = Rewrites::default();
        own.add(path.hash_part(), new.hash_part());
        let archive = own.apply(archive);
        let mut new_info = PathInfo::new(new.clone(), Hash::sha256(&archive), archive.len() as u64);
        new_info.references = others;
        if to_itself {
            new_info.references.insert(new.clone());
        }
        new_info.content_address = Some(ContentAddress { method, hash });
        to.import(&new_info, &mut archive.as_slice(), Import::TRUSTED)?;
        renamed.insert(path.clone(), new);
    }
    Ok(renamed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestStore, With as _, script};

    #[test]
    fn a_closure_gets_paths_that_follow_from_it() {
        let store = TestStore::new();
        let low = store.derive(script("low", "echo $out > $out"));
        let low_out = store.realise(&low).expect("built");
        let printed = store.layout().print(&low_out);
        let high = script("high", &format!("echo {printed} $out > $out"));
        let high = store.derive(high.with_input(&low, &["out"]));
        let high_out = store.realise(&high).expect("built");

        let wanted = BTreeSet::from([high_out.clone()]);
        let nobody = &mut |_: &StorePath, _: &StorePath| ();
        let renamed = make_content_addressed(&*store, &*store, &wanted, nobody).expect("rewritten");
        let (new_low, new_high) = (&renamed[&low_out], &renamed[&high_out]);
        assert_eq!(
            store.read(new_low, ""),
            format!("{}\n", store.layout().print(new_low))
        );
        let info = store.require(new_high).expect("valid");
        assert_eq!(
            info.references,
            BTreeSet::from([new_low.clone(), new_high.clone()])
        );
        assert!(store.verify(true).expect("readable").is_empty());
        // They are what they would become.
        let again = BTreeSet::from([new_high.clone()]);
        let again = make_content_addressed(&*store, &*store, &again, nobody).expect("rewritten");
        assert!(again.iter().all(|(old, new)| old == new), "{again:?}");
    }

    #[test]
    fn what_refers_to_itself_is_checked_as_well() {
        let store = TestStore::new();
        let made = store.derive(script("made", "echo $out > $out"));
        let made = store.realise(&made).expect("built");
        let wanted = BTreeSet::from([made.clone()]);
        let nobody = &mut |_: &StorePath, _: &StorePath| ();
        let renamed = make_content_addressed(&*store, &*store, &wanted, nobody).expect("rewritten");
        let info = store.require(&renamed[&made]).expect("valid");
        store.delete(&info.path).expect("deleted");
        let printed = store.layout().print(&info.path);
        for (contents, is_right) in [
            (format!("evil {printed}\n"), false),
            (format!("{printed}\n"), true),
        ] {
            let mut archive = Vec::new();
            nix_wire::nar::write_regular(false, contents.as_bytes(), &mut archive)
                .expect("written");
            let mut claimed = info.clone();
            claimed.nar_hash = Hash::sha256(&archive);
            claimed.nar_size = archive.len() as u64;
            let added = store.import_archive(&claimed, &mut archive.as_slice());
            assert_eq!(added.is_ok(), is_right, "{contents} {added:?}");
        }
    }
}
