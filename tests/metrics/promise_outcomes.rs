//! Promises to pay as SAP judges them.

use arrears::calendar::AsOf;
use arrears::history::CustomerHistory;
use arrears::metrics::promises::{JudgedPromise, PromiseOutcome, promise_outcomes};

use crate::support::{day, ledger, total};

fn judged(text: &str, on: &str) -> Vec<JudgedPromise> {
    let ledger = ledger(text);
    let customer = ledger.find_customer("acme").unwrap();
    let history = CustomerHistory::of(&ledger, customer, Some(day(on)));
    promise_outcomes(&ledger, &history, AsOf(day(on)), 3)
}

fn outcomes(text: &str, on: &str) -> Vec<PromiseOutcome> {
    judged(text, on).into_iter().map(|judged| judged.outcome).collect()
}

fn levels(text: &str, on: &str) -> Vec<u32> {
    judged(text, on).into_iter().map(|judged| judged.level).collect()
}

const PROMISED: &str = "invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
    promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00 -> 1\n";

#[test]
fn a_promise_is_kept_inside_its_day_plus_tolerance() {
    use PromiseOutcome::{Broken, Kept, Open, PartiallyKept};
    let paid = |on: &str, amount: &str| format!("{PROMISED}payment r acme on {on} {amount} -> 1");
    assert_eq!(outcomes(PROMISED, "2024-03-13"), [Open]);
    assert_eq!(outcomes(PROMISED, "2024-03-14"), [Broken]);
    assert_eq!(outcomes(&paid("2024-03-13", "100.00"), "2024-03-14"), [Kept]);
    assert_eq!(outcomes(&paid("2024-03-14", "100.00"), "2024-03-14"), [Broken]);
    assert_eq!(outcomes(&paid("2024-03-05", "40.00"), "2024-03-06"), [Open]);
    assert_eq!(outcomes(&paid("2024-03-05", "40.00"), "2024-03-14"), [PartiallyKept]);
    // Money that came before the promise was made keeps nothing.
    assert_eq!(outcomes(&paid("2024-02-28", "100.00"), "2024-03-14"), [Broken]);
}

#[test]
fn a_replaced_promise_is_judged_when_it_is_replaced() {
    use PromiseOutcome::{Broken, Kept, Open, PartiallyKept};
    let replaced = format!("{PROMISED}promise q acme made_on=2024-03-05 promised_on=2024-03-20 amount=100.00 -> 1\n");
    assert_eq!(outcomes(&replaced, "2024-03-04"), [Open]);
    assert_eq!(outcomes(&replaced, "2024-03-06"), [Broken, Open]);
    // What comes after the replacement keeps the new promise, not the old one.
    let paid = format!(
        "{replaced}payment r acme on 2024-03-03 40.00 -> 1
        payment s acme on 2024-03-08 60.00 -> 1"
    );
    let both = judged(&paid, "2024-03-24");
    assert_eq!([both[0].outcome, both[1].outcome], [PartiallyKept, PartiallyKept]);
    assert_eq!([both[0].paid, both[1].paid], [total("40"), total("60")]);
    assert_eq!([both[0].replaced, both[1].replaced], [true, false]);
    // A promise kept before is not replaced: it is over.
    let kept = format!("{replaced}payment r acme on 2024-03-04 100.00 -> 1");
    let both = judged(&kept, "2024-03-24");
    assert_eq!((both[0].outcome, both[0].replaced), (Kept, false));
}

#[test]
fn there_is_one_open_promise_on_an_invoice() {
    use PromiseOutcome::{Broken, Open};
    // A second promise of the same day, and one on the last day of the tolerance.
    for made_on in ["2024-03-01", "2024-03-13"] {
        let second = format!("{PROMISED}promise q acme made_on={made_on} promised_on=2024-03-20 amount=100.00 -> 1");
        assert_eq!(outcomes(&second, made_on), [Broken, Open], "{made_on}");
    }
    // Promises on two invoices, or on the account, stand beside each other.
    let other = format!(
        "{PROMISED}invoice 2 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        promise q acme made_on=2024-03-02 promised_on=2024-03-20 amount=100.00 -> 2
        promise r acme made_on=2024-03-03 promised_on=2024-03-20 amount=100.00"
    );
    assert_eq!(outcomes(&other, "2024-03-04"), [Open, Open, Open]);
}

#[test]
fn the_level_counts_promises_not_kept_on_that_invoice() {
    // Broken, then replaced while 40 of 100 are in, then open.
    let text = format!(
        "{PROMISED}promise q acme made_on=2024-03-15 promised_on=2024-03-30 amount=100.00 -> 1
        payment r acme on 2024-03-16 40.00 -> 1
        promise s acme made_on=2024-03-20 promised_on=2024-04-30 amount=60.00 -> 1"
    );
    assert_eq!(levels(&text, "2024-03-12"), [0]);
    assert_eq!(levels(&text, "2024-03-14"), [1]);
    assert_eq!(levels(&text, "2024-03-21"), [1, 2, 2]);
    // Another invoice has a level of its own.
    let other = format!(
        "{text}\ninvoice 2 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        promise t acme made_on=2024-03-21 promised_on=2024-03-22 amount=100.00 -> 2"
    );
    assert_eq!(levels(&other, "2024-03-31"), [1, 2, 2, 1]);
}

#[test]
fn a_partial_promise_that_was_kept_does_not_raise_the_level() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=30.00 -> 1
        payment r acme on 2024-03-09 30.00 -> 1";
    let judged = judged(text, "2024-03-31");
    assert_eq!((judged[0].outcome, judged[0].level), (PromiseOutcome::Kept, 0));
}

#[test]
fn a_promise_on_the_account_counts_every_receipt_once() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00
        payment r acme on 2024-03-05 applied 2024-03-07 60.00 -> 1";
    // 60.00 came in on the 5th and was moved to the invoice on the 7th: 60.00, not 120.00.
    assert_eq!(outcomes(text, "2024-03-14"), [PromiseOutcome::PartiallyKept]);
}

#[test]
fn a_promise_on_the_account_is_kept_in_the_currency_of_the_account() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        invoice 2 acme issued 2023-12-01 due 2024-01-01 500.00 USD
        promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00
        payment r acme on 2024-03-05 500.00 USD -> 2";
    // The newest document is in EUR; dollars do not keep a promise of euros.
    assert_eq!(outcomes(text, "2024-03-14"), [PromiseOutcome::Broken]);
}
