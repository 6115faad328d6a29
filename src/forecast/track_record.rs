//! How good the forecast was: replayed on past days and compared with the cash that came.
//!
//! # Definition
//! For each past day the forecast is made from what was known then, and each week is compared with the cash that the items open on that day
//! brought. Bias = sum(forecast - actual) / sum(actual); WAPE = sum(|forecast - actual|) / sum(actual); coverage = share of weeks whose
//! cash lies between P10 and P90, both included. Two baselines stand beside it: every item is paid on its due day; every item is paid on
//! its due day plus its customer's mean delay known on the day. What is already past is paid on the next day.
//! # Edge cases
//! Weeks that end after the last posting of the ledger are left out. Without cash, bias and WAPE are null.

use std::collections::BTreeMap;

use super::account::Account;
use super::collections::{ForecastError, ForecastParams, forecast};
use super::hazards::{Exit, exit_of};
use super::timing::due_or_assumed;
use crate::calendar::{AsOf, Day};
use crate::history::CustomerHistory;
use crate::ids::CustomerIx;
use crate::ledger::Ledger;
use crate::money::{Currency, Total};
use crate::outcome::Checked;
use crate::table::Table;

/// What made a forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The forecast of this module.
    Forecast,
    /// Everything is paid on its due day.
    DueDate,
    /// Everything is paid on its due day plus the customer's mean delay.
    MeanDelay,
}

impl Method {
    fn as_str(self) -> &'static str {
        match self {
            Method::Forecast => "forecast",
            Method::DueDate => "due_date",
            Method::MeanDelay => "due_date_plus_mean_delay",
        }
    }
}

/// One method on one day in one currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackRecordRow {
    /// Day of the forecast.
    pub as_of: AsOf,
    /// Currency.
    pub currency: Currency,
    /// Method.
    pub method: Method,
    /// Weeks compared.
    pub n_weeks: usize,
    /// Cash forecast over these weeks.
    pub forecast: Total,
    /// Cash that came.
    pub actual: Total,
    /// Sum of forecast minus actual over actual.
    pub bias: Option<f64>,
    /// Sum of absolute weekly errors over actual.
    pub wape: Option<f64>,
    /// Share of weeks between P10 and P90; `None` for methods without quantiles.
    pub coverage: Option<f64>,
}

/// The comparison of all methods on all days.
#[derive(Clone, Debug, PartialEq)]
pub struct TrackRecord {
    /// By day, currency and method.
    pub rows: Vec<TrackRecordRow>,
}

impl TrackRecord {
    /// Returns the comparison as a table.
    pub fn table(&self) -> Table {
        let rows = &self.rows;
        Table::new("forecast_track_record")
            .day("as_of", rows.iter().map(|row| row.as_of.0))
            .text("currency", rows.iter().map(|row| row.currency.to_string()))
            .text("method", rows.iter().map(|row| row.method.as_str().to_owned()))
            .int("n_weeks", rows.iter().map(|row| row.n_weeks as i64))
            .money("forecast", rows.iter().map(|row| row.forecast))
            .money("actual", rows.iter().map(|row| row.actual))
            .real("bias", rows.iter().map(|row| row.bias))
            .real("wape", rows.iter().map(|row| row.wape))
            .real("coverage", rows.iter().map(|row| row.coverage))
            .note(
                "actual",
                "cash on items that were open on the day; later invoices are no part of either side",
            )
    }
}

/// Replays the forecast on past days.
///
/// # Errors
/// What [`forecast`] refuses on any of the days.
pub fn track_record(
    ledger: &Ledger,
    days: &[AsOf],
    params: &ForecastParams,
) -> Result<Checked<TrackRecord>, ForecastError> {
    let last = ledger.span().map_or(Day::EARLIEST, |(_, last)| last);
    let mut checked = Checked::clean(TrackRecord { rows: Vec::new() });
    for &as_of in days {
        let made = forecast(ledger, as_of, params)?.value;
        let n_weeks = params.horizon_weeks.min(((last - as_of.0).max(0) / 7) as usize);
        let replay = Replay::of(ledger, as_of, params, n_weeks);
        for of_currency in &made.currencies {
            let currency = of_currency.currency;
            let weeks: Vec<_> = of_currency.weeks().take(n_weeks).collect();
            let actual = replay.weeks(&replay.actual, currency);
            let inside = weeks
                .iter()
                .zip(&actual)
                .filter(|(week, actual)| (week.p10..=week.p90).contains(actual));
            let coverage = (n_weeks > 0).then(|| inside.count() as f64 / n_weeks as f64);
            let expected: Vec<Total> = weeks.iter().map(|week| week.expected).collect();
            let row =
                |method, forecast: &[Total], coverage| compare(as_of, currency, method, forecast, &actual, coverage);
            checked.value.rows.push(row(Method::Forecast, &expected, coverage));
            let due_date = replay.weeks(&replay.due_date, currency);
            checked.value.rows.push(row(Method::DueDate, &due_date, None));
            let mean_delay = replay.weeks(&replay.mean_delay, currency);
            checked.value.rows.push(row(Method::MeanDelay, &mean_delay, None));
        }
    }
    Ok(checked)
}

