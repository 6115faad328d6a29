//! What a contact changes, measured from the contacts that were made.
//!
//! # Definition
//! Of the claims open on the day of a contact, the share that cash settled within the window after it, minus the share that would have been settled
//! without: 1 - product over the days of the window of 1 - h, where h is the share of uncontacted days, among claims of the same age in days, size and
//! payer, that were followed by settlement in cash; ages are taken together with the three days around them, or more where days are few. A day is uncontacted when nobody contacted the customer in the window up to it, so that a claim counts as uncontacted
//! until it is contacted, and not only if it never is. The mean over age, size and payer is weighted by contacted claims. Where an attribute
//! names a hold-out, uncontacted days come from its customers alone.
//!
//! The measured uplift of an age is shrunk to the declared one: weight = sd² / (sd² + error²), with `prior_sd` how far the declared table is held to be
//! wrong, and the error by leaving out each of twenty groups of customers in turn.
//! # Inputs
//! Contacts we made and claims with a due day that were never disputed, of customers who may be contacted, as known on the day, back to `history_days` before it; amounts in the base
//! currency.
//! # Edge cases
//! Fewer contacted claims than `min_items` in an age: the declared uplift stands. Ages, sizes and payers without enough uncontacted days are left out on both
//! sides. A contact counts for all of the customer's claims. A shrunk uplift below zero is zero: such a contact is not worth making.
//! # Source
//! Standardisation to the treated with time-varying exposure: Robins, Hernán, Brumback, Epidemiology 11, 2000, 550-560; grouped jackknife: Wolter,
//! Introduction to Variance Estimation, 2007, ch. 4; shrinkage: Efron and Morris, 1975.
//! # Example
//! 100 contacted claims, 40 paid in 14 days; of the uncontacted days at each of these ages 2 in 100 followed by payment: 0.40 - (1 - 0.98^14) = 0.154.

mod estimate;
mod study;

use rayon::prelude::*;

use self::study::{Cell, GROUPS, Study, add};
use super::DecideError;
use super::worklist::{Response, ResponseBand, WorklistPolicy};
use crate::calendar::AsOf;
use crate::forecast::Problems;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::metrics::base_currency::{BaseRates, Converter, currencies_known};
use crate::table::Table;

/// Settings of the measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct UpliftParams {
    /// Days of contacts that count, back from the as-of day.
    pub history_days: i32,
    /// How far the declared uplift is held to be off, as a standard deviation.
    pub prior_sd: f64,
    /// Contacted claims of an age below which the declared uplift stands.
    pub min_items: usize,
    /// Customer attribute that is `true` for customers who are not contacted on purpose; empty: there is none.
    pub hold_out_by: String,
}

/// What contacts changed, by age of the claim.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredUplift {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// Days after a contact in which payment counts.
    pub window_days: i32,
    /// One row per band of the declared table.
    pub bands: Vec<MeasuredBand>,
    hold_out: bool,
}

/// What contacts changed for claims of an age.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasuredBand {
    /// Last day past due; `None`: no end.
    pub up_to_days: Option<i32>,
    /// Contacted claims, each contact counted.
    pub n_contacted: u64,
    /// Share of them that cash settled in the window.
    pub paid_contacted: Option<f64>,
    /// Share that would have been, from uncontacted days of like claims.
    pub paid_uncontacted: Option<f64>,
    /// Uncontacted days that is taken from.
    pub n_free_days: u64,
    /// The difference and its standard error.
    pub measured: Option<(f64, f64)>,
    /// The declared uplift.
    pub declared: f64,
    /// The uplift to use.
    pub uplift: f64,
}

impl Default for UpliftParams {
    fn default() -> UpliftParams {
        UpliftParams {
            history_days: 730,
            prior_sd: 0.05,
            min_items: 50,
            hold_out_by: String::new(),
        }
    }
}

impl UpliftParams {
    pub(super) fn check(&self, problems: &mut Problems) {
        let days = self.history_days;
        problems.require((30..=3_650).contains(&days), "uplift.history_days", "30 to 3650", days);
        let sd = self.prior_sd;
        problems.require(sd > 0.0 && sd <= 1.0, "uplift.prior_sd", "above 0, at most 1", sd);
        problems.require(self.min_items >= 1, "uplift.min_items", "at least 1", self.min_items);
    }
}

/// Measures what contacts changed, as of a day, for the ages of the policy's response, to which the measurement is shrunk.
///
/// # Errors
/// Settings out of range, or several currencies without rates.
pub fn uplift(
    ledger: &Ledger,
    as_of: AsOf,
    rates: &BaseRates,
    policy: &WorklistPolicy,
) -> Result<MeasuredUplift, DecideError> {
    policy.check().map_err(DecideError::Settings)?;
    let converter = rates.on(as_of, &currencies_known(ledger, as_of))?;
    measure(ledger, as_of, &converter, policy)
}

pub(super) fn measure(
    ledger: &Ledger,
    as_of: AsOf,
    converter: &Converter,
    policy: &WorklistPolicy,
) -> Result<MeasuredUplift, DecideError> {
    let study = Study::new(ledger, as_of, converter, policy)?;
    let customers: Vec<CustomerIx> = ledger.customers().collect();
    let empty = || vec![vec![Cell::default(); study.n_cells()]; GROUPS];
    let groups = customers
        .par_iter()
        .fold(empty, |mut groups, &customer| {
            study.add(customer, &mut groups[customer.at() % GROUPS]);
            groups
        })
        .reduce(empty, |mut sums, other| {
            for (sums, other) in sums.iter_mut().zip(&other) {
                add(sums, other);
            }
            sums
        });
    Ok(study.finish(&groups))
}

impl MeasuredUplift {
    /// Returns the response to use, with where it comes from.
    pub fn response(&self) -> Response {
        let bands = self.bands.iter().map(|band| ResponseBand {
            up_to_days: band.up_to_days,
            uplift: band.uplift,
        });
        let measured = self.bands.iter().filter(|band| band.measured.is_some());
        let n: u64 = measured.clone().map(|band| band.n_contacted).sum();
        let free: u64 = measured.clone().map(|band| band.n_free_days).sum();
        let source = match measured.count() {
            0 => "declared, not measured".to_owned(),
            n_bands => format!(
                "measured for {n_bands} of {} ages from {n} contacted claims and {free} uncontacted days{}, shrunk to the declared table",
                self.bands.len(),
                if self.hold_out {
                    " of a hold-out"
                } else {
                    " of like claims"
                }
            ),
        };
        Response {
            bands: bands.collect(),
            source,
        }
    }

    /// Returns one row per age: what was declared, measured and is used.
    pub fn table(&self) -> Table {
        let bands = || self.bands.iter();
        Table::new("uplift")
            .int("up_to_days", bands().map(|band| band.up_to_days.map(i64::from)))
            .int("contacted", bands().map(|band| band.n_contacted as i64))
            .real("paid_contacted", bands().map(|band| band.paid_contacted))
            .real("paid_uncontacted", bands().map(|band| band.paid_uncontacted))
            .int("uncontacted_days", bands().map(|band| band.n_free_days as i64))
            .real(
                "measured",
                bands().map(|band| band.measured.map(|(difference, _)| difference)),
            )
            .real(
                "standard_error",
                bands().map(|band| band.measured.map(|(_, error)| error)),
            )
            .real("declared", bands().map(|band| band.declared))
            .real("uplift", bands().map(|band| band.uplift))
            .note("as_of", self.as_of)
            .note("window", format!("{} days after a contact", self.window_days))
            .note("uplift_source", self.response().source)
    }
}
