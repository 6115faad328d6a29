//! All histories of one pass: each says what its own metric says, parts merge, what was added can be taken away.

use arrears::calendar::{AsOf, Day, Month};
use arrears::history::{self, Groups};
use arrears::ledger::Ledger;
use arrears::metrics::aging::{AgingBasis, AgingCredits, AgingDisputes, AgingParams, aging};
use arrears::metrics::certificate::certificate;
use arrears::metrics::cohorts::{CohortOrigin, CohortParams, cohorts};
use arrears::metrics::dso::{DsoParams, dso};
use arrears::metrics::flow::{FlowParams, flow};
use arrears::metrics::roll_rates::{RollPeriods, RollRatesParams, RollUnit, roll_rates};
use arrears::metrics::timeline::{TiedPlan, Timeline, TimelineParams, TimelinePlan, timeline};
use proptest::prelude::*;

use super::roll_laws::lines_with_changed_due_days;
use super::{groups, merges, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger, total};

const BY: [&str; 2] = ["region", "salesperson"];

/// The last day of the histories, and their months.
const AS_OF: &str = "2025-02-10";

fn months() -> (Month, Month) {
    (month("2024-03"), month("2025-01"))
}

fn histories(ledger: &Ledger, groups: &Groups, known_on: Option<Day>, params: &TimelineParams) -> Timeline {
    let (from, to) = months();
    timeline(ledger, AsOf(day(AS_OF)), from, to, groups, known_on, params)
        .unwrap()
        .value
}

/// Settings in which the metrics have choices.
fn any_params() -> impl Strategy<Value = TimelineParams> {
    let credits = prop_oneof![
        3 => Just(AgingCredits::Separate),
        1 => Just(AgingCredits::OwnDate),
        1 => Just(AgingCredits::Fifo),
    ];
    let disputes = prop_oneof![
        Just(AgingDisputes::Gross),
        Just(AgingDisputes::Net),
        Just(AgingDisputes::AsLate)
    ];
    let basis = prop_oneof![
        Just(AgingBasis::Due),
        Just(AgingBasis::Issue),
        Just(AgingBasis::Posting)
    ];
    let origin = prop_oneof![
        Just(CohortOrigin::Issue),
        Just(CohortOrigin::Due),
        Just(CohortOrigin::Entering(31))
    ];
    // The first edges are those of the ageing, so that the moves of claims tell where they stand.
    let edges = prop_oneof![Just(vec![30, 60, 90, 120]), Just(vec![15, 45])];
    (
        credits,
        disputes,
        basis,
        origin,
        prop_oneof![Just("0"), Just("120")],
        edges,
    )
        .prop_map(
            |(credits, disputes, basis, origin, materiality, upper_edges)| TimelineParams {
                aging: AgingParams {
                    credits,
                    disputes,
                    basis,
                    ..AgingParams::default()
                },
                roll_rates: RollRatesParams {
                    upper_edges,
                    materiality: total(materiality),
                    ..RollRatesParams::default()
                },
                cohorts: CohortParams {
                    origin,
                    ..CohortParams::default()
                },
                dso: DsoParams { window_months: 2 },
            },
        )
}

fn each_history_says_what_its_own_metric_says(
    ledger: &Ledger,
    known_on: Option<Day>,
    params: &TimelineParams,
) -> Result<(), TestCaseError> {
    let groups = groups(ledger, &BY);
    let (from, to) = months();
    let found = histories(ledger, &groups, known_on, params);

    for (at, month) in from.through(to).enumerate() {
        let alone = aging(ledger, AsOf(month.last()), &groups, known_on, &params.aging);
        for (group, sums) in alone.unwrap().value.sums().iter().enumerate() {
            prop_assert_eq!(&found.aging().sums()[group][at], sums, "ageing of {}", month);
        }
    }
    let alone = flow(ledger, from, to, &groups, known_on, &FlowParams::default());
    prop_assert_eq!(found.flow(), &alone.unwrap().value);
    let rolls = |unit| {
        let params = RollRatesParams {
            unit,
            periods: RollPeriods::EachMonth,
            n_draws: 0,
            ..params.roll_rates.clone()
        };
        roll_rates(ledger, from, to, &groups, known_on, &params).unwrap().value
    };
    prop_assert_eq!(found.roll_rates_of_items(), &rolls(RollUnit::Item));
    prop_assert_eq!(found.roll_rates_of_customers(), &rolls(RollUnit::Customer));
    let alone = cohorts(ledger, AsOf(day(AS_OF)), from, to, &groups, known_on, &params.cohorts);
    prop_assert_eq!(found.cohorts(), &alone.unwrap().value);
    let alone = dso(ledger, from, to, &groups, known_on, &params.dso);
    prop_assert_eq!(found.dso(), &alone.unwrap().value);
    Ok(())
}

