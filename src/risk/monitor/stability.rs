//! How far a distribution moved: the population stability index of the score, the characteristic stability index of a feature.
//!
//! # Definition
//! `sum of (a - e) ln(a / e)` over bins, `e` and `a` the shares of the baseline and of the current rows. Bins are fixed by the
//! baseline: each of its values where there are at most ten, else tenths of its rows. Missing values are a bin of their own,
//! and so are values that the baseline never had, where it has at most ten. Half a row is added to every bin of both sides
//! before shares are taken.
//! # Inputs
//! Values of two populations, NaN where missing.
//! # Edge cases
//! Where either side has no rows there is no index. A bin that neither side fills is not there.
//! # Source
//! Siddiqi, Credit Risk Scorecards, 2006, for the bands of 0.10 and 0.25; Yurdakul, Statistical Properties of Population Stability
//! Index, 2018: where nothing moved, the index over `1/n + 1/m` is about chi-squared with one degree less than bins, whose 95%
//! point bounds what sampling alone does.
//! # Example
//! Shares of (0.5, 0.5) that become (0.6, 0.4): 0.1 ln 1.2 - 0.1 ln 0.8 = 0.0405.

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// Tenths of the baseline's rows.
const N_TENTHS: usize = 10;
/// Half a row of each side in every bin: an empty bin moves the index, and does not make it infinite.
const SMOOTHING: f64 = 0.5;
/// From here on a shift is worth a look, whatever sampling does.
const SMALL: f64 = 0.10;
/// From here on it is large.
const LARGE: f64 = 0.25;

/// Returns the index of two lists of shares, none of them zero.
pub fn index_of_shares(expected: &[f64], actual: &[f64]) -> f64 {
    let shares = expected.iter().zip(actual);
    shares.map(|(e, a)| (a - e) * (a / e).ln()).sum()
}

/// How far a distribution moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stability {
    /// The index; `None` where a side has no rows.
    pub index: Option<f64>,
    /// What sampling alone stays below 19 times in 20; `None` where there is one bin only.
    pub sampling_band: Option<f64>,
    /// Bins that either side fills.
    pub n_bins: usize,
    /// Rows of the baseline.
    pub n_baseline: usize,
    /// Current rows.
    pub n_current: usize,
    /// Share of missing values in the baseline.
    pub missing_baseline: Option<f64>,
    /// Share of missing values now.
    pub missing_current: Option<f64>,
    /// Current rows with a value that the baseline never had, where it has few.
    pub n_unseen: usize,
}

/// What a shift means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// A side has no rows.
    Unknown,
    /// Within what sampling does, or too small to matter.
    None,
    /// More than sampling does, and worth a look.
    Small,
    /// More than sampling does, and large: the model should be reviewed.
    Large,
}

impl Shift {
    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shift::Unknown => "unknown",
            Shift::None => "none",
            Shift::Small => "small",
            Shift::Large => "large",
        }
    }
}

impl Stability {
    /// Compares the values of a baseline with current ones.
    pub fn of(baseline: &[f64], current: &[f64]) -> Stability {
        let bins = Bins::of(baseline);
        let (expected, actual) = (bins.counts(baseline), bins.counts(current));
        let filled: Vec<(f64, f64)> = expected
            .iter()
            .zip(&actual)
            .filter(|(e, a)| **e + **a > 0)
            .map(|(&e, &a)| (e as f64 + SMOOTHING, a as f64 + SMOOTHING))
            .collect();
        let (n_baseline, n_current) = (baseline.len(), current.len());
        let has_rows = n_baseline > 0 && n_current > 0;
        let shares = |side: fn(&(f64, f64)) -> f64| {
            let all: f64 = filled.iter().map(side).sum();
            filled.iter().map(|bin| side(bin) / all).collect::<Vec<f64>>()
        };
        let index = has_rows.then(|| index_of_shares(&shares(|bin| bin.0), &shares(|bin| bin.1)));
        let band = has_rows
            .then(|| chi_squared_95(filled.len().saturating_sub(1)))
            .flatten()
            .map(|quantile| quantile * (1.0 / n_baseline as f64 + 1.0 / n_current as f64));
        let missing = |counts: &[usize], n: usize| (n > 0).then(|| counts[bins.missing()] as f64 / n as f64);
        Stability {
            index,
            sampling_band: band,
            n_bins: filled.len(),
            n_baseline,
            n_current,
            missing_baseline: missing(&expected, n_baseline),
            missing_current: missing(&actual, n_current),
            n_unseen: actual[bins.unseen()],
        }
    }

    /// Says what the shift means: beyond sampling, and beyond the customary bands.
    pub fn shift(&self) -> Shift {
        let Some(index) = self.index else {
            return Shift::Unknown;
        };
        let is_sampling = self.sampling_band.is_none_or(|band| index <= band);
        match index {
            _ if is_sampling || index < SMALL => Shift::None,
            index if index < LARGE => Shift::Small,
            _ => Shift::Large,
        }
    }
}

/// Bins fixed by a baseline; behind them one for missing values and one for those it never had.
enum Bins {
    /// Each value of the baseline.
    Values(Vec<f64>),
    /// Upper edges; the last bin is open.
    Tenths(Vec<f64>),
}

impl Bins {
    fn of(baseline: &[f64]) -> Bins {
        let mut values: Vec<f64> = baseline.iter().copied().filter(|value| !value.is_nan()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let n = values.len();
        let mut edges: Vec<f64> = (1..N_TENTHS)
            .filter_map(|tenth| values.get((tenth * n).div_ceil(N_TENTHS).saturating_sub(1)).copied())
            .collect();
        values.dedup();
        if values.len() <= N_TENTHS {
            return Bins::Values(values);
        }
        edges.dedup();
        Bins::Tenths(edges)
    }

    fn n(&self) -> usize {
        match self {
            Bins::Values(values) => values.len(),
            Bins::Tenths(edges) => edges.len() + 1,
        }
    }

    fn missing(&self) -> usize {
        self.n()
    }

    fn unseen(&self) -> usize {
        self.n() + 1
    }

    fn bin(&self, value: f64) -> usize {
        if value.is_nan() {
            return self.missing();
        }
        match self {
            Bins::Values(values) => {
                let found = values.binary_search_by(|listed| listed.total_cmp(&value));
                found.unwrap_or_else(|_| self.unseen())
            }
            Bins::Tenths(edges) => edges.partition_point(|edge| *edge < value),
        }
    }

    fn counts(&self, values: &[f64]) -> Vec<usize> {
        let mut counts = vec![0; self.n() + 2];
        for &value in values {
            counts[self.bin(value)] += 1;
        }
        counts
    }
}

fn chi_squared_95(degrees: usize) -> Option<f64> {
    let distribution = ChiSquared::new(degrees as f64).ok()?;
    Some(distribution.inverse_cdf(0.95))
}
