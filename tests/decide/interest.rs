//! Late interest by hand, to the cent, and against a sum day by day.

use arrears::calendar::Day;
use arrears::decide::{DayCount, DisputedMoney, InterestPolicy, InterestRate, LateInterest, NoInterest, late_interest};
use arrears::ledger::Ledger;
use arrears::money::{Currency, Total};
use proptest::prelude::*;
use rust_decimal::{Decimal, RoundingStrategy};

use super::as_of;
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger, total};

fn decimal(text: &str) -> Decimal {
    Decimal::from_str_exact(text).unwrap()
}

fn fixed(rate: &str) -> InterestPolicy {
    InterestPolicy {
        rate: InterestRate::Fixed(decimal(rate)),
        ..InterestPolicy::default()
    }
}

/// The arithmetic of a hand: ten-thousandths of money, rounded to cents half away from zero.
fn cents(arithmetic: Decimal) -> Total {
    let rounded = arithmetic.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    total(&rounded.to_string())
}

fn taken<'a>(ledger: &'a Ledger, on: &str, settled: bool, policy: &InterestPolicy) -> LateInterest<'a> {
    late_interest(ledger, as_of(on), settled, policy).unwrap().value
}

fn one(text: &str, on: &str, policy: &InterestPolicy) -> (i32, Result<Total, NoInterest>) {
    let ledger = ledger(text);
    let found = taken(&ledger, on, false, policy);
    (found.items[0].n_days, found.items[0].interest.clone())
}

const ONE: &str = "invoice 1 acme issued 2023-01-01 due 2023-01-31 1000.00 EUR";

#[test]
fn a_claim_bears_interest_from_the_day_after_its_due_day() {
    let ledger = ledger(ONE);
    assert_eq!(taken(&ledger, "2023-01-31", false, &fixed("0.08")).items, []);
    // 28 days of February: 1,000 x 0.08 x 28 / 365.
    let hand = decimal("1000") * decimal("0.08") * decimal("28") / decimal("365");
    assert_eq!(one(ONE, "2023-02-28", &fixed("0.08")), (28, Ok(cents(hand))));
    let of_360 = InterestPolicy {
        day_count: DayCount::Actual360,
        ..fixed("0.08")
    };
    let hand = decimal("1000") * decimal("0.08") * decimal("28") / decimal("360");
    assert_eq!(one(ONE, "2023-02-28", &of_360), (28, Ok(cents(hand))));
}

#[test]
fn a_part_payment_bears_interest_on_its_day_and_no_more() {
    let text = format!("{ONE}\npayment 7 acme on 2023-02-10 400.00 -> 1");
    // 10 days of 1,000, then 20 of 600 up to 2 March: (1,000 x 10 + 600 x 20) x 0.08 / 365 = 4.8219.
    let hand = (decimal("1000") * decimal("10") + decimal("600") * decimal("20")) * decimal("0.08") / decimal("365");
    assert_eq!(one(&text, "2023-03-02", &fixed("0.08")), (30, Ok(cents(hand))));
    assert_eq!(cents(hand), total("4.82"));
    let ledger = ledger(&text);
    let found = taken(&ledger, "2023-03-02", false, &fixed("0.08"));
    let segments: Vec<_> = found.items[0]
        .segments
        .iter()
        .map(|segment| (segment.first, segment.last, segment.base))
        .collect();
    assert_eq!(
        segments,
        [
            (day("2023-02-01"), day("2023-02-10"), total("1000.00")),
            (day("2023-02-11"), day("2023-03-02"), total("600.00")),
        ]
    );
}

#[test]
fn a_claim_paid_late_bears_as_many_days_as_it_was_late() {
    let text = format!("{ONE}\npayment 7 acme on 2023-02-10 1000.00 -> 1");
    let ledger = ledger(&text);
    assert_eq!(taken(&ledger, "2023-03-02", false, &fixed("0.08")).items, []);
    let found = taken(&ledger, "2023-03-02", true, &fixed("0.08"));
    let hand = decimal("1000") * decimal("0.08") * decimal("10") / decimal("365");
    assert_eq!(
        (found.items[0].n_days, &found.items[0].interest),
        (10, &Ok(cents(hand)))
    );
}

