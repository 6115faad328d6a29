//! What past promises and disputes say about open ones.

use super::collections::ForecastParams;
use crate::calendar::AsOf;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Dispute, Ledger};
use crate::metrics::promises::{PromiseOutcome, promise_outcomes};

/// How promises were kept and how long disputes took, up to the day.
pub(super) struct Habits {
    /// Share of promised money that came, over all customers.
    kept_share: f64,
    /// Days a dispute still takes, however long it has been open.
    pub dispute_days: i32,
}

/// Weight of all customers in one customer's credibility, in promises.
const CREDIBILITY_WEIGHT: f64 = 2.0;

impl Habits {
    pub fn of(ledger: &Ledger, as_of: AsOf, params: &ForecastParams) -> Habits {
        let (mut n, mut kept) = (0.0, 0.0);
        for customer in ledger
            .customers()
            .filter(|&customer| !ledger.promises().of(customer).is_empty())
        {
            let (own_n, own_kept) = kept_shares(ledger, customer, as_of, params);
            n += own_n;
            kept += own_kept;
        }
        let closed = |dispute: &&Dispute| {
            dispute.known_on <= as_of.0 && dispute.closed_on.is_some_and(|closed_on| closed_on <= as_of.0)
        };
        let durations = ledger.disputes().all().iter().filter(closed).filter_map(|dispute| {
            let days = dispute.closed_on? - dispute.opened_on;
            Some(f64::from(days.max(0)))
        });
        let (n_closed, days) = durations.fold((0.0, 0.0), |(n, sum), days| (n + 1.0, sum + days));
        // The declared time counts as one dispute.
        let dispute_days = (days + params.dispute_days) / (n_closed + 1.0);
        Habits {
            kept_share: (kept + params.promise_credibility) / (n + 1.0),
            dispute_days: dispute_days.round() as i32,
        }
    }

    /// Returns the share of promised money a customer is believed to bring.
    pub fn credibility(&self, ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> f64 {
        let (n, kept) = kept_shares(ledger, customer, as_of, params);
        (kept + CREDIBILITY_WEIGHT * self.kept_share) / (n + CREDIBILITY_WEIGHT)
    }
}

/// Returns the number of judged promises of a customer and the sum of the shares that came.
fn kept_shares(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> (f64, f64) {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let promises = promise_outcomes(ledger, &history, as_of, params.promise_tolerance_days);
    let judged = promises.iter().filter(|judged| judged.outcome != PromiseOutcome::Open);
    judged.fold((0.0, 0.0), |(n, kept), judged| {
        let share = judged.paid.ratio(judged.promise.amount.into()).unwrap_or(1.0);
        (n + 1.0, kept + share)
    })
}
