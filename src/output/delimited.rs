//! CSV: a header and a line for each row, exact money, ISO days, empty cells where missing.

use std::io::{self, Write};

use crate::table::{Data, Table};

/// Writes one table. Its notes are left out, so that the first line is the header.
pub(super) fn write(table: &Table, sink: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(sink);
    writer.write_record(table.columns().iter().map(|column| harmless(column.name.clone())))?;
    write_rows_to(&mut writer, table)
}

/// Writes the lines of one table without its header.
pub(super) fn write_rows(table: &Table, sink: &mut dyn Write) -> io::Result<()> {
    write_rows_to(&mut csv::Writer::from_writer(sink), table)
}

fn write_rows_to(writer: &mut csv::Writer<&mut dyn Write>, table: &Table) -> io::Result<()> {
    for row in 0..table.n_rows() {
        for column in table.columns() {
            let text = column.data.text(row);
            writer.write_field(match column.data {
                Data::Text(_) => harmless(text),
                _ => text,
            })?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()
}

/// Puts an apostrophe before a text that a spreadsheet would run as a formula.
///
/// A plain number such as the id `-5` runs as nothing and is left alone.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_plain_number(&text) {
        format!("'{text}")
    } else {
        text
    }
}

fn is_plain_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}
