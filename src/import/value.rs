//! Cells of a source and the values they stand for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dates::DateFormat;
use super::numbers::NumberFormat;
use super::profile::{Alternative, Cleaning};
use crate::calendar::Day;
use crate::contract::FieldKind;
use crate::money::{Amount, Currency, MoneyError, Total};
use crate::outcome::IssueCode;

/// A cell as its file holds it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'r> {
    Missing,
    /// Words, or a number or date in the format the profile declares; trimmed.
    Text(&'r str),
    /// A decimal number with a point, whatever the profile declares.
    Number(&'r str),
    Day(Day),
    Money(Total),
    Int(i64),
    Real(f64),
    Flag(bool),
}

/// A value of a canonical field.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'r> {
    Missing,
    Text(Cow<'r, str>),
    Day(Day),
    Money(Amount),
    Int(i64),
    Real(f64),
    Flag(bool),
}

/// Why a cell is no value of its field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    pub code: IssueCode,
    pub expected: String,
}

/// A misfit with the cell it was found in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: IssueCode,
    pub column: Option<String>,
    pub found: String,
    pub expected: String,
}

impl<'r> Cell<'r> {
    /// Returns the cell as text; numbers and days in their canonical form.
    pub fn text(self) -> Cow<'r, str> {
        match self {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) | Cell::Number(text) => Cow::Borrowed(text),
            Cell::Day(day) => Cow::Owned(day.to_string()),
            Cell::Money(total) => Cow::Owned(total.to_string()),
            Cell::Int(number) => Cow::Owned(number.to_string()),
            Cell::Real(number) => Cow::Owned(number.to_string()),
            Cell::Flag(flag) => Cow::Borrowed(if flag { "true" } else { "false" }),
        }
    }

    /// Turns blank texts and the words a profile calls empty into [`Cell::Missing`].
    pub fn unless_empty(self, empty: &[String]) -> Cell<'r> {
        match self {
            Cell::Text("") => Cell::Missing,
            Cell::Text(text) if empty.iter().any(|word| text.eq_ignore_ascii_case(word)) => Cell::Missing,
            Cell::Real(number) if number.is_nan() => Cell::Missing,
            cell => cell,
        }
    }
}

impl Value<'_> {
    /// Tells whether there is no value.
    pub fn is_missing(&self) -> bool {
        *self == Value::Missing
    }

    /// Returns the value as text, empty where missing.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Missing => Cow::Borrowed(""),
            Value::Text(text) => Cow::Borrowed(text),
            Value::Day(day) => Cow::Owned(day.to_string()),
            Value::Money(amount) => Cow::Owned(amount.to_string()),
            Value::Int(number) => Cow::Owned(number.to_string()),
            Value::Real(number) => Cow::Owned(number.to_string()),
            Value::Flag(flag) => Cow::Borrowed(if *flag { "true" } else { "false" }),
        }
    }
}

/// Reads a cell that is not missing as a value of a field.
pub fn read<'r>(kind: FieldKind, cell: Cell<'r>, how: &'r Alternative) -> Result<Value<'r>, Misfit> {
    let cell = translate(cell, &how.words);
    match kind {
        FieldKind::Id => Ok(Value::Text(clean(cell.text(), &how.cleaning))),
        FieldKind::Text => Ok(Value::Text(cell.text())),
        FieldKind::Day => day(cell, &how.dates).map(Value::Day),
        FieldKind::Money | FieldKind::SignedMoney => amount(cell, &how.numbers).map(Value::Money),
        FieldKind::Int => whole(cell, &how.numbers).map(Value::Int),
        FieldKind::Real => real(cell, &how.numbers).map(Value::Real),
        FieldKind::Flag => flag(cell).map(Value::Flag),
        FieldKind::Currency => currency(cell),
        FieldKind::OneOf(words) => one_of(cell, words),
    }
}

