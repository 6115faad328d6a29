//! `arrears generate` writes part by part; the files are those of the whole ledger.

use std::fs;
use std::path::Path;

use arrears::generate::{GenerateParams, generate, generate_in_parts, table_names};
use arrears::output::{self, Format, GrowingFile, Layout, Target};
use arrears::table::{Table, parquet};

use super::table;

/// Writes a table of a small ledger in many parts and returns the bytes of the file.
fn in_parts(name: &str, open: impl Fn(&Path) -> GrowingFile) -> Vec<u8> {
    let params = GenerateParams::new(2000, 24, 5).check().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    let mut file = open(&path);
    for part in generate_in_parts(&params, 7) {
        file.append(table(&part, name)).unwrap();
        assert!(!path.exists(), "the file appears under its name when it is complete");
    }
    file.finish().unwrap();
    fs::read(&path).unwrap()
}

fn whole() -> arrears::generate::Generated {
    generate(&GenerateParams::new(2000, 24, 5).check().unwrap())
}

#[test]
fn csv_files_written_in_parts_are_the_file_written_at_once() {
    let whole = whole();
    for name in table_names() {
        let mut at_once = Vec::new();
        let target = Target::Writer(&mut at_once);
        output::write(&[table(&whole, name)], Format::Csv, Layout::COMPLETE, target).unwrap();
        assert!(
            in_parts(name, |path| GrowingFile::open(path, Format::Csv).unwrap()) == at_once,
            "{name}"
        );
    }
}

#[test]
fn parquet_files_written_in_parts_hold_the_rows_of_the_whole() {
    let whole = whole();
    for name in ["customers", "invoices", "receipts", "gl_balances", "truth_segments"] {
        let bytes = in_parts(name, |path| GrowingFile::open(path, Format::Parquet).unwrap());
        let read = parquet::read(name, bytes).unwrap();
        let expected: &Table = table(&whole, name);
        assert_eq!(read.columns(), expected.columns(), "{name}");
    }
}

#[test]
fn tables_left_out_change_no_row_of_the_others() {
    let params = GenerateParams::new(800, 24, 5).check().unwrap();
    let chosen = ["gl_balances", "truth_invoices", "receipts"];
    let parts = generate_in_parts(&params, 50).only(&chosen).unwrap();
    assert_eq!(parts.tables().collect::<Vec<_>>(), ["receipts", "gl_balances"]);
    assert_eq!(parts.truths().collect::<Vec<_>>(), ["truth_invoices"]);
    for (some, all) in parts.zip(generate_in_parts(&params, 50)) {
        for found in some.tables.iter().chain(&some.truths) {
            assert_eq!(found, table(&all, found.name()));
        }
        assert_eq!((some.tables.len(), some.truths.len()), (2, 1));
    }
}

#[test]
fn a_table_that_there_is_not_is_refused_by_name() {
    let params = GenerateParams::new(10, 3, 5).check().unwrap();
    let refused = generate_in_parts(&params, 5)
        .only(&["receipts", "payments"])
        .err()
        .unwrap();
    assert_eq!(
        refused.to_string(),
        "found the table `payments`, expected one of customers, invoices, receipts, disputes, promises, plans, contacts, \
         steps, placements, orders, holds, collectors, external, fx_rates, gl_balances, truth_customers, truth_states, \
         truth_invoices, truth_contacts, truth_segments"
    );
}

#[test]
fn the_parts_tell_how_many_customers_are_done() {
    let params = GenerateParams::new(700, 10, 5).check().unwrap();
    let mut parts = generate_in_parts(&params, params.customers_with(140));
    // 700 invoices of 10 months are 50 customers; 140 invoices are a fifth of them.
    assert_eq!(parts.n_customers(), 50);
    let mut done = Vec::new();
    while parts.next().is_some() {
        done.push(parts.n_done());
    }
    assert_eq!(done, [10, 20, 30, 40, 50]);
}

#[test]
fn a_file_that_got_no_part_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    assert!(GrowingFile::open(&path, Format::Parquet).unwrap().finish().is_err());
    assert!(
        fs::read_dir(folder.path()).unwrap().next().is_none(),
        "nothing is left behind"
    );
}
