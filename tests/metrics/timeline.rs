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

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn every_history_says_what_its_own_metric_says(
        lines in ledger_lines(), params in any_params(), known_on in prop::option::of(any_day()),
    ) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = months();
        let found = histories(&ledger, &groups, known_on, &params);

        for (at, month) in from.through(to).enumerate() {
            let alone = aging(&ledger, AsOf(month.last()), &groups, known_on, &params.aging).unwrap().value;
            for (group, sums) in alone.sums().iter().enumerate() {
                prop_assert_eq!(&found.aging().sums()[group][at], sums, "ageing of {}", month);
            }
        }
        let alone = flow(&ledger, from, to, &groups, known_on, &FlowParams::default()).unwrap().value;
        prop_assert_eq!(found.flow(), &alone);
        let rolls = |unit| {
            let params = RollRatesParams { unit, periods: RollPeriods::EachMonth, n_draws: 0, ..params.roll_rates.clone() };
            roll_rates(&ledger, from, to, &groups, known_on, &params).unwrap().value
        };
        prop_assert_eq!(found.roll_rates_of_items(), &rolls(RollUnit::Item));
        prop_assert_eq!(found.roll_rates_of_customers(), &rolls(RollUnit::Customer));
        let alone = cohorts(&ledger, AsOf(day(AS_OF)), from, to, &groups, known_on, &params.cohorts).unwrap().value;
        prop_assert_eq!(found.cohorts(), &alone);
        let alone = dso(&ledger, from, to, &groups, known_on, &params.dso).unwrap().value;
        prop_assert_eq!(found.dso(), &alone);
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
