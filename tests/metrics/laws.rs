//! What holds for every ledger: balances tie out, matrices conserve, parts merge, the future changes nothing.

use arrears::calendar::{AsOf, Day, Month};
use arrears::history::{Accumulator, Groups};
use arrears::ledger::Ledger;
use arrears::metrics::Months;
use arrears::metrics::aging::{AgingBasis, AgingByGroup, AgingParams, AgingScheme, aging};
use arrears::metrics::cohorts::{CohortOrigin, CohortParams, CohortsByGroup, cohorts};
use arrears::metrics::concentration::OpenByCustomer;
use arrears::metrics::dso::{DsoByGroup, DsoParams, dso};
use arrears::metrics::flow::{FlowByMonth, FlowParams, flow};
use arrears::metrics::roll_rates::{RollPeriods, RollRatesParams, RollStates, RollUnit, RollsByGroup, roll_rates};
use arrears::money::{Currency, Total};
use arrears::table::Table;
use proptest::prelude::*;

use super::{groups, month};
use crate::support::random::{any_day, cases, ledger_lines};
use crate::support::{day, ledger};

const BY: [&str; 2] = ["region", "salesperson"];

/// The balance of a currency at the end of a day: documents and postings, plainly added.
fn balance(ledger: &Ledger, currency: Currency, day: Day) -> Total {
    let documents = ledger.documents().all().iter();
    let documents = documents.filter(|document| document.currency == currency && document.issued_on <= day);
    let postings = ledger.postings().iter().chain(ledger.unapplied().all());
    let postings = postings.filter(|posting| posting.currency == currency && posting.on <= day);
    documents.map(|document| document.amount).sum::<Total>() + postings.map(|posting| posting.delta).sum::<Total>()
}

fn of_currency<T>(groups: &Groups, currency: Currency, values: impl Iterator<Item = T>, of: fn(T) -> Total) -> Total {
    let own = groups
        .all()
        .iter()
        .zip(values)
        .filter(|(group, _)| group.currency == currency);
    own.map(|(_, value)| of(value)).sum()
}

fn year() -> (Month, Month) {
    (month("2024-03"), month("2024-12"))
}

fn rolls(unit: RollUnit) -> RollRatesParams {
    RollRatesParams {
        unit,
        periods: RollPeriods::EachMonth,
        ..RollRatesParams::default()
    }
}

/// Every result as tables, for comparing two ledgers; the projection is left to the triangle's own tests.
fn all_tables(ledger: &Ledger, until: Day) -> Vec<Table> {
    let groups = groups(ledger, &BY);
    let (from, to) = (month("2024-01"), until.month() - 1);
    let mut tables = vec![
        aging(ledger, AsOf(until), &groups, None, &AgingParams::default())
            .unwrap()
            .value
            .table(),
    ];
    if from <= to {
        let origin = CohortParams {
            origin: CohortOrigin::Due,
            ..CohortParams::default()
        };
        tables.extend([
            flow(ledger, from, to, &groups, None, &FlowParams::default())
                .unwrap()
                .value
                .table(),
            roll_rates(ledger, from, to, &groups, None, &rolls(RollUnit::Item))
                .unwrap()
                .value
                .table(),
            roll_rates(ledger, from, to, &groups, None, &rolls(RollUnit::Customer))
                .unwrap()
                .value
                .table(),
            cohorts(ledger, AsOf(until), from, to, &groups, None, &origin)
                .unwrap()
                .value
                .table(),
            dso(ledger, from, to, &groups, None, &DsoParams::default())
                .unwrap()
                .value
                .table(),
        ]);
    }
    tables
}

