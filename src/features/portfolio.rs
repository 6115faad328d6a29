//! The portfolio at the end of a day: how late all customers together paid, which is what little history is shrunk to.

use super::view::View;
use crate::calendar::Day;
use crate::history::{Accumulator, CustomerHistory};
use crate::money::Amount;

/// Delays are counted by day from this one, 180 days before the due day; earlier ones are counted with it.
pub(super) const EARLIEST: i32 = -180;
const LATEST: i32 = 366;
const N_DELAYS: usize = (LATEST - EARLIEST + 1) as usize;

/// Claims of all customers whose fate was known at the end of a day, by days from due to settled.
#[derive(Clone, Debug)]
pub(super) struct Portfolio {
    day: Day,
    days_late: i32,
    materiality: Amount,
    by_delay: Vec<u64>,
}

impl Portfolio {
    pub fn new(day: Day, days_late: i32, materiality: Amount) -> Portfolio {
        Portfolio {
            day,
            days_late,
            materiality,
            by_delay: vec![0; N_DELAYS],
        }
    }

    /// Returns the number of claims settled later than `age` days after due.
    fn settled_after(&self, age: i32) -> u64 {
        let from = (age.clamp(EARLIEST - 1, LATEST) - EARLIEST + 1) as usize;
        self.by_delay[from..].iter().sum()
    }

    /// Returns the share of late claims among those still open at an age, for every age from [`EARLIEST`] to `days_late`.
    ///
    /// Half a late and half a punctual claim are added, so that an empty portfolio says one half and none says never.
    pub fn chances(&self) -> Chances {
        let late = self.settled_after(self.days_late) as f64;
        let by_age = (EARLIEST..=self.days_late)
            .map(|age| (late + 0.5) / (self.settled_after(age) as f64 + 1.0).max(late + 0.5))
            .collect();
        let all: u64 = self.by_delay.iter().sum();
        Chances {
            by_age,
            late_share: (late + 0.5) / (all as f64 + 1.0),
        }
    }
}

/// The portfolio's chance of ending late, by the age a claim has reached.
#[derive(Clone, Debug)]
pub(super) struct Chances {
    by_age: Vec<f64>,
    /// Share of late claims among all.
    pub late_share: f64,
}

impl Chances {
    /// Returns the chance at an age in days after due.
    pub fn at(&self, age: i32) -> f64 {
        let position = (age - EARLIEST).clamp(0, self.by_age.len() as i32 - 1) as usize;
        self.by_age[position]
    }
}

impl Accumulator for Portfolio {
    /// Adds one customer's claims whose fate is known.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let mut view = View::default();
        view.read(customer, self.day, self.materiality);
        for claim in view.matured(self.day, self.days_late) {
            self.by_delay[(claim.delay.clamp(EARLIEST, LATEST) - EARLIEST) as usize] += 1;
        }
    }

    /// Adds the counts of other customers.
    fn merge(&mut self, other: Portfolio) {
        for (mine, theirs) in self.by_delay.iter_mut().zip(other.by_delay) {
            *mine += theirs;
        }
    }
}
