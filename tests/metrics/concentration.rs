use arrears::metrics::NullReason;
use arrears::metrics::concentration::{ConcentrationError, ConcentrationParams, concentration};

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
