//! How much of the open money stands with few customers.
//!
//! # Definition
//! Over customers with open claims: the share of the largest `top_n`, and the Herfindahl-Hirschman index, the sum of
//! squared shares (1 for a single customer, 1/n for n equal ones).
//! # Inputs
//! Open claims of each customer at the end of the as-of day, unapplied items not deducted.
//! # Edge cases
//! Nothing open: null `nothing_open`.
//! # Source
//! Hirschman, A. O., The paternity of an index, American Economic Review 54 (1964).
//! # Example
//! Three customers owe 50, 30 and 20: the largest has 50/100, the index is 0.25 + 0.09 + 0.04 = 0.38.

use std::cmp::Reverse;

use thiserror::Error;

use super::{ByGroup, GroupLabels, NullReason, view_note};
use crate::calendar::{AsOf, Day};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "concentration.v1";

/// Settings of the concentration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConcentrationParams {
    /// Customers whose share is given, at least 1; by default 10.
    pub top_n: usize,
}

/// Why there is no concentration.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ConcentrationError {
    /// No customer was asked for.
    #[error("found top_n = 0, expected at least 1")]
    NoTop,
}

/// The concentration of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct ConcentrationRow {
    /// Customers with open claims.
    pub n_customers: u64,
    /// Open claims.
    pub open: Total,
    /// Open claims of the largest customers.
    pub top: Total,
    /// Sum of squared shares.
    pub hhi: Result<f64, NullReason>,
}

/// The concentration of a ledger on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Concentration {
    as_of: AsOf,
    known_on: Option<Day>,
    params: ConcentrationParams,
    labels: GroupLabels,
    rows: Vec<ConcentrationRow>,
}

/// Collects what each customer owes, by group.
#[derive(Clone, Debug)]
pub struct OpenByCustomer<'a> {
    groups: &'a Groups,
    as_of: AsOf,
    sums: ByGroup<Vec<(CustomerIx, Total)>>,
}

/// Returns the concentration of open claims at the end of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// `top_n` is zero.
pub fn concentration(
    ledger: &Ledger,
    as_of: AsOf,
    groups: &Groups,
    known_on: Option<Day>,
    params: &ConcentrationParams,
) -> Result<Checked<Concentration>, ConcentrationError> {
    if params.top_n == 0 {
        return Err(ConcentrationError::NoTop);
    }
    let sums = history::run(ledger, known_on, OpenByCustomer::new(groups, as_of)).sums;
    let rows = (0..groups.len()).map(|group| row(sums.of(group).map_or(&[], Vec::as_slice), params.top_n));
    Ok(Checked::clean(Concentration {
        as_of,
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        rows: rows.collect(),
    }))
}

fn row(customers: &[(CustomerIx, Total)], top_n: usize) -> ConcentrationRow {
    let mut open: Vec<Total> = customers.iter().map(|(_, open)| *open).collect();
    open.sort_unstable_by_key(|&open| Reverse(open));
    let total: Total = open.iter().copied().sum();
    let hhi = open
        .iter()
        .map(|open| open.ratio(total).map(|share| share * share))
        .sum::<Option<f64>>();
    ConcentrationRow {
        n_customers: open.len() as u64,
        top: open.iter().take(top_n).copied().sum(),
        hhi: hhi.filter(|_| !open.is_empty()).ok_or(NullReason::NothingOpen),
        open: total,
    }
}

impl Default for ConcentrationParams {
    fn default() -> ConcentrationParams {
        ConcentrationParams { top_n: 10 }
    }
}

impl<'a> OpenByCustomer<'a> {
    /// Starts from nothing.
    pub fn new(groups: &'a Groups, as_of: AsOf) -> OpenByCustomer<'a> {
        OpenByCustomer {
            groups,
            as_of,
            sums: ByGroup::default(),
        }
    }

    /// Returns what each customer owes, by group, customers in no order.
    pub fn sums(&self) -> &ByGroup<Vec<(CustomerIx, Total)>> {
        &self.sums
    }
}

impl Accumulator for OpenByCustomer<'_> {
    /// Adds one customer's open claims.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        for history in customer.documents().filter(|history| history.document.is_claim()) {
            let open = history.open_on(self.as_of.0);
            if open <= Total::ZERO {
                continue;
            }
            let customers = self.sums.at(self.groups.of_document(history.ix), Vec::new);
            match customers.last_mut() {
                Some((last, sum)) if *last == customer.customer => *sum += open,
                _ => customers.push((customer.customer, open)),
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.extend(more));
    }
}

impl Concentration {
    /// Returns one entry per group.
    pub fn rows(&self) -> &[ConcentrationRow] {
        &self.rows
    }

    /// Returns one row per group.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = (0..self.rows.len()).collect();
        self.labels
            .start("concentration", METRIC_ID, &groups)
            .int("n_customers", self.rows.iter().map(|row| row.n_customers as i64))
            .money("open", self.rows.iter().map(|row| row.open))
            .money("top", self.rows.iter().map(|row| row.top))
            .real("top_share", self.rows.iter().map(|row| row.top.ratio(row.open)))
            .real("hhi", self.rows.iter().map(|row| row.hhi.ok()))
            .text(
                "reason",
                self.rows
                    .iter()
                    .map(|row| row.hhi.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("top", format!("the {} largest customers", self.params.top_n))
    }
}
