//! What is ordered, billed and paid: orders, invoices and receipts.

use super::{History, cents, customer_id, customer_ids, numbered, rows};
use crate::generate::world::{BUSINESS_UNITS, CURRENCIES, ENTITIES, World};
use crate::table::Table;

pub(super) fn invoices(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.books.invoices);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("invoices")
        .text("invoice_id", row().map(|row| row.id.to_string()))
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, _)| customer_id(history.life.customer.number)),
        )
        .text("kind", row().map(|row| row.kind.to_owned()))
        .day("issued_on", row().map(|row| row.issued_on))
        .day("due_on", row().map(|row| row.due_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .day("posted_on", row().map(|row| row.posted_on))
        .text(
            "business_unit",
            row().map(|row| BUSINESS_UNITS[row.business_unit].to_owned()),
        )
        .text(
            "entity",
            rows.iter()
                .map(|(history, _)| ENTITIES[history.life.customer.country.entity].to_owned()),
        )
        .text("salesperson", row().map(|row| format!("sales {:02}", row.salesperson)))
}

pub(super) fn receipts(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.books.receipts);
    let row = || rows.iter().map(|(_, row)| row);
    let id = |history: &History, number: u64| format!("R{:05}-{number}", history.life.customer.number + 1);
    let word = |word: Option<&'static str>| word.map(str::to_owned);
    Table::new("receipts")
        .text("receipt_id", rows.iter().map(|(history, row)| id(history, row.number)))
        .int("application", row().map(|row| row.application))
        .text(
            "customer_id",
            rows.iter()
                .map(|(history, _)| customer_id(history.life.customer.number)),
        )
        .text("invoice_id", row().map(|row| row.invoice.map(|id| id.to_string())))
        .day("paid_on", row().map(|row| row.paid_on))
        .day("applied_on", row().map(|row| row.applied_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .money(
            "received_amount",
            row().map(|row| row.received.map(|(received, _)| cents(received))),
        )
        .text(
            "received_currency",
            row().map(|row| row.received.map(|(_, currency)| CURRENCIES[currency].to_owned())),
        )
        .day("posted_on", row().map(|row| row.posted_on))
        .text(
            "entity",
            rows.iter()
                .map(|(history, _)| ENTITIES[history.life.customer.country.entity].to_owned()),
        )
        .text("kind", row().map(|row| row.kind.to_owned()))
        .text(
            "reverses",
            rows.iter()
                .map(|(history, row)| row.reverses.map(|number| format!("{}/1", id(history, number)))),
        )
        .text("document_id", row().map(|row| row.document.map(|id| id.to_string())))
        .text("reason", row().map(|row| word(row.reason)))
        .text("channel", row().map(|row| word(row.channel)))
}

pub(super) fn orders(_: &World, histories: &[History]) -> Table {
    let rows = rows(histories, |history| &history.life.orders);
    let row = || rows.iter().map(|(_, row)| row);
    Table::new("orders")
        .text("order_id", numbered("O", &rows))
        .text("customer_id", customer_ids(&rows))
        .day("ordered_on", row().map(|row| row.ordered_on))
        .day("billed_on", row().map(|row| row.billed_on))
        .day("cancelled_on", row().map(|row| row.cancelled_on))
        .money("amount", row().map(|row| cents(row.cents)))
        .text("currency", row().map(|row| CURRENCIES[row.currency].to_owned()))
        .money("margin", row().map(|row| cents(row.margin)))
}
