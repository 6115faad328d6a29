//! Recovery by ageing bucket: of the money that stood in a bucket at the opening of a month, how much was collected within so many days.
//!
//! # Definition
//! The opening of a month is the end of the day before it. For each claim open then, by its ageing bucket on that day: `stood` = what
//! was open; `collected(h)` = the cash that relieved it on the next `h` days, net of refunds and reversals of cash; never below zero and never more
//! than stood there. Recovery = sum of collected / sum of stood, over the openings of the months asked for. A claim open at several openings stands in each.
//! # Inputs
//! Claims and their postings; the first day of each month asked for; horizons in days.
//! # Edge cases
//! An opening whose horizon ends after the as-of day is too young: its claims are in neither sum and are counted in `n_too_young`.
//! Credits, discounts and write-offs are no recovery: what they took is in `stood` and not in `collected`. Nothing stood: null
//! `no_denominator`.
//! # Source
//! Design of this program, section 5.
//! # Example
//! 100.00 are 20 days past due when March opens and 30.00 of it come on 15 March, 50.00 on 10 April: within 30 days 30/100, within 60 days
//! 80/100 of the bucket 1-30.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::recovery::{RecoveryParams, recovery};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-01, 2024-02-09, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          8,          acme,        1,          2024-03-15, 30.00,  EUR
//!          9,          acme,        1,          2024-04-10, 50.00,  EUR",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-05-31")?), Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let params = RecoveryParams { horizons: vec![30, 60], ..RecoveryParams::default() };
//! let found = recovery(&ledger, as_of, month, month, &all, None, &params)?.value;
//! // Bucket 0 is not due, bucket 1 is 1-30.
//! let shares: Vec<_> = found.rows().iter().filter(|row| row.bucket == 1).map(|row| row.share).collect();
//! assert_eq!(shares, [Ok(30.0 / 100.0), Ok(80.0 / 100.0)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::roll_rates::RollStates;
use super::{BootstrapParams, ByGroup, ClusterSums, GroupLabels, Months, MonthsError, NullReason, view_note};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ids::CustomerIx;
use crate::ledger::{Ledger, Nature};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

/// The formula of this metric.
pub const METRIC_ID: &str = "recovery.v1";

/// Settings of the recovery by ageing bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryParams {
    /// Days after an opening within which cash counts, increasing, each at least 1; by default 30, 60, 90.
    pub horizons: Vec<i32>,
    /// Last day of each bounded bucket; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Draws and coverage of the intervals.
    pub bootstrap: BootstrapParams,
}

/// Why there is no recovery by bucket.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum RecoveryError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
    /// The horizons cannot be used.
    #[error("found the horizons {found:?}, expected at least one, each at least 1 day and above the one before it")]
    Horizons {
        /// The horizons found.
        found: Vec<i32>,
    },
}

/// One bucket and horizon of one customer or group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecoverySums {
    /// Claims that stood in the bucket, counted at each opening.
    pub n_items: u64,
    /// What stood.
    pub stood: Total,
    /// What of it was collected.
    pub collected: Total,
    /// Claims of openings that are too young.
    pub n_too_young: u64,
}

/// One row of the result.
#[derive(Clone, Debug, PartialEq)]
pub struct RecoveryRow {
    /// Number of the group.
    pub group: usize,
    /// Number of the bucket: not due, the buckets, no due date.
    pub bucket: usize,
    /// Days after the opening.
    pub horizon_days: i32,
    /// Counts and money.
    pub sums: RecoverySums,
    /// Collected over stood.
    pub share: Result<f64, NullReason>,
    /// Interval of the share, by drawing customers.
    pub interval: Option<(f64, f64)>,
}

/// The recovery by ageing bucket over some months, as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Recovery {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    confidence: f64,
    captions: Vec<String>,
    labels: GroupLabels,
    rows: Vec<RecoveryRow>,
}

/// The cells of each customer of a group: bucket by bucket, horizon by horizon.
type Customers = Vec<(CustomerIx, Vec<RecoverySums>)>;

/// Adds up what stood and what was collected, by group and customer.
#[derive(Clone, Debug)]
pub struct RecoveryByGroup<'a> {
    groups: &'a Groups,
    states: &'a RollStates,
    months: &'a Months,
    as_of: AsOf,
    horizons: &'a [i32],
    sums: ByGroup<Customers>,
}

/// Returns the recovery by ageing bucket at the openings of the months from one to another, both included, as of a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months, buckets or horizons cannot be used.
pub fn recovery(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &RecoveryParams,
) -> Result<Checked<Recovery>, RecoveryError> {
    params.check_horizons()?;
    let months = Months::new(from, to)?;
    let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
    let empty = RecoveryByGroup::new(groups, &states, &months, as_of, &params.horizons);
    let sums = history::run(ledger, known_on, empty).sums;
    let rows = (0..groups.len()).flat_map(|group| {
        let customers = sums.of(group).map_or(&[][..], Vec::as_slice);
        rows_of(group, customers, states.n_open(), params)
    });
    Ok(Checked::clean(Recovery {
        as_of,
        known_on,
        months: (from, to),
        confidence: params.bootstrap.confidence,
        rows: rows.collect(),
        captions: states.from().into_iter().take(states.n_open()).collect(),
        labels: GroupLabels::of(groups),
    }))
}