fn compare(
    as_of: AsOf,
    currency: Currency,
    method: Method,
    forecast: &[Total],
    actual: &[Total],
    coverage: Option<f64>,
) -> TrackRecordRow {
    let came: Total = actual.iter().copied().sum();
    let said: Total = forecast.iter().copied().sum();
    let errors: Total = forecast
        .iter()
        .zip(actual)
        .map(|(said, came)| (*said - *came).abs())
        .sum();
    TrackRecordRow {
        as_of,
        currency,
        method,
        n_weeks: actual.len(),
        forecast: said,
        actual: came,
        bias: (said - came).ratio(came),
        wape: errors.ratio(came),
        coverage,
    }
}

type Weeks = BTreeMap<Currency, Vec<Total>>;

/// What came from the items open on a day, and what the baselines said.
struct Replay {
    n_weeks: usize,
    actual: Weeks,
    due_date: Weeks,
    mean_delay: Weeks,
}

impl Replay {
    fn of(ledger: &Ledger, as_of: AsOf, params: &ForecastParams, n_weeks: usize) -> Replay {
        let mut replay = Replay {
            n_weeks,
            actual: Weeks::new(),
            due_date: Weeks::new(),
            mean_delay: Weeks::new(),
        };
        for customer in ledger.customers() {
            let account = Account::on(ledger, customer, as_of, params.promise_tolerance_days);
            if account.items.is_empty() {
                continue;
            }
            let delay = mean_delay(ledger, customer, as_of, params);
            for item in &account.items {
                let document = ledger.document(item.document);
                let due_on = due_or_assumed(document, &params.timing);
                let week = |day: Day| week_of(as_of, day.max(as_of.0 + 1), n_weeks);
                add(&mut replay.due_date, n_weeks, item.currency, week(due_on), item.open);
                add(
                    &mut replay.mean_delay,
                    n_weeks,
                    item.currency,
                    week(due_on + delay),
                    item.open,
                );
                for posting in ledger.postings_of(document) {
                    if exit_of(posting.nature) == Some(Exit::Cash) && posting.on > as_of.0 {
                        let week = week_of(as_of, posting.on, n_weeks);
                        add(
                            &mut replay.actual,
                            n_weeks,
                            item.currency,
                            week,
                            (-posting.delta).into(),
                        );
                    }
                }
            }
        }
        replay
    }

    fn weeks(&self, of: &Weeks, currency: Currency) -> Vec<Total> {
        of.get(&currency)
            .cloned()
            .unwrap_or_else(|| vec![Total::ZERO; self.n_weeks])
    }
}

fn week_of(as_of: AsOf, day: Day, n_weeks: usize) -> Option<usize> {
    let week = (day - as_of.0 - 1) / 7;
    usize::try_from(week).ok().filter(|&week| week < n_weeks)
}

fn add(weeks: &mut Weeks, n_weeks: usize, currency: Currency, week: Option<usize>, money: Total) {
    if let Some(week) = week {
        weeks.entry(currency).or_insert_with(|| vec![Total::ZERO; n_weeks])[week] += money;
    }
}

/// Returns the mean days from due to settled of a customer's items settled by the day; 0 without any.
fn mean_delay(ledger: &Ledger, customer: CustomerIx, as_of: AsOf, params: &ForecastParams) -> i32 {
    let history = CustomerHistory::of(ledger, customer, Some(as_of.0));
    let delays = history
        .documents()
        .filter(|item| item.document.is_claim())
        .filter_map(|item| {
            let settled_on = item.settled_on(as_of.0)?;
            Some(f64::from(settled_on - due_or_assumed(item.document, &params.timing)))
        });
    let (n, sum) = delays.fold((0.0, 0.0), |(n, sum), delay| (n + 1.0, sum + delay));
    if n > 0.0 { f64::round(sum / n) as i32 } else { 0 }
}
