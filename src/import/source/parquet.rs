//! Parquet files: typed cells, batch by batch.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow::array::{RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::bytes::{BytesRead, open_bytes};
use super::{Reader, Row, RowEvent};
use crate::import::error::ImportError;
use crate::import::value::Cell;
use crate::table::{Data, Table, from_batches};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8192;
/// Decimals a money column can hold without a closer look.
const MONEY_SCALE: i8 = 4;

/// An open Parquet file.
pub struct ParquetReader {
    path: PathBuf,
    captions: Vec<String>,
    batches: ParquetRecordBatchReader,
    n_rows: u64,
    n_bytes: u64,
    bytes_read: BytesRead,
}

impl ParquetReader {
    pub fn open(path: &Path, bytes_read: BytesRead) -> Result<ParquetReader, ImportError> {
        let io_error = |source| ImportError::Io {
            path: path.to_owned(),
            source,
        };
        let parquet_error = |source: ParquetError| ImportError::Parquet {
            path: path.to_owned(),
            source,
        };
        let n_bytes = fs::metadata(path).map_err(io_error)?.len();
        if n_bytes == 0 {
            return Err(ImportError::Empty { path: path.to_owned() });
        }
        let zipped = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        let (captions, n_rows, batches) = if zipped {
            // Parquet is read from its end, so a zipped file has to be unpacked first.
            let mut unzipped = Vec::new();
            open_bytes(path, BytesRead::default())?
                .read_to_end(&mut unzipped)
                .map_err(io_error)?;
            let builder = ParquetRecordBatchReaderBuilder::try_new(Bytes::from(unzipped)).map_err(parquet_error)?;
            start(builder).map_err(parquet_error)?
        } else {
            let file = File::open(path).map_err(io_error)?;
            start(ParquetRecordBatchReaderBuilder::try_new(file).map_err(parquet_error)?).map_err(parquet_error)?
        };
        Ok(ParquetReader {
            path: path.to_owned(),
            captions,
            batches,
            n_rows,
            n_bytes,
            bytes_read,
        })
    }
}

type Started = (Vec<String>, u64, ParquetRecordBatchReader);

fn start<T: parquet::file::reader::ChunkReader + 'static>(
    builder: ParquetRecordBatchReaderBuilder<T>,
) -> Result<Started, ParquetError> {
    let fields = builder.schema().fields();
    let captions = fields.iter().map(|field| field.name().clone()).collect();
    let n_rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
    Ok((captions, n_rows, builder.with_batch_size(BATCH_ROWS).build()?))
}

impl Reader for ParquetReader {
    fn captions(&self) -> &[String] {
        &self.captions
    }

    fn for_each(&mut self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError> {
        let column_error = |message: String| ImportError::Column {
            path: self.path.clone(),
            message,
        };
        let (mut line, mut bytes_done) = (0, 0);
        for batch in &mut self.batches {
            let batch = batch.map_err(|source| ImportError::Parquet {
                path: self.path.clone(),
                source: source.into(),
            })?;
            let (batch, in_words) = plain_types(&batch).map_err(column_error)?;
            let table = from_batches("", &batch.schema(), std::slice::from_ref(&batch))
                .map_err(|error| column_error(error.to_string()))?;
            for row in 0..table.n_rows() {
                line += 1;
                let row = ParquetRow {
                    table: &table,
                    in_words: &in_words,
                    row,
                };
                sink(RowEvent {
                    line,
                    row: &row,
                    defect: None,
                });
            }
            let bytes_now = (u128::from(self.n_bytes) * u128::from(line) / u128::from(self.n_rows.max(1))) as u64;
            self.bytes_read.add(bytes_now - bytes_done);
            bytes_done = bytes_now;
        }
        Ok(())
    }
}

/// Brings columns to the types of a table: times become days, decimals with many places become digits in words, and nested
/// columns become empty. Returns which columns hold digits in words.
fn plain_types(batch: &RecordBatch) -> Result<(RecordBatch, Vec<bool>), String> {
    let (mut fields, mut columns, mut in_words) = (Vec::new(), Vec::new(), Vec::new());
    for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
        let (wanted, digits) = match field.data_type() {
            DataType::Timestamp(..) | DataType::Date64 => (Some(DataType::Date32), false),
            DataType::Decimal128(_, scale) if *scale > MONEY_SCALE => (Some(DataType::Utf8), true),
            DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal256(..) => {
                (Some(DataType::Utf8), true)
            }
            DataType::Float16 => (Some(DataType::Float64), false),
            _ => (None, false),
        };
        let column = match wanted {
            Some(wanted) => cast(column, &wanted).map_err(|error| format!("column `{}`: {error}", field.name()))?,
            None if field.data_type().is_nested() || matches!(field.data_type(), DataType::Binary) => {
                new_null_array(&DataType::Utf8, column.len())
            }
            None => column.clone(),
        };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
        in_words.push(digits);
    }
    let batch = RecordBatch::try_new(Schema::new(fields).into(), columns).map_err(|error| error.to_string())?;
    Ok((batch, in_words))
}

struct ParquetRow<'t> {
    table: &'t Table,
    in_words: &'t [bool],
    row: usize,
}

impl Row for ParquetRow<'_> {
    fn cell(&self, position: usize) -> Cell<'_> {
        let row = self.row;
        let Some(column) = self.table.columns().get(position) else {
            return Cell::Missing;
        };
        match &column.data {
            Data::Text(words) => words[row]
                .as_deref()
                .map_or(Cell::Missing, |word| match self.in_words[position] {
                    true => Cell::Number(word),
                    false => Cell::Text(word.trim()),
                }),
            Data::Day(days) => days[row].map_or(Cell::Missing, Cell::Day),
            Data::Money(totals) => totals[row].map_or(Cell::Missing, Cell::Money),
            Data::Int(numbers) => numbers[row].map_or(Cell::Missing, Cell::Int),
            Data::Real(numbers) => numbers[row].map_or(Cell::Missing, Cell::Real),
            Data::Flag(flags) => flags[row].map_or(Cell::Missing, Cell::Flag),
        }
    }

    fn text(&self) -> String {
        let cells: Vec<_> = (0..self.table.columns().len())
            .map(|position| self.cell(position).text().into_owned())
            .collect();
        cells.join(",")
    }
}
