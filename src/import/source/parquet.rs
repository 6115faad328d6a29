//! Parquet files: typed cells, batch by batch.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;

use super::bytes::{BytesRead, open_bytes};
use super::grid::trimmed;
use super::{Grid, Piece, Reader, Row, RowEvent};
use crate::calendar::Day;
use crate::import::error::ImportError;
use crate::import::value::Cell;
use crate::money::Total;
use crate::table::TableError;

/// Rows decoded at a time.
const BATCH_ROWS: usize = 1 << 14;
/// Decimals a money column can hold without a closer look.
const MONEY_SCALE: i8 = 4;

/// An open Parquet file.
pub struct ParquetReader {
    path: PathBuf,
    captions: Vec<String>,
    batches: ParquetRecordBatchReader,
    n_rows: u64,
    rows_before: u64,
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
            rows_before: 0,
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

    fn next_piece(&mut self) -> Result<Option<Box<dyn Piece>>, ImportError> {
        let Some(batch) = self.batches.next() else {
            return Ok(None);
        };
        let batch = batch.map_err(|source| ImportError::Parquet {
            path: self.path.clone(),
            source: source.into(),
        })?;
        let rows_before = self.rows_before;
        self.rows_before += batch.num_rows() as u64;
        let bytes_at = |rows| (u128::from(self.n_bytes) * u128::from(rows) / u128::from(self.n_rows.max(1))) as u64;
        self.bytes_read.add(bytes_at(self.rows_before) - bytes_at(rows_before));
        Ok(Some(Box::new(ParquetPiece {
            path: self.path.clone(),
            batch,
            rows_before,
        })))
    }
}

/// Some rows of a Parquet file.
struct ParquetPiece {
    path: PathBuf,
    batch: RecordBatch,
    rows_before: u64,
}

impl Piece for ParquetPiece {
    fn for_each(&self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError> {
        let columns = self.columns()?;
        for (row, line) in (0..self.batch.num_rows()).zip(self.rows_before + 1..) {
            let row = ParquetRow { columns: &columns, row };
            sink(RowEvent {
                line,
                row: &row,
                defect: None,
            });
        }
        Ok(())
    }

    fn grid(&self) -> Option<Box<dyn Grid + '_>> {
        Some(Box::new(ParquetGrid {
            columns: self.columns().ok()?,
            n_rows: self.batch.num_rows(),
            first_line: self.rows_before + 1,
        }))
    }
}

impl ParquetPiece {
    fn columns(&self) -> Result<Vec<Column>, ImportError> {
        let schema = self.batch.schema();
        let columns = schema.fields().iter().zip(self.batch.columns());
        columns
            .map(|(field, column)| Column::of(field, column))
            .collect::<Result<_, String>>()
            .map_err(|message| ImportError::Column {
                path: self.path.clone(),
                message,
            })
    }
}

/// All cells of a piece.
struct ParquetGrid {
    columns: Vec<Column>,
    n_rows: usize,
    first_line: u64,
}

impl Grid for ParquetGrid {
    fn n_rows(&self) -> usize {
        self.n_rows
    }

    fn first_line(&self) -> u64 {
        self.first_line
    }

    fn cell(&self, row: usize, position: usize) -> Cell<'_> {
        self.columns
            .get(position)
            .map_or(Cell::Missing, |column| column.cell(row))
    }
}

/// A column of one of the types that cells have.
enum Column {
    Text(StringArray),
    /// Numbers of other kinds, as digits.
    Digits(StringArray),
    Day(Date32Array),
    /// Decimals, and what makes ten-thousandths of them.
    Money(Decimal128Array, i128),
    Int(Int64Array),
    Real(Float64Array),
    Flag(BooleanArray),
    /// Nested values and bytes, which are no cells.
    None,
}

impl Column {
    /// Brings a column to the type of its cells: times become days, decimals with many places become digits.
    fn of(field: &Field, column: &ArrayRef) -> Result<Column, String> {
        let to =
            |wanted: DataType| cast(column, &wanted).map_err(|error| format!("column `{}`: {error}", field.name()));
        if let DataType::Dictionary(_, words) = field.data_type() {
            let plain = Field::new(field.name(), words.as_ref().clone(), true);
            return Column::of(&plain, &to(words.as_ref().clone())?);
        }
        let days = || to(DataType::Date32).map(|days| Column::Day(days.as_primitive().clone()));
        let reals = || to(DataType::Float64).map(|numbers| Column::Real(numbers.as_primitive().clone()));
        let words = || to(DataType::Utf8).map(|words| words.as_string().clone());
        match field.data_type() {
            DataType::Timestamp(..) | DataType::Date64 | DataType::Date32 => days(),
            DataType::Decimal128(_, scale) if *scale <= MONEY_SCALE => {
                let places = u32::from((MONEY_SCALE - scale).unsigned_abs());
                let factor = 10_i128.checked_pow(places).unwrap_or(i128::MAX);
                Ok(Column::Money(column.as_primitive().clone(), factor))
            }
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..)
            | DataType::UInt64 => words().map(Column::Digits),
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => words().map(Column::Text),
            DataType::Float16 | DataType::Float32 | DataType::Float64 => reals(),
            DataType::Boolean => Ok(Column::Flag(column.as_boolean().clone())),
            DataType::Null | DataType::Binary => Ok(Column::None),
            whole if whole.is_integer() => {
                to(DataType::Int64).map(|numbers| Column::Int(numbers.as_primitive().clone()))
            }
            nested if nested.is_nested() => Ok(Column::None),
            other => Err(TableError::TypeUnknown {
                column: field.name().clone(),
                found: other.to_string(),
            }
            .to_string()),
        }
    }
}

impl Column {
    fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Column::None => None,
            Column::Text(words) => words.is_valid(row).then(|| Cell::Text(trimmed(words.value(row)))),
            Column::Digits(words) => words.is_valid(row).then(|| Cell::Number(words.value(row))),
            Column::Day(days) => days.is_valid(row).then(|| Cell::Day(Day::from_epoch(days.value(row)))),
            Column::Money(units, factor) => units.is_valid(row).then(|| {
                // What is too large for a total is too large for an amount, and is reported as such.
                Cell::Money(Total::from_units(units.value(row).saturating_mul(*factor)))
            }),
            Column::Int(numbers) => numbers.is_valid(row).then(|| Cell::Int(numbers.value(row))),
            Column::Real(numbers) => numbers.is_valid(row).then(|| Cell::Real(numbers.value(row))),
            Column::Flag(flags) => flags.is_valid(row).then(|| Cell::Flag(flags.value(row))),
        };
        cell.unwrap_or(Cell::Missing)
    }
}

struct ParquetRow<'p> {
    columns: &'p [Column],
    row: usize,
}

impl Row for ParquetRow<'_> {
    fn cell(&self, position: usize) -> Cell<'_> {
        self.columns
            .get(position)
            .map_or(Cell::Missing, |column| column.cell(self.row))
    }

    fn text(&self) -> String {
        let cells: Vec<_> = (0..self.columns.len())
            .map(|position| self.cell(position).text().into_owned())
            .collect();
        cells.join(",")
    }
}