#[test]
fn claims_closed_within_a_month_stand_in_every_history_as_in_its_own_metric() {
    // Closed by one posting, by two of a month, in the month of issue, before issue, by a credit, by a write-off, with a reversal in the
    // month; closed in two months, and reopened by a reversal after the month.
    let ledger = ledger(
        "customer acme valid_from=2024-01-01 region=north
         customer bolt valid_from=2024-01-01 region=south
         customer cato valid_from=2024-01-01 region=north
         invoice 1 acme issued 2024-04-10 due 2024-05-10 100.00 EUR
         payment p1 acme on 2024-06-03 100.00 EUR -> 1
         invoice 2 acme issued 2024-04-11 due 2024-05-11 100.00 EUR
         payment p2 acme on 2024-07-03 98.00 EUR -> 2
         discount d2 acme on 2024-07-09 2.00 EUR -> 2
         invoice 3 acme issued 2024-05-02 due 2024-06-01 100.00 EUR
         payment p3 acme on 2024-05-20 100.00 EUR -> 3
         invoice 4 bolt issued 2024-05-20 due 2024-06-20 100.00 EUR
         payment p4 bolt on 2024-05-02 100.00 EUR -> 4
         invoice 5 bolt issued 2024-05-20 100.00 EUR
         credit c5 bolt on 2024-09-02 100.00 EUR -> 5
         invoice 6 bolt issued 2024-05-20 due 2024-06-20 100.00 EUR
         payment p6 bolt on 2024-10-02 40.00 EUR -> 6
         write_off w6 bolt on 2024-10-20 60.00 EUR -> 6
         invoice 7 bolt issued 2024-05-20 due 2024-06-20 100.00 EUR
         payment p7 bolt on 2024-08-02 100.00 EUR -> 7
         reversal r7 bolt on 2024-08-05 100.00 EUR reverses=p7/1
         payment q7 bolt on 2024-08-07 100.00 EUR -> 7
         invoice 8 cato issued 2024-05-20 due 2024-06-20 100.00 EUR
         payment p8 cato on 2024-08-02 50.00 EUR -> 8
         payment q8 cato on 2024-09-02 50.00 EUR -> 8
         invoice 9 cato issued 2024-05-20 due 2024-06-20 100.00 EUR
         payment p9 cato on 2024-08-02 100.00 EUR -> 9
         reversal r9 cato on 2024-11-05 100.00 EUR reverses=p9/1
         invoice 10 cato issued 2024-12-20 due 2025-01-10 100.00 EUR
         payment p10 cato on 2025-02-05 100.00 EUR -> 10",
    );
    for known_on in [None, Some(day("2024-08-04")), Some(day("2024-10-10"))] {
        each_history_says_what_its_own_metric_says(&ledger, known_on, &TimelineParams::default()).unwrap();
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn every_history_says_what_its_own_metric_says(
        lines in ledger_lines(), params in any_params(), known_on in prop::option::of(any_day()),
    ) {
        each_history_says_what_its_own_metric_says(&ledger(&lines.join("\n")), known_on, &params)?;
    }

    #[test]
    fn a_changed_due_day_changes_no_history_but_by_its_metric(
        lines in lines_with_changed_due_days(), params in any_params(), known_on in prop::option::of(any_day()),
    ) {
        each_history_says_what_its_own_metric_says(&ledger(&lines.join("\n")), known_on, &params)?;
    }

    #[test]
    fn the_tie_out_of_the_walk_is_that_of_its_last_day(
        lines in ledger_lines(), params in any_params(), known_on in prop::option::of(any_day()),
    ) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = months();
        let closing_day = AsOf(to.last());
        let plan = TiedPlan::new(&ledger, AsOf(day(AS_OF)), from, to, known_on, &params).unwrap();
        let found = history::run(&ledger, known_on, plan.empty(&groups));
        let alone = certificate(&ledger, closing_day, known_on, &params.aging).unwrap();
        prop_assert_eq!(plan.books.result(&ledger, &found.books), alone);
    }

    #[test]
    fn parts_merge_into_the_whole_and_a_part_can_be_taken_away_again(
        lines in ledger_lines(), params in any_params(), split in 0..5_u32,
    ) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = months();
        let plan = TimelinePlan::new(&ledger, AsOf(day(AS_OF)), from, to, None, &params).unwrap();
        merges(&ledger, split, plan.empty(&groups), |part| part.sums().clone())?;

        let only = |of_split: bool| {
            let chosen = ledger.customers().filter(|customer| (customer.0 == split) == of_split);
            history::run_over(&ledger, None, &chosen.collect::<Vec<_>>(), plan.empty(&groups))
        };
        let (own, rest) = (only(true), only(false));
        let mut all = history::run(&ledger, None, plan.empty(&groups));
        all.subtract(&own);
        // A group in which nobody is left holds zeros.
        let result = |sums| plan.clone().result(&groups, sums).value;
        prop_assert_eq!(result(all.sums()), result(rest.sums()));
    }
}

