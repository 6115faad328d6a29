//! Which group each document belongs to: its currency and the attributes asked for.
//!
//! # Definition
//! A group is a currency and one value for each attribute. Attributes are columns of the customers table, as of the row
//! valid on the as-of day, or columns of the invoices table; a name that both have means the customers'. `customer_id`
//! groups by customer, `parent` by the customer that heads its group of companies: the last one up the chain of
//! `parent_id`, itself where it has none.
//!
//! A number with edges, such as `amount:1000,10000`, gives bands that are closed on the right: up to 1000, over 1000 to
//! 10000, over 10000. Numbers are the columns of those two tables, values of the `external` table (the newest known on the
//! as-of day), and four that are computed: `amount` of the document, `open_amount` of the customer in the currency of the
//! item, `days_past_due` of the document, `customer_tenure` in days since `customer_since`, all on the as-of day.
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
//! ```
//! use arrears::calendar::{AsOf, Day};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "customers",
//!         "customer_id, valid_from, region
//!          acme,        2023-01-01, north
//!          bolt,        2023-01-01, south",
//!     ),
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-09, 100.00, EUR
//!          2,          bolt,        2024-01-10, 2024-02-09, 100.00, EUR",
//!     ),
//! ])?;
//! let as_of = AsOf(Day::parse("2024-01-31")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let groups = groups(&ledger, as_of, &["region".to_owned()])?.value;
//! let regions: Vec<_> = groups.all().iter().map(|group| (group.currency.as_str(), group.values[0].as_deref())).collect();
//! assert_eq!(regions, [("EUR", Some("north")), ("EUR", Some("south"))]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod attributes;
mod bands;
pub mod compare;
pub mod explain;
mod fallen_due;
mod grouping;
mod measures;
mod open_claims;
mod search;

use polars::prelude::PolarsError;
use thiserror::Error;

use crate::calendar::{AsOf, Day};
use crate::history::Groups;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::NotAvailable;
use crate::money::Currency;
use crate::outcome::Checked;

use self::attributes::{Attribute, CUSTOMER_ID, Coded};
use self::grouping::{by_currency, join};

pub(crate) use self::attributes::heads;
pub use self::attributes::{available, numeric};
pub use self::fallen_due::{FallenDue, FallenDueByGroup};
pub use self::grouping::groups_by_entity;
pub use self::measures::SegmentMetric;
pub use self::open_claims::{OpenClaim, OpenClaims};

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
    /// A number was asked for without bands.
    #[error("`{attribute}` is a number; name the edges of its bands, such as `{attribute}:1000,10000`")]
    NeedsEdges {
        /// The number asked for.
        attribute: String,
    },
    /// An edge of a band is no number.
    #[error("found the edge `{found}` in the bands of `{attribute}`, expected a number")]
    EdgeNotANumber {
        /// The number asked for.
        attribute: String,
        /// The edge.
        found: String,
    },
    /// An edge does not lie above the one before it.
    #[error("edge {edge} of `{attribute}` is not above {before}")]
    EdgesNotIncreasing {
        /// The number asked for.
        attribute: String,
        /// The edge.
        edge: String,
        /// What it must exceed.
        before: String,
    },
    /// Bands of words.
    #[error("attribute `{attribute}` holds `{found}`, expected numbers to put into bands; group it without edges")]
    NotANumber {
        /// The attribute asked for.
        attribute: String,
        /// One of its values.
        found: String,
    },
    /// The same attribute in different bands.
    #[error("found `{attribute}` twice with different bands, expected it once")]
    Twice {
        /// The attribute asked for.
        attribute: String,
    },
    /// A table is missing.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
    /// The join of attributes failed.
    #[error("attributes cannot be joined to documents")]
    Frame {
        /// What the join said.
        #[source]
        source: PolarsError,
    },
}

impl SegmentError {
    /// Returns the refusal of a name, with the names that are there.
    fn unknown(ledger: &Ledger, name: &str) -> SegmentError {
        let quoted = |names: Vec<String>| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>();
        let numbers = numeric(ledger).into_iter().map(|name| format!("{name}:EDGE,…"));
        let (plain, banded) = (quoted(available(ledger)), quoted(numbers.collect()));
        SegmentError::Unknown {
            attribute: name.to_owned(),
            available: format!("{}, or in bands one of {}", plain.join(", "), banded.join(", ")),
        }
    }
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
    groups_with_accounts(ledger, as_of, by, &[])
}

/// Tells whether the group of an item never changes and hangs on no other customer, so that sums by group can be kept: it is decided by
/// the customer's name, the legal entity, or columns of the invoices table.
pub(super) fn stay(ledger: &Ledger, by: &[String]) -> bool {
    let stays = |attribute: &Attribute| {
        matches!(
            attribute,
            Attribute::CustomerId | Attribute::Entity | Attribute::OfDocument(_)
        )
    };
    Attribute::read(ledger, by).is_ok_and(|attributes| attributes.iter().all(stays))
}

/// Groups as [`groups`] does, with places for facts that stand on customers' accounts: find them by
/// [`Groups::of_unapplied`] with the currency given here and entity 0.
///
/// # Errors
/// As for [`groups`].
pub(super) fn groups_with_accounts(
    ledger: &Ledger,
    as_of: AsOf,
    by: &[String],
    others: &[(CustomerIx, Currency)],
) -> Result<Checked<Groups>, SegmentError> {
    let attributes = Attribute::read(ledger, by)?;
    let accounts = grouping::accounts(ledger, others);
    if attributes.is_empty() {
        return Ok(Checked::clean(by_currency(&accounts)));
    }
    let mut caveats = Vec::new();
    let coded = attributes
        .iter()
        .map(|attribute| attribute.values(ledger, as_of, &accounts, &mut caveats))
        .collect::<Result<Vec<Coded>, SegmentError>>()?;
    let names = attributes.iter().map(|attribute| attribute.name().to_owned()).collect();
    Ok(Checked {
        value: join(ledger, as_of, names, &coded, &accounts, others)?,
        issues: Default::default(),
        caveats,
    })
}
