//! Rows of the ledger in compact form, before they become tables.

use std::fmt;

use crate::calendar::Day;

/// The id of a document, unique in the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DocumentId {
    /// An invoice, numbered through the whole ledger.
    Invoice(u64),
    /// Another document, numbered within its customer.
    Other(&'static str, u64, u64),
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DocumentId::Invoice(number) => write!(f, "I{number:07}"),
            DocumentId::Other(prefix, customer, number) => write!(f, "{prefix}{customer:05}-{number}"),
        }
    }
}

/// A row of `invoices`.
#[derive(Clone, Copy, Debug)]
pub(super) struct InvoiceRow {
    pub id: DocumentId,
    pub kind: &'static str,
    pub issued_on: Day,
    pub due_on: Day,
    pub cents: i64,
    pub currency: usize,
    pub posted_on: Option<Day>,
    pub business_unit: usize,
    pub salesperson: u32,
}

/// A row of `receipts`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ReceiptRow {
    /// Number of the receipt among the customer's.
    pub number: u64,
    pub application: i64,
    pub invoice: Option<DocumentId>,
    pub paid_on: Day,
    pub applied_on: Option<Day>,
    pub cents: i64,
    pub currency: usize,
    /// Cents and currency received, where the customer paid in another one.
    pub received: Option<(i64, usize)>,
    pub posted_on: Option<Day>,
    pub kind: &'static str,
    /// Receipt number whose first line is reversed.
    pub reverses: Option<u64>,
    pub document: Option<DocumentId>,
    pub reason: Option<&'static str>,
    pub channel: Option<&'static str>,
}
