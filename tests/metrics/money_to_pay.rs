use arrears::history::{Accumulator, CustomerHistory};
use arrears::ids::CustomerIx;
use arrears::ledger::Ledger;
use arrears::metrics::cohorts::{
    CohortError, CohortOrigin, CohortsByGroup, Exit, MoneyTimes, MoneyToPayByGroup, TimeToPayByGroup, money_to_pay,
};
use arrears::metrics::{BootstrapParams, Months};
use arrears::money::Total;
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger, total};

fn times(ledger: &Ledger, day: &str) -> MoneyTimes {
    let groups = groups(ledger, &[]);
    let (from, to) = (month("2024-01"), month("2024-01"));
    let params = BootstrapParams::default();
    let found = money_to_pay(ledger, as_of(day), from, to, &groups, None, &params).unwrap();
    found.value.times()[0].clone()
}

fn expected(money: &[(i32, Exit, &str)]) -> MoneyTimes {
    let mut times = MoneyTimes::default();
    for &(day, exit, amount) in money {
        times.add(CustomerIx(0), day, exit, total(amount));
    }
    times
}

#[test]
fn partial_payments_count_on_their_own_days() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 11 acme on 2024-01-15 60.00 -> 1
         credit 12 acme on 2024-01-20 10.00 -> 1
         discount 13 acme on 2024-01-22 2.00 -> 1
         write_off 14 acme on 2024-02-20 20.00 -> 1",
    );
    let until_january = [
        (5, Exit::Paid, "60"),
        (10, Exit::Credited, "10"),
        (12, Exit::Paid, "2"),
        (21, Exit::Open, "28"),
    ];
    assert_eq!(times(&ledger, "2024-01-31"), expected(&until_january));
    let until_march = [
        (5, Exit::Paid, "60"),
        (10, Exit::Credited, "10"),
        (12, Exit::Paid, "2"),
        (41, Exit::WrittenOff, "20"),
        (50, Exit::Open, "8"),
    ];
    let found = times(&ledger, "2024-02-29");
    assert_eq!(found, expected(&until_march));
    let last = found.curve().pop().unwrap();
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    // Nothing is censored before the last day: the incidences are plain shares, and unpaid leaves out what was credited.
    close(last.incidence[0], 62.0 / 100.0);
    close(last.incidence[1], 10.0 / 100.0);
    close(last.incidence[2], 20.0 / 100.0);
    close(last.unpaid, 40.0 / 100.0 * (28.0 / 30.0));
}

#[test]
fn a_payment_taken_back_undoes_the_newest_relief() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 11 acme on 2024-01-15 60.00 -> 1
         payment 12 acme on 2024-01-20 40.00 -> 1
         reversal 13 acme on 2024-01-25 40.00 reverses=12/1
         payment 14 acme on 2024-01-30 30.00 -> 1",
    );
    let money = [(5, Exit::Paid, "60"), (20, Exit::Paid, "30"), (21, Exit::Open, "10")];
    assert_eq!(times(&ledger, "2024-01-31"), expected(&money));
}

#[test]
fn what_is_applied_above_the_claim_relieves_nothing() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 11 acme on 2024-01-15 130.00 -> 1
         reversal 12 acme on 2024-01-25 130.00 reverses=11/1
         payment 13 acme on 2024-01-30 100.00 -> 1",
    );
    assert_eq!(times(&ledger, "2024-01-20"), expected(&[(5, Exit::Paid, "100")]));
    assert_eq!(times(&ledger, "2024-01-31"), expected(&[(20, Exit::Paid, "100")]));
}

