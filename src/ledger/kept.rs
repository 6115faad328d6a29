//! Where a ledger's facts are kept: in memory, or in the files of its folder until they are asked for.

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::error::LedgerError;
use super::layers::Layers;
use super::stored_facts::columns;
use super::{
    Account, ByCustomer, Contact, CustomerVersion, Dispute, Document, DueDay, Facts, Hold, Order, Posting, Promise,
    Reads, Stretch,
};
use crate::calendar::Day;
use crate::ids::CustomerIx;
use crate::table::TableError;

/// The facts of a ledger; of those in files, each kind is read whole when it is first asked for.
#[derive(Debug, Default)]
pub(super) struct KeptFacts {
    stored: Option<Layers>,
    customer_ids: OnceLock<Vec<String>>,
    span: OnceLock<Option<(Day, Day)>>,
    documents: OnceLock<(ByCustomer<Document>, Vec<Posting>)>,
    accounts: OnceLock<ByCustomer<Account>>,
    unapplied: OnceLock<ByCustomer<Posting>>,
    recoveries: OnceLock<ByCustomer<Posting>>,
    versions: OnceLock<ByCustomer<CustomerVersion>>,
    due_days: OnceLock<ByCustomer<DueDay>>,
    disputes: OnceLock<ByCustomer<Dispute>>,
    promises: OnceLock<ByCustomer<Promise>>,
    contacts: OnceLock<ByCustomer<Contact>>,
    orders: OnceLock<ByCustomer<Order>>,
    holds: OnceLock<ByCustomer<Hold>>,
}

/// Facts that were just made from tables.
pub(super) struct MadeFacts {
    pub customer_ids: Vec<String>,
    pub documents: ByCustomer<Document>,
    pub postings: Vec<Posting>,
    pub unapplied: ByCustomer<Posting>,
    pub recoveries: ByCustomer<Posting>,
    pub versions: ByCustomer<CustomerVersion>,
    pub due_days: ByCustomer<DueDay>,
    pub disputes: ByCustomer<Dispute>,
    pub promises: ByCustomer<Promise>,
    pub contacts: ByCustomer<Contact>,
    pub orders: ByCustomer<Order>,
    pub holds: ByCustomer<Hold>,
}

macro_rules! kinds {
    ($($name:ident $layout:ident $fact:ident,)*) => {
        $(pub fn $name(&self) -> &ByCustomer<$fact> {
            self.$name.get_or_init(|| self.read(Layers::all::<columns::$layout>))
        })*
    };
}

impl KeptFacts {
    /// Keeps facts in memory.
    pub fn in_memory(made: MadeFacts) -> KeptFacts {
        let accounts = accounts(&made);
        KeptFacts {
            stored: None,
            customer_ids: OnceLock::from(made.customer_ids),
            span: OnceLock::new(),
            documents: OnceLock::from((made.documents, made.postings)),
            accounts: OnceLock::from(accounts),
            unapplied: OnceLock::from(made.unapplied),
            recoveries: OnceLock::from(made.recoveries),
            versions: OnceLock::from(made.versions),
            due_days: OnceLock::from(made.due_days),
            disputes: OnceLock::from(made.disputes),
            promises: OnceLock::from(made.promises),
            contacts: OnceLock::from(made.contacts),
            orders: OnceLock::from(made.orders),
            holds: OnceLock::from(made.holds),
        }
    }

    /// Keeps facts in files whose content was compared with their hashes.
    pub fn in_files(stored: Layers) -> KeptFacts {
        KeptFacts {
            stored: Some(stored),
            ..KeptFacts::default()
        }
    }

    kinds! {
        accounts Accounts Account,
        unapplied Unapplied Posting,
        recoveries Recoveries Posting,
        versions Versions CustomerVersion,
        due_days DueDays DueDay,
        disputes Disputes Dispute,
        promises Promises Promise,
        contacts Contacts Contact,
        orders Orders Order,
        holds Holds Hold,
    }

    pub fn documents(&self) -> &ByCustomer<Document> {
        &self.with_postings().0
    }

    pub fn postings(&self) -> &[Posting] {
        &self.with_postings().1
    }

    fn with_postings(&self) -> &(ByCustomer<Document>, Vec<Posting>) {
        self.documents.get_or_init(|| self.read(Layers::documents))
    }

    pub fn customer_ids(&self) -> &[String] {
        self.customer_ids.get_or_init(|| self.read(Layers::customer_ids))
    }

    pub fn n_customers(&self) -> usize {
        match &self.stored {
            Some(stored) => stored.n_customers(),
            None => self.customer_ids().len(),
        }
    }

