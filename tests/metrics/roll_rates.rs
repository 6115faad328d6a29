use std::collections::BTreeMap;

use arrears::ledger::Ledger;
use arrears::metrics::roll_rates::{RollPeriods, RollRates, RollRatesError, RollRatesParams, RollUnit, roll_rates};
use arrears::metrics::{goodman_interval, wilson_interval};

use super::{groups, month};
use crate::support::ledger;

fn rolls(ledger: &Ledger, from: &str, to: &str, unit: RollUnit) -> RollRates {
    let params = RollRatesParams {
        upper_edges: vec![30, 60],
        unit,
        ..RollRatesParams::default()
    };
    let groups = groups(ledger, &[]);
    roll_rates(ledger, month(from), month(to), &groups, None, &params)
        .unwrap()
        .value
}

/// The cells of the table that hold something: `kind from to`, and the count or the amount.
fn cells(rolls: &RollRates) -> BTreeMap<String, String> {
    let table = rolls.table();
    let text = |name: &str, row: usize| table.column(name).unwrap().text(row);
    (0..table.n_rows())
        .map(|row| {
            let key = format!(
                "{} {} {}",
                text("kind", row),
                text("from_state", row),
                text("to_state", row)
            );
            (key, text("n", row) + &text("amount", row))
        })
        .filter(|(_, value)| value != "0" && value != "0.00")
        .collect()
}

fn expect(cells: &[(&str, &str)]) -> BTreeMap<String, String> {
    cells
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect()
}

const FEBRUARY: &str = "
    invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
    payment 11 acme on 2024-02-12 100.00 -> 1
    invoice 2 acme issued 2024-01-05 due 2024-02-19 100.00 EUR
    payment 12 acme on 2024-02-20 30.00 -> 2
    invoice 3 bolt issued 2023-12-20 due 2024-01-15 50.00 EUR
    payment 13 bolt on 2024-02-01 20.00 -> 3
    write_off 14 bolt on 2024-02-02 30.00 -> 3
    invoice 4 bolt issued 2024-02-10 due 2024-03-10 70.00 EUR
    invoice 5 bolt issued 2024-01-10 8.00 EUR
    credit 15 bolt on 2024-02-27 8.00 -> 5";

#[test]
fn claims_move_exit_and_enter() {
    assert_eq!(
        cells(&rolls(&ledger(FEBRUARY), "2024-02", "2024-02", RollUnit::Item)),
        expect(&[
            ("count not_due paid", "1"),
            // Due on the 19th, 10 days past due on the 29th.
            ("count not_due 1-30", "1"),
            // Cash, then a write-off: it exits by its last money.
            ("count 1-30 written_off", "1"),
            ("count no_due_date credited", "1"),
            ("count entered not_due", "1"),
            ("amount not_due collected", "130.00"),
            ("amount not_due 1-30", "70.00"),
            ("amount 1-30 collected", "20.00"),
            ("amount 1-30 written_off", "30.00"),
            ("amount no_due_date credited", "8.00"),
            ("amount entered not_due", "70.00"),
        ])
    );
}

#[test]
fn the_matrix_has_rates_or_null_rows() {
    let rolls = rolls(&ledger(FEBRUARY), "2024-02", "2024-02", RollUnit::Item);
    let matrix = rolls.matrix(0).unwrap();
    assert_eq!(
        matrix.from,
        ["not_due", "1-30", "31-60", "61+", "no_due_date", "entered", "reopened"]
    );
    assert_eq!(
        matrix.to,
        [
            "not_due",
            "1-30",
            "31-60",
            "61+",
            "no_due_date",
            "paid",
            "credited",
            "written_off"
        ]
    );
    let zero = Some(0.0);
    assert_eq!(
        matrix.rates[0],
        [zero, Some(1.0 / 2.0), zero, zero, zero, Some(1.0 / 2.0), zero, zero]
    );
    assert_eq!(matrix.rates[2], [None; 8]);
    let amounts = rolls.amount_matrix(0).unwrap();
    assert_eq!(amounts.rates[0][1], Some(70.0 / 200.0));
    assert!(rolls.matrix(1).is_none());
}

