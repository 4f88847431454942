//! Connections on which a wait for the server ends soon after the interrupt flag is set.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

/// How long a wait goes on before the flag is looked at.
const TICK: Duration = Duration::from_millis(25);

/// A link of a chain of connectors: makes the connection before it interruptible.
#[derive(Debug)]
pub(crate) struct Interruptible {
    interrupt: Arc<AtomicBool>,
}

impl Interruptible {
    /// A connector of connections that end when the flag is set.
    pub(crate) fn new(interrupt: Arc<AtomicBool>) -> Interruptible {
        Interruptible { interrupt }
    }
}

impl<In: Transport> Connector<In> for Interruptible {
    type Out = InterruptibleTransport<In>;

    fn connect(
        &self,
        _details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(|inner| InterruptibleTransport {
            inner,
            interrupt: Arc::clone(&self.interrupt),
        }))
    }
}

#[derive(Debug)]
pub(crate) struct InterruptibleTransport<In> {
    inner: In,
    interrupt: Arc<AtomicBool>,
}

impl<In: Transport> Transport for InterruptibleTransport<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.inner.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.inner.transmit_output(amount, timeout)
    }

    /// Waits in steps, so that the flag is seen between them.
    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        let timeout = timeout.for_read();
        let start = Instant::now();
        loop {
            if self.interrupt.load(Ordering::Relaxed) {
                // Not of the kind `Interrupted`: such errors are tried again.
                return Err(Error::Io(io::Error::other("interrupted")));
            }
            let left = (!timeout.after.is_not_happening())
                .then(|| timeout.after.saturating_sub(start.elapsed()));
            let is_last = left.is_some_and(|left| left <= TICK);
            let step = NextTimeout {
                after: left.map_or(TICK, |left| left.min(TICK)).into(),
                per_read: None,
                ..timeout
            };
            match self.inner.await_input(step) {
                Err(Error::Timeout(_)) if !is_last => {}
                result => return result,
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.inner.is_open()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}
