use arrears::metrics::NullReason;
use arrears::metrics::promises::{Promises, PromisesError, PromisesParams, promises};
use arrears::metrics::wilson_interval;

use super::{as_of, month};
use crate::support::{ledger, total};

/// Acme keeps 100, bolt brings 40 of 100, cato nothing, dorn's promise is open.
const FOUR: &str = "
    invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
    invoice 2 bolt issued 2024-01-01 due 2024-02-20 100.00 EUR
    invoice 3 cato issued 2024-01-01 due 2024-02-20 100.00 EUR
    invoice 4 dorn issued 2024-01-01 due 2024-03-20 100.00 EUR
    promise a acme made_on=2024-03-05 promised_on=2024-03-10 amount=100.00 -> 1
    promise b bolt made_on=2024-03-05 promised_on=2024-03-10 amount=100.00 -> 2
    promise c cato made_on=2024-03-05 promised_on=2024-03-10 amount=100.00 -> 3
    promise d dorn made_on=2024-03-15 promised_on=2024-04-10 amount=100.00 -> 4
    payment 11 acme on 2024-03-10 100.00 -> 1
    payment 12 bolt on 2024-03-10 40.00 -> 2
    contact k1 bolt contacted_on=2024-03-05 collector=eve
    contact k2 cato contacted_on=2024-03-01 collector=eve
    customer acme valid_from=2023-01-01 collector=ann
    customer bolt valid_from=2023-01-01 collector=ann\n";

fn of(text: &str, on: &str, by: &[&str]) -> Promises {
    let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
    let (from, to) = (month("2024-03"), month("2024-03"));
    promises(
        &ledger(text),
        as_of(on),
        from,
        to,
        &by,
        None,
        &PromisesParams::default(),
    )
    .unwrap()
    .value
}

#[test]
fn rates_by_count_and_by_money_by_hand() {
    let result = of(FOUR, "2024-03-31", &[]);
    let row = result.rows().next().unwrap();
    assert_eq!(
        (row.n_kept, row.n_partially_kept, row.n_broken, row.n_open),
        (1, 1, 1, 1)
    );
    // The open promise is in neither denominator.
    assert_eq!(row.kept_rate, Ok(1.0 / 3.0));
    assert_eq!(row.kept_rate_interval, wilson_interval(1, 3, 0.95));
    assert_eq!(
        (row.promised, row.promised_judged, row.paid),
        (total("400"), total("300"), total("140"))
    );
    assert_eq!(row.paid_share, Ok(140.0 / 300.0));
    let (low, high) = row.paid_share_interval.unwrap();
    assert!((0.0..140.0 / 300.0).contains(&low) && high > 140.0 / 300.0 && high <= 1.0);
}

#[test]
fn by_collector_and_by_bucket_when_it_was_made() {
    let table = of(FOUR, "2024-03-31", &["collector"]).table();
    let text = |column: &str| -> Vec<String> {
        let values = table.texts(column).unwrap().iter();
        values.map(|value| value.clone().unwrap_or_default()).collect()
    };
    // A contact of the day says who took it; one of another day says nothing; else the customer's collector.
    assert_eq!(text("collector"), ["", "ann", "eve"]);
    assert_eq!(table.ints("n_made").unwrap(), [Some(2), Some(1), Some(1)]);
    let table = of(FOUR, "2024-03-31", &["bucket"]).table();
    let buckets: Vec<&str> = table
        .texts("bucket")
        .unwrap()
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    // On 5 March 33 days past due and 14 days; on 15 March not due.
    assert_eq!(buckets, ["not_due", "1-30", "31-60"]);
    assert_eq!(table.ints("n_kept").unwrap(), [Some(0), Some(0), Some(1)]);
}

#[test]
fn a_promise_on_the_account_has_the_bucket_of_its_oldest_open_claim() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-01-02 100.00 EUR
        invoice 2 acme issued 2024-01-01 due 2024-02-20 100.00 EUR
        payment 9 acme on 2024-01-20 100.00 -> 1
        promise a acme made_on=2024-03-05 promised_on=2024-03-10 amount=100.00";
    let table = of(text, "2024-03-31", &["bucket"]).table();
    assert_eq!(table.texts("bucket").unwrap(), [Some("1-30".to_owned())]);
    assert_eq!(table.texts("currency").unwrap(), [Some("EUR".to_owned())]);
}

#[test]
fn levels_count_invoices() {
    let text = format!("{FOUR}promise e cato made_on=2024-03-20 promised_on=2024-03-21 amount=100.00 -> 3");
    let result = of(&text, "2024-03-31", &[]);
    let levels: Vec<_> = result
        .levels()
        .map(|(level, row)| (level, row.n_invoices, row.open))
        .collect();
    // Acme 0 and dorn 0, bolt 1, cato 2; acme paid, 60 are left on bolt's invoice.
    assert_eq!(
        levels,
        [(0, 2, total("100")), (1, 1, total("60")), (2, 1, total("100"))]
    );
}

#[test]
fn only_open_promises_have_no_rate() {
    let result = of(FOUR, "2024-03-08", &[]);
    let row = result.rows().next().unwrap();
    assert_eq!((row.n_judged(), row.n_open), (0, 3));
    assert_eq!(
        (row.kept_rate, row.paid_share),
        (Err(NullReason::NoDenominator), Err(NullReason::NoDenominator))
    );
    assert_eq!(row.paid_share_interval, None);
}

#[test]
fn a_later_payment_or_promise_changes_nothing() {
    let before = of(FOUR, "2024-03-31", &["collector"]).table();
    let later = format!(
        "{FOUR}payment 13 cato on 2024-04-01 100.00 -> 3
        promise z dorn made_on=2024-04-01 promised_on=2024-04-02 amount=100.00 -> 4"
    );
    assert_eq!(of(&later, "2024-03-31", &["collector"]).table(), before);
}

#[test]
fn what_was_posted_later_is_not_known() {
    let text = format!("{FOUR}payment 13 cato on 2024-03-09 100.00 -> 3 posted 2024-04-05");
    let (from, to) = (month("2024-03"), month("2024-03"));
    let ledger = ledger(&text);
    let kept = |known_on: Option<&str>| {
        let known_on = known_on.map(crate::support::day);
        let result = promises(
            &ledger,
            as_of("2024-03-31"),
            from,
            to,
            &[],
            known_on,
            &PromisesParams::default(),
        );
        result.unwrap().value.rows().next().unwrap().n_kept
    };
    assert_eq!(
        (kept(Some("2024-03-31")), kept(Some("2024-04-05")), kept(None)),
        (1, 2, 2)
    );
}

#[test]
fn without_the_table_there_is_no_number() {
    let ledger = ledger("invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR");
    let (from, to) = (month("2024-03"), month("2024-03"));
    let result = promises(
        &ledger,
        as_of("2024-03-31"),
        from,
        to,
        &[],
        None,
        &PromisesParams::default(),
    );
    let error = result.unwrap_err();
    assert!(matches!(error, PromisesError::NotAvailable(_)));
    assert_eq!(error.to_string(), "not available: import promises");
}

#[test]
fn an_unknown_attribute_names_those_of_promises_too() {
    let by = ["colour".to_owned()];
    let (from, to) = (month("2024-03"), month("2024-03"));
    let result = promises(
        &ledger(FOUR),
        as_of("2024-03-31"),
        from,
        to,
        &by,
        None,
        &PromisesParams::default(),
    );
    let error = result.unwrap_err().to_string();
    assert!(
        error.contains("found no attribute `colour`, expected one of `month`, `collector`, `bucket`, `"),
        "{error}"
    );
}
