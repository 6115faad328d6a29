//! New rows of the tables of customers in sorted runs on disk, for an import that memory does not hold.
//!
//! A run is what was read until memory was full: each table sorted as it is stored, written to a file, and beside it the
//! hashes of its keys in their order. Equal keys are found by laying the hashes of all runs side by side, share after
//! share; the rows of some customers are had by reading the groups of rows of each run in which those customers stand.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::customer_rows::tables_of_customers;
use super::customers::Census;
use super::finalise::BOOKS;
use super::folder::create_folder;
use super::judge::{Tally, columns, judge};
use super::merge::{Verdict, concat, fill_valid_from, place_of, sort};
use super::{LedgerError, order};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::records::{RecordTable, Sources};
use crate::table::parquet::{self, DOCUMENT_PRECISION, PackedWriter};
use crate::table::{Packed, PackedTable, TableError, Values};

/// Rows that are had from a run at least.
const ROWS_PER_GROUP: usize = 1 << 15;
/// Shares of all hashes that are looked at one after the other; a power of two.
const N_SHARES: usize = 64;
/// The column of a run that says which of the rows read a row was; no attribute has such a name.
const ROW: &str = "ROW";
/// The folder of the runs, in that of the ledger.
const FOLDER: &str = "runs";
/// What the name of a run's file of keys ends in.
const KEYS: &str = "keys";

/// A folder for runs in that of a ledger, gone when the import is.
#[derive(Debug)]
struct RunsFolder {
    path: PathBuf,
}

impl RunsFolder {
    /// Makes the folder; what an import that was killed left there is removed.
    fn create(dir: &Path) -> Result<RunsFolder, LedgerError> {
        remove_left_over(dir);
        let path = dir.join(FOLDER);
        create_folder(&path)?;
        Ok(RunsFolder { path })
    }
}

/// Removes the runs of an import that was killed.
pub(super) fn remove_left_over(dir: &Path) {
    // What cannot be removed now is in nobody's way, and goes with the next import.
    let _ = fs::remove_dir_all(dir.join(FOLDER));
}

impl Drop for RunsFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        // A folder that was made for the runs alone goes with them; one that holds a ledger is not empty.
        let _ = self.path.parent().map(fs::remove_dir);
    }
}

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

/// The runs of one table.
#[derive(Debug)]
pub(super) struct TableRuns {
    pub spec: &'static TableSpec,
    /// The columns of all runs.
    layout: PackedTable,
    runs: Vec<Run>,
    sources: Sources,
    tally: Tally,
    n_bytes: usize,
    n_rows: usize,
}

/// Rows in the order in which they are stored.
#[derive(Debug)]
struct Run {
    /// The file of the rows; that of the keys stands beside it.
    path: PathBuf,
    /// The first customer of each group of rows.
    first_customers: Vec<String>,
    /// Where each share of the hashes starts, one entry more than shares.
    key_starts: Vec<usize>,
}

/// A row of a run.
type RowOfRun = (u32, u32);

/// The run of rows that are in the ledger already.
const OLD: u32 = u32::MAX;

