//! How well probabilities rank and what they mean, with intervals clustered by customer.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use serde::{Deserialize, Serialize};

use crate::ids::CustomerIx;
use crate::metrics::{percentile_interval, times_drawn};

macro_rules! measures {
    ($($variant:ident = $name:literal, $meaning:literal;)*) => {
        /// One way to judge probabilities.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Measure { $(#[doc = $meaning] $variant,)* }

        impl Measure {
            /// Every measure, in the order of tables.
            pub const ALL: &'static [Measure] = &[$(Measure::$variant,)*];

            /// Returns the name in tables.
            pub const fn as_str(self) -> &'static str {
                match self { $(Measure::$variant => $name,)* }
            }

            /// Returns what it says, in one sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Measure::$variant => $meaning,)* }
            }
        }
    };
}

measures! {
    Auc = "auc", "Chance that a bad row has a higher probability than a good one, ties half.";
    Gini = "gini", "2 x AUC - 1.";
    Ks = "ks", "Largest distance between the cumulative shares of bad and good rows.";
    AveragePrecision = "average_precision", "Precision averaged over the bad rows, from the highest probability down.";
    LogLoss = "log_loss", "Mean of -ln of the probability given to what happened.";
    Brier = "brier", "Mean squared distance between probability and outcome.";
    CalibrationError = "calibration_error", "Mean distance between mean probability and bad rate over ten equal groups.";
    CapturedTopDecile = "captured_top_decile", "Share of the bad rows' money that stands in the tenth of rows with the highest probability.";
}

/// Probabilities and what happened, sorted once for all draws.
#[derive(Clone, Debug)]
pub struct Sample<'a> {
    probabilities: &'a [f64],
    bad: &'a [bool],
    at_stake: &'a [f64],
    order: Vec<usize>,
}

/// The value of every measure; `None` where a class or money is lacking.
pub type Values = [Option<f64>; Measure::ALL.len()];

impl<'a> Sample<'a> {
    /// Sorts the rows by probability, highest first.
    pub fn new(probabilities: &'a [f64], bad: &'a [bool], at_stake: &'a [f64]) -> Sample<'a> {
        let mut order: Vec<usize> = (0..probabilities.len()).collect();
        order.sort_unstable_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]).then(a.cmp(&b)));
        Sample {
            probabilities,
            bad,
            at_stake,
            order,
        }
    }

    /// Returns every measure, each row counted `weights[row]` times.
    pub fn measure(&self, weights: &[f64]) -> Values {
        let (mut all_bad, mut all_good, mut all_money) = (0.0, 0.0, 0.0);
        let (mut loss, mut squares) = (0.0, 0.0);
        for (row, &weight) in weights.iter().enumerate() {
            let p = self.probabilities[row].clamp(1e-9, 1.0 - 1e-9);
            if self.bad[row] {
                all_bad += weight;
                all_money += weight * self.at_stake[row];
                loss -= weight * p.ln();
                squares += weight * (1.0 - p) * (1.0 - p);
            } else {
                all_good += weight;
                loss -= weight * (1.0 - p).ln();
                squares += weight * p * p;
            }
        }
        let all = all_bad + all_good;
        let (mut seen_bad, mut seen_good) = (0.0, 0.0);
        let (mut auc, mut ks, mut precision, mut captured) = (0.0, 0.0_f64, 0.0, 0.0);
        let mut groups = [(0.0, 0.0, 0.0); 10];
        let mut start = 0;
        while start < self.order.len() {
            let p = self.probabilities[self.order[start]];
            let (mut bad, mut good, mut money) = (0.0, 0.0, 0.0);
            let mut end = start;
            while end < self.order.len() && self.probabilities[self.order[end]] == p {
                let row = self.order[end];
                if self.bad[row] {
                    bad += weights[row];
                    money += weights[row] * self.at_stake[row];
                } else {
                    good += weights[row];
                }
                end += 1;
            }
            start = end;
            let here = bad + good;
            if here == 0.0 {
                continue;
            }
            let seen = seen_bad + seen_good;
            // Rows of equal probability share their places evenly.
            let in_decile = ((all / 10.0 - seen) / here).clamp(0.0, 1.0);
            captured += money * in_decile;
            spread(&mut groups, seen / all, here / all, (p, bad / here));
            auc += bad * (all_good - seen_good - good / 2.0);
            seen_bad += bad;
            seen_good += good;
            precision += bad * seen_bad / (seen_bad + seen_good);
            ks = ks.max((seen_bad / all_bad - seen_good / all_good).abs());
        }
        let has_both = all_bad > 0.0 && all_good > 0.0;
        let auc = has_both.then(|| auc / (all_bad * all_good));
        let error: f64 = groups.iter().map(|(_, p, bad)| (p - bad).abs()).sum();
        [
            auc,
            auc.map(|auc| 2.0 * auc - 1.0),
            has_both.then_some(ks),
            (all_bad > 0.0).then(|| precision / all_bad),
            (all > 0.0).then(|| loss / all),
            (all > 0.0).then(|| squares / all),
            (all > 0.0).then_some(error),
            (all_money > 0.0).then(|| captured / all_money),
        ]
    }
}

/// Adds a run of equal probabilities to the tenths it covers, as (share, share x probability, share x bad rate).
fn spread(groups: &mut [(f64, f64, f64); 10], from: f64, share: f64, (p, bad_rate): (f64, f64)) {
    for (position, group) in groups.iter_mut().enumerate() {
        let (low, high) = (position as f64 / 10.0, (position + 1) as f64 / 10.0);
        let part = ((from + share).min(high) - from.max(low)).max(0.0);
        group.0 += part;
        group.1 += part * p;
        group.2 += part * bad_rate;
    }
}

/// Which rows belong to one customer, for draws of customers with replacement, all of a customer's rows together.
#[derive(Clone, Debug)]
pub struct Clusters {
    n: usize,
    of_rows: Vec<usize>,
}

impl Clusters {
    /// Finds the customers of rows.
    pub fn of(customers: &[CustomerIx]) -> Clusters {
        let mut positions = BTreeMap::new();
        for customer in customers {
            let next = positions.len();
            positions.entry(*customer).or_insert(next);
        }
        Clusters {
            n: positions.len(),
            of_rows: customers.iter().map(|customer| positions[customer]).collect(),
        }
    }

    /// Returns how often each row counts in a draw; draw and seed decide alone, so the draws are the same on any number of threads.
    pub fn weights(&self, draw: usize, seed: u64) -> Vec<f64> {
        let counts = times_drawn(self.n, draw as u32, seed);
        self.of_rows.iter().map(|&cluster| f64::from(counts[cluster])).collect()
    }
}

/// Returns a whole number from 0 to `end` - 1; the bias of the multiplication is below 2^-32.
pub(super) fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    ((u128::from(random.next_u64()) * end as u128) >> 64) as usize
}

/// Returns the 2.5% and 97.5% quantiles of draws, or `None` where fewer than half of them have a value.
pub fn interval(values: impl Iterator<Item = Option<f64>>) -> Option<(f64, f64)> {
    percentile_interval(values, 0.95)
}
