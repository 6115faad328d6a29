//! Whom to stop shipping to, whom to watch, whom to release.
//!
//! # Definition
//! Each rule measures one number of a customer and compares it with its thresholds: above `hold` it asks for a hold, above `watch` for a
//! watch. For a customer on hold, a rule with a `hold` threshold is cleared only at or below `release`; the hold is released when every rule is cleared, so
//! that recommendations do not flap. A manual hold never lifts by itself; on its review day it raises `review`.
//! # Inputs
//! Accounts, orders, limits, insurance, scores, promises and current holds as known on the day, in the base currency.
//! # Edge cases
//! A rule whose input was not known on the day is `not available`, never zero. What silences a rule is named with it: dispute, unapplied cash,
//! insurance, protected customer. Without scores the late share may ask for a watch, never for a hold.
//! # Source
//! Design section 7.
//! # Example
//! Limit 1,000.00, exposure 1,250.00, hold above 1.0, release at 0.9: utilisation 1.25 asks for a hold; 350.00 paid brings it to 0.9 and releases.

use super::DecideError;
use super::base_rates::{BaseRates, currencies_known};
use super::delinquency::Delinquency;
use super::exposure::{Exposure, Limit};
use super::hold_policy::{HoldPolicy, Rule};
use super::position::Position;
use crate::calendar::AsOf;
use crate::forecast::{Account, Attributes, PromiseOutcome};
use crate::ids::CustomerIx;
use crate::ledger::{Hold, Ledger};
use crate::money::{Currency, SCALE, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::Table;

/// What a rule asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Keep an eye on it.
    Watch,
    /// Ship nothing more.
    Hold,
}

/// How a rule came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleStatus {
    /// It asks for nothing.
    Clear,
    /// It asks for a watch or a hold.
    Fired(Level),
    /// It would have, but for what is named.
    Silenced(String),
    /// Its input was not known on the day, with the reason.
    NotAvailable(String),
}

/// One rule of one customer, with its inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleResult {
    /// Key of the rule in the policy.
    pub rule: &'static str,
    /// How it came out.
    pub status: RuleStatus,
    /// The numbers it saw, in words.
    pub inputs: String,
}

/// What to do about a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Recommendation {
    /// Put or keep on hold.
    Hold,
    /// Lift the hold.
    Release,
    /// Keep an eye on it.
    Watch,
    /// Nothing.
    None,
}

impl Recommendation {
    /// Returns the word in the column `recommendation`.
    pub fn as_str(self) -> &'static str {
        match self {
            Recommendation::Hold => "hold",
            Recommendation::Release => "release",
            Recommendation::Watch => "watch",
            Recommendation::None => "none",
        }
    }
}

/// The recommendation for one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct HoldLine {
    /// Who.
    pub customer: CustomerIx,
    /// What to do.
    pub recommendation: Recommendation,
    /// Open receivables - unapplied + unbilled orders - insured.
    pub exposure: Total,
    /// Credit limit.
    pub limit: Limit,
    /// Past its due day, disputed or not.
    pub overdue: Total,
    /// Days past due of the oldest overdue claim.
    pub oldest_days: Option<i32>,
    /// Probability of delinquency.
    pub probability: Option<f64>,
    /// Every rule with its inputs.
    pub rules: Vec<RuleResult>,
    /// The hold of the source system that is in force.
    pub held: Option<Hold>,
    /// Whether that hold has reached its review day.
    pub review: bool,
    /// The smallest payment, set against the oldest undisputed claims, that would lift the hold; `None` where none would or none is needed.
    pub release_payment: Option<Total>,
}

/// Recommendations for every customer with exposure or a hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Holds {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Currency of all money.
    pub currency: Currency,
    /// By recommendation, then by exposure, largest first.
    pub lines: Vec<HoldLine>,
    ids: Vec<(String, Option<String>)>,
    notes: Vec<(String, String)>,
}

impl Holds {
    /// Returns the recommendations as a table.
    pub fn table(&self) -> Table {
        let lines = &self.lines;
        let with = |status: fn(&RuleStatus) -> Option<String>| {
            let of_line = move |line: &HoldLine| {
                let said = line.rules.iter().filter_map(|rule| {
                    let status = status(&rule.status)?;
                    Some(format!("{} {status}: {}", rule.rule, rule.inputs))
                });
                said.collect::<Vec<_>>().join("; ")
            };
            lines.iter().map(of_line).collect::<Vec<_>>()
        };
        let fired = with(|status| match status {
            RuleStatus::Fired(Level::Hold) => Some("hold".to_owned()),
            RuleStatus::Fired(Level::Watch) => Some("watch".to_owned()),
            _ => None,
        });
        let silenced = with(|status| match status {
            RuleStatus::Silenced(by) => Some(format!("silenced by {by}")),
            _ => None,
        });
        let not_available = with(|status| match status {
            RuleStatus::NotAvailable(_) => Some("not available".to_owned()),
            _ => None,
        });
        let limit = |line: &HoldLine| match line.limit {
            Limit::Amount(amount) => Some(amount),
            Limit::NoCredit => Some(Total::ZERO),
            Limit::Unlimited | Limit::NotAvailable(_) => None,
        };
        let limit_kind = |line: &HoldLine| match line.limit {
            Limit::Amount(_) => "amount",
            Limit::NoCredit => "none",
            Limit::Unlimited => "unlimited",
            Limit::NotAvailable(_) => "not available",
        };
        let held = |line: &HoldLine| line.held.map(|hold| if hold.manual { "manual" } else { "rule" });
        let mut table = Table::new("holds")
            .text("customer_id", self.ids.iter().map(|(id, _)| id.clone()))
            .text(
                "recommendation",
                lines.iter().map(|line| line.recommendation.as_str().to_owned()),
            )
            .text("currency", lines.iter().map(|_| self.currency.to_string()))
            .money("exposure", lines.iter().map(|line| line.exposure))
            .money("credit_limit", lines.iter().map(limit))
            .money("overdue", lines.iter().map(|line| line.overdue))
            .int("oldest_days", lines.iter().map(|line| line.oldest_days.map(i64::from)))
            .real("probability", lines.iter().map(|line| line.probability))
            .text("rules", fired)
            .money("release_payment", lines.iter().map(|line| line.release_payment))
            .text("name", self.ids.iter().map(|(_, name)| name.clone()))
            .text("limit_kind", lines.iter().map(|line| limit_kind(line).to_owned()))
            .text("silenced", silenced)
            .text("not_available", not_available)
            .text("held", lines.iter().map(|line| held(line).map(str::to_owned)))
            .day(
                "held_since",
                lines.iter().map(|line| line.held.map(|hold| hold.placed_on)),
            )
            .flag("review", lines.iter().map(|line| line.review));
        table.notes = self.notes.clone();
        table
    }
}

