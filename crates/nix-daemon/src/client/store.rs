//! The daemon's store as any other.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix_protocol::worker::{Gc, GcAction, GcPaths, Request};
use nix_protocol::{
    BuildMode, BuildResult, BuildStatus, DerivedPath, Encoder, Item, Outputs, ProtocolError,
    Unkeyed,
};
use nix_store::build::{BuildError, BuildErrors, BuildOptions, Cancellation, Observer, Wanted};
use nix_store::gc::{Collected, GcObserver, GcOptions};
use nix_store::store::{Import, Missing, in_order};
use nix_store::{Layout, Optimised, Store, StoreError, Text};
use nix_wire::nar::{self, NarError};
use nix_wire::{ContentAddressMethod, Derivation, HashAlgorithm, PathInfo, StoreDir, StorePath};

use super::{DaemonStore, ignore, many_context, send_options};
use crate::connection::{Connection, Failed};
use crate::error::DaemonError;
use crate::observe::Telling;

type Result<T, E = StoreError> = std::result::Result<T, E>;

impl Store for DaemonStore {
    fn uri(&self) -> String {
        self.uri.clone()
    }

    fn store_dir(&self) -> &StoreDir {
        &self.store_dir
    }

    fn real_path(&self, path: &StorePath) -> Option<PathBuf> {
        let directory = self.options.real_store_dir.as_ref()?;
        Some(directory.join(path.base_name()))
    }

    fn trusts_us(&self) -> Result<Option<bool>> {
        Ok(self.talk("connect", |connection| Ok(connection.info.trusts_client))?)
    }

    fn nix_version(&self) -> Result<Option<String>> {
        Ok(self.talk("connect", |connection| {
            Ok(connection.info.nix_version.clone())
        })?)
    }

    fn connect(&self) -> Result<()> {
        Ok(self.talk("connect", |_| Ok(()))?)
    }

    fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>> {
        Ok(self.talk("query an object", |connection| {
            connection.request(&Request::QueryPathInfo(path.clone()), &mut ignore)?;
            if !connection.answer::<bool>()? {
                return Ok(None);
            }
            Ok(Some(
                connection.answer::<Unkeyed>()?.with_path(path.clone()),
            ))
        })?)
    }

    fn is_valid(&self, path: &StorePath) -> Result<bool> {
        Ok(self.ask("query an object", &Request::IsValidPath(path.clone()))?)
    }

    fn valid_among(
        &self,
        paths: &BTreeSet<StorePath>,
        substitute: bool,
    ) -> Result<BTreeSet<StorePath>> {
        let request = Request::QueryValidPaths {
            paths: paths.clone(),
            substitute,
        };
        Ok(self.ask("query objects", &request)?)
    }

    fn all_valid_paths(&self) -> Result<BTreeSet<StorePath>> {
        Ok(self.ask("query all objects", &Request::QueryAllValidPaths)?)
    }

    fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        Ok(self.ask("query referrers", &Request::QueryReferrers(path.clone()))?)
    }

    fn valid_derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>> {
        Ok(self.ask("query derivers", &Request::QueryValidDerivers(path.clone()))?)
    }

    fn derivation_outputs(
        &self,
        derivation: &StorePath,
    ) -> Result<BTreeMap<String, Option<StorePath>>> {
        if self.protocol_version()? < nix_protocol::Version::new(1, 22) {
            return Ok(self
                .read_derivation(derivation)?
                .output_paths(&self.store_dir)?);
        }
        let request = Request::QueryDerivationOutputMap(derivation.clone());
        Ok(self.ask("query outputs", &request)?)
    }

    fn path_from_hash_part(&self, hash_part: &str) -> Result<Option<StorePath>> {
        let request = Request::QueryPathFromHashPart(hash_part.to_owned());
        Ok(self.ask("look for an object", &request)?)
    }

    fn substitutable_among(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        let request = Request::QuerySubstitutablePaths(paths.clone());
        Ok(self.ask("query substitutes", &request)?)
    }

    fn export_archive(&self, path: &StorePath, sink: &mut dyn Write) -> Result<()> {
        Ok(self.talk("read an object", |connection| {
            connection.request(&Request::NarFromPath(path.clone()), &mut ignore)?;
            copy_archive(connection.source(), sink)
        })?)
    }

    fn import(&self, info: &PathInfo, source: &mut dyn Read, how: Import) -> Result<()> {
        let request = Request::AddToStoreNar {
            info: Box::new(info.clone()),
            repair: how.repair,
            no_check: !how.check_signatures,
        };
        Ok(self.talk("add an object", |connection| {
            DaemonStore::send(connection, &request, &mut |sink, _| {
                copy_bytes(&mut (&mut *source).take(info.nar_size), sink)
            })
        })?)
    }

    fn import_from(&self, source: &dyn Store, infos: &[PathInfo], how: Import) -> Result<()> {
        if infos.is_empty() {
            return Ok(());
        }
        let at_once = self.protocol_version()? >= nix_protocol::Version::new(1, 32);
        if !at_once {
            for info in infos {
                let request = Request::AddToStoreNar {
                    info: Box::new(info.clone()),
                    repair: how.repair,
                    no_check: !how.check_signatures,
                };
                self.talk("add an object", |connection| {
                    DaemonStore::send(connection, &request, &mut |sink, _| {
                        source.export_archive(&info.path, sink)
                    })
                })?;
            }
            return Ok(());
        }
        self.add_many(infos, how, &mut |info, sink| {
            source.export_archive(&info.path, sink)
        })
    }

    fn add_texts(&self, texts: &[Text]) -> Result<()> {
        if self.protocol_version()? < nix_protocol::Version::new(1, 32) {
            for text in in_order(texts, Text::path, Text::references) {
                self.add_dump(
                    text.path().name(),
                    &mut text.contents(),
                    ContentAddressMethod::Text,
                    HashAlgorithm::Sha256,
                    text.references(),
                    false,
                )?;
            }
            return Ok(());
        }
        let paths: BTreeSet<StorePath> = texts.iter().map(|text| text.path().clone()).collect();
        for path in &paths {
            self.add_temporary_root(path)?;
        }
        let valid = self.valid_among(&paths, false)?;
        let missing: BTreeMap<&StorePath, &Text> = texts
            .iter()
            .filter(|text| !valid.contains(text.path()))
            .map(|text| (text.path(), text))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        let infos: Vec<PathInfo> = missing.values().map(|text| text.path_info()).collect();
        let infos: Vec<PathInfo> = in_order(&infos, |info| &info.path, |info| &info.references)
            .into_iter()
            .cloned()
            .collect();
        self.add_many(&infos, Import::CHECKED, &mut |info, sink| {
            let contents = missing
                .get(&info.path)
                .map_or(&[][..], |text| text.contents());
            Ok(nar::write_regular(false, contents, sink).map_err(NarError::Io)?)
        })
    }

    fn add_dump(
        &self,
        name: &str,
        source: &mut dyn Read,
        method: ContentAddressMethod,
        algorithm: HashAlgorithm,
        references: &BTreeSet<StorePath>,
        repair: bool,
    ) -> Result<PathInfo> {
        let version = self.protocol_version()?;
        if version >= nix_protocol::Version::new(1, 25) {
            let request = Request::AddToStore {
                name: name.to_owned(),
                method,
                algorithm,
                references: references.clone(),
                repair,
            };
            return Ok(self.talk("add an object", |connection| {
                DaemonStore::send(connection, &request, &mut |sink, _| {
                    copy_bytes(source, sink)
                })?;
                connection.answer()
            })?);
        }
        let mut contents = Vec::new();
        source
            .read_to_end(&mut contents)
            .map_err(|error| StoreError::Nar(NarError::Io(error)))?;
        let path: StorePath = if method == ContentAddressMethod::Text {
            let request = Request::AddTextToStore {
                name: name.to_owned(),
                text: contents,
                references: references.clone(),
            };
            self.ask("add a text", &request)?
        } else {
            if !references.is_empty() {
                return Err(self.unsupported("addToStore with references"));
            }
            let request = Request::AddToStoreOld {
                name: name.to_owned(),
                method,
                algorithm,
            };
            self.talk("add an object", |connection| {
                connection.request_before_frames(
                    &request,
                    &mut |sink, _| {
                        let written = match method {
                            ContentAddressMethod::NixArchive => sink.write_all(&contents),
                            _ => nar::write_regular(false, &contents, sink),
                        };
                        Ok(written.map_err(NarError::Io)?)
                    },
                    &mut ignore,
                )?;
                connection.answer()
            })?
        };
        self.require(&path)
    }

    fn add_signatures(&self, path: &StorePath, signatures: &[String]) -> Result<()> {
        let request = Request::AddSignatures {
            path: path.clone(),
            signatures: signatures.to_vec(),
        };
        self.ask::<u64>("add signatures", &request)?;
        Ok(())
    }

    fn build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        let paths: Vec<DerivedPath> = wanted.iter().map(derived_path).collect();
        let with_results = self
            .protocol_version()
            .map_err(|error| BuildError::from(StoreError::from(error)))?
            >= nix_protocol::Version::new(1, 34);
        if with_results {
            let request = Request::BuildPathsWithResults {
                paths,
                mode: mode_of(options),
            };
            let (results, errors): (Vec<(DerivedPath, BuildResult)>, _) =
                self.build_observed(&request, options, cancellation, observer)?;
            self.failures(&results, errors)?;
        } else {
            let request = Request::BuildPaths {
                paths,
                mode: mode_of(options),
            };
            self.build_observed::<u64>(&request, options, cancellation, observer)?;
        }
        let outputs = wanted.iter().map(|wanted| self.outputs_of(wanted));
        Ok(outputs
            .collect::<Result<Vec<_>>>()
            .map_err(BuildError::from)?)
    }

    fn build_derivation(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<BTreeMap<String, StorePath>, BuildErrors> {
        let request = Request::BuildDerivation {
            path: path.clone(),
            derivation: Box::new(derivation.clone()),
            mode: mode_of(options),
        };
        let (result, errors): (BuildResult, _) =
            self.build_observed(&request, options, cancellation, observer)?;
        // Where an output is that is known by its contents only who built it can say.
        let built = result.outputs.clone();
        let key = DerivedPath::Built {
            derivation: path.clone(),
            outputs: Outputs::All,
        };
        self.failures(&[(key, result)], errors)?;
        let outputs = derivation
            .output_paths(&self.store_dir)
            .map_err(|error| BuildError::from(StoreError::from(error)))?;
        Ok(outputs
            .into_iter()
            .filter_map(|(name, path)| Some((name, path?)))
            .chain(built)
            .collect())
    }

    fn missing(&self, wanted: &[Wanted]) -> Result<Missing, BuildErrors> {
        let request = Request::QueryMissing(wanted.iter().map(derived_path).collect());
        let asked = self.talk("say what is missing", |connection| {
            connection.request(&request, &mut ignore)?;
            let build: BTreeSet<StorePath> = connection.answer()?;
            Ok(Missing {
                build: build.into_iter().collect(),
                substitute: connection.answer()?,
                unknown: connection.answer()?,
                download_size: connection.answer()?,
                nar_size: connection.answer()?,
            })
        });
        Ok(asked.map_err(|error| BuildError::from(StoreError::from(error)))?)
    }

    fn build_log(&self, derivation: &StorePath) -> Result<Option<Vec<u8>>> {
        let Some(directory) = &self.options.log_dir else {
            return Ok(None);
        };
        let layout = Layout {
            store_dir: self.store_dir.clone(),
            log_dir: directory.clone(),
            ..Layout::system()
        };
        layout.read_build_log(derivation)
    }

    fn add_build_log(&self, derivation: &StorePath, log: &[u8]) -> Result<()> {
        // A daemon of before does not know the request, and one from before there were frames would
        // wait for what never comes.
        if self.protocol_version()? < nix_protocol::Version::new(1, 32) {
            return Err(self.unsupported("addBuildLog"));
        }
        let request = Request::AddBuildLog(derivation.base_name().to_owned());
        Ok(self.talk("keep a log", |connection| {
            DaemonStore::send(connection, &request, &mut |sink, _| {
                copy_bytes(&mut &*log, sink)
            })?;
            connection.answer::<u64>().map(|_| ())
        })?)
    }

    fn add_temporary_root(&self, path: &StorePath) -> Result<()> {
        self.ask::<u64>("keep an object", &Request::AddTempRoot(path.clone()))?;
        Ok(())
    }

    fn add_indirect_root(&self, link: &Path) -> Result<()> {
        if !self.transport.is_on_this_machine() {
            return Err(self.unsupported("addIndirectRoot"));
        }
        let link = std::path::absolute(link).map_err(|error| StoreError::Io {
            action: "find",
            path: link.to_owned(),
            error,
        })?;
        let request = Request::AddIndirectRoot(link.to_string_lossy().into_owned());
        self.ask::<u64>("keep what a link points to", &request)?;
        Ok(())
    }

    fn find_roots(&self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        let roots = self.talk("find roots", |connection| {
            connection.request(&Request::FindRoots, &mut ignore)?;
            connection.answer_roots()
        })?;
        let mut by_path: BTreeMap<StorePath, BTreeSet<String>> = BTreeMap::new();
        for (root, path) in roots {
            by_path.entry(path).or_default().insert(root);
        }
        Ok(by_path)
    }

    fn live_paths(&self, _options: &GcOptions) -> Result<BTreeSet<StorePath>> {
        let (names, _) = self.collect(Gc {
            action: GcAction::ReturnLive,
            only: None,
            ignore_liveness: false,
            max_freed: u64::MAX,
        })?;
        Ok(names
            .iter()
            .map(|name| self.store_dir.parse(name))
            .collect::<Result<_, _>>()?)
    }

    fn collect_garbage(
        &self,
        options: &GcOptions,
        _cancellation: &Cancellation,
        observer: &mut dyn GcObserver,
    ) -> Result<Collected> {
        let action = match (options.delete, &options.only) {
            (false, _) => GcAction::ReturnDead,
            (true, None) => GcAction::DeleteDead,
            (true, Some(_)) => GcAction::DeleteSpecific,
        };
        let (names, bytes) = self.collect(Gc {
            action,
            only: options.only.clone().map(|paths| GcPaths {
                paths,
                delete_referrers: false,
            }),
            ignore_liveness: options.ignore_liveness,
            max_freed: options.max_freed.unwrap_or(u64::MAX),
        })?;
        let prefix = format!("{}/", self.store_dir.as_str());
        let names: BTreeSet<String> = names
            .iter()
            .map(|name| name.strip_prefix(&prefix).unwrap_or(name).to_owned())
            .collect();
        for name in names.iter().filter(|_| options.delete) {
            observer.deleting(name);
        }
        Ok(Collected { names, bytes })
    }

    fn verify_store(&self, contents: bool, repair: bool) -> Result<bool> {
        Ok(self.ask("verify itself", &Request::VerifyStore { contents, repair })?)
    }

    fn optimise_store(&self, _cancellation: &Cancellation) -> Result<Optimised> {
        self.ask::<u64>("make equal files one", &Request::OptimiseStore)?;
        Ok(Optimised::default())
    }
}

