//! The ledger: what is kept, customer by customer, and reconciled to the cent.
//!
//! [`Ledger`] holds documents (what is owed), postings (what changed what is owed, and on which day) and the optional
//! tables, each sorted by customer. It is built by [`Ledger::from_records`] in memory, or by [`store::append`] and
//! [`Ledger::open`] through a folder of Parquet files.

mod apart;
mod arranged;
mod content_file;
mod customer_rows;
mod customers;
mod difference;
mod error;
mod facts;
mod finalise;
mod folder;
mod judge;
mod kept;
mod kept_sums;
mod known;
mod later;
mod layer_writer;
mod layers;
mod manifest;
mod merge;
mod order;
mod progress;
mod reads;
mod reconcile;
mod runs;
pub mod store;
mod stored_facts;
mod stretch;
mod tables;
mod touched;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::calendar::Day;
use crate::ids::{CustomerIx, Dictionary, DocumentIx};
use crate::money::Currency;
use crate::outcome::{Checked, Issues};
use crate::records::{Records, Rejected};
use crate::table::{Data, Table};

pub use self::apart::LedgerParts;
pub use self::difference::{BalanceChange, Change, ChangedFact, FactsDifference, facts_difference};
pub use self::error::{LedgerError, interruptible};
pub use self::facts::{
    Account, ByCustomer, Contact, CustomerVersion, Dispute, Document, DocumentKind, DueDay, Hold, Nature, Order,
    Posting, Promise,
};
pub use self::kept_sums::{KeptSums, NumbersOf};
pub use self::later::LaterFact;
pub use self::manifest::{ImportEntry, LayerEntry, Manifest, SCHEMA_VERSION, TableEntry};
pub use self::merge::{Merged, merge};
pub use self::progress::{OnProgress, Stage};
pub use self::reads::Reads;
pub use self::reconcile::{ControlTotals, Reconciliation, TieOut, reconcile};

pub use self::stretch::{Facts, Stretch};

use self::kept::KeptFacts;
use self::tables::Tables;

/// Receivables of any number of customers, ready to be read for any day.
///
/// A ledger in a folder reads each kind of facts when it is first asked for; [`crate::history::run`] passes over it
/// without ever holding all of it. Where such a reading fails, [`interruptible`] returns the error.
#[derive(Clone, Debug)]
pub struct Ledger {
    facts: Arc<KeptFacts>,
    entities: Dictionary,
    tables: Arc<Tables>,
    timeless: BTreeSet<String>,
    // Found while facts are made from tables; where the facts were read as they stood, on demand.
    issues: OnceLock<Issues>,
    hash: String,
    known_on: Option<Day>,
}

impl Ledger {
    /// Builds a ledger in memory.
    ///
    /// `imported_on` is the day from which customer rows without `valid_from` hold. Rows that repeat or contradict each
    /// other are merged or rejected as [`merge`] does.
    pub fn from_records(records: Records, imported_on: Day) -> Checked<(Ledger, Vec<Rejected>)> {
        let merged = merge(BTreeMap::new(), records, imported_on);
        let tables = merged.value.tables;
        let unpacked = tables.iter().map(|(name, table)| (name.clone(), table.unpacked()));
        let stored = Arc::new(Tables::in_memory(unpacked.collect()));
        let ledger = Ledger::from_packed(&tables, stored, merged.value.timeless, String::new());
        let mut issues = merged.issues;
        issues.extend(ledger.issues().clone());
        Checked {
            value: (ledger, merged.value.rejected),
            issues,
            caveats: merged.caveats,
        }
    }

    /// Returns the number of customers.
    pub fn n_customers(&self) -> usize {
        self.facts.n_customers()
    }

    /// Returns every customer, in order of id.
    pub fn customers(&self) -> impl ExactSizeIterator<Item = CustomerIx> + use<> {
        (0..self.facts.n_customers() as u32).map(CustomerIx)
    }

    /// Returns a customer's id.
    pub fn customer_id(&self, customer: CustomerIx) -> &str {
        &self.customer_ids()[customer.at()]
    }

