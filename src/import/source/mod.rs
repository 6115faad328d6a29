//! Files as rows of cells: CSV, JSON lines and Parquet, plain or gzipped.

mod bytes;
mod csv;
mod grid;
mod json;
mod parquet;
mod pieces;

use std::path::Path;

pub use self::bytes::BytesRead;
use super::error::ImportError;
use super::profile::{Format, SourceRules};
use super::value::Cell;
use crate::outcome::IssueCode;

/// A row of a file.
pub trait Row {
    /// Returns a cell; missing beyond the end of the row.
    fn cell(&self, position: usize) -> Cell<'_>;
    /// Returns the row as it stood, for the quarantine file.
    fn text(&self) -> String;
}

/// What is wrong with a row as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    pub code: IssueCode,
    pub found: String,
    pub expected: String,
}

/// A row on its way to the importer.
pub struct RowEvent<'r> {
    /// Line on which the row starts, from 1; in Parquet files the number of the row.
    pub line: u64,
    pub row: &'r dyn Row,
    pub defect: Option<Defect>,
}

/// Whole rows of a file, in its order, that can be read on any thread.
pub trait Piece: Send + Sync {
    /// Hands every row to `sink`, in file order.
    ///
    /// # Errors
    /// A column is of a type that no cell has.
    fn for_each(&self, sink: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ImportError>;

    /// Returns the same rows as a grid; `None` where a row has a defect or has to be looked at by itself.
    fn grid(&self) -> Option<Box<dyn Grid + '_>> {
        None
    }
}

/// Rows from consecutive lines, none of which has a defect, as cells that are had in any order.
pub trait Grid {
    /// Returns the number of rows.
    fn n_rows(&self) -> usize;
    /// Returns the line on which the first row stands, as in [`RowEvent::line`].
    fn first_line(&self) -> u64;
    /// Returns a cell; missing beyond the last column.
    fn cell(&self, row: usize, position: usize) -> Cell<'_>;
}

/// An open file.
pub trait Reader: Send {
    /// Returns the captions of the columns.
    fn captions(&self) -> &[String];
    /// Returns the next rows, or `None` at the end of the file.
    ///
    /// # Errors
    /// The file cannot be read to its end.
    fn next_piece(&mut self) -> Result<Option<Box<dyn Piece>>, ImportError>;
}

/// Opens a file as its name or the profile says.
///
/// # Errors
/// The file cannot be read, is empty, or is of no known format.
pub fn open(path: &Path, rules: &SourceRules, bytes_read: BytesRead) -> Result<Box<dyn Reader>, ImportError> {
    match rules.format.or_else(|| format_by_name(path)) {
        Some(Format::Csv) => Ok(Box::new(csv::CsvReader::open(path, rules, bytes_read)?)),
        Some(Format::JsonLines) => Ok(Box::new(json::JsonReader::open(path, rules, bytes_read)?)),
        Some(Format::Parquet) => Ok(Box::new(parquet::ParquetReader::open(path, bytes_read)?)),
        None => Err(ImportError::FormatUnknown { path: path.to_owned() }),
    }
}

fn format_by_name(path: &Path) -> Option<Format> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "csv" | "tsv" | "txt" => Some(Format::Csv),
        "jsonl" | "ndjson" | "json" => Some(Format::JsonLines),
        "parquet" | "pq" => Some(Format::Parquet),
        _ => None,
    }
}
