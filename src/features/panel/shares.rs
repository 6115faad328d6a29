//! Shares and means of few observations, shrunk to a wider group where they are too few to speak for themselves.

use std::ops::Add;

use crate::features::portfolio::{EARLIEST, Tally};
use crate::features::view::Delays;

/// Sums of whole numbers from which a mean and a spread come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub n: f64,
    sum: f64,
    squares: f64,
}

impl Moments {
    pub(super) fn add(&mut self, value: f64) {
        self.n += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    pub(super) fn mean(&self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }

    pub(super) fn standard_deviation(&self) -> Option<f64> {
        let variance = || (self.squares - self.sum * self.sum / self.n) / (self.n - 1.0);
        (self.n > 1.0).then(|| variance().max(0.0).sqrt())
    }
}

impl Add for Moments {
    type Output = Moments;
    fn add(self, other: Moments) -> Moments {
        Moments {
            n: self.n + other.n,
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
        }
    }
}

pub(super) fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// Shrinks shares to those of a wider group, which count for so many invoices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shrinkage {
    pub weight: f64,
}

impl Shrinkage {
    /// Returns the late share of some claims.
    pub fn late_share(self, tally: Tally, wider: f64) -> f64 {
        self.share(tally.n_late as f64, tally.n as f64, wider)
    }

    pub fn share(self, part: f64, all: f64, wider: f64) -> f64 {
        (part + self.weight * wider) / (all + self.weight)
    }

    /// Returns the share of claims later than `days_late` among those later than `age`.
    ///
    /// At an age beyond `days_late` every claim at risk is late already, and the share is that of the wider group and 1.
    pub fn chance(self, delays: &Delays, age: i32, days_late: i32, wider: f64) -> f64 {
        let at_risk = delays.after(age.max(EARLIEST));
        self.share(delays.after(days_late).min(at_risk) as f64, at_risk as f64, wider)
    }
}
