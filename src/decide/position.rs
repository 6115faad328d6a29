//! A customer's account in one currency, ready for rules.

use super::DecideError;
use crate::calendar::{AsOf, Day};
use crate::forecast::Account;
use crate::ids::{CustomerIx, DocumentIx};
use crate::metrics::base_currency::Converter;
use crate::metrics::promises::JudgedPromise;
use crate::money::Total;

/// What a customer owes in the base currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Position {
    /// Who.
    pub customer: CustomerIx,
    /// Open claims, oldest due day first, those without a due day last.
    pub items: Vec<PositionItem>,
    /// Unapplied cash and credits as a positive number: what we owe the customer. Below zero where the customer owes it.
    pub unapplied: Total,
    /// Promises with their outcomes.
    pub promises: Vec<JudgedPromise>,
}

/// One open claim in the base currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionItem {
    /// The document.
    pub document: DocumentIx,
    /// Days since the due day; `None` without one.
    pub days_past_due: Option<i32>,
    /// What is open.
    pub open: Total,
    /// What of it is disputed.
    pub disputed: Total,
    /// What of it is promised and not disputed.
    pub promised: Total,
    /// Day of the promise.
    pub promised_on: Option<Day>,
}

impl PositionItem {
    /// Tells whether the due day is before the as-of day.
    pub fn is_overdue(&self) -> bool {
        self.days_past_due.is_some_and(|days| days > 0)
    }
}

impl Position {
    pub(super) fn of(account: Account, as_of: AsOf, converter: &Converter) -> Result<Position, DecideError> {
        let mut items = Vec::with_capacity(account.items.len());
        for item in &account.items {
            let to_base = |money| converter.convert(item.currency, money);
            items.push(PositionItem {
                document: item.document,
                days_past_due: item.days_past_due(as_of),
                open: to_base(item.open)?,
                disputed: to_base(item.disputed)?,
                promised: to_base(item.promised)?,
                promised_on: item.promised_on,
            });
        }
        let mut unapplied = Total::ZERO;
        for (currency, total) in &account.unapplied {
            unapplied -= converter.convert(*currency, *total)?;
        }
        Ok(Position {
            customer: account.customer,
            items,
            unapplied,
            promises: account.promises,
        })
    }

    /// Returns the open claims before anything unapplied.
    pub fn claims(&self) -> Total {
        self.items.iter().map(|item| item.open).sum()
    }

    /// Returns open receivables net of unapplied cash and credits.
    pub fn balance(&self) -> Total {
        self.claims() - self.unapplied
    }

    /// Returns what is past its due day, disputed or not, before anything unapplied.
    pub fn overdue(&self) -> Total {
        self.items
            .iter()
            .filter(|item| item.is_overdue())
            .map(|item| item.open)
            .sum()
    }

    /// Returns the days past due of the oldest overdue claim.
    pub fn oldest_days(&self) -> Option<i32> {
        self.items
            .iter()
            .filter_map(|item| item.days_past_due)
            .max()
            .filter(|days| *days > 0)
    }

    /// Returns the account with its disputed money taken out.
    pub fn without_disputed(&self) -> Position {
        let mut net = self.clone();
        for item in &mut net.items {
            item.open -= item.disputed;
            item.disputed = Total::ZERO;
        }
        net.items.retain(|item| item.open > Total::ZERO);
        net
    }

    /// Returns the account after money was set against its claims: undisputed money first, each time the oldest due day first.
    pub fn after_payment(&self, money: Total) -> Position {
        let mut after = self.clone();
        let mut left = money;
        for item in &mut after.items {
            let paid = left.min(item.open - item.disputed).max(Total::ZERO);
            item.open -= paid;
            item.promised = item.promised.min(item.open - item.disputed);
            left -= paid;
        }
        for item in &mut after.items {
            let paid = left.min(item.disputed).max(Total::ZERO);
            item.open -= paid;
            item.disputed -= paid;
            left -= paid;
        }
        after.unapplied += left.max(Total::ZERO);
        after.items.retain(|item| item.open > Total::ZERO);
        after
    }

    /// Returns the account with what is unapplied set against its claims, oldest due day first.
    pub fn with_unapplied_set_off(&self) -> Position {
        if self.unapplied <= Total::ZERO {
            return self.clone();
        }
        let mut free = self.clone();
        free.unapplied = Total::ZERO;
        free.after_payment(self.unapplied)
    }
}
