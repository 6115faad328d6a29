//! The ledger: what is kept, customer by customer, and reconciled to the cent.
//!
//! [`Ledger`] holds documents (what is owed), postings (what changed what is owed, and on which day) and the optional
//! tables, each sorted by customer. It is built by [`Ledger::from_records`] in memory, or by [`store::append`] and
//! [`Ledger::open`] through a folder of Parquet files.

mod finalise;
mod merge;
mod reconcile;
pub mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary, DocumentIx};
use crate::money::{Amount, Currency};
use crate::outcome::{Checked, Issues};
use crate::records::{Records, Rejected};
use crate::table::Table;

pub use self::merge::{Merged, merge};
pub use self::reconcile::{ControlTotals, Reconciliation, TieOut, reconcile};
pub use self::store::{LedgerError, Manifest};

/// Receivables of any number of customers, ready to be read for any day.
#[derive(Clone, Debug)]
pub struct Ledger {
    customer_ids: Vec<String>,
    documents: ByCustomer<Document>,
    postings: Vec<Posting>,
    unapplied: ByCustomer<Posting>,
    recoveries: ByCustomer<Posting>,
    versions: ByCustomer<CustomerVersion>,
    disputes: ByCustomer<Dispute>,
    promises: ByCustomer<Promise>,
    contacts: ByCustomer<Contact>,
    orders: ByCustomer<Order>,
    holds: ByCustomer<Hold>,
    entities: Dictionary,
    tables: BTreeMap<String, Table>,
    timeless: BTreeSet<String>,
    issues: Issues,
    hash: String,
}

/// Items of one kind, sorted by customer.
#[derive(Clone, Debug, PartialEq)]
pub struct ByCustomer<T> {
    items: Vec<T>,
    // Invariant: one more entry than customers, never decreasing, the last is the number of items.
    starts: Vec<u32>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// A sale on credit.
    Invoice,
    /// A reduction of the claim, given as a document of its own.
    CreditNote,
    /// An addition to the claim.
    DebitNote,
    /// Interest or a late fee.
    FinanceCharge,
}

/// What is owed: one instalment of an invoice, note or charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Who owes it.
    pub customer: CustomerIx,
    /// What it is.
    pub kind: DocumentKind,
    /// Currency of the amount.
    pub currency: Currency,
    /// Legal entity, as a number of [`Ledger::entity`]; 0 where none was named.
    pub entity: u16,
    /// Row in the invoices table, for its id and attributes.
    pub row: u32,
    /// First day on which it counts.
    pub issued_on: Day,
    /// Day of payment agreed.
    pub due_on: Option<Day>,
    /// First day on which it was known.
    pub known_on: Day,
    /// Effect on the balance: positive for claims, negative for credit notes.
    pub amount: Amount,
    /// Its postings in [`Ledger::postings`], by day.
    postings: (u32, u32),
}

/// Why a balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Nature {
    /// Money came in.
    Cash,
    /// Money that had come in earlier was moved between the customer's unapplied cash and a document; sums to zero.
    CashApplied,
    /// A credit without a document behind it.
    Credit,
    /// A credit note was set against an invoice; sums to zero.
    CreditApplied,
    /// A discount was taken.
    Discount,
    /// The claim was given up.
    WriteOff,
    /// Money went out.
    Refund,
    /// An earlier line was taken back.
    Reversal,
    /// Money came in after a write-off; the balance does not change.
    Recovery,
}

/// One change of what is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The document that changed; `None` for the customer's unapplied cash and credits.
    pub document: Option<DocumentIx>,
    /// First day on which it counts.
    pub on: Day,
    /// First day on which it was known.
    pub known_on: Day,
    /// Change of the balance: cash on an invoice is negative. For a recovery: the cash as a negative number, though the balance stays.
    pub delta: Amount,
    /// Currency of the change.
    pub currency: Currency,
    /// Legal entity, as a number of [`Ledger::entity`]; 0 where none was named.
    pub entity: u16,
    /// Why.
    pub nature: Nature,
    /// Row in the receipts table.
    pub row: u32,
}

/// A row of the customers table that holds from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CustomerVersion {
    /// First day on which the row holds.
    pub valid_from: Day,
    /// First day on which it was known.
    pub known_on: Day,
    /// Row in the customers table.
    pub row: u32,
}