/// What becomes of the rows of a table that may share a key with another.
#[derive(Debug)]
pub(super) struct Resolved {
    /// By run, the rows that do not stand there any more, in order.
    gone: Vec<Vec<u32>>,
    /// Those of them that are kept, in the order in which they are stored.
    kept: PackedTable,
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
            known.layout = concat(spec, std::mem::take(&mut known.layout), &new.rows.without_rows());
            if new.rows.n_rows() == 0 {
                continue;
            }
            let (table, n_rows) = (new.rows, new.sources.len());
            let place = tables_of_customers().position(|listed| listed == spec);
            let place = place.expect("runs hold tables of customers");
            let mut order: Vec<u32> = (0..table.n_rows() as u32).collect();
            sort(spec, &table, 0, &mut order);
            if let Some(ids) = table.texts("customer_id") {
                self.census.add(place, ids, order.iter().copied());
            }
            count_entities(&mut self.entities, &table, 0..table.n_rows() as u32, 1);
            known.tally.read(&table, 0..table.n_rows());
            known.n_bytes += table.n_bytes();
            let path = self.folder.path.join(format!("{}-{}", spec.name, known.runs.len()));
            known.runs.push(Run::write(path, spec, table, &order, known.n_rows)?);
            known.sources.append(&new.sources);
            known.n_rows += n_rows;
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
        let table = self.tables.get_mut(name).expect("a table of runs is resolved once");
        let mut tally = std::mem::take(&mut table.tally);
        let spec = table.spec;
        let table = &*table;
        let doubtful = table.doubtful(old)?;
        let (all, n_old, rows) = table.rows_at(old, &doubtful)?;
        let read_as = all.ints(ROW).cloned().unwrap_or_default();
        let place = |row: usize| {
            let number = read_as.at(row).unwrap_or_default();
            place_of(&table.sources, files, spec, number as usize)
        };
        let plain = all.conformed(&table.layout_with(old));
        let everyone = (0..plain.n_rows() as u32).collect();
        let judged = judge(spec, &plain, n_old, everyone, place, &mut tally);
        let position = tables_of_customers().position(|listed| listed == spec);
        if let (Some(position), Some(ids)) = (position, plain.texts("customer_id")) {
            self.census.take_back(position, ids, judged.dropped.iter().copied());
        }
        count_entities(&mut self.entities, &plain, judged.dropped.iter().copied(), -1);
        let mut kept: Vec<u32> = judged
            .keep
            .iter()
            .copied()
            .filter(|row| *row as usize >= n_old)
            .collect();
        sort(spec, &plain, 0, &mut kept);
        let mut gone = vec![Vec::new(); table.runs.len()];
        for (run, row) in rows {
            gone[run as usize].push(row);
        }
        gone.iter_mut().for_each(|rows| rows.sort_unstable());
        let resolved = Resolved {
            gone,
            kept: plain.gathered(&kept),
        };
        Ok((resolved, Verdict { spec, tally, judged }))
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

impl TableRuns {
    fn new(spec: &'static TableSpec) -> TableRuns {
        TableRuns {
            spec,
            layout: PackedTable::new(spec.name),
            runs: Vec::new(),
            sources: Sources::default(),
            tally: Tally::default(),
            n_bytes: 0,
            n_rows: 0,
        }
    }

    /// Returns a table of the columns of all runs and of the old rows, without rows.
    pub fn layout_with(&self, old: Option<&PackedTable>) -> PackedTable {
        let old = old.map_or_else(|| PackedTable::new(self.spec.name), PackedTable::without_rows);
        concat(self.spec, old, &self.layout)
    }

    /// Returns about how many bytes so many rows take in memory.
    pub fn n_bytes_of(&self, n_rows: usize) -> usize {
        n_rows * self.n_bytes / self.n_rows.max(1)
    }

    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Returns the hashes of all keys.
    pub fn key_hashes(&self) -> Result<Vec<u64>, LedgerError> {
        let mut hashes = Vec::with_capacity(self.n_rows);
        for run in &self.runs {
            for share in 0..N_SHARES {
                hashes.extend(run.keys_of(share)?.into_iter().map(|(hash, _)| hash));
            }
        }
        Ok(hashes)
    }

    /// Finds rows that share the hash of their key with another row, at least one of which is new.
    fn doubtful(&self, old: Option<&PackedTable>) -> Result<Vec<RowOfRun>, LedgerError> {
        let old = old.map_or(Vec::new(), |old| {
            order::hashes(&columns(old, self.spec.key), old.n_rows())
        });
        let shares = (0..N_SHARES).into_par_iter().map(|share| {
            let of_old = (0..).zip(&old).filter(|(_, hash)| share_of(**hash) == share);
            let mut keys: Vec<(u64, RowOfRun)> = of_old.map(|(row, hash)| (*hash, (OLD, row))).collect();
            for (number, run) in (0..).zip(&self.runs) {
                let own = run.keys_of(share)?.into_iter();
                keys.extend(own.map(|(hash, row)| (hash, (number, row))));
            }
            keys.sort_unstable();
            let groups = keys.chunk_by(|(a, _), (b, _)| a == b);
            let groups = groups.filter(|rows| rows.len() > 1 && rows.iter().any(|(_, (run, _))| *run != OLD));
            Ok(groups.flatten().map(|(_, row)| *row).collect::<Vec<RowOfRun>>())
        });
        Ok(shares.collect::<Result<Vec<_>, LedgerError>>()?.concat())
    }

