//! Each segment against the rest: hand-sized, and equal to what the metric itself says of the group.

use arrears::calendar::Month;
use arrears::history::Groups;
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingParams, aging};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::segments::compare::{CompareParams, Comparison, SegmentRow, compare};
use arrears::metrics::segments::{FallenDueByGroup, OpenClaims, SegmentMetric};
use arrears::metrics::{BootstrapParams, NullReason, newcombe_interval};
use proptest::prelude::*;

use super::laws::Merging;
use super::{as_of, groups, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger};

fn params(metric: SegmentMetric) -> CompareParams {
    CompareParams {
        metric,
        window_months: 1,
        bootstrap: BootstrapParams {
            n_draws: 200,
            ..BootstrapParams::default()
        },
        ..CompareParams::default()
    }
}

fn compared(ledger: &Ledger, on: &str, to: &str, metric: SegmentMetric) -> Comparison {
    let by = ["region".to_owned()];
    compare(ledger, as_of(on), month(to), &by, None, &params(metric))
        .unwrap()
        .value
}

fn region<'a>(comparison: &'a Comparison, name: &str) -> &'a SegmentRow {
    let is_named = |row: &&SegmentRow| comparison.labels().all()[row.group].values[0].as_deref() == Some(name);
    comparison.rows().iter().find(is_named).unwrap()
}

const BOOK: &str = "
    customer acme valid_from=2023-01-01 region=north
    customer bolt valid_from=2023-01-01 region=north
    customer cato valid_from=2023-01-01 region=south
    customer dorn valid_from=2023-01-01 region=south
    invoice 1 acme issued 2024-01-10 due 2024-01-31 60.00 EUR
    invoice 2 bolt issued 2024-01-10 due 2024-03-31 40.00 EUR
    invoice 3 cato issued 2024-01-10 due 2024-01-31 60.00 EUR
    invoice 4 dorn issued 2024-01-10 due 2024-03-31 240.00 EUR
    invoice 5 dorn issued 2024-01-10 due 2024-01-20 10.00 EUR
    payment 6 dorn on 2024-01-20 10.00 -> 5";

#[test]
fn a_segment_stands_against_everything_else_in_its_currency() {
    let ledger = ledger(BOOK);
    let comparison = compared(&ledger, "2024-02-29", "2024-02", SegmentMetric::PastDueShare);
    let north = region(&comparison, "north");
    assert_eq!(comparison.rows()[0], *north);
    assert_eq!((north.n_customers, north.n_documents), (2, 2));
    assert_eq!(north.value, Ok(60.0 / 100.0));
    assert_eq!(north.rest, Ok(60.0 / 300.0));
    assert!((north.difference.unwrap() - 0.4).abs() < 1e-12);
    let (low, high) = north.difference_interval.unwrap();
    assert!(low < 0.4 && 0.4 < high, "{low} {high}");
    let overdue = compared(&ledger, "2024-02-29", "2024-02", SegmentMetric::Overdue);
    assert_eq!(region(&overdue, "north").value, Ok(60.0 / 2.0));
}

#[test]
fn shares_of_what_fell_due_are_counted_and_money_is_collected_within_its_days() {
    let ledger = ledger(BOOK);
    let late = compared(&ledger, "2024-02-29", "2024-01", SegmentMetric::LateShare);
    // Invoice 1 of one; invoices 3 and 5, of which 3 was open at the end of its due day.
    assert_eq!(
        (region(&late, "north").value, region(&late, "south").value),
        (Ok(1.0), Ok(0.5))
    );
    let found = region(&late, "north").difference_interval.unwrap();
    assert_eq!(found, newcombe_interval((1, 1), (1, 2), 0.95).unwrap());
    // The 30 days of invoice 3 are over on March 1 only: on February 29 invoice 5 alone counts.
    let collected = compared(&ledger, "2024-02-29", "2024-01", SegmentMetric::Collected);
    assert_eq!(region(&collected, "south").value, Ok(10.0 / 10.0));
    let collected = compared(&ledger, "2024-03-01", "2024-01", SegmentMetric::Collected);
    assert_eq!(region(&collected, "south").value, Ok(10.0 / 70.0));
}

const PROMISES: &str = "
    promise p1 acme made_on=2024-02-01 promised_on=2024-02-05 60.00 -> 1
    promise p2 bolt made_on=2024-02-01 promised_on=2024-02-05 40.00 -> 2
    promise p3 cato made_on=2024-02-01 promised_on=2024-02-05 60.00 -> 3
    promise p4 dorn made_on=2024-02-20 promised_on=2024-02-27 5.00
    promise p5 cato made_on=2024-01-31 promised_on=2024-02-05 1.00";

#[test]
fn promises_kept_are_those_of_the_window_that_are_judged() {
    let paid = "\npayment 8 acme on 2024-02-04 60.00 -> 1\npayment 9 dorn on 2024-03-01 5.00 EUR";
    let ledger_of = |more: &str| ledger(&format!("{BOOK}{PROMISES}{more}"));
    let kept = |on: &str| compared(&ledger_of(paid), on, "2024-02", SegmentMetric::PromisesKept);
    // Of north acme kept and bolt did not; of south cato did not, dorn's is open until March 1, and that of January is not asked for.
    let comparison = kept("2024-02-29");
    let north = region(&comparison, "north");
    assert_eq!(
        (north.value, north.rest, north.n_documents),
        (Ok(1.0 / 2.0), Ok(0.0 / 1.0), 2)
    );
    assert_eq!(north.difference_interval, newcombe_interval((1, 2), (0, 1), 0.95));
    assert_eq!(
        comparison.table().reals("promises_kept").unwrap(),
        [Some(0.5), Some(0.0)]
    );
    // dorn promised on the account, and the money came on its last day.
    assert_eq!(region(&kept("2024-03-02"), "south").value, Ok(1.0 / 2.0));
    let broken = compared(&ledger_of(""), "2024-03-02", "2024-02", SegmentMetric::PromisesKept);
    assert_eq!(region(&broken, "south").value, Ok(0.0 / 2.0));
    let by = ["region".to_owned()];
    let params = params(SegmentMetric::PromisesKept);
    let refused = compare(&ledger(BOOK), as_of("2024-02-29"), month("2024-02"), &by, None, &params).unwrap_err();
    assert_eq!(refused.to_string(), "not available: import promises");
}

