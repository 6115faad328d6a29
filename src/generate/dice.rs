//! Random draws that come out the same on every machine.
//!
//! A stream is named by the seed, what it is used for, and a number (of the customer, for example), so that any part of
//! a ledger can be made alone, in any order, on any number of threads. Exponentials and logarithms are computed by
//! `libm`, never by the platform.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::calendar::Day;

/// What a stream is used for; each purpose has streams of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// What all customers share: rates, shocks.
    World = 1,
    /// A customer's size and first day.
    Size = 2,
    /// A customer's traits, sales and payment habits.
    Life = 3,
    /// What the seller does about a customer: contacts, holds, placements.
    Collection = 4,
    /// How payments are written down: receipts, postings, slips.
    Books = 5,
}

/// One stream of random draws.
#[derive(Clone, Debug)]
pub(super) struct Dice {
    stream: ChaCha8Rng,
}

impl Dice {
    /// Opens the stream of this seed, purpose and number.
    pub(super) fn new(seed: u64, purpose: Purpose, number: u64) -> Dice {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8] = purpose as u8;
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_stream(number);
        Dice { stream }
    }

    /// Draws evenly from 0 (included) to 1 (excluded).
    pub(super) fn uniform(&mut self) -> f64 {
        (self.stream.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Tells whether an event of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Draws a count from 0 to `n - 1`; 0 where `n` is 0.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        ((u64::from(self.stream.next_u32()) * u64::from(n)) >> 32) as u32
    }

    /// Draws a whole number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        low + self.below((high - low + 1).max(1) as u32) as i32
    }

    /// Draws a day from `first` to `last`, both included.
    pub(super) fn day(&mut self, first: Day, last: Day) -> Day {
        first + self.between(0, (last - first).max(0))
    }

    /// Draws one of the choices, each as likely as the others.
    pub(super) fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }

    /// Draws the position of a choice in proportion to its weight.
    pub(super) fn weighted(&mut self, weights: &[f64]) -> usize {
        let mut rest = self.uniform() * weights.iter().sum::<f64>();
        for (position, weight) in weights.iter().enumerate() {
            rest -= weight;
            if rest < 0.0 {
                return position;
            }
        }
        weights.len() - 1
    }

    /// Draws the logarithm of a uniform, which is never 0: the root of every waiting time.
    pub(super) fn log_uniform(&mut self) -> f64 {
        libm::log(1.0 - self.uniform())
    }

    /// Draws from the standard normal distribution.
    pub(super) fn normal(&mut self) -> f64 {
        let radius = libm::sqrt(-2.0 * self.log_uniform());
        radius * libm::cos(std::f64::consts::TAU * self.uniform())
    }

    /// Draws a factor around 1 whose logarithm is normal with this spread.
    pub(super) fn factor(&mut self, spread: f64) -> f64 {
        libm::exp(spread * self.normal())
    }
}
