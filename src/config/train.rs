//! `[train]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::features::{LabelParams, Unit};
use crate::money::Amount;
use crate::risk::{ScorecardParams, TrainParams, scorecard::Scale};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrainMirror {
    horizon: i32,
    entering: i32,
    materiality: String,
    n_months: i64,
    n_draws: i64,
    seed: i64,
    max_features: i64,
    min_information_value: f64,
    max_correlation: f64,
    ridge: f64,
    base_points: f64,
    base_odds: f64,
    points_to_double: f64,
}

/// Settings of a training that the command line does not name.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainSettings {
    horizon: i32,
    entering: i32,
    materiality: Amount,
    promise_tolerance_days: i32,
    template: TrainParams,
}

impl TrainSettings {
    /// Returns what delinquency means for a unit and a number of days late.
    pub fn label(&self, unit: Unit, days_late: i32) -> LabelParams {
        LabelParams {
            unit,
            days_late,
            horizon: self.horizon,
            entering: self.entering,
            materiality: self.materiality,
            promise_tolerance_days: self.promise_tolerance_days,
        }
    }

    /// Returns the settings of a training.
    pub fn params(&self, name: &str, label: LabelParams) -> TrainParams {
        TrainParams {
            name: name.to_owned(),
            label,
            ..self.template.clone()
        }
    }
}

impl TrainMirror {
    pub(super) fn check(self, promise_tolerance_days: i32, check: &mut Check<'_>) -> TrainSettings {
        let materiality = check
            .money("train.materiality", &self.materiality)
            .to_amount()
            .unwrap_or_default();
        let label = LabelParams {
            unit: Unit::Customer,
            days_late: 30,
            horizon: self.horizon,
            entering: self.entering,
            materiality,
            promise_tolerance_days,
        };
        let template = TrainParams {
            n_months: check.count("train.n_months", self.n_months, 1) as usize,
            n_draws: check.count("train.n_draws", self.n_draws, 1) as usize,
            seed: check.count("train.seed", self.seed, 0),
            scorecard: ScorecardParams {
                min_information_value: self.min_information_value,
                max_correlation: self.max_correlation,
                max_features: check.count("train.max_features", self.max_features, 1) as usize,
                ridge: self.ridge,
                scale: Scale {
                    base_points: self.base_points,
                    base_odds: self.base_odds,
                    points_to_double: self.points_to_double,
                },
            },
            ..TrainParams::new("settings", label)
        };
        if let Err(error) = template.clone().check() {
            check.problem("train", error);
        }
        TrainSettings {
            horizon: self.horizon,
            entering: self.entering,
            materiality,
            promise_tolerance_days,
            template,
        }
    }
}
