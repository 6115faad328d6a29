//! The stored tables of a ledger, each read from its file when it is first asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::store::TableEntry;
use crate::table::{Data, Table, TableError, parquet};

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
    // The file whose content was compared with its hash when the ledger was opened; held open, so that an import
    // that replaces it meanwhile does not pull it away.
    file: Option<Mutex<File>>,
}

impl Tables {
    /// Takes tables that are in memory.
    pub fn in_memory(tables: BTreeMap<String, Table>) -> Tables {
        let stored = tables.into_iter().map(|(name, table)| {
            let stored = StoredTable {
                name: name.clone(),
                n_rows: table.n_rows(),
                table: OnceLock::from(table),
                file: None,
            };
            (name, stored)
        });
        Tables(stored.collect())
    }

    /// Takes open files whose content was checked against their entries in the manifest.
    pub fn in_files(files: BTreeMap<String, File>, entries: &BTreeMap<String, TableEntry>) -> Tables {
        let stored = files.into_iter().map(|(name, file)| {
            let n_rows = entries.get(&name).map_or(0, |entry| entry.n_rows as usize);
            let stored = StoredTable {
                name: name.clone(),
                n_rows,
                table: OnceLock::new(),
                file: Some(Mutex::new(file)),
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
        self.with_file(|file| parquet::read_chunks(&self.name, file))
    }

    fn read_column(&self, column: &str) -> Option<Data> {
        let table = self.with_file(|file| parquet::read_columns(&self.name, &[column], file));
        table.column(column).cloned()
    }

    /// Reads from the file, one reader at a time: they share its position.
    fn with_file(&self, read: impl FnOnce(File) -> Result<Table, TableError>) -> Table {
        let file = self.file.as_ref().expect("a table is in memory or in a file");
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let handle = file.try_clone().expect("a handle of an open file can be duplicated");
        read(handle).expect(AS_WRITTEN)
    }
}

const AS_WRITTEN: &str = "the file is the one this program wrote: its hash was compared when the ledger was opened";
