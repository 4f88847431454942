//! One conversation with a daemon.

use std::collections::BTreeSet;
use std::io::{BufReader, BufWriter, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use nix_protocol::worker::{self, Options, Request};
use nix_protocol::{
    Context, Decoder, Encoder, FrameWriter, HandshakeInfo, Item, Message, Negotiated,
    ProtocolError, RemoteError, Version, worker_greet, worker_introduce,
};
use nix_wire::StoreDir;

use crate::transport::{Abort, Link};

const BUFFER: usize = 64 * 1024;

/// Why a request has no answer.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The conversation cannot go on.
    Protocol(ProtocolError),
    /// The daemon says so; the conversation goes on.
    Remote(RemoteError),
    /// What was to be sent could not be read here; the daemon got less than it was promised.
    Source(nix_store::StoreError),
}

impl From<ProtocolError> for Failed {
    fn from(error: ProtocolError) -> Failed {
        Failed::Protocol(error)
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Failed {
        Failed::Protocol(error.into())
    }
}

/// Is told the daemon's messages.
pub(crate) type Listener<'a> = &'a mut (dyn FnMut(&Message) + Send);

/// What follows a request, in frames.
pub(crate) type Payload<'a> =
    &'a mut dyn FnMut(&mut dyn Write, &Context) -> Result<(), nix_store::StoreError>;

/// A conversation with a daemon, of which one request is made at a time.
pub(crate) struct Connection {
    source: BufReader<Box<dyn Read + Send>>,
    sink: BufWriter<Box<dyn Write + Send>>,
    pub(crate) context: Context,
    pub(crate) info: HandshakeInfo,
    /// The settings that were sent last.
    pub(crate) options: Option<Options>,
    pub(crate) abort: Abort,
}

impl Connection {
    /// Agrees with the daemon on a version.
    pub(crate) fn open(
        link: Link,
        store_dir: &StoreDir,
        newest: Version,
        listener: Listener<'_>,
    ) -> Result<Connection, Failed> {
        let latest = Negotiated {
            version: newest,
            features: [worker::REALISATION_WITH_PATH, worker::DELETE_REFERRERS]
                .map(str::to_owned)
                .into(),
        };
        let mut source = BufReader::with_capacity(BUFFER, link.source);
        let mut sink = BufWriter::with_capacity(BUFFER, link.sink);
        let negotiated = worker_greet(&mut source, &mut sink, &latest)?;
        let context = negotiated.worker(store_dir.clone());
        let info = worker_introduce(&mut source, &mut sink, &context)?;
        let mut connection = Connection {
            source,
            sink,
            context,
            info,
            options: None,
            abort: link.abort,
        };
        connection.listen(listener)?;
        Ok(connection)
    }

    /// Sends a request and hears what the daemon tells, up to its answer, which is read next.
    pub(crate) fn request(
        &mut self,
        request: &Request,
        listener: Listener<'_>,
    ) -> Result<(), Failed> {
        Encoder::new(&mut self.sink, &self.context).write(request)?;
        self.sink.flush()?;
        self.listen(listener)
    }

