//! JSON: one object for a table, `{"table", "notes", "columns", "rows"}`; several tables stand in `{"tables": [...]}`.
//!
//! Money is a text with every digit, because a JSON number is a binary floating-point number in most programs. Days are ISO texts, counts and
//! reals are numbers, yes and no are booleans, a missing value is null. `columns` names what each column holds.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::table::{Data, DataKind, Table};

/// Writes the tables of a result, a line for each row.
pub(super) fn write(tables: &[&Table], sink: &mut dyn Write) -> io::Result<()> {
    if let [table] = tables {
        write_table(table, sink)?;
    } else {
        write!(sink, "{{\"tables\": [")?;
        for (position, table) in tables.iter().enumerate() {
            sink.write_all(if position == 0 { b"\n" } else { b",\n" })?;
            write_table(table, sink)?;
        }
        write!(sink, "\n]}}")?;
    }
    writeln!(sink)
}

fn write_table(table: &Table, sink: &mut dyn Write) -> io::Result<()> {
    let notes: serde_json::Map<String, Value> = table
        .notes
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    let columns: Vec<Value> = table
        .columns()
        .iter()
        .map(|column| json!({"name": column.name, "kind": kind(column.data.kind())}))
        .collect();
    writeln!(sink, "{{\"table\": {},", json!(table.name()))?;
    writeln!(sink, " \"notes\": {},", Value::Object(notes))?;
    writeln!(sink, " \"columns\": {},", Value::Array(columns))?;
    write!(sink, " \"rows\": [")?;
    let keys: Vec<String> = table
        .columns()
        .iter()
        .map(|column| json!(column.name).to_string())
        .collect();
    for row in 0..table.n_rows() {
        write!(sink, "{}  {{", if row == 0 { "\n" } else { ",\n" })?;
        for (position, (key, column)) in keys.iter().zip(table.columns()).enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(sink, "{comma}{key}:{}", value(&column.data, row))?;
        }
        write!(sink, "}}")?;
    }
    write!(sink, "{}]}}", if table.n_rows() == 0 { "" } else { "\n " })
}

fn kind(kind: DataKind) -> &'static str {
    match kind {
        DataKind::Text => "text",
        DataKind::Day => "day",
        DataKind::Money => "money",
        DataKind::Int => "int",
        DataKind::Real => "real",
        DataKind::Flag => "flag",
    }
}

/// A real that is not finite is null: JSON has no name for it.
fn value(data: &Data, row: usize) -> Value {
    match data {
        _ if data.is_none(row) => Value::Null,
        Data::Int(values) => json!(values[row]),
        Data::Real(values) => json!(values[row]),
        Data::Flag(values) => json!(values[row]),
        Data::Text(_) | Data::Day(_) | Data::Money(_) => json!(data.text(row)),
    }
}
