//! How much of what was issued, fell due, or entered a bucket in a period has been recovered by each later period.
//!
//! # Definition
//! The origin of a claim is the period (by default the calendar month) of its issue, of its falling due, or of its
//! passing a number of days past due; the age of money is the periods from the origin to the money. Recovery at an age =
//! cumulative cash up to that age over the amount entered. By issue and due date the whole amount enters and all its money
//! counts; by a day past due, what is open at the end of that day enters and later money counts. Credits, discounts and
//! write-offs are shown beside the cash, never inside it. The projection is the chain ladder of [`super::triangle`] over
//! cumulative cash; the additive method over the amount entered stands beside it.
//! # Inputs
//! Claims and their postings up to the as-of day; origins are the periods of a fiscal calendar that end in the months from
//! one to another.
//! # Edge cases
//! A period that is not over on the as-of day is no origin. As the last age of the older origins it is dropped, or the
//! money of its days so far is multiplied by its days over the days seen (`prorate`) before the projection; the cells
//! keep the money that was seen. Money before the origin period counts at age 0. Cash is net of cash taken back and of
//! refunds. Claims without due date have no origin by due date or days past due; they are counted in a caveat. A claim
//! enters a bucket once, on the day it first could; what is settled on that day and reopened later does not enter. A
//! projection above the amount entered is flagged `over_100`, not cut. Where nothing is left to project there is no
//! error: null, not 0.
//! # Source
//! Mack (1993), as in [`super::triangle`].
//! # Example
//! January issues 100; 40 are paid in January, 50 in February: recovery 40/100 at age 0, 90/100 at age 1. Due on
//! January 10, it enters the bucket from 31 days on February 10, with the 100 - 40 = 60 still open.
//! ```
//! use arrears::calendar::{AsOf, Day, Month};
//! use arrears::import::from_text;
//! use arrears::ledger::Ledger;
//! use arrears::metrics::cohorts::{CohortOrigin, CohortParams, cohorts};
//! use arrears::metrics::segments::groups;
//!
//! let records = from_text(&[
//!     (
//!         "invoices",
//!         "invoice_id, customer_id, issued_on,  due_on,     amount, currency
//!          1,          acme,        2024-01-02, 2024-01-10, 100.00, EUR",
//!     ),
//!     (
//!         "receipts",
//!         "receipt_id, customer_id, invoice_id, paid_on,    amount, currency
//!          7,          acme,        1,          2024-01-20, 40.00,  EUR
//!          8,          acme,        1,          2024-02-20, 50.00,  EUR",
//!     ),
//! ])?;
//! let (as_of, month) = (AsOf(Day::parse("2024-02-29")?), Month::parse("2024-01")?);
//! let (ledger, _) = Ledger::from_records(records, as_of.0).value;
//! let all = groups(&ledger, as_of, &[])?.value;
//! let issued = cohorts(&ledger, as_of, month, month, &all, None, &CohortParams::default())?.value;
//! let cash: Vec<String> = issued.sums()[0].cumulative(0).map(|cell| cell.cash.to_string()).collect();
//! assert_eq!(cash, ["40.00", "90.00"]);
//!
//! // Entering the bucket from 31 days, February is the month of origin.
//! let params = CohortParams { origin: CohortOrigin::Entering(31), ..CohortParams::default() };
//! let month = Month::parse("2024-02")?;
//! let entered = cohorts(&ledger, as_of, month, month, &all, None, &params)?.value;
//! assert_eq!(entered.sums()[0].entered[0].to_string(), "60.00");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod by_group;
mod curves;
mod money_to_pay;
mod origin;
mod tables;
mod time_to_pay;

use thiserror::Error;

