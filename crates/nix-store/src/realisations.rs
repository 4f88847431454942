//! What was built for outputs whose paths do not follow from their derivation.

use nix_wire::{Hash, StorePath};

use crate::error::StoreError;
use crate::local::LocalStore;

impl LocalStore {
    /// What was built for an output, under the hash of its derivation modulo inputs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn realisation(
        &self,
        derivation: &Hash,
        output: &str,
    ) -> Result<Option<StorePath>, StoreError> {
        self.with_database(|database| database.realisation(derivation, output))
    }

    /// Records what was built for an output; nothing changes when something was before.
    ///
    /// # Errors
    /// When the path is not valid, or the database cannot be written.
    pub fn register_realisation(
        &self,
        derivation: &Hash,
        output: &str,
        path: &StorePath,
    ) -> Result<(), StoreError> {
        self.with_database(|database| database.register_realisation(derivation, output, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStore;

    #[test]
    fn what_was_built_is_known_until_it_is_deleted() {
        let store = TestStore::new();
        let hash = Hash::sha256("a derivation");
        assert_eq!(store.realisation(&hash, "out").expect("readable"), None);
        let path = store.text("x", "x");
        let other = store.text("y", "y");
        store
            .register_realisation(&hash, "out", &path)
            .expect("recorded");
        store
            .register_realisation(&hash, "out", &other)
            .expect("nothing new");
        let again = store.reopened();
        assert_eq!(
            again.realisation(&hash, "out").expect("readable"),
            Some(path.clone())
        );
        assert_eq!(again.realisation(&hash, "dev").expect("readable"), None);
        store.delete(&path).expect("deleted");
        assert_eq!(store.realisation(&hash, "out").expect("readable"), None);
    }
}
