//! How collection work went: collectors, contact funnel, service levels, agencies, root causes.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[];
