//! The cash forecast: when the money that is open today comes in, week by week.
//!
//! # Definition
//! Every open item has a distribution of its payment day, conditional on the age it has reached: the hazards of its customer
//! ([`super::Timing`]). An open promise puts the promised money on its day with the customer's credibility, and leaves the rest to the hazards; a dispute stops
//! the clock of the disputed money for the usual time of resolution. `expected` is the sum of these probabilities times money; P10, P50
//! and P90 come from one joint simulation in which items of a customer, and all items, move together.
//! # Inputs
//! Documents, postings, promises and disputes known on the as-of day. Invoices not yet issued are no part of it.
//! # Edge cases
//! The rows of a currency, `unapplied` included, add up to its open receivables to the last digit: cents are dealt by largest remainder,
//! fractions of a cent stand in `not_paid`. Quantiles do not add up. Without any settled item there is no forecast.
//! # Source
//! Design section 8; see [`super::timing`] for the hazards.
//! # Example
//! One item of 100.00 that is paid within 7 days with probability 0.6: first week 60.00, `not_paid` 40.00 after one week.

use thiserror::Error;

use super::book::{Book, Sums};
use super::clock::Clock;
use super::dependence::measure_dependence;
use super::habits::Habits;
use super::settings::Problems;
use super::simulate::Shocks;
use super::timing::{Timing, TimingParams};
use crate::calendar::{AsOf, Day};
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::Ledger;
use crate::metrics::promises::DEFAULT_TOLERANCE_DAYS;
use crate::money::{Currency, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;

/// Settings of the cash forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastParams {
    /// Weekly periods; the first starts on the day after the as-of day.
    pub horizon_weeks: usize,
    /// Joint draws behind the quantiles.
    pub n_simulations: usize,
    /// Seed of the draws; same seed, same forecast.
    pub seed: u64,
    /// Days after a promised day on which money still keeps the promise.
    pub promise_tolerance_days: i32,
    /// Share of promised money that comes, where no promise was judged yet.
    pub promise_credibility: f64,
    /// Days a dispute takes, where none was closed yet.
    pub dispute_days: f64,
    /// How delays are learnt.
    pub timing: TimingParams,
}

impl Default for ForecastParams {
    fn default() -> ForecastParams {
        ForecastParams {
            horizon_weeks: 13,
            n_simulations: 1_000,
            seed: 1,
            promise_tolerance_days: DEFAULT_TOLERANCE_DAYS,
            promise_credibility: 0.6,
            dispute_days: 45.0,
            timing: TimingParams::default(),
        }
    }
}

impl ForecastParams {
    /// Checks all settings.
    ///
    /// # Errors
    /// Every problem, by key.
    pub fn check(&self) -> Result<(), Problems> {
        let mut problems = Problems::default();
        let weeks = self.horizon_weeks;
        problems.require((1..=104).contains(&weeks), "horizon_weeks", "1 to 104", weeks);
        let draws = self.n_simulations;
        problems.require(
            (100..=100_000).contains(&draws),
            "n_simulations",
            "100 to 100000",
            draws,
        );
        let days = self.promise_tolerance_days;
        problems.require((0..=365).contains(&days), "promise_tolerance_days", "0 to 365", days);
        let share = self.promise_credibility;
        problems.require((0.0..=1.0).contains(&share), "promise_credibility", "0 to 1", share);
        let days = self.dispute_days;
        problems.require((0.0..=3_650.0).contains(&days), "dispute_days", "0 to 3650", days);
        self.timing.check(&mut problems);
        problems.into_result()
    }
}

/// Why there is no forecast.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ForecastError {
    /// A setting is out of range.
    #[error("{0}")]
    Settings(Problems),
    /// Nothing to learn from.
    #[error(
        "no item was paid, credited or written off in the {history_days} days up to {as_of}, expected at least one to learn payment delays from; choose a later day or a longer history"
    )]
    NoHistory {
        /// The as-of day.
        as_of: AsOf,
        /// Days of history asked for.
        history_days: i32,
    },
    /// The segment attribute does not exist.
    #[error("found no customer attribute `{column}` to segment by, expected one of {present}")]
    SegmentUnknown {
        /// The attribute asked for.
        column: String,
        /// Columns of the customers table.
        present: String,
    },
}

/// What a row of the forecast stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    /// Cash of one week.
    Period,
    /// Leaves by credit or discount within the horizon.
    Credited,
    /// Is written off within the horizon.
    WrittenOff,
    /// Is still open at the end of the horizon.
    NotPaid,
    /// Unapplied cash and credits, below zero.
    Unapplied,
}

