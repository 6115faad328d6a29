//! Rates over several steps as observed, beside those chained from single steps: rows that several results share.

use super::chain::TransitionMatrix;
use super::customers::MoneyDraws;
use super::matrix::MoveCounts;
use super::states::RollSums;
use super::tables::share;
use crate::metrics::wilson_interval;
use crate::money::Total;
use crate::table::Table;

/// Rows under construction: one per pair of states.
#[derive(Default)]
pub(super) struct StepRows {
    groups: Vec<usize>,
    kinds: Vec<&'static str>,
    rows: Vec<StepRow>,
    has_money: bool,
}

#[derive(Default)]
struct StepRow {
    from: String,
    to: String,
    n: Option<u64>,
    n_from: Option<u64>,
    amount: Option<Total>,
    amount_from: Option<Total>,
    observed: Option<f64>,
    interval: Option<(f64, f64)>,
    chained: Option<f64>,
    long_run: Option<f64>,
}

/// Money seen over several steps, and draws of the customers behind it.
pub(super) struct MoneySeen<'a> {
    pub(super) sums: &'a RollSums,
    pub(super) draws: Option<MoneyDraws<'a>>,
}

impl StepRows {
    /// Adds counts seen over several steps, beside the chain of single ones.
    pub(super) fn push_counts(
        &mut self,
        group: usize,
        seen: &MoveCounts,
        one_step: &TransitionMatrix,
        n_steps: usize,
        confidence: f64,
    ) {
        self.push(group, "count", one_step, n_steps, |from, to| {
            let (n, n_from) = (seen.counts_from(from)[to], seen.n_from(from));
            StepRow {
                n: Some(n),
                n_from: Some(n_from),
                observed: seen.rates_from(from).map(|rates| rates[to]),
                interval: wilson_interval(n, n_from, confidence),
                ..StepRow::default()
            }
        });
    }

    /// Adds money seen over several steps, beside the chain of single ones.
    pub(super) fn push_money(
        &mut self,
        group: usize,
        seen: &MoneySeen<'_>,
        one_step: &TransitionMatrix,
        n_steps: usize,
    ) {
        self.has_money = true;
        self.push(group, "amount", one_step, n_steps, |from, to| {
            let sums = seen.sums;
            let observed = share(sums.amounts_from(from)[to], sums.opening(from));
            let interval = || {
                let draws = seen.draws.as_ref()?;
                draws.interval(&[sums.amount_cell(from, to)], &[sums.opening_cell(from)])
            };
            StepRow {
                amount: Some(sums.amounts_from(from)[to]),
                amount_from: Some(sums.opening(from)),
                observed,
                interval: observed.and_then(|_| interval()),
                ..StepRow::default()
            }
        });
    }

    fn push(
        &mut self,
        group: usize,
        kind: &'static str,
        one_step: &TransitionMatrix,
        n_steps: usize,
        seen: impl Fn(usize, usize) -> StepRow,
    ) {
        let (chained, long_run) = (one_step.power(n_steps), one_step.long_run());
        for (from, state) in one_step.from().iter().enumerate() {
            for (to, caption) in one_step.to().enumerate() {
                self.groups.push(group);
                self.kinds.push(kind);
                self.rows.push(StepRow {
                    from: state.clone(),
                    to: caption.clone(),
                    chained: chained[from].as_ref().map(|rates| rates[to]),
                    long_run: long_run[from].as_ref().map(|rates| rates[to]),
                    ..seen(from, to)
                });
            }
        }
    }

    /// Returns the group of each row.
    pub(super) fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// Adds the rows to a table that has the columns of their groups.
    pub(super) fn onto(self, mut table: Table) -> Table {
        let rows = &self.rows;
        if self.has_money {
            table = table.text("kind", self.kinds.iter().map(|kind| (*kind).to_owned()));
        }
        table = table
            .text("from_state", rows.iter().map(|row| row.from.clone()))
            .text("to_state", rows.iter().map(|row| row.to.clone()))
            .int("n", rows.iter().map(|row| row.n.map(|n| n as i64)))
            .int("n_from", rows.iter().map(|row| row.n_from.map(|n| n as i64)));
        if self.has_money {
            table = table
                .money("amount", rows.iter().map(|row| row.amount))
                .money("amount_from", rows.iter().map(|row| row.amount_from));
        }
        table
            .real("rate_observed", rows.iter().map(|row| row.observed))
            .real("rate_low", rows.iter().map(|row| row.interval.map(|(low, _)| low)))
            .real("rate_high", rows.iter().map(|row| row.interval.map(|(_, high)| high)))
            .real("rate_chained", rows.iter().map(|row| row.chained))
            .real("difference", rows.iter().map(|row| Some(row.observed? - row.chained?)))
            .real("rate_long_run", rows.iter().map(|row| row.long_run))
            .note(
                "chained",
                "the one-step rates multiplied as if every step were alike and had no memory; difference = observed - chained",
            )
            .note(
                "long_run",
                "where the chain ends, after any number of steps; null where it can get stuck",
            )
    }
}
