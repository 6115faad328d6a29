//! Rows read column by column: what most rows of most files are fit for, in a fraction of the time.
//!
//! A plan that takes each field of a record from one column, under no condition, has nothing to weigh between the cells
//! of a row. A piece in which every cell is what its field wants then becomes its columns directly. The first cell that
//! is to be refused, or a value that is assumed, gives the whole piece back to be read row by row.

use super::plan::{FieldPlan, OriginPlan, Plan, RecordPlan};
use super::source::Grid;
use super::value::{self, Cell, Value};
use crate::contract::{FieldKind, Need};
use crate::money::{Amount, Currency, Total};
use crate::records::{Fate, MoneyFate};
use crate::table::{Packed, Words};

/// One record of each row of a piece.
pub struct RecordColumns {
    /// The contract's fields in their order.
    pub fields: Vec<Packed>,
    /// The attributes in the order of the plan.
    pub attributes: Vec<Words>,
    /// Money of documents or receipts, as for rows.
    pub money: MoneyFate,
}

impl Plan<'_> {
    /// Tells whether rows can be read column by column.
    pub fn is_by_column(&self) -> bool {
        let has_one_source = |field: &FieldPlan<'_>| match field.alternatives.as_slice() {
            [] => true,
            [only] => {
                matches!(only.origin, OriginPlan::Cell(_))
                    && only.not_after.is_none()
                    && only.not_before.is_none()
                    && only.how.issue.is_none()
            }
            _ => false,
        };
        let is_simple = |record: &RecordPlan<'_>| {
            record.when.is_empty() && !record.once && record.fields.iter().all(has_one_source)
        };
        let names: Vec<&str> = self.records.iter().map(|record| record.spec.name).collect();
        let is_single = |name: &&str| names.iter().filter(|other| *other == name).count() == 1;
        self.skip.is_empty() && self.records.iter().all(is_simple) && names.iter().all(is_single)
    }

    /// Reads every row; `None` where one of them has to be read by itself. For plans that are [`Plan::is_by_column`].
    pub fn columns(&self, grid: &dyn Grid) -> Option<Vec<RecordColumns>> {
        let records = self.records.iter();
        records.map(|record| self.record_columns(record, grid)).collect()
    }

    fn record_columns(&self, record: &RecordPlan<'_>, grid: &dyn Grid) -> Option<RecordColumns> {
        let fields = record.fields.iter();
        let fields = fields
            .map(|field| self.field_column(field, grid))
            .collect::<Option<Vec<Packed>>>()?;
        let attributes = record.attributes.iter().map(|(column, _)| {
            let mut words = Words::default();
            for row in 0..grid.n_rows() {
                match grid.cell(row, *column).unless_empty(self.empty) {
                    Cell::Missing => words.push(None),
                    cell => words.push(Some(&cell.text())),
                }
            }
            words
        });
        let attributes = attributes.collect();
        let money = money(record, &fields);
        Some(RecordColumns {
            fields,
            attributes,
            money,
        })
    }

    fn field_column(&self, field: &FieldPlan<'_>, grid: &dyn Grid) -> Option<Packed> {
        let kind = field.spec.kind;
        let missing = match field.spec.need {
            Need::Required => None,
            Need::Default(_) if kind == FieldKind::Currency => None,
            Need::Default(_) | Need::Optional => Some(&field.default),
        };
        let mut column = Packed::with_room(kind.data_kind(), grid.n_rows());
        let source = field.alternatives.first();
        let Some((OriginPlan::Cell(position), how)) = source.map(|source| (&source.origin, source.how)) else {
            for _ in 0..grid.n_rows() {
                push_value(&mut column, missing?);
            }
            return Some(column);
        };
        let cells = (0..grid.n_rows()).map(|row| grid.cell(row, *position).unless_empty(self.empty));
        let is_plain = how.words.is_empty() && how.cleaning.is_empty();
        match (&mut column, kind) {
            // What most columns are, without a detour.
            (Packed::Text(words), FieldKind::Id | FieldKind::Text) if is_plain => {
                for cell in cells {
                    match cell {
                        Cell::Missing => push_missing(words, missing?),
                        Cell::Text(word) => words.push(Some(word)),
                        other => words.push(Some(&other.text())),
                    }
                }
            }
            (Packed::Day(days), FieldKind::Day) if is_plain && matches!(missing, None | Some(Value::Missing)) => {
                for cell in cells {
                    match cell {
                        Cell::Missing => days.push(missing.map(|_| None)?),
                        cell => days.push(Some(value::day(cell, &how.dates).ok()?.epoch())),
                    }
                }
            }
            (column, _) => {
                for cell in cells {
                    match cell {
                        Cell::Missing => push_value(column, missing?),
                        cell => {
                            let value = value::read(kind, cell, how).ok()?;
                            if is_negative(kind, &value) {
                                return None;
                            }
                            push_value(column, &value);
                        }
                    }
                }
            }
        }
        Some(column)
    }
}

