//! The panel: one row per open invoice, or per customer, and day, from what was known at the end of that day.

mod behaviour;
mod builder;
mod candidates;
mod exposure;
mod judged;
mod of_row;
mod own_record;
mod payments;
mod promises;
mod relations;
mod rhythm;
mod shares;
mod sources;
mod table;

use std::convert::Infallible;

use ndarray::{Array2, Axis};

use self::builder::{Builder, Surroundings};
use super::CheckedLabelParams;
use super::catalogue::Feature;
use super::circles::Circles;
use super::days::Days;
use crate::calendar::AsOf;
use crate::history::{self, CustomerHistory};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Facts, Ledger, Reads};

pub use self::candidates::{Candidate, CandidateFeatures};
pub use self::own_record::{Judged, OwnRecord};

/// Rows of features, customer by customer, each customer's rows by day and document.
#[derive(Clone, Debug)]
pub struct Panel {
    params: CheckedLabelParams,
    days: Vec<AsOf>,
    rows: Vec<PanelRow>,
    // Rows of the invoices table, one for each row of a panel of invoices.
    invoice_rows: Vec<u32>,
    x: Array2<f64>,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PanelRow {
    /// Whose.
    pub customer: CustomerIx,
    /// Which document; `None` in a panel of customers.
    pub document: Option<DocumentIx>,
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Whether there is something to predict, and something to predict it from.
    pub standing: Standing,
    /// Whether an earlier invoice of the customer has a known end; without one the segment, or the portfolio, speaks for it.
    pub has_history: bool,
    /// Unsettled money in whole units of its currency: the invoice's, or all of the customer's.
    pub at_stake: f64,
    /// The customer's own invoices behind its shares and means.
    pub own: OwnRecord,
}

/// Whether there is something to predict, and something to predict it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not delinquent yet, with earlier invoices whose end is known.
    Known,
    /// Not delinquent yet, without an earlier invoice whose end is known: the segment, or the portfolio, speaks for it.
    New,
    /// Delinquent already.
    AlreadyBad,
}

impl PanelRow {
    /// Returns the word of tables: whether the row has a history of its own, `some` or `none`.
    pub const fn history(&self) -> &'static str {
        if self.has_history { "some" } else { "none" }
    }
}

impl Standing {
    /// Returns the word of tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Known => "known",
            Standing::New => "new",
            Standing::AlreadyBad => "already_bad",
        }
    }
}

/// Facts that features and labels look at.
const READS: Reads = Reads::KNOWN_ON
    .and(Reads::ROWS)
    .and(Reads::INSTALMENTS)
    .and(Reads::UNAPPLIED)
    .and(Reads::DISPUTES)
    .and(Reads::PROMISES)
    .and(Reads::CONTACTS)
    .and(Reads::VERSIONS);

impl Panel {
    /// Builds the rows of the given days, on all cores, the same for any number of them and for any order of the days.
    ///
    /// A day's rows hold nothing that became effective or known later. Documents without a due day have no row.
    pub fn build(ledger: &Ledger, days: &[AsOf], params: &CheckedLabelParams) -> Panel {
        let mut panel = Panel::empty(params, days);
        let mut values = Vec::new();
        let collected = Panel::build_in_parts(
            ledger,
            days,
            params,
            |part, _| part,
            |part| {
                panel.rows.extend(part.rows);
                panel.invoice_rows.extend(part.invoice_rows);
                values.extend(part.x.into_raw_vec_and_offset().0);
                Ok::<(), Infallible>(())
            },
        );
        match collected {
            Ok(()) => panel.with(values),
        }
    }

    /// Returns the panel of the given days without a row.
    pub fn empty(params: &CheckedLabelParams, days: &[AsOf]) -> Panel {
        Panel {
            params: *params,
            days: Days::new(days).all().to_vec(),
            rows: Vec::new(),
            invoice_rows: Vec::new(),
            x: Array2::zeros((0, Feature::of(params.unit).len())),
        }
    }

    /// Builds the same rows in parts of consecutive customers: `make` turns a part, with the facts it was built from, into
    /// something else on any core, `take` gets what came of the parts one after the other, in order.
    ///
    /// A few parts at a time are in memory, however large the ledger is in its folder; they do not depend on the number of cores.
    ///
    /// # Errors
    /// The first error of `take`; what follows is not taken.
    pub fn build_in_parts<T: Send, E>(
        ledger: &Ledger,
        days: &[AsOf],
        params: &CheckedLabelParams,
        make: impl Fn(Panel, &Facts<'_>) -> T + Sync,
        take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let days = Days::new(days);
        let circles = Circles::of(ledger);
        let surroundings = Surroundings::of(ledger, params, &days, &circles);
        let build = |facts: &Facts<'_>, customers: &[CustomerIx]| {
            let mut builder = Builder::new(&surroundings);
            for &customer in customers {
                builder.add(&CustomerHistory::from_facts(facts, customer, None));
            }
            make(builder.finish(), facts)
        };
        history::run_in_parts(ledger, READS, build, take)
    }

    /// Leaves the rows that were delinquent on their day already, those of the cure view.
    pub fn already_bad(&self) -> Panel {
        let is_bad = |row: &usize| self.rows[*row].standing == Standing::AlreadyBad;
        let kept: Vec<usize> = (0..self.rows.len()).filter(is_bad).collect();
        let invoice_rows = kept.iter().filter_map(|&row| self.invoice_rows.get(row).copied());
        Panel {
            params: self.params,
            days: self.days.clone(),
            rows: kept.iter().map(|&row| self.rows[row]).collect(),
            invoice_rows: invoice_rows.collect(),
            x: self.x.select(Axis(0), &kept),
        }
    }

    /// Takes the features of its rows, row by row.
    fn with(mut self, values: Vec<f64>) -> Panel {
        let shape = (self.rows.len(), self.x.ncols());
        self.x = Array2::from_shape_vec(shape, values).expect("each row adds one value per feature");
        self
    }

    /// Returns what the rows are labelled by.
    pub fn params(&self) -> &CheckedLabelParams {
        &self.params
    }

    /// Returns the days, in order; a day may have no row.
    pub fn days(&self) -> &[AsOf] {
        &self.days
    }

    /// Returns what each row is about.
    pub fn rows(&self) -> &[PanelRow] {
        &self.rows
    }

    /// Returns the features, `(n_rows, n_features)`, columns in the order of [`Feature::of`]; NaN where missing.
    pub fn x(&self) -> &Array2<f64> {
        &self.x
    }
}
