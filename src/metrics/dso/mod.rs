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

mod formulas;

use thiserror::Error;

use super::{ByGroup, GroupLabels, LineNatures, Months, MonthsError, NullReason, month_steps, view_note};
use crate::calendar::{Day, Month};
use crate::history::{self, Accumulator, CustomerHistory, DocumentHistory, Groups};
use crate::ledger::{DocumentKind, Ledger, Nature};
use crate::money::Total;
use crate::outcome::Checked;
use crate::table::Table;

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
    /// Amount-weighted days since issue of open claims.
    pub true_dso: Result<f64, NullReason>,
    /// Collection effectiveness index, in percent.
    pub cei: Result<f64, NullReason>,
    /// Cash applied in the month to claims with a due date.
    pub applied: Total,
    /// Days from issue to due, weighted by applied cash.
    pub weighted_terms: Result<f64, NullReason>,
    /// Days from due to application, negative when early, weighted by applied cash.
    pub weighted_days_late: Result<f64, NullReason>,
    /// Days from issue to application: terms plus days late.
    pub weighted_days_to_pay: Result<f64, NullReason>,
    /// Credit sales of the window over the mean of its receivables.
    pub turnover: Result<f64, NullReason>,
}

/// Adds up what the DSO family needs, by group.
#[derive(Clone, Debug)]
pub struct DsoByGroup<'a> {
    groups: &'a Groups,
    natures: &'a LineNatures<'a>,
    months: &'a Months,
    history: &'a Months,
    sums: ByGroup<DsoSums>,
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
    let sums = history::run(ledger, known_on, empty).sums;
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

impl<'a> DsoByGroup<'a> {
    /// Starts from nothing; `history` ends where `months` end and begins no later.
    pub fn new(
        groups: &'a Groups,
        natures: &'a LineNatures<'a>,
        months: &'a Months,
        history: &'a Months,
    ) -> DsoByGroup<'a> {
        DsoByGroup {
            groups,
            natures,
            months,
            history,
            sums: ByGroup::default(),
        }
    }

    /// Returns the sums so far.
    pub fn sums(&self) -> &ByGroup<DsoSums> {
        &self.sums
    }

    /// Adds an open claim to each month end at which it is open.
    fn add_open(sums: &mut DsoSums, claim: &DocumentHistory<'_>, months: &Months, natures: &LineNatures<'_>) {
        let document = claim.document;
        for step in month_steps(claim, months, natures) {
            if step.closing <= Total::ZERO {
                continue;
            }
            let end = months.end(step.month);
            let month = &mut sums.months[step.month];
            match document.due_on {
                None => month.no_due_date += step.closing,
                Some(due_on) if due_on < end => month.overdue += step.closing,
                Some(_) => month.not_due += step.closing,
            }
            month.open_days += step.closing.units() * i128::from(end - document.issued_on);
        }
    }
}

