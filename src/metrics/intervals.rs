//! The intervals around rates.

use statrs::distribution::{ContinuousCDF, Normal};

/// Returns Wilson's interval for the rate behind `n_of` out of `n`, or `None` for no trials.
///
/// `confidence` lies between 0 and 1. The interval always holds `n_of / n` and never leaves 0 to 1.
pub fn wilson_interval(n_of: u64, n: u64, confidence: f64) -> Option<(f64, f64)> {
    if n == 0 {
        return None;
    }
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let (n, rate) = (n as f64, n_of as f64 / n as f64);
    let denominator = 1.0 + z * z / n;
    let centre = (rate + z * z / (2.0 * n)) / denominator;
    let half = z / denominator * (rate * (1.0 - rate) / n + z * z / (4.0 * n * n)).sqrt();
    Some(((centre - half).clamp(0.0, rate), (centre + half).clamp(rate, 1.0)))
}

/// Returns Goodman's interval for one of the `n_cells` rates of a row: all of them hold together with this confidence.
///
/// Goodman, L. A., On simultaneous confidence intervals for multinomial proportions, Technometrics 7 (1965), pp. 247-254: Wilson's
/// interval with the error shared among the cells. `None` for no trials or no cells.
pub fn goodman_interval(n_of: u64, n: u64, n_cells: usize, confidence: f64) -> Option<(f64, f64)> {
    if n_cells == 0 {
        return None;
    }
    wilson_interval(n_of, n, 1.0 - (1.0 - confidence) / n_cells as f64)
}

/// Returns Newcombe's interval for the difference of two rates, the first less the second, or `None` where one has no trials.
///
/// Each rate is given as `(n_of, n)`. Newcombe, R. G., Interval estimation for the difference between independent proportions,
/// Statistics in Medicine 17 (1998), pp. 873-890, method 10: the distances of Wilson's limits, added as squares.
pub fn newcombe_interval(first: (u64, u64), second: (u64, u64), confidence: f64) -> Option<(f64, f64)> {
    let (low_1, high_1) = wilson_interval(first.0, first.1, confidence)?;
    let (low_2, high_2) = wilson_interval(second.0, second.1, confidence)?;
    let rate = |(n_of, n): (u64, u64)| n_of as f64 / n as f64;
    let (rate_1, rate_2) = (rate(first), rate(second));
    let difference = rate_1 - rate_2;
    Some((
        difference - (rate_1 - low_1).hypot(high_2 - rate_2),
        difference + (high_1 - rate_1).hypot(rate_2 - low_2),
    ))
}
