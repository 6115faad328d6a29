//! The boundary, credits and disputes of the ageing, each as one wishes.

use arrears::calendar::AsOf;
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingBoundary, AgingCredits, AgingDisputes, AgingParams, AgingSums, aging};
use arrears::money::Total;
use proptest::prelude::*;

use super::{as_of, groups};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{ledger, total};

fn sums(ledger: &Ledger, on: &str, params: &AgingParams) -> AgingSums {
    aging(ledger, as_of(on), &groups(ledger, &[]), None, params)
        .unwrap()
        .value
        .sums()[0]
        .clone()
}

fn credits(view: AgingCredits) -> AgingParams {
    AgingParams {
        credits: view,
        ..AgingParams::default()
    }
}

fn disputes(view: AgingDisputes) -> AgingParams {
    AgingParams {
        disputes: view,
        ..AgingParams::default()
    }
}

#[test]
fn the_due_day_itself_can_be_past_due() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-01-31 100.00 EUR");
    let params = AgingParams {
        boundary: AgingBoundary::PastDue,
        ..AgingParams::default()
    };
    assert_eq!(sums(&ledger, "2024-01-30", &params).not_due, total("100"));
    assert_eq!(sums(&ledger, "2024-01-31", &params).past_due[0], total("100"));
    assert_eq!(
        sums(&ledger, "2024-01-31", &AgingParams::default()).not_due,
        total("100")
    );
    let table = aging(&ledger, as_of("2024-01-31"), &groups(&ledger, &[]), None, &params)
        .unwrap()
        .value
        .table();
    assert!(table.column("days_0_30").is_some() && table.column("days_31_60").is_some());
}

const CREDITS: &str = "invoice 1 acme issued 2024-01-01 due 2024-01-11 100.00 EUR
    invoice 2 acme issued 2024-02-01 due 2024-02-20 50.00 EUR
    invoice 3 acme issued 2024-02-01 due 2024-03-20 70.00 EUR
    invoice 4 bolt issued 2024-02-01 due 2024-02-20 30.00 EUR
    credit_note 5 acme issued 2024-02-05 due 2024-02-25 40.00 EUR
    payment 6 acme on 2024-01-15 80.00 EUR
    payment 7 acme on 2024-01-16 applied 2024-02-10 5.00 -> 3";

#[test]
fn credits_stand_apart_or_on_their_own_day_or_against_the_oldest_claim() {
    let ledger = ledger(CREDITS);
    let day = "2024-02-29";
    let apart = sums(&ledger, day, &credits(AgingCredits::Separate));
    // Invoice 1 is 20 + 29 = 49 days past due, invoices 2 and 4 are 9 days, invoice 3 is not due.
    assert_eq!(
        (apart.not_due, apart.past_due[0], apart.past_due[1]),
        (total("65"), total("80"), total("100"))
    );
    assert_eq!(
        (apart.unapplied_cash, apart.unapplied_credits),
        (total("80"), total("40"))
    );

    // The note is 4 days past its due day, the cash came 16 + 29 = 45 days ago.
    let own = sums(&ledger, day, &credits(AgingCredits::OwnDate));
    assert_eq!(
        (own.not_due, own.past_due[0], own.past_due[1]),
        (total("65"), total("40"), total("20"))
    );
    assert_eq!((own.unapplied_cash, own.unapplied_credits), (Total::ZERO, Total::ZERO));

    // 80 of cash and 20 of the note settle invoice 1, the other 20 reduce invoice 2; the invoice of bolt stays as it is.
    let fifo = sums(&ledger, day, &credits(AgingCredits::Fifo));
    assert_eq!(
        (fifo.not_due, fifo.past_due[0], fifo.past_due[1]),
        (total("65"), total("60"), Total::ZERO)
    );
    assert_eq!(
        (fifo.unapplied_cash, fifo.unapplied_credits),
        (Total::ZERO, Total::ZERO)
    );
    assert_eq!([own.control(), fifo.control()], [apart.control(), apart.control()]);
}

#[test]
fn disputed_money_stays_is_carved_out_or_counts_as_late() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-01 due 2024-01-11 100.00 EUR
         invoice 2 acme issued 2024-02-01 due 2024-03-20 50.00 EUR
         dispute p1 acme opened_on=2024-02-10 30.00 -> 1
         dispute p2 acme opened_on=2024-02-10 -> 2",
    );
    let of = |view| {
        let sums = sums(&ledger, "2024-02-29", &disputes(view));
        assert_eq!(sums.control(), total("150"));
        (
            sums.not_due,
            sums.past_due[0],
            sums.past_due[1],
            sums.disputed,
            sums.carved_out,
        )
    };
    let zero = Total::ZERO;
    assert_eq!(
        of(AgingDisputes::Gross),
        (total("50"), zero, total("100"), total("80"), zero)
    );
    assert_eq!(of(AgingDisputes::Net), (zero, zero, total("70"), zero, total("80")));
    assert_eq!(
        of(AgingDisputes::AsLate),
        (zero, total("50"), total("100"), total("80"), zero)
    );
}

#[test]
fn the_parent_rolls_up_to_the_head_of_the_group() {
    let ledger = ledger(
        "customer acme valid_from=2023-01-01
         customer acme_france valid_from=2023-01-01 parent_id=acme
         customer acme_lyon valid_from=2023-01-01 parent_id=acme_france
         customer bolt valid_from=2023-01-01
         invoice 1 acme issued 2024-01-01 due 2024-03-11 100.00 EUR
         invoice 2 acme_france issued 2024-01-01 due 2024-03-11 50.00 EUR
         invoice 3 acme_lyon issued 2024-01-01 due 2024-03-11 20.00 EUR
         invoice 4 bolt issued 2024-01-01 due 2024-03-11 7.00 EUR",
    );
    let groups = groups(&ledger, &["parent"]);
    let aging = aging(&ledger, as_of("2024-02-29"), &groups, None, &AgingParams::default())
        .unwrap()
        .value;
    let heads: Vec<_> = groups
        .all()
        .iter()
        .map(|group| group.values[0].as_deref().unwrap())
        .collect();
    assert_eq!(heads, ["acme", "bolt"]);
    let not_due: Vec<Total> = aging.sums().iter().map(|sums| sums.not_due).collect();
    assert_eq!(not_due, [total("170"), total("7")]);
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn no_view_changes_a_control_balance(lines in ledger_lines(), day in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region", "salesperson"]);
        let of = |params: &AgingParams| aging(&ledger, AsOf(day), &groups, None, params).unwrap().value;
        let gross = of(&AgingParams::default());
        for credits in [AgingCredits::Separate, AgingCredits::OwnDate, AgingCredits::Fifo] {
            for disputes in [AgingDisputes::Gross, AgingDisputes::Net, AgingDisputes::AsLate] {
                for boundary in [AgingBoundary::NotPastDue, AgingBoundary::PastDue] {
                    let view = of(&AgingParams { credits, disputes, boundary, ..AgingParams::default() });
                    for (view, gross) in view.sums().iter().zip(gross.sums()) {
                        prop_assert_eq!(view.control(), gross.control());
                        prop_assert_eq!(view.n_open_items, gross.n_open_items);
                        prop_assert_eq!(view.disputed + view.carved_out, gross.disputed);
                        if credits == AgingCredits::Fifo {
                            prop_assert!(view.past_due.iter().all(|bucket| *bucket >= Total::ZERO));
                        }
                    }
                }
            }
        }
    }
}
