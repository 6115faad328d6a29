//! How days are counted: all of them, or working days where hardly any cash comes at weekends.

use super::timing::TimingParams;
use crate::calendar::{AsOf, Day};
use crate::ledger::{Ledger, Nature};

/// How days are numbered, so that a difference of numbers is an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Clock {
    /// Every day counts.
    Calendar,
    /// Mondays to Fridays count; a weekend belongs to the Monday after it.
    Working,
}

/// Cash postings below which nothing is said about weekends, and the share of weekends below which they do not count.
const MIN_CASH: usize = 100;
const MAX_WEEKEND_SHARE: f64 = 0.05;

impl Clock {
    pub(super) fn learn(ledger: &Ledger, as_of: AsOf, params: &TimingParams) -> Clock {
        let first = as_of.0 - params.history_days;
        let cash = ledger.postings().iter().filter(|posting| {
            posting.nature == Nature::Cash && posting.known_on <= as_of.0 && (first..=as_of.0).contains(&posting.on)
        });
        let (n, n_weekend) = cash.fold((0, 0), |(n, n_weekend), posting| {
            (n + 1, n_weekend + usize::from(is_weekend(posting.on)))
        });
        if n >= MIN_CASH && (n_weekend as f64) < MAX_WEEKEND_SHARE * n as f64 {
            Clock::Working
        } else {
            Clock::Calendar
        }
    }

    /// Numbers a day; a weekend has the number of the Monday after it.
    pub(super) fn number(self, day: Day) -> i32 {
        match self {
            Clock::Calendar => day.epoch(),
            Clock::Working => {
                // 1970-01-05 was a Monday.
                let days = day.epoch() - 4;
                5 * days.div_euclid(7) + days.rem_euclid(7).min(5)
            }
        }
    }

    /// Numbers the last day that counts on or before a day.
    pub(super) fn number_before(self, day: Day) -> i32 {
        self.number(day) - i32::from(!self.counts(day))
    }

    /// Tells whether something can happen on the day.
    pub(super) fn counts(self, day: Day) -> bool {
        self == Clock::Calendar || !is_weekend(day)
    }
}

fn is_weekend(day: Day) -> bool {
    day.weekday() >= 5
}
