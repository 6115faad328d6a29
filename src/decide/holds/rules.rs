//! The rules of one customer: what each measures, when it fires, and what silences it.

use super::group::Companions;
use super::policy::{HoldExclusion, HoldPolicy, HoldRule, OwnThresholds, Threshold};
use super::{CurrentHold, HoldLine, Level, Recommendation, RuleResult, RuleStatus};
use crate::calendar::AsOf;
use crate::decide::exposure::{Exposure, Limit};
use crate::decide::fraction::Fraction;
use crate::decide::position::{Position, PositionItem};
use crate::money::{SCALE, Total};

/// A number a rule compares, with the words that explain it.
struct Measure {
    value: Fraction,
    inputs: String,
}

/// Everything the rules of one customer look at beside its account.
pub(super) struct Case<'a> {
    pub as_of: AsOf,
    pub policy: &'a HoldPolicy,
    /// Thresholds of the customer's own, the most particular first.
    pub levels: Vec<&'a OwnThresholds>,
    pub exclusions: Vec<&'a HoldExclusion>,
    pub exposure: Exposure,
    pub companions: Option<Companions>,
    pub held: Option<CurrentHold>,
    pub probability: Option<f64>,
    /// Why the model says so, weightiest first.
    pub score_reasons: &'a [String],
    pub has_scores: bool,
    pub has_promises: bool,
    /// Days by which terms given lately are longer than those agreed, or why that is not known.
    pub longer_terms: Result<i32, String>,
    pub n_returned: usize,
}

