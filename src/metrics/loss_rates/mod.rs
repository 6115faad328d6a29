//! Provision loss rates: of the money that stands in an ageing bucket, how much is written off in the end.
//!
//! # Definition
//! *Monthly*: of the money that stood in a bucket at the openings of the months, the share written off within the month. *Chained*:
//! with `P(a, b)` the share of the money in bucket `a` that stands in `b` a month later and `w(a)` the share written off, the loss
//! rates solve `L(a) = w(a) + sum over b of P(a, b) x L(b)`: the share lost in the end if every month goes on like these; with a discount rate each month is
//! worth `v = (1 + rate)^(-1/12)` of the one before, `L(a) = v x (w(a) + ...)`. *Flow* loss
//! rates of a provision matrix: what stayed unpaid of a period's sales over what of them reached the bucket.
//! # Inputs
//! The amount roll rates of the months asked for, item level; for the matrix: what was paid in each bucket and what stayed unpaid.
//! # Edge cases
//! Nothing stood in a bucket: null `no_denominator`. A bucket that can be reached and was never seen, or money that stays for ever:
//! the chain has no end, null `not_defined`. A claim that is cured and reopened is rolled on like others.
//! # Source
//! IFRS 9, paragraph B5.5.35 and illustrative example 12 (provision matrix); the chain: design of this program, section 5.
//! # Example
//! ```
//! use arrears::metrics::loss_rates::ProvisionMatrix;
//! use arrears::money::{Amount, Total};
//!
//! let thousand = |n: i64| Total::from(Amount::parse(&format!("{n}000")).unwrap());
//! let paid: Vec<Total> = [50, 27, 15, 6].map(thousand).to_vec();
//! let matrix = ProvisionMatrix::new(&paid, thousand(2));
//! // 2 of the 50 that were not paid at once are lost.
//! assert_eq!(matrix.rates()[1], Ok(2.0 / 50.0));
//! ```

mod chain;
mod matrix;

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::roll_rates::{RollPeriods, RollStates, RollSums, RollUnit, RollsByGroup};
use super::{BootstrapParams, ByGroup, ClusterSums, GroupLabels, Months, MonthsError, NullReason, view_note};
use crate::calendar::{Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, Groups};
use crate::ledger::{Ledger, Reads};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

use self::chain::Cells;

pub use self::matrix::ProvisionMatrix;

/// The formula of this metric.
pub const METRIC_ID: &str = "loss_rates.v1";

/// Settings of the loss rates.
#[derive(Clone, Debug, PartialEq)]
pub struct LossRatesParams {
    /// Last day of each bounded bucket; by default 30, 60, 90, 120.
    pub upper_edges: Vec<i32>,
    /// Yearly rate by which losses are discounted to the day on which the money stands; 0 for none.
    pub discount_rate: f64,
    /// Draws and coverage of the intervals.
    pub bootstrap: BootstrapParams,
}

/// Why there are no loss rates.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LossRatesError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The buckets cannot be used.
    #[error(transparent)]
    Scheme(#[from] AgingError),
}

/// The loss rates of one group and bucket.
#[derive(Clone, Debug, PartialEq)]
pub struct LossRateRow {
    /// Number of the group.
    pub group: usize,
    /// Number of the bucket: not due, the buckets, no due date.
    pub bucket: usize,
    /// Claims that stood in the bucket, counted at each opening.
    pub n_items: u64,
    /// What stood.
    pub stood: Total,
    /// What of it was written off within the month.
    pub written_off: Total,
    /// The share written off within the month.
    pub monthly: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub monthly_interval: Option<(f64, f64)>,
    /// The share written off in the end.
    pub chained: Result<f64, NullReason>,
    /// Interval of that share, by drawing customers.
    pub chained_interval: Option<(f64, f64)>,
}

/// The loss rates of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct LossRates {
    months: Months,
    known_on: Option<Day>,
    confidence: f64,
    captions: Vec<String>,
    labels: GroupLabels,
    rows: Vec<LossRateRow>,
}

/// Adds up the moves of money by group and customer.
#[derive(Clone, Debug)]
pub struct LossesByGroup<'a> {
    rolls: RollsByGroup<'a>,
    n_open: usize,
    sums: ByGroup<Losses>,
}

/// The moves of the money of one group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Losses {
    // Claims by bucket.
    n_items: Vec<u64>,
    // The cells of each customer that are not zero: see `Cells`.
    customers: Vec<Vec<(u32, Total)>>,
}

/// Returns the loss rates by ageing bucket over the months from one to another, both included.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months or buckets cannot be used.
pub fn loss_rates(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &LossRatesParams,
) -> Result<Checked<LossRates>, LossRatesError> {
    let months = Months::new(from, to)?;
    let states = RollStates::new(AgingScheme::from_upper_edges(&params.upper_edges)?);
    let losses = history::run(ledger, known_on, LossesByGroup::new(groups, &months, &states));
    let rows = (0..groups.len()).flat_map(|group| {
        let empty = Losses::default();
        rows_of(
            group,
            losses.sums.of(group).unwrap_or(&empty),
            Cells {
                n_open: states.n_open(),
                discount: (1.0 + params.discount_rate).powf(-1.0 / 12.0),
            },
            &params.bootstrap,
        )
    });
    Ok(Checked::clean(LossRates {
        known_on,
        confidence: params.bootstrap.confidence,
        rows: rows.collect(),
        captions: states.from().into_iter().take(states.n_open()).collect(),
        labels: GroupLabels::of(groups),
        months,
    }))
}

