//! Platt calibration: an intercept and a slope on the log-odds, learnt on held-out time.

use serde::{Deserialize, Serialize};

use super::probability;

/// Calibrated log-odds = `intercept + slope x log-odds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// Shift of the log-odds.
    pub intercept: f64,
    /// Stretch of the log-odds; below 1 where the model was too sure of itself.
    pub slope: f64,
}

/// Bad and good rows below which held-out time says too little to correct a model.
pub const MIN_EVENTS: usize = 25;
/// How strongly the correction is held at none: as this many log-odds units squared of evidence.
const PRIOR: f64 = 5.0;

impl Calibration {
    /// No correction.
    pub const NONE: Calibration = Calibration {
        intercept: 0.0,
        slope: 1.0,
    };

    /// Learns from log-odds and outcomes of rows the model was not fitted to; few events correct little or nothing.
    pub fn fit(log_odds: &[f64], bad: &[bool]) -> Calibration {
        let n_bad = bad.iter().filter(|bad| **bad).count();
        if n_bad < MIN_EVENTS || bad.len() - n_bad < MIN_EVENTS {
            return Calibration::NONE;
        }
        logistic_line(log_odds, bad, PRIOR)
    }

    /// Returns calibrated log-odds.
    pub fn apply(self, log_odds: f64) -> f64 {
        self.intercept + self.slope * log_odds
    }
}

/// Fits `intercept + slope x value` to outcomes by Newton's method, held at (0, 1) with a ridge of weight `prior`.
pub(super) fn logistic_line(values: &[f64], bad: &[bool], prior: f64) -> Calibration {
    let mut line = Calibration::NONE;
    for _ in 0..50 {
        let (mut gradient, mut hessian) = ([0.0; 2], [prior, 0.0, prior]);
        gradient[0] += prior * line.intercept;
        gradient[1] += prior * (line.slope - 1.0);
        for (&value, &bad) in values.iter().zip(bad) {
            let p = probability(line.apply(value));
            let (error, weight) = (p - f64::from(bad), p * (1.0 - p));
            gradient[0] += error;
            gradient[1] += error * value;
            hessian[0] += weight;
            hessian[1] += weight * value;
            hessian[2] += weight * value * value;
        }
        let determinant = hessian[0] * hessian[2] - hessian[1] * hessian[1];
        if determinant <= 0.0 {
            break;
        }
        let step = [
            (hessian[2] * gradient[0] - hessian[1] * gradient[1]) / determinant,
            (hessian[0] * gradient[1] - hessian[1] * gradient[0]) / determinant,
        ];
        // A long first step is shortened: far out, the curvature vanishes.
        let length = step[0].hypot(step[1]);
        let scale = if length > 2.0 { 2.0 / length } else { 1.0 };
        line.intercept -= scale * step[0];
        line.slope -= scale * step[1];
        if length < 1e-10 {
            break;
        }
    }
    line
}
