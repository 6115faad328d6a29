//! New rows of the tables of customers in sorted runs on disk, for an import that memory does not hold.
//!
//! A run is what was read until memory was full: each table sorted as it is stored, written to a file, and beside it the
//! hashes of its keys in their order. Equal keys are found by laying the hashes of all runs side by side, share after
//! share; the rows of some customers are had by reading the groups of rows of each run in which those customers stand.

mod run;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

pub(super) use self::table::{Resolved, TableRuns, range_of};
use super::LedgerError;
use super::customer_rows::tables_of_customers;
use super::customers::Census;
use super::finalise::BOOKS;
use super::folder::create_folder;
use super::merge::{Verdict, fill_valid_from, sort};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::records::RecordTable;
use crate::table::PackedTable;

/// The folder of the runs, in that of the ledger.
const FOLDER: &str = "import-runs";

/// New rows in runs.
#[derive(Debug)]
pub(super) struct Runs {
    folder: RunsFolder,
    tables: BTreeMap<&'static str, TableRuns>,
    pub census: Census,
    /// How many rows name each legal entity.
    entities: BTreeMap<String, i64>,
    /// Customer attributes that hold for every day.
    pub timeless: BTreeSet<String>,
}

/// A folder for runs in that of a ledger, gone when the import is.
#[derive(Debug)]
struct RunsFolder {
    path: PathBuf,
    /// Whether the folder of the ledger was made for it.
    is_alone: bool,
}

impl RunsFolder {
    /// Makes the folder; what an import that was killed left there is removed.
    fn create(dir: &Path) -> Result<RunsFolder, LedgerError> {
        let is_alone = !dir.exists();
        remove_left_over(dir);
        let path = dir.join(FOLDER);
        create_folder(&path)?;
        Ok(RunsFolder { path, is_alone })
    }
}

/// Removes the runs of an import that was killed, and nothing else.
///
/// What cannot be removed now is in nobody's way, and goes with the next import.
pub(super) fn remove_left_over(dir: &Path) {
    let folder = dir.join(FOLDER);
    for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
        if is_own_name(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
    let _ = fs::remove_dir(folder);
}

/// Tells whether a file has the name of a run, or of its keys.
fn is_own_name(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let Some((table, number)) = stem.rsplit_once('-') else {
        return false;
    };
    let is_ours = path.extension().is_none_or(|ending| ending == run::KEYS);
    is_ours && TableSpec::by_name(table).is_some() && number.parse::<u32>().is_ok()
}

impl Drop for RunsFolder {
    fn drop(&mut self) {
        let Some(dir) = self.path.parent() else { return };
        remove_left_over(dir);
        if self.is_alone {
            // Where a ledger stands now, the folder is not empty and stays.
            let _ = fs::remove_dir(dir);
        }
    }
}

impl Runs {
    /// Begins with nothing.
    pub fn create(dir: &Path) -> Result<Runs, LedgerError> {
        Ok(Runs {
            folder: RunsFolder::create(dir)?,
            tables: BTreeMap::new(),
            census: Census::default(),
            entities: BTreeMap::new(),
            timeless: BTreeSet::new(),
        })
    }

    /// Writes new rows of tables of customers as one run each.
    pub fn put(&mut self, tables: Vec<RecordTable>, imported_on: Day) -> Result<(), LedgerError> {
        for mut new in tables {
            if new.spec.name == "customers" {
                self.timeless.extend(std::mem::take(&mut new.timeless));
                fill_valid_from(&mut new, imported_on);
            }
            let spec = new.spec;
            let known = self.tables.entry(spec.name).or_insert_with(|| TableRuns::new(spec));
            known.widen(&new.rows);
            let table = &new.rows;
            if table.n_rows() == 0 {
                continue;
            }
            let place = tables_of_customers().position(|listed| listed == spec);
            let place = place.expect("runs hold tables of customers");
            let mut order: Vec<u32> = (0..table.n_rows() as u32).collect();
            sort(spec, table, 0, &mut order);
            if let Some(ids) = table.texts("customer_id") {
                self.census.add(place, ids, order.iter().copied());
            }
            count_entities(&mut self.entities, table, 0..table.n_rows() as u32, 1);
            known.put(&self.folder.path, table, &order, &new.sources)?;
        }
        Ok(())
    }

    /// Returns the tables in order of their names.
    pub fn tables(&self) -> impl Iterator<Item = &TableRuns> {
        self.tables.values()
    }

    /// Returns a table, if there is any row of it.
    pub fn table(&self, name: &str) -> Option<&TableRuns> {
        self.tables.get(name)
    }

    /// Judges the rows of a table that may share a key with each other or with one of the `old` rows.
    pub fn resolve(
        &mut self,
        name: &'static str,
        old: Option<&PackedTable>,
        files: &[String],
    ) -> Result<(Resolved, Verdict), LedgerError> {
        let table = self.tables.get_mut(name).expect("tables of runs are resolved");
        let (resolved, verdict, judged_rows) = table.resolve(old, files)?;
        let dropped = || verdict.judged.dropped.iter().copied();
        let position = tables_of_customers().position(|listed| listed == table.spec);
        if let (Some(position), Some(ids)) = (position, judged_rows.texts("customer_id")) {
            self.census.take_back(position, ids, dropped());
        }
        count_entities(&mut self.entities, &judged_rows, dropped(), -1);
        Ok((resolved, verdict))
    }

    /// Counts the legal entities of rows that are in the ledger already.
    pub fn count_old_entities(&mut self, old: &PackedTable) {
        count_entities(&mut self.entities, old, 0..old.n_rows() as u32, 1);
    }

    /// Returns the names of legal entities that some row has, in order.
    pub fn entities(&self) -> impl Iterator<Item = &str> {
        self.entities
            .iter()
            .filter(|(_, n_rows)| **n_rows > 0)
            .map(|(name, _)| name.as_str())
    }
}

fn count_entities(
    entities: &mut BTreeMap<String, i64>,
    table: &PackedTable,
    rows: impl Iterator<Item = u32>,
    each: i64,
) {
    let Some(names) = table.texts("entity").filter(|_| BOOKS.contains(&table.name())) else {
        return;
    };
    let mut counts = vec![0; names.n_kept()];
    for number in rows.filter_map(|row| names.number_at(row as usize)) {
        counts[number as usize] += each;
    }
    for (number, count) in (0..).zip(counts) {
        if count != 0 {
            *entities.entry(names.word(number).to_owned()).or_default() += count;
        }
    }
}
