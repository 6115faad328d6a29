use arrears::metrics::NullReason;
use arrears::metrics::recovery::{Recovery, RecoveryError, RecoveryParams, RecoverySums, recovery};

use super::{as_of, groups, month};
use crate::support::{ledger, total};

fn of(text: &str, on: &str, months: (&str, &str)) -> Recovery {
    let ledger = ledger(text);
    let (from, to) = (month(months.0), month(months.1));
    let params = RecoveryParams::default();
    recovery(&ledger, as_of(on), from, to, &groups(&ledger, &[]), None, &params)
        .unwrap()
        .value
}

fn cell(result: &Recovery, bucket: usize, horizon: i32) -> RecoverySums {
    let row = result
        .rows()
        .iter()
        .find(|row| (row.bucket, row.horizon_days) == (bucket, horizon));
    row.unwrap().sums
}

/// 20 days past due at the opening of March.
const ONE: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-02-09 100.00 EUR
    payment 8 acme on 2024-03-15 30.00 -> 1
    payment 9 acme on 2024-04-10 50.00 -> 1\n";

#[test]
fn what_was_collected_within_each_horizon() {
    let result = of(ONE, "2024-12-31", ("2024-03", "2024-03"));
    let sums = |horizon: i32| {
        let sums = cell(&result, 1, horizon);
        (sums.n_items, sums.stood, sums.collected)
    };
    // 29 February + 30 days is 30 March, + 60 days 29 April.
    assert_eq!(sums(30), (1, total("100"), total("30")));
    assert_eq!(sums(60), (1, total("100"), total("80")));
    assert_eq!(result.rows()[3].share, Ok(30.0 / 100.0));
    assert_eq!(result.rows()[0].share, Err(NullReason::NoDenominator));
    // One customer cannot be drawn: no interval.
    assert_eq!(result.rows()[3].interval, None);
}

#[test]
fn a_claim_stands_at_every_opening_in_the_bucket_of_that_day() {
    let result = of(ONE, "2024-12-31", ("2024-03", "2024-04"));
    // At the opening of April 70 are open, 51 days past due; 50 of them come on the 10th.
    let sums = cell(&result, 2, 30);
    assert_eq!((sums.stood, sums.collected), (total("70"), total("50")));
    assert_eq!(cell(&result, 1, 30).stood, total("100"));
}

#[test]
fn credits_and_write_offs_are_no_recovery_and_bounced_cash_is_none() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-02-09 100.00 EUR
        credit 5 acme on 2024-03-02 20.00 -> 1
        write_off 6 acme on 2024-03-03 10.00 -> 1
        payment 7 acme on 2024-03-04 40.00 -> 1
        reversal 8 acme on 2024-03-20 40.00 reverses=7/1 -> 1";
    let result = of(text, "2024-12-31", ("2024-03", "2024-03"));
    let sums = cell(&result, 1, 30);
    assert_eq!((sums.stood, sums.collected), (total("100"), total("0")));
}

#[test]
fn an_opening_whose_horizon_is_not_over_is_left_out_and_counted() {
    // 29 February + 30 days is 30 March.
    let result = of(ONE, "2024-03-30", ("2024-03", "2024-03"));
    let counts = |horizon: i32| {
        let sums = cell(&result, 1, horizon);
        (sums.n_items, sums.n_too_young, sums.stood)
    };
    assert_eq!(counts(30), (1, 0, total("100")));
    assert_eq!(counts(60), (0, 1, total("0")));
    let result = of(ONE, "2024-03-29", ("2024-03", "2024-03"));
    assert_eq!(cell(&result, 1, 30).n_too_young, 1);
}

#[test]
fn two_customers_give_an_interval() {
    let text = format!("{ONE}invoice 2 bolt issued 2024-01-01 due 2024-02-09 100.00 EUR");
    let result = of(&text, "2024-12-31", ("2024-03", "2024-03"));
    let row = &result.rows()[3];
    assert_eq!(row.share, Ok(30.0 / 200.0));
    assert_eq!(row.interval, Some((0.0, 0.3)));
}

#[test]
fn horizons_must_increase() {
    let ledger = ledger(ONE);
    for horizons in [vec![], vec![0], vec![30, 30]] {
        let params = RecoveryParams {
            horizons: horizons.clone(),
            ..RecoveryParams::default()
        };
        let (from, to) = (month("2024-03"), month("2024-03"));
        let result = recovery(
            &ledger,
            as_of("2024-12-31"),
            from,
            to,
            &groups(&ledger, &[]),
            None,
            &params,
        );
        assert_eq!(result.unwrap_err(), RecoveryError::Horizons { found: horizons });
    }
}
