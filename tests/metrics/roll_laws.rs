//! What holds for the roll rates of every ledger, due days that change included.

use arrears::calendar::AsOf;
use arrears::history::{Accumulator, CustomerHistory};
use arrears::ledger::Ledger;
use arrears::metrics::Months;
use arrears::metrics::aging::{AgingParams, AgingScheme, aging};
use arrears::metrics::roll_rates::steps::{StepsByGroup, roll_steps};
use arrears::metrics::roll_rates::{
    DueDates, RollDueDates, RollPeriods, RollRates, RollRatesParams, RollStates, RollUnit, RollsByGroup, WithCustomers,
    roll_rates,
};
use arrears::money::Total;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{groups, month};
use crate::support::random::{cases, ledger_lines};
use crate::support::{day, ledger, total};

/// Random ledgers in which some documents get another due day later.
pub(super) fn lines_with_changed_due_days() -> impl Strategy<Value = Vec<String>> {
    (
        ledger_lines(),
        vec((any::<prop::sample::Index>(), 1..300_i32, -60..90_i32), 1..5),
    )
        .prop_map(|(mut lines, changes)| {
            let documents: Vec<String> = lines.iter().filter(|line| line.contains(" issued ")).cloned().collect();
            let mut posted = std::collections::BTreeSet::new();
            for (document, after, due_after) in changes {
                let mut words: Vec<String> = documents[document.index(documents.len())]
                    .split(' ')
                    .map(str::to_owned)
                    .collect();
                let issued = day(&words[4]);
                let (posted_on, due_on) = (issued + after, (issued + due_after).to_string());
                // Two versions of one day contradict each other.
                if posted.insert((words[1].clone(), posted_on)) {
                    match words.iter().position(|word| word == "due") {
                        Some(at) => words[at + 1] = due_on,
                        None => words.extend(["due".to_owned(), due_on]),
                    }
                    words.extend(["posted".to_owned(), posted_on.to_string()]);
                    lines.push(words.join(" "));
                }
            }
            lines
        })
}

fn rolls(ledger: &Ledger, params: &RollRatesParams) -> RollRates {
    let groups = groups(ledger, &[]);
    roll_rates(ledger, month("2024-02"), month("2024-12"), &groups, None, params)
        .unwrap()
        .value
}

