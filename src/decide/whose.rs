//! For whom a part of a policy holds.

use std::fmt;

use crate::forecast::Attributes;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;

/// One customer, or all whose attribute has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The customer with this id.
    Customer(String),
    /// Customers with a value of an attribute, as of the day.
    With {
        /// Column of the customers table.
        attribute: String,
        /// Its value, as written.
        value: String,
    },
}

impl Whose {
    /// Tells whether a customer is meant; whose attribute is not known on the day is not.
    pub(super) fn includes(&self, ledger: &Ledger, attributes: &Attributes<'_>, customer: CustomerIx) -> bool {
        match self {
            Whose::Customer(id) => ledger.customer_id(customer) == id,
            Whose::With { attribute, value } => attributes
                .written(customer, attribute)
                .is_some_and(|found| found == *value),
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Whose::Customer(id) => write!(f, "customer {id}"),
            Whose::With { attribute, value } => write!(f, "{attribute} {value}"),
        }
    }
}
