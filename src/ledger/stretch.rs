//! Facts of consecutive customers: all of a ledger's, or one stretch of them at a time.

use super::{ByCustomer, Contact, CustomerVersion, Dispute, Document, DueDay, Hold, Order, Posting, Promise};
use crate::ids::CustomerIx;

/// Facts of consecutive customers, read from a ledger's folder; kinds that were not asked for are `None`.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub(super) documents: ByCustomer<Document>,
    pub(super) postings: Vec<Posting>,
    pub(super) first_document: u32,
    pub(super) unapplied: Option<ByCustomer<Posting>>,
    pub(super) recoveries: Option<ByCustomer<Posting>>,
    pub(super) versions: Option<ByCustomer<CustomerVersion>>,
    pub(super) due_days: Option<ByCustomer<DueDay>>,
    pub(super) disputes: Option<ByCustomer<Dispute>>,
    pub(super) promises: Option<ByCustomer<Promise>>,
    pub(super) contacts: Option<ByCustomer<Contact>>,
    pub(super) orders: Option<ByCustomer<Order>>,
    pub(super) holds: Option<ByCustomer<Hold>>,
}

/// The facts of consecutive customers, wherever they are kept; kinds that were not asked for are `None`.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Documents, by invoice id and instalment.
    pub documents: &'a ByCustomer<Document>,
    /// Postings of the documents, in their order and by day.
    pub postings: &'a [Posting],
    /// Position in the ledger of the first document.
    pub first_document: u32,
    /// Changes of unapplied cash and credits, by day.
    pub unapplied: Option<&'a ByCustomer<Posting>>,
    /// Cash after write-offs, by day.
    pub recoveries: Option<&'a ByCustomer<Posting>>,
    /// Rows of the customers table, by first valid day.
    pub versions: Option<&'a ByCustomer<CustomerVersion>>,
    /// Due days of documents whose versions name several, the oldest version first.
    pub due_days: Option<&'a ByCustomer<DueDay>>,
    /// Disputes, by opening day.
    pub disputes: Option<&'a ByCustomer<Dispute>>,
    /// Promises, by the day they were made.
    pub promises: Option<&'a ByCustomer<Promise>>,
    /// Contacts, by day.
    pub contacts: Option<&'a ByCustomer<Contact>>,
    /// Orders, by day.
    pub orders: Option<&'a ByCustomer<Order>>,
    /// Holds of the source system, by first day.
    pub holds: Option<&'a ByCustomer<Hold>>,
}

impl Stretch {
    /// Returns the customers it has.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = CustomerIx> + use<> {
        self.documents.customers().map(CustomerIx)
    }

    /// Returns its facts.
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            documents: &self.documents,
            postings: &self.postings,
            first_document: self.first_document,
            unapplied: self.unapplied.as_ref(),
            recoveries: self.recoveries.as_ref(),
            versions: self.versions.as_ref(),
            due_days: self.due_days.as_ref(),
            disputes: self.disputes.as_ref(),
            promises: self.promises.as_ref(),
            contacts: self.contacts.as_ref(),
            orders: self.orders.as_ref(),
            holds: self.holds.as_ref(),
        }
    }
}
