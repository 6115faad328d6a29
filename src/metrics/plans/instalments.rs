//! The instalments of a customer's plans, filled by the customer's cash.

use std::collections::BTreeMap;

use crate::calendar::Day;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Nature, Posting};
use crate::metrics::fact_groups::account_currency;
use crate::money::{Currency, Total};

/// The plans of a ledger, by customer.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    of_customer: BTreeMap<CustomerIx, Vec<Plan>>,
}

/// A plan as it was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Day of agreement.
    pub agreed_on: Day,
    /// Currency of its customer's account on that day.
    pub currency: Currency,
    /// Whether it is debited automatically, where that is known of all instalments alike.
    pub autopay: Option<bool>,
    /// Whether paying it settles more than its sum.
    pub settlement: bool,
    /// What was agreed, by due day.
    pub instalments: Vec<Instalment>,
}

/// One instalment and what came for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instalment {
    /// Day it is due.
    pub due_on: Day,
    /// Its amount.
    pub amount: Total,
    // By day, in the order in which it came; what was taken back is taken off the newest.
    paid: Vec<(Day, Total)>,
}

/// How an instalment stands at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstalmentState {
    /// Its due day and the tolerance are not over.
    NotDue,
    /// All of it came by then.
    OnTime,
    /// All of it came, but later.
    Late,
    /// Not all of it came.
    Unpaid,
}

impl Instalment {
    /// Returns what came for it.
    pub fn paid(&self) -> Total {
        self.paid.iter().map(|(_, amount)| *amount).sum()
    }

    /// Returns what came for it by a day.
    pub fn paid_by(&self, day: Day) -> Total {
        let in_time = self.paid.iter().filter(|(on, _)| *on <= day);
        in_time.map(|(_, amount)| *amount).sum()
    }

    /// Returns how it stands at the end of a day, up to which it was filled.
    pub fn state(&self, day: Day, tolerance_days: i32) -> InstalmentState {
        let last = self.due_on + tolerance_days;
        if last >= day {
            InstalmentState::NotDue
        } else if self.paid_by(last) >= self.amount {
            InstalmentState::OnTime
        } else if self.paid() >= self.amount {
            InstalmentState::Late
        } else {
            InstalmentState::Unpaid
        }
    }
}

impl Plan {
    /// Returns what was agreed in all.
    pub fn agreed(&self) -> Total {
        self.instalments.iter().map(|instalment| instalment.amount).sum()
    }

    /// Returns what came in all.
    pub fn collected(&self) -> Total {
        self.instalments.iter().map(Instalment::paid).sum()
    }
}

impl Plans {
    /// Reads the plans agreed by the end of a day, and posted by `known_on` where it is given.
    pub fn of(ledger: &Ledger, as_of: Day, known_on: Option<Day>) -> Plans {
        let mut plans = Plans::default();
        let Some(table) = ledger.table("plans") else {
            return plans;
        };
        let days = |column| table.days(column).unwrap_or_default();
        let texts = |column| table.texts(column).unwrap_or_default();
        let flags = |column| table.flags(column).unwrap_or_default();
        let (ids, customers) = (texts("plan_id"), texts("customer_id"));
        let (agreed, due, posted) = (days("agreed_on"), days("due_on"), days("posted_on"));
        let (autopay, settlement) = (flags("autopay"), flags("settlement"));
        let flag = |flags: &[Option<bool>], row: usize| flags.get(row).copied().flatten();
        for row in 0..table.n_rows() {
            let (Some(id), Some(customer), Some(agreed_on), Some(due_on), Some(amount)) = (
                ids[row].as_deref(),
                customers[row].as_deref().and_then(|id| ledger.find_customer(id)),
                agreed[row],
                due[row],
                table.amount("amount", row),
            ) else {
                continue;
            };
            let posted_on = posted.get(row).copied().flatten().unwrap_or(agreed_on);
            if agreed_on > as_of || known_on.is_some_and(|known_on| posted_on > known_on) {
                continue;
            }
            let own = plans.of_customer.entry(customer).or_default();
            let at = own.iter().position(|plan| plan.id == id).unwrap_or_else(|| {
                own.push(Plan {
                    id: id.to_owned(),
                    agreed_on,
                    currency: account_currency(ledger, customer, agreed_on),
                    autopay: flag(autopay, row),
                    settlement: false,
                    instalments: Vec::new(),
                });
                own.len() - 1
            });
            let plan = &mut own[at];
            if plan.autopay != flag(autopay, row) {
                plan.autopay = None;
            }
            plan.settlement |= flag(settlement, row) == Some(true);
            plan.instalments.push(Instalment {
                due_on,
                amount: amount.into(),
                paid: Vec::new(),
            });
        }
        for own in plans.of_customer.values_mut() {
            own.sort_by(|a, b| (a.agreed_on, &a.id).cmp(&(b.agreed_on, &b.id)));
            for plan in own {
                plan.instalments.sort_by_key(|instalment| instalment.due_on);
            }
        }
        plans
    }