impl RowKind {
    /// Returns the word in the column `row`.
    pub fn as_str(self) -> &'static str {
        match self {
            RowKind::Period => "period",
            RowKind::Credited => "credited",
            RowKind::WrittenOff => "written_off",
            RowKind::NotPaid => "not_paid",
            RowKind::Unapplied => "unapplied",
        }
    }
}

/// One row of the forecast of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowForecast {
    /// What it stands for.
    pub row: RowKind,
    /// First day; of the whole horizon for rows that are no week.
    pub period_start: Day,
    /// Last day.
    pub period_end: Day,
    /// Probability-weighted money; additive over rows.
    pub expected: Total,
    /// One draw in ten is at most this; not additive.
    pub p10: Total,
    /// Half of the draws are at most this; not additive.
    pub p50: Total,
    /// Nine draws in ten are at most this; not additive.
    pub p90: Total,
}

/// The forecast of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CurrencyForecast {
    /// Which currency.
    pub currency: Currency,
    /// Open receivables net of unapplied cash and credits: the sum of `expected` over `rows`.
    pub open_receivables: Total,
    /// The weeks in order, then credited, written off, not paid, unapplied.
    pub rows: Vec<RowForecast>,
}

impl CurrencyForecast {
    /// Returns the weekly rows, for a fan plot.
    pub fn weeks(&self) -> impl Iterator<Item = &RowForecast> {
        self.rows.iter().filter(|row| row.row == RowKind::Period)
    }
}

/// What is forecast of one open item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ItemForecast {
    /// The document.
    pub document: DocumentIx,
    /// What is open.
    pub open: Total,
    /// First day by which cash is at least as likely as not; `None` where that is not within the horizon.
    pub expected_on: Option<Day>,
    /// Probability of cash within the horizon.
    pub probability: f64,
}

/// The cash forecast of a ledger as of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Facts known by the end of this day.
    pub as_of: AsOf,
    /// One forecast per currency with anything open, in alphabetical order.
    pub currencies: Vec<CurrencyForecast>,
    /// Every open item, by customer.
    pub items: Vec<ItemForecast>,
    /// Whether weekends count in the delays.
    pub clock: Clock,
    /// Weight of the segment in a customer's delays, in items.
    pub segment_weight: f64,
    /// Correlation of payment times shared by all items.
    pub portfolio_correlation: f64,
    /// Correlation shared by the items of a customer, beside the portfolio's.
    pub customer_correlation: f64,
    /// Correlation shared by the items of a customer due on one day, beside both.
    pub run_correlation: f64,
}

impl Forecast {
    /// Returns the rows of all currencies as a table.
    pub fn table(&self) -> Table {
        let rows: Vec<(Currency, &RowForecast)> = self
            .currencies
            .iter()
            .flat_map(|of| of.rows.iter().map(|row| (of.currency, row)))
            .collect();
        Table::new("forecast")
            .day("period_start", rows.iter().map(|(_, row)| row.period_start))
            .day("period_end", rows.iter().map(|(_, row)| row.period_end))
            .text("currency", rows.iter().map(|(currency, _)| currency.to_string()))
            .money("expected", rows.iter().map(|(_, row)| row.expected))
            .money("p10", rows.iter().map(|(_, row)| row.p10))
            .money("p50", rows.iter().map(|(_, row)| row.p50))
            .money("p90", rows.iter().map(|(_, row)| row.p90))
            .text("row", rows.iter().map(|(_, row)| row.row.as_str().to_owned()))
            .note("as_of", self.as_of)
            .note(
                "additive",
                "expected adds up to open receivables; p10, p50 and p90 do not add up",
            )
            .note(
                "dependence",
                format!(
                    "correlation of payment times: {:.3} across the portfolio, {:.3} more within a customer, {:.3} more within its due day",
                    self.portfolio_correlation, self.customer_correlation, self.run_correlation
                ),
            )
    }

    /// Returns every open item with the day its payment is expected.
    pub fn items_table(&self, ledger: &Ledger) -> Table {
        let document = |item: &ItemForecast| ledger.document(item.document);
        Table::new("forecast_items")
            .text(
                "customer_id",
                self.items
                    .iter()
                    .map(|item| ledger.customer_id(document(item).customer).to_owned()),
            )
            .text(
                "invoice_id",
                self.items
                    .iter()
                    .map(|item| ledger.invoice_id(item.document).to_owned()),
            )
            .text(
                "currency",
                self.items.iter().map(|item| document(item).currency.to_string()),
            )
            .day("due_on", self.items.iter().map(|item| document(item).due_on))
            .money("open", self.items.iter().map(|item| item.open))
            .day("expected_on", self.items.iter().map(|item| item.expected_on))
            .real("probability", self.items.iter().map(|item| item.probability))
            .note("as_of", self.as_of)
            .note(
                "probability",
                "of cash within the horizon; expected_on is the day it passes one half",
            )
    }
}

