//! Delinquency models: estimators, baselines beside them, validation in time, and the registry that keeps them.
//!
//! [`train`] builds a panel, learns from what was known (settings, champion and calibration by held-out time inside it), measures
//! on later months and returns a [`Training`]; a model that does not beat the baselines is refused. [`evaluate`] repeats
//! that month end after month end for every estimator. [`registry`] stores models by name and version.
//!
//! An [`Estimator`] fits; what it returns is a [`Fitted`]: the one type that predicts, explains a row and is kept in a file.

pub mod accounts;
mod arithmetic;
pub mod baseline;
pub mod binning;
pub mod blend;
pub mod calibrate;
mod card;
mod changes;
pub mod embedded;
pub mod evaluate;
mod evaluate_tables;
mod export;
mod fitted;
mod learn;
pub mod logistic;
pub mod measures;
pub mod model;
pub mod monitor;
mod reasons;
pub mod recalibrate;
pub mod refit;
pub mod registry;
pub mod rows;
pub mod scorecard;
pub mod split;
mod tables;
pub mod train;
mod train_params;
pub mod trees;
pub mod validate;

use thiserror::Error;

use self::split::Part;

pub use self::arithmetic::{Adds, Arithmetic, PartOfScore};
pub use self::blend::BlendParams;
pub use self::changes::{Change, Changes, Outlook};
pub use self::evaluate::{Evaluation, evaluate, evaluate_accounts};
pub use self::fitted::Fitted;
pub use self::learn::{Candidate, Choice};
pub use self::logistic::LogisticParams;
pub use self::model::{Grades, LabelDefinition, Model};
pub use self::recalibrate::{RecalibrateError, RecalibrateParams, Recalibration, recalibrate};
pub use self::refit::{RefitError, refit, refit_accounts};
pub use self::rows::{Column, Rows};
pub use self::scorecard::{Scorecard, ScorecardParams};
pub use self::train::{CheckedTrainParams, TrainError, TrainParams, Training, train, train_accounts};
pub use self::trees::{BoostingParams, EbmParams, ForestParams};

/// What can be fitted to labelled rows.
///
/// Whatever the estimator: NaN is a missing value, an infinite one is refused, rows of one class are refused, and the result depends
/// on nothing but the rows and the settings, not on the number of threads.
pub trait Estimator: Send + Sync {
    /// Returns the name in tables.
    fn name(&self) -> &'static str;

    /// Returns the estimator with the settings that did best on the held-out rows of `folds`; none, and nothing is tuned.
    ///
    /// # Errors
    /// A fold that cannot be fitted.
    fn tuned(&self, rows: &Rows, folds: &[Part]) -> Result<Box<dyn Estimator>, FitError>;

    /// Fits to rows.
    ///
    /// # Errors
    /// Rows of one class only, no usable feature, or no convergence.
    fn fit(&self, rows: &Rows) -> Result<Fit, FitError>;
}

/// What was fitted, and what the fit tells about itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Fit {
    /// Says how likely a row is to end badly, and why.
    pub model: Fitted,
    /// Rows, settings, features left out.
    pub report: FitReport,
}

/// What a fit tells about itself.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitReport {
    /// Rows fitted to.
    pub n_rows: usize,
    /// Bad rows among them.
    pub n_bad: usize,
    /// Settings in force and what came of them, by name.
    pub facts: Vec<(String, String)>,
    /// Features left out, with the reason.
    pub left_out: Vec<(String, String)>,
}

impl FitReport {
    /// Starts a report on a fit to rows.
    pub fn of(rows: &Rows) -> FitReport {
        FitReport {
            n_rows: rows.n(),
            n_bad: rows.n_bad(),
            ..FitReport::default()
        }
    }

    /// Adds a fact.
    pub fn with(mut self, name: &str, value: impl ToString) -> FitReport {
        self.facts.push((name.to_owned(), value.to_string()));
        self
    }
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
        feature: String,
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
    /// No feature has two different values.
    #[error("no feature tells bad rows from good ones: none of them varies over {n_rows} rows")]
    NothingVaries {
        /// Rows given.
        n_rows: usize,
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
    /// A library failed.
    #[error("{what} failed: {message}")]
    Failed {
        /// Which fit.
        what: &'static str,
        /// What the library said.
        message: String,
    },
}

impl FitError {
    /// Says whether the rows hold nothing that tells bad from good, as the first months of a ledger do.
    pub fn is_without_signal(&self) -> bool {
        matches!(self, FitError::NoFeature { .. } | FitError::NothingVaries { .. })
    }
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