/// Keeps the rows in which some money or count is not zero, so that ledgers with and without an empty group compare equal.
fn rows_with_content(table: &Table) -> Vec<String> {
    let n_group_columns = 1 + BY.len();
    let texts = |row: usize| {
        table
            .columns()
            .iter()
            .map(move |column| column.data.text(row))
            .collect::<Vec<_>>()
    };
    let is_content = |text: &String| !text.is_empty() && !["0.00", "0", "true", "false"].contains(&text.as_str());
    let numbers: Vec<usize> = (n_group_columns..table.columns().len())
        .filter(|&at| matches!(table.columns()[at].data.kind(), arrears::table::DataKind::Money))
        .collect();
    (0..table.n_rows())
        .map(texts)
        .filter(|row| numbers.iter().any(|&at| is_content(&row[at])))
        .map(|row| row.join("|"))
        .collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn buckets_sum_to_control_which_is_the_sum_of_documents_and_postings(lines in ledger_lines(), day in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        for by in [&[][..], &BY[..], &["customer", "entity"][..]] {
            let groups = groups(&ledger, by);
            let aging = aging(&ledger, AsOf(day), &groups, None, &AgingParams::default()).unwrap().value;
            for currency in ledger.currencies() {
                let control = of_currency(&groups, currency, aging.sums().iter(), |sums| {
                    let buckets: Total = sums.past_due.iter().copied().sum();
                    sums.not_due + buckets + sums.no_due_date - sums.unapplied_cash - sums.unapplied_credits
                });
                prop_assert_eq!(control, balance(&ledger, currency, day));
            }
            for sums in aging.sums() {
                prop_assert!(sums.disputed <= sums.not_due + sums.overdue() + sums.no_due_date);
                prop_assert!(sums.not_due >= Total::ZERO && sums.past_due.iter().all(|bucket| *bucket >= Total::ZERO));
            }
        }
    }

    #[test]
    fn the_flow_closes_at_the_aged_control_balance_of_every_month_end(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = year();
        let flow = flow(&ledger, from, to, &groups, None, &FlowParams::default()).unwrap().value;
        let table = flow.table();
        let column = |name: &str| table.moneys(name).unwrap().to_vec();
        for row in 0..table.n_rows() {
            let at = |name: &str| column(name)[row].unwrap();
            let closing = at("opening") + at("invoiced") + at("debit_notes") + at("charges") - at("credit_notes")
                - at("credits") - at("cash") - at("discounts") - at("write_offs") + at("refunds") + at("reversals")
                + at("applied");
            prop_assert_eq!(closing, at("closing"));
        }
        for (position, month) in from.through(to).enumerate() {
            let aging = aging(&ledger, AsOf(month.last()), &groups, None, &AgingParams::default()).unwrap().value;
            for (flow, aged) in flow.groups().iter().zip(aging.sums()) {
                prop_assert_eq!(flow.balances().nth(position).unwrap().1, aged.control());
            }
        }
    }

    #[test]
    fn applications_sum_to_zero_over_a_currency_once_everything_has_happened(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let flow = flow(&ledger, month("2023-12"), month("2026-01"), &groups, None, &FlowParams::default()).unwrap().value;
        for currency in ledger.currencies() {
            let applied = of_currency(&groups, currency, flow.groups().iter(), |flow| {
                flow.months.iter().map(|month| month.applied).sum()
            });
            prop_assert_eq!(applied, Total::ZERO);
        }
    }

    #[test]
    fn dso_takes_its_receivables_from_the_same_balances_as_the_ageing(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = year();
        let dso = dso(&ledger, from, to, &groups, None, &DsoParams::default()).unwrap().value;
        for (position, month) in from.through(to).enumerate() {
            let aging = aging(&ledger, AsOf(month.last()), &groups, None, &AgingParams::default()).unwrap().value;
            for (rows, aged) in dso.rows().iter().zip(aging.sums()) {
                let row = &rows[position];
                prop_assert_eq!(row.receivables, aged.control());
                prop_assert_eq!((row.not_due, row.overdue), (aged.not_due, aged.overdue()));
                if let (Ok(simple), Ok(best), Ok(delinquent)) = (row.simple, row.best_possible, row.average_days_delinquent) {
                    prop_assert!((simple - best - delinquent).abs() < 1e-9);
                }
                if let (Ok(terms), Ok(late), Ok(pay)) = (row.weighted_terms, row.weighted_days_late, row.weighted_days_to_pay) {
                    prop_assert!((terms + late - pay).abs() < 1e-9 * (1.0 + terms.abs() + late.abs()));
                }
            }
        }
    }

    #[test]
    fn roll_rows_sum_to_one_and_amounts_are_conserved(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = year();
        for unit in [RollUnit::Item, RollUnit::Customer] {
            let rolls = roll_rates(&ledger, from, to, &groups, None, &rolls(unit)).unwrap().value;
            let n_from = rolls.states().from().len();
            let aged: Vec<_> = from
                .through(to)
                .map(|month| aging(&ledger, AsOf(month.last()), &groups, None, &AgingParams::default()).unwrap().value)
                .collect();
            for (group, periods) in rolls.sums().iter().enumerate() {
                for rates in rolls.matrix(group).unwrap().rates {
                    let sum: Option<f64> = rates.iter().copied().sum();
                    prop_assert!(sum.is_none_or(|sum| (sum - 1.0).abs() < 1e-12));
                }
                for (position, sums) in periods.iter().enumerate() {
                    for from in 0..n_from {
                        let amounts: Total = sums.amounts_from(from).iter().copied().sum();
                        prop_assert_eq!(amounts, sums.opening(from));
                    }
                    // What is open at the end of the month is what the ageing says is open.
                    let aged = &aged[position].sums()[group];
                    let remaining = |to: usize| (0..n_from).map(|from| sums.amounts_from(from)[to]).sum::<Total>();
                    prop_assert_eq!(remaining(0), aged.not_due);
                    for (bucket, &amount) in aged.past_due.iter().enumerate() {
                        prop_assert_eq!(remaining(bucket + 1), amount);
                    }
                    prop_assert_eq!(remaining(aged.past_due.len() + 1), aged.no_due_date);
                }
            }
        }
    }

    #[test]
    fn cohorts_collect_what_the_documents_collected(lines in ledger_lines()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = (month("2024-01"), month("2025-02"));
        let cohorts = cohorts(&ledger, AsOf(to.last()), from, to, &groups, None, &CohortParams::default()).unwrap().value;
        for currency in ledger.currencies() {
            let claims = || ledger.documents().all().iter().filter(|document| document.is_claim() && document.currency == currency);
            let entered = of_currency(&groups, currency, cohorts.sums().iter(), |sums| sums.entered.iter().copied().sum());
            prop_assert_eq!(entered, claims().map(|document| document.amount).sum::<Total>());
            let relieved = of_currency(&groups, currency, cohorts.sums().iter(), |sums| {
                let latest = (0..sums.entered.len()).filter_map(|origin| sums.cumulative(origin).last());
                latest.map(|cell| cell.cash + cell.credits + cell.discounts + cell.write_offs).sum()
            });
            let posted = claims().flat_map(|document| ledger.postings_of(document)).filter(|posting| posting.on <= to.last());
            prop_assert_eq!(Total::ZERO - relieved, posted.map(|posting| posting.delta).sum::<Total>());
        }
    }

    #[test]
    fn a_later_record_never_changes_an_earlier_result(lines in ledger_lines(), until in any_day()) {
        // Lines whose every day is on or before `until`; a reversal of a line that is left out goes with it.
        let is_later = |line: &String| {
            let mut words = line.split_whitespace();
            words.any(|word| {
                let word = word.strip_prefix("opened_on=").unwrap_or(word);
                arrears::calendar::Day::parse(word).is_ok_and(|day| day > until)
            })
        };
        let is_effective_later = |line: &String| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let effective = match words[0] {
                "customer" => return false,
                "dispute" => words[3].trim_start_matches("opened_on=").to_owned(),
                _ => words[4].to_owned(),
            };
            day(&effective) > until
        };
        let kept: Vec<String> = lines.iter().filter(|line| !is_effective_later(line)).cloned().collect();
        // An application that lies later than its money makes the earlier line itself a fact of the future: leave such ledgers out.
        let straddles = |line: &&String| line.contains(" applied ") && is_later(line);
        prop_assume!(!kept.iter().any(|line| straddles(&line)));
        prop_assume!(kept.iter().any(|line| line.contains(" issued ")));
        let (all, earlier) = (ledger(&lines.join("\n")), ledger(&kept.join("\n")));
        for (of_all, of_earlier) in all_tables(&all, until).iter().zip(&all_tables(&earlier, until)) {
            prop_assert_eq!(rows_with_content(of_all), rows_with_content(of_earlier), "{}", of_all.name());
        }
    }

    #[test]
    fn the_order_of_rows_changes_nothing((lines, shuffled) in ledger_lines().prop_flat_map(|lines| (Just(lines.clone()), Just(lines).prop_shuffle()))) {
        let (lines, shuffled) = (ledger(&lines.join("\n")), ledger(&shuffled.join("\n")));
        prop_assert_eq!(all_tables(&lines, day("2025-01-31")), all_tables(&shuffled, day("2025-01-31")));
    }

    #[test]
    fn every_accumulator_merges_parts_into_the_whole(lines in ledger_lines(), split in 0..5_u32, on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let groups = groups(&ledger, &BY);
        let (from, to) = year();
        let months = Months::new(from, to).unwrap();
        let history = Months::new(month("2024-01"), to).unwrap();
        let scheme = AgingScheme::from_upper_edges(&[30, 60]).unwrap();
        let states = RollStates::new(scheme.clone());

        let check = Merging { ledger: &ledger, split };
        let aging = AgingByGroup::new(&groups, AsOf(on), None, &scheme, AgingBasis::Due);
        check.law(aging, |part| part.sums().clone())?;
        check.law(FlowByMonth::new(&groups, &months), |part| part.sums().clone())?;
        for unit in [RollUnit::Item, RollUnit::Customer] {
            let rolls = RollsByGroup::new(&groups, &months, &states, RollPeriods::EachMonth, unit);
            check.law(rolls, |part| part.sums().clone())?;
        }
        let cohorts = CohortsByGroup::new(&groups, &months, &months, CohortOrigin::Due);
        check.law(cohorts, |part| part.sums().clone())?;
        check.law(DsoByGroup::new(&groups, &months, &history), |part| part.sums().clone())?;
        check.law(OpenByCustomer::new(&groups, AsOf(on)), |part| part.sums().clone())?;
    }
}

/// A ledger cut in two by customer.
pub(super) struct Merging<'a> {
    pub(super) ledger: &'a Ledger,
    pub(super) split: u32,
}

impl Merging<'_> {
    /// The parts of an accumulator merge into the whole.
    pub(super) fn law<A: Accumulator, S: PartialEq + std::fmt::Debug>(
        &self,
        empty: A,
        sums: fn(&A) -> S,
    ) -> Result<(), TestCaseError> {
        super::merges(self.ledger, self.split, empty, sums)
    }
}
