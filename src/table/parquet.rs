//! Tables as Parquet bytes.

use std::io::Write;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchReader};
use arrow::datatypes::Schema;
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection};
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::errors::ParquetError;
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use super::{PackedTable, Table, TableError, from_batches, to_batch};

/// Digits of a document's amount: stored as 64-bit integers.
pub const DOCUMENT_PRECISION: u8 = 18;
/// Digits of a sum.
pub const SUM_PRECISION: u8 = 38;

/// Rows of a packed table that are read at a time.
const ROWS_PER_READ: usize = 1 << 16;

/// Writes a table as one Parquet file, with its notes as the schema's metadata; equal tables give equal bytes.
///
/// # Errors
/// [`TableError::Parquet`] where the destination takes no more bytes, or an amount has more digits than `money_precision`.
pub fn write(table: &Table, money_precision: u8, to: impl Write + Send) -> Result<(), TableError> {
    let batch = to_batch(table, money_precision);
    let mut writer = ArrowWriter::try_new(to, batch.schema(), Some(properties().build())).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(())
}

/// Writes a packed table as one Parquet file, column by column on all threads, with the bytes that [`write`] gives the same
/// table unpacked; `written` is told how many cells each time some are.
///
/// # Errors
/// As [`write`].
pub fn write_packed(
    table: &PackedTable,
    money_precision: u8,
    to: impl Write + Send,
    written: impl Fn(usize) + Sync,
) -> Result<(), TableError> {
    let mut writer = PackedWriter::create(table, money_precision, properties().build(), to)?;
    for start in (0..table.n_rows()).step_by(ROWS_PER_GROUP) {
        writer.write(table, start..table.n_rows().min(start + ROWS_PER_GROUP), &written)?;
    }
    writer.close()?;
    Ok(())
}

/// Rows of a row group, unless they come in fewer.
const ROWS_PER_GROUP: usize = 1 << 20;

/// Writes packed tables of the same columns one behind the other as one Parquet file.
///
/// Equal tables in equal pieces give equal bytes.
pub struct PackedWriter<W: Write + Send> {
    file: SerializedFileWriter<W>,
    groups: ArrowRowGroupWriterFactory,
    schema: Arc<Schema>,
    money_precision: u8,
    rows_per_group: usize,
    /// The columns of the row group that is being written; none before its first row.
    columns: Vec<ArrowColumnWriter>,
    n_rows_in_group: usize,
    n_groups: usize,
    n_rows: usize,
}

impl<W: Write + Send> PackedWriter<W> {
    /// Begins a file that is kept, for tables with the columns of `like`, sorted by the column `sorted_by`.
    ///
    /// # Errors
    /// As [`write`].
    pub fn kept(
        like: &PackedTable,
        money_precision: u8,
        sorted_by: &str,
        to: W,
    ) -> Result<PackedWriter<W>, TableError> {
        // What the other columns hold is nowhere near together, and comparing words is dear.
        let properties = properties()
            .set_statistics_enabled(EnabledStatistics::None)
            .set_column_statistics_enabled(ColumnPath::from(sorted_by), EnabledStatistics::Page);
        PackedWriter::create(like, money_precision, properties.build(), to)
    }

    /// Begins a file that is read once, soon, and removed: nothing is done to make it small.
    ///
    /// # Errors
    /// As [`write`].
    pub fn passing(
        like: &PackedTable,
        money_precision: u8,
        rows_per_group: usize,
        to: W,
    ) -> Result<PackedWriter<W>, TableError> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::UNCOMPRESSED)
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_max_row_group_row_count(Some(rows_per_group));
        PackedWriter::create(like, money_precision, properties.build(), to)
    }

    fn create(
        like: &PackedTable,
        money_precision: u8,
        properties: WriterProperties,
        to: W,
    ) -> Result<PackedWriter<W>, TableError> {
        let schema = like.schema(money_precision);
        let rows_per_group = properties.max_row_group_row_count().unwrap_or(usize::MAX);
        let writer = ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(failed)?;
        let (file, groups) = writer.into_serialized_writer().map_err(failed)?;
        Ok(PackedWriter {
            file,
            groups,
            schema,
            money_precision,
            rows_per_group,
            columns: Vec::new(),
            n_rows_in_group: 0,
            n_groups: 0,
            n_rows: 0,
        })
    }

    /// Writes some rows of a table, its columns on all threads; rows that do not fit into the row group begin the next one.
    ///
    /// # Errors
    /// As [`write`].
    pub fn write(
        &mut self,
        table: &PackedTable,
        rows: Range<usize>,
        written: &(impl Fn(usize) + Sync),
    ) -> Result<(), TableError> {
        if rows.is_empty() {
            return Ok(());
        }
        if self.n_rows_in_group + rows.len() > self.rows_per_group {
            self.close_group().map_err(failed)?;
        }
        self.write_columns(table, &rows, written).map_err(failed)?;
        self.n_rows_in_group += rows.len();
        self.n_rows += rows.len();
        Ok(())
    }

    fn write_columns(
        &mut self,
        table: &PackedTable,
        rows: &Range<usize>,
        written: &(impl Fn(usize) + Sync),
    ) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            self.columns = self.groups.create_column_writers(self.n_groups)?;
        }
        let parts = self.columns.par_iter_mut().zip(table.columns());
        let money_precision = self.money_precision;
        parts
            .zip(self.schema.fields().as_ref())
            .try_for_each(|((writer, column), field)| {
                let array = column.data.array(rows.clone(), money_precision);
                for leaf in compute_leaves(field, &array)? {
                    writer.write(&leaf)?;
                }
                written(rows.len());
                Ok(())
            })
    }

    fn close_group(&mut self) -> Result<(), ParquetError> {
        if self.columns.is_empty() {
            return Ok(());
        }
        let columns = std::mem::take(&mut self.columns).into_par_iter();
        let chunks: Vec<ArrowColumnChunk> = columns.map(ArrowColumnWriter::close).collect::<Result<_, _>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.n_groups += 1;
        self.n_rows_in_group = 0;
        Ok(())
    }

    /// Ends the file; returns its destination and how many rows it has.
    ///
    /// # Errors
    /// As [`write`].
    pub fn close(mut self) -> Result<(W, usize), TableError> {
        self.close_group().map_err(failed)?;
        Ok((self.file.into_inner().map_err(failed)?, self.n_rows))
    }
}

