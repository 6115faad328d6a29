//! Bytes of a file as UTF-8 text with plain line ends: unzipped, decoded, counted.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8};
use flate2::bufread::MultiGzDecoder;

use crate::import::error::ImportError;

/// Bytes read so far from all files, for the progress bar.
#[derive(Clone, Debug, Default)]
pub struct BytesRead(Arc<AtomicU64>);

impl BytesRead {
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// Bytes looked at before the reading starts.
const HEAD_BYTES: u64 = 1 << 16;
const BUFFER_BYTES: usize = 1 << 16;

/// A text file, with its beginning at hand.
pub struct TextFile {
    /// The first bytes, decoded; a guess about the layout is made from them.
    pub head: Vec<u8>,
    /// The whole text, `head` included, ending in a line end.
    pub text: Box<dyn BufRead + Send>,
    /// Whether the text was UTF-8 already: if so, bytes that do not decode are still in it, else they have become U+FFFD.
    pub is_raw: bool,
}

/// Opens a file, unzipping it where it starts like a gzip file.
pub fn open_bytes(path: &Path, bytes_read: BytesRead) -> Result<Box<dyn BufRead + Send>, ImportError> {
    let error = |source| ImportError::Io {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(error)?;
    let mut bytes = BufReader::with_capacity(
        BUFFER_BYTES,
        Counting {
            inner: file,
            bytes_read,
        },
    );
    if bytes.fill_buf().map_err(error)?.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(
            BUFFER_BYTES,
            MultiGzDecoder::new(bytes),
        )));
    }
    Ok(Box::new(bytes))
}

/// Opens a text file in the declared encoding; a byte order mark overrides the declaration.
pub fn open_text(
    path: &Path,
    encoding: Option<&'static Encoding>,
    bytes_read: BytesRead,
) -> Result<TextFile, ImportError> {
    let error = |source| ImportError::Io {
        path: path.to_owned(),
        source,
    };
    let mut bytes = open_bytes(path, bytes_read)?;
    let start = bytes.fill_buf().map_err(error)?;
    if start.is_empty() {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    let (encoding, mark) = Encoding::for_bom(start).unwrap_or((encoding.unwrap_or(UTF_8), 0));
    bytes.consume(mark);
    let is_raw = encoding == UTF_8;
    let mut text: Box<dyn BufRead + Send> = if is_raw {
        bytes
    } else {
        Box::new(BufReader::with_capacity(BUFFER_BYTES, Decoding::new(bytes, encoding)))
    };
    let mut head = Vec::new();
    text.by_ref().take(HEAD_BYTES).read_to_end(&mut head).map_err(error)?;
    if head.is_empty() {
        return Err(ImportError::Empty { path: path.to_owned() });
    }
    // A stray NUL spoils a row; many of them are another encoding.
    if head.iter().filter(|byte| **byte == 0).count() * 10 > head.len() {
        return Err(ImportError::NulBytes { path: path.to_owned() });
    }
    let text = Cursor::new(head.clone()).chain(text);
    // With plain line ends and one at the end, the line of a row follows from the lines read so far.
    let text: Box<dyn BufRead + Send> = if head.contains(&b'\r') {
        head = with_plain_line_ends(&head);
        Box::new(BufReader::with_capacity(BUFFER_BYTES, LineEnds::new(text)).chain(&b"\n"[..]))
    } else {
        Box::new(text.chain(&b"\n"[..]))
    };
    Ok(TextFile { head, text, is_raw })
}

struct Counting<R> {
    inner: R,
    bytes_read: BytesRead,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes_read.add(n as u64);
        Ok(n)
    }
}

/// Decodes to UTF-8; what does not decode becomes U+FFFD.
struct Decoding<R> {
    inner: R,
    decoder: Decoder,
    decoded: Vec<u8>,
    given: usize,
    at_end: bool,
}

impl<R: BufRead> Decoding<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Decoding<R> {
        Decoding {
            inner,
            decoder: encoding.new_decoder_without_bom_handling(),
            decoded: Vec::new(),
            given: 0,
            at_end: false,
        }
    }
}

impl<R: BufRead> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.decoded.len() && !self.at_end {
            let bytes = self.inner.fill_buf()?;
            let last = bytes.is_empty();
            self.decoded.resize(BUFFER_BYTES, 0);
            let (result, n_read, n_written, _) = self.decoder.decode_to_utf8(bytes, &mut self.decoded, last);
            self.decoded.truncate(n_written);
            self.given = 0;
            self.inner.consume(n_read);
            self.at_end = last && result == CoderResult::InputEmpty;
        }
        let n = buffer.len().min(self.decoded.len() - self.given);
        buffer[..n].copy_from_slice(&self.decoded[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

/// Turns `\r\n` and a lone `\r` into `\n`.
struct LineEnds<R> {
    inner: R,
    after_return: bool,
}

impl<R: BufRead> LineEnds<R> {
    fn new(inner: R) -> LineEnds<R> {
        LineEnds {
            inner,
            after_return: false,
        }
    }
}

impl<R: BufRead> Read for LineEnds<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let bytes = self.inner.fill_buf()?;
            if bytes.is_empty() || buffer.is_empty() {
                return Ok(0);
            }
            let (mut n_read, mut n_written) = (0, 0);
            while n_read < bytes.len() && n_written < buffer.len() {
                let byte = bytes[n_read];
                n_read += 1;
                let is_second_half = byte == b'\n' && self.after_return;
                self.after_return = byte == b'\r';
                if !is_second_half {
                    buffer[n_written] = if self.after_return { b'\n' } else { byte };
                    n_written += 1;
                }
            }
            self.inner.consume(n_read);
            if n_written > 0 {
                return Ok(n_written);
            }
        }
    }
}

fn with_plain_line_ends(head: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(head.len());
    LineEnds::new(head)
        .read_to_end(&mut plain)
        .expect("reading from memory does not fail");
    plain
}
