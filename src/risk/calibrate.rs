//! Calibration on held-out time: so that the score means a probability.
//!
//! # Definition
//! Few events: Platt's line, an intercept and a slope on the log-odds, held at no correction by a ridge. From
//! [`MIN_EVENTS_ISOTONIC`] bad and good rows on: centred isotonic regression. Rows in order of log-odds are pooled until
//! bad rates rise; between the centres of the pools log-odds are read off straight lines, so that no two scores tie.
//! # Inputs
//! Log-odds and outcomes of rows that the model was not fitted to.
//! # Edge cases
//! Below [`MIN_EVENTS`] of a class nothing is corrected. Beyond the outermost pools the correction of the nearest holds.
//! # Source
//! Platt, Probabilistic outputs for support vector machines, 1999; Oron and Flournoy, Centered isotonic regression, 2017.
//! # Example
//! Log-odds of 2 and -2 that happen as often as log-odds of 1 and -1: slope 0.5.

use serde::{Deserialize, Serialize};

use super::{log_odds, probability};

/// Calibrated log-odds = `intercept + slope x log-odds`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Shift of the log-odds.
    pub intercept: f64,
    /// Stretch of the log-odds; below 1 where the model was too sure of itself.
    pub slope: f64,
}

/// How log-odds become calibrated ones; rising, so that the order of rows stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Calibration {
    /// Platt's line.
    Line(Line),
    /// Centred isotonic regression: (log-odds, calibrated log-odds), both rising.
    Isotonic(Vec<(f64, f64)>),
    /// An earlier calibration, and then a line learnt from later rows.
    Revised {
        /// The earlier one.
        from: Box<Calibration>,
        /// The line on what it says.
        line: Line,
    },
}

/// Bad and good rows below which held-out time says too little to correct a model.
pub const MIN_EVENTS: usize = 25;
/// Bad and good rows from which the shape of the correction is learnt as well.
pub const MIN_EVENTS_ISOTONIC: usize = 1_000;
/// How strongly the line is held at no correction: as this many log-odds units squared of evidence.
const PRIOR: f64 = 5.0;
/// What keeps a measured line finite where a threshold separates bad rows from good ones.
const NO_PRIOR: f64 = 1e-3;

impl Line {
    /// No correction.
    pub const NONE: Line = Line {
        intercept: 0.0,
        slope: 1.0,
    };

    /// Learns from log-odds and outcomes of rows the model was not fitted to; few events correct little or nothing.
    pub fn fit(log_odds: &[f64], bad: &[bool]) -> Line {
        if has_events(bad, MIN_EVENTS) {
            logistic_line(log_odds, bad, PRIOR)
        } else {
            Line::NONE
        }
    }

    /// Says how log-odds lie to outcomes: 0 and 1 where they mean what they say. Nothing is held back, however few the events.
    pub fn measured(log_odds: &[f64], bad: &[bool]) -> Line {
        logistic_line(log_odds, bad, NO_PRIOR)
    }

    /// Returns calibrated log-odds.
    pub fn apply(self, log_odds: f64) -> f64 {
        self.intercept + self.slope * log_odds
    }

    /// Returns this line, and then another, as one.
    pub fn then(self, next: Line) -> Line {
        Line {
            intercept: next.apply(self.intercept),
            slope: next.slope * self.slope,
        }
    }
}

impl Calibration {
    /// No correction.
    pub const NONE: Calibration = Calibration::Line(Line::NONE);

    /// Learns from log-odds and outcomes of rows the model was not fitted to, by the method their number allows.
    pub fn fit(log_odds: &[f64], bad: &[bool]) -> Calibration {
        if has_events(bad, MIN_EVENTS_ISOTONIC) {
            let knots = centred_isotonic(log_odds, bad);
            if knots.len() > 1 {
                return Calibration::Isotonic(knots);
            }
        }
        Calibration::Line(Line::fit(log_odds, bad))
    }