impl DaemonStore {
    /// Adds objects in one request, each after those that it refers to.
    fn add_many(
        &self,
        infos: &[PathInfo],
        how: Import,
        archive: &mut dyn FnMut(&PathInfo, &mut dyn Write) -> Result<()>,
    ) -> Result<()> {
        let request = Request::AddMultipleToStore {
            repair: how.repair,
            no_check: !how.check_signatures,
        };
        Ok(self.talk("add objects", |connection| {
            DaemonStore::send(connection, &request, &mut |sink, context| {
                let context = many_context(context);
                let told = |error: ProtocolError| {
                    StoreError::from(DaemonError::Protocol {
                        store: self.uri.clone(),
                        asked: "add objects",
                        error,
                    })
                };
                let count = infos.len() as u64;
                Encoder::new(sink, &context).number(count).map_err(told)?;
                for info in infos {
                    Encoder::new(sink, &context).write(info).map_err(told)?;
                    archive(info, sink)?;
                }
                Ok(())
            })
        })?)
    }

    fn collect(&self, gc: Gc) -> Result<(BTreeSet<String>, u64)> {
        Ok(self.talk("collect garbage", |connection| {
            connection.request(&Request::CollectGarbage(gc), &mut ignore)?;
            connection.answer_collected()
        })?)
    }

