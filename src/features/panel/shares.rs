//! Shares and means of few observations, shrunk to a wider group where they are too few to speak for themselves.

use std::ops::Add;

use crate::features::portfolio::EARLIEST;
use crate::features::view::Delays;

/// How many invoices the wider group counts for, beside the customer's own.
const PRIOR_WEIGHT: f64 = 4.0;

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

/// Returns a share that counts a wider group's share as [`PRIOR_WEIGHT`] invoices.
pub(super) fn shrunk(part: usize, all: usize, wider: f64) -> f64 {
    (part as f64 + PRIOR_WEIGHT * wider) / (all as f64 + PRIOR_WEIGHT)
}

/// Returns the share of claims later than `days_late` among those later than `age`, shrunk to a wider group's share.
///
/// At an age beyond `days_late` every claim at risk is late already, and the share is that of the wider group and 1.
pub(super) fn chance(delays: &Delays, age: i32, days_late: i32, wider: f64) -> f64 {
    let at_risk = delays.after(age.max(EARLIEST));
    shrunk(delays.after(days_late).min(at_risk), at_risk, wider)
}
