//! The open claims of a day, customer by customer.

use crate::calendar::AsOf;
use crate::history::{Accumulator, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Reads;
use crate::money::{Currency, Total};

/// Collects the claims that are open on a day.
#[derive(Clone, Debug)]
pub struct OpenClaims {
    as_of: AsOf,
    claims: Vec<OpenClaim>,
}

/// One open claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OpenClaim {
    /// Who owes it.
    pub customer: CustomerIx,
    /// Which document.
    pub document: DocumentIx,
    /// Currency of the money.
    pub currency: Currency,
    /// What is open, above zero.
    pub open: Total,
    /// Whether its due day lies before the day.
    pub is_past_due: bool,
}

impl OpenClaims {
    /// Starts from nothing.
    pub fn new(as_of: AsOf) -> OpenClaims {
        OpenClaims {
            as_of,
            claims: Vec::new(),
        }
    }

    /// Returns the claims, the documents of a customer together.
    pub fn claims(&self) -> &[OpenClaim] {
        &self.claims
    }
}

impl Accumulator for OpenClaims {
    /// Adds one customer's open claims.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let open = history.open_on(self.as_of.0);
            if open > Total::ZERO {
                self.claims.push(OpenClaim {
                    customer: customer.customer,
                    document: history.ix,
                    currency: history.document.currency,
                    open,
                    is_past_due: history.document.due_on.is_some_and(|due_on| due_on < self.as_of.0),
                });
            }
        }
    }

    /// Adds the claims of other customers.
    fn merge(&mut self, other: Self) {
        self.claims.extend(other.claims);
    }

    fn reads(&self) -> Reads {
        Reads::BALANCES
    }
}
