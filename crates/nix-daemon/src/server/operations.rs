//! The requests of the worker protocol, carried out on a store.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};

use nix_protocol::worker::{Gc, GcAction, RealisationId, Request, SubstitutableInfo};
use nix_protocol::{
    BuildMode, BuildResult, BuildStatus, Context, Decoder, DerivedPath, Encoder, FrameReader, Item,
    LONGEST_REQUEST, Message, Outputs, ProtocolError, Unkeyed,
};
use nix_store::build::{BuildErrors, BuildOptions, Wanted};
use nix_store::gc::GcOptions;
use nix_store::store::{Import, contents_of_archive};
use nix_store::{Store, StoreError, Text};
use nix_wire::derivation::DerivationKind;
use nix_wire::{ContentAddressMethod, Derivation, PathInfo, StorePath};

use super::tunnel::Tunnel;
use super::{Refused, Service, many_context, options, status_of, substitute_with};
use crate::client::copy_archive;
use crate::connection::Failed;

type Result<T, E = Refused> = std::result::Result<T, E>;

/// A conversation with a client.
pub(super) struct Operations<'a> {
    service: Service,
    /// How builds are made, as the client wants.
    build: BuildOptions,
    context: &'a Context,
    tunnel: &'a Tunnel<'a>,
}

impl<'a> Operations<'a> {
    pub(super) fn new(
        service: Service,
        context: &'a Context,
        tunnel: &'a Tunnel<'a>,
    ) -> Operations<'a> {
        Operations {
            build: service.build.clone(),
            service,
            context,
            tunnel,
        }
    }

    /// Answers until the client ends.
    pub(super) fn run(mut self, source: &mut dyn BufRead) -> Result<(), ProtocolError> {
        loop {
            if source.fill_buf()?.is_empty() {
                return Ok(());
            }
            let request: Request = match limited(&self.service, source, self.context).read() {
                Ok(request) => request,
                Err(error) => {
                    // What comes next on the line is not known.
                    let told = Message::Error(Refused::Protocol(clone_of(&error)).to_remote());
                    self.tunnel.answer(&told, &[])?;
                    return Err(error);
                }
            };
            self.tunnel.begin();
            match self.perform(request, source) {
                Ok(answer) if self.tunnel.is_active() => {
                    self.tunnel.answer(&Message::Last, &answer)?;
                }
                // It was sent by pieces.
                Ok(_) => {}
                Err(refused) => {
                    let told = Message::Error(refused.to_remote());
                    self.tunnel.answer(&told, &[])?;
                    if let Refused::Protocol(error) = refused {
                        return Err(error);
                    }
                }
            }
        }
    }

    fn store(&self) -> &dyn Store {
        &*self.service.store
    }

    fn encode<T: Item>(&self, item: &T) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        Encoder::new(&mut answer, self.context).write(item)?;
        Ok(answer)
    }

    /// Carries a request out. Gives the answer.
    fn perform(&mut self, request: Request, source: &mut dyn BufRead) -> Result<Vec<u8>> {
        let store = &*self.service.store;
        match request {
            Request::IsValidPath(path) => self.encode(&store.is_valid(&path)?),
            Request::QueryReferrers(path) => self.encode(&store.referrers(&path)?),
            Request::QueryValidDerivers(path) => self.encode(&store.valid_derivers(&path)?),
            Request::QueryDerivationOutputs(path) => {
                let outputs = store.derivation_outputs(&path)?.into_values();
                self.encode(&outputs.flatten().collect::<BTreeSet<StorePath>>())
            }
            Request::QueryDerivationOutputNames(path) => {
                let outputs = store.derivation_outputs(&path)?.into_keys();
                self.encode(&outputs.collect::<BTreeSet<String>>())
            }
            Request::QueryDerivationOutputMap(path) => {
                self.encode(&store.derivation_outputs(&path)?)
            }
            Request::QueryDeriver(path) => self.encode(&store.require(&path)?.deriver),
            Request::QueryPathFromHashPart(hash) => self.encode(&store.path_from_hash_part(&hash)?),
            Request::QueryAllValidPaths => self.encode(&store.all_valid_paths()?),
            Request::QueryValidPaths { paths, substitute } => {
                if substitute {
                    let cancellation = &self.service.cancellation;
                    substitute_with(store, &self.build, &paths, cancellation, self.tunnel)?;
                }
                self.encode(&store.valid_among(&paths, substitute)?)
            }
            Request::QueryPathInfo(path) => match store.path_info(&path)? {
                None => self.encode(&false),
                Some(info) => self.encode(&(true, Unkeyed::of(info))),
            },
            Request::QuerySubstitutablePaths(paths) => self.encode(&self.offered(&paths)?),
            Request::QuerySubstitutablePathInfo(path) => {
                let wanted = BTreeSet::from([path.clone()]);
                match self.substitutable(&wanted)?.remove(&path) {
                    None => self.encode(&false),
                    Some(info) => self.encode(&(true, info)),
                }
            }
            Request::QuerySubstitutablePathInfos(paths) => {
                let infos = self.substitutable(&paths.into_keys().collect())?;
                self.encode(&infos)
            }
            Request::QueryRealisation(RealisationId::Path(..)) => self.encode(&0_u64),
            // A store that builds no content-addressed derivations knows none of their outputs.
            Request::QueryRealisation(RealisationId::Hash(_)) => {
                self.encode(&BTreeSet::<String>::new())
            }
            Request::NarFromPath(path) => self.send_archive(&path),
            Request::AddToStore { .. }
            | Request::AddToStoreOld { .. }
            | Request::AddTextToStore { .. }
            | Request::AddToStoreNar { .. }
            | Request::AddMultipleToStore { .. }
            | Request::AddBuildLog(_) => self.add(request, source),
            Request::AddSignatures { path, signatures } => {
                store.add_signatures(&path, &signatures)?;
                self.encode(&1_u64)
            }
            Request::BuildPaths { .. }
            | Request::BuildPathsWithResults { .. }
            | Request::BuildDerivation { .. }
            | Request::EnsurePath(_)
            | Request::QueryMissing(_) => self.build(request),
            Request::AddTempRoot(path) => {
                store.add_temporary_root(&path)?;
                self.encode(&1_u64)
            }
            Request::AddIndirectRoot(link) => {
                store.add_indirect_root(&absolute(&link)?)?;
                self.encode(&1_u64)
            }
            Request::AddPermRoot { path, link } => {
                self.only_trusted("you are not privileged to create perm roots")?;
                let link = store.add_permanent_root(&path, &absolute(&link)?)?;
                self.encode(&link.to_string_lossy().into_owned())
            }
            Request::SyncWithGc => self.encode(&1_u64),
            Request::FindRoots => self.find_roots(),
            Request::CollectGarbage(gc) => self.collect_garbage(gc),
            Request::OptimiseStore => {
                store.optimise_store(&self.service.cancellation)?;
                self.encode(&1_u64)
            }
            Request::VerifyStore { contents, repair } => {
                if repair {
                    self.only_trusted("you are not privileged to repair paths")?;
                }
                self.encode(&store.verify_store(contents, repair)?)
            }
            Request::SetOptions(options) => {
                self.build = options::apply(&self.service, self.tunnel, &options);
                Ok(Vec::new())
            }
        }
    }

    fn only_trusted(&self, message: &str) -> Result<()> {
        if self.service.trusted {
            Ok(())
        } else {
            Err(Refused::Denied(message.to_owned()))
        }
    }

    /// How many bytes would be fetched is known only when something is.
    fn substitutable(
        &self,
        paths: &BTreeSet<StorePath>,
    ) -> Result<BTreeMap<StorePath, SubstitutableInfo>> {
        Ok(self
            .offered(paths)?
            .into_iter()
            .map(|path| (path, SubstitutableInfo::default()))
            .collect())
    }

    /// Those of the objects that could be fetched, by the store or by what its builds use.
    fn offered(&self, paths: &BTreeSet<StorePath>) -> Result<BTreeSet<StorePath>> {
        let mut offered = self.store().substitutable_among(paths)?;
        if let Some(local) = self.store().as_local() {
            let rest = paths.difference(&offered).cloned().collect();
            offered.extend(nix_store::build::offered(local, &rest, &self.build)?);
        }
        Ok(offered)
    }

    fn send_archive(&self, path: &StorePath) -> Result<Vec<u8>> {
        // Once the archive has begun nothing else can be said.
        self.store().require(path)?;
        self.tunnel.answer_with(|sink| {
            self.store()
                .export_archive(path, sink)
                .map_err(|error| ProtocolError::Io(io::Error::other(error.to_string())))
        })?;
        Ok(Vec::new())
    }

    fn add(&mut self, request: Request, source: &mut dyn BufRead) -> Result<Vec<u8>> {
        let service = &self.service;
        let store = &*service.store;
        match request {
            Request::AddToStore {
                name,
                method,
                algorithm,
                references,
                repair,
            } => {
                let info = framed(source, |frames| {
                    Ok(store.add_dump(&name, frames, method, algorithm, &references, repair)?)
                })?;
                self.encode(&info)
            }
            Request::AddToStoreOld {
                name,
                method,
                algorithm,
            } => {
                let mut archive = Vec::new();
                copy_archive(source, &mut archive).map_err(refused)?;
                if method == ContentAddressMethod::Flat {
                    archive = contents_of_archive(&archive)?;
                }
                let nothing = BTreeSet::new();
                let mut contents = archive.as_slice();
                let info =
                    store.add_dump(&name, &mut contents, method, algorithm, &nothing, false)?;
                self.encode(&info.path)
            }
            Request::AddTextToStore {
                name,
                text,
                references,
            } => {
                let text = Text::new(store.store_dir(), &name, text, references)?;
                store.add_texts(std::slice::from_ref(&text))?;
                self.encode(text.path())
            }
            Request::AddToStoreNar {
                mut info,
                repair,
                no_check,
            } => {
                let how = Import {
                    check_signatures: !(no_check && service.trusted),
                    repair,
                };
                info.ultimate &= service.trusted;
                if self.context.worker_since(23) {
                    framed(source, |frames| import(store, &info, frames, how))?;
                } else if self.context.worker_since(21) {
                    let mut pieces = Pieces {
                        source,
                        tunnel: self.tunnel,
                        context: self.context,
                        left: Vec::new(),
                    };
                    // Nothing comes that was not asked for, so nothing is left to be read.
                    store.import(&info, &mut pieces, how)?;
                } else {
                    import(store, &info, source, how)?;
                }
                Ok(Vec::new())
            }
            Request::AddMultipleToStore { repair, no_check } => {
                let how = Import {
                    check_signatures: !(no_check && service.trusted),
                    repair,
                };
                let context = many_context(self.context);
                framed(source, |frames| {
                    let count = Decoder::new(frames, &context).number()?;
                    for _ in 0..count {
                        let mut info: PathInfo = limited(service, frames, &context).read()?;
                        info.ultimate = false;
                        import(store, &info, frames, how)?;
                    }
                    Ok(())
                })?;
                Ok(Vec::new())
            }
            Request::AddBuildLog(derivation) => {
                let denied = self.only_trusted("you are not privileged to add logs");
                framed(source, |frames| {
                    denied?;
                    let derivation =
                        StorePath::from_base_name(&derivation).map_err(ProtocolError::from)?;
                    let mut log = Vec::new();
                    frames.read_to_end(&mut log)?;
                    Ok(store.add_build_log(&derivation, &log)?)
                })?;
                self.encode(&1_u64)
            }
            // `perform` hands nothing else on.
            other => Err(Refused::Protocol(ProtocolError::UnknownOperation(
                other.operation(),
            ))),
        }
    }

    fn build(&mut self, request: Request) -> Result<Vec<u8>> {
        match request {
            Request::EnsurePath(path) => {
                self.run_build(&[Wanted::Object(path)], &self.build)?;
                self.encode(&1_u64)
            }
            Request::BuildPaths { paths, mode } => {
                let options = self.in_mode(mode)?;
                self.run_build(&paths.iter().map(wanted).collect::<Vec<_>>(), &options)?;
                self.encode(&1_u64)
            }
            Request::BuildPathsWithResults { paths, mode } => {
                let options = self.in_mode(mode)?;
                let all: Vec<Wanted> = paths.iter().map(wanted).collect();
                let errors = self.run_build(&all, &options).err();
                let results: Vec<(DerivedPath, BuildResult)> = paths
                    .into_iter()
                    .zip(&all)
                    .map(|(path, wanted)| {
                        let result = self.result_of(wanted, errors.as_ref());
                        (path, result)
                    })
                    .collect();
                // The results say nothing of what others depend on.
                for error in errors.iter().flat_map(|errors| &errors.0) {
                    let text = error.to_string();
                    if !results.iter().any(|(_, result)| result.message == text) {
                        let text = format!("error: {}\n", text.replace('\n', "\n       "));
                        self.tunnel.send(&Message::Next(text.into_bytes()));
                    }
                }
                self.encode(&results)
            }
            Request::BuildDerivation {
                path,
                derivation,
                mode,
            } => {
                let options = self.in_mode(mode)?;
                let result = self.build_derivation(&path, &derivation, &options)?;
                self.encode(&result)
            }
            Request::QueryMissing(paths) => {
                let wanted: Vec<Wanted> = paths.iter().map(wanted).collect();
                let missing = self.store().missing(&wanted)?;
                let build: BTreeSet<StorePath> = missing.build.into_iter().collect();
                let mut answer = self.encode(&build)?;
                answer.extend(self.encode(&missing.substitute)?);
                answer.extend(self.encode(&missing.unknown)?);
                answer.extend(self.encode(&(missing.download_size, missing.nar_size))?);
                Ok(answer)
            }
            // `perform` hands nothing else on.
            other => Err(Refused::Protocol(ProtocolError::UnknownOperation(
                other.operation(),
            ))),
        }
    }

    /// How a build is made in this mode, if the client may.
    fn in_mode(&self, mode: BuildMode) -> Result<BuildOptions> {
        let mut options = self.build.clone();
        options.mode = match mode {
            BuildMode::Normal => nix_store::build::BuildMode::Normal,
            BuildMode::Check => nix_store::build::BuildMode::Check,
            BuildMode::Repair => {
                self.only_trusted(
                    "repairing is not allowed because you are not in 'trusted-users'",
                )?;
                nix_store::build::BuildMode::Repair
            }
        };
        Ok(options)
    }

    fn run_build(
        &self,
        wanted: &[Wanted],
        options: &BuildOptions,
    ) -> Result<Vec<BTreeMap<String, StorePath>>, BuildErrors> {
        let cancellation = &self.service.cancellation;
        self.store()
            .build(wanted, options, cancellation, self.tunnel)
    }

    /// What came of one thing that was wanted.
    fn result_of(&self, wanted: &Wanted, errors: Option<&BuildErrors>) -> BuildResult {
        let outputs = match wanted {
            Wanted::Object(path) => match self.store().is_valid(path) {
                Ok(true) => return BuildResult::new(BuildStatus::AlreadyValid),
                _ => BTreeMap::new(),
            },
            Wanted::Outputs { derivation, .. } => self
                .store()
                .derivation_outputs(derivation)
                .unwrap_or_default(),
        };
        let mut result = BuildResult::new(BuildStatus::AlreadyValid);
        let mut all_valid = !outputs.is_empty();
        for (name, path) in outputs {
            if let Wanted::Outputs {
                outputs: Some(wanted),
                ..
            } = wanted
                && !wanted.contains(&name)
            {
                continue;
            }
            match path {
                Some(path) if self.store().is_valid(&path).unwrap_or(false) => {
                    result.outputs.insert(name, path);
                }
                _ => all_valid = false,
            }
        }
        if all_valid {
            if let Wanted::Outputs { derivation, .. } = wanted
                && self.tunnel.started_builds().contains(derivation)
            {
                result.status = BuildStatus::Built;
                result.times_built = 1;
            }
            return result;
        }
        let Some(errors) = errors else {
            return BuildResult::failure(BuildStatus::MiscFailure, "it was not built");
        };
        let printed = match wanted {
            Wanted::Object(path)
            | Wanted::Outputs {
                derivation: path, ..
            } => self.context.store_dir.print(path),
        };
        let own = errors
            .0
            .iter()
            .find(|error| error.to_string().contains(&printed));
        match own.or(errors.0.first()) {
            Some(error) => BuildResult::failure(status_of(error), error.to_string()),
            None => BuildResult::failure(BuildStatus::MiscFailure, errors.to_string()),
        }
    }

    fn build_derivation(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        options: &BuildOptions,
    ) -> Result<BuildResult> {
        let fixed = matches!(
            derivation.kind().map_err(ProtocolError::from)?,
            DerivationKind::Fixed | DerivationKind::Floating
        );
        // Whether the output of another derivation is its own to fill, only who made it knows.
        if !fixed {
            self.only_trusted("you are not privileged to build input-addressed derivations")?;
        }
        let cancellation = &self.service.cancellation;
        let own_path;
        let path = if self.service.trusted {
            path
        } else {
            // It may be that of another derivation, whose log this one would have.
            let text = Text::derivation(self.store().store_dir(), derivation)?;
            own_path = text.path().clone();
            self.store().add_texts(&[text])?;
            &own_path
        };
        let built =
            self.store()
                .build_derivation(path, derivation, options, cancellation, self.tunnel);
        Ok(match built {
            Ok(outputs) => BuildResult {
                times_built: 1,
                outputs,
                ..BuildResult::new(if self.tunnel.started_builds().contains(path) {
                    BuildStatus::Built
                } else {
                    BuildStatus::AlreadyValid
                })
            },
            Err(errors) => {
                let status = errors.0.first().map_or(BuildStatus::MiscFailure, status_of);
                BuildResult::failure(status, errors.to_string())
            }
        })
    }

    /// What a process uses is nobody else's business.
    fn find_roots(&self) -> Result<Vec<u8>> {
        let mut pairs = Vec::new();
        for (path, roots) in self.store().find_roots()? {
            let shown: BTreeSet<String> = roots
                .into_iter()
                .map(|root| {
                    let of_process = root.starts_with("/proc/") || root.starts_with('{');
                    if of_process && !self.service.trusted {
                        "{censored}".to_owned()
                    } else {
                        root
                    }
                })
                .collect();
            pairs.extend(shown.into_iter().map(|root| (root, path.clone())));
        }
        self.encode(&pairs)
    }

    fn collect_garbage(&self, gc: Gc) -> Result<Vec<u8>> {
        if gc.ignore_liveness {
            return Err(Refused::Denied(
                "you are not allowed to ignore liveness".to_owned(),
            ));
        }
        let options = GcOptions {
            delete: matches!(gc.action, GcAction::DeleteDead | GcAction::DeleteSpecific),
            max_freed: (gc.max_freed != u64::MAX).then_some(gc.max_freed),
            only: gc.only.map(|only| only.paths),
            ..GcOptions::default()
        };
        let directory = self.context.store_dir.as_str();
        let (names, bytes) = if gc.action == GcAction::ReturnLive {
            let live = self.store().live_paths(&options)?;
            let printed = live.iter().map(|path| self.context.store_dir.print(path));
            (printed.collect(), 0)
        } else {
            let cancellation = &self.service.cancellation;
            let mut told = |name: &str| {
                let text = format!("deleting '{directory}/{name}'\n");
                self.tunnel.send(&Message::Next(text.into_bytes()));
            };
            let collected = self
                .store()
                .collect_garbage(&options, cancellation, &mut told)?;
            let names = collected.names.iter();
            let printed: BTreeSet<String> =
                names.map(|name| format!("{directory}/{name}")).collect();
            (printed, collected.bytes)
        };
        let mut answer = self.encode(&names)?;
        answer.extend(self.encode(&(bytes, 0_u64))?);
        Ok(answer)
    }
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