    /// Sends a request with what follows it. The daemon may have something to say meanwhile, even
    /// that it wants no more, so both are done at the same time.
    pub(crate) fn request_with(
        &mut self,
        request: &Request,
        payload: Payload<'_>,
        listener: Listener<'_>,
    ) -> Result<(), Failed> {
        let Connection {
            source,
            sink,
            context,
            ..
        } = self;
        Encoder::new(sink, context).write(request)?;
        sink.flush()?;
        let refused = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let hearing = scope.spawn(|| {
                let heard = listen(source, context, listener);
                if heard.is_err() {
                    refused.store(true, Ordering::Relaxed);
                }
                heard
            });
            let mut frames = FrameWriter::new(sink);
            let mut guarded = Guarded {
                inner: &mut frames,
                refused: &refused,
            };
            let produced = payload(&mut guarded, context);
            // Who found that nobody wants it any more did not fail.
            let failed_here = !refused.load(Ordering::Relaxed);
            // Also what is cut short has to have its end, so that the daemon can answer.
            let finished = frames.finish();
            let heard = hearing
                .join()
                .unwrap_or(Err(Failed::Protocol(ProtocolError::Disconnected)));
            match (heard, produced) {
                (_, Err(error)) if failed_here => Err(Failed::Source(error)),
                (Err(error), _) => Err(error),
                (Ok(()), _) => Ok(finished?),
            }
        })
    }

    /// Sends the bytes of an archive after a request without frames, as versions of old want it.
    pub(crate) fn request_before_frames(
        &mut self,
        request: &Request,
        payload: Payload<'_>,
        listener: Listener<'_>,
    ) -> Result<(), Failed> {
        Encoder::new(&mut self.sink, &self.context).write(request)?;
        if self.context.worker_since(21) && matches!(request, Request::AddToStoreNar { .. }) {
            return self.send_on_demand(payload, listener);
        }
        payload(&mut self.sink, &self.context).map_err(Failed::Source)?;
        self.sink.flush()?;
        self.listen(listener)
    }

    /// In 1.21 and 1.22 the daemon asks for each piece.
    fn send_on_demand(
        &mut self,
        payload: Payload<'_>,
        listener: Listener<'_>,
    ) -> Result<(), Failed> {
        self.sink.flush()?;
        let mut archive = Vec::new();
        payload(&mut archive, &self.context).map_err(Failed::Source)?;
        let mut rest = archive.as_slice();
        loop {
            match Message::read_from(&mut self.source, &self.context)? {
                Message::Last => return Ok(()),
                Message::Error(error) => return Err(Failed::Remote(error)),
                Message::Read(most) => {
                    let most = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len());
                    let (piece, after) = rest.split_at(most);
                    Encoder::new(&mut self.sink, &self.context).bytes(piece)?;
                    self.sink.flush()?;
                    rest = after;
                }
                message => listener(&message),
            }
        }
    }

    fn listen(&mut self, listener: Listener<'_>) -> Result<(), Failed> {
        listen(&mut self.source, &self.context, listener)
    }

    /// Reads the answer.
    pub(crate) fn answer<T: Item>(&mut self) -> Result<T, Failed> {
        Ok(Decoder::new(&mut self.source, &self.context).read()?)
    }

    /// What the daemon says next, as bytes.
    pub(crate) fn source(&mut self) -> &mut dyn Read {
        &mut self.source
    }

    /// The roots of a collection: texts of any encoding with paths.
    pub(crate) fn answer_roots(&mut self) -> Result<Vec<(String, nix_wire::StorePath)>, Failed> {
        let mut from = Decoder::new(&mut self.source, &self.context);
        let mut roots = Vec::new();
        for _ in 0..from.number()? {
            roots.push((from.lossy_text()?, from.read()?));
        }
        Ok(roots)
    }

    /// A set of texts, and the numbers that follow it in the answer to a collection.
    pub(crate) fn answer_collected(&mut self) -> Result<(BTreeSet<String>, u64), Failed> {
        let names = self.answer()?;
        let bytes = self.answer()?;
        self.answer::<u64>()?;
        Ok((names, bytes))
    }
}

fn listen(source: &mut dyn Read, context: &Context, listener: Listener<'_>) -> Result<(), Failed> {
    loop {
        match Message::read_from(source, context)? {
            Message::Last => return Ok(()),
            Message::Error(error) => return Err(Failed::Remote(error)),
            message => listener(&message),
        }
    }
}

/// Ends a payload when nobody wants it any more.
struct Guarded<'a, 'b> {
    inner: &'a mut FrameWriter<'b>,
    refused: &'a AtomicBool,
}

impl Write for Guarded<'_, '_> {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        if self.refused.load(Ordering::Relaxed) {
            return Err(std::io::ErrorKind::BrokenPipe.into());
        }
        self.inner.write(data)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}
