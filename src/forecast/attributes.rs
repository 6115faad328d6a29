//! Attributes of customers as they were known on a day.

use crate::calendar::{AsOf, Day};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Total;
use crate::table::Data;

/// The customers table on one day: only rows valid and known by then.
///
/// An attribute declared timeless is taken from the first row where no row was valid yet. `None` always means
/// "not available on the day", whether the table, the column, the row or the cell is missing.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
}

impl<'a> Attributes<'a> {
    /// Looks at the customers table as of a day.
    pub fn on(ledger: &'a Ledger, as_of: AsOf) -> Attributes<'a> {
        Attributes { ledger, as_of }
    }

    /// Tells whether the customer has a row that was valid and known on the day.
    pub fn has_row(&self, customer: CustomerIx) -> bool {
        self.valid_row(customer).is_some()
    }

    /// Returns an attribute as text.
    pub fn text(&self, customer: CustomerIx, column: &str) -> Option<&'a str> {
        match self.cell(customer, column)? {
            (Data::Text(values), row) => values[row].as_deref(),
            _ => None,
        }
    }

    /// Returns an attribute that is a day.
    pub fn day(&self, customer: CustomerIx, column: &str) -> Option<Day> {
        match self.cell(customer, column)? {
            (Data::Day(values), row) => values[row],
            _ => None,
        }
    }

    /// Returns an attribute that is money.
    pub fn money(&self, customer: CustomerIx, column: &str) -> Option<Total> {
        match self.cell(customer, column)? {
            (Data::Money(values), row) => values[row],
            _ => None,
        }
    }

    /// Returns an attribute that is a rate.
    pub fn real(&self, customer: CustomerIx, column: &str) -> Option<f64> {
        match self.cell(customer, column)? {
            (Data::Real(values), row) => values[row],
            _ => None,
        }
    }

    /// Returns an attribute that is yes or no.
    pub fn flag(&self, customer: CustomerIx, column: &str) -> Option<bool> {
        match self.cell(customer, column)? {
            (Data::Flag(values), row) => values[row],
            _ => None,
        }
    }

    /// Returns an attribute of any kind as files write it.
    pub fn written(&self, customer: CustomerIx, column: &str) -> Option<String> {
        let (data, row) = self.cell(customer, column)?;
        (!data.is_none(row)).then(|| data.text(row))
    }

    fn cell(&self, customer: CustomerIx, column: &str) -> Option<(&'a Data, usize)> {
        let data = self.ledger.table("customers")?.column(column)?;
        let row = self.valid_row(customer).or_else(|| {
            let timeless = self.ledger.timeless().contains(column);
            timeless.then(|| self.ledger.versions().of(customer).first().map(|version| version.row))?
        })?;
        Some((data, row as usize))
    }

    fn valid_row(&self, customer: CustomerIx) -> Option<u32> {
        let day = self.as_of.0;
        let versions = self.ledger.versions().of(customer).iter().rev();
        let mut valid = versions.filter(|version| version.valid_from <= day && version.known_on <= day);
        valid.next().map(|version| version.row)
    }
}
