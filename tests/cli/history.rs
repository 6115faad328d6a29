//! `arrears history`: one file per history, each with the rows of the verb of that name.

use super::{arrears, column, fine};

const ARGS: &str = "--from 2025-04 --to 2025-11 --by region";

#[test]
fn every_file_holds_the_rows_of_its_verb() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(at, "generate --invoices 600 --months 12 --seed 7 --out E");
    let exports = ["customers", "invoices", "receipts", "disputes"].map(|table| format!("E/{table}.csv"));
    fine(at, &format!("import --ledger L {}", exports.join(" ")));
    let said = arrears(at, &format!("history --ledger L {ARGS} --out H --format csv"));
    assert_eq!(said.code, 0, "{}", said.stderr);
    let file = |name: &str| std::fs::read_to_string(at.join(format!("H/{name}.csv"))).unwrap();
    let verb = |line: &str| fine(at, &format!("{line} --ledger L {ARGS} --format csv"));

    assert_eq!(file("flow"), verb("flow"));
    assert_eq!(file("dso"), verb("dso"));
    assert_eq!(file("cohorts"), verb("cohorts"));
    assert_eq!(file("roll_rates_items"), verb("roll-rates --each-month --draws 0"));
    assert_eq!(
        file("roll_rates_customers"),
        verb("roll-rates --each-month --draws 0 --level customer")
    );
    assert_eq!(
        column(&file("sales_and_receipts"), "cash"),
        column(&file("flow"), "cash")
    );
    assert_eq!(
        column(&file("sales_and_receipts"), "balance"),
        column(&file("flow"), "closing")
    );
    assert_eq!(column(&file("ageing"), "control"), column(&file("flow"), "closing"));

    // One matrix for all of Parquet's readers: the same histories, the other form.
    fine(at, &format!("history --ledger L {ARGS} --out P"));
    assert!(at.join("P/ageing.parquet").is_file());
}

#[test]
fn months_that_are_not_over_are_refused_before_any_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(
        at.join("invoices.csv"),
        "invoice_id,customer_id,issued_on,due_on,amount,currency\n1,acme,2024-01-10,2024-02-09,100.00,EUR\n",
    )
    .unwrap();
    fine(at, "import --ledger L invoices.csv");
    let run = arrears(at, "history --ledger L --as-of 2024-03-15 --to 2024-03 --out H");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("the last complete month on 2024-03-15 is 2024-02"),
        "{}",
        run.stderr
    );
    assert_eq!(std::fs::read_dir(at.join("H")).unwrap().count(), 0);
}

#[test]
fn a_limit_to_memory_changes_no_digit_and_is_refused_where_it_cannot_be_kept() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fine(
        at,
        "generate --invoices 600 --months 12 --seed 7 --out E --tables customers,invoices,receipts",
    );
    fine(at, "import --ledger L E/customers.csv E/invoices.csv E/receipts.csv");
    fine(at, &format!("history --ledger L {ARGS} --out H --format csv"));
    fine(
        at,
        &format!("history --ledger L {ARGS} --out M --format csv --memory 200MB"),
    );
    for name in [
        "ageing",
        "flow",
        "roll_rates_items",
        "roll_rates_customers",
        "cohorts",
        "dso",
    ] {
        let file = |folder: &str| std::fs::read(at.join(format!("{folder}/{name}.csv"))).unwrap();
        assert_eq!(file("H"), file("M"), "{name}");
    }
    let refused = arrears(at, &format!("history --ledger L {ARGS} --out S --memory 1MB"));
    assert_eq!(refused.code, 2);
    assert!(
        refused.stderr.contains("MB of memory, --memory allows 1000 KB"),
        "{}",
        refused.stderr
    );
    let unclear = arrears(at, &format!("history --ledger L {ARGS} --out S --memory much"));
    assert!(
        unclear
            .stderr
            .contains("found `much`, expected a size such as `500MB` or `4GB`"),
        "{}",
        unclear.stderr
    );
}