    /// Returns the customers and currencies of the plans, one entry a plan.
    pub fn accounts(&self) -> Vec<(CustomerIx, Currency)> {
        let plans = self.of_customer.iter();
        plans
            .flat_map(|(&customer, plans)| plans.iter().map(move |plan| (customer, plan.currency)))
            .collect()
    }

    /// Returns a customer's plans, filled with the cash that came by the end of a day.
    pub fn filled(&self, history: &CustomerHistory<'_>, as_of: Day) -> Vec<Plan> {
        let Some(plans) = self.of_customer.get(&history.customer) else {
            return Vec::new();
        };
        let mut plans = plans.clone();
        for cash in cash(history, as_of) {
            if cash.amount > Total::ZERO {
                fill(&mut plans, &cash);
            } else {
                take_back(&mut plans, &cash);
            }
        }
        plans
    }
}

/// Cash of a customer on a day; below zero where it was paid back or reversed.
struct Cash {
    on: Day,
    currency: Currency,
    amount: Total,
    /// Issue day of the document it came for; `None` for unapplied cash.
    issued_on: Option<Day>,
}

/// All cash of a customer by the end of a day, in order.
fn cash(history: &CustomerHistory<'_>, as_of: Day) -> Vec<Cash> {
    let is_cash = |posting: &&Posting| {
        posting.on <= as_of && matches!(posting.nature, Nature::Cash | Nature::Refund | Nature::Reversal)
    };
    let read = |posting: &Posting, issued_on: Option<Day>| Cash {
        on: posting.on,
        currency: posting.currency,
        amount: -Total::from(posting.delta),
        issued_on,
    };
    let mut all: Vec<Cash> = history
        .unapplied()
        .filter(is_cash)
        .map(|posting| read(posting, None))
        .collect();
    for item in history.documents() {
        let issued_on = item.document.issued_on;
        all.extend(
            item.postings()
                .filter(is_cash)
                .map(|posting| read(posting, Some(issued_on))),
        );
    }
    // Of one day what came in goes first.
    all.sort_by_key(|cash| (cash.on, cash.amount < Total::ZERO));
    all
}

/// The instalments that cash is for: of plans in its currency, agreed by its day, and not earlier than the document it came for.
fn concerned<'a>(plans: &'a mut [Plan], cash: &Cash) -> Vec<&'a mut Instalment> {
    let concerns = |plan: &&mut Plan| {
        plan.currency == cash.currency
            && plan.agreed_on <= cash.on
            && cash.issued_on.is_none_or(|issued_on| issued_on <= plan.agreed_on)
    };
    let plans = plans.iter_mut().filter(concerns);
    let mut instalments: Vec<&mut Instalment> = plans.flat_map(|plan| &mut plan.instalments).collect();
    instalments.sort_by_key(|instalment| instalment.due_on);
    instalments
}

fn fill(plans: &mut [Plan], cash: &Cash) {
    let mut left = cash.amount;
    for instalment in concerned(plans, cash) {
        let taken = left.min(instalment.amount - instalment.paid());
        if taken > Total::ZERO {
            instalment.paid.push((cash.on, taken));
            left -= taken;
        }
    }
}

fn take_back(plans: &mut [Plan], cash: &Cash) {
    let mut left = -cash.amount;
    for instalment in concerned(plans, cash).into_iter().rev() {
        while left > Total::ZERO
            && let Some((_, newest)) = instalment.paid.last_mut()
        {
            let taken = left.min(*newest);
            *newest -= taken;
            left -= taken;
            if newest.is_zero() {
                instalment.paid.pop();
            }
        }
    }
}
