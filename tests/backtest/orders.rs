//! Orders of the worklist at past month ends: what they capture of the money that went late.

use arrears::backtest::{JudgedClaim, JudgedClaims, OrderReplay, ReplayError, ReplayParams, replay_orders};
use arrears::decide::{BaseRates, WorklistPolicy};
use arrears::ids::DocumentIx;
use arrears::ledger::Ledger;
use arrears::money::Currency;
use arrears::table::Table;
use proptest::prelude::*;

use crate::support::random::cases;
use crate::support::{day, ledger};

const DAY: &str = "2024-03-31";

fn params() -> ReplayParams {
    ReplayParams {
        currency: None,
        collected_days: 30,
        n_draws: 50,
        seed: 1,
    }
}

/// Judges the documents of a ledger on one day: a probability each, and whether it went late.
fn judged(ledger: &Ledger, of: &[(f64, bool)]) -> JudgedClaims {
    let claims = of.iter().enumerate().map(|(at, &(probability, went_late))| {
        let document = DocumentIx(at as u32);
        JudgedClaim {
            day: day(DAY),
            customer: ledger.document(document).customer,
            document,
            probability,
            went_late,
        }
    });
    JudgedClaims {
        claims: claims.collect(),
        source: "declared".to_owned(),
    }
}

fn replayed(ledger: &Ledger, of: &[(f64, bool)]) -> OrderReplay {
    let (rates, policy) = (BaseRates::none(), WorklistPolicy::default());
    replay_orders(ledger, &judged(ledger, of), &rates, &policy, params())
        .unwrap()
        .value
}

/// Returns a column of an order at a share of the customers.
fn of(table: &Table, order: &str, first: f64, column: &str) -> Option<f64> {
    let orders = table.texts("order").unwrap();
    let shares = table.reals("first").unwrap();
    let row = (0..table.n_rows()).find(|&row| orders[row].as_deref() == Some(order) && shares[row] == Some(first));
    table.reals(column).unwrap()[row.unwrap()]
}

/// Ten customers, each with one invoice that is not due yet: 100, 200, ... 1,000.
fn ten() -> Ledger {
    let invoices: String = (1..=10)
        .map(|n| format!("invoice {n} cust{n:02} issued 2024-03-01 due 2024-04-10 {n}00.00 EUR\n"))
        .collect();
    ledger(&format!("{invoices}payment 7 cust10 on 2024-04-05 1000.00 EUR -> 10\n"))
}

#[test]
fn an_order_captures_the_money_of_the_customers_it_puts_first() {
    // 300 and 700 go late; the third is thought the likeliest, the seventh has most expected money: 0.5 x 700.
    let mut judged = vec![(0.1, false); 10];
    judged[2] = (0.9, true);
    judged[6] = (0.5, true);
    let table = replayed(&ten(), &judged).table();
    let captured = |order: &str, first: f64| of(&table, order, first, "captured").unwrap();
    assert_eq!(captured("expected-loss", 0.10), 700.0 / 1_000.0);
    assert_eq!(captured("expected-loss", 0.20), 1.0);
    assert_eq!(captured("expected-loss", 0.05), 0.5 * 700.0 / 1_000.0);
    assert_eq!(captured("score", 0.10), 300.0 / 1_000.0);
    // The largest balance is the tenth, paid in time: all the cash that came in, none of the money that went late.
    assert_eq!(captured("balance", 0.10), 0.0);
    assert_eq!(of(&table, "balance", 0.10, "collected"), Some(1.0));
    // Nobody is overdue: all share their places.
    assert!((captured("overdue", 0.20) - 0.20).abs() < 1e-12);
    assert!((captured("oldest", 0.10) - captured("random", 0.10)).abs() < 1e-12);
    assert_eq!(captured("best possible", 0.10), 0.7);
    let regret = of(&table, "score", 0.10, "regret").unwrap();
    assert!((regret - (1.0 - 0.3 / 0.7)).abs() < 1e-12, "{regret}");
}

#[test]
fn claims_already_late_count_in_balances_and_not_in_what_is_captured() {
    let mut text: String = (1..=9)
        .map(|n| format!("invoice {n} cust{n:02} issued 2024-03-01 due 2024-04-10 100.00 EUR\n"))
        .collect();
    // The tenth document is the first customer's, four months late.
    text.push_str("invoice x cust01 issued 2023-10-01 due 2023-11-30 5000.00 EUR\n");
    let ledger = ledger(&text);
    let old = (0..10).find(|&at| ledger.invoice_id(DocumentIx(at)) == "x").unwrap();
    let mut judged = judged(&ledger, &[(0.1, false); 10]);
    judged.claims.remove(old as usize);
    judged
        .claims
        .iter_mut()
        .for_each(|claim| claim.went_late = ledger.customer_id(claim.customer) == "cust01");
    let (rates, policy) = (BaseRates::none(), WorklistPolicy::default());
    let table = replay_orders(&ledger, &judged, &rates, &policy, params())
        .unwrap()
        .value
        .table();
    for order in ["balance", "overdue", "oldest"] {
        // One customer of nine is in the first 20 in a hundred, and all of what went late is theirs.
        assert_eq!(of(&table, order, 0.20, "captured"), Some(1.0), "{order}");
    }
    let note = |key: &str| table.notes.iter().find(|(own, _)| own == key).unwrap().1.clone();
    assert_eq!(note("went_late"), "100.00 EUR");
}

#[test]
fn several_currencies_need_rates_or_a_choice() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-03-01 due 2024-04-10 100.00 EUR
         invoice 2 bolt issued 2024-03-01 due 2024-04-10 300.00 USD",
    );
    let judged = judged(&ledger, &[(0.1, true), (0.2, true)]);
    let (rates, policy) = (BaseRates::none(), WorklistPolicy::default());
    let replay = |currency| replay_orders(&ledger, &judged, &rates, &policy, ReplayParams { currency, ..params() });
    let refused = replay(None).unwrap_err().to_string();
    assert!(
        refused.contains("EUR, USD") && refused.ends_with("or replay one currency (--currency)"),
        "{refused}"
    );
    let dollars = replay(Some(Currency::parse("USD").unwrap())).unwrap();
    assert!(
        dollars.caveats[0]
            .0
            .starts_with("`value` and `points` are not replayed: found money in EUR, USD"),
        "{:?}",
        dollars.caveats
    );
    assert_eq!(of(&dollars.value.table(), "balance", 0.20, "captured"), Some(0.2));
    assert_eq!(
        replay(Some(Currency::parse("CHF").unwrap())).unwrap_err(),
        ReplayError::NoClaims
    );
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn no_order_beats_the_best_and_more_customers_capture_more(of_claims in prop::collection::vec((0.0..1.0, any::<bool>()), 10)) {
        let table = replayed(&ten(), &of_claims).table();
        for order in ["expected-loss", "value", "score", "balance", "overdue", "oldest", "random"] {
            let mut before = 0.0;
            for first in [0.05, 0.10, 0.20] {
                let (own, best) = (of(&table, order, first, "captured"), of(&table, "best possible", first, "captured"));
                prop_assert_eq!(own.is_some(), of_claims.iter().any(|(_, went_late)| *went_late));
                if let (Some(own), Some(best)) = (own, best) {
                    prop_assert!(own <= best + 1e-12 && own >= before - 1e-12, "{} {} {} {}", order, first, own, best);
                    before = own;
                }
            }
        }
    }
}
