//! Canonical tables from text in memory: for callers that hold their rows already, and for examples.

use std::borrow::Cow;

use thiserror::Error;

use super::builder::TableBuilder;
use super::value::{self, Value};
use crate::contract::{Need, TABLES, TableSpec};
use crate::records::{Records, Source, Sources};

/// Why text is no canonical table; nothing is kept of it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TextError {
    /// No such table.
    #[error("found the table `{found}`, expected one of {expected}")]
    UnknownTable {
        /// The name given.
        found: String,
        /// The tables there are.
        expected: String,
    },
    /// The text is no CSV.
    #[error("table `{table}`: {message}")]
    NotCsv {
        /// The table.
        table: String,
        /// What the reader said.
        message: String,
    },
    /// A cell does not fit its column.
    #[error("table `{table}`, line {line}, column `{column}`: found `{found}`, expected {expected}")]
    Cell {
        /// The table.
        table: &'static str,
        /// Line of the text, from 1 with the header.
        line: u64,
        /// The column.
        column: &'static str,
        /// The cell.
        found: String,
        /// What would fit.
        expected: String,
    },
}

/// Reads canonical tables, each given by its name and its rows as CSV with a header; blanks around cells do not count.
///
/// Columns of the contract may be left out where they are optional; others become attributes. One misfit refuses all:
/// text in memory has somebody who can correct it.
///
/// ```
/// use arrears::import::from_text;
///
/// let records = from_text(&[(
///     "invoices",
///     "invoice_id, customer_id, issued_on,  due_on,     amount, currency
///      1,          acme,        2024-01-10, 2024-02-09, 100.00, EUR",
/// )])?;
/// assert_eq!(records.table("invoices").unwrap().rows.n_rows(), 1);
/// # Ok::<(), arrears::import::TextError>(())
/// ```
///
/// # Errors
/// A name that is no table, text that is no CSV, a cell that does not fit its column.
pub fn from_text(tables: &[(&str, &str)]) -> Result<Records, TextError> {
    let mut records = Records::default();
    for &(name, text) in tables {
        let spec = TableSpec::by_name(name).ok_or_else(|| TextError::UnknownTable {
            found: name.to_owned(),
            expected: TABLES.iter().map(|spec| spec.name).collect::<Vec<_>>().join(", "),
        })?;
        records.tables.push(table(spec, text)?);
    }
    let place = |spec: &TableSpec| TABLES.iter().position(|listed| listed.name == spec.name);
    records.tables.sort_by_key(|table| place(table.spec));
    Ok(records)
}

fn table(spec: &'static TableSpec, text: &str) -> Result<crate::records::RecordTable, TextError> {
    let not_csv = |error: csv::Error| TextError::NotCsv {
        table: spec.name.to_owned(),
        message: error.to_string(),
    };
    let mut rows = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = rows.headers().map_err(not_csv)?.clone();
    let column = |name: &str| header.iter().position(|caption| caption == name);
    let places: Vec<Option<usize>> = spec.fields.iter().map(|field| column(field.name)).collect();
    let mut builder = TableBuilder::new(spec);
    let attributes: Vec<(usize, usize)> = header
        .iter()
        .enumerate()
        .filter(|(_, caption)| spec.field(caption).is_none())
        .map(|(place, caption)| (builder.attribute(caption), place))
        .collect();
    for row in rows.records() {
        let row = row.map_err(not_csv)?;
        let line = row.position().map_or(0, csv::Position::line);
        let cell = |place: Option<usize>| place.and_then(|place| row.get(place)).filter(|cell| !cell.is_empty());
        let mut values = Vec::with_capacity(spec.fields.len());
        for (field, &place) in spec.fields.iter().zip(&places) {
            let word = match (cell(place), field.need) {
                (Some(word), _) => word,
                (None, Need::Default(word)) => word,
                (None, _) => "",
            };
            let misfit = |expected: String| TextError::Cell {
                table: spec.name,
                line,
                column: field.name,
                found: word.to_owned(),
                expected,
            };
            values.push(match (word, field.need) {
                ("", Need::Required) => return Err(misfit("a value".to_owned())),
                ("", _) => Value::Missing,
                (word, _) => value::constant(field.kind, word).map_err(misfit)?,
            });
        }
        let words = attributes
            .iter()
            .map(|&(attribute, place)| (attribute, cell(Some(place)).map(Cow::Borrowed)));
        builder.push(&values, words, Source { file: 0, line });
    }
    let mut table = builder.finish();
    table.sources = Sources::default();
    Ok(table)
}