    /// Returns calibrated log-odds.
    pub fn apply(&self, log_odds: f64) -> f64 {
        match self {
            Calibration::Line(line) => line.apply(log_odds),
            Calibration::Isotonic(knots) => {
                let above = knots.partition_point(|(from, _)| *from < log_odds);
                match (above.checked_sub(1).map(|below| knots[below]), knots.get(above)) {
                    (Some((from, low)), Some(&(to, high))) => low + (high - low) * (log_odds - from) / (to - from),
                    (Some((from, own)), None) => own + (log_odds - from),
                    (None, Some(&(from, own))) => own + (log_odds - from),
                    (None, None) => log_odds,
                }
            }
            Calibration::Revised { from, line } => line.apply(from.apply(log_odds)),
        }
    }

    /// Returns this calibration, and then a line on what it says.
    pub fn revised(self, line: Line) -> Calibration {
        match self {
            Calibration::Line(own) => Calibration::Line(own.then(line)),
            Calibration::Revised { from, line: before } => Calibration::Revised {
                from,
                line: before.then(line),
            },
            isotonic => Calibration::Revised {
                from: Box::new(isotonic),
                line,
            },
        }
    }

    /// Says in words what was learnt.
    pub fn sentence(&self) -> String {
        match self {
            Calibration::Line(line) if *line == Line::NONE => "none".to_owned(),
            Calibration::Line(line) => format!(
                "Platt on held-out time: intercept {:+.3}, slope {:.3}",
                line.intercept, line.slope
            ),
            Calibration::Isotonic(knots) => format!("centred isotonic on held-out time, {} pools", knots.len()),
            Calibration::Revised { from, line } => format!(
                "{}; then a line from later rows: intercept {:+.3}, slope {:.3}",
                from.sentence(),
                line.intercept,
                line.slope
            ),
        }
    }
}

fn has_events(bad: &[bool], least: usize) -> bool {
    let n_bad = bad.iter().filter(|bad| **bad).count();
    n_bad >= least && bad.len() - n_bad >= least
}

/// Rows of about equal log-odds, pooled.
#[derive(Clone, Copy)]
struct Pool {
    n: f64,
    n_bad: f64,
    // Sum of the log-odds.
    sum: f64,
}

impl Pool {
    fn rate(&self) -> f64 {
        self.n_bad / self.n
    }
}

/// Pools adjacent violators; returns each pool's mean log-odds and the log-odds of its bad rate, smoothed by half a row of each class.
fn centred_isotonic(values: &[f64], bad: &[bool]) -> Vec<(f64, f64)> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut pools: Vec<Pool> = Vec::new();
    for rows in order.chunk_by(|&a, &b| values[a] == values[b]) {
        pools.push(Pool {
            n: rows.len() as f64,
            n_bad: rows.iter().filter(|&&row| bad[row]).count() as f64,
            sum: rows.iter().map(|&row| values[row]).sum(),
        });
        while let [.., before, last] = pools[..] {
            if before.rate() < last.rate() {
                break;
            }
            pools.pop();
            let merged = pools.last_mut().expect("two pools matched above");
            *merged = Pool {
                n: before.n + last.n,
                n_bad: before.n_bad + last.n_bad,
                sum: before.sum + last.sum,
            };
        }
    }
    let mut knots: Vec<(f64, f64)> = Vec::with_capacity(pools.len());
    for pool in pools {
        let own = log_odds((pool.n_bad + 0.5) / (pool.n + 1.0));
        // Smoothing may undo the order of two thin pools: the later one is left out.
        if knots.last().is_none_or(|(_, before)| *before < own) {
            knots.push((pool.sum / pool.n, own));
        }
    }
    knots
}

/// Fits `intercept + slope x value` to outcomes by Newton's method, held at (0, 1) with a ridge of weight `prior`.
pub(super) fn logistic_line(values: &[f64], bad: &[bool], prior: f64) -> Line {
    let mut line = Line::NONE;
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
