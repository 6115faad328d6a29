//! The kinds of facts that customers have any number of, each a file with a row per fact.

use std::ops::Range;

use super::columns::{
    Accounts, Cells, Column, Contacts, Disputes, Documents, DueDays, Holds, Layout, Numbers, Orders, Promises,
    Recoveries, Unapplied, Versions, Width, collect,
};
use super::writer::Starts;
use crate::ids::CustomerIx;
use crate::ledger::layers::Moved;
use crate::ledger::{
    Account, ByCustomer, Contact, CustomerVersion, Dispute, Document, DueDay, Hold, Ledger, Order, Posting, Promise,
    Reads,
};

/// A kind of facts that customers have any number of.
pub(in crate::ledger) trait OfCustomers: Layout<Fact: Moved> {
    /// Name of its file.
    const NAME: &'static str;
    /// The set that reads it; [`Reads::BALANCES`] for all of them.
    const READ_BY: Reads;
    /// The table whose rows its facts name.
    const TABLE: &'static str;

    /// Returns the facts of a ledger.
    fn of(ledger: &Ledger) -> &ByCustomer<Self::Fact>;

    /// Returns the columns of its file; those of the facts stand together.
    fn columns() -> Vec<Column> {
        let customer = Column {
            name: "customer",
            width: Width::Position,
            is_nullable: false,
            read_by: Reads::NEVER,
        };
        Self::COLUMNS.iter().copied().chain([customer]).collect()
    }

    /// Returns all facts of a ledger that is one stretch of a larger one, column by column.
    fn rows(ledger: &Ledger, starts: &Starts) -> (usize, Vec<Cells>) {
        let facts = Self::of(ledger);
        let shift = starts.shift(Self::TABLE);
        let moved: Vec<Self::Fact> = facts.all().iter().map(|fact| fact.moved(&shift)).collect();
        let mut cells: Vec<Cells> = (0..Self::COLUMNS.len())
            .map(|column| Self::cells(&moved, column))
            .collect();
        let of_rows: Vec<CustomerIx> = ledger
            .customers()
            .flat_map(|customer| {
                let whole = CustomerIx(starts.customer + customer.0);
                std::iter::repeat_n(whole, facts.of(customer).len())
            })
            .collect();
        cells.push(collect(of_rows.into_iter()));
        (moved.len(), cells)
    }
}

impl OfCustomers for Documents {
    const NAME: &'static str = "documents";
    const READ_BY: Reads = Reads::BALANCES;
    const TABLE: &'static str = "invoices";

    fn of(ledger: &Ledger) -> &ByCustomer<Document> {
        ledger.documents()
    }

    /// A document names its customer itself, and says how many postings are its own.
    fn columns() -> Vec<Column> {
        Self::COLUMNS.iter().copied().chain([N_POSTINGS]).collect()
    }

    fn rows(ledger: &Ledger, starts: &Starts) -> (usize, Vec<Cells>) {
        let shift = starts.shift(Self::TABLE);
        let own = ledger.documents().all();
        let moved = own.iter().map(|document| Document {
            customer: CustomerIx(starts.customer + document.customer.0),
            ..document.moved(&shift)
        });
        let moved: Vec<Document> = moved.collect();
        let mut cells: Vec<Cells> = (0..Self::COLUMNS.len())
            .map(|column| Self::cells(&moved, column))
            .collect();
        let n_postings = own.iter().map(|document| document.postings().len() as i32);
        cells.push(small(n_postings.collect()));
        (moved.len(), cells)
    }
}

macro_rules! kinds {
    ($($layout:ident $name:ident of $table:ident $read_by:ident $fact:ident;)*) => {
        $(impl OfCustomers for $layout {
            const NAME: &'static str = stringify!($name);
            const READ_BY: Reads = Reads::$read_by;
            const TABLE: &'static str = stringify!($table);

            fn of(ledger: &Ledger) -> &ByCustomer<$fact> {
                ledger.$name()
            }
        })*
    };
}
kinds! {
    Accounts accounts of invoices BALANCES Account;
    Unapplied unapplied of receipts UNAPPLIED Posting;
    Recoveries recoveries of receipts RECOVERIES Posting;
    Versions versions of customers VERSIONS CustomerVersion;
    DueDays due_days of invoices DUE_DAYS DueDay;
    Disputes disputes of disputes DISPUTES Dispute;
    Promises promises of promises PROMISES Promise;
    Contacts contacts of contacts CONTACTS Contact;
    Orders orders of orders ORDERS Order;
    Holds holds of holds HOLDS Hold;
}

/// One kind, for what treats all of them alike.
pub(super) struct Kind {
    pub name: &'static str,
    pub columns: fn() -> Vec<Column>,
    pub rows: fn(&Ledger, &Starts) -> (usize, Vec<Cells>),
    pub counts: fn(&Ledger, &Range<u32>) -> Cells,
}

impl Kind {
    const fn of<L: OfCustomers>() -> Kind {
        Kind {
            name: L::NAME,
            columns: L::columns,
            rows: L::rows,
            counts: counts::<L>,
        }
    }

    /// Returns the place of a kind among all.
    pub fn position<L: OfCustomers>() -> usize {
        let found = Kind::ALL.iter().position(|kind| kind.name == L::NAME);
        found.expect("every kind is in the list of all")
    }

    /// Every kind; its place is its column in the file of counts.
    pub const ALL: [Kind; 11] = [
        Kind::of::<Documents>(),
        Kind::of::<Accounts>(),
        Kind::of::<Unapplied>(),
        Kind::of::<Recoveries>(),
        Kind::of::<Versions>(),
        Kind::of::<DueDays>(),
        Kind::of::<Disputes>(),
        Kind::of::<Promises>(),
        Kind::of::<Contacts>(),
        Kind::of::<Orders>(),
        Kind::of::<Holds>(),
    ];
}

/// How many postings a document has.
pub(super) const N_POSTINGS: Column = Column {
    name: "n_postings",
    width: Width::Small,
    is_nullable: false,
    read_by: Reads::BALANCES,
};

/// Returns how many facts of a kind each customer has.
fn counts<L: OfCustomers>(ledger: &Ledger, customers: &Range<u32>) -> Cells {
    let facts = L::of(ledger);
    let customers = customers.clone().map(CustomerIx);
    small(customers.map(|customer| facts.of(customer).len() as i32).collect())
}

fn small(numbers: Vec<i32>) -> Cells {
    Cells {
        numbers: Numbers::Narrow(numbers),
        levels: None,
    }
}
