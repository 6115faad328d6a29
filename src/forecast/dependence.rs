//! Measures on settled items how strongly payment times move together.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use statrs::distribution::{ContinuousCDF, Normal};

use super::hazards::{Exit, FIRST_AGE, LAST_AGE, exit_of};
use super::simulate::{Dependence, ScoreMoments};
use super::timing::{Timing, TimingParams, due_or_assumed, tasks};
use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;

/// Days after a due day by which most items are settled, so that their scores can be used.
const SETTLING_DAYS: i32 = 45;

/// Scores the payment day of every ripe item under its customer's own distribution and correlates the scores.
pub(super) fn measure_dependence(ledger: &Ledger, as_of: AsOf, timing: &Timing, params: &TimingParams) -> Dependence {
    let normal = Normal::standard();
    let first = as_of.0 - params.history_days;
    let clock = timing.clock();
    let part = |customers: &std::ops::Range<u32>| {
        let mut weeks: BTreeMap<i32, ScoreMoments> = BTreeMap::new();
        for customer in customers.clone().map(CustomerIx) {
            let log_survival = timing.of_customer(ledger, customer).log_survival();
            // ln P(open at the end of the day of this age), up to a constant that cancels.
            let log_open = |age: i32| log_survival[(age.clamp(FIRST_AGE, LAST_AGE) - FIRST_AGE) as usize];
            let mut own: BTreeMap<Day, (f64, f64, f64)> = BTreeMap::new();
            for item in CustomerHistory::of(ledger, customer, Some(as_of.0)).documents() {
                let due_on = due_or_assumed(item.document, params);
                let is_ripe = due_on >= first && due_on + SETTLING_DAYS <= as_of.0;
                if !item.document.is_claim() || !is_ripe {
                    continue;
                }
                let Some(settled_on) = item.settled_on(as_of.0) else {
                    continue;
                };
                let by_cash = |nature| exit_of(nature) == Some(Exit::Cash);
                if !item
                    .postings()
                    .any(|posting| posting.on <= as_of.0 && by_cash(posting.nature))
                {
                    continue;
                }
                let due = clock.number(due_on);
                let settled = clock.number(settled_on.max(item.document.issued_on)) - due;
                let entered = log_open(clock.number(item.document.issued_on) - 1 - due);
                let before = (log_open(settled - 1) - entered).exp();
                let after = (log_open(settled) - entered).exp();
                let score = normal.inverse_cdf((1.0 - (before + after) / 2.0).clamp(1e-6, 1.0 - 1e-6));
                let sums = own.entry(due_on).or_default();
                sums.0 += 1.0;
                sums.1 += score;
                sums.2 += score * score;
            }
            let mut by_week: BTreeMap<i32, (f64, f64, f64)> = BTreeMap::new();
            for (due_on, (n, sum, squares)) in own {
                let week = due_on.epoch().div_euclid(7);
                weeks.entry(week).or_default().add_run(n, sum, squares);
                let sums = by_week.entry(week).or_default();
                *sums = (sums.0 + n, sums.1 + sum, sums.2 + squares);
            }
            for (week, (n, sum, squares)) in by_week {
                weeks.entry(week).or_default().add_customer(n, sum, squares);
            }
        }
        weeks
    };
    let tasks = tasks(ledger.n_customers());
    let parts: Vec<_> = tasks.par_iter().map(part).collect();
    let mut weeks: BTreeMap<i32, ScoreMoments> = BTreeMap::new();
    for (week, moments) in parts.into_iter().flatten() {
        weeks.entry(week).or_default().merge(&moments);
    }
    Dependence::measure(weeks.values())
}