/// A customer's objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// The disputed document; every instalment of it.
    pub document: Option<DocumentIx>,
    /// First day.
    pub opened_on: Day,
    /// Last day; `None` while open.
    pub closed_on: Option<Day>,
    /// First day on which the opening was known.
    pub known_on: Day,
    /// Disputed amount; `None` for the whole open amount.
    pub amount: Option<Amount>,
    /// Row in the disputes table.
    pub row: u32,
}

/// A promise to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The document promised; `None` for the account.
    pub document: Option<DocumentIx>,
    /// Day it was made.
    pub made_on: Day,
    /// Day by which it was to be paid.
    pub promised_on: Day,
    /// First day on which it was known.
    pub known_on: Day,
    /// Amount promised.
    pub amount: Amount,
    /// Row in the promises table.
    pub row: u32,
}

/// An attempt to reach a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The document it was about.
    pub document: Option<DocumentIx>,
    /// Day of the contact.
    pub contacted_on: Day,
    /// First day on which it was known.
    pub known_on: Day,
    /// Whether we made it (`Some(false)`: the customer did).
    pub outbound: Option<bool>,
    /// Whether the right party was reached.
    pub reached: Option<bool>,
    /// Row in the contacts table.
    pub row: u32,
}

/// An order; exposure until it is billed or cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// Day of the order.
    pub ordered_on: Day,
    /// Day it was billed.
    pub billed_on: Option<Day>,
    /// Day it was cancelled.
    pub cancelled_on: Option<Day>,
    /// First day on which it was known.
    pub known_on: Day,
    /// Amount.
    pub amount: Amount,
    /// Currency of the amount.
    pub currency: Currency,
    /// Row in the orders table.
    pub row: u32,
}

/// A credit hold in the source system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// First day.
    pub placed_on: Day,
    /// Day it was lifted.
    pub released_on: Option<Day>,
    /// First day on which it was known.
    pub known_on: Day,
    /// Whether a person placed it; such a hold never lifts by itself.
    pub manual: bool,
    /// Day of review.
    pub review_on: Option<Day>,
    /// Row in the holds table.
    pub row: u32,
}

impl Document {
    /// Tells whether the document is a claim on the customer, not a credit note.
    pub fn is_claim(&self) -> bool {
        self.kind != DocumentKind::CreditNote
    }

    /// Returns where its postings stand in [`Ledger::postings`].
    pub fn postings(&self) -> Range<usize> {
        self.postings.0 as usize..self.postings.1 as usize
    }
}

impl<T> ByCustomer<T> {
    /// Groups items that are sorted by customer.
    pub(crate) fn new(n_customers: usize, items: Vec<(CustomerIx, T)>) -> ByCustomer<T> {
        debug_assert!(items.is_sorted_by_key(|(customer, _)| *customer));
        let mut starts = vec![0_u32; n_customers + 1];
        for (customer, _) in &items {
            starts[customer.at() + 1] += 1;
        }
        for position in 1..starts.len() {
            starts[position] += starts[position - 1];
        }
        ByCustomer {
            items: items.into_iter().map(|(_, item)| item).collect(),
            starts,
        }
    }

    /// Returns one customer's items.
    pub fn of(&self, customer: CustomerIx) -> &[T] {
        &self.items[self.range(customer)]
    }

    /// Returns where one customer's items stand among all.
    pub fn range(&self, customer: CustomerIx) -> Range<usize> {
        self.starts[customer.at()] as usize..self.starts[customer.at() + 1] as usize
    }

    /// Returns the items of all customers.
    pub fn all(&self) -> &[T] {
        &self.items
    }
}

impl Ledger {
    /// Builds a ledger in memory.
    ///
    /// `imported_on` is the day from which customer rows without `valid_from` hold. Rows that repeat or contradict each
    /// other are merged or rejected as [`merge`] does.
    pub fn from_records(records: Records, imported_on: Day) -> Checked<(Ledger, Vec<Rejected>)> {
        let merged = merge(BTreeMap::new(), records, imported_on);
        let timeless = merged.value.timeless;
        let ledger = Ledger::from_tables(merged.value.tables, timeless, String::new());
        let mut issues = merged.issues;
        issues.extend(ledger.issues.clone());
        Checked {
            value: (ledger, merged.value.rejected),
            issues,
            caveats: merged.caveats,
        }
    }

    /// Returns the number of customers.
    pub fn n_customers(&self) -> usize {
        self.customer_ids.len()
    }

