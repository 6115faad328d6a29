//! Puts new rows beside those already kept: repeats are merged, contradictions rejected, the rest sorted into place.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use rayon::slice::ParallelSliceMut;

use crate::calendar::Day;
use crate::contract::TableSpec;
use crate::money::{Currency, Total};
use crate::outcome::{Checked, Issue, IssueCode, Issues, Place};
use crate::records::{Fate, MoneyFate, RecordTable, Records, Rejected, Source};
use crate::table::{Column, Data, Table};

/// The tables of a ledger after new rows have found their place.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The tables by name, each in its stored order.
    pub tables: BTreeMap<String, Table>,
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
pub fn merge(kept: BTreeMap<String, Table>, records: Records, imported_on: Day) -> Checked<Merged> {
    let mut merged = Merged {
        tables: kept,
        ..Merged::default()
    };
    let mut issues = Issues::default();
    let files = records.files;
    for mut new in records.tables {
        if new.spec.name == "customers" {
            merged.timeless.extend(std::mem::take(&mut new.timeless));
            fill_valid_from(&mut new, imported_on);
        }
        let old = merged.tables.remove(new.spec.name);
        let table = merge_table(old, new, &files, &mut merged, &mut issues);
        merged.tables.insert(table.name().to_owned(), table);
    }
    Checked {
        value: merged,
        issues,
        caveats: Vec::new(),
    }
}

/// A customer row without a first day holds from the day it was imported.
fn fill_valid_from(customers: &mut RecordTable, imported_on: Day) {
    let filled = customers.table.columns().iter().cloned().map(|column| match column {
        Column {
            name,
            data: Data::Day(days),
        } if name == "valid_from" => Column {
            name,
            data: Data::Day(days.into_iter().map(|day| day.or(Some(imported_on))).collect()),
        },
        other => other,
    });
    customers.table = filled.fold(Table::new("customers"), |table, column| {
        table.with(&column.name, column.data)
    });
}

fn merge_table(
    old: Option<Table>,
    new: RecordTable,
    files: &[String],
    merged: &mut Merged,
    issues: &mut Issues,
) -> Table {
    let spec = new.spec;
    let n_old = old.as_ref().map_or(0, Table::n_rows);
    let all = match old {
        Some(old) => concat(spec, &old, &new.table),
        None => new.table,
    };
    let key = columns(&all, spec.key);
    let everything: Vec<&Data> = all.columns().iter().map(|column| &column.data).collect();

    let mut order: Vec<u32> = (0..all.n_rows() as u32).collect();
    // Kept rows come before new ones of the same key, so that a contradiction never displaces what is in the ledger.
    order.par_sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        compare(&key, a, b)
            .then((a >= n_old).cmp(&(b >= n_old)))
            .then_with(|| compare(&everything, a, b))
            .then(a.cmp(&b))
    });

    let posted_on = all.days("posted_on").ok();
    let mut keep: Vec<usize> = Vec::with_capacity(order.len());
    let mut same_key_from = 0;
    let mut tally = Tally::new(&all);
    for &row in &order {
        let row = row as usize;
        if same_key_from < keep.len() && compare(&key, keep[same_key_from], row) != Ordering::Equal {
            same_key_from = keep.len();
        }
        let same_key = &keep[same_key_from..];
        if row < n_old {
            keep.push(row);
        } else if same_key
            .iter()
            .any(|&other| compare(&everything, other, row) == Ordering::Equal)
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
            keep.push(row);
        } else {
            tally.add(row, |fate| &mut fate.quarantined, |fate| &mut fate.quarantined);
            let rejected = reject(
                &all,
                spec,
                place_of(&new.sources, files, spec, row - n_old),
                same_key[0],
                row,
            );
            issues.push_with(rejected.code, || Issue {
                code: rejected.code,
                place: rejected.place.clone(),
                message: format!(
                    "{} differs from the row already kept under the same key in {}",
                    describe(&all, spec, row),
                    rejected.found
                ),
                action: "the row already kept stays, this one is quarantined".to_owned(),
                hint: Some(if spec.name == "invoices" {
                    "give changed invoices a `posted_on` so that they become versions".to_owned()
                } else {
                    format!("make `{}` unique", spec.key.join("`, `"))
                }),
            });
            merged.rejected.push(rejected);
        }
    }
    merged.records.insert(spec.name.to_owned(), tally.records);
    if !tally.money.is_empty() {
        merged.money.insert(spec.name.to_owned(), tally.money);
    }
    let stored = columns(&all, stored_order(spec));
    keep.par_sort_unstable_by(|&a, &b| compare(&stored, a, b).then_with(|| compare(&everything, a, b)));
    all.take(&keep)
}

/// Counts new rows and their money by what becomes of them.
struct Tally<'a> {
    records: Fate<u64>,
    money: MoneyFate,
    amounts: Option<&'a [Option<Total>]>,
    currencies: Option<&'a [Option<String>]>,
}