#[test]
fn a_customer_is_in_the_state_of_the_worst_claim() {
    // At the end of January acme has two claims not due, bolt one 16 days past due and one without due date. At the end
    // of February acme's worst is 10 days past due; all that bolt had is closed, last by the credit of the 27th.
    let rolls = rolls(&ledger(FEBRUARY), "2024-02", "2024-02", RollUnit::Customer);
    let counts: BTreeMap<_, _> = cells(&rolls)
        .into_iter()
        .filter(|(key, _)| key.starts_with("count"))
        .collect();
    assert_eq!(
        counts,
        expect(&[("count not_due 1-30", "1"), ("count 1-30 credited", "1")])
    );
}

#[test]
fn a_reversal_after_closing_reopens_and_one_before_is_money_back() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         payment 11 acme on 2024-02-12 100.00 -> 1
         reversal 12 acme on 2024-03-15 100.00 reverses=11/1
         payment 13 acme on 2024-04-02 90.00 -> 1
         reversal 14 acme on 2024-04-09 40.00 reverses=13/1",
    );
    assert_eq!(
        cells(&rolls(&ledger, "2024-03", "2024-04", RollUnit::Item)),
        expect(&[
            // Due February 10: 50 days past due on March 31, 80 on April 30.
            ("count reopened 31-60", "1"),
            ("count 31-60 61+", "1"),
            ("amount reopened 31-60", "100.00"),
            ("amount reopened reversed", "-100.00"),
            ("amount 31-60 collected", "90.00"),
            ("amount 31-60 reversed", "-40.00"),
            ("amount 31-60 61+", "50.00"),
        ])
    );
}

#[test]
fn an_overpaid_claim_exits_and_its_excess_is_conserved() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR
         payment 11 acme on 2024-02-12 120.00 -> 1
         discount 12 acme on 2024-02-12 1.00 -> 1",
    );
    assert_eq!(
        cells(&rolls(&ledger, "2024-02", "2024-02", RollUnit::Item)),
        expect(&[
            ("count not_due paid", "1"),
            ("amount not_due collected", "120.00"),
            ("amount not_due discounted", "1.00"),
            ("amount not_due over_applied", "-21.00"),
        ])
    );
}

#[test]
fn each_month_has_a_matrix_of_its_own_on_request() {
    let ledger = ledger("invoice 1 acme issued 2024-01-05 due 2024-02-10 100.00 EUR");
    let params = RollRatesParams {
        periods: RollPeriods::EachMonth,
        ..RollRatesParams::default()
    };
    let groups = groups(&ledger, &[]);
    let rolls = roll_rates(&ledger, month("2024-01"), month("2024-03"), &groups, None, &params)
        .unwrap()
        .value;
    let table = rolls.table();
    let months = table.texts("month").unwrap();
    assert_eq!(months.first().unwrap().as_deref(), Some("2024-01"));
    assert_eq!(months.last().unwrap().as_deref(), Some("2024-03"));
    // Entered in January, past due by the end of February, 50 days past due by the end of March.
    let matrix = rolls.matrix(0).unwrap();
    assert_eq!(
        (matrix.rates[7][0], matrix.rates[0][1], matrix.rates[1][2]),
        (Some(1.0), Some(1.0), Some(1.0))
    );
}

#[test]
fn wilsons_interval_is_the_published_one() {
    // Newcombe, R. G., Two-sided confidence intervals for the single proportion, Statistics in Medicine 17 (1998),
    // table I, method 3: 81/263: 0.2553 to 0.3662; 15/148: 0.0624 to 0.1605; 0/20: 0 to 0.1611; 1/29: 0.0061 to 0.1718.
    for (n_of, n, low, high) in [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ] {
        let (found_low, found_high) = wilson_interval(n_of, n, 0.95).unwrap();
        assert!(
            (found_low - low).abs() < 5e-5 && (found_high - high).abs() < 5e-5,
            "{n_of}/{n}: {found_low} {found_high}"
        );
    }
    assert_eq!(wilson_interval(0, 0, 0.95), None);
}

