//! What the ledger keeps, and how it reconciles.

mod gallery;
mod known;
pub mod layers;
mod runs;
mod stored;

use arrears::history::CustomerHistory;
use arrears::ledger::{Ledger, reconcile};
use arrears::money::Total;
use arrears::outcome::IssueCode;

use crate::support::{checked_ledger, day, ledger, total};

fn open(ledger: &Ledger, on: &str) -> Vec<(String, Total)> {
    let mut open = Vec::new();
    for customer in ledger.customers() {
        for document in CustomerHistory::of(ledger, customer, None).documents() {
            open.push((ledger.invoice_id(document.ix).to_owned(), document.open_on(day(on))));
        }
    }
    open
}

fn unapplied(ledger: &Ledger, on: &str) -> Total {
    let known = ledger.unapplied().all().iter().filter(|posting| posting.on <= day(on));
    known.map(|posting| posting.delta).sum()
}

fn assert_ties_out(ledger: &Ledger) {
    for tie_out in reconcile(ledger).tie_outs {
        assert_eq!(tie_out.difference(), Total::ZERO, "{tie_out:?}");
    }
}

#[test]
fn a_payment_counts_from_its_day() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-03-05 40.00 -> 1",
    );
    assert_eq!(open(&ledger, "2024-01-09"), [("1".to_owned(), Total::ZERO)]);
    assert_eq!(open(&ledger, "2024-03-04"), [("1".to_owned(), total("100.00"))]);
    assert_eq!(open(&ledger, "2024-03-05"), [("1".to_owned(), total("60.00"))]);
    assert_ties_out(&ledger);
}

#[test]
fn cash_applied_later_waits_as_unapplied_cash() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-03-05 applied 2024-03-09 100.00 -> 1",
    );
    assert_eq!(open(&ledger, "2024-03-08"), [("1".to_owned(), total("100.00"))]);
    assert_eq!(unapplied(&ledger, "2024-03-08"), total("-100.00"));
    assert_eq!(open(&ledger, "2024-03-09"), [("1".to_owned(), Total::ZERO)]);
    assert_eq!(unapplied(&ledger, "2024-03-09"), Total::ZERO);
    assert_ties_out(&ledger);
}

#[test]
fn applying_a_credit_note_moves_money_between_two_documents() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         credit_note 2 acme issued 2024-02-01 30.00 EUR
         apply 8 acme on 2024-02-03 20.00 note 2 -> 1",
    );
    assert_eq!(
        open(&ledger, "2024-02-02"),
        [("1".to_owned(), total("100.00")), ("2".to_owned(), total("-30.00"))]
    );
    assert_eq!(
        open(&ledger, "2024-02-03"),
        [("1".to_owned(), total("80.00")), ("2".to_owned(), total("-10.00"))]
    );
    assert_ties_out(&ledger);
}

#[test]
fn a_reversal_reopens_the_invoice_on_its_own_date() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-02-05 100.00 -> 1
         reversal 9 acme on 2024-02-20 100.00 reverses=7/1",
    );
    assert_eq!(open(&ledger, "2024-02-19"), [("1".to_owned(), Total::ZERO)]);
    assert_eq!(open(&ledger, "2024-02-20"), [("1".to_owned(), total("100.00"))]);
    assert_ties_out(&ledger);
}

#[test]
fn a_payment_without_instalment_relieves_the_one_due_first() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR instalment=1
         invoice 1 acme issued 2024-01-10 due 2024-03-09 100.00 EUR instalment=2
         payment 7 acme on 2024-02-05 120.00 -> 1",
    );
    assert_eq!(
        open(&ledger, "2024-02-05"),
        [("1".to_owned(), Total::ZERO), ("1".to_owned(), total("80.00"))]
    );
    assert_ties_out(&ledger);
}

#[test]
fn an_orphan_receipt_is_kept_as_unapplied_cash_and_said() {
    let checked = checked_ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 7 acme on 2024-03-05 100.00 EUR -> 2",
    );
    assert_eq!(checked.issues.count(IssueCode::ReceiptOrphan), 1);
    assert_eq!(unapplied(&checked.value, "2024-03-05"), total("-100.00"));
    assert_ties_out(&checked.value);
}

#[test]
fn the_same_row_twice_is_merged_and_another_under_its_key_is_refused() {
    let checked = checked_ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         invoice 1 acme issued 2024-01-10 due 2024-02-09 101.00 EUR",
    );
    assert_eq!(checked.issues.count(IssueCode::DuplicateRow), 1);
    assert_eq!(checked.issues.count(IssueCode::InvoiceConflict), 1);
    assert_eq!(open(&checked.value, "2024-12-31"), [("1".to_owned(), total("100.00"))]);
}

#[test]
fn a_recovery_brings_cash_and_leaves_the_balance() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         write_off 7 acme on 2024-06-30 100.00 -> 1
         recovery 8 acme on 2024-09-30 25.00 -> 1",
    );
    let totals = reconcile(&ledger).totals;
    let eur = totals.values().next().unwrap();
    assert_eq!(
        (eur.write_offs, eur.recoveries, eur.balance()),
        (total("100.00"), total("25.00"), Total::ZERO)
    );
    assert_ties_out(&ledger);
}

#[test]
fn the_general_ledger_is_compared_by_entity_and_day() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR entity=DE
         payment 7 acme on 2024-03-05 40.00 EUR -> 1
         gl_balance DE date=2024-02-29 currency=EUR control_balance=100.00
         gl_balance DE date=2024-03-31 currency=EUR control_balance=60.01",
    );
    let differences: Vec<_> = reconcile(&ledger)
        .tie_outs
        .iter()
        .filter(|tie_out| tie_out.day.is_some())
        .map(|t| t.difference())
        .collect();
    assert_eq!(differences, [Total::ZERO, total("-0.01")]);
}
