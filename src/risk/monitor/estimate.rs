//! What a model's own probabilities say of its performance before outcomes are known.
//!
//! # Definition
//! Each row is bad with its probability `p` and good with `1 - p`, independently. Expected bad rows: `sum of p`. Expected AUC:
//! the chance that a bad row stands above a good one, pairs weighted with `p (1 - p')`, ties half. Expected log loss and Brier
//! score: the means of `-p ln p - (1 - p) ln (1 - p)` and of `p (1 - p)`.
//! # Inputs
//! Calibrated probabilities.
//! # Edge cases
//! Without rows nothing is expected; where every row is sure to be of one class there is no AUC.
//! # Source
//! Confidence-based performance estimation; Guillory et al., Predicting with Confidence on Unseen Distributions, 2021. It assumes that
//! the probabilities still mean what they say: a drift of calibration is not seen by it.
//! # Example
//! Two rows of 0.9 and 0.1: one bad row expected, AUC (0.81 + half of 2 x 0.09) / (1 x 1) = 0.90.

/// What is expected of rows whose outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expected {
    /// Rows.
    pub n: usize,
    /// Expected bad rows.
    pub n_bad: f64,
    /// Expected AUC.
    pub auc: Option<f64>,
    /// Expected log loss.
    pub log_loss: Option<f64>,
    /// Expected Brier score.
    pub brier: Option<f64>,
}

impl Expected {
    /// Estimates from calibrated probabilities.
    pub fn of(probabilities: &[f64]) -> Expected {
        let n = probabilities.len();
        let mut sorted = probabilities.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let (n_bad, n_good): (f64, f64) = (sorted.iter().sum(), sorted.iter().map(|p| 1.0 - p).sum());
        let (mut good_below, mut pairs) = (0.0, 0.0);
        for ties in sorted.chunk_by(|a, b| a == b) {
            let (bad, good): (f64, f64) = (ties.iter().sum(), ties.iter().map(|p| 1.0 - p).sum());
            pairs += bad * (good_below + good / 2.0);
            good_below += good;
        }
        let mean = |of: fn(f64) -> f64| (n > 0).then(|| sorted.iter().map(|&p| of(p)).sum::<f64>() / n as f64);
        Expected {
            n,
            n_bad,
            auc: (n_bad > 0.0 && n_good > 0.0).then(|| pairs / (n_bad * n_good)),
            log_loss: mean(|p| {
                let p = p.clamp(1e-9, 1.0 - 1e-9);
                -p * p.ln() - (1.0 - p) * (1.0 - p).ln()
            }),
            brier: mean(|p| p * (1.0 - p)),
        }
    }
}