    pub fn n_documents(&self) -> usize {
        match &self.stored {
            Some(stored) => stored.n_documents(),
            None => self.documents().all().len(),
        }
    }

    /// Returns the first and last effective day of any document or posting.
    pub fn span(&self) -> Option<(Day, Day)> {
        *self.span.get_or_init(|| match &self.stored {
            Some(stored) => stored.span(),
            None => {
                let issued = self.documents().all().iter().map(|document| document.issued_on);
                let posted = self.postings().iter().chain(self.unapplied().all());
                issued
                    .chain(posted.map(|posting| posting.on))
                    .fold(None, |span, day| match span {
                        None => Some((day, day)),
                        Some((first, last)) => Some((first.min(day), last.max(day))),
                    })
            }
        })
    }

    /// Returns the facts that a pass asks for, from memory.
    pub fn facts(&self, reads: Reads) -> Facts<'_> {
        Facts {
            documents: self.documents(),
            postings: self.postings(),
            first_document: 0,
            unapplied: reads.contains(Reads::UNAPPLIED).then(|| self.unapplied()),
            recoveries: reads.contains(Reads::RECOVERIES).then(|| self.recoveries()),
            versions: reads.contains(Reads::VERSIONS).then(|| self.versions()),
            due_days: reads.contains(Reads::DUE_DAYS).then(|| self.due_days()),
            disputes: reads.contains(Reads::DISPUTES).then(|| self.disputes()),
            promises: reads.contains(Reads::PROMISES).then(|| self.promises()),
            contacts: reads.contains(Reads::CONTACTS).then(|| self.contacts()),
            orders: reads.contains(Reads::ORDERS).then(|| self.orders()),
            holds: reads.contains(Reads::HOLDS).then(|| self.holds()),
        }
    }

    /// Tells whether a test holds for some due days of consecutive customers.
    pub fn any_due_days(&self, test: impl Fn(&[DueDay]) -> bool + Sync) -> bool {
        let of_stretch = |stretch| self.read(|stored| stored.stretch_of::<columns::DueDays>(stretch));
        match &self.stored {
            Some(stored) if self.due_days.get().is_none() => {
                let stretches = (0..stored.n_stretches()).into_par_iter();
                stored.has::<columns::DueDays>() && stretches.any(|stretch| test(of_stretch(stretch).all()))
            }
            _ => test(self.due_days().all()),
        }
    }

    /// Returns how many stretches a pass reads from files; `None` where documents are in memory.
    pub fn n_stretches(&self) -> Option<usize> {
        let stored = self.stored.as_ref()?;
        self.documents.get().is_none().then(|| stored.n_stretches())
    }

    /// Returns about how many bytes the largest stretch in files takes while it is decoded.
    pub fn bytes_of_a_stretch(&self) -> usize {
        let stored = self.stored.as_ref().filter(|_| self.documents.get().is_none());
        stored.map_or(0, Layers::bytes_of_a_stretch)
    }

    /// Returns the customers of a stretch in files.
    pub fn customers_of_stretch(&self, stretch: usize) -> Range<u32> {
        let stored = self.stored.as_ref().expect("stretches are those of files");
        stored.customers_of_stretch(stretch)
    }

    /// Reads one stretch of customers from files.
    pub fn stretch(&self, stretch: usize, reads: Reads) -> Stretch {
        self.read(|stored| stored.stretch(stretch, reads))
    }

    fn read<T>(&self, read: impl FnOnce(&Layers) -> Result<T, TableError>) -> T {
        let stored = self.stored.as_ref().expect("facts are in memory or in files");
        read(stored).unwrap_or_else(|error| LedgerError::Facts(error).interrupt())
    }
}

/// Returns the currencies and entities in which each customer has items: documents, unapplied items, and recoveries on
/// no document.
fn accounts(made: &MadeFacts) -> ByCustomer<Account> {
    let mut items = Vec::new();
    for customer in (0..made.customer_ids.len() as u32).map(CustomerIx) {
        let documents = made.documents.of(customer).iter();
        let recoveries = made.recoveries.of(customer).iter();
        let postings = made.unapplied.of(customer).iter();
        let postings = postings.chain(recoveries.filter(|posting| posting.document.is_none()));
        let mut own: Vec<Account> = documents
            .map(|document| (document.currency, document.entity))
            .chain(postings.map(|posting| (posting.currency, posting.entity)))
            .map(|(currency, entity)| Account { currency, entity })
            .collect();
        own.sort_unstable();
        own.dedup();
        items.extend(own.into_iter().map(|account| (customer, account)));
    }
    ByCustomer::new(made.customer_ids.len(), items)
}
