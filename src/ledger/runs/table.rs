//! The runs of one table: which of their rows share a key, and the rows of some customers.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use rayon::prelude::*;

use super::run::{N_SHARES, ROW, ROWS_PER_GROUP, Run, share_of};
use crate::contract::TableSpec;
use crate::ledger::judge::{Tally, columns, judge};
use crate::ledger::merge::{Verdict, concat, place_of, sort};
use crate::ledger::{LedgerError, order};
use crate::records::Sources;
use crate::table::PackedTable;

/// The runs of one table.
#[derive(Debug)]
pub(in crate::ledger) struct TableRuns {
    pub spec: &'static TableSpec,
    /// The columns of all runs.
    layout: PackedTable,
    runs: Vec<Run>,
    sources: Sources,
    tally: Tally,
    n_bytes: usize,
    n_rows: usize,
}

/// A row of a run.
type RowOfRun = (u32, u32);

/// The run of rows that are in the ledger already.
const OLD: u32 = u32::MAX;

/// What becomes of the rows of a table that may share a key with another.
#[derive(Debug)]
pub(in crate::ledger) struct Resolved {
    /// By run, the rows that do not stand there any more, in order.
    gone: Vec<Vec<u32>>,
    /// Those of them that are kept, in the order in which they are stored.
    kept: PackedTable,
}

impl TableRuns {
    pub fn new(spec: &'static TableSpec) -> TableRuns {
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

    /// Adds the columns that more rows have.
    pub fn widen(&mut self, rows: &PackedTable) {
        self.layout = concat(self.spec, std::mem::take(&mut self.layout), &rows.without_rows());
    }

    /// Writes more rows in the given order as a run into a folder.
    pub fn put(
        &mut self,
        folder: &Path,
        rows: &PackedTable,
        order: &[u32],
        sources: &Sources,
    ) -> Result<(), LedgerError> {
        self.tally.read(rows, 0..rows.n_rows());
        self.n_bytes += rows.n_bytes();
        let path = folder.join(format!("{}-{}", self.spec.name, self.runs.len()));
        self.runs.push(Run::write(path, self.spec, rows, order, self.n_rows)?);
        self.sources.append(sources);
        self.n_rows += rows.n_rows();
        Ok(())
    }

    /// Judges the rows that may share a key with each other or with one of the `old` rows; returns these rows, too.
    pub fn resolve(
        &mut self,
        old: Option<&PackedTable>,
        files: &[String],
    ) -> Result<(Resolved, Verdict, PackedTable), LedgerError> {
        let spec = self.spec;
        let mut tally = std::mem::take(&mut self.tally);
        let doubtful = self.doubtful(old)?;
        let (all, n_old, rows) = self.rows_at(old, &doubtful)?;
        let read_as = all.ints(ROW).cloned().unwrap_or_default();
        let place = |row: usize| {
            let number = read_as.at(row).unwrap_or_default();
            place_of(&self.sources, files, spec, number as usize)
        };
        let all = all.conformed(&self.layout_with(old));
        let everyone = (0..all.n_rows() as u32).collect();
        let judged = judge(spec, &all, n_old, everyone, place, &mut tally);
        let new = judged.keep.iter().copied().filter(|row| *row as usize >= n_old);
        let mut kept: Vec<u32> = new.collect();
        sort(spec, &all, 0, &mut kept);
        let mut gone = vec![Vec::new(); self.runs.len()];
        for (run, row) in rows {
            gone[run as usize].push(row);
        }
        gone.iter_mut().for_each(|rows| rows.sort_unstable());
        let resolved = Resolved {
            gone,
            kept: all.gathered(&kept),
        };
        Ok((resolved, Verdict { spec, tally, judged }, all))
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
pub(in crate::ledger) fn range_of(table: &PackedTable, first: &str, end: Option<&str>) -> Range<usize> {
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