fn each_month(unit: RollUnit) -> RollRatesParams {
    RollRatesParams {
        unit,
        periods: RollPeriods::EachMonth,
        n_draws: 0,
        ..RollRatesParams::default()
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn with_changed_due_days_rows_sum_to_one_and_closings_are_the_ageing_as_it_was_known(lines in lines_with_changed_due_days()) {
        let ledger = ledger(&lines.join("\n"));
        for unit in [RollUnit::Item, RollUnit::Customer] {
            let rolls = rolls(&ledger, &each_month(unit));
            let n_from = rolls.states().from().len();
            for (group, months) in rolls.sums().iter().enumerate() {
                for rates in rolls.matrix(group).unwrap().rates {
                    let sum: Option<f64> = rates.iter().copied().sum();
                    prop_assert!(sum.is_none_or(|sum| (sum - 1.0).abs() < 1e-12));
                }
                let currency = rolls.labels().all()[group].currency;
                for (position, sums) in months.iter().enumerate() {
                    for from in 0..n_from {
                        let amounts: Total = sums.amounts_from(from).iter().copied().sum();
                        prop_assert_eq!(amounts, sums.opening(from));
                    }
                    let last = (month("2024-02") + position as i32).last();
                    let known = ledger.as_known_on(last);
                    let known_groups = groups(&known, &[]);
                    let aging = aging(&known, AsOf(last), &known_groups, None, &AgingParams::default()).unwrap().value;
                    let own = known_groups.all().iter().position(|group| group.currency == currency);
                    let aged = own.map(|own| &aging.sums()[own]);
                    let expected = |of: fn(&arrears::metrics::aging::AgingSums) -> Total| aged.map_or(Total::ZERO, of);
                    prop_assert_eq!(sums.closing(0), expected(|aged| aged.not_due));
                    for bucket in 0..5 {
                        let expected = aged.map_or(Total::ZERO, |aged| aged.past_due[bucket]);
                        prop_assert_eq!(sums.closing(bucket + 1), expected);
                    }
                    prop_assert_eq!(sums.closing(6), expected(|aged| aged.no_due_date));
                    // What is open at one closing opens the next month in the same state, but for what is reopened there.
                    if let Some(next) = months.get(position + 1) {
                        for state in 0..7 {
                            prop_assert_eq!(sums.closing(state), next.opening(state));
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn re_ageing_moves_money_and_claims_through_and_loses_none(lines in lines_with_changed_due_days()) {
        let rolls = rolls(&ledger(&lines.join("\n")), &each_month(RollUnit::Item));
        let (from, to) = (rolls.states().from(), rolls.states().amount_to());
        let (count_to, open) = (rolls.states().count_to(), 0..7);
        let place = |captions: &[String]| captions.iter().position(|caption| caption == "re_aged");
        let (Some(row), Some(column), Some(count_column)) = (place(&from), place(&to), place(&count_to)) else {
            prop_assert_eq!((place(&from), place(&to), place(&count_to)), (None, None, None));
            return Ok(());
        };
        for sums in rolls.sums().iter().flatten() {
            let left: Total = open.clone().map(|from| sums.amounts_from(from)[column]).sum();
            prop_assert_eq!(left, sums.opening(row));
            let n_left: u64 = open.clone().map(|from| sums.counts_from(from)[count_column]).sum();
            prop_assert_eq!(n_left, sums.n_from(row));
        }
    }

    #[test]
    fn one_step_is_the_roll_rate_and_k_steps_conserve(lines in ledger_lines(), n_steps in 1..5_usize) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &[]);
        let params = each_month(RollUnit::Item);
        let steps = roll_steps(&ledger, month("2024-02"), month("2024-12"), &groups, None, n_steps, &params).unwrap().value;
        let rolls = rolls(&ledger, &RollRatesParams { periods: RollPeriods::Together, ..params });
        for (group, sums) in steps.sums().iter().enumerate() {
            let one = &rolls.sums()[group][0];
            for state in 0..7 {
                prop_assert_eq!(sums.one.counts_from(state), one.counts_from(state));
                prop_assert_eq!(sums.one.amounts_from(state), one.amounts_from(state));
                let amounts: Total = sums.all.amounts_from(state).iter().copied().sum();
                prop_assert_eq!(amounts, sums.all.opening(state));
                prop_assert!(sums.all.n_from(state) <= sums.one.n_from(state));
            }
            if n_steps == 1 {
                prop_assert_eq!(&sums.one, &sums.all);
            }
        }
    }

    #[test]
    fn a_materiality_moves_customers_about_and_loses_none(lines in ledger_lines(), cents in 1..20_000_i64) {
        let ledger = ledger(&lines.join("\n"));
        let plain = rolls(&ledger, &each_month(RollUnit::Customer));
        let materiality = total(&format!("{}.{:02}", cents / 100, cents % 100));
        let material = rolls(&ledger, &RollRatesParams { materiality, ..each_month(RollUnit::Customer) });
        for (plain, material) in plain.sums().iter().flatten().zip(material.sums().iter().flatten()) {
            let n = |sums: &arrears::metrics::roll_rates::RollSums, n_from: usize| (0..n_from).map(|from| sums.n_from(from)).sum::<u64>();
            prop_assert_eq!(n(plain, 9), n(material, 10));
            prop_assert_eq!((0..9).map(|from| plain.opening(from)).sum::<Total>(), (0..9).map(|from| material.opening(from)).sum::<Total>());
        }
    }

    #[test]
    fn windows_add_up_the_months_that_end_with_them(lines in ledger_lines(), n_months in 1..6_u16) {
        let ledger = ledger(&lines.join("\n"));
        let params = RollRatesParams { periods: RollPeriods::Windows(n_months), ..each_month(RollUnit::Item) };
        let windows = rolls(&ledger, &params).table();
        let groups = groups(&ledger, &[]);
        for last in [month("2024-02"), month("2024-07")] {
            let first = last - (i32::from(n_months) - 1);
            let together = RollRatesParams { periods: RollPeriods::Together, ..params.clone() };
            let expected = roll_rates(&ledger, first, last, &groups, None, &together).unwrap().value.table();
            let month = Some(last.to_string());
            let rows: Vec<usize> = (0..windows.n_rows()).filter(|&row| windows.texts("month").unwrap()[row] == month).collect();
            let windows = windows.take(&rows);
            for column in ["from_state", "to_state", "n", "rate", "rate_low", "amount", "n_from", "amount_from"] {
                prop_assert_eq!(windows.column(column), expected.column(column), "{}", column);
            }
        }
    }

    #[test]
    fn a_due_day_changed_later_leaves_earlier_months_alone(lines in lines_with_changed_due_days(), until in 2..12_i32) {
        let last = (month("2024-01") + (until - 1)).last();
        let is_earlier = |line: &&String| match line.split_once(" posted ") {
            Some((_, posted)) => day(posted) <= last,
            None => true,
        };
        let earlier: Vec<String> = lines.iter().filter(is_earlier).cloned().collect();
        let cells = |lines: &[String]| {
            let ledger = ledger(&lines.join("\n"));
            let groups = groups(&ledger, &[]);
            let rolls = roll_rates(&ledger, month("2024-01"), last.month(), &groups, None, &each_month(RollUnit::Item));
            let table = rolls.unwrap().value.table();
            let text = |column: &str, row: usize| table.column(column).unwrap().text(row);
            let columns = ["currency", "month", "kind", "from_state", "to_state", "n", "amount"];
            let rows = (0..table.n_rows()).map(|row| columns.map(|column| text(column, row)));
            rows.filter(|row| !["0", ""].contains(&row[5].as_str()) || !["0.00", ""].contains(&row[6].as_str()))
                .collect::<Vec<_>>()
        };
        prop_assert_eq!(cells(&lines), cells(&earlier));
    }

    #[test]
    fn parts_merge_into_the_whole(lines in lines_with_changed_due_days(), split in 0..5_u32) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &["region"]);
        let months = Months::new(month("2024-02"), month("2024-12")).unwrap();
        let due_dates = DueDates::of(&ledger, None, RollDueDates::InForce);
        let plain = RollStates::new(AgingScheme::from_upper_edges(&[30, 60]).unwrap());
        let states = plain.clone().with_re_aged(due_dates.has_changes()).with_below_materiality(true);
        for unit in [RollUnit::Item, RollUnit::Customer] {
            let rolls = RollsByGroup::new(&groups, &months, &states, RollPeriods::EachMonth, unit)
                .with_due_dates(due_dates)
                .with_materiality(total("20.00"));
            let (whole, merged) = in_parts(&ledger, split, WithCustomers::new(rolls));
            prop_assert_eq!(whole.all().sums(), merged.all().sums());
            prop_assert_eq!(whole.customers(), merged.customers());
        }
        let steps = StepsByGroup::new(&groups, &months, &plain, due_dates, 3);
        let (whole, merged) = in_parts(&ledger, split, steps);
        prop_assert_eq!(whole.sums(), merged.sums());
    }
}

/// The pass over all customers at once, and over two parts that are merged, the later one first.
fn in_parts<A: Accumulator>(ledger: &Ledger, split: u32, empty: A) -> (A, A) {
    let over = |is_part: &dyn Fn(u32) -> bool| {
        let mut part = empty.clone();
        for customer in ledger.customers().filter(|customer| is_part(customer.0)) {
            part.update(&CustomerHistory::of(ledger, customer, None));
        }
        part
    };
    let mut merged = over(&|customer| customer >= split);
    merged.merge(over(&|customer| customer < split));
    (over(&|_| true), merged)
}
