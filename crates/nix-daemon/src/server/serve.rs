//! `nix-store --serve`: the serve protocol on a store.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::time::Duration;

use nix_protocol::serve::{BuildOptions, Request};
use nix_protocol::{
    BuildResult, BuildStatus, Context, Decoder, DerivedPath, Encoder, Item, Outputs, ProtocolError,
    Unkeyed, serve_accept,
};
use nix_store::build::{BuildErrors, Observer, Unobserved, Wanted};
use nix_store::store::Import;
use nix_store::{Store, StoreError};
use nix_wire::StorePath;

use super::{Refused, Service, operations, status_of, substitute_with};

type Result<T, E = ProtocolError> = std::result::Result<T, E>;

/// Answers a client of the serve protocol until it ends. Without `write` it may only read. What
/// builders write is told to the observer; the protocol has no place for it. There is
/// no way to tell it of a failure but to break off; the error says why.
///
/// # Errors
/// When something fails, the client breaks off or says what makes no sense.
pub fn serve_serve(
    service: &Service,
    write: bool,
    observer: &dyn Observer,
    source: impl Read,
    sink: impl Write,
) -> Result<()> {
    let mut source = BufReader::with_capacity(64 * 1024, source);
    let mut sink = BufWriter::with_capacity(64 * 1024, sink);
    let store_dir = service.store.store_dir().clone();
    let context = serve_accept(&mut source, &mut sink, store_dir)?;
    let mut server = Server {
        service,
        write,
        observer,
        context,
        source,
        sink,
    };
    loop {
        if server.source.fill_buf()?.is_empty() {
            return Ok(());
        }
        let request = Decoder::new(&mut server.source, &server.context).read()?;
        server.perform(request)?;
        server.sink.flush()?;
    }
}

struct Server<'a, R: Read, W: Write> {
    service: &'a Service,
    write: bool,
    observer: &'a dyn Observer,
    context: Context,
    source: BufReader<R>,
    sink: BufWriter<W>,
}

impl<R: Read, W: Write> Server<'_, R, W> {
    fn say<T: Item>(&mut self, item: &T) -> Result<()> {
        Encoder::new(&mut self.sink, &self.context).write(item)
    }

    fn allowed(&self, what: &str) -> Result<()> {
        if self.write {
            return Ok(());
        }
        Err(broken(format!("{what} paths is not allowed")))
    }

    fn perform(&mut self, request: Request) -> Result<()> {
        let store = &*self.service.store;
        match request {
            Request::QueryValidPaths {
                lock,
                substitute,
                paths,
            } => {
                if lock && self.write {
                    for path in &paths {
                        store.add_temporary_root(path).map_err(failed)?;
                    }
                }
                let substitute = substitute && self.write;
                if substitute {
                    let Service {
                        build,
                        cancellation,
                        ..
                    } = self.service;
                    substitute_with(store, build, &paths, cancellation, &Unobserved)
                        .map_err(failed)?;
                }
                let valid = store.valid_among(&paths, substitute).map_err(failed)?;
                self.say(&valid)
            }
            Request::QueryPathInfos(paths) => {
                for path in paths {
                    if let Some(info) = store.path_info(&path).map_err(failed)? {
                        self.say(&path)?;
                        self.say(&Unkeyed::of(info))?;
                    }
                }
                self.say(&String::new())
            }
            Request::DumpStorePath(path) => {
                store.export_archive(&path, &mut self.sink).map_err(failed)
            }
            Request::ImportPaths => {
                self.allowed("importing")?;
                match store.as_local() {
                    Some(local) => local.import_paths(&mut self.source).map_err(failed)?,
                    None => return Err(failed(store.unsupported("importPaths"))),
                };
                self.say(&1_u64)
            }
            Request::BuildPaths { paths, options } => {
                self.allowed("building")?;
                let wanted: Vec<Wanted> = paths.iter().map(wanted).collect();
                match self.build(&wanted, options) {
                    Ok(()) => self.say(&0_u64),
                    Err(errors) => {
                        let refused = Refused::Build(errors).to_remote();
                        self.say(&refused.status)?;
                        self.say(&refused.message)
                    }
                }
            }
            Request::BuildDerivation {
                path,
                derivation,
                options,
            } => {
                self.allowed("building")?;
                let options = self.options(options);
                let cancellation = &self.service.cancellation;
                let built = store.build_derivation(
                    &path,
                    &derivation,
                    &options,
                    cancellation,
                    self.observer,
                );
                let result = match built {
                    Ok(outputs) => BuildResult {
                        outputs,
                        times_built: 1,
                        ..BuildResult::new(BuildStatus::Built)
                    },
                    Err(errors) => {
                        let status = errors.0.first().map_or(BuildStatus::MiscFailure, status_of);
                        BuildResult::failure(status, errors.to_string())
                    }
                };
                self.say(&result)
            }
            Request::QueryClosure {
                include_outputs,
                paths,
            } => {
                let closure = closure(store, paths, include_outputs).map_err(failed)?;
                self.say(&closure)
            }
            Request::AddToStoreNar(info) => {
                self.allowed("importing")?;
                operations::import(store, &info, &mut self.source, Import::TRUSTED).map_err(
                    |refused| match refused {
                        Refused::Protocol(error) => error,
                        other => broken(other.to_remote().message),
                    },
                )?;
                self.say(&1_u64)
            }
        }
    }

    fn options(&self, options: BuildOptions) -> nix_store::build::BuildOptions {
        let seconds = |seconds: u64| (seconds > 0).then(|| Duration::from_secs(seconds));
        let mut build = self.service.build.clone();
        build.silent_timeout = seconds(options.max_silent_time);
        build.timeout = seconds(options.build_timeout);
        build.keep_failed = options.keep_failed;
        // Whoever wants it built keeps what is said of it.
        build.logs.keep = false;
        build
    }

    fn build(&self, wanted: &[Wanted], options: BuildOptions) -> Result<(), BuildErrors> {
        let options = self.options(options);
        let cancellation = &self.service.cancellation;
        self.service
            .store
            .build(wanted, &options, cancellation, self.observer)?;
        Ok(())
    }
}

/// These and all that they refer to, and on wish the outputs of derivations among them.
fn closure(
    store: &dyn Store,
    paths: BTreeSet<StorePath>,
    include_outputs: bool,
) -> Result<BTreeSet<StorePath>, StoreError> {
    let mut closure = BTreeSet::new();
    let mut pending: Vec<StorePath> = paths.into_iter().collect();
    while let Some(path) = pending.pop() {
        if closure.contains(&path) {
            continue;
        }
        pending.extend(store.require(&path)?.references);
        if include_outputs && path.is_derivation() {
            let outputs = store.derivation_outputs(&path)?.into_values().flatten();
            for output in outputs {
                if store.is_valid(&output)? {
                    pending.push(output);
                }
            }
        }
        closure.insert(path);
    }
    Ok(closure)
}

fn wanted(path: &DerivedPath) -> Wanted {
    match path {
        DerivedPath::Object(path) => Wanted::Object(path.clone()),
        DerivedPath::Built {
            derivation,
            outputs,
        } => Wanted::Outputs {
            derivation: derivation.clone(),
            outputs: match outputs {
                Outputs::All => None,
                Outputs::Named(names) => Some(names.clone()),
            },
        },
    }
}

fn failed(error: impl Into<StoreError>) -> ProtocolError {
    broken(error.into().to_string())
}

fn broken(message: String) -> ProtocolError {
    ProtocolError::Io(io::Error::other(message))
}
