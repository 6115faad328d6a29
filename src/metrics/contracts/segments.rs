//! How segments differ from the rest, and which hold most overdue money.

use super::*;

pub(super) const CONTRACTS: &[MetricContract] = &[];