    /// Returns every customer, in order of id.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = CustomerIx> + use<> {
        (0..self.customer_ids.len() as u32).map(CustomerIx)
    }

    /// Returns a customer's id.
    pub fn customer_id(&self, customer: CustomerIx) -> &str {
        &self.customer_ids[customer.at()]
    }

    /// Finds a customer by id.
    pub fn find_customer(&self, id: &str) -> Option<CustomerIx> {
        self.customer_ids
            .binary_search_by(|candidate| candidate.as_str().cmp(id))
            .ok()
            .map(|position| CustomerIx(position as u32))
    }

    /// Returns the documents, sorted by customer, invoice id and instalment.
    pub fn documents(&self) -> &ByCustomer<Document> {
        &self.documents
    }

    /// Returns one document.
    pub fn document(&self, document: DocumentIx) -> &Document {
        &self.documents.items[document.at()]
    }

    /// Returns a document's invoice id.
    pub fn invoice_id(&self, document: DocumentIx) -> &str {
        self.text("invoices", "invoice_id", self.document(document).row)
            .unwrap_or_default()
    }

    /// Returns the postings of all documents, sorted by document and day; [`Document::postings`] points into them.
    pub fn postings(&self) -> &[Posting] {
        &self.postings
    }

    /// Returns one document's postings by day.
    pub fn postings_of(&self, document: &Document) -> &[Posting] {
        &self.postings[document.postings()]
    }

    /// Returns the changes of unapplied cash and credits, sorted by customer and day.
    pub fn unapplied(&self) -> &ByCustomer<Posting> {
        &self.unapplied
    }

    /// Returns cash that came in after a write-off, sorted by customer and day.
    pub fn recoveries(&self) -> &ByCustomer<Posting> {
        &self.recoveries
    }

    /// Returns the rows of the customers table, sorted by customer and first valid day.
    pub fn versions(&self) -> &ByCustomer<CustomerVersion> {
        &self.versions
    }

    /// Returns the row of the customers table that held on a day, if one was valid then.
    pub fn version_on(&self, customer: CustomerIx, day: Day) -> Option<u32> {
        let versions = self.versions.of(customer);
        let after = versions.partition_point(|version| version.valid_from <= day);
        after.checked_sub(1).map(|last| versions[last].row)
    }

    /// Returns the disputes, sorted by customer and opening day.
    pub fn disputes(&self) -> &ByCustomer<Dispute> {
        &self.disputes
    }

    /// Returns the promises, sorted by customer and the day they were made.
    pub fn promises(&self) -> &ByCustomer<Promise> {
        &self.promises
    }

    /// Returns the contacts, sorted by customer and day.
    pub fn contacts(&self) -> &ByCustomer<Contact> {
        &self.contacts
    }

    /// Returns the orders, sorted by customer and day.
    pub fn orders(&self) -> &ByCustomer<Order> {
        &self.orders
    }

    /// Returns the holds of the source system, sorted by customer and first day.
    pub fn holds(&self) -> &ByCustomer<Hold> {
        &self.holds
    }

    /// Returns the name of a legal entity; empty for 0.
    pub fn entity(&self, number: u16) -> &str {
        self.entities.word(u32::from(number))
    }

    /// Returns a canonical table as stored, or `None` where it was not imported.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Tells whether a table was imported; where it was not, its metrics are not available rather than zero.
    pub fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Returns a word of a canonical table.
    pub fn text(&self, table: &str, column: &str, row: u32) -> Option<&str> {
        self.tables.get(table)?.texts(column).ok()?[row as usize].as_deref()
    }

    /// Returns the customer attributes that were declared to hold for every day.
    pub fn timeless(&self) -> &BTreeSet<String> {
        &self.timeless
    }

    /// Returns the currencies of documents and unapplied items, in alphabetical order.
    pub fn currencies(&self) -> BTreeSet<Currency> {
        let documents = self.documents.all().iter().map(|document| document.currency);
        let unapplied = self.unapplied.all().iter().map(|posting| posting.currency);
        documents.chain(unapplied).collect()
    }

    /// Returns the first and last effective day of any document or posting, or `None` for an empty ledger.
    pub fn span(&self) -> Option<(Day, Day)> {
        let issued = self.documents.all().iter().map(|document| document.issued_on);
        let posted = self
            .postings
            .iter()
            .chain(self.unapplied.all())
            .map(|posting| posting.on);
        issued.chain(posted).fold(None, |span, day| match span {
            None => Some((day, day)),
            Some((first, last)) => Some((first.min(day), last.max(day))),
        })
    }

    /// Returns what was found while the tables were put together.
    pub fn issues(&self) -> &Issues {
        &self.issues
    }

    /// Returns the hash over the content of all tables; empty for a ledger made in memory.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
