//! Ridge logistic regression: the solver behind the scorecard, and an estimator of its own.
//!
//! # Definition
//! log-odds (bad : good) = intercept + sum of coefficient x standardised value. Values are cut at the 1st and 99th percentile
//! of training, a missing one counts as the median and adds the coefficient of an indicator of its own.
//! # Inputs
//! Labelled rows; constant and wholly missing columns are left out.
//! # Edge cases
//! Rows of one class, and rows where no column varies, are refused.
//! # Source
//! Hosmer, Lemeshow and Sturdivant, Applied Logistic Regression, 2013, chapter 1; le Cessie and van Houwelingen, 1992, for the ridge.
//! # Example
//! One column with mean 2 and spread 1, coefficient 0.5: a value of 3 adds 0.5 to the log-odds.

use linfa::Dataset;
use linfa::traits::Fit as _;
use linfa_logistic::LogisticRegression;
use ndarray::{Array1, Array2, ArrayView1};
use serde::{Deserialize, Serialize};

use super::split::Part;
use super::{Estimator, Fit, FitError, FitReport, Fitted, Rows, log_odds, probability};

/// The gradient per row up to which a fit counts as converged.
const TOLERANCE: f64 = 1e-5;

/// Settings of a logistic regression on the features themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogisticParams {
    /// Ridge penalty on the coefficients of standardised columns.
    pub ridge: f64,
}

impl Default for LogisticParams {
    fn default() -> LogisticParams {
        LogisticParams { ridge: 10.0 }
    }
}

/// A fitted logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    /// Log-odds of a row at the mean of every column.
    pub intercept: f64,
    /// The columns with a coefficient, in the order of the matrix.
    pub terms: Vec<Term>,
}

/// One column of a logistic regression.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// Column of the matrix.
    pub column: usize,
    /// Values below count as this one: the 1st percentile of training.
    pub low: f64,
    /// Values above count as this one: the 99th percentile of training.
    pub high: f64,
    /// What a missing value counts as.
    pub median: f64,
    /// Mean in training, of values so prepared.
    pub mean: f64,
    /// Standard deviation in training, of values so prepared.
    pub spread: f64,
    /// Change of the log-odds per standard deviation.
    pub coefficient: f64,
    /// Change of the log-odds where the value is missing; the indicator is centred.
    pub missing: f64,
    /// Share of the training rows in which the value is missing.
    pub missing_share: f64,
}

impl Term {
    /// Prepares a column; `None` where it says nothing because it never varies.
    fn prepare(column: usize, values: ArrayView1<'_, f64>) -> Option<Term> {
        let mut known: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        if known.is_empty() {
            return None;
        }
        known.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| known[((known.len() - 1) as f64 * share).round() as usize];
        let (low, median, high) = (quantile(0.01), quantile(0.5), quantile(0.99));
        let mut term = Term {
            column,
            low,
            high,
            median,
            mean: 0.0,
            spread: 1.0,
            coefficient: 0.0,
            missing: 0.0,
            missing_share: 1.0 - known.len() as f64 / values.len() as f64,
        };
        let n = values.len() as f64;
        let mean = values.iter().map(|value| term.standard(*value)).sum::<f64>() / n;
        let variance = values
            .iter()
            .map(|value| (term.standard(*value) - mean).powi(2))
            .sum::<f64>()
            / n;
        (term.mean, term.spread) = (mean, variance.sqrt());
        if term.spread == 0.0 {
            term.spread = 1.0;
        }
        (variance > 0.0 || term.has_missing()).then_some(term)
    }

    /// Returns how many standard deviations a value, prepared as in training, lies from the mean.
    pub(super) fn standard(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.median } else { value };
        (value.clamp(self.low, self.high) - self.mean) / self.spread
    }

    fn has_missing(&self) -> bool {
        self.missing_share > 0.0
    }

    fn indicator(&self, value: f64) -> f64 {
        f64::from(value.is_nan()) - self.missing_share
    }

    /// Returns what a value adds to the log-odds.
    fn adds(&self, value: f64) -> f64 {
        self.coefficient * self.standard(value) + self.missing * self.indicator(value)
    }
}

impl Logistic {
    /// Returns the log-odds of a row.
    pub fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64 {
        self.intercept + self.terms.iter().map(|term| term.adds(row[term.column])).sum::<f64>()
    }

    /// Adds each column's part of a row's log-odds to `parts`, against a row at the mean of every column.
    pub fn explain(&self, row: ArrayView1<'_, f64>, parts: &mut [f64]) {
        for term in &self.terms {
            parts[term.column] += term.adds(row[term.column]);
        }
    }
}

