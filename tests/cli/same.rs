//! The same facts give the same ledger: row order, file split and repetition change nothing.

use std::path::Path;

use super::{fine, json_table};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-09,100.00,EUR
2,acme,2024-01-20,2024-02-19,50.00,EUR
3,bolt,2024-01-15,2024-02-14,70.00,USD
4,cato,2024-02-01,2024-03-02,10.00,EUR
";
const RECEIPTS: &str = "receipt_id,customer_id,invoice_id,paid_on,amount
r1,acme,1,2024-02-10,100.00
r2,bolt,3,2024-03-01,30.00
";

fn write(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn hash(folder: &Path, ledger: &str) -> String {
    let text = std::fs::read_to_string(folder.join(ledger).join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    manifest["ledger_hash"].as_str().unwrap().to_owned()
}

#[test]
fn row_order_file_split_and_repetition_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "whole/invoices.csv", INVOICES);
    write(at, "whole/receipts.csv", RECEIPTS);
    fine(at, "import --ledger whole/L whole/invoices.csv whole/receipts.csv");

    let lines: Vec<&str> = INVOICES.lines().collect();
    let part = |rows: &[usize]| rows.iter().map(|&row| format!("{}\n", lines[row])).collect::<String>();
    write(at, "a/invoices.csv", &part(&[0, 4, 2]));
    write(at, "b/invoices.csv", &part(&[0, 3, 1]));
    fine(
        at,
        "import --ledger split/L b/invoices.csv whole/receipts.csv a/invoices.csv",
    );
    assert_eq!(hash(at, "split/L"), hash(at, "whole/L"));

    fine(at, "import --ledger later/L a/invoices.csv");
    fine(at, "import --ledger later/L b/invoices.csv whole/receipts.csv");
    assert_eq!(hash(at, "later/L"), hash(at, "whole/L"));

    let again = fine(
        at,
        "import --ledger whole/L --format json whole/invoices.csv whole/receipts.csv",
    );
    for records in json_table(&again, "records") {
        assert_eq!((&records["kept"], &records["merged"]), (&0.into(), &records["read"]));
    }
    assert_eq!(hash(at, "whole/L"), hash(at, "later/L"));
}

#[test]
fn a_run_repeats_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "invoices.csv", INVOICES);
    write(at, "receipts.csv", RECEIPTS);
    fine(at, "import --ledger L invoices.csv receipts.csv");
    for verb in ["aging", "flow", "roll-rates", "cohorts", "dso", "forecast"] {
        let line = format!("{verb} --ledger L --as-of 2024-03-31 --format json");
        assert_eq!(fine(at, &line), fine(at, &line), "{verb}");
    }
}
