//! A customer's account as of a day: what is open, what of it is disputed or promised, and what is not applied.

use std::collections::BTreeMap;

use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Dispute, Ledger};
use crate::metrics::promises::{JudgedPromise, PromiseOutcome, instalments, promise_outcomes};
use crate::money::{Currency, Total};

/// What a customer owes at the end of a day, as it was known then.
///
/// `items` minus what `unapplied` holds is the control balance: every open document and unapplied posting is in exactly one of the two.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    /// Who.
    pub customer: CustomerIx,
    /// Open claims, oldest due day first, those without a due day last.
    pub items: Vec<OpenItem>,
    /// Unapplied cash, open credit notes and over-applied claims, by currency; below zero where we owe the customer.
    pub unapplied: BTreeMap<Currency, Total>,
    /// Promises known on the day with their outcomes, in the order they were made.
    pub promises: Vec<JudgedPromise>,
}

/// One claim that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenItem {
    /// The document.
    pub document: DocumentIx,
    /// Its currency.
    pub currency: Currency,
    /// Day of issue.
    pub issued_on: Day,
    /// Day of payment agreed.
    pub due_on: Option<Day>,
    /// What is open, above zero.
    pub open: Total,
    /// What of it is disputed, at most `open`.
    pub disputed: Total,
    /// First day of its oldest open dispute.
    pub disputed_since: Option<Day>,
    /// What of it an open promise covers and no dispute does.
    pub promised: Total,
    /// Day of that promise.
    pub promised_on: Option<Day>,
}

impl OpenItem {
    /// Returns the days since the due day, `None` without one.
    pub fn days_past_due(&self, as_of: AsOf) -> Option<i32> {
        self.due_on.map(|due_on| as_of.days_past(due_on).0)
    }

    /// Returns what is neither disputed nor promised.
    pub fn free(&self) -> Total {
        self.open - self.disputed - self.promised
    }
}

impl Account {
    /// Reads a customer's account; `tolerance_days` is the patience with promises.
    pub fn on(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, tolerance_days: i32) -> Account {
        let day = as_of.0;
        let history = CustomerHistory::of(ledger, customer, Some(day));
        let mut items = Vec::new();
        let mut unapplied: BTreeMap<Currency, Total> = BTreeMap::new();
        for item in history.documents() {
            let open = item.open_on(day);
            if open > Total::ZERO {
                items.push(OpenItem {
                    document: item.ix,
                    currency: item.document.currency,
                    issued_on: item.document.issued_on,
                    due_on: item.document.due_on,
                    open,
                    disputed: Total::ZERO,
                    disputed_since: None,
                    promised: Total::ZERO,
                    promised_on: None,
                });
            } else if open < Total::ZERO {
                *unapplied.entry(item.document.currency).or_default() += open;
            }
        }
        for posting in history.unapplied().filter(|posting| posting.on <= day) {
            *unapplied.entry(posting.currency).or_default() += posting.delta;
        }
        unapplied.retain(|_, total| !total.is_zero());
        items.sort_by_key(|item| (item.due_on.is_none(), item.due_on, item.document));

        let promises = promise_outcomes(ledger, &history, as_of, tolerance_days);
        let mut account = Account {
            customer,
            items,
            unapplied,
            promises,
        };
        account.mark_disputed(ledger, history.disputes, day);
        account.mark_promised(ledger);
        account
    }

    /// Tells whether nothing is open and nothing unapplied.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.unapplied.is_empty()
    }

    fn mark_disputed(&mut self, ledger: &Ledger, disputes: &[Dispute], day: Day) {
        for dispute in disputes.iter().filter(|dispute| dispute.is_open_on(day, day)) {
            let mut left = dispute.amount.map(Total::from);
            for item in concerned(&mut self.items, ledger, dispute.document) {
                let undisputed = item.open - item.disputed;
                let taken = left.map_or(undisputed, |left| left.min(undisputed));
                if taken > Total::ZERO {
                    item.disputed += taken;
                    item.disputed_since = Some(item.disputed_since.unwrap_or(dispute.opened_on));
                    left = left.map(|left| left - taken);
                }
            }
        }
    }

    fn mark_promised(&mut self, ledger: &Ledger) {
        let open = self
            .promises
            .iter()
            .filter(|judged| judged.outcome == PromiseOutcome::Open);
        for judged in open {
            let mut left = judged.outstanding();
            for item in concerned(&mut self.items, ledger, judged.promise.document) {
                let taken = left.min(item.free());
                if taken > Total::ZERO {
                    item.promised += taken;
                    item.promised_on = Some(item.promised_on.unwrap_or(judged.promise.promised_on));
                    left -= taken;
                }
            }
        }
    }
}

/// Returns the items that a dispute or promise is about: all instalments of its document, or, without one, the whole account.
fn concerned<'a>(
    items: &'a mut [OpenItem],
    ledger: &Ledger,
    document: Option<DocumentIx>,
) -> impl Iterator<Item = &'a mut OpenItem> + use<'a> {
    let instalments = document.map(|document| instalments(ledger, document));
    let concerns = move |item: &&mut OpenItem| instalments.as_ref().is_none_or(|of| of.contains(&item.document.0));
    items.iter_mut().filter(concerns)
}
