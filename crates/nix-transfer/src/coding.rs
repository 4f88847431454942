//! The compressions in which bytes travel, and in which archives are kept.

use std::io::{self, BufReader, Read, Write};

/// The most memory that decoding an `xz` stream may take, in bytes.
const MOST_XZ_MEMORY: u64 = 512 * 1024 * 1024;
/// Long enough for the beginning by which each compression is known.
const LONGEST_MAGIC: usize = 6;
/// That of the lowest level; those of the others are larger.
const SMALLEST_USUAL_XZ_DICTIONARY: u32 = 256 * 1024;
/// There are none below.
const SMALLEST_XZ_DICTIONARY: u32 = 4096;
const BROTLI_BUFFER: usize = 32 * 1024;
/// Windows larger than this need more memory than a stranger's archive should be given.
const LARGEST_ZSTD_WINDOW: u32 = 27;

/// How bytes are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// `gzip` (RFC 1952)
    Gzip,
    /// `zlib` (RFC 1950), which HTTP calls `deflate`.
    Deflate,
    /// `bzip2`
    Bzip2,
    /// `xz`
    Xz,
    /// Zstandard (RFC 8878)
    Zstd,
    /// Brotli (RFC 7932)
    Brotli,
}

impl Compression {
    /// The compression of this name: those of binary caches, of HTTP and of tools.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Compression> {
        Some(match name {
            "" | "none" | "identity" => Compression::None,
            "gzip" | "x-gzip" => Compression::Gzip,
            "deflate" => Compression::Deflate,
            "bzip2" => Compression::Bzip2,
            "xz" => Compression::Xz,
            "zstd" => Compression::Zstd,
            "br" => Compression::Brotli,
            _ => return None,
        })
    }

    /// Its name in binary caches.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Compression::None => "none",
            Compression::Gzip => "gzip",
            Compression::Deflate => "deflate",
            Compression::Bzip2 => "bzip2",
            Compression::Xz => "xz",
            Compression::Zstd => "zstd",
            Compression::Brotli => "br",
        }
    }

    /// What Nix ends the names of compressed files with.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Deflate => ".deflate",
            Compression::Bzip2 => ".bz2",
            Compression::Xz => ".xz",
            Compression::Zstd => ".zst",
            Compression::Brotli => ".br",
        }
    }

    /// The compression that begins so; [`Compression::None`] when none does. Brotli and `deflate`
    /// cannot be told.
    #[must_use]
    pub fn detect(beginning: &[u8]) -> Compression {
        const MAGIC: &[(&[u8], Compression)] = &[
            (&[0x1f, 0x8b], Compression::Gzip),
            (b"BZh", Compression::Bzip2),
            (&[0xfd, b'7', b'z', b'X', b'Z', 0], Compression::Xz),
            (&[0x28, 0xb5, 0x2f, 0xfd], Compression::Zstd),
        ];
        MAGIC
            .iter()
            .find(|(magic, _)| beginning.starts_with(magic))
            .map_or(Compression::None, |(_, compression)| *compression)
    }
}

/// The bytes that `source` has in compressed form. Reading fails where they are not.
///
/// # Errors
/// When the decoder cannot be made.
pub fn decode<'a>(
    compression: Compression,
    source: impl Read + Send + 'a,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match compression {
        Compression::None => Box::new(source),
        Compression::Gzip => Box::new(flate2::read::MultiGzDecoder::new(source)),
        Compression::Deflate => Box::new(flate2::read::ZlibDecoder::new(source)),
        Compression::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(source)),
        Compression::Xz => {
            let stream = liblzma::stream::Stream::new_stream_decoder(
                MOST_XZ_MEMORY,
                liblzma::stream::CONCATENATED,
            )?;
            Box::new(liblzma::read::XzDecoder::new_stream(source, stream))
        }
        Compression::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::new(source)?;
            decoder.window_log_max(LARGEST_ZSTD_WINDOW)?;
            Box::new(decoder)
        }
        Compression::Brotli => Box::new(brotli::Decompressor::new(source, BROTLI_BUFFER)),
    })
}

