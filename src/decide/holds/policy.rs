//! The rules of credit holds and their thresholds.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::LateShareParams;
use crate::decide::whose::Whose;
use crate::forecast::Problems;
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Amount, SCALE, Total};

/// Where a rule asks for a watch or a hold, and where it lets go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// Above this: watch; `None`: never.
    pub watch: Option<f64>,
    /// Above this: hold; `None`: never.
    pub hold: Option<f64>,
    /// At or below this a customer on hold is released by this rule.
    pub release: f64,
}

/// The rules of credit holds; money in the base currency.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldPolicy {
    /// Overdue money below this fires no rule.
    pub min_overdue: Total,
    /// Days past due up to which money does not count as overdue for the rules.
    pub grace_days: i32,
    /// Days past due reached by at least `min_overdue`.
    pub days_overdue: Threshold,
    /// Overdue claims, in currency units.
    pub overdue_amount: Threshold,
    /// Overdue claims over all claims, 0 to 1.
    pub overdue_share: Threshold,
    /// Exposure over credit limit.
    pub limit_used: Threshold,
    /// Exposure of the group of companies over the limit of its head.
    pub group_limit_used: Threshold,
    /// The worst `days_overdue` of the companies of the group.
    pub group_days_overdue: Threshold,
    /// Days since the last day of the limit.
    pub limit_expired_days: Threshold,
    /// Probability of delinquency.
    pub probability: Threshold,
    /// Promises broken or kept in part.
    pub broken_promises: Threshold,
    /// Days from issue to due of the newest invoices beyond the terms agreed with the customer.
    pub longer_terms_days: Threshold,
    /// Payments that came back.
    pub returned_payments: Threshold,
    /// Days of promises, returned payments and new invoices that count, back from the as-of day.
    pub window_days: i32,
    /// Days after a promised day on which money still keeps the promise.
    pub promise_tolerance_days: i32,
    /// Thresholds of one customer or of a group of customers instead of those above: a customer's own before a group's, then in this order.
    pub levels: Vec<OwnThresholds>,
    /// Customers for whom rules are silenced.
    pub exclusions: Vec<HoldExclusion>,
    /// The late share that stands in where no scores are given.
    pub late_share: LateShareParams,
    /// Whether scores of a model that is marked, such as an illustrative one, may ask for anything.
    pub accept_illustrative: bool,
}

/// Thresholds that stand in place of the default's.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnThresholds {
    /// For whom.
    pub whose: Whose,
    /// The rules that differ.
    pub thresholds: BTreeMap<HoldRule, Threshold>,
}

/// Rules that are silenced for some customers.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldExclusion {
    /// For whom.
    pub whose: Whose,
    /// Which rules; none named: all.
    pub rules: BTreeSet<HoldRule>,
    /// Why, printed with each rule it silences.
    pub reason: String,
}

impl Default for HoldPolicy {
    fn default() -> HoldPolicy {
        let threshold = |watch, hold, release| Threshold { watch, hold, release };
        HoldPolicy {
            min_overdue: Amount::from_units(100 * SCALE).into(),
            grace_days: 0,
            days_overdue: threshold(Some(30.0), Some(60.0), 15.0),
            overdue_amount: threshold(None, None, 0.0),
            overdue_share: threshold(Some(0.5), None, 0.25),
            limit_used: threshold(Some(0.9), Some(1.0), 0.9),
            group_limit_used: threshold(Some(1.0), None, 0.9),
            group_days_overdue: threshold(None, None, 15.0),
            limit_expired_days: threshold(Some(0.0), None, 0.0),
            // A score asks for a watch; what holds by default is a fact that can be shown to the customer.
            probability: threshold(Some(0.35), None, 0.35),
            broken_promises: threshold(Some(1.0), Some(2.0), 1.0),
            longer_terms_days: threshold(Some(15.0), None, 15.0),
            returned_payments: threshold(Some(1.0), None, 1.0),
            window_days: 180,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            levels: Vec::new(),
            exclusions: Vec::new(),
            late_share: LateShareParams::default(),
            accept_illustrative: false,
        }
    }
}

