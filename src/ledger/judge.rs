//! What becomes of rows that share a key: repeats are merged, new versions kept, contradictions refused.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use crate::contract::TableSpec;
use crate::money::{Amount, Currency, Total};
use crate::outcome::{Issue, IssueCode, Issues, Place};
use crate::records::{Fate, MoneyFate, Rejected};
use crate::table::{Packed, PackedTable, Values, Words};

/// What was found of rows that may share a key.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// The rows that stay.
    pub keep: Vec<u32>,
    /// The rows that do not.
    pub dropped: Vec<u32>,
    /// Those of them that contradict a row that stays.
    pub rejected: Vec<Rejected>,
    pub issues: Issues,
}

/// Judges `doubtful` rows of a table, all of each key they have; the first `n_old` rows are in the ledger already, and `place`
/// tells where a row behind them was read.
pub(super) fn judge(
    spec: &TableSpec,
    all: &PackedTable,
    n_old: usize,
    mut doubtful: Vec<u32>,
    place: impl Fn(usize) -> Place,
    tally: &mut Tally,
) -> Judged {
    let key = columns(all, spec.key);
    let everything = every_column(all);
    // Kept rows come before new ones of the same key, so that a contradiction never displaces what is in the ledger.
    doubtful.par_sort_unstable_by(|&a, &b| {
        let (a, b) = (a as usize, b as usize);
        compare(&key, a, b)
            .then((a >= n_old).cmp(&(b >= n_old)))
            .then_with(|| compare(&everything, a, b))
            .then(a.cmp(&b))
    });
    let posted_on = all.days("posted_on");
    let mut judged = Judged::default();
    let mut same_key_from = 0;
    for &number in &doubtful {
        let row = number as usize;
        let first = judged.keep.get(same_key_from);
        if first.is_some_and(|&first| compare(&key, first as usize, row) != Ordering::Equal) {
            same_key_from = judged.keep.len();
        }
        let same_key = &judged.keep[same_key_from..];
        if row < n_old {
            judged.keep.push(number);
        } else if same_key
            .iter()
            .any(|&other| compare(&everything, other as usize, row) == Ordering::Equal)
        {
            tally.merged(all, row);
            judged.dropped.push(number);
            judged.issues.push_with(IssueCode::DuplicateRow, || Issue {
                code: IssueCode::DuplicateRow,
                message: format!("{} repeats an earlier row word for word", describe(all, spec, row)),
                action: "merged".to_owned(),
                hint: None,
                place: place(row),
            });
        } else if same_key.is_empty() || is_new_version(spec, posted_on, same_key, row) {
            judged.keep.push(number);
        } else {
            tally.quarantined(all, row);
            let refused = reject(all, spec, place(row), same_key[0] as usize, row);
            judged.dropped.push(number);
            judged.issues.push_with(refused.code, || Issue {
                code: refused.code,
                place: refused.place.clone(),
                message: format!(
                    "{} differs from the row already kept under the same key in {}",
                    describe(all, spec, row),
                    refused.found
                ),
                action: "the row already kept stays, this one is quarantined".to_owned(),
                hint: Some(if spec.name == "invoices" {
                    "give changed invoices a `posted_on` so that they become versions".to_owned()
                } else {
                    format!("make `{}` unique", spec.key.join("`, `"))
                }),
            });
            judged.rejected.push(refused);
        }
    }
    judged
}

/// New rows of a table and their money by what becomes of them; kept is what is neither merged nor quarantined.
#[derive(Debug, Default)]
pub(super) struct Tally {
    records: Fate<u64>,
    money: MoneyFate,
}

impl Tally {
    /// Counts new rows that were read.
    pub fn read(&mut self, all: &PackedTable, rows: Range<usize>) {
        self.records.read += rows.len() as u64;
        self.records.kept += rows.len() as u64;
        let Some(amounts) = amounts_of(all) else { return };
        let currencies = all.texts("currency");
        // Rows of one currency mostly follow each other or are few: each word is parsed once.
        let n_words = currencies.map_or(0, Words::n_kept);
        let mut totals: Vec<Option<Total>> = vec![None; n_words + 1];
        for row in rows {
            let Some(amount) = amounts.at(row) else { continue };
            let number = currencies.and_then(|currencies| currencies.number_at(row));
            let place = number.map_or(n_words, |number| number as usize);
            *totals[place].get_or_insert(Total::ZERO) += amount;
        }
        for (place, total) in totals.into_iter().enumerate() {
            let Some(total) = total else { continue };
            let code = currencies.filter(|_| place < n_words);
            let currency = currency_of(code.map(|currencies| currencies.word(place as u32)));
            let fate = self.money.entry(currency).or_default();
            fate.read += total;
            fate.kept += total;
        }
    }

    fn merged(&mut self, all: &PackedTable, row: usize) {
        self.not_kept(all, row, |fate| &mut fate.merged, |fate| &mut fate.merged);
    }

    fn quarantined(&mut self, all: &PackedTable, row: usize) {
        self.not_kept(all, row, |fate| &mut fate.quarantined, |fate| &mut fate.quarantined);
    }

    fn not_kept(
        &mut self,
        all: &PackedTable,
        row: usize,
        rows: impl Fn(&mut Fate<u64>) -> &mut u64,
        sums: impl Fn(&mut Fate<Total>) -> &mut Total,
    ) {
        self.records.kept -= 1;
        *rows(&mut self.records) += 1;
        if let Some(amount) = amounts_of(all).and_then(|amounts| amounts.at(row)) {
            let currency = currency_of(all.texts("currency").and_then(|currencies| currencies.at(row)));
            let fate = self.money.entry(currency).or_default();
            fate.kept -= amount;
            *sums(fate) += amount;
        }
    }

    /// Returns what became of the rows and of their money.
    pub fn fates(self) -> (Fate<u64>, MoneyFate) {
        (self.records, self.money)
    }
}

/// The amounts of a table whose money is counted.
fn amounts_of(all: &PackedTable) -> Option<&Values<Amount>> {
    all.amounts("amount")
        .filter(|_| matches!(all.name(), "invoices" | "receipts"))
}

fn currency_of(code: Option<&str>) -> Currency {
    code.and_then(|code| Currency::parse(code).ok())
        .unwrap_or(Currency::UNKNOWN)
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

/// Returns the columns of these names that a table has.
pub(super) fn columns<'a>(table: &'a PackedTable, names: &[&str]) -> Vec<&'a Packed> {
    names.iter().filter_map(|name| table.column(name)).collect()
}

/// Returns all columns of a table.
pub(super) fn every_column(table: &PackedTable) -> Vec<&Packed> {
    table.columns().iter().map(|column| &column.data).collect()
}

/// Compares two rows column by column; missing sorts first.
pub(super) fn compare(columns: &[&Packed], a: usize, b: usize) -> Ordering {
    columns
        .iter()
        .map(|data| data.compare(a, b))
        .find(|ordering| ordering.is_ne())
        .unwrap_or(Ordering::Equal)
}