    /// Reads rows: the old ones first, then the new ones in the order in which they were read; how many are old, and where the
    /// others stand in runs.
    fn rows_at(
        &self,
        old: Option<&PackedTable>,
        rows: &[RowOfRun],
    ) -> Result<(PackedTable, usize, Vec<RowOfRun>), LedgerError> {
        let mut by_run: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (run, row) in rows {
            by_run.entry(*run).or_default().push(*row);
        }
        by_run.values_mut().for_each(|rows| rows.sort_unstable());
        let of_old = by_run.remove(&OLD).unwrap_or_default();
        let mut all = PackedTable::new(self.spec.name);
        if let Some(old) = old {
            all = concat(self.spec, all, &old.gathered(&of_old));
        }
        let mut places = Vec::new();
        for (number, rows) in by_run {
            let run = &self.runs[number as usize];
            for group in rows.chunk_by(|a, b| *a as usize / ROWS_PER_GROUP == *b as usize / ROWS_PER_GROUP) {
                let at = group[0] as usize / ROWS_PER_GROUP;
                let first = (at * ROWS_PER_GROUP) as u32;
                let own: Vec<u32> = group.iter().map(|row| row - first).collect();
                all = concat(self.spec, all, &run.read(self.spec, at..at + 1)?.gathered(&own));
                places.extend(group.iter().map(|row| (number, *row)));
            }
        }
        let n_old = of_old.len();
        let mut order: Vec<u32> = (0..all.n_rows() as u32).collect();
        if let Some(read_as) = all.ints(ROW) {
            order[n_old..].sort_unstable_by_key(|row| read_as.at(*row as usize));
        }
        Ok((all.take(&order), n_old, places))
    }