fn rows_of(group: usize, losses: &Losses, cells: Cells, bootstrap: &BootstrapParams) -> Vec<LossRateRow> {
    let mut exact = vec![Total::ZERO; cells.n()];
    let mut clusters = ClusterSums::new(cells.n());
    for own in &losses.customers {
        for &(cell, amount) in own {
            exact[cell as usize] += amount;
        }
        clusters.push(own.iter().map(|&(cell, amount)| (cell as usize, amount.to_feature())));
    }
    let sums: Vec<f64> = exact.iter().map(|amount| amount.to_feature()).collect();
    let chained = cells.chained(&sums);
    let draws = clusters.draws(bootstrap);
    let row = |bucket: usize| {
        let (stood, written_off) = (exact[cells.stood(bucket)], exact[cells.written_off(bucket)]);
        let undefined = match stood > Total::ZERO {
            true => NullReason::NotDefined,
            false => NullReason::NoDenominator,
        };
        LossRateRow {
            group,
            bucket,
            n_items: losses.n_items.get(bucket).copied().unwrap_or_default(),
            stood,
            written_off,
            monthly: written_off.ratio(stood).ok_or(NullReason::NoDenominator),
            monthly_interval: draws.interval(|sums| cells.monthly(sums, bucket)),
            chained: chained[bucket].ok_or(undefined),
            chained_interval: chained[bucket].and_then(|_| draws.interval(|sums| cells.chained(sums)[bucket])),
        }
    };
    (0..cells.n_open).map(row).collect()
}

impl Default for LossRatesParams {
    fn default() -> LossRatesParams {
        LossRatesParams {
            upper_edges: vec![30, 60, 90, 120],
            discount_rate: 0.0,
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl<'a> LossesByGroup<'a> {
    /// Starts from nothing.
    pub fn new(groups: &'a Groups, months: &'a Months, states: &'a RollStates) -> LossesByGroup<'a> {
        LossesByGroup {
            rolls: RollsByGroup::new(groups, months, states, RollPeriods::Together, RollUnit::Item),
            n_open: states.n_open(),
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<Losses> {
        &self.sums
    }
}

impl Losses {
    fn add_customer(&mut self, sums: &RollSums, n_open: usize) {
        self.n_items.resize(n_open, 0);
        let places = Cells { n_open, discount: 1.0 };
        let mut cells = Vec::new();
        for from in 0..n_open {
            self.n_items[from] += sums.n_from(from);
            let amounts = sums.amounts_from(from);
            let written_off = amounts[n_open + WRITTEN_OFF];
            let remaining = (0..n_open).map(|to| (places.remaining(from, to), amounts[to]));
            let own = [
                (places.stood(from), sums.opening(from)),
                (places.written_off(from), written_off),
            ];
            let known = own.into_iter().chain(remaining).filter(|(_, amount)| !amount.is_zero());
            cells.extend(known.map(|(cell, amount)| (cell as u32, amount)));
        }
        self.customers.push(cells);
    }
}

/// Position of the money written off after the open states of the amount matrix: over-applied, collected, credited, discounted come first.
const WRITTEN_OFF: usize = 4;

impl Accumulator for LossesByGroup<'_> {
    /// Adds one customer's claims.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let mut own = self.rolls.clone();
        own.update(customer);
        for (group, periods) in own.sums().iter() {
            for sums in periods {
                self.sums.at(group, Losses::default).add_customer(sums, self.n_open);
            }
        }
    }

    /// Adds other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| {
            own.n_items
                .iter_mut()
                .zip(&more.n_items)
                .for_each(|(own, more)| *own += more);
            own.customers.extend(more.customers);
        });
    }

    fn reads(&self) -> Reads {
        self.rolls.reads()
    }
}

impl LossRates {
    /// Returns one entry per group and bucket.
    pub fn rows(&self) -> &[LossRateRow] {
        &self.rows
    }

    /// Returns one row per group and bucket.
    pub fn table(&self) -> Table {
        let groups: Vec<usize> = self.rows.iter().map(|row| row.group).collect();
        let rows = || self.rows.iter();
        let (first, last) = (self.months.month(0), self.months.month(self.months.n() - 1));
        self.labels
            .start("loss_rates", METRIC_ID, &groups)
            .text("bucket", rows().map(|row| self.captions[row.bucket].clone()))
            .int("n_items", rows().map(|row| row.n_items as i64))
            .money("stood", rows().map(|row| row.stood))
            .money("written_off", rows().map(|row| row.written_off))
            .real("monthly_rate", rows().map(|row| row.monthly.ok()))
            .real("monthly_rate_low", rows().map(|row| Some(row.monthly_interval?.0)))
            .real("monthly_rate_high", rows().map(|row| Some(row.monthly_interval?.1)))
            .real("loss_rate", rows().map(|row| row.chained.ok()))
            .real("loss_rate_low", rows().map(|row| Some(row.chained_interval?.0)))
            .real("loss_rate_high", rows().map(|row| Some(row.chained_interval?.1)))
            .text(
                "reason",
                rows().map(|row| row.chained.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note("months", format!("{first} to {last}"))
            .note(
                "loss_rate",
                "chained from the months' roll rates of money until it is paid, credited or written off",
            )
            .note("interval", format!("{} %, draws of customers", self.confidence * 100.0))
    }
}
