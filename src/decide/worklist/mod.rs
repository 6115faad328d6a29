//! Whom to contact first.
//!
//! # Definition
//! Value of a contact = sum over items of collectable money x uplift of its age x effect of the action x value of the money, minus the cost
//! of the contact. Collectable is what is overdue or falls due inside the action window, net of what is disputed, promised and covered by unapplied cash
//! (set against the oldest first). Value of the money = cost of capital x days gained / 365 + probability of delinquency x loss avoided.
//! # Inputs
//! Accounts as known on the day; scores, or the customer's own late share; a declared response table. Money in the base currency.
//! # Edge cases
//! Each account with anything open is either a line or an exclusion with its reason. Days past due count from the due day; an item without one is
//! never collectable by age. A table that was not imported silences its rules, and a caveat says so.
//! # Source
//! Design section 7.
//! # Example
//! 10,000.00 that is 40 days late, uplift 0.15, call (effect 1, 12 minutes at 0.75), 10 % for 30 days, probability 0.2, loss 0.10:
//! 10,000 x 0.15 x (0.10 x 30 / 365 + 0.2 x 0.10) - 9.00 = 33.33.

mod capacity;
mod collectable;
mod order;
mod policy;
mod words;

use std::collections::BTreeMap;

use self::collectable::Collectable;
use super::DecideError;
use super::caveats;
use super::delinquency::Delinquency;
use super::position::Position;
use crate::calendar::AsOf;
use crate::forecast::{Account, Attributes};
use crate::ids::CustomerIx;
use crate::ledger::{Contact, Ledger};
use crate::metrics::base_currency::{BaseRates, Converter, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::Table;

pub use self::order::WorklistOrder;
pub use self::policy::{Action, ActionCost, Response, ResponseBand, WorklistPolicy};

/// One account to contact.
#[derive(Clone, Debug, PartialEq)]
pub struct WorklistLine {
    /// 1 comes first: in the default order, the most valuable contact of all.
    pub rank: usize,
    /// Who makes it.
    pub collector: String,
    /// Whom.
    pub customer: CustomerIx,
    /// What the contact is worth, an estimate rounded to cents.
    pub value: Total,
    /// Open receivables net of unapplied cash and credits.
    pub balance: Total,
    /// Past its due day, disputed or not.
    pub overdue: Total,
    /// What the contact can move.
    pub collectable: Total,
    /// Days past due of the oldest overdue claim.
    pub oldest_days: Option<i32>,
    /// Probability of delinquency.
    pub probability: Option<f64>,
    /// What to do.
    pub action: Action,
    /// Minutes it takes.
    pub minutes: f64,
    /// Why, in plain words.
    pub reasons: Vec<String>,
    /// What to say.
    pub talking_points: Vec<String>,
}

/// One account with money open that is not to be contacted.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion {
    /// Who.
    pub customer: CustomerIx,
    /// Why not, in plain words.
    pub reason: String,
    /// Claims left alone.
    pub money: Total,
}

/// The contacts of a day in order, and the accounts left alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Worklist {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Currency of all money.
    pub currency: Currency,
    /// Lines by rank.
    pub lines: Vec<WorklistLine>,
    /// Accounts left alone, by customer.
    pub exclusions: Vec<Exclusion>,
    notes: Vec<(String, String)>,
    ids: BTreeMap<CustomerIx, (String, Option<String>)>,
}

impl Worklist {
    /// Returns the lines as a table.
    pub fn table(&self) -> Table {
        let lines = &self.lines;
        let mut table = Table::new("worklist")
            .int("rank", lines.iter().map(|line| line.rank as i64))
            .text("collector", lines.iter().map(|line| line.collector.clone()))
            .text(
                "customer_id",
                lines.iter().map(|line| self.ids[&line.customer].0.clone()),
            )
            .text("currency", lines.iter().map(|_| self.currency.to_string()))
            .money("value", lines.iter().map(|line| line.value))
            .money("balance", lines.iter().map(|line| line.balance))
            .money("overdue", lines.iter().map(|line| line.overdue))
            .int("oldest_days", lines.iter().map(|line| line.oldest_days.map(i64::from)))
            .real("probability", lines.iter().map(|line| line.probability))
            .text("action", lines.iter().map(|line| line.action.as_str().to_owned()))
            .text("reasons", lines.iter().map(|line| line.reasons.join("; ")))
            .text("name", lines.iter().map(|line| self.ids[&line.customer].1.clone()))
            .money("collectable", lines.iter().map(|line| line.collectable))
            .real("minutes", lines.iter().map(|line| line.minutes))
            .text(
                "talking_points",
                lines.iter().map(|line| line.talking_points.join("; ")),
            );
        table.notes = self.notes.clone();
        table
    }

