//! Words for what happened to a row, and the quarantine table.

use super::evaluate::Draft;
use super::issue;
use super::plan::RecordPlan;
use super::value::Fault;
use crate::outcome::{Issue, IssueCode, Place};
use crate::records::Rejected;
use crate::table::Table;

/// Returns the quarantined rows as a table: `file`, `line`, `column`, `code`, `found`, `expected`, `currency`, `amount` and the
/// `row` as it stood. The amount is empty where it could not be read.
pub fn quarantine_table(rejected: &[Rejected]) -> Table {
    Table::new("quarantine")
        .text("file", rejected.iter().map(|row| row.place.file.clone()))
        .int(
            "line",
            rejected
                .iter()
                .map(|row| row.place.line.and_then(|line| i64::try_from(line).ok())),
        )
        .text("column", rejected.iter().map(|row| row.place.column.clone()))
        .text("code", rejected.iter().map(|row| row.code.to_string()))
        .text("found", rejected.iter().map(|row| row.found.clone()))
        .text("expected", rejected.iter().map(|row| row.expected.clone()))
        .text(
            "currency",
            rejected
                .iter()
                .map(|row| row.money.map(|(currency, _)| currency.to_string())),
        )
        .money("amount", rejected.iter().map(|row| row.money.map(|(_, total)| total)))
        .text("row", rejected.iter().map(|row| row.row.clone()))
}

/// Returns the issue of a quarantined row.
pub fn refusal(place: Place, fault: &Fault) -> Issue {
    let found = match fault.found.as_str() {
        "" => "nothing".to_owned(),
        _ if fault.code == IssueCode::RowShape && fault.column.is_none() => fault.found.clone(),
        found => format!("`{found}`"),
    };
    let message = match &fault.column {
        Some(column) => format!("column `{column}` holds {found}, expected {}", fault.expected),
        None => format!("found {found}, expected {}", fault.expected),
    };
    issue(fault.code, place, message, "row quarantined", hint(fault.code))
}

fn hint(code: IssueCode) -> Option<String> {
    let hint = match code {
        IssueCode::AmountUnreadable | IssueCode::NumberUnreadable => {
            "declare how the source writes numbers under `source.numbers` in the profile"
        }
        IssueCode::DateUnreadable => "declare how the source writes dates under `source.dates` in the profile",
        IssueCode::KindUnknown => "say what the word means under `words` of the field in the profile",
        IssueCode::RowShape => "a separator inside a cell has to stand in quotes",
        IssueCode::AmountNegative => "give the kind that lowers the balance and a positive amount",
        _ => return None,
    };
    Some(hint.to_owned())
}

/// Returns the issue of a value that was assumed, or of a negative invoice.
pub fn assumption(
    file: &str,
    line: u64,
    record: &RecordPlan<'_>,
    field: usize,
    draft: &Draft<'_>,
    code: IssueCode,
) -> Issue {
    let plan = &record.fields[field];
    let value = draft.values[field].text();
    let place = Place {
        file: file.to_owned(),
        line: Some(line),
        column: Some(plan.blame.clone()),
    };
    let (name, table) = (plan.spec.name, record.spec.name);
    let (message, action) = match code {
        IssueCode::NegativeInvoice => (
            format!(
                "column `{}` holds a negative amount for an invoice, expected zero or more",
                plan.blame
            ),
            format!("kept as a credit note of {value}"),
        ),
        IssueCode::CurrencyMissing => (
            format!("`{name}` of `{table}` is missing, expected a three-letter currency code"),
            format!("kept under {value}"),
        ),
        _ => (
            format!("`{name}` of `{table}` is missing or impossible in the source"),
            format!("kept, assumed to be {value}"),
        ),
    };
    issue(code, place, message, &action, None)
}

/// Returns the key of a record as one text.
pub fn key(record: &RecordPlan<'_>, draft: &Draft<'_>) -> String {
    let mut key = String::new();
    for name in record.spec.key {
        let position = record.fields.iter().position(|field| field.spec.name == *name);
        if let Some(position) = position {
            key.push_str(&draft.values[position].text());
        }
        // No id holds this separator of ASCII, so two keys never run together.
        key.push('\u{1f}');
    }
    key
}