impl HoldPolicy {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let min = self.min_overdue;
        problems.require(min > Total::ZERO, "min_overdue", "above 0", min);
        let days = self.grace_days;
        problems.require((0..=365).contains(&days), "grace_days", "0 to 365", days);
        for rule in HoldRule::ALL {
            self.threshold(rule).check(rule.as_str(), &mut problems);
        }
        for (at, level) in self.levels.iter().enumerate() {
            let n = level.thresholds.len();
            problems.require(n > 0, &format!("levels[{at}]"), "at least one rule of its own", n);
            for (rule, threshold) in &level.thresholds {
                threshold.check(&format!("levels[{at}].{}", rule.as_str()), &mut problems);
            }
        }
        let days = self.window_days;
        problems.require((1..=3_650).contains(&days), "window_days", "1 to 3650", days);
        let days = self.promise_tolerance_days;
        problems.require((0..=365).contains(&days), "promise_tolerance_days", "0 to 365", days);
        self.late_share.check(&mut problems);
        problems.into_result()
    }

    /// Returns where a rule fires for customers without thresholds of their own.
    pub fn threshold(&self, rule: HoldRule) -> Threshold {
        match rule {
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
        }
    }
}

impl Threshold {
    fn check(self, name: &str, problems: &mut Problems) {
        let Threshold { watch, hold, release } = self;
        problems.require(release.is_finite(), &format!("{name}.release"), "a number", release);
        for (key, level) in [("watch", watch), ("hold", hold)] {
            let level = level.unwrap_or(release);
            let key = format!("{name}.{key}");
            problems.require(level >= release, &key, format!("at least release {release}"), level);
        }
        if let (Some(watch), Some(hold)) = (watch, hold) {
            let key = format!("{name}.hold");
            problems.require(hold >= watch, &key, format!("at least watch {watch}"), hold);
        }
    }
}

/// The rules, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldRule {
    /// How late the money is.
    DaysOverdue,
    /// How much is late.
    OverdueAmount,
    /// How much of all claims is late.
    OverdueShare,
    /// How much of the credit limit is used.
    LimitUsed,
    /// How much of the limit of the head of the group all its companies use.
    GroupLimitUsed,
    /// How late the money of the latest company of the group is.
    GroupDaysOverdue,
    /// How long ago the limit ran out.
    LimitExpired,
    /// How likely the customer is to go late.
    Probability,
    /// How many promises were not kept.
    BrokenPromises,
    /// By how much terms given lately are longer than those agreed.
    LongerTerms,
    /// How many payments came back.
    ReturnedPayments,
}

impl HoldRule {
    /// Every rule.
    pub const ALL: [HoldRule; 11] = [
        HoldRule::DaysOverdue,
        HoldRule::OverdueAmount,
        HoldRule::OverdueShare,
        HoldRule::LimitUsed,
        HoldRule::GroupLimitUsed,
        HoldRule::GroupDaysOverdue,
        HoldRule::LimitExpired,
        HoldRule::Probability,
        HoldRule::BrokenPromises,
        HoldRule::LongerTerms,
        HoldRule::ReturnedPayments,
    ];

    /// Returns the key of the rule in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            HoldRule::DaysOverdue => "days_overdue",
            HoldRule::OverdueAmount => "overdue_amount",
            HoldRule::OverdueShare => "overdue_share",
            HoldRule::LimitUsed => "limit_used",
            HoldRule::GroupLimitUsed => "group_limit_used",
            HoldRule::GroupDaysOverdue => "group_days_overdue",
            HoldRule::LimitExpired => "limit_expired_days",
            HoldRule::Probability => "probability",
            HoldRule::BrokenPromises => "broken_promises",
            HoldRule::LongerTerms => "longer_terms_days",
            HoldRule::ReturnedPayments => "returned_payments",
        }
    }

    /// Tells whether the rule looks at the customer's own overdue money, which disputes, unapplied cash and insurance can explain.
    pub(super) fn is_about_overdue(self) -> bool {
        matches!(
            self,
            HoldRule::DaysOverdue | HoldRule::OverdueAmount | HoldRule::OverdueShare
        )
    }
}
