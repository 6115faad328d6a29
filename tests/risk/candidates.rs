//! Orders about to ship: they score as the invoices they will be.

use arrears::calendar::AsOf;
use arrears::features::{Candidate, Unit};
use arrears::money::{Amount, Currency};
use arrears::scoring::{Basis, NamedCandidate, candidates, score, score_candidates};

use super::explaining::{every_estimator, scorecard};
use super::training::with_habits;
use crate::support::{day, ledger, records};

const BOOKS: &str = "
    invoice 1 acme issued 2023-06-01 due 2023-07-01 100.00 EUR
    payment 1 acme on 2023-07-21 100.00 -> 1
    invoice 2 acme issued 2023-07-01 due 2023-07-31 200.00 EUR
    payment 2 acme on 2023-07-29 200.00 -> 2
    invoice 3 acme issued 2023-09-01 due 2023-10-28 300.00 EUR
    invoice 4 zeta issued 2023-08-01 due 2023-08-31 80.00 EUR
    payment 4 zeta on 2023-08-30 80.00 -> 4
    dispute d1 acme opened_on=2023-10-05 -> 3
";
const AS_OF: &str = "2023-10-31";
const ORDER: &str = "issued 2023-10-31 due 2023-11-30 150.00 EUR";

fn named(id: &str, ledger: &arrears::ledger::Ledger) -> NamedCandidate {
    NamedCandidate {
        invoice_id: "new".to_owned(),
        customer_id: id.to_owned(),
        candidate: Candidate {
            customer: ledger.find_customer(id),
            issued_on: day("2023-10-31"),
            due_on: day("2023-11-30"),
            amount: Amount::parse("150.00").unwrap(),
            currency: Currency::parse("EUR").unwrap(),
        },
    }
}

#[test]
fn an_order_scores_as_the_invoice_it_becomes_on_that_day() {
    let as_of = AsOf(day(AS_OF));
    let books = ledger(BOOKS);
    for (choice, model) in every_estimator(&with_habits(), AS_OF) {
        for customer in ["acme", "zeta", "newcomer"] {
            let found = score_candidates(&books, as_of, &model, &[named(customer, &books)])
                .unwrap()
                .value;
            let with = ledger(&format!("{BOOKS} invoice new {customer} {ORDER}"));
            let all = score(&with, as_of, &model).unwrap().value;
            let is_it = |row: &&arrears::scoring::Score| with.invoice_id(row.document.unwrap()) == "new";
            let (ours, theirs) = (&found.rows[0], all.rows.iter().find(is_it).unwrap());
            assert_eq!(ours.probability, theirs.probability, "{choice:?} {customer}");
            assert_eq!((ours.points, ours.grade), (theirs.points, theirs.grade));
            assert_eq!(ours.reasons, theirs.reasons);
            assert_eq!(ours.basis, theirs.basis);
            let expected = if customer == "newcomer" {
                Basis::Prior
            } else {
                Basis::History
            };
            assert_eq!(ours.basis, expected, "{customer}");
        }
    }
}

#[test]
fn what_cannot_be_scored_is_left_out_with_its_reason() {
    let books = ledger(BOOKS);
    let rows = records(
        "invoice 90 acme issued 2023-10-31 due 2023-11-30 150.00 EUR
         credit_note 91 acme issued 2023-10-31 due 2023-11-30 20.00 EUR
         invoice 92 acme issued 2023-10-31 20.00 EUR
         invoice 93 nobody issued 2023-10-31 due 2023-11-30 20.00 EUR
         invoice 94 acme issued 2023-10-31 due 2023-11-30 0.00 EUR",
    );
    let found = candidates(&books, &rows);
    let (named, n_left_out) = found.value;
    let ids: Vec<&str> = named.iter().map(|named| named.invoice_id.as_str()).collect();
    assert_eq!((ids, n_left_out), (vec!["90", "93"], 3));
    let said: Vec<String> = found.issues.examples().iter().map(ToString::to_string).collect();
    let expected = [
        "issue[kind-unknown] invoices: `91` is a credit note, expected a document that is to be paid\n  not scored",
        "issue[due-on-missing] invoices: `92` has no due date, and late means late after it\n  not scored",
        "issue[customer-unknown] invoices: customer `nobody` is not in the ledger\n  kept, scored as a customer without a history",
        "issue[amount-negative] invoices: the amount of `94` is not above zero: nothing can be paid late\n  not scored",
    ];
    assert_eq!(said, expected);
}

#[test]
fn an_order_that_would_already_be_late_is_marked_and_a_model_of_customers_refused() {
    let books = ledger(BOOKS);
    let of_invoices = scorecard(&with_habits(), AS_OF, Unit::Invoice);
    let mut late = named("acme", &books);
    (late.candidate.issued_on, late.candidate.due_on) = (day("2023-09-01"), day("2023-10-01"));
    let found = score_candidates(&books, AsOf(day(AS_OF)), &of_invoices, &[late]).unwrap();
    assert_eq!(found.value.rows[0].basis, Basis::AlreadyLate);
    assert_eq!(found.value.rows[0].probability, 1.0);
    let of_customers = scorecard(&with_habits(), AS_OF, Unit::Customer);
    let error = score_candidates(&books, AsOf(day(AS_OF)), &of_customers, &[]).unwrap_err();
    assert_eq!(error.to_string(), "test/unsaved scores customers, asked for: invoices");
}
