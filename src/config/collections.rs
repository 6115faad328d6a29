//! `[promises]`, `[disputes]`, `[recovery]`, `[recoveries]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::metrics::aging::AgingParams;
use crate::metrics::disputes::DisputesParams;
use crate::metrics::promises::PromisesParams;
use crate::metrics::recoveries::RecoveriesParams;
use crate::metrics::recovery::RecoveryParams;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromisesMirror {
    tolerance_days: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DisputesMirror {
    within_days: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveryMirror {
    horizons: Vec<i32>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecoveriesMirror {
    insurance_words: Vec<String>,
}

impl PromisesMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> PromisesParams {
        if !(0..=365).contains(&self.tolerance_days) {
            let message = format!("must be 0 to 365, is {}", self.tolerance_days);
            check.problem("promises.tolerance_days", message);
        }
        PromisesParams {
            tolerance_days: self.tolerance_days.clamp(0, 365),
            upper_edges: aging.upper_edges.clone(),
            ..PromisesParams::default()
        }
    }
}

impl DisputesMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> DisputesParams {
        if !(1..=3_650).contains(&self.within_days) {
            let message = format!("must be 1 to 3650, is {}", self.within_days);
            check.problem("disputes.within_days", message);
        }
        DisputesParams {
            within_days: self.within_days,
            upper_edges: aging.upper_edges.clone(),
            ..DisputesParams::default()
        }
    }
}

impl RecoveryMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> RecoveryParams {
        let params = RecoveryParams {
            horizons: self.horizons,
            upper_edges: aging.upper_edges.clone(),
            ..RecoveryParams::default()
        };
        if let Err(error) = params.check_horizons() {
            check.problem("recovery.horizons", error);
        }
        params
    }
}

impl RecoveriesMirror {
    pub(super) fn check(self) -> RecoveriesParams {
        RecoveriesParams {
            insurance_words: self.insurance_words,
            ..RecoveriesParams::default()
        }
    }
}
