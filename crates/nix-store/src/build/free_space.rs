//! Garbage is collected while builds go on, when the disk gets full.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::Cancellation;
use crate::error::{During, StoreError};
use crate::gc::GcOptions;
use crate::local::LocalStore;

/// How often it is looked whether the builds have ended.
const PATIENCE: Duration = Duration::from_millis(100);

/// How much room builds are to have.
#[derive(Debug, Clone)]
pub struct FreeSpace {
    /// With fewer free bytes garbage is collected.
    pub least: u64,
    /// Until so many bytes are free.
    pub wanted: u64,
    /// How often it is measured.
    pub interval: Duration,
    /// What may be collected.
    pub collection: GcOptions,
    /// A file with the number of free bytes, which then are not measured.
    pub stated_in: Option<PathBuf>,
}

impl FreeSpace {
    /// Measures again and again, and collects when there is too little room, until `ended`.
    pub(super) fn watch(&self, store: &LocalStore, ended: &Cancellation) {
        let mut after = u64::MAX;
        while !ended.is_cancelled() {
            // What cannot be measured or collected is no reason not to build.
            if let Ok(Some(free)) = self.look(store, after, ended) {
                after = free;
            }
            let begun = Instant::now();
            while begun.elapsed() < self.interval && !ended.is_cancelled() {
                thread::sleep(PATIENCE.min(self.interval));
            }
        }
    }

    /// Gives how much was free after a collection, if there was one. Nothing is gained by another
    /// one as long as that has hardly changed since the last, when `after` bytes were free.
    fn look(
        &self,
        store: &LocalStore,
        after: u64,
        ended: &Cancellation,
    ) -> Result<Option<u64>, StoreError> {
        let free = self.measure(store)?;
        let hardly_changed = after != u64::MAX && free > after / 100 * 97;
        if free >= self.least || free >= self.wanted || hardly_changed {
            return Ok(None);
        }
        let options = GcOptions {
            max_freed: Some(self.wanted - free),
            ..self.collection.clone()
        };
        store.collect_garbage(&options, ended, &mut |_: &str| {})?;
        self.measure(store).map(Some)
    }

    fn measure(&self, store: &LocalStore) -> Result<u64, StoreError> {
        if let Some(file) = &self.stated_in {
            let text = std::fs::read_to_string(file).during("read", file)?;
            return Ok(text.trim().parse().unwrap_or(u64::MAX));
        }
        let directory = &store.layout().real_store_dir;
        let stat = rustix::fs::statvfs(directory.as_path())
            .map_err(std::io::Error::from)
            .during("measure", directory)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestStore;

    #[test]
    fn garbage_is_collected_when_there_is_little_room() {
        let store = TestStore::new();
        store.text("garbage", "of no use");
        let stated = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(stated.path(), "100").expect("written");
        let space = FreeSpace {
            least: 50,
            wanted: 1 << 20,
            interval: Duration::from_millis(1),
            collection: GcOptions::default(),
            stated_in: Some(stated.path().to_owned()),
        };
        let ended = Cancellation::new();
        assert_eq!(
            space.look(&store, u64::MAX, &ended).expect("measured"),
            None
        );
        let space = FreeSpace {
            least: 200,
            ..space
        };
        let free = space.look(&store, u64::MAX, &ended).expect("collected");
        assert_eq!(free, Some(100));
        // Nothing has changed since.
        assert_eq!(space.look(&store, 100, &ended).expect("measured"), None);
    }
}