    /// Returns the accounts left alone as a table.
    pub fn exclusions_table(&self) -> Table {
        let rows = &self.exclusions;
        Table::new("worklist_exclusions")
            .text("customer_id", rows.iter().map(|row| self.ids[&row.customer].0.clone()))
            .text("reason", rows.iter().map(|row| row.reason.clone()))
            .money("money", rows.iter().map(|row| row.money))
            .text("currency", rows.iter().map(|_| self.currency.to_string()))
            .text("name", rows.iter().map(|row| self.ids[&row.customer].1.clone()))
            .note("as_of", self.as_of)
    }
}

/// Makes the worklist of a day.
///
/// # Errors
/// Settings out of range, scores of another day, or several currencies without rates.
pub fn worklist(
    ledger: &Ledger,
    as_of: AsOf,
    scores: Option<&Scores>,
    rates: &BaseRates,
    policy: &WorklistPolicy,
) -> Result<Checked<Worklist>, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let converter = rates.on(as_of, &currencies_known(ledger, as_of))?;
    let delinquency = Delinquency::of(ledger, as_of, scores, &policy.late_share)?;
    let desk = Desk {
        ledger,
        as_of,
        policy,
        attributes: Attributes::on(ledger, as_of),
        converter: &converter,
        delinquency: &delinquency,
    };
    let (mut lines, mut exclusions) = (Vec::new(), Vec::new());
    for customer in ledger.customers() {
        match desk.case(customer)? {
            Case::Nothing => {}
            Case::Line(line) => lines.push(*line),
            Case::Excluded(exclusion) => exclusions.push(exclusion),
        }
    }
    policy.order.sort(&mut lines);
    let (lines, over_capacity) = desk.assign(lines);
    exclusions.extend(over_capacity);
    exclusions.sort_by_key(|exclusion| exclusion.customer);

    let customers = lines.iter().map(|line| line.customer);
    let customers = customers.chain(exclusions.iter().map(|exclusion| exclusion.customer));
    let ids = customers.map(|customer| {
        let name = desk.attributes.text(customer, "name").map(str::to_owned);
        (customer, (ledger.customer_id(customer).to_owned(), name))
    });
    let notes = vec![
        ("as_of".to_owned(), as_of.to_string()),
        ("order".to_owned(), policy.order.as_str().to_owned()),
        ("uplift".to_owned(), policy.response.source.clone()),
        ("probability".to_owned(), delinquency.source.clone()),
        ("base_currency".to_owned(), converter.note()),
    ];
    let mut checked = Checked::clean(Worklist {
        as_of,
        currency: converter.base(),
        ids: ids.collect(),
        lines,
        exclusions,
        notes,
    });
    checked.caveats = desk.caveats();
    Ok(checked)
}

enum Case {
    Nothing,
    Line(Box<WorklistLine>),
    Excluded(Exclusion),
}

/// Everything a case is judged by.
struct Desk<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    policy: &'a WorklistPolicy,
    attributes: Attributes<'a>,
    converter: &'a Converter,
    delinquency: &'a Delinquency,
}