fn absolute(link: &str) -> Result<PathBuf> {
    let path = Path::new(link);
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    Err(Refused::Denied(format!(
        "the path '{link}' is not absolute"
    )))
}

fn refused(failed: Failed) -> Refused {
    match failed {
        Failed::Protocol(error) => Refused::Protocol(error),
        Failed::Remote(error) => Refused::Denied(error.message),
        // The archive cannot be read, and so neither what follows it.
        Failed::Source(error) => {
            Refused::Protocol(ProtocolError::Io(io::Error::other(error.to_string())))
        }
    }
}

/// The same error, as far as a client is told.
fn clone_of(error: &ProtocolError) -> ProtocolError {
    ProtocolError::Io(io::Error::other(error.to_string()))
}

/// Reads what is in frames. However that ends, the frames are read to theirs.
fn framed<T>(
    source: &mut dyn BufRead,
    work: impl FnOnce(&mut FrameReader<'_>) -> Result<T>,
) -> Result<T> {
    let mut source: &mut dyn BufRead = source;
    let mut frames = FrameReader::new(&mut source);
    let result = work(&mut frames);
    frames.skip_to_end()?;
    match result {
        // The line itself is sound: it is what was in the frames that makes no sense.
        Err(Refused::Protocol(error)) => Err(Refused::Denied(error.to_string())),
        result => result,
    }
}

/// Adds an object, and reads no more and no less than its archive.
pub(super) fn import(
    store: &dyn Store,
    info: &PathInfo,
    source: &mut dyn Read,
    how: Import,
) -> Result<()> {
    let mut archive = source.take(info.nar_size);
    let imported = store.import(info, &mut archive, how);
    io::copy(&mut archive, &mut io::sink())?;
    if archive.limit() > 0 && imported.is_ok() {
        return Err(Refused::Protocol(ProtocolError::Disconnected));
    }
    match imported {
        Err(StoreError::Nar(nix_wire::nar::NarError::Truncated)) if archive.limit() > 0 => {
            Err(Refused::Protocol(ProtocolError::Disconnected))
        }
        imported => Ok(imported?),
    }
}

/// Reads no more from a client than fits one request, unless it is trusted: all clients share the
/// memory of one process.
fn limited<'s>(service: &Service, source: &'s mut dyn Read, context: &'s Context) -> Decoder<'s> {
    match service.trusted {
        true => Decoder::new(source, context),
        false => Decoder::limited(source, context, LONGEST_REQUEST),
    }
}

/// What versions 1.21 and 1.22 do instead of frames: each piece is asked for.
struct Pieces<'a, 't> {
    source: &'a mut dyn BufRead,
    tunnel: &'a Tunnel<'t>,
    context: &'a Context,
    left: Vec<u8>,
}

impl Read for Pieces<'_, '_> {
    fn read(&mut self, mut buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.is_empty() {
            self.tunnel.send(&Message::Read(64 * 1024));
            // No more than was asked for comes, of which a client need not know.
            let longest = LONGEST_REQUEST;
            let piece = Decoder::limited(&mut self.source, self.context, longest).bytes();
            self.left = piece.map_err(|error| io::Error::other(error.to_string()))?;
            if self.left.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let taken = buffer.write(&self.left)?;
        self.left.drain(..taken);
        Ok(taken)
    }
}
