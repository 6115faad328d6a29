//! The verbs about collection work: what they print, and what they say where a table is missing.

use std::path::Path;

use super::{arrears, column, fine};

const INVOICES: &str = "invoice_id,customer_id,issued_on,due_on,amount,currency
1,acme,2024-01-10,2024-02-09,100.00,EUR
2,bolt,2024-01-10,2024-02-09,300.00,EUR
";

fn import(at: &Path, tables: &[(&str, &str)]) {
    let mut line = "import --ledger L --imported-on 2024-06-30".to_owned();
    for (name, text) in [&[("invoices.csv", INVOICES)], tables].concat() {
        std::fs::write(at.join(name), text).unwrap();
        line.push_str(&format!(" {name}"));
    }
    fine(at, &line);
}

#[test]
fn a_table_that_was_not_imported_is_named_and_exits_with_two() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[]);
    for (line, expected) in [
        ("collectors", "not available: import customers"),
        ("funnel", "not available: import contacts"),
        ("sla", "not available: import contacts, disputes"),
        ("agencies", "not available: import placements"),
        ("root-causes --cause dispute_reason", "not available: import disputes"),
    ] {
        let run = arrears(at, &format!("{line} --ledger L --as-of 2024-05-31"));
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{line}");
        assert_eq!(run.stderr, format!("error: {expected}\n"), "{line}");
    }
}

#[test]
fn hours_need_contacts_with_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let contacts = "contact_id,customer_id,contacted_on,reached\nk1,acme,2024-03-01,true\n";
    import(at, &[("contacts.csv", contacts)]);
    let run = arrears(at, "funnel --ledger L --as-of 2024-05-31 --by hour");
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("not available: import contacts with an hour"),
        "{}",
        run.stderr
    );
    let with_hour =
        "contact_id,customer_id,contacted_on,reached,contacted_at\nk1,acme,2024-03-01,true,2024-03-01 14:05\n";
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[("contacts.csv", with_hour)]);
    let printed = fine(at, "funnel --ledger L --as-of 2024-05-31 --by hour --format csv");
    assert_eq!(column(&printed, "hour"), ["14", "14"]);
    assert_eq!(column(&printed, "stage"), ["attempted", "reached"]);
}

#[test]
fn the_largest_debtors_and_the_causes_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    import(at, &[]);
    let list = fine(at, "concentration --ledger L --as-of 2024-05-31 --list --format csv");
    assert_eq!(column(&list, "customer_id"), ["bolt", "acme"]);
    assert_eq!(column(&list, "cumulative_share"), ["0.75", "1"]);
    let run = arrears(at, "root-causes --ledger L --as-of 2024-05-31 --format csv");
    assert_eq!(run.code, 0);
    assert_eq!(column(&run.stdout, "cause"), ["terms"]);
    assert_eq!(column(&run.stdout, "overdue"), ["400.00"]);
    assert!(
        run.stderr.contains("not available: dispute_reason: import disputes"),
        "{}",
        run.stderr
    );
}
