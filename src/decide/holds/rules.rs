//! The rules of one customer: what each measures, when it fires, and what silences it.

use super::policy::{HoldPolicy, Rule};
use super::{HoldLine, Level, Recommendation, RuleResult, RuleStatus};
use crate::calendar::AsOf;
use crate::decide::exposure::{Exposure, Limit};
use crate::decide::position::Position;
use crate::ledger::Hold;
use crate::money::{SCALE, Total};

/// A number a rule compares, with the words that explain it.
struct Measure {
    value: f64,
    inputs: String,
}

/// Everything the rules of one customer look at beside its account.
pub(super) struct Case<'a> {
    pub as_of: AsOf,
    pub policy: &'a HoldPolicy,
    pub exposure: Exposure,
    pub held: Option<Hold>,
    pub probability: Option<f64>,
    pub has_scores: bool,
    pub has_promises: bool,
    pub is_protected: bool,
}

impl Case<'_> {
    pub(super) fn line(&self, position: &Position) -> HoldLine {
        let is_held = self.held.is_some();
        let rules = Rule::ALL.map(|rule| self.judge(rule, position, is_held));
        let is_manual = self.held.is_some_and(|hold| hold.manual);
        let highest = rules.iter().filter_map(|rule| level_of(&rule.status)).max();
        let recommendation = match (highest, self.held) {
            (Some(Level::Hold), _) => Recommendation::Hold,
            (_, Some(_)) if is_manual => Recommendation::Hold,
            (_, Some(_)) => Recommendation::Release,
            (Some(Level::Watch), None) => Recommendation::Watch,
            (None, None) => Recommendation::None,
        };
        let can_release = recommendation == Recommendation::Hold && !is_manual;
        HoldLine {
            customer: position.customer,
            recommendation,
            exposure: self.exposure.total(position),
            limit: self.exposure.limit.clone(),
            overdue: position.overdue(),
            oldest_days: position.oldest_days(),
            probability: self.probability,
            rules: rules.into(),
            held: self.held,
            review: self
                .held
                .and_then(|hold| hold.review_on)
                .is_some_and(|day| day <= self.as_of.0),
            release_payment: can_release.then(|| self.release_payment(position)).flatten(),
        }
    }

    /// Judges a rule; what would explain a firing is tried before it counts.
    fn judge(&self, rule: Rule, position: &Position, is_held: bool) -> RuleResult {
        let result = |status, inputs| RuleResult {
            rule: rule.name(),
            status,
            inputs,
        };
        let measure = match self.measure(rule, position) {
            Ok(measure) => measure,
            Err(why) => return result(RuleStatus::NotAvailable(why.clone()), why),
        };
        let Some(level) = self.level(rule, measure.value, is_held) else {
            return result(RuleStatus::Clear, measure.inputs);
        };
        let status = match self.silencer(rule, position, is_held) {
            Some(silencer) => RuleStatus::Silenced(silencer),
            None => RuleStatus::Fired(level),
        };
        result(status, measure.inputs)
    }

    fn level(&self, rule: Rule, value: f64, is_held: bool) -> Option<Level> {
        let threshold = rule.threshold(self.policy);
        let hold = threshold.hold.filter(|_| rule != Rule::Probability || self.has_scores);
        let above = |limit: Option<f64>| limit.is_some_and(|limit| value > limit);
        let keeps = is_held && hold.is_some() && value > threshold.release;
        if above(hold) || keeps {
            Some(Level::Hold)
        } else {
            above(threshold.watch).then_some(Level::Watch)
        }
    }

    fn silencer(&self, rule: Rule, position: &Position, is_held: bool) -> Option<String> {
        if self.is_protected {
            return Some("protected customer".to_owned());
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

    fn measure(&self, rule: Rule, position: &Position) -> Result<Measure, String> {
        let measure = |value, inputs| Ok(Measure { value, inputs });
        let min = self.policy.min_overdue;
        let overdue = position.overdue();
        match rule {
            Rule::DaysOverdue => {
                let days = days_reached_by(position, min);
                measure(
                    f64::from(days),
                    format!("{days} days reached by at least {min}, {overdue} overdue"),
                )
            }
            Rule::OverdueShare => {
                let claims = position.claims();
                let share = overdue.ratio(claims).filter(|_| overdue >= min).unwrap_or(0.0);
                measure(share, format!("{overdue} overdue of {claims}"))
            }
            Rule::LimitUsed => {
                let exposure = self.exposure.total(position);
                match &self.exposure.limit {
                    Limit::NotAvailable(why) => Err(why.clone()),
                    Limit::Unlimited => measure(0.0, format!("exposure {exposure}, unlimited")),
                    Limit::NoCredit | Limit::Amount(Total::ZERO) => {
                        let over = if exposure > Total::ZERO { f64::INFINITY } else { 0.0 };
                        measure(over, format!("exposure {exposure}, no credit granted"))
                    }
                    Limit::Amount(limit) => {
                        let used = exposure.ratio(*limit).unwrap_or(0.0);
                        measure(used, format!("exposure {exposure} of limit {limit}"))
                    }
                }
            }
            Rule::LimitExpired => match self.exposure.limit_until {
                None => Err("no last day of the limit known on the day".to_owned()),
                Some(until) => {
                    let days = self.as_of.0 - until;
                    measure(f64::from(days), format!("limit valid until {until}"))
                }
            },
            Rule::Probability => match self.probability {
                None => Err("no score".to_owned()),
                Some(probability) => {
                    let what = if self.has_scores { "score" } else { "late share" };
                    measure(probability, format!("{what} {:.1} %", probability * 100.0))
                }
            },
            Rule::BrokenPromises => {
                if !self.has_promises {
                    return Err("no promises table was imported".to_owned());
                }
                let first = self.as_of.0 - self.policy.promise_window_days;
                let recent = position
                    .promises
                    .iter()
                    .filter(|judged| judged.promise.promised_on > first);
                let broken = recent.filter(|judged| judged.outcome.fell_short());
                let n = broken.count();
                let days = self.policy.promise_window_days;
                measure(n as f64, format!("{n} not kept in {days} days"))
            }
        }
    }

    /// Looks for the smallest payment in cents after which no rule asks for the hold of a customer on hold.
    ///
    /// A payment never raises what a rule measures, so that halving the interval finds it.
    fn release_payment(&self, position: &Position) -> Option<Total> {
        const CENT: i128 = (SCALE / 100) as i128;
        let releases = |cents: i128| {
            let after = position.after_payment(Total::from_units(cents * CENT));
            let mut rules = Rule::ALL.iter().map(|&rule| self.judge(rule, &after, true));
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

fn level_of(status: &RuleStatus) -> Option<Level> {
    match status {
        RuleStatus::Fired(level) => Some(*level),
        _ => None,
    }
}

/// Returns the largest number of days past due that at least `min` of money has reached; 0 where less is overdue.
fn days_reached_by(position: &Position, min: Total) -> i32 {
    let mut sum = Total::ZERO;
    for item in position.items.iter().filter(|item| item.is_overdue()) {
        sum += item.open;
        if sum >= min {
            return item.days_past_due.unwrap_or(0);
        }
    }
    0
}
