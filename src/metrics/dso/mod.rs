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
//! - *Days late floored*: the days late with early cash as zero, over the same rows and weights.
//! - *Turnover* = credit sales of the window / mean of the receivables at its month ends.
//! - *Tenure-adjusted* DSO = receivables / sales a day, the sales of a customer younger than the window over the days since it
//!   is one. *Bad-debt ratio* = (write-offs - recoveries after them) / credit sales, both of the window.
//! - *Impact* of a group = its overdue claims / credit sales of its whole currency x days of the window: what the simple DSO would
//!   lose if they were paid.
//!
//! # Inputs
//! Receivables are the control balance of the ageing (net of unapplied cash and credits); credit sales are invoices and
//! debit notes less credit notes, by day of issue; finance charges are no sales. Months are calendar months with their
//! actual days.
//! # Edge cases
//! No sales: null `no_sales`; credit notes above sales: null `negative_sales`; receivables below zero: null
//! `credit_balance`. A write-off taken back is no write-off; recoveries above the write-offs of a window make its ratio negative.
//! A customer with an earlier document is a customer from then on; one without `customer_since` counts the whole window, and where no row
//! says it the tenure-adjusted DSO is null `not_imported`. Receivables larger than all sales of the ledger: countback is a lower bound, flagged `censored`.
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
mod sums;
mod tables;
mod tenure;

use thiserror::Error;

use super::{GroupLabels, Months, MonthsError, NullReason};
use crate::calendar::{Day, Month};
use crate::history::{self, Groups};
use crate::ledger::Ledger;
use crate::money::Total;
use crate::outcome::Checked;

pub use self::by_group::DsoByGroup;
pub(super) use self::by_group::DsoSpans;
pub use self::formulas::{
    Countback, CountbackStep, MonthlySales, collection_effectiveness, countback, countback_steps, days_of_sales,
};
pub use self::sums::DsoSums;
pub(super) use self::sums::Standing;
pub use self::tenure::Tenures;

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

/// The DSO family of a ledger over some months.
#[derive(Clone, Debug, PartialEq)]
pub struct Dso {
    months: Months,
    known_on: Option<Day>,
    params: DsoParams,
    labels: GroupLabels,
    // By group, then by month.
    rows: Vec<Vec<DsoMonth>>,
    // Months from the first of the ledger, and by group the sales of each.
    history: Months,
    sales: Vec<Vec<MonthlySales>>,
}

/// The DSO family of one group at one month end; every null has its reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DsoMonth {
    /// Control balance at the end of the month.
    pub receivables: Total,
    /// Last day of the month, on which the receivables stand.
    pub receivables_on: Day,
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
    /// First day of the window of credit sales; its last is that of the month.
    pub sales_from: Day,
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
    /// Credit sales of the window a day, the sales of young customers over their own days, in currency units.
    pub sales_a_day: f64,
    /// Receivables over those, in days.
    pub tenure_adjusted: Result<f64, NullReason>,
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
    /// That cash times the days from due to application, early cash as zero, summed.
    pub applied_late_floored: Total,
    /// Days from issue to due, weighted by applied cash.
    pub weighted_terms: Result<f64, NullReason>,
    /// Days from due to application, negative when early, weighted by applied cash.
    pub weighted_days_late: Result<f64, NullReason>,
    /// Days from due to application, zero when early, weighted by applied cash.
    pub days_late_floored: Result<f64, NullReason>,
    /// Days from issue to application: terms plus days late.
    pub weighted_days_to_pay: Result<f64, NullReason>,
    /// Credit sales of the window over the mean of its receivables.
    pub turnover: Result<f64, NullReason>,
    /// Write-offs of the window less cash after write-offs.
    pub net_write_offs: Total,
    /// Those over the credit sales of the window.
    pub bad_debt_ratio: Result<f64, NullReason>,
    /// Credit sales of the window of all groups of the currency.
    pub sales_of_all: Total,
    /// Overdue claims of this group in days of those.
    pub impact: Result<f64, NullReason>,
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
    let frame = DsoFrame::new(ledger, from, to, known_on, params)?;
    let spans = frame.spans();
    let empty = DsoByGroup::new(groups, spans.months, spans.history).with_tenures(&frame.tenures, params.window_months);
    let sums = history::run(ledger, known_on, empty)
        .sums()
        .of_all(groups.len(), || spans.empty());
    Ok(Checked::clean(frame.result(groups, known_on, sums)))
}

