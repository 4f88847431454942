//! A store behind `nix-store --serve`, as far as copying and building need it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use nix_protocol::serve::{BuildOptions, Request};
use nix_protocol::{BuildResult, Context, Decoder, Encoder, Item, Unkeyed, serve_greet};
use nix_store::build::{BuildError, BuildErrors, Cancellation, Observer, Wanted};
use nix_store::store::Import;
use nix_store::{Store, StoreError};
use nix_wire::nar::NarError;
use nix_wire::{Derivation, PathInfo, StoreDir, StorePath};

use crate::beside::{Beside, LineListener};
use crate::client::{copy_archive, derived_path};
use crate::connection::Failed;
use crate::error::DaemonError;
use crate::transport::{Abort, Transport};

type Result<T, E = StoreError> = std::result::Result<T, E>;

/// A store behind `nix-store --serve`. One connection is opened when it is needed, and used by one
/// thread at a time.
pub struct ServeStore {
    uri: String,
    store_dir: StoreDir,
    transport: Box<dyn Transport>,
    listener: Arc<LineListener>,
    conversation: Mutex<Option<Conversation>>,
}

impl fmt::Debug for ServeStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServeStore")
            .field("uri", &self.uri)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

struct Conversation {
    source: BufReader<Box<dyn Read + Send>>,
    sink: BufWriter<Box<dyn Write + Send>>,
    context: Context,
    beside: Option<Beside>,
    abort: Abort,
}

impl Conversation {
    fn ask(&mut self, request: &Request) -> Result<(), Failed> {
        Encoder::new(&mut self.sink, &self.context).write(request)?;
        Ok(self.sink.flush()?)
    }

    fn answer<T: Item>(&mut self) -> Result<T, Failed> {
        Ok(Decoder::new(&mut self.source, &self.context).read()?)
    }
}

impl ServeStore {
    /// The store of this name whose paths begin with this directory. Nothing is opened yet.
    #[must_use]
    pub fn new(
        uri: impl Into<String>,
        store_dir: StoreDir,
        transport: Box<dyn Transport>,
    ) -> ServeStore {
        ServeStore {
            uri: uri.into(),
            store_dir,
            transport,
            listener: Arc::new(|_| ()),
            conversation: Mutex::new(None),
        }
    }

    /// With somebody who is told what the other side says beside the protocol, other than the output
    /// of builders.
    #[must_use]
    pub fn with_listener(self, listener: Arc<LineListener>) -> ServeStore {
        ServeStore { listener, ..self }
    }

    /// Has something built, and tells what the other side says meanwhile: the protocol itself says
    /// nothing of what builders write.
    fn talk_of_build<T>(
        &self,
        derivation: Option<&StorePath>,
        observer: &dyn Observer,
        work: impl FnOnce(&mut Conversation) -> Result<T, Failed>,
    ) -> Result<T, DaemonError> {
        std::thread::scope(|scope| {
            self.talk("build", |conversation| {
                let beside = conversation.beside.clone();
                if let (Some(beside), Some(derivation)) = (&beside, derivation) {
                    let (to, lines) = channel::<Vec<u8>>();
                    beside.listen(to);
                    scope.spawn(move || {
                        for line in lines {
                            observer.log_line(derivation, &line);
                        }
                    });
                }
                let result = work(conversation);
                if let Some(beside) = beside {
                    beside.unlisten();
                }
                result
            })
        })
    }

    fn talk<T>(
        &self,
        asked: &'static str,
        work: impl FnOnce(&mut Conversation) -> Result<T, Failed>,
    ) -> Result<T, DaemonError> {
        let mut kept = self
            .conversation
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // One that fails is not put back: where in it both sides are is not known.
        let mut conversation = match kept.take() {
            Some(conversation) => conversation,
            None => self.open()?,
        };
        match work(&mut conversation) {
            Ok(value) => {
                *kept = Some(conversation);
                Ok(value)
            }
            Err(failed) => {
                conversation.abort.abort();
                Err(match failed {
                    Failed::Protocol(error) => DaemonError::Protocol {
                        store: self.uri.clone(),
                        asked,
                        error,
                    },
                    Failed::Remote(error) => DaemonError::Remote(error),
                    Failed::Source(error) => DaemonError::Source(Box::new(error)),
                })
            }
        }
    }

    fn open(&self) -> Result<Conversation, DaemonError> {
        let failed = |reason: String| DaemonError::Connect {
            store: self.uri.clone(),
            reason,
        };
        let link = self.transport.connect().map_err(failed)?;
        let mut source = BufReader::with_capacity(64 * 1024, link.source);
        let mut sink = BufWriter::with_capacity(64 * 1024, link.sink);
        let beside = link.beside.map(|errors| {
            Beside::read(errors, Arc::clone(&self.listener))
                .map_err(|error| failed(error.to_string()))
        });
        let beside = beside.transpose()?;
        let context =
            serve_greet(&mut source, &mut sink, self.store_dir.clone()).map_err(|error| {
                // That of `ssh`, say, why there is no connection.
                if let Some(beside) = &beside {
                    beside.finish();
                }
                failed(error.to_string())
            })?;
        Ok(Conversation {
            source,
            sink,
            context,
            beside,
            abort: link.abort,
        })
    }

