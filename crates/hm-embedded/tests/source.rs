//! The archive inside the program.

use nix_wire::Hash;
use nix_wire::nar;

#[test]
fn the_hash_is_that_of_the_archive() {
    assert_eq!(
        Hash::sha256(hm_embedded::SOURCE).sri(),
        hm_embedded::NAR_HASH
    );
}

#[test]
fn the_archive_unpacks_to_what_a_home_needs() {
    struct Names(Vec<String>);
    impl nar::Visitor for Names {
        fn directory(&mut self, path: &std::path::Path) -> Result<(), nar::NarError> {
            self.0.push(path.display().to_string());
            Ok(())
        }
        fn end_directory(&mut self, _path: &std::path::Path) -> Result<(), nar::NarError> {
            Ok(())
        }
        fn regular(
            &mut self,
            path: &std::path::Path,
            _executable: bool,
            contents: &mut nar::Contents<'_>,
        ) -> Result<(), nar::NarError> {
            self.0.push(path.display().to_string());
            std::io::copy(contents, &mut std::io::sink())?;
            Ok(())
        }
        fn symlink(&mut self, path: &std::path::Path, _target: &[u8]) -> Result<(), nar::NarError> {
            self.0.push(path.display().to_string());
            Ok(())
        }
    }
    let mut names = Names(Vec::new());
    nar::read(&mut &*hm_embedded::SOURCE, &mut names).expect("an archive");
    for wanted in [
        "flake.nix",
        "lib/default.nix",
        "modules/default.nix",
        "pkgs/default.nix",
    ] {
        assert!(
            names.0.iter().any(|name| name == wanted),
            "{wanted} is missing"
        );
    }
    assert!(!names.0.iter().any(|name| name.contains("/tests/")));
}
