//! `[aging]`, `[roll_rates]`, `[dso]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::metrics::aging::{AgingBasis, AgingParams, AgingScheme};
use crate::metrics::dso::DsoParams;
use crate::metrics::roll_rates::RollRatesParams;
use crate::money::Total;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgingMirror {
    upper_edges: Vec<i32>,
    basis: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RollRatesMirror {
    confidence: f64,
    materiality: String,
    n_draws: i64,
    seed: i64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DsoMirror {
    window_months: i64,
}

impl AgingMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> AgingParams {
        if let Err(error) = AgingScheme::from_upper_edges(&self.upper_edges) {
            check.problem("aging.upper_edges", error);
        }
        let bases = [AgingBasis::Due, AgingBasis::Issue, AgingBasis::Posting];
        let basis = bases.into_iter().find(|basis| basis.as_str() == self.basis);
        if basis.is_none() {
            let words = bases.map(|basis| format!("`{}`", basis.as_str())).join(", ");
            check.problem("aging.basis", format!("must be one of {words}, is `{}`", self.basis));
        }
        AgingParams {
            upper_edges: self.upper_edges,
            basis: basis.unwrap_or_default(),
            ..AgingParams::default()
        }
    }
}

impl RollRatesMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> RollRatesParams {
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            check.problem(
                "roll_rates.confidence",
                format!("must be between 0 and 1, is {}", self.confidence),
            );
        }
        let materiality = check.money("roll_rates.materiality", &self.materiality);
        if materiality < Total::ZERO {
            check.problem(
                "roll_rates.materiality",
                format!("must be at least 0, is {}", self.materiality),
            );
        }
        RollRatesParams {
            upper_edges: aging.upper_edges.clone(),
            confidence: self.confidence,
            materiality,
            n_draws: check.count("roll_rates.n_draws", self.n_draws, 0).min(100_000) as u32,
            seed: check.count("roll_rates.seed", self.seed, 0),
            ..RollRatesParams::default()
        }
    }
}

impl DsoMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> DsoParams {
        DsoParams {
            window_months: check.count("dso.window_months", self.window_months, 1).min(1_200) as u32,
        }
    }
}
