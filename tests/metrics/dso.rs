use arrears::ledger::Ledger;
use arrears::metrics::NullReason;
use arrears::metrics::dso::{
    Countback, DsoError, DsoMonth, DsoParams, MonthlySales, collection_effectiveness, countback, days_of_sales, dso,
};
use arrears::money::Total;

use super::{groups, month};
use crate::support::{ledger, total};

fn months(ledger: &Ledger, from: &str, to: &str, window_months: u32) -> Vec<DsoMonth> {
    let groups = groups(ledger, &[]);
    let params = DsoParams { window_months };
    let dso = dso(ledger, month(from), month(to), &groups, None, &params)
        .unwrap()
        .value;
    dso.rows()[0].clone()
}

fn sales(months: &[(&str, i32)]) -> Vec<MonthlySales> {
    let sales = months.iter().map(|&(amount, n_days)| MonthlySales {
        sales: total(amount),
        n_days,
    });
    sales.collect()
}

fn close(found: f64, expected: f64, precision: f64) -> bool {
    (found - expected).abs() <= precision / 2.0
}

#[test]
fn countback_gives_the_known_answer() {
    // Receivables 212,000; sales, newest first, 100, 80 and 70 thousand in months of 30 days: 30 + 30 + 30 * 32 / 70.
    let months = sales(&[("70000", 30), ("80000", 30), ("100000", 30)]);
    let found = countback(total("212000"), &months).unwrap();
    assert!(close(found.days, 73.714_285_7, 1e-7), "{found:?}");
    assert!(!found.is_censored);
}

#[test]
fn simple_dso_gives_the_known_answers() {
    for (n_days, expected) in [(365, 121.67), (183, 61.00), (283, 94.33)] {
        let found = days_of_sales(total("50000"), total("150000"), n_days).unwrap();
        assert!(close(found, expected, 0.01), "{n_days}: {found}");
    }
}

#[test]
fn collection_effectiveness_gives_the_known_answer() {
    // (100 + 50 - 90) / (100 + 50 - 60) = 60 / 90.
    let found = collection_effectiveness(total("100"), total("50"), total("90"), total("60")).unwrap();
    assert!(close(found, 66.67, 0.01), "{found}");
    let none = collection_effectiveness(total("0"), total("50"), total("50"), total("50"));
    assert_eq!(none, Err(NullReason::NoDenominator));
}

#[test]
fn countback_edges() {
    let all = |days: i32, is_censored| {
        Ok(Countback {
            days: f64::from(days),
            is_censored,
        })
    };
    let months = sales(&[("100", 31), ("50", 30)]);
    assert_eq!(countback(Total::ZERO, &months), all(0, false));
    assert_eq!(countback(total("150"), &months), all(61, false));
    assert_eq!(countback(total("150.01"), &months), all(61, true));
    assert_eq!(countback(total("-0.01"), &months), Err(NullReason::CreditBalance));
    assert_eq!(countback(total("1"), &sales(&[("0", 31)])), Err(NullReason::NoSales));
    assert_eq!(countback(total("1"), &sales(&[])), Err(NullReason::NoSales));
    // A month without sales costs its days; a month with more credit notes than sales has no meaning.
    assert_eq!(
        countback(total("50"), &sales(&[("100", 30), ("0", 31)])),
        all(31 + 15, false)
    );
    assert_eq!(
        countback(total("50"), &sales(&[("100", 30), ("-1", 31)])),
        Err(NullReason::NegativeSales)
    );
}

