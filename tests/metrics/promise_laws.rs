//! What holds for promises, plans, disputes, recoveries and loss rates on every ledger: parts merge, sums agree, rates are rates.

use arrears::history::{Accumulator, CustomerHistory};
use arrears::ids::CustomerIx;
use arrears::ledger::{Ledger, Promise};
use arrears::metrics::Months;
use arrears::metrics::aging::AgingScheme;
use arrears::metrics::disputes::{DisputeGroups, DisputedByBucket, DisputedByGroup, DisputesByGroup};
use arrears::metrics::loss_rates::{LossRatesParams, LossesByGroup, loss_rates};
use arrears::metrics::plans::{PlanGroups, Plans, PlansByGroup};
use arrears::metrics::promises::{JudgedPromises, KeptByGroup, PromiseGroups, PromisesParams, promises};
use arrears::metrics::recoveries::RecoveriesByGroup;
use arrears::metrics::recovery::{RecoveryByGroup, RecoveryParams, recovery};
use arrears::metrics::roll_rates::RollStates;
use arrears::money::Total;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{as_of, groups, month};
use crate::support::ledger;
use crate::support::random::{any_day, cases, ledger_lines};

/// A random ledger with promises, plans and one more dispute, on documents and on accounts.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let promise = (
        0..4_usize,
        any_day(),
        0..30_i32,
        1..20_000_i64,
        any::<prop::sample::Index>(),
        any::<bool>(),
    );
    (ledger_lines(), vec(promise, 1..8)).prop_map(|(mut lines, promises)| {
        let documents: Vec<(String, String)> = lines
            .iter()
            .filter(|line| line.contains(" issued "))
            .map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                (words[1].to_owned(), words[2].to_owned())
            })
            .collect();
        for (at, (customer, made_on, after, cents, document, on_account)) in promises.into_iter().enumerate() {
            let customer = ["acme", "bolt", "cato", "dorn"][customer];
            let amount = format!("{}.{:02}", cents / 100, cents % 100);
            let promised_on = made_on + after;
            let (id, owner) = &documents[document.index(documents.len())];
            lines.push(match on_account {
                true => format!("promise q{at} {customer} made_on={made_on} promised_on={promised_on} {amount}"),
                false => format!("promise q{at} {owner} made_on={made_on} promised_on={promised_on} {amount} -> {id}"),
            });
            lines.push(format!(
                "plan l{at} {customer} agreed_on={made_on} due_on={promised_on} {amount} settlement={on_account}"
            ));
            lines.push(format!(
                "dispute x{at} {customer} opened_on={made_on} closed_on={promised_on}"
            ));
        }
        lines
    })
}

fn law<A: Accumulator, S: PartialEq + std::fmt::Debug>(
    ledger: &Ledger,
    split: u32,
    empty: A,
    sums: impl Fn(&A) -> S,
) -> Result<(), TestCaseError> {
    let over = |is_part: &dyn Fn(u32) -> bool| {
        let mut part = empty.clone();
        for customer in ledger.customers().filter(|customer| is_part(customer.0)) {
            part.update(&CustomerHistory::of(ledger, customer, None));
        }
        part
    };
    let whole = over(&|_| true);
    let mut merged = over(&|customer| customer < split);
    merged.merge(over(&|customer| customer >= split));
    prop_assert_eq!(sums(&merged), sums(&whole));
    Ok(())
}

