//! Offers against what is expected otherwise.

use arrears::decide::{Offer, Settlement, SettlementPolicy, Settlements, settlements};
use arrears::money::{Amount, Total};
use proptest::prelude::*;

use super::as_of;
use crate::support::random::cases;
use crate::support::{day, ledger, total};

/// Without discount, cost and fee: what is expected is what comes.
fn plain() -> SettlementPolicy {
    SettlementPolicy {
        discount_rate: 0.0,
        adherence: 1.0,
        agency_fee: 1.0,
        cost_per_claim: Total::ZERO,
        ..SettlementPolicy::default()
    }
}

fn offer(share: &str, n_instalments: u32, first_on: &str) -> Offer {
    Offer {
        share: Amount::parse(share).unwrap(),
        n_instalments,
        first_on: day(first_on),
    }
}

fn settled(text: &str, offer: &Offer, policy: &SettlementPolicy) -> Settlements {
    let ledger = ledger(text);
    let acme = ledger.find_customer("acme").unwrap();
    settlements(&ledger, as_of("2024-03-01"), acme, None, offer, policy)
        .unwrap()
        .value
}

fn one(text: &str, offer: &Offer, policy: &SettlementPolicy) -> Settlement {
    settled(text, offer, policy).rows.remove(0)
}

/// Acme owes 1,000.00; bolt paid half of its claims of that age within a few days more.
const BOOK: &str = "invoice 1 acme issued 2023-11-01 due 2023-12-01 1000.00 EUR
                    invoice 2 bolt issued 2023-01-01 due 2023-02-01 100.00 EUR
                    payment 7 bolt on 2023-05-10 100.00 -> 2
                    invoice 3 bolt issued 2023-01-01 due 2023-02-01 100.00 EUR";

#[test]
fn an_offer_is_split_into_months_and_the_last_takes_the_difference() {
    let row = one(BOOK, &offer("0.7", 3, "2024-03-31"), &plain());
    // 700.00 / 3 is 233.33, and the last 700 - 2 x 233.33; April has 30 days.
    assert_eq!(
        row.instalments,
        [
            (day("2024-03-31"), total("233.33")),
            (day("2024-04-30"), total("233.33")),
            (day("2024-05-31"), total("233.34")),
        ]
    );
    assert_eq!(
        (row.owed, row.offered, row.given_up()),
        (total("1000.00"), total("700.00"), total("300.00"))
    );
    let odd = one(
        &BOOK.replace("1000.00", "0.05"),
        &offer("0.5", 1, "2024-03-01"),
        &plain(),
    );
    // 0.025 is half a cent, up.
    assert_eq!(odd.offered, total("0.03"));
}

#[test]
fn later_money_and_money_that_does_not_come_are_worth_less() {
    let policy = SettlementPolicy {
        discount_rate: 0.10,
        adherence: 0.8,
        ..plain()
    };
    // One instalment after 365 days: 500 x 0.8 / 1.1.
    let row = one(BOOK, &offer("0.5", 1, "2025-03-01"), &policy);
    assert_eq!(row.value, Total::from_estimate(500.0 * 0.8 / 1.1).unwrap());
    assert_eq!(row.adherence, 0.8);
}

#[test]
fn the_smallest_acceptable_offer_is_worth_what_is_expected_otherwise() {
    let policy = SettlementPolicy {
        adherence: 0.8,
        recovery_days: 60,
        ..plain()
    };
    let row = one(BOOK, &offer("0.7", 1, "2024-03-01"), &policy);
    assert!(row.otherwise > Total::ZERO && row.otherwise < row.owed);
    assert_eq!(row.otherwise, row.recovery);
    let smallest = row.smallest.unwrap();
    // Offers are shares of whole ten-thousandths: 0.10 of 1,000.00.
    let cents = smallest.units() / 100;
    let share = |tenths: i128| format!("0.{tenths:04}");
    let above = one(BOOK, &offer(&share((cents + 9) / 10), 1, "2024-03-01"), &policy);
    let below = one(BOOK, &offer(&share((cents + 9) / 10 - 1), 1, "2024-03-01"), &policy);
    assert!(above.is_acceptable() && above.value >= above.otherwise);
    assert!(!below.is_acceptable() && below.value <= below.otherwise);
}