/// What the DSO of a ledger is taken over.
#[derive(Clone, Debug)]
pub(super) struct DsoFrame {
    months: Months,
    history: Months,
    tenures: Tenures,
    params: DsoParams,
}

impl DsoFrame {
    pub fn new(
        ledger: &Ledger,
        from: Month,
        to: Month,
        known_on: Option<Day>,
        params: &DsoParams,
    ) -> Result<DsoFrame, DsoError> {
        let months = Months::new(from, to)?;
        if params.window_months == 0 {
            return Err(DsoError::EmptyWindow);
        }
        // Sales count from the first month of the ledger, so that windows and countback may reach back before `from`.
        let first = ledger.span().map_or(from, |(first, _)| first.month().min(from));
        Ok(DsoFrame {
            months,
            history: Months::new(first, to)?,
            tenures: Tenures::of(ledger, known_on),
            params: params.clone(),
        })
    }

    /// Returns the same frame for a ledger of some of the customers.
    pub fn over(&self, ledger: &Ledger, known_on: Option<Day>) -> DsoFrame {
        DsoFrame {
            tenures: Tenures::of(ledger, known_on),
            ..self.clone()
        }
    }

    /// Returns how many months of the history stand before those asked for.
    pub fn n_before(&self) -> usize {
        self.history.n() - self.months.n()
    }

    pub fn spans(&self) -> DsoSpans<'_> {
        DsoSpans {
            months: &self.months,
            history: &self.history,
            tenures: Some((&self.tenures, self.params.window_months as usize)),
        }
    }

    /// Puts the result together from its sums, one entry per group.
    pub fn result(self, groups: &Groups, known_on: Option<Day>, sums: Vec<DsoSums>) -> Dso {
        let DsoFrame {
            months,
            history,
            tenures,
            params,
        } = self;
        let mut rows: Vec<Vec<DsoMonth>> = sums
            .iter()
            .map(|sums| sums.rows(&history, &params, tenures.is_known()))
            .collect();
        // Groups are sorted by currency first.
        let mut first = 0;
        for own in groups.all().chunk_by(|a, b| a.currency == b.currency) {
            set_impact(&mut rows[first..first + own.len()]);
            first += own.len();
        }
        Dso {
            sales: sums.iter().map(|sums| sums.monthly_sales(&history)).collect(),
            labels: GroupLabels::of(groups),
            months,
            known_on,
            params,
            rows,
            history,
        }
    }
}

/// Sets what each group of one currency adds to the DSO of all of them.
fn set_impact(groups: &mut [Vec<DsoMonth>]) {
    let n_months = groups.first().map_or(0, Vec::len);
    for month in 0..n_months {
        let sales_of_all: Total = groups.iter().map(|group| group[month].window_sales).sum();
        for group in groups.iter_mut() {
            let row = &mut group[month];
            row.sales_of_all = sales_of_all;
            row.impact = days_of_sales(row.overdue, sales_of_all, row.window_days);
        }
    }
}

impl Default for DsoParams {
    fn default() -> DsoParams {
        DsoParams { window_months: 3 }
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

    /// Returns the credit sales of a group from the first month of the ledger to one of the months by position, newest last, and those months.
    fn sales_until(&self, group: usize, month: usize) -> impl Iterator<Item = (Month, MonthlySales)> + '_ {
        let n = self.history.n() - self.months.n() + month + 1;
        self.history
            .iter()
            .zip(&self.sales[group])
            .take(n)
            .map(|(month, &sales)| (month, sales))
    }
}
