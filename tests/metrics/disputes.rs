use arrears::metrics::disputes::{Disputes, DisputesParams, dispute_rate, disputed_by_bucket, disputes};
use arrears::metrics::{NullReason, wilson_interval};

use super::{as_of, groups, month};
use crate::support::{ledger, total};

/// Resolved after 10, 20 and 40 days; one open since 30.
const FOUR: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
    invoice 2 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
    invoice 3 bolt issued 2024-01-01 due 2024-03-15 100.00 EUR
    invoice 4 bolt issued 2024-01-01 due 2024-02-01 100.00 EUR
    invoice 5 cato issued 2024-01-01 due 2024-02-01 100.00 EUR
    dispute d1 acme opened_on=2024-02-01 closed_on=2024-02-11 reason=price outcome=credited 30.00 -> 1
    dispute d2 acme opened_on=2024-02-01 closed_on=2024-02-21 reason=price outcome=rejected -> 2
    dispute d3 bolt opened_on=2024-02-01 closed_on=2024-03-12 reason=damage outcome=rejected 300.00 -> 3
    dispute d4 bolt opened_on=2024-03-01 reason=damage outcome=rejected 60.00 -> 4
    payment 9 bolt on 2024-03-20 70.00 -> 4\n";

fn of(text: &str, on: &str, by: &[&str]) -> Disputes {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let (from, to) = (month("2024-01"), month("2024-03"));
    disputes(
        &ledger(text),
        as_of(on),
        from,
        to,
        &by,
        None,
        &DisputesParams::default(),
    )
    .unwrap()
    .value
}

#[test]
fn times_to_resolve_with_the_open_one_censored() {
    let result = of(FOUR, "2024-03-31", &[]);
    let sums = result.rows().next().unwrap();
    assert_eq!((sums.n_resolved, sums.n_open), (3, 1));
    // 3/4 x 2/3 = 1/2 are unresolved after 20 days and after 30.
    assert_eq!(sums.median_days_to_resolve(), Ok(20));
    assert!((sums.resolved_within(30).unwrap() - 0.5).abs() < 1e-12);
    assert_eq!(sums.mean_days_to_resolve(), Some((10 + 20 + 40) as f64 / 3.0));
    assert_eq!(sums.mean_age(), Some(30.0));
    // 30 as given, 100 and 100 for the whole invoice (one asked for more), 60; of the last 30 are still open.
    assert_eq!((sums.disputed, sums.open), (total("290"), total("30")));
}

#[test]
fn by_reason_and_outcome() {
    let table = of(FOUR, "2024-03-31", &["reason", "outcome"]).table();
    let texts = |column: &str| -> Vec<String> {
        let values = table.texts(column).unwrap().iter();
        values.map(|value| value.clone().unwrap_or_default()).collect()
    };
    assert_eq!(texts("reason"), ["damage", "damage", "price", "price"]);
    // An outcome of an open dispute is of the future.
    assert_eq!(texts("outcome"), ["", "rejected", "credited", "rejected"]);
    assert_eq!(table.ints("n_open").unwrap(), [Some(1), Some(0), Some(0), Some(0)]);
    assert_eq!(
        table.ints("median_days_to_resolve").unwrap(),
        [None, Some(40), Some(10), Some(20)]
    );
    assert_eq!(texts("reason_no_median"), [NullReason::NotDefined.as_str(), "", "", ""]);
}

#[test]
fn a_dispute_is_open_on_its_last_day() {
    let on = |day: &str| {
        let result = of(FOUR, day, &[]);
        let sums = result.rows().next().unwrap();
        (sums.n_resolved, sums.n_open)
    };
    assert_eq!((on("2024-02-11"), on("2024-02-12")), ((0, 3), (1, 2)));
}

#[test]
fn the_rate_is_over_the_invoices_issued() {
    let ledger = ledger(FOUR);
    let (from, to) = (month("2024-01"), month("2024-01"));
    let params = DisputesParams::default();
    let on = |day: &str| {
        let result = dispute_rate(&ledger, as_of(day), from, to, &groups(&ledger, &[]), None, &params);
        result.unwrap().value
    };
    let result = on("2024-03-31");
    let row = result.rows()[0];
    assert_eq!((row.n_invoices, row.n_disputed, row.rate()), (5, 4, Ok(4.0 / 5.0)));
    assert_eq!((row.issued, row.disputed), (total("500"), total("290")));
    let table = result.table();
    let (low, high) = wilson_interval(4, 5, 0.95).unwrap();
    assert_eq!(table.reals("dispute_rate_low").unwrap(), [Some(low)]);
    assert_eq!(table.reals("dispute_rate_high").unwrap(), [Some(high)]);
    // At the end of February the fourth is not disputed yet.
    assert_eq!(on("2024-02-29").rows()[0].n_disputed, 3);
    let none = dispute_rate(
        &ledger,
        as_of("2024-03-31"),
        month("2024-02"),
        month("2024-02"),
        &groups(&ledger, &[]),
        None,
        &params,
    );
    assert_eq!(none.unwrap().value.rows()[0].rate(), Err(NullReason::NoSales));
}

#[test]
fn an_invoice_in_instalments_is_one_invoice() {
    let text = "
        invoice 1 acme issued 2024-01-01 due 2024-02-01 60.00 EUR instalment=1
        invoice 1 acme issued 2024-01-01 due 2024-03-01 40.00 EUR instalment=2
        dispute d1 acme opened_on=2024-02-01 -> 1";
    let ledger = ledger(text);
    let (from, to) = (month("2024-01"), month("2024-01"));
    let groups = groups(&ledger, &[]);
    let result = dispute_rate(
        &ledger,
        as_of("2024-03-31"),
        from,
        to,
        &groups,
        None,
        &DisputesParams::default(),
    );
    let row = result.unwrap().value.rows()[0];
    assert_eq!((row.n_invoices, row.n_disputed), (1, 1));
    assert_eq!((row.issued, row.disputed), (total("100"), total("100")));
}

#[test]
fn money_in_dispute_by_bucket() {
    let ledger = ledger(FOUR);
    let groups = groups(&ledger, &[]);
    let result = disputed_by_bucket(&ledger, as_of("2024-03-05"), &groups, None, &DisputesParams::default());
    let rows = result.unwrap().value;
    // On 5 March invoice 3 is not due and disputed in full; of 400 that are 33 days past due 60 are disputed.
    assert_eq!(rows.rows()[0][0], (total("100"), total("100"), 1));
    assert_eq!(rows.rows()[0][2], (total("400"), total("60"), 1));
    assert_eq!(rows.table().reals("disputed_share").unwrap()[2], Some(60.0 / 400.0));
    // Nothing stands in the first bucket: no share.
    assert_eq!(rows.table().reals("disputed_share").unwrap()[1], None);
}

#[test]
fn a_later_closing_or_dispute_changes_nothing() {
    let before = of(FOUR, "2024-02-25", &["reason"]).table();
    let later = format!("{FOUR}dispute d9 cato opened_on=2024-02-26 reason=price -> 5");
    assert_eq!(of(&later, "2024-02-25", &["reason"]).table(), before);
}

#[test]
fn without_the_table_there_is_no_number() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR");
    let (from, to) = (month("2024-03"), month("2024-03"));
    let result = disputes(
        &ledger,
        as_of("2024-03-31"),
        from,
        to,
        &[],
        None,
        &DisputesParams::default(),
    );
    assert_eq!(result.unwrap_err().to_string(), "not available: import disputes");
}
