//! Every monthly history of a ledger from one pass: ageing, flow, roll rates, cohorts, sales and receipts, DSO.
//!
//! # Definition
//! Each history is that of its own metric, of the same months and groups, to the last digit: the ageing of every month end
//! ([`super::aging`]), the flow ([`super::flow`]), the moves of each month by claim and by customer
//! ([`super::roll_rates`]), the cohorts ([`super::cohorts`]) and the DSO family ([`super::dso`]). Sales and receipts are the
//! credit sales of the DSO, the cash of the flow and the closing balance of both.
//! # Inputs
//! Documents, postings and disputes, each read once.
//! # Edge cases
//! Those of each metric. Amounts of moves stand without intervals: these draw whole customers, which a pass that keeps only
//! sums has forgotten.
//! # Source
//! Design of this program, section 4: sums over customers merge, and what was added can be taken away again, so that
//! `new total = old total - touched customers before + touched customers after`.
//! # Example
//! January issues 100, due on February 9, and receives 40: the ageing of January says 60 not due, the flow closes at 60.
//! ```
//! use arrears::calendar::{AsOf, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::segments::groups;
//! use arrears::metrics::timeline::{TimelineParams, timeline};
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-10, 2024-02-09, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-01-25, 40.00,  EUR",
//!     ),
//! ])?;
//! let month = Month::parse("2024-01")?;
//! let (ledger, _) = Ledger::from_records(records, month.last()).value;
//! let all = groups(&ledger, AsOf(month.last()), &[])?.value;
//! let params = TimelineParams::default();
//! let timeline = timeline(&ledger, AsOf(month.last()), month, month, &all, None, &params)?.value;
//! assert_eq!(timeline.aging().sums()[0][0].not_due.to_string(), "60.00");
//! let balances: Vec<_> = timeline.flow().groups()[0].balances().collect();
//! assert_eq!(balances[0].1.to_string(), "60.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_group;
mod kept;
mod plain;
mod plan;
mod tables;
mod tied;

use thiserror::Error;

use super::aging::{AgingError, AgingHistory, AgingParams};
use super::cohorts::{CohortError, CohortParams, Cohorts};
use super::dso::{Dso, DsoError, DsoParams};
use super::flow::Flow;
use super::roll_rates::{RollRates, RollRatesError, RollRatesParams};
use super::{Months, MonthsError};
use crate::calendar::{AsOf, Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::outcome::Checked;

pub use self::by_group::{TimelineByGroup, TimelineSums};
pub use self::kept::{KeptRun, SumsSource};
pub use self::plan::TimelinePlan;
pub use self::tied::{TiedPlan, TiedTimeline};

/// Settings of each of the metrics.
///
/// Of the roll rates, unit, periods and draws do not count: there is one matrix for each month, by claim and by customer,
/// and nothing is drawn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineParams {
    /// Settings of the ageing.
    pub aging: AgingParams,
    /// Settings of the roll rates.
    pub roll_rates: RollRatesParams,
    /// Settings of the cohorts.
    pub cohorts: CohortParams,
    /// Settings of the DSO family.
    pub dso: DsoParams,
}

/// Why there are no histories.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum TimelineError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// There is no ageing.
    #[error(transparent)]
    Aging(#[from] AgingError),
    /// There are no roll rates.
    #[error(transparent)]
    RollRates(#[from] RollRatesError),
    /// There are no cohorts.
    #[error(transparent)]
    Cohorts(#[from] CohortError),
    /// There is no DSO.
    #[error(transparent)]
    Dso(#[from] DsoError),
}

/// The histories of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    months: Months,
    known_on: Option<Day>,
    aging: AgingHistory,
    flow: Flow,
    items: RollRates,
    customers: RollRates,
    cohorts: Cohorts,
    dso: Dso,
}

/// Returns the histories of a ledger from one month to another, both included, from one pass.
///
/// `as_of` is the last day the cohorts look at; `known_on` leaves out what was posted after that day.
///
/// # Errors
/// Those of each of the metrics.
pub fn timeline(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &TimelineParams,
) -> Result<Checked<Timeline>, TimelineError> {
    let plan = TimelinePlan::new(ledger, as_of, from, to, known_on, params)?;
    let sums = history::run(ledger, known_on, plan.empty(groups)).into_sums();
    Ok(plan.result(groups, &sums))
}

impl Timeline {
    /// Returns the ageing of every month end.
    pub fn aging(&self) -> &AgingHistory {
        &self.aging
    }

    /// Returns the flow.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Returns the moves of claims, month by month.
    pub fn roll_rates_of_items(&self) -> &RollRates {
        &self.items
    }

    /// Returns the moves of customers, month by month.
    pub fn roll_rates_of_customers(&self) -> &RollRates {
        &self.customers
    }

    /// Returns the cohorts.
    pub fn cohorts(&self) -> &Cohorts {
        &self.cohorts
    }

    /// Returns the DSO family.
    pub fn dso(&self) -> &Dso {
        &self.dso
    }
}