/// Tells whether a value is refused, or the sign of an invoice that makes it another kind of document.
fn is_negative(kind: FieldKind, value: &Value<'_>) -> bool {
    kind == FieldKind::Money && matches!(value, Value::Money(amount) if *amount < Amount::ZERO)
}

fn push_missing(words: &mut Words, value: &Value<'_>) {
    match value {
        Value::Text(word) => words.push(Some(word)),
        _ => words.push(None),
    }
}

/// Adds a value to a column of its kind.
pub fn push_value(column: &mut Packed, value: &Value<'_>) {
    match (column, value) {
        (Packed::Text(words), Value::Text(word)) => words.push(Some(word)),
        (Packed::Day(days), Value::Day(day)) => days.push(Some(day.epoch())),
        (Packed::Money(amounts), Value::Money(amount)) => amounts.push(Some(*amount)),
        (Packed::Int(numbers), Value::Int(number)) => numbers.push(Some(*number)),
        (Packed::Real(numbers), Value::Real(number)) => numbers.push(Some(*number)),
        (Packed::Flag(flags), Value::Flag(flag)) => flags.push(Some(*flag)),
        (column, _) => column.push_none(),
    }
}

/// Adds up the money of documents or receipts, all of it kept.
fn money(record: &RecordPlan<'_>, fields: &[Packed]) -> MoneyFate {
    let mut money = MoneyFate::new();
    let Some(at) = &record.money else { return money };
    let (Packed::Money(amounts), Packed::Text(currencies), Packed::Text(kinds)) =
        (&fields[at.amount], &fields[at.currency], &fields[at.kind])
    else {
        return money;
    };
    let each = |words: &Words, of: &dyn Fn(&str) -> i128| -> Vec<i128> {
        (0..words.n_kept() as u32)
            .map(|number| of(words.word(number)))
            .collect()
    };
    let signs = each(kinds, &|kind| match kind {
        "credit_note" | "refund" | "reversal" => -1,
        _ => 1,
    });
    // By number of the currency's word, the last place for rows without one.
    let mut totals: Vec<Option<i128>> = vec![None; currencies.n_kept() + 1];
    for row in 0..amounts.len() {
        let Some(amount) = amounts.at(row) else { continue };
        let sign = kinds.number_at(row).map_or(1, |number| signs[number as usize]);
        let place = currencies
            .number_at(row)
            .map_or(currencies.n_kept(), |number| number as usize);
        *totals[place].get_or_insert(0) += sign * i128::from(amount.units());
    }
    for (place, total) in totals.into_iter().enumerate() {
        let Some(total) = total.map(Total::from_units) else {
            continue;
        };
        let code = (place < currencies.n_kept()).then(|| currencies.word(place as u32));
        let currency = code
            .and_then(|code| Currency::parse(code).ok())
            .unwrap_or(Currency::UNKNOWN);
        let fate: &mut Fate<Total> = money.entry(currency).or_default();
        fate.read += total;
        fate.kept += total;
    }
    money
}
