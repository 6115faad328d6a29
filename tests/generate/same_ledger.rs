use arrears::generate::{GenerateParams, Generated, generate, generate_in_parts};
use arrears::table::Table;

use super::{ledger, table};

fn with_threads(n: usize, n_invoices: u64, seed: u64) -> Generated {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    pool.install(|| ledger(n_invoices, seed))
}

#[test]
fn one_seed_gives_one_ledger_and_another_seed_another() {
    let first = ledger(3000, 7);
    assert_eq!(first, ledger(3000, 7));
    assert_ne!(first, ledger(3000, 8));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    assert_eq!(with_threads(1, 3000, 11), with_threads(4, 3000, 11));
}

#[test]
fn parts_one_after_the_other_are_the_whole() {
    let params = GenerateParams::new(2000, 24, 5).check().unwrap();
    let whole = generate(&params);
    let parts: Vec<Generated> = generate_in_parts(&params, 17).collect();
    assert!(parts.len() > 2);
    for expected in whole.tables.iter().chain(&whole.truths) {
        let rows: Vec<Vec<String>> = parts
            .iter()
            .flat_map(|part| text(table(part, expected.name())))
            .collect();
        assert_eq!(rows, text(expected), "{}", expected.name());
    }
}

fn text(table: &Table) -> Vec<Vec<String>> {
    (0..table.n_rows())
        .map(|row| table.columns().iter().map(|column| column.data.text(row)).collect())
        .collect()
}

/// A change to the stream of random draws changes every published ledger; it must not happen unnoticed.
#[test]
fn the_first_rows_of_a_seed_stay_what_they_were() {
    let ledger = ledger(500, 42);
    let rows: Vec<String> = text(table(&ledger, "invoices"))
        .into_iter()
        .take(3)
        .map(|row| row.join(","))
        .collect();
    insta::assert_snapshot!(rows.join("\n"));
}
