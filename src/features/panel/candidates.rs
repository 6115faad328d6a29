//! Documents that are not in the ledger yet, such as orders about to ship: their features from the ledger as of a day.

use std::convert::Infallible;

use ndarray::Array2;

use super::builder::{Builder, Surroundings};
use super::{OwnRecord, Panel, READS};
use crate::calendar::{AsOf, Day};
use crate::features::catalogue::Feature;
use crate::features::circles::Circles;
use crate::features::days::Days;
use crate::features::timeline::{Claim, NEVER, NO_DOCUMENT};
use crate::features::{CheckedLabelParams, Unit};
use crate::history::{self, CustomerHistory};
use crate::ids::CustomerIx;
use crate::ledger::{Facts, Ledger};
use crate::money::{Amount, Currency, Total};

/// A document as it would be issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Whose; `None` for a customer the ledger does not know.
    pub customer: Option<CustomerIx>,
    /// Day of issue.
    pub issued_on: Day,
    /// Day it would be due.
    pub due_on: Day,
    /// Amount in its currency.
    pub amount: Amount,
    /// Currency.
    pub currency: Currency,
}

/// The features of candidates, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct CandidateFeatures {
    /// Features, `(n_candidates, n_features)`, columns as [`Feature::of`] a unit of invoices; NaN where missing.
    pub x: Array2<f64>,
    /// Whether an earlier invoice of the customer has a known end; without one the segment, or the portfolio, speaks for it.
    pub has_history: Vec<bool>,
    /// The customer's own invoices behind its shares and means.
    pub own: Vec<OwnRecord>,
}

/// What is found for one candidate.
pub(super) struct CandidateRow {
    pub has_history: bool,
    pub own: OwnRecord,
    pub values: Vec<f64>,
}

impl Panel {
    /// Returns the features that each candidate would have at the end of a day, had it been issued by then.
    ///
    /// It counts among its customer's open items as an invoice of the ledger does, but not among those of other candidates: each is
    /// looked at alone. `params` are those of a unit of invoices, amounts are above zero.
    ///
    /// # Panics
    /// Where `params` are of customers.
    pub fn of_candidates(
        ledger: &Ledger,
        day: AsOf,
        params: &CheckedLabelParams,
        candidates: &[Candidate],
    ) -> CandidateFeatures {
        assert_eq!(params.unit, Unit::Invoice, "a candidate is an invoice to be");
        let days = Days::new(&[day]);
        let circles = Circles::of(ledger);
        let surroundings = Surroundings::of(ledger, params, &days, &circles);
        let mut by_customer: Vec<usize> = (0..candidates.len()).collect();
        by_customer.sort_by_key(|&position| candidates[position].customer);
        let of = |customer: Option<CustomerIx>| {
            let whose = |position: &usize| candidates[*position].customer;
            let from = by_customer.partition_point(|position| whose(position) < customer);
            let to = by_customer.partition_point(|position| whose(position) <= customer);
            &by_customer[from..to]
        };
        let rows = |builder: &mut Builder<'_>, history: Option<&CustomerHistory<'_>>, wanted: &[usize]| {
            let row = |&position: &usize| (position, builder.of_candidate(history, candidates[position].claim()));
            wanted.iter().map(row).collect::<Vec<_>>()
        };
        let mut found = rows(&mut Builder::new(&surroundings), None, of(None));
        let make = |facts: &Facts<'_>, customers: &[CustomerIx]| {
            let mut builder = Builder::new(&surroundings);
            let wanted = customers.iter().map(|&customer| (customer, of(Some(customer))));
            let wanted = wanted.filter(|(_, wanted)| !wanted.is_empty());
            let of_customer = |(customer, wanted): (CustomerIx, &[usize])| {
                let history = CustomerHistory::from_facts(facts, customer, None);
                rows(&mut builder, Some(&history), wanted)
            };
            wanted.flat_map(of_customer).collect::<Vec<_>>()
        };
        let Ok(()) = history::run_in_parts(ledger, READS, make, |part| {
            found.extend(part);
            Ok::<(), Infallible>(())
        });
        found.sort_by_key(|(position, _)| *position);
        let values = found.iter().flat_map(|(_, row)| row.values.iter().copied());
        let shape = (candidates.len(), Feature::of(Unit::Invoice).len());
        CandidateFeatures {
            x: Array2::from_shape_vec(shape, values.collect()).expect("each candidate has one value per feature"),
            has_history: found.iter().map(|(_, row)| row.has_history).collect(),
            own: found.iter().map(|(_, row)| row.own).collect(),
        }
    }
}

impl Candidate {
    fn claim(&self) -> Claim {
        Claim {
            ix: NO_DOCUMENT,
            row: u32::MAX,
            invoice: NO_DOCUMENT,
            issued: self.issued_on,
            due: self.due_on,
            amount: self.amount,
            currency: self.currency,
            is_known: false,
            delay: NEVER,
            open: Total::ZERO,
        }
    }
}
