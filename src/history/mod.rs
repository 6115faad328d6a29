//! The pass over the ledger: one reading, customer by customer, feeds any number of accumulators.

mod groups;
mod parts;

use std::ops::Range;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{
    ByCustomer, Contact, CustomerVersion, Dispute, Document, DueDay, Facts, Ledger, Posting, Promise, Reads,
};
use crate::money::Total;

pub use self::groups::{AccountGroups, Assignment, Group, Groups};
pub use self::parts::run_in_parts;

/// What adds up customers: its state is exact, and two states over different customers merge into one.
///
/// The law is `merge(f(a), f(b)) = f(a + b)` for customer-disjoint `a` and `b`; it makes the pass parallel without
/// changing a digit of the result.
pub trait Accumulator: Clone + Send + Sync {
    /// Adds one customer.
    fn update(&mut self, customer: &CustomerHistory<'_>);
    /// Adds a partial result over other customers.
    fn merge(&mut self, other: Self);
    /// Says which facts `update` looks at; on a ledger in a folder the rest is not read.
    fn reads(&self) -> Reads {
        CustomerHistory::READS
    }
}

impl<A: Accumulator, B: Accumulator> Accumulator for (A, B) {
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        self.0.update(customer);
        self.1.update(customer);
    }
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
    }
    fn reads(&self) -> Reads {
        self.0.reads().and(self.1.reads())
    }
}

impl<A: Accumulator, B: Accumulator, C: Accumulator> Accumulator for (A, B, C) {
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        self.0.update(customer);
        self.1.update(customer);
        self.2.update(customer);
    }
    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
        self.1.merge(other.1);
        self.2.merge(other.2);
    }
    fn reads(&self) -> Reads {
        self.0.reads().and(self.1.reads()).and(self.2.reads())
    }
}

/// One customer's facts, as the pass hands them to an accumulator.
#[derive(Clone, Copy, Debug)]
pub struct CustomerHistory<'a> {
    /// Who.
    pub customer: CustomerIx,
    /// Position of the first of `documents` in the ledger.
    pub first_document: DocumentIx,
    /// Documents, by invoice id and instalment.
    pub documents: &'a [Document],
    /// Changes of unapplied cash and credits, by day.
    pub unapplied: &'a [Posting],
    /// Cash after write-offs, by day.
    pub recoveries: &'a [Posting],
    /// Due days of documents whose versions name several, the oldest version first.
    pub due_days: &'a [DueDay],
    /// Disputes, by opening day.
    pub disputes: &'a [Dispute],
    /// Promises, by the day they were made.
    pub promises: &'a [Promise],
    /// Contacts, by day, where they were asked for by name.
    pub contacts: &'a [Contact],
    /// Rows of the customers table, by first valid day, where they were asked for by name.
    pub versions: &'a [CustomerVersion],
    postings: &'a [Posting],
    known_on: Option<Day>,
}

/// One document with its postings and its position.
#[derive(Clone, Copy, Debug)]
pub struct DocumentHistory<'a> {
    /// Position in the ledger.
    pub ix: DocumentIx,
    /// The document.
    pub document: &'a Document,
    /// Its postings, by day.
    pub postings: &'a [Posting],
    known_on: Option<Day>,
}

impl<'a> CustomerHistory<'a> {
    /// Everything it has but contacts and rows of the customers table.
    pub const READS: Reads = Reads::KNOWN_ON
        .and(Reads::ENTITIES)
        .and(Reads::ROWS)
        .and(Reads::INSTALMENTS)
        .and(Reads::UNAPPLIED)
        .and(Reads::RECOVERIES)
        .and(Reads::DUE_DAYS)
        .and(Reads::DISPUTES)
        .and(Reads::PROMISES);