impl Accumulator for DsoByGroup<'_> {
    /// Adds one customer: balances and sales by month, claims at each month end, cash in the month it was applied.
    fn update(&mut self, customer: &CustomerHistory<'_>) {
        let (months, history, natures) = (self.months, self.history, self.natures);
        for posting in customer.unapplied() {
            if let Some(month) = history.position(posting.on) {
                let group = self
                    .groups
                    .of_unapplied(customer.customer, posting.currency, posting.entity);
                self.sums.at(group, || DsoSums::empty(history, months)).changes[month] += posting.delta;
            }
        }
        for document_history in customer.documents() {
            let document = document_history.document;
            let Some(issued) = history.position(document.issued_on) else {
                continue;
            };
            let group = self.groups.of_document(document_history.ix);
            let sums = self.sums.at(group, || DsoSums::empty(history, months));
            sums.changes[issued] += document.amount;
            if document.kind != DocumentKind::FinanceCharge {
                sums.sales[issued] += document.amount;
            }
            for posting in document_history.postings() {
                let Some(month) = history.position(posting.on) else {
                    break;
                };
                sums.changes[month] += posting.delta;
                let is_cash = matches!(posting.nature, Nature::Cash | Nature::CashApplied)
                    && natures.money(posting) == Nature::Cash;
                if let (true, true, Some(due_on), Some(month)) = (
                    is_cash,
                    document.is_claim(),
                    document.due_on,
                    months.position(posting.on),
                ) {
                    let applied = -i128::from(posting.delta.units());
                    let month = &mut sums.months[month];
                    month.applied -= posting.delta;
                    month.applied_terms += applied * i128::from(due_on - document.issued_on);
                    month.applied_late += applied * i128::from(posting.on - due_on);
                }
            }
            if document.is_claim() {
                DsoByGroup::add_open(sums, &document_history, months, natures);
            }
        }
    }

    /// Adds sums over other customers.
    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums, |own, more| own.add(&more));
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

    /// Returns one row per group and month.
    pub fn table(&self) -> Table {
        type Null<T> = Result<T, NullReason>;
        let n_months = self.months.n();
        let groups: Vec<usize> = (0..self.rows.len())
            .flat_map(|group| std::iter::repeat_n(group, n_months))
            .collect();
        let rows: Vec<&DsoMonth> = self.rows.iter().flatten().collect();
        let money = |of: fn(&DsoMonth) -> Total| rows.iter().map(|row| of(row)).collect::<Vec<Total>>();
        let real = |of: fn(&DsoMonth) -> Null<f64>| rows.iter().map(|row| of(row).ok()).collect::<Vec<Option<f64>>>();
        let reason = |of: fn(&DsoMonth) -> Null<f64>| {
            let reasons = rows.iter().map(|row| of(row).err().map(|reason| reason.to_string()));
            reasons.collect::<Vec<Option<String>>>()
        };
        self.labels
            .start("dso", METRIC_ID, &groups)
            .text(
                "month",
                self.rows.iter().flat_map(|_| self.months.iter()).map(|month| month.to_string()),
            )
            .money("receivables", money(|row| row.receivables))
            .money("not_due", money(|row| row.not_due))
            .money("overdue", money(|row| row.overdue))
            .money("credit_sales", money(|row| row.month_sales))
            .money("window_sales", money(|row| row.window_sales))
            .int("window_months", rows.iter().map(|row| row.window_months as i64))
            .int("window_days", rows.iter().map(|row| i64::from(row.window_days)))
            .real("dso", real(|row| row.simple))
            .text("dso_reason", reason(|row| row.simple))
            .real("best_possible_dso", real(|row| row.best_possible))
            .real("average_days_delinquent", real(|row| row.average_days_delinquent))
            .text("average_days_delinquent_reason", reason(|row| row.average_days_delinquent))
            .real("countback_dso", real(|row| row.countback.map(|countback| countback.days)))
            .flag("countback_censored", rows.iter().map(|row| row.countback.ok().map(|countback| countback.is_censored)))
            .text("countback_reason", reason(|row| row.countback.map(|countback| countback.days)))
            .real("true_dso", real(|row| row.true_dso))
            .text("true_dso_reason", reason(|row| row.true_dso))
            .real("collection_effectiveness", real(|row| row.cei))
            .text("collection_effectiveness_reason", reason(|row| row.cei))
            .money("cash_applied", money(|row| row.applied))
            .real("weighted_terms", real(|row| row.weighted_terms))
            .real("weighted_days_late", real(|row| row.weighted_days_late))
            .real("weighted_days_to_pay", real(|row| row.weighted_days_to_pay))
            .text("weighted_days_reason", reason(|row| row.weighted_days_to_pay))
            .real("turnover", real(|row| row.turnover))
            .text("turnover_reason", reason(|row| row.turnover))
            .note("as_of", self.months.last_day())
            .note("view", view_note(self.known_on))
            .note(
                "window",
                format!("{} months of credit sales, actual days", self.params.window_months),
            )
            .note(
                "receivables",
                "control balance, net of unapplied cash and credits; credit sales are invoices and debit notes less credit notes",
            )
            .note("countback_censored", "yes: the ledger's sales were too few, the days are a lower bound")
    }
}
