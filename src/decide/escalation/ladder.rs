//! The ladder on a day: what is due of each item, what pauses it, and the contacts that follow.

use std::collections::BTreeMap;
use std::fmt;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::cover::Cover;
use super::placed::PlacedClaims;
use super::policy::EscalationPolicy;
use super::progress::Progress;
use super::step_log::{KnownSteps, StepLog};
use crate::calendar::{AsOf, Day};
use crate::decide::DecideError;
use crate::decide::standing::standing;
use crate::forecast::{Account, Attributes, OpenItem};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::metrics::plans::Plans;
use crate::money::{Currency, Total};

/// Why an item is left alone for now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It has no due day to count from.
    NoDueDay,
    /// Standing of the customer: bankrupt, litigation, do not contact.
    Standing(String),
    /// It is with an agency.
    Placed(String),
    /// So much of it is disputed.
    Disputed(Total),
    /// So much of it is promised, by a day whose tolerance is not over.
    Promised {
        /// How much.
        money: Total,
        /// Day of the promise.
        until: Day,
    },
    /// So much of it is covered by cash or credits that are not applied yet.
    Unapplied(Total),
    /// So much of it is in a plan that is kept.
    OnPlan {
        /// How much.
        money: Total,
        /// The plan's id.
        plan: String,
    },
    /// The customer's free money does not reach the minimum of the step.
    BelowMinimum {
        /// What there is.
        money: Total,
        /// What there must be.
        minimum: Total,
    },
}

impl fmt::Display for Pause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pause::NoDueDay => write!(f, "no due day"),
            Pause::Standing(status) => write!(f, "customer: {}", status.replace('_', " ")),
            Pause::Placed(agency) => write!(f, "placed with {agency}"),
            Pause::Disputed(money) => write!(f, "{money} disputed"),
            Pause::Promised { money, until } => write!(f, "{money} promised for {until}"),
            Pause::Unapplied(money) => write!(f, "{money} covered by unapplied cash or credits"),
            Pause::OnPlan { money, plan } => write!(f, "{money} in plan {plan}, which is kept"),
            Pause::BelowMinimum { money, minimum } => write!(f, "{money} to collect, below the step's {minimum}"),
        }
    }
}

/// Where an item stands on the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ItemState {
    /// Its next step is due today.
    Due(u32),
    /// Its next step is due on a later day.
    NotYet(u32, Day),
    /// Its next step is due, and the customer was contacted a few days ago: not before this day.
    Waits(u32, Day),
    /// It is left alone; the next step, where there is one, is kept.
    Paused(Option<u32>),
    /// The last step was done.
    Through,
}

/// One open item on the ladder.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderItem {
    /// Who owes it.
    pub customer: CustomerIx,
    /// The document.
    pub document: DocumentIx,
    /// Its currency, that of all its money.
    pub currency: Currency,
    /// Day of payment agreed.
    pub due_on: Option<Day>,
    /// Day that the days of the ladder count from: the due day, or the day on which it reopened after a long settlement.
    pub anchor: Option<Day>,
    /// What is open.
    pub open: Total,
    /// What of it is free to collect.
    pub free: Total,
    /// Level of the last completed step of its present delinquency.
    pub level_done: Option<u32>,
    /// Day of that step.
    pub last_done_on: Option<Day>,
    /// Where it stands.
    pub state: ItemState,
    /// What holds back the whole or a part of it.
    pub pauses: Vec<Pause>,
}

/// One contact of a customer: at the highest level due, about all items of which a step is due.
#[derive(Clone, Debug, PartialEq)]
pub struct LadderContact {
    /// Whom.
    pub customer: CustomerIx,
    /// The highest level due.
    pub level: u32,
    /// Language of its text.
    pub language: String,
    /// Money free to collect and items by currency.
    pub money: BTreeMap<Currency, (Total, usize)>,
    /// Days past due of the oldest item; below zero before its due day.
    pub oldest_days: i32,
}

/// The ladder of every customer on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Open items by customer, oldest due day first.
    pub items: Vec<LadderItem>,
    /// Contacts by level, highest first, then by customer.
    pub contacts: Vec<LadderContact>,
}