/// Reads a constant of a profile or a default of the contract, in canonical form.
///
/// # Errors
/// What was expected instead.
pub fn constant(kind: FieldKind, word: &str) -> Result<Value<'static>, String> {
    let cell = Cell::Text(word.trim());
    let value = match kind {
        FieldKind::Id | FieldKind::Text => Ok(Value::Text(Cow::Borrowed(word.trim()))),
        FieldKind::Day => day(cell, &[DateFormat::Iso]).map(Value::Day),
        FieldKind::Money | FieldKind::SignedMoney => amount(cell, &NumberFormat::default()).map(Value::Money),
        FieldKind::Int => whole(cell, &NumberFormat::default()).map(Value::Int),
        FieldKind::Real => real(cell, &NumberFormat::default()).map(Value::Real),
        FieldKind::Flag => flag(cell).map(Value::Flag),
        FieldKind::Currency => currency(cell),
        FieldKind::OneOf(words) => one_of(cell, words),
    };
    match value {
        Ok(Value::Text(text)) => Ok(Value::Text(Cow::Owned(text.into_owned()))),
        Ok(Value::Missing) => Ok(Value::Missing),
        Ok(Value::Day(day)) => Ok(Value::Day(day)),
        Ok(Value::Money(amount)) => Ok(Value::Money(amount)),
        Ok(Value::Int(number)) => Ok(Value::Int(number)),
        Ok(Value::Real(number)) => Ok(Value::Real(number)),
        Ok(Value::Flag(flag)) => Ok(Value::Flag(flag)),
        Err(misfit) => Err(misfit.expected),
    }
}

/// Reads a cell as a day.
pub fn day(cell: Cell<'_>, formats: &[DateFormat]) -> Result<Day, Misfit> {
    let day = match cell {
        Cell::Day(day) => (Day::EARLIEST..=Day::LATEST).contains(&day).then_some(day),
        // A whole number in a typed file can only be the compact form or a spreadsheet's count.
        Cell::Int(_) | Cell::Real(_) | Cell::Money(_) => {
            let text = cell.text();
            formats.iter().find_map(|format| format.read(&text))
        }
        Cell::Text(text) | Cell::Number(text) => formats.iter().find_map(|format| format.read(text)),
        Cell::Flag(_) | Cell::Missing => None,
    };
    day.ok_or_else(|| {
        let examples: Vec<_> = formats.iter().map(|format| format!("`{}`", format.example())).collect();
        Misfit {
            code: IssueCode::DateUnreadable,
            expected: format!("a date between 1900 and 2199 such as {}", examples.join(" or ")),
        }
    })
}

/// Reads a cell as an exact amount, of either sign.
pub fn amount(cell: Cell<'_>, numbers: &NumberFormat) -> Result<Amount, Misfit> {
    let amount = match cell {
        Cell::Text(text) => numbers.amount(text),
        Cell::Money(total) => total.to_amount().ok_or(MoneyError::OutOfRange { found: String::new() }),
        Cell::Number(text) => Amount::parse(text),
        Cell::Int(_) | Cell::Real(_) => Amount::parse(&cell.text()),
        Cell::Day(_) | Cell::Flag(_) | Cell::Missing => Err(MoneyError::NotANumber { found: String::new() }),
    };
    amount.map_err(|error| match error {
        MoneyError::TooPrecise { .. } => Misfit {
            code: IssueCode::AmountOutOfRange,
            expected: "at most 4 decimals".to_owned(),
        },
        MoneyError::OutOfRange { .. } => Misfit {
            code: IssueCode::AmountOutOfRange,
            expected: "an amount between -922337203685477 and 922337203685477".to_owned(),
        },
        _ => Misfit {
            code: IssueCode::AmountUnreadable,
            expected: format!("a number such as `{}`", numbers.example()),
        },
    })
}

