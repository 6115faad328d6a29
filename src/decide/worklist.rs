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

use std::collections::BTreeMap;

use super::DecideError;
use super::base_rates::{BaseRates, Converter, currencies_known};
use super::delinquency::Delinquency;
use super::position::Position;
use super::worklist_policy::{Action, WorklistPolicy};
use crate::calendar::AsOf;
use crate::forecast::{Account, Attributes, PromiseOutcome};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Contact, Ledger, Nature, Posting};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::Table;

/// One account to contact.
#[derive(Clone, Debug, PartialEq)]
pub struct WorklistLine {
    /// 1 is the most valuable contact of all.
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

/// The contacts of a day, most valuable first, and the accounts left alone.
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
    lines.sort_by_key(|line| (std::cmp::Reverse(line.value), line.customer));
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
        ("uplift".to_owned(), policy.response.source.clone()),
        ("probability".to_owned(), delinquency.source.clone()),
        ("base_currency".to_owned(), converter.note()),
    ];
    let mut checked = Checked::clean(Worklist {
        as_of,
        currency: converter.base,
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

/// Collectable money of one item after everything that covers it.
struct Collectable {
    days_past_due: Option<i32>,
    money: Total,
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

    /// Takes off, in this order, what is disputed, promised and unapplied; says what left nothing.
    fn collectable(&self, position: &Position) -> Result<Vec<Collectable>, String> {
        let in_window = |days: i32| days >= -self.policy.action_window_days;
        let items: Vec<_> = position
            .items
            .iter()
            .filter(|item| item.days_past_due.is_some_and(in_window))
            .collect();
        let claims: Total = items.iter().map(|item| item.open).sum();
        if claims.is_zero() {
            return Err(format!("nothing due within {} days", self.policy.action_window_days));
        }
        let disputed: Total = items.iter().map(|item| item.disputed).sum();
        if disputed == claims {
            return Err("dispute open on all that is due".to_owned());
        }
        let promised: Total = items.iter().map(|item| item.promised).sum();
        if disputed + promised == claims {
            let until = items.iter().filter_map(|item| item.promised_on).max();
            let until = until.map(|day| format!(" until {day}")).unwrap_or_default();
            return Err(format!("promise pending{until}"));
        }
        let mut unapplied = position.unapplied.max(Total::ZERO);
        let mut collectable = Vec::with_capacity(items.len());
        for item in items {
            let free = item.open - item.disputed - item.promised;
            let covered = unapplied.min(free);
            unapplied -= covered;
            if free > covered {
                collectable.push(Collectable {
                    days_past_due: item.days_past_due,
                    money: free - covered,
                });
            }
        }
        let left: Total = collectable.iter().map(|item| item.money).sum();
        if left.is_zero() {
            return Err(format!("unapplied cash and credits of {} cover it", position.unapplied));
        }
        if left < self.policy.min_collectable {
            return Err(format!(
                "small balance: {left} collectable, below {}",
                self.policy.min_collectable
            ));
        }
        Ok(collectable)
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

    fn reasons(
        &self,
        position: &Position,
        collectable: &[Collectable],
        money: Total,
        probability: Option<f64>,
    ) -> Vec<String> {
        let is_late = |item: &&Collectable| item.days_past_due.is_some_and(|days| days > 0);
        let late: Total = collectable.iter().filter(is_late).map(|item| item.money).sum();
        let mut reasons = Vec::new();
        let currency = self.converter.base;
        if let (true, Some(days)) = (late > Total::ZERO, position.oldest_days()) {
            reasons.push(format!(
                "{late} {currency} overdue and free to collect, oldest {days} days"
            ));
        }
        if money > late {
            reasons.push(format!(
                "{} {currency} due within {} days",
                money - late,
                self.policy.action_window_days
            ));
        }
        match broken_promises(position) {
            0 => {}
            1 => reasons.push("1 broken promise".to_owned()),
            n => reasons.push(format!("{n} broken promises")),
        }
        if let Some(probability) = probability {
            let what = if self.delinquency.from_scores {
                "scored"
            } else {
                "late share"
            };
            reasons.push(format!("{what} {:.0} % likely to pay late", probability * 100.0));
        }
        reasons.extend(self.delinquency.reasons(position.customer).iter().take(2).cloned());
        reasons
    }

    fn talking_points(&self, position: &Position) -> Vec<String> {
        let mut points = Vec::new();
        let mut broken = position
            .promises
            .iter()
            .filter(|judged| matches!(judged.outcome, PromiseOutcome::Broken | PromiseOutcome::PartiallyKept));
        if let Some(last) = broken.next_back() {
            points.push(format!(
                "promised {} for {}, {} came",
                last.promise.amount, last.promise.promised_on, last.paid
            ));
        }
        let disputed: Total = position.items.iter().map(|item| item.disputed).sum();
        if disputed > Total::ZERO {
            points.push(format!("{disputed} {} in dispute", self.converter.base));
        }
        if position.unapplied > Total::ZERO {
            points.push(format!(
                "{} {} of unapplied cash and credits to allocate",
                position.unapplied, self.converter.base
            ));
        }
        match self.last_payment(position.customer) {
            Some(posting) => points.push(format!(
                "last payment {} {} on {}",
                -posting.delta, posting.currency, posting.on
            )),
            None => points.push("never paid so far".to_owned()),
        }
        points
    }

    fn last_payment(&self, customer: CustomerIx) -> Option<Posting> {
        let day = self.as_of.0;
        let history = CustomerHistory::of(self.ledger, customer, Some(day));
        let is_cash = |posting: &&Posting| posting.nature == Nature::Cash && posting.on <= day;
        let on_documents = history
            .documents()
            .filter_map(|item| item.postings().filter(is_cash).last());
        let unapplied = history.unapplied().filter(is_cash);
        on_documents.chain(unapplied).max_by_key(|posting| posting.on).copied()
    }

    /// Gives each line a collector, as far as the collectors' minutes go; the rest becomes exclusions.
    fn assign(&self, lines: Vec<WorklistLine>) -> (Vec<WorklistLine>, Vec<Exclusion>) {
        let mut minutes_left = self.minutes_by_collector();
        let (mut kept, mut over) = (Vec::new(), Vec::new());
        for mut line in lines {
            let own = self.attributes.text(line.customer, "collector");
            let collector = match own {
                Some(own) => own.to_owned(),
                // Accounts of nobody go to whoever has most time left; on a tie, to the first by name.
                None => {
                    let most = minutes_left.iter().rev().max_by(|a, b| a.1.total_cmp(b.1));
                    most.map_or_else(|| UNASSIGNED.to_owned(), |(name, _)| name.clone())
                }
            };
            let left = minutes_left
                .entry(collector.clone())
                .or_insert(self.policy.minutes_per_day);
            if *left < line.minutes {
                over.push(Exclusion {
                    customer: line.customer,
                    reason: format!("beyond the day of {collector}: value {}", line.value),
                    money: line.collectable,
                });
                continue;
            }
            *left -= line.minutes;
            line.collector = collector;
            line.rank = kept.len() + 1;
            kept.push(line);
        }
        (kept, over)
    }

    fn minutes_by_collector(&self) -> BTreeMap<String, f64> {
        let mut minutes = BTreeMap::new();
        if let Some(table) = self.ledger.table("collectors") {
            let names = table.texts("collector").unwrap_or_default();
            let given = table.reals("minutes_per_day").unwrap_or_default();
            let posted = table.days("posted_on").unwrap_or_default();
            for (row, name) in names.iter().enumerate() {
                let is_known = posted.get(row).copied().flatten().is_none_or(|day| day <= self.as_of.0);
                if let (Some(name), true) = (name, is_known) {
                    let per_day = given.get(row).copied().flatten();
                    minutes.insert(name.clone(), per_day.unwrap_or(self.policy.minutes_per_day));
                }
            }
        }
        minutes
    }

    fn caveats(&self) -> Vec<Caveat> {
        let mut caveats = vec![Caveat(format!("uplift: {}", self.policy.response.source))];
        caveats.extend(self.delinquency.caveat());
        let rules = [
            ("contacts", "quiet days were not checked"),
            ("disputes", "disputed money was not taken off"),
            ("promises", "promised money was not taken off"),
            ("customers", "status and collector are not available"),
        ];
        for (table, consequence) in rules {
            if !self.ledger.has(table) {
                caveats.push(Caveat(format!("no `{table}` table was imported; {consequence}")));
            }
        }
        if self.ledger.has("customers") {
            let undated = |customer: &CustomerIx| !self.attributes.has_row(*customer);
            let n = self.ledger.customers().filter(undated).count();
            if n > 0 {
                caveats.push(Caveat(format!(
                    "{n} customers have no row valid on {}; their status and collector are not available; import `valid_from` or declare the columns timeless",
                    self.as_of
                )));
            }
        }
        caveats
    }
}

const UNASSIGNED: &str = "unassigned";

/// Counts promises that brought nothing or not all.
fn broken_promises(position: &Position) -> usize {
    let broken = |outcome| matches!(outcome, PromiseOutcome::Broken | PromiseOutcome::PartiallyKept);
    position.promises.iter().filter(|judged| broken(judged.outcome)).count()
}