#[test]
fn every_table_is_named_for_its_file_and_has_a_row_for_each_month() {
    let ledger = ledger(
        "
        invoice 1  acme  issued 2024-03-10  due 2024-04-09  100.00 EUR
        payment 7  acme  on 2024-04-20  60.00 EUR -> 1
        credit_note 2  acme  issued 2024-04-02  15.00 EUR
    ",
    );
    let groups = groups(&ledger, &[]);
    let found = histories(&ledger, &groups, None, &TimelineParams::default());
    let tables = found.tables();
    let names: Vec<&str> = tables.iter().map(|table| table.name()).collect();
    assert_eq!(
        names,
        [
            "ageing",
            "flow",
            "roll_rates_items",
            "roll_rates_customers",
            "cohorts",
            "sales_and_receipts",
            "dso"
        ]
    );
    let texts = |table: usize, name: &str| {
        let data = &tables[table]
            .columns()
            .iter()
            .find(|column| column.name == name)
            .unwrap()
            .data;
        (0..3).map(|row| data.text(row)).collect::<Vec<_>>()
    };
    // March: 100 not due. April: 100 - 60, 21 days late, and the note of 15 waits; so it stays in May, a month later.
    assert_eq!(texts(0, "month_end"), ["2024-03-31", "2024-04-30", "2024-05-31"]);
    assert_eq!(texts(0, "not_due"), ["100.00", "0.00", "0.00"]);
    assert_eq!(texts(0, "days_1_30"), ["0.00", "40.00", "0.00"]);
    assert_eq!(texts(0, "days_31_60"), ["0.00", "0.00", "40.00"]);
    assert_eq!(texts(0, "unapplied_credits"), ["0.00", "15.00", "15.00"]);
    assert_eq!(texts(5, "credit_sales"), ["100.00", "-15.00", "0.00"]);
    assert_eq!(texts(5, "cash"), ["0.00", "60.00", "0.00"]);
    assert_eq!(texts(5, "balance"), ["100.00", "25.00", "25.00"]);
    assert!(
        tables
            .iter()
            .all(|table| table.notes.iter().any(|(name, _)| name == "conventions"))
    );
}
