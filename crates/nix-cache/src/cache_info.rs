//! The file `nix-cache-info`.

use nix_wire::StoreDir;

/// What a cache says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheInfo {
    /// What the paths of its objects begin with.
    pub store_dir: Option<String>,
    /// Whether it may be asked for many objects at once that nobody needs yet.
    pub want_mass_query: bool,
    /// Caches with lower numbers are asked first.
    pub priority: i64,
}

impl Default for CacheInfo {
    fn default() -> CacheInfo {
        CacheInfo {
            store_dir: None,
            want_mass_query: false,
            priority: 50,
        }
    }
}

impl CacheInfo {
    /// The name of the file.
    pub const FILE: &str = "nix-cache-info";

    /// Reads the file. Unknown lines are passed over.
    #[must_use]
    pub fn parse(text: &str) -> CacheInfo {
        let mut info = CacheInfo::default();
        for line in text.lines() {
            let Some((name, value)) = line.split_once(':') else {
                continue;
            };
            let value = value.trim();
            match name {
                "StoreDir" => info.store_dir = Some(value.to_owned()),
                "WantMassQuery" => info.want_mass_query = value == "1",
                "Priority" => info.priority = value.parse().unwrap_or(info.priority),
                _ => {}
            }
        }
        info
    }

    /// The file of a new cache.
    #[must_use]
    pub fn text_for(store_dir: &StoreDir) -> String {
        format!("StoreDir: {}\n", store_dir.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let info = CacheInfo::parse(
            "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\nLater: x\nnonsense\n",
        );
        assert_eq!(info.store_dir.as_deref(), Some("/nix/store"));
        assert_eq!((info.want_mass_query, info.priority), (true, 40));
        let store_dir = StoreDir::default();
        let new = CacheInfo::parse(&CacheInfo::text_for(&store_dir));
        assert_eq!(new.store_dir.as_deref(), Some("/nix/store"));
        assert_eq!(CacheInfo::parse("Priority: high").priority, 50);
    }
}