#[test]
fn the_family_of_one_month_by_hand() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 90.00 EUR
         invoice 2 acme issued 2024-02-10 due 2024-03-11 60.00 EUR
         credit_note 3 acme issued 2024-02-15 10.00 EUR
         finance_charge 4 acme issued 2024-02-15 due 2024-02-25 5.00 EUR
         payment 11 acme on 2024-02-19 30.00 -> 1",
    );
    let months = months(&ledger, "2024-02", "2024-02", 2);
    let february = &months[0];
    // 90 + 60 - 10 + 5 - 30; the finance charge is no sale.
    assert_eq!(february.receivables, total("115"));
    assert_eq!((february.not_due, february.overdue), (total("60"), total("65")));
    assert_eq!(
        (february.month_sales, february.window_sales),
        (total("50"), total("140"))
    );
    assert_eq!((february.window_months, february.window_days), (2, 31 + 29));
    assert!(close(february.simple.unwrap(), 115.0 / 140.0 * 60.0, 1e-9));
    assert!(close(february.best_possible.unwrap(), 60.0 / 140.0 * 60.0, 1e-9));
    assert!(close(
        february.average_days_delinquent.unwrap(),
        55.0 / 140.0 * 60.0,
        1e-9
    ));
    // 50 in February, 65 of January's 90.
    assert!(close(february.countback.unwrap().days, 29.0 + 31.0 * 65.0 / 90.0, 1e-9));
    // Open on February 29: 60 for 50 days, 60 for 19, 5 for 14.
    assert!(close(
        february.true_dso.unwrap(),
        (60.0 * 50.0 + 60.0 * 19.0 + 5.0 * 14.0) / 125.0,
        1e-9
    ));
    assert!(close(
        february.cei.unwrap(),
        100.0 * (90.0 + 50.0 - 115.0) / (90.0 + 50.0 - 60.0),
        1e-9
    ));
    // 30 paid: terms of 30 days, 10 days late.
    assert_eq!(february.applied, total("30"));
    assert_eq!(
        (february.weighted_terms, february.weighted_days_late),
        (Ok(30.0), Ok(10.0))
    );
    assert_eq!(february.weighted_days_to_pay, Ok(40.0));
    // 140 over the mean of 90 and 115.
    assert!(close(february.turnover.unwrap(), 140.0 / 102.5, 1e-9));
}

#[test]
fn delinquent_days_are_overdue_over_sales_times_days_where_nothing_is_unapplied() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 90.00 EUR
         invoice 2 acme issued 2024-02-10 due 2024-03-11 60.00 EUR",
    );
    let february = &months(&ledger, "2024-02", "2024-02", 2)[0];
    let direct = days_of_sales(february.overdue, february.window_sales, february.window_days).unwrap();
    assert!(close(february.average_days_delinquent.unwrap(), direct, 1e-9));
    assert!(close(direct, 90.0 / 150.0 * 60.0, 1e-9));
}

#[test]
fn nulls_have_their_reasons() {
    let ledger = ledger(
        "payment 11 acme on 2024-01-05 10.00 EUR
         credit_note 1 acme issued 2024-02-10 20.00 EUR
         invoice 2 acme issued 2024-03-10 due 2024-04-09 100.00 EUR",
    );
    let months = months(&ledger, "2024-01", "2024-03", 1);
    assert_eq!(
        (months[0].simple, months[0].true_dso),
        (Err(NullReason::NoSales), Err(NullReason::NothingOpen))
    );
    assert_eq!(months[0].countback, Err(NullReason::CreditBalance));
    assert_eq!(months[0].turnover, Err(NullReason::NoDenominator));
    assert_eq!(months[1].simple, Err(NullReason::NegativeSales));
    assert_eq!(months[1].weighted_terms, Err(NullReason::NoApplications));
    // 70 owed in all, of sales of 100 in March.
    assert!(close(months[2].simple.unwrap(), 70.0 / 100.0 * 31.0, 1e-9));
}

#[test]
fn a_credit_balance_is_null() {
    let ledger = ledger(
        "invoice 2 acme issued 2024-03-10 due 2024-04-09 100.00 EUR
         payment 11 acme on 2024-03-15 130.00 -> 2",
    );
    let march = &months(&ledger, "2024-03", "2024-03", 1)[0];
    assert_eq!(
        (march.receivables, march.simple),
        (total("-30"), Err(NullReason::CreditBalance))
    );
    assert_eq!(march.average_days_delinquent, Err(NullReason::CreditBalance));
}

#[test]
fn the_table_gives_the_null_and_its_reason() {
    let ledger = ledger("payment 11 acme on 2024-01-05 10.00 EUR");
    let groups = groups(&ledger, &[]);
    let january = month("2024-01");
    let table = dso(&ledger, january, january, &groups, None, &DsoParams::default())
        .unwrap()
        .value
        .table();
    assert_eq!(table.reals("dso").unwrap(), [None]);
    assert_eq!(table.texts("dso_reason").unwrap(), [Some("no_sales".to_owned())]);
    assert_eq!(
        table.texts("countback_reason").unwrap(),
        [Some("credit_balance".to_owned())]
    );
}

#[test]
fn an_empty_window_is_refused() {
    let ledger = ledger("");
    let january = month("2024-01");
    let params = DsoParams { window_months: 0 };
    let result = dso(&ledger, january, january, &groups(&ledger, &[]), None, &params);
    assert_eq!(result.unwrap_err(), DsoError::EmptyWindow);
}