fn rows_of(
    group: usize,
    customers: &[(CustomerIx, Vec<RecoverySums>)],
    n_buckets: usize,
    params: &RecoveryParams,
) -> Vec<RecoveryRow> {
    let n_horizons = params.horizons.len();
    let mut sums = vec![RecoverySums::default(); n_buckets * n_horizons];
    // Two cells for each bucket and horizon: what was collected, what stood.
    let mut clusters = ClusterSums::new(2 * sums.len());
    for (_, own) in customers {
        for (sums, own) in sums.iter_mut().zip(own) {
            sums.add(own);
        }
        clusters.push(own.iter().enumerate().flat_map(|(at, own)| {
            [
                (2 * at, own.collected.to_feature()),
                (2 * at + 1, own.stood.to_feature()),
            ]
        }));
    }
    let draws = clusters.draws(&params.bootstrap);
    let row = |(at, sums): (usize, RecoverySums)| RecoveryRow {
        group,
        bucket: at / n_horizons,
        horizon_days: params.horizons[at % n_horizons],
        sums,
        share: sums.collected.ratio(sums.stood).ok_or(NullReason::NoDenominator),
        interval: draws.interval(|cells| (cells[2 * at + 1] > 0.0).then(|| cells[2 * at] / cells[2 * at + 1])),
    };
    sums.into_iter().enumerate().map(row).collect()
}

impl Default for RecoveryParams {
    fn default() -> RecoveryParams {
        RecoveryParams {
            horizons: vec![30, 60, 90],
            upper_edges: vec![30, 60, 90, 120],
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl RecoveryParams {
    /// Checks the horizons.
    ///
    /// # Errors
    /// None, one below 1 day, or one that is not above the one before it.
    pub fn check_horizons(&self) -> Result<(), RecoveryError> {
        let increasing = self.horizons.windows(2).all(|pair| pair[0] < pair[1]);
        if increasing && self.horizons.first().is_some_and(|&first| first >= 1) {
            Ok(())
        } else {
            Err(RecoveryError::Horizons {
                found: self.horizons.clone(),
            })
        }
    }
}

impl RecoverySums {
    fn add(&mut self, other: &RecoverySums) {
        self.n_items += other.n_items;
        self.stood += other.stood;
        self.collected += other.collected;
        self.n_too_young += other.n_too_young;
    }
}

impl<'a> RecoveryByGroup<'a> {
    /// Starts from nothing.
    pub fn new(
        groups: &'a Groups,
        states: &'a RollStates,
        months: &'a Months,
        as_of: AsOf,
        horizons: &'a [i32],
    ) -> RecoveryByGroup<'a> {
        RecoveryByGroup {
            groups,
            states,
            months,
            as_of,
            horizons,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far: by group the customers, each with its buckets and horizons.
    pub fn sums(&self) -> &ByGroup<Vec<(CustomerIx, Vec<RecoverySums>)>> {
        &self.sums
    }

    fn collected(&self, claim: &DocumentHistory<'_>, opening: Day, horizon: i32, stood: Total) -> Total {
        let inside = claim
            .postings()
            .filter(|posting| posting.on > opening && posting.on <= opening + horizon);
        let cash = inside.filter(|posting| matches!(posting.money, Nature::Cash | Nature::Refund));
        let relief: Total = cash.map(|posting| posting.delta).sum();
        (-relief).max(Total::ZERO).min(stood)
    }
}

impl Accumulator for RecoveryByGroup<'_> {
    /// Adds one customer's claims at each opening.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let n_cells = self.states.n_open() * self.horizons.len();
        for claim in customer.documents().filter(|item| item.document.is_claim()) {
            for month in 0..self.months.n() {
                let opening = self.months.day_before(month);
                if opening > self.as_of.0 {
                    break;
                }
                let stood = claim.open_on(opening);
                if stood <= Total::ZERO {
                    continue;
                }
                let collected: Vec<Option<Total>> = self
                    .horizons
                    .iter()
                    .map(|&horizon| {
                        (opening + horizon <= self.as_of.0).then(|| self.collected(&claim, opening, horizon, stood))
                    })
                    .collect();
                let first = self.states.on(claim.document.due_on, opening) * self.horizons.len();
                let customers = self
                    .sums
                    .at(self.groups.of_document(claim.ix, claim.document), Vec::new);
                if customers.last().is_none_or(|(last, _)| *last != customer.customer) {
                    customers.push((customer.customer, vec![RecoverySums::default(); n_cells]));
                }
                let Some((_, cells)) = customers.last_mut() else {
                    continue;
                };
                for (cell, collected) in cells[first..].iter_mut().zip(collected) {
                    match collected {
                        Some(collected) => {
                            cell.n_items += 1;
                            cell.stood += stood;
                            cell.collected += collected;
                        }
                        None => cell.n_too_young += 1,
                    }
                }
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.extend(more));
    }
}

impl Recovery {
    /// Returns one entry per group, bucket and horizon.
    pub fn rows(&self) -> &[RecoveryRow] {
        &self.rows
    }

    /// Returns one row per group, bucket and horizon.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = self.rows.iter().map(|row| row.group).collect();
        let rows = || self.rows.iter();
        self.labels
            .start("recovery", METRIC_ID, &groups)
            .text("bucket", rows().map(|row| self.captions[row.bucket].clone()))
            .int("within_days", rows().map(|row| i64::from(row.horizon_days)))
            .int("n_items", rows().map(|row| row.sums.n_items as i64))
            .money("stood", rows().map(|row| row.sums.stood))
            .money("collected", rows().map(|row| row.sums.collected))
            .real("recovery", rows().map(|row| row.share.ok()))
            .real("recovery_low", rows().map(|row| Some(row.interval?.0)))
            .real("recovery_high", rows().map(|row| Some(row.interval?.1)))
            .int("n_too_young", rows().map(|row| row.sums.n_too_young as i64))
            .text(
                "reason",
                rows().map(|row| row.share.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note(
                "openings",
                format!(
                    "{} to {}, at the end of the day before each",
                    self.months.0, self.months.1
                ),
            )
            .note("interval", format!("{} %, draws of customers", self.confidence * 100.0))
            .note("too_young", "the horizon of the opening ends after the as-of day")
    }
}
