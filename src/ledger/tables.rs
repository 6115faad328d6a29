//! The stored tables of a ledger, each read from its files when it is first asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::error::LedgerError;
use super::layers::laid_over;
use crate::contract::TableSpec;
use crate::table::{Data, PackedTable, Table, TableError, parquet};

/// The tables of a ledger by name.
///
/// Metrics work on documents and postings; words stand in tables, which are large and seldom needed.
#[derive(Debug, Default)]
pub(super) struct Tables(BTreeMap<String, StoredTable>);

#[derive(Debug)]
struct StoredTable {
    name: String,
    n_rows: usize,
    table: OnceLock<Table>,
    // The files whose content was compared with its hash when the ledger was opened, the oldest layer first; held open,
    // so that an import that replaces them meanwhile does not pull them away.
    files: Mutex<Vec<File>>,
}

impl Tables {
    /// Takes tables that are in memory.
    pub fn in_memory(tables: BTreeMap<String, Table>) -> Tables {
        let stored = tables.into_iter().map(|(name, table)| {
            let stored = StoredTable {
                name: name.clone(),
                n_rows: table.n_rows(),
                table: OnceLock::from(table),
                files: Mutex::default(),
            };
            (name, stored)
        });
        Tables(stored.collect())
    }

    /// Takes the open files of each table, the oldest layer first; `n_rows` says how many rows they make.
    pub fn in_files(files: BTreeMap<String, Vec<File>>, n_rows: &BTreeMap<String, u64>) -> Tables {
        let stored = files.into_iter().map(|(name, files)| {
            let stored = StoredTable {
                name: name.clone(),
                n_rows: n_rows.get(&name).map_or(0, |n_rows| *n_rows as usize),
                table: OnceLock::new(),
                files: Mutex::new(files),
            };
            (name, stored)
        });
        Tables(stored.collect())
    }

    /// Returns a table, or `None` where it was not imported.
    pub fn get(&self, name: &str) -> Option<&Table> {
        let stored = self.0.get(name)?;
        Some(stored.table.get_or_init(|| stored.read()))
    }

    /// Returns one column of a table; read alone where the table is not in memory.
    pub fn column(&self, name: &str, column: &str) -> Option<Cow<'_, Data>> {
        let stored = self.0.get(name)?;
        match stored.table.get() {
            Some(table) => table.column(column).map(Cow::Borrowed),
            None => stored.read_column(column).map(Cow::Owned),
        }
    }

    /// Tells whether a table was imported.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns the number of rows of a table, without reading it.
    pub fn n_rows(&self, name: &str) -> usize {
        self.0.get(name).map_or(0, |stored| stored.n_rows)
    }

    /// Returns every table with its name, in order of names.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Table)> {
        let names = self.0.keys();
        names.filter_map(|name| Some((name.as_str(), self.get(name)?)))
    }
}

impl StoredTable {
    fn read(&self) -> Table {
        let table = match self.layers().as_slice() {
            [file] => handle(file).and_then(|file| parquet::read_chunks(&self.name, file)),
            layers => self
                .laid_over(layers, |file| parquet::read_packed(&self.name, file))
                .map(|table| table.unpacked()),
        };
        table.unwrap_or_else(|source| self.interrupt(source))
    }

    fn read_column(&self, column: &str) -> Option<Data> {
        let table = match self.layers().as_slice() {
            [file] => handle(file).and_then(|file| parquet::read_columns(&self.name, &[column], file)),
            layers => self
                .laid_over(layers, |file| {
                    parquet::read_packed_columns(&self.name, &["customer_id", column], file)
                })
                .map(|table| table.unpacked()),
        };
        let table = table.unwrap_or_else(|source| self.interrupt(source));
        table.column(column).cloned()
    }

    fn interrupt(&self, source: TableError) -> ! {
        let path = PathBuf::from(&self.name);
        LedgerError::Table { path, source }.interrupt()
    }

    /// Takes the files for one reader at a time: all handles of a file share its position.
    fn layers(&self) -> MutexGuard<'_, Vec<File>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn laid_over(
        &self,
        layers: &[File],
        read: impl Fn(File) -> Result<PackedTable, TableError>,
    ) -> Result<PackedTable, TableError> {
        let layers = layers.iter().map(|file| handle(file).and_then(&read));
        let spec = TableSpec::by_name(&self.name).ok_or_else(|| TableError::Parquet {
            message: "the manifest names a table that the contract does not have".to_owned(),
        })?;
        Ok(laid_over(spec, layers.collect::<Result<_, _>>()?))
    }
}

/// Returns another handle of an open file.
fn handle(file: &File) -> Result<File, TableError> {
    file.try_clone().map_err(|error| TableError::Parquet {
        message: error.to_string(),
    })
}
