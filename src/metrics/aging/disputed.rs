//! The disputed part of what is open.

use crate::ids::DocumentIx;
use crate::ledger::Ledger;
use crate::money::{Amount, Total};

/// The disputes of the invoice that the walk over a customer's documents is at; they cover all its instalments.
#[derive(Default)]
pub(super) struct DisputedInvoice {
    next: usize,
    invoice: Option<DocumentIx>,
    whole: bool,
    rest: Total,
}

impl DisputedInvoice {
    /// Moves on to a document; documents come in order.
    pub fn reach(&mut self, document: DocumentIx, ledger: &Ledger, disputes: &[(DocumentIx, Option<Amount>)]) {
        let is_instalment = self
            .invoice
            .is_some_and(|first| ledger.first_instalment(first) == ledger.first_instalment(document));
        if !is_instalment {
            *self = DisputedInvoice {
                next: self.next,
                ..DisputedInvoice::default()
            };
        }
        while let Some((disputed, amount)) = disputes.get(self.next).filter(|(disputed, _)| *disputed <= document) {
            self.next += 1;
            // A dispute whose document was not known on the day marks nothing.
            if *disputed == document {
                self.invoice = Some(document);
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
