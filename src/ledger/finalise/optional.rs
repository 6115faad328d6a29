//! The optional tables, typed and sorted by customer.

use std::collections::BTreeMap;

use super::cells::{Cells, Texts, currencies_of, customers_of};
use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{ByCustomer, Contact, CustomerVersion, Dispute, Document, Hold, Order, Promise};
use crate::table::PackedTable;

/// The optional tables, typed.
pub(super) struct Optional<'a> {
    pub(super) tables: &'a BTreeMap<String, PackedTable>,
    pub(super) customer_ids: &'a [String],
    pub(super) documents: &'a ByCustomer<Document>,
}

impl<'a> Optional<'a> {
    /// Reads a table row by row: `columns` finds what `read` needs; rows whose required cells are missing yield nothing.
    fn rows<T, R: Fn(usize, CustomerIx) -> Option<T>>(
        &self,
        name: &str,
        sort: impl Fn(&T) -> (Day, u32),
        columns: impl FnOnce(Cells<'a>) -> R,
    ) -> ByCustomer<T> {
        let Some(table) = self.tables.get(name) else {
            return ByCustomer::new(self.customer_ids.len(), Vec::new());
        };
        let read = columns(Cells { table });
        let mut items: Vec<(CustomerIx, T)> = customers_of(table, self.customer_ids)
            .into_iter()
            .enumerate()
            .filter_map(|(row, customer)| Some((customer, read(row, customer)?)))
            .collect();
        items.sort_by_key(|(customer, item)| (*customer, sort(item)));
        ByCustomer::new(self.customer_ids.len(), items)
    }

    /// Returns what finds the document that a row of a table names.
    fn document_of(&self, cells: &Cells<'a>) -> impl Fn(usize, CustomerIx) -> Option<DocumentIx> + use<'a> {
        let (named, documents) = (cells.texts("invoice_id"), self.documents);
        let ids = Texts(
            self.tables
                .get("invoices")
                .and_then(|invoices| invoices.texts("invoice_id")),
        );
        move |row, customer| {
            let wanted = named.at(row)?;
            let range = documents.range(customer);
            let own = documents.of(customer);
            let at = own.partition_point(|document| ids.at(document.row as usize) < Some(wanted));
            let found = own
                .get(at)
                .filter(|document| ids.at(document.row as usize) == Some(wanted));
            found.map(|_| DocumentIx((range.start + at) as u32))
        }
    }

    pub(super) fn versions(&self) -> ByCustomer<CustomerVersion> {
        self.rows(
            "customers",
            |version: &CustomerVersion| (version.valid_from, version.row),
            |cells| {
                let (valid_from, posted) = (cells.days("valid_from"), cells.days("posted_on"));
                move |row, _| {
                    let valid_from = valid_from.at(row)?;
                    Some(CustomerVersion {
                        valid_from,
                        known_on: posted.at(row).unwrap_or(valid_from),
                        row: row as u32,
                    })
                }
            },
        )
    }

    pub(super) fn disputes(&self) -> ByCustomer<Dispute> {
        self.rows(
            "disputes",
            |dispute: &Dispute| (dispute.opened_on, dispute.row),
            |cells| {
                let (opened, closed, posted) = (
                    cells.days("opened_on"),
                    cells.days("closed_on"),
                    cells.days("posted_on"),
                );
                let (document, amounts) = (self.document_of(&cells), cells.amounts("amount"));
                move |row, customer| {
                    let opened_on = opened.at(row)?;
                    Some(Dispute {
                        document: document(row, customer),
                        opened_on,
                        closed_on: closed.at(row),
                        known_on: posted.at(row).unwrap_or(opened_on),
                        amount: amounts.at(row),
                        row: row as u32,
                    })
                }
            },
        )
    }

    pub(super) fn promises(&self) -> ByCustomer<Promise> {
        self.rows(
            "promises",
            |promise: &Promise| (promise.made_on, promise.row),
            |cells| {
                let (made, promised, posted) = (
                    cells.days("made_on"),
                    cells.days("promised_on"),
                    cells.days("posted_on"),
                );
                let (document, amounts) = (self.document_of(&cells), cells.amounts("amount"));
                move |row, customer| {
                    let made_on = made.at(row)?;
                    Some(Promise {
                        document: document(row, customer),
                        made_on,
                        promised_on: promised.at(row)?,
                        known_on: posted.at(row).unwrap_or(made_on),
                        amount: amounts.at(row)?,
                        row: row as u32,
                    })
                }
            },
        )
    }

    pub(super) fn contacts(&self) -> ByCustomer<Contact> {
        self.rows(
            "contacts",
            |contact: &Contact| (contact.contacted_on, contact.row),
            |cells| {
                let (contacted, posted) = (cells.days("contacted_on"), cells.days("posted_on"));
                let (directions, reached) = (cells.texts("direction"), cells.flags("reached"));
                let document = self.document_of(&cells);
                move |row, customer| {
                    let contacted_on = contacted.at(row)?;
                    Some(Contact {
                        document: document(row, customer),
                        contacted_on,
                        known_on: posted.at(row).unwrap_or(contacted_on),
                        outbound: directions.at(row).map(|direction| direction == "out"),
                        reached: reached.at(row),
                        row: row as u32,
                    })
                }
            },
        )
    }

    pub(super) fn orders(&self) -> ByCustomer<Order> {
        self.rows(
            "orders",
            |order: &Order| (order.ordered_on, order.row),
            |cells| {
                let (ordered, posted) = (cells.days("ordered_on"), cells.days("posted_on"));
                let (billed, cancelled) = (cells.days("billed_on"), cells.days("cancelled_on"));
                let (amounts, currencies) = (cells.amounts("amount"), currencies_of(cells.table));
                move |row, _| {
                    let ordered_on = ordered.at(row)?;
                    Some(Order {
                        ordered_on,
                        billed_on: billed.at(row),
                        cancelled_on: cancelled.at(row),
                        known_on: posted.at(row).unwrap_or(ordered_on),
                        amount: amounts.at(row)?,
                        currency: currencies[row],
                        row: row as u32,
                    })
                }
            },
        )
    }

    pub(super) fn holds(&self) -> ByCustomer<Hold> {
        self.rows(
            "holds",
            |hold: &Hold| (hold.placed_on, hold.row),
            |cells| {
                let (placed, posted) = (cells.days("placed_on"), cells.days("posted_on"));
                let (released, review, kinds) =
                    (cells.days("released_on"), cells.days("review_on"), cells.texts("kind"));
                move |row, _| {
                    let placed_on = placed.at(row)?;
                    Some(Hold {
                        placed_on,
                        released_on: released.at(row),
                        known_on: posted.at(row).unwrap_or(placed_on),
                        manual: kinds.at(row) != Some("rule"),
                        review_on: review.at(row),
                        row: row as u32,
                    })
                }
            },
        )
    }
}
