//! The rules of credit holds and their thresholds.

use std::collections::BTreeSet;

use crate::decide::LateShareParams;
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
    /// Days past due reached by at least `min_overdue`.
    pub days_overdue: Threshold,
    /// Overdue claims over all claims, 0 to 1.
    pub overdue_share: Threshold,
    /// Exposure over credit limit.
    pub limit_used: Threshold,
    /// Days since the last day of the limit.
    pub limit_expired_days: Threshold,
    /// Probability of delinquency.
    pub probability: Threshold,
    /// Promises broken or kept in part.
    pub broken_promises: Threshold,
    /// Days of promises that count, back from the as-of day.
    pub promise_window_days: i32,
    /// Days after a promised day on which money still keeps the promise.
    pub promise_tolerance_days: i32,
    /// Ids of customers for whom rules are silenced.
    pub protected: BTreeSet<String>,
    /// The late share that stands in where no scores are given.
    pub late_share: LateShareParams,
    /// Whether scores of a model that is marked, such as an illustrative one, may ask for anything.
    pub accept_illustrative: bool,
}

impl Default for HoldPolicy {
    fn default() -> HoldPolicy {
        let threshold = |watch, hold, release| Threshold { watch, hold, release };
        HoldPolicy {
            min_overdue: Amount::from_units(100 * SCALE).into(),
            days_overdue: threshold(Some(30.0), Some(60.0), 15.0),
            overdue_share: threshold(Some(0.5), None, 0.25),
            limit_used: threshold(Some(0.9), Some(1.0), 0.9),
            limit_expired_days: threshold(Some(0.0), None, 0.0),
            // A score asks for a watch; what holds by default is a fact that can be shown to the customer.
            probability: threshold(Some(0.35), None, 0.35),
            broken_promises: threshold(Some(1.0), Some(2.0), 1.0),
            promise_window_days: 180,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            protected: BTreeSet::new(),
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
        for rule in Rule::ALL {
            let Threshold { watch, hold, release } = rule.threshold(self);
            let name = rule.name();
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
        let days = self.promise_window_days;
        problems.require((1..=3_650).contains(&days), "promise_window_days", "1 to 3650", days);
        let days = self.promise_tolerance_days;
        problems.require((0..=365).contains(&days), "promise_tolerance_days", "0 to 365", days);
        self.late_share.check(&mut problems);
        problems.into_result()
    }
}

/// The rules, in the order in which they are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    DaysOverdue,
    OverdueShare,
    LimitUsed,
    LimitExpired,
    Probability,
    BrokenPromises,
}

impl Rule {
    pub const ALL: [Rule; 6] = [
        Rule::DaysOverdue,
        Rule::OverdueShare,
        Rule::LimitUsed,
        Rule::LimitExpired,
        Rule::Probability,
        Rule::BrokenPromises,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Rule::DaysOverdue => "days_overdue",
            Rule::OverdueShare => "overdue_share",
            Rule::LimitUsed => "limit_used",
            Rule::LimitExpired => "limit_expired_days",
            Rule::Probability => "probability",
            Rule::BrokenPromises => "broken_promises",
        }
    }

    pub fn threshold(self, policy: &HoldPolicy) -> Threshold {
        match self {
            Rule::DaysOverdue => policy.days_overdue,
            Rule::OverdueShare => policy.overdue_share,
            Rule::LimitUsed => policy.limit_used,
            Rule::LimitExpired => policy.limit_expired_days,
            Rule::Probability => policy.probability,
            Rule::BrokenPromises => policy.broken_promises,
        }
    }

    /// Tells whether the rule looks at overdue money, which disputes, unapplied cash and insurance can explain.
    pub fn is_about_overdue(self) -> bool {
        matches!(self, Rule::DaysOverdue | Rule::OverdueShare)
    }
}