impl<'a> Tally<'a> {
    fn new(all: &'a Table) -> Tally<'a> {
        let carries_money = matches!(all.name(), "invoices" | "receipts");
        Tally {
            records: Fate::default(),
            money: MoneyFate::new(),
            amounts: all.moneys("amount").ok().filter(|_| carries_money),
            currencies: all.texts("currency").ok(),
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
        if let Some(amount) = self.amounts.and_then(|amounts| amounts[row]) {
            let code = self.currencies.and_then(|currencies| currencies[row].as_deref());
            let currency = code
                .and_then(|code| Currency::parse(code).ok())
                .unwrap_or(Currency::UNKNOWN);
            let fate = self.money.entry(currency).or_default();
            fate.read += amount;
            *sums(fate) += amount;
        }
    }
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
        "contacts" => &["customer_id", "contacted_on", "contact_id"],
        "orders" => &["customer_id", "ordered_on", "order_id"],
        "holds" => &["customer_id", "placed_on"],
        _ => spec.key,
    }
}

fn is_new_version(spec: &TableSpec, posted_on: Option<&[Option<Day>]>, same_key: &[usize], row: usize) -> bool {
    let Some(posted_on) = posted_on else { return false };
    spec.name == "invoices" && same_key.iter().all(|&other| posted_on[other] != posted_on[row])
}

fn reject(all: &Table, spec: &TableSpec, place: Place, kept: usize, row: usize) -> Rejected {
    let different: Vec<String> = all
        .columns()
        .iter()
        .filter(|column| compare(&[&column.data], kept, row) != Ordering::Equal)
        .map(|column| {
            format!(
                "`{}` ({}, kept {})",
                column.name,
                cell(&column.data, row),
                cell(&column.data, kept)
            )
        })
        .collect();
    let currency = all.column("currency").map(|data| data.text(row)).unwrap_or_default();
    Rejected {
        code: match spec.name {
            "invoices" => IssueCode::InvoiceConflict,
            "receipts" => IssueCode::ReceiptConflict,
            _ => IssueCode::RecordConflict,
        },
        place,
        found: different.join(", "),
        expected: "the same row, or another key".to_owned(),
        money: all.amount("amount", row).map(|amount| {
            let currency = Currency::parse(&currency).unwrap_or(Currency::UNKNOWN);
            (currency, Total::from(amount))
        }),
        row: all
            .columns()
            .iter()
            .map(|column| column.data.text(row))
            .collect::<Vec<_>>()
            .join(","),
    }
}

fn cell(data: &Data, row: usize) -> String {
    if data.is_none(row) {
        "blank".to_owned()
    } else {
        data.text(row)
    }
}

fn describe(all: &Table, spec: &TableSpec, row: usize) -> String {
    let key: Vec<String> = spec
        .key
        .iter()
        .filter_map(|name| all.column(name))
        .map(|data| cell(data, row))
        .collect();
    format!("{} {}", spec.name, key.join(" / "))
}

fn place_of(sources: &[Source], files: &[String], spec: &TableSpec, row: usize) -> Place {
    match sources.get(row) {
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

fn columns<'a>(table: &'a Table, names: &[&str]) -> Vec<&'a Data> {
    names.iter().filter_map(|name| table.column(name)).collect()
}

fn concat(spec: &TableSpec, old: &Table, new: &Table) -> Table {
    let names: Vec<&str> = spec.fields.iter().map(|field| field.name).collect();
    let attributes: BTreeSet<&str> = old
        .columns()
        .iter()
        .chain(new.columns())
        .map(|column| column.name.as_str())
        .filter(|name| spec.field(name).is_none())
        .collect();
    names
        .into_iter()
        .chain(attributes)
        .fold(Table::new(spec.name), |table, name| {
            let mut data = match old.column(name).or(new.column(name)) {
                Some(data) => Data::empty(data.kind()),
                None => Data::empty(
                    spec.field(name)
                        .map_or(crate::table::DataKind::Text, |field| field.kind.data_kind()),
                ),
            };
            for part in [old, new] {
                match part.column(name) {
                    Some(values) => data.extend(values),
                    None => (0..part.n_rows()).for_each(|_| data.push_none()),
                }
            }
            table.with(name, data)
        })
}

/// Compares two rows column by column; missing sorts first.
fn compare(columns: &[&Data], a: usize, b: usize) -> Ordering {
    columns
        .iter()
        .map(|data| match data {
            Data::Text(values) => values[a].cmp(&values[b]),
            Data::Day(values) => values[a].cmp(&values[b]),
            Data::Money(values) => values[a].cmp(&values[b]),
            Data::Int(values) => values[a].cmp(&values[b]),
            Data::Flag(values) => values[a].cmp(&values[b]),
            Data::Real(values) => match (values[a], values[b]) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => a.is_some().cmp(&b.is_some()),
            },
        })
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