/// As [`decode`], by what the source begins with.
///
/// # Errors
/// When the beginning cannot be read or the decoder cannot be made.
pub fn decode_detected<'a>(
    mut source: impl Read + Send + 'a,
) -> io::Result<Box<dyn Read + Send + 'a>> {
    let mut beginning = Vec::with_capacity(LONGEST_MAGIC);
    source
        .by_ref()
        .take(LONGEST_MAGIC as u64)
        .read_to_end(&mut beginning)?;
    let compression = Compression::detect(&beginning);
    let whole = io::Cursor::new(beginning).chain(source);
    decode(compression, BufReader::new(whole))
}

/// A writer that compresses; [`Encoder::finish`] ends the stream.
pub enum Encoder<W: Write> {
    /// Not at all.
    None(W),
    /// `gzip`
    Gzip(flate2::write::GzEncoder<W>),
    /// `zlib`
    Deflate(flate2::write::ZlibEncoder<W>),
    /// `bzip2`
    Bzip2(bzip2::write::BzEncoder<W>),
    /// `xz`
    Xz(liblzma::write::XzEncoder<W>),
    /// Zstandard
    Zstd(zstd::stream::write::Encoder<'static, W>),
    /// Brotli
    Brotli(Box<brotli::CompressorWriter<W>>),
}

impl<W: Write> std::fmt::Debug for Encoder<W> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl<W: Write> Encoder<W> {
    /// Compresses to `sink`, at the given level (each compression has its own scale) or its usual
    /// one. `parallel`: `xz` may use all processors; its output is then another.
    ///
    /// # Errors
    /// When the level is none.
    pub fn new(
        compression: Compression,
        level: Option<u32>,
        parallel: bool,
        sink: W,
    ) -> io::Result<Encoder<W>> {
        Encoder::sized(compression, level, parallel, None, sink)
    }

    /// As [`Encoder::new`], for so many bytes: fewer need less memory and time to begin.
    ///
    /// # Errors
    /// As [`Encoder::new`].
    pub fn sized(
        compression: Compression,
        level: Option<u32>,
        parallel: bool,
        size: Option<u64>,
        sink: W,
    ) -> io::Result<Encoder<W>> {
        let within = |most: u32, usual: u32| level.unwrap_or(usual).min(most);
        Ok(match compression {
            Compression::None => Encoder::None(sink),
            Compression::Gzip => Encoder::Gzip(flate2::write::GzEncoder::new(
                sink,
                flate2::Compression::new(within(9, 6)),
            )),
            Compression::Deflate => Encoder::Deflate(flate2::write::ZlibEncoder::new(
                sink,
                flate2::Compression::new(within(9, 6)),
            )),
            Compression::Bzip2 => Encoder::Bzip2(bzip2::write::BzEncoder::new(
                sink,
                bzip2::Compression::new(within(9, 9).max(1)),
            )),
            Compression::Xz => {
                let level = within(9, 6);
                let stream = if parallel {
                    let threads = std::thread::available_parallelism().map_or(1, usize::from);
                    liblzma::stream::MtStreamBuilder::new()
                        .preset(level)
                        .threads(u32::try_from(threads).unwrap_or(1))
                        .encoder()?
                } else {
                    xz_encoder(level, size)?
                };
                Encoder::Xz(liblzma::write::XzEncoder::new_stream(sink, stream))
            }
            Compression::Zstd => {
                let level = i32::try_from(within(22, 3)).unwrap_or(3);
                Encoder::Zstd(zstd::stream::write::Encoder::new(sink, level)?)
            }
            Compression::Brotli => Encoder::Brotli(Box::new(brotli::CompressorWriter::new(
                sink,
                BROTLI_BUFFER,
                within(11, 6),
                22,
            ))),
        })
    }