impl Case<'_> {
    pub(super) fn line(&self, position: &Position) -> HoldLine {
        let is_held = self.held.is_some();
        let rules = HoldRule::ALL.map(|rule| self.judge(rule, position, is_held));
        let is_manual = self.held.as_ref().is_some_and(|hold| hold.manual);
        let highest = rules.iter().filter_map(|rule| level_of(&rule.status)).max();
        let recommendation = match (highest, is_held) {
            (Some(Level::Hold), _) => Recommendation::Hold,
            (_, true) if is_manual => Recommendation::Hold,
            (_, true) => Recommendation::Release,
            (Some(Level::Watch), false) => Recommendation::Watch,
            (None, false) => Recommendation::None,
        };
        let can_release = recommendation == Recommendation::Hold && !is_manual;
        let review_on = self.held.as_ref().and_then(|hold| hold.review_on);
        HoldLine {
            customer: position.customer,
            recommendation,
            exposure: self.exposure.total(position),
            limit: self.exposure.limit.clone(),
            overdue: position.overdue(),
            oldest_days: position.oldest_days(),
            probability: self.probability,
            rules: rules.into(),
            held: self.held.clone(),
            review: review_on.is_some_and(|day| day <= self.as_of.0),
            release_payment: can_release.then(|| self.release_payment(position)).flatten(),
        }
    }

    /// Judges a rule; what would explain a firing is tried before it counts.
    fn judge(&self, rule: HoldRule, position: &Position, is_held: bool) -> RuleResult {
        let (threshold, level) = self.threshold(rule);
        let result = |value, status, inputs| RuleResult {
            rule: rule.as_str(),
            level: level.clone(),
            threshold,
            value,
            status,
            inputs,
        };
        let measure = match self.measure(rule, position) {
            Ok(measure) => measure,
            Err(why) => return result(None, RuleStatus::NotAvailable(why.clone()), why),
        };
        let status = match self.level(rule, measure.value, is_held) {
            None => RuleStatus::Clear,
            Some(level) => match self.silencer(rule, position, is_held) {
                Some(silencer) => RuleStatus::Silenced(silencer),
                None => RuleStatus::Fired(level),
            },
        };
        result(Some(measure.value.to_f64()), status, measure.inputs)
    }

    /// Returns where the rule fires for this customer, and for whom that was laid down.
    fn threshold(&self, rule: HoldRule) -> (Threshold, String) {
        let own = self.levels.iter().find_map(|level| {
            let threshold = level.thresholds.get(&rule)?;
            Some((*threshold, level.whose.to_string()))
        });
        own.unwrap_or_else(|| (self.policy.threshold(rule), "default".to_owned()))
    }

    fn level(&self, rule: HoldRule, value: Fraction, is_held: bool) -> Option<Level> {
        let (threshold, _) = self.threshold(rule);
        let hold = threshold
            .hold
            .filter(|_| rule != HoldRule::Probability || self.has_scores);
        let above = |limit: Option<f64>| limit.is_some_and(|limit| value.is_above(limit));
        let keeps = is_held && hold.is_some() && value.is_above(threshold.release);
        if above(hold) || keeps {
            Some(Level::Hold)
        } else {
            above(threshold.watch).then_some(Level::Watch)
        }
    }

    fn silencer(&self, rule: HoldRule, position: &Position, is_held: bool) -> Option<String> {
        let covers = |exclusion: &&&HoldExclusion| exclusion.rules.is_empty() || exclusion.rules.contains(&rule);
        if let Some(exclusion) = self.exclusions.iter().find(covers) {
            return Some(format!("exclusion of {}: {}", exclusion.whose, exclusion.reason));
        }
        if !rule.is_about_overdue() {
            return None;
        }
        let clears = |position: &Position| match self.measure(rule, position) {
            Ok(measure) => self.level(rule, measure.value, is_held).is_none(),
            Err(_) => false,
        };
        let undisputed = position.without_disputed();
        if clears(&undisputed) {
            return Some("dispute".to_owned());
        }
        let net = undisputed.with_unapplied_set_off();
        if clears(&net) {
            return Some("unapplied cash".to_owned());
        }
        (self.exposure.insured(position) >= net.overdue()).then(|| "insurance".to_owned())
    }

    fn measure(&self, rule: HoldRule, position: &Position) -> Result<Measure, String> {
        let measure = |value, inputs| Ok(Measure { value, inputs });
        let min = self.policy.min_overdue;
        let overdue: Total = late_items(position, self.policy).map(|item| item.open).sum();
        let counted = if overdue >= min { overdue } else { Total::ZERO };
        match rule {
            HoldRule::DaysOverdue => {
                let days = days_reached_by(position, self.policy);
                measure(
                    Fraction::whole(days),
                    format!("{days} days reached by at least {min}, {overdue} overdue"),
                )
            }
            HoldRule::OverdueAmount => measure(
                Fraction::of(counted.units(), i128::from(SCALE)),
                format!("{overdue} overdue"),
            ),
            HoldRule::OverdueShare => {
                let claims = position.claims();
                measure(
                    Fraction::of(counted.units(), claims.units()),
                    format!("{overdue} overdue of {claims}"),
                )
            }
            HoldRule::LimitUsed => {
                let exposure = self.exposure.total(position);
                let (value, limit) = used(exposure, &self.exposure.limit)?;
                measure(value, format!("exposure {exposure}, {limit}"))
            }
            HoldRule::GroupLimitUsed => {
                let group = self.group()?;
                let exposure = self.exposure.total(position) + group.exposure;
                let (value, limit) = used(exposure, &group.limit)?;
                let (n, head) = (group.n_companies, &group.head);
                measure(
                    value,
                    format!("exposure {exposure} of {n} companies under {head}, {limit}"),
                )
            }
            HoldRule::GroupDaysOverdue => {
                let group = self.group()?;
                let days = days_reached_by(position, self.policy).max(group.days_overdue);
                let (n, head) = (group.n_companies, &group.head);
                measure(
                    Fraction::whole(days),
                    format!("{days} days at most in {n} companies under {head}"),
                )
            }
            HoldRule::LimitExpired => {
                let until = self.exposure.limit_until;
                let until = until.ok_or_else(|| "no last day of the limit known on the day".to_owned())?;
                measure(
                    Fraction::whole(self.as_of.0 - until),
                    format!("limit valid until {until}"),
                )
            }
            HoldRule::Probability => {
                let probability = self.probability.ok_or_else(|| "no score".to_owned())?;
                let what = if self.has_scores { "score" } else { "late share" };
                let mut inputs = format!("{what} {:.1} %", probability * 100.0);
                if !self.score_reasons.is_empty() {
                    inputs = format!("{inputs} ({})", self.score_reasons.join("; "));
                }
                measure(Fraction::of_estimate(probability), inputs)
            }
            HoldRule::BrokenPromises => {
                if !self.has_promises {
                    return Err("no promises table was imported".to_owned());
                }
                let days = self.policy.window_days;
                let first = self.as_of.0 - days;
                let broken = position
                    .promises
                    .iter()
                    .filter(|judged| judged.promise.promised_on > first && judged.outcome.fell_short());
                let n = broken.count();
                measure(Fraction::whole(n as i64), format!("{n} not kept in {days} days"))
            }
            HoldRule::LongerTerms => {
                let days = self.longer_terms.clone()?;
                measure(
                    Fraction::whole(days),
                    format!(
                        "{days} days beyond the terms agreed, at most, in {} days",
                        self.policy.window_days
                    ),
                )
            }
            HoldRule::ReturnedPayments => {
                let n = self.n_returned;
                measure(
                    Fraction::whole(n as i64),
                    format!("{n} payments came back in {} days", self.policy.window_days),
                )
            }
        }
    }

    fn group(&self) -> Result<&Companions, String> {
        let group = self.companions.as_ref();
        group.ok_or_else(|| "no group of companies known on the day".to_owned())
    }

    /// Looks for the smallest payment in cents after which no rule asks for the hold of a customer on hold.
    ///
    /// A payment never raises what a rule measures, so that halving the interval finds it.
    fn release_payment(&self, position: &Position) -> Option<Total> {
        const CENT: i128 = (SCALE / 100) as i128;
        let releases = |cents: i128| {
            let after = position.after_payment(Total::from_units(cents * CENT));
            let mut rules = HoldRule::ALL.iter().map(|&rule| self.judge(rule, &after, true));
            !rules.any(|rule| rule.status == RuleStatus::Fired(Level::Hold))
        };
        let (mut too_little, mut enough) = (-1, position.claims().units().div_euclid(CENT) + 1);
        if !releases(enough) {
            return None;
        }
        while enough - too_little > 1 {
            let middle = (too_little + enough) / 2;
            if releases(middle) {
                enough = middle;
            } else {
                too_little = middle;
            }
        }
        Some(Total::from_units(enough * CENT).min(position.claims()))
    }
}

