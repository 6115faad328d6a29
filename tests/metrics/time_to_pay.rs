use arrears::metrics::cohorts::{CohortError, Exit, ExitTimes, time_to_pay};
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::ledger;
use crate::support::random::{cases, ledger_lines};

fn times(exits: &[(i32, Exit)]) -> ExitTimes {
    let mut times = ExitTimes::default();
    for &(day, exit) in exits {
        times.add(day, exit);
    }
    times
}

#[test]
fn four_subjects_leaving_one_by_one() {
    let curve = times(&[(1, Exit::Paid), (2, Exit::Paid), (3, Exit::Paid), (4, Exit::Paid)]).curve();
    let unpaid: Vec<f64> = curve.iter().map(|point| point.unpaid).collect();
    assert_eq!(unpaid, [0.75, 0.5, 0.25, 0.0]);
    let paid: Vec<f64> = curve.iter().map(|point| point.incidence[0]).collect();
    assert_eq!(paid, [0.25, 0.5, 0.75, 1.0]);
}

/// The interval that is symmetric in log(-log share), at 95 %.
fn log_log(share: f64, variance: f64) -> (f64, f64) {
    let half = 1.959_964 * variance.sqrt() / (share * -share.ln());
    (share.powf(half.exp()), share.powf((-half).exp()))
}

fn assert_interval(found: Option<(f64, f64)>, expected: (f64, f64)) {
    let (low, high) = found.unwrap();
    assert!(
        (low - expected.0).abs() < 1e-6 && (high - expected.1).abs() < 1e-6,
        "{found:?} {expected:?}"
    );
}

#[test]
fn the_interval_of_unpaid_is_greenwoods_on_the_log_log_scale() {
    let curve = times(&[(1, Exit::Paid), (2, Exit::Paid), (3, Exit::Paid), (4, Exit::Paid)]).curve();
    // Greenwood: 1 / (4 x 3) after day 1, 1 / (3 x 2) more after day 2.
    assert_interval(curve[0].unpaid_interval, log_log(0.75, 0.75 * 0.75 * (1.0 / 12.0)));
    assert_interval(
        curve[1].unpaid_interval,
        log_log(0.5, 0.5 * 0.5 * (1.0 / 12.0 + 1.0 / 6.0)),
    );
    assert_eq!(curve[3].unpaid_interval, None);
    // Without competition and censoring paid is the mirror of unpaid, and its variance that of a share: p (1 - p) / n.
    assert_interval(curve[0].incidence_intervals[0], log_log(0.25, 0.25 * 0.75 / 4.0));
    assert_interval(curve[2].incidence_intervals[0], log_log(0.75, 0.25 * 0.75 / 4.0));
    assert_eq!(
        (curve[2].incidence_intervals[1], curve[3].incidence_intervals[0]),
        (None, None)
    );
}

#[test]
fn open_claims_leave_the_risk_and_credited_ones_compete() {
    let curve = times(&[
        (5, Exit::Paid),
        (5, Exit::Open),
        (9, Exit::Credited),
        (12, Exit::Paid),
        (20, Exit::Open),
    ])
    .curve();
    let at_risk: Vec<u64> = curve.iter().map(|point| point.at_risk).collect();
    assert_eq!(at_risk, [5, 3, 2, 1]);
    let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    // Kaplan-Meier: 4/5, then the credited one is censored, then 1 of 2.
    close(curve[3].unpaid, 4.0 / 5.0 * 1.0 / 2.0);
    // Aalen-Johansen: 1/5; 4/5 x 1/3 credited; 4/5 x 2/3 x 1/2 paid.
    close(curve[3].incidence[0], 1.0 / 5.0 + 4.0 / 5.0 * 2.0 / 3.0 * 1.0 / 2.0);
    close(curve[3].incidence[1], 4.0 / 5.0 * 1.0 / 3.0);
    assert_eq!(curve[3].incidence[2], 0.0);
    assert!(times(&[]).curve().is_empty());
}

#[test]
fn a_claim_exits_by_its_last_money_on_the_day_it_stays_settled() {
    let ledger = ledger(
        "invoice 1 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 11 acme on 2024-01-20 100.00 -> 1
         invoice 2 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 12 acme on 2024-01-15 60.00 -> 2
         write_off 13 acme on 2024-01-30 40.00 -> 2
         invoice 3 acme issued 2024-01-10 due 2024-02-09 100.00 EUR
         payment 14 acme on 2024-02-05 100.00 -> 3
         invoice 4 acme issued 2024-03-10 due 2024-04-09 100.00 EUR",
    );
    let by = groups(&ledger, &[]);
    let (january, february) = (month("2024-01"), month("2024-02"));
    let seen = |day: &str| {
        time_to_pay(&ledger, as_of(day), january, february, &by, None)
            .unwrap()
            .value
    };
    let expected = times(&[(10, Exit::Paid), (20, Exit::WrittenOff), (21, Exit::Open)]);
    assert_eq!(seen("2024-01-31").times(), [expected]);
    let expected = times(&[(10, Exit::Paid), (20, Exit::WrittenOff), (26, Exit::Paid)]);
    assert_eq!(seen("2024-12-31").times(), [expected]);
    let error = time_to_pay(&ledger, as_of("2023-12-31"), january, february, &by, None).unwrap_err();
    assert!(matches!(error, CohortError::NothingObserved { .. }));
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn unpaid_falls_and_what_is_inside_and_outside_is_everything(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &[]);
        let times = time_to_pay(&ledger, as_of("2024-09-30"), month("2024-01"), month("2024-09"), &groups, None).unwrap().value;
        for times in times.times() {
            let curve = times.curve();
            prop_assert!(curve.is_sorted_by(|a, b| a.unpaid >= b.unpaid));
            let mut inside = 1.0;
            for point in &curve {
                let exits: u64 = point.ended[..3].iter().sum();
                inside *= 1.0 - exits as f64 / point.at_risk as f64;
                let outside: f64 = point.incidence.iter().sum();
                prop_assert!((inside + outside - 1.0).abs() < 1e-9);
                prop_assert!(point.unpaid >= inside - 1e-9);
                let shares = [(point.unpaid, point.unpaid_interval)].into_iter().chain(point.incidence.into_iter().zip(point.incidence_intervals));
                for (share, interval) in shares {
                    prop_assert!(interval.is_none_or(|(low, high)| 0.0 <= low && low <= share && share <= high && high <= 1.0));
                }
            }
        }
    }
}
