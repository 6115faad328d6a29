//! How late an invoice is paid: a mixture of waiting times, and the exact probabilities that follow from it.
//!
//! No part of it is a logistic curve or a sum of trees. Every component has a closed survival function, so that the
//! true probability of every invoice can be written down beside what happened.

use super::dice::Dice;

/// Components of the mixture.
pub(super) const N_COMPONENTS: usize = 4;

/// Waiting time from the due day in days, negative when early.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wait {
    /// `start` plus an exponential waiting time of mean `scale`.
    Exponential { start: f64, scale: f64 },
    /// `start` plus a Weibull waiting time of shape 2: a delay that has become a habit.
    Habit { start: f64, scale: f64 },
    /// `start` plus a Lomax waiting time of shape 2: most pay soon, some after a year.
    HeavyTail { start: f64, scale: f64 },
    /// No payment at all.
    Never,
}

/// A mixture of waiting times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mixture {
    /// Weights, which sum to 1.
    pub weights: [f64; N_COMPONENTS],
    /// Components in the order of the weights.
    pub waits: [Wait; N_COMPONENTS],
}

impl Wait {
    /// Returns the probability that the waiting time is longer than `days`.
    pub(super) fn survival(self, days: f64) -> f64 {
        match self {
            Wait::Exponential { start, scale } => libm::exp(-((days - start) / scale).max(0.0)),
            Wait::Habit { start, scale } => {
                let ratio = ((days - start) / scale).max(0.0);
                libm::exp(-ratio * ratio)
            }
            Wait::HeavyTail { start, scale } => {
                let base = 1.0 + ((days - start) / scale).max(0.0);
                1.0 / (base * base)
            }
            Wait::Never => 1.0,
        }
    }

    /// Draws whole days, rounded up; `None` for never.
    pub(super) fn draw(self, dice: &mut Dice) -> Option<i32> {
        let log = -dice.log_uniform();
        let days = match self {
            Wait::Exponential { start, scale } => start + scale * log,
            Wait::Habit { start, scale } => start + scale * libm::sqrt(log),
            Wait::HeavyTail { start, scale } => start + scale * (libm::exp(log / 2.0) - 1.0),
            Wait::Never => return None,
        };
        // A claim that would wait longer than 40 years is not paid.
        (days < 15_000.0).then(|| libm::ceil(days) as i32)
    }
}

impl Mixture {
    /// Returns the probability that payment comes more than `days` after the due day.
    pub(super) fn survival(&self, days: f64) -> f64 {
        self.weights
            .iter()
            .zip(self.waits)
            .map(|(weight, wait)| weight * wait.survival(days))
            .sum()
    }

    /// Draws whole days from the due day to payment; `None` for never.
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<i32> {
        let component = dice.weighted(&self.weights);
        self.waits[component].draw(dice)
    }
}
