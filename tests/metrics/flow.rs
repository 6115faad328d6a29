use arrears::ledger::Ledger;
use arrears::metrics::MonthsError;
use arrears::metrics::flow::{FlowError, FlowParams, flow};
use arrears::table::Table;

use super::{groups, month};
use crate::support::ledger;

fn table(ledger: &Ledger, from: &str, to: &str, by: &[&str]) -> Table {
    let groups = groups(ledger, by);
    flow(ledger, month(from), month(to), &groups, None, &FlowParams::default())
        .unwrap()
        .value
        .table()
}

fn column(table: &Table, name: &str) -> Vec<String> {
    (0..table.n_rows())
        .map(|row| table.column(name).unwrap().text(row))
        .collect()
}

#[test]
fn each_kind_of_record_has_its_column_in_its_month() {
    let ledger = ledger(
        "invoice 1 acme issued 2023-12-10 due 2024-01-09 100.00 EUR
         invoice 2 acme issued 2024-01-10 due 2024-02-09 200.00 EUR
         debit_note 3 acme issued 2024-01-11 due 2024-02-09 5.00 EUR
         finance_charge 4 acme issued 2024-01-12 due 2024-02-09 6.00 EUR
         credit_note 5 acme issued 2024-01-13 due 2024-02-09 20.00 EUR
         payment 11 acme on 2024-01-20 60.00 -> 1
         discount 12 acme on 2024-01-20 2.00 -> 1
         credit 13 acme on 2024-01-21 3.00 -> 1
         write_off 14 acme on 2024-01-22 35.00 -> 1
         recovery 15 acme on 2024-01-25 4.00 -> 1
         refund 16 acme on 2024-01-26 7.00 EUR
         reversal 17 acme on 2024-02-02 60.00 reverses=11/1",
    );
    let table = table(&ledger, "2024-01", "2024-02", &[]);
    assert_eq!(column(&table, "month"), ["2024-01", "2024-02"]);
    assert_eq!(column(&table, "opening"), ["100.00", "198.00"]);
    for (name, january) in [
        ("invoiced", "200.00"),
        ("debit_notes", "5.00"),
        ("charges", "6.00"),
        ("credit_notes", "20.00"),
        ("cash", "60.00"),
        ("discounts", "2.00"),
        ("credits", "3.00"),
        ("write_offs", "35.00"),
        ("refunds", "7.00"),
        ("applied", "0.00"),
        ("recoveries", "4.00"),
    ] {
        assert_eq!(column(&table, name), [january, "0.00"], "{name}");
    }
    assert_eq!(column(&table, "reversals"), ["0.00", "60.00"]);
    // 100 + 200 + 5 + 6 - 20 - 60 - 2 - 3 - 35 + 7 = 198, then + 60.
    assert_eq!(column(&table, "closing"), ["198.00", "258.00"]);
}

#[test]
fn cash_counts_when_it_comes_in_and_moves_between_groups_when_it_is_applied() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR salesperson=ann
         payment 2 acme on 2024-01-20 applied 2024-02-03 100.00 -> 1",
    );
    let total = table(&ledger, "2024-01", "2024-02", &[]);
    assert_eq!(column(&total, "cash"), ["100.00", "0.00"]);
    assert_eq!(column(&total, "applied"), ["0.00", "0.00"]);
    assert_eq!(column(&total, "closing"), ["0.00", "0.00"]);
    let by_salesperson = table(&ledger, "2024-01", "2024-02", &["salesperson"]);
    // First the customer's unapplied cash, then Ann's invoice.
    assert_eq!(column(&by_salesperson, "salesperson"), ["", "", "ann", "ann"]);
    assert_eq!(column(&by_salesperson, "cash"), ["100.00", "0.00", "0.00", "0.00"]);
    assert_eq!(
        column(&by_salesperson, "applied"),
        ["0.00", "100.00", "0.00", "-100.00"]
    );
    assert_eq!(
        column(&by_salesperson, "closing"),
        ["-100.00", "0.00", "100.00", "0.00"]
    );
}

#[test]
fn months_in_the_wrong_order_are_refused() {
    let ledger = ledger("");
    let groups = groups(&ledger, &[]);
    let error = flow(
        &ledger,
        month("2024-02"),
        month("2024-01"),
        &groups,
        None,
        &FlowParams::default(),
    )
    .unwrap_err();
    assert!(matches!(error, FlowError::Months(MonthsError::Reversed { .. })));
    assert_eq!(
        error.to_string(),
        "found months from 2024-02 to 2024-01, expected the first month not to be later than the last"
    );
}
