//! Documents that are not in the ledger yet.

use arrears::calendar::AsOf;
use arrears::features::{Candidate, Feature, LabelParams, Panel, Unit};
use arrears::money::{Amount, Currency};

use super::PAST;
use crate::support::{day, ledger};

fn candidate(customer: Option<arrears::ids::CustomerIx>, amount: &str) -> Candidate {
    Candidate {
        customer,
        issued_on: day("2024-03-31"),
        due_on: day("2024-04-30"),
        amount: Amount::parse(amount).unwrap(),
        currency: Currency::parse("EUR").unwrap(),
    }
}

fn column(feature: Feature) -> usize {
    let features = Feature::of(Unit::Invoice);
    features.iter().position(|candidate| *candidate == feature).unwrap()
}

#[test]
fn a_candidate_has_the_features_it_would_have_as_an_invoice() {
    let params = LabelParams::new(Unit::Invoice, 10).check().unwrap();
    let (known, as_of) = (ledger(PAST), AsOf(day("2024-03-31")));
    let acme = known.find_customer("acme");
    let candidates = [
        candidate(None, "70.00"),
        candidate(acme, "100.00"),
        candidate(known.find_customer("zeta"), "5.00"),
    ];
    let found = Panel::of_candidates(&known, as_of, &params, &candidates);
    assert_eq!(found.has_history, [false, true, false]);
    // The same document in the books of the same day: what it says of itself and of past payments is the same.
    let with = ledger(&format!(
        "{PAST} invoice 99 acme issued 2024-03-31 due 2024-04-30 100.00 EUR"
    ));
    let panel = Panel::build(&with, &[as_of], &params);
    let row = panel
        .rows()
        .iter()
        .position(|row| row.document.is_some_and(|document| with.invoice_id(document) == "99"))
        .unwrap();
    for feature in Feature::of(Unit::Invoice) {
        let (ours, books) = (found.x[[1, column(feature)]], panel.x()[[row, column(feature)]]);
        assert!(
            ours == books || (ours.is_nan() && books.is_nan()),
            "{feature:?}: {ours} {books}"
        );
    }
    assert_eq!(found.own[1], panel.rows()[row].own);
    // It counts among what is open: three items, not two.
    assert_eq!(found.x[[1, column(Feature::NumberOpen)]], 2.0 + 1.0);
    // Nothing is known of a customer that is not in the ledger: the portfolio speaks for it.
    let portfolio = (1.0 + 0.5) / (2.0 + 1.0);
    assert_eq!(found.x[[0, column(Feature::ChanceGivenAge)]], portfolio);
    assert_eq!(found.x[[0, column(Feature::TenureDays)]], 0.0);
    assert_eq!(found.x[[0, column(Feature::Amount)]], 70.0);
}

#[test]
fn a_customer_the_ledger_does_not_know_has_the_features_of_one_with_its_first_invoice() {
    let params = LabelParams::new(Unit::Invoice, 10).check().unwrap();
    let (known, as_of) = (ledger(PAST), AsOf(day("2024-03-31")));
    let found = Panel::of_candidates(&known, as_of, &params, &[candidate(None, "70.00")]);
    let with = ledger(&format!(
        "{PAST} invoice 99 newcomer issued 2024-03-31 due 2024-04-30 70.00 EUR"
    ));
    let panel = Panel::build(&with, &[as_of], &params);
    let is_it = |row: &arrears::features::PanelRow| with.customer_id(row.customer) == "newcomer";
    let row = panel.rows().iter().position(is_it).unwrap();
    for feature in Feature::of(Unit::Invoice) {
        let (ours, books) = (found.x[[0, column(feature)]], panel.x()[[row, column(feature)]]);
        assert!(
            ours == books || (ours.is_nan() && books.is_nan()),
            "{feature:?}: {ours} {books}"
        );
    }
}

#[test]
fn candidates_keep_their_order_and_none_is_fine() {
    let params = LabelParams::new(Unit::Invoice, 10).check().unwrap();
    let (known, as_of) = (ledger(PAST), AsOf(day("2024-03-31")));
    let customers = ["zeta", "acme", "zeta", "acme"].map(|id| known.find_customer(id));
    let amounts = ["1.00", "2.00", "3.00", "4.00"];
    let candidates: Vec<Candidate> = customers
        .into_iter()
        .zip(amounts)
        .map(|(customer, amount)| candidate(customer, amount))
        .collect();
    let found = Panel::of_candidates(&known, as_of, &params, &candidates);
    assert_eq!(found.x.column(column(Feature::Amount)).to_vec(), [1.0, 2.0, 3.0, 4.0]);
    assert_eq!(found.has_history, [false, true, false, true]);
    let none = Panel::of_candidates(&known, as_of, &params, &[]);
    assert_eq!((none.x.nrows(), none.has_history.len()), (0, 0));
}
