//! Parquet: one table, money as `DECIMAL(38, 4)`, notes as key-value metadata. The same table always gives the same bytes.

use std::io::{self, Write};

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::table::{Table, to_batch};

/// Digits of a money column: sums need all that 128 bits hold.
const MONEY_PRECISION: u8 = 38;

/// Key under which the table's name stands in the metadata.
const TABLE_KEY: &str = "table";

/// Writes one table.
pub(super) fn write(table: &Table, sink: &mut dyn Write) -> io::Result<()> {
    // The compressed bytes are small beside the table, which is in memory already.
    let mut writer = writer(table, Vec::new())?;
    writer.write(&batch(table)).map_err(io::Error::other)?;
    sink.write_all(&writer.into_inner().map_err(io::Error::other)?)
}

/// Opens a writer for tables with the columns and notes of this one.
pub(super) fn writer<W: Write + Send>(table: &Table, sink: W) -> io::Result<ArrowWriter<W>> {
    let notes = table.notes.iter().map(|(key, value)| (key.clone(), value.clone()));
    let metadata = std::iter::once((TABLE_KEY.to_owned(), table.name().to_owned()))
        .chain(notes)
        .map(|(key, value)| KeyValue::new(key, value))
        .collect();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("arrears ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata))
        .build();
    // Arrow's own copy of the schema would hold the notes a second time; Parquet's types say all there is.
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let schema = batch(&table.take(&[])).schema();
    ArrowWriter::try_new_with_options(sink, schema, options).map_err(io::Error::other)
}

/// Turns a table into what the writer takes.
pub(super) fn batch(table: &Table) -> RecordBatch {
    to_batch(table, MONEY_PRECISION)
}
