//! What an offer is, and what it is valued by.

use crate::calendar::{AsOf, Day};
use crate::forecast::{Problems, TimingParams};
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Amount, SCALE, Total};

use super::CENT;

/// What settlements are valued by.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementPolicy {
    /// Yearly rate that later money is discounted by, 0.10 for 10 %.
    pub discount_rate: f64,
    /// Days ahead in which cash counts as expected recovery.
    pub recovery_days: i32,
    /// Share of the money of due instalments that comes, where the history of plans says too little.
    pub adherence: f64,
    /// Due instalments from which the history of plans says enough.
    pub min_instalments: u64,
    /// Share of what is recovered that an agency keeps, where no placement names one.
    pub agency_fee: f64,
    /// Cost of pursuing one claim ourselves, in the claim's own currency.
    pub cost_per_claim: Total,
    /// Days after the due day on which an instalment is still on time.
    pub promise_tolerance_days: i32,
    /// How payment times are learnt.
    pub timing: TimingParams,
}

impl Default for SettlementPolicy {
    fn default() -> SettlementPolicy {
        SettlementPolicy {
            discount_rate: 0.10,
            recovery_days: 730,
            adherence: 0.7,
            min_instalments: 30,
            agency_fee: 0.25,
            cost_per_claim: Amount::from_units(25 * SCALE).into(),
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            timing: TimingParams::default(),
        }
    }
}

impl SettlementPolicy {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let shares = [("discount_rate", self.discount_rate), ("agency_fee", self.agency_fee)];
        for (key, share) in shares {
            problems.require((0.0..=1.0).contains(&share), key, "0 to 1", share);
        }
        let adherence = self.adherence;
        let is_share = adherence > 0.0 && adherence <= 1.0;
        problems.require(is_share, "adherence", "above 0 and at most 1", adherence);
        let days = self.recovery_days;
        problems.require((1..=36_500).contains(&days), "recovery_days", "1 to 36500", days);
        let cost = self.cost_per_claim;
        problems.require(cost >= Total::ZERO, "cost_per_claim", "at least 0", cost);
        problems.into_result()
    }
}

/// What is offered for the claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Share of the claims; 0.7 is 70 %.
    pub share: Amount,
    /// Equal monthly instalments.
    pub n_instalments: u32,
    /// Day of the first; not before the as-of day.
    pub first_on: Day,
}

impl Offer {
    pub(super) fn check(&self, as_of: AsOf) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let whole = Amount::from_units(SCALE);
        let is_share = self.share > Amount::ZERO && self.share <= whole;
        problems.require(is_share, "offer", "above 0 and at most 1", self.share);
        let n = self.n_instalments;
        problems.require((1..=120).contains(&n), "instalments", "1 to 120", n);
        let first = self.first_on;
        problems.require(first >= as_of.0, "first_on", format!("{as_of} or later"), first);
        problems.into_result()
    }

    /// Returns the offered part of a sum, in cents, half away from zero.
    pub(super) fn part_of(&self, owed: Total) -> Total {
        let product = owed.units() * i128::from(self.share.units());
        let cent = i128::from(SCALE) * CENT;
        Total::from_units((product + cent / 2).div_euclid(cent) * CENT)
    }

    /// Splits a sum into monthly parts of whole cents; the last takes the difference.
    pub(super) fn split(&self, sum: Total) -> Vec<(Day, Total)> {
        let n = i128::from(self.n_instalments);
        let part = Total::from_units(sum.units() / CENT / n * CENT);
        let last = sum - Total::from_units(part.units() * (n - 1));
        let amounts = (1..=n).map(|number| if number == n { last } else { part });
        (0..).map(|months| self.day(months)).zip(amounts).collect()
    }

    /// Returns the day of an instalment: the same day of the month, or the month's last.
    fn day(&self, months: i32) -> Day {
        let month = self.first_on.month() + months;
        (month.first() + (self.first_on.day_of_month() as i32 - 1)).min(month.last())
    }
}
