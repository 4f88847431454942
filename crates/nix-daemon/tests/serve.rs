//! Client and server of the serve protocol against each other.

mod support;

use std::collections::BTreeSet;
use std::io::{PipeWriter, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use nix_daemon::server::serve_serve;
use nix_daemon::{Abort, Link, ServeStore, Transport};
use nix_store::build::{BuildOptions, Cancellation, Observer};
use nix_store::{Layout, Store};
use nix_wire::StorePath;
use support::{Place, SYSTEM, script, service};

/// A server in a thread, which says on a pipe what builders write.
#[derive(Debug)]
struct Serving(Layout);

struct OnPipe(Mutex<PipeWriter>);

impl Observer for OnPipe {
    fn log_line(&self, _: &StorePath, line: &[u8]) {
        let mut pipe = self.0.lock().expect("whole");
        pipe.write_all(&[line, b"\n"].concat()).expect("written");
    }
}

impl Transport for Serving {
    fn connect(&self) -> Result<Link, String> {
        let failed = |error: std::io::Error| error.to_string();
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        let (beside, writer) = std::io::pipe().map_err(failed)?;
        let service = service(&self.0, true);
        let source = theirs.try_clone().map_err(failed)?;
        std::thread::spawn(move || {
            let observer = OnPipe(Mutex::new(writer));
            serve_serve(&service, true, &observer, source, theirs)
        });
        Ok(Link {
            source: Box::new(ours.try_clone().map_err(failed)?),
            sink: Box::new(ours.try_clone().map_err(failed)?),
            beside: Some(beside.into()),
            abort: Abort::socket(ours),
        })
    }

    fn is_on_this_machine(&self) -> bool {
        false
    }
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl Observer for Lines {
    fn log_line(&self, derivation: &StorePath, line: &[u8]) {
        let line = format!("{}: {}", derivation.name(), String::from_utf8_lossy(line));
        self.0.lock().expect("whole").push(line);
    }
}

#[test]
fn what_builders_write_is_heard_here_and_kept_only_here() {
    let place = Place::new();
    let local = place.store();
    let store = ServeStore::new(
        "serving",
        place.layout.store_dir.clone(),
        Box::new(Serving(place.layout.clone())),
    );
    let (options, cancellation) = (BuildOptions::new(SYSTEM), Cancellation::new());
    for (name, program, fails) in [
        (
            "good",
            "for i in 1 2 3; do echo $i; done; echo > $out",
            false,
        ),
        ("bad", "echo reason; exit 1", true),
        ("again", "echo more; echo > $out", false),
    ] {
        let derivation = script(&local, name, program, &[]);
        let (path, _) = derivation.path_and_text(local.store_dir()).expect("a text");
        let lines = Lines::default();
        let built = store.build_derivation(&path, &derivation, &options, &cancellation, &lines);
        assert_eq!(built.is_err(), fails, "{built:?}");
        if let Ok(built) = built {
            let outputs: BTreeSet<StorePath> = built.into_values().collect();
            assert_eq!(store.valid_among(&outputs, false).expect("asked"), outputs);
        }
        let heard = lines.0.into_inner().expect("whole");
        let expected: &[&str] = match name {
            "good" => &["good.drv: 1", "good.drv: 2", "good.drv: 3"],
            "bad" => &["bad.drv: reason"],
            _ => &["again.drv: more"],
        };
        assert_eq!(heard, expected);
        assert_eq!(local.build_log(&path).expect("readable"), None);
    }
}
