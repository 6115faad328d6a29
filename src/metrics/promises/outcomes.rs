//! Promises judged as of a day; the one judgement that metrics, features, forecast and decisions share.

use std::ops::Range;

use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::DocumentIx;
use crate::ledger::{Ledger, Nature, Posting, Promise};
use crate::metrics::fact_groups::account_currency;
use crate::money::Total;

/// Days after a promised day on which money still keeps the promise, where nothing else is set.
pub const DEFAULT_TOLERANCE_DAYS: i32 = 3;

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PromiseOutcome {
    /// The window is not over and the money is not complete.
    Open,
    /// All of it came in time.
    Kept,
    /// Some of it came in time.
    PartiallyKept,
    /// None of it came in time.
    Broken,
}

impl PromiseOutcome {
    /// Tells whether the window closed on less money than promised.
    pub fn fell_short(self) -> bool {
        matches!(self, PromiseOutcome::PartiallyKept | PromiseOutcome::Broken)
    }
}

/// A promise with its outcome on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JudgedPromise {
    /// The promise.
    pub promise: Promise,
    /// What became of it.
    pub outcome: PromiseOutcome,
    /// What came inside the window, never more than promised and never below zero.
    pub paid: Total,
    /// Whether a newer promise on the same invoice ended its window before all of the money was in.
    pub replaced: bool,
    /// Promises on its invoice that were not kept, up to and with this one; 0 for a promise on the account.
    pub level: u32,
}

impl JudgedPromise {
    /// Returns what is still to come under the promise.
    pub fn outstanding(&self) -> Total {
        Total::from(self.promise.amount) - self.paid
    }
}

/// Judges the promises of a customer made by the end of the day, in the order they were made; facts the history does not know do
/// not count.
pub fn promise_outcomes(
    ledger: &Ledger,
    history: &CustomerHistory<'_>,
    as_of: AsOf,
    tolerance_days: i32,
) -> Vec<JudgedPromise> {
    let day = as_of.0;
    let made = history.promises().filter(|promise| promise.made_on <= day);
    let promises: Vec<Promise> = made.copied().collect();
    let mut judged: Vec<JudgedPromise> = Vec::with_capacity(promises.len());
    for (position, promise) in promises.iter().enumerate() {
        let regular_end = promise.promised_on + tolerance_days;
        let newer = promises[position + 1..].iter().find(|newer| {
            promise.document.is_some() && newer.document == promise.document && newer.made_on <= regular_end
        });
        let end = newer.map_or(regular_end, |newer| newer.made_on);
        let amount = Total::from(promise.amount);
        let paid = paid_between(ledger, history, promise, end.min(day));
        let outcome = match (paid >= amount, newer.is_some() || end < day) {
            (true, _) => PromiseOutcome::Kept,
            (false, false) => PromiseOutcome::Open,
            (false, true) if paid > Total::ZERO => PromiseOutcome::PartiallyKept,
            (false, true) => PromiseOutcome::Broken,
        };
        let earlier = judged.iter().rev();
        let mut on_invoice = earlier.filter(|earlier| earlier.promise.document == promise.document);
        let level = match promise.document {
            Some(_) => on_invoice.next().map_or(0, |earlier| earlier.level) + u32::from(outcome.fell_short()),
            None => 0,
        };
        judged.push(JudgedPromise {
            promise: *promise,
            outcome,
            paid: paid.min(amount),
            replaced: newer.is_some() && outcome != PromiseOutcome::Kept,
            level,
        });
    }
    judged
}

fn paid_between(ledger: &Ledger, history: &CustomerHistory<'_>, promise: &Promise, last: Day) -> Total {
    let inside = |posting: &Posting| posting.on >= promise.made_on && posting.on <= last;
    let mut relief = Total::ZERO;
    match promise.document {
        Some(document) => {
            for item in history.instalments(document) {
                let relieving = item.postings().filter(|posting| posting.nature != Nature::WriteOff);
                relief += relieving
                    .filter(|posting| inside(posting))
                    .map(|posting| posting.delta)
                    .sum::<Total>();
            }
        }
        None => {
            let currency = account_currency(ledger, history.customer, promise.made_on);
            // Moving money from unapplied cash to a document is no new money.
            let is_cash = |posting: &&Posting| {
                matches!(posting.nature, Nature::Cash | Nature::Refund | Nature::Reversal)
                    && posting.currency == currency
                    && inside(posting)
            };
            for item in history.documents() {
                relief += item
                    .postings()
                    .filter(is_cash)
                    .map(|posting| posting.delta)
                    .sum::<Total>();
            }
            relief += history
                .unapplied()
                .filter(is_cash)
                .map(|posting| posting.delta)
                .sum::<Total>();
        }
    }
    (-relief).max(Total::ZERO)
}

/// Returns the positions of all instalments of a document's invoice.
pub(crate) fn instalments(ledger: &Ledger, document: DocumentIx) -> Range<u32> {
    let first = ledger.first_instalment(document);
    let n_documents = ledger.documents().all().len() as u32;
    let same = |position: &u32| ledger.first_instalment(DocumentIx(*position)) == first;
    let n = (first.0..n_documents).take_while(same).count() as u32;
    first.0..first.0 + n
}
