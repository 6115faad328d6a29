//! Agencies: what they recovered of what was placed with them, against like claims that were not placed.
//!
//! # Definition
//! `placed` is the amount of each placement, or what was open at the beginning of its first day; `recovered` is the cash on the
//! placed claims (also after a write-off) from the first day of the placement to its recall or the as-of day; `fees = fee rate x
//! recovered`, a placement at a time and rounded to cents; `net = recovered - fees`. *Compared*: each placed claim is followed from its
//! first day for whole steps of 30 days, six at most, recalled or not: a recall often follows the payment, so it must not end the
//! comparison. `expected` is its open amount times the share that came in over the same number of days from like claims, those of the same
//! group, age band and size band that were open at the beginning of a month of the range and not placed with anybody inside those days.
//! # Inputs
//! Placements of a range of months, claims and cash up to the as-of day.
//! # Edge cases
//! A claim placed less than 30 days ago, or with nothing open, is not compared; null `no_like_accounts` where no claim of an agency can
//! be. Cash on two placements at once counts for both. A recovering placement without a fee rate leaves fees and net null `not_defined`. A placement
//! of an account stands in the group of each of its claims; its amount counts where all of them are in one group. A placement that
//! matches no claim is counted in the header. Claims are not placed at random: a difference can come from the claims; and what
//! is placed later is not among the like claims, which makes these look better than they are.
//! # Source
//! Design of this program, section 5; interval: Davison, A. C. and Hinkley, D. V., Bootstrap Methods and their Application (1997), section 2.4.
//! # Example
//! 1,000 placed at 15 %, 300 recovered in 60 days: fees 45, net 255. Of like claims 200 of 1,000 came in over 60 days: expected
//! 1,000 x 0.2 = 200, difference 100.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::agencies::{AgenciesParams, agencies};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount,  currency
//!          1,          acme,        2023-12-01, 2023-12-31, 1000.00, EUR
//!          2,          bolt,        2023-12-01, 2023-12-31, 1000.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          11,         acme,        1,          2024-03-10, 300.00, EUR
//!          12,         bolt,        2,          2024-03-20, 200.00, EUR",
//!     ),
//!     (
//!         "placements",
//!         "placement_id, customer_id, invoice_id, agency, placed_on,  fee_rate
//!          a1,           acme,        1,          cedar,  2024-03-01, 0.15",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-04-30")?), Month::parse("2024-03")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let found = agencies(&ledger, as_of, month, month, &all, None, &AgenciesParams::default())?.value;
//! let cedar = &found.rows()[0];
//! assert_eq!(cedar.fees.unwrap().to_string(), "45.00");
//! assert_eq!(cedar.net().unwrap().to_string(), "255.00");
//! assert_eq!(cedar.expected, Ok(1000.0 * 0.2));
//! assert_eq!(cedar.difference(), Ok(300.0 - 200.0));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compare;
mod pass;
mod placed;

use thiserror::Error;

use super::aging::{AgingError, AgingScheme};
use super::{BootstrapParams, GroupLabels, Months, MonthsError, NotAvailable, NullReason, require_tables, view_note};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::money::{Amount, Total};
use crate::outcome::Checked;
use crate::table::Table;

pub use self::pass::{AgencyCell, AgencySums, CellKey, CustomerPlacements, Follower, PlacementsByCustomer, Stratum};
pub use self::placed::Placements;

/// The formula of this metric.
pub const METRIC_ID: &str = "agencies.v1";

/// Days of one step in which placed and like claims are followed.
pub const STEP_DAYS: i32 = 30;

/// Most steps in which they are followed.
pub const MOST_STEPS: u16 = 6;

/// Settings of the comparison of agencies.
#[derive(Clone, Debug, PartialEq)]
pub struct AgenciesParams {
    /// Last day past due of each age band; by default those of the ageing.
    pub upper_edges: Vec<i32>,
    /// Largest open amount of each size band but the last, increasing, in the claim's own currency; by default 1,000 and 10,000.
    pub size_edges: Vec<Total>,
    /// Draws of customers behind the interval, and its coverage.
    pub bootstrap: BootstrapParams,
}

