//! Settings of a training: as typed, and checked.

use thiserror::Error;

use super::scorecard::ScorecardParams;
use super::{Choice, Estimator};
use crate::features::{CheckedLabelParams, LabelError, LabelParams};

/// Settings of a training, as typed.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainParams {
    /// Name of the model in the registry: letters, digits, `-` and `_`, at most 64.
    pub name: String,
    /// What a bad outcome is.
    pub label: LabelParams,
    /// Month ends of the panel at most, newest first, 1 to 120.
    pub n_months: usize,
    /// What is fitted.
    pub estimator: Choice,
    /// The card, and the scale of every model's points.
    pub scorecard: ScorecardParams,
    /// Draws behind the intervals of the validation, 20 to 10,000.
    pub n_draws: usize,
    /// Seed of folds and draws.
    pub seed: u64,
    /// Keeps a model that the quality gate refuses, with the refusals on its card.
    pub keep_refused: bool,
    /// Marks the model, and every score by it, as illustrative: its ledger is made up.
    pub illustrative: bool,
}

/// Settings of a training, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckedTrainParams {
    params: TrainParams,
    label: CheckedLabelParams,
}

/// Why settings of a training are refused.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TrainParamsError {
    /// A name that is no folder name.
    #[error("found the model name `{found}`, expected 1 to 64 letters, digits, `-` or `_`")]
    Name {
        /// The name.
        found: String,
    },
    /// The label's settings.
    #[error(transparent)]
    Label(#[from] LabelError),
    /// A number outside its range.
    #[error("{setting} must be {expected}, is {found}")]
    OutOfRange {
        /// The setting.
        setting: &'static str,
        /// Its range.
        expected: &'static str,
        /// Its value.
        found: f64,
    },
}

impl TrainParams {
    /// Starts from the defaults: a scorecard on 24 month ends, 500 draws, seed 1.
    pub fn new(name: &str, label: LabelParams) -> TrainParams {
        TrainParams {
            name: name.to_owned(),
            label,
            n_months: 24,
            estimator: Choice::Scorecard,
            scorecard: ScorecardParams::default(),
            n_draws: 500,
            seed: 1,
            keep_refused: false,
            illustrative: false,
        }
    }

    /// Checks the settings.
    ///
    /// | setting | range |
    /// | --- | --- |
    /// | `n_months` | 1 to 120 |
    /// | `n_draws` | 20 to 10,000 |
    /// | `scorecard.max_features` | 1 to 40 |
    /// | `scorecard.min_information_value` | 0 to 1 |
    /// | `scorecard.max_correlation` | above 0, up to 1 |
    /// | `scorecard.ridge` | 0 to 1,000 |
    /// | `scorecard.scale.base_points` | -100,000 to 100,000 |
    /// | `scorecard.scale.base_odds` | above 0, up to 1,000,000 |
    /// | `scorecard.scale.points_to_double` | 1 to 10,000 |
    ///
    /// # Errors
    /// The first setting out of its range; NaN is in no range.
    pub fn check(self) -> Result<CheckedTrainParams, TrainParamsError> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(is_plain) {
            return Err(TrainParamsError::Name {
                found: self.name.clone(),
            });
        }
        let label = self.label.check()?;
        let card = &self.scorecard;
        let positive = f64::MIN_POSITIVE;
        let ranges = [
            ("n_months", "1 to 120", self.n_months as f64, 1.0, 120.0),
            ("n_draws", "20 to 10,000", self.n_draws as f64, 20.0, 10_000.0),
            ("scorecard.max_features", "1 to 40", card.max_features as f64, 1.0, 40.0),
            (
                "scorecard.min_information_value",
                "0 to 1",
                card.min_information_value,
                0.0,
                1.0,
            ),
            (
                "scorecard.max_correlation",
                "above 0, up to 1",
                card.max_correlation,
                positive,
                1.0,
            ),
            ("scorecard.ridge", "0 to 1,000", card.ridge, 0.0, 1_000.0),
            (
                "scorecard.scale.base_points",
                "-100,000 to 100,000",
                card.scale.base_points,
                -1e5,
                1e5,
            ),
            (
                "scorecard.scale.base_odds",
                "above 0, up to 1,000,000",
                card.scale.base_odds,
                positive,
                1e6,
            ),
            (
                "scorecard.scale.points_to_double",
                "1 to 10,000",
                card.scale.points_to_double,
                1.0,
                10_000.0,
            ),
        ];
        for (setting, expected, found, low, high) in ranges {
            if !(low..=high).contains(&found) {
                return Err(TrainParamsError::OutOfRange {
                    setting,
                    expected,
                    found,
                });
            }
        }
        Ok(CheckedTrainParams { params: self, label })
    }
}

impl CheckedTrainParams {
    /// Returns what a bad outcome is.
    pub fn label(&self) -> &CheckedLabelParams {
        &self.label
    }

    /// Returns the estimators that are learnt with, the simplest first.
    pub fn estimators(&self) -> Vec<Box<dyn Estimator>> {
        self.estimator.estimators(self.scorecard, self.seed)
    }
}

impl std::ops::Deref for CheckedTrainParams {
    type Target = TrainParams;
    fn deref(&self) -> &TrainParams {
        &self.params
    }
}
