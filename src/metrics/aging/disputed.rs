//! The disputed part of what is open.

use crate::calendar::Day;
use crate::history::{CustomerHistory, DocumentHistory};
use crate::ids::DocumentIx;
use crate::ledger::Reads;
use crate::money::{Amount, Total};

/// The disputes of one customer that are open on a day, by document, each with the disputed amount where it is not the whole.
#[derive(Clone, Debug, Default)]
pub(super) struct OpenDisputes {
    open: Vec<(DocumentIx, Option<Amount>)>,
}

impl OpenDisputes {
    /// What a pass reads to tell the disputed part of each document.
    pub const READS: Reads = Reads::DISPUTES.and(Reads::INSTALMENTS);

    /// Collects the disputes that are open on a day; `known_on` leaves out what was posted after that day.
    pub fn find(&mut self, customer: &CustomerHistory<'_>, day: Day, known_on: Option<Day>) {
        let open = customer
            .disputes
            .iter()
            .take_while(|dispute| dispute.opened_on <= day)
            .filter(|dispute| dispute.closed_on.is_none_or(|closed_on| closed_on >= day))
            .filter(|dispute| known_on.is_none_or(|known_on| dispute.known_on <= known_on))
            .filter_map(|dispute| Some((dispute.document?, dispute.amount)));
        self.open.clear();
        self.open.extend(open);
        self.open.sort_unstable();
    }

    /// Returns them.
    pub fn all(&self) -> &[(DocumentIx, Option<Amount>)] {
        &self.open
    }
}

/// The disputes of the invoice that the walk over a customer's documents is at; they cover all its instalments.
#[derive(Default)]
pub(super) struct DisputedInvoice {
    next: usize,
    // Its first instalment.
    invoice: Option<DocumentIx>,
    whole: bool,
    rest: Total,
}

impl DisputedInvoice {
    /// Moves on to a document; documents come in order.
    pub fn reach(&mut self, history: &DocumentHistory<'_>, disputes: &[(DocumentIx, Option<Amount>)]) {
        let document = history.ix;
        let first_instalment = DocumentIx(document.0 - u32::from(history.document.n_before));
        if self.invoice != Some(first_instalment) {
            *self = DisputedInvoice {
                next: self.next,
                ..DisputedInvoice::default()
            };
        }
        while let Some((disputed, amount)) = disputes.get(self.next).filter(|(disputed, _)| *disputed <= document) {
            self.next += 1;
            // A dispute whose document was not known on the day marks nothing.
            if *disputed == document {
                self.invoice = Some(first_instalment);
                match amount {
                    Some(amount) => self.rest += *amount,
                    None => self.whole = true,
                }
            }
        }
    }

    /// Returns the disputed part of what is open on the document.
    pub fn take(&mut self, open: Total) -> Total {
        if self.whole {
            return open;
        }
        let part = self.rest.min(open);
        self.rest -= part;
        part
    }
}