impl LadderItem {
    /// Returns the level whose step is to be done today.
    pub fn due_level(&self) -> Option<u32> {
        match self.state {
            ItemState::Due(level) => Some(level),
            _ => None,
        }
    }

    /// Returns the level of its next step; `None` after the last.
    pub fn next_level(&self) -> Option<u32> {
        match self.state {
            ItemState::Due(level) | ItemState::NotYet(level, _) | ItemState::Waits(level, _) => Some(level),
            ItemState::Paused(level) => level,
            ItemState::Through => None,
        }
    }

    /// Returns the days since its due day.
    pub fn days_past_due(&self, as_of: AsOf) -> Option<i32> {
        self.due_on.map(|due_on| as_of.days_past(due_on).0)
    }
}

/// Puts every open item on the ladder, as of the end of a day; `log` says which steps were done.
///
/// # Errors
/// Settings out of range.
pub fn ladder(ledger: &Ledger, as_of: AsOf, log: &StepLog, policy: &EscalationPolicy) -> Result<Ladder, DecideError> {
    ladder_of(ledger, as_of, ledger.customers(), log, policy)
}

/// Puts the open items of some customers on the ladder.
///
/// # Errors
/// As [`ladder`].
pub(super) fn ladder_of(
    ledger: &Ledger,
    as_of: AsOf,
    customers: impl IntoIterator<Item = CustomerIx>,
    log: &StepLog,
    policy: &EscalationPolicy,
) -> Result<Ladder, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let desk = Desk {
        ledger,
        as_of,
        policy,
        log,
        attributes: Attributes::on(ledger, as_of),
        placed: PlacedClaims::on(ledger, as_of),
        plans: Plans::of(ledger, as_of.0, Some(as_of.0)),
    };
    let customers: Vec<CustomerIx> = customers.into_iter().collect();
    let items: Vec<Vec<LadderItem>> = customers.into_par_iter().map(|customer| desk.items(customer)).collect();
    let mut contacts: Vec<LadderContact> = items.iter().filter_map(|items| desk.contact(items)).collect();
    contacts.sort_by_key(|contact| (std::cmp::Reverse(contact.level), contact.customer));
    Ok(Ladder {
        as_of,
        items: items.into_iter().flatten().collect(),
        contacts,
    })
}

/// Everything that items are judged by.
struct Desk<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    policy: &'a EscalationPolicy,
    log: &'a StepLog,
    attributes: Attributes<'a>,
    placed: PlacedClaims,
    plans: Plans,
}

impl Desk<'_> {
    fn items(&self, customer: CustomerIx) -> Vec<LadderItem> {
        let (as_of, policy) = (self.as_of, self.policy);
        let account = Account::on(self.ledger, customer, as_of, policy.promise_tolerance_days);
        if account.items.is_empty() {
            return Vec::new();
        }
        let history = CustomerHistory::of(self.ledger, customer, Some(as_of.0));
        let plans = self.plans.filled(&history, as_of.0);
        let mut cover = Cover::of(&account, &plans, as_of, policy.promise_tolerance_days);
        let free: Vec<(Total, Vec<Pause>)> = account.items.iter().map(|item| cover.take(self.ledger, item)).collect();
        let steps = self.log.by_invoice(customer, as_of);
        let case = Case {
            desk: self,
            history,
            standing: standing(&self.attributes, customer, as_of),
            fallen_due: fallen_due(&account.items, &free, as_of),
            next_contact: steps.last_done_on.map(|day| day + policy.days_between_contacts),
            steps,
        };
        let judged = account.items.iter().zip(free);
        judged
            .map(|(item, (free, pauses))| case.item(item, free, pauses))
            .collect()
    }

    /// Returns the agency an invoice is with.
    fn placement(&self, customer: CustomerIx, document: DocumentIx) -> Option<Pause> {
        let mut placed = self.placed.of_invoice(customer, self.ledger.invoice_id(document));
        let placed = placed.find(|placed| placed.recalled_on.is_none())?;
        Some(Pause::Placed(placed.agency.clone()))
    }

    fn contact(&self, items: &[LadderItem]) -> Option<LadderContact> {
        let due = || items.iter().filter_map(|item| Some((item, item.due_level()?)));
        let level = due().map(|(_, level)| level).max()?;
        let mut money: BTreeMap<Currency, (Total, usize)> = BTreeMap::new();
        for (item, _) in due() {
            let (sum, n_items) = money.entry(item.currency).or_default();
            *sum += item.free;
            *n_items += 1;
        }
        let customer = items.first()?.customer;
        let language = self.attributes.text(customer, &self.policy.language_by);
        Some(LadderContact {
            customer,
            level,
            language: language.unwrap_or(&self.policy.default_language).to_owned(),
            money,
            oldest_days: due().filter_map(|(item, _)| item.days_past_due(self.as_of)).max()?,
        })
    }
}