/// Files are written alike by every version: the hash of a ledger is taken over the bytes of tables without customers.
fn properties() -> WriterPropertiesBuilder {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .set_created_by(concat!("arrears ", env!("CARGO_PKG_VERSION")).to_owned())
}

/// Reads a Parquet file that [`write`] or [`write_packed`] wrote as a packed table.
///
/// # Errors
/// The chunks are no such file.
pub fn read_packed(name: &str, chunks: impl ChunkReader + 'static) -> Result<PackedTable, TableError> {
    read_packed_builder(name, ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?)
}

/// Reads some columns of a Parquet file as a packed table; those it does not have are left out.
///
/// # Errors
/// As [`read_packed`].
pub fn read_packed_columns(
    name: &str,
    columns: &[&str],
    chunks: impl ChunkReader + 'static,
) -> Result<PackedTable, TableError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    read_packed_builder(name, builder.with_projection(mask))
}

/// Reads some rows of a Parquet file as a packed table: ranges in their order, of which none overlaps another. Pages
/// without such a row are left alone.
///
/// # Errors
/// As [`read_packed`].
pub fn read_packed_rows(
    name: &str,
    rows: &[Range<usize>],
    chunks: impl ChunkReader + 'static,
) -> Result<PackedTable, TableError> {
    let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Optional);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(chunks, options).map_err(failed)?;
    let n_rows = builder.metadata().file_metadata().num_rows() as usize;
    let selection = RowSelection::from_consecutive_ranges(rows.iter().cloned(), n_rows);
    read_packed_builder(name, builder.with_row_selection(selection))
}

/// Reads some row groups of a Parquet file as a packed table.
///
/// # Errors
/// As [`read_packed`].
pub fn read_packed_groups(
    name: &str,
    groups: Range<usize>,
    chunks: impl ChunkReader + 'static,
) -> Result<PackedTable, TableError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?;
    read_packed_builder(name, builder.with_row_groups(groups.collect()))
}

fn read_packed_builder<T: ChunkReader + 'static>(
    name: &str,
    builder: ParquetRecordBatchReaderBuilder<T>,
) -> Result<PackedTable, TableError> {
    let reader = builder.with_batch_size(ROWS_PER_READ).build().map_err(failed)?;
    let mut table = PackedTable::new(name);
    table.append_batch(&RecordBatch::new_empty(reader.schema()))?;
    for batch in reader {
        table.append_batch(&batch.map_err(|error| TableError::Parquet {
            message: error.to_string(),
        })?)?;
    }
    Ok(table)
}

/// Reads the bytes of a Parquet file.
///
/// # Errors
/// The bytes are no Parquet file, or a column has a type the product has no use for.
pub fn read(name: &str, bytes: impl Into<Bytes>) -> Result<Table, TableError> {
    read_chunks(name, bytes.into())
}

/// Reads a Parquet file piece by piece, such as an open file.
///
/// # Errors
/// The chunks are no Parquet file, or a column has a type the product has no use for.
pub fn read_chunks(name: &str, chunks: impl ChunkReader + 'static) -> Result<Table, TableError> {
    read_builder(name, ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?)
}

/// Reads some columns of a Parquet file; those it does not have are left out.
///
/// # Errors
/// As [`read_chunks`].
pub fn read_columns(name: &str, columns: &[&str], chunks: impl ChunkReader + 'static) -> Result<Table, TableError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    read_builder(name, builder.with_projection(mask))
}

fn read_builder<T: ChunkReader + 'static>(
    name: &str,
    builder: ParquetRecordBatchReaderBuilder<T>,
) -> Result<Table, TableError> {
    // The reader's schema has the columns that are read, the builder's what the file says of itself.
    let notes = builder.schema().metadata().clone();
    let reader = builder.build().map_err(failed)?;
    let schema = Arc::new(Schema::new_with_metadata(reader.schema().fields().clone(), notes));
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().map_err(|error| TableError::Parquet {
        message: error.to_string(),
    })?;
    from_batches(name, &schema, &batches)
}

fn failed(error: ParquetError) -> TableError {
    TableError::Parquet {
        message: error.to_string(),
    }
}
