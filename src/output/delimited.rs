//! CSV: a header and a line for each row, exact money, ISO days, empty cells where missing.

use std::io::{self, Write};

use crate::table::{Data, Table};

/// Writes the rows of one table, after a header where one is wanted. Its notes are left out, so that the header is the first line.
pub(super) fn write(table: &Table, header: bool, sink: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    let mut cell = String::new();
    if header {
        for column in table.columns() {
            cell.clear();
            harmless(&column.name, &mut cell);
            writer.write_field(&cell)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    for row in 0..table.n_rows() {
        for column in table.columns() {
            cell.clear();
            match &column.data {
                Data::Text(values) => harmless(values[row].as_deref().unwrap_or_default(), &mut cell),
                data => data.write_text(row, &mut cell),
            }
            writer.write_field(&cell)?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// Adds a text to a cell, with an apostrophe before one that a spreadsheet would run as a formula.
///
/// A plain number such as the id `-5` runs as nothing and is left alone.
fn harmless(text: &str, cell: &mut String) {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_plain_number(text) {
        cell.push('\'');
    }
    cell.push_str(text);
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
