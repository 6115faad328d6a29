//! A customer's promises as they are judged from day to day.

use crate::calendar::{AsOf, Day};
use crate::features::view::View;
use crate::history::CustomerHistory;
use crate::ledger::Ledger;
use crate::metrics::promises::{PromiseOutcome, promise_outcomes};

/// How many promises are open, how many were judged, and how many of them were broken; kept while no day can change it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Promises {
    n_made: usize,
    pub n_judged: usize,
    pub n_broken: usize,
    pub n_open: usize,
}

impl Promises {
    /// Judges the promises at the end of a day, `self` being how they stood at the end of the panel's day before.
    pub(super) fn judge(
        &mut self,
        ledger: &Ledger,
        history: &CustomerHistory<'_>,
        view: &View<'_>,
        day: AsOf,
        tolerance_days: i32,
    ) {
        let known = history.as_known_on(day.0);
        let made = known.promises().take_while(|promise| promise.made_on <= day.0);
        let (n_made, last_end) = made.fold((0, Day::EARLIEST), |(n_made, last_end), promise| {
            (n_made + 1, last_end.max(promise.promised_on + tolerance_days))
        });
        // Once every window is over, only facts of its days that come to be known later can change an outcome.
        let was_over = view.day_before().is_some_and(|before| last_end < before);
        let is_settled = was_over && view.sees_back_to().is_none_or(|first| last_end < first);
        if n_made == 0 || (n_made == self.n_made && is_settled) {
            return;
        }
        let outcomes = promise_outcomes(ledger, &known, day, tolerance_days);
        let n_open = outcomes
            .iter()
            .filter(|judged| judged.outcome == PromiseOutcome::Open)
            .count();
        *self = Promises {
            n_made,
            n_judged: outcomes.len() - n_open,
            n_open,
            n_broken: outcomes.iter().filter(|judged| judged.outcome.fell_short()).count(),
        };
    }
}
