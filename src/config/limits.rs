//! `[limits]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use crate::decide::{IncreaseBlocks, LateShareParams, LimitsPolicy, RiskBand, TenureCap, TermsPolicy, WatchPolicy};
use crate::money::Total;

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsMirror {
    window_months: i32,
    min_months: i32,
    min_items: i64,
    growth: GrowthMirror,
    bands: Vec<BandMirror>,
    step: String,
    most: String,
    tenure_caps: Vec<TenureCapMirror>,
    max_increase: f64,
    keep_within: f64,
    unlimited_up_to: f64,
    suspend_overdue_days: i32,
    suspend_overdue_share: f64,
    no_increase: NoIncreaseMirror,
    terms: TermsMirror,
    watch: WatchMirror,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct GrowthMirror {
    least: f64,
    most: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct BandMirror {
    up_to: Option<f64>,
    multiple: f64,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TenureCapMirror {
    below_months: i32,
    most: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NoIncreaseMirror {
    overdue_days: i32,
    min_overdue: String,
    broken_promises: i64,
    returned_payments: i64,
    window_days: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TermsMirror {
    allowed: Vec<i32>,
    prepay_from: f64,
    shorten_from: f64,
    shorten_days_late: f64,
    lengthen_up_to: f64,
    lengthen_months: i32,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct WatchMirror {
    recent_days: i32,
    before_days: i32,
    min_items: i64,
    confidence: f64,
    days_late_rise: f64,
    exposure_rise: f64,
    utilisation_from: f64,
    utilisation_rise: f64,
}

impl LimitsMirror {
    pub(super) fn check(
        self,
        late_share: &LateShareParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> LimitsPolicy {
        let bands = self.bands.iter().map(|band| RiskBand {
            up_to: band.up_to,
            multiple: band.multiple,
        });
        let caps = self.tenure_caps.iter().enumerate().map(|(at, cap)| TenureCap {
            below_months: cap.below_months,
            most: check.money(&format!("limits.tenure_caps[{at}].most"), &cap.most),
        });
        let tenure_caps = caps.collect();
        let (blocks, terms, watch) = (self.no_increase, self.terms, self.watch);
        let mut count = |key: &str, n: i64, least| check.count(&format!("limits.{key}"), n, least);
        let min_items = count("min_items", self.min_items, 1) as usize;
        let broken_promises = count("no_increase.broken_promises", blocks.broken_promises, 1) as usize;
        let returned_payments = count("no_increase.returned_payments", blocks.returned_payments, 1) as usize;
        let min_watched = count("watch.min_items", watch.min_items, 1);
        let most = check.money("limits.most", &self.most);
        let policy = LimitsPolicy {
            window_months: self.window_months,
            min_months: self.min_months,
            min_items,
            growth: (self.growth.least, self.growth.most),
            bands: bands.collect(),
            step: check.money("limits.step", &self.step),
            most: (most != Total::ZERO).then_some(most),
            tenure_caps,
            max_increase: self.max_increase,
            keep_within: self.keep_within,
            unlimited_up_to: self.unlimited_up_to,
            suspend_overdue_days: self.suspend_overdue_days,
            suspend_overdue_share: self.suspend_overdue_share,
            no_increase: IncreaseBlocks {
                overdue_days: blocks.overdue_days,
                min_overdue: check.money("limits.no_increase.min_overdue", &blocks.min_overdue),
                broken_promises,
                returned_payments,
                window_days: blocks.window_days,
            },
            terms: TermsPolicy {
                allowed: terms.allowed,
                prepay_from: terms.prepay_from,
                shorten_from: terms.shorten_from,
                shorten_days_late: terms.shorten_days_late,
                lengthen_up_to: terms.lengthen_up_to,
                lengthen_months: terms.lengthen_months,
            },
            watch: WatchPolicy {
                recent_days: watch.recent_days,
                before_days: watch.before_days,
                min_items: min_watched,
                confidence: watch.confidence,
                days_late_rise: watch.days_late_rise,
                exposure_rise: watch.exposure_rise,
                utilisation_from: watch.utilisation_from,
                utilisation_rise: watch.utilisation_rise,
            },
            promise_tolerance_days,
            late_share: late_share.clone(),
        };
        if let Err(problems) = policy.check() {
            check.stage("limits", problems.lines());
        }
        policy
    }
}