    /// Reads the rows of the customers from `first` on and before `end`.
    pub fn rows_of(&self, resolved: &Resolved, first: &str, end: Option<&str>) -> Result<PackedTable, LedgerError> {
        let mut all = self.layout.clone();
        // Run by run, so that no more than one of them stands in memory twice.
        for (run, gone) in self.runs.iter().zip(&resolved.gone) {
            let groups = run.groups_of(first, end);
            if groups.is_empty() {
                continue;
            }
            let start = (groups.start * ROWS_PER_GROUP) as u32;
            let rows = run.read(self.spec, groups)?;
            let of_customers = range_of(&rows, first, end);
            let mut gone = gone[gone.partition_point(|row| *row < start)..].iter().peekable();
            let own: Vec<u32> = (0..rows.n_rows() as u32)
                .filter(|row| gone.next_if_eq(&&(start + row)).is_none() && of_customers.contains(&(*row as usize)))
                .collect();
            let rows = if own.len() == rows.n_rows() {
                rows
            } else {
                rows.gathered(&own)
            };
            all = concat(self.spec, all, &rows);
        }
        let kept = range_of(&resolved.kept, first, end);
        let kept: Vec<u32> = (kept.start as u32..kept.end as u32).collect();
        Ok(concat(self.spec, all, &resolved.kept.gathered(&kept)))
    }
}

/// Returns where some customers stand in a table that is stored by customer.
pub(super) fn range_of(table: &PackedTable, first: &str, end: Option<&str>) -> Range<usize> {
    let Some(ids) = table.texts("customer_id") else {
        return 0..0;
    };
    let before = |id: &str| partition_point(table.n_rows(), |row| ids.at(row) < Some(id));
    before(first)..end.map_or(table.n_rows(), before)
}

/// Returns how many rows from the first on fulfil a condition that no row behind them does.
fn partition_point(n_rows: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut start, mut end) = (0, n_rows);
    while start < end {
        let middle = start + (end - start) / 2;
        if holds(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

fn share_of(hash: u64) -> usize {
    (hash >> (u64::BITS - N_SHARES.trailing_zeros())) as usize
}

/// Bytes of a hash and the row it is of.
const KEY_BYTES: usize = 12;

impl Run {
    /// Writes a table in the given order; `n_before` rows were read before its first.
    fn write(
        path: PathBuf,
        spec: &TableSpec,
        table: PackedTable,
        order: &[u32],
        n_before: usize,
    ) -> Result<Run, LedgerError> {
        let hashes = order::hashes(&columns(&table, spec.key), table.n_rows());
        let mut keys: Vec<(u64, u32)> = (0..).zip(order).map(|(at, row)| (hashes[*row as usize], at)).collect();
        drop(hashes);
        keys.par_sort_unstable();
        let shares = 0..=N_SHARES;
        let key_starts = shares.map(|share| keys.partition_point(|(hash, _)| share_of(*hash) < share));
        let key_starts = key_starts.collect();
        let mut to = BufWriter::with_capacity(1 << 20, create(&path.with_extension(KEYS))?);
        let mut write_keys = || {
            for (hash, row) in &keys {
                to.write_all(&hash.to_le_bytes())?;
                to.write_all(&row.to_le_bytes())?;
            }
            to.flush()
        };
        write_keys().map_err(|source| failed("write", &path, source))?;
        drop(keys);

        let file = create(&path)?;
        let with_row = |table: PackedTable, rows: &[u32]| {
            let numbers: Values<i64> = rows.iter().map(|row| Some((n_before + *row as usize) as i64)).collect();
            table.with(ROW, Packed::Int(numbers))
        };
        let like = with_row(table.without_rows(), &[]);
        let write = || -> Result<(), TableError> {
            let to = BufWriter::with_capacity(1 << 20, file);
            let mut writer = PackedWriter::passing(&like, DOCUMENT_PRECISION, ROWS_PER_GROUP, to)?;
            for rows in order.chunks(ROWS_PER_GROUP) {
                let group = with_row(table.gathered(rows), rows);
                writer.write(&group, 0..group.n_rows(), &|_| {})?;
            }
            writer.close()?;
            Ok(())
        };
        write().map_err(|source| LedgerError::Table {
            path: path.clone(),
            source,
        })?;
        let ids = table.texts("customer_id");
        let first_customers = order
            .iter()
            .step_by(ROWS_PER_GROUP)
            .map(|row| ids.and_then(|ids| ids.at(*row as usize)).unwrap_or_default().to_owned());
        Ok(Run {
            first_customers: first_customers.collect(),
            path,
            key_starts,
        })
    }

    /// Returns the groups of rows among which those of some customers stand.
    fn groups_of(&self, first: &str, end: Option<&str>) -> Range<usize> {
        let firsts = &self.first_customers;
        // The rows of a customer can begin in the group before the first one that begins with them.
        let start = firsts.partition_point(|id| id.as_str() < first).saturating_sub(1);
        let end = end.map_or(firsts.len(), |end| firsts.partition_point(|id| id.as_str() < end));
        start..end
    }

    fn read(&self, spec: &TableSpec, groups: Range<usize>) -> Result<PackedTable, LedgerError> {
        let file = File::open(&self.path).map_err(|source| failed("read", &self.path, source))?;
        parquet::read_packed_groups(spec.name, groups, file).map_err(|source| LedgerError::Table {
            path: self.path.clone(),
            source,
        })
    }

    /// Reads a share of the hashes of keys, each with its row.
    fn keys_of(&self, share: usize) -> Result<Vec<(u64, u32)>, LedgerError> {
        let (start, end) = (self.key_starts[share], self.key_starts[share + 1]);
        let mut bytes = vec![0; (end - start) * KEY_BYTES];
        let mut read = || {
            let mut file = File::open(self.path.with_extension(KEYS))?;
            file.seek(SeekFrom::Start((start * KEY_BYTES) as u64))?;
            file.read_exact(&mut bytes)
        };
        read().map_err(|source| failed("read", &self.path, source))?;
        let key = |bytes: &[u8]| {
            let (hash, row) = bytes.split_at(8);
            let hash = u64::from_le_bytes(hash.try_into().expect("eight bytes make a hash"));
            let row = u32::from_le_bytes(row.try_into().expect("four bytes are left"));
            (hash, row)
        };
        Ok(bytes.chunks_exact(KEY_BYTES).map(key).collect())
    }
}

fn create(path: &Path) -> Result<File, LedgerError> {
    File::create(path).map_err(|source| failed("write", path, source))
}

fn failed(doing: &'static str, path: &Path, source: std::io::Error) -> LedgerError {
    LedgerError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}
