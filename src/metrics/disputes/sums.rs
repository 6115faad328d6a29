//! The disputes of one group added up, and how long they took.

use std::collections::BTreeMap;

use crate::metrics::NullReason;
use crate::metrics::cohorts::{Exit, ExitTimes};
use crate::money::Total;

/// The disputes of one group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisputeSums {
    /// Disputes resolved.
    pub n_resolved: u64,
    /// Disputes open.
    pub n_open: u64,
    /// Disputed when they were opened.
    pub disputed: Total,
    /// Of the open disputes, what is still open on their documents and disputed.
    pub open: Total,
    /// Ages of the open disputes, added up in days.
    pub days_open: i64,
    /// Days the resolved ones took, added up.
    pub days_to_resolve: i64,
    // Days, resolved and open.
    pub(super) times: BTreeMap<i32, [u64; 2]>,
}

impl DisputeSums {
    pub(super) fn add(&mut self, other: DisputeSums) {
        self.n_resolved += other.n_resolved;
        self.n_open += other.n_open;
        self.disputed += other.disputed;
        self.open += other.open;
        self.days_open += other.days_open;
        self.days_to_resolve += other.days_to_resolve;
        for (days, ended) in other.times {
            let own = self.times.entry(days).or_default();
            own[0] += ended[0];
            own[1] += ended[1];
        }
    }

    /// Returns the mean age of the open disputes, in days.
    pub fn mean_age(&self) -> Option<f64> {
        (self.n_open > 0).then(|| self.days_open as f64 / self.n_open as f64)
    }

    /// Returns the mean days the resolved disputes took; too short while disputes are open.
    pub fn mean_days_to_resolve(&self) -> Option<f64> {
        (self.n_resolved > 0).then(|| self.days_to_resolve as f64 / self.n_resolved as f64)
    }

    /// Returns the days after which at most half of the disputes are unresolved, open ones being censored.
    ///
    /// # Errors
    /// [`NullReason::NotDefined`] where more than half are never seen resolved.
    pub fn median_days_to_resolve(&self) -> Result<i32, NullReason> {
        let curve = self.exit_times().curve();
        let half = curve.iter().find(|point| point.unpaid <= 0.5 + 1e-12);
        half.map(|point| point.day).ok_or(NullReason::NotDefined)
    }

    /// Returns the share resolved within so many days, open ones being censored; `None` where nobody was followed that long.
    pub fn resolved_within(&self, days: i32) -> Option<f64> {
        let curve = self.exit_times().curve();
        let last = curve.last()?;
        let until = curve.iter().rev().find(|point| point.day <= days);
        let unresolved = until.map_or(1.0, |point| point.unpaid);
        (last.day >= days || last.unpaid == 0.0).then_some(1.0 - unresolved)
    }

    /// The estimator is that of the time to pay; a dispute that is resolved is what a claim that is paid is there.
    fn exit_times(&self) -> ExitTimes {
        let mut times = ExitTimes::default();
        for (&days, &[n_resolved, n_open]) in &self.times {
            (0..n_resolved).for_each(|_| times.add(days, Exit::Paid));
            (0..n_open).for_each(|_| times.add(days, Exit::Open));
        }
        times
    }
}
