//! Parquet files hold what the table holds, exactly.

use arrears::money::Total;
use arrears::output::{Format, Layout, Target, write};
use arrears::table::{Table, from_batches};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::every_kind;

fn bytes_of(table: &Table) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&[table], Format::Parquet, Layout::default(), Target::Writer(&mut bytes)).unwrap();
    bytes
}

fn read_back(bytes: Vec<u8>) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    std::fs::write(&path, bytes).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path).unwrap()).unwrap();
    let schema = reader.schema().clone();
    let batches: Vec<_> = reader.build().unwrap().map(Result::unwrap).collect();
    from_batches("aging", &schema, &batches).unwrap()
}

#[test]
fn every_kind_comes_back_with_its_missing_values_and_notes() {
    let table = every_kind();
    let read = read_back(bytes_of(&table));
    assert_eq!(read.columns(), table.columns());
    let mut notes = table.notes.clone();
    notes.push(("table".to_owned(), "aging".to_owned()));
    notes.sort();
    assert_eq!(read.notes, notes);
}

#[test]
fn the_largest_sums_come_back_to_the_last_digit() {
    // DECIMAL(38, 4) holds every count of ten-thousandths below 10^38.
    let largest = 10_i128.pow(38) - 1;
    let table = Table::new("t").money("total", [largest, -largest, 1, 0].map(Total::from_units));
    assert_eq!(read_back(bytes_of(&table)).columns(), table.columns());
}

#[test]
fn the_same_table_gives_the_same_bytes() {
    assert_eq!(bytes_of(&every_kind()), bytes_of(&every_kind()));
}

#[test]
fn a_table_without_rows_keeps_its_columns() {
    let table = every_kind().take(&[]);
    let read = read_back(bytes_of(&table));
    assert_eq!(read.columns(), table.columns());
    assert_eq!(read.n_rows(), 0);
}
