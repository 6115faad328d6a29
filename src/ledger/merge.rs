//! Puts new rows beside those already kept: repeats are merged, contradictions rejected, the rest sorted into place.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::order;
use super::progress::{OnProgress, Share, Stage};
use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::money::{Amount, Currency, Total};
use crate::outcome::{Checked, Issue, IssueCode, Issues, Place};
use crate::records::{Fate, MoneyFate, RecordTable, Records, Rejected, Sources};
use crate::table::{Packed, PackedColumn, PackedTable, Values, Words};

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

/// Adds new rows to the tables of a ledger.
///
/// Rows that agree in the key of their table are the same record. Equal in everything, they are merged. Different, an
/// invoice with another `posted_on` is a new version; anything else is rejected with a conflict code. The result does
/// not depend on the order of the new rows: of two that contradict each other, the one that sorts first is kept.
pub fn merge(kept: BTreeMap<String, PackedTable>, records: Records, imported_on: Day) -> Checked<Merged> {
    merge_showing(kept, records, imported_on, &|_, _, _| {})
}

/// As [`merge`], telling how far it has come.
pub(super) fn merge_showing(
    mut kept: BTreeMap<String, PackedTable>,
    records: Records,
    imported_on: Day,
    on_progress: OnProgress<'_>,
) -> Checked<Merged> {
    let n_rows = records.tables.iter().map(|new| new.rows.n_rows()).sum();
    let progress = Share::new(Stage::Sorting, n_rows, on_progress);
    let mut timeless = BTreeSet::new();
    let mut work = Vec::new();
    for mut new in records.tables {
        if new.spec.name == "customers" {
            timeless.extend(std::mem::take(&mut new.timeless));
            fill_valid_from(&mut new, imported_on);
        }
        work.push((kept.remove(new.spec.name), new));
    }
    let files = records.files;
    let tables: Vec<MergedTable> = work
        .into_par_iter()
        .map(|(old, new)| {
            let n_rows = new.rows.n_rows();
            let table = merge_table(old, new, &files);
            progress.add(n_rows);
            table
        })
        .collect();
    let mut merged = Merged {
        tables: kept,
        timeless,
        ..Merged::default()
    };
    let mut issues = Issues::default();
    for part in tables {
        let name = part.table.name().to_owned();
        merged.records.insert(name.clone(), part.records);
        if !part.money.is_empty() {
            merged.money.insert(name.clone(), part.money);
        }
        merged.rejected.extend(part.rejected);
        merged.tables.insert(name, part.table);
        issues.extend(part.issues);
    }
    Checked {
        value: merged,
        issues,
        caveats: Vec::new(),
    }
}

/// A customer row without a first day holds from the day it was imported.
fn fill_valid_from(customers: &mut RecordTable, imported_on: Day) {
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

/// One table after new rows have found their place.
struct MergedTable {
    table: PackedTable,
    rejected: Vec<Rejected>,
    records: Fate<u64>,
    money: MoneyFate,
    issues: Issues,
}

fn merge_table(old: Option<PackedTable>, new: RecordTable, files: &[String]) -> MergedTable {
    let spec = new.spec;
    let n_old = old.as_ref().map_or(0, PackedTable::n_rows);
    let all = match old {
        Some(old) => concat(spec, old, &new.rows),
        None => new.rows,
    };
    let mut issues = Issues::default();
    let mut rejected = Vec::new();
    let mut tally = Tally::new(&all);
    let (mut keep, mut doubtful) = order::by_repetition(&columns(&all, spec.key), n_old, all.n_rows());
    for &row in keep.iter().filter(|row| **row as usize >= n_old) {
        tally.add(row as usize, |fate| &mut fate.kept, |fate| &mut fate.kept);
    }

    let key = columns(&all, spec.key);
    let everything: Vec<&Packed> = all.columns().iter().map(|column| &column.data).collect();
    // Kept rows come before new ones of the same key, so that a contradiction never displaces what is in the ledger.
    doubtful.par_sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        compare(&key, a, b)
            .then((a >= n_old).cmp(&(b >= n_old)))
            .then_with(|| compare(&everything, a, b))
            .then(a.cmp(&b))
    });
    let posted_on = all.days("posted_on");
    let mut same_key_from = keep.len();
    for &number in &doubtful {
        let row = number as usize;
        if same_key_from < keep.len() && compare(&key, keep[same_key_from] as usize, row) != Ordering::Equal {
            same_key_from = keep.len();
        }
        let same_key = &keep[same_key_from..];
        if row < n_old {
            keep.push(number);
        } else if same_key
            .iter()
            .any(|&other| compare(&everything, other as usize, row) == Ordering::Equal)
        {
            tally.add(row, |fate| &mut fate.merged, |fate| &mut fate.merged);
            let place = place_of(&new.sources, files, spec, row - n_old);
            issues.push_with(IssueCode::DuplicateRow, || Issue {
                code: IssueCode::DuplicateRow,
                message: format!("{} repeats an earlier row word for word", describe(&all, spec, row)),
                action: "merged".to_owned(),
                hint: None,
                place,
            });
        } else if same_key.is_empty() || is_new_version(spec, posted_on, same_key, row) {
            tally.add(row, |fate| &mut fate.kept, |fate| &mut fate.kept);
            keep.push(number);
        } else {
            tally.add(row, |fate| &mut fate.quarantined, |fate| &mut fate.quarantined);
            let place = place_of(&new.sources, files, spec, row - n_old);
            let refused = reject(&all, spec, place, same_key[0] as usize, row);
            issues.push_with(refused.code, || Issue {
                code: refused.code,
                place: refused.place.clone(),
                message: format!(
                    "{} differs from the row already kept under the same key in {}",
                    describe(&all, spec, row),
                    refused.found
                ),
                action: "the row already kept stays, this one is quarantined".to_owned(),
                hint: Some(if spec.name == "invoices" {
                    "give changed invoices a `posted_on` so that they become versions".to_owned()
                } else {
                    format!("make `{}` unique", spec.key.join("`, `"))
                }),
            });
            rejected.push(refused);
        }
    }
    let Tally { records, money, .. } = tally;
    let stored = columns(&all, stored_order(spec));
    order::sort(&mut keep, n_old, &stored, |a, b| compare(&everything, a, b));
    MergedTable {
        table: all.take(&keep),
        rejected,
        records,
        money,
        issues,
    }
}