#[test]
fn an_agency_is_compared_by_its_fee() {
    let with_cost = SettlementPolicy {
        cost_per_claim: total("2000.00"),
        agency_fee: 0.25,
        ..plain()
    };
    let row = one(BOOK, &offer("0.7", 1, "2024-03-01"), &with_cost);
    // Going on costs more than it brings; an agency leaves three quarters.
    let three_quarters = Total::from_estimate(row.recovery.to_feature() * 0.75).unwrap();
    assert!((row.otherwise - three_quarters).abs() <= total("0.01"));
    let with_fees = format!("{BOOK}\nplacement k bolt agency=north placed_on=2023-06-01 fee_rate=0.4 -> 3");
    let found = settled(&with_fees, &offer("0.7", 1, "2024-03-01"), &with_cost);
    assert_eq!(
        (found.rows[0].agency_fee, found.fee_source.as_str()),
        (0.4, "mean of 1 placements")
    );
}

#[test]
fn giving_up_is_worth_nothing_and_any_offer_is_better() {
    let hopeless = SettlementPolicy {
        cost_per_claim: total("2000.00"),
        ..plain()
    };
    let row = one(BOOK, &offer("0.01", 1, "2024-03-01"), &hopeless);
    assert_eq!((row.otherwise, row.smallest), (Total::ZERO, Some(Total::ZERO)));
    assert!(row.is_acceptable());
}

#[test]
fn no_offer_is_acceptable_where_the_whole_claim_would_not_be() {
    let unreliable = SettlementPolicy {
        adherence: 0.01,
        ..plain()
    };
    let row = one(BOOK, &offer("1.0", 1, "2024-03-01"), &unreliable);
    assert_eq!((row.smallest, row.is_acceptable()), (None, false));
}

#[test]
fn adherence_is_measured_where_enough_instalments_fell_due() {
    let plans = format!(
        "{BOOK}
         plan k bolt agreed_on=2023-06-01 instalment=1 due_on=2023-07-01 amount=40.00
         plan k bolt agreed_on=2023-06-01 instalment=2 due_on=2023-08-01 amount=60.00
         payment 8 bolt on 2023-07-01 55.00 -> 3"
    );
    let policy = SettlementPolicy {
        min_instalments: 2,
        ..plain()
    };
    let found = settled(&plans, &offer("0.7", 1, "2024-03-01"), &policy);
    // The first came whole, of the second 15 of 60: (1 + 0.25) / 2.
    assert_eq!(found.rows[0].adherence, (1.0 + 15.0 / 60.0) / 2.0);
    assert_eq!(
        found.adherence_source,
        "measured: what came of 2 due instalments of plans, each counted once"
    );
    let found = settled(&plans, &offer("0.7", 1, "2024-03-01"), &plain());
    assert_eq!(
        found.adherence_source,
        "declared, not measured: 2 instalments of plans have fallen due, 30 would be enough"
    );
}

#[test]
fn an_impossible_offer_is_refused_by_key() {
    let ledger = ledger(BOOK);
    let acme = ledger.find_customer("acme").unwrap();
    let refused = settlements(
        &ledger,
        as_of("2024-03-01"),
        acme,
        None,
        &offer("1.2", 0, "2024-02-29"),
        &plain(),
    );
    assert_eq!(
        refused.unwrap_err().to_string(),
        "offer: must be above 0 and at most 1, is 1.20; instalments: must be 1 to 120, is 0; first_on: must be 2024-03-01 or later, is 2024-02-29"
    );
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn an_offer_loses_no_cent_and_recovery_stays_below_what_is_owed(cents in 1..2_000_000_i64, share in 1..=10_000_i64, n in 1..24_u32) {
        let text = BOOK.replace("1000.00", &format!("{}.{:02}", cents / 100, cents % 100));
        let offer = Offer { share: Amount::from_units(share), n_instalments: n, first_on: day("2024-03-15") };
        let row = one(&text, &offer, &SettlementPolicy::default());
        let sum: Total = row.instalments.iter().map(|(_, amount)| *amount).sum();
        prop_assert_eq!(sum, row.offered);
        prop_assert!(row.offered <= row.owed && row.value <= row.offered + total("0.01"));
        prop_assert!(row.recovery <= row.owed);
        if let Some(smallest) = row.smallest {
            prop_assert!(smallest <= row.owed);
        }
    }
}
