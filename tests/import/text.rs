//! Tables from text in memory.

use arrears::generate::embedded::demo_files;
use arrears::import::from_text;

use super::support::import_canonical;

#[test]
fn text_in_memory_reads_as_the_same_text_in_files() {
    let files: Vec<(&str, &str)> = demo_files()
        .iter()
        .copied()
        .filter(|(name, _)| name.ends_with(".csv"))
        .collect();
    let tables: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.trim_end_matches(".csv"), *text))
        .collect();
    let from_text = from_text(&tables).unwrap();
    let bytes: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let from_files = import_canonical(&bytes).unwrap().value.records;
    assert!(from_text.tables.len() >= 10);
    for table in &from_files.tables {
        assert_eq!(
            from_text.table(table.spec.name).unwrap().table(),
            table.table(),
            "{}",
            table.spec.name
        );
    }
}

#[test]
fn a_misfit_names_table_line_column_and_what_would_fit() {
    let refused = |tables: &[(&str, &str)]| from_text(tables).unwrap_err().to_string();
    let text = "invoice_id,customer_id,issued_on,amount\n1,acme,2024-01-10,100.00\n2,acme,10/01/2024,5.00";
    assert_eq!(
        refused(&[("invoices", text)]),
        "table `invoices`, line 3, column `issued_on`: found `10/01/2024`, expected a date between 1900 and 2199 such as `2025-03-31`"
    );
    let text = "invoice_id,customer_id,amount\n1,acme,100.00";
    assert_eq!(
        refused(&[("invoices", text)]),
        "table `invoices`, line 2, column `issued_on`: found ``, expected a value"
    );
    let message = refused(&[("bills", "")]);
    assert!(
        message.starts_with("found the table `bills`, expected one of customers, invoices, receipts"),
        "{message}"
    );
}
