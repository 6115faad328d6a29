use arrears::metrics::NullReason;
use arrears::metrics::concentration::{ConcentrationError, ConcentrationLevel, ConcentrationParams, concentration};

use super::{as_of, groups};
use crate::support::{ledger, total};

#[test]
fn shares_and_the_index_by_hand() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 30.00 EUR
         invoice 2 acme issued 2024-01-11 due 2024-02-09 20.00 EUR
         invoice 3 bolt issued 2024-01-10 due 2024-02-09 30.00 EUR
         invoice 4 cato issued 2024-01-10 due 2024-02-09 25.00 EUR
         payment 5 cato on 2024-01-20 5.00 -> 4
         payment 6 dorn on 2024-01-20 99.00 EUR",
    );
    let params = ConcentrationParams {
        top_n: 2,
        ..ConcentrationParams::default()
    };
    let day = as_of("2024-01-31");
    let value = concentration(&ledger, day, &groups(&ledger, &[]), None, &params)
        .unwrap()
        .value;
    let row = &value.rows()[0];
    assert_eq!((row.n_customers, row.open, row.top), (3, total("100"), total("80")));
    // 0.5^2 + 0.3^2 + 0.2^2.
    assert!((row.hhi.unwrap() - 0.38).abs() < 1e-12);
    assert_eq!(value.table().reals("top_share").unwrap(), [Some(0.8)]);
}

#[test]
fn nothing_open_is_null() {
    let ledger = ledger("payment 6 dorn on 2024-01-20 99.00 EUR");
    let params = ConcentrationParams::default();
    let day = as_of("2024-01-31");
    let value = concentration(&ledger, day, &groups(&ledger, &[]), None, &params)
        .unwrap()
        .value;
    assert_eq!(value.rows()[0].hhi, Err(NullReason::NothingOpen));
    assert_eq!(value.table().reals("top_share").unwrap(), [None]);
    let none = ConcentrationParams {
        top_n: 0,
        ..ConcentrationParams::default()
    };
    let result = concentration(&ledger, day, &groups(&ledger, &[]), None, &none);
    assert!(matches!(result, Err(ConcentrationError::NoTop)));
}

#[test]
fn a_group_of_companies_is_one_debtor() {
    let ledger = ledger(
        "customer acme valid_from=2023-01-01
         customer bolt valid_from=2023-01-01 parent_id=acme
         customer cato valid_from=2023-01-01 parent_id=bolt
         customer dorn valid_from=2023-01-01
         invoice 1 bolt issued 2024-01-10 due 2024-02-09 30.00 EUR
         invoice 2 cato issued 2024-01-10 due 2024-02-09 20.00 EUR
         invoice 3 dorn issued 2024-01-10 due 2024-02-09 40.00 EUR
         invoice 4 dorn issued 2024-01-10 due 2024-02-09 10.00 EUR",
    );
    let at = |level: ConcentrationLevel| {
        let params = ConcentrationParams { top_n: 1, level };
        let day = as_of("2024-01-31");
        concentration(&ledger, day, &groups(&ledger, &[]), None, &params)
            .unwrap()
            .value
    };
    let customers = at(ConcentrationLevel::Customer);
    assert_eq!(customers.rows()[0].largest[0].id, "dorn");
    // 0.3^2 + 0.2^2 + 0.5^2.
    assert!((customers.rows()[0].hhi.unwrap() - 0.38).abs() < 1e-12);
    let parents = at(ConcentrationLevel::Parent);
    let row = &parents.rows()[0];
    assert_eq!((row.n_customers, row.n_debtors, row.top), (3, 2, total("50")));
    // Equal groups stand in the order of their ids; acme heads bolt and cato.
    assert_eq!((row.largest[0].id.as_str(), row.largest[0].n_customers), ("acme", 2));
    assert!((row.hhi.unwrap() - (0.25 + 0.25)).abs() < 1e-12);
    let list = parents.list_table();
    assert_eq!(list.texts("parent").unwrap(), [Some("acme".to_owned())]);
    assert_eq!(list.reals("cumulative_share").unwrap(), [Some(50.0 / 100.0)]);
}

#[test]
fn a_later_payment_changes_nothing() {
    let invoices = "invoice 1 acme issued 2024-01-10 due 2024-02-09 30.00 EUR
                    invoice 2 bolt issued 2024-01-10 due 2024-02-09 20.00 EUR\n";
    let (before, after) = (
        ledger(invoices),
        ledger(&format!("{invoices}payment 3 acme on 2024-02-01 30.00 -> 1")),
    );
    let rows = |ledger: &arrears::ledger::Ledger, day: &str| {
        let params = ConcentrationParams::default();
        let found = concentration(ledger, as_of(day), &groups(ledger, &[]), None, &params);
        found.unwrap().value.rows().to_vec()
    };
    assert_eq!(rows(&before, "2024-01-31"), rows(&after, "2024-01-31"));
    assert_ne!(rows(&before, "2024-02-01"), rows(&after, "2024-02-01"));
}
