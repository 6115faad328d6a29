//! Parquet: one table, money as `DECIMAL(38, 4)`, notes as key-value metadata. The same table always gives the same bytes.

use std::io::{self, Write};

use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::table::{Table, to_batch};

/// Digits of a money column: sums need all that 128 bits hold.
pub(super) const MONEY_PRECISION: u8 = 38;

/// Key under which the table's name stands in the metadata.
const TABLE_KEY: &str = "table";

/// Returns how a table's file is written: compression and metadata.
pub(super) fn options(table: &Table) -> ArrowWriterOptions {
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
    ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true)
}

/// Writes one table.
pub(super) fn write(table: &Table, sink: &mut dyn Write) -> io::Result<()> {
    let batch = to_batch(table, MONEY_PRECISION);
    // The compressed bytes are small beside the table, which is in memory already.
    let mut bytes = Vec::new();
    let mut writer =
        ArrowWriter::try_new_with_options(&mut bytes, batch.schema(), options(table)).map_err(io::Error::other)?;
    writer.write(&batch).map_err(io::Error::other)?;
    writer.close().map_err(io::Error::other)?;
    sink.write_all(&bytes)
}
