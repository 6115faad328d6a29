//! The one place that knows what day it is.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::calendar::Day;

/// Returns today's date in UTC.
pub(super) fn today() -> Day {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Day::from_epoch(i32::try_from(since_1970.as_secs() / 86_400).unwrap_or(i32::MAX))
}