impl Desk<'_> {
    fn case(&self, customer: CustomerIx) -> Result<Case, DecideError> {
        let account = Account::on(self.ledger, customer, self.as_of, self.policy.promise_tolerance_days);
        if account.items.is_empty() {
            return Ok(Case::Nothing);
        }
        let position = Position::of(account, self.as_of, self.converter)?;
        let excluded = |reason: String| {
            let money = position.claims();
            Ok(Case::Excluded(Exclusion {
                customer,
                reason,
                money,
            }))
        };
        if let Some(reason) = self.standing(customer) {
            return excluded(reason);
        }
        let collectable = match self.collectable(&position) {
            Ok(collectable) => collectable,
            Err(reason) => return excluded(reason),
        };
        if let Some(reason) = self.left_alone(customer) {
            return excluded(reason);
        }
        let line = self.line(position, &collectable);
        if line.value <= Total::ZERO {
            return Ok(Case::Excluded(Exclusion {
                customer,
                reason: format!("contact costs more than it earns: value {}", line.value),
                money: line.collectable,
            }));
        }
        Ok(Case::Line(Box::new(line)))
    }

    /// Returns why the account's standing forbids a contact.
    fn standing(&self, customer: CustomerIx) -> Option<String> {
        let status = self.attributes.text(customer, "status")?;
        let since = self.attributes.day(customer, "status_on");
        // A status with a later first day does not hold yet.
        if status == "active" || since.is_some_and(|since| since > self.as_of.0) {
            return None;
        }
        Some(format!("status {}", status.replace('_', " ")))
    }

    /// Returns why the customer is not to be contacted again yet.
    fn left_alone(&self, customer: CustomerIx) -> Option<String> {
        let day = self.as_of.0;
        let last = self.contacts(customer).last()?;
        let days = day - last.contacted_on;
        if days < self.policy.quiet_days {
            return Some(format!(
                "contacted {days} days ago, quiet for {} days",
                self.policy.quiet_days
            ));
        }
        let limit = self.policy.consumer_contacts_in_7_days?;
        let recent = self
            .contacts(customer)
            .filter(|contact| day - contact.contacted_on < 7)
            .count();
        (self.attributes.flag(customer, "consumer") == Some(true) && recent >= limit)
            .then(|| format!("natural person contacted {recent} times in 7 days, at most {limit} allowed"))
    }

    /// Returns our attempts to reach the customer known on the day, oldest first.
    fn contacts(&self, customer: CustomerIx) -> impl Iterator<Item = &Contact> {
        let day = self.as_of.0;
        let known = move |contact: &&Contact| {
            contact.contacted_on <= day && contact.known_on <= day && contact.outbound != Some(false)
        };
        self.ledger.contacts().of(customer).iter().filter(known)
    }

    fn line(&self, position: Position, collectable: &[Collectable]) -> WorklistLine {
        let customer = position.customer;
        let policy = self.policy;
        let money: Total = collectable.iter().map(|item| item.money).sum();
        let probability = self.delinquency.probability(customer);
        let action = self.action(&position, money);
        let cost = policy.cost_of(action);
        let moved: f64 = collectable
            .iter()
            .map(|item| item.money.to_feature() * policy.response.uplift(item.days_past_due))
            .sum();
        let worth = policy.cost_of_capital * policy.days_gained / 365.0
            + probability.unwrap_or(0.0) * policy.loss_given_delinquency;
        let value = moved * cost.effect * worth - cost.minutes * policy.cost_per_minute;
        WorklistLine {
            rank: 0,
            collector: String::new(),
            customer,
            value: Total::from_estimate(value).unwrap_or(Total::ZERO),
            balance: position.balance(),
            overdue: position.overdue(),
            collectable: money,
            oldest_days: position.oldest_days(),
            probability,
            action,
            minutes: cost.minutes,
            reasons: self.reasons(&position, collectable, money, probability),
            talking_points: self.talking_points(&position),
        }
    }

    fn action(&self, position: &Position, collectable: Total) -> Action {
        let policy = self.policy;
        let oldest = position.oldest_days().unwrap_or(0);
        let is_large = collectable >= policy.call_from;
        if oldest >= policy.escalate_from_days
            && is_large
            && broken_promises(position) >= policy.escalate_broken_promises
        {
            Action::Escalate
        } else if is_large && oldest > 0 {
            Action::Call
        } else if oldest >= policy.letter_from_days {
            Action::Letter
        } else {
            Action::Email
        }
    }

    fn caveats(&self) -> Vec<Caveat> {
        let mut caveats = vec![Caveat(format!("uplift: {}", self.policy.response.source))];
        caveats.extend(self.delinquency.caveat());
        caveats.extend(caveats::missing_tables(
            self.ledger,
            &[
                ("contacts", "quiet days were not checked"),
                ("disputes", "disputed money was not taken off"),
                ("promises", "promised money was not taken off"),
                ("customers", "status and collector are not available"),
            ],
        ));
        caveats.extend(caveats::customers_without_row(
            self.ledger,
            &self.attributes,
            self.as_of,
            "status and collector",
        ));
        caveats
    }
}

/// Counts promises that brought nothing or not all.
fn broken_promises(position: &Position) -> usize {
    let promises = position.promises.iter();
    promises.filter(|judged| judged.outcome.fell_short()).count()
}
