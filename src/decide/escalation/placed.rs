//! Which claims are with an agency, or were.

use std::collections::BTreeMap;

use crate::calendar::{AsOf, Day};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;

/// A claim or account placed with an agency.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    /// Its id; `None` for the account.
    pub invoice: Option<String>,
    pub agency: String,
    pub placed_on: Day,
    /// Day it was taken back, where that has come.
    pub recalled_on: Option<Day>,
}

/// The placements known on a day, by customer and first day.
#[derive(Clone, Debug, Default)]
pub(super) struct PlacedClaims {
    of_customer: BTreeMap<CustomerIx, Vec<Placed>>,
}

impl PlacedClaims {
    pub(super) fn on(ledger: &Ledger, as_of: AsOf) -> PlacedClaims {
        let mut placed = PlacedClaims::default();
        let Some(table) = ledger.table("placements") else {
            return placed;
        };
        let day = |column: &str, row: usize| {
            table
                .days(column)
                .ok()
                .and_then(|days| days.get(row).copied().flatten())
        };
        let text = |column: &str, row: usize| table.texts(column).ok().and_then(|texts| texts.get(row)?.clone());
        for row in 0..table.n_rows() {
            let customer = text("customer_id", row).and_then(|id| ledger.find_customer(&id));
            let (Some(customer), Some(placed_on)) = (customer, day("placed_on", row)) else {
                continue;
            };
            let known_on = day("posted_on", row).unwrap_or(placed_on);
            if placed_on > as_of.0 || known_on > as_of.0 {
                continue;
            }
            placed.of_customer.entry(customer).or_default().push(Placed {
                invoice: text("invoice_id", row),
                agency: text("agency", row).unwrap_or_default(),
                placed_on,
                recalled_on: day("recalled_on", row).filter(|recalled_on| *recalled_on <= as_of.0),
            });
        }
        for own in placed.of_customer.values_mut() {
            own.sort_by(|a, b| (a.placed_on, &a.agency).cmp(&(b.placed_on, &b.agency)));
        }
        placed
    }

    /// Returns the placements of an invoice, those of its account included.
    pub(super) fn of_invoice<'p>(&'p self, customer: CustomerIx, id: &'p str) -> impl Iterator<Item = &'p Placed> {
        let own = self.of_customer.get(&customer).map(Vec::as_slice).unwrap_or_default();
        own.iter()
            .filter(move |placed| placed.invoice.as_deref().is_none_or(|invoice| invoice == id))
    }
}