/// Returns how much of a limit an exposure uses, and the limit in words.
fn used(exposure: Total, limit: &Limit) -> Result<(Fraction, String), String> {
    match limit {
        Limit::NotAvailable(why) => Err(why.clone()),
        Limit::Unlimited => Ok((Fraction::ZERO, "unlimited".to_owned())),
        Limit::NoCredit | Limit::Amount(Total::ZERO) => {
            Ok((Fraction::of(exposure.units(), 0), "no credit granted".to_owned()))
        }
        Limit::Amount(limit) => Ok((Fraction::of(exposure.units(), limit.units()), format!("limit {limit}"))),
    }
}

fn level_of(status: &RuleStatus) -> Option<Level> {
    match status {
        RuleStatus::Fired(level) => Some(*level),
        _ => None,
    }
}

/// Returns the items that are late for the rules: past the due day by more than the days of grace.
fn late_items<'a>(position: &'a Position, policy: &HoldPolicy) -> impl Iterator<Item = &'a PositionItem> {
    let grace = policy.grace_days;
    let items = position.items.iter();
    items.filter(move |item| item.days_past_due.is_some_and(|days| days > grace))
}

/// Returns the largest number of days past due that at least the policy's smallest overdue money has reached; 0 where less is overdue.
pub(super) fn days_reached_by(position: &Position, policy: &HoldPolicy) -> i32 {
    let mut sum = Total::ZERO;
    for item in late_items(position, policy) {
        sum += item.open;
        if sum >= policy.min_overdue {
            return item.days_past_due.unwrap_or(0);
        }
    }
    0
}