/// Counts new rows and their money by what becomes of them.
struct Tally<'a> {
    records: Fate<u64>,
    money: MoneyFate,
    amounts: Option<&'a Values<Amount>>,
    currencies: Option<&'a Words>,
}

impl<'a> Tally<'a> {
    fn new(all: &'a PackedTable) -> Tally<'a> {
        let carries_money = matches!(all.name(), "invoices" | "receipts");
        Tally {
            records: Fate::default(),
            money: MoneyFate::new(),
            amounts: all.amounts("amount").filter(|_| carries_money),
            currencies: all.texts("currency"),
        }
    }

    fn add(
        &mut self,
        row: usize,
        rows: impl Fn(&mut Fate<u64>) -> &mut u64,
        sums: impl Fn(&mut Fate<Total>) -> &mut Total,
    ) {
        self.records.read += 1;
        *rows(&mut self.records) += 1;
        if let Some(amount) = self.amounts.and_then(|amounts| amounts.at(row)) {
            let currency = currency_of(self.currencies.and_then(|currencies| currencies.at(row)));
            let fate = self.money.entry(currency).or_default();
            fate.read += amount;
            *sums(fate) += amount;
        }
    }
}

fn currency_of(code: Option<&str>) -> Currency {
    code.and_then(|code| Currency::parse(code).ok())
        .unwrap_or(Currency::UNKNOWN)
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

fn is_new_version(spec: &TableSpec, posted_on: Option<&Values<i32>>, same_key: &[u32], row: usize) -> bool {
    let Some(posted_on) = posted_on else { return false };
    let is_other_day = |other: &u32| posted_on.at(*other as usize) != posted_on.at(row);
    spec.name == "invoices" && same_key.iter().all(is_other_day)
}

fn reject(all: &PackedTable, spec: &TableSpec, place: Place, kept: usize, row: usize) -> Rejected {
    let different: Vec<String> = all
        .columns()
        .iter()
        .filter(|column| column.data.compare(kept, row) != Ordering::Equal)
        .map(|column| {
            format!(
                "`{}` ({}, kept {})",
                column.name,
                cell(&column.data, row),
                cell(&column.data, kept)
            )
        })
        .collect();
    let currency = currency_of(all.texts("currency").and_then(|currencies| currencies.at(row)));
    let amount = all.amounts("amount").and_then(|amounts| amounts.at(row));
    Rejected {
        code: match spec.name {
            "invoices" => IssueCode::InvoiceConflict,
            "receipts" => IssueCode::ReceiptConflict,
            _ => IssueCode::RecordConflict,
        },
        place,
        found: different.join(", "),
        expected: "the same row, or another key".to_owned(),
        money: amount.map(|amount| (currency, Total::from(amount))),
        row: all
            .columns()
            .iter()
            .map(|column| column.data.text(row))
            .collect::<Vec<_>>()
            .join(","),
    }
}

fn cell(data: &Packed, row: usize) -> String {
    if data.is_none(row) {
        "blank".to_owned()
    } else {
        data.text(row)
    }
}

fn describe(all: &PackedTable, spec: &TableSpec, row: usize) -> String {
    let key: Vec<String> = columns(all, spec.key).into_iter().map(|data| cell(data, row)).collect();
    format!("{} {}", spec.name, key.join(" / "))
}

fn place_of(sources: &Sources, files: &[String], spec: &TableSpec, row: usize) -> Place {
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

pub(super) fn columns<'a>(table: &'a PackedTable, names: &[&str]) -> Vec<&'a Packed> {
    names.iter().filter_map(|name| table.column(name)).collect()
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

/// Compares two rows column by column; missing sorts first.
fn compare(columns: &[&Packed], a: usize, b: usize) -> Ordering {
    columns
        .iter()
        .map(|data| data.compare(a, b))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
