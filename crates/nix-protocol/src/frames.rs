//! Streams of unknown length: pieces with their lengths, the last of length 0.

use std::io::{self, Read, Write};

/// How much is gathered before it is sent.
const PIECE: usize = 64 * 1024;

/// Reads what is in the frames.
pub struct FrameReader<'a> {
    source: &'a mut dyn Read,
    /// What is left of the frame.
    left: u64,
    ended: bool,
}

impl std::fmt::Debug for FrameReader<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FrameReader")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl<'a> FrameReader<'a> {
    /// Reads from the first frame on.
    pub fn new(source: &'a mut dyn Read) -> FrameReader<'a> {
        FrameReader {
            source,
            left: 0,
            ended: false,
        }
    }

    /// Reads what is left up to the last frame, so that the source can be used for something else.
    /// Gives whether nothing was left.
    ///
    /// # Errors
    /// When the source ends before.
    pub fn skip_to_end(mut self) -> io::Result<bool> {
        Ok(io::copy(&mut self, &mut io::sink())? == 0)
    }
}

impl Read for FrameReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let mut length = [0; 8];
            self.source.read_exact(&mut length)?;
            self.left = u64::from_le_bytes(length);
            if self.left == 0 {
                self.ended = true;
                return Ok(0);
            }
        }
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let read = self.source.read(&mut buffer[..most])?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// Sends what is written in frames. [`FrameWriter::finish`] has to be called.
pub struct FrameWriter<'a> {
    sink: &'a mut dyn Write,
    gathered: Vec<u8>,
}

impl std::fmt::Debug for FrameWriter<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("FrameWriter")
            .finish_non_exhaustive()
    }
}

impl<'a> FrameWriter<'a> {
    /// Writes frames to this sink.
    pub fn new(sink: &'a mut dyn Write) -> FrameWriter<'a> {
        FrameWriter {
            sink,
            gathered: Vec::with_capacity(PIECE),
        }
    }

    /// Sends what was gathered, and the last frame.
    ///
    /// # Errors
    /// When the sink fails.
    pub fn finish(mut self) -> io::Result<()> {
        self.send()?;
        self.sink.write_all(&0_u64.to_le_bytes())?;
        self.sink.flush()
    }

    fn send(&mut self) -> io::Result<()> {
        if !self.gathered.is_empty() {
            let length = self.gathered.len() as u64;
            self.sink.write_all(&length.to_le_bytes())?;
            self.sink.write_all(&self.gathered)?;
            self.gathered.clear();
        }
        Ok(())
    }
}

impl Write for FrameWriter<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let taken = data.len().min(PIECE - self.gathered.len());
        self.gathered.extend_from_slice(&data[..taken]);
        if self.gathered.len() == PIECE {
            self.send()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send()?;
        self.sink.flush()
    }
}
