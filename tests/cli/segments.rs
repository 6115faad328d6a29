//! `segments`: the numbers it compares, and what it says where they cannot be had.

use std::path::Path;

use super::{arrears, column, fine};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-09,60.00,EUR
2,acme,2024-01-10,2024-03-31,40.00,EUR
3,bolt,2024-01-10,2024-02-09,60.00,EUR
4,bolt,2024-01-10,2024-03-31,240.00,EUR
";
const CUSTOMERS: &str = "customer_id,valid_from,region
acme,2024-01-01,north
bolt,2024-01-01,south
";
const PROMISES: &str = "promise_id,customer_id,invoice_id,made_on,promised_on,amount
p1,acme,1,2024-02-12,2024-02-16,60.00
p2,acme,2,2024-02-12,2024-02-16,40.00
p3,bolt,3,2024-02-12,2024-02-16,60.00
";
const RECEIPTS: &str = "receipt_id,customer_id,invoice_id,paid_on,amount
r1,acme,1,2024-02-15,60.00
";

fn import(at: &Path, tables: &[(&str, &str)]) {
    let mut line = "import --ledger L --imported-on 2024-06-30".to_owned();
    for (name, text) in [&[("invoices.csv", INVOICES), ("customers.csv", CUSTOMERS)], tables].concat() {
        std::fs::write(at.join(name), text).unwrap();
        line.push_str(&format!(" {name}"));
    }
    fine(at, &line);
}

#[test]
fn each_segment_stands_beside_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[]);
    let printed = fine(
        at,
        "segments --ledger L --as-of 2024-02-29 --by region --metric past_due_share --format csv",
    );
    assert_eq!(column(&printed, "region"), ["north", "south"]);
    let shares = [60.0 / 100.0, 60.0 / 300.0].map(|share: f64| share.to_string());
    assert_eq!(column(&printed, "past_due_share"), shares);
    assert_eq!(column(&printed, "rest")[0], shares[1]);
}

#[test]
fn promises_kept_are_compared_where_promises_were_imported() {
    let line = "segments --ledger L --as-of 2024-02-29 --by region --metric promises_kept --format csv";
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[]);
    let run = arrears(at, line);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert_eq!(run.stderr, "error: not available: import promises\n");
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[("promises.csv", PROMISES), ("receipts.csv", RECEIPTS)]);
    let printed = fine(at, line);
    // Of north's two promises one was kept, of south's one none.
    assert_eq!(column(&printed, "promises_kept"), ["0.5", "0"]);
    assert_eq!(column(&printed, "numerator"), ["1", "0"]);
    assert_eq!(column(&printed, "denominator"), ["2", "1"]);
}

#[test]
fn an_attribute_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[]);
    let run = arrears(at, "segments --ledger L --as-of 2024-02-29 --by regoin");
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("found no attribute `regoin`"), "{}", run.stderr);
}
