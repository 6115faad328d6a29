//! Promises judged as of a day.
//!
//! # Definition
//! A promise is kept when the money promised came in from the day it was made until its day plus the tolerance; partially kept
//! when some of it came; broken when none did. Until that window closes, and unless it is kept before, the promise is open. A promise
//! on a document that is followed by another on the same document is judged on the day of the newer one.
//! # Inputs
//! On a document, what relieved it counts: cash, cash applied, discounts and credits, net of reversals, over all instalments of the
//! invoice; write-offs do not. On the account, every cash receipt of the customer counts, net of refunds and reversals.
//! # Edge cases
//! Money of the day the promise was made counts. Two promises on the account that overlap may count the same receipt.
//! # Source
//! Semantics of SAP Collections Management, promise to pay.
//! # Example
//! 100.00 promised for 10 March with 3 days of tolerance: 100.00 by 13 March is kept, 40.00 partially kept, nothing broken.

use std::ops::Range;

use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Ledger, Nature, Posting, Promise};
use crate::money::Total;

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
}

impl JudgedPromise {
    /// Returns what is still to come under the promise.
    pub fn outstanding(&self) -> Total {
        Total::from(self.promise.amount) - self.paid
    }
}

/// Judges the promises of a customer that were known on the day, in the order they were made.
pub fn promise_outcomes(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, tolerance_days: i32) -> Vec<JudgedPromise> {
    let day = as_of.0;
    let known = |promise: &&Promise| promise.known_on <= day && promise.made_on <= day;
    let promises: Vec<Promise> = ledger.promises().of(customer).iter().filter(known).copied().collect();
    let judge = |(position, promise): (usize, &Promise)| {
        let newer = promises[position + 1..].iter().find(|newer| {
            promise.document.is_some() && newer.document == promise.document && newer.made_on > promise.made_on
        });
        let regular = promise.promised_on + tolerance_days;
        let (last, is_over) = match newer {
            Some(newer) if newer.made_on < regular => (newer.made_on, true),
            _ => (regular, regular < day),
        };
        let paid = paid_between(ledger, customer, as_of, promise, last.min(day));
        let outcome = match (paid >= promise.amount.into(), is_over) {
            (true, _) => PromiseOutcome::Kept,
            (false, false) => PromiseOutcome::Open,
            (false, true) if paid > Total::ZERO => PromiseOutcome::PartiallyKept,
            (false, true) => PromiseOutcome::Broken,
        };
        JudgedPromise {
            promise: *promise,
            outcome,
            paid: paid.min(promise.amount.into()),
        }
    };
    promises.iter().enumerate().map(judge).collect()
}

fn paid_between(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, promise: &Promise, last: Day) -> Total {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let inside = |posting: &&Posting| posting.on >= promise.made_on && posting.on <= last;
    let relief: Total = match promise.document {
        Some(document) => {
            let instalments = instalments(ledger, document);
            let own = history.documents().filter(|item| instalments.contains(&item.ix.0));
            let relieves = |posting: &&Posting| posting.nature != Nature::WriteOff && inside(posting);
            own.flat_map(|item| {
                item.postings()
                    .filter(relieves)
                    .map(|posting| posting.delta)
                    .collect::<Vec<_>>()
            })
            .sum()
        }
        None => {
            // Moving money from unapplied cash to a document is no new money.
            let is_cash = |posting: &&Posting| {
                matches!(posting.nature, Nature::Cash | Nature::Refund | Nature::Reversal) && inside(posting)
            };
            let on_documents = history.documents().flat_map(|item| {
                let cash = item.postings().filter(is_cash);
                cash.map(|posting| posting.delta).collect::<Vec<_>>()
            });
            let unapplied = history.unapplied().filter(is_cash).map(|posting| posting.delta);
            on_documents.chain(unapplied).sum()
        }
    };
    (-relief).max(Total::ZERO)
}

/// Returns the positions of all instalments of a document's invoice.
pub(crate) fn instalments(ledger: &Ledger, document: DocumentIx) -> Range<u32> {
    let customer = ledger.document(document).customer;
    let range = ledger.documents().range(customer);
    let id = ledger.invoice_id(document);
    let same = |position: &usize| ledger.invoice_id(DocumentIx(*position as u32)) == id;
    let first = (range.start..document.at()).rev().take_while(same).last();
    let last = (document.at()..range.end).take_while(same).last();
    first.unwrap_or(document.at()) as u32..last.unwrap_or(document.at()) as u32 + 1
}
