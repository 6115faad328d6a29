//! Whom to contact first.
//!
//! # Definition
//! Value of a contact = sum over items of collectable money x uplift of its age x effect of the action x value of the money, minus the cost
//! of the contact. Collectable is what is overdue or falls due inside the action window, net of what is disputed, promised and covered by unapplied cash
//! (set against the oldest first). Value of the money = cost of capital x days gained / 365 + probability of delinquency x loss avoided.
//! # Inputs
//! Accounts as known on the day; scores, or the customer's own late share; the uplift measured from contact history, or a declared table. Money in the base currency.
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
mod points;
mod policy;
mod standing;
mod words;

use std::collections::BTreeMap;

use self::collectable::Collectable;
use super::DecideError;
use super::caveats;
use super::delinquency::Delinquency;
use super::escalation::StepLog;
use super::position::Position;
use super::uplift::measure;
use crate::calendar::{AsOf, Day};
use crate::forecast::{Account, Attributes};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::{BaseRates, Converter, currencies_known};
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::scoring::Scores;
use crate::table::Table;

pub use self::order::WorklistOrder;
pub use self::points::{PointsFor, PointsPolicy, PointsStep, PriorityClass};
pub use self::policy::{Action, ActionCost, Response, ResponseBand, UpliftFrom, WorklistPolicy};

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
    /// Promises that brought nothing or not all.
    pub n_broken_promises: usize,
    /// Points out of the policy's maximum.
    pub points: u32,
    /// What to do.
    pub action: Action,
    /// By what: the usual channel of the action, or one that works better with this customer.
    pub channel: String,
    /// Whether a strategic account is due for its contact, which comes before others whatever it is worth.
    pub is_coverage: bool,
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
    /// Day after which the list is to be made anew.
    pub valid_until: Day,
    /// Lines of the day by rank.
    pub lines: Vec<WorklistLine>,
    /// Lines beyond everybody's minutes, by rank: what comes next.
    pub next: Vec<WorklistLine>,
    /// Accounts left alone, by customer.
    pub exclusions: Vec<Exclusion>,
    points: PointsPolicy,
    notes: Vec<(String, String)>,
    ids: BTreeMap<CustomerIx, (String, Option<String>)>,
}

impl Worklist {
    /// Returns the lines of the day as a table.
    pub fn table(&self) -> Table {
        self.table_of("worklist", &self.lines)
    }

    /// Returns what comes next, beyond the day, as a table of the same columns.
    pub fn next_table(&self) -> Table {
        self.table_of("worklist_next", &self.next)
    }

    fn table_of(&self, name: &str, lines: &[WorklistLine]) -> Table {
        let mut table = Table::new(name)
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
            )
            .text("channel", lines.iter().map(|line| line.channel.clone()))
            .int("points", lines.iter().map(|line| i64::from(line.points)))
            .text(
                "priority",
                lines.iter().map(|line| self.points.priority(line.points).to_owned()),
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
    let response = match policy.uplift_from {
        UpliftFrom::Declared => policy.response.clone(),
        UpliftFrom::Measured => measure(ledger, as_of, &converter, policy)?.response(),
    };
    let desk = Desk {
        ledger,
        as_of,
        policy,
        attributes: Attributes::on(ledger, as_of),
        converter: &converter,
        delinquency: &delinquency,
        response,
        steps: StepLog::of(ledger),
    };
    let (mut lines, mut exclusions) = (Vec::new(), Vec::new());
    for customer in ledger.customers() {
        match desk.case(customer)? {
            Case::Nothing => {}
            Case::Line(line) => lines.push(*line),
            Case::Excluded(exclusion) => exclusions.push(exclusion),
        }
    }
    policy.order.sort(&mut lines, ledger, as_of);
    let assigned = desk.assign(lines);
    exclusions.extend(assigned.uncovered);
    exclusions.sort_by_key(|exclusion| exclusion.customer);

    let customers = assigned.today.iter().chain(&assigned.next).map(|line| line.customer);
    let customers = customers.chain(exclusions.iter().map(|exclusion| exclusion.customer));
    let ids = customers.map(|customer| {
        let name = desk.attributes.text(customer, "name").map(str::to_owned);
        (customer, (ledger.customer_id(customer).to_owned(), name))
    });
    let valid_until = as_of.0 + policy.valid_days;
    let notes = vec![
        ("as_of".to_owned(), as_of.to_string()),
        ("valid_until".to_owned(), valid_until.to_string()),
        ("order".to_owned(), policy.order.as_str().to_owned()),
        ("uplift".to_owned(), desk.response.source.clone()),
        ("probability".to_owned(), delinquency.source.clone()),
        ("base_currency".to_owned(), converter.note()),
    ];
    let mut checked = Checked::clean(Worklist {
        as_of,
        currency: converter.base(),
        valid_until,
        ids: ids.collect(),
        lines: assigned.today,
        next: assigned.next,
        exclusions,
        points: policy.points.clone(),
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
    response: Response,
    steps: StepLog,
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
        if line.value <= Total::ZERO && !line.is_coverage {
            return Ok(Case::Excluded(Exclusion {
                customer,
                reason: format!("contact costs more than it earns: value {}", line.value),
                money: line.collectable,
            }));
        }
        Ok(Case::Line(Box::new(line)))
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
            .map(|item| item.money.to_feature() * self.response.uplift(item.days_past_due))
            .sum();
        let worth = policy.cost_of_capital * policy.days_gained / 365.0
            + probability.unwrap_or(0.0) * policy.loss_given_delinquency;
        let value = moved * cost.effect * worth - cost.minutes * policy.cost_per_minute;
        let (channel, why_channel) = self.channel(customer, action);
        let coverage = self.coverage(customer);
        let is_coverage = coverage.is_some();
        let mut reasons = self.reasons(&position, collectable, money, probability);
        reasons.extend(coverage);
        reasons.extend(why_channel);
        let mut line = WorklistLine {
            rank: 0,
            collector: String::new(),
            customer,
            value: Total::from_estimate(value).unwrap_or(Total::ZERO),
            balance: position.balance(),
            overdue: position.overdue(),
            collectable: money,
            oldest_days: position.oldest_days(),
            probability,
            n_broken_promises: broken_promises(&position),
            points: 0,
            action,
            channel,
            is_coverage,
            minutes: cost.minutes,
            reasons,
            talking_points: self.talking_points(&position),
        };
        line.points = policy.points.points(&line);
        line
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
        let mut caveats = vec![Caveat(format!("uplift: {}", self.response.source))];
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
