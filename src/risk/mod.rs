//! Delinquency models: a points scorecard, baselines beside it, validation in time, and the registry that keeps them.
//!
//! [`train`] builds a panel, fits on what was known, measures on later months and returns a [`Training`]; a model that
//! does not beat the baselines is refused. [`registry`] stores models by name and version.

pub mod baseline;
pub mod binning;
pub mod calibrate;
mod card;
pub mod measures;
pub mod model;
pub mod registry;
pub mod rows;
pub mod scorecard;
mod split;
mod tables;
pub mod train;
mod train_params;
pub mod validate;

use ndarray::ArrayView1;
use thiserror::Error;

pub use self::model::{Grades, LabelDefinition, Model};
pub use self::rows::Rows;
pub use self::scorecard::{Scorecard, ScorecardParams};
pub use self::train::{CheckedTrainParams, TrainError, TrainParams, Training, train};

/// What can be fitted to labelled rows.
pub trait Estimator: Sync {
    /// Returns the name in validation tables.
    fn name(&self) -> &'static str;

    /// Fits to rows; the result depends on nothing but the rows and the estimator's settings.
    ///
    /// # Errors
    /// Rows of one class only, no usable feature, or no convergence.
    fn fit(&self, rows: &Rows) -> Result<Box<dyn Predictor>, FitError>;
}

/// What was fitted: says how likely a row is to end badly.
pub trait Predictor: Send + Sync {
    /// Returns the natural logarithm of the odds bad : good; `row` holds the features in catalogue order, NaN where missing.
    fn log_odds(&self, row: ArrayView1<'_, f64>) -> f64;
}

/// Why a fit has no result.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FitError {
    /// Good or bad rows are lacking.
    #[error("found {n_bad} bad rows among {n_rows}, expected at least one bad and one good row")]
    OneClass {
        /// Rows given.
        n_rows: usize,
        /// Bad rows among them.
        n_bad: usize,
    },
    /// An infinite value.
    #[error("feature `{feature}` holds an infinite value in row {row}, expected a finite number or NaN for missing")]
    Infinite {
        /// The feature.
        feature: &'static str,
        /// The row, from 0.
        row: usize,
    },
    /// No feature tells good from bad.
    #[error(
        "no feature tells bad rows from good ones: the largest information value is {largest:.4}, expected at least {expected}"
    )]
    NoFeature {
        /// Largest information value found.
        largest: f64,
        /// Smallest useful one.
        expected: f64,
    },
    /// The optimiser stopped early.
    #[error(
        "the logistic regression did not converge: the gradient per row is {gradient:.2e}, expected at most {expected:.0e}"
    )]
    NotConverged {
        /// Largest component of the gradient, per row.
        gradient: f64,
        /// The tolerance.
        expected: f64,
    },
    /// The optimiser failed.
    #[error("the logistic regression failed: {message}")]
    Failed {
        /// What the optimiser said.
        message: String,
    },
}

/// Returns the probability that belongs to log-odds.
pub fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// Returns the log-odds that belong to a probability, kept finite.
pub fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln()
}
