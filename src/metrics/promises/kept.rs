//! How many promises were kept, for results that show it beside other numbers.

use super::{JudgedPromise, PromiseOutcome, promise_outcomes};
use crate::calendar::{AsOf, Day};
use crate::history::{Accumulator, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Promise};
use crate::metrics::{ByGroup, NullReason, wilson_interval};

/// Promises that are judged, and how many of them were kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptCounts {
    /// Promises that are kept, or whose window is over.
    pub n_judged: u64,
    /// Promises that are kept.
    pub n_kept: u64,
}

/// Counts the promises made between two days by group, as they are judged at the end of a day.
#[derive(Clone)]
pub struct KeptByGroup<'a, G> {
    ledger: &'a Ledger,
    days: (Day, Day),
    as_of: AsOf,
    tolerance_days: i32,
    group_of: G,
    counts: ByGroup<KeptCounts>,
}

impl KeptCounts {
    /// Returns the share of the judged promises that was kept.
    ///
    /// # Errors
    /// [`NullReason::NoDenominator`] where no promise is judged.
    pub fn kept_rate(&self) -> Result<f64, NullReason> {
        match self.n_judged {
            0 => Err(NullReason::NoDenominator),
            n_judged => Ok(self.n_kept as f64 / n_judged as f64),
        }
    }

    /// Returns Wilson's interval of that share, or `None` where no promise is judged.
    pub fn interval(&self, confidence: f64) -> Option<(f64, f64)> {
        wilson_interval(self.n_kept, self.n_judged, confidence)
    }

    /// Adds a promise, unless it is open.
    pub fn count(&mut self, judged: &JudgedPromise) {
        self.n_judged += u64::from(judged.outcome != PromiseOutcome::Open);
        self.n_kept += u64::from(judged.outcome == PromiseOutcome::Kept);
    }

    /// Adds other promises.
    pub fn add(&mut self, other: KeptCounts) {
        self.n_judged += other.n_judged;
        self.n_kept += other.n_kept;
    }
}

impl<'a, G: Fn(CustomerIx, &Promise) -> usize> KeptByGroup<'a, G> {
    /// Starts from nothing; both `days` count, and `group_of` tells the number of the group of a customer's promise.
    pub fn new(
        ledger: &'a Ledger,
        days: (Day, Day),
        as_of: AsOf,
        tolerance_days: i32,
        group_of: G,
    ) -> KeptByGroup<'a, G> {
        KeptByGroup {
            ledger,
            days,
            as_of,
            tolerance_days,
            group_of,
            counts: ByGroup::default(),
        }
    }

    /// Returns the counts so far.
    pub fn counts(&self) -> &ByGroup<KeptCounts> {
        &self.counts
    }
}

impl<G> Accumulator for KeptByGroup<'_, G>
where
    G: Fn(CustomerIx, &Promise) -> usize + Clone + Send + Sync,
{
    /// Adds one customer's promises.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for judged in promise_outcomes(self.ledger, customer, self.as_of, self.tolerance_days) {
            if (self.days.0..=self.days.1).contains(&judged.promise.made_on) {
                let group = (self.group_of)(customer.customer, &judged.promise);
                self.counts.at(group, KeptCounts::default).count(&judged);
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.counts.merge(other.counts, |own, more| own.add(more));
    }
}
