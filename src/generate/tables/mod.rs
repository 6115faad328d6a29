//! From the lives and books of customers to the canonical tables.

mod collection;
mod customers;
mod documents;
mod general_ledger;

use self::collection::{contacts, disputes, holds, placements, plans, promises, steps};
use self::customers::{customers, external};
use self::documents::{invoices, orders, receipts};
use self::general_ledger::gl_balances;
use super::books::{Books, document_id};
use super::life::Life;
use super::rows::DocumentId;
use super::world::{CURRENCIES, LONG_RUN_RATES, World};
use crate::money::Total;
use crate::table::Table;

pub(super) use self::general_ledger::{Control, add_control};

/// One customer, lived and written down.
pub(super) struct History {
    pub life: Life,
    pub books: Books,
}

pub(super) fn cents(cents: i64) -> Total {
    Total::from_units(i128::from(cents) * 100)
}

pub(super) fn customer_id(number: u64) -> String {
    format!("C{:05}", number + 1)
}

fn collector_name(number: u64) -> String {
    format!("collector {number:02}")
}

/// Pairs every row of every customer with its history.
fn rows<'a, T>(histories: &'a [History], of: impl Fn(&'a History) -> &'a [T]) -> Vec<(&'a History, &'a T)> {
    histories
        .iter()
        .flat_map(|history| of(history).iter().map(move |row| (history, row)))
        .collect()
}

/// Where the rows of a table come from, and so in which part of a ledger they stand.
pub(super) enum Builder {
    /// The customers of the part.
    Customers(fn(&World, &[History]) -> Table),
    /// What all customers share: in the first part.
    World(fn(&World) -> Table),
    /// The sums over all customers: in the last part.
    Control(fn(&World, &Control) -> Table),
}

/// The canonical tables in the order of the contract.
pub(super) const TABLES: [(&str, Builder); 15] = [
    ("customers", Builder::Customers(customers)),
    ("invoices", Builder::Customers(invoices)),
    ("receipts", Builder::Customers(receipts)),
    ("disputes", Builder::Customers(disputes)),
    ("promises", Builder::Customers(promises)),
    ("plans", Builder::Customers(plans)),
    ("contacts", Builder::Customers(contacts)),
    ("steps", Builder::Customers(steps)),
    ("placements", Builder::Customers(placements)),
    ("orders", Builder::Customers(orders)),
    ("holds", Builder::Customers(holds)),
    ("collectors", Builder::World(collectors)),
    ("external", Builder::Customers(external)),
    ("fx_rates", Builder::World(fx_rates)),
    ("gl_balances", Builder::Control(gl_balances)),
];

/// Returns the id of a customer's item by position.
fn item_id(world: &World, history: &History, position: usize) -> DocumentId {
    document_id(world, history.life.customer.number, &history.life.items[position])
}

/// Builds ids of rows that are numbered within their customer.
fn numbered<T>(prefix: &str, rows: &[(&History, &T)]) -> Vec<String> {
    let mut ids = Vec::with_capacity(rows.len());
    let (mut customer, mut number) = (u64::MAX, 0);
    for (history, _) in rows {
        if history.life.customer.number != customer {
            (customer, number) = (history.life.customer.number, 0);
        }
        number += 1;
        ids.push(format!("{prefix}{:05}-{number}", customer + 1));
    }
    ids
}

fn customer_ids<'a, T>(rows: &'a [(&History, &T)]) -> impl Iterator<Item = String> + 'a {
    rows.iter()
        .map(|(history, _)| customer_id(history.life.customer.number))
}

/// Builds the table of collectors.
fn collectors(world: &World) -> Table {
    let numbers = || 1..=world.n_collectors;
    Table::new("collectors")
        .text("collector", numbers().map(collector_name))
        .real(
            "minutes_per_day",
            numbers().map(|number| [240.0, 300.0, 360.0][number as usize % 3]),
        )
        .text(
            "territories",
            numbers().map(|number| ["EMEA", "AMER", "APAC;EMEA", "EMEA;AMER"][number as usize % 4].to_owned()),
        )
        .text(
            "skills",
            numbers().map(|number| ["key_account", "small_business", "disputes"][number as usize % 3].to_owned()),
        )
        .money(
            "authority_limit",
            numbers().map(|number| cents([500_000, 2_500_000, 10_000_000][number as usize % 3])),
        )
}

/// Builds the rates of month ends, that before the first month included; the base currency's own rate is 1.
fn fx_rates(world: &World) -> Table {
    let opening = std::iter::once((world.first_day - 1, LONG_RUN_RATES));
    let month_ends = (0..world.n_months).map(|month| (world.calendar.last(month), world.rates[month]));
    let rates = || {
        let days = opening.clone().chain(month_ends.clone());
        days.flat_map(|(day, rates)| (0..CURRENCIES.len()).map(move |at| (day, CURRENCIES[at], rates[at])))
    };
    Table::new("fx_rates")
        .day("date", rates().map(|(day, _, _)| day))
        .text("currency", rates().map(|(_, currency, _)| currency.to_owned()))
        .real("to_base", rates().map(|(_, _, rate)| rate as f64 / 10_000.0))
}
