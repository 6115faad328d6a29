//! `[forecast]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::forecast::{ForecastParams, TimingParams};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastMirror {
    horizon_weeks: i64,
    n_simulations: i64,
    seed: i64,
    promise_credibility: f64,
    dispute_days: f64,
    history_days: i32,
    segment_by: String,
    segment_weight: f64,
    portfolio_weight: f64,
    terms_assumed_days: i32,
}

impl ForecastMirror {
    /// Returns how payment times are learnt, for every stage that looks ahead.
    pub(super) fn timing(&self) -> TimingParams {
        TimingParams {
            history_days: self.history_days,
            segment_by: (!self.segment_by.is_empty()).then(|| self.segment_by.clone()),
            segment_weight: (self.segment_weight != 0.0).then_some(self.segment_weight),
            portfolio_weight: self.portfolio_weight,
            terms_assumed_days: self.terms_assumed_days,
        }
    }

    pub(super) fn check(self, promise_tolerance_days: i32, check: &mut Check<'_>) -> ForecastParams {
        let params = ForecastParams {
            horizon_weeks: check.count("forecast.horizon_weeks", self.horizon_weeks, 1) as usize,
            n_simulations: check.count("forecast.n_simulations", self.n_simulations, 1) as usize,
            seed: check.count("forecast.seed", self.seed, 0),
            promise_tolerance_days,
            promise_credibility: self.promise_credibility,
            dispute_days: self.dispute_days,
            timing: self.timing(),
        };
        if let Err(problems) = params.check() {
            check.stage("forecast", problems.lines());
        }
        params
    }
}
