//! The promises of one group added up.

use super::{PromiseFact, PromiseOutcome};
use crate::metrics::{BootstrapParams, ClusterSums, NullReason, wilson_interval};
use crate::money::Total;

/// What became of the promises of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct PromisesRow {
    /// Promises that were kept.
    pub n_kept: u64,
    /// Promises of which a part came in time.
    pub n_partially_kept: u64,
    /// Promises of which nothing came in time.
    pub n_broken: u64,
    /// Promises whose window is not over.
    pub n_open: u64,
    /// Promises that a newer one on the same invoice ended; they are among the judged.
    pub n_replaced: u64,
    /// Promised in all.
    pub promised: Total,
    /// Promised by those that are judged.
    pub promised_judged: Total,
    /// What of that came in time.
    pub paid: Total,
    /// Share of the judged promises that was kept.
    pub kept_rate: Result<f64, NullReason>,
    /// Wilson's interval of that share.
    pub kept_rate_interval: Option<(f64, f64)>,
    /// Share of the money promised by judged promises that came in time.
    pub paid_share: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub paid_share_interval: Option<(f64, f64)>,
}

impl PromisesRow {
    pub(super) fn of(facts: &[&PromiseFact], bootstrap: &BootstrapParams) -> PromisesRow {
        let n = |outcome: PromiseOutcome| facts.iter().filter(|fact| fact.judged.outcome == outcome).count() as u64;
        let judged = || facts.iter().filter(|fact| fact.judged.outcome != PromiseOutcome::Open);
        let promised_judged: Total = judged().map(|fact| fact.judged.promise.amount).sum();
        let paid: Total = judged().map(|fact| fact.judged.paid).sum();
        let (n_kept, n_judged) = (n(PromiseOutcome::Kept), judged().count() as u64);
        let mut sums = ClusterSums::new(2);
        for of_customer in facts.chunk_by(|a, b| a.customer == b.customer) {
            let judged = of_customer
                .iter()
                .filter(|fact| fact.judged.outcome != PromiseOutcome::Open);
            let (paid, promised) = judged.fold((Total::ZERO, Total::ZERO), |(paid, promised), fact| {
                (paid + fact.judged.paid, promised + fact.judged.promise.amount.into())
            });
            sums.push([(0, paid.to_feature()), (1, promised.to_feature())]);
        }
        PromisesRow {
            n_kept,
            n_partially_kept: n(PromiseOutcome::PartiallyKept),
            n_broken: n(PromiseOutcome::Broken),
            n_open: n(PromiseOutcome::Open),
            n_replaced: facts.iter().filter(|fact| fact.judged.replaced).count() as u64,
            promised: facts.iter().map(|fact| fact.judged.promise.amount).sum(),
            promised_judged,
            paid,
            kept_rate: match n_judged {
                0 => Err(NullReason::NoDenominator),
                n_judged => Ok(n_kept as f64 / n_judged as f64),
            },
            kept_rate_interval: wilson_interval(n_kept, n_judged, bootstrap.confidence),
            paid_share: paid.ratio(promised_judged).ok_or(NullReason::NoDenominator),
            paid_share_interval: sums.ratio_interval(0, 1, bootstrap),
        }
    }

    /// Returns how many promises were judged: they are the denominator of the rate.
    pub fn n_judged(&self) -> u64 {
        self.n_kept + self.n_partially_kept + self.n_broken
    }
}
