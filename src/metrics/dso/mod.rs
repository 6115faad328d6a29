//! How many days of sales are waiting to be paid, by several methods.
//!
//! # Definition
//! - *Simple* DSO = receivables / credit sales of the window x days of the window.
//! - *Best possible* = claims not due / the same sales x the same days; *average days delinquent* = simple - best possible.
//! - *Countback*: whole months of credit sales are taken off the receivables, newest first; the last one counts in
//!   proportion to its days.
//! - *True* DSO = sum(open x days since issue) / sum(open) over open claims.
//! - *Collection effectiveness* = 100 x (opening + sales - closing) / (opening + sales - closing not due), of one month.
//! - *Weighted days to pay* = *weighted terms* + *weighted days late*, over cash applied in the month, weighted by amount.
//! - *Turnover* = credit sales of the window / mean of the receivables at its month ends.
//!
//! # Inputs
//! Receivables are the control balance of the ageing (net of unapplied cash and credits); credit sales are invoices and
//! debit notes less credit notes, by day of issue; finance charges are no sales. Months are calendar months with their
//! actual days.
//! # Edge cases
//! No sales: null `no_sales`; credit notes above sales: null `negative_sales`; receivables below zero: null
//! `credit_balance`. Receivables larger than all sales of the ledger: countback is a lower bound, flagged `censored`.
//! At the beginning of the ledger the window holds the months there are. Cash on claims without due date is in no
//! weighted figure; a later reversal of cash does not take it out of the month in which it was applied.
//! # Source
//! Credit Research Foundation, standard calculations of DSO, best possible DSO, average days delinquent and the
//! collection effectiveness index.
//! # Example
//! ```
//! use arrears::metrics::dso::{MonthlySales, countback};
//! use arrears::money::{Amount, Total};
//!
//! let sales = |amount, n_days| MonthlySales { sales: Total::from(Amount::parse(amount).unwrap()), n_days };
//! // Balance 150; June (30 days) 100, May (31 days) 100: 30 + 31 * 50 / 100 = 45.5 days.
//! let days = countback(Amount::parse("150").unwrap().into(), &[sales("100", 31), sales("100", 30)]).unwrap();
//! assert_eq!((days.days, days.is_censored), (45.5, false));
//! ```

pub mod bridge;
mod by_group;
mod explain;
mod formulas;
mod tables;

use thiserror::Error;

use super::{GroupLabels, LineNatures, Months, MonthsError, NullReason};
use crate::calendar::{Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;

pub use self::by_group::DsoByGroup;
pub use self::formulas::{Countback, MonthlySales, collection_effectiveness, countback, days_of_sales};

/// The formula of this metric.
pub const METRIC_ID: &str = "dso.v1";

/// Settings of the DSO family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsoParams {
    /// Months of credit sales in the window of the simple method, at least 1; by default 3.
    pub window_months: u32,
}

/// Why there is no DSO.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DsoError {
    /// The months cannot be used.
    #[error(transparent)]
    Months(#[from] MonthsError),
    /// The window is empty.
    #[error("found a window of 0 months, expected at least 1")]
    EmptyWindow,
}

/// What one month needs besides balances and sales.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct MonthSums {
    not_due: Total,
    overdue: Total,
    no_due_date: Total,
    // Ten-thousandths of the currency times days since issue, over open claims.
    open_days: i128,
    applied: Total,
    // Ten-thousandths of the currency times days, over applied cash.
    applied_terms: i128,
    applied_late: i128,
}

/// Sums of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DsoSums {
    // One entry a month of the ledger's history: change of the control balance, and credit sales.
    changes: Vec<Total>,
    sales: Vec<Total>,
    // One entry a month asked for.
    months: Vec<MonthSums>,
}

/// The DSO family of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct Dso {
    months: Months,
    known_on: Option<Day>,
    params: DsoParams,
    labels: GroupLabels,
    // By group, then by month.
    rows: Vec<Vec<DsoMonth>>,
}

