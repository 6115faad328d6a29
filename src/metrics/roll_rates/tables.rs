//! The roll rates as a table.

use super::matrix::{MoveCounts, MoveShares};
use super::{METRIC_ID, RollInterval, RollPeriods, RollRates, RollUnit};
use crate::metrics::view_note;
use crate::metrics::{goodman_interval, wilson_interval};
use crate::money::Total;
use crate::table::Table;

impl RollRates {
    /// Returns one row per group, period, matrix, row and column of the matrix.
    pub fn table(&self) -> Table {
        let (from, count_to, amount_to) = (self.states.from(), self.states.count_to(), self.states.amount_to());
        let mut rows = Rows::default();
        for (group, periods) in self.sums.iter().enumerate() {
            for (period, sums) in periods.iter().enumerate() {
                let start = rows.groups.len();
                for (a, from) in from.iter().enumerate() {
                    let n = sums.n_from(a);
                    for (to, &n_to) in count_to.iter().zip(sums.counts_from(a)) {
                        rows.push(group, "count", from, to);
                        rows.n.push(Some(n_to as i64));
                        rows.rate.push((n > 0).then(|| n_to as f64 / n as f64));
                        let confidence = self.params.confidence;
                        let interval = match self.params.interval {
                            RollInterval::Wilson => wilson_interval(n_to, n, confidence),
                            RollInterval::Goodman => goodman_interval(n_to, n, count_to.len(), confidence),
                        };
                        rows.low.push(interval.map(|(low, _)| low));
                        rows.high.push(interval.map(|(_, high)| high));
                        rows.amount.push(None);
                        rows.n_from.push(Some(n as i64));
                        rows.opening.push(None);
                    }
                }
                for (a, from) in from.iter().enumerate() {
                    let opening = sums.opening(a);
                    for (to, &amount) in amount_to.iter().zip(sums.amounts_from(a)) {
                        rows.push(group, "amount", from, to);
                        rows.n.push(None);
                        rows.rate.push(share(amount, opening));
                        rows.low.push(None);
                        rows.high.push(None);
                        rows.amount.push(Some(amount));
                        rows.n_from.push(None);
                        rows.opening.push(Some(opening));
                    }
                }
                rows.months
                    .extend((start..rows.groups.len()).map(|_| self.months.month(period).to_string()));
            }
        }
        let mut table = self.labels.start("roll_rates", METRIC_ID, &rows.groups);
        if self.params.periods == RollPeriods::EachMonth {
            table = table.text("month", rows.months);
        }
        table
            .text("kind", rows.kinds)
            .text("from_state", rows.from)
            .text("to_state", rows.to)
            .int("n", rows.n)
            .real("rate", rows.rate)
            .real("rate_low", rows.low)
            .real("rate_high", rows.high)
            .money("amount", rows.amount)
            .int("n_from", rows.n_from)
            .money("amount_from", rows.opening)
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "months",
                format!(
                    "{} to {}, each from the end of the month before to its own end",
                    self.months.month(0),
                    self.months.month(self.months.n() - 1)
                ),
            )
            .note(
                "unit",
                match self.params.unit {
                    RollUnit::Item => "counts are of claims",
                    RollUnit::Customer => "counts are of customers in the state of their worst claim; amounts are of claims",
                },
            )
            .note(
                "interval",
                match self.params.interval {
                    RollInterval::Wilson => format!("Wilson, {}", self.params.confidence),
                    RollInterval::Goodman => format!("Goodman, all rates of a row together, {}", self.params.confidence),
                },
            )
            .note(
                "identity",
                "amounts of a row sum to amount_from; over_applied and reversed are negative; rates of a count row sum to one",
            )
    }

    /// Returns one row per group and state: the shares that moved forward, stayed, were cured, left, over all months.
    ///
    /// `skip`, part of `forward`, went past at least one state; the shares are null where no unit was in the state.
    pub fn shares_table(&self) -> Table {
        let mut groups = Vec::new();
        let (mut states, mut n_from, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        for group in 0..self.labels.n() {
            let Some(moves) = self.moves(group) else { continue };
            for (from, state) in moves.from().iter().enumerate() {
                groups.push(group);
                states.push(state.clone());
                n_from.push(moves.n_from(from) as i64);
                shares.push(moves.shares_from(from));
            }
        }
        let share = |of: fn(&MoveShares) -> f64| shares.iter().map(|row| row.as_ref().map(of)).collect::<Vec<_>>();
        self.labels
            .start("roll_shares", METRIC_ID, &groups)
            .text("from_state", states)
            .int("n_from", n_from)
            .real("forward", share(|row| row.forward))
            .real("skip", share(|row| row.skip))
            .real("stay", share(|row| row.stay))
            .real("cure", share(|row| row.cure))
            .real("exit", share(|row| row.exit))
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "shares",
                "forward + stay + cure + exit = 1; skip is part of forward: past at least one state in one month",
            )
    }
}

/// A share of an opening amount; null where there was none, or a reopened claim began below zero.
pub(super) fn share(amount: Total, opening: Total) -> Option<f64> {
    (opening > Total::ZERO).then(|| amount.ratio(opening)).flatten()
}

/// Rows of the table under construction.
#[derive(Default)]
struct Rows {
    groups: Vec<usize>,
    months: Vec<String>,
    kinds: Vec<String>,
    from: Vec<String>,
    to: Vec<String>,
    n: Vec<Option<i64>>,
    rate: Vec<Option<f64>>,
    low: Vec<Option<f64>>,
    high: Vec<Option<f64>>,
    amount: Vec<Option<Total>>,
    n_from: Vec<Option<i64>>,
    opening: Vec<Option<Total>>,
}

impl Rows {
    fn push(&mut self, group: usize, kind: &str, from: &str, to: &str) {
        self.groups.push(group);
        self.kinds.push(kind.to_owned());
        self.from.push(from.to_owned());
        self.to.push(to.to_owned());
    }
}

/// Builds one row per pair of states: rates over several steps as observed, beside those chained from single steps.
pub(super) fn steps(observed: &MoveCounts, chained: &[Option<Vec<f64>>], n_steps: usize) -> Table {
    let pairs: Vec<(usize, usize, &String)> = (0..observed.from().len())
        .flat_map(|from| observed.to().enumerate().map(move |(to, label)| (from, to, label)))
        .collect();
    let pairs = || pairs.iter().copied();
    let rate = |from: usize, to: usize| Some(observed.rates_from(from)?[to]);
    let chain = |from: usize, to: usize| Some(chained[from].as_ref()?[to]);
    Table::new("roll_rates_steps")
        .text("from_state", pairs().map(|(from, ..)| observed.from()[from].clone()))
        .text("to_state", pairs().map(|(.., label)| label.clone()))
        .int("n", pairs().map(|(from, to, _)| observed.counts_from(from)[to] as i64))
        .int("n_from", pairs().map(|(from, ..)| observed.n_from(from) as i64))
        .real("rate_observed", pairs().map(|(from, to, _)| rate(from, to)))
        .real("rate_chained", pairs().map(|(from, to, _)| chain(from, to)))
        .real("difference", pairs().map(|(from, to, _)| Some(rate(from, to)? - chain(from, to)?)))
        .note("steps", n_steps)
        .note(
            "chained",
            "the one-step rates multiplied as if every step were alike and had no memory; difference = observed - chained",
        )
}
