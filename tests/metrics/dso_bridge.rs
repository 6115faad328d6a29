use arrears::metrics::dso::bridge::{BridgeEnd, BridgeParts, bridge, parts};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::{NullReason, dso::DsoError};
use proptest::prelude::*;

use super::{groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{ledger, total};

fn end(window_sales: &str, month_sales: &str, not_due: &str, overdue: &str) -> BridgeEnd {
    BridgeEnd {
        window_sales: total(window_sales),
        month_sales: total(month_sales),
        not_due: total(not_due),
        overdue: total(overdue),
        ..BridgeEnd::default()
    }
}

fn of(segments: &[(BridgeEnd, BridgeEnd)]) -> BridgeParts {
    let parts = parts(segments, 90, 90).unwrap();
    assert_sums(&parts);
    parts
}

fn assert_sums(parts: &BridgeParts) {
    let steps = parts.volume + parts.mix + parts.terms + parts.lateness + parts.disputes + parts.unapplied;
    assert_eq!(parts.opening + steps, parts.closing);
}

/// A day in ten-thousandths.
const DAY: i64 = 10_000;

#[test]
fn more_overdue_money_for_the_same_sales_is_lateness() {
    let parts = of(&[(end("900", "300", "300", "60"), end("900", "300", "300", "100"))]);
    let expected = BridgeParts {
        opening: 36 * DAY,
        lateness: (100 - 60) * 90 / 900 * DAY,
        closing: 40 * DAY,
        ..BridgeParts::default()
    };
    assert_eq!(parts, expected);
}

#[test]
fn even_growth_moves_nothing_and_disputes_and_unapplied_money_have_steps_of_their_own() {
    let before = end("900", "300", "300", "60");
    let parts = of(&[(before, end("1800", "600", "600", "120"))]);
    assert_eq!((parts.opening, parts.closing), (36 * DAY, 36 * DAY));
    assert_eq!([parts.volume, parts.mix, parts.terms, parts.lateness], [0; 4]);
    let after = BridgeEnd {
        disputed: total("20"),
        unapplied: total("-10"),
        ..before
    };
    let parts = of(&[(before, after)]);
    assert_eq!((parts.disputes, parts.unapplied), (2 * DAY, -DAY));
}

#[test]
fn sales_late_in_the_window_are_volume_and_not_terms() {
    // The last month's share of the window doubles, and so does what is not due.
    let parts = of(&[(end("900", "300", "300", "0"), end("900", "600", "600", "0"))]);
    assert_eq!((parts.volume, parts.terms), (30 * DAY, 0));
    // Twice as much not due for the same sales of the last month is terms.
    let parts = of(&[(end("900", "300", "300", "0"), end("900", "300", "600", "0"))]);
    assert_eq!((parts.volume, parts.terms), (0, 30 * DAY));
}

#[test]
fn a_slow_segment_that_sells_more_is_mix() {
    // Fast: 100 of 900 open (10 days); slow: 400 of 900 (40 days); then the fast sells 600 and the slow 1200, as before in everything else.
    let fast = (end("900", "300", "100", "0"), end("600", "200", "66.6667", "0"));
    let slow = (end("900", "300", "400", "0"), end("1200", "400", "533.3333", "0"));
    let parts = of(&[fast, slow]);
    assert_eq!((parts.opening, parts.closing), (25 * DAY, 30 * DAY));
    assert_eq!((parts.mix, parts.volume, parts.terms), (5 * DAY, 0, 0));
}

#[test]
fn a_longer_window_is_volume() {
    let same = end("900", "300", "300", "0");
    let parts = parts(&[(same, same)], 90, 93).unwrap();
    assert_eq!((parts.volume, parts.closing - parts.opening), (DAY, DAY));
}

#[test]
fn no_dso_at_an_end_is_no_bridge() {
    let sold = end("900", "300", "300", "0");
    let none = end("0", "0", "300", "0");
    assert_eq!(parts(&[(sold, none)], 90, 90), Err(NullReason::NoSales));
    assert_eq!(parts(&[(none, sold)], 90, 90), Err(NullReason::NoSales));
    assert_eq!(parts(&[], 90, 90), Err(NullReason::NoSales));
}

const SMALL: &str = "
    invoice 1 acme issued 2024-01-10 due 2024-02-09 90.00 EUR
    invoice 2 bolt issued 2024-01-20 due 2024-02-19 30.00 EUR
    invoice 3 acme issued 2024-02-10 due 2024-03-11 60.00 EUR
    invoice 4 bolt issued 2024-02-10 due 2024-03-11 60.00 EUR
    dispute 21 bolt opened_on=2024-02-20 invoice_id=2
    payment 11 acme on 2024-02-19 50.00 -> 1
    payment 12 bolt on 2024-02-20 10.00 EUR";

#[test]
fn a_ledger_s_bridge_leads_from_one_dso_to_the_other() {
    let ledger = ledger(SMALL);
    let (from, to) = (month("2024-01"), month("2024-02"));
    let params = DsoParams { window_months: 1 };
    let by_customer = groups(&ledger, &["customer_id"]);
    let bridge = bridge(&ledger, from, to, &by_customer, None, &params).unwrap().value;
    let parts = bridge.rows()[0].1.unwrap();
    assert_sums(&parts);
    // 120 / 120 x 31 and (40 + 30 + 120 - 10) / 120 x 29 days.
    assert_eq!((parts.opening, parts.closing), (31 * DAY, 435_000));
    assert_eq!(parts.lateness, (40 * 29 * DAY + 60) / 120);
    assert_eq!(
        (parts.disputes, parts.unapplied),
        (30 * 29 * DAY / 120, -(10 * 29 * DAY + 60) / 120)
    );
    assert_eq!(parts.volume, -2 * DAY);
    let table = bridge.table();
    let days: f64 = table.reals("days").unwrap()[..7].iter().flatten().sum();
    assert!((days - 43.5).abs() < 1e-9, "{days}");
}

#[test]
fn reversed_months_are_refused() {
    let ledger = ledger(SMALL);
    let groups = groups(&ledger, &[]);
    let error = bridge(
        &ledger,
        month("2024-02"),
        month("2024-01"),
        &groups,
        None,
        &DsoParams::default(),
    );
    assert!(matches!(error.unwrap_err(), DsoError::Months(_)));
}

#[test]
fn the_arithmetic_is_printed_with_its_operands() {
    let ledger = ledger(SMALL);
    let groups = groups(&ledger, &[]);
    let february = month("2024-02");
    let params = DsoParams { window_months: 2 };
    let table = dso(&ledger, february, february, &groups, None, &params)
        .unwrap()
        .value
        .explanation();
    let text = |column: &str, row: usize| table.column(column).unwrap().text(row);
    assert_eq!(text("figure", 0), "dso");
    assert_eq!(text("formula", 0), "receivables / window_sales x window_days");
    assert_eq!(text("operands", 0), "180.00 / 240.00 x 60");
    assert_eq!(text("days", 0), "45");
    assert_eq!(text("figure", 5), "collection_effectiveness");
    assert_eq!(
        text("operands", 5),
        "100 x (120.00 + 120.00 - 180.00) / (120.00 + 120.00 - 120.00)"
    );
    assert_eq!(text("days", 5), "50");
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_bridge_sums_to_the_dso_it_leads_to(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let (from, to) = (month("2024-04"), month("2024-09"));
        let params = DsoParams::default();
        let by_customer = groups(&ledger, &["customer_id"]);
        let whole = groups(&ledger, &[]);
        let bridge = bridge(&ledger, from, to, &by_customer, None, &params).unwrap().value;
        let family = dso(&ledger, from, to, &whole, None, &params).unwrap().value;
        for ((currency, parts), months) in bridge.rows().iter().zip(family.rows()) {
            let (opening, closing) = (months[0].simple, months[months.len() - 1].simple);
            match parts {
                Ok(parts) => {
                    assert_sums(parts);
                    prop_assert!((parts.opening as f64 / 1e4 - opening.unwrap()).abs() < 1e-4, "{currency}");
                    prop_assert!((parts.closing as f64 / 1e4 - closing.unwrap()).abs() < 1e-4, "{currency}");
                }
                Err(reason) => prop_assert!(opening == Err(*reason) || closing == Err(*reason), "{currency}"),
            }
        }
    }
}