/// The DSO family of one group at one month end; every null has its reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DsoMonth {
    /// Control balance at the end of the month.
    pub receivables: Total,
    /// Control balance at the end of the month before.
    pub opening: Total,
    /// Sum of the control balances at the month ends of the window.
    pub receivables_of_window: Total,
    /// Open claims not due.
    pub not_due: Total,
    /// Open claims past due.
    pub overdue: Total,
    /// Open claims without due date.
    pub no_due_date: Total,
    /// Credit sales of the month.
    pub month_sales: Total,
    /// Credit sales of the window.
    pub window_sales: Total,
    /// Months in the window: those asked for, or fewer at the beginning of the ledger.
    pub window_months: usize,
    /// Days in the window.
    pub window_days: i32,
    /// Simple DSO in days.
    pub simple: Result<f64, NullReason>,
    /// Best possible DSO in days.
    pub best_possible: Result<f64, NullReason>,
    /// Simple less best possible, in days.
    pub average_days_delinquent: Result<f64, NullReason>,
    /// Countback DSO.
    pub countback: Result<Countback, NullReason>,
    /// Open money times its days since issue, summed.
    pub open_days: Total,
    /// Amount-weighted days since issue of open claims.
    pub true_dso: Result<f64, NullReason>,
    /// Collection effectiveness index, in percent.
    pub cei: Result<f64, NullReason>,
    /// Cash applied in the month to claims with a due date.
    pub applied: Total,
    /// That cash times the days from issue to due, summed.
    pub applied_terms: Total,
    /// That cash times the days from due to application, negative when early, summed.
    pub applied_late: Total,
    /// Days from issue to due, weighted by applied cash.
    pub weighted_terms: Result<f64, NullReason>,
    /// Days from due to application, negative when early, weighted by applied cash.
    pub weighted_days_late: Result<f64, NullReason>,
    /// Days from issue to application: terms plus days late.
    pub weighted_days_to_pay: Result<f64, NullReason>,
    /// Credit sales of the window over the mean of its receivables.
    pub turnover: Result<f64, NullReason>,
}

/// Returns the DSO family of a ledger at the end of each month from one to another, both included.
///
/// `known_on` leaves out what was posted after that day.
///
/// # Errors
/// The months are reversed, or the window is empty.
pub fn dso(
    ledger: &Ledger,
    from: Month,
    to: Month,
    groups: &Groups,
    known_on: Option<Day>,
    params: &DsoParams,
) -> Result<Checked<Dso>, DsoError> {
    let months = Months::new(from, to)?;
    if params.window_months == 0 {
        return Err(DsoError::EmptyWindow);
    }
    // Sales count from the first month of the ledger, so that windows and countback may reach back before `from`.
    let first = ledger.span().map_or(from, |(first, _)| first.month().min(from));
    let history = Months::new(first, to)?;
    let natures = LineNatures::of(ledger);
    let empty = DsoByGroup::new(groups, &natures, &months, &history);
    let pass = history::run(ledger, known_on, empty);
    let sums = pass.sums();
    let rows = (0..groups.len())
        .map(|group| {
            let empty = DsoSums::empty(&history, &months);
            sums.of(group).unwrap_or(&empty).rows(&history, &months, params)
        })
        .collect();
    Ok(Checked::clean(Dso {
        months,
        known_on,
        params: params.clone(),
        labels: GroupLabels::of(groups),
        rows,
    }))
}

impl Default for DsoParams {
    fn default() -> DsoParams {
        DsoParams { window_months: 3 }
    }
}

impl MonthSums {
    fn add(&mut self, other: &MonthSums) {
        self.not_due += other.not_due;
        self.overdue += other.overdue;
        self.no_due_date += other.no_due_date;
        self.open_days += other.open_days;
        self.applied += other.applied;
        self.applied_terms += other.applied_terms;
        self.applied_late += other.applied_late;
    }
}

impl DsoSums {
    fn empty(history: &Months, months: &Months) -> DsoSums {
        DsoSums {
            changes: vec![Total::ZERO; history.n()],
            sales: vec![Total::ZERO; history.n()],
            months: vec![MonthSums::default(); months.n()],
        }
    }