/// Why agencies cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AgenciesError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The age bands cannot be used.
    #[error(transparent)]
    Bands(#[from] AgingError),
    /// The size bands do not increase.
    #[error("found the size bands {}, expected amounts that increase from above 0", .found.iter().map(Total::to_string).collect::<Vec<_>>().join(", "))]
    Sizes {
        /// The bands.
        found: Vec<Total>,
    },
    /// Placements were not imported.
    #[error(transparent)]
    NotAvailable(#[from] NotAvailable),
}

/// One agency in one group.
#[derive(Clone, Debug, PartialEq)]
pub struct AgencyRow {
    /// Position of the group.
    pub group: usize,
    /// The agency.
    pub agency: String,
    /// Placements.
    pub n_placements: u64,
    /// Customers with a placement.
    pub n_customers: u64,
    /// Money placed.
    pub placed: Total,
    /// Cash on it while it was placed.
    pub recovered: Total,
    /// The agency's part of it.
    pub fees: Result<Total, NullReason>,
    /// Open amount of the claims that are compared.
    pub placed_compared: Total,
    /// Cash on them in the days compared.
    pub recovered_compared: Total,
    /// What came in from like claims, in currency units.
    pub expected: Result<f64, NullReason>,
    /// The interval of the difference, in currency units.
    pub interval: Option<(f64, f64)>,
    /// Like claims behind it; a claim counts once for each month it was open at the beginning of.
    pub n_like: u64,
}

/// The league table of agencies.
#[derive(Clone, Debug, PartialEq)]
pub struct Agencies {
    as_of: AsOf,
    known_on: Option<Day>,
    months: (Month, Month),
    params: AgenciesParams,
    labels: GroupLabels,
    rows: Vec<AgencyRow>,
    n_unmatched: u64,
}

/// Compares the agencies with which claims were placed in the months from one to another, as seen on a day.
///
/// Comparison is inside each group. `known_on` leaves out what was posted after that day.
///
/// # Errors
/// Placements were not imported, the months are reversed, the bands do not increase.
pub fn agencies(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &AgenciesParams,
) -> Result<Checked<Agencies>, AgenciesError> {
    require_tables(ledger, &["placements"])?;
    let months = Months::new(from, to)?;
    let scheme = AgingScheme::from_upper_edges(&params.upper_edges)?;
    if !params.size_edges.is_sorted_by(|a, b| a < b) || params.size_edges.iter().any(|edge| *edge <= Total::ZERO) {
        return Err(AgenciesError::Sizes {
            found: params.size_edges.clone(),
        });
    }
    let placements = Placements::of(ledger, as_of, known_on);
    let empty = PlacementsByCustomer::new(
        ledger,
        groups,
        &months,
        (&scheme, &params.size_edges),
        as_of,
        &placements,
    );
    let found = history::run(ledger, known_on, empty);
    let rows = found
        .customers()
        .iter()
        .flat_map(|(group, customers)| compare::compare(group, customers, &placements, &params.bootstrap));
    Ok(Checked::clean(Agencies {
        as_of,
        known_on,
        months: (from, to),
        params: params.clone(),
        labels: GroupLabels::of(groups),
        rows: rows.collect(),
        n_unmatched: found.n_unmatched(),
    }))
}

impl Default for AgenciesParams {
    fn default() -> AgenciesParams {
        AgenciesParams {
            upper_edges: super::aging::AgingParams::default().upper_edges,
            size_edges: [1_000, 10_000]
                .map(|whole| Total::from(Amount::from_units(whole * 10_000)))
                .to_vec(),
            bootstrap: BootstrapParams::default(),
        }
    }
}

impl AgencyRow {
    /// Returns what was recovered, net of fees.
    pub fn net(&self) -> Result<Total, NullReason> {
        self.fees.map(|fees| self.recovered - fees)
    }

    /// Returns what was recovered above (positive) or below what was expected, in currency units.
    pub fn difference(&self) -> Result<f64, NullReason> {
        self.expected
            .map(|expected| self.recovered_compared.to_feature() - expected)
    }
}

impl Agencies {
    /// Returns the agencies by group, the largest difference per money placed first; those that cannot be compared last.
    pub fn rows(&self) -> &[AgencyRow] {
        &self.rows
    }

    /// Returns one row per group and agency; estimates of money are rounded to cents.
    pub fn table(&self) -> Table {
        let rows = || self.rows.iter();
        let groups: Vec<usize> = rows().map(|row| row.group).collect();
        let estimate = |of: fn(&AgencyRow) -> Option<f64>| {
            rows()
                .map(move |row| of(row).and_then(Total::from_estimate))
                .collect::<Vec<_>>()
        };
        let table = self
            .labels
            .start("agencies", METRIC_ID, &groups)
            .text("agency", rows().map(|row| row.agency.clone()))
            .int("n_placements", rows().map(|row| row.n_placements as i64))
            .int("n_customers", rows().map(|row| row.n_customers as i64))
            .money("placed", rows().map(|row| row.placed))
            .money("recovered", rows().map(|row| row.recovered))
            .real("recovered_share", rows().map(|row| row.recovered.ratio(row.placed)))
            .money("fees", rows().map(|row| row.fees.ok()))
            .money("net", rows().map(|row| row.net().ok()))
            .text(
                "fees_reason",
                rows().map(|row| row.fees.err().map(|reason| reason.to_string())),
            )
            .money("placed_compared", rows().map(|row| row.placed_compared))
            .money("recovered_compared", rows().map(|row| row.recovered_compared))
            .money("expected", estimate(|row| row.expected.ok()))
            .money("difference", estimate(|row| row.difference().ok()))
            .money("difference_low", estimate(|row| row.interval.map(|(low, _)| low)))
            .money("difference_high", estimate(|row| row.interval.map(|(_, high)| high)))
            .int("n_like", rows().map(|row| row.n_like as i64))
            .text(
                "reason",
                rows().map(|row| row.expected.err().map(|reason| reason.to_string())),
            )
            .note("as_of", self.as_of)
            .note("view", view_note(self.known_on))
            .note("placed_in", format!("{} to {}", self.months.0, self.months.1))
            .note("order", "the largest difference per money compared first")
            .note(
                "compared",
                format!("over whole steps of {STEP_DAYS} days since placement, {MOST_STEPS} at most, recalled or not"),
            )
            .note("confidence", self.params.bootstrap.confidence)
            .note(
                "draws",
                format!(
                    "{} of customers, seed {}",
                    self.params.bootstrap.n_draws, self.params.bootstrap.seed
                ),
            );
        match self.n_unmatched {
            0 => table,
            n => table.note("left_out", format!("{n} placements that match no claim")),
        }
    }
}
