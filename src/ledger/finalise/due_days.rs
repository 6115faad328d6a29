//! The invoices table as due days: what the versions of a document's row agreed, where they do not agree with each other.

use super::cells::Cells;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{ByCustomer, Document, DueDay};
use crate::table::PackedTable;

/// Reads the due days of documents whose versions name several, the oldest version first.
pub(super) fn due_days(
    invoices: Option<&PackedTable>,
    n_customers: usize,
    documents: &ByCustomer<Document>,
) -> ByCustomer<DueDay> {
    let mut due_days: Vec<(CustomerIx, DueDay)> = Vec::new();
    let Some(invoices) = invoices else {
        return ByCustomer::new(n_customers, due_days);
    };
    let cells = Cells { table: invoices };
    let (customers, ids, instalments) = (
        cells.texts("customer_id"),
        cells.texts("invoice_id"),
        cells.ints("instalment"),
    );
    let (issued, due, posted) = (cells.days("issued_on"), cells.days("due_on"), cells.days("posted_on"));
    let is_same = |row: usize, last: usize| {
        ids.at(row) == ids.at(last)
            && instalments.at(row) == instalments.at(last)
            && customers.at(row) == customers.at(last)
    };
    let mut next_row = 0;
    for (document, at) in documents.all().iter().zip(0..) {
        // Versions stand one below the other, the last of them is the document.
        let last = document.row as usize;
        let rows = std::mem::replace(&mut next_row, last + 1)..last + 1;
        if rows.len() == 1 {
            continue;
        }
        let first = due_days.len();
        due_days.extend(rows.filter(|&row| is_same(row, last)).filter_map(|row| {
            let due_day = DueDay {
                document: DocumentIx(at),
                known_on: posted.at(row).or(issued.at(row))?,
                due_on: due.at(row),
            };
            Some((document.customer, due_day))
        }));
        if due_days[first..]
            .iter()
            .all(|(_, version)| version.due_on == document.due_on)
        {
            due_days.truncate(first);
        }
    }
    ByCustomer::new(n_customers, due_days)
}
