//! The ledger as it was known on a day: what would have been kept, had only the rows posted by then been imported.

use std::sync::Arc;

use super::Ledger;
use super::tables::Tables;
use crate::calendar::Day;
use crate::table::Table;

impl Ledger {
    /// Returns the ledger as it was known at the end of a day.
    ///
    /// It is built anew from the rows posted on or before that day, so that everything follows from what was known: an
    /// invoice has the amount and the due day of its last version known by then, cash whose invoice was not yet posted
    /// is unapplied cash, a payment is spread over the instalments known. Rows without `posted_on` were known on their
    /// effective day; rows of the customers, collectors and gl_balances tables always, unless they say otherwise.
    /// Positions of customers, documents and groups belong to one ledger: take them from the one returned.
    pub fn as_known_on(&self, day: Day) -> Ledger {
        let known = self.tables.all().map(|(name, table)| {
            let rows = known_rows(table, day);
            (name.to_owned(), table.take(&rows))
        });
        let known = Arc::new(Tables::in_memory(known.collect()));
        let mut ledger = Ledger::from_tables(known, self.timeless.clone(), self.hash.clone());
        ledger.known_on = Some(self.known_on.map_or(day, |before| before.min(day)));
        ledger
    }

    /// Returns the day whose knowledge the ledger holds; `None` where it holds everything, as corrected since.
    pub fn known_on(&self) -> Option<Day> {
        self.known_on
    }
}

/// Rows posted on or before a day, in their order.
fn known_rows(table: &Table, day: Day) -> Vec<usize> {
    let days = RowDays::of(table);
    (0..table.n_rows())
        .filter(|&row| days.known_on(row).is_none_or(|known_on| known_on <= day))
        .collect()
}

/// On which day the rows of a table count, and on which they were known.
pub(super) struct RowDays<'a> {
    posted: Option<&'a [Option<Day>]>,
    effective: Option<&'a [Option<Day>]>,
}

impl<'a> RowDays<'a> {
    pub fn of(table: &'a Table) -> RowDays<'a> {
        RowDays {
            posted: table.days("posted_on").ok(),
            effective: effective_day(table.name()).and_then(|column| table.days(column).ok()),
        }
    }

    /// First day on which a row counts; `None` where its table has no such day.
    pub fn effective(&self, row: usize) -> Option<Day> {
        self.effective.and_then(|days| days[row])
    }

    /// Day on which a row was known; `None` where it always was.
    pub fn known_on(&self, row: usize) -> Option<Day> {
        self.posted.and_then(|days| days[row]).or_else(|| self.effective(row))
    }

    /// Tells whether a row was posted after a day and is about that day or one before it.
    pub fn is_correction(&self, row: usize, day: Day) -> bool {
        let is_late = self.known_on(row).is_some_and(|known_on| known_on > day);
        is_late && self.effective(row).is_some_and(|on| on <= day)
    }
}

/// The column that says when a row without `posted_on` was known.
fn effective_day(table: &str) -> Option<&'static str> {
    match table {
        "invoices" => Some("issued_on"),
        "receipts" => Some("paid_on"),
        "disputes" => Some("opened_on"),
        "promises" => Some("made_on"),
        "plans" => Some("agreed_on"),
        "contacts" => Some("contacted_on"),
        "steps" => Some("done_on"),
        "placements" => Some("placed_on"),
        "orders" => Some("ordered_on"),
        "holds" => Some("placed_on"),
        "external" => Some("known_on"),
        "fx_rates" => Some("date"),
        _ => None,
    }
}
