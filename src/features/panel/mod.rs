//! The panel: one row per open invoice, or per customer, and day, from what was known at the end of that day.

mod builder;
mod formulas;
mod shares;
mod table;

use std::convert::Infallible;
use std::ops::Range;

use ndarray::Array2;
use rayon::prelude::*;

use self::builder::{Builder, Sources};
use super::CheckedLabelParams;
use super::catalogue::Feature;
use super::days::Days;
use super::portfolio::Portfolio;
use crate::calendar::AsOf;
use crate::history;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;

/// Rows of features, customer by customer, each customer's rows by day and document.
#[derive(Clone, Debug)]
pub struct Panel {
    params: CheckedLabelParams,
    days: Vec<AsOf>,
    rows: Vec<PanelRow>,
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
    /// Unsettled money in whole units of its currency: the invoice's, or all of the customer's.
    pub at_stake: f64,
}

/// Whether there is something to predict, and something to predict it from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Not delinquent yet, with earlier invoices whose end is known.
    Known,
    /// Not delinquent yet, without an earlier invoice whose end is known: the portfolio speaks for it.
    New,
    /// Delinquent already.
    AlreadyBad,
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

/// A part of a panel ends with the customer that brings it to so many customers or documents.
const CUSTOMERS_PER_PART: usize = 2_048;
const DOCUMENTS_PER_PART: usize = 65_536;

impl Panel {
    /// Builds the rows of the given days, on all cores, the same for any number of them and for any order of the days.
    ///
    /// A day's rows hold nothing that became effective or known later. Documents without a due day have no row.
    pub fn build(ledger: &Ledger, days: &[AsOf], params: &CheckedLabelParams) -> Panel {
        let n_features = Feature::of(params.unit).len();
        let (mut rows, mut values) = (Vec::new(), Vec::new());
        let collected = Panel::build_in_parts(
            ledger,
            days,
            params,
            |part| part,
            |part| {
                rows.extend(part.rows);
                values.extend(part.x.into_raw_vec_and_offset().0);
                Ok::<(), Infallible>(())
            },
        );
        match collected {
            Ok(()) => Panel::of(params, &Days::new(days), n_features, rows, values),
        }
    }

    /// Returns the panel of the given days without a row.
    pub fn empty(params: &CheckedLabelParams, days: &[AsOf]) -> Panel {
        let n_features = Feature::of(params.unit).len();
        Panel::of(params, &Days::new(days), n_features, Vec::new(), Vec::new())
    }

    /// Builds the same rows in parts of consecutive customers, in order: `make` turns parts into something else on all cores,
    /// `take` gets what came of them one after the other.
    ///
    /// No more than a few parts are in memory at a time, whatever the number of customers; the parts do not depend on the
    /// number of cores.
    ///
    /// # Errors
    /// The first error of `take`; no further part is made then.
    pub fn build_in_parts<T: Send, E>(
        ledger: &Ledger,
        days: &[AsOf],
        params: &CheckedLabelParams,
        make: impl Fn(Panel) -> T + Sync,
        mut take: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        let days = Days::new(days);
        let chances = history::run(ledger, None, Portfolio::new(&days, params)).chances();
        let sources = Sources::of(ledger);
        let features = Feature::of(params.unit);
        let build = |customers: &Range<u32>| {
            let mut builder = Builder::new(ledger, &sources, params, &features, &days, &chances);
            for customer in customers.clone() {
                builder.add(CustomerIx(customer));
            }
            let (rows, values) = builder.finish();
            make(Panel::of(params, &days, features.len(), rows, values))
        };
        let parts = parts(ledger);
        let mut made: Vec<T> = Vec::new();
        for wave in parts.chunks(2 * rayon::current_num_threads()).chain([&[][..]]) {
            let mut next = Vec::new();
            // The parts of the last wave are taken while those of the next are made.
            let taken = rayon::in_place_scope(|scope| {
                scope.spawn(|_| next = wave.par_iter().map(build).collect());
                made.into_iter().try_for_each(&mut take)
            });
            taken?;
            made = next;
        }
        Ok(())
    }

    fn of(params: &CheckedLabelParams, days: &Days, n_features: usize, rows: Vec<PanelRow>, values: Vec<f64>) -> Panel {
        let x = Array2::from_shape_vec((rows.len(), n_features), values).expect("each row adds one value per feature");
        Panel {
            params: *params,
            days: days.all().to_vec(),
            rows,
            x,
        }
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

/// Cuts the customers into parts.
fn parts(ledger: &Ledger) -> Vec<Range<u32>> {
    let mut parts = Vec::new();
    let (mut start, mut n_documents) = (0, 0);
    for customer in ledger.customers() {
        let end = customer.0 + 1;
        n_documents += ledger.documents().range(customer).len();
        let is_full = (end - start) as usize >= CUSTOMERS_PER_PART || n_documents >= DOCUMENTS_PER_PART;
        if is_full || end as usize == ledger.n_customers() {
            parts.push(start..end);
            (start, n_documents) = (end, 0);
        }
    }
    parts
}