    fn infos(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeMap<StorePath, PathInfo>> {
        Ok(self.talk("query objects", |conversation| {
            conversation.ask(&Request::QueryPathInfos(paths.clone()))?;
            let mut infos = BTreeMap::new();
            while let Some(path) = conversation.answer::<Option<StorePath>>()? {
                let info = conversation.answer::<Unkeyed>()?.with_path(path.clone());
                infos.insert(path, info);
            }
            Ok(infos)
        })?)
    }
}

impl Store for ServeStore {
    fn uri(&self) -> String {
        self.uri.clone()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn connect(&self) -> Result<()> {
        Ok(self.talk("connect", |_| Ok(()))?)
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        Ok(self.infos(&BTreeSet::from([path.clone()]))?.remove(path))
    }

    fn valid_among(
        &self,
        paths: &BTreeSet<StorePath>,
        substitute: bool,
    ) -> Result<BTreeSet<StorePath>> {
        Ok(self.talk("query objects", |conversation| {
            conversation.ask(&Request::QueryValidPaths {
                lock: true,
                substitute,
                paths: paths.clone(),
            })?;
            conversation.answer()
        })?)
    }

    fn closure(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        Ok(self.talk("query what objects refer to", |conversation| {
            conversation.ask(&Request::QueryClosure {
                include_outputs: false,
                paths: paths.clone(),
            })?;
            conversation.answer()
        })?)
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        // The other side breaks off when it is not there.
        self.require(path)?;
        Ok(self.talk("read an object", |conversation| {
            conversation.ask(&Request::DumpStorePath(path.clone()))?;
            copy_archive(&mut conversation.source, sink)
        })?)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, _how: Import) -> Result<()> {
        let imported = self.talk("add an object", |conversation| {
            conversation.ask(&Request::AddToStoreNar(info.clone()))?;
            let copied = io::copy(&mut source.take(info.nar_size), &mut conversation.sink)
                .map_err(|error| Failed::Source(StoreError::Nar(NarError::Io(error))))?;
            if copied < info.nar_size {
                return Err(Failed::Source(StoreError::Nar(NarError::Truncated)));
            }
            conversation.sink.flush()?;
            conversation.answer::<u64>()
        })?;
        if imported == 1 {
            Ok(())
        } else {
            Err(DaemonError::NotImported(self.uri.clone()).into())
        }
    }

    fn build(
        &self,
        wanted: &[Wanted],
        options: &nix_store::build::BuildOptions,
        _cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        let paths = wanted.iter().map(derived_path).collect();
        let request = Request::BuildPaths {
            paths,
            options: build_options(options),
        };
        let first = wanted.iter().find_map(|wanted| match wanted {
            Wanted::Outputs { derivation, .. } => Some(derivation),
            Wanted::Object(_) => None,
        });
        let talked = self.talk_of_build(first, observer, |conversation| {
            conversation.ask(&request)?;
            let status = conversation.answer::<u64>()?;
            if status == 0 {
                return Ok(None);
            }
            Ok(Some(conversation.answer::<String>()?))
        });
        let failure = talked.map_err(|error| BuildError::from(StoreError::from(error)))?;
        if let Some(message) = failure {
            return Err(BuildError::Elsewhere {
                wanted: self.uri.clone(),
                message,
            }
            .into());
        }
        let outputs = wanted.iter().map(|wanted| match wanted {
            Wanted::Object(path) => Ok(BTreeMap::from([("out".to_owned(), path.clone())])),
            Wanted::Outputs {
                derivation,
                outputs,
            } => {
                let all = self.derivation_outputs(derivation)?.into_iter();
                Ok(all
                    .filter(|(name, _)| outputs.as_ref().is_none_or(|wanted| wanted.contains(name)))
                    .filter_map(|(name, path)| Some((name, path?)))
                    .collect())
            }
        });
        Ok(outputs
            .collect::<Result<Vec<_>>>()
            .map_err(BuildError::from)?)
    }

    fn build_derivation(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        options: &nix_store::build::BuildOptions,
        _cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildErrors> {
        let request = Request::BuildDerivation {
            path: path.clone(),
            derivation: Box::new(derivation.clone()),
            options: build_options(options),
        };
        let result: BuildResult = self
            .talk_of_build(Some(path), observer, |conversation| {
                conversation.ask(&request)?;
                conversation.answer()
            })
            .map_err(|error| BuildError::from(StoreError::from(error)))?;
        if !result.status.is_success() {
            return Err(BuildError::Elsewhere {
                wanted: self.store_dir.print(path),
                message: result.message,
            }
            .into());
        }
        let outputs = derivation
            .output_paths(&self.store_dir)
            .map_err(|error| BuildError::from(StoreError::from(error)))?;
        let known = outputs.into_iter();
        let mut outputs: BTreeMap<String, StorePath> = known
            .filter_map(|(name, path)| Some((name, path?)))
            .collect();
        // Of those whose paths do not follow from the derivation only the other side knows them.
        outputs.extend(result.outputs);
        Ok(outputs)
    }
}

fn build_options(options: &nix_store::build::BuildOptions) -> BuildOptions {
    BuildOptions {
        max_silent_time: options.silent_timeout.map_or(0, |time| time.as_secs()),
        build_timeout: options.timeout.map_or(0, |time| time.as_secs()),
        keep_failed: options.keep_failed,
        ..BuildOptions::default()
    }
}
