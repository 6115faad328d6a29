//! A table written in parts, for results that are larger than memory: parts are encoded on any core and written in order.

use std::io::{self, Write};
use std::path::Path;

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::file::writer::SerializedFileWriter;

use super::{Format, NewFile, OutputError, Target, columnar, delimited};
use crate::table::{Table, to_batch};

/// Turns parts of a table into the bytes of its format; every part has the columns of its head.
pub struct PartEncoder(Encoder);

enum Encoder {
    Csv,
    Parquet(ArrowRowGroupWriterFactory),
}

/// A part in its format: lines of CSV, or a row group.
pub struct EncodedPart(Encoded);

enum Encoded {
    Lines(Vec<u8>),
    RowGroup(Vec<ArrowColumnChunk>),
}

impl PartEncoder {
    /// Encodes the rows of a part; its name and notes are those of the head.
    ///
    /// # Errors
    /// The columns are not those of the head.
    pub fn encode(&self, part: &Table) -> io::Result<EncodedPart> {
        match &self.0 {
            Encoder::Csv => {
                let mut lines = Vec::new();
                delimited::write(part, false, &mut lines)?;
                Ok(EncodedPart(Encoded::Lines(lines)))
            }
            Encoder::Parquet(factory) => {
                let batch = to_batch(part, columnar::MONEY_PRECISION);
                let schema = batch.schema();
                // The number of the row group plays a part in encryption only.
                let writers = factory.create_column_writers(0).map_err(io::Error::other)?;
                let columns = schema.fields().iter().zip(batch.columns()).zip(writers);
                let chunks = columns.map(|((field, column), mut writer)| {
                    for leaf in compute_leaves(field, column)? {
                        writer.write(&leaf)?;
                    }
                    writer.close()
                });
                let chunks = chunks.collect::<Result<_, _>>().map_err(io::Error::other)?;
                Ok(EncodedPart(Encoded::RowGroup(chunks)))
            }
        }
    }
}

/// What a file that grows by a part at a time has to remember.
struct Growing {
    // Of a Parquet file; its buffer is emptied into the sink after every row group.
    parquet: Option<SerializedFileWriter<Vec<u8>>>,
}

impl Growing {
    fn start(head: &Table, format: Format, sink: &mut dyn Write) -> io::Result<(PartEncoder, Growing)> {
        if format == Format::Csv {
            delimited::write(head, true, sink)?;
            return Ok((PartEncoder(Encoder::Csv), Growing { parquet: None }));
        }
        let schema = to_batch(head, columnar::MONEY_PRECISION).schema();
        let writer = ArrowWriter::try_new_with_options(Vec::new(), schema, columnar::options(head))
            .and_then(ArrowWriter::into_serialized_writer);
        let (writer, factory) = writer.map_err(io::Error::other)?;
        let growing = Growing { parquet: Some(writer) };
        Ok((PartEncoder(Encoder::Parquet(factory)), growing))
    }

    fn add(&mut self, part: EncodedPart, sink: &mut dyn Write) -> io::Result<()> {
        match (part.0, &mut self.parquet) {
            (Encoded::Lines(lines), None) => sink.write_all(&lines),
            (Encoded::RowGroup(chunks), Some(writer)) => {
                let mut row_group = writer.next_row_group().map_err(io::Error::other)?;
                for chunk in chunks {
                    chunk.append_to_row_group(&mut row_group).map_err(io::Error::other)?;
                }
                row_group.close().map_err(io::Error::other)?;
                writer.flush()?;
                sink.write_all(writer.inner())?;
                writer.inner_mut().clear();
                Ok(())
            }
            _ => Err(io::Error::other("the part was encoded for a file of another format")),
        }
    }

    fn finish(self, sink: &mut dyn Write) -> io::Result<()> {
        match self.parquet {
            Some(writer) => sink.write_all(&writer.into_inner().map_err(io::Error::other)?),
            None => Ok(()),
        }
    }
}

/// A CSV or Parquet file of one table in the making, which takes its rows part by part.
///
/// The parts of a CSV file are, byte for byte, what [`super::write`] writes of them together; each part of a Parquet file
/// that has rows is a row group. The file appears under its name with [`GrowingFile::finish`]; dropped before that, it
/// leaves what stood there untouched.
pub struct GrowingFile {
    file: NewFile,
    format: Format,
    // The columns are known with the first part.
    growing: Option<(PartEncoder, Growing)>,
}

impl GrowingFile {
    /// Opens a file under a temporary name.
    ///
    /// # Errors
    /// As [`NewFile::open`], or a format that is not written in parts.
    pub fn open(path: &Path, format: Format) -> Result<GrowingFile, OutputError> {
        check_in_parts(format)?;
        Ok(GrowingFile {
            file: NewFile::open(path)?,
            format,
            growing: None,
        })
    }

    /// Adds the rows of a part; its columns are those of the parts before it.
    ///
    /// # Errors
    /// The operating system refuses, or the columns differ.
    pub fn append(&mut self, part: &Table) -> Result<(), OutputError> {
        let (growing, format) = (&mut self.growing, self.format);
        self.file.fill(|sink| {
            let (encoder, growing) = match growing {
                Some(open) => open,
                None => growing.insert(Growing::start(&part.take(&[]), format, sink)?),
            };
            match part.n_rows() {
                0 => Ok(()),
                _ => growing.add(encoder.encode(part)?, sink),
            }
        })
    }

    /// Stores all bytes and gives the file its name.
    ///
    /// # Errors
    /// The operating system refuses, or no part came, so that the columns are unknown.
    pub fn finish(mut self) -> Result<(), OutputError> {
        self.file.fill(|sink| match self.growing {
            Some((_, growing)) => growing.finish(sink),
            None => Err(io::Error::other("no part was added, so its columns are unknown")),
        })?;
        self.file.finish()
    }
}

/// Tells whether a table can be written in parts: as CSV or as Parquet.
///
/// # Errors
/// [`OutputError::NotInParts`] for another format.
pub fn check_in_parts(format: Format) -> Result<(), OutputError> {
    match format {
        Format::Csv | Format::Parquet => Ok(()),
        Format::Table | Format::Json => Err(OutputError::NotInParts { format }),
    }
}

/// Writes one table whose rows come in parts; `head` has its name, its notes, its columns and no rows.
///
/// `fill` gets an encoder, which it may use on any thread, and a function that adds what was encoded, in order.
///
/// # Errors
/// What `fill` returns, the operating system's refusal, or a format that is not written in parts.
pub fn write_in_parts(
    head: &Table,
    format: Format,
    target: Target<'_>,
    fill: impl FnOnce(&PartEncoder, &mut dyn FnMut(EncodedPart) -> io::Result<()>) -> io::Result<()>,
) -> Result<(), OutputError> {
    check_in_parts(format)?;
    let write = |sink: &mut dyn Write| {
        let (encoder, mut growing) = Growing::start(head, format, sink)?;
        fill(&encoder, &mut |part| growing.add(part, sink))?;
        growing.finish(sink)
    };
    match target {
        Target::Writer(writer) => write(writer)
            .and_then(|()| writer.flush())
            .map_err(|source| OutputError::Write {
                to: "the output".to_owned(),
                source,
            }),
        Target::File(mut file) => {
            file.fill(write)?;
            file.finish()
        }
        Target::Folder(folder) => {
            let mut file = folder.file(head.name(), format)?;
            file.fill(write)?;
            file.finish()
        }
    }
}
