//! Everything that an import writes, in order: in memory, or in parts out of runs on disk.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::LedgerError;
use super::customer_rows::tables_of_customers;
use super::customers::{Census, Customers};
use super::finalise::{BOOKS, numbered};
use super::merge::{Merged, Placed, Placements, concat, place, sort};
use super::progress::{OnProgress, Share, Stage};
use super::runs::{Resolved, Runs, TableRuns, range_of};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::ids::Dictionary;
use crate::outcome::Issues;
use crate::records::Records;
use crate::table::PackedTable;

/// What an import writes, after new rows have found their place.
pub(super) struct Arranged {
    /// What became of new rows; without tables.
    pub merged: Merged,
    pub issues: Issues,
    /// The tables without customers.
    pub others: BTreeMap<String, PackedTable>,
    pub customers: Customers,
    /// The legal entities of all rows, by number.
    pub entities: Dictionary,
    /// The columns of each table of customers, without rows.
    pub layouts: BTreeMap<&'static str, PackedTable>,
    rows: Rows,
}

/// A part that comes out of runs is put together, sorted, and cut into stretches: for a while it is there several times.
const COPIES_OF_A_PART: usize = 3;

/// Where the rows of the tables of customers are.
enum Rows {
    InMemory(BTreeMap<String, Placed>),
    OnDisk {
        runs: Runs,
        resolved: BTreeMap<&'static str, Resolved>,
        /// The rows that are in the ledger already.
        old: BTreeMap<String, PackedTable>,
        /// Bytes that the rows of a part and their copies take.
        room: usize,
    },
}

impl Arranged {
    /// Arranges old and new rows in memory.
    pub fn in_memory(
        old: BTreeMap<String, PackedTable>,
        records: Records,
        imported_on: Day,
        on_progress: OnProgress<'_>,
    ) -> Arranged {
        let Placements {
            tables: mut placed,
            verdicts,
            timeless,
        } = place(old, records, imported_on, on_progress);
        let (merged, issues) = Merged::of(verdicts, timeless);
        let mut census = Census::default();
        let mut layouts = BTreeMap::new();
        let mut of_customers = BTreeMap::new();
        for (at, spec) in tables_of_customers().enumerate() {
            let Some(table) = placed.remove(spec.name) else {
                continue;
            };
            if let Some(ids) = table.table.texts("customer_id") {
                census.add(at, ids, table.order.iter().copied());
            }
            layouts.insert(spec.name, table.table.without_rows());
            of_customers.insert(spec.name.to_owned(), table);
        }
        let books = BOOKS.into_iter().filter_map(|name| of_customers.get(name));
        let mut names: Vec<&str> = books.flat_map(|placed| distinct(placed, "entity")).collect();
        names.sort_unstable();
        Arranged {
            merged,
            issues,
            others: placed
                .into_iter()
                .map(|(name, table)| (name, table.into_table()))
                .collect(),
            customers: census.customers(),
            entities: numbered(names),
            layouts,
            rows: Rows::InMemory(of_customers),
        }
    }

    /// Arranges old rows with new ones in runs; `records` has those of the tables without customers.
    pub fn in_runs(
        mut old: BTreeMap<String, PackedTable>,
        mut runs: Runs,
        records: Records,
        imported_on: Day,
        room: usize,
        on_progress: OnProgress<'_>,
    ) -> Result<Arranged, LedgerError> {
        let n_rows = runs.tables().map(TableRuns::n_rows).sum();
        let progress = Share::new(Stage::Sorting, n_rows, on_progress);
        let files = records.files.clone();
        let is_of_customers = |name: &String| tables_of_customers().any(|spec| spec.name == name);
        let others = old.extract_if(.., |name, _| !is_of_customers(name)).collect();
        let Placements {
            tables: others,
            mut verdicts,
            ..
        } = place(others, records, imported_on, &|_, _, _| {});
        let mut layouts = BTreeMap::new();
        let mut resolved = BTreeMap::new();
        for (at, spec) in tables_of_customers().enumerate() {
            let own = old.get(spec.name);
            if let Some(own) = own {
                if let Some(ids) = own.texts("customer_id") {
                    runs.census.add(at, ids, 0..own.n_rows() as u32);
                }
                runs.count_old_entities(own);
                layouts.insert(spec.name, own.without_rows());
            }
            let Some(table) = runs.table(spec.name) else { continue };
            let n_rows = table.n_rows();
            layouts.insert(spec.name, table.layout_with(own));
            let (rows, verdict) = runs.resolve(spec.name, own, &files)?;
            verdicts.push(verdict);
            resolved.insert(spec.name, rows);
            progress.add(n_rows);
        }
        let (merged, issues) = Merged::of(verdicts, std::mem::take(&mut runs.timeless));
        let customers = std::mem::take(&mut runs.census).customers();
        Ok(Arranged {
            merged,
            issues,
            others: others
                .into_iter()
                .map(|(name, table)| (name, table.into_table()))
                .collect(),
            customers,
            entities: numbered(runs.entities()),
            layouts,
            rows: Rows::OnDisk {
                runs,
                resolved,
                old,
                room,
            },
        })
    }

