//! The control balances of the general ledger.

use super::History;
use crate::generate::world::{CURRENCIES, ENTITIES, World};
use crate::money::Total;
use crate::table::Table;

/// Control balances while customers are added: cents by entity, currency and month.
pub(in crate::generate) type Control = Vec<[[i128; CURRENCIES.len()]; ENTITIES.len()]>;

/// Adds the customers' changes to the control balances.
pub(in crate::generate) fn add_control(control: &mut Control, histories: &[History]) {
    for history in histories {
        let entity = history.life.customer.country.entity;
        for (month, changes) in history.books.control.iter().enumerate() {
            for (currency, change) in changes.iter().enumerate() {
                control[month][entity][currency] += i128::from(*change);
            }
        }
    }
}

/// Builds the control balances of every month end, for each entity and currency that is ever used.
pub(super) fn gl_balances(world: &World, control: &Control) -> Table {
    let mut rows = Vec::new();
    for entity in 0..ENTITIES.len() {
        for currency in 0..CURRENCIES.len() {
            if control.iter().all(|changes| changes[entity][currency] == 0) {
                continue;
            }
            let mut balance = 0;
            for (month, changes) in control.iter().enumerate() {
                balance += changes[entity][currency];
                rows.push((entity, currency, month, balance));
            }
        }
    }
    Table::new("gl_balances")
        .text("entity", rows.iter().map(|row| ENTITIES[row.0].to_owned()))
        .text("currency", rows.iter().map(|row| CURRENCIES[row.1].to_owned()))
        .day("date", rows.iter().map(|row| world.calendar.last(row.2)))
        .money("control_balance", rows.iter().map(|row| Total::from_units(row.3 * 100)))
}
