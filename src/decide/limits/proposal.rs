//! The limit a customer's behaviour and risk justify, line by line.

use super::behaviour::Behaviour;
use super::policy::LimitsPolicy;
use crate::calendar::AsOf;
use crate::decide::exposure::Limit;
use crate::decide::position::Position;
use crate::money::Total;

/// What to do about a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitAction {
    /// Grant nothing more until what is wrong is settled.
    Suspend,
    /// Grant less.
    Lower,
    /// Grant more.
    Raise,
    /// Grant a limit where there is none yet.
    Set,
    /// Leave it.
    Keep,
    /// Nothing can be proposed.
    NotAvailable,
}

impl LimitAction {
    /// Returns the word in the column `action`.
    pub fn as_str(self) -> &'static str {
        match self {
            LimitAction::Suspend => "suspend",
            LimitAction::Lower => "lower",
            LimitAction::Raise => "raise",
            LimitAction::Set => "set",
            LimitAction::Keep => "keep",
            LimitAction::NotAvailable => "not available",
        }
    }
}

/// One line of the calculation.
#[derive(Clone, Debug, PartialEq)]
pub struct CalculationLine {
    /// What it gives.
    pub line: &'static str,
    /// Money so far.
    pub money: Total,
    /// How it came about.
    pub how: String,
}

/// A proposed limit with its calculation.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// What to do.
    pub action: LimitAction,
    /// The limit after that; `None` where nothing can be proposed or the customer stays unlimited.
    pub proposed: Option<Total>,
    /// The calculation, in order.
    pub calculation: Vec<CalculationLine>,
    /// Why, in plain words.
    pub reasons: Vec<String>,
}

/// Everything a limit depends on.
pub(super) struct LimitCase<'a> {
    pub as_of: AsOf,
    pub policy: &'a LimitsPolicy,
    pub behaviour: &'a Behaviour,
    pub position: &'a Position,
    pub exposure: Total,
    pub limit: &'a Limit,
    pub agreed_days: Option<i32>,
    pub probability: Option<f64>,
    pub insured_amount: Option<Total>,
    pub standing: Option<&'a str>,
}

