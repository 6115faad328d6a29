//! Results as they are written: text that people read, files that programs read, plots and the report.

mod columnar;
mod drawing;
mod files;
mod html;
mod parts;
mod samples;
mod text;

use arrears::calendar::Day;
use arrears::money::Total;
use arrears::output::{Format, Layout, Target, write};
use arrears::table::Table;

/// Two rows with every kind of value, the second one missing throughout.
fn every_kind() -> Table {
    Table::new("aging")
        .note("as_of", "2024-02-29")
        .note("boundary", "due on the as-of day is not past due")
        .text("customer_id", [Some("acme".to_owned()), None])
        .day("oldest_due_on", [Some(Day::from_ymd(2024, 1, 31).unwrap()), None])
        .money("balance", [Some(Total::from_units(12_345_678_900)), None])
        .int("n_items", [Some(1_234), None])
        .real("share", [Some(0.25), None])
        .flag("disputed", [Some(true), None])
}

/// What a program that reads standard output gets.
fn written(tables: &[&Table], format: Format, layout: Layout) -> String {
    let mut bytes = Vec::new();
    write(tables, format, layout, Target::Writer(&mut bytes)).unwrap();
    String::from_utf8(bytes).unwrap()
}
