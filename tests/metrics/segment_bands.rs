//! Numbers in bands: right-closed, labelled, in order, and refused where they are none.

use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::segments;
use arrears::money::Total;

use super::as_of;
use crate::support::{ledger, total};

const BOOK: &str = "
    customer acme valid_from=2023-01-01 customer_since=2023-12-31 credit_limit=500.00 region=north
    customer bolt valid_from=2023-01-01 customer_since=2021-01-01 credit_limit=500.01
    customer cato valid_from=2023-01-01
    external acme source=bureau name=score value=80 known_on=2024-01-01
    external acme source=bureau name=score value=60 known_on=2024-02-01
    external acme source=bureau name=score value=10 known_on=2024-12-31
    external bolt source=bureau name=score value=75 known_on=2024-01-01
    invoice 1 acme issued 2024-01-10 due 2024-03-01 100.00 EUR
    invoice 2 acme issued 2024-01-10 due 2024-02-29 100.01 EUR
    invoice 3 bolt issued 2024-01-10 due 2024-02-10 900.00 EUR
    invoice 4 cato issued 2024-01-10 2000.00 EUR
    payment 5 cato on 2024-02-01 7.00 EUR";

fn by(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The open claims of every band, in the order of the result.
fn open(ledger: &Ledger, names: &[&str]) -> Vec<(String, Total)> {
    let day = as_of("2024-03-01");
    let groups = segments::groups(ledger, day, &by(names)).unwrap().value;
    let aging = aging(ledger, day, &groups, None, &AgingParams::default())
        .unwrap()
        .value;
    let labels = groups
        .all()
        .iter()
        .map(|group| group.values[0].clone().unwrap_or_default());
    let open = aging
        .sums()
        .iter()
        .map(|sums| sums.not_due + sums.overdue() + sums.no_due_date);
    labels.zip(open).collect()
}

fn expected(bands: &[(&str, &str)]) -> Vec<(String, Total)> {
    bands
        .iter()
        .map(|(band, open)| ((*band).to_owned(), total(open)))
        .collect()
}

#[test]
fn bands_of_the_amount_are_closed_on_the_right_and_sort_in_their_order() {
    let ledger = ledger(BOOK);
    // 100.00 lies up to 100, 100.01 and 900 above; the unapplied 7.00 stand on no document.
    let bands = expected(&[
        ("", "0"),
        ("1: up to 100", "100"),
        ("2: over 100 to 1000", "1000.01"),
        ("3: over 1000", "2000"),
    ]);
    assert_eq!(open(&ledger, &["amount:100,1000"]), bands);
    // The comma may have split the edges into words of their own, as it does on the command line.
    assert_eq!(open(&ledger, &["amount:100", "1000"]), bands);
    let many: Vec<String> = (1..=10).map(|edge| (edge * 100).to_string()).collect();
    let labels: Vec<String> = open(&ledger, &[&format!("amount:{}", many.join(","))])
        .into_iter()
        .map(|(label, _)| label)
        .collect();
    assert_eq!(
        labels,
        [
            "",
            "01: up to 100",
            "02: over 100 to 200",
            "09: over 800 to 900",
            "11: over 1000"
        ]
    );
    assert!(labels.is_sorted());
}

#[test]
fn days_past_due_tenure_limit_open_amount_and_score_have_bands() {
    let ledger = ledger(BOOK);
    // On March 1 invoice 1 is due, invoice 2 is one day and invoice 3 is 19 + 1 = 20 days past due.
    assert_eq!(
        open(&ledger, &["days_past_due:0,19"]),
        expected(&[
            ("", "2000"),
            ("1: up to 0", "100"),
            ("2: over 0 to 19", "100.01"),
            ("3: over 19", "900")
        ])
    );
    // Acme since December 31: 31 + 29 + 1 = 61 days.
    assert_eq!(
        open(&ledger, &["customer_tenure:61,365"]),
        expected(&[("", "2000"), ("1: up to 61", "200.01"), ("3: over 365", "900")])
    );
    assert_eq!(
        open(&ledger, &["credit_limit:500"]),
        expected(&[("", "2000"), ("1: up to 500", "200.01"), ("2: over 500", "900")])
    );
    assert_eq!(
        open(&ledger, &["open_amount:200.01,900"]),
        expected(&[
            ("1: up to 200.01", "200.01"),
            ("2: over 200.01 to 900", "900"),
            ("3: over 900", "2000")
        ])
    );
    // The newest score known on the day: 60, not the 10 of December.
    assert_eq!(
        open(&ledger, &["score:60,70"]),
        expected(&[("", "2000"), ("1: up to 60", "200.01"), ("3: over 70", "900")])
    );
}

#[test]
fn what_cannot_be_put_into_bands_is_refused() {
    let ledger = ledger(BOOK);
    let refused = |names: &[&str]| {
        segments::groups(&ledger, as_of("2024-03-01"), &by(names))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&["amount"]),
        "`amount` is a number; name the edges of its bands, such as `amount:1000,10000`"
    );
    assert_eq!(
        refused(&["amount:ten"]),
        "found the edge `ten` in the bands of `amount`, expected a number"
    );
    assert_eq!(refused(&["amount:10,10"]), "edge 10 of `amount` is not above 10");
    assert_eq!(
        refused(&["region:10"]),
        "attribute `region` holds `north`, expected numbers to put into bands; group it without edges"
    );
    assert_eq!(
        refused(&["amount:10", "amount:20"]),
        "found `amount` twice with different bands, expected it once"
    );
    assert!(
        refused(&["size:10"]).contains("or in bands one of `amount:EDGE,…`"),
        "{}",
        refused(&["size:10"])
    );
    let bare = crate::support::ledger("invoice 1 acme issued 2024-01-10 due 2024-03-01 100.00 EUR");
    let refused = segments::groups(&bare, as_of("2024-03-01"), &by(&["customer_tenure:365"])).unwrap_err();
    assert_eq!(refused.to_string(), "not available: import customers");
}