impl LimitCase<'_> {
    pub(super) fn proposal(&self) -> Proposal {
        let done = |action, proposed, calculation, reasons| Proposal {
            action,
            proposed,
            calculation,
            reasons,
        };
        if let Some(reason) = self.suspension() {
            return done(LimitAction::Suspend, Some(Total::ZERO), Vec::new(), vec![reason]);
        }
        let (lines, calculated) = match self.calculated() {
            Ok(calculated) => calculated,
            Err(why) => return done(LimitAction::NotAvailable, None, Vec::new(), vec![why]),
        };
        let mut calculation = lines;
        let mut reasons = vec![self.risk()];
        let present = match self.limit {
            Limit::Unlimited if self.probability.is_some_and(|risk| risk <= self.policy.unlimited_up_to) => {
                return done(LimitAction::Keep, None, calculation, reasons);
            }
            Limit::Amount(amount) if *amount > Total::ZERO => Some(*amount),
            _ => None,
        };
        let Some(present) = present else {
            let action = match self.limit {
                Limit::Unlimited => LimitAction::Lower,
                _ if calculated.is_zero() => LimitAction::Keep,
                _ => LimitAction::Set,
            };
            reasons.push(match self.limit {
                Limit::NotAvailable(why) => why.clone(),
                Limit::Unlimited => "unlimited so far".to_owned(),
                Limit::NoCredit | Limit::Amount(_) => "no credit so far".to_owned(),
            });
            reasons.extend(self.short_of_exposure(calculated));
            return done(action, Some(calculated), calculation, reasons);
        };
        let mut proposed = calculated;
        if proposed > present {
            let blocks = self.blocks();
            if !blocks.is_empty() {
                let how = format!("no increase: {}", blocks.join(", "));
                calculation.push(line("present limit", present, how.clone()));
                reasons.push(how);
                return done(LimitAction::Keep, Some(present), calculation, reasons);
            }
            let most = self.rounded_down(present + times(present, self.policy.max_increase));
            if proposed > most {
                proposed = most.max(present);
                let share = self.policy.max_increase * 100.0;
                calculation.push(line(
                    "most at one review",
                    proposed,
                    format!("{present} and {share:.0} % more, down to a step"),
                ));
            }
        }
        let difference = (proposed - present).abs();
        if difference < times(present, self.policy.keep_within) || difference.is_zero() {
            let share = self.policy.keep_within * 100.0;
            reasons.push(format!("{proposed} is within {share:.0} % of {present}"));
            return done(LimitAction::Keep, Some(present), calculation, reasons);
        }
        let action = match proposed > present {
            true => LimitAction::Raise,
            false => LimitAction::Lower,
        };
        reasons.extend(self.short_of_exposure(proposed));
        done(action, Some(proposed), calculation, reasons)
    }

    fn risk(&self) -> String {
        let risk = self
            .probability
            .map(|risk| format!("{:.1} % likely to pay late", risk * 100.0));
        risk.unwrap_or_else(|| "no probability".to_owned())
    }

    fn suspension(&self) -> Option<String> {
        if let Some(status @ ("bankrupt" | "litigation")) = self.standing {
            return Some(format!("status {status}"));
        }
        let days = self.policy.suspend_overdue_days;
        let overdue = self.overdue_beyond(days);
        let share = overdue.ratio(self.position.claims())?;
        let is_too_much = overdue >= self.policy.no_increase.min_overdue && share >= self.policy.suspend_overdue_share;
        is_too_much.then(|| {
            let percent = share * 100.0;
            format!("{overdue} more than {days} days past due, {percent:.0} % of the open claims")
        })
    }

    fn overdue_beyond(&self, days: i32) -> Total {
        let old = self
            .position
            .items
            .iter()
            .filter(|item| item.days_past_due.is_some_and(|age| age > days));
        old.map(|item| item.open - item.disputed).sum()
    }

    /// Need x multiple of the risk, under the caps, down to a step.
    fn calculated(&self) -> Result<(Vec<CalculationLine>, Total), String> {
        let (policy, behaviour) = (self.policy, self.behaviour);
        let n_months = behaviour.months.len();
        if n_months < policy.min_months as usize {
            return Err(format!(
                "{n_months} complete months of history, {} are needed",
                policy.min_months
            ));
        }
        if behaviour.n_fallen_due < policy.min_items {
            let n = behaviour.n_fallen_due;
            return Err(format!(
                "{n} items fell due in {n_months} months, {} are needed",
                policy.min_items
            ));
        }
        let probability = self.probability.ok_or("no probability of delinquency")?;
        let (peak, sales) = behaviour
            .peak()
            .zip(behaviour.mean_sales())
            .ok_or("no month of history")?;
        let terms = self.agreed_days.map(f64::from).or(behaviour.terms_days);
        let terms = terms.ok_or("no terms known on the day")?;

        let late = behaviour.days_late.mean().unwrap_or(0.0).max(0.0);
        let (low, high) = policy.growth;
        let growth = behaviour.growth().map_or(1.0, |growth| growth.clamp(low, high));
        let by_sales = estimate(sales.max(0.0) * (terms + late) / 30.0 * growth);
        let need = peak.exposure.max(by_sales).max(Total::ZERO);
        let multiple = policy.multiple(probability);
        let mut lines = vec![
            line(
                "peak",
                peak.exposure,
                format!("largest month-end exposure of {n_months} months, {}", peak.month),
            ),
            line(
                "need by sales",
                by_sales,
                format!(
                    "{} a month x ({terms:.0} days of terms + {late:.1} late) / 30 x {growth:.2} growth",
                    estimate(sales)
                ),
            ),
            line("need", need, "the larger of these".to_owned()),
        ];
        let mut limit = times(need, multiple);
        let risk = probability * 100.0;
        lines.push(line(
            "capacity",
            limit,
            format!("x {multiple} at {risk:.1} % likely to pay late"),
        ));
        if let Some(insured) = self
            .insured_amount
            .map(|insured| insured.min(need))
            .filter(|insured| *insured > limit)
        {
            limit = insured;
            lines.push(line(
                "insured",
                limit,
                "what is insured may be granted up to the need".to_owned(),
            ));
        }
        if let Some(most) = policy.most.filter(|most| limit > *most) {
            limit = most;
            lines.push(line("cap", limit, "largest limit of all".to_owned()));
        }
        let tenure = behaviour.tenure_months(self.as_of);
        let young = policy.tenure_caps.iter().find(|cap| tenure < cap.below_months);
        if let Some(cap) = young.filter(|cap| limit > cap.most) {
            limit = cap.most;
            let below = cap.below_months;
            lines.push(line(
                "cap",
                limit,
                format!("customer for {tenure} months, less than {below}"),
            ));
        }
        let limit = self.rounded_down(limit);
        lines.push(line("limit", limit, format!("down to a multiple of {}", policy.step)));
        Ok((lines, limit))
    }

    fn rounded_down(&self, limit: Total) -> Total {
        let step = self.policy.step.units();
        Total::from_units(limit.units().div_euclid(step) * step)
    }

    /// Lists what forbids a higher limit.
    fn blocks(&self) -> Vec<String> {
        let rules = &self.policy.no_increase;
        let mut blocks = Vec::new();
        let overdue = self.overdue_beyond(rules.overdue_days);
        if overdue >= rules.min_overdue {
            blocks.push(format!("{overdue} more than {} days past due", rules.overdue_days));
        }
        let first = self.as_of.0 - rules.window_days;
        let recent = self
            .position
            .promises
            .iter()
            .filter(|judged| judged.promise.promised_on > first);
        let broken = recent.filter(|judged| judged.outcome.fell_short()).count();
        if broken >= rules.broken_promises.max(1) {
            blocks.push(format!("{broken} promises not kept in {} days", rules.window_days));
        }
        let returned = self.behaviour.n_returned;
        if returned >= rules.returned_payments.max(1) {
            blocks.push(format!("{returned} payments returned in {} days", rules.window_days));
        }
        if self.standing == Some("do_not_contact") {
            blocks.push("status do not contact".to_owned());
        }
        blocks
    }

    fn short_of_exposure(&self, proposed: Total) -> Option<String> {
        (self.exposure > proposed).then(|| format!("below the exposure of {}", self.exposure))
    }
}

fn line(line: &'static str, money: Total, how: String) -> CalculationLine {
    CalculationLine { line, money, how }
}

fn estimate(money: f64) -> Total {
    Total::from_estimate(money).unwrap_or(Total::ZERO)
}

fn times(money: Total, factor: f64) -> Total {
    estimate(money.to_feature() * factor)
}