/// Everything the items of one customer are judged by.
struct Case<'a> {
    desk: &'a Desk<'a>,
    history: CustomerHistory<'a>,
    steps: KnownSteps<'a>,
    standing: Option<&'a str>,
    fallen_due: BTreeMap<Currency, Total>,
    /// First day on which the customer may be contacted again.
    next_contact: Option<Day>,
}

impl Case<'_> {
    /// Puts one item on the ladder; `free` of it can be collected, and `pauses` hold back the rest.
    fn item(&self, item: &OpenItem, free: Total, mut pauses: Vec<Pause>) -> LadderItem {
        let (desk, customer) = (self.desk, self.history.customer);
        let day = desk.as_of.0;
        let claim = self.history.document(item.document);
        let is_one_of_several = self.history.instalments(item.document).nth(1).is_some();
        let steps = self.steps.about(claim.first_instalment());
        let progress = Progress::of(&claim, is_one_of_several, &steps, day, desk.policy);
        let next = progress.and_then(|progress| progress.next_level(day, desk.policy));
        // What is small is not announced: its first step comes after the due day.
        let is_announced = desk.policy.step(0).is_some_and(|step| free >= step.min_amount);
        let next = next.map(|level| if is_announced { level } else { level.max(1) });
        let placement = desk.placement(customer, item.document);
        let is_held = progress.is_none() || self.standing.is_some() || placement.is_some() || free <= Total::ZERO;
        if progress.is_none() {
            pauses.push(Pause::NoDueDay);
        }
        pauses.extend(self.standing.map(|status| Pause::Standing(status.to_owned())));
        pauses.extend(placement);
        let state = match (progress, next) {
            _ if is_held => ItemState::Paused(next),
            (Some(progress), Some(level)) => self.state(item, free, &progress, level, &mut pauses),
            _ => ItemState::Through,
        };
        LadderItem {
            customer,
            document: item.document,
            currency: item.currency,
            due_on: item.due_on,
            anchor: progress.map(|progress| progress.anchor),
            open: item.open,
            free,
            level_done: progress.and_then(|progress| progress.level_done),
            last_done_on: progress.and_then(|progress| progress.last_done_on),
            state,
            pauses,
        }
    }

    /// Returns where an item that nothing holds back stands, `level` being its next.
    fn state(
        &self,
        item: &OpenItem,
        free: Total,
        progress: &Progress,
        level: u32,
        pauses: &mut Vec<Pause>,
    ) -> ItemState {
        let (policy, today) = (self.desk.policy, self.desk.as_of.0);
        let day = progress.day_of(level, policy);
        if day > today {
            return ItemState::NotYet(level, day);
        }
        let money = match level {
            0 => free,
            _ => self.fallen_due.get(&item.currency).copied().unwrap_or_default(),
        };
        let minimum = policy.step(level).map(|step| step.min_amount).unwrap_or_default();
        if money < minimum {
            pauses.push(Pause::BelowMinimum { money, minimum });
            return ItemState::Paused(Some(level));
        }
        let waits = self.next_contact.filter(|day| *day > today);
        waits.map_or(ItemState::Due(level), |day| ItemState::Waits(level, day))
    }
}

/// Free money that has fallen due, by currency.
fn fallen_due(items: &[OpenItem], free: &[(Total, Vec<Pause>)], as_of: AsOf) -> BTreeMap<Currency, Total> {
    let mut sums: BTreeMap<Currency, Total> = BTreeMap::new();
    for (item, (free, _)) in items.iter().zip(free) {
        if item.due_on.is_some_and(|due_on| due_on <= as_of.0) {
            *sums.entry(item.currency).or_default() += *free;
        }
    }
    sums
}