/// Reads a cell as a whole number.
pub fn whole(cell: Cell<'_>, numbers: &NumberFormat) -> Result<i64, Misfit> {
    let number = match cell {
        Cell::Int(number) => Some(number),
        Cell::Text(text) => numbers.whole(text),
        other => NumberFormat::default().whole(&other.text()),
    };
    number.ok_or_else(|| Misfit {
        code: IssueCode::NumberUnreadable,
        expected: "a whole number such as `30`".to_owned(),
    })
}

fn real(cell: Cell<'_>, numbers: &NumberFormat) -> Result<f64, Misfit> {
    let number = match cell {
        Cell::Real(number) => Some(number).filter(|number| number.is_finite()),
        Cell::Text(text) => numbers.real(text),
        Cell::Number(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
        other => NumberFormat::default().real(&other.text()),
    };
    number.ok_or_else(|| Misfit {
        code: IssueCode::NumberUnreadable,
        expected: format!("a number such as `0{}25`", numbers.decimal),
    })
}

fn flag(cell: Cell<'_>) -> Result<bool, Misfit> {
    const YES: [&str; 5] = ["true", "yes", "y", "t", "1"];
    const NO: [&str; 5] = ["false", "no", "n", "f", "0"];
    if let Cell::Flag(flag) = cell {
        return Ok(flag);
    }
    let text = cell.text();
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    match (YES.iter().any(is), NO.iter().any(is)) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        _ => Err(Misfit {
            code: IssueCode::KindUnknown,
            expected: "`true` or `false`".to_owned(),
        }),
    }
}

fn currency(cell: Cell<'_>) -> Result<Value<'_>, Misfit> {
    let text = cell.text();
    match Currency::parse(&text) {
        Ok(currency) if currency.as_str() == text => Ok(Value::Text(text)),
        Ok(currency) => Ok(Value::Text(Cow::Owned(currency.to_string()))),
        Err(_) => Err(Misfit {
            code: IssueCode::CurrencyUnreadable,
            expected: "a three-letter currency code such as `EUR`".to_owned(),
        }),
    }
}

/// Finds the allowed word that a cell means; blanks and hyphens stand for underscores.
fn one_of<'r>(cell: Cell<'_>, words: &'static [&'static str]) -> Result<Value<'r>, Misfit> {
    let text = cell.text();
    let same = |word: &&&str| {
        word.len() == text.len()
            && word
                .bytes()
                .zip(text.bytes())
                .all(|(a, b)| a == b.to_ascii_lowercase() || (a == b'_' && matches!(b, b' ' | b'-')))
    };
    words
        .iter()
        .find(same)
        .map(|word| Value::Text(Cow::Borrowed(*word)))
        .ok_or_else(|| Misfit {
            code: IssueCode::KindUnknown,
            expected: format!("one of {}", words.join(", ")),
        })
}

/// Replaces a word of the source by what the profile says it means.
fn translate<'r>(cell: Cell<'r>, words: &'r BTreeMap<String, String>) -> Cell<'r> {
    if words.is_empty() {
        return cell;
    }
    match words.get(&cell.text().to_lowercase()) {
        Some(meaning) => Cell::Text(meaning),
        None => cell,
    }
}

fn clean<'r>(id: Cow<'r, str>, cleaning: &[Cleaning]) -> Cow<'r, str> {
    cleaning.iter().fold(id, |id, step| match step {
        Cleaning::WholeNumber => match id.split_once('.') {
            Some((whole, zeros)) if is_digits(whole) && zeros.bytes().all(|byte| byte == b'0') => {
                Cow::Owned(whole.to_owned())
            }
            _ => id,
        },
        Cleaning::NoLeadingZeros if is_digits(&id) && id.starts_with('0') => {
            let rest = id.trim_start_matches('0');
            Cow::Owned(if rest.is_empty() { "0" } else { rest }.to_owned())
        }
        Cleaning::Capitals if id.chars().any(char::is_lowercase) => Cow::Owned(id.to_uppercase()),
        _ => id,
    })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
