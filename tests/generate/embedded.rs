//! The committed ledger in `data/` is what the generator makes; `ARREARS_WRITE_DATA=1` writes it anew.

use std::path::Path;

use arrears::calendar::Month;
use arrears::contract::TABLES;
use arrears::generate::embedded::{DEMO, demo_as_of, demo_files, regenerated};
use arrears::table::Table;

/// A table as CSV: columns that hold at least one value, cells as every format prints them.
fn csv_text(table: &Table) -> String {
    let columns: Vec<_> = table
        .columns()
        .iter()
        .filter(|column| (0..table.n_rows()).any(|row| !column.data.is_none(row)))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(columns.iter().map(|column| &column.name)).unwrap();
    for row in 0..table.n_rows() {
        writer
            .write_record(columns.iter().map(|column| column.data.text(row)))
            .unwrap();
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

#[test]
fn the_embedded_ledger_is_what_the_generator_makes() {
    let tables = regenerated();
    if std::env::var_os("ARREARS_WRITE_DATA").is_some() {
        for table in &tables {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("data")
                .join(format!("{}.csv", table.name()));
            std::fs::write(path, csv_text(table)).unwrap();
        }
        return;
    }
    assert_eq!(tables.len(), demo_files().len());
    for (table, (name, contents)) in tables.iter().zip(demo_files()) {
        assert_eq!(&format!("{}.csv", table.name()), name);
        // Line by line, so that a difference is shown where it is.
        for (line, (expected, found)) in csv_text(table).lines().zip(contents.lines()).enumerate() {
            assert_eq!(expected, found, "{name}:{}", line + 1);
        }
        assert_eq!(csv_text(table).lines().count(), contents.lines().count(), "{name}");
    }
}

#[test]
fn the_embedded_ledger_is_small_and_complete() {
    let bytes: usize = demo_files().iter().map(|(_, contents)| contents.len()).sum();
    assert!(bytes < 600_000, "{bytes} bytes");
    let names: Vec<_> = demo_files()
        .iter()
        .map(|(name, _)| name.trim_end_matches(".csv"))
        .collect();
    let expected: Vec<_> = TABLES.iter().map(|spec| spec.name).collect();
    assert_eq!(names, expected);
    assert!(demo_files().iter().all(|(_, contents)| contents.lines().count() > 1));
    assert_eq!(demo_as_of().0, Month::new(2025, 12).last());
}

#[test]
fn the_dictionary_names_the_command_and_every_column() {
    let readme = include_str!("../../data/README.md");
    let (n_invoices, n_months, seed) = DEMO;
    let command =
        format!("arrears generate --out data --invoices {n_invoices} --months {n_months} --seed {seed} --format csv");
    assert!(readme.contains(&command), "{command}");
    for (name, contents) in demo_files() {
        assert!(readme.contains(&format!("`{name}`")), "{name}");
        for column in contents.lines().next().unwrap().split(',') {
            assert!(readme.contains(&format!("`{column}`")), "{name}: {column}");
        }
    }
}
