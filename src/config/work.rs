//! `[funnel]`, `[sla]`, `[agencies]`, `[root_causes]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::metrics::agencies::AgenciesParams;
use crate::metrics::aging::AgingParams;
use crate::metrics::funnel::FunnelParams;
use crate::metrics::root_causes::RootCauseParams;
use crate::metrics::sla::SlaParams;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FunnelMirror {
    promise_window_days: i64,
    confidence: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlaMirror {
    first_contact_days: i64,
    dispute_response_days: i64,
    confidence: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AgenciesMirror {
    size_edges: Vec<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RootCausesMirror {
    causes: Vec<String>,
    terms_upper_edges: Vec<i32>,
}

/// Longest number of days that a setting may name.
const MOST_DAYS: u64 = 3_650;

fn days(key: &str, value: i64, check: &mut Check<'_>) -> i32 {
    check.count(key, value, 0).min(MOST_DAYS) as i32
}

fn confidence(key: &str, value: f64, check: &mut Check<'_>) -> f64 {
    if !(value > 0.0 && value < 1.0) {
        check.problem(key, format!("must be between 0 and 1, is {value}"));
    }
    value
}

impl FunnelMirror {
    pub(super) fn check(self, tolerance_days: i32, check: &mut Check<'_>) -> FunnelParams {
        FunnelParams {
            tolerance_days,
            promise_window_days: days("funnel.promise_window_days", self.promise_window_days, check),
            confidence: confidence("funnel.confidence", self.confidence, check),
        }
    }
}

impl SlaMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> SlaParams {
        SlaParams {
            first_contact_days: days("sla.first_contact_days", self.first_contact_days, check),
            dispute_response_days: days("sla.dispute_response_days", self.dispute_response_days, check),
            confidence: confidence("sla.confidence", self.confidence, check),
        }
    }
}

impl AgenciesMirror {
    pub(super) fn check(self, aging: &AgingParams, check: &mut Check<'_>) -> AgenciesParams {
        let mut size_edges = Vec::new();
        for (at, edge) in self.size_edges.iter().enumerate() {
            let key = format!("agencies.size_edges[{at}]");
            let edge = check.money(&key, edge);
            let before = size_edges.last().copied().unwrap_or_default();
            if edge <= before {
                check.problem(&key, format!("{edge} is not above {before}"));
            }
            size_edges.push(edge);
        }
        AgenciesParams {
            upper_edges: aging.upper_edges.clone(),
            size_edges,
            ..AgenciesParams::default()
        }
    }
}

impl RootCausesMirror {
    pub(super) fn check(self, check: &mut Check<'_>) -> RootCauseParams {
        let edges = &self.terms_upper_edges;
        if edges.is_empty() || edges[0] < 0 || !edges.is_sorted_by(|a, b| a < b) {
            let message = format!("must be days that increase from 0 upward, is {edges:?}");
            check.problem("root_causes.terms_upper_edges", message);
        }
        if self.causes.is_empty() {
            check.problem("root_causes.causes", "must name at least one cause");
        }
        RootCauseParams {
            causes: self.causes,
            terms_upper_edges: self.terms_upper_edges,
        }
    }
}