use super::triangle::{Additive, ChainLadder, FactorRule, SigmaRule, Triangle};
use super::{GroupLabels, Months, MonthsError, Periods};
use crate::calendar::{AsOf, Day, FiscalCalendar, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::outcome::{Caveat, Checked};

pub(super) use self::by_group::CohortSpans;
pub use self::by_group::{CohortCell, CohortSums, CohortsByGroup};
pub use self::curves::Exit;
pub(super) use self::money_to_pay::METRIC_ID as MONEY_TO_PAY_ID;
pub use self::money_to_pay::{MoneyCurvePoint, MoneyTimes, MoneyToPay, MoneyToPayByGroup, money_to_pay};
pub use self::origin::CohortOrigin;
pub(super) use self::time_to_pay::METRIC_ID as TIME_TO_PAY_ID;
pub use self::time_to_pay::{CurvePoint, ExitTimes, TimeToPay, TimeToPayByGroup, time_to_pay};

/// The formula of this metric.
pub const METRIC_ID: &str = "cohorts.v1";

/// What becomes of the last age of every origin where its period is not over on the as-of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LastDiagonal {
    /// It is left out.
    #[default]
    Drop,
    /// Its money is multiplied by the days of the period over the days seen.
    ProRate,
}

/// Settings of the cohorts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CohortParams {
    /// What places a claim in its period of origin; by default its issue.
    pub origin: CohortOrigin,
    /// The periods; by default calendar months.
    pub calendar: FiscalCalendar,
    /// What becomes of a last period that is not over; by default it is dropped.
    pub last_diagonal: LastDiagonal,
    /// How the last variance of the projection is set; by default Mack's rule.
    pub sigma_rule: SigmaRule,
    /// How the factors of the projection are taken; by default volume-weighted.
    pub factor_rule: FactorRule,
}

/// Why there are no cohorts.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CohortError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// No origin period is over on the as-of day.
    #[error("found {from} as the first origin month, expected one that is over on the as-of day {as_of}")]
    NothingObserved {
        /// First origin month asked for.
        from: Month,
        /// The as-of day.
        as_of: AsOf,
    },
    /// The range of months holds no end of a period.
    #[error("found no period that ends in {from} to {to}, expected at least one ({calendar})")]
    NoPeriod {
        /// First month asked for.
        from: Month,
        /// Last month asked for.
        to: Month,
        /// The calendar.
        calendar: String,
    },
}

/// A last period that is not over on the as-of day, and is looked at all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Incomplete {
    days_seen: i32,
    n_days: i32,
}

/// The cohorts of a ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohorts {
    as_of: AsOf,
    known_on: Option<Day>,
    params: CohortParams,
    origins: Periods,
    observed: Periods,
    incomplete: Option<Incomplete>,
    labels: GroupLabels,
    sums: Vec<CohortSums>,
}

/// Returns the recovery of the origins that end in the months from one to another, both included, as seen on a day.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, hold no end of a period, or none of their periods is over on the as-of day.
pub fn cohorts(
    ledger: &Ledger,
    as_of: AsOf,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &CohortParams,
) -> Result<Checked<Cohorts>, CohortError> {
    let frame = CohortFrame::new(as_of, from, to, params)?;
    let spans = frame.spans();
    let empty = CohortsByGroup::new(groups, spans.origins, spans.observed, spans.origin).until(spans.until);
    let sums = history::run(ledger, known_on, empty).sums;
    let sums = sums.of_all(groups.len(), || spans.empty());
    Ok(frame.result(groups, known_on, sums))
}

/// What the cohorts of a ledger are taken over.
#[derive(Clone, Debug)]
pub(super) struct CohortFrame {
    as_of: AsOf,
    params: CohortParams,
    origins: Periods,
    observed: Periods,
    is_incomplete: bool,
}

impl CohortFrame {
    pub fn new(as_of: AsOf, from: Month, to: Month, params: &CohortParams) -> Result<CohortFrame, CohortError> {
        Months::new(from, to)?;
        let calendar = &params.calendar;
        let (first, last) = calendar.ending_in(from, to).ok_or_else(|| CohortError::NoPeriod {
            from,
            to,
            calendar: calendar.describe(),
        })?;
        let complete = calendar.last_complete(as_of.0);
        let looked_at = match params.last_diagonal {
            LastDiagonal::Drop => complete,
            LastDiagonal::ProRate => calendar.period_of(as_of.0),
        };
        let (Some(origins), Some(observed)) = (
            Periods::of(calendar, first, last.min(complete)),
            Periods::of(calendar, first, looked_at),
        ) else {
            return Err(CohortError::NothingObserved { from, as_of });
        };
        Ok(CohortFrame {
            as_of,
            params: params.clone(),
            origins,
            observed,
            is_incomplete: looked_at != complete,
        })
    }

