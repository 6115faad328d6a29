//! The modelling panel as a file.

use arrears::table::parquet;

use super::{arrears, column, fine};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-09,100.00,EUR
2,acme,2024-02-10,2024-03-11,300.00,EUR
3,bolt,2024-02-20,2024-03-21,50.00,EUR
";
const RECEIPTS: &str = "receipt_id,customer_id,invoice_id,paid_on,amount,currency
9,acme,1,2024-02-29,100.00,EUR
10,bolt,3,2024-03-21,50.00,EUR
";

#[test]
fn the_panel_is_the_same_as_csv_and_as_parquet() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("invoices.csv"), INVOICES).unwrap();
    std::fs::write(at.join("receipts.csv"), RECEIPTS).unwrap();
    fine(
        at,
        "import --ledger L --imported-on 2024-06-30 invoices.csv receipts.csv",
    );
    let question = "panel --ledger L --as-of 2024-05-31 --from 2024-01 --to 2024-03 --unit invoice --days-late 5";
    let text = fine(at, question);
    // Open at the end of January: 1; of February: 2 and 3; of March: 2.
    assert_eq!(column(&text, "invoice_id"), ["1", "2", "2", "3"]);
    assert_eq!(
        column(&text, "as_of"),
        ["2024-01-31", "2024-02-29", "2024-03-31", "2024-02-29"]
    );
    assert_eq!(column(&text, "outcome"), ["bad", "bad", "already_bad", "good"]);
    assert_eq!(column(&text, "days_past_due"), ["-9", "-11", "20", "-21"]);
    // Known ends at the end of February: invoice 1, 20 days late.
    assert_eq!(column(&text, "days_late_mean_all"), ["", "20", "20", ""]);
    fine(at, &format!("{question} -o panel.parquet"));
    let table = parquet::read("panel", std::fs::read(at.join("panel.parquet")).unwrap()).unwrap();
    for column_of_table in table.columns() {
        let values: Vec<String> = (0..table.n_rows()).map(|row| column_of_table.data.text(row)).collect();
        assert_eq!(values, column(&text, &column_of_table.name), "{}", column_of_table.name);
    }
    let note = |name: &str| {
        table
            .notes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(note("as_of"), Some("2024-05-31"));
    assert_eq!(note("months"), Some("2024-01 to 2024-03"));
    assert_eq!(
        note("label"),
        Some("bad: more than 0.00 of the invoice is unsettled at the end of the 5th day after it was due")
    );
    assert!(note("ledger").is_some() && note("tie_out").is_some());
}

#[test]
fn a_panel_of_customers_has_a_row_for_each_customer_known() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("invoices.csv"), INVOICES).unwrap();
    std::fs::write(at.join("receipts.csv"), RECEIPTS).unwrap();
    fine(
        at,
        "import --ledger L --imported-on 2024-06-30 invoices.csv receipts.csv",
    );
    let question = "panel --ledger L --as-of 2024-05-31 --from 2024-01 --to 2024-02 --unit customer --days-late 5";
    let text = fine(at, &format!("{question} --horizon 60 --entering 30"));
    assert_eq!(column(&text, "customer_id"), ["acme", "acme", "bolt"]);
    assert_eq!(column(&text, "n_open"), ["1", "1", "1"]);
    assert_eq!(column(&text, "outcome"), ["bad", "bad", "good"]);
    for (line, expected) in [
        ("--unit invoice --days-late 5 --horizon 60", "are for customers"),
        (
            "--unit invoice --days-late 5 -o p.json",
            "written part by part, as csv or parquet",
        ),
        (
            "--unit invoice --days-late 5 --to 2024-06",
            "nothing looks past the as-of day",
        ),
        ("--unit invoice --days-late 400", "must be 0 to 365, is 400"),
    ] {
        let run = arrears(
            at,
            &format!("panel --ledger L --as-of 2024-05-31 --from 2024-01 {line}"),
        );
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}");
        assert!(run.stderr.contains(expected), "{line}: {}", run.stderr);
    }
    assert!(!at.join("p.json").exists());
}
