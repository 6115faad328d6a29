//! What a ledger holds: documents, postings and the optional facts around them.

use std::ops::Range;

use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::money::{Amount, Currency};

/// Items of one kind, sorted by customer.
#[derive(Clone, Debug, PartialEq)]
pub struct ByCustomer<T> {
    pub(super) items: Vec<T>,
    // Position of the first customer.
    first: u32,
    // Invariant: one more entry than customers, never decreasing, the last is the number of items.
    starts: Vec<u32>,
}

/// A customer's items in one currency and legal entity: there is at least one, on some day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Currency of the items.
    pub currency: Currency,
    /// Legal entity, as a number of [`Ledger::entity`]; 0 where none was named.
    pub entity: u16,
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
    /// Instalments of the same invoice that stand before it.
    pub n_before: u16,
    /// Its postings in [`Ledger::postings`], by day.
    pub(super) postings: (u32, u32),
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
    /// What kind of money it moved: never an application and never a reversal, but what stands behind them.
    pub money: Nature,
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

/// The due day that a version of a document's row names, of a document whose versions name several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDay {
    /// The document.
    pub document: DocumentIx,
    /// First day on which the version was known.
    pub known_on: Day,
    /// Day of payment agreed, as the version has it.
    pub due_on: Option<Day>,
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

impl DocumentKind {
    /// Every kind; its place is its number in the ledger's files.
    pub const ALL: [DocumentKind; 4] = [
        DocumentKind::Invoice,
        DocumentKind::CreditNote,
        DocumentKind::DebitNote,
        DocumentKind::FinanceCharge,
    ];
}

impl Nature {
    /// Every nature; its place is its number in the ledger's files.
    pub const ALL: [Nature; 9] = [
        Nature::Cash,
        Nature::CashApplied,
        Nature::Credit,
        Nature::CreditApplied,
        Nature::Discount,
        Nature::WriteOff,
        Nature::Refund,
        Nature::Reversal,
        Nature::Recovery,
    ];
}

impl Document {
    /// Tells whether the document is a claim on the customer, not a credit note.
    pub fn is_claim(&self) -> bool {
        self.kind != DocumentKind::CreditNote
    }

    /// Returns the account it stands on.
    pub fn account(&self) -> Account {
        Account {
            currency: self.currency,
            entity: self.entity,
        }
    }

    /// Returns where its postings stand in [`Ledger::postings`].
    pub fn postings(&self) -> Range<usize> {
        self.postings.0 as usize..self.postings.1 as usize
    }
}

impl Posting {
    /// Returns the cash that a change of a claim brought; negative where a reversal or a refund took cash back.
    pub fn cash(&self) -> Amount {
        match self.money {
            Nature::Cash | Nature::Refund => -self.delta,
            _ => Amount::from_units(0),
        }
    }

    /// Tells whether a change of the customer's unapplied items belongs to credits rather than to cash.
    pub fn is_credit(&self) -> bool {
        matches!(self.money, Nature::Credit | Nature::Discount | Nature::WriteOff)
    }
}

impl Dispute {
    /// Tells whether it is open at the end of a day, as far as `known_on` knew; its last day still counts.
    pub fn is_open_on(&self, day: Day, known_on: Day) -> bool {
        self.known_on <= known_on && self.opened_on <= day && self.closed_on.is_none_or(|closed_on| closed_on >= day)
    }
}

impl Contact {
    /// Tells whether it is an attempt to reach the customer, as every contact is that the customer did not make.
    pub fn is_attempt(&self) -> bool {
        self.outbound != Some(false)
    }
}

impl ByCustomer<Document> {
    /// Tells every document whose it is.
    pub(super) fn name_customers(&mut self) {
        let customers = (self.first..).map(CustomerIx);
        for (range, customer) in self.starts.windows(2).zip(customers) {
            for document in &mut self.items[range[0] as usize..range[1] as usize] {
                document.customer = customer;
            }
        }
    }
}

impl<T> ByCustomer<T> {
    /// Groups items that are sorted by customer.
    pub(crate) fn new(n_customers: usize, items: Vec<(CustomerIx, T)>) -> ByCustomer<T> {
        debug_assert!(items.is_sorted_by_key(|(customer, _)| *customer));
        let mut counts = vec![0_u32; n_customers];
        for (customer, _) in &items {
            counts[customer.at()] += 1;
        }
        ByCustomer::counted(0, &counts, items.into_iter().map(|(_, item)| item).collect())
    }

    /// Groups items that are sorted by customer, given how many each customer from `first` on has.
    pub(super) fn counted(first: u32, counts: &[u32], items: Vec<T>) -> ByCustomer<T> {
        let mut starts = Vec::with_capacity(counts.len() + 1);
        starts.push(0);
        let mut end = 0;
        for count in counts {
            end += count;
            starts.push(end);
        }
        ByCustomer { items, first, starts }
    }

    /// Puts facts of consecutive stretches of customers together.
    pub(super) fn joined(parts: Vec<ByCustomer<T>>) -> ByCustomer<T> {
        let first = parts.first().map_or(0, |part| part.first);
        let mut starts = vec![0];
        let mut items = Vec::with_capacity(parts.iter().map(|part| part.items.len()).sum());
        for part in parts {
            let before = items.len() as u32;
            starts.extend(part.starts.iter().skip(1).map(|start| before + start));
            items.extend(part.items);
        }
        ByCustomer { items, first, starts }
    }

    /// Returns one customer's items.
    pub fn of(&self, customer: CustomerIx) -> &[T] {
        &self.items[self.range(customer)]
    }

    /// Returns where one customer's items stand among all.
    pub fn range(&self, customer: CustomerIx) -> Range<usize> {
        let at = (customer.0 - self.first) as usize;
        self.starts[at] as usize..self.starts[at + 1] as usize
    }

    /// Returns the items of all customers.
    pub fn all(&self) -> &[T] {
        &self.items
    }

    /// Returns the positions of the customers.
    pub(super) fn customers(&self) -> Range<u32> {
        let n_customers = self.starts.len() as u32 - 1;
        self.first..self.first + n_customers
    }
}
