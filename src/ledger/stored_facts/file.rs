//! One file of facts: Parquet whose row groups are stretches of customers, written and read column by column.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use bytes::{Buf, Bytes, buf::Reader};
use parquet::basic::{Compression, Encoding, LogicalType, Repetition, Type as PhysicalType};
use parquet::column::page::PageReader;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

use super::columns::{Cells, Column, Numbers, Width};

/// Writes one file of facts, stretch by stretch.
pub(super) struct FactsFileWriter<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    n_rows: usize,
}

/// The values that are there, and of a nullable column one level a row.
type Decoded<T> = (Vec<<T as DataType>::T>, Option<Vec<i16>>);

/// One open file of facts.
#[derive(Debug)]
pub(super) struct FactsFile {
    file: File,
    metadata: ParquetMetaData,
    columns: Vec<Column>,
}

impl<W: Write + Send> FactsFileWriter<W> {
    pub fn create(name: &str, columns: &[Column], to: W) -> Result<FactsFileWriter<W>, ParquetError> {
        // Nothing is compressed: days and small numbers are packed into a few bits each, amounts hardly shrink, and
        // reading is what the files are for.
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            .set_created_by(concat!("arrears ", env!("CARGO_PKG_VERSION")).to_owned());
        let properties = columns.iter().fold(properties, |properties, column| {
            let path = ColumnPath::from(column.name);
            match column.width {
                Width::Small | Width::Day => properties,
                Width::Position => properties
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
                Width::Amount => properties
                    .set_column_dictionary_enabled(path.clone(), false)
                    .set_column_encoding(path, Encoding::PLAIN),
            }
        });
        let schema = Arc::new(schema(name, columns)?);
        Ok(FactsFileWriter {
            writer: SerializedFileWriter::new(to, schema, Arc::new(properties.build()))?,
            n_rows: 0,
        })
    }

    /// Writes the columns of the next stretch, which may be without rows.
    pub fn write(&mut self, n_rows: usize, columns: &[Cells]) -> Result<(), ParquetError> {
        let mut row_group = self.writer.next_row_group()?;
        let mut columns = columns.iter();
        while let (Some(mut writer), Some(cells)) = (row_group.next_column()?, columns.next()) {
            let levels = cells.levels.as_deref();
            match &cells.numbers {
                Numbers::Narrow(numbers) => writer.typed::<Int32Type>().write_batch(numbers, levels, None)?,
                Numbers::Wide(numbers) => writer.typed::<Int64Type>().write_batch(numbers, levels, None)?,
            };
            writer.close()?;
        }
        row_group.close()?;
        self.n_rows += n_rows;
        Ok(())
    }

    /// Ends the file; returns its destination and how many rows it has.
    pub fn close(self) -> Result<(W, usize), ParquetError> {
        Ok((self.writer.into_inner()?, self.n_rows))
    }
}

impl FactsFile {
    /// Takes an open file, checking that it has the columns expected.
    pub fn open(name: &str, file: File, columns: Vec<Column>) -> Result<FactsFile, ParquetError> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file)?;
        let found = metadata.file_metadata().schema();
        if *found != schema(name, &columns)? {
            let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
            return Err(ParquetError::General(format!(
                "found {found:?}, expected whole numbers in the columns {}",
                names.join(", ")
            )));
        }
        Ok(FactsFile {
            file,
            metadata,
            columns,
        })
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn n_stretches(&self) -> usize {
        self.metadata.num_row_groups()
    }

    pub fn n_rows(&self) -> usize {
        self.metadata.file_metadata().num_rows() as usize
    }

    /// Returns how many rows a stretch has.
    pub fn n_rows_of(&self, stretch: usize) -> usize {
        self.metadata.row_group(stretch).num_rows() as usize
    }

    /// Returns the smallest and the largest number of a narrow column; `None` where it has none.
    pub fn span(&self, column: usize) -> Option<(i32, i32)> {
        let groups = self.metadata.row_groups().iter();
        let spans = groups.filter_map(|group| match group.column(column).statistics() {
            Some(Statistics::Int32(numbers)) => Some((*numbers.min_opt()?, *numbers.max_opt()?)),
            _ => None,
        });
        spans.reduce(|(first, last), (min, max)| (first.min(min), last.max(max)))
    }

    /// Decodes one column of one stretch.
    pub fn read(&self, stretch: usize, column: usize) -> Result<Cells, ParquetError> {
        if self.columns[column].width.is_wide() {
            let (numbers, levels) = self.decode::<Int64Type>(stretch, column)?;
            Ok(Cells {
                numbers: Numbers::Wide(numbers),
                levels,
            })
        } else {
            let (numbers, levels) = self.decode::<Int32Type>(stretch, column)?;
            Ok(Cells {
                numbers: Numbers::Narrow(numbers),
                levels,
            })
        }
    }

    fn decode<T: DataType>(&self, stretch: usize, column: usize) -> Result<Decoded<T>, ParquetError> {
        let is_nullable = self.columns[column].is_nullable;
        let group = self.metadata.row_group(stretch);
        let n_rows = group.num_rows() as usize;
        let mut numbers = Vec::with_capacity(n_rows);
        let mut levels = is_nullable.then(|| Vec::with_capacity(n_rows));
        if n_rows == 0 {
            return Ok((numbers, levels));
        }
        let chunk = group.column(column);
        let (start, length) = chunk.byte_range();
        let mut bytes = vec![0; length as usize];
        read_exact_at(&self.file, &mut bytes, start)?;
        let bytes = Bytes::from(bytes);
        let pages = SerializedPageReader::new(Arc::new(ColumnBytes { start, bytes }), chunk, n_rows, None)?;
        let pages: Box<dyn PageReader> = Box::new(pages);
        let mut reader = ColumnReaderImpl::<T>::new(chunk.column_descr_ptr(), pages);
        let (n_read, _, _) = reader.read_records(n_rows, levels.as_mut(), None, &mut numbers)?;
        if n_read != n_rows {
            return Err(ParquetError::EOF(format!("found {n_read} rows, expected {n_rows}")));
        }
        Ok((numbers, levels))
    }
}

fn schema(name: &str, columns: &[Column]) -> Result<Type, ParquetError> {
    let field = |column: &Column| {
        let physical = if column.width.is_wide() {
            PhysicalType::INT64
        } else {
            PhysicalType::INT32
        };
        let field = Type::primitive_type_builder(column.name, physical)
            .with_repetition(if column.is_nullable {
                Repetition::OPTIONAL
            } else {
                Repetition::REQUIRED
            })
            .with_logical_type((column.width == Width::Day).then_some(LogicalType::Date))
            .build()?;
        Ok(Arc::new(field))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    Type::group_type_builder(name).with_fields(fields).build()
}

/// The bytes of one column of one stretch, at their place in the file.
struct ColumnBytes {
    start: u64,
    bytes: Bytes,
}

impl Length for ColumnBytes {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for ColumnBytes {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(self.bytes.slice((start - self.start) as usize..).reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let at = (start - self.start) as usize;
        Ok(self.bytes.slice(at..at + length))
    }
}

/// Reads from a place in a file without moving the place of any other reader.
#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Reads from a place in a file without relying on the place of any other reader.
#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> std::io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, at)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            n => {
                bytes = &mut bytes[n..];
                at += n as u64;
            }
        }
    }
    Ok(())
}
