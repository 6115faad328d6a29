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

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use thiserror::Error;

use super::account::{Account, OpenItem};
use super::promises::{PromiseOutcome, promise_outcomes};
use super::settings::Problems;
use super::simulate::{Dependence, Fates, ScoreMoments, Shocks};
use super::timing::{Clock, FIRST_AGE, Hazards, LAST_AGE, Timing, TimingParams, due_or_assumed, tasks};
use crate::calendar::{AsOf, Day, Month};
use crate::history::CustomerHistory;
use crate::ids::{CustomerIx, DocumentIx};
use crate::ledger::{Ledger, Nature};
use crate::money::{Currency, SCALE, Total};
use crate::outcome::{Caveat, Checked};
use crate::table::Table;
use statrs::distribution::{ContinuousCDF, Normal};

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
            promise_tolerance_days: 3,
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
                    "correlation of payment times: {:.3} across the portfolio, {:.3} more within a customer",
                    self.portfolio_correlation, self.customer_correlation
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
    let sums = book.sums();
    if !sums.items.is_empty() && timing.n_exits() <= 0.0 {
        return Err(ForecastError::NoHistory {
            as_of,
            history_days: params.timing.history_days,
        });
    }
    let caveats = caveats(ledger, &sums, &timing, params);
    let currencies = sums
        .by_currency
        .iter()
        .map(|(currency, sum)| book.close(*currency, sum));
    let mut checked = Checked::clean(Forecast {
        as_of,
        currencies: currencies.collect(),
        items: sums.items,
        clock: timing.clock(),
        segment_weight: timing.segment_weight(),
        portfolio_correlation: dependence.portfolio,
        customer_correlation: dependence.customer,
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

/// How promises were kept and how long disputes took, up to the day.
struct Habits {
    /// Share of promised money that came, over all customers.
    kept_share: f64,
    dispute_days: i32,
}

/// Weight of all customers in one customer's credibility, in promises.
const CREDIBILITY_WEIGHT: f64 = 2.0;

impl Habits {
    fn of(ledger: &Ledger, as_of: AsOf, params: &ForecastParams) -> Habits {
        let (mut n, mut kept) = (0.0, 0.0);
        for customer in ledger
            .customers()
            .filter(|&customer| !ledger.promises().of(customer).is_empty())
        {
            let (own_n, own_kept) = kept_shares(ledger, customer, as_of, params);
            n += own_n;
            kept += own_kept;
        }
        let closed = |dispute: &&crate::ledger::Dispute| {
            dispute.known_on <= as_of.0 && dispute.closed_on.is_some_and(|closed_on| closed_on <= as_of.0)
        };
        let durations = ledger.disputes().all().iter().filter(closed).filter_map(|dispute| {
            let days = dispute.closed_on? - dispute.opened_on;
            Some(f64::from(days.max(0)))
        });
        let (n_closed, days) = durations.fold((0.0, 0.0), |(n, sum), days| (n + 1.0, sum + days));
        // The declared time counts as one dispute.
        let dispute_days = (days + params.dispute_days) / (n_closed + 1.0);
        Habits {
            kept_share: (kept + params.promise_credibility) / (n + 1.0),
            dispute_days: dispute_days.round() as i32,
        }
    }

    fn credibility(&self, ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> f64 {
        let (n, kept) = kept_shares(ledger, customer, as_of, params);
        (kept + CREDIBILITY_WEIGHT * self.kept_share) / (n + CREDIBILITY_WEIGHT)
    }
}

/// Returns the number of judged promises of a customer and the sum of the shares that came.
fn kept_shares(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> (f64, f64) {
    let promises = promise_outcomes(ledger, customer, as_of, params.promise_tolerance_days);
    let judged = promises.iter().filter(|judged| judged.outcome != PromiseOutcome::Open);
    judged.fold((0.0, 0.0), |(n, kept), judged| {
        let share = judged.paid.ratio(judged.promise.amount.into()).unwrap_or(1.0);
        (n + 1.0, kept + share)
    })
}

/// Days after the end of a due month by which most of its items are settled, so that its scores can be used.
const SETTLING_DAYS: i32 = 45;

fn measure_dependence(ledger: &Ledger, as_of: AsOf, timing: &Timing, params: &TimingParams) -> Dependence {
    let normal = Normal::standard();
    let first = as_of.0 - params.history_days;
    let clock = timing.clock();
    let part = |customers: &std::ops::Range<u32>| {
        let mut months: BTreeMap<Month, ScoreMoments> = BTreeMap::new();
        for customer in customers.clone().map(CustomerIx) {
            let log_survival = timing.of_customer(ledger, customer).log_survival();
            // ln P(open at the end of the day of this age), up to a constant that cancels.
            let log_open = |age: i32| log_survival[(age.clamp(FIRST_AGE, LAST_AGE) - FIRST_AGE) as usize];
            let mut own: BTreeMap<Month, (f64, f64, f64)> = BTreeMap::new();
            for item in CustomerHistory::of(ledger, customer, Some(as_of.0)).documents() {
                let due_on = due_or_assumed(item.document, params);
                let is_ripe = due_on >= first && due_on.month().last() + SETTLING_DAYS <= as_of.0;
                if !item.document.is_claim() || !is_ripe {
                    continue;
                }
                let Some(settled_on) = item.settled_on(as_of.0) else {
                    continue;
                };
                let by_cash = |nature| matches!(nature, Nature::Cash | Nature::CashApplied);
                if !item
                    .postings()
                    .any(|posting| posting.on <= as_of.0 && by_cash(posting.nature))
                {
                    continue;
                }
                let due = clock.number(due_on);
                let settled = clock.number(settled_on.max(item.document.issued_on)) - due;
                let entered = log_open(clock.number(item.document.issued_on) - 1 - due);
                let before = (log_open(settled - 1) - entered).exp();
                let after = (log_open(settled) - entered).exp();
                let score = normal.inverse_cdf((1.0 - (before + after) / 2.0).clamp(1e-6, 1.0 - 1e-6));
                let sums = own.entry(due_on.month()).or_default();
                sums.0 += 1.0;
                sums.1 += score;
                sums.2 += score * score;
            }
            for (month, (n, sum, squares)) in own {
                months.entry(month).or_default().add_customer(n, sum, squares);
            }
        }
        months
    };
    let tasks = tasks(ledger.n_customers());
    let parts: Vec<_> = tasks.par_iter().map(part).collect();
    let mut months: BTreeMap<Month, ScoreMoments> = BTreeMap::new();
    for (month, moments) in parts.into_iter().flatten() {
        months.entry(month).or_default().merge(&moments);
    }
    Dependence::measure(months.values())
}

/// Everything a customer's part of the forecast is made from.
struct Book<'a> {
    ledger: &'a Ledger,
    as_of: AsOf,
    params: &'a ForecastParams,
    timing: &'a Timing,
    habits: &'a Habits,
    shocks: &'a Shocks,
}

/// Fates of an item beside the weeks, in the order in which low draws become high ones.
const CREDITED: usize = 0;
const NOT_PAID: usize = 1;
const WRITTEN_OFF: usize = 2;
const N_OTHER_FATES: usize = 3;

#[derive(Clone, Debug, Default)]
struct Sums {
    by_currency: BTreeMap<Currency, CurrencySum>,
    items: Vec<ItemForecast>,
}

#[derive(Clone, Debug)]
struct CurrencySum {
    open: Total,
    unapplied: Total,
    /// Expected money by fate, in units.
    expected: Vec<f64>,
    /// Money by simulation and fate, in units: `(n_simulations, n_fates)`.
    drawn: Vec<i128>,
}

impl Sums {
    fn merge(&mut self, other: Sums) {
        self.items.extend(other.items);
        for (currency, sum) in other.by_currency {
            match self.by_currency.get_mut(&currency) {
                None => {
                    self.by_currency.insert(currency, sum);
                }
                Some(own) => {
                    own.open += sum.open;
                    own.unapplied += sum.unapplied;
                    own.expected
                        .iter_mut()
                        .zip(sum.expected)
                        .for_each(|(own, more)| *own += more);
                    own.drawn.iter_mut().zip(sum.drawn).for_each(|(own, more)| *own += more);
                }
            }
        }
    }
}

/// Parts held in memory at a time.
const TASKS_AT_ONCE: usize = 64;

impl Book<'_> {
    fn n_fates(&self) -> usize {
        self.params.horizon_weeks + N_OTHER_FATES
    }

    fn sums(&self) -> Sums {
        let mut sums = Sums::default();
        for tasks in tasks(self.ledger.n_customers()).chunks(TASKS_AT_ONCE) {
            let parts: Vec<Sums> = tasks
                .par_iter()
                .map(|customers| {
                    let mut part = Sums::default();
                    customers
                        .clone()
                        .for_each(|customer| self.add(CustomerIx(customer), &mut part));
                    part
                })
                .collect();
            parts.into_iter().for_each(|part| sums.merge(part));
        }
        sums
    }

    fn add(&self, customer: CustomerIx, sums: &mut Sums) {
        let account = Account::on(self.ledger, customer, self.as_of, self.params.promise_tolerance_days);
        if account.is_empty() {
            return;
        }
        let empty = || CurrencySum {
            open: Total::ZERO,
            unapplied: Total::ZERO,
            expected: vec![0.0; self.n_fates()],
            drawn: vec![0; self.n_fates() * self.params.n_simulations],
        };
        for (currency, unapplied) in &account.unapplied {
            sums.by_currency.entry(*currency).or_insert_with(empty).unapplied += *unapplied;
        }
        if account.items.is_empty() {
            return;
        }
        let hazards = self.timing.of_customer(self.ledger, customer);
        let credibility = if account.items.iter().any(|item| item.promised > Total::ZERO) {
            self.habits.credibility(self.ledger, customer, self.as_of, self.params)
        } else {
            0.0
        };
        let mut draws = self.shocks.customer(self.ledger.customer_id(customer));
        let n_fates = self.n_fates();
        for item in &account.items {
            let sum = sums.by_currency.entry(item.currency).or_insert_with(empty);
            let outlook = self.outlook(item, &hazards, credibility);
            let units = item.open.units();
            sum.open += item.open;
            for (expected, probability) in sum.expected.iter_mut().zip(&outlook.fates) {
                *expected += probability * units as f64;
            }
            draws.each_fate(&Fates(&outlook.fates), |simulation, fate| {
                sum.drawn[simulation * n_fates + fate] += units;
            });
            sums.items.push(ItemForecast {
                document: item.document,
                open: item.open,
                expected_on: outlook.median.map(|days| self.as_of.0 + days),
                probability: outlook.fates[..self.params.horizon_weeks].iter().sum(),
            });
        }
    }

    /// Mixes what the hazards say of the free, the promised and the disputed part of an item.
    fn outlook(&self, item: &OpenItem, hazards: &Hazards, credibility: f64) -> Outlook {
        let document = self.ledger.document(item.document);
        let due_on = due_or_assumed(document, &self.params.timing);
        let disputed = item.disputed.ratio(item.open).unwrap_or(0.0);
        let believed = credibility * item.promised.ratio(item.open).unwrap_or(0.0);
        let mut outlook = Outlook::new(self.params.horizon_weeks);
        let clock = self.timing.clock();
        let pause = match clock {
            Clock::Calendar => self.habits.dispute_days,
            // Whole weeks, so that a working day stays one.
            Clock::Working => (self.habits.dispute_days + 3) / 7 * 7,
        };
        let mut follow = |pause: i32, share: f64| {
            let start = self.as_of.0 - pause;
            outlook.follow(hazards, pause, share, |day| {
                let day = start + day;
                clock.counts(day).then(|| clock.number(day) - clock.number(due_on))
            });
        };
        follow(0, 1.0 - disputed - believed);
        if disputed > 0.0 {
            follow(pause, disputed);
        }
        if let (Some(promised_on), true) = (item.promised_on, believed > 0.0) {
            outlook.pay_on((promised_on - self.as_of.0).max(1), believed);
        }
        outlook.close();
        outlook
    }

    fn close(&self, currency: Currency, sum: &CurrencySum) -> CurrencyForecast {
        let n_weeks = self.params.horizon_weeks;
        let expected = deal(sum.open, &sum.expected, n_weeks + NOT_PAID);
        let start = self.as_of.0 + 1;
        let row_of = |row, fate: usize, period_start, period_end| {
            let mut drawn: Vec<i128> = sum.drawn.iter().skip(fate).step_by(self.n_fates()).copied().collect();
            drawn.sort_unstable();
            let quantile = |share: f64| {
                let rank = (share * drawn.len() as f64).ceil() as usize;
                to_cents(drawn[rank.clamp(1, drawn.len()) - 1])
            };
            RowForecast {
                row,
                period_start,
                period_end,
                expected: expected[fate],
                p10: quantile(0.1),
                p50: quantile(0.5),
                p90: quantile(0.9),
            }
        };
        let end = start + (7 * n_weeks as i32 - 1);
        let week = |week: usize| {
            let first = start + 7 * week as i32;
            row_of(RowKind::Period, week, first, first + 6)
        };
        let mut rows: Vec<RowForecast> = (0..n_weeks).map(week).collect();
        rows.push(row_of(RowKind::Credited, n_weeks + CREDITED, start, end));
        rows.push(row_of(RowKind::WrittenOff, n_weeks + WRITTEN_OFF, start, end));
        rows.push(row_of(RowKind::NotPaid, n_weeks + NOT_PAID, start, end));
        rows.push(RowForecast {
            row: RowKind::Unapplied,
            period_start: start,
            period_end: end,
            expected: sum.unapplied,
            p10: sum.unapplied,
            p50: sum.unapplied,
            p90: sum.unapplied,
        });
        CurrencyForecast {
            currency,
            open_receivables: sum.open + sum.unapplied,
            rows,
        }
    }
}

/// The probabilities of an item's fates, in the making.
struct Outlook {
    fates: Vec<f64>,
    cash_by_day: Vec<f64>,
    median: Option<i32>,
}

impl Outlook {
    fn new(n_weeks: usize) -> Outlook {
        Outlook {
            fates: vec![0.0; n_weeks + N_OTHER_FATES],
            cash_by_day: vec![0.0; 7 * n_weeks],
            median: None,
        }
    }

    fn n_weeks(&self) -> usize {
        self.fates.len() - N_OTHER_FATES
    }

    /// Follows a share of the item day by day, from the day after `pause` on; `age_on` is `None` on a day on which nothing happens.
    fn follow(&mut self, hazards: &Hazards, pause: i32, share: f64, age_on: impl Fn(i32) -> Option<i32>) {
        let others = self.n_weeks();
        let mut open = share;
        for day in (pause + 1)..=(self.cash_by_day.len() as i32) {
            let Some(age) = age_on(day) else {
                continue;
            };
            let [cash, credited, written_off] = hazards.at(age);
            self.cash_by_day[day as usize - 1] += open * cash;
            self.fates[others + CREDITED] += open * credited;
            self.fates[others + WRITTEN_OFF] += open * written_off;
            open *= (1.0 - cash - credited - written_off).max(0.0);
        }
    }

    fn pay_on(&mut self, day: i32, share: f64) {
        if let Some(cash) = self.cash_by_day.get_mut(day as usize - 1) {
            *cash += share;
        }
    }

    /// Adds days up to weeks; what has no other fate stays unpaid.
    fn close(&mut self) {
        let others = self.n_weeks();
        let mut paid = 0.0;
        for (day, cash) in self.cash_by_day.iter().enumerate() {
            self.fates[day / 7] += cash;
            paid += cash;
            if self.median.is_none() && paid >= 0.5 {
                self.median = Some(day as i32 + 1);
            }
        }
        let settled = paid + self.fates[others + CREDITED] + self.fates[others + WRITTEN_OFF];
        self.fates[others + NOT_PAID] = (1.0 - settled).max(0.0);
    }
}

const UNITS_PER_CENT: i128 = (SCALE / 100) as i128;

fn to_cents(units: i128) -> Total {
    let half = UNITS_PER_CENT / 2 * units.signum();
    Total::from_units((units + half) / UNITS_PER_CENT * UNITS_PER_CENT)
}

/// Deals an exact total in cents by largest remainder; the fraction of a cent goes to the row `rest`.
fn deal(total: Total, weights: &[f64], rest: usize) -> Vec<Total> {
    let whole: f64 = weights.iter().sum();
    let cents = total.units() / UNITS_PER_CENT;
    let share = |weight: &f64| {
        if whole > 0.0 {
            weight / whole * cents as f64
        } else {
            0.0
        }
    };
    let shares: Vec<f64> = weights.iter().map(share).collect();
    let mut dealt: Vec<i128> = shares.iter().map(|share| share.floor() as i128).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| (shares[b].fract()).total_cmp(&shares[a].fract()));
    let left = cents - dealt.iter().sum::<i128>();
    if (0..=weights.len() as i128).contains(&left) {
        order.iter().take(left as usize).for_each(|&at| dealt[at] += 1);
    } else {
        // Totals beyond the 53 bits of a share: the rounding error is too small to matter and goes where it shows least.
        dealt[rest] += left;
    }
    let mut totals: Vec<Total> = dealt
        .into_iter()
        .map(|cents| Total::from_units(cents * UNITS_PER_CENT))
        .collect();
    totals[rest] += Total::from_units(total.units() - cents * UNITS_PER_CENT);
    totals
}