/// Recommends holds, watches and releases as of a day.
///
/// # Errors
/// Settings out of range, scores of another day, or several currencies without rates.
pub fn holds(
    ledger: &Ledger,
    as_of: AsOf,
    scores: Option<&Scores>,
    rates: &BaseRates,
    policy: &HoldPolicy,
) -> Result<Checked<Holds>, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let converter = rates.on(as_of, &currencies_known(ledger, as_of))?;
    let delinquency = Delinquency::of(ledger, as_of, scores, &policy.late_share)?;
    let attributes = Attributes::on(ledger, as_of);
    let mut lines = Vec::new();
    for customer in ledger.customers() {
        let account = Account::on(ledger, customer, as_of, policy.promise_tolerance_days);
        let exposure = Exposure::of(ledger, &attributes, customer, as_of, &converter)?;
        let held = current_hold(ledger, customer, as_of);
        let has_orders = exposure.unbilled_orders.is_some_and(|orders| !orders.is_zero());
        if account.is_empty() && !has_orders && held.is_none() {
            continue;
        }
        let position = Position::of(account, as_of, &converter)?;
        let case = Case {
            as_of,
            policy,
            exposure,
            held,
            probability: delinquency.probability(customer),
            has_scores: delinquency.from_scores,
            has_promises: ledger.has("promises"),
            is_protected: policy.protected.contains(ledger.customer_id(customer)),
        };
        lines.push(case.line(&position));
    }
    lines.sort_by_key(|line| (line.recommendation, std::cmp::Reverse(line.exposure), line.customer));
    let ids = lines.iter().map(|line| {
        let name = attributes.text(line.customer, "name").map(str::to_owned);
        (ledger.customer_id(line.customer).to_owned(), name)
    });
    let mut checked = Checked::clean(Holds {
        as_of,
        currency: converter.base,
        ids: ids.collect(),
        lines,
        notes: vec![
            ("as_of".to_owned(), as_of.to_string()),
            ("probability".to_owned(), delinquency.source.clone()),
            ("base_currency".to_owned(), converter.note()),
            (
                "exposure".to_owned(),
                "open receivables - unapplied + unbilled orders - insured".to_owned(),
            ),
        ],
    });
    checked.caveats = caveats(ledger, &attributes, as_of, &delinquency);
    Ok(checked)
}

fn caveats(ledger: &Ledger, attributes: &Attributes<'_>, as_of: AsOf, delinquency: &Delinquency) -> Vec<Caveat> {
    let mut caveats: Vec<Caveat> = delinquency.caveat().into_iter().collect();
    let tables = [
        ("orders", "unbilled orders are not part of the exposure"),
        ("holds", "current holds are not available; nothing is released"),
        ("promises", "broken promises are not available"),
        ("customers", "limits and insurance are not available"),
    ];
    for (table, consequence) in tables {
        if !ledger.has(table) {
            caveats.push(Caveat(format!("no `{table}` table was imported; {consequence}")));
        }
    }
    let n = ledger
        .customers()
        .filter(|customer| !attributes.has_row(*customer))
        .count();
    if n > 0 && ledger.has("customers") {
        caveats.push(Caveat(format!(
            "{n} customers have no row valid on {as_of}; their limits and insurance are not available; import `valid_from` or declare the columns timeless"
        )));
    }
    caveats
}

/// Returns the hold in force at the end of the day; a manual one before one placed by rule.
fn current_hold(ledger: &Ledger, customer: CustomerIx, as_of: AsOf) -> Option<Hold> {
    let day = as_of.0;
    let in_force = |hold: &&Hold| {
        hold.placed_on <= day && hold.known_on <= day && hold.released_on.is_none_or(|released_on| released_on > day)
    };
    let holds = ledger.holds().of(customer).iter().filter(in_force);
    holds.max_by_key(|hold| (hold.manual, hold.placed_on)).copied()
}

/// A number a rule compares, with the words that explain it.
struct Measure {
    value: f64,
    inputs: String,
}

/// Everything the rules of one customer look at beside its account.
struct Case<'a> {
    as_of: AsOf,
    policy: &'a HoldPolicy,
    exposure: Exposure,
    held: Option<Hold>,
    probability: Option<f64>,
    has_scores: bool,
    has_promises: bool,
    is_protected: bool,
}

impl Case<'_> {
    fn line(&self, position: &Position) -> HoldLine {
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
                let broken = position.promises.iter().filter(|judged| {
                    let is_broken = matches!(judged.outcome, PromiseOutcome::Broken | PromiseOutcome::PartiallyKept);
                    is_broken && judged.promise.promised_on > first
                });
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
