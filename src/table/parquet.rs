//! Tables as Parquet bytes.

use std::io::Write;

use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::ChunkReader;

use super::{Table, TableError, from_batches, to_batch};

/// Digits of a document's amount: stored as 64-bit integers.
pub const DOCUMENT_PRECISION: u8 = 18;
/// Digits of a sum.
pub const SUM_PRECISION: u8 = 38;

/// Writes a table as one Parquet file, with its notes as the schema's metadata; equal tables give equal bytes.
///
/// # Errors
/// [`TableError::Parquet`] where the destination takes no more bytes, or an amount has more digits than `money_precision`.
pub fn write(table: &Table, money_precision: u8, to: impl Write + Send) -> Result<(), TableError> {
    let batch = to_batch(table, money_precision);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(concat!("arrears ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(to, batch.schema(), Some(properties)).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.close().map_err(failed)?;
    Ok(())
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
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks).map_err(failed)?;
    let schema = builder.schema().clone();
    let batches: Vec<RecordBatch> = builder
        .build()
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(|error| TableError::Parquet {
            message: error.to_string(),
        })?;
    from_batches(name, &schema, &batches)
}

fn failed(error: parquet::errors::ParquetError) -> TableError {
    TableError::Parquet {
        message: error.to_string(),
    }
}
