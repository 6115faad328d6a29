//! What a customer's row would be, had some of its open documents been paid today.

use std::convert::Infallible;

use super::builder::{Builder, Supposed, Surroundings};
use super::{Panel, READS};
use crate::calendar::AsOf;
use crate::features::circles::Circles;
use crate::features::days::Days;
use crate::features::{CheckedLabelParams, Unit};
use crate::history::{self, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Facts, Ledger};

impl Panel {
    /// Returns one row of a customer for each of the payments supposed: as it would be at the end of a day, had those of its open documents
    /// been paid in full on it. Late payments count as late ones; promises are judged by what is in the books. `params` are those of a unit of customers.
    ///
    /// # Panics
    /// Where `params` are of invoices.
    pub fn of_payments(
        ledger: &Ledger,
        day: AsOf,
        params: &CheckedLabelParams,
        customer: CustomerIx,
        payments: &[&[DocumentIx]],
    ) -> Panel {
        assert_eq!(params.unit, Unit::Customer, "an invoice that is paid has no row");
        let days = Days::new(&[day]);
        let circles = Circles::of(ledger);
        let surroundings = Surroundings::of(ledger, params, &days, &circles);
        let make = |facts: &Facts<'_>, customers: &[CustomerIx]| {
            customers.contains(&customer).then(|| {
                let history = CustomerHistory::from_facts(facts, customer, None);
                let mut builder = Builder::new(&surroundings);
                for paid in payments {
                    let supposed = Supposed {
                        paid,
                        ..Supposed::default()
                    };
                    builder.add_supposing(&history, supposed);
                }
                builder.finish()
            })
        };
        let mut panel = Panel::empty(params, &[day]);
        let Ok(()) = history::run_in_parts(ledger, READS, make, |part| {
            if let Some(part) = part {
                panel = part;
            }
            Ok::<(), Infallible>(())
        });
        panel
    }
}