    /// Returns one customer's facts; `known_on` leaves out what was posted after that day.
    pub fn of(ledger: &'a Ledger, customer: CustomerIx, known_on: Option<Day>) -> CustomerHistory<'a> {
        CustomerHistory::from_facts(&ledger.facts(CustomerHistory::READS), customer, known_on)
    }

    /// Returns the facts of one of some consecutive customers; kinds that were not read are empty.
    pub fn from_facts(facts: &Facts<'a>, customer: CustomerIx, known_on: Option<Day>) -> CustomerHistory<'a> {
        fn of<T>(facts: Option<&ByCustomer<T>>, customer: CustomerIx) -> &[T] {
            facts.map_or(&[], |facts| facts.of(customer))
        }
        let range: Range<usize> = facts.documents.range(customer);
        CustomerHistory {
            customer,
            first_document: DocumentIx(facts.first_document + range.start as u32),
            documents: facts.documents.of(customer),
            unapplied: of(facts.unapplied, customer),
            recoveries: of(facts.recoveries, customer),
            due_days: of(facts.due_days, customer),
            disputes: of(facts.disputes, customer),
            promises: of(facts.promises, customer),
            contacts: of(facts.contacts, customer),
            versions: of(facts.versions, customer),
            postings: facts.postings,
            known_on,
        }
    }

    /// Returns the same facts without those that were posted after a day.
    pub fn as_known_on(&self, day: Day) -> CustomerHistory<'a> {
        CustomerHistory {
            known_on: Some(day),
            ..*self
        }
    }

    /// Tells whether a fact that was posted on a day is known to this view.
    pub fn knows(&self, posted_on: Day) -> bool {
        self.known_on.is_none_or(|day| posted_on <= day)
    }

    /// Returns the documents that were known, each with its postings.
    pub fn documents(&self) -> impl Iterator<Item = DocumentHistory<'a>> + use<'a> {
        let (postings, known_on, first) = (self.postings, self.known_on, self.first_document.0);
        self.documents
            .iter()
            .enumerate()
            .filter(move |(_, document)| known_on.is_none_or(|day| document.known_on <= day))
            .map(move |(offset, document)| DocumentHistory {
                ix: DocumentIx(first + offset as u32),
                document,
                postings: &postings[document.postings()],
                known_on,
            })
    }

    /// Returns one of the customer's documents with its postings.
    ///
    /// # Panics
    /// Where the document is another customer's.
    pub fn document(&self, ix: DocumentIx) -> DocumentHistory<'a> {
        let document = &self.documents[ix.at() - self.first_document.at()];
        DocumentHistory {
            ix,
            document,
            postings: &self.postings[document.postings()],
            known_on: self.known_on,
        }
    }

    /// Returns the instalments of a document's invoice that were known, each with its postings.
    ///
    /// # Panics
    /// Where the document is another customer's.
    pub fn instalments(&self, ix: DocumentIx) -> impl Iterator<Item = DocumentHistory<'a>> + use<'a> {
        let (history, first) = (*self, self.document(ix).first_instalment());
        let of_invoice = self.documents[first.at() - self.first_document.at()..].iter();
        let of_invoice = of_invoice
            .zip(0..)
            .take_while(|(document, n_before)| document.n_before == *n_before);
        let known = of_invoice.filter(move |(document, _)| history.knows(document.known_on));
        known.map(move |(_, n_before)| history.document(DocumentIx(first.0 + u32::from(n_before))))
    }

    /// Returns the changes of unapplied cash and credits that were known.
    pub fn unapplied(&self) -> impl Iterator<Item = &'a Posting> + use<'a> {
        let known_on = self.known_on;
        self.unapplied
            .iter()
            .filter(move |posting| known_on.is_none_or(|day| posting.known_on <= day))
    }

    /// Returns the promises that were known, by the day they were made.
    pub fn promises(&self) -> impl Iterator<Item = &'a Promise> + use<'a> {
        let known_on = self.known_on;
        self.promises
            .iter()
            .filter(move |promise| known_on.is_none_or(|day| promise.known_on <= day))
    }

    /// Returns the disputes whose opening was known, by opening day.
    pub fn disputes(&self) -> impl Iterator<Item = &'a Dispute> + use<'a> {
        let known_on = self.known_on;
        self.disputes
            .iter()
            .filter(move |dispute| known_on.is_none_or(|day| dispute.known_on <= day))
    }

    /// Returns cash after write-offs that was known.
    pub fn recoveries(&self) -> impl Iterator<Item = &'a Posting> + use<'a> {
        let known_on = self.known_on;
        self.recoveries
            .iter()
            .filter(move |posting| known_on.is_none_or(|day| posting.known_on <= day))
    }
}

impl<'a> DocumentHistory<'a> {
    /// Returns the first instalment of its invoice: the same for two documents if they are of one invoice.
    pub fn first_instalment(&self) -> DocumentIx {
        DocumentIx(self.ix.0 - u32::from(self.document.n_before))
    }

    /// Returns the postings that were known, by day.
    pub fn postings(&self) -> impl Iterator<Item = &'a Posting> + use<'a> {
        let known_on = self.known_on;
        self.postings
            .iter()
            .filter(move |posting| known_on.is_none_or(|day| posting.known_on <= day))
    }

    /// Returns the same document with its postings up to a day alone, and with those after it alone.
    #[inline]
    pub fn split_after(self, day: Day) -> (DocumentHistory<'a>, DocumentHistory<'a>) {
        let n_before = self.postings.iter().take_while(|posting| posting.on <= day).count();
        let (before, after) = self.postings.split_at(n_before);
        let with = |postings| DocumentHistory { postings, ..self };
        (with(before), with(after))
    }

    /// Tells whether nothing ever happened to it, known or not.
    #[inline]
    pub fn has_no_postings(&self) -> bool {
        self.postings.is_empty()
    }

    /// Returns what its postings add to the balance.
    #[inline]
    pub fn change(&self) -> Total {
        self.postings().map(|posting| posting.delta).sum()
    }

