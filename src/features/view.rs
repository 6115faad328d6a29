//! One customer as seen at the end of a day: earlier claims, open items, payments.

use crate::calendar::Day;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::DocumentIx;
use crate::ledger::Nature;
use crate::money::{Amount, Currency, Total};

/// The delay of a claim that is not settled: later than any day.
pub(super) const NEVER: i32 = i32::MAX;

/// A claim with a due day that was issued by the day of the view.
#[derive(Clone, Copy, Debug)]
pub(super) struct Claim {
    pub ix: DocumentIx,
    pub issued: Day,
    pub due: Day,
    pub amount: Amount,
    pub currency: Currency,
    /// Days from the due day to the day it was settled for good, or [`NEVER`] where it is not settled yet.
    pub delay: i32,
    /// What is open at the end of the day; less than what is unsettled where a part was written off.
    pub open: Total,
}

/// What is known of one customer at the end of a day.
#[derive(Debug, Default)]
pub(super) struct View {
    /// Claims with a due day, by due day.
    pub claims: Vec<Claim>,
    /// Cash received, by day, with the running sum of all cash through that entry.
    pub cash: Vec<(Day, Total)>,
    /// Number of documents of any kind.
    pub n_documents: usize,
    /// First issue day of any document.
    pub first_issued: Option<Day>,
    /// Last issue day of any document.
    pub last_issued: Option<Day>,
}

/// How a claim stands at the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// What is neither paid nor credited; a write-off gives the claim up but settles nothing.
    pub unsettled: Total,
    /// First day from which no more than the materiality stayed unsettled.
    pub settled_on: Option<Day>,
}

/// Follows a claim to the end of a day.
///
/// A write-off does not settle: the money did not come. Only a small difference, at most 1 % of the claim, settles when it
/// is written off: that is how a few cents too few are booked. A reversal first brings back what was written off.
pub(super) fn standing(document: &DocumentHistory<'_>, until: Day, materiality: Amount) -> Standing {
    let materiality = Total::from(materiality);
    let mut unsettled = Total::from(document.document.amount);
    let mut written_off = Total::ZERO;
    let mut settled_on = (unsettled <= materiality).then_some(document.document.issued_on);
    for posting in document.postings().take_while(|posting| posting.on <= until) {
        match posting.nature {
            Nature::WriteOff => written_off -= posting.delta,
            Nature::Reversal => {
                let brought_back = written_off.min(posting.delta.into()).max(Total::ZERO);
                written_off -= brought_back;
                unsettled += Total::from(posting.delta) - brought_back;
            }
            _ => unsettled += posting.delta,
        }
        let small_difference = Total::from_units(document.document.amount.units().unsigned_abs() as i128 / 100);
        let forgiven = if written_off <= small_difference {
            written_off
        } else {
            Total::ZERO
        };
        settled_on = match (unsettled - forgiven > materiality, settled_on) {
            (true, _) => None,
            (false, None) => Some(posting.on.max(document.document.issued_on)),
            (false, settled) => settled,
        };
    }
    if settled_on.is_some() {
        unsettled = unsettled.min(materiality);
    }
    Standing { unsettled, settled_on }
}

impl View {
    /// Reads a customer's facts through the end of `day`; `customer` must already be limited to what was known.
    pub fn read(&mut self, customer: &CustomerHistory<'_>, day: Day, materiality: Amount) {
        self.claims.clear();
        self.cash.clear();
        self.n_documents = 0;
        self.first_issued = None;
        self.last_issued = None;
        for document in customer.documents() {
            let facts = document.document;
            if facts.issued_on > day {
                continue;
            }
            self.n_documents += 1;
            self.first_issued = Some(
                self.first_issued
                    .map_or(facts.issued_on, |first| first.min(facts.issued_on)),
            );
            self.last_issued = self.last_issued.max(Some(facts.issued_on));
            self.cash.extend(
                document
                    .postings()
                    .take_while(|posting| posting.on <= day)
                    .filter(|posting| posting.nature == Nature::Cash)
                    .map(|posting| (posting.on, -Total::from(posting.delta))),
            );
            let Some(due) = facts.due_on.filter(|_| facts.is_claim()) else {
                continue;
            };
            let standing = standing(&document, day, materiality);
            self.claims.push(Claim {
                ix: document.ix,
                issued: facts.issued_on,
                due,
                amount: facts.amount,
                currency: facts.currency,
                delay: standing.settled_on.map_or(NEVER, |settled| settled - due),
                open: document.open_on(day),
            });
        }
        let unapplied = customer.unapplied().filter(|posting| posting.on <= day);
        self.cash.extend(
            unapplied
                .filter(|posting| posting.nature == Nature::Cash)
                .map(|posting| (posting.on, -Total::from(posting.delta))),
        );
        self.claims.sort_unstable_by_key(|claim| (claim.due, claim.ix));
        self.cash.sort_unstable();
        let mut sum = Total::ZERO;
        for (_, cash) in &mut self.cash {
            sum += *cash;
            *cash = sum;
        }
    }

    /// Returns the claims that are neither settled nor given up, by due day.
    pub fn open(&self) -> impl Iterator<Item = &Claim> {
        self.claims
            .iter()
            .filter(|claim| claim.delay == NEVER && claim.open > Total::ZERO)
    }

    /// Returns the claims whose fate is known: `days_late` after their due day is not later than `day`.
    pub fn matured(&self, day: Day, days_late: i32) -> &[Claim] {
        let end = self.claims.partition_point(|claim| claim.due + days_late <= day);
        &self.claims[..end]
    }
}
