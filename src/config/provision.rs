//! `[provision]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::forecast::provision::{Assessed, ProvisionParams};
use crate::metrics::aging::AgingParams;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvisionMirror {
    pool_by: String,
    min_pool_items: i64,
    history_months: i32,
    discount_rate: f64,
    overlay: f64,
    overlay_reason: String,
    assessed: Vec<AssessedMirror>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct AssessedMirror {
    customer: String,
    loss: f64,
    reason: String,
}

impl ProvisionMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> ProvisionParams {
        let assessed = self.assessed.into_iter().map(|one| Assessed {
            customer: one.customer,
            loss: one.loss,
            reason: one.reason,
        });
        let params = ProvisionParams {
            upper_edges: aging.upper_edges.clone(),
            pool_by: self.pool_by,
            min_pool_items: check.count("provision.min_pool_items", self.min_pool_items, 0),
            history_months: self.history_months,
            discount_rate: self.discount_rate,
            overlay: self.overlay,
            overlay_reason: self.overlay_reason,
            assessed: assessed.collect(),
        };
        if let Err(problems) = params.check() {
            check.stage("provision", problems.lines());
        }
        params
    }
}
