//! Why an import yields nothing.

use std::path::PathBuf;

use thiserror::Error;

/// A file or a profile that stops the import; findings about single rows are issues instead.
#[derive(Debug, Error)]
pub enum ImportError {
    /// Nothing to do.
    #[error("found no file, expected at least one")]
    NoFiles,
    /// The file cannot be opened or read.
    #[error("cannot read `{}`", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Neither the name nor the profile says what the file is.
    #[error(
        "`{}`: the name ends in none of .csv, .tsv, .txt, .jsonl, .ndjson, .parquet (or one of these and .gz); rename it or set `source.format` in the profile",
        .path.display()
    )]
    FormatUnknown {
        /// The file.
        path: PathBuf,
    },
    /// The profile knows files by name, and not this one.
    #[error("`{}`: the profile `{profile}` knows no such file, expected a name that starts with one of {expected}", .path.display())]
    FileUnknown {
        /// The file.
        path: PathBuf,
        /// The profile.
        profile: String,
        /// The names it knows.
        expected: String,
    },
    /// Nothing in it.
    #[error("`{}` is empty, expected a header and rows", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Zero bytes where text should be.
    #[error(
        "`{}` holds NUL bytes, expected text; if it is UTF-16, set `source.encoding = \"utf-16le\"` in the profile",
        .path.display()
    )]
    NulBytes {
        /// The file.
        path: PathBuf,
    },
    /// No line holds the captions that mark the header.
    #[error("`{}`: found no line that holds the captions {expected} within the first {n_lines} lines", .path.display())]
    HeaderNotFound {
        /// The file.
        path: PathBuf,
        /// The captions of `source.header_has`.
        expected: String,
        /// How far was looked.
        n_lines: usize,
    },
    /// A column the records cannot do without.
    #[error(
        "`{}`: found no column {expected} for {wanted}{hint}; the columns are {present}",
        .path.display()
    )]
    ColumnMissing {
        /// The file.
        path: PathBuf,
        /// What the column is for.
        wanted: String,
        /// The captions that were looked for.
        expected: String,
        /// The captions that are there.
        present: String,
        /// Close captions, if any.
        hint: String,
    },
    /// A caption that names two columns.
    #[error("`{}`: the caption `{caption}` stands over two columns, expected one; rename one of them", .path.display())]
    CaptionTwice {
        /// The file.
        path: PathBuf,
        /// The caption.
        caption: String,
    },
    /// A column holds a type that is neither words nor a day nor a number.
    #[error("`{}`: {message}", .path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// What is wrong with which column.
        message: String,
    },
    /// Not a Parquet file, or a broken one.
    #[error("cannot read `{}` as Parquet", .path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// A whole JSON document instead of lines.
    #[error("`{}` starts with `[`, expected JSON lines: one object a line, without brackets and commas around them", .path.display())]
    JsonArray {
        /// The file.
        path: PathBuf,
    },
    /// A column declared timeless that no table has.
    #[error("no imported table has a column `{column}`, which was declared timeless{hint}; the columns are {present}")]
    TimelessUnknown {
        /// The column.
        column: String,
        /// Close captions, if any.
        hint: String,
        /// The columns of the imported tables that a row may leave out.
        present: String,
    },
}