    /// Makes a request that takes long, tells what happens and ends it when it is cancelled. Gives
    /// the answer, and the errors that were told before it.
    fn build_observed<T: Item + Send>(
        &self,
        request: &Request,
        options: &BuildOptions,
        cancellation: &Cancellation,
        observer: &dyn Observer,
    ) -> Result<(T, Vec<String>), BuildErrors> {
        let options = self.options_of(options);
        let talk = |connection: &mut Connection| {
            let ended = AtomicBool::new(false);
            let abort = connection.abort.clone();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !ended.load(Ordering::Relaxed) {
                        if cancellation.is_cancelled() {
                            abort.abort();
                            return;
                        }
                        std::thread::park_timeout(Duration::from_millis(50));
                    }
                });
                let mut telling = Telling::new(observer, &self.store_dir);
                let mut listener = |message: &nix_protocol::Message| telling.tell(message);
                let told = if self.options.send_options {
                    send_options(connection, &options, &mut listener)
                } else {
                    Ok(())
                };
                let result = told
                    .and_then(|()| connection.request(request, &mut listener))
                    .and_then(|()| connection.answer())
                    .map(|answer| (answer, telling.errors));
                ended.store(true, Ordering::Relaxed);
                result
            })
        };
        let result = self.talk("build", talk);
        if cancellation.is_cancelled() {
            return Err(BuildError::Interrupted.into());
        }
        Ok(result.map_err(|error| BuildError::from(StoreError::from(error)))?)
    }

    /// The failures among the results, after those `told` while it was built.
    fn failures(
        &self,
        results: &[(DerivedPath, BuildResult)],
        told: Vec<String>,
    ) -> Result<(), BuildErrors> {
        let failures: Vec<BuildError> = results
            .iter()
            .filter(|(_, result)| !result.status.is_success())
            .map(|(path, result)| match (result.status, path) {
                (BuildStatus::NoSubstituters, DerivedPath::Object(path)) => BuildError::NoWay {
                    path: self.store_dir.print(path),
                },
                _ => BuildError::Elsewhere {
                    wanted: path.print(&self.store_dir),
                    message: result.message.trim_end().to_owned(),
                },
            })
            .collect();
        if failures.is_empty() {
            return Ok(());
        }
        let is_news = |message: &String| {
            !failures
                .iter()
                .any(|failure| failure.to_string() == *message)
        };
        let mut errors: Vec<BuildError> = told
            .into_iter()
            .filter(is_news)
            .map(|message| BuildError::Elsewhere {
                wanted: String::new(),
                message,
            })
            .collect();
        errors.extend(failures);
        Err(BuildErrors(errors))
    }

    fn outputs_of(&self, wanted: &Wanted) -> Result<BTreeMap<String, StorePath>> {
        match wanted {
            Wanted::Object(path) => Ok(BTreeMap::from([("out".to_owned(), path.clone())])),
            Wanted::Outputs {
                derivation,
                outputs,
            } => {
                let all = self.derivation_outputs(derivation)?.into_iter();
                let wanted = all.filter(|(name, _)| {
                    outputs
                        .as_ref()
                        .is_none_or(|outputs| outputs.contains(name))
                });
                Ok(wanted
                    .filter_map(|(name, path)| Some((name, path?)))
                    .collect())
            }
        }
    }
}