#[test]
fn newcombes_interval_gives_the_published_figures() {
    // Newcombe, Statistics in Medicine 17 (1998), table II, (a) 56/70 - 48/80 by method 10: 0.0524 to 0.3339.
    let (low, high) = newcombe_interval((56, 70), (48, 80), 0.95).unwrap();
    assert!(
        (low - 0.0524).abs() < 5e-5 && (high - 0.3339).abs() < 5e-5,
        "{low} {high}"
    );
    assert_eq!(newcombe_interval((0, 0), (48, 80), 0.95), None);
}

#[test]
fn one_segment_has_no_rest_and_one_customer_no_interval() {
    let ledger = ledger(
        "customer acme valid_from=2023-01-01 region=north
         invoice 1 acme issued 2024-01-10 due 2024-01-31 60.00 EUR",
    );
    let comparison = compared(&ledger, "2024-02-29", "2024-02", SegmentMetric::PastDueShare);
    let north = region(&comparison, "north");
    assert_eq!(
        (north.value, north.rest, north.difference),
        (Ok(1.0), Err(NullReason::NoRest), Err(NullReason::NoRest))
    );
    assert_eq!((north.interval, north.difference_interval), (None, None));
    assert_eq!(
        comparison.table().texts("reason").unwrap(),
        [Some("no_rest".to_owned())]
    );
    let dso = compared(&ledger, "2024-02-29", "2024-02", SegmentMetric::Dso);
    assert_eq!(region(&dso, "north").value, Err(NullReason::NoSales));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let ledger = ledger(BOOK);
    let refused = |by: &[&str], window_months: u32| {
        let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
        let params = CompareParams {
            window_months,
            ..CompareParams::default()
        };
        let refused = compare(&ledger, as_of("2024-02-29"), month("2024-02"), &by, None, &params);
        refused.unwrap_err().to_string()
    };
    assert_eq!(
        refused(&[], 3),
        "found no attribute to compare by, expected one or more, such as `region`"
    );
    assert_eq!(
        refused(&["customer"], 3),
        "found `customer_id`, expected attributes that several customers share"
    );
    assert_eq!(
        refused(&["region"], 0),
        "found a window of 0 months, expected at least 1"
    );
}

#[test]
fn a_later_fact_changes_nothing() {
    let later = format!("{BOOK}\npayment 9 acme on 2024-03-01 60.00 -> 1");
    let later = format!("{later}{PROMISES}\npayment 10 dorn on 2024-03-01 5.00 EUR");
    let book = format!("{BOOK}{PROMISES}");
    for metric in SegmentMetric::ALL {
        let [now, then] = [&book, &later].map(|text| compared(&ledger(text), "2024-02-29", "2024-02", metric));
        assert_eq!(now.table(), then.table(), "{}", metric.as_str());
    }
}

fn value_of(comparison: &Comparison, group: usize) -> Option<f64> {
    let row = comparison.rows().iter().find(|row| row.group == group);
    row.and_then(|row| row.value.ok())
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_segment_has_the_number_that_its_metric_gives_the_group(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups: Groups = groups(&ledger, &["region"]);
        let (to, on): (Month, _) = (month("2024-12"), "2024-12-31");
        let aging = aging(&ledger, as_of(on), &groups, None, &AgingParams::default()).unwrap().value;
        let dso = dso(&ledger, to, to, &groups, None, &DsoParams { window_months: 1 }).unwrap().value;
        let past_due = compared(&ledger, on, "2024-12", SegmentMetric::PastDueShare);
        let simple = compared(&ledger, on, "2024-12", SegmentMetric::Dso);
        let late = compared(&ledger, on, "2024-12", SegmentMetric::DaysLate);
        let effective = compared(&ledger, on, "2024-12", SegmentMetric::CollectionEffectiveness);
        let close = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-9 * (1.0 + expected.abs()),
            (found, expected) => found == expected,
        };
        for (group, sums) in aging.sums().iter().enumerate() {
            let open = sums.not_due + sums.overdue() + sums.no_due_date;
            prop_assert!(close(value_of(&past_due, group), sums.overdue().ratio(open)));
            let row = &dso.rows()[group][0];
            prop_assert!(close(value_of(&simple, group), row.simple.ok()), "{:?} {:?}", value_of(&simple, group), row);
            prop_assert!(close(value_of(&late, group), row.weighted_days_late.ok()));
            prop_assert!(close(value_of(&effective, group), row.cei.ok()));
        }
    }

    #[test]
    fn parts_merge_into_the_whole(lines in ledger_lines(), split in 0..5_u32, on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let check = Merging { ledger: &ledger, split };
        let as_of = arrears::calendar::AsOf(on);
        check.law(OpenClaims::new(as_of), |part| part.claims().to_vec())?;
        let fallen_due = FallenDueByGroup::new(&groups, as_of, day("2024-02-01"), on, 30);
        check.law(fallen_due, |part| part.sums().clone())?;
    }
}
