//! The states a claim can be in, and the sums of its moves between them.

use crate::calendar::{AsOf, Day};
use crate::ledger::{Document, Nature};
use crate::metrics::MonthStep;
use crate::metrics::aging::AgingScheme;
use crate::money::Total;

/// The states of a scheme, by position.
///
/// Open states come first: not due, the buckets, no due date. Rows go on with `entered` and `reopened`; columns of the
/// count matrix with the exits, those of the amount matrix with what happened to the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollStates {
    scheme: AgingScheme,
}

/// Sums of one group over one or several months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollSums {
    n_count_to: usize,
    n_amount_to: usize,
    // Row by row.
    counts: Vec<u64>,
    amounts: Vec<Total>,
    opening: Vec<Total>,
}

/// Positions of the exits after the open states of the count matrix.
const PAID: usize = 0;
const CREDITED: usize = 1;
const WRITTEN_OFF: usize = 2;

impl RollStates {
    /// Builds the states of an ageing scheme.
    pub fn new(scheme: AgingScheme) -> RollStates {
        RollStates { scheme }
    }

    /// Returns how many open states there are: not due, the buckets, no due date.
    pub fn n_open(&self) -> usize {
        self.scheme.n_buckets() + 2
    }

    pub(super) fn entered(&self) -> usize {
        self.n_open()
    }

    pub(super) fn reopened(&self) -> usize {
        self.n_open() + 1
    }

    /// Returns the captions of the open states.
    fn open(&self) -> Vec<String> {
        let buckets = self.scheme.labels();
        let not_due = std::iter::once("not_due".to_owned());
        not_due.chain(buckets).chain(["no_due_date".to_owned()]).collect()
    }

    /// Returns the captions of the rows.
    pub fn from(&self) -> Vec<String> {
        with(self.open(), &["entered", "reopened"])
    }

    /// Returns the captions of the columns of the count matrix.
    pub fn count_to(&self) -> Vec<String> {
        with(self.open(), &["paid", "credited", "written_off"])
    }

    /// Returns the captions of the columns of the amount matrix.
    pub fn amount_to(&self) -> Vec<String> {
        with(
            self.open(),
            &[
                "over_applied",
                "collected",
                "credited",
                "discounted",
                "written_off",
                "reversed",
            ],
        )
    }

    pub(super) fn empty(&self) -> RollSums {
        let (n_from, n_count_to, n_amount_to) = (self.n_open() + 2, self.n_open() + 3, self.n_open() + 6);
        RollSums {
            n_count_to,
            n_amount_to,
            counts: vec![0; n_from * n_count_to],
            amounts: vec![Total::ZERO; n_from * n_amount_to],
            opening: vec![Total::ZERO; n_from],
        }
    }

    /// Returns the state of an open claim at the end of a day.
    pub fn on(&self, document: &Document, day: Day) -> usize {
        match document.due_on {
            None => self.n_open() - 1,
            Some(due_on) => {
                let days = AsOf(day).days_past(due_on);
                self.scheme.bucket(days).map_or(0, |bucket| bucket + 1)
            }
        }
    }

    /// Returns the open states from best to worst: no due date, not due, the buckets.
    pub(super) fn best_to_worst(&self) -> Vec<usize> {
        let mut states: Vec<usize> = (0..self.n_open()).collect();
        states.sort_by_key(|&state| self.rank(state));
        states
    }

    /// Returns the rank of an open state for the worst claim of a customer: later buckets are worse, no due date is least.
    fn rank(&self, state: usize) -> usize {
        (state + 1) % self.n_open()
    }

    pub(super) fn worse(&self, a: Option<usize>, b: usize) -> usize {
        a.map_or(b, |a| if self.rank(a) >= self.rank(b) { a } else { b })
    }

    pub(super) fn exit(&self, last_money: Option<(Day, Nature)>) -> usize {
        self.n_open()
            + match last_money {
                Some((_, Nature::Credit)) => CREDITED,
                Some((_, Nature::WriteOff)) => WRITTEN_OFF,
                _ => PAID,
            }
    }
}

fn with(mut words: Vec<String>, more: &[&str]) -> Vec<String> {
    words.extend(more.iter().map(|word| (*word).to_owned()));
    words
}

impl RollSums {
    /// Returns how many units were in a row's state.
    pub fn n_from(&self, from: usize) -> u64 {
        self.counts_from(from).iter().sum()
    }

    /// Returns how many units went from a row's state to each column of the count matrix.
    pub fn counts_from(&self, from: usize) -> &[u64] {
        &self.counts[from * self.n_count_to..(from + 1) * self.n_count_to]
    }

    /// Returns the amount that was open in a row's state (for `entered`: the amount issued).
    pub fn opening(&self, from: usize) -> Total {
        self.opening[from]
    }

    /// Returns what became of that amount, by column of the amount matrix; it sums to the opening amount.
    pub fn amounts_from(&self, from: usize) -> &[Total] {
        &self.amounts[from * self.n_amount_to..(from + 1) * self.n_amount_to]
    }

    pub(super) fn count(&mut self, from: usize, to: usize) {
        self.counts[from * self.n_count_to + to] += 1;
    }

    pub(super) fn add_amounts(&mut self, states: &RollStates, from: usize, to: Option<usize>, step: &MonthStep) {
        let n_open = states.n_open();
        self.opening[from] += step.opening + step.issued;
        let row = &mut self.amounts[from * self.n_amount_to..(from + 1) * self.n_amount_to];
        row[to.unwrap_or(n_open)] += step.closing;
        row[n_open + 1] += step.moved.collected;
        row[n_open + 2] += step.moved.credited;
        row[n_open + 3] += step.moved.discounted;
        row[n_open + 4] += step.moved.written_off;
        row[n_open + 5] -= step.moved.reversed;
    }

    pub(super) fn add(&mut self, other: &RollSums) {
        for (own, more) in self.counts.iter_mut().zip(&other.counts) {
            *own += more;
        }
        for (own, more) in self.amounts.iter_mut().zip(&other.amounts) {
            *own += *more;
        }
        for (own, more) in self.opening.iter_mut().zip(&other.opening) {
            *own += *more;
        }
    }
}
