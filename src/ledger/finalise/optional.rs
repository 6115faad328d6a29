//! The optional tables, typed and sorted by customer.

use super::cells::{Cells, Texts, currency, customers_of};
use crate::calendar::Day;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::tables::Tables;
use crate::ledger::{ByCustomer, Contact, CustomerVersion, Dispute, Document, Hold, Order, Promise};
use crate::table::Data;

/// The optional tables, typed.
pub(super) struct Optional<'a> {
    pub(super) tables: &'a Tables,
    pub(super) customer_ids: &'a [String],
    pub(super) documents: &'a ByCustomer<Document>,
}

impl Optional<'_> {
    /// Reads a table row by row; rows whose required cells are missing yield nothing.
    fn rows<T>(
        &self,
        name: &str,
        sort: impl Fn(&T) -> (Day, u32),
        read: impl Fn(&Cells<'_>, usize, CustomerIx) -> Option<T>,
    ) -> ByCustomer<T> {
        let Some(table) = self.tables.get(name) else {
            return ByCustomer::new(self.customer_ids.len(), Vec::new());
        };
        let cells = Cells { table };
        let mut items: Vec<(CustomerIx, T)> = customers_of(table, self.customer_ids)
            .into_iter()
            .enumerate()
            .filter_map(|(row, customer)| Some((customer, read(&cells, row, customer)?)))
            .collect();
        items.sort_by_key(|(customer, item)| (*customer, sort(item)));
        ByCustomer::new(self.customer_ids.len(), items)
    }

    fn document(&self, cells: &Cells<'_>, row: usize, customer: CustomerIx) -> Option<DocumentIx> {
        let wanted = cells.texts("invoice_id").at(row)?;
        let ids = Texts(self.tables.get("invoices")?.texts("invoice_id").ok());
        let range = self.documents.range(customer);
        let own = self.documents.of(customer);
        let at = own.partition_point(|document| ids.at(document.row as usize) < Some(wanted));
        let found = own
            .get(at)
            .filter(|document| ids.at(document.row as usize) == Some(wanted));
        found.map(|_| DocumentIx((range.start + at) as u32))
    }

    pub(super) fn versions(&self) -> ByCustomer<CustomerVersion> {
        self.rows(
            "customers",
            |version: &CustomerVersion| (version.valid_from, version.row),
            |cells, row, _| {
                let valid_from = cells.days("valid_from").at(row)?;
                Some(CustomerVersion {
                    valid_from,
                    known_on: cells.days("posted_on").at(row).unwrap_or(valid_from),
                    row: row as u32,
                })
            },
        )
    }

    pub(super) fn disputes(&self) -> ByCustomer<Dispute> {
        self.rows(
            "disputes",
            |dispute: &Dispute| (dispute.opened_on, dispute.row),
            |cells, row, customer| {
                let opened_on = cells.days("opened_on").at(row)?;
                Some(Dispute {
                    document: self.document(cells, row, customer),
                    opened_on,
                    closed_on: cells.days("closed_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(opened_on),
                    amount: cells.amount("amount", row),
                    row: row as u32,
                })
            },
        )
    }

    pub(super) fn promises(&self) -> ByCustomer<Promise> {
        self.rows(
            "promises",
            |promise: &Promise| (promise.made_on, promise.row),
            |cells, row, customer| {
                let made_on = cells.days("made_on").at(row)?;
                Some(Promise {
                    document: self.document(cells, row, customer),
                    made_on,
                    promised_on: cells.days("promised_on").at(row)?,
                    known_on: cells.days("posted_on").at(row).unwrap_or(made_on),
                    amount: cells.amount("amount", row)?,
                    row: row as u32,
                })
            },
        )
    }

    pub(super) fn contacts(&self) -> ByCustomer<Contact> {
        self.rows(
            "contacts",
            |contact: &Contact| (contact.contacted_on, contact.row),
            |cells, row, customer| {
                let contacted_on = cells.days("contacted_on").at(row)?;
                Some(Contact {
                    document: self.document(cells, row, customer),
                    contacted_on,
                    known_on: cells.days("posted_on").at(row).unwrap_or(contacted_on),
                    outbound: cells.texts("direction").at(row).map(|direction| direction == "out"),
                    reached: match cells.table.column("reached") {
                        Some(Data::Flag(values)) => values[row],
                        _ => None,
                    },
                    row: row as u32,
                })
            },
        )
    }

    pub(super) fn orders(&self) -> ByCustomer<Order> {
        self.rows(
            "orders",
            |order: &Order| (order.ordered_on, order.row),
            |cells, row, _| {
                let ordered_on = cells.days("ordered_on").at(row)?;
                Some(Order {
                    ordered_on,
                    billed_on: cells.days("billed_on").at(row),
                    cancelled_on: cells.days("cancelled_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(ordered_on),
                    amount: cells.amount("amount", row)?,
                    currency: currency(cells.texts("currency").at(row)),
                    row: row as u32,
                })
            },
        )
    }

    pub(super) fn holds(&self) -> ByCustomer<Hold> {
        self.rows(
            "holds",
            |hold: &Hold| (hold.placed_on, hold.row),
            |cells, row, _| {
                let placed_on = cells.days("placed_on").at(row)?;
                Some(Hold {
                    placed_on,
                    released_on: cells.days("released_on").at(row),
                    known_on: cells.days("posted_on").at(row).unwrap_or(placed_on),
                    manual: cells.texts("kind").at(row) != Some("rule"),
                    review_on: cells.days("review_on").at(row),
                    row: row as u32,
                })
            },
        )
    }
}
