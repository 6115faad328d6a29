//! Placements as they were known on a day, by customer.

use std::collections::BTreeMap;

use crate::calendar::{AsOf, Day};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Amount;
use crate::table::{Data, Table};

/// The placements of a ledger, as far as they were known.
#[derive(Clone, Debug)]
pub struct Placements {
    // In alphabetical order.
    agencies: Vec<String>,
    // By customer and first day.
    placements: Vec<(CustomerIx, Placement)>,
}

/// One claim or account with an agency.
#[derive(Clone, Debug)]
pub(super) struct Placement {
    /// Position of the agency.
    pub agency: u32,
    /// The invoice placed; `None` for the account.
    pub invoice: Option<String>,
    pub from: Day,
    /// Last day: of the recall, or the as-of day.
    pub until: Day,
    pub amount: Option<Amount>,
    pub fee_rate: Option<f64>,
}

impl Placements {
    /// Reads the placements that began by the end of the as-of day.
    pub fn of(ledger: &Ledger, as_of: AsOf, known_on: Option<Day>) -> Placements {
        let Some(table) = ledger.table("placements") else {
            return Placements {
                agencies: Vec::new(),
                placements: Vec::new(),
            };
        };
        let names = texts(table, "agency");
        let mut agencies: Vec<String> = names.iter().flatten().cloned().collect();
        agencies.sort_unstable();
        agencies.dedup();
        let numbers: BTreeMap<&str, u32> = agencies.iter().map(String::as_str).zip(0..).collect();
        let (customers, invoices) = (texts(table, "customer_id"), texts(table, "invoice_id"));
        let day = |column: &str, row: usize| {
            table
                .days(column)
                .ok()
                .and_then(|days| days.get(row).copied().flatten())
        };
        let read = |row: usize| {
            let customer = ledger.find_customer(customers.get(row)?.as_deref()?)?;
            let from = day("placed_on", row)?;
            let posted_on = day("posted_on", row).unwrap_or(from);
            let is_known = from <= as_of.0 && known_on.is_none_or(|day| posted_on <= day);
            let placement = Placement {
                agency: *numbers.get(names.get(row)?.as_deref()?)?,
                invoice: invoices.get(row).cloned().flatten(),
                from,
                until: day("recalled_on", row).map_or(as_of.0, |day| day.min(as_of.0)),
                amount: table.amount("amount", row),
                fee_rate: match table.column("fee_rate") {
                    Some(Data::Real(rates)) => rates[row],
                    _ => None,
                },
            };
            is_known.then_some((customer, placement))
        };
        let mut placements: Vec<(CustomerIx, Placement)> = (0..table.n_rows()).filter_map(read).collect();
        placements.sort_by_key(|(customer, placement)| (*customer, placement.from));
        Placements { agencies, placements }
    }

    /// Returns an agency's name.
    pub fn agency(&self, number: u32) -> &str {
        &self.agencies[number as usize]
    }

    pub(super) fn of_customer(&self, customer: CustomerIx) -> impl Iterator<Item = &Placement> + Clone {
        let first = self.placements.partition_point(|(other, _)| *other < customer);
        let rest = self.placements[first..].iter();
        rest.take_while(move |(other, _)| *other == customer)
            .map(|(_, placement)| placement)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Placement> {
        self.placements.iter().map(|(_, placement)| placement)
    }
}

impl Placement {
    /// Whole steps of days that the claims can be followed, recalled or not.
    pub(super) fn n_steps(&self, as_of: AsOf) -> u16 {
        let n_days = (as_of.0 - self.from + 1).max(0);
        u16::try_from(n_days / super::STEP_DAYS).map_or(super::MOST_STEPS, |n_steps| n_steps.min(super::MOST_STEPS))
    }
}

fn texts<'a>(table: &'a Table, column: &str) -> &'a [Option<String>] {
    table.texts(column).unwrap_or_default()
}
