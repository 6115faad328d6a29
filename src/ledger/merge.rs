//! Puts new rows beside those already kept: repeats are merged, contradictions rejected, the rest sorted into place.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::judge::{Judged, Tally, columns, compare, every_column, judge};
use super::order;
use super::progress::{OnProgress, Share, Stage};
use crate::calendar::Day;
use crate::contract::{TABLES, TableSpec};
use crate::outcome::{Checked, Issues, Place};
use crate::records::{Fate, MoneyFate, RecordTable, Records, Rejected, Sources};
use crate::table::{Packed, PackedColumn, PackedTable};

/// The tables of a ledger after new rows have found their place.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The tables by name, each in its stored order.
    pub tables: BTreeMap<String, PackedTable>,
    /// Customer attributes declared to hold for every day.
    pub timeless: BTreeSet<String>,
    /// New rows that contradict a kept one.
    pub rejected: Vec<Rejected>,
    /// New rows by table, and what became of them.
    pub records: BTreeMap<String, Fate<u64>>,
    /// Amounts of new invoices and receipts by table and currency, and what became of them; a receipt without a currency stands under `XXX`.
    pub money: BTreeMap<String, MoneyFate>,
}

/// What was found of the new rows of one table.
#[derive(Debug)]
pub(super) struct Verdict {
    pub spec: &'static TableSpec,
    pub tally: Tally,
    pub judged: Judged,
}

impl Merged {
    /// Puts together what was found of several tables, in the order of the contract.
    pub(super) fn of(mut verdicts: Vec<Verdict>, timeless: BTreeSet<String>) -> (Merged, Issues) {
        verdicts.sort_by_key(|verdict| TABLES.iter().position(|spec| spec == verdict.spec));
        let mut merged = Merged {
            timeless,
            ..Merged::default()
        };
        let mut issues = Issues::default();
        for Verdict { spec, tally, judged } in verdicts {
            let (records, money) = tally.fates();
            merged.records.insert(spec.name.to_owned(), records);
            if !money.is_empty() {
                merged.money.insert(spec.name.to_owned(), money);
            }
            merged.rejected.extend(judged.rejected);
            issues.extend(judged.issues);
        }
        (merged, issues)
    }
}

/// A table with new rows behind old ones, and which of them are kept, in their stored order.
#[derive(Debug)]
pub(super) struct Placed {
    pub table: PackedTable,
    pub order: Vec<u32>,
}

impl Placed {
    /// Takes rows that stand in their order already.
    pub fn settled(table: PackedTable) -> Placed {
        Placed {
            order: (0..table.n_rows() as u32).collect(),
            table,
        }
    }

    /// Returns the rows that are kept, in their order.
    pub fn into_table(self) -> PackedTable {
        self.table.take(&self.order)
    }
}

/// Adds new rows to the tables of a ledger.
///
/// Rows that agree in the key of their table are the same record. Equal in everything, they are merged. Different, an
/// invoice with another `posted_on` is a new version; anything else is rejected with a conflict code. The result does
/// not depend on the order of the new rows: of two that contradict each other, the one that sorts first is kept.
pub fn merge(kept: BTreeMap<String, PackedTable>, records: Records, imported_on: Day) -> Checked<Merged> {
    let placements = place(kept, records, imported_on, &|_, _, _| {});
    let (mut merged, issues) = Merged::of(placements.verdicts, placements.timeless);
    let tables = placements.tables.into_iter();
    merged.tables = tables.map(|(name, table)| (name, table.into_table())).collect();
    Checked {
        value: merged,
        issues,
        caveats: Vec::new(),
    }
}

/// Tables with new rows behind old ones, and what was found of the new ones.
#[derive(Debug)]
pub(super) struct Placements {
    pub tables: BTreeMap<String, Placed>,
    pub verdicts: Vec<Verdict>,
    /// Customer attributes declared to hold for every day.
    pub timeless: BTreeSet<String>,
}

/// Finds the places of new rows among old ones; neither are moved.
pub(super) fn place(
    mut kept: BTreeMap<String, PackedTable>,
    records: Records,
    imported_on: Day,
    on_progress: OnProgress<'_>,
) -> Placements {
    let n_rows = records.tables.iter().map(|new| new.rows.n_rows()).sum();
    let progress = Share::new(Stage::Sorting, n_rows, on_progress);
    let mut timeless = BTreeSet::new();
    let mut work = Vec::new();
    for mut new in records.tables {
        if new.spec.name == "customers" {
            timeless.append(&mut new.timeless);
            fill_valid_from(&mut new, imported_on);
        }
        work.push((kept.remove(new.spec.name), new));
    }
    let files = records.files;
    let placed = work.into_par_iter().map(|(old, new)| {
        let n_rows = new.rows.n_rows();
        let placed = place_rows(old, new, &files);
        progress.add(n_rows);
        placed
    });
    let placed: Vec<(Placed, Verdict)> = placed.collect();
    let kept = kept.into_iter().map(|(name, table)| (name, Placed::settled(table)));
    let mut tables: BTreeMap<String, Placed> = kept.collect();
    let mut verdicts = Vec::new();
    for (table, verdict) in placed {
        tables.insert(verdict.spec.name.to_owned(), table);
        verdicts.push(verdict);
    }
    Placements {
        tables,
        verdicts,
        timeless,
    }
}

