//! Promises to pay as SAP judges them.

use arrears::calendar::AsOf;
use arrears::forecast::{PromiseOutcome, promise_outcomes};

use crate::support::{day, ledger};

fn outcomes(text: &str, on: &str) -> Vec<PromiseOutcome> {
    let ledger = ledger(text);
    let customer = ledger.find_customer("acme").unwrap();
    let judged = promise_outcomes(&ledger, customer, AsOf(day(on)), 3);
    judged.into_iter().map(|judged| judged.outcome).collect()
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
    use PromiseOutcome::{Broken, Open};
    let text = format!("{PROMISED}promise q acme made_on=2024-03-05 promised_on=2024-03-20 amount=100.00 -> 1");
    assert_eq!(outcomes(&text, "2024-03-06"), [Broken, Open]);
    assert_eq!(outcomes(&text, "2024-03-04"), [Open]);
}

#[test]
fn a_promise_on_the_account_counts_every_receipt_once() {
    let text = "invoice 1 acme issued 2024-01-01 due 2024-02-01 100.00 EUR
        promise p acme made_on=2024-03-01 promised_on=2024-03-10 amount=100.00
        payment r acme on 2024-03-05 applied 2024-03-07 60.00 -> 1";
    // 60.00 came in on the 5th and was moved to the invoice on the 7th: 60.00, not 120.00.
    assert_eq!(outcomes(text, "2024-03-14"), [PromiseOutcome::PartiallyKept]);
}
