//! `[holds]`.

use serde::{Deserialize, Serialize};

use super::mirror::Check;
use super::whose::WhoseMirror;
use crate::decide::{HoldExclusion, HoldPolicy, HoldRule, LateShareParams, OwnThresholds, Threshold};

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HoldsMirror {
    min_overdue: String,
    grace_days: i32,
    window_days: i32,
    days_overdue: ThresholdMirror,
    overdue_amount: ThresholdMirror,
    overdue_share: ThresholdMirror,
    limit_used: ThresholdMirror,
    group_limit_used: ThresholdMirror,
    group_days_overdue: ThresholdMirror,
    limit_expired_days: ThresholdMirror,
    probability: ThresholdMirror,
    broken_promises: ThresholdMirror,
    longer_terms_days: ThresholdMirror,
    returned_payments: ThresholdMirror,
    levels: Vec<LevelMirror>,
    exclusions: Vec<ExclusionMirror>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ThresholdMirror {
    watch: f64,
    hold: f64,
    release: f64,
}

/// Rules of one customer, or of those whose attribute has a value.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LevelMirror {
    customer: Option<String>,
    by: Option<String>,
    value: Option<String>,
    days_overdue: Option<ThresholdMirror>,
    overdue_amount: Option<ThresholdMirror>,
    overdue_share: Option<ThresholdMirror>,
    limit_used: Option<ThresholdMirror>,
    group_limit_used: Option<ThresholdMirror>,
    group_days_overdue: Option<ThresholdMirror>,
    limit_expired_days: Option<ThresholdMirror>,
    probability: Option<ThresholdMirror>,
    broken_promises: Option<ThresholdMirror>,
    longer_terms_days: Option<ThresholdMirror>,
    returned_payments: Option<ThresholdMirror>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExclusionMirror {
    customer: Option<String>,
    by: Option<String>,
    value: Option<String>,
    rules: Option<Vec<String>>,
    reason: String,
}

impl ThresholdMirror {
    /// `inf` never fires.
    fn threshold(self) -> Threshold {
        let level = |level: f64| (level != f64::INFINITY).then_some(level);
        Threshold {
            watch: level(self.watch),
            hold: level(self.hold),
            release: self.release,
        }
    }
}

impl LevelMirror {
    fn check(self, key: &str, check: &mut Check<'_>) -> OwnThresholds {
        let thresholds = HoldRule::ALL.into_iter().filter_map(|rule| {
            let own = match rule {
                HoldRule::DaysOverdue => self.days_overdue,
                HoldRule::OverdueAmount => self.overdue_amount,
                HoldRule::OverdueShare => self.overdue_share,
                HoldRule::LimitUsed => self.limit_used,
                HoldRule::GroupLimitUsed => self.group_limit_used,
                HoldRule::GroupDaysOverdue => self.group_days_overdue,
                HoldRule::LimitExpired => self.limit_expired_days,
                HoldRule::Probability => self.probability,
                HoldRule::BrokenPromises => self.broken_promises,
                HoldRule::LongerTerms => self.longer_terms_days,
                HoldRule::ReturnedPayments => self.returned_payments,
            };
            Some((rule, own?.threshold()))
        });
        OwnThresholds {
            thresholds: thresholds.collect(),
            whose: WhoseMirror::of(self.customer, self.by, self.value).check(key, check),
        }
    }
}

impl ExclusionMirror {
    fn check(self, key: &str, check: &mut Check<'_>) -> HoldExclusion {
        let mut rules = std::collections::BTreeSet::new();
        for (at, name) in self.rules.into_iter().flatten().enumerate() {
            match HoldRule::ALL.into_iter().find(|rule| rule.as_str() == name) {
                Some(rule) => {
                    rules.insert(rule);
                }
                None => {
                    let words: Vec<&str> = HoldRule::ALL.iter().map(|rule| rule.as_str()).collect();
                    check.problem(
                        &format!("{key}.rules[{at}]"),
                        format!("must be one of {}, is `{name}`", words.join(", ")),
                    );
                }
            }
        }
        HoldExclusion {
            rules,
            whose: WhoseMirror::of(self.customer, self.by, self.value).check(key, check),
            reason: self.reason,
        }
    }
}

impl HoldsMirror {
    pub(super) fn check(
        self,
        late_share: &LateShareParams,
        promise_tolerance_days: i32,
        check: &mut Check<'_>,
    ) -> HoldPolicy {
        let levels = self.levels.into_iter().enumerate();
        let levels = levels.map(|(at, level)| level.check(&format!("holds.levels[{at}]"), check));
        let levels = levels.collect();
        let exclusions = self.exclusions.into_iter().enumerate();
        let exclusions = exclusions.map(|(at, one)| one.check(&format!("holds.exclusions[{at}]"), check));
        let exclusions = exclusions.collect();
        let policy = HoldPolicy {
            min_overdue: check.money("holds.min_overdue", &self.min_overdue),
            grace_days: self.grace_days,
            days_overdue: self.days_overdue.threshold(),
            overdue_amount: self.overdue_amount.threshold(),
            overdue_share: self.overdue_share.threshold(),
            limit_used: self.limit_used.threshold(),
            group_limit_used: self.group_limit_used.threshold(),
            group_days_overdue: self.group_days_overdue.threshold(),
            limit_expired_days: self.limit_expired_days.threshold(),
            probability: self.probability.threshold(),
            broken_promises: self.broken_promises.threshold(),
            longer_terms_days: self.longer_terms_days.threshold(),
            returned_payments: self.returned_payments.threshold(),
            window_days: self.window_days,
            promise_tolerance_days,
            levels,
            exclusions,
            late_share: late_share.clone(),
            accept_illustrative: false,
        };
        if let Err(problems) = policy.check() {
            check.stage("holds", problems.lines());
        }
        policy
    }
}