/// Forecasts the cash from what is open at the end of a day.
///
/// # Errors
/// Settings out of range, an unknown segment attribute, or open items without any history to learn from.
pub fn forecast(ledger: &Ledger, as_of: AsOf, params: &ForecastParams) -> Result<Checked<Forecast>, ForecastError> {
    forecast_of(ledger, as_of, None, params)
}

/// Forecasts the cash from what one customer has open at the end of a day, in periods of some weeks; habits are learnt from everybody, as in
/// [`forecast`].
///
/// # Errors
/// As [`forecast`].
pub fn forecast_customer(
    ledger: &Ledger,
    as_of: AsOf,
    customer: CustomerIx,
    weeks_per_period: usize,
    params: &ForecastParams,
) -> Result<Checked<Forecast>, ForecastError> {
    forecast_of(ledger, as_of, Some((customer, weeks_per_period)), params)
}

fn forecast_of(
    ledger: &Ledger,
    as_of: AsOf,
    only: Option<(CustomerIx, usize)>,
    params: &ForecastParams,
) -> Result<Checked<Forecast>, ForecastError> {
    params.check().map_err(ForecastError::Settings)?;
    check_segment(ledger, params)?;
    let timing = Timing::learn(ledger, as_of, &params.timing);
    let habits = Habits::of(ledger, as_of, params);
    let dependence = measure_dependence(ledger, as_of, &timing, &params.timing);
    let shocks = Shocks::new(params.seed, params.n_simulations, dependence);
    let book = Book {
        ledger,
        as_of,
        params,
        timing: &timing,
        habits: &habits,
        shocks: &shocks,
    };
    let sums = match only {
        Some((customer, _)) => book.sums_of(customer),
        None => book.sums(),
    };
    if !sums.items.is_empty() && timing.n_exits() <= 0.0 {
        return Err(ForecastError::NoHistory {
            as_of,
            history_days: params.timing.history_days,
        });
    }
    let caveats = caveats(ledger, &sums, &timing, params);
    let weeks_per_period = only.map_or(1, |(_, weeks)| weeks.max(1));
    let currencies = sums
        .by_currency
        .iter()
        .map(|(currency, sum)| book.close(*currency, sum, weeks_per_period));
    let mut checked = Checked::clean(Forecast {
        as_of,
        currencies: currencies.collect(),
        items: sums.items,
        clock: timing.clock(),
        segment_weight: timing.segment_weight(),
        portfolio_correlation: dependence.portfolio,
        customer_correlation: dependence.customer,
        run_correlation: dependence.run,
    });
    checked.caveats = caveats;
    Ok(checked)
}

fn check_segment(ledger: &Ledger, params: &ForecastParams) -> Result<(), ForecastError> {
    let Some(column) = &params.timing.segment_by else {
        return Ok(());
    };
    let customers = ledger.table("customers");
    if customers.is_some_and(|customers| customers.column(column).is_some()) {
        return Ok(());
    }
    let present = customers.map(|customers| {
        let names = customers.columns().iter().map(|column| format!("`{}`", column.name));
        names.collect::<Vec<_>>().join(", ")
    });
    Err(ForecastError::SegmentUnknown {
        column: column.clone(),
        present: present.unwrap_or_else(|| "a customers table, which was not imported".to_owned()),
    })
}

fn caveats(ledger: &Ledger, sums: &Sums, timing: &Timing, params: &ForecastParams) -> Vec<Caveat> {
    let mut caveats = Vec::new();
    let no_due = sums
        .items
        .iter()
        .filter(|item| ledger.document(item.document).due_on.is_none())
        .count();
    if no_due > 0 {
        caveats.push(Caveat(format!(
            "{no_due} open items have no due date; they are taken as due {} days after issue",
            params.timing.terms_assumed_days
        )));
    }
    if timing.n_without_segment() > 0 {
        caveats.push(Caveat(format!(
            "{} customers have no `{}` known on the day; their delays lean on the whole portfolio; declare the attribute timeless or import it with `valid_from`",
            timing.n_without_segment(),
            params.timing.segment_by.as_deref().unwrap_or_default()
        )));
    }
    if timing.n_exits() < 100.0 && !sums.items.is_empty() {
        caveats.push(Caveat(format!(
            "only {:.0} items were settled in the history window; the quantiles do not show how uncertain the delays themselves are",
            timing.n_exits()
        )));
    }
    if !sums.items.is_empty() {
        caveats.push(Caveat(
            "cash from invoices not yet issued is not part of the forecast".to_owned(),
        ));
    }
    caveats
}
