//! One customer's facts, by the day of a panel that sees them first.

use super::CheckedLabelParams;
use super::days::Days;
use super::standing::{Standing, follow};
use crate::calendar::Day;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::DocumentIx;
use crate::ledger::{Nature, Posting};
use crate::money::{Amount, Currency, Total};

/// The delay of a claim that is not settled: later than any day.
pub(super) const NEVER: i32 = i32::MAX;

/// The position of a claim that is not in the ledger yet: no dispute and no posting is its own.
pub(super) const NO_DOCUMENT: DocumentIx = DocumentIx(u32::MAX);

/// A claim with a due day, as it stands at the end of a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub ix: DocumentIx,
    /// Row in the invoices table.
    pub row: u32,
    /// First instalment of its invoice.
    pub invoice: DocumentIx,
    pub issued: Day,
    pub due: Day,
    pub amount: Amount,
    pub currency: Currency,
    /// Whether it was issued and known; what follows is meaningless before.
    pub is_known: bool,
    /// Days from the due day to the day it was settled for good, or [`NEVER`] where it is not settled yet.
    pub delay: i32,
    /// What is open; less than what is unsettled where a part was written off.
    pub open: Total,
}

impl Claim {
    /// Tells whether it is neither settled nor given up.
    pub fn is_open(&self) -> bool {
        self.delay == NEVER && self.open > Total::ZERO
    }

    /// Tells whether it is not in the ledger yet.
    pub fn is_candidate(&self) -> bool {
        self.ix == NO_DOCUMENT
    }

    /// Tells whether it was given up: nothing is open, and it is not settled.
    pub fn is_given_up(&self) -> bool {
        self.delay == NEVER && self.open <= Total::ZERO
    }
}

/// A claim that stands differently from a day on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// Position of the day.
    pub at: u32,
    /// Position of the claim.
    pub claim: u32,
    pub delay: i32,
    pub open: Total,
}

/// A first and a last day.
pub(super) type Span = Option<(Day, Day)>;

/// What a customer's days add up to; of a single day of the panel, what it sees first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sights {
    /// Whether the customers table knew the customer.
    pub is_named: bool,
    /// Number of documents of any kind.
    pub n_documents: usize,
    /// Issue days of documents of any kind.
    pub issued: Span,
    /// Days from which postings count.
    pub posted: Span,
}

impl Sights {
    /// Adds what a later day sees.
    pub fn add(&mut self, later: &Sights) {
        self.is_named |= later.is_named;
        self.n_documents += later.n_documents;
        for (span, more) in [(&mut self.issued, later.issued), (&mut self.posted, later.posted)] {
            if let Some((first, last)) = more {
                widen(span, first);
                widen(span, last);
            }
        }
    }
}

fn widen(span: &mut Span, day: Day) {
    *span = Some(span.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
}

/// One customer's facts in the order in which the days of a panel see them; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Timeline {
    /// Claims with a due day that any day sees, by due day; as no day has seen them yet.
    pub claims: Vec<Claim>,
    /// How claims change, by day.
    pub changes: Vec<Change>,
    /// What each day sees first.
    pub sights: Vec<Sights>,
    /// Changes of unapplied cash and credits, by the position of the first day that sees them.
    pub unapplied: Vec<(usize, Currency, Amount)>,
    /// Days with a payment, each behind the position of the first day that sees one of its postings.
    pub paid: Vec<(usize, Day)>,
}

impl Timeline {
    /// Forgets the customer before; of the next nothing is known.
    pub fn clear(&mut self, days: &Days) {
        self.claims.clear();
        self.changes.clear();
        self.unapplied.clear();
        self.paid.clear();
        self.sights.clear();
        self.sights.resize(days.len(), Sights::default());
    }

    /// Reads a customer's facts; `customer` must not be limited to what was known on some day.
    pub fn read(&mut self, customer: &CustomerHistory<'_>, days: &Days, params: &CheckedLabelParams) {
        self.clear(days);
        for document in customer.documents() {
            self.see(&document, days);
        }
        for posting in customer.unapplied() {
            let position = seen(posting, days);
            self.see_posting(posting, position);
            if position < days.len() {
                self.unapplied.push((position, posting.currency, posting.delta));
            }
        }
        for version in customer.versions {
            let first = days.first_from(version.valid_from.max(version.known_on));
            if let Some(sights) = self.sights.get_mut(first) {
                sights.is_named = true;
            }
        }
        self.unapplied.sort_unstable();
        self.sort_payments();
        self.claims.sort_unstable_by_key(|claim| (claim.due, claim.ix));
        for position in 0..self.claims.len() {
            self.follow(position, customer, days, params);
        }
        self.changes.sort_unstable_by_key(|change| (change.at, change.claim));
    }