impl Estimator for LogisticParams {
    fn name(&self) -> &'static str {
        "logistic"
    }

    fn tuned(&self, _: &Rows, _: &[Part]) -> Result<Box<dyn Estimator>, FitError> {
        Ok(Box::new(*self))
    }

    fn fit(&self, rows: &Rows) -> Result<Fit, FitError> {
        rows.check()?;
        let mut left_out = Vec::new();
        let mut terms = Vec::new();
        for (column, of) in rows.columns.iter().enumerate() {
            match Term::prepare(column, rows.x.column(column)) {
                Some(term) => terms.push(term),
                None => left_out.push((of.name.clone(), "never varies".to_owned())),
            }
        }
        if terms.is_empty() {
            return Err(FitError::NothingVaries { n_rows: rows.n() });
        }
        // A column for each value, and one more for each indicator of a missing one.
        let with_missing: Vec<usize> = (0..terms.len()).filter(|&term| terms[term].has_missing()).collect();
        let x = Array2::from_shape_fn((rows.n(), terms.len() + with_missing.len()), |(row, position)| {
            let of = |term: &Term| rows.x[[row, term.column]];
            match terms.get(position) {
                Some(term) => term.standard(of(term)),
                None => {
                    let term = &terms[with_missing[position - terms.len()]];
                    term.indicator(of(term))
                }
            }
        });
        let start = vec![0.0; x.ncols()];
        let solution = solve(x, &rows.bad, &start, self.ridge)?;
        for (term, coefficient) in terms.iter_mut().zip(&solution.coefficients) {
            term.coefficient = *coefficient;
        }
        for (&term, coefficient) in with_missing.iter().zip(&solution.coefficients[terms.len()..]) {
            terms[term].missing = *coefficient;
        }
        let report = FitReport {
            left_out,
            ..FitReport::of(rows)
                .with("ridge", self.ridge)
                .with("gradient per row", format!("{:.1e}", solution.gradient))
        };
        let model = Fitted::Logistic(Logistic {
            intercept: solution.intercept,
            terms,
        });
        Ok(Fit { model, report })
    }
}

/// The minimum of a ridge logistic regression.
pub(super) struct Solution {
    pub intercept: f64,
    pub coefficients: Vec<f64>,
    /// Largest component of the gradient, per row.
    pub gradient: f64,
}

/// Fits a ridge logistic regression from given coefficients; `x` is `(n_rows, n_features)`.
pub(super) fn solve(x: Array2<f64>, bad: &[bool], start: &[f64], ridge: f64) -> Result<Solution, FitError> {
    let n_bad = bad.iter().filter(|bad| **bad).count();
    // The optimiser takes the larger class as 1.
    let toward_bad = if n_bad * 2 > bad.len() { 1.0 } else { -1.0 };
    let base = log_odds(n_bad as f64 / bad.len() as f64);
    let first: Array1<f64> = start.iter().chain([&base]).map(|value| toward_bad * value).collect();
    let dataset = Dataset::new(x, Array1::from_vec(bad.to_vec()));
    let fitted = LogisticRegression::default()
        .alpha(ridge)
        .max_iterations(500)
        .gradient_tolerance(1e-6 * bad.len() as f64)
        .initial_params(first)
        .fit(&dataset)
        .map_err(|error| FitError::Failed {
            what: "the logistic regression",
            message: error.to_string(),
        })?;
    // The sign says which class was taken as 1.
    let sign = if fitted.labels().pos.class { 1.0 } else { -1.0 };
    let coefficients: Vec<f64> = fitted.params().iter().map(|coefficient| sign * coefficient).collect();
    let intercept = sign * fitted.intercept();
    let mut slopes = vec![0.0; coefficients.len() + 1];
    for (row, &bad) in dataset.records().outer_iter().zip(bad) {
        let own = intercept + row.iter().zip(&coefficients).map(|(x, b)| x * b).sum::<f64>();
        let error = probability(own) - f64::from(bad);
        slopes[0] += error;
        for (slope, value) in slopes[1..].iter_mut().zip(row) {
            *slope += error * value;
        }
    }
    for (slope, coefficient) in slopes[1..].iter_mut().zip(&coefficients) {
        *slope += ridge * coefficient;
    }
    let gradient = slopes.iter().fold(0.0_f64, |largest, slope| largest.max(slope.abs())) / bad.len() as f64;
    if gradient.is_nan() || gradient > TOLERANCE {
        return Err(FitError::NotConverged {
            gradient,
            expected: TOLERANCE,
        });
    }
    Ok(Solution {
        intercept,
        coefficients,
        gradient,
    })
}