    pub fn spans(&self) -> CohortSpans<'_> {
        CohortSpans {
            origins: &self.origins,
            observed: &self.observed,
            origin: self.params.origin,
            until: self.observed.last_day().min(self.as_of.0),
        }
    }

    /// Puts the result together from its sums, one entry per group.
    pub fn result(self, groups: &Groups, known_on: Option<Day>, sums: Vec<CohortSums>) -> Checked<Cohorts> {
        let (as_of, calendar) = (self.as_of, &self.params.calendar);
        let (current, complete) = (calendar.period_of(as_of.0), calendar.last_complete(as_of.0));
        let incomplete = self.is_incomplete.then(|| Incomplete {
            days_seen: as_of.0 - calendar.first_day(current) + 1,
            n_days: calendar.last_day(current) - calendar.first_day(current) + 1,
        });
        let mut caveats = Vec::new();
        let name = calendar.label(current);
        match incomplete {
            Some(Incomplete { days_seen, n_days }) => caveats.push(Caveat(format!(
                "{name} is not over on {as_of}; it is left out as an origin, and as the last age its money is multiplied by {n_days}/{days_seen} before the projection"
            ))),
            None if current != complete => caveats.push(Caveat(format!(
                "{name} is not over on {as_of}; it is left out, as an origin and as the last age of every origin"
            ))),
            None => {}
        }
        let n_without_origin: u64 = sums.iter().map(|sums| sums.n_without_origin).sum();
        if n_without_origin > 0 {
            let origin = match self.params.origin {
                CohortOrigin::Entering(_) => "they enter no bucket",
                _ => "they belong to no month of falling due",
            };
            caveats.push(Caveat(format!(
                "{n_without_origin} claims have no due date; {origin} and are left out"
            )));
        }
        Checked {
            value: Cohorts {
                as_of,
                known_on,
                labels: GroupLabels::of(groups),
                sums,
                origins: self.origins,
                observed: self.observed,
                incomplete,
                params: self.params,
            },
            issues: Default::default(),
            caveats,
        }
    }
}

impl LastDiagonal {
    /// Returns the name as it is configured and printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            LastDiagonal::Drop => "drop",
            LastDiagonal::ProRate => "prorate",
        }
    }
}

impl Cohorts {
    /// Returns the sums, one entry per group.
    pub fn sums(&self) -> &[CohortSums] {
        &self.sums
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the periods of origin.
    pub fn origins(&self) -> &Periods {
        &self.origins
    }

    /// Returns the positions of a group's origins that have anything in them, and their cumulative cash in currency units,
    /// an incomplete last age in proportion; `None` for a number that is no group.
    pub fn triangle(&self, group: usize) -> Option<(Vec<usize>, Triangle)> {
        let sums = self.sums.get(group)?;
        let origins: Vec<usize> = (0..self.origins.n())
            .filter(|&origin| sums.n_documents[origin] > 0)
            .collect();
        let rows = origins.iter().map(|&origin| {
            let mut row: Vec<f64> = sums.cumulative(origin).map(|cell| cell.cash.to_feature()).collect();
            if let (Some(incomplete), [.., before, last]) = (self.incomplete, &mut row[..]) {
                *last = *before + (*last - *before) * f64::from(incomplete.n_days) / f64::from(incomplete.days_seen);
            }
            row
        });
        let triangle = Triangle::new(rows.collect());
        Some((origins, triangle))
    }

    /// Returns the chain ladder of a group; `None` for a number that is no group.
    pub fn chain_ladder(&self, group: usize) -> Option<ChainLadder> {
        let (_, triangle) = self.triangle(group)?;
        Some(triangle.chain_ladder_by(self.params.factor_rule, self.params.sigma_rule))
    }

    /// Returns the additive method of a group over the amounts entered; `None` for a number that is no group.
    pub fn additive(&self, group: usize) -> Option<Additive> {
        let (origins, triangle) = self.triangle(group)?;
        let sums = self.sums.get(group)?;
        let entered: Vec<f64> = origins
            .iter()
            .map(|&origin| sums.entered[origin].to_feature())
            .collect();
        Some(triangle.additive(&entered))
    }
}