    /// Adds a claim that the ledger does not have: the last day is the first that sees it.
    pub fn add(&mut self, candidate: Claim) {
        let Some(sights) = self.sights.last_mut() else { return };
        sights.n_documents += 1;
        widen(&mut sights.issued, candidate.issued);
        let key = |claim: &Claim| (claim.due, claim.ix);
        let position = self.claims.partition_point(|claim| key(claim) < key(&candidate));
        let open = candidate.amount.into();
        self.claims.insert(position, candidate);
        let later = self
            .changes
            .iter_mut()
            .filter(|change| change.claim as usize >= position);
        later.for_each(|change| change.claim += 1);
        self.changes.push(Change {
            at: (self.sights.len() - 1) as u32,
            claim: position as u32,
            delay: NEVER,
            open,
        });
        self.changes.sort_unstable_by_key(|change| (change.at, change.claim));
    }

    /// Settles an open claim on a day: the last day is the first that sees it.
    pub fn pay(&mut self, document: DocumentIx, day: Day) {
        let Some(at) = self.sights.len().checked_sub(1) else {
            return;
        };
        let Some(position) = self.claims.iter().position(|claim| claim.ix == document) else {
            return;
        };
        let (at, claim) = (at as u32, position as u32);
        // Whatever else that day saw of it: in the end it is paid.
        self.changes.retain(|change| (change.at, change.claim) != (at, claim));
        self.changes.push(Change {
            at,
            claim,
            delay: day - self.claims[position].due,
            open: Total::ZERO,
        });
        self.changes.sort_unstable_by_key(|change| (change.at, change.claim));
        if !self.paid.iter().any(|(_, on)| *on == day) {
            self.paid.push((at as usize, day));
            self.paid.sort_unstable();
        }
    }

    fn see(&mut self, document: &DocumentHistory<'_>, days: &Days) {
        let facts = document.document;
        let first = days.first_from(facts.issued_on.max(facts.known_on));
        let Some(sights) = self.sights.get_mut(first) else {
            return;
        };
        sights.n_documents += 1;
        widen(&mut sights.issued, facts.issued_on);
        for posting in document.postings() {
            self.see_posting(posting, seen(posting, days).max(first));
        }
        let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
            return;
        };
        self.claims.push(Claim {
            ix: document.ix,
            row: facts.row,
            invoice: document.first_instalment(),
            issued: facts.issued_on,
            due,
            amount: facts.amount,
            currency: facts.currency,
            is_known: false,
            delay: NEVER,
            open: Total::ZERO,
        });
    }

    fn see_posting(&mut self, posting: &Posting, position: usize) {
        let Some(sights) = self.sights.get_mut(position) else {
            return;
        };
        widen(&mut sights.posted, posting.on);
        if posting.nature == Nature::Cash {
            self.paid.push((position, posting.on));
        }
    }

    /// Leaves each day with a payment once, with the first position that sees it.
    fn sort_payments(&mut self) {
        self.paid.sort_unstable_by_key(|(position, on)| (*on, *position));
        self.paid.dedup_by_key(|(_, on)| *on);
        self.paid.sort_unstable();
    }

    fn follow(&mut self, position: usize, customer: &CustomerHistory<'_>, days: &Days, params: &CheckedLabelParams) {
        let claim = &self.claims[position];
        let document = customer.document(claim.ix);
        let first = days.first_from(claim.issued.max(document.document.known_on));
        let changes = &mut self.changes;
        let hand_on = |at: usize, standing: Standing| {
            changes.push(Change {
                at: at as u32,
                claim: position as u32,
                delay: standing.settled_on.map_or(NEVER, |settled| settled - claim.due),
                open: standing.open,
            });
        };
        let seen = |posting: &Posting| seen(posting, days);
        follow(&document, params.materiality, days, first, seen, hand_on);
    }
}

/// Returns the position of the first day that sees a posting.
pub(super) fn seen(posting: &Posting, days: &Days) -> usize {
    days.first_from(posting.on.max(posting.known_on))
}
