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

mod policy;
mod rules;

use self::rules::Case;
use super::DecideError;
use super::caveats;
use super::delinquency::Delinquency;
use super::exposure::{Exposure, Limit};
use super::position::Position;
use crate::calendar::AsOf;
use crate::forecast::{Account, Attributes};
use crate::ids::CustomerIx;
use crate::ledger::{Hold, Ledger};
use crate::metrics::base_currency::{BaseRates, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::Table;

pub use self::policy::{HoldPolicy, Threshold};

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
    if let Some((scores, mark)) = scores.and_then(|scores| Some((scores, scores.mark.as_ref()?)))
        && !policy.accept_illustrative
    {
        return Err(DecideError::Marked {
            model: scores.model_id.clone(),
            mark: mark.clone(),
        });
    }
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
        currency: converter.base(),
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
    caveats.extend(caveats::missing_tables(
        ledger,
        &[
            ("orders", "unbilled orders are not part of the exposure"),
            ("holds", "current holds are not available; nothing is released"),
            ("promises", "broken promises are not available"),
            ("customers", "limits and insurance are not available"),
        ],
    ));
    caveats.extend(caveats::customers_without_row(
        ledger,
        attributes,
        as_of,
        "limits and insurance",
    ));
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
