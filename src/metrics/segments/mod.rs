//! Which group each document belongs to: its currency and the attributes asked for.
//!
//! # Definition
//! A group is a currency and one value for each attribute. Attributes are columns of the customers table, as of the row
//! valid on the as-of day, or columns of the invoices table; a name that both have means the customers'. `customer_id`
//! groups by customer, `parent` by the customer that heads its group of companies: the last one up the chain of
//! `parent_id`, itself where it has none.
//! # Inputs
//! A ledger, the as-of day, the names of the attributes.
//! # Edge cases
//! Attributes whose rows all begin after the as-of day are undated facts of the day of import: they are refused, unless
//! they were declared timeless. A customer without a row on that day has empty values. Items that stand on no document
//! (unapplied cash and credits) have the customer's attributes, their own entity, and empty values for other columns
//! of the invoices table.
//! # Source
//! The rule for undated attributes: data contract of this program.
//! # Example
//! Two customers, `north` and `south`, each with an invoice in EUR and `by` = region: the groups `EUR north`, `EUR south`.

mod attributes;
mod grouping;

use polars::prelude::PolarsError;
use thiserror::Error;

use crate::calendar::{AsOf, Day};
use crate::history::Groups;
use crate::ledger::Ledger;
use crate::outcome::Checked;

use self::attributes::{Attribute, Coded};
use self::grouping::{by_currency, join, unapplied_keys};

pub use self::attributes::available;
pub use self::grouping::groups_by_entity;

/// Why documents cannot be grouped as asked.
#[derive(Debug, Error)]
pub enum SegmentError {
    /// No such attribute.
    #[error("found no attribute `{attribute}`, expected one of {available}")]
    Unknown {
        /// The attribute asked for.
        attribute: String,
        /// Those that are there.
        available: String,
    },
    /// The attribute is known only from a later day on.
    #[error(
        "attribute `{attribute}` holds from {holds_from}, after the as-of day {as_of}: using it would look into the future; \
         give the customers table a `valid_from`, or, if it never changes, declare it at import with --timeless {attribute}"
    )]
    Undated {
        /// The attribute asked for.
        attribute: String,
        /// First day on which any customer has it.
        holds_from: Day,
        /// The day asked for.
        as_of: AsOf,
    },
    /// The join of attributes failed.
    #[error("attributes cannot be joined to documents")]
    Frame {
        /// What the join said.
        #[source]
        source: PolarsError,
    },
}

impl From<PolarsError> for SegmentError {
    fn from(source: PolarsError) -> SegmentError {
        SegmentError::Frame { source }
    }
}

/// Puts every document and every unapplied item of a ledger into its group.
///
/// `by` may be empty: then groups are currencies. `customer` means `customer_id`; `currency` adds nothing.
///
/// # Errors
/// An attribute is unknown, or known only from a day after `as_of`.
pub fn groups(ledger: &Ledger, as_of: AsOf, by: &[String]) -> Result<Checked<Groups>, SegmentError> {
    let mut attributes: Vec<Attribute> = Vec::new();
    for name in by.iter().filter(|name| *name != "currency") {
        let attribute = Attribute::find(ledger, name)?;
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    let unapplied = unapplied_keys(ledger);
    if attributes.is_empty() {
        return Ok(Checked::clean(by_currency(ledger, &unapplied)));
    }
    let mut caveats = Vec::new();
    let coded = attributes
        .iter()
        .map(|attribute| attribute.values(ledger, as_of, &unapplied, &mut caveats))
        .collect::<Result<Vec<Coded>, SegmentError>>()?;
    let names = attributes.iter().map(|attribute| attribute.name().to_owned()).collect();
    Ok(Checked {
        value: join(ledger, as_of, names, &coded, unapplied)?,
        issues: Default::default(),
        caveats,
    })
}
