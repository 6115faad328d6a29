//! A file that takes the rows of one table part by part, so that the table need not fit into memory.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;

use parquet::arrow::ArrowWriter;

use super::target::refused;
use super::{NewFile, OutputError, columnar, delimited};
use crate::table::Table;

/// A CSV or Parquet file of one table in the making.
///
/// The parts of a CSV file are, byte for byte, what [`super::write`] writes of them together; each part of a Parquet file
/// that has rows is a row group. The file appears under its name with [`GrowingFile::finish`]; dropped before that, it
/// leaves what stood there untouched.
#[derive(Debug)]
pub struct GrowingFile {
    file: NewFile,
    rows: Rows,
}

#[derive(Debug)]
enum Rows {
    Csv {
        has_header: bool,
    },
    /// The columns are known with the first part.
    Parquet(Option<Box<ArrowWriter<BufWriter<File>>>>),
}

impl GrowingFile {
    /// Opens a CSV file under a temporary name.
    ///
    /// # Errors
    /// As [`NewFile::open`].
    pub fn csv(path: &Path) -> Result<GrowingFile, OutputError> {
        Ok(GrowingFile {
            file: NewFile::open(path)?,
            rows: Rows::Csv { has_header: false },
        })
    }

    /// Opens a Parquet file under a temporary name.
    ///
    /// # Errors
    /// As [`NewFile::open`].
    pub fn parquet(path: &Path) -> Result<GrowingFile, OutputError> {
        Ok(GrowingFile {
            file: NewFile::open(path)?,
            rows: Rows::Parquet(None),
        })
    }

    /// Adds the rows of a part; its columns are those of the parts before it.
    ///
    /// # Errors
    /// The operating system refuses, or the columns differ.
    pub fn append(&mut self, part: &Table) -> Result<(), OutputError> {
        match &mut self.rows {
            Rows::Csv { has_header } => {
                let header = !std::mem::replace(has_header, true);
                self.file.fill(|sink| delimited::write(part, header, sink))
            }
            Rows::Parquet(writer) => {
                append_row_group(writer, &self.file, part).map_err(|source| refused(self.file.path(), source))
            }
        }
    }

    /// Stores all bytes and gives the file its name.
    ///
    /// # Errors
    /// The operating system refuses, or no part came and the columns of a Parquet file are unknown.
    pub fn finish(self) -> Result<(), OutputError> {
        if let Rows::Parquet(writer) = self.rows {
            writer
                .ok_or_else(|| io::Error::other("no part was added, so its columns are unknown"))
                .and_then(|writer| writer.close().map_err(io::Error::other))
                .map_err(|source| refused(self.file.path(), source))?;
        }
        self.file.finish()
    }
}

fn append_row_group(
    writer: &mut Option<Box<ArrowWriter<BufWriter<File>>>>,
    file: &NewFile,
    part: &Table,
) -> io::Result<()> {
    let writer = match writer {
        Some(writer) => writer,
        None => writer.insert(Box::new(columnar::writer(part, BufWriter::new(file.handle()?))?)),
    };
    writer.write(&columnar::batch(part)).map_err(io::Error::other)?;
    writer.flush().map_err(io::Error::other)
}
