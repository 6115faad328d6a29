//! How money was promised, disputed and recovered: promises, plans, disputes, recovery by bucket, recoveries.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[];