/// A customer row without a first day holds from the day it was imported.
pub(super) fn fill_valid_from(customers: &mut RecordTable, imported_on: Day) {
    let rows = std::mem::take(&mut customers.rows);
    let columns = rows.into_columns().into_iter();
    customers.rows = columns.fold(PackedTable::new("customers"), |table, column| match column {
        PackedColumn {
            name,
            data: Packed::Day(days),
        } if name == "valid_from" => {
            let days = days.iter().map(|day| day.or(Some(imported_on.epoch())));
            table.with(&name, Packed::Day(days.collect()))
        }
        PackedColumn { name, data } => table.with(&name, data),
    });
}

fn place_rows(old: Option<PackedTable>, new: RecordTable, files: &[String]) -> (Placed, Verdict) {
    let spec = new.spec;
    let n_old = old.as_ref().map_or(0, PackedTable::n_rows);
    let all = match old {
        Some(old) => concat(spec, old, &new.rows),
        None => new.rows,
    };
    let mut tally = Tally::default();
    tally.read(&all, n_old..all.n_rows());
    let (mut order, doubtful) = order::by_repetition(&columns(&all, spec.key), n_old, all.n_rows());
    let place = |row: usize| place_of(&new.sources, files, spec, row - n_old);
    let mut judged = judge(spec, &all, n_old, doubtful, place, &mut tally);
    order.append(&mut judged.keep);
    sort(spec, &all, n_old, &mut order);
    (Placed { table: all, order }, Verdict { spec, tally, judged })
}

/// Sorts rows into the order in which their table is stored; the first `n_settled` rows of the table stand in it already.
pub(super) fn sort(spec: &TableSpec, table: &PackedTable, n_settled: usize, rows: &mut Vec<u32>) {
    let everything = every_column(table);
    order::sort(rows, n_settled, &columns(table, stored_order(spec)), |a, b| {
        compare(&everything, a, b)
    });
}

/// The order in which a table is stored: by customer first, so that the pass reads each customer in one stretch.
fn stored_order(spec: &TableSpec) -> &'static [&'static str] {
    match spec.name {
        "invoices" => &["customer_id", "invoice_id", "instalment", "posted_on"],
        "receipts" => &[
            "customer_id",
            "invoice_id",
            "instalment",
            "paid_on",
            "receipt_id",
            "application",
        ],
        "customers" => &["customer_id", "valid_from"],
        "disputes" => &["customer_id", "opened_on", "dispute_id"],
        "promises" => &["customer_id", "made_on", "promise_id"],
        "plans" => &["customer_id", "plan_id", "instalment"],
        "contacts" => &["customer_id", "contacted_on", "contact_id"],
        "placements" => &["customer_id", "placement_id"],
        "orders" => &["customer_id", "ordered_on", "order_id"],
        "holds" => &["customer_id", "placed_on"],
        _ => spec.key,
    }
}

/// Returns where a new row was read.
pub(super) fn place_of(sources: &Sources, files: &[String], spec: &TableSpec, row: usize) -> Place {
    match sources.at(row) {
        Some(source) => Place {
            file: files.get(source.file as usize).cloned().unwrap_or_default(),
            line: Some(source.line),
            column: None,
        },
        None => Place {
            file: spec.name.to_owned(),
            ..Place::default()
        },
    }
}

/// Puts new rows behind old ones; an attribute that one of them lacks is missing there.
pub(super) fn concat(spec: &TableSpec, old: PackedTable, new: &PackedTable) -> PackedTable {
    let (n_old, n_all) = (old.n_rows(), old.n_rows() + new.n_rows());
    let mut columns: BTreeMap<String, Packed> = old
        .into_columns()
        .into_iter()
        .map(|column| (column.name, column.data))
        .collect();
    for column in new.columns() {
        let data = columns
            .entry(column.name.clone())
            .or_insert_with(|| Packed::empty(column.data.kind()));
        data.fill(n_old);
        data.append(&column.data);
    }
    let mut table = PackedTable::new(spec.name);
    let fields = spec.fields.iter().map(|field| (field.name, field.kind.data_kind()));
    for (name, kind) in fields {
        let mut data = columns.remove(name).unwrap_or_else(|| Packed::empty(kind));
        data.fill(n_all);
        table = table.with(name, data);
    }
    // What is left are attributes, in alphabetical order.
    for (name, mut data) in columns {
        data.fill(n_all);
        table = table.with(&name, data);
    }
    table
}