#[test]
fn a_confidence_outside_zero_to_one_is_refused() {
    let ledger = ledger("");
    for confidence in [0.0, 1.0, -1.0, f64::NAN] {
        let params = RollRatesParams {
            confidence,
            ..RollRatesParams::default()
        };
        let result = roll_rates(
            &ledger,
            month("2024-01"),
            month("2024-01"),
            &groups(&ledger, &[]),
            None,
            &params,
        );
        assert!(matches!(result, Err(RollRatesError::Confidence { .. })), "{confidence}");
    }
}

#[test]
fn goodmans_interval_shares_the_error_among_the_cells() {
    // Upper 5 % / 3 point of chi-squared with one degree of freedom: 5.7310; 20 of 60 in one of three cells, by Goodman's formula.
    let (a, n_of, n) = (5.7310_f64, 20.0, 60.0);
    let root = (a * (a + 4.0 * n_of * (n - n_of) / n)).sqrt();
    let expected = [-root, root].map(|root| (a + 2.0 * n_of + root) / (2.0 * (n + a)));
    let (low, high) = goodman_interval(20, 60, 3, 0.95).unwrap();
    assert!(
        (low - expected[0]).abs() < 1e-4 && (high - expected[1]).abs() < 1e-4,
        "{low} {high} {expected:?}"
    );
    assert_eq!(goodman_interval(20, 60, 1, 0.95), wilson_interval(20, 60, 0.95));
    assert_eq!(goodman_interval(20, 60, 0, 0.95), None);
}

#[test]
fn shares_say_what_moved_forward_stayed_was_cured_and_left() {
    // In February: one of two not due is paid, the other passes the bucket 1-30 by; a third stays without due date.
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-05 due 2024-01-31 100.00 EUR
         payment 11 acme on 2024-02-12 100.00 -> 1
         invoice 2 acme issued 2024-01-05 due 2024-01-31 100.00 EUR
         invoice 3 acme issued 2024-01-05 50.00 EUR
         invoice 4 acme issued 2024-02-05 due 2024-03-05 70.00 EUR",
    );
    let params = RollRatesParams {
        upper_edges: vec![14, 60],
        ..RollRatesParams::default()
    };
    let groups = groups(&ledger, &[]);
    let february = month("2024-02");
    let rolls = roll_rates(&ledger, february, february, &groups, None, &params)
        .unwrap()
        .value;
    let table = rolls.shares_table();
    let share = |kind: &str, name: &str| -> Vec<Option<f64>> {
        let is_row = |row: &usize| {
            let text = |column: &str| table.column(column).unwrap().text(*row);
            text("kind") == kind && text("share") == name
        };
        let rates = table.reals("rate").unwrap();
        (0..table.n_rows()).filter(is_row).map(|row| rates[row]).collect()
    };
    // Rows from best to worst: no due date, not due, 1-14, 15-60, 61+.
    let none = [None; 3];
    let counts = |no_due_date: f64, not_due: f64| [[Some(no_due_date), Some(not_due)].as_slice(), &none].concat();
    assert_eq!(share("count", "exit"), counts(0.0, 0.5));
    assert_eq!(share("count", "forward"), counts(0.0, 0.5));
    assert_eq!(share("count", "skip"), counts(0.0, 0.5));
    assert_eq!(share("count", "stay"), counts(1.0, 0.0));
    assert_eq!(share("count", "cure"), counts(0.0, 0.0));
    assert_eq!(share("amount", "exit"), counts(0.0, 100.0 / 200.0));
    assert_eq!(share("amount", "skip"), counts(0.0, 100.0 / 200.0));
    assert_eq!(share("amount", "stay"), counts(1.0, 0.0));
}
