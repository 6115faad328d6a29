//! The stored tables of a ledger, each read from its file when it is first asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::OnceLock;

use super::store::TableEntry;
use crate::table::{Table, parquet};

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
    file: Option<File>,
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
                file: Some(file),
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
        let file = self.file.as_ref().expect("a table is in memory or in a file");
        let file = file.try_clone().expect("a handle of an open file can be duplicated");
        parquet::read_chunks(&self.name, file)
            .expect("the file is the one this program wrote: its hash was compared when the ledger was opened")
    }
}
