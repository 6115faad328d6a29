//! Results as people and programs read them: terminal tables, CSV, JSON, Parquet, plots and the HTML report.
//!
//! A result is one or more [`Table`]s. Column names are the same in every format; a missing value is an empty cell or a null, never 0.
//!
//! | Format | Money | Notes of the table | Several tables |
//! | --- | --- | --- | --- |
//! | table | every digit, thousands separated | lines above it | one after the other |
//! | csv | every digit | left out, so that the first line is the header | a file each, in a folder |
//! | json | text with every digit | `notes` | `{"tables": [...]}` |
//! | parquet | `DECIMAL(38, 4)` | key-value metadata | a file each, in a folder |

mod columnar;
mod delimited;
mod display;
mod json;
mod parts;
pub mod plot;
pub mod report;
mod target;
mod terminal;

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use rayon::prelude::*;
use thiserror::Error;

use crate::table::Table;

pub use self::parts::{EncodedPart, GrowingFile, PartEncoder, check_in_parts, write_in_parts};
pub use self::target::{NewFile, NewFolder, Target};

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for people.
    Table,
    /// Comma-separated values with a header, for spreadsheets and scripts.
    Csv,
    /// One JSON object, for programs.
    Json,
    /// Typed columns, for data tools.
    Parquet,
}

/// How much of a table a terminal shows; the other formats are always complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Characters in a line; `None` for as many as the table needs.
    pub width: Option<u16>,
    /// Rows of each table; `None` for all.
    pub rows: Option<usize>,
}

/// Why a result cannot be written.
#[derive(Debug, Error)]
pub enum OutputError {
    /// Not a format.
    #[error("found the format `{found}`, expected table, csv, json or parquet")]
    FormatUnknown {
        /// What was asked for.
        found: String,
    },
    /// The ending of a file does not say its format.
    #[error(
        "cannot tell a format from the ending of the file; expected .csv, .json, .parquet or .txt, or name one with --format: `{}`", path.display()
    )]
    EndingUnknown {
        /// The file that was named.
        path: PathBuf,
    },
    /// A directory stands where a file is to be written.
    #[error("found a directory, expected a file; end the path with a slash to get one file per table inside it: `{}`", path.display())]
    IsDirectory {
        /// The path that was named.
        path: PathBuf,
    },
    /// A file stands where a folder is to be written.
    #[error("found a file, expected a folder: `{}`", path.display())]
    NotADirectory {
        /// The path that was named.
        path: PathBuf,
    },
    /// The folder a file is to be written into does not exist.
    #[error("the folder of the file does not exist; create it first: `{}`", parent.display())]
    ParentMissing {
        /// The folder that is missing.
        parent: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot write to `{to}`")]
    Write {
        /// The file, or `the output` where it is not a file.
        to: String,
        /// What it answered.
        #[source]
        source: io::Error,
    },
    /// Several tables for a file that holds one.
    #[error("the result is {} tables and a {format} file holds one; name a folder (`-o results/`) or use --format json", names.len())]
    SeveralTables {
        /// The format that was asked for.
        format: Format,
        /// The tables of the result.
        names: Vec<String>,
    },
    /// A result in parts, in a format that needs all of it at once.
    #[error("the result is written part by part, as csv or parquet; found the format {format}")]
    NotInParts {
        /// The format that was asked for.
        format: Format,
    },
    /// Two tables of one result would be written to the same file.
    #[error("two tables of the result have the name `{name}`")]
    SameName {
        /// The name they share.
        name: String,
    },
}

/// Writes the tables of a result, complete and in order.
///
/// A file appears under its name only when all of it is written; until then what stood there is untouched.
///
/// # Errors
/// The operating system refuses, or several tables go to one CSV or Parquet file.
pub fn write(tables: &[&Table], format: Format, layout: Layout, target: Target<'_>) -> Result<(), OutputError> {
    match target {
        Target::Writer(writer) => {
            one_file_holds(tables, format)?;
            encode(tables, format, layout, writer)
                .and_then(|()| writer.flush())
                .map_err(|source| OutputError::Write {
                    to: "the output".to_owned(),
                    source,
                })
        }
        Target::File(mut file) => {
            one_file_holds(tables, format)?;
            file.fill(|sink| encode(tables, format, Layout::COMPLETE, sink))?;
            file.finish()
        }
        Target::Folder(folder) => {
            let mut files = Vec::with_capacity(tables.len());
            for (position, table) in tables.iter().enumerate() {
                if tables[..position].iter().any(|before| before.name() == table.name()) {
                    return Err(OutputError::SameName {
                        name: table.name().to_owned(),
                    });
                }
                files.push((folder.file(table.name(), format)?, table));
            }
            let fill = |(file, table): &mut (NewFile, &&Table)| {
                file.fill(|sink| encode(&[table], format, Layout::COMPLETE, sink))
            };
            files.par_iter_mut().try_for_each(fill)?;
            files.into_iter().try_for_each(|(file, _)| file.finish())
        }
    }
}

fn one_file_holds(tables: &[&Table], format: Format) -> Result<(), OutputError> {
    match format {
        Format::Csv | Format::Parquet if tables.len() != 1 => Err(OutputError::SeveralTables {
            format,
            names: tables.iter().map(|table| table.name().to_owned()).collect(),
        }),
        _ => Ok(()),
    }
}

fn encode(tables: &[&Table], format: Format, layout: Layout, sink: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => terminal::write(tables, layout, sink),
        Format::Csv => tables.iter().try_for_each(|table| delimited::write(table, true, sink)),
        Format::Json => json::write(tables, sink),
        Format::Parquet => tables.iter().try_for_each(|table| columnar::write(table, sink)),
    }
}

impl Format {
    /// Returns the format a file's ending stands for: `.csv`, `.json`, `.parquet`, or `.txt` for the aligned table.
    ///
    /// # Errors
    /// Another ending, or none.
    pub fn of_path(path: &Path) -> Result<Format, OutputError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            "parquet" => Ok(Format::Parquet),
            "txt" => Ok(Format::Table),
            _ => Err(OutputError::EndingUnknown { path: path.to_owned() }),
        }
    }

    /// Returns the ending of files in this format, without the point.
    pub const fn ending(self) -> &'static str {
        match self {
            Format::Table => "txt",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Parquet => "parquet",
        }
    }
}

impl FromStr for Format {
    type Err = OutputError;

    fn from_str(text: &str) -> Result<Format, OutputError> {
        match text {
            "table" => Ok(Format::Table),
            "csv" => Ok(Format::Csv),
            "json" => Ok(Format::Json),
            "parquet" => Ok(Format::Parquet),
            _ => Err(OutputError::FormatUnknown { found: text.to_owned() }),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Parquet => "parquet",
        })
    }
}

impl Layout {
    /// All rows, each as wide as it needs.
    pub const COMPLETE: Layout = Layout {
        width: None,
        rows: None,
    };
}

impl Default for Layout {
    /// Fifty rows, each as wide as it needs.
    fn default() -> Layout {
        Layout {
            width: None,
            rows: Some(50),
        }
    }
}
