//! How much customers differ, from which follows how far a few invoices of one may speak for themselves.

use super::Tally;

/// The share of a customer is counted in this many parts, so that sums are exact and do not depend on their order.
const PARTS: i64 = 1 << 30;
/// Customers with two judged invoices or more from which the spread is learnt; before, [`USUAL_WEIGHT`] stands in.
const LEAST_CUSTOMERS: i64 = 30;
const USUAL_WEIGHT: f64 = 4.0;
const WEIGHTS: (f64, f64) = (1.0, 30.0);

/// Late shares of customers on a day, each customer counting the same.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spread {
    n_customers: i64,
    // Sum of late shares, and of the shares of pairs of invoices that were both late, in parts.
    late: i64,
    both_late: i64,
}

impl Spread {
    /// Adds a customer as it stands on the day; one invoice says nothing about differences.
    pub fn add(&mut self, tally: Tally) {
        let Tally { n, n_late } = tally;
        if n < 2 {
            return;
        }
        self.n_customers += 1;
        self.late += part(n_late, n);
        self.both_late += part(n_late * (n_late - 1), n * (n - 1));
    }

    pub fn merge(&mut self, other: Spread) {
        self.n_customers += other.n_customers;
        self.late += other.late;
        self.both_late += other.both_late;
    }

    /// Returns how many invoices a wider group's share counts for beside a customer's own.
    ///
    /// By the method of moments: two invoices of one customer agree by r = (P(both late) - p²) / (p - p²) beyond chance, p
    /// being the late share, and where shares of customers have a beta distribution its weight is 1 / r - 1 (Kleinman, Proportions
    /// with extraneous variance, 1973).
    pub fn prior_weight(&self) -> f64 {
        if self.n_customers < LEAST_CUSTOMERS {
            return USUAL_WEIGHT;
        }
        let all = self.n_customers as f64 * PARTS as f64;
        let (late, both_late) = (self.late as f64 / all, self.both_late as f64 / all);
        let by_chance = late * late;
        let agreement = (both_late - by_chance) / (late - by_chance);
        if agreement.is_nan() {
            return USUAL_WEIGHT;
        }
        (1.0 / agreement.max(0.001) - 1.0).clamp(WEIGHTS.0, WEIGHTS.1)
    }
}

fn part(n: i64, of: i64) -> i64 {
    (i128::from(n) * i128::from(PARTS) / i128::from(of)) as i64
}
