//! Since when each customer has been one.

use crate::calendar::Day;
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::table::Data;

/// Since when each customer has been one, as far as the customers table says.
///
/// `customer_since` bears its own date, so that every row of a customer may tell it; where rows differ the earliest day counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenures {
    // One entry a customer; empty where the table does not say.
    since: Vec<Option<Day>>,
}

impl Tenures {
    /// Reads `customer_since`; `known_on` leaves out rows posted after that day.
    pub fn of(ledger: &Ledger, known_on: Option<Day>) -> Tenures {
        let column = ledger.column("customers", "customer_since");
        let column = match column.as_deref() {
            Some(Data::Day(days)) if days.iter().any(Option::is_some) => Some(days),
            _ => None,
        };
        let since = column.map(|days| {
            let of = |customer: CustomerIx| {
                let versions = ledger.versions().of(customer).iter();
                let known = versions.filter(|version| known_on.is_none_or(|day| version.known_on <= day));
                known
                    .filter_map(|version| days.get(version.row as usize).copied().flatten())
                    .min()
            };
            ledger.customers().map(of).collect()
        });
        Tenures {
            since: since.unwrap_or_default(),
        }
    }

    /// Tells whether the table says it for any customer.
    pub fn is_known(&self) -> bool {
        !self.since.is_empty()
    }

    /// Returns the first day of a customer where it is after a day: the one the table says, or that of an earlier document;
    /// `None` where it says none.
    pub fn since(&self, customer: &CustomerHistory<'_>, after: Day) -> Option<Day> {
        let since = self.since.get(customer.customer.at()).copied().flatten();
        let since = since.filter(|since| *since > after)?;
        let issued = customer.documents().map(|history| history.document.issued_on).min();
        Some(issued.map_or(since, |issued| issued.min(since))).filter(|since| *since > after)
    }
}