    /// Hands out the rows of all stretches of customers, part by part: each with the stretches whose rows it has.
    pub fn for_each_part(
        &self,
        stretches: &[Range<u32>],
        mut take: impl FnMut(&BTreeMap<String, Placed>, &[Range<u32>]) -> Result<(), LedgerError>,
    ) -> Result<(), LedgerError> {
        let Rows::OnDisk { runs, room, .. } = &self.rows else {
            let Rows::InMemory(placed) = &self.rows else {
                return Ok(());
            };
            return take(placed, stretches);
        };
        let n_bytes = |stretch: &Range<u32>| -> usize {
            let tables = tables_of_customers().enumerate();
            let bytes = tables.filter_map(|(at, spec)| {
                let n_rows = self.customers.rows(at, stretch).len();
                Some(runs.table(spec.name)?.n_bytes_of(n_rows))
            });
            bytes.sum()
        };
        let mut rest = stretches;
        while !rest.is_empty() {
            let mut in_all = 0;
            let fitting = rest.iter().take_while(|stretch| {
                in_all += n_bytes(stretch);
                in_all <= *room / COPIES_OF_A_PART
            });
            let (part, behind) = rest.split_at(fitting.count().max(1));
            take(&self.read(part)?, part)?;
            rest = behind;
        }
        Ok(())
    }

    /// Reads the rows of the customers of some stretches that follow each other.
    fn read(&self, stretches: &[Range<u32>]) -> Result<BTreeMap<String, Placed>, LedgerError> {
        let Rows::OnDisk {
            runs, resolved, old, ..
        } = &self.rows
        else {
            return Ok(BTreeMap::new());
        };
        let (start, end) = match stretches {
            [] => (0, 0),
            [first, .., last] => (first.start, last.end),
            [only] => (only.start, only.end),
        };
        let ids = self.customers.ids();
        let Some(first) = ids.get(start as usize) else {
            return Ok(BTreeMap::new());
        };
        let end = ids.get(end as usize).map(String::as_str);
        let read = |(name, layout): (&&'static str, &PackedTable)| {
            let spec = TableSpec::by_name(name).expect("layouts are of tables of the contract");
            let mut all = layout.clone();
            if let Some(old) = old.get(*name) {
                let rows = range_of(old, first, end);
                let rows: Vec<u32> = (rows.start as u32..rows.end as u32).collect();
                all = concat(spec, all, &old.gathered(&rows));
            }
            let n_old = all.n_rows();
            if let Some((table, resolved)) = runs.table(name).zip(resolved.get(*name)) {
                let new = table.rows_of(resolved, first, end)?;
                all = if n_old == 0 { new } else { concat(spec, all, &new) };
            }
            let table = all.conformed(layout);
            let mut order = (0..table.n_rows() as u32).collect();
            sort(spec, &table, n_old, &mut order);
            Ok(((*name).to_owned(), Placed { table, order }))
        };
        self.layouts.par_iter().map(read).collect()
    }
}

/// Returns the words of a column that some kept row has, some of them more than once.
fn distinct<'p>(placed: &'p Placed, column: &str) -> impl Iterator<Item = &'p str> {
    let words = placed.table.texts(column);
    let mut is_used = vec![false; words.map_or(0, crate::table::Words::n_kept)];
    placed.order.iter().filter_map(move |row| {
        let words = words?;
        let number = words.number_at(*row as usize)?;
        let is_new = !std::mem::replace(&mut is_used[number as usize], true);
        is_new.then(|| words.word(number))
    })
}