fn names(by: &[&str]) -> Vec<String> {
    by.iter().map(|name| (*name).to_owned()).collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn every_accumulator_merges_parts_into_the_whole(lines in lines(), split in 0..5_u32, on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let day = arrears::calendar::AsOf(on);
        let months = Months::new(month("2024-01"), month("2024-12")).unwrap();
        let states = RollStates::new(AgingScheme::from_upper_edges(&[30, 60]).unwrap());
        let by_region = groups(&ledger, &["region", "salesperson"]);
        let last = as_of("2024-12-31");

        let promise_groups =
            PromiseGroups::new(&ledger, last, &names(&["region", "collector", "bucket"]), &PromisesParams::default()).unwrap().value;
        let promises = JudgedPromises::new(&ledger, &months, day, 3, &promise_groups);
        law(&ledger, split, promises, |part| part.facts().to_vec())?;
        let by_customer = |customer: CustomerIx, _: &Promise| customer.0 as usize;
        let kept = KeptByGroup::new(&ledger, (months.start(), months.last_day()), day, 3, by_customer);
        law(&ledger, split, kept, |part| part.counts().clone())?;
        let plans = Plans::of(&ledger, on, None);
        let plan_groups = PlanGroups::new(&ledger, last, &names(&["region", "autopay"]), &plans).unwrap().value;
        let by_group = PlansByGroup::new(&plans, &months, day, 3, &plan_groups);
        law(&ledger, split, by_group, |part| part.sums().map(|(customer, group, sums)| (customer, group, *sums)).collect::<Vec<_>>())?;
        let dispute_groups = DisputeGroups::new(&ledger, last, &names(&["salesperson", "reason"])).unwrap().value;
        law(&ledger, split, DisputesByGroup::new(&ledger, &months, day, &dispute_groups), |part| part.sums())?;
        law(&ledger, split, DisputedByGroup::new(&ledger, &by_region, &months, day), |part| part.sums().clone())?;
        law(&ledger, split, DisputedByBucket::new(&ledger, &by_region, &states, day), |part| part.sums().clone())?;
        let recovery = RecoveryByGroup::new(&by_region, &states, &months, day, &[30, 60]);
        law(&ledger, split, recovery, |part| part.sums().clone())?;
        let recoveries = RecoveriesByGroup::new(&ledger, &by_region, &months, day, &[]);
        law(&ledger, split, recoveries, |part| (part.sums().clone(), part.n_unmatched()))?;
        let losses = LossesByGroup::new(&by_region, &months, &states);
        law(&ledger, split, losses, |part| part.sums().clone())?;
    }

    #[test]
    fn promises_by_any_attribute_add_up_to_all(lines in lines(), on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let (from, to) = (month("2024-01"), month("2025-03"));
        let all = |by: &[&str]| {
            let result = promises(&ledger, arrears::calendar::AsOf(on), from, to, &names(by), None, &PromisesParams::default());
            let mut sums = (0, 0, 0, 0, Total::ZERO, Total::ZERO);
            for row in result.unwrap().value.rows() {
                prop_assert!(row.paid <= row.promised_judged && row.promised_judged <= row.promised);
                sums.0 += row.n_kept;
                sums.1 += row.n_partially_kept;
                sums.2 += row.n_broken;
                sums.3 += row.n_open;
                sums.4 += row.promised;
                sums.5 += row.paid;
            }
            Ok(sums)
        };
        let whole = all(&[])?;
        prop_assert_eq!(all(&["salesperson", "bucket", "month"])?, whole);
        prop_assert_eq!(all(&["customer", "collector"])?, whole);
    }

    #[test]
    fn nobody_recovers_more_than_stood_and_losses_are_shares_of_it(lines in lines(), on in any_day()) {
        let ledger = ledger(&lines.join("\n"));
        let (from, to) = (month("2024-02"), month("2024-12"));
        let groups = groups(&ledger, &["region"]);
        let params = RecoveryParams::default();
        let result = recovery(&ledger, arrears::calendar::AsOf(on), from, to, &groups, None, &params).unwrap().value;
        for row in result.rows() {
            prop_assert!(Total::ZERO <= row.sums.collected && row.sums.collected <= row.sums.stood);
        }
        // What a shorter horizon follows, a longer one follows or counts as too young.
        for pair in result.rows().windows(2).filter(|pair| pair[0].horizon_days < pair[1].horizon_days) {
            let n = |at: usize| pair[at].sums.n_items + pair[at].sums.n_too_young;
            prop_assert_eq!(n(0), n(1));
        }
        let losses = loss_rates(&ledger, from, to, &groups, None, &LossRatesParams::default()).unwrap().value;
        for row in losses.rows() {
            prop_assert!(row.stood >= Total::ZERO);
        }
    }
}
