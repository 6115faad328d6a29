//! The invoices table as documents.

use super::cells::{Cells, currencies_of, customers_of, entities_of, issue};
use crate::ids::Dictionary;
use crate::ledger::{Document, DocumentKind};
use crate::outcome::{IssueCode, Issues};
use crate::table::PackedTable;

/// Reads the invoices: the latest version of each document, with its amount signed.
pub(super) fn documents(
    invoices: &PackedTable,
    customer_ids: &[String],
    entities: &Dictionary,
    issues: &mut Issues,
) -> Vec<Document> {
    let cells = Cells { table: invoices };
    let customers = customers_of(invoices, customer_ids);
    let (ids, kinds) = (cells.texts("invoice_id"), cells.texts("kind"));
    let (currencies, entities) = (currencies_of(invoices), entities_of(invoices, entities));
    let (issued, due, posted) = (cells.days("issued_on"), cells.days("due_on"), cells.days("posted_on"));
    let (instalments, amounts) = (cells.ints("instalment"), cells.amounts("amount"));

    let mut documents: Vec<Document> = Vec::with_capacity(invoices.n_rows());
    for (row, &customer) in customers.iter().enumerate() {
        let (Some(issued_on), Some(amount)) = (issued.at(row), amounts.at(row)) else {
            continue;
        };
        let kind = match kinds.at(row) {
            Some("credit_note") => DocumentKind::CreditNote,
            Some("debit_note") => DocumentKind::DebitNote,
            Some("finance_charge") => DocumentKind::FinanceCharge,
            _ => DocumentKind::Invoice,
        };
        let document = Document {
            customer,
            kind,
            currency: currencies[row],
            entity: entities[row],
            row: row as u32,
            issued_on,
            due_on: due.at(row),
            known_on: posted.at(row).unwrap_or(issued_on),
            amount: if kind == DocumentKind::CreditNote {
                -amount
            } else {
                amount
            },
            n_before: 0,
            postings: (0, 0),
        };
        let same_invoice = documents
            .last()
            .filter(|last| last.customer == customer && ids.at(last.row as usize) == ids.at(row));
        let same_as_last = same_invoice.is_some_and(|last| instalments.at(last.row as usize) == instalments.at(row));
        let n_before = same_invoice.map_or(0, |last| last.n_before.saturating_add(1));
        match documents.last_mut() {
            // A later version of the same document replaces it and keeps the day on which it was first known.
            Some(last) if same_as_last => {
                *last = Document {
                    known_on: last.known_on,
                    n_before: last.n_before,
                    ..document
                }
            }
            _ => documents.push(Document { n_before, ..document }),
        }
        let id = || ids.at(row).unwrap_or_default();
        match document.due_on {
            None if document.is_claim() => issues.push_with(IssueCode::DueOnMissing, || {
                issue(
                    IssueCode::DueOnMissing,
                    "invoices",
                    format!("invoice {} has no due date", id()),
                    "kept, shown under `no due date`",
                    "map the due date, or let the profile compute it from the terms",
                )
            }),
            Some(due_on) if due_on < issued_on => issues.push_with(IssueCode::DueBeforeIssue, || {
                issue(
                    IssueCode::DueBeforeIssue,
                    "invoices",
                    format!("invoice {} is due {due_on}, before it was issued {issued_on}", id()),
                    "kept, aged from its due date",
                    "check the day/month order of the due date",
                )
            }),
            _ => {}
        }
    }
    documents
}
