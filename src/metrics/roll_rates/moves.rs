//! A claim on its way from month end to month end: where it stood before each month and where it stands after it.

use super::due_dates::{DueDates, DueDays};
use super::states::{RollStates, RollSums};
use crate::history::{CustomerHistory, DocumentHistory};
use crate::metrics::{MonthStep, Months};
use crate::money::Total;

/// The moves of one claim, month by month.
pub(in crate::metrics) struct ClaimMoves<'a> {
    states: &'a RollStates,
    months: &'a Months,
    due_days: DueDays<'a>,
    // Where it stood at the end of the last month asked for.
    state: Option<usize>,
}

/// One claim in one month.
#[derive(Clone, Copy, Debug)]
pub(in crate::metrics) struct ClaimMove {
    /// Row: the state at the opening, `entered` or `reopened`.
    pub from: usize,
    /// Where it stands at the end, if anything is open.
    pub to: Option<Landing>,
    /// What decides whether the claim is material: what was open, entered or was reopened.
    pub at_stake: Total,
}

/// Where something open stands at the end of a month, and where it would stand had no due day changed in the month.
#[derive(Clone, Copy, Debug)]
pub(in crate::metrics) struct Landing {
    pub state: usize,
    pub unchanged: usize,
}

impl<'a> ClaimMoves<'a> {
    /// Starts before the first month of one of a customer's claims.
    pub fn new(
        states: &'a RollStates,
        months: &'a Months,
        due_dates: &DueDates,
        customer: &CustomerHistory<'a>,
        claim: &DocumentHistory<'_>,
    ) -> ClaimMoves<'a> {
        ClaimMoves {
            states,
            months,
            due_days: due_dates.of_claim(customer, claim),
            state: None,
        }
    }

    /// Returns the move of the next month; `None` where nothing was open and nothing is.
    #[inline]
    pub fn next(&mut self, step: &MonthStep<'_>) -> Option<ClaimMove> {
        let (states, is_open) = (self.states, step.closing > Total::ZERO);
        let (from, at_stake) = if step.opening > Total::ZERO {
            let before = || self.due_days.on(self.months.day_before(step.month));
            let state = || states.on(before(), self.months.day_before(step.month));
            (self.state.unwrap_or_else(state), step.opening)
        } else if step.issued > Total::ZERO {
            (states.entered(), step.issued)
        } else if is_open {
            (states.reopened(), step.closing)
        } else {
            self.state = None;
            return None;
        };
        let to = is_open.then(|| self.landing(step.month));
        self.state = to.map(|to| to.state);
        Some(ClaimMove { from, to, at_stake })
    }

    #[inline]
    fn landing(&self, month: usize) -> Landing {
        let end = self.months.end(month);
        let state = self.states.on(self.due_days.on(end), end);
        let unchanged = match self.due_days.is_one() {
            true => state,
            false => self.states.on(self.due_days.on(self.months.day_before(month)), end),
        };
        Landing { state, unchanged }
    }
}

impl RollSums {
    /// Adds the money of one claim and month; what a changed due day took elsewhere stands in the column `re_aged`, and in the row of that name once more.
    #[inline]
    pub(in crate::metrics) fn add_amounts_of(&mut self, states: &RollStates, moved: &ClaimMove, step: &MonthStep<'_>) {
        let (closing, postings) = (step.closing, step.postings());
        let n_open = states.n_open();
        match (moved.to, states.re_aged()) {
            (Some(to), Some((row, _, column))) if moved.from < n_open && to.state != to.unchanged => {
                self.add_amounts(n_open, moved.from, Some(column), closing, postings);
                self.add_re_aged(row, to.state, closing);
            }
            (to, _) => self.add_amounts(n_open, moved.from, to.map(|to| to.state), closing, postings),
        }
    }

    /// Counts one move; one that a changed due day made stands in the column `re_aged`, and in the row of that name once more.
    #[inline]
    pub(in crate::metrics) fn count_move(
        &mut self,
        states: &RollStates,
        from: usize,
        to: Option<Landing>,
        otherwise: impl FnOnce() -> usize,
    ) {
        match (to, states.re_aged()) {
            (Some(to), Some((row, column, _))) if from < states.n_open() && to.state != to.unchanged => {
                self.count(from, column);
                self.count(row, to.state);
            }
            (Some(to), _) => self.count(from, to.state),
            (None, _) => self.count(from, otherwise()),
        }
    }
}
