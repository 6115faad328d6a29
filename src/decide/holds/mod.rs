//! Whom to stop shipping to, whom to watch, whom to release.
//!
//! # Definition
//! Each rule measures one number of a customer and compares it with its thresholds: above `hold` it asks for a hold, above `watch` for a
//! watch. For a customer on hold, a rule with a `hold` threshold is cleared only at or below `release`; the hold is released when every rule is cleared, so
//! that recommendations do not flap. A manual hold never lifts by itself; on its review day it raises `review`.
//! # Inputs
//! Accounts, orders, limits, insurance, scores, promises and current holds as known on the day, in the base currency.
//! # Edge cases
//! A rule whose input was not known on the day is `not available`, never zero. Numbers are compared exactly: a share of 0.4 % is above 0, a balance of
//! exactly the limit is not above it. A customer's own thresholds stand before those of a group it belongs to, these before the default's. What
//! silences a rule is named with it: dispute, unapplied cash, insurance, exclusion. Without scores the late share may ask for a watch, never for a hold.
//! The group of companies is judged by all its exposure against the limit of its head.
//! # Source
//! Design section 7.
//! # Example
//! Limit 1,000.00, exposure 1,250.00, hold above 1.0, release at 0.9: utilisation 1.25 asks for a hold; 350.00 paid brings it to 0.9 and releases.

mod group;
mod policy;
mod rules;
mod tables;

use std::collections::{BTreeMap, BTreeSet};

use self::group::CompanyGroups;
use self::rules::Case;
use super::DecideError;
use super::caveats;
use super::delinquency::Delinquency;
use super::exposure::{Exposure, Limit};
use super::position::Position;
use super::whose::Whose;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, Attributes};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Nature};
use crate::metrics::base_currency::{BaseRates, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;

pub use self::policy::{HoldExclusion, HoldPolicy, HoldRule, OwnThresholds, Threshold};

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
#[derive(Clone, Debug, PartialEq)]
pub struct RuleResult {
    /// Key of the rule in the policy.
    pub rule: &'static str,
    /// For whom its thresholds were laid down: `default`, `customer ID`, or an attribute with its value.
    pub level: String,
    /// Where it fires for this customer.
    pub threshold: Threshold,
    /// What it measured; `None` where its input was not known.
    pub value: Option<f64>,
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

/// A hold of the source system that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrentHold {
    /// First day.
    pub placed_on: Day,
    /// Whether a person placed it; such a hold never lifts by itself.
    pub manual: bool,
    /// Day of review.
    pub review_on: Option<Day>,
    /// Who answers for it.
    pub owner: Option<String>,
}

impl CurrentHold {
    fn by_rule(placed_on: Day) -> CurrentHold {
        CurrentHold {
            placed_on,
            manual: false,
            review_on: None,
            owner: None,
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
    pub held: Option<CurrentHold>,
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

/// Which holds are in force when recommendations are made.
#[derive(Clone, Copy, Debug)]
pub enum HeldNow<'a> {
    /// Those of the source system, as known on the day.
    OfLedger,
    /// Those that a replayed policy placed, each with its first day.
    Replayed(&'a BTreeMap<CustomerIx, Day>),
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
    holds_from(ledger, as_of, scores, rates, policy, HeldNow::OfLedger)
}

/// Recommends holds, watches and releases as of a day, given the holds in force.
///
/// # Errors
/// As [`holds`].
pub fn holds_from(
    ledger: &Ledger,
    as_of: AsOf,
    scores: Option<&Scores>,
    rates: &BaseRates,
    policy: &HoldPolicy,
    held: HeldNow<'_>,
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
    let groups = CompanyGroups::on(ledger, &attributes, as_of, &converter, policy)?;
    let mut lines = Vec::new();
    for customer in ledger.customers() {
        let account = Account::on(ledger, customer, as_of, policy.promise_tolerance_days);
        let exposure = Exposure::of(ledger, &attributes, customer, as_of, &converter)?;
        let held = match held {
            HeldNow::OfLedger => current_hold(ledger, customer, as_of),
            HeldNow::Replayed(held) => held.get(&customer).map(|&since| CurrentHold::by_rule(since)),
        };
        let has_orders = exposure.unbilled_orders.is_some_and(|orders| !orders.is_zero());
        if account.is_empty() && !has_orders && held.is_none() {
            continue;
        }
        let position = Position::of(account, as_of, &converter)?;
        let includes = |whose: &Whose| whose.includes(ledger, &attributes, customer);
        let mut levels: Vec<&OwnThresholds> = policy.levels.iter().filter(|level| includes(&level.whose)).collect();
        levels.sort_by_key(|level| !matches!(level.whose, Whose::Customer(_)));
        let case = Case {
            as_of,
            policy,
            levels,
            exclusions: policy.exclusions.iter().filter(|one| includes(&one.whose)).collect(),
            exposure,
            companions: groups.companions(customer),
            held,
            probability: delinquency.probability(customer),
            score_reasons: delinquency.reasons(customer),
            has_scores: delinquency.from_scores,
            has_promises: ledger.has("promises"),
            longer_terms: longer_terms(ledger, &attributes, customer, as_of, policy),
            n_returned: n_returned(ledger, customer, as_of, policy),
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
fn current_hold(ledger: &Ledger, customer: CustomerIx, as_of: AsOf) -> Option<CurrentHold> {
    let day = as_of.0;
    let holds = ledger.holds().of(customer).iter().filter(|hold| {
        hold.placed_on <= day && hold.known_on <= day && hold.released_on.is_none_or(|released_on| released_on > day)
    });
    let hold = holds.max_by_key(|hold| (hold.manual, hold.placed_on))?;
    let owners = ledger.table("holds").and_then(|table| table.texts("owner").ok());
    Some(CurrentHold {
        placed_on: hold.placed_on,
        manual: hold.manual,
        review_on: hold.review_on,
        owner: owners.and_then(|owners| owners[hold.row as usize].clone()),
    })
}

/// Returns by how many days the terms of an invoice issued in the window exceed those agreed, at most.
fn longer_terms(
    ledger: &Ledger,
    attributes: &Attributes<'_>,
    customer: CustomerIx,
    as_of: AsOf,
    policy: &HoldPolicy,
) -> Result<i32, String> {
    let agreed = attributes.written(customer, "payment_terms_days");
    let agreed: i32 = agreed
        .and_then(|days| days.parse().ok())
        .ok_or_else(|| "no terms known on the day".to_owned())?;
    let since = as_of.0 - policy.window_days;
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let terms = history.documents().filter_map(|item| {
        let document = item.document;
        let is_recent = document.is_claim() && document.issued_on > since && document.issued_on <= as_of.0;
        Some(document.due_on? - document.issued_on).filter(|_| is_recent)
    });
    let longest = terms.max().ok_or_else(|| "no invoice in the window".to_owned())?;
    Ok((longest - agreed).max(0))
}

/// Counts the payments that came back in the window, lines of one receipt on one day as one.
fn n_returned(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, policy: &HoldPolicy) -> usize {
    let (since, day) = (as_of.0 - policy.window_days, as_of.0);
    let history = CustomerHistory::of(ledger, customer, Some(day));
    let on_documents = history.documents().flat_map(|item| item.postings());
    let came_back = on_documents.chain(history.unapplied()).filter(|posting| {
        let is_return = posting.nature == Nature::Reversal && posting.money == Nature::Cash;
        is_return && posting.on > since && posting.on <= day
    });
    came_back.map(|posting| posting.on).collect::<BTreeSet<_>>().len()
}