    fn customer_ids(&self) -> &[String] {
        self.facts.customer_ids()
    }

    /// Finds a customer by id.
    pub fn find_customer(&self, id: &str) -> Option<CustomerIx> {
        self.customer_ids()
            .binary_search_by(|candidate| candidate.as_str().cmp(id))
            .ok()
            .map(|position| CustomerIx(position as u32))
    }

    /// Returns the documents, sorted by customer, invoice id and instalment.
    pub fn documents(&self) -> &ByCustomer<Document> {
        self.facts.documents()
    }

    /// Returns one document.
    pub fn document(&self, document: DocumentIx) -> &Document {
        &self.documents().all()[document.at()]
    }

    /// Returns a document's invoice id.
    pub fn invoice_id(&self, document: DocumentIx) -> &str {
        self.text("invoices", "invoice_id", self.document(document).row)
            .unwrap_or_default()
    }

    /// Returns the first instalment of a document's invoice: the same for two documents if they are of one invoice.
    pub fn first_instalment(&self, document: DocumentIx) -> DocumentIx {
        DocumentIx(document.0 - u32::from(self.document(document).n_before))
    }

    /// Returns the postings of all documents, sorted by document and day; [`Document::postings`] points into them.
    pub fn postings(&self) -> &[Posting] {
        self.facts.postings()
    }

    /// Returns one document's postings by day.
    pub fn postings_of(&self, document: &Document) -> &[Posting] {
        &self.postings()[document.postings()]
    }

    /// Returns the changes of unapplied cash and credits, sorted by customer and day.
    pub fn unapplied(&self) -> &ByCustomer<Posting> {
        self.facts.unapplied()
    }

    /// Returns cash that came in after a write-off, sorted by customer and day.
    pub fn recoveries(&self) -> &ByCustomer<Posting> {
        self.facts.recoveries()
    }

    /// Returns the rows of the customers table, sorted by customer and first valid day.
    pub fn versions(&self) -> &ByCustomer<CustomerVersion> {
        self.facts.versions()
    }

    /// Returns the row of the customers table that held on a day, if one was valid then.
    pub fn version_on(&self, customer: CustomerIx, day: Day) -> Option<u32> {
        let versions = self.versions().of(customer);
        let after = versions.partition_point(|version| version.valid_from <= day);
        after.checked_sub(1).map(|last| versions[last].row)
    }

    /// Returns the due days of documents whose versions name several, sorted by customer and document, the oldest version first.
    pub fn due_days(&self) -> &ByCustomer<DueDay> {
        self.facts.due_days()
    }

    /// Tells whether a test holds for some of the [`Ledger::due_days`], given those of consecutive customers, without holding all of
    /// them in memory.
    pub fn any_due_days(&self, test: impl Fn(&[DueDay]) -> bool + Sync) -> bool {
        self.facts.any_due_days(test)
    }

    /// Returns the disputes, sorted by customer and opening day.
    pub fn disputes(&self) -> &ByCustomer<Dispute> {
        self.facts.disputes()
    }

    /// Returns the promises, sorted by customer and the day they were made.
    pub fn promises(&self) -> &ByCustomer<Promise> {
        self.facts.promises()
    }

    /// Returns the contacts, sorted by customer and day.
    pub fn contacts(&self) -> &ByCustomer<Contact> {
        self.facts.contacts()
    }

    /// Returns the orders, sorted by customer and day.
    pub fn orders(&self) -> &ByCustomer<Order> {
        self.facts.orders()
    }

    /// Returns the holds of the source system, sorted by customer and first day.
    pub fn holds(&self) -> &ByCustomer<Hold> {
        self.facts.holds()
    }

    /// Returns the name of a legal entity; empty for 0.
    pub fn entity(&self, number: u16) -> &str {
        self.entities.word(u32::from(number))
    }

