//! The histories with the tie-out of their last day, from the same walk.

use super::TimelineByGroup;
use crate::history::{Accumulator, CustomerHistory};
use crate::ledger::Reads;
use crate::metrics::certificate::CertificateByBook;

/// Adds up every history, and both sides of the certificate of their last day.
#[derive(Clone, Debug)]
pub struct TiedTimeline<'a> {
    /// The histories.
    pub timeline: TimelineByGroup<'a>,
    /// The certificate: what the walk of a document leaves open goes into it, so that it costs no walk of its own.
    pub books: CertificateByBook<'a>,
}

impl Accumulator for TiedTimeline<'_> {
    /// Adds one customer.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let books = &mut self.books;
        self.timeline
            .add_customer(customer, |history, open| books.add_open(history, open));
        books.add_unapplied(customer);
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.timeline.merge(other.timeline);
        self.books.merge(other.books);
    }

    fn reads(&self) -> Reads {
        self.timeline.reads().and(self.books.reads())
    }
}