    /// Returns what is open at the end of a day: zero before issue, negative for an open credit note or an over-applied invoice.
    pub fn open_on(&self, day: Day) -> Total {
        if self.document.issued_on > day {
            return Total::ZERO;
        }
        Total::from(self.document.amount) + self.split_after(day).0.change()
    }

    /// Returns the first day from which the document stays settled through `until`: nothing open at its end and at every later day's.
    pub fn settled_on(&self, until: Day) -> Option<Day> {
        let mut open = Total::from(self.document.amount);
        let mut settled = (self.document.amount.is_zero()).then_some(self.document.issued_on);
        for posting in self.postings().take_while(|posting| posting.on <= until) {
            open += posting.delta;
            let is_open = if self.document.is_claim() {
                open > Total::ZERO
            } else {
                open < Total::ZERO
            };
            settled = match (is_open, settled) {
                (true, _) => None,
                (false, None) => Some(posting.on),
                (false, some) => some,
            };
        }
        settled
    }
}

/// Customers one task takes at a time: enough to make scheduling cheap, few enough to spread large customers.
const CUSTOMERS_PER_TASK: u32 = 2_048;

/// Passes the whole ledger through an accumulator on all cores; the result is the same for any number of them.
///
/// `known_on` leaves out what was posted after that day; `None` is the view as corrected since. A filter only leaves
/// out: a document keeps its last version, and cash on a document that was not known is left out with it. The exact view
/// of a day is that of [`Ledger::as_known_on`], on which every filter of the same day changes nothing.
pub fn run<A: Accumulator>(ledger: &Ledger, known_on: Option<Day>, empty: A) -> A {
    pass(ledger, known_on, None, empty)
}

/// Passes some customers, in the order of their positions, through an accumulator as [`run`] does; of stretches without any of them
/// nothing is read.
pub fn run_over<A: Accumulator>(ledger: &Ledger, known_on: Option<Day>, customers: &[CustomerIx], empty: A) -> A {
    pass(ledger, known_on, Some(customers), empty)
}

fn pass<A: Accumulator>(ledger: &Ledger, known_on: Option<Day>, only: Option<&[CustomerIx]>, empty: A) -> A {
    let reads = match known_on {
        Some(_) => empty.reads().and(Reads::KNOWN_ON),
        None => empty.reads(),
    };
    let add = |part: &mut A, facts: &Facts<'_>, customers: &mut dyn Iterator<Item = CustomerIx>| {
        for customer in customers {
            part.update(&CustomerHistory::from_facts(facts, customer, known_on));
        }
    };
    // Parts are consecutive customers, merged in their order: where one ends depends on the threads, what they add up to
    // does not.
    let merged = match ledger.n_stretches() {
        Some(n_stretches) => {
            let parts = (0..n_stretches).into_par_iter().fold(
                || empty.clone(),
                |mut part, stretch| {
                    let mut customers = Chosen::among(ledger.customers_of_stretch(stretch), only);
                    if !customers.is_empty() {
                        add(&mut part, &ledger.stretch(stretch, reads).facts(), &mut customers);
                    }
                    part
                },
            );
            parts.reduce_with(merged)
        }
        None => {
            let n_customers = ledger.n_customers() as u32;
            let facts = ledger.facts(reads);
            let parts = (0..n_customers.div_ceil(CUSTOMERS_PER_TASK)).into_par_iter().fold(
                || empty.clone(),
                |mut part, task| {
                    let first = task * CUSTOMERS_PER_TASK;
                    let customers = first..(first + CUSTOMERS_PER_TASK).min(n_customers);
                    add(&mut part, &facts, &mut Chosen::among(customers, only));
                    part
                },
            );
            parts.reduce_with(merged)
        }
    };
    merged.unwrap_or(empty)
}

/// Consecutive customers, or those of a list among them.
enum Chosen<'c> {
    All(Range<u32>),
    Some(std::slice::Iter<'c, CustomerIx>),
}

impl<'c> Chosen<'c> {
    fn among(customers: Range<u32>, only: Option<&'c [CustomerIx]>) -> Chosen<'c> {
        let Some(only) = only else {
            return Chosen::All(customers);
        };
        let before = |end: u32| only.partition_point(|customer| customer.0 < end);
        Chosen::Some(only[before(customers.start)..before(customers.end)].iter())
    }

    fn is_empty(&self) -> bool {
        match self {
            Chosen::All(customers) => customers.is_empty(),
            Chosen::Some(customers) => customers.as_slice().is_empty(),
        }
    }
}

impl Iterator for Chosen<'_> {
    type Item = CustomerIx;

    fn next(&mut self) -> Option<CustomerIx> {
        match self {
            Chosen::All(customers) => customers.next().map(CustomerIx),
            Chosen::Some(customers) => customers.next().copied(),
        }
    }
}

fn merged<A: Accumulator>(mut part: A, next: A) -> A {
    part.merge(next);
    part
}