    /// Returns a canonical table as stored, or `None` where it was not imported.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.get(name)
    }

    /// Returns one column of a canonical table, without reading the others; `None` where the ledger does not have it.
    pub fn column(&self, table: &str, column: &str) -> Option<Cow<'_, Data>> {
        self.tables.column(table, column)
    }

    /// Returns the number of rows of a canonical table as stored; 0 where it was not imported.
    pub fn n_rows(&self, table: &str) -> usize {
        self.tables.n_rows(table)
    }

    /// Tells whether a table was imported; where it was not, its metrics are not available rather than zero.
    pub fn has(&self, table: &str) -> bool {
        self.tables.has(table)
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
        self.accounts().all().iter().map(|account| account.currency).collect()
    }

    /// Returns the currencies and entities in which customers have items, sorted by customer.
    pub fn accounts(&self) -> &ByCustomer<Account> {
        self.facts.accounts()
    }

    /// Returns the first and last effective day of any document or posting, or `None` for an empty ledger.
    pub fn span(&self) -> Option<(Day, Day)> {
        self.facts.span()
    }

    /// Returns the number of documents.
    pub fn n_documents(&self) -> usize {
        self.facts.n_documents()
    }

    /// Returns the facts that a pass asks for, all of them in memory.
    pub fn facts(&self, reads: Reads) -> Facts<'_> {
        self.facts.facts(reads)
    }

    /// Returns how many stretches a pass reads one after the other; `None` where all documents are in memory already.
    pub fn n_stretches(&self) -> Option<usize> {
        self.facts.n_stretches()
    }

    /// Returns the customers of a stretch, without reading it.
    ///
    /// # Panics
    /// Where all documents are in memory already.
    pub fn customers_of_stretch(&self, stretch: usize) -> Range<u32> {
        self.facts.customers_of_stretch(stretch)
    }

    /// Returns about how many bytes the largest stretch takes while it is decoded; 0 where all documents are in memory already.
    pub fn bytes_of_a_stretch(&self) -> usize {
        self.facts.bytes_of_a_stretch()
    }

    /// Returns about how many bytes are held for customers whatever is read of them: their accounts, their groups, their first days.
    pub fn bytes_of_customers(&self) -> usize {
        const EACH: usize = 144;
        EACH * self.n_customers()
    }

    /// Reads one stretch of customers; stretches are numbered in the order of customers.
    pub fn stretch(&self, stretch: usize, reads: Reads) -> Stretch {
        self.facts.stretch(stretch, reads)
    }

    /// Returns what was found while the tables were put together.
    ///
    /// A ledger whose facts were read from its folder makes them again from the tables for this, once.
    pub fn issues(&self) -> &Issues {
        self.issues.get_or_init(|| self.rebuilt().issues().clone())
    }

    /// Returns the first kind of facts in which two ledgers differ; `None` where every fact is the same.
    pub fn differing_facts(&self, other: &Ledger) -> Option<&'static str> {
        let kinds = [
            ("customers", self.customer_ids() == other.customer_ids()),
            ("documents", self.documents() == other.documents()),
            ("postings", self.postings() == other.postings()),
            ("unapplied", self.unapplied() == other.unapplied()),
            ("recoveries", self.recoveries() == other.recoveries()),
            ("versions", self.versions() == other.versions()),
            ("due_days", self.due_days() == other.due_days()),
            ("disputes", self.disputes() == other.disputes()),
            ("promises", self.promises() == other.promises()),
            ("contacts", self.contacts() == other.contacts()),
            ("orders", self.orders() == other.orders()),
            ("holds", self.holds() == other.holds()),
            ("entities", self.entities.words() == other.entities.words()),
        ];
        kinds.into_iter().find(|(_, is_same)| !is_same).map(|(kind, _)| kind)
    }

    /// Makes the facts again from the tables.
    pub fn rebuilt(&self) -> Ledger {
        let ledger = Ledger::from_tables(Arc::clone(&self.tables), self.timeless.clone(), self.hash.clone());
        Ledger {
            known_on: self.known_on,
            ..ledger
        }
    }

    /// Returns the hash over the content of all tables; empty for a ledger made in memory.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