    /// Writes the end of the stream; gives the sink back.
    ///
    /// # Errors
    /// When the sink does not take it.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Encoder::None(sink) => Ok(sink),
            Encoder::Gzip(encoder) => encoder.finish(),
            Encoder::Deflate(encoder) => encoder.finish(),
            Encoder::Bzip2(encoder) => encoder.finish(),
            Encoder::Xz(encoder) => encoder.finish(),
            Encoder::Zstd(encoder) => encoder.finish(),
            Encoder::Brotli(mut encoder) => {
                encoder.flush()?;
                Ok(encoder.into_inner())
            }
        }
    }

    fn writer(&mut self) -> &mut dyn Write {
        match self {
            Encoder::None(sink) => sink,
            Encoder::Gzip(encoder) => encoder,
            Encoder::Deflate(encoder) => encoder,
            Encoder::Bzip2(encoder) => encoder,
            Encoder::Xz(encoder) => encoder,
            Encoder::Zstd(encoder) => encoder,
            Encoder::Brotli(encoder) => encoder,
        }
    }
}

/// An encoder whose dictionary is no larger than what is encoded.
fn xz_encoder(level: u32, size: Option<u64>) -> io::Result<liblzma::stream::Stream> {
    use liblzma::stream::{Check, Filters, LzmaOptions, Stream};
    let dictionary = size
        .and_then(|size| u32::try_from(size).ok())
        .filter(|size| *size < SMALLEST_USUAL_XZ_DICTIONARY);
    let Some(size) = dictionary else {
        return Ok(Stream::new_easy_encoder(level, Check::Crc64)?);
    };
    let mut options = LzmaOptions::new_preset(level)?;
    options.dict_size(size.next_power_of_two().max(SMALLEST_XZ_DICTIONARY));
    let mut filters = Filters::new();
    filters.lzma2(&options);
    Ok(Stream::new_stream_encoder(&filters, Check::Crc64)?)
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.writer().write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [Compression; 7] = [
        Compression::None,
        Compression::Gzip,
        Compression::Deflate,
        Compression::Bzip2,
        Compression::Xz,
        Compression::Zstd,
        Compression::Brotli,
    ];

    fn encoded(compression: Compression, parallel: bool, data: &[u8]) -> Vec<u8> {
        let mut encoder =
            Encoder::new(compression, None, parallel, Vec::new()).expect("an encoder");
        encoder.write_all(data).expect("written");
        encoder.finish().expect("finished")
    }

    fn decoded(compression: Compression, data: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        decode(compression, data)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn what_is_encoded_can_be_decoded(
            piece in prop::collection::vec(any::<u8>(), 0..300),
            times in 1_usize..400,
        ) {
            let data = piece.repeat(times);
            for compression in ALL {
                let encoded = encoded(compression, false, &data);
                prop_assert_eq!(decoded(compression, &encoded).expect("decoded"), data.clone());
                if !matches!(compression, Compression::Brotli | Compression::Deflate | Compression::None) {
                    let mut bytes = Vec::new();
                    decode_detected(encoded.as_slice()).expect("a decoder").read_to_end(&mut bytes).expect("read");
                    prop_assert_eq!(bytes, data.clone());
                }
            }
        }

        #[test]
        fn noise_makes_none_panic(data in prop::collection::vec(any::<u8>(), 0..300)) {
            for compression in ALL {
                let _ = decoded(compression, &data);
            }
        }
    }

    #[test]
    fn what_is_cut_short_is_an_error() {
        let data: Vec<u8> = (0..40_000_u32)
            .flat_map(|number| (number * 7919).to_le_bytes())
            .collect();
        for compression in ALL.into_iter().filter(|one| *one != Compression::None) {
            let whole = encoded(compression, false, &data);
            let cut = &whole[..whole.len() / 2];
            assert!(decoded(compression, cut).is_err(), "{compression:?}");
        }
    }

    #[test]
    fn xz_by_all_processors_is_read_as_well() {
        let data = vec![7; 3_000_000];
        let encoded = encoded(Compression::Xz, true, &data);
        assert_eq!(decoded(Compression::Xz, &encoded).expect("decoded"), data);
    }

    #[test]
    fn names_lead_back() {
        for compression in ALL {
            assert_eq!(
                Compression::from_name(compression.name()),
                Some(compression)
            );
        }
        assert_eq!(Compression::from_name("lz4"), None);
    }
}
