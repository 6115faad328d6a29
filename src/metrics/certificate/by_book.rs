//! Both sides of a certificate from one pass: what is open by its age, and the plain balance.

use crate::calendar::AsOf;
use crate::history::{Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{NumbersOf, Reads};
use crate::metrics::aging::{AgingBasis, AgingScheme, AgingSums};
use crate::metrics::{ByGroup, Sums, sums};
use crate::money::Total;

/// Adds up both sides of a certificate by currency and entity.
#[derive(Clone, Debug)]
pub struct CertificateByBook<'a> {
    pub(super) books: &'a Groups,
    pub(super) as_of: AsOf,
    pub(super) scheme: &'a AgingScheme,
    pub(super) basis: AgingBasis,
    pub(super) sums: ByGroup<BookSums>,
}

/// Sums of one book.
#[derive(Clone, Debug)]
pub(super) struct BookSums {
    pub aging: AgingSums,
    /// Documents and postings, without ageing.
    pub balance: Total,
}

sums!(BookSums { aging, balance });

impl CertificateByBook<'_> {
    pub(super) fn empty_book(&self) -> BookSums {
        BookSums {
            aging: AgingSums::empty(self.scheme.n_buckets()),
            balance: Total::ZERO,
        }
    }

    fn at(&mut self, book: usize) -> &mut BookSums {
        let n_buckets = self.scheme.n_buckets();
        self.sums.at(book, || BookSums {
            aging: AgingSums::empty(n_buckets),
            balance: Total::ZERO,
        })
    }

    /// Returns the sums in plain numbers, book by book.
    pub(in crate::metrics) fn state(&self) -> Vec<NumbersOf> {
        self.sums.state(self.books)
    }

    /// Takes away what was added before.
    pub(in crate::metrics) fn subtract(&mut self, other: &CertificateByBook<'_>) {
        let empty = self.empty_book();
        self.sums.subtract(&other.sums, || empty.clone());
    }

    /// Adds what is open on a document at the end of the day.
    pub(in crate::metrics) fn add_open(&mut self, history: &DocumentHistory<'_>, open: Total) {
        let document = history.document;
        let place = self.scheme.place(self.basis.day_of(document), self.as_of.0);
        let sums = self.at(self.books.of_document(history.ix, document));
        sums.balance += open;
        if document.is_claim() && open > Total::ZERO {
            *sums.aging.at_place(place) += open;
        } else {
            sums.aging.add_unapplied(-open, !document.is_claim());
        }
    }

    /// Adds what a customer has on no document.
    pub(in crate::metrics) fn add_unapplied(&mut self, customer: &CustomerHistory<'_>) {
        let day = self.as_of.0;
        for posting in customer.unapplied().filter(|posting| posting.on <= day) {
            let book = self
                .books
                .of_unapplied(customer.customer, posting.currency, posting.entity);
            let sums = self.at(book);
            sums.balance += posting.delta;
            sums.aging
                .add_unapplied(-Total::from(posting.delta), posting.is_credit());
        }
    }
}

impl Accumulator for CertificateByBook<'_> {
    /// Adds one customer: every document that is open, and what stands on none.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for history in customer.documents() {
            let open = history.open_on(self.as_of.0);
            if !open.is_zero() {
                self.add_open(&history, open);
            }
        }
        self.add_unapplied(customer);
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
    }

    fn reads(&self) -> Reads {
        self.basis.reads().and(self.books.reads()).and(Reads::UNAPPLIED)
    }
}
