//! Decoding on one thread, unpacking on another.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

const BLOCK: usize = 64 * 1024;
/// No more blocks than this have been read and not used.
const MOST_BLOCKS: usize = 32;

/// Reads `source` on a thread of its own, some blocks ahead of `work`, which is given what was
/// read.
pub(super) fn read_ahead<T>(
    mut source: impl Read + Send,
    work: impl FnOnce(&mut dyn Read) -> T,
) -> T {
    let (sender, receiver) = sync_channel(MOST_BLOCKS);
    thread::scope(|scope| {
        scope.spawn(move || {
            loop {
                let mut block = Vec::with_capacity(BLOCK);
                let read = source.by_ref().take(BLOCK as u64).read_to_end(&mut block);
                // What came before a failure is used before it is told.
                let is_end = block.is_empty();
                if !is_end && sender.send(Ok(block)).is_err() {
                    return;
                }
                if let Err(error) = read {
                    // Nobody is left to be told when this fails.
                    let _ = sender.send(Err(error));
                    return;
                }
                if is_end {
                    return;
                }
            }
        });
        // When it is dropped, the thread stops.
        let mut blocks = Blocks {
            receiver,
            block: Vec::new(),
            position: 0,
        };
        work(&mut blocks)
    })
}

struct Blocks {
    receiver: Receiver<io::Result<Vec<u8>>>,
    block: Vec<u8>,
    position: usize,
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.block.len() {
            match self.receiver.recv() {
                Ok(block) => self.block = block?,
                Err(_) => return Ok(0),
            }
            self.position = 0;
        }
        let rest = &self.block[self.position..];
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.position += read;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some bytes, then a failure.
    struct Broken<'a>(&'a [u8]);

    impl Read for Broken<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }

    fn bytes(count: usize) -> Vec<u8> {
        (0..count).map(|number| (number / 7) as u8).collect()
    }

    #[test]
    fn what_is_read_ahead_is_what_was_there() {
        for count in [
            0,
            1,
            BLOCK - 1,
            BLOCK,
            BLOCK + 1,
            5 * MOST_BLOCKS * BLOCK / 2,
        ] {
            let data = bytes(count);
            let mut read = Vec::new();
            read_ahead(&data[..], |source| source.read_to_end(&mut read)).expect("read");
            assert!(read == data, "{count}");
        }
    }

    #[test]
    fn a_failure_comes_after_what_was_read_before_it() {
        let data = bytes(3 * BLOCK + 100);
        let mut read = Vec::new();
        let error = read_ahead(Broken(&data), |source| source.read_to_end(&mut read));
        assert_eq!(
            error.expect_err("a failure").kind(),
            io::ErrorKind::ConnectionReset
        );
        assert!(read == data);
    }

    #[test]
    fn who_has_enough_need_not_read_to_the_end() {
        let mut beginning = [1; 10];
        read_ahead(io::repeat(7), |source| source.read_exact(&mut beginning)).expect("read");
        assert_eq!(beginning, [7; 10]);
    }
}