#[test]
fn rounding_happens_once_and_half_away_from_zero() {
    // 73.00 x 0.10 / 365 = 0.02 a day; 1 day of 18.25 is 0.005: half a cent, up.
    let half = ONE.replace("1000.00", "18.25");
    assert_eq!(one(&half, "2023-02-01", &fixed("0.10")), (1, Ok(total("0.01"))));
    // Ten stretches of a third of a cent each are three cents, not none.
    let mut text = ONE.replace("1000.00", "12.17");
    for number in 1..10 {
        text.push_str(&format!("\npayment {number} acme on 2023-02-{number:02} 0.0001 -> 1"));
    }
    let bases = (0..10).map(|paid| decimal("12.17") - decimal("0.0001") * Decimal::from(paid));
    let hand: Decimal = bases.map(|base| base * decimal("0.10") / decimal("365")).sum();
    assert_eq!(one(&text, "2023-02-10", &fixed("0.10")), (10, Ok(cents(hand))));
    assert_eq!(cents(hand), total("0.03"));
}

/// The reference rates of the European Central Bank on 1 January and 1 July 2023 (main refinancing operations: 2.50 % from 21 December 2022, 4.00 %
/// from 21 June 2023), and 8 points: the rate of Directive 2011/7/EU, articles 2 and 3.
fn directive() -> InterestPolicy {
    InterestPolicy {
        rate: InterestRate::BaseAndMargin {
            base: vec![
                (day("2023-01-01"), decimal("0.025")),
                (day("2023-07-01"), decimal("0.04")),
            ],
            margin: decimal("0.08"),
        },
        compensation: vec![(Currency::parse("EUR").unwrap(), total("40.00"))],
        ..InterestPolicy::default()
    }
}

#[test]
fn the_rate_changes_on_the_first_day_of_a_half_year() {
    let text = "invoice 1 acme issued 2023-05-01 due 2023-05-31 1000.00 EUR
                invoice 2 acme issued 2023-05-01 due 2023-05-31 500.00 USD";
    // 30 days of June at 10.5 %, 31 of July at 12 %.
    let hand = |base: &str| {
        decimal(base) * (decimal("0.105") * decimal("30") + decimal("0.12") * decimal("31")) / decimal("365")
    };
    let ledger = ledger(text);
    let found = taken(&ledger, "2023-07-31", false, &directive());
    assert_eq!(found.items[0].interest, Ok(cents(hand("1000"))));
    // EUR 40 for each late item in euros; nothing is declared for dollars.
    let compensation: Vec<_> = found.items.iter().map(|item| item.compensation).collect();
    assert_eq!(compensation, [total("40.00"), Total::ZERO]);
    let sums = found.sums().into_values();
    let sums: Vec<_> = sums.map(|sum| (sum.n_items, sum.interest, sum.compensation)).collect();
    assert_eq!(
        sums,
        [
            (1, cents(hand("1000")), total("40.00")),
            (1, cents(hand("500")), Total::ZERO)
        ]
    );
}

#[test]
fn a_day_before_the_first_base_rate_has_no_interest() {
    let text = "invoice 1 acme issued 2022-11-01 due 2022-12-30 1000.00 EUR";
    let (_, interest) = one(text, "2023-02-01", &directive());
    assert_eq!(interest, Err(NoInterest::NoRate(day("2022-12-31"))));
    let ledger = ledger(text);
    let checked = late_interest(&ledger, as_of("2023-02-01"), false, &directive()).unwrap();
    assert_eq!(
        checked.caveats[0].0,
        "1 items bear interest on days before the first base rate; theirs is left empty; declare earlier rates"
    );
}

#[test]
fn days_of_grace_bear_nothing() {
    let policy = InterestPolicy {
        grace_days: 10,
        ..fixed("0.08")
    };
    let ledger = ledger(ONE);
    assert_eq!(taken(&ledger, "2023-02-10", false, &policy).items, []);
    let hand = decimal("1000") * decimal("0.08") * decimal("1") / decimal("365");
    assert_eq!(one(ONE, "2023-02-11", &policy), (1, Ok(cents(hand))));
}

#[test]
fn compound_interest_bears_interest_after_its_days() {
    let policy = InterestPolicy {
        compounding_days: Some(365),
        ..fixed("0.10")
    };
    // One year: 100. Two years: 1,000 x 1.1 x 1.1 - 1,000.
    assert_eq!(one(ONE, "2024-01-31", &policy), (365, Ok(total("100.00"))));
    assert_eq!(one(ONE, "2025-01-30", &policy), (730, Ok(total("210.00"))));
    assert_eq!(one(ONE, "2025-01-30", &fixed("0.10")), (730, Ok(total("200.00"))));
}