    fn add(&mut self, other: &DsoSums) {
        for (own, more) in self.changes.iter_mut().zip(&other.changes) {
            *own += *more;
        }
        for (own, more) in self.sales.iter_mut().zip(&other.sales) {
            *own += *more;
        }
        for (own, more) in self.months.iter_mut().zip(&other.months) {
            own.add(more);
        }
    }

    fn rows(&self, history: &Months, months: &Months, params: &DsoParams) -> Vec<DsoMonth> {
        let balances: Vec<Total> = self
            .changes
            .iter()
            .scan(Total::ZERO, |balance, change| {
                *balance += *change;
                Some(*balance)
            })
            .collect();
        let sales: Vec<MonthlySales> = self
            .sales
            .iter()
            .enumerate()
            .map(|(month, &sales)| MonthlySales {
                sales,
                n_days: history.month(month).n_days(),
            })
            .collect();
        let first = history.n() - months.n();
        self.months
            .iter()
            .enumerate()
            .map(|(month, sums)| row(first + month, sums, &balances, &sales, params))
            .collect()
    }
}

fn row(at: usize, sums: &MonthSums, balances: &[Total], sales: &[MonthlySales], params: &DsoParams) -> DsoMonth {
    let window_from = (at + 1).saturating_sub(params.window_months as usize);
    let window = &sales[window_from..=at];
    let window_sales: Total = window.iter().map(|month| month.sales).sum();
    let window_days = window.iter().map(|month| month.n_days).sum();
    let receivables = balances[at];
    let opening = at.checked_sub(1).map_or(Total::ZERO, |before| balances[before]);

    let simple = days_of_sales(receivables, window_sales, window_days);
    let best_possible = days_of_sales(sums.not_due, window_sales, window_days);
    let open = sums.not_due + sums.overdue + sums.no_due_date;
    let weighted = |days: i128| match Total::from_units(days).ratio(sums.applied) {
        Some(days) => Ok(days),
        None => Err(NullReason::NoApplications),
    };
    let (weighted_terms, weighted_days_late) = (weighted(sums.applied_terms), weighted(sums.applied_late));
    let of_window: Total = balances[window_from..=at].iter().copied().sum();
    let turnover = if of_window > Total::ZERO {
        let ratio = window_sales.ratio(of_window).ok_or(NullReason::NoDenominator);
        ratio.map(|ratio| ratio * window.len() as f64)
    } else {
        Err(NullReason::NoDenominator)
    };
    DsoMonth {
        receivables,
        opening,
        receivables_of_window: of_window,
        open_days: Total::from_units(sums.open_days),
        applied_terms: Total::from_units(sums.applied_terms),
        applied_late: Total::from_units(sums.applied_late),
        not_due: sums.not_due,
        overdue: sums.overdue,
        no_due_date: sums.no_due_date,
        month_sales: sales[at].sales,
        window_sales,
        window_months: window.len(),
        window_days,
        average_days_delinquent: simple.and_then(|simple| Ok(simple - best_possible?)),
        simple,
        best_possible,
        countback: countback(receivables, &sales[..=at]),
        true_dso: Total::from_units(sums.open_days)
            .ratio(open)
            .ok_or(NullReason::NothingOpen),
        cei: collection_effectiveness(opening, sales[at].sales, receivables, sums.not_due),
        applied: sums.applied,
        weighted_days_to_pay: weighted(sums.applied_terms + sums.applied_late),
        weighted_terms,
        weighted_days_late,
        turnover,
    }
}

impl Dso {
    /// Returns the months of each group, in order of the groups' numbers.
    pub fn rows(&self) -> &[Vec<DsoMonth>] {
        &self.rows
    }

    /// Returns the groups.
    pub fn labels(&self) -> &GroupLabels {
        &self.labels
    }

    /// Returns the months.
    pub fn months(&self) -> &Months {
        &self.months
    }
}
