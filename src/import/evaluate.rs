//! One source row becomes the values of one record.

use std::borrow::Cow;

use super::formula::Formula;
use super::numbers::NumberFormat;
use super::plan::{AlternativePlan, FieldPlan, NamePlan, OriginPlan, Plan, RecordPlan};
use super::profile::{Alternative, Condition, Piece, Test};
use super::source::Row;
use super::value::{self, Cell, Fault, Misfit, Value};
use crate::calendar::Day;
use crate::contract::{FieldKind, Need};
use crate::money::{Amount, Currency, Total};
use crate::outcome::IssueCode;

/// What a row says for one record.
pub struct Draft<'r> {
    /// Values in the order of the contract; missing where a value could not be read.
    pub values: Vec<Value<'r>>,
    /// Fields that were assumed, with the code to report.
    pub assumed: Vec<(usize, IssueCode)>,
    /// The first field that could not be read.
    pub fault: Option<Box<Fault>>,
}

/// A row with what its templates may name.
#[derive(Clone, Copy)]
pub struct RowContext<'r> {
    pub row: &'r dyn Row,
    pub header: &'r [String],
    /// Number of the row over all files, from 1.
    pub number: u64,
    pub plan: &'r Plan<'r>,
}

impl<'r> RowContext<'r> {
    fn cell(self, position: usize) -> Cell<'r> {
        self.row.cell(position).unless_empty(self.plan.empty)
    }

    /// Returns an attribute, or `None` where the cell is empty.
    pub fn attribute(self, position: usize) -> Option<Cow<'r, str>> {
        match self.cell(position) {
            Cell::Missing => None,
            cell => Some(cell.text()),
        }
    }

    /// Tells whether every condition holds.
    ///
    /// # Errors
    /// A cell that is compared with an amount is no amount.
    pub fn holds(self, conditions: &[Condition<usize>]) -> Result<bool, Box<Fault>> {
        for condition in conditions {
            if !self.one_holds(condition)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn one_holds(self, condition: &Condition<usize>) -> Result<bool, Box<Fault>> {
        let cell = self.cell(condition.column);
        let word = || cell.text().to_lowercase();
        let compared = |holds: &dyn Fn(Amount) -> bool| match cell {
            Cell::Missing => Ok(false),
            cell => value::amount(cell, &condition.numbers).map(holds),
        };
        let holds = match &condition.test {
            Test::Filled => Ok(cell != Cell::Missing),
            Test::Empty => Ok(cell == Cell::Missing),
            Test::OneOf(words) => Ok(words.contains(&word())),
            Test::NoneOf(words) => Ok(!words.contains(&word())),
            Test::StartsWith(words) => {
                let found = word();
                Ok(words.iter().any(|start| found.starts_with(start)))
            }
            Test::Above(least) => compared(&|amount| amount > *least),
            Test::Below(most) => compared(&|amount| amount < *most),
        };
        holds.map_err(|misfit| self.fault(misfit, condition.column))
    }

    fn fault(self, misfit: Misfit, position: usize) -> Box<Fault> {
        Box::new(Fault {
            code: misfit.code,
            column: Some(self.header[position].clone()),
            found: self.row.cell(position).text().into_owned(),
            expected: misfit.expected,
        })
    }

    /// Reads one record off the row.
    pub fn draft(self, record: &'r RecordPlan<'r>) -> Draft<'r> {
        let mut draft = Draft {
            values: vec![Value::Missing; record.fields.len()],
            assumed: Vec::new(),
            fault: None,
        };
        for &at in &record.order {
            match self.field(&record.fields[at], &draft.values) {
                Ok((value, issue)) => {
                    draft.values[at] = value;
                    draft.assumed.extend(issue.map(|issue| (at, issue)));
                }
                Err(fault) => draft.fault = draft.fault.or(Some(fault)),
            }
        }
        let signs = check_signs(record, &mut draft);
        if draft.fault.is_none() {
            draft.fault = signs;
        }
        draft
    }

    /// Takes the first alternative that yields a value, else the contract's default.
    fn field(
        self,
        field: &'r FieldPlan<'r>,
        before: &[Value<'r>],
    ) -> Result<(Value<'r>, Option<IssueCode>), Box<Fault>> {
        for alternative in &field.alternatives {
            let value = self.alternative(field, alternative, before)?;
            if !value.is_missing() && self.is_in_time(&value, alternative, before)? {
                return Ok((value, alternative.how.issue));
            }
        }
        match field.spec.need {
            Need::Required => Err(Box::new(Fault {
                code: IssueCode::ValueMissing,
                column: Some(field.blame.clone()),
                found: String::new(),
                expected: "a value".to_owned(),
            })),
            Need::Default(_) if field.spec.kind == FieldKind::Currency => {
                Ok((field.default.clone(), Some(IssueCode::CurrencyMissing)))
            }
            Need::Default(_) | Need::Optional => Ok((borrowed(&field.default), None)),
        }
    }

    fn alternative(
        self,
        field: &'r FieldPlan<'r>,
        alternative: &'r AlternativePlan<'r>,
        before: &[Value<'r>],
    ) -> Result<Value<'r>, Box<Fault>> {
        match &alternative.origin {
            OriginPlan::Cell(position) => match self.cell(*position) {
                Cell::Missing => Ok(Value::Missing),
                cell => {
                    value::read(field.spec.kind, cell, alternative.how).map_err(|misfit| self.fault(misfit, *position))
                }
            },
            OriginPlan::Constant(value) => Ok(borrowed(value)),
            OriginPlan::Template(pieces) => Ok(self.template(pieces, before)),
            OriginPlan::Formula(formula) if field.spec.kind == FieldKind::Day => {
                let day = self.day(formula, alternative.how, before)?;
                Ok(day.map_or(Value::Missing, Value::Day))
            }
            OriginPlan::Formula(formula) => {
                let total = self.total(formula, alternative.how, before)?;
                let Some(total) = total else { return Ok(Value::Missing) };
                total.to_amount().map(Value::Money).ok_or_else(|| {
                    Box::new(Fault {
                        code: IssueCode::AmountOutOfRange,
                        column: Some(field.spec.name.to_owned()),
                        found: total.to_string(),
                        expected: "an amount between -922337203685477 and 922337203685477".to_owned(),
                    })
                })
            }
        }
    }

    fn is_in_time(
        self,
        value: &Value<'r>,
        alternative: &'r AlternativePlan<'r>,
        before: &[Value<'r>],
    ) -> Result<bool, Box<Fault>> {
        let Value::Day(day) = *value else { return Ok(true) };
        let bound = |name: &Option<NamePlan>| match name {
            Some(name) => self.named_day(name, alternative.how, before),
            None => Ok(None),
        };
        let last = bound(&alternative.not_after)?;
        let first = bound(&alternative.not_before)?;
        Ok(last.is_none_or(|last| day <= last) && first.is_none_or(|first| day >= first))
    }

    fn template(self, pieces: &[Piece<NamePlan>], before: &[Value<'r>]) -> Value<'r> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Words(words) => text.push_str(words),
                Piece::RowNumber => text.push_str(&self.number.to_string()),
                Piece::FileName => text.push_str(&self.plan.stem),
                Piece::Name(name) => {
                    let word = match name {
                        NamePlan::Field(at) => before[*at].text().into_owned(),
                        NamePlan::Cell(position) => self.cell(*position).text().into_owned(),
                    };
                    // A half-filled id would tie strangers together.
                    if word.is_empty() {
                        return Value::Missing;
                    }
                    text.push_str(&word);
                }
            }
        }
        Value::Text(Cow::Owned(text))
    }

    fn named_day(self, name: &NamePlan, how: &'r Alternative, before: &[Value<'r>]) -> Result<Option<Day>, Box<Fault>> {
        match name {
            NamePlan::Field(at) => match before[*at] {
                Value::Day(day) => Ok(Some(day)),
                _ => Ok(None),
            },
            NamePlan::Cell(position) => match self.cell(*position) {
                Cell::Missing => Ok(None),
                cell => value::day(cell, &how.dates)
                    .map(Some)
                    .map_err(|misfit| self.fault(misfit, *position)),
            },
        }
    }

    /// Computes a day; missing where any part is.
    fn day(
        self,
        formula: &Formula<NamePlan>,
        how: &'r Alternative,
        before: &[Value<'r>],
    ) -> Result<Option<Day>, Box<Fault>> {
        let both = |left: &Formula<NamePlan>, right: &Formula<NamePlan>| -> Result<_, Box<Fault>> {
            Ok(self.day(left, how, before)?.zip(self.day(right, how, before)?))
        };
        match formula {
            Formula::Name(name) => self.named_day(name, how, before),
            Formula::Min(left, right) => Ok(both(left, right)?.map(|(left, right)| left.min(right))),
            Formula::Max(left, right) => Ok(both(left, right)?.map(|(left, right)| left.max(right))),
            Formula::Add(day, days) => self.shifted(day, days, 1, how, before),
            Formula::Subtract(day, days) => self.shifted(day, days, -1, how, before),
            Formula::Number(_) | Formula::Days(_) | Formula::Abs(_) => Ok(None),
        }
    }

    fn shifted(
        self,
        day: &Formula<NamePlan>,
        days: &Formula<NamePlan>,
        sign: i64,
        how: &'r Alternative,
        before: &[Value<'r>],
    ) -> Result<Option<Day>, Box<Fault>> {
        let Some(day) = self.day(day, how, before)? else {
            return Ok(None);
        };
        let days = match days {
            Formula::Days(inner) => inner.as_ref(),
            other => other,
        };
        let count = match days {
            Formula::Number(number) => Some(number.units() / crate::money::SCALE),
            Formula::Name(NamePlan::Field(at)) => match before[*at] {
                Value::Int(count) => Some(count),
                _ => None,
            },
            Formula::Name(NamePlan::Cell(position)) => match self.cell(*position) {
                Cell::Missing => None,
                cell => Some(value::whole(cell, &how.numbers).map_err(|misfit| self.fault(misfit, *position))?),
            },
            _ => None,
        };
        let Some(count) = count else { return Ok(None) };
        let shifted = i32::try_from(count.saturating_mul(sign)).ok().map(|days| day + days);
        match shifted.filter(|day| (Day::EARLIEST..=Day::LATEST).contains(day)) {
            Some(day) => Ok(Some(day)),
            None => Err(Box::new(Fault {
                code: IssueCode::DateUnreadable,
                column: None,
                found: format!("{day} and {} days", count.saturating_mul(sign)),
                expected: "a date between 1900 and 2199".to_owned(),
            })),
        }
    }

    /// Computes money; missing where any part is.
    fn total(
        self,
        formula: &Formula<NamePlan>,
        how: &'r Alternative,
        before: &[Value<'r>],
    ) -> Result<Option<Total>, Box<Fault>> {
        let both = |left: &Formula<NamePlan>, right: &Formula<NamePlan>| -> Result<_, Box<Fault>> {
            Ok(self.total(left, how, before)?.zip(self.total(right, how, before)?))
        };
        match formula {
            Formula::Name(NamePlan::Field(at)) => match before[*at] {
                Value::Money(amount) => Ok(Some(amount.into())),
                _ => Ok(None),
            },
            Formula::Name(NamePlan::Cell(position)) => match self.cell(*position) {
                Cell::Missing => Ok(None),
                cell => value::amount(cell, &how.numbers)
                    .map(|amount| Some(amount.into()))
                    .map_err(|misfit| self.fault(misfit, *position)),
            },
            Formula::Number(number) => Ok(Some((*number).into())),
            Formula::Abs(inner) => Ok(self.total(inner, how, before)?.map(Total::abs)),
            Formula::Add(left, right) => Ok(both(left, right)?.map(|(left, right)| left + right)),
            Formula::Subtract(left, right) => Ok(both(left, right)?.map(|(left, right)| left - right)),
            Formula::Min(left, right) => Ok(both(left, right)?.map(|(left, right)| left.min(right))),
            Formula::Max(left, right) => Ok(both(left, right)?.map(|(left, right)| left.max(right))),
            Formula::Days(_) => Ok(None),
        }
    }
}

fn borrowed<'r>(value: &'r Value<'static>) -> Value<'r> {
    match value {
        Value::Text(text) => Value::Text(Cow::Borrowed(text)),
        other => other.clone(),
    }
}

/// Reads a negative invoice as a credit note; any other negative amount, where the kind gives the sign, is a fault.
fn check_signs(record: &RecordPlan<'_>, draft: &mut Draft<'_>) -> Option<Box<Fault>> {
    for at in 0..record.fields.len() {
        let field = &record.fields[at];
        let Value::Money(amount) = draft.values[at] else {
            continue;
        };
        if field.spec.kind != FieldKind::Money || amount >= Amount::ZERO {
            continue;
        }
        let kind = position(record, "kind");
        if record.spec.name == "invoices"
            && field.spec.name == "amount"
            && let Some(kind) = kind
            && draft.values[kind].text() == "invoice"
            && amount.units() != i64::MIN
        {
            draft.values[at] = Value::Money(amount.abs());
            draft.values[kind] = Value::Text(Cow::Borrowed("credit_note"));
            draft.assumed.push((at, IssueCode::NegativeInvoice));
            continue;
        }
        return Some(Box::new(Fault {
            code: IssueCode::AmountNegative,
            column: Some(field.blame.clone()),
            found: amount.to_string(),
            expected: "zero or more: the kind of the row gives the sign".to_owned(),
        }));
    }
    None
}

/// Returns where a field stands in a record.
fn position(record: &RecordPlan<'_>, field: &str) -> Option<usize> {
    record.fields.iter().position(|candidate| candidate.spec.name == field)
}

/// Returns the money of a document or receipt, signed by what it does: documents by their effect on the balance, receipts by
/// whether money came in or was relieved (+) or went out again (-). `None` where the amount cannot be read.
pub fn money(record: &RecordPlan<'_>, draft: &Draft<'_>) -> Option<(Currency, Total)> {
    let at = record.money.as_ref()?;
    let Value::Money(amount) = draft.values[at.amount] else {
        return None;
    };
    let currency = Currency::parse(&draft.values[at.currency].text()).unwrap_or(Currency::UNKNOWN);
    let total = match draft.values[at.kind].text().as_ref() {
        "credit_note" | "refund" | "reversal" => -Total::from(amount),
        _ => amount.into(),
    };
    Some((currency, total))
}

/// Returns the number format of a field's first alternative, for the explanation.
pub fn formats(field: &FieldPlan<'_>) -> String {
    let Some(alternative) = field.alternatives.first() else {
        return String::new();
    };
    match field.spec.kind {
        FieldKind::Day => {
            let names: Vec<_> = alternative.how.dates.iter().map(|format| format.name()).collect();
            names.join(" or ")
        }
        FieldKind::Money | FieldKind::SignedMoney | FieldKind::Real | FieldKind::Int => {
            number_format(&alternative.how.numbers)
        }
        _ => String::new(),
    }
}

fn number_format(numbers: &NumberFormat) -> String {
    numbers.example()
}