#[test]
fn disputed_money_bears_nothing_where_it_is_excluded() {
    // 300 is disputed from 6 to 15 February: its last day counts.
    let text = format!("{ONE}\ndispute d acme opened_on=2023-02-05 closed_on=2023-02-14 amount=300.00 -> 1");
    let excluded = InterestPolicy {
        disputed: DisputedMoney::Excluded,
        ..fixed("0.08")
    };
    let days = |base: &str, n: &str| decimal(base) * decimal(n);
    let hand = (days("1000", "5") + days("700", "10") + days("1000", "5")) * decimal("0.08") / decimal("365");
    assert_eq!(one(&text, "2023-02-20", &excluded), (20, Ok(cents(hand))));
    let all = days("1000", "20") * decimal("0.08") / decimal("365");
    assert_eq!(one(&text, "2023-02-20", &fixed("0.08")), (20, Ok(cents(all))));
}

#[test]
fn a_dispute_of_an_amount_is_given_out_over_instalments_once() {
    let text = "invoice 1 acme instalment=1 issued 2023-01-01 due 2023-01-31 100.00 EUR
                invoice 1 acme instalment=2 issued 2023-01-01 due 2023-02-01 100.00 EUR
                dispute d acme opened_on=2023-01-10 amount=150.00 -> 1";
    let excluded = InterestPolicy {
        disputed: DisputedMoney::Excluded,
        ..fixed("0.10")
    };
    let ledger = ledger(text);
    let found = taken(&ledger, "2024-02-01", false, &excluded);
    // The first instalment is disputed whole; 50 of the second bear 365 days.
    assert_eq!(found.items.len(), 1);
    assert_eq!(
        (found.items[0].n_days, &found.items[0].interest),
        (365, &Ok(total("5.00")))
    );
}

#[test]
fn little_interest_and_charges_are_left_alone() {
    let policy = InterestPolicy {
        minimum: total("6.14"),
        ..fixed("0.08")
    };
    // 1,000 x 0.08 x 28 / 365 = 6.1370.
    assert_eq!(one(ONE, "2023-02-28", &policy), (28, Ok(total("6.14"))));
    let policy = InterestPolicy {
        minimum: total("6.15"),
        ..policy
    };
    assert_eq!(one(ONE, "2023-02-28", &policy), (28, Err(NoInterest::BelowMinimum)));
    let charge = ledger("finance_charge 1 acme issued 2023-01-01 due 2023-01-31 1000.00 EUR");
    assert_eq!(taken(&charge, "2023-02-28", false, &fixed("0.08")).items, []);
}

/// What was open each evening x rate / days, each day by itself, with 28 digits.
fn day_by_day(item: &arrears::decide::InterestItem, ledger: &Ledger, on: Day, policy: &InterestPolicy) -> Decimal {
    let history = arrears::history::CustomerHistory::of(ledger, item.customer, Some(on));
    let claim = history.document(item.document);
    let days = (item.due_on.epoch() + 1 + policy.grace_days..=on.epoch()).map(Day::from_epoch);
    let bears = days.map(|day| {
        let open = claim.open_on(day - 1).max(Total::ZERO).units();
        Decimal::from_i128_with_scale(open, 4) * policy.rate_on(day).unwrap()
    });
    bears.sum::<Decimal>() / Decimal::from(policy.day_count.days())
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn the_sum_of_stretches_is_the_sum_of_days(lines in ledger_lines(), on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let policy = InterestPolicy {
            rate: InterestRate::BaseAndMargin {
                base: vec![(day("2023-01-01"), decimal("0.03")), (day("2024-04-01"), decimal("0.0425")), (day("2024-09-11"), decimal("-0.01"))],
                margin: decimal("0.05"),
            },
            grace_days: 2,
            ..InterestPolicy::default()
        };
        let found = late_interest(&ledger, arrears::calendar::AsOf(on), true, &policy).unwrap().value;
        for item in &found.items {
            let by_day = day_by_day(item, &ledger, on, &policy);
            prop_assert_eq!(item.interest.clone(), Ok(cents(by_day)));
            let of_segments: i32 = item.segments.iter().map(|segment| segment.n_days()).sum();
            prop_assert_eq!(of_segments, item.n_days);
        }
    }
}