pub(crate) fn derived_path(wanted: &Wanted) -> DerivedPath {
    match wanted {
        Wanted::Object(path) => DerivedPath::Object(path.clone()),
        Wanted::Outputs {
            derivation,
            outputs,
        } => DerivedPath::Built {
            derivation: derivation.clone(),
            outputs: match outputs {
                None => Outputs::All,
                Some(names) => Outputs::Named(names.clone()),
            },
        },
    }
}

fn mode_of(options: &BuildOptions) -> BuildMode {
    match options.mode {
        nix_store::build::BuildMode::Normal => BuildMode::Normal,
        nix_store::build::BuildMode::Repair => BuildMode::Repair,
        nix_store::build::BuildMode::Check => BuildMode::Check,
    }
}

/// Copies bytes up to their end.
fn copy_bytes(source: &mut dyn Read, sink: &mut dyn Write) -> Result<()> {
    io::copy(source, sink).map_err(NarError::Io)?;
    Ok(())
}

/// Copies one archive and nothing beyond it, whose end only its contents tell.
pub(crate) fn copy_archive(source: &mut dyn Read, sink: &mut dyn Write) -> Result<(), Failed> {
    let mut tee = Tee {
        source,
        sink,
        refused: None,
        ended: false,
    };
    let read = nar::read(&mut tee, &mut nar::Skip);
    if let Some(error) = tee.refused {
        return Err(Failed::Source(StoreError::Nar(NarError::Io(error))));
    }
    match read {
        Ok(()) => Ok(()),
        Err(_) if tee.ended => Err(Failed::Protocol(ProtocolError::Disconnected)),
        Err(error) => Err(Failed::Source(StoreError::Nar(error))),
    }
}

/// Reads, and writes what was read to somewhere else.
struct Tee<'a> {
    source: &'a mut dyn Read,
    sink: &'a mut dyn Write,
    refused: Option<io::Error>,
    ended: bool,
}

impl Read for Tee<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.ended |= read == 0 && !buffer.is_empty();
        if let Err(error) = self.sink.write_all(&buffer[..read]) {
            let kind = error.kind();
            self.refused = Some(error);
            return Err(kind.into());
        }
        Ok(read)
    }
}