#[test]
fn intervals_are_over_customers() {
    // Of two like customers one pays after 10 days, one never: a draw holds the payer twice, once or not at all.
    let mut times = MoneyTimes::default();
    times.add(CustomerIx(0), 10, Exit::Paid, total("100"));
    times.add(CustomerIx(1), 30, Exit::Open, total("100"));
    let [at_10, _] = times.intervals(&BootstrapParams::default())[..] else {
        panic!("two days")
    };
    // Nothing was credited or written off in any draw: that shows no spread.
    assert_eq!(at_10, [Some((0.0, 1.0)), Some((0.0, 1.0)), None, None]);
    // Ten customers who all pay half after 10 days leave nothing to vary, and so no interval.
    let mut alike = MoneyTimes::default();
    for customer in 0..10 {
        alike.add(CustomerIx(customer), 10, Exit::Paid, total("50"));
        alike.add(CustomerIx(customer), 30, Exit::Open, total("50"));
    }
    assert_eq!(alike.intervals(&BootstrapParams::default())[0][0], None);
}

#[test]
fn one_customer_has_no_interval_and_a_range_after_the_day_is_refused() {
    let ledger = ledger("invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR");
    let found = times(&ledger, "2024-01-31");
    assert_eq!(found.intervals(&BootstrapParams::default()), [[None; 4]]);
    let groups = groups(&ledger, &[]);
    let january = month("2024-01");
    let params = BootstrapParams::default();
    let error = money_to_pay(&ledger, as_of("2023-12-31"), january, january, &groups, None, &params).unwrap_err();
    assert!(matches!(error, CohortError::NothingObserved { .. }));
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn every_unit_of_money_ends_its_time_once(lines in ledger_lines(), offset in 0..400_i32) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &[]);
        let on = day("2024-01-01") + offset;
        let params = BootstrapParams { n_draws: 20, ..BootstrapParams::default() };
        let as_of = arrears::calendar::AsOf(on);
        let found = money_to_pay(&ledger, as_of, month("2024-01"), month("2024-12"), &groups, None, &params).unwrap().value;
        for (times, group) in found.times().iter().zip(groups.all()) {
            let curve = times.curve();
            let ended: Total = curve.iter().flat_map(|point| point.ended).sum();
            let claims = ledger.documents().all().iter().filter(|document| {
                document.is_claim() && document.currency == group.currency && document.issued_on <= on.min(day("2024-12-31"))
            });
            prop_assert_eq!(ended, claims.map(|document| document.amount).sum::<Total>());
            prop_assert!(curve.is_sorted_by(|a, b| a.unpaid >= b.unpaid));
            for (point, [unpaid, ..]) in curve.iter().zip(times.intervals(&params)) {
                let leaving: f64 = point.incidence.iter().sum();
                prop_assert!(leaving <= 1.0 + 1e-9 && point.unpaid >= 1.0 - leaving - 1e-9);
                prop_assert!(unpaid.is_none_or(|(low, high)| low <= high));
            }
        }
    }

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let (issued, on) = ((day("2024-01-01"), day("2024-12-31")), as_of("2024-09-30"));
        let months = Months::new(month("2024-01"), month("2024-09")).unwrap();
        let entering = CohortOrigin::Entering(20);
        let (money, count, cohorts) = merged(
            &ledger,
            split,
            (
                MoneyToPayByGroup::new(&groups, issued, on),
                TimeToPayByGroup::new(&groups, issued, on),
                CohortsByGroup::new(&groups, &months, &months, entering).until(day("2024-09-20")),
            ),
        );
        prop_assert_eq!(money.0.times(), money.1.times());
        prop_assert_eq!(count.0.times(), count.1.times());
        prop_assert_eq!(cohorts.0.sums(), cohorts.1.sums());
    }
}

/// Each accumulator over two parts of the customers, merged, and over all of them.
fn merged<A: Accumulator, B: Accumulator, C: Accumulator>(
    ledger: &Ledger,
    split: u32,
    empty: (A, B, C),
) -> ((A, A), (B, B), (C, C)) {
    let over = |range: std::ops::Range<u32>| {
        let mut part = empty.clone();
        for customer in ledger.customers().filter(|customer| range.contains(&customer.0)) {
            part.update(&CustomerHistory::of(ledger, customer, None));
        }
        part
    };
    let mut merged = over(0..split);
    merged.merge(over(split..u32::MAX));
    let whole = over(0..u32::MAX);
    ((merged.0, whole.0), (merged.1, whole.1), (merged.2, whole.2))
}
